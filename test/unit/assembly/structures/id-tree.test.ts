/** id-tree.ts against a sorted array. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../support/prng.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

interface Entry {
  ms: bigint;
  seq: bigint;
  value: number;
}

const INSERTED = 1;
const EXISTS = 2;
const U64_MAX = 2n ** 64n - 1n;
const compare = (a: Entry, b: Entry) =>
  a.ms === b.ms ? (a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0) : a.ms < b.ms ? -1 : 1;

/** A tree, the array it must equal, and a cursor. */
class Pair {
  readonly engine: VerifyEngine;
  readonly tree: number;
  readonly cursor: number;
  model: Entry[] = [];

  constructor(engine = new VerifyEngine()) {
    this.engine = engine;
    this.tree = engine.call("idTreeCreate");
    this.cursor = engine.alloc(40);
  }

  /** Index of the first entry at or above. */
  at(ms: bigint, seq: bigint): number {
    const key = { ms, seq, value: 0 };
    let [low, high] = [0, this.model.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.model[middle] as Entry, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  find(ms: bigint, seq: bigint): Entry | undefined {
    const entry = this.model[this.at(ms, seq)];
    return entry !== undefined && entry.ms === ms && entry.seq === seq ? entry : undefined;
  }

  insert(ms: bigint, seq: bigint, value: number): void {
    const there = this.find(ms, seq);
    const outcome = this.engine.call("idTreeInsert", this.tree, ms, seq, value);
    expect(outcome).toBe(there ? EXISTS : INSERTED);
    if (there) expect(this.engine.call("testScratch0")).toBe(there.value);
    else this.model.splice(this.at(ms, seq), 0, { ms, seq, value });
  }

  remove(ms: bigint, seq: bigint): void {
    const there = this.find(ms, seq);
    expect(this.engine.call("idTreeRemove", this.tree, ms, seq)).toBe(there?.value ?? 0);
    if (there) this.model.splice(this.at(ms, seq), 1);
  }

  /** What the cursor points to. */
  current(): Entry {
    const fields = this.engine.bytes(this.cursor, 40);
    return {
      ms: fields.readBigUInt64LE(16),
      seq: fields.readBigUInt64LE(24),
      value: fields.readUInt32LE(32),
    };
  }

  seek(name: string, ...id: bigint[]): Entry | undefined {
    return this.engine.call(name, this.cursor, this.tree, ...id) ? this.current() : undefined;
  }

  step(name: string): Entry | undefined {
    return this.engine.call(name, this.cursor) ? this.current() : undefined;
  }

  check(): void {
    expect(this.engine.call("idTreeValidate", this.tree)).toBe(1);
    expect(this.engine.call("idTreeCount", this.tree)).toBe(this.model.length);
    const seen: Entry[] = [];
    for (let entry = this.seek("idCursorFirst"); entry; entry = this.step("idCursorNext")) seen.push(entry);
    expect(seen).toEqual(this.model);
    const back: Entry[] = [];
    for (let entry = this.seek("idCursorLast"); entry; entry = this.step("idCursorPrev")) back.unshift(entry);
    expect(back).toEqual(this.model);
  }
}

describe("id-tree", () => {
  it("does what a sorted array does", () => {
    const seed = Prng.seed();
    for (let run = 0; run < 8; run++) {
      const prng = new Prng(seed + run);
      const pair = new Pair(new VerifyEngine(1024));
      const { engine, tree } = pair;
      const start = engine.usedMemory();
      const spread = prng.pick([40, 400, 4000]);
      const anyId = (): [bigint, bigint] => {
        if (prng.chance(0.5) && pair.model.length) {
          const { ms, seq } = prng.pick(pair.model);
          return [ms, seq];
        }
        return prng.chance(0.02)
          ? prng.pick([
              [0n, 0n],
              [U64_MAX, U64_MAX],
              [2n ** 63n, 0n],
              [U64_MAX, 0n],
            ] as [bigint, bigint][])
          : [BigInt(prng.below(spread)), BigInt(prng.below(4))];
      };
      let value = 0;
      const steps = [
        { weight: prng.between(1, 8), do: () => pair.insert(...anyId(), ++value) },
        {
          weight: prng.below(8),
          do: () => {
            const last = pair.model.at(-1);
            if (last && last.seq < 1n << 40n) pair.insert(last.ms, last.seq + 1n, ++value);
          },
        },
        { weight: prng.below(8), do: () => pair.remove(...anyId()) },
        {
          weight: prng.below(4),
          do: () => pair.model[0] && pair.remove(pair.model[0].ms, pair.model[0].seq),
        },
        {
          weight: prng.below(2),
          do: () => expect(engine.call("idTreePop", tree)).toBe(pair.model.pop()?.value ?? 0),
        },
        {
          weight: 2,
          do: () => {
            const [ms, seq] = anyId();
            expect(engine.call("idTreeFind", tree, ms, seq)).toBe(pair.find(ms, seq)?.value ?? 0);
            const index = pair.at(ms, seq);
            expect(pair.seek("idCursorSeek", ms, seq)).toEqual(pair.model[index]);
            const upTo = pair.find(ms, seq) ? index : index - 1;
            expect(pair.seek("idCursorSeekBack", ms, seq)).toEqual(pair.model[upTo]);
          },
        },
        {
          weight: 0.3,
          do: () => {
            // The cursor goes on where it was, whatever happens around it and to its own ID.
            let entry = pair.seek("idCursorSeek", ...anyId());
            for (let moves = 0; entry && moves < 10; moves++) {
              for (let changes = prng.below(4); changes; changes--) {
                if (prng.chance(0.5)) pair.insert(...anyId(), ++value);
                else pair.remove(...anyId());
              }
              if (prng.chance(0.3)) pair.remove(entry.ms, entry.seq);
              const index = pair.at(entry.ms, entry.seq);
              const forward = prng.chance(0.6);
              const wanted =
                pair.model[forward ? (pair.find(entry.ms, entry.seq) ? index + 1 : index) : index - 1];
              entry = pair.step(forward ? "idCursorNext" : "idCursorPrev");
              expect(entry).toEqual(wanted);
            }
          },
        },
      ];
      for (let step = 0; step < 2000; step++) {
        prng.weighted(steps).do();
        if (step % 200 === 0) pair.check();
      }
      pair.check();
      if (run % 2) {
        while (pair.model.length) {
          pair.remove(...anyId());
          if (prng.chance(0.01)) pair.check();
        }
        pair.check();
      }
      while (engine.call("idTreeFreeSlice", tree, 3));
      engine.free(pair.cursor);
      expect(engine.usedMemory()).toBeLessThan(start);
    }
  }, 60_000);

  it("takes 20.4 bytes an ID in order, and little for a few", () => {
    const { engine, tree } = new Pair();
    expect(engine.call("idTreeMemory", tree)).toBeLessThanOrEqual(24);
    engine.call("idTreeInsert", tree, 1n, 0n, 1);
    expect(engine.call("idTreeMemory", tree)).toBeLessThanOrEqual(24 + 56);
    for (let i = 2; i <= 100_000; i++) engine.call("idTreeInsert", tree, BigInt(i >> 2), BigInt(i), i);
    expect(engine.call("idTreeValidate", tree)).toBe(1);
    expect(engine.call("idTreeMemory", tree) / 100_000).toBeLessThan(20.75);
  });

  it("gives memory back as IDs go", () => {
    const prng = new Prng(7);
    const { engine, tree } = new Pair();
    const ids = Array.from({ length: 50_000 }, (_, i) => i + 1);
    for (const id of ids) engine.call("idTreeInsert", tree, 0n, BigInt(id), id);
    for (const id of prng.shuffled(ids).slice(0, 45_000)) {
      if (!engine.call("idTreeRemove", tree, 0n, BigInt(id))) throw new Error(`${id} was lost`);
    }
    expect(engine.call("idTreeValidate", tree)).toBe(1);
    expect(engine.call("idTreeCount", tree)).toBe(5000);
    expect(engine.call("idTreeMemory", tree) / 5000).toBeLessThan(45);
  });

  it("answers 0 when memory is out, and stays sound", () => {
    const prng = new Prng(3);
    const pair = new Pair(new VerifyEngine(24));
    const { engine, tree } = pair;
    // What is left after each failure is taken up by other sizes, so that every allocation gets to fail.
    let failures = 0;
    for (let step = 0; step < 40_000; step++) {
      const [ms, seq] = [BigInt(prng.below(8000)), BigInt(prng.below(8))];
      if (prng.chance(failures > 200 ? 0.3 : 0.9)) {
        const there = pair.find(ms, seq);
        const outcome = engine.call("idTreeInsert", tree, ms, seq, step + 1);
        if (outcome === INSERTED) pair.model.splice(pair.at(ms, seq), 0, { ms, seq, value: step + 1 });
        else if (outcome === EXISTS) expect(there).toBeDefined();
        else failures++;
      } else {
        pair.remove(ms, seq);
        if (prng.chance(0.2)) engine.call("testAlloc", prng.between(1, 1400));
      }
    }
    expect(failures).toBeGreaterThan(0);
    pair.check();
  });
});
