/**
 * stream-group: consumer groups of a stream: which entries were delivered to whom and are not acknowledged yet.
 *
 * Group (36 bytes and its name)
 *   offset  size  field        meaning
 *        0     1  keyOffset    where the name is (types/entry-key.ts)
 *        1     1  keyLen       255 = long: the length is a u32 in front of the name
 *        2     2  -            zero
 *        4     4  pending      tree: ID → delivery, of all consumers
 *        8    16  last         ID delivered last (ms u64, seq u64)
 *       24     8  entriesRead  entries of the stream up to `last`, i64; −1 = unknown
 *       32     4  consumers    name index of consumers, 0 = none yet
 *
 * Consumer (24 bytes and its name)
 *        0     4  as above
 *        4     4  pending      tree: ID → delivery, of this consumer
 *        8     8  seenAtMs     last time it asked, i64
 *       16     8  activeAtMs   last time it got something, i64; −1 = never
 *
 * Delivery (20 bytes): an entry that waits to be acknowledged ("NACK" in Redis)
 *        0     8  deliveredAtMs   i64
 *        8     8  count           times delivered, u64
 *       16     4  consumer        to whom; 0 only while a payload is loaded
 *
 * Always true (groupsValidate checks it): a delivery is in the group's tree and in that of its consumer, under the same
 * ID, and in no other.
 */
import { alloc, free, usableSize } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { root } from "../root.ts";
import {
  idCursorFirst,
  idCursorNext,
  ID_INSERTED,
  idTreeCount,
  idTreeCreate,
  idTreeFind,
  idTreeFree,
  idTreeFreeSlice,
  idTreeInsert,
  idTreeMemory,
  idTreePop,
  idTreeRemove,
  idTreeValidate,
} from "../structures/id-tree.ts";
import {
  nameIndexAt,
  nameIndexCount,
  nameIndexFind,
  nameIndexInsert,
  nameIndexMemory,
  nameIndexRemove,
  nameIndexValidate,
} from "../structures/name-index.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "./entry-key.ts";
import { streamIdCompare } from "./stream-id.ts";
import { Stream, streamCursor } from "./stream.ts";

@unmanaged
export class Group {
  key: u32;
  pending: usize;
  lastMs: u64;
  lastSeq: u64;
  entriesRead: i64;
  consumers: usize;
}
// @ts-ignore: decorator
@inline
const GROUP_SIZE: u32 = 36;
if (offsetof<Group>() != GROUP_SIZE) ERROR("Group is not 36 bytes: mend its table");

@unmanaged
export class Consumer {
  key: u32;
  pending: usize;
  seenAtMs: i64;
  activeAtMs: i64;
}
// @ts-ignore: decorator
@inline
const CONSUMER_SIZE: u32 = 24;
if (offsetof<Consumer>() != CONSUMER_SIZE) ERROR("Consumer is not 24 bytes: mend its table");

@unmanaged
export class Delivery {
  deliveredAtMs: i64;
  count: u64;
  consumer: usize;
}
// @ts-ignore: decorator
@inline
const DELIVERY_SIZE: u32 = 20;
if (offsetof<Delivery>() != DELIVERY_SIZE) ERROR("Delivery is not 20 bytes: mend its table");

/** The group has lost count of the entries it has read. */
// @ts-ignore: decorator
@inline
export const ENTRIES_READ_UNKNOWN: i64 = -1;

// @ts-ignore: decorator
@inline
export function deliveryAt(address: usize): Delivery {
  return changetype<Delivery>(address);
}

/** A block with a head of `size` bytes, zero but for the tree at 4, and a name behind it; 0 = out of memory. */
function namedBlock(size: u32, name: usize, len: u32): usize {
  const long = len > SHORT_KEY_MAX;
  const offset = size + (long ? 4 : 0);
  const block = alloc(offset + len);
  if (!block) return 0;
  memory.fill(block, 0, size);
  store<u16>(block, <u16>(offset | ((long ? 255 : len) << 8)));
  if (long) store<u32>(block + size, len);
  copyBytes(block + offset, name, len);
  const pending = idTreeCreate();
  if (!pending) {
    free(block);
    return 0;
  }
  store<u32>(block, pending, 4);
  return block;
}

// --- groups ---

/** The group of this name, 0 = there is none. O(log n) */
export function groupFind(s: Stream, name: usize, len: u32): Group {
  return changetype<Group>(nameIndexFind(s.groups, name, len));
}

