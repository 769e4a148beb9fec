/**
 * set: values of type set: intset, listpack or dict of members, converted as Redis 8.0 converts them and never back.
 *
 * Block of a member in the dict
 *   offset  size  field      meaning
 *        0     1  keyOffset  2, or 6 with a long member
 *        1     1  keyLen     255 = long
 *        2     4  length     only of a long member
 *        …     n  member
 *
 * A command works on a Set (reference): the value's address and encoding, which change as it converts. It is loaded from an
 * entry (setOpen) or made (setCreate), and written back (setClose). There are SET_COUNT of them at a fixed place.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { alloc, free, usableSize } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { DIGITS, SET_REFERENCES } from "../memory/map.ts";
import { digits10, formatI64, parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import {
  SETTING_SET_MAX_INTSET_ENTRIES,
  SETTING_SET_MAX_LISTPACK_ENTRIES,
  SETTING_SET_MAX_LISTPACK_VALUE,
  settingInteger,
} from "../settings.ts";
import {
  dictBuckets,
  dictCount,
  dictCreate,
  dictExpand,
  dictFind,
  dictFree,
  dictFreeBucket,
  DICT_ITERATOR_SIZE,
  dictInsert,
  dictIterClose,
  dictIterNext,
  dictIterOpen,
  dictMemory,
  dictRandom,
  dictRemove,
  dictRemoveRandom,
} from "../structures/dict.ts";
import {
  intsetAdd,
  intsetChanged,
  intsetCount,
  intsetDup,
  intsetGet,
  intsetHas,
  intsetMax,
  intsetMin,
  intsetNew,
  intsetRandom,
  intsetRemove,
} from "../structures/intset.ts";
import {
  listpackAppend,
  listpackAppendInteger,
  listpackAt,
  listpackBytes,
  listpackCount,
  listpackDelete,
  listpackDup,
  listpackFind,
  listpackFirst,
  listpackGet,
  listpackNew,
  listpackNext,
  listpackRandom,
} from "../structures/listpack.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "./entry-key.ts";
import { entryEncoding, entrySetEncoding, entrySetValue, entryValue } from "./entry.ts";
import { ENC_HT, ENC_INTSET, ENC_LISTPACK } from "./ids.ts";

@unmanaged
export class SetRef {
  value: usize;
  encoding: u32;
}

// @ts-ignore: decorator
@inline
const SET_COUNT: u32 = 4;
// @ts-ignore: decorator
@inline
const ITERATORS: usize = SET_REFERENCES + 64;
// @ts-ignore: decorator
@inline
const ITERATOR_SIZE: usize = 40;
// @ts-ignore: decorator
@inline
const DICT_ITERATOR: usize = 12;
if (DICT_ITERATOR + DICT_ITERATOR_SIZE != ITERATOR_SIZE)
  ERROR("A set iterator holds a dict iterator: mend its size");

/** Digits of an integer that is being added. */
// @ts-ignore: decorator
@inline
const ADDED_DIGITS: usize = DIGITS + 40;
/** No listpack is made larger than this. */
// @ts-ignore: decorator
@inline
const LISTPACK_SAFE: u32 = 1 << 30;

/** Reference number `i`, below SET_COUNT. */
// @ts-ignore: decorator
@inline
export function setRef(i: u32): SetRef {
  return changetype<SetRef>(SET_REFERENCES + ((<usize>i) << 4));
}

/** Loads a reference from an entry of type set. */
// @ts-ignore: decorator
@inline
export function setOpen(ref: SetRef, entry: usize): void {
  ref.value = entryValue(entry);
  ref.encoding = entryEncoding(entry);
}

/** Writes a reference back to its entry. */
// @ts-ignore: decorator
@inline
export function setClose(ref: SetRef, entry: usize): void {
  entrySetValue(entry, ref.value);
  entrySetEncoding(entry, ref.encoding);
}

/**
 * Makes an empty set fit for such a member and about `sizeHint` of them. @returns false = out of memory
 */
