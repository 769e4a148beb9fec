/**
 * XINFO STREAM key [FULL [COUNT count]], XINFO GROUPS key and XINFO CONSUMERS key group.
 * https://redis.io/commands/xinfo-stream, /xinfo-groups, /xinfo-consumers
 */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNoSuchKey, errorNotInteger } from "../../resp/errors.ts";
import {
  replyArray,
  replyBulk,
  replyBulkText,
  replyDefer,
  replyDeferredArray,
  replyInteger,
  replyMap,
  replyNull,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { idCursorFirst, idCursorNext, idTreeCount } from "../../structures/id-tree.ts";
import { nameIndexAt, nameIndexCount } from "../../structures/name-index.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import {
  entriesBackFrom,
  entriesFrom,
  entriesNext,
  entriesPrevious,
  entryCursor,
  Stream,
  streamAt,
  streamCursor,
  streamNodeCount,
  streamRadixNodes,
} from "../../types/stream.ts";
import {
  Consumer,
  deliveryAt,
  ENTRIES_READ_UNKNOWN,
  Group,
  groupFind,
  groupLag,
} from "../../types/stream-group.ts";
import { streamId, streamIdSet } from "../../types/stream-id.ts";
import { replyEntry, replyRange, replyStreamId } from "./reply-entries.ts";
import { errorNoGroupOfKey, errorSubcommandSyntax } from "./stream-args.ts";

/** COUNT of XINFO STREAM FULL: of entries, and of deliveries of each group and consumer. */
const FULL_COUNT: i64 = 10;

export function xinfoStream(): void {
  const s = findStream();
  if (!changetype<usize>(s)) return;
  if (root.argc == 3) return replySummary(s);
  if ((root.argc != 4 && root.argc != 6) || !argIs(3, "FULL")) return errorSubcommandSyntax("XINFO");
  let count = FULL_COUNT;
  if (root.argc == 6) {
    if (!argIs(4, "COUNT")) return errorSubcommandSyntax("XINFO");
    if (!argInteger(5)) return errorNotInteger();
    if (root.outI64 >= 0) count = root.outI64;
  }
  replyFull(s, count);
}

export function xinfoGroups(): void {
  const s = findStream();
  if (!changetype<usize>(s)) return;
  const count = nameIndexCount(s.groups);
  replyArray(count);
  for (let i: u32 = 0; i < count; i++) {
    const at = nameIndexAt(s.groups, i);
    const group = changetype<Group>(at);
    replyMap(6);
    replyName(at);
    replyNumber("consumers", nameIndexCount(group.consumers));
    replyNumber("pending", idTreeCount(group.pending));
    replyPosition(s, group);
  }
}

export function xinfoConsumers(): void {
  const s = findStream();
  if (!changetype<usize>(s)) return;
  const group = groupFind(s, argPtr(3), argLen(3));
  if (!changetype<usize>(group)) return errorNoGroupOfKey(2, 3);
  const count = nameIndexCount(group.consumers);
  replyArray(count);
  for (let i: u32 = 0; i < count; i++) {
    const at = nameIndexAt(group.consumers, i);
    const consumer = changetype<Consumer>(at);
    replyMap(4);
    replyName(at);
    replyNumber("pending", idTreeCount(consumer.pending));
    replyNumber("idle", max<i64>(root.nowMs - consumer.seenAtMs, 0));
    replyNumber("inactive", consumer.activeAtMs == -1 ? -1 : root.nowMs - consumer.activeAtMs);
  }
}

/** The stream of argument 2; 0 = the error is replied. */
function findStream(): Stream {
  const entry = lookupReadTyped(2, TYPE_STREAM);
  if (entry == WRONG_TYPE) return changetype<Stream>(0);
  if (entry) return streamAt(entryValue(entry));
  errorNoSuchKey();
  return changetype<Stream>(0);
}