/** A new group, whose name is not there. @returns 0 = out of memory, nothing changed */
export function groupCreate(s: Stream, name: usize, len: u32, ms: u64, seq: u64, entriesRead: i64): Group {
  const group = changetype<Group>(namedBlock(GROUP_SIZE, name, len));
  if (!changetype<usize>(group)) return group;
  const groups = nameIndexInsert(s.groups, changetype<usize>(group));
  if (!groups) {
    idTreeFree(group.pending);
    free(changetype<usize>(group));
    return changetype<Group>(0);
  }
  s.groups = groups;
  group.lastMs = ms;
  group.lastSeq = seq;
  group.entriesRead = entriesRead;
  return group;
}

/** Takes a group out of its stream; it is the caller's. */
export function groupTake(s: Stream, group: Group): void {
  s.groups = nameIndexRemove(
    s.groups,
    entryKey(changetype<usize>(group)),
    entryKeyLen(changetype<usize>(group)),
  );
}

/** Gives a stream without groups one that was taken from another. @returns false = out of memory, nothing changed */
export function groupGive(s: Stream, group: Group): bool {
  s.groups = nameIndexInsert(0, changetype<usize>(group));
  return s.groups != 0;
}

// --- consumers ---

/** The consumer of this name, 0 = there is none. O(log n) */
export function consumerFind(group: Group, name: usize, len: u32): Consumer {
  return changetype<Consumer>(nameIndexFind(group.consumers, name, len));
}

/** A new consumer, whose name is not there, seen now. @returns 0 = out of memory, nothing changed */
export function consumerCreate(group: Group, name: usize, len: u32): Consumer {
  const consumer = changetype<Consumer>(namedBlock(CONSUMER_SIZE, name, len));
  if (!changetype<usize>(consumer)) return consumer;
  const consumers = nameIndexInsert(group.consumers, changetype<usize>(consumer));
  if (!consumers) {
    idTreeFree(consumer.pending);
    free(changetype<usize>(consumer));
    return changetype<Consumer>(0);
  }
  group.consumers = consumers;
  consumer.seenAtMs = root.nowMs;
  consumer.activeAtMs = -1;
  return consumer;
}

/** Deletes a consumer and its deliveries. @returns how many they were.  O(n log n) */
export function consumerDelete(group: Group, consumer: Consumer): u32 {
  const block = changetype<usize>(consumer);
  const count = idTreeCount(consumer.pending);
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  for (let more = idCursorFirst(cursor, consumer.pending); more; more = idCursorNext(cursor)) {
    idTreeRemove(group.pending, c.ms, c.seq);
    free(c.value);
  }
  group.consumers = nameIndexRemove(group.consumers, entryKey(block), entryKeyLen(block));
  idTreeFree(consumer.pending);
  free(block);
  return count;
}

// --- deliveries ---

/** The delivery of an entry, 0 = it waits for no acknowledgement. O(log n) */
// @ts-ignore: decorator
@inline
export function deliveryFind(group: Group, ms: u64, seq: u64): Delivery {
  return deliveryAt(idTreeFind(group.pending, ms, seq));
}

/**
 * Notes that an entry is delivered to a consumer, now and for the first time, whoever had it before.
 * @returns the delivery; 0 = out of memory, nothing changed.  O(log n), O(1) for IDs in order
 */
export function deliver(group: Group, consumer: Consumer, ms: u64, seq: u64): Delivery {
  let delivery = deliveryAt(alloc(DELIVERY_SIZE));
  if (!changetype<usize>(delivery)) return delivery;
  delivery.consumer = changetype<usize>(consumer);
  const outcome = idTreeInsert(group.pending, ms, seq, <u32>changetype<usize>(delivery));
  if (outcome == ID_INSERTED) {
    if (idTreeInsert(consumer.pending, ms, seq, <u32>changetype<usize>(delivery)) != ID_INSERTED) {
      idTreeRemove(group.pending, ms, seq);
      free(changetype<usize>(delivery));
      return deliveryAt(0);
    }
  } else {
    // Delivered before (XGROUP SETID has put the group back), or there is no memory.
    free(changetype<usize>(delivery));
    delivery = deliveryFind(group, ms, seq);
    if (!changetype<usize>(delivery) || !deliveryMove(delivery, consumer, ms, seq)) return deliveryAt(0);
  }
  delivery.deliveredAtMs = root.nowMs;
  delivery.count = 1;
  return delivery;
}

/** Makes a delivery another consumer's. @returns false = out of memory, nothing changed.  O(log n) */
export function deliveryMove(delivery: Delivery, consumer: Consumer, ms: u64, seq: u64): bool {
  if (delivery.consumer == changetype<usize>(consumer)) return true;
  if (idTreeInsert(consumer.pending, ms, seq, <u32>changetype<usize>(delivery)) != ID_INSERTED) return false;
  idTreeRemove(changetype<Consumer>(delivery.consumer).pending, ms, seq);
  delivery.consumer = changetype<usize>(consumer);
  return true;
}

