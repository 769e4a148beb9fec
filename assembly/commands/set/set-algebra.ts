/**
 * SINTER, SINTERCARD, SINTERSTORE, SUNION, SUNIONSTORE, SDIFF, SDIFFSTORE.
 * https://redis.io/commands/sinter, /sunion, /sdiff
 *
 * Intersections and differences walk one set and ask the others. From a dict the members come in batches: all hashes
 * first, then every bucket and candidate of the set asked is touched, then it is asked, so that cache misses overlap.
 */
import { NOTIFY_GENERIC, NOTIFY_SET } from "../../keyspace/events.ts";
import {
  deleteKey,
  findArg,
  keyTouched,
  lookupRead,
  notifyArg,
  overwriteKey,
} from "../../keyspace/lookup.ts";
import { hashBytes } from "../../hashing/siphash.ts";
import { SCRATCH, SCRATCH_SIZE } from "../../memory/map.ts";
import { vectorClear, vectorGet, vectorPush, vectorSet } from "../../memory/vector.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorOutOfMemory, errorSyntax, errorWrongType } from "../../resp/errors.ts";
import {
  replyBulk,
  replyDefer,
  replyDeferredSet,
  replyError,
  replyInteger,
  replySet,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  dictCount,
  dictExpand,
  dictFind,
  dictIterClose,
  dictIterNarrow,
  dictIterNext,
  dictIterOpen,
  dictWarm,
} from "../../structures/dict.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { entryEncoding, entryType, entryValue } from "../../types/entry.ts";
import { ENC_HT, ENC_INTSET, TYPE_SET } from "../../types/ids.ts";
import {
  setAdd,
  setAddMember,
  setConvertToIntsetIfSmall,
  setCount,
  setCreateEmpty,
  setCreateLike,
  setFree,
  setHas,
  setHasMember,
  setIterator,
  setIterClose,
  setIterNext,
  setIterOpen,
  setRef,
} from "../../types/set.ts";
import { replyMember, replyMembers } from "./smembers.ts";

/** Members of a dict that are asked for at a time. Scratch holds their blocks (u32), then their hashes (u64). */
const BATCH: u32 = 128;
const HASHES: usize = SCRATCH + ((<usize>BATCH) << 2);
const BATCH_ITERATOR: usize = HASHES + ((<usize>BATCH) << 3);
if (BATCH_ITERATOR + 64 > SCRATCH + SCRATCH_SIZE) ERROR("A batch does not fit in scratch");

// What becomes of the members found.
const TO_REPLY: u32 = 0;
const TO_STORE: u32 = 1;
const TO_COUNT: u32 = 2;

export function sinter(): void {
  if (!collectSets(1, root.argc)) return;
  const at = replyDefer();
  replyDeferredSet(at, intersect(TO_REPLY, 0));
}

export function sinterstore(): void {
  if (!collectSets(2, root.argc)) return;
  // As Redis: the result begins as an intset only where the smallest set is one, and may become one in the end.
  if (!setCreateLike(setRef(0), smallestIsIntset())) return errorOutOfMemory();
  const ok = intersect(TO_STORE, 0) >= 0;
  if (ok) setConvertToIntsetIfSmall(setRef(0));
  storeResult(ok, "sinterstore");
}

export function sintercard(): void {
  if (!argInteger(1) || root.outI64 <= 0) return replyError("ERR numkeys should be greater than 0");
  if (root.outI64 > <i64>root.argc - 2)
    return replyError("ERR Number of keys can't be greater than number of args");
  const last: u32 = 2 + <u32>root.outI64;
  let limit: i64 = 0;
  for (let i = last; i < root.argc; i++) {
    if (!argIs(i, "LIMIT") || i + 1 == root.argc) return errorSyntax();
    if (!argInteger(++i) || root.outI64 < 0) return replyError("ERR LIMIT can't be negative");
    limit = root.outI64;
  }
  if (!collectSets(2, last)) return;
  replyInteger(intersect(TO_COUNT, limit));
}

export function sunion(): void {
  if (!collectSets(1, root.argc)) return;
  replyTemporary(unite());
}

export function sunionstore(): void {
  if (!collectSets(2, root.argc)) return;
  storeResult(unite(), "sunionstore");
}

export function sdiff(): void {
  if (!collectSets(1, root.argc)) return;
  if (sameAsFirst()) return replySet(0);
  const at = replyDefer();
  replyDeferredSet(at, subtract(TO_REPLY));
}

