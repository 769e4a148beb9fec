/**
 * hash: values of type hash: a listpack of field and value, a listpack of field, value and expiry (hash-triples.ts), or
 * a table (hash-table.ts), converted as Redis 8.0 converts them and never back.
 *
 * A command works on a HashRef: the value's address and encoding, which change as it converts. It is loaded from an entry
 * (hashOpen) or made (hashCreate), and written back by hashCommit (keyspace/field-expire.ts), which also keeps the index
 * of hashes whose fields expire.
 *
 * A position is the address of a field: of its element, or of its block. A change of the hash makes it void.
 *
 * A field whose time is up stays until somebody meets it or the active cycle does: nothing here hides it. Commands ask
 * hashIsExpired.
 *
 * The place of the hash commands (memory/map.ts)
 *   offset  size  what
 *        0    48  two references
 *       48   208  two iterators: one for commands, one for what is done with whole values
 *      256    64  the table's own cursor and iterator (hash-table.ts)
 */
import { hashBytes } from "../hashing/siphash.ts";
import { free, usableSize } from "../memory/allocator.ts";
import { DIGITS, HASH_REFERENCES } from "../memory/map.ts";
import { CALL_OBEY } from "../keyspace/lookup.ts";
import { root } from "../root.ts";
import {
  SETTING_HASH_MAX_LISTPACK_ENTRIES,
  SETTING_HASH_MAX_LISTPACK_VALUE,
  settingInteger,
} from "../settings.ts";
import {
  dictCount,
  DICT_ITERATOR_SIZE,
  dictIterClose,
  dictIterNext,
  dictIterOpen,
  dictRandom,
} from "../structures/dict.ts";
import {
  LISTPACK_BYTES_MAX,
  listpackAppendPair,
  listpackAt,
  listpackBytes,
  listpackCount,
  listpackDeleteFrom,
  listpackDup,
  listpackElementSize,
  listpackFind,
  listpackFirst,
  listpackGetBytes,
  listpackNew,
  listpackRandom,
  listpackReplace,
  listpackValidate,
} from "../structures/listpack.ts";
import { entryKey, entryKeyLen } from "./entry-key.ts";
import { entryEncoding, entryFieldsExpire, entrySetEncoding, entrySetValue, entryValue } from "./entry.ts";
import { ENC_HT, ENC_LISTPACK, ENC_LISTPACK_EX } from "./ids.ts";
import { fieldExpireAt, fieldValue } from "./hash-field.ts";
import {
  tableAdd,
  tableCopy,
  tableCreate,
  tableExpiring,
  tableFind,
  tableFirstExpiring,
  tableFree,
  tableFreeEffort,
  tableFreeSlice,
  tableMemory,
  tableNextExpiry,
  tableRemove,
  tableSetExpiry,
  tableSetValue,
  tableValidate,
} from "./hash-table.ts";
import {
  tripleExpireAt,
  triplesAppend,
  triplesAreSound,
  triplesDelete,
  tripleSetExpiry,
  tripleSetValue,
  triplesExpiring,
  triplesFind,
  triplesFromPairs,
  triplesNextExpiry,
} from "./hash-triples.ts";

@unmanaged
export class HashRef {
  value: usize;
  encoding: u32;
  /** When the next field expires, as the index of the database knows it; 0 = the hash is not in it. */
  indexedAt: i64;
  /** Of the name that hashFind was asked for last. */
  hash: u64;
}
if (offsetof<HashRef>() != 24) ERROR("HashRef is not 24 bytes: mend the table of the place");

/** Reference number `i`, 0 or 1. */
// @ts-ignore: decorator
@inline
export function hashRef(i: u32): HashRef {
  return changetype<HashRef>(HASH_REFERENCES + <usize>i * 24);
}

// --- opening and making ---

/** Loads a reference from an entry of type hash. */
// @ts-ignore: decorator
@inline
export function hashOpen(ref: HashRef, entry: usize): void {
  ref.value = entryValue(entry);
  ref.encoding = entryEncoding(entry);
  ref.indexedAt = entryFieldsExpire(entry) ? hashNextExpiry(ref.value, ref.encoding) : 0;
}

