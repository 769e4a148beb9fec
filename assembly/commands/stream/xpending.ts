/** XPENDING key group [[IDLE ms] start end count [consumer]]. https://redis.io/commands/xpending */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorSyntax } from "../../resp/errors.ts";
import {
  replyArray,
  replyBulk,
  replyBulkInteger,
  replyDefer,
  replyDeferredArray,
  replyInteger,
  replyNull,
  replyNullArray,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  idCursorFirst,
  idCursorLast,
  idCursorNext,
  idCursorSeek,
  idTreeCount,
} from "../../structures/id-tree.ts";
import { nameIndexAt, nameIndexCount } from "../../structures/name-index.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { streamAt, streamCursor } from "../../types/stream.ts";
import { Consumer, consumerFind, deliveryAt, Group, groupFind } from "../../types/stream-group.ts";
import { StreamId, streamId, streamIdCompare } from "../../types/stream-id.ts";
import { replyStreamId } from "./reply-entries.ts";
import { argRangeEnd, argRangeStart, errorNoGroup } from "./stream-args.ts";

export function xpending(): void {
  const argc = root.argc;
  if (argc != 3 && (argc < 6 || argc > 9)) return errorSyntax();
  let first: u32 = 3;
  let idle: i64 = 0;
  let count: i64 = 0;
  const start = streamId(0);
  const end = streamId(1);
  if (argc > 3) {
    if (argIs(3, "IDLE")) {
      if (!argInteger(4)) return errorNotInteger();
      idle = root.outI64;
      if (argc < 8) return errorSyntax();
      first = 5;
    }
    if (!argInteger(first + 2)) return errorNotInteger();
    count = max<i64>(root.outI64, 0);
    if (!argRangeStart(first, start) || !argRangeEnd(first + 1, end)) return;
  }
  const entry = lookupReadTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  let group = changetype<Group>(0);
  if (entry) group = groupFind(streamAt(entryValue(entry)), argPtr(2), argLen(2));
  if (!changetype<usize>(group)) return errorNoGroup(1, 2, "");
  if (argc == 3) return replySummary(group);
  let pending = group.pending;
  const consumerArg = first + 3;
  if (consumerArg < argc) {
    const consumer = consumerFind(group, argPtr(consumerArg), argLen(consumerArg));
    if (!changetype<usize>(consumer)) return replyArray(0);
    pending = consumer.pending;
  }
  replyDeliveries(pending, start, end, count, idle);
}

/** How many, from which ID to which, and how many of each consumer. */
function replySummary(group: Group): void {
  const c = streamCursor(0);
  const cursor = changetype<usize>(c);
  replyArray(4);
  replyInteger(idTreeCount(group.pending));
  if (!idCursorFirst(cursor, group.pending)) {
    replyNull();
    replyNull();
    return replyNullArray();
  }
  replyStreamId(c.ms, c.seq);
  idCursorLast(cursor, group.pending);
  replyStreamId(c.ms, c.seq);
  const at = replyDefer();
  const count = nameIndexCount(group.consumers);
  let n: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const consumer = nameIndexAt(group.consumers, i);
    const pending = idTreeCount(changetype<Consumer>(consumer).pending);
    if (!pending) continue;
    replyArray(2);
    replyBulk(entryKey(consumer), entryKeyLen(consumer));
    replyBulkInteger(pending);
    n++;
  }
  replyDeferredArray(at, n);
}

/** Each delivery in a range that is at least `idle` ms ago: ID, consumer, how long ago, how many times. */
function replyDeliveries(pending: usize, start: StreamId, end: StreamId, count: i64, idle: i64): void {
  const c = streamCursor(0);
  const cursor = changetype<usize>(c);
  const at = replyDefer();
  let n: i64 = 0;
  let more = count != 0 && idCursorSeek(cursor, pending, start.ms, start.seq);
  for (; more && n < count && !root.replyFailed; more = idCursorNext(cursor)) {
    if (streamIdCompare(c.ms, c.seq, end.ms, end.seq) > 0) break;
    const delivery = deliveryAt(c.value);
    const elapsed = root.nowMs - delivery.deliveredAtMs;
    if (idle && elapsed < idle) continue;
    n++;
    replyArray(4);
    replyStreamId(c.ms, c.seq);
    replyBulk(entryKey(delivery.consumer), entryKeyLen(delivery.consumer));
    replyInteger(max<i64>(elapsed, 0));
    replyInteger(delivery.count);
  }
  replyDeferredArray(at, n);
}
