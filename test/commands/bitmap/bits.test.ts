/** SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP: edges beside native Redis, long strings beside a plain model. */
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { usePair } from "../../support/pair.ts";
import { Prng } from "../../support/prng.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const pair = usePair();
const same = (commands: string[], resp: 2 | 3 = 2) => pair.expectSame(commands, { resp });

describe.skipIf(!pair.available)("bits of strings", () => {
  it("SETBIT and GETBIT know where a string ends", async () => {
    await same([
      "SETBIT b 7 1",
      "SETBIT b 0 0",
      "GETBIT b 7",
      "GETBIT b 8",
      "GETBIT none 7",
      "OBJECT ENCODING b",
      "GET b",
    ]);
    await same([
      "SET n 12345",
      "GETBIT n 2",
      "SETBIT n 2 1",
      "OBJECT ENCODING n",
      "SETBIT n 100 0",
      "STRLEN n",
    ]);
    await same([
      "SETBIT b 4294967296 1",
      "SETBIT b -1 1",
      "SETBIT b x 1",
      "SETBIT b 1 2",
      "SETBIT b 1 x",
      "SETBIT b x x",
    ]);
    await same([
      "RPUSH l a",
      "SETBIT l 0 2",
      "SETBIT l 0 1",
      "GETBIT l x",
      "GETBIT l 0",
      "SETBIT b 1",
      "GETBIT b",
    ]);
  });

  it("BITCOUNT and BITPOS check their ranges in their own orders", async () => {
    const ranges = ["0", "x", "0 x", "x 0 BI", "0 x BI", "0 1 BI", "0 1 BIT x", "x x x x"];
    await same([
      "RPUSH l a",
      ...ranges.flatMap((range) => [`BITCOUNT l ${range}`, `BITPOS l 1 ${range}`, `BITPOS l 2 ${range}`]),
    ]);
    await same([
      "BITCOUNT none",
      "BITPOS none 0",
      "BITPOS none 1",
      "BITPOS none x",
      'SET e ""',
      "BITCOUNT e",
      "BITPOS e 0",
      "BITPOS e 1",
    ]);
  });

  it("BITCOUNT and BITPOS agree on every range of a short string", async () => {
    const ends = [
      "0",
      "1",
      "5",
      "7",
      "8",
      "12",
      "23",
      "24",
      "100",
      "-1",
      "-2",
      "-8",
      "-9",
      "-24",
      "-25",
      "-100",
    ];
    for (const value of ['"\\xff\\xf0\\x00"', '"\\x00\\x00\\x01"', '"\\xff\\xff\\xff"', "123"]) {
      const ranges = ends.flatMap((a) =>
        ends.flatMap((b) => [`${a} ${b}`, `${a} ${b} bit`, `${a} ${b} BYTE`]),
      );
      const bits = ranges.flatMap((range) => [
        `BITCOUNT s ${range}`,
        `BITPOS s 0 ${range}`,
        `BITPOS s 1 ${range}`,
      ]);
      await same([
        `SET s ${value}`,
        "BITCOUNT s",
        "BITPOS s 0",
        "BITPOS s 1",
        ...ends.map((a) => `BITPOS s 0 ${a}`),
        ...bits,
      ]);
    }
  });

  it("BITOP combines strings of any length, integers too, or deletes", async () => {
    const sources = ["MSET a abcdef b xyz n 12345 m 7", 'SET e ""'];
    for (const op of ["AND", "or", "XOR"]) {
      await same([
        ...sources,
        `BITOP ${op} d a b`,
        "GET d",
        `BITOP ${op} d n a m none`,
        "GET d",
        "OBJECT ENCODING d",
        `BITOP ${op} d e none`,
        "EXISTS d",
      ]);
    }
    await same([
      ...sources,
      "BITOP NOT d n",
      "GET d",
      "BITOP NOT a a",
      "GET a",
      "BITOP NOT d a b",
      "BITOP NAND d a b",
      "BITOP DIFF d a b",
    ]);
    await same([
      ...sources,
      "RPUSH l x",
      "SET d v EX 1000",
      "BITOP AND d a l",
      "BITOP OR d a",
      "TTL d",
      "BITOP XOR l a a",
      "TYPE l",
    ]);
  });
});

describe("bits of long strings", () => {
  const client = new TestEngine().open();
  const ask = (...argv: string[]) => client.feed(encodePipeline([argv]));
  const random = new Prng(11);
  const LENGTHS = [1, 15, 16, 17, 33, 255, 1024, 1025, 8191, 8192, 8193, 20_000];

  /** Mostly zeros or mostly ones, so that there is something to search. */
  const make = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length).fill(random.pick([0, 255, 0x55]));
    for (let i = random.below(4); i > 0; i--) bytes[random.below(length)] = random.below(256);
    return bytes;
  };
  const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
  const bitOf = (bytes: Uint8Array, i: number) => ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1;

  it("are counted and found in any range", () => {
    for (const length of LENGTHS) {
      const bytes = make(length);
      ask("SET", "s", latin1(bytes));
      const ones = Array.from({ length: length * 8 }, (_, i) => bitOf(bytes, i));
      for (let round = 0; round < 20; round++) {
        const from = random.below(length * 8);
        const to = random.between(from, length * 8 - 1);
        const part = ones.slice(from, to + 1);
        const range = [String(from), String(to), "BIT"];
        const at = (bit: number) => (part.includes(bit) ? from + part.indexOf(bit) : -1);
        expect(ask("BITCOUNT", "s", ...range)).toBe(`:${part.reduce((sum, bit) => sum + bit, 0)}\r\n`);
        expect(ask("BITPOS", "s", "0", ...range)).toBe(`:${at(0)}\r\n`);
        expect(ask("BITPOS", "s", "1", ...range)).toBe(`:${at(1)}\r\n`);
      }
    }
  });

  it("are combined byte by byte, missing ones being zero", () => {
    const operations: Record<string, (a: number, b: number) => number> = {
      AND: (a, b) => a & b,
      OR: (a, b) => a | b,
      XOR: (a, b) => a ^ b,
    };
    for (let round = 0; round < 60; round++) {
      const sources = random.list(1, 4, () => make(random.pick(LENGTHS)));
      sources.forEach((bytes, i) => ask("SET", `s${i}`, latin1(bytes)));
      const length = Math.max(...sources.map((bytes) => bytes.length));
      const padded = sources.map((bytes) => Uint8Array.from({ length }, (_, i) => bytes[i] ?? 0));
      for (const [name, operation] of Object.entries(operations)) {
        const result = padded.reduce((a, b) => a.map((byte, i) => operation(byte, b[i] as number)));
        expect(ask("BITOP", name, "d", ...sources.map((_, i) => `s${i}`))).toBe(`:${length}\r\n`);
        expect(ask("GET", "d")).toBe(`$${length}\r\n${latin1(result)}\r\n`);
      }
      ask("BITOP", "NOT", "d", "s0");
      const inverted = (sources[0] as Uint8Array).map((byte) => ~byte);
      expect(ask("GET", "d")).toBe(`$${inverted.length}\r\n${latin1(inverted)}\r\n`);
    }
  });
});
