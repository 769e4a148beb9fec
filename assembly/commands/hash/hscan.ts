/** HSCAN key cursor [MATCH pattern] [COUNT n] [NOVALUES]. https://redis.io/commands/hscan */
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
import { argCursor, argScanOptions, SCAN_NOVALUES } from "../../resp/scan-args.ts";
import { root } from "../../root.ts";
import { dictScan } from "../../structures/dict.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { fieldExpireAt, fieldValue } from "../../types/hash-field.ts";
import {
  expiryIsPast,
  hashIterator,
  hashIterClose,
  hashIterExpireAt,
  hashIterName,
  hashIterNameLen,
  hashIterNext,
  hashIterOpen,
  hashIterValue,
  hashIterValueLen,
} from "../../types/hash.ts";
import { ENC_HT, TYPE_HASH } from "../../types/ids.ts";

/** So many empty buckets for each field wanted are looked at before an answer goes out with fewer. */
const BUCKETS_PER_FIELD: i64 = 10;

export function hscan(): void {
  if (!argCursor(2)) return;
  let cursor = root.outU64;
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  if (!entry) {
    replyArray(2);
    replyBulkText("0");
    return replyArray(0);
  }
  if (!argScanOptions(3, SCAN_NOVALUES)) return;
  const patternArg = root.scratch1;
  const values = root.scratch3 == 0;
  const count = root.outI64;
  const value = entryValue(entry);
  replyArray(2);
  if (entryEncoding(entry) != ENC_HT) {
    replyBulkText("0");
    return replyAll(value, entryEncoding(entry), patternArg, values);
  }
  vectorClear();
  let tries = count < i64.MAX_VALUE / BUCKETS_PER_FIELD ? count * BUCKETS_PER_FIELD : i64.MAX_VALUE;
  do {
    cursor = dictScan(value, cursor);
  } while (cursor && --tries > 0 && <i64>root.vectorCount < count);
  if (root.vectorFailed) return replyGiveUp();
  replyBulkUnsigned(cursor);
  replyBlocks(patternArg, values);
}

/** The fields in the vector. */
function replyBlocks(patternArg: u32, values: bool): void {
  const at = replyDefer();
  let matched: i64 = 0;
  for (let i: u32 = 0; i < root.vectorCount; i++) {
    const block = <usize>vectorGet(i);
    const name = entryKey(block);
    const len = entryKeyLen(block);
    if (!isWanted(patternArg, name, len, fieldExpireAt(block))) continue;
    matched++;
    replyBulk(name, len);
    if (!values) continue;
    fieldValue(block);
    replyBulk(root.outPtr, root.outLen);
  }
  replyDeferredArray(at, values ? matched * 2 : matched);
}

/** A small hash goes out whole. */
function replyAll(value: usize, encoding: u32, patternArg: u32, values: bool): void {
  const at = replyDefer();
  let matched: i64 = 0;
  const it = hashIterator(0);
  hashIterOpen(it, value, encoding);
  while (hashIterNext(it)) {
    if (!isWanted(patternArg, hashIterName(it), hashIterNameLen(it), hashIterExpireAt(it))) continue;
    matched++;
    replyBulk(hashIterName(it), hashIterNameLen(it));
    if (values) replyBulk(hashIterValue(it), hashIterValueLen(it));
  }
  hashIterClose(it);
  replyDeferredArray(at, values ? matched * 2 : matched);
}

/** Whether a field is there still and matches the pattern of argument `patternArg` (0 = all do). */
function isWanted(patternArg: u32, name: usize, len: u32, expireAt: i64): bool {
  if (expiryIsPast(expireAt)) return false;
  return !patternArg || globMatch(argPtr(patternArg), argLen(patternArg), name, len);
}
