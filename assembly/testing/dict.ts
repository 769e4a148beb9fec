/** testing/dict: the dict, with entries that are nothing but a key, hashed here. */
import { hashBytes } from "../hashing/siphash.ts";
import { alloc } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { vectorClear, vectorGet } from "../memory/vector.ts";
import { root } from "../root.ts";
import {
  dictFind,
  dictInsert,
  dictRemove,
  dictRemoveEntry,
  dictReplace,
  dictScan,
} from "../structures/dict.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "../types/entry-key.ts";

export {
  dictBuckets,
  dictCount,
  dictCreate,
  dictDrainBucket,
  dictDropBucket,
  dictExpand,
  dictFree,
  dictFreeBucket,
  dictHasChildren,
  dictIsResizing,
  dictIterClose,
  dictIterNarrow,
  dictIterNext,
  dictIterOpen,
  dictMemory,
  dictRandom,
  dictRemoveRandom,
  dictReset,
  dictResizeStep,
  dictStats,
  dictValidate,
} from "../structures/dict";
export { entryKey, entryKeyLen } from "../types/entry-key";

/** A block that holds a key and no more; 0 = out of memory. */
export function testDictEntry(key: usize, len: u32): usize {
  const long = len > SHORT_KEY_MAX;
  const offset: u32 = long ? 8 : 4;
  const entry = alloc(offset + len);
  if (!entry) return 0;
  store<u32>(entry, offset | ((long ? 255 : len) << 8));
  if (long) store<u32>(entry, len, 4);
  copyBytes(entry + offset, key, len);
  return entry;
}

function hashOf(entry: usize): u64 {
  return hashBytes(entryKey(entry), entryKeyLen(entry));
}

export function testDictFind(dict: usize, key: usize, len: u32): usize {
  return dictFind(dict, hashBytes(key, len), key, len);
}

export function testDictInsert(dict: usize, entry: usize): bool {
  return dictInsert(dict, hashOf(entry), entry);
}

export function testDictRemove(dict: usize, key: usize, len: u32): usize {
  return dictRemove(dict, hashBytes(key, len), key, len);
}

export function testDictRemoveEntry(dict: usize, entry: usize): void {
  dictRemoveEntry(dict, hashOf(entry), entry);
}

export function testDictReplace(dict: usize, oldEntry: usize, newEntry: usize): void {
  dictReplace(dict, hashOf(oldEntry), oldEntry, newEntry);
}

/** One step of a scan; what it met is read with testVectorCount and testVectorGet. @returns the next cursor */
export function testDictScan(dict: usize, cursor: u32): u32 {
  vectorClear();
  return <u32>dictScan(dict, cursor);
}

export function testVectorCount(): u32 {
  return root.vectorCount;
}

export function testVectorGet(i: u32): u32 {
  return vectorGet(i);
}
