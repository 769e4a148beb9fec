/** hyperloglog.ts: against an array of registers, and byte for byte beside native Redis. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeIsRedis8, startNative } from "../../../support/native.ts";
import { Prng } from "../../../support/prng.ts";
import { plain, type RespClient } from "../../../support/resp-client.ts";
import type { SpawnedServer } from "../../../support/spawn-server.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

const REGISTERS = 16384;
const DENSE_SIZE = 12304;
const [UNCHANGED, CHANGED, GROW, PROMOTE, CORRUPT] = [0, 1, 2, 3, 4];

const engine = new VerifyEngine();
const element = engine.alloc(4096);
const raw = engine.alloc(REGISTERS);

/** What a type would do around the structure: a block that grows and becomes dense when it must. */
class Value {
  readonly sparseMax: number;
  ptr: number;
  length: number;
  capacity = 18;

  constructor(sparseMax = 3000, bytes?: string) {
    this.sparseMax = sparseMax;
    if (bytes !== undefined) this.capacity = bytes.length;
    this.ptr = engine.alloc(this.capacity);
    this.length =
      bytes === undefined ? engine.call("hllCreateSparse", this.ptr) : engine.write(this.ptr, bytes);
  }

  get bytes(): string {
    return engine.text(this.ptr, this.length);
  }

  add(text: string): number {
    const length = engine.write(element, text);
    while (true) {
      const outcome = engine.call(
        "hllAdd",
        this.ptr,
        this.length,
        this.capacity,
        element,
        length,
        this.sparseMax,
      );
      if (outcome === GROW) this.grow();
      else if (outcome === PROMOTE) this.promote();
      else {
        if (outcome === CHANGED) this.length = engine.call("testOutLen");
        return outcome;
      }
    }
  }

  grow(): void {
    this.move(this.length + 3, (to) =>
      engine.bytes(to, this.length).set(engine.bytes(this.ptr, this.length)),
    );
  }

  promote(): void {
    this.move(DENSE_SIZE, (to) => expect(engine.call("hllSparseToDense", this.ptr, this.length, to)).toBe(1));
    this.length = DENSE_SIZE;
  }

  move(capacity: number, fill: (to: number) => void): void {
    const to = engine.alloc(capacity);
    fill(to);
    engine.free(this.ptr);
    [this.ptr, this.capacity] = [to, capacity];
  }

  count(): bigint | undefined {
    if (!engine.call("hllCount", this.ptr, this.length)) return undefined;
    return engine.big("testOutU64") as bigint;
  }

  registers(): number[] {
    engine.bytes(raw, REGISTERS).fill(0);
    expect(engine.call("hllMergeInto", raw, this.ptr, this.length)).toBe(1);
    return [...engine.bytes(raw, REGISTERS)];
  }

  /** PFMERGE: `sources` beside what is there. */
  merge(sources: Value[]): void {
    engine.bytes(raw, REGISTERS).fill(0);
    const all = [this, ...sources];
    for (const { ptr, length } of all) expect(engine.call("hllMergeInto", raw, ptr, length)).toBe(1);
    if (all.some(({ ptr }) => engine.call("hllIsDense", ptr)) && !engine.call("hllIsDense", this.ptr))
      this.promote();
    if (engine.call("hllIsDense", this.ptr)) {
      engine.big("hllDenseFromRegisters", this.ptr, raw);
      return;
    }
    let start = 0;
    while (true) {
      const outcome = engine.call(
        "hllSparseFromRegisters",
        this.ptr,
        this.length,
        this.capacity,
        raw,
        start,
        this.sparseMax,
      );
      this.length = engine.call("testOutLen");
      if (outcome === CHANGED) return;
      start = engine.call("testScratch0");
      if (outcome === GROW) {
        this.grow();
      } else {
        expect(outcome).toBe(PROMOTE);
        this.promote();
        engine.big("hllDenseFromRegisters", this.ptr, raw);
        return;
      }
    }
  }

  free(): void {
    engine.free(this.ptr);
  }
}

