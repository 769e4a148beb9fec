/**
 * hash: hashes as RDB bytes: a listpack as it lies in memory, or count and fields.
 *
 *   RDB_HASH              count, then (name, value)
 *   RDB_HASH_METADATA     ms of the field that expires first (8 bytes), count, then (expiry, name, value);
 *                         expiry is a length: 0 = none, else ms after the first, plus one
 *   RDB_HASH_LISTPACK     a string: listpack of names and values
 *   RDB_HASH_LISTPACK_EX  ms of the field that expires first (8 bytes), a string: listpack of names, values, expiries
 *   …_PRE_GA              as these without the first 8 bytes; times are absolute
 *   RDB_HASH_ZIPLIST      a string: ziplist of names and values (Redis before 7)
 *   RDB_HASH_ZIPMAP       a string: zipmap (Redis before 2.6), see loadZipmap
 *
 * Fields whose time is up are saved and loaded like others: what is to become of them is decided where they are met.
 */
import { free } from "../memory/allocator.ts";
import { root } from "../root.ts";
import { SETTING_HASH_MAX_LISTPACK_ENTRIES, settingInteger } from "../settings.ts";
import {
  listpackBytes,
  listpackCount,
  listpackAt,
  listpackElementSize,
  listpackFirst,
  listpackGet,
  listpackValidate,
} from "../structures/listpack.ts";
import { FIELD_EXPIRY_MAX, triplesAreSound } from "../types/hash-triples.ts";
import {
  hashAllowExpiry,
  hashConvert,
  hashCount,
  hashCreate,
  hashFind,
  hashFree,
  hashIterator,
  hashIterClose,
  hashIterExpireAt,
  hashIterName,
  hashIterNameLen,
  hashIterNext,
  hashIterOpen,
  hashIterValue,
  hashIterValueLen,
  hashNextExpiry,
  HashRef,
  hashPrepare,
  hashRef,
  hashSet,
  hashSetExpiry,
} from "../types/hash.ts";
import { ENC_HT, ENC_LISTPACK, ENC_LISTPACK_EX, TYPE_HASH } from "../types/ids.ts";
import {
  MEMBER_INTEGER,
  MEMBER_STRING,
  setAddMember,
  setConvert,
  setCreateEmpty,
  setFree,
  setRef,
} from "../types/set.ts";
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_PRE_GA,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_PRE_GA,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_VERSION_FIELD_EXPIRY,
} from "./ids.ts";
import { rdbReadLength, rdbWriteLength } from "./length.ts";
import { rdbLoaded } from "./load.ts";
import {
  RDB_CORRUPT,
  RDB_EMPTY,
  RDB_OUT_OF_MEMORY,
  RdbReader,
  rdbCountFits,
  rdbFail,
  rdbReading,
  rdbReadU64,
  rdbWantsUnique,
} from "./reader.ts";
import { rdbKeepString, rdbReadString, rdbWriteString } from "./string.ts";
import { rdbWriterVersion, rdbWriteU64 } from "./writer.ts";
import { rdbReadZiplist } from "./ziplist.ts";

// --- saving ---

/** @param version  RDB version to write for: before 12 fields do not expire, and lose their times */
export function rdbTypeOfHash(encoding: u32, value: usize, version: u32): u32 {
  if (encoding == ENC_LISTPACK) return RDB_HASH_LISTPACK;
  if (version < RDB_VERSION_FIELD_EXPIRY) return RDB_HASH;
  if (encoding == ENC_LISTPACK_EX) return RDB_HASH_LISTPACK_EX;
  return hashNextExpiry(value, encoding) ? RDB_HASH_METADATA : RDB_HASH;
}

export function rdbSaveHash(w: usize, encoding: u32, value: usize): void {
  const type = rdbTypeOfHash(encoding, value, rdbWriterVersion(w));
  const first = type == RDB_HASH ? 0 : hashNextExpiry(value, encoding);
  if (type == RDB_HASH_LISTPACK_EX || first) rdbWriteU64(w, <u64>first);
  if (type == RDB_HASH_LISTPACK || type == RDB_HASH_LISTPACK_EX) {
    return rdbWriteString(w, value, listpackBytes(value));
  }
  rdbWriteLength(w, hashCount(value, encoding));
  const it = hashIterator(1);
  hashIterOpen(it, value, encoding);
  while (hashIterNext(it)) {
    const expireAt = hashIterExpireAt(it);
    if (first) rdbWriteLength(w, expireAt ? <u64>(expireAt - first) + 1 : 0);
    rdbWriteString(w, hashIterName(it), hashIterNameLen(it));
    rdbWriteString(w, hashIterValue(it), hashIterValueLen(it));
  }
  hashIterClose(it);
}

