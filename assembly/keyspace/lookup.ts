/**
 * lookup: how commands reach keys: expiry, access time, statistics, creating and deleting with everything that
 * belongs to it. Commands name keys by their index in argv; the …Key forms take bytes.
 *
 * A command's write path: lookupWrite → change the value (entrySetValue where it moved) → keyTouched(i), notify(…)
 * → root.dirty++ → reply. A collection left empty is deleted with deleteKey(i, entry).
 */
import { free } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../propagate/stream.ts";
import { argHash, argLen, argPtr } from "../resp/args.ts";
import { errorWrongType } from "../resp/errors.ts";
import { root } from "../root.ts";
import {
  entryCreate,
  entryEncoding,
  entryForm,
  entryHasExpiry,
  entryKey,
  entryKeyLen,
  entryLru,
  entrySetLru,
  entrySetValue,
  entryType,
  entryValueField,
  entryValueFieldSize,
  NO_EXPIRY,
} from "../types/entry.ts";
import {
  emit,
  EVENT_READY,
  keyModified,
  notify,
  NOTIFY_EXPIRED,
  NOTIFY_KEY_MISS,
  NOTIFY_NEW,
  WATCHING_BLOCKED,
} from "./events.ts";
import { dbFind, dbInsert, dbReplace, dbTake } from "./keyspace.ts";
import { releaseEntry } from "./lazyfree.ts";
import { entryAccessed } from "./lru.ts";
import { blockedOnKey } from "./watch.ts";

/** The client wants no access times touched (CLIENT NO-TOUCH): a bit of root.callFlags. */
// @ts-ignore: decorator
@inline
export const CALL_NO_TOUCH: u32 = 1;
/** The call comes from a script or EXEC: blocking commands do not block. */
// @ts-ignore: decorator
@inline
export const CALL_DENY_BLOCKING: u32 = 2;

/** What lookupReadTyped and lookupWriteTyped return after they have replied WRONGTYPE. */
// @ts-ignore: decorator
@inline
export const WRONG_TYPE: usize = 1;

// --- finding ---

/**
 * The live entry of a key in the current database; an expired one is deleted on the way. No access time, no
 * statistics. @returns 0 = none.  O(1)
 */
// @ts-ignore: decorator
@inline
export function findKey(hash: u64, key: usize, keyLen: u32): usize {
  const entry = dbFind(root.db, hash, key, keyLen);
  if (entry && entryHasExpiry(entry) && load<i64>(entry, 8) < root.nowMs) {
    expireEntry(root.db, hash, entry);
    return 0;
  }
  return entry;
}

/** As findKey, of argument `i`. */
export function findArg(i: u32): usize {
  return findKey(argHash(i), argPtr(i), argLen(i));
}

/** For reading by bytes: counts a hit or a miss and notes the access. @returns 0 = none. O(1) */
export function lookupReadKey(hash: u64, key: usize, keyLen: u32): usize {
  const entry = findKey(hash, key, keyLen);
  if (!entry) {
    root.statKeyspaceMisses++;
    notify(NOTIFY_KEY_MISS, "keymiss", key, keyLen);
    return 0;
  }
  root.statKeyspaceHits++;
  if (!(root.callFlags & CALL_NO_TOUCH)) entryAccessed(entry);
  return entry;
}

/** For reading argument `i`. */
export function lookupRead(i: u32): usize {
  return lookupReadKey(argHash(i), argPtr(i), argLen(i));
}

/** For writing argument `i`: notes the access, counts nothing. @returns 0 = none. O(1) */
export function lookupWrite(i: u32): usize {
  const entry = findKey(argHash(i), argPtr(i), argLen(i));
  if (entry && !(root.callFlags & CALL_NO_TOUCH)) entryAccessed(entry);
  return entry;
}

/** lookupRead of a key that must hold `type`: 0 = none, WRONG_TYPE = another type, and the error is replied. */
export function lookupReadTyped(i: u32, type: u32): usize {
  const entry = lookupRead(i);
  if (entry && entryType(entry) != type) {
    errorWrongType();
    return WRONG_TYPE;
  }
  return entry;
}

