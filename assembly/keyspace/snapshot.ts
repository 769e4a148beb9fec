/**
 * snapshot: the dataset of one instant as RDB bytes, made in slices while commands go on changing it: SAVE, BGSAVE, the
 * base of an AOF. No memory is copied and nobody waits for more than a slice.
 *
 * How: each entry has a bit (FORM_EPOCH). A snapshot begins by turning root.snapshotEpoch over, so that all entries there
 * are differ from it; entries that come later have it from the start. Saving an entry sets its bit. A walk by dictScan
 * meets every entry that stays; whoever is about to change or take out an entry that has not been met calls
 * snapshotKeep first, which saves it there and then ("pre-image"). So each entry of the first instant is written once, as
 * it was then, in an order that does not matter to who loads it.
 *
 * Who is about to change an entry: commands, which find it by findKey while CMD_WRITE is among root.runningFlags; reads
 * that delete fields on the way (the entry's fields expire); dbTake and dbReplace, for everything else. A keyspace that
 * is flushed is walked on and freed after (detached).
 *
 *   begin ─► header ─► sizes ─► walk ──────────► end of file ─► ENDED
 *                                 │ abandoned, or out of memory
 *                                 └► DISCARD: goes on only to set the bits, by cron ─► gone
 *
 * Snapshot
 *   offset  size  field      meaning
 *        0     4  writer     RdbWriter (rdb/writer.ts): bytes that the host has not taken
 *        4     4  phase      PHASE_*
 *        8     4  options    SNAPSHOT_*
 *       12     4  dict       that is walked; 0 = the next is to be found
 *       16     8  cursor     of the walk in it
 *       24     8  crc        of the bytes taken
 *       32     8  keys       written
 *       40     4  kept       of them, pre-images
 *       44     4  db         to which the walked dict belonged at the start
 *       48     4  writtenDb  the file's database at present, −1 = none yet
 *       52     4  detached   dicts of flushed databases: list of nodes
 *       56     …  saved      what a command has in hand while a pre-image is written
 *
 * Node of a detached dict (12 bytes): 0 next · 4 dict · 8 database.
 */
import { CMD_WRITE } from "../generated/commands.ts";
import { crc64 } from "../hashing/crc64.ts";
import { alloc, allocZeroed, free } from "../memory/allocator.ts";
import { DIGITS, SCRATCH, STREAM_REFERENCES, SHA1_WORK } from "../memory/map.ts";
import { vectorClear, vectorGet, vectorWarm } from "../memory/vector.ts";
import {
  RDB_OP_EOF,
  RDB_OP_EXPIRE_MS,
  RDB_OP_FREQ,
  RDB_OP_IDLE,
  RDB_OP_RESIZE_DB,
  RDB_OP_SELECT_DB,
} from "../rdb/ids.ts";
import { rdbWriteLength } from "../rdb/length.ts";
import { rewriteEntry, rewriteSelect } from "../rdb/rewrite.ts";
import { rdbSaveValue, rdbTypeOf } from "../rdb/save.ts";
import { rdbWriteString } from "../rdb/string.ts";
import {
  rdbWriteByte,
  RdbWriter,
  rdbWriterCreate,
  rdbWriterFree,
  rdbWriteRaw,
  rdbWriteU64,
} from "../rdb/writer.ts";
import { Root, root } from "../root.ts";
import { SETTING_MAXMEMORY_POLICY, settingInteger } from "../settings.ts";
import { dictCount, dictScan } from "../structures/dict.ts";
import {
  entryEpoch,
  entryExpireAt,
  entryFieldsExpire,
  entryHasExpiry,
  entryKey,
  entryKeyLen,
  entrySetEpoch,
  FORM_EPOCH,
} from "../types/entry.ts";
import { Database, databaseAt, SNAPSHOT_NONE } from "./keyspace.ts";
import { releaseKeys } from "./lazyfree.ts";
import { lfuDecayed, lruIdleSeconds } from "./lru.ts";

@unmanaged
class Snapshot {
  writer: usize;
  phase: u32;
  options: u32;
  dict: usize;
  cursor: u64;
  crc: u64;
  keys: u64;
  kept: u32;
  db: u32;
  writtenDb: i32;
  detached: usize;
}
if (offsetof<Snapshot>() != 56) ERROR("Snapshot is not 56 bytes: mend its table");

// @ts-ignore: decorator
@inline
const PHASE_WALK: u32 = 0;
// @ts-ignore: decorator
@inline
const PHASE_ENDED: u32 = 1;
// @ts-ignore: decorator
@inline
const PHASE_DISCARD: u32 = 2;

