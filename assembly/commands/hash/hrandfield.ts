/** HRANDFIELD key [count [WITHVALUES]]. https://redis.io/commands/hrandfield */
import { randomBelow } from "../../hashing/prng.ts";
import { expireDueFields, fieldsExpired } from "../../keyspace/field-expire.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { allocZeroed, free } from "../../memory/allocator.ts";
import { vectorClear, vectorGet, vectorSet } from "../../memory/vector.ts";
import { argHash, argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyError, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  dictBuckets,
  dictCollectBucket,
  dictIterClose,
  dictIterNext,
  dictIterOpen,
  dictRandom,
} from "../../structures/dict.ts";
import {
  listpackAvailable,
  listpackElementSize,
  listpackFirst,
  listpackNextRandom,
} from "../../structures/listpack.ts";
import {
  hashCount,
  hashIterator,
  hashName,
  hashOpen,
  hashRandom,
  hashRef,
  HashRef,
  hashValue,
} from "../../types/hash.ts";
import { ENC_HT, ENC_LISTPACK, TYPE_HASH } from "../../types/ids.ts";
import { NAMES, replyFields, VALUES } from "./hgetall.ts";

export function hrandfield(): void {
  if (root.argc > 2) return randomFields();
  const ref = hashRef(0);
  const entry = openLive(ref);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyNull();
  hashName(ref, hashRandom(ref));
  replyBulk(root.outPtr, root.outLen);
}

/**
 * Opens the hash of argument 1. Fields whose time is up are deleted first, as in Redis, so each that is left is as
 * likely. @returns its entry; 0 = none, or none any more; WRONG_TYPE = and the error is replied
 */
function openLive(ref: HashRef): usize {
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (!entry || entry == WRONG_TYPE) return entry;
  hashOpen(ref, entry);
  const expired = expireDueFields(argPtr(1), argLen(1), ref, u32.MAX_VALUE);
  return !expired || fieldsExpired(entry, ref, argHash(1), argPtr(1), argLen(1)) ? entry : 0;
}

/** With a count: positive = so many different fields, negative = so many picks that may repeat. */
function randomFields(): void {
  if (!argInteger(2)) return errorNotInteger();
  const count = root.outI64;
  if (count == i64.MIN_VALUE) {
    return replyError(
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    );
  }
  const withValues = root.argc == 4 && argIs(3, "WITHVALUES");
  if (root.argc > 3 && !withValues) return errorSyntax();
  if (withValues && (count < i64.MIN_VALUE / 2 + 1 || count > i64.MAX_VALUE / 2)) {
    return replyError("ERR value is out of range");
  }
  const ref = hashRef(0);
  const entry = openLive(ref);
  if (entry == WRONG_TYPE) return;
  if (!entry || !count) return replyArray(0);
  if (count < 0) return replyPicks(ref, -count, withValues);
  const size = hashCount(ref.value, ref.encoding);
  if (count >= <i64>size) replyWhole(ref, size, withValues);
  else if (ref.encoding != ENC_HT) replyInOrder(ref, <u32>count, size, withValues);
  else if (count * 3 < <i64>size) replyDifferent(ref, <u32>count, withValues);
  else replySample(ref, <u32>count, size, withValues);
}

/** Names and values alternate; RESP3 has an array of pairs. */
function replyHeader(count: i64, withValues: bool): void {
  replyArray(withValues && root.resp != 3 ? count * 2 : count);
}

function replyField(ref: HashRef, at: usize, withValues: bool): void {
  if (withValues && root.resp == 3) replyArray(2);
  hashName(ref, at);
  replyBulk(root.outPtr, root.outLen);
  if (!withValues) return;
  hashValue(ref, at);
  replyBulk(root.outPtr, root.outLen);
}

function replyPicks(ref: HashRef, count: i64, withValues: bool): void {
  replyHeader(count, withValues);
  for (; count && !root.replyFailed; count--) replyField(ref, hashRandom(ref), withValues);
}

/** Every field, in no particular order. */
function replyWhole(ref: HashRef, size: u32, withValues: bool): void {
  if (withValues && root.resp == 3) {
    if (ref.encoding != ENC_HT) return replyInOrder(ref, size, size, true);
    replyArray(size);
    const it = hashIterator(0);
    dictIterOpen(it, ref.value);
    for (let block = dictIterNext(it); block; block = dictIterNext(it)) replyField(ref, block, true);
    return dictIterClose(it);
  }
  replyHeader(size, withValues);
  replyFields(ref.value, ref.encoding, withValues ? NAMES | VALUES : NAMES);
}

/** `count` different fields of a listpack in their order, each selection as likely. O(bytes) */
function replyInOrder(ref: HashRef, count: u32, size: u32, withValues: bool): void {
  replyHeader(count, withValues);
  const width: u32 = ref.encoding == ENC_LISTPACK ? 2 : 3;
  let at = listpackFirst(ref.value);
  let available = size;
  for (let left = count; left; left--) {
    at = listpackNextRandom(at, available, left, width);
    available = listpackAvailable() - 1;
    replyField(ref, at, withValues);
    for (let i = width; i; i--) at += listpackElementSize(at);
  }
}

/** `count` different fields, far fewer than there are: picks until enough differ. O(count) expected */
function replyDifferent(ref: HashRef, count: u32, withValues: bool): void {
  // Addresses of the blocks picked, by their hash, each in the first free place from there on: half full at most.
  const bits = 33 - clz(count);
  const picked = allocZeroed((<usize>4) << bits);
  if (!picked) return errorOutOfMemory();
  const mask: u32 = (1 << bits) - 1;
  replyHeader(count, withValues);
  while (count) {
    const block = <u32>dictRandom(ref.value);
    let i = (block * 0x9e3779b1) >> (32 - bits);
    while (load<u32>(picked + (i << 2)) != 0 && load<u32>(picked + (i << 2)) != block) i = (i + 1) & mask;
    if (load<u32>(picked + (i << 2)) == block) continue;
    store<u32>(picked + (i << 2), block);
    replyField(ref, block, withValues);
    count--;
  }
  free(picked);
}

/** `count` different fields of `size`, each selection as likely: a partial shuffle of all of them. O(size) */
function replySample(ref: HashRef, count: u32, size: u32, withValues: bool): void {
  vectorClear();
  const buckets = dictBuckets(ref.value);
  for (let i: u32 = 0; i < buckets; i++) if (!dictCollectBucket(ref.value, i)) return errorOutOfMemory();
  replyHeader(count, withValues);
  for (let i: u32 = 0; i < count; i++) {
    const pick = i + randomBelow(size - i);
    const block = vectorGet(pick);
    vectorSet(pick, vectorGet(i));
    replyField(ref, block, withValues);
  }
}
