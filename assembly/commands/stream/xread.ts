/**
 * XREAD [COUNT count] [BLOCK ms] STREAMS key [key …] id [id …] and XREADGROUP GROUP group consumer [COUNT count]
 * [BLOCK ms] [NOACK] STREAMS key [key …] id [id …]. https://redis.io/commands/xread, /xreadgroup
 *
 * What is asked of each stream is found first, into the vector: Request (20 bytes)
 *   0 ms u64 · 8 seq u64: entries above this ID; XREADGROUP: both MAX = `>`, entries new to the group · 16 group or 0
 */
import { blockingTimeoutMs, blockOnKeys } from "../../keyspace/blocking.ts";
import { NOTIFY_STREAM } from "../../keyspace/events.ts";
import { lookupReadTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { vectorClear, vectorPush } from "../../memory/vector.ts";
import { propagateNothing, propagateSeveralBegin, propagateSeveralEnd } from "../../propagate/stream.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import {
  replyArray,
  replyBulk,
  replyDefer,
  replyDeferredArray,
  replyDeferredMap,
  replyError,
  replyNullArray,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { idCursorNext, idCursorSeek } from "../../structures/id-tree.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import {
  entriesFrom,
  entriesNext,
  entriesSkip,
  EntryCursor,
  entryCursor,
  Stream,
  streamAt,
  streamCursor,
  streamFind,
  streamTop,
} from "../../types/stream.ts";
import {
  Consumer,
  consumerCreate,
  consumerFind,
  deliver,
  deliveryAt,
  Group,
  groupAdvance,
  groupFind,
} from "../../types/stream-group.ts";
import {
  STREAM_ID_LENGTH_MAX,
  StreamId,
  streamId,
  streamIdCompare,
  streamIdDecrement,
  streamIdFormat,
  streamIdIncrement,
  streamIdSet,
} from "../../types/stream-id.ts";
import { propagateConsumer, propagateDelivery, propagateGroup } from "./propagate.ts";
import { replyEntry, replyStreamId } from "./reply-entries.ts";
import { argIsCharacter, argStreamId, errorNoGroup } from "./stream-args.ts";

// @ts-ignore: decorator
@inline
const DOLLAR: u32 = 0x24;
// @ts-ignore: decorator
@inline
const PLUS: u32 = 0x2b;
// @ts-ignore: decorator
@inline
const GREATER: u32 = 0x3e;

/** Words of a Request. */
// @ts-ignore: decorator
@inline
const REQUEST_WORDS: u32 = 5;
/** Words that the text of an ID takes. */
// @ts-ignore: decorator
@inline
const TEXT_WORDS: u32 = 11;
if (TEXT_WORDS * 4 < STREAM_ID_LENGTH_MAX) ERROR("The text of an ID outgrew its words");

// What the options say, kept where parseOptions leaves it: root's scratch fields are others' too.
/** Index of the first key, 0 = STREAMS is missing. */
@unmanaged
class Options {
  keys: u32;
  streams: u32;
  /** Index of the group's name, the consumer's is next; 0 = XREAD. */
  group: u32;
  noAck: u32;
  blocks: u32;
  zero: u32;
  count: i64;
}
if (offsetof<Options>() > 32) ERROR("Options outgrew the place of two IDs");

/** The options are at the place of IDs 2 and 3. */
// @ts-ignore: decorator
@inline
function options(): Options {
  return changetype<Options>(streamId(2));
}

export function xread(): void {
  read(false);
}

export function xreadgroup(): void {
  read(true);
}

function read(grouped: bool): void {
  const o = options();
  propagateNothing(); // but what became of it
  if (!parseOptions(o, grouped)) return;
  vectorClear();
  for (let i: u32 = 0; i < o.streams; i++) if (!findRequest(o, i, grouped)) return;
  const several = propagateSeveralBegin();
  const served = serve(o, grouped);
  propagateSeveralEnd(several);
  if (served || root.replyErrors) return;
  if (!o.blocks) return replyNullArray();
  if (!grouped && !fixIds(o)) return errorOutOfMemory();
  blockOnKeys(o.keys, o.keys + o.streams - 1, 1);
}