// Options of a snapshot.
/** A checksum ends the file; without, 8 zeros do. */
// @ts-ignore: decorator
@inline
export const SNAPSHOT_CHECKSUM: u32 = 1;
/** Commands that make the dataset, instead of RDB (aof-use-rdb-preamble no). */
// @ts-ignore: decorator
@inline
export const SNAPSHOT_COMMANDS: u32 = 2;

// What snapshotStep says.
/** There is more to write. */
// @ts-ignore: decorator
@inline
export const SNAPSHOT_MORE: u32 = 0;
/** The file is complete with the bytes at hand. */
// @ts-ignore: decorator
@inline
export const SNAPSHOT_COMPLETE: u32 = 1;
/** There was no memory, or no snapshot: what was written is worth nothing. */
// @ts-ignore: decorator
@inline
export const SNAPSHOT_FAILED: u32 = 2;

/** A step ends when so many bytes wait for the host: 64 KiB. */
const STEP_BYTES: u32 = 65536;

// What a command may have in hand when it finds a key: out-values, and references and digits at fixed addresses.
const REGISTERS: usize = offsetof<Root>("outI64");
const REGISTERS_SIZE: usize = offsetof<Root>("vectorPtr") - offsetof<Root>("outI64");
const REFERENCES_SIZE: usize = SCRATCH - DIGITS;
const STREAM_SIZE: usize = SHA1_WORK - STREAM_REFERENCES;
const SAVED_SIZE: usize = REGISTERS_SIZE + REFERENCES_SIZE + STREAM_SIZE;

/**
 * Begins a snapshot of this instant, with bytes in front that the host has made (magic, auxiliary fields, functions).
 * @param version  RDB version to write     @param options  SNAPSHOT_*
 * @returns false = one runs already, or out of memory
 */
export function snapshotStart(header: usize, headerSize: u32, version: u32, options: u32): bool {
  finishDiscarded();
  if (root.snapshot) return false;
  const s = changetype<Snapshot>(allocZeroed(offsetof<Snapshot>() + SAVED_SIZE));
  if (!changetype<usize>(s)) return false;
  s.writer = rdbWriterCreate();
  if (!s.writer) {
    free(changetype<usize>(s));
    return false;
  }
  changetype<RdbWriter>(s.writer).version = version;
  s.options = options;
  s.writtenDb = -1;
  rdbWriteRaw(s.writer, header, headerSize);
  for (let id: u32 = 0; id < root.databaseCount; id++) {
    const db = changetype<Database>(databaseAt(id));
    const count = dictCount(db.dict);
    db.snapshotDb = count ? id : SNAPSHOT_NONE;
    if (count && !(options & SNAPSHOT_COMMANDS)) writeSizes(s, id, count, dictCount(db.expires));
  }
  root.snapshotEpoch ^= FORM_EPOCH;
  root.snapshot = changetype<usize>(s);
  return true;
}

function writeSizes(s: Snapshot, id: u32, keys: u32, expires: u32): void {
  selectDb(s, id);
  rdbWriteByte(s.writer, RDB_OP_RESIZE_DB);
  rdbWriteLength(s.writer, keys);
  rdbWriteLength(s.writer, expires);
}

/**
 * Does about `units` of work (a unit is a bucket, or 64 bytes). What has been written waits at root.detail,
 * root.detail2 bytes, until snapshotTaken. @returns SNAPSHOT_*
 */
export function snapshotStep(units: u32): u32 {
  const s = changetype<Snapshot>(root.snapshot);
  if (!changetype<usize>(s) || s.phase == PHASE_DISCARD) return SNAPSHOT_FAILED;
  const w = changetype<RdbWriter>(s.writer);
  if (s.phase == PHASE_WALK && w.used < STEP_BYTES && walk(s, <i32>units)) finishFile(s);
  if (w.failed) {
    snapshotGiveUp();
    return SNAPSHOT_FAILED;
  }
  root.detail = <u32>w.ptr;
  root.detail2 = w.used;
  return s.phase == PHASE_ENDED ? SNAPSHOT_COMPLETE : SNAPSHOT_MORE;
}

/** The host has taken what waited. */
export function snapshotTaken(): void {
  const s = changetype<Snapshot>(root.snapshot);
  if (!changetype<usize>(s)) return;
  const w = changetype<RdbWriter>(s.writer);
  if (s.phase == PHASE_WALK && s.options & SNAPSHOT_CHECKSUM) s.crc = crc64(s.crc, w.ptr, w.used);
  w.used = 0;
}

/** Keys written so far, and how many of them as pre-images. */
export function snapshotProgress(): void {
  const s = changetype<Snapshot>(root.snapshot);
  const runs = changetype<usize>(s) != 0;
  root.detail = runs ? <u32>s.keys : 0;
  root.detail2 = runs ? s.kept : 0;
}

