/** APPEND, SETRANGE, GETRANGE, STRLEN: growth through every form a string has, limits, indexes, beside native Redis. */
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { usePair } from "../../support/pair.ts";
import { encodePipeline } from "../../support/resp-client.ts";
import { Prng } from "../../support/prng.ts";

const pair = usePair();
const same = (commands: string[]) => pair.expectSame(commands);

describe.skipIf(!pair.available)("parts of strings", () => {
  it("GETRANGE counts from both ends, and cuts what is beyond", async () => {
    const indexes = ["0", "-1", "2", "-3", "100", "-100", "9223372036854775807", "-9223372036854775808"];
    for (const value of ["hello", '""', "12345"]) {
      await same([`SET s ${value}`, ...indexes.flatMap((a) => indexes.map((b) => `GETRANGE s ${a} ${b}`))]);
    }
    await same([
      "GETRANGE none 0 -1",
      "SUBSTR none 0 -1",
      "RPUSH l a",
      "GETRANGE l 0 x",
      "GETRANGE l 0 1",
      "SUBSTR l x 1",
    ]);
  });

  it("SETRANGE pads with zeros, changes integers, and leaves all as it is for nothing", async () => {
    await same([
      "SETRANGE s 5 ab",
      "GET s",
      "OBJECT ENCODING s",
      "SETRANGE s 0 xyz",
      "GET s",
      'SETRANGE s 100 ""',
      "STRLEN s",
    ]);
    await same([
      "SET n 12345",
      "SETRANGE n 1 99",
      "GET n",
      "OBJECT ENCODING n",
      "INCR n",
      "OBJECT ENCODING n",
    ]);
    await same(['SETRANGE none 5 ""', "EXISTS none", "SET n 5", 'SETRANGE n 5 ""', "OBJECT ENCODING n"]);
    await same(["RPUSH l a", "SETRANGE l -1 v", "SETRANGE l x v", 'SETRANGE l 0 ""', "SETRANGE l 0 v"]);
  });

  it("APPEND keeps expiry, makes raw strings, and integers only where the key is new", async () => {
    await same([
      "APPEND s 12",
      "OBJECT ENCODING s",
      'APPEND s ""',
      "OBJECT ENCODING s",
      "APPEND s 34",
      "GET s",
      "INCR s",
    ]);
    await same(["SET s abc EX 1000", "APPEND s def", "TTL s", "GET s", "RPUSH l a", "APPEND l x"]);
  });

  it("grow no further than proto-max-bulk-len", async () => {
    await same([
      "SETRANGE s 536870911 xy",
      "SETRANGE s 536870912 x",
      "SETRANGE s 9223372036854775807 x",
      "EXISTS s",
    ]);
    await same([
      "CONFIG SET proto-max-bulk-len 1048576",
      "SETRANGE s 1048575 x",
      "APPEND s y",
      "SETRANGE s 1048576 y",
      "STRLEN s",
      "CONFIG SET proto-max-bulk-len 536870912",
      "DEL s",
    ]);
  });
});

describe("a string that grows", () => {
  it("is what was written, in the entry and out of it, with and without expiry", () => {
    const random = new Prng(7);
    for (const expiry of [false, true]) {
      const client = new TestEngine().open();
      const ask = (...argv: string[]) => client.feed(encodePipeline([argv]));
      let model = "";
      for (let step = 0; step < 400; step++) {
        const piece = random.chance(0.9) ? random.bytes(random.below(20)) : random.bytes(random.below(3000));
        if (random.chance(0.03)) {
          ask("SET", "s", piece, ...(expiry ? ["EX", "1000"] : []));
          model = piece;
        } else if (random.chance(0.5)) {
          ask("APPEND", "s", piece);
          model += piece;
        } else if (piece !== "") {
          const at = random.below(model.length + 10);
          ask("SETRANGE", "s", String(at), piece);
          model = model.padEnd(at, "\0").slice(0, at) + piece + model.slice(at + piece.length);
        }
        expect(ask("STRLEN", "s")).toBe(`:${model.length}\r\n`);
      }
      expect(ask("GET", "s")).toBe(`$${model.length}\r\n${model}\r\n`);
      expect(ask("DEL", "s")).toBe(":1\r\n");
    }
  });

  it("gives back all its memory", () => {
    const engine = new TestEngine();
    const client = engine.open();
    const ask = (...argv: string[]) => client.feed(encodePipeline([argv]));
    ask("SET", "warm", "up");
    ask("DEL", "warm");
    const before = engine.usedMemory;
    for (let length = 1; length < 5000; length += 37) ask("SETRANGE", "s", String(length), "x");
    expect(engine.usedMemory).toBeGreaterThan(before);
    ask("SET", "s", "1");
    ask("DEL", "s");
    expect(engine.usedMemory).toBe(before);
  });
});
