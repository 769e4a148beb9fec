/**
 * hash-table: hashes of encoding hashtable: a dict of field blocks (hash-field.ts) and, in the order they expire, an
 * index of those fields that do.
 *
 * Table: a Dict, and behind it
 *   offset  size  field    meaning
 *       40     4  expires  id-tree of (ms since 1970, address of the block) → the block; 0 = no field expires
 *
 * Always true: the index has exactly the blocks whose expiry is not 0, under that time; an empty index is freed.
 *
 * The index is ordered, so that the active cycle meets only fields that are due, however many there are.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { HASH_REFERENCES } from "../memory/map.ts";
import { root } from "../root.ts";
import {
  Dict,
  DICT_ITERATOR_SIZE,
  dictBuckets,
  dictCount,
  dictCreate,
  dictDrainBucket,
  dictExpand,
  dictFind,
  dictFree,
  dictInsert,
  dictIterClose,
  dictIterNext,
  dictIterOpen,
  dictMemory,
  dictRemoveEntry,
  dictReplace,
  dictValidate,
} from "../structures/dict.ts";
import {
  ID_CURSOR_SIZE,
  ID_INSERTED,
  IdCursor,
  idCursorFirst,
  idTreeCount,
  idTreeCreate,
  idTreeFind,
  idTreeFree,
  idTreeFreeSlice,
  idTreeInsert,
  idTreeMemory,
  idTreeRemove,
} from "../structures/id-tree.ts";
import { entryKey, entryKeyLen } from "./entry-key.ts";
import {
  fieldCreate,
  fieldExpireAt,
  fieldFree,
  fieldIsTimed,
  fieldMemory,
  fieldOverwrite,
  fieldStoreExpiry,
  fieldValue,
} from "./hash-field.ts";

// @ts-ignore: decorator
@inline
const EXPIRES: usize = 40;
if (offsetof<Dict>() != EXPIRES) ERROR("Dict has another size: mend the table's");

// Places at the end of the hash commands' own (types/hash.ts).
// @ts-ignore: decorator
@inline
const CURSOR: usize = HASH_REFERENCES + 256;
// @ts-ignore: decorator
@inline
const ITERATOR: usize = CURSOR + ID_CURSOR_SIZE;
if (ITERATOR + DICT_ITERATOR_SIZE > HASH_REFERENCES + 384)
  ERROR("The hashes' place is too small: mend map.ts");

/** A new, empty table with room for `capacity` fields. @returns 0 = out of memory */
export function tableCreate(capacity: u32): usize {
  const table = dictCreate(4);
  if (!table) return 0;
  store<u32>(table, 0, EXPIRES);
  dictExpand(table, capacity);
  return table;
}

// @ts-ignore: decorator
@inline
function indexOf(table: usize): usize {
  return load<u32>(table, EXPIRES);
}

/** How many fields have an expiry. O(1) */
export function tableExpiring(table: usize): u32 {
  const index = indexOf(table);
  return index ? idTreeCount(index) : 0;
}

/** When the next field expires, ms since 1970; 0 = none does. O(log n) */
export function tableNextExpiry(table: usize): i64 {
  return tableFirstExpiring(table) ? <i64>changetype<IdCursor>(CURSOR).ms : 0;
}

/** The block of the field that expires next; 0 = none does. O(log n) */
export function tableFirstExpiring(table: usize): usize {
  const index = indexOf(table);
  return index && idCursorFirst(CURSOR, index) ? changetype<IdCursor>(CURSOR).value : 0;
}

/** The block of a field; 0 = there is none. O(1) */
// @ts-ignore: decorator
@inline
export function tableFind(table: usize, hash: u64, name: usize, len: u32): usize {
  return dictFind(table, hash, name, len);
}

/** Adds a field that is not there. @param expireAt  0 = none     @returns its block; 0 = out of memory, nothing changed */
export function tableAdd(
  table: usize,
  hash: u64,
  name: usize,
  nameLen: u32,
  value: usize,
  valueLen: u32,
  expireAt: i64,
): usize {
  const block = fieldCreate(name, nameLen, value, valueLen, expireAt);
  if (!block) return 0;
  if (!expireAt || indexAdd(table, expireAt, block)) {
    if (dictInsert(table, hash, block)) return block;
    indexRemove(table, expireAt, block);
  }
  fieldFree(block);
  return 0;
}

/** Gives a field another value. @param keepExpiry  else it expires no more     @returns false = out of memory, nothing changed */
export function tableSetValue(
  table: usize,
  hash: u64,
  block: usize,
  value: usize,
  len: u32,
  keepExpiry: bool,
): bool {
  const expireAt = fieldExpireAt(block);
  if (fieldOverwrite(block, value, len)) {
    if (expireAt && !keepExpiry) tableSetExpiry(table, hash, block, 0);
    return true;
  }
  return moveField(table, hash, block, value, len, keepExpiry ? expireAt : 0);
}

/** Gives a field another expiry, or none (0). @returns false = out of memory, nothing changed */
export function tableSetExpiry(table: usize, hash: u64, block: usize, expireAt: i64): bool {
  const old = fieldExpireAt(block);
  if (old == expireAt) return true;
  if (!fieldIsTimed(block)) {
    fieldValue(block);
    return moveField(table, hash, block, root.outPtr, root.outLen, expireAt);
  }
  if (expireAt && !indexAdd(table, expireAt, block)) return false;
  indexRemove(table, old, block);
  fieldStoreExpiry(block, expireAt);
  return true;
}