// --- loading ---

export function rdbLoadHash(r: usize, rdbType: u32): bool {
  if (rdbType == RDB_HASH_ZIPMAP) return loadZipmap(r);
  if (rdbType == RDB_HASH || rdbType == RDB_HASH_METADATA || rdbType == RDB_HASH_METADATA_PRE_GA) {
    return loadFields(r, rdbType);
  }
  // The listpack says itself what expires first.
  if (rdbType == RDB_HASH_LISTPACK_EX) rdbReadU64(r);
  return loadPacked(r, rdbType);
}

/** Whether this RDB type is one of a hash. */
export function rdbIsHash(rdbType: u32): bool {
  return (
    rdbType == RDB_HASH ||
    rdbType == RDB_HASH_ZIPMAP ||
    rdbType == RDB_HASH_ZIPLIST ||
    rdbType == RDB_HASH_LISTPACK ||
    (rdbType >= RDB_HASH_METADATA_PRE_GA && rdbType <= RDB_HASH_LISTPACK_EX)
  );
}

function loadFields(r: usize, rdbType: u32): bool {
  const first: i64 = rdbType == RDB_HASH_METADATA ? <i64>rdbReadU64(r) : 1;
  const count = rdbReadLength(r);
  if (!rdbReading(r)) return false;
  if (!count) return rdbFail(r, RDB_EMPTY) != 0;
  if (!rdbCountFits(r, count)) return false;
  const ref = hashRef(0);
  if (!hashCreate(ref)) return rdbFail(r, RDB_OUT_OF_MEMORY) != 0;
  let ok = hashPrepare(ref, <u32>count, 0, 0) && (rdbType == RDB_HASH || hashAllowExpiry(ref));
  for (let i: u64 = 0; ok && i < count; i++) {
    const after: i64 = rdbType == RDB_HASH ? 0 : <i64>rdbReadLength(r);
    if (<u64>after > <u64>FIELD_EXPIRY_MAX || <u64>first > <u64>FIELD_EXPIRY_MAX)
      return drop(r, ref, RDB_CORRUPT);
    const outcome = loadField(r, ref, after ? first + after - 1 : 0);
    if (!outcome) return drop(r, ref, 0);
    ok = outcome > 0;
  }
  return ok ? rdbLoaded(r, TYPE_HASH, ref.encoding, ref.value) : drop(r, ref, RDB_OUT_OF_MEMORY);
}

/** Reads name and value into the hash. @returns 1 = done, 0 = the reader's status says why not, −1 = out of memory */
function loadField(r: usize, ref: HashRef, expireAt: i64): i32 {
  const reader = changetype<RdbReader>(r);
  if (!rdbReadString(r)) return 0;
  const nameLen = reader.stringLen;
  // A name in the reader's own block goes when the value is read.
  const kept = reader.stringPtr == reader.block ? rdbKeepString(r) : 0;
  const name = kept ? kept : reader.stringPtr;
  if (!rdbReading(r)) return 0;
  const outcome = rdbReadString(r) ? addField(r, ref, name, nameLen, expireAt) : 0;
  if (kept) free(kept);
  return outcome;
}

/** Adds a field whose value is the reader's string. @returns as loadField */
function addField(r: usize, ref: HashRef, name: usize, nameLen: u32, expireAt: i64): i32 {
  const reader = changetype<RdbReader>(r);
  const outcome = hashSet(ref, name, nameLen, reader.stringPtr, reader.stringLen, false);
  if (!outcome) return <i32>rdbFail(r, RDB_CORRUPT);
  if (outcome < 0) return -1;
  return !expireAt || hashSetExpiry(ref, hashFind(ref, name, nameLen), expireAt) ? 1 : -1;
}

