/** listpack.ts against an array of strings, its bytes against a plain encoder and against native Redis. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, startNative } from "../../../support/native.ts";
import type { RespClient } from "../../../support/resp-client.ts";
import type { SpawnedServer } from "../../../support/spawn-server.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";
import { anyElement, element, encodeListpack } from "./elements.ts";

const engine = new VerifyEngine();
const text = engine.alloc(65536);
const text2 = engine.alloc(65536);
const baseline = engine.usedMemory();

/** A listpack and the array it should be equal to. */
class Pair {
  lp = engine.call("listpackNew", 0);
  model: string[] = [];

  put(value: string, at = text): [number, number] {
    return [at, engine.write(at, value)];
  }

  /** Address of element `index`; the end for index = length. */
  at(index: number): number {
    if (index < this.model.length) return engine.call("listpackSeek", this.lp, index);
    return this.lp + engine.call("listpackBytes", this.lp) - 1;
  }

  run(name: string, ...args: number[]): void {
    const moved = engine.call(name, this.lp, ...args);
    expect(moved).not.toBe(0);
    this.lp = moved;
  }

  check(): void {
    const size = engine.call("listpackBytes", this.lp);
    expect(engine.call("listpackValidate", this.lp, size, 1)).toBe(1);
    expect(engine.bytes(this.lp, size).equals(encodeListpack(this.model))).toBe(true);
  }

  free(): void {
    engine.call("listpackFree", this.lp);
    expect(engine.usedMemory()).toBe(baseline);
  }
}

function pairOf(elements: readonly string[]): Pair {
  const pair = new Pair();
  for (const value of elements) pair.run("listpackAppend", ...pair.put(value));
  pair.model = [...elements];
  return pair;
}

/** The element at `p` as text. */
function read(p: number): string {
  const at = engine.call("listpackGetBytes", p, text2);
  return engine.text(at, engine.call("testOutLen"));
}

const OPERATIONS = {
  append: (pair: Pair, _: number, value: string) => {
    pair.run("listpackAppend", ...pair.put(value));
    pair.model.push(value);
    expect(read(engine.call("testScratch0"))).toBe(value);
  },
  appendPair: (pair: Pair, _: number, value: string, other: string) => {
    pair.run("listpackAppendPair", ...pair.put(value), ...pair.put(other, text2));
    pair.model.push(value, other);
  },
  prepend: (pair: Pair, _: number, value: string) => {
    pair.run("listpackPrepend", ...pair.put(value));
    pair.model.unshift(value);
  },
  insertBefore: (pair: Pair, index: number, value: string) => {
    pair.run("listpackInsertBefore", pair.at(index), ...pair.put(value));
    pair.model.splice(index, 0, value);
    expect(engine.call("testScratch0")).toBe(pair.at(index));
  },
  insertPairBefore: (pair: Pair, index: number, value: string, other: string) => {
    pair.run("listpackInsertPairBefore", pair.at(index), ...pair.put(value), ...pair.put(other, text2));
    pair.model.splice(index, 0, value, other);
    expect(engine.call("testScratch0")).toBe(pair.at(index));
  },
  insertAfter: (pair: Pair, index: number, value: string) => {
    if (index >= pair.model.length) return;
    pair.run("listpackInsertAfter", pair.at(index), ...pair.put(value));
    pair.model.splice(index + 1, 0, value);
  },
  replace: (pair: Pair, index: number, value: string) => {
    if (index >= pair.model.length) return;
    pair.run("listpackReplace", pair.at(index), ...pair.put(value));
    pair.model[index] = value;
    expect(engine.call("testScratch0")).toBe(pair.at(index));
  },
  delete: (pair: Pair, index: number) => {
    if (index >= pair.model.length) return;
    pair.run("listpackDelete", pair.at(index));
    pair.model.splice(index, 1);
    expect(engine.call("testScratch0")).toBe(pair.at(index));
  },
  deleteRange: (pair: Pair, index: number, value: string) => {
    const count = value.length % 5;
    const negative = value.length % 2 === 1 && index < pair.model.length;
    pair.run("listpackDeleteRange", negative ? index - pair.model.length : index, count);
    pair.model.splice(index, count);
  },
} as const;

const operation = fc.tuple(
  fc.constantFrom(...(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[])),
  fc.nat(1000),
  anyElement,
  element,
);