/** @returns false = the error is replied */
function parseOptions(o: Options, grouped: bool): bool {
  memory.fill(changetype<usize>(o), 0, offsetof<Options>());
  for (let i: u32 = 1; i < root.argc; i++) {
    const more = root.argc - i - 1;
    if (more && argIs(i, "BLOCK")) {
      if (!blockingTimeoutMs(++i)) return false;
      o.blocks = 1;
    } else if (more && argIs(i, "COUNT")) {
      if (!argInteger(++i)) return refuse(REFUSE_INTEGER);
      o.count = max<i64>(root.outI64, 0);
    } else if (more && argIs(i, "STREAMS")) {
      if (more & 1) return refuse(grouped ? REFUSE_UNBALANCED_GROUP : REFUSE_UNBALANCED);
      o.keys = i + 1;
      o.streams = more >> 1;
      break;
    } else if (more >= 2 && argIs(i, "GROUP")) {
      if (!grouped) return refuse(REFUSE_GROUP);
      o.group = i + 1;
      i += 2;
    } else if (argIs(i, "NOACK")) {
      if (!grouped) return refuse(REFUSE_NOACK);
      o.noAck = 1;
    } else {
      return refuse(REFUSE_SYNTAX);
    }
  }
  if (!o.keys) return refuse(REFUSE_SYNTAX);
  return !grouped || o.group ? true : refuse(REFUSE_NO_GROUP);
}

const REFUSE_SYNTAX: u32 = 0;
const REFUSE_INTEGER: u32 = 1;
const REFUSE_UNBALANCED: u32 = 2;
const REFUSE_UNBALANCED_GROUP: u32 = 3;
const REFUSE_GROUP: u32 = 4;
const REFUSE_NOACK: u32 = 5;
const REFUSE_NO_GROUP: u32 = 6;
const REFUSE_DOLLAR: u32 = 7;
const REFUSE_PLUS: u32 = 8;
const REFUSE_GREATER: u32 = 9;

