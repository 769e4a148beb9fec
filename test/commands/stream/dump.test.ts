/** DUMP of streams is byte for byte what native Redis writes; older forms load; damaged payloads are refused. */
import { describe, expect, it } from "vitest";
import { Setting } from "../../../bindings/abi.ts";
import { Prng } from "../../support/prng.ts";
import { TestEngine } from "../../support/engine.ts";
import { usePair } from "../../support/pair.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const pair = usePair({ nativeArgs: ["--sanitize-dump-payload", "yes"] });

/** Random entries added, deleted and trimmed, so that nodes of all shapes come about. */
function randomLife(prng: Prng, commands: number): string[][] {
  const ids: string[] = [];
  let [ms, seq] = [0, 0];
  const pick = <T>(of: readonly T[]): T => of[prng.below(of.length)] as T;
  const values = [
    "",
    "1",
    "-1",
    "127",
    "128",
    "-4096",
    "65536",
    "9007199254740993",
    "x".repeat(63),
    "y".repeat(5000),
  ];
  return Array.from({ length: commands }, () => {
    const kind = prng.float();
    if (kind < 0.75 || ids.length === 0) {
      if (prng.chance(0.3)) seq += pick([1, 1, 200, 5000]);
      else [ms, seq] = [ms + pick([1, 1, 100, 40_000, 2 ** 24, 2 ** 33]), prng.below(3)];
      const id = `${ms}-${seq}`;
      ids.push(id);
      const fields = pick([["f"], ["name", "age"], ["name", "size"], ["1", "2", "3"]]);
      return ["XADD", "s", id, ...fields.flatMap((field) => [field, pick(values)])];
    }
    if (kind < 0.95) return ["XDEL", "s", pick(ids), pick(ids), ids[ids.length - 1] as string];
    if (kind < 0.97) return ["XTRIM", "s", "MAXLEN", String(prng.below(ids.length))];
    return ["XTRIM", "s", "MINID", pick(["=", "~"]), pick(ids)];
  });
}

describe.skipIf(!pair.available)("DUMP of a stream", () => {
  it("is the same bytes as native Redis'", async () => {
    const [mine, theirs] = [await pair.kvasm.connect(), await pair.native.connect()];
    for (const client of [mine, theirs]) await client.do("CONFIG", "SET", "rdbcompression", "no");
    for (let seed = 1; seed <= 30; seed++) {
      const prng = new Prng(seed);
      const limits = [["100", "4096"], ["3", "0"], ["0", "300"], ["50", "1000"]][seed % 4] as string[]; // prettier-ignore
      const life = randomLife(prng, 300);
      for (const client of [mine, theirs]) {
        await client.do("FLUSHALL");
        await client.do("CONFIG", "SET", "stream-node-max-entries", limits[0] as string);
        await client.do("CONFIG", "SET", "stream-node-max-bytes", limits[1] as string);
        await client.pipeline(life);
      }
      const [a, b] = [await mine.do("DUMP", "s"), await theirs.do("DUMP", "s")];
      expect(Buffer.from(a as string, "latin1").toString("hex"), `seed ${seed}`).toBe(
        Buffer.from(b as string, "latin1").toString("hex"),
      );
    }
  });

  it("RESTORE of older forms: entries, groups and what they lack is as native finds it", async () => {
    const number = (n: number) => [n];
    const text = (s: string) => [s.length, ...Buffer.from(s, "latin1")];
    const id = (ms: number, seq: number) => {
      const bytes = Buffer.alloc(16);
      bytes.writeBigUInt64BE(BigInt(ms));
      bytes.writeBigUInt64BE(BigInt(seq), 8);
      return [...bytes];
    };
    const time = (ms: number) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(ms));
      return [...bytes];
    };
    const small = (n: number) => [n, 1];
    const word = (s: string) => [0x80 | s.length, ...Buffer.from(s), s.length + 1];
    const elements = [
      [2, 0, 1].map(small), [word("f"), small(0)],
      [2, 0, 0].map(small), [word("v"), small(4)],
      [2, 1, 0].map(small), [word("w"), small(4)],
    ].flat(); // prettier-ignore
    const body = elements.flat();
    const lp = [body.length + 7, 0, 0, 0, elements.length, 0, ...body, 0xff];
    const nodes = [1, 16, ...id(5, 0), lp.length, ...lp];
    const facts = [...number(2), 6, 0];
    const more = [5, 0, 0, 0, 2];
    const consumer = (active: number[]) => [...text("c"), ...time(1000), ...active, 1, ...id(5, 0)];
    const group = (read: number[], active: number[]) => [
      1, ...text("g"), 5, 0, ...read, 1, ...id(5, 0), ...time(2000), 3, 1, ...consumer(active),
    ]; // prettier-ignore
    const payloads = [
      [15, ...nodes, ...facts, ...group([], [])],
      [19, ...nodes, ...facts, ...more, ...group([1], [])],
      [21, ...nodes, ...facts, ...more, ...group([1], time(1500))],
    ].map((bytes) => Buffer.from([...bytes, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]).toString("latin1"));
    for (const payload of payloads) {
      await pair.expectSame([
        "DEBUG SET-SKIP-CHECKSUM-VALIDATION 1",
        ["RESTORE", "s", "0", payload],
        "XINFO STREAM s FULL",
        "XINFO GROUPS s",
        "XADD s 7-7 f x",
        "XREADGROUP GROUP g c STREAMS s 0",
        "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0",
      ]);
    }
  });
});

