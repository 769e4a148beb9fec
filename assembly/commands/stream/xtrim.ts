/** XTRIM key MAXLEN | MINID [= | ~] threshold [LIMIT count]. https://redis.io/commands/xtrim */
import { VERIFY } from "../../config.ts";
import { NOTIFY_STREAM } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import {
  propagateArgument,
  propagateBegin,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import {
  Stream,
  streamAt,
  streamBottom,
  streamTrim,
  streamValidate,
  TRIM_MAXLEN,
} from "../../types/stream.ts";
import { streamId } from "../../types/stream-id.ts";
import { propagateStreamId } from "./propagate.ts";
import { argTrim, TrimArgs, trimArgs } from "./stream-args.ts";

export function xtrim(): void {
  const args = trimArgs();
  if (!argTrim(args, false)) return;
  const entry = lookupWriteTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  const s = streamAt(entryValue(entry));
  const deleted = trimStream(s, args);
  if (deleted < 0) return errorOutOfMemory();
  if (deleted) {
    if (args.whole) propagateTrimmed(s, args, 0, 0, 0);
    keyTouched(1);
    root.dirty += deleted;
  }
  replyInteger(deleted);
}

/** Trims the stream of argument 1 as the options say. @returns how many entries were deleted; < 0 = out of memory */
export function trimStream(s: Stream, args: TrimArgs): i32 {
  const deleted = streamTrim(s, args.strategy, args.keep, streamId(1), args.whole != 0, args.limit);
  if (VERIFY) assert(streamValidate(changetype<usize>(s)));
  if (deleted > 0) notifyArg(NOTIFY_STREAM, "xtrim", 1);
  return deleted;
}

/**
 * Propagates the command with what it did: "~" leaves it to chance how much goes, so others trim to just what is left.
 * @param idArg  index of XADD's ID where it was left to the server, and was (ms, seq); 0 = leave it as it is
 */
export function propagateTrimmed(s: Stream, args: TrimArgs, idArg: u32, ms: u64, seq: u64): void {
  if (!propagating()) return;
  propagateBegin(root.argc);
  for (let i: u32 = 0; i < root.argc; i++) {
    if (idArg && i == idArg) propagateStreamId(ms, seq);
    else if (args.whole && i == args.threshold - 1) propagateText("=");
    else if (args.whole && i == args.threshold) propagateThreshold(s, args);
    else propagateArgument(i);
  }
}

function propagateThreshold(s: Stream, args: TrimArgs): void {
  if (args.strategy == TRIM_MAXLEN) return propagateInteger(s.length);
  const bottom = streamId(2);
  streamBottom(s, bottom);
  propagateStreamId(bottom.ms, bottom.seq);
}
