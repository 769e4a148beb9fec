/** HGETALL key, HKEYS, HVALS. Fields whose time is up are passed over. https://redis.io/commands/hgetall */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyArray, replyBulk, replyMap } from "../../resp/reply.ts";
import { replyListpack } from "../../resp/reply-listpack.ts";
import { root } from "../../root.ts";
import { dictIterClose, dictIterNext, dictIterOpen } from "../../structures/dict.ts";
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
import { expiryIsPast, hashIterator, hashLiveCount } from "../../types/hash.ts";
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

function replyTriples(lp: usize, what: u32): void {
  for (let p = lp + LISTPACK_HEADER; load<u8>(p) != LISTPACK_END;) {
    const live = !expiryIsPast(tripleExpireAt(p));
    if (live && what & NAMES) replyListpack(p, 1);
    p += listpackElementSize(p);
    if (live && what & VALUES) replyListpack(p, 1);
    p += listpackElementSize(p);
    p += listpackElementSize(p);
    if (root.replyFailed) return;
  }
}

function replyTable(table: usize, what: u32): void {
  const it = hashIterator(0);
  dictIterOpen(it, table);
  for (let block = dictIterNext(it); block; block = dictIterNext(it)) {
    if (expiryIsPast(fieldExpireAt(block))) continue;
    if (what & NAMES) replyBulk(entryKey(block), entryKeyLen(block));
    if (!(what & VALUES)) continue;
    fieldValue(block);
    replyBulk(root.outPtr, root.outLen);
  }
  dictIterClose(it);
}