function replySummary(s: Stream): void {
  replyMap(10);
  replyFacts(s);
  replyNumber("groups", nameIndexCount(s.groups));
  const c = entryCursor(0);
  replyBulkText("first-entry");
  entriesFrom(c, s, 0, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  if (entriesNext(c)) replyEntry(c);
  else replyNull();
  replyBulkText("last-entry");
  entriesBackFrom(c, s, 0, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  if (entriesPrevious(c)) replyEntry(c);
  else replyNull();
}

/** The seven facts that both forms begin with. */
function replyFacts(s: Stream): void {
  replyNumber("length", s.length);
  replyNumber("radix-tree-keys", streamNodeCount(s));
  replyNumber("radix-tree-nodes", streamRadixNodes(s));
  replyId("last-generated-id", s.lastMs, s.lastSeq);
  replyId("max-deleted-entry-id", s.deletedMs, s.deletedSeq);
  replyNumber("entries-added", s.added);
  replyId("recorded-first-entry-id", s.firstMs, s.firstSeq);
}

function replyFull(s: Stream, count: i64): void {
  replyMap(9);
  replyFacts(s);
  replyBulkText("entries");
  const from = streamId(0);
  const to = streamId(1);
  streamIdSet(from, 0, 0);
  streamIdSet(to, u64.MAX_VALUE, u64.MAX_VALUE);
  replyRange(s, from, to, count, false);
  replyBulkText("groups");
  const groups = nameIndexCount(s.groups);
  replyArray(groups);
  for (let i: u32 = 0; i < groups && !root.replyFailed; i++) {
    const at = nameIndexAt(s.groups, i);
    const group = changetype<Group>(at);
    replyMap(7);
    replyName(at);
    replyPosition(s, group);
    replyNumber("pel-count", idTreeCount(group.pending));
    replyBulkText("pending");
    replyDeliveries(group.pending, count, true);
    replyBulkText("consumers");
    const consumers = nameIndexCount(group.consumers);
    replyArray(consumers);
    for (let k: u32 = 0; k < consumers && !root.replyFailed; k++) {
      replyConsumer(nameIndexAt(group.consumers, k), count);
    }
  }
}

function replyConsumer(at: usize, count: i64): void {
  const consumer = changetype<Consumer>(at);
  replyMap(5);
  replyName(at);
  replyNumber("seen-time", consumer.seenAtMs);
  replyNumber("active-time", consumer.activeAtMs);
  replyNumber("pel-count", idTreeCount(consumer.pending));
  replyBulkText("pending");
  replyDeliveries(consumer.pending, count, false);
}

/** The first `count` deliveries (0 = all): ID, consumer if wanted, time, number of times. */
function replyDeliveries(pending: usize, count: i64, named: bool): void {
  const c = streamCursor(0);
  const cursor = changetype<usize>(c);
  const at = replyDefer();
  let n: i64 = 0;
  let more = idCursorFirst(cursor, pending);
  for (; more && (!count || n < count) && !root.replyFailed; more = idCursorNext(cursor)) {
    const delivery = deliveryAt(c.value);
    replyArray(named ? 4 : 3);
    replyStreamId(c.ms, c.seq);
    if (named) replyBulk(entryKey(delivery.consumer), entryKeyLen(delivery.consumer));
    replyInteger(delivery.deliveredAtMs);
    replyInteger(delivery.count);
    n++;
  }
  replyDeferredArray(at, n);
}

/** Three facts of a group: last-delivered-id, entries-read, lag. */
function replyPosition(s: Stream, group: Group): void {
  replyId("last-delivered-id", group.lastMs, group.lastSeq);
  replyBulkText("entries-read");
  if (group.entriesRead == ENTRIES_READ_UNKNOWN) replyNull();
  else replyInteger(group.entriesRead);
  replyBulkText("lag");
  if (groupLag(s, group)) replyInteger(root.outI64);
  else replyNull();
}

function replyNumber(field: string, value: i64): void {
  replyBulkText(field);
  replyInteger(value);
}

function replyId(field: string, ms: u64, seq: u64): void {
  replyBulkText(field);
  replyStreamId(ms, seq);
}

/** Field and name of a group or consumer. */
function replyName(block: usize): void {
  replyBulkText("name");
  replyBulk(entryKey(block), entryKeyLen(block));
}
