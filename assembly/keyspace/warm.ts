/**
 * warm: what is about to be read is touched beforehand, with loads that do not wait for each other, so that the processor
 * overlaps their cache misses.
 *
 * A batch's commands are known before the first runs: so are their keys (warmBatch), and the members of large values
 * that they name (warmMembers). A command of many keys goes over them in windows of WARM_KEYS: warmArgs, then look-ups with
 * warmHash(0 … count − 1), which keeps the hashes.
 *
 * Sums are stored only to keep the compiler from leaving the loads out.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { BATCH_COMMANDS } from "../limits.ts";
import { KEY_HASHES, KEY_HASHES_SIZE, SCRATCH, SCRATCH_SIZE } from "../memory/map.ts";
import { argHash } from "../resp/args.ts";
import { Row, ROW_SIZE } from "../resp/parse.ts";
import { root } from "../root.ts";
import { bucketNext, dictBucket, dictLikely, dictWarm } from "../structures/dict.ts";
import { entryEncoding, entryValue } from "../types/entry.ts";
import { ENC_HT, ENC_SKIPLIST } from "../types/ids.ts";
import { zsetDict } from "../types/zset.ts";
import { dbDict } from "./keyspace.ts";

if (<usize>BATCH_COMMANDS * 8 > SCRATCH_SIZE) ERROR("The buckets of a batch's members do not fit in scratch");

/**
 * Touches the buckets of all keys of the batch, then what a look-up in each reads next, then what is meant inside the
 * values. Each loop is as short as can be, for a processor overlaps only the misses that fit in its window of some hundred
 * instructions: one loop over what is known (buckets), one to find what is not, one over that (entries).
 */
export function warmBatch(): void {
  const dict = dbDict(root.db);
  const rows = root.batchRows;
  const end = rows + root.batchCount * ROW_SIZE;
  let sum: u32 = 0;
  let listed = SCRATCH;
  for (let at = rows; at < end; at += ROW_SIZE) {
    const row = changetype<Row>(at);
    if (!row.keyArg) continue;
    const bucket = dictBucket(dict, row.hash);
    sum += load<u16>(bucket);
    store<u32>(listed, bucket);
    store<u32>(listed, <u32>(row.hash >> 56), 4);
    listed += 8;
  }
  let found = SCRATCH;
  for (let at = SCRATCH; at < listed; at += 8) {
    const next = bucketNext(load<u32>(at), <u8>load<u32>(at, 4));
    store<u32>(found, next);
    found += next ? 4 : 0;
  }
  // The last block of memory may be shorter than what is touched of it.
  const last = ((<usize>memory.size()) << 16) - 1;
  for (let at = SCRATCH; at < found; at += 4) {
    const entry = <usize>load<u32>(at);
    sum += load<u8>(entry) + load<u8>(min(entry + 47, last));
  }
  root.scratch0 = sum + warmMembers(dict, rows, end);
}

/**
 * Touches buckets and likely blocks of members of hash tables and skiplists. Which argument names one is a guess by the
 * encoding: field and member come behind the key, a sorted set's mostly last. A wrong guess costs a hash.
 */
function warmMembers(dict: usize, rows: usize, end: usize): u32 {
  let sum: u32 = 0;
  let met = SCRATCH;
  for (let at = rows; at < end; at += ROW_SIZE) {
    const row = changetype<Row>(at);
    if (row.argc < 3 || !row.keyArg || row.pieced) continue;
    const entry = dictLikely(dict, row.hash);
    if (!entry) continue;
    const encoding = entryEncoding(entry);
    if (encoding != ENC_HT && encoding != ENC_SKIPLIST) continue;
    const large = encoding == ENC_SKIPLIST;
    const arg = row.argv + ((<usize>(large ? row.argc - 1 : 2)) << 3);
    const hash = hashBytes(load<u32>(arg), load<u32>(arg, 4));
    const bucket = dictBucket(large ? zsetDict(entryValue(entry)) : entryValue(entry), hash);
    sum += load<u16>(bucket);
    store<u32>(met, bucket);
    store<u32>(met, <u32>(hash >> 56), 4);
    met += 8;
  }
  for (let at = SCRATCH; at < met; at += 8) {
    const next = bucketNext(load<u32>(at), <u8>load<u32>(at, 4));
    if (next) sum += load<u8>(next);
  }
  return sum;
}

/** Keys of one window: their lines are still in the first-level cache when the last is looked up. */
// @ts-ignore: decorator
@inline
export const WARM_KEYS: u32 = <u32>(KEY_HASHES_SIZE >> 3);

/** Hashes and touches `count` keys (at most WARM_KEYS) of the current database: arguments first, first + step, … O(count) */
export function warmArgs(first: u32, step: u32, count: u32): void {
  for (let n: u32 = 0; n < count; n++) store<u64>(KEY_HASHES + (n << 3), argHash(first + n * step));
  if (count > 1) root.scratch0 = dictWarm(dbDict(root.db), KEY_HASHES, count);
}

/** Hash of key `n` of the window. */
// @ts-ignore: decorator
@inline
export function warmHash(n: u32): u64 {
  return load<u64>(KEY_HASHES + (n << 3));
}
