/**
 * key-sizes: how large the values of a database are, by powers of two, for INFO keysizes.
 *
 * Counted when somebody asks, so that no write pays for it. A database of up to KEY_SIZES_SAMPLE keys is counted whole; of a
 * larger one as many keys, in the order of a scan, which is as good as random: the host scales what was found.
 *
 * Result (at SCRATCH): 0 keys looked at u32 · 4 for each of strings, lists, sets, sorted sets, hashes KEY_SIZES_BINS × u32:
 * how many are empty, and how many have 2^(i − 1) bytes or elements and more, but not 2^i.
 */
import { KEY_SIZES_SAMPLE } from "../limits.ts";
import { SCRATCH } from "../memory/map.ts";
import { vectorClear, vectorGet } from "../memory/vector.ts";
import { root } from "../root.ts";
import { dictScan } from "../structures/dict.ts";
import { entryEncoding, entryType, entryValue } from "../types/entry.ts";
import { hashCount } from "../types/hash.ts";
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STRING, TYPE_ZSET } from "../types/ids.ts";
import { listCount } from "../types/list.ts";
import { setCount } from "../types/set.ts";
import { stringLength } from "../types/string.ts";
import { zsetCount } from "../types/zset.ts";
import { databaseAt, dbDict } from "./keyspace.ts";

/** Up to 2^31 bytes. */
// @ts-ignore: decorator
@inline
export const KEY_SIZES_BINS: u32 = 33;
/** Types that are counted, from TYPE_STRING to TYPE_HASH. */
// @ts-ignore: decorator
@inline
const TYPES: u32 = 5;
// @ts-ignore: decorator
@inline
const BINS: usize = 4;

/** Counts the keys of a database. @returns where the result lies, until the next call */
export function keySizesOf(database: u32): usize {
  const dict = dbDict(databaseAt(database));
  memory.fill(SCRATCH, 0, BINS + TYPES * KEY_SIZES_BINS * 4);
  let seen: u32 = 0;
  let cursor: u64 = 0;
  do {
    vectorClear();
    cursor = dictScan(dict, cursor);
    for (let i: u32 = 0; i < root.vectorCount; i++) countEntry(vectorGet(i));
    seen += root.vectorCount;
  } while (cursor && seen < KEY_SIZES_SAMPLE);
  store<u32>(SCRATCH, seen);
  return SCRATCH;
}

function countEntry(entry: usize): void {
  const type = entryType(entry);
  if (type >= TYPES) return;
  const bin: u32 = 32 - clz(sizeOf(type, entry));
  const at = SCRATCH + BINS + ((type * KEY_SIZES_BINS + bin) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Bytes of a string, elements of anything else. */
function sizeOf(type: u32, entry: usize): u32 {
  if (type == TYPE_STRING) return stringLength(entry);
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  if (type == TYPE_LIST) return listCount(value, encoding);
  if (type == TYPE_SET) return setCount(value, encoding);
  return type == TYPE_ZSET ? zsetCount(value, encoding) : hashCount(value, encoding);
}

if (TYPE_HASH + 1 != TYPES) ERROR("Types have new numbers: mend KEY_SIZES");
