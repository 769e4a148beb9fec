/** intset.ts against a Set of BigInts, its bytes against a plain encoder and against native Redis. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, startNative } from "../../../support/native.ts";
import type { RespClient } from "../../../support/resp-client.ts";
import type { SpawnedServer } from "../../../support/spawn-server.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

const engine = new VerifyEngine();
const baseline = engine.usedMemory();

/** The intset of these members, made as wide as `width` says. */
function encode(members: Iterable<bigint>, width: number): Buffer {
  const sorted = [...members].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const out = Buffer.alloc(8 + sorted.length * width);
  out.writeUInt32LE(width, 0);
  out.writeUInt32LE(sorted.length, 4);
  sorted.forEach((value, i) => {
    if (width === 2) out.writeInt16LE(Number(value), 8 + i * 2);
    else if (width === 4) out.writeInt32LE(Number(value), 8 + i * 4);
    else out.writeBigInt64LE(value, 8 + i * 8);
  });
  return out;
}

const widthOf = (value: bigint) =>
  BigInt.asIntN(16, value) === value ? 2 : BigInt.asIntN(32, value) === value ? 4 : 8;

/** Small ones often, so that they meet again; now and then one that widens the set. */
const member = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: -40, max: 40 }).map(BigInt) },
  { weight: 1, arbitrary: fc.constantFrom(32767n, 32768n, -32768n, -32769n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), -(2n ** 31n) - 1n) },
  { weight: 1, arbitrary: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) },
);

const operation = fc.tuple(fc.constantFrom("add", "add", "remove"), member);

describe("intset", () => {
  it("equals a Set after each operation, byte for byte, and leaves no memory", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), member, (operations, other) => {
        const model = new Set<bigint>();
        let set = engine.call("intsetNew");
        let width = 2;
        for (const [name, value] of operations) {
          const had = model.has(value);
          set = engine.call(name === "add" ? "intsetAdd" : "intsetRemove", set, value);
          expect(set).not.toBe(0);
          expect(engine.call("intsetChanged")).toBe(Number(name === "add" ? !had : had));
          if (name === "add") {
            model.add(value);
            width = Math.max(width, widthOf(value));
          } else {
            model.delete(value);
          }
          const size = engine.call("intsetBytes", set);
          expect(engine.bytes(set, size).equals(encode(model, width))).toBe(true);
          expect(engine.call("intsetValidate", set, size, 1)).toBe(Number(model.size > 0));
        }
        expect(engine.call("intsetCount", set)).toBe(model.size);
        for (const value of [...model, other, other + 1n]) {
          const inRange = BigInt.asIntN(64, value);
          expect(engine.call("intsetHas", set, inRange)).toBe(Number(model.has(inRange)));
        }
        if (model.size > 0) {
          const sorted = [...model].sort((a, b) => (a < b ? -1 : 1));
          expect(engine.big("intsetMin", set)).toBe(sorted[0]);
          expect(engine.big("intsetMax", set)).toBe(sorted.at(-1));
          expect(sorted.map((_, i) => engine.big("intsetGet", set, i))).toEqual(sorted);
          expect(model.has(engine.big("intsetRandom", set) as bigint)).toBe(true);
        }
        engine.call("intsetFree", set);
        expect(engine.usedMemory()).toBe(baseline);
      }),
      { numRuns: 300 },
    );
  });

  it("draws every member as likely", () => {
    let set = engine.call("intsetNew");
    for (let i = 0n; i < 8n; i++) set = engine.call("intsetAdd", set, i * 1000n);
    const seen = new Map<bigint, number>();
    for (let i = 0; i < 8000; i++) {
      const value = engine.big("intsetRandom", set) as bigint;
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
    expect(seen.size).toBe(8);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
    engine.call("intsetFree", set);
  });

  it("answers 0 when memory is out, and is as it was", () => {
    const small = new VerifyEngine(8);
    let set = small.call("intsetNew");
    let count = 0n;
    for (;;) {
      const moved = small.call("intsetAdd", set, count * 2n ** 40n);
      if (moved === 0) break;
      set = moved;
      count++;
    }
    expect(BigInt(small.call("intsetCount", set))).toBe(count);
    expect(small.call("intsetValidate", set, small.call("intsetBytes", set), 1)).toBe(1);
  });

  it("refuses bytes that are none: width, count, order, length", () => {
    const good = encode([1n, 2n, 3n], 2);
    const refused = (change: (bytes: Buffer) => Buffer) => {
      const bytes = change(Buffer.from(good));
      const at = engine.alloc(Math.max(bytes.length, 1));
      engine.write(at, bytes);
      const verdict = engine.call("intsetValidate", at, bytes.length, 1);
      engine.free(at);
      return verdict === 0;
    };
    expect(refused((bytes) => bytes)).toBe(false);
    expect(refused((bytes) => bytes.subarray(0, 7))).toBe(true);
    expect(refused((bytes) => bytes.subarray(0, 13))).toBe(true);
    expect(refused((bytes) => (bytes.writeUInt32LE(3, 0), bytes))).toBe(true);
    expect(refused((bytes) => (bytes.writeUInt32LE(4, 0), bytes))).toBe(true);
    expect(refused((bytes) => (bytes.writeUInt32LE(0x80000003, 4), bytes))).toBe(true);
    expect(refused((bytes) => (bytes.writeUInt16LE(2, 8), bytes))).toBe(true);
    expect(refused(() => encode([], 2))).toBe(true);
  });

  it("prints itself for a person", () => {
    let set = engine.call("intsetNew");
    for (const value of [5n, -70000n]) set = engine.call("intsetAdd", set, value);
    const text = engine.alloc(256);
    expect(engine.text(text, engine.call("intsetDump", set, text, 256))).toBe(
      "intset width=4 count=2 -70000 5",
    );
    engine.free(text);
    engine.call("intsetFree", set);
  });
});

describe.skipIf(!native.redis)("intset beside native Redis", () => {
  let server: SpawnedServer;
  let client: RespClient;

  beforeAll(async () => {
    server = await startNative("redis", { args: ["--rdbcompression", "no"] });
    client = await server.connect();
  });

  afterAll(() => server.stop());

  it("stores the same bytes", async () => {
    for (const sample of fc.sample(fc.uniqueArray(member, { minLength: 1, maxLength: 60 }), {
      numRuns: 60,
      seed: 5,
    })) {
      await client.do("DEL", "s");
      await client.do("SADD", "s", ...sample);
      const dump = Buffer.from(String(await client.do("DUMP", "s")), "latin1");
      let set = engine.call("intsetNew");
      for (const value of sample) set = engine.call("intsetAdd", set, value);
      const ours = engine.bytes(set, engine.call("intsetBytes", set));
      // Type 11, the string's length in one or two bytes, the intset, version and checksum.
      expect(dump.subarray(dump.length - 10 - ours.length, -10).equals(ours)).toBe(true);
      engine.call("intsetFree", set);
    }
  });
});
