/**
 * The same scripts here and in native Redis: replies and errors are equal to the byte. The corpus is in corpus/: scripts
 * in the order in which they are run (settings of cjson and the state of math.random persist), and command lines.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parseCommand } from "../support/command-line.ts";
import { nativeIsRedis8 } from "../support/native.ts";
import { usePair } from "../support/pair.ts";
import { type RespClient, show } from "../support/resp-client.ts";

const SEPARATOR = "\n---\n";

function corpus(name: string): string {
  // latin1: a byte is a character, as the client takes them
  return readFileSync(new URL(`corpus/${name}`, import.meta.url), "latin1").trimEnd();
}

describe.skipIf(!nativeIsRedis8)("scripts answer what Redis 8 answers", () => {
  const pair = usePair();
  let mine: RespClient;
  let theirs: RespClient;

  beforeAll(async () => {
    [mine, theirs] = [await pair.kvasm.connect(), await pair.native.connect()];
  });

  async function expectSame(commands: readonly (readonly string[])[]): Promise<void> {
    const differences: string[] = [];
    for (const argv of commands) {
      const [a, b] = await Promise.all([mine.send(...argv), theirs.send(...argv)]);
      if (show(a) !== show(b)) differences.push(`${argv.join(" ")}\nkvasm:  ${show(a)}\nnative: ${show(b)}`);
    }
    expect(differences.join("\n\n")).toBe("");
  }

  it("language, sandbox, conversions, errors", async () => {
    await expectSame(
      corpus("language.txt")
        .split(SEPARATOR)
        .map((script) => ["EVAL", script, "0"]),
    );
  });

  it("cjson, cmsgpack, struct, bit", async () => {
    await expectSame(
      corpus("libraries.txt")
        .split(SEPARATOR)
        .map((script) => ["EVAL", script, "0"]),
    );
  });

  it("SCRIPT, FUNCTION, FCALL, RESP2", async () => {
    await expectSame(corpus("commands.txt").split("\n").map(parseCommand));
  });

  it("RESP3", async () => {
    for (const client of [mine, theirs]) await client.send("HELLO", "3");
    const scripts = corpus("language.txt").split(SEPARATOR);
    await expectSame(scripts.map((script) => ["EVAL", script, "0"]));
    await expectSame(scripts.map((script) => ["EVAL", `redis.setresp(3); ${script}`, "0"]));
    for (const client of [mine, theirs]) await client.send("HELLO", "2");
  });
});

describe.skipIf(!nativeIsRedis8)("libraries move between servers", () => {
  const pair = usePair();

  it("FUNCTION DUMP of one is FUNCTION RESTOREd by the other", async () => {
    const clients = [await pair.kvasm.connect(), await pair.native.connect()] as const;
    for (const [from, to] of [clients, [clients[1], clients[0]]] as const) {
      for (const client of clients) await client.send("FUNCTION", "FLUSH");
      const code = `#!lua name=moved\n--${"long ".repeat(100)}\nredis.register_function('moved', function(keys) return #keys end)`;
      await from.send("FUNCTION", "LOAD", code);
      const dump = await from.send("FUNCTION", "DUMP");
      if (dump.type !== "bulk") throw new Error(show(dump));
      expect(show(await to.send("FUNCTION", "RESTORE", dump.value))).toBe(
        show({ type: "simple", value: "OK" }),
      );
      expect(await to.send("FCALL", "moved", 2, "a", "b")).toEqual({ type: "integer", value: 2n });
    }
  });
});
