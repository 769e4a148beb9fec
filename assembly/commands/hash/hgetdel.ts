/** HGETDEL key FIELDS count field [field …]. https://redis.io/commands/hgetdel */
import { expireField, fieldsExpired } from "../../keyspace/field-expire.ts";
import { NOTIFY_HASH } from "../../keyspace/events.ts";
import { lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { propagateArgument, propagateBegin, propagateText, propagating } from "../../propagate/stream.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashDeleteAt, hashFind, hashIsExpired, hashOpen, hashRef } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { argFields, BAD_COUNT } from "./field-args.ts";
import { fieldsDeleted } from "./hdel.ts";
import { replyNulls } from "./hmget.ts";
import { replyValue } from "./live-field.ts";

export function hgetdel(): void {
  const entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE || !argFields(2, BAD_COUNT)) return;
  replyArray(root.argc - 4);
  if (entry) takeFields(entry);
  else replyNulls(root.argc - 4);
}

function takeFields(entry: usize): void {
  const ref = hashRef(0);
  hashOpen(ref, entry);
  let deleted: u32 = 0;
  let expired: u32 = 0;
  for (let i: u32 = 4; i < root.argc; i++) {
    const at = hashFind(ref, argPtr(i), argLen(i));
    if (!at) {
      replyNull();
    } else if (hashIsExpired(ref, at)) {
      expireField(argPtr(1), argLen(1), ref, at);
      expired++;
      replyNull();
    } else {
      replyValue(ref, at);
      hashDeleteAt(ref, at);
      deleted++;
    }
  }
  if (deleted && propagating()) propagateDeletion();
  if (deleted) {
    if (expired) notifyArg(NOTIFY_HASH, "hexpired", 1);
    fieldsDeleted(entry, ref, deleted);
  } else if (expired) {
    fieldsExpired(entry, ref, argHash(1), argPtr(1), argLen(1));
  }
}

/** HDEL of all fields that were asked for. */
function propagateDeletion(): void {
  propagateBegin(root.argc - 2);
  propagateText("HDEL");
  propagateArgument(1);
  for (let i: u32 = 4; i < root.argc; i++) propagateArgument(i);
}