export function sdiffstore(): void {
  if (!collectSets(2, root.argc)) return;
  if (!setCreateEmpty(setRef(0))) return errorOutOfMemory();
  storeResult(sameAsFirst() || subtract(TO_STORE) >= 0, "sdiffstore");
}

// --- the sets: entries of arguments, 0 = none such, in the vector ---

/** Looks arguments first … last − 1 up; false = one is no set (or no memory), and the error is replied. */
function collectSets(first: u32, last: u32): bool {
  vectorClear();
  for (let i = first; i < last; i++) {
    const entry = lookupRead(i);
    if (entry && entryType(entry) != TYPE_SET) {
      errorWrongType();
      return false;
    }
    if (!vectorPush(<u32>entry)) {
      errorOutOfMemory();
      return false;
    }
  }
  return true;
}

// @ts-ignore: decorator
@inline
function sizeAt(i: u32): u32 {
  const entry = <usize>vectorGet(i);
  return entry ? setCount(entryValue(entry), entryEncoding(entry)) : 0;
}

/** Sorts the sets from `first` on by size. @param ascending  smallest first. O(sets²), they are few */
function sortSets(first: u32, ascending: bool): void {
  for (let i = first + 1; i < root.vectorCount; i++) {
    const entry = vectorGet(i);
    const size = sizeAt(i);
    let j = i;
    while (j > first && (ascending ? sizeAt(j - 1) > size : sizeAt(j - 1) < size)) {
      vectorSet(j, vectorGet(j - 1));
      j--;
    }
    vectorSet(j, entry);
  }
}

/** Whether the set that an intersection starts from is an intset (or there is none, which makes no difference). */
function smallestIsIntset(): bool {
  for (let i: u32 = 0; i < root.vectorCount; i++) if (!vectorGet(i)) return true;
  sortSets(0, true);
  return entryEncoding(vectorGet(0)) == ENC_INTSET;
}

/** Whether the first set is empty, or is named again among the others: then nothing is left of it. */
function sameAsFirst(): bool {
  const first = vectorGet(0);
  if (!first) return true;
  for (let i: u32 = 1; i < root.vectorCount; i++) if (vectorGet(i) == first) return true;
  return false;
}

// --- intersection and difference ---

/** @returns how many members were found (at most `limit`, 0 = no limit); −1 = out of memory while storing */
function intersect(sink: u32, limit: i64): i64 {
  for (let i: u32 = 0; i < root.vectorCount; i++) if (!vectorGet(i)) return 0;
  sortSets(0, true);
  return filterFirst(true, sink, limit > 0 ? limit : i64.MAX_VALUE);
}

/** What the first set has and no other does. As intersect. */
function subtract(sink: u32): i64 {
  sortSets(1, false);
  return filterFirst(false, sink, i64.MAX_VALUE);
}

/** Members of the first set that all others have (`wanted`), or none has. */
function filterFirst(wanted: bool, sink: u32, limit: i64): i64 {
  const entry = <usize>vectorGet(0);
  const value = entryValue(entry);
  if (entryEncoding(entry) == ENC_HT) return filterDict(value, wanted, sink, limit);
  const it = setIterator(0);
  setIterOpen(it, value, entryEncoding(entry));
  let found: i64 = 0;
  for (let kind = setIterNext(it); kind && found >= 0 && found < limit; kind = setIterNext(it)) {
    // The out-values are kept by what asks for an integer's digits only.
    const ptr = root.outPtr;
    const len = root.outLen;
    const integer = root.outI64;
    let keep = true;
    for (let i: u32 = 1; keep && i < root.vectorCount; i++) {
      const other = <usize>vectorGet(i);
      const has = other != 0 && setHasMember(entryValue(other), entryEncoding(other), kind);
      root.outPtr = ptr;
      root.outLen = len;
      root.outI64 = integer;
      keep = has == wanted;
    }
    if (!keep) continue;
    found++;
    if (sink == TO_REPLY) replyMember(kind);
    else if (sink == TO_STORE && setAddMember(setRef(0), kind) < 0) found = -1;
  }
  setIterClose(it);
  return found;
}

