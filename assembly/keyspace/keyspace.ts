/**
 * keyspace: the databases. Each is a dict of entries (types/entry.ts), a dict of those among them that expire, and an
 * index of the hashes whose fields do (field-expire.ts).
 *
 * All three hold the same blocks, so whoever moves an entry goes through this file (dbReplace), which keeps
 * them all. Nothing here knows expiry rules, statistics or notifications: see lookup.ts.
 *
 * Database (64 bytes)
 *   0 dict · 4 expires (dict) · 8 id · 12 zero · 16 avgTtlMs f64 · 24 expireBucket, those below it are next in the active cycle, 0 = all · 28 zero
 *   32 fieldExpires (id-tree of hashes by the time their next field expires, 0 = there is none) · 36 snapshotDb, the
 *   database whose keys these are to the snapshot that runs, SNAPSHOT_NONE = no keys that it wants · rest zero
 */
import { alloc, allocZeroed, free } from "../memory/allocator.ts";
import { vectorReserve } from "../memory/vector.ts";
import { root } from "../root.ts";
import {
  dictBuckets,
  dictCollectBucket,
  dictCount,
  dictCreate,
  dictFind,
  dictInsert,
  dictRandom,
  dictRemoveEntry,
  dictReplace,
  dictScan,
} from "../structures/dict.ts";
import { entryFieldsExpire, entryHasExpiry, entryType } from "../types/entry.ts";
import { TYPE_HASH } from "../types/ids.ts";
import { fieldIndexAdd, fieldIndexRemove } from "./field-expire.ts";
import { snapshotKeep } from "./snapshot.ts";

@unmanaged
export class Database {
  dict: usize;
  expires: usize;
  id: u32;
  zero: u32;
  avgTtlMs: f64;
  expireBucket: u32;
  zero1: u32;
  fieldExpires: usize;
  snapshotDb: u32;
  zero3: u64;
  zero5: u64;
  zero4: u64;
}
if (offsetof<Database>() != 64) ERROR("Database is not 64 bytes: mend its table");

/** Database.snapshotDb of keys that the snapshot has, or that came later. */
// @ts-ignore: decorator
@inline
export const SNAPSHOT_NONE: u32 = u32.MAX_VALUE;

/** Words of the vector that are there from the start: walks by the bucket need no memory. */
const VECTOR_LEAST: u32 = 1024;

/** Makes `count` empty databases. @returns false = out of memory */
export function keyspaceInit(count: u32): bool {
  const table = alloc(count << 2);
  if (!table || !vectorReserve(VECTOR_LEAST)) return false;
  root.databases = table;
  root.databaseCount = count;
  for (let i: u32 = 0; i < count; i++) {
    const db = changetype<Database>(allocZeroed(offsetof<Database>()));
    if (!changetype<usize>(db)) return false;
    db.id = i;
    db.snapshotDb = SNAPSHOT_NONE;
    db.dict = dictCreate();
    db.expires = dictCreate();
    if (!db.dict || !db.expires) return false;
    store<u32>(table + (i << 2), changetype<usize>(db));
  }
  return true;
}

/** Database number `id`, below root.databaseCount. */
// @ts-ignore: decorator
@inline
export function databaseAt(id: u32): usize {
  return load<u32>(root.databases + (id << 2));
}

// @ts-ignore: decorator
@inline
export function databaseId(db: usize): u32 {
  return changetype<Database>(db).id;
}

/** Number of keys, expired ones that nobody has met included. */
// @ts-ignore: decorator
@inline
export function dbSize(db: usize): u32 {
  return dictCount(changetype<Database>(db).dict);
}

/**
 * The dict that a key of this hash belongs to. One for all now; in cluster mode one for each slot.
 */
// @ts-ignore: decorator
@inline
export function dbDict(db: usize): usize {
  return changetype<Database>(db).dict;
}

/** The entry of a key, expired or not; 0 = none. O(1) */
// @ts-ignore: decorator
@inline
export function dbFind(db: usize, hash: u64, key: usize, keyLen: u32): usize {
  return dictFind(dbDict(db), hash, key, keyLen);
}

/** Adds an entry whose key is not there. @returns false = out of memory, nothing changed. O(1) */
export function dbInsert(db: usize, hash: u64, entry: usize): bool {
  if (!dictInsert(dbDict(db), hash, entry)) return false;
  if (!entryHasExpiry(entry) || dictInsert(changetype<Database>(db).expires, hash, entry)) {
    if (entryType(entry) != TYPE_HASH || fieldIndexAdd(db, entry)) return true;
    if (entryHasExpiry(entry)) dictRemoveEntry(changetype<Database>(db).expires, hash, entry);
  }
  dictRemoveEntry(dbDict(db), hash, entry);
  return false;
}

/**
 * Puts another block of the same key in an entry's place, in the expiry dict too. The old block is the caller's
 * again, who frees it (its value may live on in the new one).
 * @returns false = out of memory, nothing changed. O(1)
 */
export function dbReplace(db: usize, hash: u64, oldEntry: usize, newEntry: usize): bool {
  if (root.snapshot) snapshotKeep(db, oldEntry);
  const expires = changetype<Database>(db).expires;
  const had = entryHasExpiry(oldEntry);
  const has = entryHasExpiry(newEntry);
  if (entryType(newEntry) == TYPE_HASH && !fieldIndexAdd(db, newEntry)) return false;
  if (has && !had && !dictInsert(expires, hash, newEntry)) {
    if (entryFieldsExpire(newEntry)) fieldIndexRemove(db, newEntry);
    return false;
  }
  if (had && has) dictReplace(expires, hash, oldEntry, newEntry);
  else if (had) dictRemoveEntry(expires, hash, oldEntry);
  if (entryFieldsExpire(oldEntry)) fieldIndexRemove(db, oldEntry);
  dictReplace(dbDict(db), hash, oldEntry, newEntry);
  return true;
}

/** Takes an entry out; the block and its value are the caller's. O(1) */
export function dbTake(db: usize, hash: u64, entry: usize): void {
  if (root.snapshot) snapshotKeep(db, entry);
  if (entryHasExpiry(entry)) dictRemoveEntry(changetype<Database>(db).expires, hash, entry);
  if (entryFieldsExpire(entry)) fieldIndexRemove(db, entry);
  dictRemoveEntry(dbDict(db), hash, entry);
}

// --- walking: the only ones who know how many dicts there are ---

/** A random entry, each as likely, expired ones included; 0 = none. O(1) expected */
export function dbRandom(db: usize): usize {
  return dictRandom(changetype<Database>(db).dict);
}

/** One step of a SCAN: entries are appended to the vector (see dictScan). @returns the next cursor; 0 = done. O(1) */
export function dbScan(db: usize, cursor: u64): u64 {
  return dictScan(changetype<Database>(db).dict, cursor);
}

/** Buckets of all keys, for a walk that changes nothing. */
export function dbBuckets(db: usize): u32 {
  return dictBuckets(changetype<Database>(db).dict);
}

/** Appends the entries of bucket number `index` (below dbBuckets) to the vector. O(1) expected */
export function dbCollectBucket(db: usize, index: u32): void {
  dictCollectBucket(changetype<Database>(db).dict, index);
}

/** Frees a bare block that never was, or no longer is, in a database (its value is not touched). */
// @ts-ignore: decorator
@inline
export function entryFreeBlock(entry: usize): void {
  free(entry);
}
