/**
 * flush: what happens to whole databases: emptied, or swapped with another.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { alloc, free } from "../memory/allocator.ts";
import { root } from "../root.ts";
import {
  DICT_ITERATOR_SIZE,
  dictCount,
  dictCreate,
  dictFree,
  dictIterClose,
  dictIterNext,
  dictIterOpen,
} from "../structures/dict.ts";
import { entryKey, entryKeyLen } from "../types/entry-key.ts";
import { entryType } from "../types/entry.ts";
import { WATCHING_BLOCKED } from "./events.ts";
import { Database, databaseId, dbFind } from "./keyspace.ts";
import { drainIndex, drainKeys, releaseIndex, releaseKeys, releaseTree } from "./lazyfree.ts";
import { keyMayServe } from "./lookup.ts";
import { snapshotAdopt, snapshotGiveUp } from "./snapshot.ts";
import { watchedDatabaseTouched } from "./watch.ts";

/**
 * Empties a database; needs no memory. @param lazy  its keys are freed later, in slices; else at once
 * @returns how many keys it had.  O(1) if lazy, else O(n)
 */
export function databaseFlush(at: usize, lazy: bool): u32 {
  const db = changetype<Database>(at);
  const count = dictCount(db.dict);
  if (!count) return 0;
  watchedDatabaseTouched(at, 0);
  wakeBlocked(at);
  const keys = db.dict;
  const expires = db.expires;
  if (makeDicts(db)) {
    releaseIndex(expires, lazy);
    if (!snapshotAdopt(db, keys)) releaseKeys(keys, lazy);
  } else {
    snapshotGiveUp();
    drainIndex(expires);
    drainKeys(keys);
  }
  if (db.fieldExpires) releaseTree(db.fieldExpires, lazy);
  db.fieldExpires = 0;
  db.expireBucket = 0;
  db.avgTtlMs = 0;
  return count;
}

/** Gives a database new, empty dicts; false = out of memory, and it keeps what it has. */
function makeDicts(db: Database): bool {
  const keys = dictCreate();
  const expires = dictCreate();
  if (!keys || !expires) {
    if (keys) dictFree(keys);
    if (expires) dictFree(expires);
    return false;
  }
  db.dict = keys;
  db.expires = expires;
  return true;
}

/** Exchanges the contents of two databases; clients see what was in the other at once. O(1 + watched keys) */
export function databaseSwap(a: usize, b: usize): void {
  if (a == b) return;
  watchedDatabaseTouched(a, b);
  watchedDatabaseTouched(b, a);
  wakeBlocked(a);
  wakeBlocked(b);
  const idA = databaseId(a);
  const idB = databaseId(b);
  const size = offsetof<Database>();
  for (let offset: usize = 0; offset < size; offset += 8) {
    const word = load<u64>(a + offset);
    store<u64>(a + offset, load<u64>(b + offset));
    store<u64>(b + offset, word);
  }
  changetype<Database>(a).id = idA;
  changetype<Database>(b).id = idB;
  wakeBlocked(a);
  wakeBlocked(b);
}

/**
 * Tells clients blocked on keys of a database of those which are there: they may serve them, or are about to go, which
 * matters to who reads a stream for a group. O(keys blocked on)
 */
function wakeBlocked(db: usize): void {
  if (!(root.watching & WATCHING_BLOCKED)) return;
  const it = alloc(DICT_ITERATOR_SIZE);
  if (!it) return;
  const current = root.db;
  root.db = db;
  dictIterOpen(it, root.blockedKeys);
  for (let block = dictIterNext(it); block; block = dictIterNext(it)) {
    // A key under which clients wait is the database's number, then the key (watch.ts).
    const name = entryKey(block);
    const len = entryKeyLen(block) - 4;
    if (load<u32>(name) != databaseId(db)) continue;
    const entry = dbFind(db, hashBytes(name + 4, len), name + 4, len);
    if (entry) keyMayServe(name + 4, len, entryType(entry));
  }
  dictIterClose(it);
  free(it);
  root.db = current;
}
