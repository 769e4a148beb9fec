/**
 * stream: values of type stream: entries in listpacks, byte for byte those of Redis, under a tree of their IDs
 * (structures/id-tree.ts, docs/decisions/stream-index.md), and consumer groups (stream-group.ts).
 *
 * Stream (72 bytes)
 *   offset  size  field    meaning
 *        0    16  last     ID given last (ms u64, seq u64): the next must be higher
 *       16    16  first    ID of the first entry that is there, 0-0 = none
 *       32    16  deleted  highest ID that XDEL has deleted
 *       48     8  added    entries ever added, i64
 *       56     4  nodes    tree: ID of a node's first entry → its listpack
 *       60     4  groups   name index of groups (structures/name-index.ts), 0 = none yet
 *       64     4  length   entries that are there
 *       68     4  -        zero
 *
 * Node: a listpack. Its first elements, the "master entry", say what the entries have in common
 *   count · deleted · n · field 1 … field n · 0
 * then each entry, its ID as differences from the node's
 *   flags · ms · seq · value 1 … value n · elements so far          flags with SAME_FIELDS: the master's fields
 *   flags · ms · seq · n · field 1 · value 1 … value n · elements so far
 * count and deleted say how many entries are there and how many are only marked as deleted (flag DELETED): a node goes when
 * the last of its entries does. "Elements so far" is for walking backwards: that many elements before it is the flags.
 *
 * Always true (streamValidate checks it)
 *   1. length is the sum of the nodes' counts.  2. first is the ID of the first entry that is not deleted.
 *   3. The first entry of a node has the node's ID.  4. Groups as stream-group.ts says.
 */
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { STREAM_REFERENCES, TRIM_OPTIONS } from "../memory/map.ts";
import { parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import {
  SETTING_STREAM_NODE_MAX_BYTES,
  SETTING_STREAM_NODE_MAX_ENTRIES,
  settingInteger,
} from "../settings.ts";
import {
  ID_CURSOR_SIZE,
  IdCursor,
  idCursorFirst,
  idCursorLast,
  idCursorNext,
  idCursorPrev,
  idCursorSeekBack,
  idCursorStore,
  ID_INSERTED,
  idTreeCount,
  idTreeCreate,
  idTreeFree,
  idTreeInsert,
  idTreeMemory,
  idTreePop,
  idTreeRemove,
  idTreeValidate,
} from "../structures/id-tree.ts";
import {
  LISTPACK_BYTES_MAX,
  LISTPACK_END,
  LISTPACK_HEADER,
  listpackAddCount,
  listpackBytes,
  listpackDup,
  listpackElementSize,
  listpackEquals,
  listpackGet,
  listpackIntegerSize,
  listpackNew,
  listpackPrevious,
  listpackPutInteger,
  listpackPutString,
  listpackReplaceInteger,
  listpackReserve,
  listpackStringSize,
} from "../structures/listpack.ts";
import { nameIndexAt, nameIndexCount } from "../structures/name-index.ts";
import { Group, groupsCopy, groupsFreeSlice, groupsMemory, groupsValidate } from "./stream-group.ts";
import { StreamId, streamIdCompare, streamIdIncrement, streamIdSet, STREAM_IDS_SIZE } from "./stream-id.ts";

@unmanaged
export class Stream {
  lastMs: u64;
  lastSeq: u64;
  firstMs: u64;
  firstSeq: u64;
  deletedMs: u64;
  deletedSeq: u64;
  added: i64;
  nodes: usize;
  groups: usize;
  length: u32;
  zero: u32;
}
if (offsetof<Stream>() != 72) ERROR("Stream is not 72 bytes: mend its table");

/**
 * A walk along the entries of a stream in a range of IDs. As a cursor of the tree it stands at a node: ms and seq are
 * the node's ID, value its listpack. Void when the stream changes.
 */
@unmanaged
export class EntryCursor extends IdCursor {
  /** 0 = there is no more. */
  stream: usize;
  /** Where the next entry begins; 0 = behind the current one, wherever that ends. */
  at: usize;
  /** Fields that the node's entries have in common: how many, and the first. */
  masterCount: u32;
  masterFields: usize;
  /** The current entry: its first element, and that behind its ID and number of fields. */
  entry: usize;
  body: usize;
  flags: u32;
  /** Number of fields, and of values. */
  fieldCount: u32;
  /** Where a walk along those is: the next of the fields in common, and the next element of the entry's own. */
  nextShared: usize;
  nextOwn: usize;
  entryMs: u64;
  entrySeq: u64;
  fromMs: u64;
  fromSeq: u64;
  toMs: u64;
  toSeq: u64;
}

// @ts-ignore: decorator
@inline
const ENTRY_CURSOR_SIZE: usize = 128;
// @ts-ignore: decorator
@inline
const ENTRY_CURSORS: usize = STREAM_REFERENCES + STREAM_IDS_SIZE;
// @ts-ignore: decorator
@inline
const ID_CURSORS: usize = ENTRY_CURSORS + 2 * ENTRY_CURSOR_SIZE;
if (offsetof<EntryCursor>() > ENTRY_CURSOR_SIZE) ERROR("EntryCursor outgrew its place");
/** Lengths at which keys part, of streamRadixNodes: at most 16. */
// @ts-ignore: decorator
@inline
const BRANCHES: usize = ID_CURSORS + 3 * ID_CURSOR_SIZE;
if (BRANCHES + 16 > TRIM_OPTIONS) ERROR("Streams outgrew their place in memory/map.ts");

/** Cursor of entries number `i`: 0 is the commands', 1 for single look-ups (streamFind). */
// @ts-ignore: decorator
@inline
export function entryCursor(i: u32): EntryCursor {
  return changetype<EntryCursor>(ENTRY_CURSORS + i * ENTRY_CURSOR_SIZE);
}

/** Cursor of a tree, number `i`: 0 is the commands', 1 and 2 the types'. */
// @ts-ignore: decorator
@inline
export function streamCursor(i: u32): IdCursor {
  return changetype<IdCursor>(ID_CURSORS + i * ID_CURSOR_SIZE);
}

// Flags of an entry.
/** Marked as deleted: it is not there any more. */
// @ts-ignore: decorator
@inline
const DELETED: u32 = 1;
/** Its fields are the master entry's. */
// @ts-ignore: decorator
@inline
export const SAME_FIELDS: u32 = 2;

/** A count of entries, one of deleted ones, a number of fields, and the 0 behind these. */
// @ts-ignore: decorator
@inline
const MASTER_SIZE_MAX: u32 = 24;

/** An empty stream; 0 = out of memory. */
export function streamCreate(): usize {
  const block = alloc(offsetof<Stream>());
  if (!block) return 0;
  memory.fill(block, 0, offsetof<Stream>());
  const nodes = idTreeCreate();
  if (!nodes) {
    free(block);
    return 0;
  }
  streamAt(block).nodes = nodes;
  return block;
}

// @ts-ignore: decorator
@inline
export function streamAt(value: usize): Stream {
  return changetype<Stream>(value);
}

// --- reading listpacks ---

/** Value of the integer element at `p`. */
// @ts-ignore: decorator
@inline
function integerAt(p: usize): i64 {
  const b: u32 = load<u8>(p);
  return b < 0x80 ? b : longIntegerAt(p);
}

function longIntegerAt(p: usize): i64 {
  return listpackGet(p) ? 0 : root.outI64;
}

/** Address behind `count` elements. */
function skip(p: usize, count: u32): usize {
  for (; count; count--) p += listpackElementSize(p);
  return p;
}

/** The entry that ends at `p`, where the next one begins or the listpack ends; 0 = there is none. */
function entryBefore(lp: usize, p: usize): usize {
  p = listpackPrevious(lp, p);
  if (!p) return 0;
  let count = <u32>integerAt(p);
  if (!count) return 0; // the end of the master entry
  while (p && count--) p = listpackPrevious(lp, p);
  return p;
}

// @ts-ignore: decorator
@inline
function endOf(lp: usize): usize {
  return lp + listpackBytes(lp) - 1;
}

/** Entries of a node that are there. */
// @ts-ignore: decorator
@inline
export function nodeLive(lp: usize): u32 {
  return <u32>integerAt(lp + LISTPACK_HEADER);
}

/** Reads the master entry of the node that the cursor is at; returns where its entries begin. */
function openNode(c: EntryCursor): usize {
  let p = skip(<usize>c.value + LISTPACK_HEADER, 2);
  const count = <u32>integerAt(p);
  p += listpackElementSize(p);
  c.masterCount = count;
  c.masterFields = p;
  return skip(p, count + 1);
}

/** Reads flags and ID of the entry at `p`; returns the address behind them. */
// @ts-ignore: decorator
@inline
function readHead(c: EntryCursor, p: usize): usize {
  c.entry = p;
  c.flags = <u32>integerAt(p);
  p += listpackElementSize(p);
  c.entryMs = c.ms + <u64>integerAt(p);
  p += listpackElementSize(p);
  c.entrySeq = c.seq + <u64>integerAt(p);
  return p + listpackElementSize(p);
}

function readEntry(c: EntryCursor, p: usize): void {
  p = readHead(c, p);
  if (c.flags & SAME_FIELDS) {
    c.fieldCount = c.masterCount;
  } else {
    c.fieldCount = <u32>integerAt(p);
    p += listpackElementSize(p);
  }
  c.body = p;
}

/** Where the entry behind the current one begins. */
// @ts-ignore: decorator
@inline
function behindEntry(c: EntryCursor): usize {
  return skip(c.body, (c.flags & SAME_FIELDS ? c.fieldCount : c.fieldCount * 2) + 1);
}

/** Begins a walk along the fields and values of the current entry: fieldCount times entryFieldNext, then entryValueNext. */
export function entryFieldsOpen(c: EntryCursor): void {
  c.nextShared = c.masterFields;
  c.nextOwn = c.body;
}

/** The next field of the current entry, an element of the listpack. */
export function entryFieldNext(c: EntryCursor): usize {
  if (!(c.flags & SAME_FIELDS)) return entryValueNext(c);
  const at = c.nextShared;
  c.nextShared = at + listpackElementSize(at);
  return at;
}

/** The value that belongs to the field just met. */
export function entryValueNext(c: EntryCursor): usize {
  const at = c.nextOwn;
  c.nextOwn = at + listpackElementSize(at);
  return at;
}

// --- walking ---

/** Begins a walk upwards along the entries from one ID to another, both included; then entriesNext. O(log n) */
export function entriesFrom(
  c: EntryCursor,
  s: Stream,
  fromMs: u64,
  fromSeq: u64,
  toMs: u64,
  toSeq: u64,
): void {
  setRange(c, s, fromMs, fromSeq, toMs, toSeq);
  const cursor = changetype<usize>(c);
  if (idCursorSeekBack(cursor, s.nodes, fromMs, fromSeq)) {
    c.at = findInNode(c);
  } else if (idCursorFirst(cursor, s.nodes)) {
    c.at = openNode(c);
  } else {
    c.stream = 0;
  }
}

function setRange(c: EntryCursor, s: Stream, fromMs: u64, fromSeq: u64, toMs: u64, toSeq: u64): void {
  c.stream = changetype<usize>(s);
  c.fromMs = fromMs;
  c.fromSeq = fromSeq;
  c.toMs = toMs;
  c.toSeq = toSeq;
}

/**
 * A place in the node that is not behind the first entry of the range, and not far in front of it: the node is walked
 * from whichever end is nearer, for what is asked for is often what came last.
 */
function findInNode(c: EntryCursor): usize {
  const first = openNode(c);
  let at = endOf(c.value);
  let p = entryBefore(c.value, at);
  if (!p) return first;
  readHead(c, p);
  if (c.entryMs < c.fromMs || (c.entryMs == c.fromMs && c.entrySeq < c.fromSeq)) return at;
  const above = c.entryMs - c.fromMs;
  const below = c.fromMs - c.ms;
  if (above > below || (above == below && c.entrySeq - c.fromSeq > c.fromSeq - c.seq)) return first;
  while (p) {
    at = p;
    p = entryBefore(c.value, at);
    if (!p) break;
    readHead(c, p);
    if (streamIdCompare(c.entryMs, c.entrySeq, c.fromMs, c.fromSeq) < 0) break;
  }
  return at;
}

/** To the next entry; false = there is none. */
export function entriesNext(c: EntryCursor): bool {
  if (!c.stream) return false;
  let at = c.at ? c.at : behindEntry(c);
  while (true) {
    if (load<u8>(at) == LISTPACK_END) {
      if (!idCursorNext(changetype<usize>(c))) break;
      at = openNode(c);
      continue;
    }
    readEntry(c, at);
    if (!(c.flags & DELETED) && streamIdCompare(c.entryMs, c.entrySeq, c.fromMs, c.fromSeq) >= 0) {
      if (streamIdCompare(c.entryMs, c.entrySeq, c.toMs, c.toSeq) > 0) break;
      c.at = 0;
      return true;
    }
    at = behindEntry(c);
  }
  c.stream = 0;
  return false;
}

/** Tells a walk upwards where the values of the current entry end: it need not look for itself. */
// @ts-ignore: decorator
@inline
export function entriesSkip(c: EntryCursor, behindValues: usize): void {
  c.at = behindValues + listpackElementSize(behindValues);
}

/** Begins a walk downwards along the entries from the highest ID, `to`, to the lowest; then entriesPrevious. O(log n) */
export function entriesBackFrom(
  c: EntryCursor,
  s: Stream,
  fromMs: u64,
  fromSeq: u64,
  toMs: u64,
  toSeq: u64,
): void {
  setRange(c, s, fromMs, fromSeq, toMs, toSeq);
  if (idCursorSeekBack(changetype<usize>(c), s.nodes, toMs, toSeq)) {
    openNode(c);
    c.at = endOf(c.value);
  } else {
    c.stream = 0;
  }
}

/** To the entry before; false = there is none. */
export function entriesPrevious(c: EntryCursor): bool {
  if (!c.stream) return false;
  let at = c.at;
  while (true) {
    at = entryBefore(c.value, at);
    if (!at) {
      if (!idCursorPrev(changetype<usize>(c))) break;
      openNode(c);
      at = endOf(c.value);
      continue;
    }
    readEntry(c, at);
    if (!(c.flags & DELETED) && streamIdCompare(c.entryMs, c.entrySeq, c.toMs, c.toSeq) <= 0) {
      if (streamIdCompare(c.entryMs, c.entrySeq, c.fromMs, c.fromSeq) < 0) break;
      c.at = at;
      return true;
    }
  }
  c.stream = 0;
  return false;
}

/** Looks an entry up; entryCursor(1) is at it then. @returns whether it is there.  O(log n + entries of a node) */
export function streamFind(s: Stream, ms: u64, seq: u64): bool {
  const c = entryCursor(1);
  entriesFrom(c, s, ms, seq, ms, seq);
  return entriesNext(c);
}

/** ID of the last entry that is there; false = there is none. */
export function streamTop(s: Stream, id: StreamId): bool {
  const c = entryCursor(1);
  entriesBackFrom(c, s, 0, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  if (!entriesPrevious(c)) return false;
  streamIdSet(id, c.entryMs, c.entrySeq);
  return true;
}

/** ID of the first entry, deleted ones included; the highest ID there is where there are none. */
export function streamBottom(s: Stream, id: StreamId): void {
  const c = streamCursor(1);
  if (idCursorFirst(changetype<usize>(c), s.nodes)) streamIdSet(id, c.ms, c.seq);
  else streamIdSet(id, u64.MAX_VALUE, u64.MAX_VALUE);
}

/** Finds the first entry anew. */
export function streamFindFirst(s: Stream): void {
  const c = entryCursor(1);
  s.firstMs = 0;
  s.firstSeq = 0;
  if (!s.length) return;
  entriesFrom(c, s, 0, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  if (!entriesNext(c)) return;
  s.firstMs = c.entryMs;
  s.firstSeq = c.entrySeq;
}

// --- adding ---

/** The ID that an entry gets where the client leaves it to the server. */
export function streamNextId(s: Stream, id: StreamId): void {
  streamIdSet(id, s.lastMs, s.lastSeq);
  if (<u64>root.nowMs > s.lastMs) streamIdSet(id, <u64>root.nowMs, 0);
  else streamIdIncrement(id);
}

// Outcomes of streamAppend.
// @ts-ignore: decorator
@inline
export const APPEND_OUT_OF_MEMORY: u32 = 0;
// @ts-ignore: decorator
@inline
export const APPENDED: u32 = 1;
// @ts-ignore: decorator
@inline
export const APPEND_TOO_LARGE: u32 = 2;

/**
 * Adds an entry. Its ID is above `last`.
 * @param pairs  addresses and lengths of field, value, field, value … (8 bytes each)     @param count  number of fields
 * @returns APPENDED · APPEND_TOO_LARGE or APPEND_OUT_OF_MEMORY, nothing changed.  O(bytes), amortized
 */
export function streamAppend(s: Stream, id: StreamId, pairs: usize, count: u32): u32 {
  let bytes: u64 = 0;
  const end = pairs + ((<usize>count) << 4);
  for (let at = pairs; at < end; at += 8) bytes += load<u32>(at, 4);
  if (bytes > <u64>LISTPACK_BYTES_MAX) return APPEND_TOO_LARGE;
  const tail = streamCursor(1);
  const hasTail = idCursorLast(changetype<usize>(tail), s.nodes);
  if (hasTail && nodeHasRoom(tail.value, bytes)) {
    if (!appendToNode(tail, id, pairs, count)) return APPEND_OUT_OF_MEMORY;
  } else {
    const lp = nodeCreate(pairs, count);
    if (!lp) return APPEND_OUT_OF_MEMORY;
    if (idTreeInsert(s.nodes, id.ms, id.seq, <u32>lp) != ID_INSERTED) {
      free(lp);
      return APPEND_OUT_OF_MEMORY;
    }
    if (hasTail) closeNode(s, tail);
  }
  s.length++;
  s.added++;
  s.lastMs = id.ms;
  s.lastSeq = id.seq;
  if (s.length == 1) {
    s.firstMs = id.ms;
    s.firstSeq = id.seq;
  }
  return APPENDED;
}

/** Whether the last node takes one more entry, as stream-node-max-bytes and -entries have it. */
function nodeHasRoom(lp: usize, bytes: u64): bool {
  const most = settingInteger(SETTING_STREAM_NODE_MAX_BYTES);
  const mostBytes = most <= 0 || most > <i64>LISTPACK_BYTES_MAX ? <u64>LISTPACK_BYTES_MAX : <u64>most;
  if (<u64>listpackBytes(lp) + bytes >= mostBytes) return false;
  const mostEntries = settingInteger(SETTING_STREAM_NODE_MAX_ENTRIES);
  const count = lp + LISTPACK_HEADER;
  return !mostEntries || integerAt(count) + integerAt(count + listpackElementSize(count)) < mostEntries;
}

/** Gives back what a node that gets no more entries has room for. */
function closeNode(s: Stream, node: IdCursor): void {
  const lp: usize = node.value;
  const moved = realloc(lp, listpackBytes(lp));
  if (!moved || moved == lp) return;
  // The insertion of the new last node may have moved this one's place.
  const c = streamCursor(2);
  if (idCursorSeekBack(changetype<usize>(c), s.nodes, node.ms, node.seq)) {
    idCursorStore(changetype<usize>(c), <u32>moved);
  }
}

/** Most bytes that `count` elements take whose addresses and lengths are at `at`, every `step` bytes. */
function elementsSize(at: usize, count: u32, step: u32): u32 {
  let size: u32 = 0;
  for (; count; count--) {
    size += listpackStringSize(load<u32>(at, 4)); // an integer takes less than its text
    at += step;
  }
  return size;
}

function putElement(p: usize, pair: usize): usize {
  const ptr: usize = load<u32>(pair);
  const len = load<u32>(pair, 4);
  return parseI64(ptr, len) ? listpackPutInteger(p, root.outI64) : listpackPutString(p, ptr, len);
}

/** A node with a first entry; 0 = out of memory. */
function nodeCreate(pairs: usize, count: u32): usize {
  const size = elementsSize(pairs, count * 2, 8) + MASTER_SIZE_MAX + 6 + listpackIntegerSize(count + 3);
  const lp = listpackNew(LISTPACK_HEADER + 1 + size);
  if (!lp) return 0;
  let p = lp + LISTPACK_HEADER;
  p = listpackPutInteger(p, 1);
  p = listpackPutInteger(p, 0);
  p = listpackPutInteger(p, count);
  for (let i: u32 = 0; i < count; i++) p = putElement(p, pairs + ((<usize>i) << 4));
  p = listpackPutInteger(p, 0);
  p = listpackPutInteger(p, SAME_FIELDS);
  p = listpackPutInteger(p, 0);
  p = listpackPutInteger(p, 0);
  for (let i: u32 = 0; i < count; i++) p = putElement(p, pairs + ((<usize>i) << 4) + 8);
  p = listpackPutInteger(p, count + 3);
  finish(lp, p, 4 + count + 4 + count);
  return lp;
}

/** Ends a listpack at `p`, `added` elements more than it had. */
function finish(lp: usize, p: usize, added: u32): void {
  store<u8>(p, <u8>LISTPACK_END);
  store<u32>(lp, <u32>(p + 1 - lp));
  listpackAddCount(lp, added);
}

/** Adds an entry to the node at the cursor. @returns false = out of memory, nothing changed */
function appendToNode(node: IdCursor, id: StreamId, pairs: usize, count: u32): bool {
  const msDelta = <i64>(id.ms - node.ms);
  const seqDelta = <i64>(id.seq - node.seq);
  let lp: usize = node.value;
  const same = hasFields(lp, pairs, count);
  const elements = same ? count + 3 : count * 2 + 4;
  let size = 2 + listpackIntegerSize(msDelta) + listpackIntegerSize(seqDelta) + listpackIntegerSize(elements);
  size += same ? elementsSize(pairs + 8, count, 16) : elementsSize(pairs, count * 2, 8);
  if (!same) size += listpackIntegerSize(count);
  lp = nodeReserve(lp, size + 16); // the counts in front may grow
  if (!lp) return false;
  lp = addCounts(lp, 1, 0);
  let p = endOf(lp);
  p = listpackPutInteger(p, same ? SAME_FIELDS : 0);
  p = listpackPutInteger(p, msDelta);
  p = listpackPutInteger(p, seqDelta);
  if (same) {
    for (let i: u32 = 0; i < count; i++) p = putElement(p, pairs + ((<usize>i) << 4) + 8);
  } else {
    p = listpackPutInteger(p, count);
    for (let i: u32 = 0; i < count * 2; i++) p = putElement(p, pairs + ((<usize>i) << 3));
  }
  p = listpackPutInteger(p, elements);
  finish(lp, p, elements + 1);
  if (lp != <usize>node.value) idCursorStore(changetype<usize>(node), <u32>lp);
  return true;
}

/** Whether these are the fields of the master entry. */
function hasFields(lp: usize, pairs: usize, count: u32): bool {
  let p = skip(lp + LISTPACK_HEADER, 2);
  if (integerAt(p) != <i64>count) return false;
  p += listpackElementSize(p);
  const end = pairs + ((<usize>count) << 4);
  for (let at = pairs; at < end; at += 16) {
    const ptr: usize = load<u32>(at);
    const len = load<u32>(at, 4);
    const isInteger = parseI64(ptr, len);
    if (!listpackEquals(p, isInteger, root.outI64, ptr, len)) return false;
    p += listpackElementSize(p);
  }
  return true;
}

/** A node with room for `size` more bytes, with some to spare where it has to grow: nodes fill step by step. */
function nodeReserve(lp: usize, size: u32): usize {
  const bytes = listpackBytes(lp);
  if (size > LISTPACK_BYTES_MAX || bytes + size > LISTPACK_BYTES_MAX) return 0;
  if (bytes + size <= <u32>usableSize(lp)) return lp;
  const roomy = listpackReserve(lp, max(size, bytes >> 2));
  return roomy ? roomy : listpackReserve(lp, size);
}

/** Adds to a node's counts of entries and of deleted ones. @returns the listpack; 0 = out of memory, nothing changed */
function addCounts(lp: usize, live: i32, deleted: i32): usize {
  const first = lp + LISTPACK_HEADER;
  const second = first + listpackElementSize(first);
  const liveNow = integerAt(first) + live;
  const deletedNow = integerAt(second) + deleted;
  // The one that grows goes first: nothing can go wrong after that.
  if (deleted) {
    lp = putCount(lp, second, deletedNow);
    if (!lp) return 0;
  }
  return putCount(lp, lp + LISTPACK_HEADER, liveNow);
}

function putCount(lp: usize, p: usize, value: i64): usize {
  if (load<u8>(p) < 0x80 && <u64>value < 0x80) {
    store<u8>(p, <u8>value);
    return lp;
  }
  return listpackReplaceInteger(lp, p, value);
}

// --- deleting ---

/** Outcome of streamDelete and streamTrim where memory is lacking. */
// @ts-ignore: decorator
@inline
export const DELETE_OUT_OF_MEMORY: i32 = -1;

/**
 * Deletes an entry. Where it was the first, the caller calls streamFindFirst when it has deleted all it wants.
 * @returns 1 = deleted · 0 = it was not there · DELETE_OUT_OF_MEMORY, nothing changed
 */
export function streamDelete(s: Stream, ms: u64, seq: u64): i32 {
  if (!streamFind(s, ms, seq)) return 0;
  const c = entryCursor(1);
  const lp: usize = c.value;
  if (nodeLive(lp) == 1) {
    idTreeRemove(s.nodes, c.ms, c.seq);
    free(lp);
  } else {
    store<u8>(c.entry, <u8>(c.flags | DELETED));
    const changed = addCounts(lp, -1, 1);
    if (!changed) {
      store<u8>(c.entry, <u8>c.flags);
      return DELETE_OUT_OF_MEMORY;
    }
    if (changed != lp) idCursorStore(changetype<usize>(c), <u32>changed);
  }
  s.length--;
  if (streamIdCompare(ms, seq, s.deletedMs, s.deletedSeq) > 0) {
    s.deletedMs = ms;
    s.deletedSeq = seq;
  }
  return 1;
}

/** How streamTrim decides. */
// @ts-ignore: decorator
@inline
export const TRIM_NONE: u32 = 0;
/** Keeps the last `keep` entries. */
// @ts-ignore: decorator
@inline
export const TRIM_MAXLEN: u32 = 1;
/** Keeps those from an ID on. */
// @ts-ignore: decorator
@inline
export const TRIM_MINID: u32 = 2;

/**
 * Deletes the oldest entries.
 * @param keep  TRIM_MAXLEN: how many are to stay     @param from  TRIM_MINID: the lowest ID that is to stay
 * @param whole  whole nodes only ("~")     @param limit  no more than that many, 0 = any number
 * @returns how many were deleted; DELETE_OUT_OF_MEMORY, nothing changed.  O(nodes deleted + entries of a node)
 */
export function streamTrim(
  s: Stream,
  strategy: u32,
  keep: i64,
  from: StreamId,
  whole: bool,
  limit: i64,
): i32 {
  const c = entryCursor(1);
  const cursor = changetype<usize>(c);
  let deleted: i32 = 0;
  while (idCursorFirst(cursor, s.nodes)) {
    if (strategy == TRIM_MAXLEN && <i64>s.length <= keep) break;
    const live = nodeLive(c.value);
    if (limit && <i64>deleted + live > limit) break;
    if (strategy == TRIM_MAXLEN ? <i64>(s.length - live) >= keep : endsBelow(c, from)) {
      const lp: usize = c.value;
      idTreeRemove(s.nodes, c.ms, c.seq);
      free(lp);
      s.length -= live;
      deleted += live;
      continue;
    }
    if (!whole) {
      const marked = trimNode(c, s, strategy, keep, from);
      if (marked < 0 && !deleted) return DELETE_OUT_OF_MEMORY;
      if (marked > 0) deleted += marked;
    }
    break;
  }
  if (deleted || !s.length) streamFindFirst(s);
  return deleted;
}

/** Whether all entries of the node at the cursor are below an ID. */
function endsBelow(c: EntryCursor, id: StreamId): bool {
  const last = entryBefore(c.value, endOf(c.value));
  if (!last) return true;
  readHead(c, last);
  return streamIdCompare(c.entryMs, c.entrySeq, id.ms, id.seq) < 0;
}

/** Marks the entries of the first node as deleted up to where the trimming ends. @returns how many, −1 = out of memory */
function trimNode(c: EntryCursor, s: Stream, strategy: u32, keep: i64, from: StreamId): i32 {
  const surplus = strategy == TRIM_MAXLEN ? <u32>(<i64>s.length - keep) : u32.MAX_VALUE;
  const n = markEntries(c, surplus, from, strategy == TRIM_MINID, false);
  if (!n) return 0;
  const lp = addCounts(c.value, -n, n);
  if (!lp) return -1;
  if (lp != <usize>c.value) idCursorStore(changetype<usize>(c), <u32>lp);
  markEntries(c, surplus, from, strategy == TRIM_MINID, true);
  s.length -= n;
  return n;
}

/** Walks along the node's entries, at most `most` of them and, if `byId`, those below `from`: counts or marks them. */
function markEntries(c: EntryCursor, most: u32, from: StreamId, byId: bool, mark: bool): i32 {
  let n: u32 = 0;
  let at = openNode(c);
  while (n < most && load<u8>(at) != LISTPACK_END) {
    readEntry(c, at);
    if (byId && streamIdCompare(c.entryMs, c.entrySeq, from.ms, from.seq) >= 0) break;
    if (!(c.flags & DELETED)) {
      n++;
      if (mark) store<u8>(at, <u8>(c.flags | DELETED));
    }
    at = behindEntry(c);
  }
  return n;
}

// --- what XINFO tells ---

/** Nodes of entries. */
// @ts-ignore: decorator
@inline
export function streamNodeCount(s: Stream): u32 {
  return idTreeCount(s.nodes);
}

/**
 * Nodes that Redis' radix tree would have for the same listpacks, which XINFO STREAM shows. All keys have 16 bytes, so
 * the tree is determined by how many leading bytes neighbours share: each listpack is a leaf, each length at which keys
 * part is a branch, and where more than one byte lies between two of these, a node holds it. O(listpacks)
 */
export function streamRadixNodes(s: Stream): u32 {
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  if (!idCursorFirst(cursor, s.nodes)) return 1;
  let nodes: u32 = 0;
  let depth: u32 = 0; // branches above the current key, in BRANCHES
  let shared: i32 = -1; // bytes, with the key before
  let more = true;
  while (more) {
    const ms = c.ms;
    const seq = c.seq;
    more = idCursorNext(cursor);
    const next: i32 = more ? sharedBytes(ms, seq, c.ms, c.seq) : -1;
    nodes += max(shared, next) < 15 ? 2 : 1; // the leaf, and what lies between it and its branch
    // Branches below the one where this key and the next part get no more children.
    while (depth && branchAt(depth - 1) > next) {
      const branch = branchAt(--depth);
      const above = depth ? branchAt(depth - 1) : -1;
      nodes += branch - max(above, next) > 1 ? 2 : 1;
    }
    if (more && (!depth || branchAt(depth - 1) < next)) store<u8>(BRANCHES + depth++, <u8>next);
    shared = next;
  }
  return nodes;
}

// @ts-ignore: decorator
@inline
function branchAt(i: u32): i32 {
  return load<u8>(BRANCHES + i);
}

/** Leading bytes, big-endian, that two IDs share: 0 … 15. */
function sharedBytes(ms: u64, seq: u64, otherMs: u64, otherSeq: u64): i32 {
  return ms != otherMs ? <i32>(clz(ms ^ otherMs) >> 3) : 8 + <i32>(clz(seq ^ otherSeq) >> 3);
}

// --- nodes of unknown origin ---

/**
 * Whether a sound listpack (listpackValidate, deep) is a node: bytes from a peer or a disk may be any listpack.
 * @returns its entries that are there; −1 = it is none.  O(elements)
 */
export function nodeCheck(lp: usize): i32 {
  const end = endOf(lp);
  let p = lp + LISTPACK_HEADER;
  const live = countIn(p, end);
  p = live < 0 ? end : p + listpackElementSize(p);
  const deleted = countIn(p, end);
  p = deleted < 0 ? end : p + listpackElementSize(p);
  const fields = countIn(p, end);
  if (fields < 0) return -1;
  p = skipTo(p + listpackElementSize(p), end, fields);
  if (countIn(p, end) != 0) return -1;
  p += listpackElementSize(p);
  let marked: i64 = 0;
  let all: i64 = 0;
  for (; p < end; all++) {
    const flags: u32 = load<u8>(p);
    if (flags > (DELETED | SAME_FIELDS)) return -1;
    p = entryCheck(p + listpackElementSize(p), end, all == 0, flags & SAME_FIELDS ? fields : -1);
    if (!p) return -1;
    if (flags & DELETED) marked++;
  }
  return all && marked == deleted && all - marked == live && all < i32.MAX_VALUE ? <i32>live : -1;
}

/**
 * Checks an entry from its ID on. @param first  the ID must be the node's     @param fields  those of the master entry, −1 = its own
 * @returns the address behind it; 0 = it is not sound
 */
function entryCheck(p: usize, end: usize, first: bool, fields: i64): usize {
  for (let i = 0; i < 2; i++) {
    if (!isIntegerIn(p, end) || (first && integerAt(p) != 0)) return 0;
    p += listpackElementSize(p);
  }
  let elements = fields + 3;
  if (fields < 0) {
    fields = countIn(p, end);
    if (fields < 0) return 0;
    p = skipTo(p + listpackElementSize(p), end, fields * 2);
    elements = fields * 2 + 4;
  } else {
    p = skipTo(p, end, fields);
  }
  return countIn(p, end) == elements ? p + listpackElementSize(p) : 0;
}

/** Whether an integer element is at `p`, in front of the end. */
function isIntegerIn(p: usize, end: usize): bool {
  return p < end && !listpackGet(p);
}

/** The integer at `p` if it may count elements of the listpack; −1 = not. */
function countIn(p: usize, end: usize): i64 {
  if (!isIntegerIn(p, end)) return -1;
  const n = integerAt(p);
  return n >= 0 && n <= <i64>LISTPACK_BYTES_MAX ? n : -1;
}

/** Address behind `count` elements, at most the end. */
function skipTo(p: usize, end: usize, count: i64): usize {
  for (; count > 0 && p < end; count--) p += listpackElementSize(p);
  return p;
}

// --- the whole value (types/value.ts) ---

/** About how many blocks the stream has. O(groups) */
export function streamFreeEffort(value: usize): u32 {
  const s = streamAt(value);
  let effort = streamNodeCount(s);
  const groups = nameIndexCount(s.groups);
  for (let i: u32 = 0; i < groups; i++) {
    effort += 1 + idTreeCount(changetype<Group>(nameIndexAt(s.groups, i)).pending);
  }
  return effort;
}

/** Frees a stream with all it has. O(blocks) */
export function streamFree(value: usize): void {
  let gone = false;
  while (!gone) gone = streamFreeSlice(value, 0x10000);
}

/** Frees about `budget` blocks; what is left of a stream can be used for nothing else. @returns whether it is all gone */
export function streamFreeSlice(value: usize, budget: u32): bool {
  const s = streamAt(value);
  for (; budget; budget--) {
    const lp = idTreePop(s.nodes);
    if (!lp) break;
    free(lp);
  }
  if (!budget) return false;
  s.groups = groupsFreeSlice(s.groups, budget);
  if (s.groups) return false;
  idTreeFree(s.nodes);
  free(value);
  return true;
}

/** A copy. @returns 0 = out of memory. O(bytes) */
export function streamCopy(value: usize): usize {
  const copy = streamCreate();
  if (!copy) return 0;
  const s = streamAt(value);
  const nodes = streamAt(copy).nodes;
  memory.copy(copy, value, offsetof<Stream>());
  streamAt(copy).nodes = nodes;
  streamAt(copy).groups = 0;
  if (copyNodes(s, nodes) && groupsCopy(s.groups, streamAt(copy))) return copy;
  streamFree(copy);
  return 0;
}

function copyNodes(s: Stream, nodes: usize): bool {
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  for (let more = idCursorFirst(cursor, s.nodes); more; more = idCursorNext(cursor)) {
    const lp = listpackDup(c.value);
    if (!lp) return false;
    if (idTreeInsert(nodes, c.ms, c.seq, <u32>lp) != ID_INSERTED) {
      free(lp);
      return false;
    }
  }
  return true;
}

/** Bytes of the stream's blocks, from at most `samples` listpacks (0 = all). O(samples + groups and consumers) */
export function streamMemory(value: usize, samples: u32): usize {
  const s = streamAt(value);
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  let bytes: f64 = 0;
  let seen: u32 = 0;
  for (let more = idCursorFirst(cursor, s.nodes); more; more = idCursorNext(cursor)) {
    bytes += <f64>usableSize(c.value);
    seen++;
    if (seen == samples) break;
  }
  if (seen) bytes *= <f64>streamNodeCount(s) / seen;
  return usableSize(value) + idTreeMemory(s.nodes) + <usize>bytes + groupsMemory(s.groups);
}

/** Whether all that the head of this file promises is so. O(n) */
export function streamValidate(value: usize): bool {
  const s = streamAt(value);
  if (!idTreeValidate(s.nodes)) return false;
  const c = entryCursor(1);
  const cursor = changetype<usize>(c);
  let length: u32 = 0;
  for (let more = idCursorFirst(cursor, s.nodes); more; more = idCursorNext(cursor)) {
    const live = liveIfSound(c);
    if (live < 0) return false;
    length += live;
  }
  const firstMs = s.firstMs;
  const firstSeq = s.firstSeq;
  streamFindFirst(s);
  return length == s.length && s.firstMs == firstMs && s.firstSeq == firstSeq && groupsValidate(s.groups);
}

/** Entries of a sound node that are there; −1 = it is not sound. */
function liveIfSound(c: EntryCursor): i32 {
  const lp: usize = c.value;
  let live: u32 = 0;
  let all: u32 = 0;
  let at = openNode(c);
  for (; load<u8>(at) != LISTPACK_END; all++) {
    readEntry(c, at);
    if (!all && (c.entryMs != c.ms || c.entrySeq != c.seq)) return -1;
    if (!(c.flags & DELETED)) live++;
    const behind = behindEntry(c);
    if (entryBefore(lp, behind) != at) return -1;
    at = behind;
  }
  const second = lp + LISTPACK_HEADER + listpackElementSize(lp + LISTPACK_HEADER);
  return live == nodeLive(lp) && all - live == <u32>integerAt(second) ? <i32>live : -1;
}