describe("listpack", () => {
  it("equals an array after each operation, byte for byte what a plain encoder makes, and leaves no memory", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const pair = new Pair();
        for (const [name, position, value, other] of operations) {
          OPERATIONS[name](pair, position % (pair.model.length + 1), value, other);
          pair.check();
        }
        pair.free();
      }),
      { numRuns: 150 },
    );
  });

  it("is walked both ways, sought from both ends, and reads back what was put in", () => {
    fc.assert(
      fc.property(fc.array(anyElement, { maxLength: 30 }), (elements) => {
        const pair = pairOf(elements);
        const forward: string[] = [];
        for (let p = engine.call("listpackFirst", pair.lp); p; p = engine.call("listpackNext", p))
          forward.push(read(p));
        const backward: string[] = [];
        for (
          let p = engine.call("listpackLast", pair.lp);
          p;
          p = engine.call("listpackPrevious", pair.lp, p)
        ) {
          backward.unshift(read(p));
        }
        expect(forward).toEqual(elements);
        expect(backward).toEqual(elements);
        for (let i = -elements.length - 1; i <= elements.length; i++) {
          const p = engine.call("listpackSeek", pair.lp, i);
          expect(p === 0 ? undefined : read(p)).toBe(
            elements.at(i) !== undefined && i < elements.length ? elements.at(i) : undefined,
          );
        }
        expect(engine.call("listpackCount", pair.lp)).toBe(elements.length);
        pair.free();
      }),
    );
  });

  it("finds the first equal element with and without skipping", () => {
    fc.assert(
      fc.property(
        fc.array(element, { maxLength: 40 }),
        element,
        fc.integer({ min: 0, max: 2 }),
        (elements, extra, skip) => {
          const whole = elements.slice(0, elements.length - (elements.length % (skip + 1)));
          const pair = pairOf(whole);
          for (const needle of [...whole, extra]) {
            const index = whole.findIndex((value, i) => i % (skip + 1) === 0 && value === needle);
            const first = engine.call("listpackFirst", pair.lp);
            const p = engine.call("listpackFind", pair.lp, first, ...pair.put(needle), skip);
            expect(p).toBe(index < 0 ? 0 : pair.at(index));
            if (whole.length > 0) {
              expect(engine.call("listpackCompare", first, ...pair.put(needle))).toBe(
                Number(whole[0] === needle),
              );
            }
          }
          pair.free();
        },
      ),
    );
  });

  it("finds integers that somebody stored as text", () => {
    const bytes = Buffer.from([11, 0, 0, 0, 1, 0, 0x82, 0x31, 0x32, 3, 255]);
    const lp = engine.alloc(bytes.length);
    engine.write(lp, bytes);
    expect(engine.call("listpackFind", lp, lp + 6, text, engine.write(text, "12"), 0)).toBe(lp + 6);
    engine.free(lp);
  });

  it("merges two into one", () => {
    const lists = fc.array(anyElement, { maxLength: 12 });
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const pair = pairOf(a);
        pair.lp = engine.call("listpackMerge", pair.lp, pairOf(b).lp);
        pair.model.push(...b);
        pair.check();
        pair.free();
      }),
    );
  });

  it("counts more elements than the header can say", () => {
    const pair = new Pair();
    pair.run("listpackReserve", 140000);
    for (let i = 0; i < 65540; i++)
      pair.run("listpackAppendInteger", ...([BigInt(i % 100)] as unknown as number[]));
    expect(engine.call("listpackCount", pair.lp)).toBe(65540);
    expect(engine.bytes(pair.lp + 4, 2).readUInt16LE()).toBe(65535);
    pair.run("listpackDeleteRange", 0, 10);
    expect(engine.call("listpackCount", pair.lp)).toBe(65530);
    expect(engine.bytes(pair.lp + 4, 2).readUInt16LE()).toBe(65530);
    pair.free();
  });

  it("takes random tuples in order, each at most once, all of them as likely", () => {
    const pair = pairOf(Array.from({ length: 20 }, (_, i) => String(i)));
    const seen = new Array<number>(10).fill(0);
    for (let round = 0; round < 1000; round++) {
      let p = engine.call("listpackFirst", pair.lp);
      let available = 10;
      let last = -1;
      for (let remaining = 3; remaining > 0; remaining--) {
        p = engine.call("listpackNextRandom", p, available, remaining, 2);
        const value = Number(read(p));
        expect(value % 2).toBe(0);
        expect(value).toBeGreaterThan(last);
        last = value;
        seen[value / 2]!++;
        available = engine.call("testScratch1") - 1;
        p = engine.call("listpackNext", engine.call("listpackNext", p));
      }
    }
    for (const count of seen) expect(Math.abs(count - 300)).toBeLessThan(80);
    pair.free();
  });

  it("gives memory back when it shrinks, and does not move for what was reserved", () => {
    const pair = new Pair();
    pair.run("listpackReserve", 5000);
    const before = pair.lp;
    for (let i = 0; i < 400; i++) pair.run("listpackAppend", ...pair.put("element:" + String(i)));
    expect(pair.lp).toBe(before);
    const full = engine.usedMemory() - baseline;
    for (let i = 0; i < 395; i++) pair.run("listpackDelete", engine.call("listpackFirst", pair.lp));
    expect(engine.usedMemory() - baseline).toBeLessThan(full / 10);
    pair.free();
  });

  it("answers 0 when memory is out, and is as it was", () => {
    const small = new VerifyEngine(40);
    const value = small.alloc(4096);
    small.bytes(value, 4096).fill(120);
    let lp = small.call("listpackNew", 0);
    let count = 0;
    for (;;) {
      const moved = small.call("listpackAppend", lp, value, 4000);
      if (moved === 0) break;
      lp = moved;
      count++;
    }
    expect(count).toBeGreaterThan(5);
    expect(small.call("listpackValidate", lp, small.call("listpackBytes", lp), 1)).toBe(1);
    expect(small.call("listpackCount", lp)).toBe(count);
    small.call("listpackFree", lp);
  });

  it("accepts exactly its own bytes: whatever is damaged is refused or still sound, and never read beyond", () => {
    fc.assert(
      fc.property(
        fc.array(element, { maxLength: 12 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.nat(),
        (elements, flips, cut) => {
          const bytes = encodeListpack(elements);
          for (const [position, value] of flips) bytes[position % bytes.length] = value;
          const size = cut % 3 === 0 ? cut % bytes.length : bytes.length;
          const lp = engine.alloc(size + 1);
          engine.write(lp, bytes.subarray(0, size));
          if (engine.call("listpackValidate", lp, size, 1) === 1) {
            // What passes can be walked to its very end, and says how many it is.
            let count = 0;
            let at = lp + 6;
            for (let p = engine.call("listpackFirst", lp); p; p = engine.call("listpackNext", p)) {
              expect(p).toBe(at);
              read(p);
              const next = engine.call("listpackNext", p);
              at = next || lp + size - 1;
              count++;
            }
            expect(at).toBe(lp + size - 1);
            expect(engine.call("listpackCount", lp)).toBe(count);
          }
          engine.free(lp);
        },
      ),
      { numRuns: 1000 },
    );
    expect(engine.usedMemory()).toBe(baseline);
  });

  it("prints itself for a person", () => {
    const pair = pairOf(["-5", "abc"]);
    expect(engine.text(text, engine.call("listpackDump", pair.lp, text, 4096))).toBe(
      "listpack bytes=15 count=2\n6 integer -5\n9 string abc\n",
    );
    pair.free();
  });
});