describe("RESTORE of a damaged stream", () => {
  it("is refused or gives a sound stream, and nothing is lost", () => {
    const engine = new TestEngine();
    const client = engine.open();
    const ask = (...argv: string[]) => client.feed(encodePipeline([argv]));
    engine.engine.exports.configure(Setting.SKIP_CHECKSUM, 1); // checksums are not looked at
    engine.engine.exports.configure(Setting.RDB_COMPRESSION, 0); // nor is anything compressed
    engine.engine.exports.configure(Setting.STREAM_NODE_MAX_ENTRIES, 4); // four entries a node
    for (let i = 1; i <= 14; i++)
      ask("XADD", "s", `${i}-${i % 3}`, "name", `v${i}`, i % 4 ? "age" : "size", String(i));
    ask("XDEL", "s", "3-0", "9-0");
    ask("XGROUP", "CREATE", "s", "g", "0");
    ask("XGROUP", "CREATE", "s", "h", "5");
    for (const name of ["a", "b"]) ask("XREADGROUP", "GROUP", "g", name, "COUNT", "4", "STREAMS", "s", ">");
    const reply = ask("DUMP", "s");
    const payload = Buffer.from(reply.slice(reply.indexOf("\r\n") + 2, -2), "latin1");
    ask("RESTORE", "copy", "0", payload.toString("latin1"));
    ask("XRANGE", "copy", "-", "+");
    ask("DEL", "copy");
    const before = engine.usedMemory;
    const prng = new Prng(7);
    const counts = { refused: 0, taken: 0 };
    for (let round = 0; round < 6000; round++) {
      const bytes = Buffer.from(payload);
      for (let n = prng.between(1, 3); n > 0; n--) {
        const at = prng.between(1, bytes.length - 11);
        bytes[at] = prng.chance(0.5) ? prng.below(256) : (bytes[at] as number) ^ (1 << prng.below(8));
      }
      const cut = prng.chance(0.1) ? prng.between(0, bytes.length) : bytes.length;
      const damaged = Buffer.concat([bytes.subarray(0, cut), payload.subarray(payload.length - 10)]);
      const answer = ask("RESTORE", "copy", "0", (cut < bytes.length ? damaged : bytes).toString("latin1"));
      if (answer === "+OK\r\n") {
        counts.taken++;
        ask("XINFO", "STREAM", "copy", "FULL", "COUNT", "0");
        ask("XREVRANGE", "copy", "+", "-");
        ask("XREADGROUP", "GROUP", "g", "a", "STREAMS", "copy", ">");
        ask("XTRIM", "copy", "MAXLEN", "3");
        ask("XDEL", "copy", "12-0", "13-1", "14-2");
        ask("DEL", "copy");
      } else {
        expect(answer).toBe("-ERR Bad data format\r\n");
        counts.refused++;
      }
      ask("DEL", "copy");
    }
    engine.cron();
    expect(engine.usedMemory).toBe(before);
    expect(counts.refused).toBeGreaterThan(1000);
    expect(counts.taken).toBeGreaterThan(100);
  });
});