function loadPacked(r: usize, rdbType: u32): bool {
  const ref = hashRef(0);
  const triples = rdbType == RDB_HASH_LISTPACK_EX || rdbType == RDB_HASH_LISTPACK_EX_PRE_GA;
  ref.encoding = triples ? ENC_LISTPACK_EX : ENC_LISTPACK;
  ref.indexedAt = 0;
  if (rdbType == RDB_HASH_ZIPLIST) {
    ref.value = rdbReadZiplist(r);
    if (!ref.value) return false;
  } else {
    if (!rdbReadString(r)) return false;
    const len = changetype<RdbReader>(r).stringLen;
    ref.value = rdbKeepString(r);
    if (!ref.value) return false;
    if (!listpackValidate(ref.value, len, true)) return drop(r, ref, RDB_CORRUPT);
  }
  const width: u32 = triples ? 3 : 2;
  const elements = listpackCount(ref.value);
  if (elements % width || (triples && !triplesAreSound(ref.value))) return drop(r, ref, RDB_CORRUPT);
  const count = elements / width;
  if (!count) return drop(r, ref, RDB_EMPTY);
  if (rdbWantsUnique(r) && !namesDiffer(ref.value, width)) return drop(r, ref, RDB_CORRUPT);
  if (<i64>count > settingInteger(SETTING_HASH_MAX_LISTPACK_ENTRIES) && !hashConvert(ref, count)) {
    return drop(r, ref, RDB_OUT_OF_MEMORY);
  }
  return rdbLoaded(r, TYPE_HASH, ref.encoding, ref.value);
}

/** Whether no name is there twice; without memory to tell: no. O(n) */
function namesDiffer(lp: usize, width: u32): bool {
  const seen = setRef(1);
  if (!setCreateEmpty(seen)) return false;
  let differ = setConvert(seen, ENC_HT, listpackCount(lp) / width);
  for (let at = listpackFirst(lp); at && differ; at = listpackAt(at)) {
    const isString = listpackGet(at);
    differ = setAddMember(seen, isString ? MEMBER_STRING : MEMBER_INTEGER) == 1;
    for (let i = width; i; i--) at += listpackElementSize(at);
  }
  setFree(seen.value, seen.encoding);
  return differ;
}

/**
 * A zipmap: one byte (count, or 254 = more), then for each field: length, name, length, one byte u, value, u unused bytes;
 * at last 255. A length is one byte, or 254 and four. Its strings lie within the reader's, so they stay while it is loaded.
 */
function loadZipmap(r: usize): bool {
  if (!rdbReadString(r)) return false;
  const block = rdbKeepString(r);
  if (!block) return false;
  const ref = hashRef(0);
  const end = block + changetype<RdbReader>(r).stringLen;
  let status = hashCreate(ref) ? 0 : RDB_OUT_OF_MEMORY;
  const made = !status;
  let at = block + 1;
  while (!status) {
    if (at + 1 == end && load<u8>(at) == 0xff) break;
    const nameLen = zipmapLength(at, end);
    const name: usize = root.outPtr;
    at = name + nameLen;
    const valueLen = root.outPtr ? zipmapLength(at, end) : 0;
    const unused: u32 = root.outPtr && root.outPtr < end ? load<u8>(root.outPtr) : 0;
    const value: usize = root.outPtr + 1;
    if (!root.outPtr || value + valueLen + unused > end) {
      status = RDB_CORRUPT;
      break;
    }
    const outcome = hashSet(ref, name, nameLen, value, valueLen, false);
    if (outcome <= 0) status = outcome ? RDB_OUT_OF_MEMORY : RDB_CORRUPT;
    at = value + valueLen + unused;
  }
  free(block);
  if (!made) return rdbFail(r, status) != 0;
  if (!status && !hashCount(ref.value, ref.encoding)) status = RDB_EMPTY;
  return status ? drop(r, ref, status) : rdbLoaded(r, TYPE_HASH, ref.encoding, ref.value);
}

/** The length at `at` of bytes that end before `end`; what stands behind it is in root.outPtr, 0 = it is broken. */
function zipmapLength(at: usize, end: usize): u32 {
  root.outPtr = 0;
  if (at >= end) return 0;
  let len: u32 = load<u8>(at++);
  if (len == 255) return 0;
  if (len == 254) {
    if (end - at < 4) return 0;
    len = load<u32>(at);
    at += 4;
  }
  if (len > end - at) return 0;
  root.outPtr = at;
  return len;
}

/** Gives up a hash half made. @param status  0 = the reader knows already */
function drop(r: usize, ref: HashRef, status: u32): bool {
  hashFree(ref.value, ref.encoding);
  if (status) rdbFail(r, status);
  return false;
}
