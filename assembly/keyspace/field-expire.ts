/**
 * field-expire: hashes whose fields expire: the index of them in each database, what happens when a field's time is up,
 * and the active cycle that reclaims fields nobody asks for.
 *
 * The index is an id-tree of (time at which the next field of a hash expires, address of its entry) → the entry, so the
 * cycle meets only hashes that have something due. An entry that is in it says so (entryFieldsExpire).
 *
 * Who changes a hash that is in a database calls hashCommit before anything else can happen to its key. Coming, going and
 * moving of whole keys is seen to by keyspace.ts, so RENAME, COPY, MOVE and RESTORE need not know.
 */
import { VERIFY } from "../config.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../propagate/stream.ts";
import { SCRATCH } from "../memory/map.ts";
import { root } from "../root.ts";
import { SETTING_ACTIVE_EXPIRE, settingInteger } from "../settings.ts";
import {
  IdCursor,
  idCursorFirst,
  ID_INSERTED,
  idTreeCount,
  idTreeCreate,
  idTreeFree,
  idTreeInsert,
  idTreeRemove,
} from "../structures/id-tree.ts";
import { hashBytes } from "../hashing/siphash.ts";
import {
  entryEncoding,
  entryFieldsExpire,
  entryKey,
  entryKeyLen,
  entrySetFieldsExpire,
  entryValue,
} from "../types/entry.ts";
import {
  expiryIsPast,
  hashClose,
  hashCount,
  hashDeleteAt,
  hashExpireAt,
  hashFirstExpiring,
  hashName,
  hashNextExpiry,
  hashOpen,
  hashRef,
  HashRef,
  hashValidate,
} from "../types/hash.ts";
import { keyModified, notify, NOTIFY_GENERIC, NOTIFY_HASH } from "./events.ts";
import { Database, databaseAt } from "./keyspace.ts";
import { deleteEntry } from "./lookup.ts";
import { snapshotKeep } from "./snapshot.ts";

// --- the index ---

/** How many hashes of a database have fields that expire. O(1) */
export function fieldIndexCount(db: usize): u32 {
  const tree = changetype<Database>(db).fieldExpires;
  return tree ? idTreeCount(tree) : 0;
}

/** Puts the entry of a hash in the index if its fields expire, and notes in the entry whether it is in it. @returns false = out of memory */
export function fieldIndexAdd(db: usize, entry: usize): bool {
  const at = hashNextExpiry(entryValue(entry), entryEncoding(entry));
  const ok = !at || indexInsert(db, at, entry);
  entrySetFieldsExpire(entry, ok && at != 0);
  return ok;
}

/** Takes an entry that is in the index out of it; its note stays. The hash is as it was committed. */
export function fieldIndexRemove(db: usize, entry: usize): void {
  indexDelete(db, hashNextExpiry(entryValue(entry), entryEncoding(entry)), entry);
}

/** Takes an entry that is about to hold something else out of the index, if it is in it. */
export function fieldIndexForget(db: usize, entry: usize): void {
  if (!entryFieldsExpire(entry)) return;
  fieldIndexRemove(db, entry);
  entrySetFieldsExpire(entry, false);
}

function indexInsert(db: usize, at: i64, entry: usize): bool {
  const d = changetype<Database>(db);
  if (!d.fieldExpires) {
    d.fieldExpires = idTreeCreate();
    if (!d.fieldExpires) return false;
  }
  if (idTreeInsert(d.fieldExpires, <u64>at, entry, entry) == ID_INSERTED) return true;
  dropEmptyIndex(d);
  return false;
}

function indexDelete(db: usize, at: i64, entry: usize): void {
  const d = changetype<Database>(db);
  const found = idTreeRemove(d.fieldExpires, <u64>at, entry);
  assert(found == entry, "a hash is not in the index under the time of its next field");
  dropEmptyIndex(d);
}

function dropEmptyIndex(d: Database): void {
  if (idTreeCount(d.fieldExpires)) return;
  idTreeFree(d.fieldExpires);
  d.fieldExpires = 0;
}