/** Writes value and encoding back to the entry. Commands call hashCommit, which calls this. */
// @ts-ignore: decorator
@inline
export function hashClose(ref: HashRef, entry: usize): void {
  entrySetValue(entry, ref.value);
  entrySetEncoding(entry, ref.encoding);
}

/** Makes an empty hash, a listpack. @returns false = out of memory */
export function hashCreate(ref: HashRef): bool {
  ref.encoding = ENC_LISTPACK;
  ref.indexedAt = 0;
  ref.value = listpackNew();
  return ref.value != 0;
}

/**
 * Makes it a table before fields are added with which it could not stay small.
 * @param pairs  how many     @param longest, total  bytes of the longest name or value, of all of them
 * @returns false = out of memory, nothing changed
 */
export function hashPrepare(ref: HashRef, pairs: u32, longest: u32, total: u64): bool {
  if (ref.encoding == ENC_HT) return true;
  if (
    <i64>pairs <= settingInteger(SETTING_HASH_MAX_LISTPACK_ENTRIES) &&
    <i64>longest <= settingInteger(SETTING_HASH_MAX_LISTPACK_VALUE) &&
    total + listpackBytes(ref.value) < LISTPACK_BYTES_MAX
  ) {
    return true;
  }
  return hashConvert(ref, hashCount(ref.value, ref.encoding) + pairs);
}

/** Number of fields, those included whose time is up. O(1) but for listpacks of 65,535 elements and more */
export function hashCount(value: usize, encoding: u32): u32 {
  if (encoding == ENC_HT) return dictCount(value);
  return encoding == ENC_LISTPACK ? listpackCount(value) >> 1 : listpackCount(value) / 3;
}

/** When the next field expires, ms since 1970; 0 = none does. O(1), of a table O(log n) */
export function hashNextExpiry(value: usize, encoding: u32): i64 {
  if (encoding == ENC_LISTPACK) return 0;
  return encoding == ENC_HT ? tableNextExpiry(value) : triplesNextExpiry(value);
}

/** How many fields have an expiry. O(1), of a listpack O(n) */
export function hashExpiring(value: usize, encoding: u32): u32 {
  if (encoding == ENC_LISTPACK) return 0;
  return encoding == ENC_HT ? tableExpiring(value) : triplesExpiring(value);
}

/** How many fields are there and their time is not up. O(1) + those whose time is up, of a table O(n) where some is */
export function hashLiveCount(value: usize, encoding: u32): u32 {
  const count = hashCount(value, encoding);
  const next = hashNextExpiry(value, encoding);
  if (!next || !expiryIsPast(next)) return count;
  let live: u32 = 0;
  const it = hashIterator(1);
  hashIterOpen(it, value, encoding);
  while (hashIterNext(it)) live += <u32>!expiryIsPast(hashIterExpireAt(it));
  hashIterClose(it);
  return live;
}

// --- one field ---

/** Where a field stands, whether its time is up or not; 0 = there is none. O(1), of a listpack O(n) */
export function hashFind(ref: HashRef, name: usize, len: u32): usize {
  if (ref.encoding == ENC_HT) {
    ref.hash = hashBytes(name, len);
    return tableFind(ref.value, ref.hash, name, len);
  }
  if (ref.encoding == ENC_LISTPACK) return listpackFind(ref.value, listpackFirst(ref.value), name, len, 1);
  return triplesFind(ref.value, name, len);
}

/** As hashFind, of a name whose hash is known; only a table needs it. */
// @ts-ignore: decorator
@inline
export function hashFindHashed(ref: HashRef, hash: u64, name: usize, len: u32): usize {
  return ref.encoding == ENC_HT ? tableFind(ref.value, hash, name, len) : hashFind(ref, name, len);
}

/** The name of the field at a position: root.outPtr and root.outLen. */
export function hashName(ref: HashRef, at: usize): void {
  if (ref.encoding == ENC_HT) {
    root.outPtr = entryKey(at);
    root.outLen = entryKeyLen(at);
  } else {
    listpackGetBytes(at, DIGITS);
  }
}

/** The value of the field at a position: root.outPtr and root.outLen. */
export function hashValue(ref: HashRef, at: usize): void {
  if (ref.encoding == ENC_HT) fieldValue(at);
  else listpackGetBytes(at + listpackElementSize(at), DIGITS);
}

