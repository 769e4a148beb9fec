/** Arguments of every form through ECHO and DEL: what the engine receives is what was given. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Argument, Pairs } from "../../../bindings/encode.ts";
import { ArgumentError } from "../../../bindings/errors.ts";
import type { Store } from "../../../bindings/store.ts";
import { openStore } from "../../support/store.ts";

let db: Store;
beforeEach(() => {
  db = openStore();
});
afterEach(() => db.close());

describe("an argument", () => {
  it("arrives unchanged, as text in UTF-8 or as bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 120 }), (text) => {
        expect(db.echo(text)).toBe(text);
        expect(db.bytes.echo(text)).toEqual(new TextEncoder().encode(text));
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(db.bytes.echo(bytes)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([0, 1, 47, 48, 49, 8191, 8192, 8193, 65536, 300_000])("may have %d characters", (length) => {
    for (const character of ["a", "é", "☃", "😀"]) {
      const text = character.repeat(length / character.length);
      expect(db.echo(text)).toBe(text);
    }
    const bytes = new Uint8Array(length).fill(0xff);
    expect(Buffer.compare(db.bytes.echo(bytes), bytes)).toBe(0);
  });

  it("is a Buffer or another kind of Uint8Array as well", () => {
    expect(db.echo(Buffer.from("häns"))).toBe("häns");
    expect(db.echo(new Uint8Array(Buffer.from("xabcx")).subarray(1, 4))).toBe("abc");
  });

  it.each<[Argument, string]>([
    [0, "0"],
    [-0, "0"],
    [42, "42"],
    [-1.5, "-1.5"],
    [1e21, "1e+21"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [2n ** 63n, "9223372036854775808"],
  ])("%s is sent as %s", (value, sent) => {
    expect(db.echo(value)).toBe(sent);
  });

  it.each([
    [undefined],
    [null],
    [NaN],
    [true],
    [{}],
    [[]],
    [Symbol.iterator],
    [new Date()],
    [new ArrayBuffer(1)],
  ])("%s is refused with a TypeError, and nothing is written", (value) => {
    const set = (): unknown => db.set("key", value as Argument);
    expect(set).toThrow(ArgumentError);
    expect(set).toThrow(TypeError);
    expect(() =>
      db.mset([
        ["key", "value"],
        ["other", value as Argument],
      ]),
    ).toThrow(ArgumentError);
    expect(() => db.command("SET", "key", value as Argument)).toThrow(ArgumentError);
    expect(db.dbsize()).toBe(0);
    expect(db.set("key", "value")).toBe("OK");
  });

  it("a lone surrogate becomes U+FFFD, as TextEncoder has it", () => {
    expect(db.echo("a\uD800b")).toBe("a\uFFFDb");
    expect(db.echo("a\uD800b".repeat(40))).toBe("a\uFFFDb".repeat(40));
  });
});

describe("several arguments", () => {
  const keys = ["a", "b", "é", "d".repeat(100)];

  it("are one, an array, or a Set", () => {
    for (const key of keys) db.set(key, key);
    expect(db.mget("a")).toEqual(["a"]);
    expect(db.mget(keys)).toEqual(keys);
    expect(db.mget(new Set(keys))).toEqual(keys);
    expect(db.mget(new TextEncoder().encode("é"))).toEqual(["é"]);
  });

  it("are as many as you like: the table of arguments grows, and the room for their bytes", () => {
    const many = Array.from({ length: 40_000 }, (_, i) => `key:${i}:${"x".repeat(i % 60)}`);
    expect(db.mset(many.map((key, i) => [key, i]))).toBe("OK");
    expect(db.mget(many)).toEqual(many.map((_, i) => String(i)));
    const used = db.usedMemory;
    expect(db.exists(many)).toBe(many.length);
    expect(db.usedMemory).toBe(used);
    expect(db.del(many)).toBe(many.length);
  });

  it("none at all is for the engine to refuse", () => {
    expect(() => db.del([])).toThrow("ERR wrong number of arguments for 'del' command");
  });
});

describe("pairs", () => {
  it.each<[string, Pairs]>([
    ["an object", { a: "1", b: 2 }],
    ["an object without prototype", Object.assign(Object.create(null) as object, { a: 1, b: 2n })],
    [
      "a Map",
      new Map<Argument, Argument>([
        ["a", 1],
        ["b", 2],
      ]),
    ],
    [
      "an array of pairs",
      [
        ["a", 1],
        [Buffer.from("b"), 2],
      ],
    ],
  ])("are %s", (_, pairs) => {
    expect(db.mset(pairs)).toBe("OK");
    expect(db.mget(["a", "b"])).toEqual(["1", "2"]);
  });

  it.each([
    ["a string", "ab"],
    ["null", null],
    ["an array of words", ["ab"]],
    ["a pair of three", [["a", "b", "c"]]],
    ["an instance of a class", new (class Fields {})()],
  ])("%s is refused", (_, pairs) => {
    expect(() => db.mset(pairs as unknown as Pairs)).toThrow(ArgumentError);
    expect(db.dbsize()).toBe(0);
  });
});