/** The host is done with the snapshot, complete or not. What is left of the walk is done by cron. */
export function snapshotStop(): void {
  const s = changetype<Snapshot>(root.snapshot);
  if (!changetype<usize>(s)) return;
  if (s.phase == PHASE_ENDED) dispose(s);
  else snapshotGiveUp();
}

/** Abandons the snapshot that runs, if there is one. */
export function snapshotGiveUp(): void {
  const s = changetype<Snapshot>(root.snapshot);
  if (!changetype<usize>(s) || s.phase == PHASE_DISCARD) return;
  s.phase = PHASE_DISCARD;
  rdbWriterFree(s.writer);
  s.writer = 0;
  // Of what was flushed nobody will ask for a bit.
  while (s.detached) {
    if (s.dict == load<u32>(s.detached, 4)) s.dict = 0;
    freeDetached(s);
  }
}

/** Goes on setting the bits that an abandoned snapshot has left. @returns whether there is more to do */
export function snapshotDiscardStep(units: u32): bool {
  const s = changetype<Snapshot>(root.snapshot);
  if (!changetype<usize>(s) || s.phase != PHASE_DISCARD) return false;
  if (!walk(s, <i32>units)) return true;
  dispose(s);
  return false;
}

function finishDiscarded(): void {
  while (snapshotDiscardStep(i32.MAX_VALUE)) continue;
}

function dispose(s: Snapshot): void {
  while (s.detached) freeDetached(s);
  if (s.writer) rdbWriterFree(s.writer);
  free(changetype<usize>(s));
  root.snapshot = 0;
}

// --- what commands do ---

/** A command has found an entry: whether it is to be kept depends on what the command does. */
export function snapshotMeet(entry: usize): void {
  if (root.runningFlags & CMD_WRITE || entryFieldsExpire(entry)) snapshotKeep(root.db, entry);
}

/** An entry is about to change or go: it is written as it is, unless the snapshot has it. Addresses stay valid. O(value) */
export function snapshotKeep(db: usize, entry: usize): void {
  if (entryEpoch(entry) == root.snapshotEpoch) return;
  entrySetEpoch(entry, root.snapshotEpoch);
  const s = changetype<Snapshot>(root.snapshot);
  if (s.phase != PHASE_WALK) return;
  const saved = changetype<usize>(s) + offsetof<Snapshot>();
  const registers = changetype<usize>(root) + REGISTERS;
  memory.copy(saved, registers, REGISTERS_SIZE);
  memory.copy(saved + REGISTERS_SIZE, DIGITS, REFERENCES_SIZE);
  memory.copy(saved + REGISTERS_SIZE + REFERENCES_SIZE, STREAM_REFERENCES, STREAM_SIZE);
  writeEntry(s, changetype<Database>(db).snapshotDb, entry);
  s.kept++;
  memory.copy(registers, saved, REGISTERS_SIZE);
  memory.copy(DIGITS, saved + REGISTERS_SIZE, REFERENCES_SIZE);
  memory.copy(STREAM_REFERENCES, saved + REGISTERS_SIZE + REFERENCES_SIZE, STREAM_SIZE);
}

/**
 * A database is flushed: its dict of keys becomes the snapshot's, where that is not done with it.
 * @returns false = the snapshot does not want it
 */
export function snapshotAdopt(db: Database, dict: usize): bool {
  const id = db.snapshotDb;
  const s = changetype<Snapshot>(root.snapshot);
  if (!changetype<usize>(s) || id == SNAPSHOT_NONE) return false;
  db.snapshotDb = SNAPSHOT_NONE;
  const node = alloc(12);
  if (!node) {
    // Without a note of it the dict cannot be kept.
    if (s.dict == dict) s.dict = 0;
    snapshotGiveUp();
    return false;
  }
  store<u32>(node, s.detached);
  store<u32>(node, dict, 4);
  store<u32>(node, id, 8);
  s.detached = node;
  return true;
}

// --- the walk ---

/** @returns whether it is at its end */
function walk(s: Snapshot, units: i32): bool {
  const w = changetype<RdbWriter>(s.writer);
  let left = units;
  while (left > 0) {
    if (!s.dict && !nextDict(s)) return true;
    vectorClear();
    const cursor = dictScan(s.dict, s.cursor);
    if (root.vectorFailed) return giveUpWalk(s);
    vectorWarm();
    left -= 1 + <i32>writeCollected(s);
    s.cursor = cursor;
    if (!cursor) dictDone(s);
    if (s.phase == PHASE_WALK && w.used >= STEP_BYTES) return false;
  }
  return false;
}

