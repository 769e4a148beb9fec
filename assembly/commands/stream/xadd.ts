/**
 * XADD key [NOMKSTREAM] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] * | id field value [field value …].
 * https://redis.io/commands/xadd
 */
import { NOTIFY_STREAM } from "../../keyspace/events.ts";
import {
  createKey,
  keyMayServe,
  keyTouched,
  lookupWriteTyped,
  notifyArg,
  WRONG_TYPE,
} from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorArityOf, errorOutOfMemory } from "../../resp/errors.ts";
import { replyError, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { ENC_STREAM, TYPE_STREAM } from "../../types/ids.ts";
import {
  APPEND_TOO_LARGE,
  APPENDED,
  Stream,
  streamAppend,
  streamAt,
  streamCreate,
  streamFree,
  streamNextId,
} from "../../types/stream.ts";
import {
  StreamId,
  streamId,
  streamIdCompare,
  streamIdIncrement,
  streamIdSet,
} from "../../types/stream-id.ts";
import { replyStreamId } from "./reply-entries.ts";
import { argTrim, trimArgs, XADD_AUTO_ID, XADD_AUTO_SEQ, XADD_NO_CREATE } from "./stream-args.ts";
import { propagateTrimmed, trimStream } from "./xtrim.ts";

export function xadd(): void {
  const args = trimArgs();
  const idArg = argTrim(args, true);
  if (!idArg) return;
  const first = idArg + 1;
  if (first + 2 > root.argc || (root.argc - first) & 1) return errorArityOf("xadd");
  const id = streamId(0);
  const auto = args.flags & (XADD_AUTO_ID | XADD_AUTO_SEQ);
  if (!auto && !(id.ms | id.seq)) {
    return replyError("ERR The ID specified in XADD must be greater than 0-0");
  }
  const entry = lookupWriteTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  if (!entry && args.flags & XADD_NO_CREATE) return replyNull();
  const value = entry ? entryValue(entry) : streamCreate();
  if (!value) return errorOutOfMemory();
  const s = streamAt(value);
  if (!append(s, id, auto, first)) {
    if (!entry) streamFree(value);
    return;
  }
  if (!entry && !createKey(1, TYPE_STREAM, ENC_STREAM, value)) {
    streamFree(value);
    return errorOutOfMemory();
  }
  const ms = id.ms;
  const seq = id.seq;
  replyStreamId(ms, seq);
  keyTouched(1);
  notifyArg(NOTIFY_STREAM, "xadd", 1);
  root.dirty++;
  if (args.strategy) trimStream(s, args);
  if (auto || args.whole) propagateTrimmed(s, args, auto ? idArg : 0, ms, seq);
  if (entry) keyMayServe(argPtr(1), argLen(1), TYPE_STREAM);
}

/** Finds the entry's ID and adds it; false = the error is replied, nothing changed. */
function append(s: Stream, id: StreamId, auto: u32, first: u32): bool {
  if (s.lastMs == u64.MAX_VALUE && s.lastSeq == u64.MAX_VALUE) {
    replyError("ERR The stream has exhausted the last possible ID, unable to add more items");
    return false;
  }
  if (auto & XADD_AUTO_ID) streamNextId(s, id);
  const follows = !(auto & XADD_AUTO_SEQ) || openSequence(s, id);
  if (!follows || streamIdCompare(id.ms, id.seq, s.lastMs, s.lastSeq) <= 0) {
    replyError("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    return false;
  }
  const outcome = streamAppend(s, id, root.argv + ((<usize>first) << 3), (root.argc - first) >> 1);
  if (outcome == APPENDED) return true;
  if (outcome == APPEND_TOO_LARGE) replyError("ERR Elements are too large to be stored");
  else errorOutOfMemory();
  return false;
}

/** `ms-*`: the next sequence number of that millisecond; false = there is none. */
function openSequence(s: Stream, id: StreamId): bool {
  if (id.ms != s.lastMs) return true;
  if (s.lastSeq == u64.MAX_VALUE) return false;
  streamIdSet(id, s.lastMs, s.lastSeq);
  return streamIdIncrement(id);
}