/** Ends a delivery: acknowledged, or its entry is gone. @returns false = there is none.  O(log n) */
export function deliveryEnd(group: Group, ms: u64, seq: u64): bool {
  const delivery = deliveryAt(idTreeRemove(group.pending, ms, seq));
  if (!changetype<usize>(delivery)) return false;
  idTreeRemove(changetype<Consumer>(delivery.consumer).pending, ms, seq);
  free(changetype<usize>(delivery));
  return true;
}

/** A delivery to nobody yet, for loading a payload. @returns ID_INSERTED, ID_EXISTS or ID_OUT_OF_MEMORY */
export function deliveryLoad(group: Group, ms: u64, seq: u64, deliveredAtMs: i64, count: u64): u32 {
  const delivery = deliveryAt(alloc(DELIVERY_SIZE));
  if (!changetype<usize>(delivery)) return 0;
  delivery.deliveredAtMs = deliveredAtMs;
  delivery.count = count;
  delivery.consumer = 0;
  const outcome = idTreeInsert(group.pending, ms, seq, <u32>changetype<usize>(delivery));
  if (outcome != ID_INSERTED) free(changetype<usize>(delivery));
  return outcome;
}

// --- how far a group has read ---

/** Whether an entry from this ID on was deleted: what lies there cannot be counted. */
function hasGaps(s: Stream, ms: u64, seq: u64): bool {
  if (!s.length || !(s.deletedMs | s.deletedSeq)) return false;
  return streamIdCompare(ms, seq, s.deletedMs, s.deletedSeq) <= 0;
}

/**
 * Entries that were ever added up to an ID, this one included, as far as it can be told without counting;
 * ENTRIES_READ_UNKNOWN. O(1)
 */
export function entriesUpTo(s: Stream, ms: u64, seq: u64): i64 {
  if (!s.added) return 0;
  const toLast = streamIdCompare(ms, seq, s.lastMs, s.lastSeq);
  if (!s.length && toLast <= 0) return s.added;
  // A gap behind it; 0-0 is in front of all entries, so gaps or none, it has read nothing.
  if (ms | seq && streamIdCompare(ms, seq, s.deletedMs, s.deletedSeq) < 0) return ENTRIES_READ_UNKNOWN;
  if (toLast == 0) return s.added;
  if (toLast > 0) return ENTRIES_READ_UNKNOWN;
  if (s.deletedMs | s.deletedSeq && streamIdCompare(s.deletedMs, s.deletedSeq, s.firstMs, s.firstSeq) >= 0) {
    return ENTRIES_READ_UNKNOWN;
  }
  const toFirst = streamIdCompare(ms, seq, s.firstMs, s.firstSeq);
  if (toFirst > 0) return ENTRIES_READ_UNKNOWN;
  return s.added - s.length + (toFirst == 0 ? 1 : 0);
}

/** Moves the group on to an entry that it reads now, above the last one. O(1) */
export function groupAdvance(s: Stream, group: Group, ms: u64, seq: u64): void {
  if (
    group.entriesRead != ENTRIES_READ_UNKNOWN &&
    streamIdCompare(group.lastMs, group.lastSeq, s.firstMs, s.firstSeq) >= 0 &&
    !hasGaps(s, group.lastMs, group.lastSeq)
  ) {
    group.entriesRead++;
  } else if (s.added) {
    group.entriesRead = entriesUpTo(s, ms, seq);
  }
  group.lastMs = ms;
  group.lastSeq = seq;
}

/** Entries that the group has yet to read, to root.outI64; false = it cannot be told. O(1) */
export function groupLag(s: Stream, group: Group): bool {
  root.outI64 = 0;
  if (!s.added || !s.length) return true;
  if (
    streamIdCompare(group.lastMs, group.lastSeq, s.firstMs, s.firstSeq) < 0 &&
    streamIdCompare(s.deletedMs, s.deletedSeq, s.firstMs, s.firstSeq) < 0
  ) {
    root.outI64 = s.length; // all of them, and none is missing
    return true;
  }
  let read = group.entriesRead;
  if (read == ENTRIES_READ_UNKNOWN || hasGaps(s, group.lastMs, group.lastSeq)) {
    read = entriesUpTo(s, group.lastMs, group.lastSeq);
  }
  if (read == ENTRIES_READ_UNKNOWN) return false;
  root.outI64 = s.added - read;
  return true;
}

// --- the whole value (types/stream.ts) ---