export function setCreate(ref: SetRef, member: usize, len: u32, sizeHint: u32): bool {
  if (parseI64(member, len) && <i64>sizeHint <= settingInteger(SETTING_SET_MAX_INTSET_ENTRIES)) {
    ref.encoding = ENC_INTSET;
    ref.value = intsetNew();
  } else if (<i64>sizeHint <= settingInteger(SETTING_SET_MAX_LISTPACK_ENTRIES)) {
    ref.encoding = ENC_LISTPACK;
    ref.value = listpackNew();
  } else {
    ref.encoding = ENC_HT;
    ref.value = dictCreate();
    if (ref.value) dictExpand(ref.value, sizeHint);
  }
  return ref.value != 0;
}

/** Makes an empty set for results, of the smallest encoding. @returns false = out of memory */
export function setCreateEmpty(ref: SetRef): bool {
  ref.encoding = ENC_INTSET;
  ref.value = intsetNew();
  return ref.value != 0;
}

/** Makes an empty intset or listpack. @returns false = out of memory */
export function setCreateLike(ref: SetRef, isIntset: bool): bool {
  ref.encoding = isIntset ? ENC_INTSET : ENC_LISTPACK;
  ref.value = isIntset ? intsetNew() : listpackNew();
  return ref.value != 0;
}

/** Makes it an intset where it is small enough and holds nothing but integers. Without memory for it it stays. O(n) */
export function setConvertToIntsetIfSmall(ref: SetRef): void {
  if (ref.encoding == ENC_INTSET) return;
  if (<i64>setCount(ref.value, ref.encoding) > settingInteger(SETTING_SET_MAX_INTSET_ENTRIES)) return;
  let intset = intsetNew();
  if (!intset) return;
  const it = ITERATORS + ITERATOR_SIZE * 2;
  setIterOpen(it, ref.value, ref.encoding);
  let ok = true;
  for (let kind = setIterNext(it); kind && ok; kind = setIterNext(it)) {
    ok = kind == MEMBER_INTEGER || parseI64(root.outPtr, root.outLen);
    const grown = ok ? intsetAdd(intset, root.outI64) : 0;
    if (grown) intset = grown;
    else ok = false;
  }
  setIterClose(it);
  if (!ok) return free(intset);
  setFree(ref.value, ref.encoding);
  ref.value = intset;
  ref.encoding = ENC_INTSET;
}

/** Number of members. O(1) but for listpacks of 65,535 and more */
export function setCount(value: usize, encoding: u32): u32 {
  if (encoding == ENC_HT) return dictCount(value);
  return encoding == ENC_INTSET ? intsetCount(value) : listpackCount(value);
}

/** Makes it a dict before many are added, where it could not stay small. @returns false = out of memory */
export function setMaybeConvert(ref: SetRef, added: u32): bool {
  const most =
    ref.encoding == ENC_LISTPACK
      ? settingInteger(SETTING_SET_MAX_LISTPACK_ENTRIES)
      : settingInteger(SETTING_SET_MAX_INTSET_ENTRIES);
  return ref.encoding == ENC_HT || <i64>added <= most || setConvert(ref, ENC_HT, added);
}

// --- members ---

/** Whether the set has the member. O(1), listpack O(n), intset O(log n) */
export function setHas(value: usize, encoding: u32, member: usize, len: u32): bool {
  if (encoding == ENC_HT) return dictFind(value, hashBytes(member, len), member, len) != 0;
  if (encoding == ENC_INTSET) return parseI64(member, len) && intsetHas(value, root.outI64);
  return listpackFind(value, listpackFirst(value), member, len, 0) != 0;
}

/** Whether the set has the integer as a member. */
export function setHasInteger(value: usize, encoding: u32, member: i64): bool {
  if (encoding == ENC_INTSET) return intsetHas(value, member);
  return setHas(value, encoding, DIGITS, formatI64(member, DIGITS));
}

