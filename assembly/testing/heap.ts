/** testing/heap: a heap and randomness without a keyspace, and the allocator for tests to put bytes with. */
import { seedRandom } from "../hashing/prng.ts";
import { alloc, free, heapInit } from "../memory/allocator.ts";
import { root } from "../root.ts";

/** Makes an empty heap; once per instance. */
export function testHeapInit(pagesMax: u32, seed: u64): void {
  heapInit(pagesMax);
  seedRandom(seed);
}

export function testAlloc(size: u32): usize {
  return alloc(size);
}

export function testFree(ptr: usize): void {
  free(ptr);
}

export function testUsedMemory(): u64 {
  return root.usedMemory;
}

/** Address of the root block's fields that functions return more values in. */
export function testOutI64(): i64 {
  return root.outI64;
}

export function testOutU64(): u64 {
  return root.outU64;
}

export function testOutF64(): f64 {
  return root.outF64;
}

export function testOutLen(): u32 {
  return root.outLen;
}

export function testOutPtr(): usize {
  return root.outPtr;
}

export function testScratch0(): u32 {
  return root.scratch0;
}

export function testScratch1(): u32 {
  return root.scratch1;
}
