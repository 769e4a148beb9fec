/**
 * stream: streams as RDB bytes, both ways: their listpacks as they are, then what the stream and its groups know.
 *
 * RDB_STREAM_LISTPACKS_3 ("length" is as in length.ts, "string" as in string.ts, "ID" 16 bytes, big-endian)
 *   length n, n × (string of the node's ID, string of its listpack)
 *   length entries · lengths ms, seq of the last ID · [2] of the first entry · of the highest deleted ID · length added
 *   length groups, each
 *     string name · lengths ms, seq delivered last · [2] length entries read
 *     length deliveries, each: ID · 8 bytes time in ms · length count
 *     length consumers, each
 *       string name · 8 bytes seen at, ms · [3] 8 bytes active at, ms
 *       length deliveries, each: ID, which the group has
 * [2] is left out of RDB_STREAM_LISTPACKS, [3] of RDB_STREAM_LISTPACKS_2 too.
 */
import { free } from "../memory/allocator.ts";
import { DIGITS } from "../memory/map.ts";
import {
  idCursorFirst,
  idCursorNext,
  ID_EXISTS,
  ID_INSERTED,
  idTreeCount,
  idTreeInsert,
} from "../structures/id-tree.ts";
import { listpackBytes, listpackValidate } from "../structures/listpack.ts";
import { nameIndexAt, nameIndexCount } from "../structures/name-index.ts";
import { entryKey, entryKeyLen } from "../types/entry-key.ts";
import { ENC_STREAM, TYPE_STREAM } from "../types/ids.ts";
import {
  Consumer,
  consumerCreate,
  consumerFind,
  deliveryAt,
  deliveryFind,
  deliveryLoad,
  entriesUpTo,
  Group,
  groupCreate,
  groupFind,
} from "../types/stream-group.ts";
import {
  nodeCheck,
  nodeLive,
  Stream,
  streamAt,
  streamCreate,
  streamCursor,
  streamFindFirst,
  streamFree,
} from "../types/stream.ts";
import {
  RDB_STREAM_LISTPACKS,
  RDB_STREAM_LISTPACKS_2,
  RDB_STREAM_LISTPACKS_3,
  RDB_VERSION_STREAM_3,
} from "./ids.ts";
import { rdbReadLength, rdbWriteLength } from "./length.ts";
import { rdbLoaded } from "./load.ts";
import {
  RDB_CORRUPT,
  RDB_OUT_OF_MEMORY,
  RdbReader,
  rdbFail,
  rdbReading,
  rdbReadRaw,
  rdbReadU64,
  READ_DEEP_CHECK,
} from "./reader.ts";
import { rdbKeepString, rdbReadString, rdbWriteString } from "./string.ts";
import { rdbWriterVersion, rdbWriteU64, rdbWriteU64Big } from "./writer.ts";

/** RDB type byte that rdbSaveStream writes the bytes of. */
export function rdbTypeOfStream(version: u32): u32 {
  return version >= RDB_VERSION_STREAM_3 ? RDB_STREAM_LISTPACKS_3 : RDB_STREAM_LISTPACKS_2;
}

/** Writes a stream. O(bytes) */
export function rdbSaveStream(w: usize, value: usize): void {
  const s = streamAt(value);
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  rdbWriteLength(w, idTreeCount(s.nodes));
  for (let more = idCursorFirst(cursor, s.nodes); more; more = idCursorNext(cursor)) {
    store<u64>(DIGITS, bswap<u64>(c.ms));
    store<u64>(DIGITS, bswap<u64>(c.seq), 8);
    rdbWriteString(w, DIGITS, 16);
    rdbWriteString(w, c.value, listpackBytes(c.value));
  }
  rdbWriteLength(w, s.length);
  writeId(w, s.lastMs, s.lastSeq);
  writeId(w, s.firstMs, s.firstSeq);
  writeId(w, s.deletedMs, s.deletedSeq);
  rdbWriteLength(w, s.added);
  const groups = nameIndexCount(s.groups);
  rdbWriteLength(w, groups);
  for (let i: u32 = 0; i < groups; i++) saveGroup(w, nameIndexAt(s.groups, i));
}

