/**
 * vector: one growable list of words (u32) off the root block that scans and samplers collect into. There
 * is one, so a collector must be done with it before the next begins; freeing a value does not use it.
 */
import { root } from "../root.ts";
import { realloc } from "./allocator.ts";

/** Makes room for `capacity` words, so that collecting so many cannot fail. @returns false = out of memory */
export function vectorReserve(capacity: u32): bool {
  if (capacity <= root.vectorCapacity) return true;
  const grown = realloc(root.vectorPtr, (<usize>capacity) << 2);
  if (!grown) return false;
  root.vectorPtr = grown;
  root.vectorCapacity = capacity;
  return true;
}

/** Empties the list. */
// @ts-ignore: decorator
@inline
export function vectorClear(): void {
  root.vectorCount = 0;
  root.vectorFailed = 0;
}

/** Appends a word; false = out of memory, which root.vectorFailed says too until the list is cleared. Amortized O(1). */
export function vectorPush(value: u32): bool {
  const n = root.vectorCount;
  if (n == root.vectorCapacity && !vectorReserve(n ? n << 1 : 256)) {
    root.vectorFailed = 1;
    return false;
  }
  store<u32>(root.vectorPtr + (n << 2), value);
  root.vectorCount = n + 1;
  return true;
}

// @ts-ignore: decorator
@inline
export function vectorGet(index: u32): u32 {
  return load<u32>(root.vectorPtr + (index << 2));
}

// @ts-ignore: decorator
@inline
export function vectorSet(index: u32, value: u32): void {
  store<u32>(root.vectorPtr + (index << 2), value);
}

/** Touches the first byte of every block in the list: loads that do not wait for each other overlap their misses. */
export function vectorWarm(): void {
  let sum: u32 = 0;
  const end = root.vectorPtr + (root.vectorCount << 2);
  for (let at = root.vectorPtr; at < end; at += 4) sum += load<u8>(<usize>load<u32>(at));
  root.scratch0 = sum; // so that the compiler cannot leave the loads out
}
