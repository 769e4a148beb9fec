/**
 * lookup: how commands reach keys: expiry, access time, statistics, creating and deleting with everything that
 * belongs to it. Commands name keys by their index in argv; the …Key forms take bytes.
 *
 * A command's write path: lookupWrite → change the value (entrySetValue where it moved) → keyTouched(i), notify(…)
 * → root.dirty++ → reply. A collection left empty is deleted with deleteKey(i, entry).
 */
import { CMD_WRITE } from "../generated/commands.ts";
import { alloc, free } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../propagate/stream.ts";
import { argHash, argLen, argPtr } from "../resp/args.ts";
import { errorWrongType } from "../resp/errors.ts";
import { root } from "../root.ts";
import { setting, SETTING_EXPIRE_PAUSED } from "../settings.ts";
import {
  entryCreate,
  entryEncoding,
  entryExpireAt,
  entryForm,
  entryHasExpiry,
  entryKey,
  entryKeyLen,
  entryLru,
  entrySetLru,
  entrySetValue,
  entryType,
  entryValue,
  entryValueField,
  entryValueFieldSize,
  NO_EXPIRY,
} from "../types/entry.ts";
import { TYPE_LIST, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from "../types/ids.ts";
import { valueCopy, valueFree, valueIsOutside } from "../types/value.ts";
import {
  emit,
  EVENT_READY,
  keyModified,
  notify,
  NOTIFY_EXPIRED,
  NOTIFY_KEY_MISS,
  NOTIFY_NEW,
  READY_GONE,
  WATCHING_BLOCKED,
} from "./events.ts";
import { dbFind, dbInsert, dbReplace, dbTake } from "./keyspace.ts";
import { releaseEntry } from "./lazyfree.ts";
import { entryAccessed } from "./lru.ts";
import { snapshotMeet } from "./snapshot.ts";
import { blockedOnKey } from "./watch.ts";

/** The client wants no access times touched (CLIENT NO-TOUCH): a bit of root.callFlags. */
// @ts-ignore: decorator
@inline
export const CALL_NO_TOUCH: u32 = 1;
/** The call comes from a script or EXEC: blocking commands do not block. */
// @ts-ignore: decorator
@inline
export const CALL_DENY_BLOCKING: u32 = 2;
/** The call comes from an AOF or the primary, who have carried it out already: what it says is done, whatever limits say. */
// @ts-ignore: decorator
@inline
export const CALL_OBEY: u32 = 4;
/** The command is DEBUG, which is the host's, but not this subcommand (commands/server/debug.ts). */
// @ts-ignore: decorator
@inline
export const CALL_DEBUG: u32 = 8;
/** The call comes from a script, whose memory was looked at when it began: nothing is evicted, and nothing refused. */
// @ts-ignore: decorator
@inline
export const CALL_ANY_MEMORY: u32 = 16;

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
  if (root.snapshot && entry) snapshotMeet(entry);
  if (entry && entryIsExpired(entry)) {
    if (mayExpire()) expireEntry(root.db, hash, entry);
    return 0;
  }
  return entry;
}

/** Whether a key that has expired is to be deleted by the command that runs into it. */
export function mayExpire(): bool {
  return setting(SETTING_EXPIRE_PAUSED) == 0 || (root.runningFlags & CMD_WRITE) != 0;
}

/** As findKey, of argument `i`. */
export function findArg(i: u32): usize {
  return findKey(argHash(i), argPtr(i), argLen(i));
}

/** For reading by bytes: counts a hit or a miss and notes the access. @returns 0 = none. O(1) */
// @ts-ignore: decorator
@inline
export function lookupReadKey(hash: u64, key: usize, keyLen: u32): usize {
  const entry = findKey(hash, key, keyLen);
  if (!entry) return lookupMissed(key, keyLen);
  root.statKeyspaceHits++;
  if (!(root.callFlags & CALL_NO_TOUCH)) entryAccessed(entry);
  return entry;
}

/** Counts a miss and tells who wants to know. @returns 0 */
export function lookupMissed(key: usize, keyLen: u32): usize {
  root.statKeyspaceMisses++;
  notify(NOTIFY_KEY_MISS, "keymiss", key, keyLen);
  return 0;
}

/** For reading argument `i`. */
export function lookupRead(i: u32): usize {
  return lookupReadKey(argHash(i), argPtr(i), argLen(i));
}

/** As lookupRead, but the access is not noted (EXISTS, TYPE, TTL). */
export function lookupPeek(i: u32): usize {
  const entry = findArg(i);
  if (!entry) return lookupMissed(argPtr(i), argLen(i));
  root.statKeyspaceHits++;
  return entry;
}