/** Adds a member, converting as Redis does. @returns 1 = added, 0 = it was there, −1 = out of memory, nothing changed */
export function setAdd(ref: SetRef, member: usize, len: u32): i32 {
  if (ref.encoding == ENC_HT) return dictAdd(ref.value, member, len);
  if (ref.encoding == ENC_INTSET) {
    if (parseI64(member, len)) return setAddInteger(ref, root.outI64);
    return addToIntset(ref, member, len);
  }
  if (listpackFind(ref.value, listpackFirst(ref.value), member, len, 0)) return 0;
  if (
    <i64>listpackCount(ref.value) < settingInteger(SETTING_SET_MAX_LISTPACK_ENTRIES) &&
    <i64>len <= settingInteger(SETTING_SET_MAX_LISTPACK_VALUE) &&
    listpackBytes(ref.value) + len < LISTPACK_SAFE
  ) {
    const grown = listpackAppend(ref.value, member, len);
    if (!grown) return -1;
    ref.value = grown;
    return 1;
  }
  return setConvert(ref, ENC_HT, listpackCount(ref.value) + 1) ? dictAdd(ref.value, member, len) : -1;
}

/** Adds an integer as a member. As setAdd. */
export function setAddInteger(ref: SetRef, member: i64): i32 {
  // Not in DIGITS, where a conversion on the way prints others.
  if (ref.encoding != ENC_INTSET) return setAdd(ref, ADDED_DIGITS, formatI64(member, ADDED_DIGITS));
  const grown = intsetAdd(ref.value, member);
  if (!grown) return -1;
  ref.value = grown;
  if (!intsetChanged()) return 0;
  if (<i64>intsetCount(grown) > settingInteger(SETTING_SET_MAX_INTSET_ENTRIES)) {
    // Without memory to convert it stays an intset, which is as good.
    setConvert(ref, ENC_HT, intsetCount(grown));
  }
  return 1;
}

/** Adds a member that is no integer to an intset, which so becomes a listpack or a dict. */
function addToIntset(ref: SetRef, member: usize, len: u32): i32 {
  const count = intsetCount(ref.value);
  let longest: u32 = 0;
  if (count) longest = max(integerLength(intsetMax(ref.value)), integerLength(intsetMin(ref.value)));
  const most = settingInteger(SETTING_SET_MAX_LISTPACK_VALUE);
  const small =
    <i64>count < settingInteger(SETTING_SET_MAX_LISTPACK_ENTRIES) && <i64>len <= most && <i64>longest <= most;
  if (!setConvert(ref, small ? ENC_LISTPACK : ENC_HT, count + 1)) return -1;
  return setAdd(ref, member, len);
}

// @ts-ignore: decorator
@inline
function integerLength(value: i64): u32 {
  return value < 0 ? digits10(<u64>-value) + 1 : digits10(<u64>value);
}

function dictAdd(dict: usize, member: usize, len: u32): i32 {
  const hash = hashBytes(member, len);
  if (dictFind(dict, hash, member, len)) return 0;
  const block = memberBlock(member, len);
  if (!block) return -1;
  if (!dictInsert(dict, hash, block)) {
    free(block);
    return -1;
  }
  return 1;
}

function memberBlock(member: usize, len: u32): usize {
  const long = len > SHORT_KEY_MAX;
  const offset: u32 = long ? 6 : 2;
  const block = alloc(offset + len);
  if (!block) return 0;
  store<u16>(block, <u16>(offset | ((long ? 255 : len) << 8)));
  if (long) store<u32>(block, len, 2);
  copyBytes(block + offset, member, len);
  return block;
}

/** Takes a member out. @returns whether it was there */
export function setRemove(ref: SetRef, member: usize, len: u32): bool {
  if (ref.encoding == ENC_HT) {
    const block = dictRemove(ref.value, hashBytes(member, len), member, len);
    if (!block) return false;
    free(block);
    return true;
  }
  if (ref.encoding == ENC_INTSET) {
    if (!parseI64(member, len)) return false;
    ref.value = intsetRemove(ref.value, root.outI64);
    return intsetChanged();
  }
  const at = listpackFind(ref.value, listpackFirst(ref.value), member, len, 0);
  if (!at) return false;
  ref.value = listpackDelete(ref.value, at);
  return true;
}