describe("hyperloglog", () => {
  it("keeps the same registers sparse and dense, and counts them the same", () => {
    const prng = new Prng(Prng.seed());
    for (const sparseMax of [3000, 0, 18, 25, 200, 12000]) {
      const value = new Value(sparseMax);
      const dense = new Value(0);
      dense.promote();
      for (let i = 0; i < 3000; i++) {
        const text = prng.bytes(prng.below(20));
        const outcome = value.add(text);
        expect(outcome === CHANGED || outcome === UNCHANGED).toBe(true);
        expect(dense.add(text)).toBe(outcome);
        if (i % 300 === 0) {
          expect(value.count()).toBe(dense.count());
          expect(value.registers()).toEqual(dense.registers());
          const index = prng.below(REGISTERS);
          expect(engine.call("hllRegister", value.ptr, value.length, index)).toBe(
            engine.call("hllRegister", dense.ptr, dense.length, index),
          );
        }
      }
      value.free();
      dense.free();
    }
  }, 60_000);

  it("estimates within two percent, give or take", () => {
    const value = new Value();
    for (let i = 1; i <= 100_000; i++) {
      value.add(`element ${i}`);
      if (![10, 100, 1000, 10_000, 100_000].includes(i)) continue;
      expect(Math.abs(Number(value.count()) - i) / i).toBeLessThan(0.025);
    }
  });

  it("raw registers survive packing, whatever they are", () => {
    const prng = new Prng(Prng.seed());
    const dense = new Value();
    dense.promote();
    const registers = Array.from({ length: REGISTERS }, () => prng.below(64));
    engine.write(raw, new Uint8Array(registers));
    engine.big("hllDenseFromRegisters", dense.ptr, raw);
    expect(dense.registers()).toEqual(registers);
    for (const index of [0, 1, 2, 3, 4, 16380, 16383]) {
      expect(engine.call("hllRegister", dense.ptr, dense.length, index)).toBe(registers[index]);
    }
  });

  it("tells values from other strings by head and length", () => {
    const check = (bytes: string) => engine.call("hllIsValid", element, engine.write(element, bytes));
    const zeros = "\0".repeat(11);
    expect(check(`HYLL\x01${zeros}\x7f\xff`)).toBe(1);
    expect(check(`HYLL\x01${zeros}`)).toBe(1);
    for (const no of [
      "",
      "HYLL",
      "hello",
      `HYLL\0${zeros}`,
      `HYLL\x02${zeros}\x7f\xff`,
      `HYLM\x01${zeros}\x7f\xff`,
    ]) {
      expect(check(no)).toBe(0);
    }
  });

  it("refuses corrupt registers without touching what lies beyond", () => {
    const prng = new Prng(Prng.seed());
    const head = "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80";
    for (let round = 0; round < 3000; round++) {
      const ops = prng.chance(0.5)
        ? prng.bytes(prng.below(300))
        : "\x7f\xff\x7f\xff".slice(0, prng.below(5)) + prng.bytes(1);
      const value = new Value(prng.pick([100, 3000]), head + ops);
      const dense = engine.alloc(DENSE_SIZE);
      const sound = engine.call("hllSparseToDense", value.ptr, value.length, dense);
      engine.bytes(raw, REGISTERS).fill(0);
      expect(engine.call("hllMergeInto", raw, value.ptr, value.length)).toBe(sound);
      expect(value.count() !== undefined).toBe(sound === 1);
      if (sound) {
        expect(value.add(prng.bytes(8))).toBeLessThan(CORRUPT);
      } else {
        const text = prng.bytes(8);
        const length = engine.write(element, text);
        engine.call("hllAdd", value.ptr, value.length, value.capacity, element, length, 3000);
      }
      engine.free(dense);
      value.free();
    }
  });
});

describe.skipIf(!nativeIsRedis8)("beside native Redis", () => {
  let server: SpawnedServer;
  let client: RespClient;
  beforeAll(async () => {
    server = await startNative("redis");
    client = await server.connect();
  });
  afterAll(() => server.stop());

  const ask = async (...argv: string[]): Promise<unknown> => plain(await client.send(...argv));

  it("values are the same bytes and counts the same numbers", async () => {
    const prng = new Prng(Prng.seed());
    for (const [sparseMax, total] of [
      [3000, 3000],
      [3000, 200],
      [64, 60],
      [16000, 6000],
      [0, 20],
    ] as const) {
      await ask("CONFIG", "SET", "hll-sparse-max-bytes", String(sparseMax));
      await ask("DEL", "h");
      await ask("PFADD", "h");
      const value = new Value(sparseMax);
      for (let added = 0; added < total; added += 50) {
        const elements = prng.list(50, 50, () => prng.bytes(prng.below(30)));
        const replies = await client.pipeline(elements.map((text) => ["PFADD", "h", text]));
        const outcomes = elements.map((text) => BigInt(value.add(text)));
        expect(outcomes, `seed ${prng.seed}`).toEqual(
          replies.map((reply) => (reply as { value: bigint }).value),
        );
        if (prng.chance(0.5))
          expect(value.count()).toBe(((await client.send("PFCOUNT", "h")) as { value: bigint }).value);
        expect(value.bytes === (await ask("GET", "h")), `seed ${prng.seed}, after ${added}`).toBe(true);
      }
      value.free();
    }
  }, 60_000);

  it("merged values are the same bytes", async () => {
    const prng = new Prng(Prng.seed());
    for (let round = 0; round < 30; round++) {
      const sparseMax = prng.pick([3000, 3000, 100, 500]);
      await ask("CONFIG", "SET", "hll-sparse-max-bytes", String(sparseMax));
      await ask("FLUSHALL");
      const keys = ["a", "b", "c"];
      const values: Value[] = [];
      for (const key of keys) {
        const value = new Value(sparseMax);
        const elements = prng.list(1, prng.pick([5, 100, 1000, 3000]), () => prng.bytes(prng.between(1, 3)));
        await ask("PFADD", key, ...elements);
        for (const text of elements) value.add(text);
        values.push(value);
      }
      const [a, b, c] = values as [Value, Value, Value];
      engine.bytes(raw, REGISTERS).fill(0);
      for (const { ptr, length } of values) engine.call("hllMergeInto", raw, ptr, length);
      expect(engine.big("hllCountRegisters", raw)).toBe(
        ((await client.send("PFCOUNT", ...keys)) as { value: bigint }).value,
      );
      await ask("PFMERGE", "a", "b", "c");
      a.merge([b, c]);
      expect(a.bytes === (await ask("GET", "a")), `seed ${prng.seed}, round ${round}`).toBe(true);
      for (const value of values) value.free();
    }
  }, 60_000);
});