/** When the field at a position expires, ms since 1970; 0 = never. */
export function hashExpireAt(ref: HashRef, at: usize): i64 {
  if (ref.encoding == ENC_LISTPACK) return 0;
  return ref.encoding == ENC_HT ? fieldExpireAt(at) : tripleExpireAt(at);
}

/** Whether the time of the field at a position is up. */
// @ts-ignore: decorator
@inline
export function hashIsExpired(ref: HashRef, at: usize): bool {
  return ref.encoding != ENC_LISTPACK && expiryIsPast(hashExpireAt(ref, at));
}

/** Whether this expiry of a field is past; 0 never is. */
// @ts-ignore: decorator
@inline
export function expiryIsPast(expireAt: i64): bool {
  return expireAt != 0 && expireAt < root.nowMs && !(root.callFlags & CALL_OBEY);
}

/**
 * Sets a field, converting as Redis does.
 * @param keepExpiry  of a field that is there: else it expires no more
 * @returns 1 = added, 0 = it was there, −1 = out of memory, nothing changed but perhaps the encoding
 */
export function hashSet(
  ref: HashRef,
  name: usize,
  nameLen: u32,
  value: usize,
  valueLen: u32,
  keepExpiry: bool,
): i32 {
  if (
    ref.encoding != ENC_HT &&
    <i64>max(nameLen, valueLen) > settingInteger(SETTING_HASH_MAX_LISTPACK_VALUE)
  ) {
    if (!hashConvert(ref, hashCount(ref.value, ref.encoding) + 1)) return -1;
  }
  if (ref.encoding == ENC_LISTPACK) return setPair(ref, name, nameLen, value, valueLen);
  if (ref.encoding == ENC_LISTPACK_EX) return setTriple(ref, name, nameLen, value, valueLen, keepExpiry);
  const at = hashFind(ref, name, nameLen);
  if (!at) return tableAdd(ref.value, ref.hash, name, nameLen, value, valueLen, 0) ? 1 : -1;
  return tableSetValue(ref.value, ref.hash, at, value, valueLen, keepExpiry) ? 0 : -1;
}

function setPair(ref: HashRef, name: usize, nameLen: u32, value: usize, valueLen: u32): i32 {
  const at = hashFind(ref, name, nameLen);
  const grown = at
    ? listpackReplace(ref.value, at + listpackElementSize(at), value, valueLen)
    : listpackAppendPair(ref.value, name, nameLen, value, valueLen);
  if (!grown) return -1;
  ref.value = grown;
  return at ? 0 : convertIfMany(ref);
}

function setTriple(
  ref: HashRef,
  name: usize,
  nameLen: u32,
  value: usize,
  valueLen: u32,
  keepExpiry: bool,
): i32 {
  const at = hashFind(ref, name, nameLen);
  if (!at) {
    const grown = triplesAppend(ref.value, name, nameLen, value, valueLen);
    if (!grown) return -1;
    ref.value = grown;
    return convertIfMany(ref);
  }
  const offset = at - ref.value;
  const grown = tripleSetValue(ref.value, at, value, valueLen);
  if (!grown) return -1;
  ref.value = grown;
  if (keepExpiry || !tripleExpireAt(grown + offset)) return 0;
  // Without expiry the triple is no longer, so this takes no memory but where it is too long for scratch.
  const persisted = tripleSetExpiry(grown, grown + offset, 0);
  if (!persisted) return -1;
  ref.value = persisted;
  return 0;
}

/** After a field was added to a listpack. Without memory to convert it stays one, which is as good. @returns 1 */
// @ts-ignore: decorator
@inline
function convertIfMany(ref: HashRef): i32 {
  const count = hashCount(ref.value, ref.encoding);
  if (<i64>count > settingInteger(SETTING_HASH_MAX_LISTPACK_ENTRIES)) hashConvert(ref, count);
  return 1;
}

/** Takes a field out. @returns whether it was there, its time up or not */
export function hashDelete(ref: HashRef, name: usize, len: u32): bool {
  const at = hashFind(ref, name, len);
  if (!at) return false;
  if (ref.encoding == ENC_HT) tableRemove(ref.value, ref.hash, at);
  else hashDeleteAt(ref, at);
  return true;
}

