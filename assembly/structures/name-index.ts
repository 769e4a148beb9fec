/**
 * name-index: the blocks of a few named things in the order of their names: the groups of a stream, the
 * consumers of a group. Redis lists both in that order.
 *
 * Why an array: there are few of them, their blocks carry their names (types/entry-key.ts), and finding one
 * is a binary search that reads a handful of blocks. Adding one moves 4 bytes for each name after it, which
 * is 4 KB among thousand.
 *
 * Index (one block; its address changes when it grows or shrinks)
 *   offset  size  field    meaning
 *        0     4  count    blocks
 *        4   4·n  entry[n] their addresses, ascending by name (bytes, then the shorter first)
 * An address of 0 is an empty index, so one that never had an entry takes no memory.
 *
 * Owns itself, not the blocks.
 */
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { compareBytes } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { entryKey, entryKeyLen } from "../types/entry-key.ts";

// @ts-ignore: decorator
@inline
const ENTRIES: u32 = 4;

/** How many there are. */
// @ts-ignore: decorator
@inline
export function nameIndexCount(index: usize): u32 {
  return index ? load<u32>(index) : 0;
}

/** The block at a place in the order, 0 … count − 1. */
// @ts-ignore: decorator
@inline
export function nameIndexAt(index: usize, i: u32): usize {
  return load<u32>(index + ((<usize>i) << 2), ENTRIES);
}

/** Bytes of the index itself. */
export function nameIndexMemory(index: usize): usize {
  return index ? usableSize(index) : 0;
}

/** Where a name is in the order, or would be; whether it is there is in root.scratch0. O(log n) */
export function nameIndexSearch(index: usize, name: usize, len: usize): u32 {
  let low: u32 = 0;
  let high = nameIndexCount(index);
  root.scratch0 = 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = nameIndexAt(index, middle);
    const order = compareBytes(entryKey(entry), entryKeyLen(entry), name, len);
    if (order == 0) {
      root.scratch0 = 1;
      return middle;
    }
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The block of this name, 0 = there is none. O(log n) */
export function nameIndexFind(index: usize, name: usize, len: usize): usize {
  const i = nameIndexSearch(index, name, len);
  return root.scratch0 ? nameIndexAt(index, i) : 0;
}

/**
 * Adds a block whose name is not there.
 * @returns the index, which may have moved; 0 = out of memory, nothing changed.  O(n)
 */
export function nameIndexInsert(index: usize, entry: usize): usize {
  const i = nameIndexSearch(index, entryKey(entry), entryKeyLen(entry));
  const count = nameIndexCount(index);
  const needed: usize = ENTRIES + ((count + 1) << 2);
  if (!index) {
    index = alloc(needed);
    if (!index) return 0;
  } else if (needed > usableSize(index)) {
    index = realloc(index, needed + ((count >> 1) << 2));
    if (!index) return 0;
  }
  const at = index + ENTRIES + ((<usize>i) << 2);
  memory.copy(at + 4, at, (count - i) << 2);
  store<u32>(at, <u32>entry);
  store<u32>(index, count + 1);
  return index;
}

/**
 * Takes the block of this name out; it is the caller's again, and in root.outPtr, 0 = there was none.
 * @returns the index, which may have moved; 0 if it is empty now.  O(n)
 */
export function nameIndexRemove(index: usize, name: usize, len: usize): usize {
  const i = nameIndexSearch(index, name, len);
  root.outPtr = root.scratch0 ? nameIndexAt(index, i) : 0;
  if (!root.outPtr) return index;
  const count = nameIndexCount(index) - 1;
  if (!count) {
    free(index);
    return 0;
  }
  const at = index + ENTRIES + ((<usize>i) << 2);
  memory.copy(at, at + 4, (count - i) << 2);
  store<u32>(index, count);
  const needed: usize = ENTRIES + (count << 2);
  if (needed * 2 < usableSize(index)) {
    const smaller = realloc(index, needed);
    if (smaller) return smaller;
  }
  return index;
}

/** Whether the names ascend. O(n) */
export function nameIndexValidate(index: usize): bool {
  const count = nameIndexCount(index);
  if (index && (count == 0 || ENTRIES + (count << 2) > <u32>usableSize(index))) return false;
  for (let i: u32 = 1; i < count; i++) {
    const a = nameIndexAt(index, i - 1);
    const b = nameIndexAt(index, i);
    if (compareBytes(entryKey(a), entryKeyLen(a), entryKey(b), entryKeyLen(b)) >= 0) return false;
  }
  return true;
}
