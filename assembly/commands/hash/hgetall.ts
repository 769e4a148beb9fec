/** HGETALL key, HKEYS, HVALS. Fields whose time is up are passed over. https://redis.io/commands/hgetall */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet, vectorWarm } from "../../memory/vector.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyDiscard, replyMap } from "../../resp/reply.ts";
import { replyListpack } from "../../resp/reply-listpack.ts";
import { root } from "../../root.ts";
import { dictBuckets, dictCollectBucket } from "../../structures/dict.ts";
import {
  LISTPACK_END,
  listpackCount,
  LISTPACK_HEADER,
  listpackElementSize,
} from "../../structures/listpack.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { fieldExpireAt, fieldValue } from "../../types/hash-field.ts";
import { tripleExpireAt } from "../../types/hash-triples.ts";
import { expiryIsPast, hashLiveCount } from "../../types/hash.ts";
import { ENC_HT, ENC_LISTPACK, TYPE_HASH } from "../../types/ids.ts";

/** What of each field is replied. */
// @ts-ignore: decorator
@inline
export const NAMES: u32 = 1;
// @ts-ignore: decorator
@inline
export const VALUES: u32 = 2;

export function hgetall(): void {
  replyHash(NAMES | VALUES);
}

export function hkeys(): void {
  replyHash(NAMES);
}

export function hvals(): void {
  replyHash(VALUES);
}

function replyHash(what: u32): void {
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  const count = entry ? hashLiveCount(entryValue(entry), entryEncoding(entry)) : 0;
  if (what == (NAMES | VALUES)) replyMap(count);
  else replyArray(count);
  if (count) replyFields(entryValue(entry), entryEncoding(entry), what);
}

/** Name, value or both of every field whose time is not up, as bulk strings. */
export function replyFields(value: usize, encoding: u32, what: u32): void {
  if (encoding == ENC_HT) replyTable(value, what);
  else if (encoding == ENC_LISTPACK) replyPairs(value, what);
  else replyTriples(value, what);
}

function replyPairs(lp: usize, what: u32): void {
  let p = lp + LISTPACK_HEADER;
  if (what == (NAMES | VALUES)) {
    replyListpack(p, listpackCount(lp));
    return;
  }
  if (what == VALUES) p += listpackElementSize(p);
  for (let left = listpackCount(lp) >> 1; left; left--) {
    p = replyListpack(p, 1);
    if (root.replyFailed) return;
    // Behind the last value is the end, and the end is no element: it has no size.
    p += listpackElementSize(p);
  }
}

/** Triples are in the order they expire, so those whose time is up come first. */
function replyTriples(lp: usize, what: u32): void {
  let p = lp + LISTPACK_HEADER;
  while (load<u8>(p) != LISTPACK_END && expiryIsPast(tripleExpireAt(p))) {
    for (let i = 3; i; i--) p += listpackElementSize(p);
  }
  while (load<u8>(p) != LISTPACK_END) {
    if (!(what & NAMES)) p += listpackElementSize(p);
    p = replyListpack(p, what == (NAMES | VALUES) ? 2 : 1);
    if (root.replyFailed) return;
    if (!(what & VALUES)) p += listpackElementSize(p);
    p += listpackElementSize(p);
  }
}

/** Bucket by bucket: a bucket's fields are touched before the first is replied, so that their cache misses overlap. */
function replyTable(table: usize, what: u32): void {
  const buckets = dictBuckets(table);
  for (let i: u32 = 0; i < buckets; i++) {
    vectorClear();
    if (!dictCollectBucket(table, i)) {
      replyDiscard();
      return errorOutOfMemory();
    }
    vectorWarm();
    for (let n: u32 = 0; n < root.vectorCount; n++) {
      const block = <usize>vectorGet(n);
      if (expiryIsPast(fieldExpireAt(block))) continue;
      if (what & NAMES) replyBulk(entryKey(block), entryKeyLen(block));
      if (!(what & VALUES)) continue;
      fieldValue(block);
      replyBulk(root.outPtr, root.outLen);
    }
  }
}