/** Puts a new block in the place of a field's. @returns false = out of memory, nothing changed */
function moveField(table: usize, hash: u64, block: usize, value: usize, len: u32, expireAt: i64): bool {
  const moved = fieldCreate(entryKey(block), entryKeyLen(block), value, len, expireAt);
  if (!moved) return false;
  if (expireAt && !indexAdd(table, expireAt, moved)) {
    fieldFree(moved);
    return false;
  }
  dictReplace(table, hash, block, moved);
  indexRemove(table, fieldExpireAt(block), block);
  fieldFree(block);
  return true;
}

/** Takes a field out and frees it. O(1), O(log n) with an expiry */
export function tableRemove(table: usize, hash: u64, block: usize): void {
  dictRemoveEntry(table, hash, block);
  indexRemove(table, fieldExpireAt(block), block);
  fieldFree(block);
}

// --- index of the fields that expire ---

function indexAdd(table: usize, expireAt: i64, block: usize): bool {
  let index = indexOf(table);
  if (!index) {
    index = idTreeCreate();
    if (!index) return false;
    store<u32>(table, index, EXPIRES);
  }
  if (idTreeInsert(index, <u64>expireAt, block, block) == ID_INSERTED) return true;
  dropEmptyIndex(table, index);
  return false;
}

/** Nothing where `expireAt` is 0. */
function indexRemove(table: usize, expireAt: i64, block: usize): void {
  if (!expireAt) return;
  const index = indexOf(table);
  idTreeRemove(index, <u64>expireAt, block);
  dropEmptyIndex(table, index);
}

function dropEmptyIndex(table: usize, index: usize): void {
  if (idTreeCount(index)) return;
  idTreeFree(index);
  store<u32>(table, 0, EXPIRES);
}

// --- the whole table ---

/** About how many blocks it has. */
export function tableFreeEffort(table: usize): u32 {
  return dictCount(table) + (tableExpiring(table) >> 5);
}

/** Frees about `budget` blocks; `progress` is the next bucket. @returns whether the table is gone */
export function tableFreeSlice(table: usize, progress: usize, budget: u32): bool {
  let left = <i32>min<u32>(budget, i32.MAX_VALUE);
  const index = indexOf(table);
  if (index) {
    // Nodes of the index hold no blocks of their own.
    if (idTreeFreeSlice(index, left)) return false;
    store<u32>(table, 0, EXPIRES);
    left--;
  }
  const buckets = dictBuckets(table);
  let i = load<u32>(progress);
  for (; i < buckets && left > 0; i++) {
    for (let block = dictDrainBucket(table, i); block; block = dictDrainBucket(table, i)) {
      fieldFree(block);
      left--;
    }
    left--;
  }
  store<u32>(progress, i);
  if (i < buckets) return false;
  dictFree(table);
  return true;
}

/** Frees it. O(n) */
export function tableFree(table: usize): void {
  const index = indexOf(table);
  if (index) idTreeFree(index);
  const buckets = dictBuckets(table);
  for (let i: u32 = 0; i < buckets; i++) {
    for (let block = dictDrainBucket(table, i); block; block = dictDrainBucket(table, i)) fieldFree(block);
  }
  dictFree(table);
}

/** A copy, expiry included. @returns 0 = out of memory. O(n) */
export function tableCopy(table: usize): usize {
  const copy = tableCreate(dictCount(table));
  if (!copy) return 0;
  let ok = true;
  dictIterOpen(ITERATOR, table);
  for (let block = dictIterNext(ITERATOR); block && ok; block = dictIterNext(ITERATOR)) {
    const name = entryKey(block);
    const len = entryKeyLen(block);
    fieldValue(block);
    ok = tableAdd(copy, hashBytes(name, len), name, len, root.outPtr, root.outLen, fieldExpireAt(block)) != 0;
  }
  dictIterClose(ITERATOR);
  if (ok) return copy;
  tableFree(copy);
  return 0;
}

/** Bytes of all its blocks, from at most `samples` fields (0 = all). O(samples) */
export function tableMemory(table: usize, samples: u32): usize {
  let bytes: f64 = 0;
  let seen: u32 = 0;
  dictIterOpen(ITERATOR, table);
  for (
    let block = dictIterNext(ITERATOR);
    block && (!samples || seen < samples);
    block = dictIterNext(ITERATOR)
  ) {
    bytes += <f64>fieldMemory(block);
    seen++;
  }
  dictIterClose(ITERATOR);
  const index = indexOf(table);
  const fixed = dictMemory(table) + (index ? idTreeMemory(index) : 0);
  return fixed + (seen ? <usize>((bytes / seen) * dictCount(table)) : 0);
}

// --- checks ---

/** Whether every invariant holds; traps with the reason where not. O(n) */
export function tableValidate(table: usize): bool {
  dictValidate(table);
  const index = indexOf(table);
  let expiring: u32 = 0;
  dictIterOpen(ITERATOR, table);
  for (let block = dictIterNext(ITERATOR); block; block = dictIterNext(ITERATOR)) {
    const expireAt = fieldExpireAt(block);
    if (!expireAt) continue;
    expiring++;
    assert(
      index != 0 && idTreeFind(index, <u64>expireAt, block) == block,
      "a field that expires is not in the index",
    );
  }
  dictIterClose(ITERATOR);
  assert(expiring == tableExpiring(table), "the index has fields that do not expire");
  assert(!index || expiring != 0, "an empty index was not freed");
  return true;
}