/**
 * Writes a hash of the current database back to its entry after a change, and keeps the index. Without memory for that,
 * it is left out of the index: its fields are hidden in time, but only reclaimed when somebody meets them.
 */
export function hashCommit(entry: usize, ref: HashRef): void {
  hashClose(ref, entry);
  if (VERIFY) assert(hashValidate(ref.value, ref.encoding));
  const next = hashNextExpiry(ref.value, ref.encoding);
  if (next == ref.indexedAt) return;
  const ok = !next || indexInsert(root.db, next, entry);
  if (ref.indexedAt) indexDelete(root.db, ref.indexedAt, entry);
  entrySetFieldsExpire(entry, ok && next != 0);
  ref.indexedAt = ok ? next : 0;
}

// --- fields whose time is up ---

/** Deletes the field at a position though no command asked for it: as HDEL to AOF and replicas. fieldsExpired must follow. */
export function expireField(key: usize, keyLen: u32, ref: HashRef, at: usize): void {
  root.statExpiredFields++;
  if (propagating()) {
    const mode = root.propagateMode;
    propagateBegin(3);
    propagateText("HDEL");
    propagateBytes(key, keyLen);
    hashName(ref, at);
    propagateBytes(root.outPtr, root.outLen);
    root.propagateMode = mode;
  }
  hashDeleteAt(ref, at);
}

/**
 * Tells everybody after expireField; a hash without fields goes.
 * @param hash  of the key     @param key  outside the entry     @returns whether the entry is still there
 */
export function fieldsExpired(entry: usize, ref: HashRef, hash: u64, key: usize, keyLen: u32): bool {
  hashCommit(entry, ref);
  notify(NOTIFY_HASH, "hexpired", key, keyLen);
  keyModified(root.db, key, keyLen);
  if (hashCount(ref.value, ref.encoding)) return true;
  notify(NOTIFY_GENERIC, "del", key, keyLen);
  deleteEntry(root.db, hash, entry);
  return false;
}

/** Deletes up to `budget` fields of a hash whose time is up; fieldsExpired must follow if there were some. @returns how many */
export function expireDueFields(key: usize, keyLen: u32, ref: HashRef, budget: u32): u32 {
  let n: u32 = 0;
  while (n < budget) {
    const at = hashFirstExpiring(ref);
    if (!at || !expiryIsPast(hashExpireAt(ref, at))) break;
    expireField(key, keyLen, ref, at);
    n++;
  }
  return n;
}

/** The active cycle: reclaims about `budget` fields that are due. @returns whether there are more of them */
export function activeFieldExpireStep(budget: u32): bool {
  if (!settingInteger(SETTING_ACTIVE_EXPIRE)) return false;
  const current = root.db;
  let left = <i32>budget;
  for (let n: u32 = 0; n < root.databaseCount && left > 0; n++) {
    const db = databaseAt(root.fieldExpireDb);
    root.db = db;
    while (left > 0 && nextHashIsDue(db))
      left -= <i32>expireHash(changetype<IdCursor>(SCRATCH).value, left) + 1;
    if (left > 0) root.fieldExpireDb = (root.fieldExpireDb + 1) % root.databaseCount;
  }
  root.db = current;
  return left <= 0;
}

/** Whether the first hash of the index has a field that is due; the cursor in scratch points to it. */
function nextHashIsDue(db: usize): bool {
  const tree = changetype<Database>(db).fieldExpires;
  return tree != 0 && idCursorFirst(SCRATCH, tree) && expiryIsPast(<i64>changetype<IdCursor>(SCRATCH).ms);
}

function expireHash(entry: usize, budget: u32): u32 {
  if (root.snapshot) snapshotKeep(root.db, entry);
  const ref = hashRef(1);
  hashOpen(ref, entry);
  const key = entryKey(entry);
  const keyLen = entryKeyLen(entry);
  const n = expireDueFields(key, keyLen, ref, budget);
  fieldsExpired(entry, ref, hashBytes(key, keyLen), key, keyLen);
  return n;
}
