/**
 * XCLAIM key group consumer min-idle-time id [id …] [IDLE ms] [TIME unix-ms] [RETRYCOUNT n] [FORCE] [JUSTID] [LASTID id].
 * https://redis.io/commands/xclaim
 */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { propagateNothing, propagateSeveralBegin, propagateSeveralEnd } from "../../propagate/stream.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import {
  replyDefer,
  replyDeferredArray,
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyPart,
  replyPartBytes,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { entryCursor, Stream, streamAt, streamFind } from "../../types/stream.ts";
import {
  Consumer,
  deliver,
  Delivery,
  deliveryEnd,
  deliveryFind,
  deliveryMove,
  Group,
  groupFind,
} from "../../types/stream-group.ts";
import { streamId, streamIdCompare, streamIdParse, streamIdSet } from "../../types/stream-id.ts";
import { claimingConsumer } from "./claiming-consumer.ts";
import { propagateDelivery, propagateGroup } from "./propagate.ts";
import { replyEntry, replyStreamId } from "./reply-entries.ts";
import { argStreamId, errorNoGroup } from "./stream-args.ts";

/** RETRYCOUNT, IDLE or TIME was not given. */
// @ts-ignore: decorator
@inline
const NONE: i64 = -1;

/** Options, at the place of IDs 2 and 3 (ID 1 is LASTID). */
@unmanaged
class Options {
  minIdle: i64;
  deliveredAt: i64;
  retryCount: i64;
  force: u32;
  justId: u32;
}
if (offsetof<Options>() > 32) ERROR("Options outgrew the place of two IDs");

// @ts-ignore: decorator
@inline
function options(): Options {
  return changetype<Options>(streamId(2));
}

export function xclaim(): void {
  const entry = lookupReadTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  let group = changetype<Group>(0);
  if (entry) group = groupFind(streamAt(entryValue(entry)), argPtr(2), argLen(2));
  if (!changetype<usize>(group)) return errorNoGroup(1, 2, "");
  const o = options();
  const firstOption = parseOptions(o);
  if (!firstOption) return;
  const consumer = claimingConsumer(group);
  if (!changetype<usize>(consumer)) return errorOutOfMemory();
  propagateNothing(); // but what becomes of each
  const several = propagateSeveralBegin();
  claim(o, streamAt(entryValue(entry)), group, consumer, firstOption);
  propagateSeveralEnd(several);
}

/** @returns index of the first argument behind the IDs; 0 = the error is replied */
function parseOptions(o: Options): u32 {
  if (!argInteger(4)) return refuse("ERR Invalid min-idle-time argument for XCLAIM");
  o.minIdle = max<i64>(root.outI64, 0);
  o.deliveredAt = NONE;
  o.retryCount = NONE;
  o.force = 0;
  o.justId = 0;
  const last = streamId(1);
  streamIdSet(last, 0, 0);
  let first: u32 = 5;
  while (first < root.argc && streamIdParse(streamId(0), argPtr(first), argLen(first), 0, 0)) first++;
  for (let i = first; i < root.argc; i++) {
    const hasValue = i + 1 < root.argc;
    if (argIs(i, "FORCE")) {
      o.force = 1;
    } else if (argIs(i, "JUSTID")) {
      o.justId = 1;
    } else if (hasValue && argIs(i, "IDLE")) {
      if (!argInteger(++i)) return refuse("ERR Invalid IDLE option argument for XCLAIM");
      o.deliveredAt = root.nowMs - root.outI64;
    } else if (hasValue && argIs(i, "TIME")) {
      if (!argInteger(++i)) return refuse("ERR Invalid TIME option argument for XCLAIM");
      o.deliveredAt = root.outI64;
    } else if (hasValue && argIs(i, "RETRYCOUNT")) {
      if (!argInteger(++i)) return refuse("ERR Invalid RETRYCOUNT option argument for XCLAIM");
      o.retryCount = root.outI64;
    } else if (hasValue && argIs(i, "LASTID")) {
      if (!argStreamId(++i, last)) return 0;
    } else {
      replyErrorBegin("ERR Unrecognized XCLAIM option '");
      replyPartBytes(argPtr(i), argLen(i), u32.MAX_VALUE);
      replyPart("'");
      replyErrorEnd();
      return 0;
    }
  }
  // A time that makes no sense, as of a client whose clock is ahead, is now.
  if (o.deliveredAt < 0 || o.deliveredAt > root.nowMs) o.deliveredAt = root.nowMs;
  return first;
}

/** Replies an error; no index. */
// @ts-ignore: decorator
@inline
function refuse(error: string): u32 {
  replyError(error);
  return 0;
}

/** Claims the entries of the IDs from argument 5 to before `end`. */
function claim(o: Options, s: Stream, group: Group, consumer: Consumer, end: u32): void {
  const last = streamId(1);
  let tellGroup = streamIdCompare(last.ms, last.seq, group.lastMs, group.lastSeq) > 0;
  if (tellGroup) {
    group.lastMs = last.ms;
    group.lastSeq = last.seq;
  }
  const at = replyDefer();
  const id = streamId(0);
  let n: u32 = 0;
  for (let i: u32 = 5; i < end && !root.replyFailed; i++) {
    streamIdParse(id, argPtr(i), argLen(i), 0, 0);
    const ms = id.ms;
    const seq = id.seq;
    let delivery = deliveryFind(group, ms, seq);
    let isNew = false;
    if (!streamFind(s, ms, seq)) {
      // The entry is gone: nobody needs to acknowledge it.
      if (!changetype<usize>(delivery)) continue;
      propagateDelivery(1, 2, group, delivery, ms, seq);
      tellGroup = false; // LASTID has said it
      root.dirty++;
      deliveryEnd(group, ms, seq);
      continue;
    }
    if (!changetype<usize>(delivery)) {
      if (!o.force) continue;
      delivery = deliver(group, consumer, ms, seq);
      isNew = true;
      if (!changetype<usize>(delivery)) break; // no memory: claimed are those before it
    }
    if (!claimDelivery(o, delivery, consumer, isNew, ms, seq)) continue;
    if (o.justId) replyStreamId(ms, seq);
    else replyEntry(entryCursor(1));
    n++;
    consumer.activeAtMs = root.nowMs;
    propagateDelivery(1, 2, group, delivery, ms, seq);
    tellGroup = false;
    root.dirty++;
  }
  if (tellGroup) {
    propagateGroup(1, 2, group);
    root.dirty++;
  }
  replyDeferredArray(at, n);
}

/** Gives a delivery to the consumer, if it is old enough. @returns whether it is the consumer's now */
function claimDelivery(
  o: Options,
  delivery: Delivery,
  consumer: Consumer,
  isNew: bool,
  ms: u64,
  seq: u64,
): bool {
  if (!isNew && o.minIdle && root.nowMs - delivery.deliveredAtMs < o.minIdle) return false;
  if (!deliveryMove(delivery, consumer, ms, seq)) return false;
  delivery.deliveredAtMs = o.deliveredAt;
  if (o.retryCount >= 0) delivery.count = o.retryCount;
  else if (!o.justId) delivery.count++;
  return true;
}
