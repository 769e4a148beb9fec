/** KEYS pattern. https://redis.io/commands/keys */
import { globMatch, globPrefix } from "../../keyspace/glob.ts";
import { dbBuckets, dbCollectBucket, dbFind } from "../../keyspace/keyspace.ts";
import { entryIsExpired } from "../../keyspace/lookup.ts";
import { equalBytes } from "../../memory/bytes.ts";
import { vectorClear, vectorGet, vectorWarm } from "../../memory/vector.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyBulk, replyDefer, replyDeferredArray, replyGiveUp } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryKey, entryKeyLen } from "../../types/entry.ts";

/** Buckets collected before their keys are looked at, so that the cache misses overlap. */
const BUCKETS_A_STEP: u32 = 8;

export function keys(): void {
  const pattern = argPtr(1);
  const len = argLen(1);
  const prefix = globPrefix(pattern, len);
  if (prefix == len) return replyOne(dbFind(root.db, argHash(1), pattern, len));
  // What is left of the pattern behind its literal prefix is `*`: nothing more to match.
  const prefixOnly = prefix + 1 == len && load<u8>(pattern + prefix) == 0x2a;
  const at = replyDefer();
  let count: u32 = 0;
  const buckets = dbBuckets(root.db);
  for (let first: u32 = 0; first < buckets; first += BUCKETS_A_STEP) {
    vectorClear();
    for (let i = first; i < min(first + BUCKETS_A_STEP, buckets); i++) dbCollectBucket(root.db, i);
    if (root.vectorFailed) return replyGiveUp();
    vectorWarm();
    const n = root.vectorCount;
    for (let i: u32 = 0; i < n; i++) {
      const entry = vectorGet(i);
      const key = entryKey(entry);
      const keyLen = entryKeyLen(entry);
      if (keyLen < prefix || !equalBytes(key, pattern, prefix)) continue;
      if (!prefixOnly && !globMatch(pattern, len, key, keyLen)) continue;
      if (entryIsExpired(entry)) continue;
      replyBulk(key, keyLen);
      count++;
    }
  }
  replyDeferredArray(at, count);
}

/** The answer to a pattern that is a plain name. */
function replyOne(entry: usize): void {
  if (!entry || entryIsExpired(entry)) return replyArray(0);
  replyArray(1);
  replyBulk(entryKey(entry), entryKeyLen(entry));
}