/** A random member, each as likely, in root.outPtr / outLen (an integer is printed to DIGITS). The set is not empty. */
export function setRandom(value: usize, encoding: u32): void {
  if (encoding == ENC_HT) {
    const block = dictRandom(value);
    root.outPtr = entryKey(block);
    root.outLen = entryKeyLen(block);
  } else if (encoding == ENC_INTSET) {
    printInteger(intsetRandom(value));
  } else if (!listpackGet(listpackRandom(value, listpackCount(value), 1))) {
    printInteger(root.outI64);
  }
}

/**
 * A random member that is about to be popped, as setRandom. Of a dict it is taken out at once and lasts until setPopEnd, which
 * wants what this returns; nothing else may be done with the set in between.
 */
export function setPopBegin(ref: SetRef): usize {
  if (ref.encoding != ENC_HT) {
    setRandom(ref.value, ref.encoding);
    return 0;
  }
  const block = dictRemoveRandom(ref.value);
  root.outPtr = entryKey(block);
  root.outLen = entryKeyLen(block);
  return block;
}

/** Done with the member that setPopBegin found. */
export function setPopEnd(ref: SetRef, taken: usize, member: usize, len: u32): void {
  if (taken) free(taken);
  else setRemove(ref, member, len);
}

// @ts-ignore: decorator
@inline
function printInteger(value: i64): void {
  root.outLen = formatI64(value, DIGITS);
  root.outPtr = DIGITS;
}

// --- conversion ---

/** Converts to a listpack or a dict with room for `capacity`. @returns false = out of memory, nothing changed. O(n) */
export function setConvert(ref: SetRef, encoding: u32, capacity: u32): bool {
  const from = setRef(SET_COUNT - 1);
  const value = encoding == ENC_HT ? dictCreate() : listpackNew();
  if (!value) return false;
  if (encoding == ENC_HT) dictExpand(value, capacity);
  from.value = value;
  from.encoding = encoding;
  const it = ITERATORS + ITERATOR_SIZE * 2;
  setIterOpen(it, ref.value, ref.encoding);
  let ok = true;
  for (let kind = setIterNext(it); kind && ok; kind = setIterNext(it)) {
    if (encoding == ENC_HT) {
      if (kind == MEMBER_INTEGER) printInteger(root.outI64);
      ok = dictAdd(value, root.outPtr, root.outLen) == 1;
    } else {
      const grown = listpackAppendInteger(from.value, root.outI64);
      if (grown) from.value = grown;
      else ok = false;
    }
  }
  setIterClose(it);
  if (!ok) {
    setFree(from.value, encoding);
    return false;
  }
  setFree(ref.value, ref.encoding);
  ref.value = from.value;
  ref.encoding = encoding;
  return true;
}

// --- walking ---

/** What setIterNext found: the member is in root.outPtr / outLen … */
// @ts-ignore: decorator
@inline
export const MEMBER_STRING: u32 = 1;
/** … or in root.outI64. */
// @ts-ignore: decorator
@inline
export const MEMBER_INTEGER: u32 = 2;

/** Iterator number `i` (0 or 1; 2 is for conversions): value · encoding · position · dict iterator. */
// @ts-ignore: decorator
@inline
export function setIterator(i: u32): usize {
  return ITERATORS + i * ITERATOR_SIZE;
}

/** Opens an iterator. The set must not be changed until setIterClose, but a dict's member just returned may be removed. */
export function setIterOpen(it: usize, value: usize, encoding: u32): void {
  store<u32>(it, value);
  store<u32>(it, encoding, 4);
  store<u32>(it, encoding == ENC_LISTPACK ? listpackAt(listpackFirst(value)) : 0, 8);
  if (encoding == ENC_HT) dictIterOpen(it + DICT_ITERATOR, value);
}

