/** XSETID key id [ENTRIESADDED n] [MAXDELETEDID id]: what an AOF says of a stream. https://redis.io/commands/xsetid */
import { NOTIFY_STREAM } from "../../keyspace/events.ts";
import { lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorNoSuchKey, errorNotInteger, errorSyntax } from "../../resp/errors.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { streamAt, streamTop } from "../../types/stream.ts";
import { streamId, streamIdCompare, streamIdSet } from "../../types/stream-id.ts";
import { argStreamId } from "./stream-args.ts";

/** ENTRIESADDED was not given. */
const NONE: i64 = -1;

export function xsetid(): void {
  const id = streamId(0);
  const deleted = streamId(1);
  streamIdSet(deleted, 0, 0);
  let added = NONE;
  if (!argStreamId(2, id)) return;
  for (let i: u32 = 3; i < root.argc; i++) {
    const hasValue = i + 1 < root.argc;
    if (hasValue && argIs(i, "ENTRIESADDED")) {
      if (!argInteger(++i)) return errorNotInteger();
      added = root.outI64;
      if (added < 0) return replyError("ERR entries_added must be positive");
    } else if (hasValue && argIs(i, "MAXDELETEDID")) {
      if (!argStreamId(++i, deleted)) return;
      if (streamIdCompare(id.ms, id.seq, deleted.ms, deleted.seq) < 0) {
        return replyError("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else {
      return errorSyntax();
    }
  }
  const entry = lookupWriteTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  if (!entry) return errorNoSuchKey();
  const s = streamAt(entryValue(entry));
  if (streamIdCompare(id.ms, id.seq, s.deletedMs, s.deletedSeq) < 0) {
    return replyError("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  }
  const top = streamId(2);
  if (s.length && streamTop(s, top)) {
    if (streamIdCompare(id.ms, id.seq, top.ms, top.seq) < 0) {
      return replyError("ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if (added != NONE && <i64>s.length > added) {
      return replyError("ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
  s.lastMs = id.ms;
  s.lastSeq = id.seq;
  if (added != NONE) s.added = added;
  if (deleted.ms | deleted.seq) {
    s.deletedMs = deleted.ms;
    s.deletedSeq = deleted.seq;
  }
  notifyArg(NOTIFY_STREAM, "xsetid", 1);
  root.dirty++;
  replyOk();
}