function filterDict(dict: usize, wanted: bool, sink: u32, limit: i64): i64 {
  let found: i64 = 0;
  let more = true;
  dictIterOpen(BATCH_ITERATOR, dict);
  if (wanted) narrowBySecond();
  while (more && found >= 0 && found < limit) {
    let n: u32 = 0;
    while (n < BATCH) {
      const block = dictIterNext(BATCH_ITERATOR);
      if (!block) {
        more = false;
        break;
      }
      store<u32>(SCRATCH + (n++ << 2), block);
    }
    touchBlocks(n);
    for (let i: u32 = 0; i < n; i++) {
      const block = <usize>load<u32>(SCRATCH + (i << 2));
      store<u64>(HASHES + (i << 3), hashBytes(entryKey(block), entryKeyLen(block)));
    }
    for (let i: u32 = 1; i < root.vectorCount && n; i++) n = filterBatch(<usize>vectorGet(i), n, wanted);
    for (let i: u32 = 0; i < n && found >= 0 && found < limit; i++) {
      const block = <usize>load<u32>(SCRATCH + (i << 2));
      found++;
      if (sink == TO_REPLY) replyBulk(entryKey(block), entryKeyLen(block));
      else if (sink == TO_STORE && setAdd(setRef(0), entryKey(block), entryKeyLen(block)) < 0) found = -1;
    }
  }
  dictIterClose(BATCH_ITERATOR);
  return found;
}

/** An intersection need not look at members that the second set, where it is a dict, has not. */
function narrowBySecond(): void {
  if (root.vectorCount < 2) return;
  const second = <usize>vectorGet(1);
  if (entryEncoding(second) == ENC_HT) dictIterNarrow(BATCH_ITERATOR, entryValue(second));
}

/** Touches the first `n` members of the batch: loads that do not wait for each other. */
function touchBlocks(n: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) sum += load<u8>(<usize>load<u32>(SCRATCH + (i << 2)));
  root.scratch0 = sum;
}

/** Leaves those of the first `n` of the batch that the set has (`wanted`) or has not. @returns how many */
function filterBatch(entry: usize, n: u32, wanted: bool): u32 {
  if (!entry) return wanted ? 0 : n;
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  const isDict = encoding == ENC_HT;
  if (isDict) dictWarm(value, HASHES, n);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const block = <usize>load<u32>(SCRATCH + (i << 2));
    const hash = load<u64>(HASHES + (i << 3));
    const has = isDict
      ? dictFind(value, hash, entryKey(block), entryKeyLen(block)) != 0
      : setHas(value, encoding, entryKey(block), entryKeyLen(block));
    if (has != wanted) continue;
    store<u32>(SCRATCH + (kept << 2), block);
    store<u64>(HASHES + (kept << 3), hash);
    kept++;
  }
  return kept;
}

// --- union ---

/** Puts all members of all sets in setRef(0). @returns false = out of memory, and it has been freed */
function unite(): bool {
  const result = setRef(0);
  if (!setCreateEmpty(result)) return false;
  const it = setIterator(0);
  for (let i: u32 = 0; i < root.vectorCount; i++) {
    const entry = <usize>vectorGet(i);
    if (!entry) continue;
    if (result.encoding == ENC_HT && entryEncoding(entry) == ENC_HT) {
      dictExpand(result.value, max(dictCount(entryValue(entry)), dictCount(result.value)));
    }
    setIterOpen(it, entryValue(entry), entryEncoding(entry));
    let outcome: i32 = 0;
    for (let kind = setIterNext(it); kind && outcome >= 0; kind = setIterNext(it))
      outcome = setAddMember(result, kind);
    setIterClose(it);
    if (outcome < 0) {
      setFree(result.value, result.encoding);
      return false;
    }
  }
  return true;
}

// --- results ---

/** Replies the members of setRef(0) and frees it. @param ok  false = there was no memory for it */
function replyTemporary(ok: bool): void {
  if (!ok) return errorOutOfMemory();
  const result = setRef(0);
  replySet(setCount(result.value, result.encoding));
  replyMembers(result.value, result.encoding);
  setFree(result.value, result.encoding);
}

/** Puts setRef(0) under the key of argument 1, in the place of whatever was there; an empty set only deletes it. */
function storeResult(ok: bool, event: string): void {
  const result = setRef(0);
  if (!ok) return errorOutOfMemory();
  const count = setCount(result.value, result.encoding);
  const old = findArg(1);
  if (!count) {
    setFree(result.value, result.encoding);
    if (old) {
      deleteKey(1, old);
      keyTouched(1);
      notifyArg(NOTIFY_GENERIC, "del", 1);
      root.dirty++;
    }
    return replyInteger(0);
  }
  if (!overwriteKey(1, old, TYPE_SET, result.encoding, result.value)) {
    setFree(result.value, result.encoding);
    return errorOutOfMemory();
  }
  keyTouched(1);
  notifyArg(NOTIFY_SET, event, 1);
  root.dirty++;
  replyInteger(count);
}
