/** allocator.ts: blocks do not overlap and keep their bytes, sizes are accounted for, what is freed can be had again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prng } from "../../../support/prng.ts";
import { starve } from "../../../support/starve.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

const PAGE = 65_536;
const SPAN_BLOCK_MAX = 131_072;

function must<T>(actual: T, expected: T, why: string): void {
  if (actual !== expected) expect(actual, why).toBe(expected);
}

/** Whether all bytes are this one: the first is, and each is the next. */
function isFilled(bytes: Buffer, mark: number): boolean {
  return bytes.length === 0 || (bytes[0] === mark && bytes.subarray(1).equals(bytes.subarray(0, -1)));
}

/** Blocks that are in use, each full of a byte of its own. */
class Heap {
  readonly engine: VerifyEngine;
  readonly blocks = new Map<number, { size: number; mark: number }>();
  readonly #usedBefore: number;
  #marks = 0;

  constructor(pagesMax = 1024) {
    this.engine = new VerifyEngine(pagesMax);
    this.#usedBefore = this.engine.usedMemory();
  }

  /** @returns the address; 0 = out of memory */
  alloc(size: number, zeroed = false): number {
    const block = this.engine.call(zeroed ? "allocZeroed" : "testAlloc", size);
    if (block === 0) return 0;
    if (zeroed) must(isFilled(this.engine.bytes(block, size), 0), true, "a zeroed block is not");
    this.#take(block, size);
    return block;
  }

  free(block: number): void {
    this.#checkMark(block);
    this.engine.free(block);
    this.blocks.delete(block);
  }

  realloc(block: number, size: number): number {
    const { size: old, mark } = this.blocks.get(block)!;
    const moved = this.engine.call("realloc", block, size);
    if (moved === 0) {
      this.#checkMark(block);
      return 0;
    }
    must(isFilled(this.engine.bytes(moved, Math.min(old, size)), mark), true, "realloc lost bytes");
    this.blocks.delete(block);
    this.#take(moved, size);
    return moved;
  }

  #take(block: number, size: number): void {
    must(this.blocks.has(block), false, "a block is handed out twice");
    const usable = this.engine.call("usableSize", block);
    must(usable >= size, true, "a block is smaller than asked for");
    must(usable, this.engine.call("allocationSize", size), "a block is not of the size announced");
    this.#marks = (this.#marks % 200) + 1;
    this.engine.bytes(block, usable).fill(this.#marks);
    this.blocks.set(block, { size: usable, mark: this.#marks });
  }

  #checkMark(block: number): void {
    const { size, mark } = this.blocks.get(block)!;
    must(isFilled(this.engine.bytes(block, size), mark), true, "a block's bytes changed");
  }

  check(): void {
    must(this.engine.call("heapValidate"), 1, "the heap is not valid");
    let sum = 0;
    for (const { size } of this.blocks.values()) sum += size;
    must(this.engine.usedMemory() - this.#usedBefore, sum, "usedMemory is not the sum of the blocks");
  }

  /** Frees everything and looks whether the heap is one piece again. */
  clear(): void {
    for (const block of [...this.blocks.keys()]) this.free(block);
    this.check();
  }
}

/** A size: mostly small, around classes, around the largest span block, of several pages. */
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 200 }) },
  { weight: 3, arbitrary: fc.integer({ min: 200, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5000, max: SPAN_BLOCK_MAX + 10 }) },
  { weight: 1, arbitrary: fc.integer({ min: SPAN_BLOCK_MAX, max: 20 * PAGE }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 64, 65, 8192, 8193, 32_768, 32_769, SPAN_BLOCK_MAX, PAGE * 3) },
);

type Step = (heap: Heap) => void;
const pickOf = (heap: Heap, n: number) => [...heap.blocks.keys()][n % heap.blocks.size];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(size, fc.boolean()).map(
      ([n, z]): Step =>
        (heap) =>
          void heap.alloc(n, z),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(size, fc.nat(300)).map(([n, count]): Step => (heap) => {
      if (n < 5000) for (let i = 0; i < count; i++) heap.alloc(n);
    }),
  },
  {
    weight: 4,
    arbitrary: fc.nat().map((n): Step => (heap) => {
      const block = pickOf(heap, n);
      if (block !== undefined) heap.free(block);
    }),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((every): Step => (heap) => {
      [...heap.blocks.keys()].forEach((block, i) => {
        if (i % every === 0) heap.free(block);
      });
    }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(), size).map(([n, to]): Step => (heap) => {
      const block = pickOf(heap, n);
      if (block !== undefined) heap.realloc(block, to);
    }),
  },
);