/** lookupWrite of a key that must hold `type`: 0 = none, WRONG_TYPE = another type, and the error is replied. */
export function lookupWriteTyped(i: u32, type: u32): usize {
  const entry = lookupWrite(i);
  if (entry && entryType(entry) != type) {
    errorWrongType();
    return WRONG_TYPE;
  }
  return entry;
}

// --- creating and deleting ---

/**
 * Adds a list, set, hash, sorted set or stream under argument `i`, which must be free.
 * @returns the entry; 0 = out of memory (the value is still the caller's). O(1)
 */
export function createKey(i: u32, type: u32, encoding: u32, value: usize): usize {
  const entry = entryCreate(argPtr(i), argLen(i), NO_EXPIRY, type, encoding, 0, 4);
  if (!entry) return 0;
  entrySetValue(entry, value);
  if (!addEntry(argHash(i), entry)) {
    free(entry);
    return 0;
  }
  return entry;
}

/** Adds an entry that entryCreate made to the current database. @returns false = out of memory */
export function addEntry(hash: u64, entry: usize): bool {
  if (!dbInsert(root.db, hash, entry)) return false;
  notify(NOTIFY_NEW, "new", entryKey(entry), entryKeyLen(entry));
  if (root.watching & WATCHING_BLOCKED) keyMayServe(entryKey(entry), entryKeyLen(entry));
  return true;
}

/** Tells clients blocked on a key of the current database that it may serve them now (new, or more in it). */
export function keyMayServe(key: usize, keyLen: u32): void {
  if (root.watching & WATCHING_BLOCKED && blockedOnKey(root.db, key, keyLen)) {
    emit(EVENT_READY, 0, root.db, "", key, keyLen);
    root.interrupt |= 1;
  }
}

/** Takes an entry out of a database and frees it with its value (in slices where large). O(1) */
export function deleteEntry(db: usize, hash: u64, entry: usize): void {
  dbTake(db, hash, entry);
  releaseEntry(entry);
}

/** Deletes the entry of argument `i`. */
// @ts-ignore: decorator
@inline
export function deleteKey(i: u32, entry: usize): void {
  deleteEntry(root.db, argHash(i), entry);
}

/** Tells that the key of argument `i` changed: WATCH, tracking. */
// @ts-ignore: decorator
@inline
export function keyTouched(i: u32): void {
  keyModified(root.db, argPtr(i), argLen(i));
}

/** keyspace notification about argument `i`. */
// @ts-ignore: decorator
@inline
export function notifyArg(notifyClass: u32, name: string, i: u32): void {
  notify(notifyClass, name, argPtr(i), argLen(i));
}

// --- expiry ---

/** Deletes an entry whose time is up, and tells everybody. */
export function expireEntry(db: usize, hash: u64, entry: usize): void {
  const current = root.db;
  root.db = db;
  root.statExpiredKeys++;
  if (propagating()) {
    const mode = root.propagateMode;
    propagateBegin(2);
    propagateText("DEL");
    propagateBytes(entryKey(entry), entryKeyLen(entry));
    root.propagateMode = mode;
  }
  notify(NOTIFY_EXPIRED, "expired", entryKey(entry), entryKeyLen(entry));
  keyModified(db, entryKey(entry), entryKeyLen(entry));
  deleteEntry(db, hash, entry);
  root.db = current;
}

/**
 * Gives an entry of the current database another expiry, or none (NO_EXPIRY); it moves where it must.
 * @returns its address now; 0 = out of memory, nothing changed. O(1)
 */
export function setExpiry(hash: u64, entry: usize, expireAt: i64): usize {
  const has = entryHasExpiry(entry);
  if (expireAt != NO_EXPIRY && has) {
    store<i64>(entry, expireAt, 8);
    return entry;
  }
  if (expireAt == NO_EXPIRY && !has) return entry;
  const fieldSize = entryValueFieldSize(entry);
  const moved = entryCreate(
    entryKey(entry),
    entryKeyLen(entry),
    expireAt,
    entryType(entry),
    entryEncoding(entry),
    entryForm(entry),
    fieldSize,
  );
  if (!moved) return 0;
  entrySetLru(moved, entryLru(entry));
  copyBytes(entryValueField(moved), entryValueField(entry), fieldSize);
  if (!dbReplace(root.db, hash, entry, moved)) {
    free(moved);
    return 0;
  }
  free(entry);
  return moved;
}