/** There is no memory to look at a bucket: the walk starts over when it is only for the bits. */
function giveUpWalk(s: Snapshot): bool {
  if (s.phase == PHASE_WALK) changetype<RdbWriter>(s.writer).failed = 1;
  return false;
}

/** Saves what a step of the scan has brought. @returns the work it was */
function writeCollected(s: Snapshot): u32 {
  let work: u32 = 0;
  const count = root.vectorCount;
  for (let i: u32 = 0; i < count; i++) {
    const entry = vectorGet(i);
    if (entryEpoch(entry) == root.snapshotEpoch) continue;
    entrySetEpoch(entry, root.snapshotEpoch);
    if (s.phase != PHASE_WALK) continue;
    const before = changetype<RdbWriter>(s.writer).used;
    writeEntry(s, s.db, entry);
    work += (changetype<RdbWriter>(s.writer).used - before) >> 6;
  }
  return work;
}

/** The next dict that the snapshot wants: of a database as it is now, or a detached one. @returns false = there is none */
function nextDict(s: Snapshot): bool {
  s.cursor = 0;
  for (let i: u32 = 0; i < root.databaseCount; i++) {
    const db = changetype<Database>(databaseAt(i));
    if (db.snapshotDb == SNAPSHOT_NONE) continue;
    s.dict = db.dict;
    s.db = db.snapshotDb;
    return true;
  }
  if (!s.detached) return false;
  s.dict = load<u32>(s.detached, 4);
  s.db = load<u32>(s.detached, 8);
  return true;
}

/** The walk of a dict is over: nobody needs to keep anything of it any more. */
function dictDone(s: Snapshot): void {
  const dict = s.dict;
  s.dict = 0;
  for (let i: u32 = 0; i < root.databaseCount; i++) {
    const db = changetype<Database>(databaseAt(i));
    if (db.dict != dict) continue;
    db.snapshotDb = SNAPSHOT_NONE;
    return;
  }
  let link = changetype<usize>(s) + offsetof<Snapshot>("detached");
  for (let node: usize = load<u32>(link); node; node = load<u32>(link)) {
    if (load<u32>(node, 4) == dict) {
      store<u32>(link, load<u32>(node));
      free(node);
      return releaseKeys(dict, true);
    }
    link = node;
  }
}

function freeDetached(s: Snapshot): void {
  const node = s.detached;
  s.detached = load<u32>(node);
  releaseKeys(load<u32>(node, 4), true);
  free(node);
}

// --- the bytes ---

function writeEntry(s: Snapshot, db: u32, entry: usize): void {
  s.keys++;
  if (<i32>db != s.writtenDb) selectDb(s, db);
  if (s.options & SNAPSHOT_COMMANDS) rewriteEntry(s.writer, entry);
  else saveEntry(s.writer, entry);
}

function selectDb(s: Snapshot, db: u32): void {
  s.writtenDb = <i32>db;
  if (s.options & SNAPSHOT_COMMANDS) return rewriteSelect(s.writer, db);
  rdbWriteByte(s.writer, RDB_OP_SELECT_DB);
  rdbWriteLength(s.writer, db);
}

/** Expiry, access time or frequency as the policy in force has it, type, key, value. */
function saveEntry(w: usize, entry: usize): void {
  if (entryHasExpiry(entry)) {
    rdbWriteByte(w, RDB_OP_EXPIRE_MS);
    rdbWriteU64(w, <u64>entryExpireAt(entry));
  }
  const policy = <u32>settingInteger(SETTING_MAXMEMORY_POLICY);
  if (root.lfu) {
    rdbWriteByte(w, RDB_OP_FREQ);
    rdbWriteByte(w, lfuDecayed(entry));
  } else if (policy == POLICY_VOLATILE_LRU || policy == POLICY_ALLKEYS_LRU) {
    rdbWriteByte(w, RDB_OP_IDLE);
    rdbWriteLength(w, lruIdleSeconds(entry));
  }
  rdbWriteByte(w, rdbTypeOf(w, entry));
  rdbWriteString(w, entryKey(entry), entryKeyLen(entry));
  rdbSaveValue(w, entry);
}

// maxmemory-policy, as settings.ts numbers it.
const POLICY_VOLATILE_LRU: u32 = 0;
const POLICY_ALLKEYS_LRU: u32 = 4;

function finishFile(s: Snapshot): void {
  const w = changetype<RdbWriter>(s.writer);
  s.phase = PHASE_ENDED;
  if (s.options & SNAPSHOT_COMMANDS) return;
  rdbWriteByte(s.writer, RDB_OP_EOF);
  if (w.failed) return;
  rdbWriteU64(s.writer, s.options & SNAPSHOT_CHECKSUM ? crc64(s.crc, w.ptr, w.used) : 0);
}