/** As lookupPeek, but nobody is told of a miss either (OBJECT). */
export function lookupInspect(i: u32): usize {
  const entry = findArg(i);
  if (entry) root.statKeyspaceHits++;
  else root.statKeyspaceMisses++;
  return entry;
}

/** For writing by bytes: notes the access, counts nothing. @returns 0 = none. O(1) */
// @ts-ignore: decorator
@inline
export function lookupWriteKey(hash: u64, key: usize, keyLen: u32): usize {
  const entry = findKey(hash, key, keyLen);
  if (entry && !(root.callFlags & CALL_NO_TOUCH)) entryAccessed(entry);
  return entry;
}

/** For writing argument `i`: notes the access, counts nothing. @returns 0 = none. O(1) */
export function lookupWrite(i: u32): usize {
  return lookupWriteKey(argHash(i), argPtr(i), argLen(i));
}

/** lookupRead of a key that must hold `type`: 0 = none, WRONG_TYPE = another type, and the error is replied. */
export function lookupReadTyped(i: u32, type: u32): usize {
  const entry = lookupReadKey(argHash(i), argPtr(i), argLen(i));
  if (entry && entryType(entry) != type) {
    errorWrongType();
    return WRONG_TYPE;
  }
  return entry;
}

/** lookupWrite of a key that must hold `type`: 0 = none, WRONG_TYPE = another type, and the error is replied. */
export function lookupWriteTyped(i: u32, type: u32): usize {
  const entry = lookupWriteKey(argHash(i), argPtr(i), argLen(i));
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

/**
 * As createKey, in the place of `old` (freed with its value and expiry) where that is not 0: what STORE options do. To
 * those who watch, the key does not come anew then.
 */
export function overwriteKey(i: u32, old: usize, type: u32, encoding: u32, value: usize): usize {
  if (!old) return createKey(i, type, encoding, value);
  const entry = entryCreate(argPtr(i), argLen(i), NO_EXPIRY, type, encoding, 0, 4);
  if (!entry) return 0;
  entrySetValue(entry, value);
  if (!dbReplace(root.db, argHash(i), old, entry)) {
    free(entry);
    return 0;
  }
  if (root.watching & WATCHING_BLOCKED) streamGone(root.db, old);
  releaseEntry(old);
  return entry;
}

/** Adds an entry that entryCreate made to the current database. @returns false = out of memory */
export function addEntry(hash: u64, entry: usize): bool {
  if (!dbInsert(root.db, hash, entry)) return false;
  entryAdded(entry);
  return true;
}

function entryAdded(entry: usize): void {
  notify(NOTIFY_NEW, "new", entryKey(entry), entryKeyLen(entry));
  if (root.watching & WATCHING_BLOCKED) keyMayServe(entryKey(entry), entryKeyLen(entry), entryType(entry));
}

/**
 * Adds an entry in place of `old` (freed with its value), or of nothing where that is 0: a key that comes anew, as
 * RENAME, COPY and RESTORE make it. @returns false = out of memory, nothing changed
 */
export function replaceEntry(hash: u64, old: usize, entry: usize): bool {
  if (!old) return addEntry(hash, entry);
  if (!dbReplace(root.db, hash, old, entry)) return false;
  if (root.watching & WATCHING_BLOCKED) streamGone(root.db, old);
  releaseEntry(old);
  entryAdded(entry);
  return true;
}

/**
 * Gives an entry of the current database another key, its value and expiry with it.
 * @param old  the live entry that has this key, 0 = none; it goes     @returns 0 = out of memory, nothing changed.  O(1)
 */
export function renameEntry(
  hash: u64,
  entry: usize,
  newHash: u64,
  key: usize,
  keyLen: u32,
  old: usize,
): usize {
  const renamed = entryMoved(entry, key, keyLen, entryExpireAt(entry));
  if (!renamed) return 0;
  if (!replaceEntry(newHash, old, renamed)) {
    free(renamed);
    return 0;
  }
  dbTake(root.db, hash, entry);
  if (root.watching & WATCHING_BLOCKED) streamGone(root.db, entry);
  free(entry);
  return renamed;
}

/**
 * Copies an entry, of any database, to a key of the current one, expiry included.
 * @param old  as for renameEntry     @returns the copy; 0 = out of memory, nothing changed.  O(value)
 */
export function copyEntry(entry: usize, hash: u64, key: usize, keyLen: u32, old: usize): usize {
  const copy = entryMoved(entry, key, keyLen, entryExpireAt(entry));
  if (!copy) return 0;
  entrySetLru(copy, root.lruClock);
  if (valueIsOutside(entry)) {
    const value =
      entryType(entry) == TYPE_STRING
        ? stringBlockCopy(entry)
        : valueCopy(entryType(entry), entryEncoding(entry), entryValue(entry));
    if (!value) {
      free(copy);
      return 0;
    }
    entrySetValue(copy, value);
  }
  if (replaceEntry(hash, old, copy)) return copy;
  if (valueIsOutside(copy)) valueFree(entryType(copy), entryEncoding(copy), entryValue(copy));
  free(copy);
  return 0;
}

/** A copy of the block of a string that has one. */
function stringBlockCopy(entry: usize): usize {
  const len = load<u32>(entryValueField(entry), 4);
  const block = alloc(len);
  if (block) memory.copy(block, entryValue(entry), len);
  return block;
}

/** A new block with the entry's value field, type, form and access time under another key or expiry; 0 = out of memory. */
function entryMoved(entry: usize, key: usize, keyLen: u32, expireAt: i64): usize {
  const fieldSize = entryValueFieldSize(entry);
  const moved = entryCreate(
    key,
    keyLen,
    expireAt,
    entryType(entry),
    entryEncoding(entry),
    entryForm(entry),
    fieldSize,
  );
  if (!moved) return 0;
  entrySetLru(moved, entryLru(entry));
  copyBytes(entryValueField(moved), entryValueField(entry), fieldSize);
  return moved;
}

/**
 * Tells clients blocked on a key of the current database that it may serve them now (new, or more in it).
 * @param type  TYPE_*, of the value; nobody waits for a string, a set, a hash
 */
export function keyMayServe(key: usize, keyLen: u32, type: u32): void {
  if (!(root.watching & WATCHING_BLOCKED)) return;
  if (type == TYPE_LIST || type == TYPE_ZSET || type == TYPE_STREAM) keyReady(root.db, key, keyLen, type);
}

/** A key goes, or what it held: clients who wait for entries of a group in a stream learn that there is none any more. */
function streamGone(db: usize, entry: usize): void {
  if (entryType(entry) == TYPE_STREAM) keyReady(db, entryKey(entry), entryKeyLen(entry), READY_GONE);
}

/** A stream of the current database has gone from under this key, or a group from it: as streamGone. */
export function groupsGone(key: usize, keyLen: u32): void {
  if (root.watching & WATCHING_BLOCKED) keyReady(root.db, key, keyLen, READY_GONE);
}

function keyReady(db: usize, key: usize, keyLen: u32, why: u32): void {
  if (!blockedOnKey(db, key, keyLen)) return;
  emit(EVENT_READY, why, db, "", key, keyLen);
  root.interrupt |= 1;
}

/** Takes an entry out of a database and frees it with its value (in slices where large). O(1) */
export function deleteEntry(db: usize, hash: u64, entry: usize): void {
  dbTake(db, hash, entry);
  if (root.watching & WATCHING_BLOCKED) streamGone(db, entry);
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

/** Whether the time of an entry is up. Who must be obeyed says himself when it goes. */
// @ts-ignore: decorator
@inline
export function entryIsExpired(entry: usize): bool {
  return entryHasExpiry(entry) && load<i64>(entry, 8) < root.nowMs && !(root.callFlags & CALL_OBEY);
}

/** Whether a time that a command gives is up, so that the key or field goes at once. */
// @ts-ignore: decorator
@inline
export function timeIsUp(expireAt: i64): bool {
  return expireAt <= root.nowMs && !(root.callFlags & CALL_OBEY);
}

/** Deletes an entry whose time is up, and tells everybody. */
export function expireEntry(db: usize, hash: u64, entry: usize): void {
  root.statExpiredKeys++;
  dropEntry(db, hash, entry, NOTIFY_EXPIRED, "expired");
}

/**
 * Deletes an entry though no command asked for it (expired, evicted): as DEL to AOF and replicas, with a notification,
 * and for those who watch or track the key.
 */
export function dropEntry(db: usize, hash: u64, entry: usize, notifyClass: u32, event: string): void {
  const current = root.db;
  root.db = db;
  dbTake(db, hash, entry);
  const key = entryKey(entry);
  const keyLen = entryKeyLen(entry);
  if (propagating()) {
    const mode = root.propagateMode;
    propagateBegin(2);
    propagateText("DEL");
    propagateBytes(key, keyLen);
    root.propagateMode = mode;
  }
  notify(notifyClass, event, key, keyLen);
  keyModified(db, key, keyLen);
  if (root.watching & WATCHING_BLOCKED) streamGone(db, entry);
  releaseEntry(entry);
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
  const moved = entryMoved(entry, entryKey(entry), entryKeyLen(entry), expireAt);
  if (!moved) return 0;
  if (!dbReplace(root.db, hash, entry, moved)) {
    free(moved);
    return 0;
  }
  free(entry);
  return moved;
}
