/** testing/heap: a heap and randomness without a keyspace, and the allocator for tests to put bytes with. */
import { seedRandom } from "../hashing/prng.ts";
import { alloc, free, heapInit } from "../memory/allocator.ts";
import { root } from "../root.ts";

export { allocationSize, allocZeroed, heapValidate, realloc, usableSize } from "../memory/allocator";

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

/** Pages of linear memory that the heap has, and those of them that are in no span and no large block. */
export function testHeapPages(): u32 {
  return root.pagesUsed;
}

export function testFreePages(): u32 {
  return root.freePages;
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
