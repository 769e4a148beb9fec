/** XACK key group id [id …]. https://redis.io/commands/xack */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { streamAt } from "../../types/stream.ts";
import { deliveryEnd, Group, groupFind } from "../../types/stream-group.ts";
import { streamId } from "../../types/stream-id.ts";
import { argStreamId } from "./stream-args.ts";

export function xack(): void {
  const entry = lookupReadTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  let group = changetype<Group>(0);
  if (entry) group = groupFind(streamAt(entryValue(entry)), argPtr(2), argLen(2));
  if (!changetype<usize>(group)) return replyInteger(0);
  const id = streamId(0);
  // All are looked at before any is acknowledged; one is not read twice.
  if (root.argc > 4) for (let i: u32 = 3; i < root.argc; i++) if (!argStreamId(i, id)) return;
  let acknowledged: u32 = 0;
  for (let i: u32 = 3; i < root.argc; i++) {
    if (!argStreamId(i, id)) return;
    if (deliveryEnd(group, id.ms, id.seq)) acknowledged++;
  }
  root.dirty += acknowledged;
  replyInteger(acknowledged);
}