/** The next member. @returns MEMBER_*, 0 = no more. O(1) */
export function setIterNext(it: usize): u32 {
  const value = <usize>load<u32>(it);
  const encoding = load<u32>(it, 4);
  if (encoding == ENC_HT) {
    const block = dictIterNext(it + DICT_ITERATOR);
    if (!block) return 0;
    root.outPtr = entryKey(block);
    root.outLen = entryKeyLen(block);
    return MEMBER_STRING;
  }
  if (encoding == ENC_INTSET) {
    const index = load<u32>(it, 8);
    if (index == intsetCount(value)) return 0;
    store<u32>(it, index + 1, 8);
    root.outI64 = intsetGet(value, index);
    return MEMBER_INTEGER;
  }
  const at = <usize>load<u32>(it, 8);
  if (!at) return 0;
  store<u32>(it, listpackAt(listpackNext(at)), 8);
  return listpackGet(at) ? MEMBER_STRING : MEMBER_INTEGER;
}

export function setIterClose(it: usize): void {
  if (load<u32>(it, 4) == ENC_HT) dictIterClose(it + DICT_ITERATOR);
}

/** Whether the member that setIterNext has just returned as `kind` is in another set. */
export function setHasMember(value: usize, encoding: u32, kind: u32): bool {
  return kind == MEMBER_INTEGER
    ? setHasInteger(value, encoding, root.outI64)
    : setHas(value, encoding, root.outPtr, root.outLen);
}

/** Adds the member that setIterNext has just returned as `kind`. As setAdd. */
export function setAddMember(ref: SetRef, kind: u32): i32 {
  return kind == MEMBER_INTEGER ? setAddInteger(ref, root.outI64) : setAdd(ref, root.outPtr, root.outLen);
}

// --- the whole value (types/value.ts) ---

/** About how many blocks the set has. */
export function setFreeEffort(value: usize, encoding: u32): u32 {
  return encoding == ENC_HT ? dictCount(value) : 1;
}

/** Frees a set. O(n) */
export function setFree(value: usize, encoding: u32): void {
  if (encoding != ENC_HT) return free(value);
  const buckets = dictBuckets(value);
  for (let i: u32 = 0; i < buckets; i++) dictFreeBucket(value, i);
  dictFree(value);
}

/** Frees about `budget` members; `progress` is the next bucket. @returns whether the set is gone */
export function setFreeSlice(value: usize, encoding: u32, progress: usize, budget: u32): bool {
  if (encoding != ENC_HT) {
    free(value);
    return true;
  }
  const buckets = dictBuckets(value);
  let left = <i32>budget;
  let i = load<u32>(progress);
  while (i < buckets && left > 0) left -= <i32>dictFreeBucket(value, i++) + 1;
  store<u32>(progress, i);
  if (i < buckets) return false;
  dictFree(value);
  return true;
}

/** A copy. @returns 0 = out of memory. O(n) */
export function setCopy(value: usize, encoding: u32): usize {
  if (encoding == ENC_INTSET) return intsetDup(value);
  if (encoding == ENC_LISTPACK) return listpackDup(value);
  const copy = dictCreate();
  if (!copy) return 0;
  dictExpand(copy, dictCount(value));
  const it = ITERATORS + ITERATOR_SIZE * 2;
  setIterOpen(it, value, encoding);
  let ok = true;
  while (ok && setIterNext(it)) ok = dictAdd(copy, root.outPtr, root.outLen) == 1;
  setIterClose(it);
  if (ok) return copy;
  setFree(copy, ENC_HT);
  return 0;
}

/** Bytes of the set's blocks, from at most `samples` members (0 = all). O(samples) */
export function setMemory(value: usize, encoding: u32, samples: u32): usize {
  if (encoding != ENC_HT) return usableSize(value);
  const count = dictCount(value);
  let bytes: f64 = 0;
  let seen: u32 = 0;
  const it = ITERATORS + ITERATOR_SIZE * 2;
  dictIterOpen(it, value);
  for (let block = dictIterNext(it); block && (!samples || seen < samples); block = dictIterNext(it)) {
    bytes += <f64>usableSize(block);
    seen++;
  }
  dictIterClose(it);
  return dictMemory(value) + (seen ? <usize>((bytes / seen) * count) : 0);
}
