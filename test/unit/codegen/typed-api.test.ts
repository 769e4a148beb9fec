/** Signatures and bodies that the generator of the typed API makes of argument trees. */
import { describe, expect, it } from "vitest";
import { parseReplyType, replyTypeScript } from "../../../bindings/codegen/reply-type.ts";
import type { Row } from "../../../bindings/codegen/rows.ts";
import { tableDigest } from "../../../bindings/codegen/table-digest.ts";
import { typedApi } from "../../../bindings/codegen/typed-api.ts";
import type { Argument } from "../../../bindings/command-table.ts";

const KEY: Argument = { name: "key", type: "key" };

/** A table of one ready command of the engine, `test`, id 0. */
function row(args: readonly Argument[], more: Partial<Row> = {}): Row {
  return {
    ...{
      id: 0,
      name: "test",
      fullName: "test",
      path: "test.json",
      group: "string",
      summary: "Tests.",
      since: "1.0.0",
    },
    ...{ arity: -1, flags: [], aclCategories: [], runs: "engine", status: "ready", ready: true },
    ...{
      containerId: undefined,
      subcommandIds: [],
      target: { path: "test.ts", function: "test" },
      arguments: args,
    },
    ...more,
  };
}

/** The method's signatures, and the statements of its body. */
function method(
  args: readonly Argument[],
  more: Partial<Row> = {},
): { signatures: string[]; body: string[]; all: string } {
  const all = typedApi([row(args, more)]);
  const lines = all.split("\n");
  const signatures = lines
    .filter((line) => /^ {2}test\(/.test(line))
    .map((line) => line.trim().replace(/ ?[{;]$/, ""));
  const start = lines.findIndex((line) => /^ {2}test\(.*\{$/.test(line));
  const end = lines.indexOf("  }", start);
  return { signatures, body: lines.slice(start + 2, end).map((line) => line.trim()), all };
}

describe("what is required", () => {
  it("is a parameter, tokens before it are written", () => {
    const { signatures, body } = method(
      [
        KEY,
        {
          name: "group-block",
          type: "block",
          token: "GROUP",
          arguments: [{ name: "consumer-name", type: "string" }],
        },
      ],
      { reply: "integer" },
    );
    expect(signatures).toEqual(["test(key: Argument, consumerName: Argument): number"]);
    expect(body).toEqual([
      "call.command(0, 1);",
      "call.value(key);",
      'call.token("GROUP");',
      "call.value(consumerName);",
      "return call.run() as number;",
    ]);
  });

  it("and repeated takes one or several, and numkeys is counted", () => {
    const { signatures, body } = method([
      { name: "numkeys", type: "integer" },
      { ...KEY, multiple: true },
    ]);
    expect(signatures).toEqual(["test(keys: OneOrMore<Argument>): Reply<Text>"]);
    expect(body.slice(1, 3)).toEqual(["call.countOf(keys);", "call.values(keys);"]);
  });

  it("and repeated as a key with its value takes pairs; as more, tuples", () => {
    const field: Argument = { name: "field", type: "string" };
    const score: Argument = { name: "score", type: "double" };
    const block = (...args: Argument[]): Argument[] => [
      { name: "data", type: "block", multiple: true, arguments: args },
    ];
    expect(method(block(field, { ...field, name: "value" })).signatures[0]).toContain("test(pairs: Pairs)");
    const scored = method(block(score, { ...field, name: "member" }));
    expect(scored.signatures[0]).toContain(
      "members: readonly (readonly [score: Numeric, member: Argument])[]",
    );
    expect(scored.body).toContain("call.tuples(members, 2);");
  });

  it("and a choice of words takes one of them; of values, an object with one", () => {
    const words = method([
      {
        name: "where",
        type: "oneof",
        arguments: [
          { name: "left", type: "pure-token", token: "LEFT" },
          { name: "right", type: "pure-token", token: "RIGHT" },
        ],
      },
    ]);
    expect(words.signatures[0]).toContain('where: "LEFT" | "RIGHT"');
    const values = method([
      {
        name: "from",
        type: "oneof",
        arguments: [
          { name: "member", type: "string", token: "FROMMEMBER" },
          {
            ...{ name: "lonlat", type: "block", token: "FROMLONLAT" },
            arguments: [
              { name: "longitude", type: "double" },
              { name: "latitude", type: "double" },
            ],
          },
        ],
      },
    ]);
    expect(values.signatures[0]).toContain("from: TestFrom");
    expect(values.all).toContain("export type TestFrom = OneOf<{");
    expect(values.body).toContain("if (from.fromlonlat !== undefined) {");
  });

  it("and a value or a sign takes an argument", () => {
    const { signatures } = method([
      {
        ...{ name: "id-selector", type: "oneof" },
        arguments: [
          { name: "auto", type: "pure-token", token: "*" },
          { name: "id", type: "string" },
        ],
      },
    ]);
    expect(signatures[0]).toContain("test(id: Argument)");
  });
});

describe("what is optional", () => {
  it("is a property named by its token, or by its name", () => {
    const { signatures, body, all } = method([
      KEY,
      { name: "flag", type: "pure-token", token: "WITHSCORES", optional: true },
      { name: "seconds", type: "integer", token: "EX", optional: true },
      { name: "how-many", type: "integer", optional: true },
    ]);
    expect(signatures[0]).toContain("options?: TestOptions");
    expect(all).toMatch(
      /withscores\?: boolean \| undefined;[^]*ex\?: Numeric \| undefined;[^]*howMany\?: Numeric/,
    );
    expect(body.slice(2)).toEqual([
      "if (options !== undefined) {",
      'if (options.withscores) call.token("WITHSCORES");',
      "if (options.ex !== undefined) {",
      'call.token("EX");',
      "call.value(options.ex);",
      "}",
      "if (options.howMany !== undefined) call.value(options.howMany);",
      "}",
      "return call.run() as Reply<Text>;",
    ]);
  });

  it("stands where the syntax has it, though it comes last here", () => {
    const { body } = method([{ name: "nx", type: "pure-token", token: "NX", optional: true }, KEY]);
    expect(body.indexOf('if (options.nx) call.token("NX");')).toBeLessThan(body.indexOf("call.value(key);"));
  });

  it("and repeated at the end is a parameter that may be left out", () => {
    const { signatures, body } = method([
      KEY,
      { name: "element", type: "string", optional: true, multiple: true },
    ]);
    expect(signatures[0]).toContain("test(key: Argument, elements?: OneOrMore<Argument>)");
    expect(body).toContain("if (elements !== undefined) {");
  });

  it("as a block with a token is a tuple; without, properties that go together", () => {
    const limit = [
      { name: "offset", type: "integer" },
      { name: "count", type: "integer" },
    ];
    const { all } = method([
      { name: "limit", type: "block", token: "LIMIT", optional: true, arguments: limit },
    ]);
    expect(all).toContain("limit?: readonly [offset: Numeric, count: Numeric] | undefined;");
    expect(method([{ name: "range", type: "block", optional: true, arguments: limit }]).all).toMatch(
      /AllOrNone<\{[^]*offset: Numeric;[^]*count: Numeric;\n\}>/,
    );
  });

  it("to block is left out, for a method answers at once", () => {
    const block: Argument = { name: "milliseconds", type: "integer", token: "BLOCK", optional: true };
    expect(method([KEY, block]).signatures).toEqual(["test(key: Argument): Reply<Text>"]);
  });
});

describe("the reply's type", () => {
  const options: Argument[] = [
    { name: "count", type: "integer", optional: true },
    { name: "withscores", type: "pure-token", token: "WITHSCORES", optional: true },
  ];

  it("may depend on options: a signature for each", () => {
    const reply = { "": "bulk | null", count: "array<bulk>", withscores: "array<[bulk, double]>" };
    expect(
      method([KEY, ...options], { reply }).signatures.map((line) => line.replace("key: Argument, ", "")),
    ).toEqual([
      "test(options: TestOptions & { withscores: true }): [Text, number][]",
      "test(options: TestOptions & { count: Numeric }): Text[]",
      "test(options?: TestOptions & { count?: undefined; withscores?: undefined }): Text | null",
      "test(options?: TestOptions): Text | null | Text[] | [Text, number][]",
      "test(options?: TestOptions): unknown",
    ]);
  });

  it("that names an option which is not there stops the generator", () => {
    expect(() => method([KEY], { reply: { "": "ok", nope: "null" } })).toThrow(/"nope"/);
  });

  it.each([
    ["integer", "number"],
    ["bulk | null", "Text | null"],
    ["array<integer | null>", "(number | null)[]"],
    ["[bulk, array<[bulk, double]>] | null", "[Text, [Text, number][]] | null"],
    ["set<bulk>", "SetReply<Text, Text>"],
    ["map<array<any>>", "MapReply<Text, Reply<Text>[]>"],
    ["[bulk] | []", "[Text] | []"],
    ["ok | bulk | ok", `"OK" | Text`],
  ])("%s is %s", (text, type) => {
    expect(replyTypeScript(parseReplyType(text))).toBe(type);
  });

  it.each(["", "number", "array<", "array<bulk", "[bulk", "bulk |", "bulk null"])("%j is none", (text) => {
    expect(() => parseReplyType(text)).toThrow(/cannot be read/);
  });
});

describe("the table", () => {
  it("gives no method to what is planned, blocks, queues, or is not for users", () => {
    for (const more of [
      { ready: false },
      { runs: "host" },
      { group: "transactions" },
      { docFlags: ["syscmd"] },
      { arguments: [KEY, { name: "timeout", type: "double" }] },
      { name: "help" },
    ] satisfies Partial<Row>[]) {
      expect(method([KEY], more as Partial<Row>).signatures, JSON.stringify(more)).toEqual([]);
    }
  });

  it("has a digest that another order of commands would change", () => {
    const [one, other] = [row([]), { ...row([]), fullName: "other" }];
    expect(tableDigest([one, other])).not.toBe(tableDigest([other, one]));
  });
});