/** Takes the field at a position out. */
export function hashDeleteAt(ref: HashRef, at: usize): void {
  if (ref.encoding == ENC_HT) tableRemove(ref.value, hashBytes(entryKey(at), entryKeyLen(at)), at);
  else if (ref.encoding == ENC_LISTPACK) ref.value = listpackDeleteFrom(ref.value, at, 2);
  else ref.value = triplesDelete(ref.value, at);
}

/** Makes it able to hold expiry: a listpack of pairs becomes one of triples. @returns false = out of memory */
export function hashAllowExpiry(ref: HashRef): bool {
  if (ref.encoding != ENC_LISTPACK) return true;
  const triples = triplesFromPairs(ref.value);
  if (!triples) return false;
  free(ref.value);
  ref.value = triples;
  ref.encoding = ENC_LISTPACK_EX;
  return true;
}

/**
 * Gives the field at a position another expiry, or none (0), after hashAllowExpiry.
 * @returns false = out of memory, nothing changed
 */
export function hashSetExpiry(ref: HashRef, at: usize, expireAt: i64): bool {
  if (ref.encoding == ENC_HT) {
    return tableSetExpiry(ref.value, hashBytes(entryKey(at), entryKeyLen(at)), at, expireAt);
  }
  const grown = tripleSetExpiry(ref.value, at, expireAt);
  if (!grown) return false;
  ref.value = grown;
  return true;
}

/** Where the field stands that expires next; 0 = none does. */
export function hashFirstExpiring(ref: HashRef): usize {
  if (ref.encoding == ENC_HT) return tableFirstExpiring(ref.value);
  if (ref.encoding == ENC_LISTPACK || !triplesNextExpiry(ref.value)) return 0;
  return listpackFirst(ref.value);
}

/** Where a random field stands, each as likely; the hash is not empty. O(1) expected, of a listpack O(n) */
export function hashRandom(ref: HashRef): usize {
  if (ref.encoding == ENC_HT) return dictRandom(ref.value);
  const width: u32 = ref.encoding == ENC_LISTPACK ? 2 : 3;
  return listpackRandom(ref.value, listpackCount(ref.value) / width, width);
}

// --- conversion ---

/** Makes a listpack a table with room for `capacity` fields. @returns false = out of memory, nothing changed. O(n) */
export function hashConvert(ref: HashRef, capacity: u32): bool {
  const table = tableCreate(capacity);
  if (!table) return false;
  const it = hashIterator(1);
  hashIterOpen(it, ref.value, ref.encoding);
  let ok = true;
  while (ok && hashIterNext(it)) {
    ok =
      tableAdd(
        table,
        hashBytes(hashIterName(it), hashIterNameLen(it)),
        hashIterName(it),
        hashIterNameLen(it),
        hashIterValue(it),
        hashIterValueLen(it),
        hashIterExpireAt(it),
      ) != 0;
  }
  hashIterClose(it);
  if (!ok) {
    tableFree(table);
    return false;
  }
  free(ref.value);
  ref.value = table;
  ref.encoding = ENC_HT;
  return true;
}

// --- walking ---

/**
 * Iterator (104 bytes): 0 value · 4 encoding · 8 position of the next element · 12 dict iterator · 40 name ·
 * 44 its length · 48 value · 52 its length · 56 expiry i64 · 64 digits of a name that is an integer · 84 of a value
 */
// @ts-ignore: decorator
@inline
const ITERATOR_SIZE: usize = 104;
// @ts-ignore: decorator
@inline
const DICT_ITERATOR: usize = 12;
if (DICT_ITERATOR + DICT_ITERATOR_SIZE != 40) ERROR("A hash iterator holds a dict iterator: mend its layout");
if (48 + 2 * ITERATOR_SIZE != 256) ERROR("The hash iterators run into the table's place: mend both");

/** Iterator 0, for commands; 1 is for what is done with whole values here and in rdb/hash.ts. */
// @ts-ignore: decorator
@inline
export function hashIterator(i: u32): usize {
  return HASH_REFERENCES + 48 + <usize>i * ITERATOR_SIZE;
}

