/** SSCAN key cursor [MATCH pattern] [COUNT n]. https://redis.io/commands/sscan */
import { globMatch } from "../../keyspace/glob.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet } from "../../memory/vector.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import {
  replyArray,
  replyBulk,
  replyBulkText,
  replyBulkUnsigned,
  replyDefer,
  replyDeferredArray,
  replyGiveUp,
} from "../../resp/reply.ts";
import { argCursor, argScanOptions } from "../../resp/scan-args.ts";
import { root } from "../../root.ts";
import { dictScan } from "../../structures/dict.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { ENC_HT, TYPE_SET } from "../../types/ids.ts";
import { MEMBER_INTEGER, setIterator, setIterClose, setIterNext, setIterOpen } from "../../types/set.ts";
import { formatI64 } from "../../resp/numbers/integer.ts";
import { DIGITS } from "../../memory/map.ts";

/** So many empty buckets for each member wanted are looked at before an answer goes out with fewer. */
const BUCKETS_PER_MEMBER: i64 = 10;

export function sscan(): void {
  if (!argCursor(2)) return;
  let cursor = root.outU64;
  const entry = lookupReadTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  if (!entry) {
    replyArray(2);
    replyBulkText("0");
    return replyArray(0);
  }
  if (!argScanOptions(3, 0)) return;
  const patternArg = root.scratch1;
  const count = root.outI64;
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  replyArray(2);
  if (encoding != ENC_HT) {
    replyBulkText("0");
    return replyAll(value, encoding, patternArg);
  }
  vectorClear();
  let tries = count < i64.MAX_VALUE / BUCKETS_PER_MEMBER ? count * BUCKETS_PER_MEMBER : i64.MAX_VALUE;
  do {
    cursor = dictScan(value, cursor);
  } while (cursor && --tries > 0 && <i64>root.vectorCount < count);
  if (root.vectorFailed) return replyGiveUp();
  replyBulkUnsigned(cursor);
  const at = replyDefer();
  let matched: i64 = 0;
  for (let i: u32 = 0; i < root.vectorCount; i++) {
    const block = <usize>vectorGet(i);
    matched += replyMatch(patternArg, entryKey(block), entryKeyLen(block));
  }
  replyDeferredArray(at, matched);
}

/** A small set goes out whole. */
function replyAll(value: usize, encoding: u32, patternArg: u32): void {
  const at = replyDefer();
  let matched: i64 = 0;
  const it = setIterator(0);
  setIterOpen(it, value, encoding);
  for (let kind = setIterNext(it); kind; kind = setIterNext(it)) {
    if (kind == MEMBER_INTEGER) {
      root.outLen = formatI64(root.outI64, DIGITS);
      root.outPtr = DIGITS;
    }
    matched += replyMatch(patternArg, root.outPtr, root.outLen);
  }
  setIterClose(it);
  replyDeferredArray(at, matched);
}

/** Replies the member where it matches the pattern of argument `patternArg` (0 = all do). @returns 1 or 0 */
function replyMatch(patternArg: u32, member: usize, len: u32): i64 {
  if (patternArg && !globMatch(argPtr(patternArg), argLen(patternArg), member, len)) return 0;
  replyBulk(member, len);
  return 1;
}
