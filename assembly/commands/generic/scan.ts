/** SCAN cursor [MATCH pattern] [COUNT n] [TYPE name]. https://redis.io/commands/scan */
import { hashBytes } from "../../hashing/siphash.ts";
import { globMatch } from "../../keyspace/glob.ts";
import { dbScan } from "../../keyspace/keyspace.ts";
import { entryIsExpired, expireEntry, mayExpire } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet, vectorSet, vectorWarm } from "../../memory/vector.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyBulk, replyBulkUnsigned, replyGiveUp } from "../../resp/reply.ts";
import { argCursor, argScanOptions, SCAN_TYPE } from "../../resp/scan-args.ts";
import { root } from "../../root.ts";
import { entryKey, entryKeyLen, entryType } from "../../types/entry.ts";
import { typeByName } from "../../types/value.ts";

/** So many empty buckets for each key wanted are looked at before an answer goes out with fewer. */
const BUCKETS_PER_KEY: i64 = 10;

export function scan(): void {
  if (!argCursor(1)) return;
  let cursor = root.outU64;
  if (!argScanOptions(2, SCAN_TYPE)) return;
  const patternArg = root.scratch1;
  const typeArg = root.scratch2;
  const count = root.outI64;
  vectorClear();
  let tries = count < i64.MAX_VALUE / BUCKETS_PER_KEY ? count * BUCKETS_PER_KEY : i64.MAX_VALUE;
  do {
    cursor = dbScan(root.db, cursor);
  } while (cursor && --tries > 0 && <i64>root.vectorCount < count);
  if (root.vectorFailed) return replyGiveUp();
  vectorWarm();
  if (patternArg) keepMatching(argPtr(patternArg), argLen(patternArg));
  keepLive(typeArg ? typeByName(argPtr(typeArg), argLen(typeArg)) : ANY_TYPE);
  replyArray(2);
  replyBulkUnsigned(cursor);
  replyArray(root.vectorCount);
  for (let i: u32 = 0; i < root.vectorCount; i++)
    replyBulk(entryKey(vectorGet(i)), entryKeyLen(vectorGet(i)));
}

/** No TYPE was given. */
const ANY_TYPE: i32 = -2;

/** Leaves the entries in the vector whose key matches. */
function keepMatching(pattern: usize, len: u32): void {
  if (len == 1 && load<u8>(pattern) == 0x2a) return;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < root.vectorCount; i++) {
    const entry = vectorGet(i);
    if (globMatch(pattern, len, entryKey(entry), entryKeyLen(entry))) vectorSet(kept++, entry);
  }
  root.vectorCount = kept;
}

/** Leaves those that have not expired and are of the type; the expired are deleted. Freeing does not use the vector. */
function keepLive(type: i32): void {
  const n = root.vectorCount;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const entry = vectorGet(i);
    if (entryIsExpired(entry)) {
      if (mayExpire()) expireEntry(root.db, hashBytes(entryKey(entry), entryKeyLen(entry)), entry);
      continue;
    }
    // As Redis, which looks each key up for its type.
    if (type != ANY_TYPE) root.statKeyspaceHits++;
    if (type == ANY_TYPE || <i32>entryType(entry) == type) vectorSet(kept++, entry);
  }
  root.vectorCount = kept;
}
