/**
 * watch: the keys that somebody waits for: WATCH (a key was touched) and blocked clients (a key may serve them).
 *
 * Both are dicts of key blocks off the root block, named by database number (4 bytes) and key; whether they are empty
 * decides the bits of root.watching, so that nobody waiting costs nothing.
 *
 * Key block: 0 keyOffset · 1 keyLen (types/entry-key.ts) · 4 count of blocked clients, or first watch · key
 * Watch (20 bytes): 0 client · 4 key block · 8 next of the key · 12 next of the client · 16 1 = the key had expired
 * when it was watched (its deletion then changes nothing)
 */
import { Client, CLIENT_DIRTY_CAS } from "../client.ts";
import { hashBytes } from "../hashing/siphash.ts";
import { alloc, free } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { root, Root } from "../root.ts";
import {
  DICT_ITERATOR_SIZE,
  dictCount,
  dictCreate,
  dictFind,
  dictInsert,
  dictIterClose,
  dictIterNext,
  dictIterOpen,
  dictRemoveEntry,
} from "../structures/dict.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "../types/entry-key.ts";
import { entryHasExpiry } from "../types/entry.ts";
import { WATCHING_BLOCKED, WATCHING_WATCH } from "./events.ts";
import { databaseAt, databaseId, dbFind } from "./keyspace.ts";

@unmanaged
class Watch {
  client: usize;
  key: usize;
  nextOfKey: usize;
  nextOfClient: usize;
  expired: u32;
}

// --- WATCH ---

/** The client bets that a key of the current database is not touched. @returns false = out of memory. O(watches) */
export function watchKey(client: Client, key: usize, keyLen: u32): bool {
  const block = keyBlockOf(offsetof<Root>("watchedKeys"), key, keyLen);
  if (!block) return false;
  for (let at = <usize>load<u32>(block, 4); at; at = changetype<Watch>(at).nextOfKey) {
    if (changetype<Watch>(at).client == changetype<usize>(client)) return true;
  }
  const watch = changetype<Watch>(alloc(offsetof<Watch>()));
  if (!changetype<usize>(watch)) {
    if (!load<u32>(block, 4)) keyBlockDrop(root.watchedKeys, block);
    return false;
  }
  watch.client = changetype<usize>(client);
  watch.key = block;
  watch.nextOfKey = load<u32>(block, 4);
  watch.nextOfClient = client.watches;
  watch.expired = <u32>entryIsDue(root.db, key, keyLen);
  store<u32>(block, changetype<usize>(watch), 4);
  client.watches = changetype<usize>(watch);
  root.watching |= WATCHING_WATCH;
  return true;
}

/** Forgets all bets of a client, and whether it has lost one. O(watches) */
export function unwatchAll(client: Client): void {
  let at = client.watches;
  while (at) {
    const watch = changetype<Watch>(at);
    const next = watch.nextOfClient;
    let link = watch.key + 4;
    while (load<u32>(link) != at) link = <usize>load<u32>(link) + offsetof<Watch>("nextOfKey");
    store<u32>(link, watch.nextOfKey);
    if (!load<u32>(watch.key, 4)) keyBlockDrop(root.watchedKeys, watch.key);
    free(at);
    at = next;
  }
  client.watches = 0;
  client.flags &= ~CLIENT_DIRTY_CAS;
  if (!root.watchedKeys || !dictCount(root.watchedKeys)) root.watching &= ~WATCHING_WATCH;
}

/** Whether a key that the client watches has expired since, though nobody has deleted it yet. O(watches) */
export function watchedKeyExpired(client: Client): bool {
  for (let at = client.watches; at; at = changetype<Watch>(at).nextOfClient) {
    const watch = changetype<Watch>(at);
    if (watch.expired) continue;
    const name = entryKey(watch.key);
    if (entryIsDue(databaseAt(load<u32>(name)), name + 4, entryKeyLen(watch.key) - 4)) return true;
  }
  return false;
}

/** Marks every client that watches the key as having lost its bet. O(1 + watches of the key) */
export function watchedKeyTouched(db: usize, key: usize, keyLen: u32): void {
  const block = keyBlockFind(root.watchedKeys, db, key, keyLen);
  if (!block) return;
  for (let at = <usize>load<u32>(block, 4); at; at = changetype<Watch>(at).nextOfKey) {
    const watch = changetype<Watch>(at);
    if (watch.expired && !dbFind(db, hashBytes(key, keyLen), key, keyLen)) continue;
    changetype<Client>(watch.client).flags |= CLIENT_DIRTY_CAS;
  }
}

