/**
 * load: RDB bytes to a value: by RDB type byte, for RESTORE and RDB files. The bytes may be anything: a load function
 * believes nothing that it has not checked, frees what it has made where it fails, and leaves why in the reader.
 *
 * A type's own file (rdb/list.ts, …) has one function, called from here:
 *   rdbLoad<Type>(r, rdbType): bool    makes the structure and calls rdbLoaded(r, type, encoding, value), or rdbFail
 */
import { releaseValue } from "../keyspace/lazyfree.ts";
import { entryCreate, entrySetValue } from "../types/entry.ts";
import { TYPE_STRING } from "../types/ids.ts";
import { stringCreate } from "../types/string.ts";
import {
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM_LISTPACKS,
  RDB_STREAM_LISTPACKS_2,
  RDB_STREAM_LISTPACKS_3,
  RDB_STRING,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
} from "./ids.ts";
import { rdbIsHash, rdbLoadHash } from "./hash.ts";
import { rdbLoadList } from "./list.ts";
import { RDB_CORRUPT, RdbReader, rdbFail } from "./reader.ts";
import { rdbLoadSet } from "./set.ts";
import { rdbLoadStream } from "./stream.ts";
import { rdbReadString } from "./string.ts";
import { rdbLoadZset } from "./zset.ts";

/**
 * Reads a value. The reader's type, encoding and value then say what it is; a string is not copied yet: its bytes are
 * the reader's last string. @returns false = the reader's status says why
 */
export function rdbLoadValue(r: usize, rdbType: u32): bool {
  if (rdbType == RDB_STRING) return rdbReadString(r) && rdbLoaded(r, TYPE_STRING, 0, 0);
  if (
    rdbType == RDB_LIST ||
    rdbType == RDB_LIST_ZIPLIST ||
    rdbType == RDB_LIST_QUICKLIST ||
    rdbType == RDB_LIST_QUICKLIST_2
  ) {
    return rdbLoadList(r, rdbType);
  }
  if (rdbType == RDB_SET || rdbType == RDB_SET_INTSET || rdbType == RDB_SET_LISTPACK)
    return rdbLoadSet(r, rdbType);
  if (
    rdbType == RDB_ZSET ||
    rdbType == RDB_ZSET_2 ||
    rdbType == RDB_ZSET_ZIPLIST ||
    rdbType == RDB_ZSET_LISTPACK
  )
    return rdbLoadZset(r, rdbType);
  if (rdbIsHash(rdbType)) return rdbLoadHash(r, rdbType);
  if (
    rdbType == RDB_STREAM_LISTPACKS ||
    rdbType == RDB_STREAM_LISTPACKS_2 ||
    rdbType == RDB_STREAM_LISTPACKS_3
  ) {
    return rdbLoadStream(r, rdbType);
  }
  return rdbFail(r, RDB_CORRUPT) != 0;
}

/** Notes what was loaded; true. */
export function rdbLoaded(at: usize, type: u32, encoding: u32, value: usize): bool {
  const r = changetype<RdbReader>(at);
  r.type = type;
  r.encoding = encoding;
  r.value = value;
  return true;
}

/**
 * The entry of a value that was just loaded, for the caller to add to a database.
 * @param expireAt  ms since 1970; NO_EXPIRY     @returns 0 = out of memory, and the value is freed
 */
export function rdbMakeEntry(at: usize, key: usize, keyLen: u32, expireAt: i64): usize {
  const r = changetype<RdbReader>(at);
  if (r.type == TYPE_STRING) return stringCreate(key, keyLen, r.stringPtr, r.stringLen, expireAt);
  const entry = entryCreate(key, keyLen, expireAt, r.type, r.encoding, 0, 4);
  if (entry) entrySetValue(entry, r.value);
  else rdbForget(at);
  return entry;
}

/** Frees a value that was just loaded and is not wanted. */
export function rdbForget(at: usize): void {
  const r = changetype<RdbReader>(at);
  if (r.type != TYPE_STRING) releaseValue(r.type, r.encoding, r.value);
}
