/** XDEL key id [id …]. https://redis.io/commands/xdel */
import { VERIFY } from "../../config.ts";
import { NOTIFY_STREAM } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { streamAt, streamDelete, streamFindFirst, streamValidate } from "../../types/stream.ts";
import { streamId } from "../../types/stream-id.ts";
import { argStreamId } from "./stream-args.ts";

export function xdel(): void {
  const entry = lookupWriteTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  const id = streamId(0);
  for (let i: u32 = 2; i < root.argc; i++) if (!argStreamId(i, id)) return;
  const s = streamAt(entryValue(entry));
  let deleted: i32 = 0;
  let outcome: i32 = 0;
  let wasFirst = false;
  for (let i: u32 = 2; i < root.argc && outcome >= 0; i++) {
    argStreamId(i, id);
    outcome = streamDelete(s, id.ms, id.seq);
    if (outcome <= 0) continue;
    deleted++;
    if (id.ms == s.firstMs && id.seq == s.firstSeq) wasFirst = true;
  }
  if (deleted) {
    if (wasFirst || !s.length) streamFindFirst(s);
    if (VERIFY) assert(streamValidate(changetype<usize>(s)));
    keyTouched(1);
    notifyArg(NOTIFY_STREAM, "xdel", 1);
    root.dirty += deleted;
  }
  // Those that were deleted before memory ran out stay so.
  if (outcome < 0) return errorOutOfMemory();
  replyInteger(deleted);
}
