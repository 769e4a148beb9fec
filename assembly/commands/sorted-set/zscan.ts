/** ZSCAN key cursor [MATCH pattern] [COUNT n]. https://redis.io/commands/zscan */
import { globMatch } from "../../keyspace/glob.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet } from "../../memory/vector.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { formatDouble } from "../../resp/numbers/double.ts";
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
import { SCRATCH } from "../../memory/map.ts";
import { root } from "../../root.ts";
import { dictScan } from "../../structures/dict.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { ENC_SKIPLIST, TYPE_ZSET } from "../../types/ids.ts";
import { zsetDict, zsetFirst, zsetMemberAt, zsetNext, zsetScoreAt } from "../../types/zset.ts";

/** So many empty buckets for each member wanted are looked at before an answer goes out with fewer. */
const BUCKETS_PER_MEMBER: i64 = 10;

export function zscan(): void {
  if (!argCursor(2)) return;
  let cursor = root.outU64;
  const entry = lookupReadTyped(1, TYPE_ZSET);
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
  if (encoding == ENC_SKIPLIST) {
    vectorClear();
    let tries = count < i64.MAX_VALUE / BUCKETS_PER_MEMBER ? count * BUCKETS_PER_MEMBER : i64.MAX_VALUE;
    do {
      cursor = dictScan(zsetDict(value), cursor);
    } while (cursor && --tries > 0 && <i64>root.vectorCount < count);
    if (root.vectorFailed) return replyGiveUp();
    replyBulkUnsigned(cursor);
  } else {
    replyBulkText("0");
  }
  const header = replyDefer();
  let matched: i64 = 0;
  if (encoding == ENC_SKIPLIST) {
    for (let i: u32 = 0; i < root.vectorCount; i++) matched += replyMatch(patternArg, vectorGet(i), encoding);
  } else {
    for (let at = zsetFirst(value, encoding); at; at = zsetNext(at, encoding)) {
      matched += replyMatch(patternArg, at, encoding);
    }
  }
  replyDeferredArray(header, 2 * matched);
}

/** Replies member and score (a bulk string in either protocol) where the member matches. @returns 1 or 0 */
function replyMatch(patternArg: u32, at: usize, encoding: u32): i64 {
  zsetMemberAt(at, encoding);
  if (patternArg && !globMatch(argPtr(patternArg), argLen(patternArg), root.outPtr, root.outLen)) return 0;
  replyBulk(root.outPtr, root.outLen);
  replyBulk(SCRATCH, formatDouble(zsetScoreAt(at, encoding), SCRATCH));
  return 1;
}