/**
 * FLUSHDB, FLUSHALL, SWAPDB: touches the watched keys of a database that exist in it, or in the one that takes its
 * place. To be called before the change. O(watched keys)
 * @param replacement  database whose keys will be seen under this one's number, 0 = none
 */
export function watchedDatabaseTouched(db: usize, replacement: usize): void {
  if (!(root.watching & WATCHING_WATCH)) return;
  const it = alloc(DICT_ITERATOR_SIZE);
  if (!it) return;
  dictIterOpen(it, root.watchedKeys);
  for (let block = dictIterNext(it); block; block = dictIterNext(it)) {
    const name = entryKey(block);
    if (load<u32>(name) != databaseId(db)) continue;
    const len = entryKeyLen(block) - 4;
    const hash = hashBytes(name + 4, len);
    if (!dbFind(db, hash, name + 4, len) && !(replacement && dbFind(replacement, hash, name + 4, len)))
      continue;
    for (let at = <usize>load<u32>(block, 4); at; at = changetype<Watch>(at).nextOfKey) {
      changetype<Client>(changetype<Watch>(at).client).flags |= CLIENT_DIRTY_CAS;
    }
  }
  dictIterClose(it);
  free(it);
}

function entryIsDue(db: usize, key: usize, keyLen: u32): bool {
  const entry = dbFind(db, hashBytes(key, keyLen), key, keyLen);
  return entry != 0 && entryHasExpiry(entry) && load<i64>(entry, 8) < root.nowMs;
}

// --- blocked clients ---

/** Whether some client is blocked on the key. O(1) */
export function blockedOnKey(db: usize, key: usize, keyLen: u32): bool {
  return keyBlockFind(root.blockedKeys, db, key, keyLen) != 0;
}

/** One more client blocks on a key of the current database. @returns false = out of memory. O(1) */
export function blockOnKey(key: usize, keyLen: u32): bool {
  const block = keyBlockOf(offsetof<Root>("blockedKeys"), key, keyLen);
  if (!block) return false;
  store<u32>(block, load<u32>(block, 4) + 1, 4);
  root.watching |= WATCHING_BLOCKED;
  return true;
}

/** One client fewer blocks on a key of the current database. O(1) */
export function unblockOnKey(key: usize, keyLen: u32): void {
  const block = keyBlockFind(root.blockedKeys, root.db, key, keyLen);
  if (!block) return;
  const count = load<u32>(block, 4) - 1;
  store<u32>(block, count, 4);
  if (!count) keyBlockDrop(root.blockedKeys, block);
  if (!dictCount(root.blockedKeys)) root.watching &= ~WATCHING_BLOCKED;
}

// --- key blocks ---

function keyBlockFind(dict: usize, db: usize, key: usize, keyLen: u32): usize {
  if (!dict || !dictCount(dict)) return 0;
  const block = keyBlockCreate(db, key, keyLen);
  if (!block) return 0;
  const name = entryKey(block);
  const found = dictFind(dict, hashBytes(name, keyLen + 4), name, keyLen + 4);
  free(block);
  return found;
}

/** The block of a key of the current database in the dict at `field` of the root block, made where there is none; 0 = out of memory. */
function keyBlockOf(field: usize, key: usize, keyLen: u32): usize {
  const at = changetype<usize>(root) + field;
  if (!load<u32>(at)) {
    store<u32>(at, dictCreate());
    if (!load<u32>(at)) return 0;
  }
  const dict = <usize>load<u32>(at);
  const block = keyBlockCreate(root.db, key, keyLen);
  if (!block) return 0;
  const name = entryKey(block);
  const hash = hashBytes(name, keyLen + 4);
  const found = dictFind(dict, hash, name, keyLen + 4);
  if (found || !dictInsert(dict, hash, block)) {
    free(block);
    return found;
  }
  return block;
}

function keyBlockCreate(db: usize, key: usize, keyLen: u32): usize {
  const len = keyLen + 4;
  const long = len > SHORT_KEY_MAX;
  const offset: u32 = long ? 12 : 8;
  const block = alloc(offset + len);
  if (!block) return 0;
  store<u32>(block, offset | ((long ? 255 : len) << 8));
  store<u32>(block, 0, 4);
  if (long) store<u32>(block, len, 8);
  store<u32>(block + offset, databaseId(db));
  copyBytes(block + offset + 4, key, keyLen);
  return block;
}

function keyBlockDrop(dict: usize, block: usize): void {
  dictRemoveEntry(dict, hashBytes(entryKey(block), entryKeyLen(block)), block);
  free(block);
}