/** Opens an iterator. The hash must not be changed until hashIterClose. */
export function hashIterOpen(it: usize, value: usize, encoding: u32): void {
  store<u32>(it, value);
  store<u32>(it, encoding, 4);
  if (encoding == ENC_HT) dictIterOpen(it + DICT_ITERATOR, value);
  else store<u32>(it, listpackFirst(value), 8);
}

/** Goes to the next field, its time up or not. @returns false = there is none */
export function hashIterNext(it: usize): bool {
  return load<u32>(it, 4) == ENC_HT ? iterBlock(it) : iterElements(it);
}

function iterBlock(it: usize): bool {
  const block = dictIterNext(it + DICT_ITERATOR);
  if (!block) return false;
  store<u32>(it, entryKey(block), 40);
  store<u32>(it, entryKeyLen(block), 44);
  fieldValue(block);
  store<u32>(it, root.outPtr, 48);
  store<u32>(it, root.outLen, 52);
  store<i64>(it, fieldExpireAt(block), 56);
  return true;
}

function iterElements(it: usize): bool {
  let p = <usize>load<u32>(it, 8);
  if (!p) return false;
  const triples = load<u32>(it, 4) == ENC_LISTPACK_EX;
  store<i64>(it, triples ? tripleExpireAt(p) : 0, 56);
  store<u32>(it, listpackGetBytes(p, it + 64), 40);
  store<u32>(it, root.outLen, 44);
  p += listpackElementSize(p);
  store<u32>(it, listpackGetBytes(p, it + 84), 48);
  store<u32>(it, root.outLen, 52);
  p += listpackElementSize(p);
  if (triples) p += listpackElementSize(p);
  store<u32>(it, listpackAt(p), 8);
  return true;
}

export function hashIterClose(it: usize): void {
  if (load<u32>(it, 4) == ENC_HT) dictIterClose(it + DICT_ITERATOR);
}

// @ts-ignore: decorator
@inline
export function hashIterName(it: usize): usize {
  return load<u32>(it, 40);
}

// @ts-ignore: decorator
@inline
export function hashIterNameLen(it: usize): u32 {
  return load<u32>(it, 44);
}

// @ts-ignore: decorator
@inline
export function hashIterValue(it: usize): usize {
  return load<u32>(it, 48);
}

// @ts-ignore: decorator
@inline
export function hashIterValueLen(it: usize): u32 {
  return load<u32>(it, 52);
}

/** ms since 1970; 0 = the field does not expire. */
// @ts-ignore: decorator
@inline
export function hashIterExpireAt(it: usize): i64 {
  return load<i64>(it, 56);
}

// --- the whole value (types/value.ts) ---

/** About how many blocks the hash has. */
export function hashFreeEffort(value: usize, encoding: u32): u32 {
  return encoding == ENC_HT ? tableFreeEffort(value) : 1;
}

/** Frees a hash. O(n) */
export function hashFree(value: usize, encoding: u32): void {
  if (encoding == ENC_HT) tableFree(value);
  else free(value);
}

/** Frees about `budget` blocks; `progress` is the table's. @returns whether the hash is gone */
export function hashFreeSlice(value: usize, encoding: u32, progress: usize, budget: u32): bool {
  if (encoding == ENC_HT) return tableFreeSlice(value, progress, budget);
  free(value);
  return true;
}

/** A copy, expiry included. @returns 0 = out of memory. O(n) */
export function hashCopy(value: usize, encoding: u32): usize {
  return encoding == ENC_HT ? tableCopy(value) : listpackDup(value);
}

/** Bytes of the hash's blocks, from at most `samples` fields (0 = all). O(samples) */
export function hashMemory(value: usize, encoding: u32, samples: u32): usize {
  return encoding == ENC_HT ? tableMemory(value, samples) : usableSize(value);
}

/** Whether every invariant holds; traps with the reason where not. O(n) */
export function hashValidate(value: usize, encoding: u32): bool {
  if (encoding == ENC_HT) return tableValidate(value);
  assert(listpackValidate(value, listpackBytes(value), true), "the hash's listpack is damaged");
  if (encoding == ENC_LISTPACK) assert((listpackCount(value) & 1) == 0, "a field has no value");
  else assert(triplesAreSound(value), "triples are not in order");
  return true;
}