function writeId(w: usize, ms: u64, seq: u64): void {
  rdbWriteLength(w, ms);
  rdbWriteLength(w, seq);
}

function saveGroup(w: usize, at: usize): void {
  const group = changetype<Group>(at);
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  rdbWriteString(w, entryKey(at), entryKeyLen(at));
  writeId(w, group.lastMs, group.lastSeq);
  rdbWriteLength(w, group.entriesRead);
  rdbWriteLength(w, idTreeCount(group.pending));
  for (let more = idCursorFirst(cursor, group.pending); more; more = idCursorNext(cursor)) {
    const delivery = deliveryAt(c.value);
    rdbWriteU64Big(w, c.ms);
    rdbWriteU64Big(w, c.seq);
    rdbWriteU64(w, delivery.deliveredAtMs);
    rdbWriteLength(w, delivery.count);
  }
  const consumers = nameIndexCount(group.consumers);
  rdbWriteLength(w, consumers);
  for (let i: u32 = 0; i < consumers; i++) {
    const block = nameIndexAt(group.consumers, i);
    const consumer = changetype<Consumer>(block);
    rdbWriteString(w, entryKey(block), entryKeyLen(block));
    rdbWriteU64(w, consumer.seenAtMs);
    if (rdbWriterVersion(w) >= RDB_VERSION_STREAM_3) rdbWriteU64(w, consumer.activeAtMs);
    rdbWriteLength(w, idTreeCount(consumer.pending));
    for (let more = idCursorFirst(cursor, consumer.pending); more; more = idCursorNext(cursor)) {
      rdbWriteU64Big(w, c.ms);
      rdbWriteU64Big(w, c.seq);
    }
  }
}

/** Reads a stream of one of the three forms. @returns false = the reader's status says why. O(bytes log n) */
export function rdbLoadStream(r: usize, rdbType: u32): bool {
  const value = streamCreate();
  if (!value) return rdbFail(r, RDB_OUT_OF_MEMORY) != 0;
  const s = streamAt(value);
  if (loadNodes(r, s) && loadFacts(r, s, rdbType) && loadGroups(r, s, rdbType)) {
    return rdbLoaded(r, TYPE_STREAM, ENC_STREAM, value);
  }
  streamFree(value);
  return false;
}

/** Nodes, and the number of their entries to `length`. */
function loadNodes(r: usize, s: Stream): bool {
  const reader = changetype<RdbReader>(r);
  for (let n = rdbReadLength(r); n; n--) {
    if (!rdbReadString(r)) return false;
    if (reader.stringLen != 16) return rdbFail(r, RDB_CORRUPT) != 0;
    const ms = bswap<u64>(load<u64>(reader.stringPtr));
    const seq = bswap<u64>(load<u64>(reader.stringPtr, 8));
    if (!rdbReadString(r)) return false;
    const lp = rdbKeepString(r);
    if (!lp) return false;
    const live = checkNode(r, lp, reader.stringLen);
    const outcome = live < 0 ? ID_EXISTS : idTreeInsert(s.nodes, ms, seq, <u32>lp);
    if (outcome != ID_INSERTED) {
      free(lp);
      return rdbFail(r, outcome == ID_EXISTS ? RDB_CORRUPT : RDB_OUT_OF_MEMORY) != 0;
    }
    s.length += live;
  }
  return rdbReading(r);
}

/** Entries of a node that are there; −1 = it is not sound. */
function checkNode(r: usize, lp: usize, size: u32): i32 {
  const deep = (changetype<RdbReader>(r).flags & READ_DEEP_CHECK) != 0;
  if (!listpackValidate(lp, size, deep)) return -1;
  return deep ? nodeCheck(lp) : nodeLive(lp);
}

function loadFacts(r: usize, s: Stream, rdbType: u32): bool {
  const length = rdbReadLength(r);
  s.lastMs = rdbReadLength(r);
  s.lastSeq = rdbReadLength(r);
  if (rdbType != RDB_STREAM_LISTPACKS) {
    rdbReadLength(r); // the first entry, which is looked for instead
    rdbReadLength(r);
    s.deletedMs = rdbReadLength(r);
    s.deletedSeq = rdbReadLength(r);
    s.added = rdbReadLength(r);
  } else {
    s.added = length;
  }
  if (!rdbReading(r)) return false;
  if (length != s.length) return rdbFail(r, RDB_CORRUPT) != 0;
  streamFindFirst(s);
  return true;
}