describe("allocator", () => {
  it("hands out blocks that do not overlap, and counts them", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const heap = new Heap();
        for (const run of steps) {
          run(heap);
          heap.check();
        }
        heap.clear();
      }),
      { numRuns: 60 },
    );
  });

  it("wastes an eighth of a block at most, and less than two bytes of a small one", () => {
    const engine = new VerifyEngine();
    for (let n = 1; n <= 70_000; n++) {
      const usable = engine.call("allocationSize", n);
      must(usable >= n, true, `${n} bytes`);
      must(
        n < 4 ? usable === 4 : n <= 64 ? usable - n < 2 : usable <= n + n / 8 + 1,
        true,
        `${n} bytes take ${usable}`,
      );
    }
  });

  it("aligns blocks of 8, 16, 32 and 64 bytes to their size", () => {
    const heap = new Heap();
    for (const bytes of [8, 16, 32, 64]) {
      for (let i = 0; i < 5000; i++) must(heap.alloc(bytes) % bytes, 0, `${bytes} bytes`);
    }
    heap.clear();
  });

  it("lets a class have the span that another has emptied", () => {
    const heap = new Heap(40);
    for (const bytes of [24, 100, 4000, 40_000, 24]) {
      while (heap.alloc(bytes) !== 0);
      const got = heap.blocks.size * bytes;
      // Of 40 pages some hold static data and the records of pages, and a span of large blocks takes several.
      expect(got, `bytes to be had in blocks of ${bytes}`).toBeGreaterThan(30 * PAGE);
      heap.clear();
    }
  });

  it("joins what is freed, in whatever order, into one piece", () => {
    const seed = Prng.seed();
    const prng = new Prng(seed);
    const heap = new Heap(512);
    while (heap.alloc(prng.between(SPAN_BLOCK_MAX, 10 * PAGE)) !== 0);
    for (const block of prng.shuffled([...heap.blocks.keys()])) heap.free(block);
    // Spans that their class keeps for its next block may lie in between; nothing has used any here.
    const free = heap.engine.call("testFreePages");
    expect(free, `seed ${seed}`).toBeGreaterThan(480);
    expect(heap.alloc((free - 1) * PAGE), `seed ${seed}`).not.toBe(0);
    heap.clear();
  });

  it("grows and shrinks a large block where it lies", () => {
    const heap = new Heap();
    let block = heap.alloc(10 * PAGE);
    const first = block;
    for (const pages of [12, 20, 40, 15, 60]) {
      block = heap.realloc(block, pages * PAGE);
      must(block, first, `at ${pages} pages`);
      heap.check();
    }
    heap.clear();
  });

  it("without memory answers 0, and changes nothing", () => {
    const heap = new Heap(64);
    const kept = [1, 60, 100, 5000, 100_000, 3 * PAGE].map((bytes) => heap.alloc(bytes));
    const release = starve(heap.engine);
    const used = heap.engine.usedMemory();
    for (const bytes of [1, 4, 100, 5000, PAGE, 10 * PAGE, 2 ** 31, 2 ** 32 - 1]) {
      expect(heap.alloc(bytes)).toBe(0);
      for (const block of kept) expect(heap.realloc(block, 2 ** 32 - 1)).toBe(0);
    }
    expect(heap.engine.usedMemory()).toBe(used);
    // What shrinks needs no memory.
    expect(heap.realloc(kept[5]!, PAGE * 2 + 1)).toBe(kept[5]);
    release();
    heap.clear();
  });

  it("stops at what is not a block of it [debug build]", () => {
    const heap = new Heap();
    const block = heap.alloc(64);
    expect(() => heap.engine.free(block + 4)).toThrow(/not the start of a block/);
    expect(() => heap.engine.free(block + 64)).toThrow(/never allocated/);
  });
});