/** Replies an error; false. */
function refuse(what: u32): bool {
  if (what == REFUSE_SYNTAX) errorSyntax();
  else if (what == REFUSE_INTEGER) errorNotInteger();
  else if (what == REFUSE_UNBALANCED)
    replyError(
      "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.",
    );
  else if (what == REFUSE_UNBALANCED_GROUP)
    replyError(
      "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
    );
  else if (what == REFUSE_GROUP)
    replyError("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
  else if (what == REFUSE_NOACK)
    replyError("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
  else if (what == REFUSE_NO_GROUP) replyError("ERR Missing GROUP option for XREADGROUP");
  else if (what == REFUSE_DOLLAR)
    replyError(
      "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
    );
  else if (what == REFUSE_PLUS)
    replyError(
      "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.",
    );
  else
    replyError(
      "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
    );
  return false;
}

// --- what is asked ---

/** Finds what is asked of stream number `i`. @returns false = the error is replied */
function findRequest(o: Options, i: u32, grouped: bool): bool {
  const keyArg = o.keys + i;
  const idArg = keyArg + o.streams;
  const entry = lookupReadTyped(keyArg, TYPE_STREAM);
  if (entry == WRONG_TYPE) return false;
  let group: usize = 0;
  if (grouped) {
    if (entry)
      group = changetype<usize>(groupFind(streamAt(entryValue(entry)), argPtr(o.group), argLen(o.group)));
    if (!group) {
      errorNoGroup(keyArg, o.group, " in XREADGROUP with GROUP option");
      return false;
    }
  }
  const id = streamId(0);
  if (argIsCharacter(idArg, DOLLAR)) {
    if (grouped) return refuse(REFUSE_DOLLAR);
    streamIdSet(id, 0, 0);
    if (entry) streamIdSet(id, streamAt(entryValue(entry)).lastMs, streamAt(entryValue(entry)).lastSeq);
  } else if (argIsCharacter(idArg, PLUS)) {
    if (grouped) return refuse(REFUSE_PLUS);
    // The last entry is what lies above the ID in front of it.
    streamIdSet(id, 0, 0);
    if (entry && streamTop(streamAt(entryValue(entry)), id)) streamIdDecrement(id);
  } else if (argIsCharacter(idArg, GREATER)) {
    if (!grouped) return refuse(REFUSE_GREATER);
    streamIdSet(id, u64.MAX_VALUE, u64.MAX_VALUE);
  } else if (!argStreamId(idArg, id)) {
    return false;
  }
  const ok =
    vectorPush(<u32>id.ms) &&
    vectorPush(<u32>(id.ms >> 32)) &&
    vectorPush(<u32>id.seq) &&
    vectorPush(<u32>(id.seq >> 32)) &&
    vectorPush(<u32>group);
  if (!ok) errorOutOfMemory();
  return ok;
}

/** Request number `i`. */
// @ts-ignore: decorator
@inline
function request(i: u32): usize {
  return root.vectorPtr + i * (REQUEST_WORDS * 4);
}

/** `$` means the last ID of now: puts it into argv, as others will look at it later. @returns false = out of memory */
function fixIds(o: Options): bool {
  for (let i: u32 = 0; i < o.streams * TEXT_WORDS; i++) if (!vectorPush(0)) return false;
  let text = request(o.streams);
  for (let i: u32 = 0; i < o.streams; i++) {
    const idArg = o.keys + o.streams + i;
    if (!argIsCharacter(idArg, DOLLAR)) continue;
    const len = streamIdFormat(load<u64>(request(i)), load<u64>(request(i), 8), text);
    const pair = root.argv + ((<usize>idArg) << 3);
    store<u32>(pair, <u32>text);
    store<u32>(pair, len, 4);
    text += TEXT_WORDS * 4;
  }
  return true;
}

// --- what is answered ---

/** Replies what there is now. @returns how many streams had something; if none, nothing is replied but an error */
function serve(o: Options, grouped: bool): u32 {
  const at = replyDefer();
  let served: u32 = 0;
  for (let i: u32 = 0; i < o.streams; i++) {
    const keyArg = o.keys + i;
    const entry = lookupReadTyped(keyArg, TYPE_STREAM);
    if (!entry) continue;
    const s = streamAt(entryValue(entry));
    if (grouped) {
      const consumer = findConsumer(o, keyArg, changetype<Group>(load<u32>(request(i), 16)));
      // What was delivered from other streams is delivered: without memory the rest is left for another time.
      if (!changetype<usize>(consumer)) {
        if (!served) errorOutOfMemory();
        break;
      }
      if (!serveGroup(o, i, s, consumer)) continue;
    } else if (!serveEntries(o, i, s)) {
      continue;
    }
    served++;
  }
  if (!served) return 0;
  if (root.resp == 3) replyDeferredMap(at, served);
  else replyDeferredArray(at, served);
  return served;
}

/** Begins the reply of one stream. */
function replyStream(o: Options, i: u32): void {
  if (root.resp != 3) replyArray(2);
  replyBulk(argPtr(o.keys + i), argLen(o.keys + i));
}

function serveEntries(o: Options, i: u32, s: Stream): bool {
  const id = streamId(0);
  const top = streamId(1);
  streamIdSet(id, load<u64>(request(i)), load<u64>(request(i), 8));
  if (!s.length || !streamTop(s, top) || streamIdCompare(top.ms, top.seq, id.ms, id.seq) <= 0) return false;
  streamIdIncrement(id);
  replyStream(o, i);
  const at = replyDefer();
  const c = entryCursor(0);
  entriesFrom(c, s, id.ms, id.seq, u64.MAX_VALUE, u64.MAX_VALUE);
  let n: i64 = 0;
  while ((!o.count || n < o.count) && entriesNext(c)) {
    n++;
    if (!emit(c)) break;
  }
  replyDeferredArray(at, n);
  return true;
}

/** Replies the entry at the cursor; false = the reply has failed. */
// @ts-ignore: decorator
@inline
function emit(c: EntryCursor): bool {
  const behind = replyEntry(c);
  if (root.replyFailed) return false;
  entriesSkip(c, behind);
  return true;
}

/** The consumer, made where there was none, and seen now. @returns 0 = out of memory */
function findConsumer(o: Options, keyArg: u32, group: Group): Consumer {
  const name = argPtr(o.group + 1);
  const len = argLen(o.group + 1);
  let consumer = consumerFind(group, name, len);
  if (!changetype<usize>(consumer)) {
    consumer = consumerCreate(group, name, len);
    if (!changetype<usize>(consumer)) return consumer;
    root.dirty++;
    notifyArg(NOTIFY_STREAM, "xgroup-createconsumer", keyArg);
    if (o.noAck) propagateConsumer(keyArg, o.group, consumer);
  }
  consumer.seenAtMs = root.nowMs;
  return consumer;
}

/** Serves a consumer of a group. @returns false = there is nothing for it */
function serveGroup(o: Options, i: u32, s: Stream, consumer: Consumer): bool {
  const group = changetype<Group>(load<u32>(request(i), 16));
  const id = streamId(0);
  streamIdSet(id, load<u64>(request(i)), load<u64>(request(i), 8));
  if (id.ms != u64.MAX_VALUE || id.seq != u64.MAX_VALUE) {
    streamIdIncrement(id);
    replyStream(o, i);
    replyHistory(o, s, consumer, id);
  } else {
    const top = streamId(1);
    if (!s.length || !streamTop(s, top)) return false;
    streamIdSet(id, group.lastMs, group.lastSeq);
    if (streamIdCompare(top.ms, top.seq, id.ms, id.seq) <= 0) return false;
    streamIdIncrement(id);
    replyStream(o, i);
    replyNew(o, o.keys + i, s, group, consumer, id);
  }
  root.dirty++;
  return true;
}

/** Entries that were never delivered to the group. */
function replyNew(
  o: Options,
  keyArg: u32,
  s: Stream,
  group: Group,
  consumer: Consumer,
  from: StreamId,
): void {
  const at = replyDefer();
  const c = entryCursor(0);
  entriesFrom(c, s, from.ms, from.seq, u64.MAX_VALUE, u64.MAX_VALUE);
  let n: i64 = 0;
  while ((!o.count || n < o.count) && entriesNext(c)) {
    const ms = c.entryMs;
    const seq = c.entrySeq;
    let delivery = deliveryAt(0);
    if (!o.noAck) {
      delivery = deliver(group, consumer, ms, seq);
      if (!changetype<usize>(delivery)) break; // no memory to remember it: it is delivered another time
      consumer.activeAtMs = root.nowMs;
    }
    groupAdvance(s, group, ms, seq);
    if (!o.noAck) propagateDelivery(keyArg, o.group, group, delivery, ms, seq);
    n++;
    if (!emit(c)) break;
  }
  if (n) propagateGroup(keyArg, o.group, group);
  replyDeferredArray(at, n);
}

/** Entries that the consumer was given before and has not acknowledged; null for what is no longer there. */
function replyHistory(o: Options, s: Stream, consumer: Consumer, from: StreamId): void {
  const at = replyDefer();
  const c = streamCursor(0);
  const cursor = changetype<usize>(c);
  let n: i64 = 0;
  let more = idCursorSeek(cursor, consumer.pending, from.ms, from.seq);
  for (; more && (!o.count || n < o.count) && !root.replyFailed; more = idCursorNext(cursor)) {
    if (streamFind(s, c.ms, c.seq)) {
      replyEntry(entryCursor(1));
      const delivery = deliveryAt(c.value);
      delivery.deliveredAtMs = root.nowMs;
      delivery.count++;
    } else {
      replyArray(2);
      replyStreamId(c.ms, c.seq);
      replyNullArray();
    }
    n++;
  }
  replyDeferredArray(at, n);
}