describe.skipIf(!native.redis)("listpack beside native Redis", () => {
  let server: SpawnedServer;
  let client: RespClient;

  beforeAll(async () => {
    server = await startNative("redis", {
      args: [
        ...[
          "--rdbcompression",
          "no",
          "--hash-max-listpack-entries",
          "1000",
          "--hash-max-listpack-value",
          "100000",
        ],
        ...["--list-max-listpack-size", "-5"],
      ],
    });
    client = await server.connect();
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Bytes of the one string in a DUMP payload of a type whose value is a listpack. */
  function payload(dump: string, headBytes: number): Buffer {
    const bytes = Buffer.from(dump, "latin1").subarray(headBytes, -10);
    const first = bytes[0]!;
    const skip = first < 64 ? 1 : first < 128 ? 2 : 5;
    return bytes.subarray(skip);
  }

  it("stores a hash's fields and values as the same bytes", async () => {
    const samples = fc.sample(fc.dictionary(anyElement, anyElement, { maxKeys: 20 }), {
      numRuns: 60,
      seed: 11,
    });
    for (const sample of samples) {
      const fields = Object.entries(sample);
      if (fields.length === 0) continue;
      await client.do("DEL", "h");
      await client.do("HSET", "h", ...fields.flat());
      const pair = pairOf(fields.flat());
      const ours = engine.bytes(pair.lp, engine.call("listpackBytes", pair.lp));
      expect(payload(String(await client.do("DUMP", "h")), 1).equals(ours)).toBe(true);
      pair.free();
    }
  });
});
