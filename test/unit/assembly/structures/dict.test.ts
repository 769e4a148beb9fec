/** dict.ts against a Map: every operation, scans and iterators across splits and joins, fair random picks, the end of memory. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { starve } from "../../../support/starve.ts";
import { Prng } from "../../../support/prng.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

const KEY_ROOM = 1024;
const ITERATOR_SIZE = 28;
/** Entries for each bucket beyond which one is split. */
const GROW_PER_BUCKET = 9;

/** expect(…).toBe(…), which would take most of the time of these tests. */
function must<T>(actual: T, expected: T): void {
  if (actual !== expected) expect(actual).toBe(expected);
}

/** A dict, the Map it must equal, and scans under way that must miss nothing. */
class Pair {
  readonly engine: VerifyEngine;
  readonly dict: number;
  readonly model = new Map<string, number>();
  readonly #key: number;
  readonly #iterator: number;
  #scan: { cursor: number; owed: Set<string> } | undefined;

  constructor(engine = new VerifyEngine()) {
    this.engine = engine;
    this.#key = engine.alloc(KEY_ROOM);
    this.#iterator = engine.alloc(ITERATOR_SIZE);
    this.dict = engine.call("dictCreate");
  }

  entry(key: string): number {
    const length = this.engine.write(this.#key, key);
    const entry = this.engine.call("testDictEntry", this.#key, length);
    must(entry !== 0, true);
    return entry;
  }

  keyOf(entry: number): string {
    return this.engine.text(this.engine.call("entryKey", entry), this.engine.call("entryKeyLen", entry));
  }

  find(key: string): number {
    return this.engine.call("testDictFind", this.dict, this.#key, this.engine.write(this.#key, key));
  }

  insert(key: string): void {
    if (this.model.has(key)) return;
    const entry = this.entry(key);
    must(this.engine.call("testDictInsert", this.dict, entry), 1);
    this.model.set(key, entry);
  }

  remove(key: string): void {
    const length = this.engine.write(this.#key, key);
    const entry = this.engine.call("testDictRemove", this.dict, this.#key, length);
    must(entry, this.model.get(key) ?? 0);
    if (entry) this.forget(key);
  }

  /** What has been taken out of the dict. */
  forget(key: string): void {
    this.engine.free(this.model.get(key)!);
    this.model.delete(key);
    this.#scan?.owed.delete(key);
  }

  replace(key: string): void {
    const old = this.model.get(key);
    if (old === undefined) return;
    const entry = this.entry(key);
    this.engine.call("testDictReplace", this.dict, old, entry);
    this.engine.free(old);
    this.model.set(key, entry);
  }

  /** Takes a scan some steps further, or begins one. What was there from its first step to its last must turn up. */
  scan(steps: number): void {
    this.#scan ??= { cursor: 0, owed: new Set(this.model.keys()) };
    const scan = this.#scan;
    for (let i = 0; i < steps; i++) {
      scan.cursor = this.engine.call("testDictScan", this.dict, scan.cursor);
      const count = this.engine.call("testVectorCount");
      for (let n = 0; n < count; n++) {
        const entry = this.engine.call("testVectorGet", n);
        const key = this.keyOf(entry);
        must(this.model.get(key), entry);
        scan.owed.delete(key);
      }
      if (scan.cursor === 0) {
        expect([...scan.owed]).toEqual([]);
        this.#scan = undefined;
        return;
      }
    }
  }

  /** Walks over everything, and removes every so many. */
  iterate(removeEvery: number): void {
    const seen = new Set<string>();
    const all = new Set(this.model.keys());
    this.engine.call("dictIterOpen", this.#iterator, this.dict);
    for (let n = 0; ; n++) {
      const entry = this.engine.call("dictIterNext", this.#iterator);
      if (entry === 0) break;
      const key = this.keyOf(entry);
      must(seen.has(key), false);
      seen.add(key);
      if (removeEvery > 0 && n % removeEvery === 0) {
        this.engine.call("testDictRemoveEntry", this.dict, entry);
        this.forget(key);
      }
    }
    this.engine.call("dictIterClose", this.#iterator);
    expect(seen).toEqual(all);
  }

  /** Keys that an iterator narrowed to another dict returns. */
  narrowed(other: Pair): Set<string> {
    const seen = new Set<string>();
    this.engine.call("dictIterOpen", this.#iterator, this.dict);
    this.engine.call("dictIterNarrow", this.#iterator, other.dict);
    for (;;) {
      const entry = this.engine.call("dictIterNext", this.#iterator);
      if (entry === 0) break;
      const key = this.keyOf(entry);
      must(seen.has(key), false);
      seen.add(key);
    }
    this.engine.call("dictIterClose", this.#iterator);
    return seen;
  }

  /** A few buckets towards the right number of them. */
  resize(steps: number): void {
    this.engine.call("dictResizeStep", this.dict, steps);
  }

  get isResizing(): boolean {
    return this.engine.call("dictIsResizing", this.dict) === 1;
  }

  get buckets(): number {
    return this.engine.call("dictBuckets", this.dict);
  }

  check(): void {
    must(this.engine.call("dictValidate", this.dict), 1);
    must(this.engine.call("dictCount", this.dict), this.model.size);
  }

  free(): void {
    this.engine.call("dictFree", this.dict);
    for (const entry of this.model.values()) this.engine.free(entry);
    this.engine.free(this.#key);
    this.engine.free(this.#iterator);
  }
}

const fill = (pair: Pair, count: number, prefix = "fill") => {
  for (let i = 0; i < count; i++) pair.insert(`${prefix}:${i}`);
};

/** Short keys that meet again, long ones with a length of their own, the empty one. */
const key = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300).map((n) => `key:${n}`) },
  { weight: 1, arbitrary: fc.nat(5).map((n) => `${"long".repeat(70)}${n}`) },
  { weight: 1, arbitrary: fc.constantFrom("", "\0", "x".repeat(254), "x".repeat(255), "x".repeat(256)) },
);

type Step = (pair: Pair) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: key.map(
      (k): Step =>
        (pair) =>
          pair.insert(k),
    ),
  },
  {
    weight: 4,
    arbitrary: key.map(
      (k): Step =>
        (pair) =>
          pair.remove(k),
    ),
  },
  {
    weight: 2,
    arbitrary: key.map(
      (k): Step =>
        (pair) =>
          pair.replace(k),
    ),
  },
  {
    weight: 2,
    arbitrary: key.map(
      (k): Step =>
        (pair) =>
          expect(pair.find(k)).toBe(pair.model.get(k) ?? 0),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: 30 }).map(
      (n): Step =>
        (pair) =>
          pair.scan(n),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(4).map(
      (n): Step =>
        (pair) =>
          pair.iterate(n),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(50).map(
      (n): Step =>
        (pair) =>
          pair.resize(n),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(2000).map(
      (n): Step =>
        (pair) =>
          void pair.engine.call("dictExpand", pair.dict, n),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(3), fc.nat(1500)).map(
      ([group, n]): Step =>
        (pair) =>
          fill(pair, n, `g${group}`),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 })).map(([group, share]): Step => (pair) => {
      let n = 0;
      for (const k of [...pair.model.keys()])
        if (k.startsWith(`g${group}`) && n++ % share === 0) pair.remove(k);
    }),
  },
);

describe("dict", () => {
  it("does what a Map does, and a scan across any change misses nothing that stays", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const engine = new VerifyEngine();
        const before = engine.usedMemory();
        const pair = new Pair(engine);
        for (const run of steps) {
          run(pair);
          pair.check();
        }
        pair.scan(Infinity);
        pair.iterate(0);
        for (const [k, entry] of pair.model) must(pair.find(k), entry);
        pair.free();
        // The vector that scans collect into stays.
        engine.call("heapValidate");
        expect(engine.usedMemory() - before).toBeLessThan(65536);
      }),
      { numRuns: 150 },
    );
  });

  it("grows and shrinks by the bucket, and is back where it began", () => {
    const engine = new VerifyEngine();
    const pair = new Pair(engine);
    const empty = engine.usedMemory();
    for (let i = 0; i < 20_000; i++) {
      const before = pair.buckets;
      pair.insert(`fill:${i}`);
      expect(pair.buckets - before).toBeLessThan(2);
    }
    pair.check();
    expect(pair.buckets).toBe(Math.ceil(20_000 / GROW_PER_BUCKET));
    for (const k of [...pair.model.keys()]) {
      const before = pair.buckets;
      pair.remove(k);
      expect(before - pair.buckets).toBeLessThan(3);
    }
    pair.check();
    expect(pair.buckets).toBe(1);
    expect(engine.usedMemory()).toBe(empty);
  });

  it("shrinks by so many buckets as it is told where an iterator kept it from shrinking", () => {
    const pair = new Pair();
    fill(pair, 20_000);
    pair.iterate(1);
    expect(pair.model.size).toBe(0);
    expect(pair.isResizing).toBe(true);
    for (let before = pair.buckets; pair.isResizing; before = pair.buckets) {
      pair.resize(7);
      expect(before - pair.buckets).toBeLessThan(8);
      expect(pair.buckets).toBeLessThan(before);
    }
    expect(pair.buckets).toBe(1);
    pair.check();
  });

  it("makes room at once, and then has no bucket to split", () => {
    for (const count of [1, 9, 10, 500, 1151, 1152, 1153, 5000]) {
      const pair = new Pair();
      must(pair.engine.call("dictExpand", pair.dict, count), 1);
      pair.check();
      const { buckets } = pair;
      fill(pair, count);
      expect(pair.buckets).toBe(buckets);
      pair.check();
    }
  });

  it("gives up random entries until it is empty", () => {
    const pair = new Pair();
    fill(pair, 3000);
    while (pair.model.size) {
      const entry = pair.engine.call("dictRemoveRandom", pair.dict);
      const key = pair.keyOf(entry);
      must(pair.model.get(key), entry);
      pair.forget(key);
      if (pair.model.size % 100 === 0) pair.check();
    }
    must(pair.engine.call("dictRemoveRandom", pair.dict), 0);
  });

  it("leaves out what another dict has not, and nothing that it has", () => {
    const prng = new Prng(Prng.seed());
    for (let run = 0; run < 20; run++) {
      const engine = new VerifyEngine();
      const [a, b] = [new Pair(engine), new Pair(engine)];
      fill(a, prng.between(0, 3000), "a");
      fill(b, prng.pick([10, 300, 3000, 9000, 20_000]), "b");
      const shared = prng.between(0, 500);
      for (const pair of [a, b]) fill(pair, shared, "shared");
      const seen = a.narrowed(b);
      expect([...seen].filter((key) => b.model.has(key))).toHaveLength(shared);
      if (b.model.size > 3 * a.model.size) continue;
      expect(seen.size - shared).toBeLessThan(20 + a.model.size / 3);
    }
  });

  it("chains stay short when full", () => {
    const pair = new Pair();
    const stats = pair.engine.alloc(16 + 64 * 4);
    for (const size of [1000, 5000, 20_000]) {
      fill(pair, size);
      pair.engine.call("dictStats", pair.dict, stats);
      expect(pair.engine.bytes(stats, 16).readUInt32LE(12)).toBeLessThan(50);
      expect(pair.engine.call("dictMemory", pair.dict) / pair.model.size).toBeLessThan(10);
    }
  });

  it("says how its chains are filled", () => {
    const pair = new Pair();
    const stats = pair.engine.alloc(16 + 64 * 4);
    for (let round = 0; round < 20; round++) {
      fill(pair, 150, `round${round}`);
      pair.engine.call("dictStats", pair.dict, stats);
      const bytes = pair.engine.bytes(stats, 16 + 64 * 4);
      const chains = Array.from({ length: 64 }, (_, n) => bytes.readUInt32LE(16 + 4 * n));
      const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
      expect(bytes.readUInt32LE(0)).toBe(pair.buckets);
      expect(bytes.readUInt32LE(4)).toBe(pair.model.size);
      expect(bytes.readUInt32LE(8)).toBe(pair.buckets - chains[0]!);
      expect(bytes.readUInt32LE(12)).toBe(chains.findLastIndex((n) => n > 0));
      expect(sum(chains)).toBe(pair.buckets);
      expect(sum(chains.map((count, n) => count * n))).toBe(pair.model.size);
    }
  });

  describe("picks a random entry fairly", () => {
    const PICKS = 200_000;
    const states: Record<string, (pair: Pair) => void> = {
      "where no bucket has been split since they were doubled": (pair) => fill(pair, 64 * GROW_PER_BUCKET),
      "where a quarter of the buckets has been split": (pair) => fill(pair, 80 * GROW_PER_BUCKET),
      "where three quarters have been split": (pair) => fill(pair, 112 * GROW_PER_BUCKET),
      "where most have gone": (pair) => {
        fill(pair, 10_000);
        for (const k of [...pair.model.keys()].slice(0, 9000)) pair.remove(k);
      },
    };
    for (const [state, reach] of Object.entries(states)) {
      it(state, () => {
        const pair = new Pair();
        reach(pair);
        const counts = new Map<number, number>();
        for (let i = 0; i < PICKS; i++) {
          const entry = pair.engine.call("dictRandom", pair.dict);
          counts.set(entry, (counts.get(entry) ?? 0) + 1);
        }
        const n = pair.model.size;
        const expected = PICKS / n;
        let chiSquare = 0;
        for (const entry of pair.model.values()) {
          const difference = (counts.get(entry) ?? 0) - expected;
          chiSquare += (difference * difference) / expected;
        }
        // Mean n − 1, deviation √(2(n − 1)): six of them are chance once in a billion runs.
        expect(chiSquare).toBeLessThan(n - 1 + 6 * Math.sqrt(2 * (n - 1)));
      });
    }
  });

  it("without memory refuses what it cannot do and stays whole", () => {
    for (const size of [9, 10, 12, 100, 1151, 1152, 1153, 2303, 4607, 20_000]) {
      const engine = new VerifyEngine(96);
      const pair = new Pair(engine);
      fill(pair, size);
      const waiting = Array.from({ length: 300 }, (_, i) => [`late:${i}`, pair.entry(`late:${i}`)] as const);
      pair.scan(Infinity); // The vector is there.
      const release = starve(engine);
      for (const [k, entry] of waiting) {
        if (engine.call("testDictInsert", pair.dict, entry)) pair.model.set(k, entry);
      }
      pair.check();
      for (let i = 0; i < size; i += 3) pair.remove(`fill:${i}`);
      pair.resize(1000);
      pair.check();
      pair.scan(Infinity);
      release();
      for (const [k, entry] of waiting) {
        if (pair.model.has(k)) continue;
        must(engine.call("testDictInsert", pair.dict, entry), 1);
        pair.model.set(k, entry);
      }
      pair.check();
    }
  });

  it("is drained bucket by bucket, and freed without a walk at the end", () => {
    for (const size of [5, 100, 5121]) {
      const engine = new VerifyEngine();
      const pair = new Pair(engine);
      fill(pair, size);
      const drained = new Set<number>();
      const buckets = engine.call("dictBuckets", pair.dict);
      for (let i = 0; i < buckets; i++) {
        for (let entry = engine.call("dictDrainBucket", pair.dict, i); entry;) {
          must(drained.has(entry), false);
          drained.add(entry);
          entry = engine.call("dictDrainBucket", pair.dict, i);
        }
      }
      expect(drained).toEqual(new Set(pair.model.values()));
      expect(engine.call("dictHasChildren", pair.dict)).toBe(0);
      // Emptied so, it can be given up or used again.
      engine.call("dictReset", pair.dict);
      for (const entry of pair.model.values()) engine.free(entry);
      pair.model.clear();
      pair.check();
      fill(pair, 3000);
      pair.check();
      pair.free();
      engine.call("heapValidate");
    }
  });
});