/** Frees about `budget` blocks of the groups. @returns what is left of the index; 0 = nothing */
export function groupsFreeSlice(groups: usize, budget: u32): usize {
  while (groups) {
    const group = changetype<Group>(nameIndexAt(groups, nameIndexCount(groups) - 1));
    for (; budget; budget--) {
      const delivery = idTreePop(group.pending);
      if (!delivery) break;
      free(delivery);
    }
    while (group.consumers) {
      if (!budget) return groups;
      const consumer = changetype<Consumer>(
        nameIndexAt(group.consumers, nameIndexCount(group.consumers) - 1),
      );
      // Nodes of the tree: what is left of the budget is more than enough to end with.
      if (consumer.pending && idTreeFreeSlice(consumer.pending, budget)) return groups;
      consumer.pending = 0;
      group.consumers = dropLast(group.consumers);
      budget--;
    }
    if (!budget) return groups;
    idTreeFree(group.pending);
    groups = dropLast(groups);
    budget--;
  }
  return 0;
}

/** Frees the last block of an index. @returns the index */
function dropLast(index: usize): usize {
  const block = nameIndexAt(index, nameIndexCount(index) - 1);
  index = nameIndexRemove(index, entryKey(block), entryKeyLen(block));
  free(block);
  return index;
}

/** Copies groups with all they have to a stream that has none. @returns false = out of memory, some may be there */
export function groupsCopy(groups: usize, to: Stream): bool {
  const count = nameIndexCount(groups);
  for (let i: u32 = 0; i < count; i++) {
    const at = nameIndexAt(groups, i);
    const group = changetype<Group>(at);
    const copy = groupCreate(
      to,
      entryKey(at),
      entryKeyLen(at),
      group.lastMs,
      group.lastSeq,
      group.entriesRead,
    );
    if (!changetype<usize>(copy) || !groupCopy(group, copy)) return false;
  }
  return true;
}

function groupCopy(group: Group, copy: Group): bool {
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  for (let more = idCursorFirst(cursor, group.pending); more; more = idCursorNext(cursor)) {
    const delivery = deliveryAt(c.value);
    if (deliveryLoad(copy, c.ms, c.seq, delivery.deliveredAtMs, delivery.count) != ID_INSERTED) return false;
  }
  const count = nameIndexCount(group.consumers);
  for (let i: u32 = 0; i < count; i++) {
    const at = nameIndexAt(group.consumers, i);
    const consumer = changetype<Consumer>(at);
    const twin = consumerCreate(copy, entryKey(at), entryKeyLen(at));
    if (!changetype<usize>(twin)) return false;
    twin.seenAtMs = consumer.seenAtMs;
    twin.activeAtMs = consumer.activeAtMs;
    for (let more = idCursorFirst(cursor, consumer.pending); more; more = idCursorNext(cursor)) {
      const delivery = deliveryFind(copy, c.ms, c.seq);
      if (idTreeInsert(twin.pending, c.ms, c.seq, <u32>changetype<usize>(delivery)) != ID_INSERTED)
        return false;
      delivery.consumer = changetype<usize>(twin);
    }
  }
  return true;
}

/** Bytes of groups, consumers and deliveries. O(groups and consumers) */
export function groupsMemory(groups: usize): usize {
  let bytes = nameIndexMemory(groups);
  const count = nameIndexCount(groups);
  for (let i: u32 = 0; i < count; i++) {
    const at = nameIndexAt(groups, i);
    const group = changetype<Group>(at);
    const consumers = group.consumers;
    bytes += usableSize(at) + idTreeMemory(group.pending) + nameIndexMemory(consumers);
    bytes += <usize>idTreeCount(group.pending) * DELIVERY_SIZE;
    const consumerCount = nameIndexCount(consumers);
    for (let k: u32 = 0; k < consumerCount; k++) {
      const consumer = nameIndexAt(consumers, k);
      bytes += usableSize(consumer) + idTreeMemory(changetype<Consumer>(consumer).pending);
    }
  }
  return bytes;
}

/** Whether all that the head of this file promises is so. O(n log n) */
export function groupsValidate(groups: usize): bool {
  if (!nameIndexValidate(groups)) return false;
  const count = nameIndexCount(groups);
  for (let i: u32 = 0; i < count; i++) {
    if (!groupValidate(changetype<Group>(nameIndexAt(groups, i)))) return false;
  }
  return true;
}

function groupValidate(group: Group): bool {
  if (!nameIndexValidate(group.consumers) || !idTreeValidate(group.pending)) return false;
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  let pending: u32 = 0;
  const count = nameIndexCount(group.consumers);
  for (let i: u32 = 0; i < count; i++) {
    const consumer = changetype<Consumer>(nameIndexAt(group.consumers, i));
    if (!idTreeValidate(consumer.pending)) return false;
    pending += idTreeCount(consumer.pending);
    for (let more = idCursorFirst(cursor, consumer.pending); more; more = idCursorNext(cursor)) {
      const delivery = deliveryFind(group, c.ms, c.seq);
      if (changetype<usize>(delivery) != <usize>c.value) return false;
      if (delivery.consumer != changetype<usize>(consumer)) return false;
    }
  }
  return pending == idTreeCount(group.pending);
}