function loadGroups(r: usize, s: Stream, rdbType: u32): bool {
  for (let n = rdbReadLength(r); n && rdbReading(r); n--) {
    if (!loadGroup(r, s, rdbType)) return false;
  }
  return rdbReading(r);
}

function loadGroup(r: usize, s: Stream, rdbType: u32): bool {
  const reader = changetype<RdbReader>(r);
  if (!rdbReadString(r)) return false;
  const name = reader.stringPtr;
  const len = reader.stringLen;
  if (changetype<usize>(groupFind(s, name, len))) return rdbFail(r, RDB_CORRUPT) != 0;
  const group = groupCreate(s, name, len, 0, 0, 0);
  if (!changetype<usize>(group)) return rdbFail(r, RDB_OUT_OF_MEMORY) != 0;
  group.lastMs = rdbReadLength(r);
  group.lastSeq = rdbReadLength(r);
  group.entriesRead =
    rdbType == RDB_STREAM_LISTPACKS ? entriesUpTo(s, group.lastMs, group.lastSeq) : rdbReadLength(r);
  for (let n = rdbReadLength(r); n; n--) {
    const id = rdbReadRaw(r, 16);
    const time = rdbReadU64(r);
    const count = rdbReadLength(r);
    if (!rdbReading(r)) return false;
    const outcome = deliveryLoad(group, bswap<u64>(load<u64>(id)), bswap<u64>(load<u64>(id, 8)), time, count);
    if (outcome != ID_INSERTED) {
      return rdbFail(r, outcome == ID_EXISTS ? RDB_CORRUPT : RDB_OUT_OF_MEMORY) != 0;
    }
  }
  let owned: u32 = 0;
  for (let n = rdbReadLength(r); n; n--) {
    const consumer = loadConsumer(r, group, rdbType);
    if (!changetype<usize>(consumer)) return false;
    owned += idTreeCount(consumer.pending);
  }
  // Each delivery belongs to somebody.
  if (owned != idTreeCount(group.pending)) return rdbFail(r, RDB_CORRUPT) != 0;
  return rdbReading(r);
}

/** @returns 0 = the reader's status says why */
function loadConsumer(r: usize, group: Group, rdbType: u32): Consumer {
  const none = changetype<Consumer>(0);
  const reader = changetype<RdbReader>(r);
  if (!rdbReadString(r)) return none;
  const name = reader.stringPtr;
  const len = reader.stringLen;
  if (changetype<usize>(consumerFind(group, name, len))) return failed(r, RDB_CORRUPT);
  const consumer = consumerCreate(group, name, len);
  if (!changetype<usize>(consumer)) return failed(r, RDB_OUT_OF_MEMORY);
  consumer.seenAtMs = rdbReadU64(r);
  // What older servers knew is the best estimate.
  consumer.activeAtMs = rdbType == RDB_STREAM_LISTPACKS_3 ? <i64>rdbReadU64(r) : consumer.seenAtMs;
  for (let n = rdbReadLength(r); n; n--) {
    const id = rdbReadRaw(r, 16);
    if (!id) return none;
    const ms = bswap<u64>(load<u64>(id));
    const seq = bswap<u64>(load<u64>(id, 8));
    const delivery = deliveryFind(group, ms, seq);
    if (!changetype<usize>(delivery) || delivery.consumer) return failed(r, RDB_CORRUPT);
    if (idTreeInsert(consumer.pending, ms, seq, <u32>changetype<usize>(delivery)) != ID_INSERTED) {
      return failed(r, RDB_OUT_OF_MEMORY);
    }
    delivery.consumer = changetype<usize>(consumer);
  }
  return rdbReading(r) ? consumer : none;
}

function failed(r: usize, status: u32): Consumer {
  return changetype<Consumer>(rdbFail(r, status));
}
