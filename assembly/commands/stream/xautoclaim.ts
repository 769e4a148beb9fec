/** XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]. https://redis.io/commands/xautoclaim */
import { lookupRead } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet, vectorPush } from "../../memory/vector.ts";
import { root } from "../../root.ts";
import { propagateNothing, propagateSeveralBegin, propagateSeveralEnd } from "../../propagate/stream.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory, errorSyntax, errorWrongType } from "../../resp/errors.ts";
import { replyArray, replyDefer, replyDeferredArray, replyError } from "../../resp/reply.ts";
import { idCursorNext, idCursorSeek } from "../../structures/id-tree.ts";
import { entryType, entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { entryCursor, Stream, streamAt, streamCursor, streamFind } from "../../types/stream.ts";
import {
  Consumer,
  deliveryAt,
  deliveryEnd,
  deliveryMove,
  Group,
  groupFind,
} from "../../types/stream-group.ts";
import { StreamId, streamId } from "../../types/stream-id.ts";
import { claimingConsumer } from "./claiming-consumer.ts";
import { propagateDelivery } from "./propagate.ts";
import { replyDeferredId, replyEntry, replyStreamId } from "./reply-entries.ts";
import { argRangeStart, errorNoGroup } from "./stream-args.ts";

/** Entries that are looked at for each that may be claimed. */
const ATTEMPTS: i64 = 10;
/** Largest COUNT (Redis: that many IDs of 16 bytes must be addressable). */
const COUNT_MAX: i64 = i64.MAX_VALUE / 16;

export function xautoclaim(): void {
  const entry = lookupRead(1);
  if (!argInteger(4)) return replyError("ERR Invalid min-idle-time argument for XAUTOCLAIM");
  const idle = max<i64>(root.outI64, 0);
  const start = streamId(0);
  if (!argRangeStart(5, start)) return;
  let count: i64 = 100;
  let justId = false;
  for (let i: u32 = 6; i < root.argc; i++) {
    if (i + 1 < root.argc && argIs(i, "COUNT")) {
      if (!argInteger(++i) || root.outI64 < 1 || root.outI64 > COUNT_MAX) {
        return replyError("ERR COUNT must be > 0");
      }
      count = root.outI64;
    } else if (argIs(i, "JUSTID")) {
      justId = true;
    } else {
      return errorSyntax();
    }
  }
  let group = changetype<Group>(0);
  if (entry) {
    if (entryType(entry) != TYPE_STREAM) return errorWrongType();
    group = groupFind(streamAt(entryValue(entry)), argPtr(2), argLen(2));
  }
  if (!changetype<usize>(group)) return errorNoGroup(1, 2, "");
  const consumer = claimingConsumer(group);
  if (!changetype<usize>(consumer)) return errorOutOfMemory();
  propagateNothing(); // but what becomes of each
  const several = propagateSeveralBegin();
  claim(streamAt(entryValue(entry)), group, consumer, start, idle, count, justId);
  propagateSeveralEnd(several);
}

/** Walks along the group's deliveries: claims those that are `idle` ms old, ends those whose entries are gone. */
function claim(
  s: Stream,
  group: Group,
  consumer: Consumer,
  start: StreamId,
  idle: i64,
  count: i64,
  justId: bool,
): void {
  const c = streamCursor(0);
  const cursor = changetype<usize>(c);
  replyArray(3);
  const at = replyDefer();
  vectorClear();
  let n: u32 = 0;
  let attempts = count * ATTEMPTS;
  let more = idCursorSeek(cursor, group.pending, start.ms, start.seq);
  for (; more && attempts && count && !root.replyFailed; more = idCursorNext(cursor)) {
    attempts--;
    const delivery = deliveryAt(c.value);
    if (!streamFind(s, c.ms, c.seq)) {
      if (!rememberId(c.ms, c.seq)) break; // no memory to tell of it: another time
      propagateDelivery(1, 2, group, delivery, c.ms, c.seq);
      root.dirty++;
      deliveryEnd(group, c.ms, c.seq);
      count--;
      continue;
    }
    if (idle && root.nowMs - delivery.deliveredAtMs < idle) continue;
    if (!deliveryMove(delivery, consumer, c.ms, c.seq)) break;
    delivery.deliveredAtMs = root.nowMs;
    if (justId) {
      replyStreamId(c.ms, c.seq);
    } else {
      delivery.count++;
      replyEntry(entryCursor(1));
    }
    n++;
    count--;
    consumer.activeAtMs = root.nowMs;
    propagateDelivery(1, 2, group, delivery, c.ms, c.seq);
    root.dirty++;
  }
  replyDeferredArray(at, n);
  replyDeferredId(at, more ? c.ms : 0, more ? c.seq : 0);
  replyForgotten();
}

/** Appends an ID to the vector; false = out of memory. */
function rememberId(ms: u64, seq: u64): bool {
  const n = root.vectorCount;
  if (
    vectorPush(<u32>ms) &&
    vectorPush(<u32>(ms >> 32)) &&
    vectorPush(<u32>seq) &&
    vectorPush(<u32>(seq >> 32))
  ) {
    return true;
  }
  root.vectorCount = n;
  return false;
}

/** IDs of the deliveries that were ended. */
function replyForgotten(): void {
  const words = root.vectorCount;
  replyArray(words >> 2);
  for (let i: u32 = 0; i < words; i += 4) {
    const ms = ((<u64>vectorGet(i + 1)) << 32) | vectorGet(i);
    const seq = ((<u64>vectorGet(i + 3)) << 32) | vectorGet(i + 2);
    replyStreamId(ms, seq);
  }
}
