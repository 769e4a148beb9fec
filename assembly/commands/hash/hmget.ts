/** HMGET key field [field …]. https://redis.io/commands/hmget */
import { expireField, fieldsExpired } from "../../keyspace/field-expire.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashFind, hashIsExpired, hashOpen, hashRef, HashRef } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { replyValue } from "./live-field.ts";

export function hmget(): void {
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  replyArray(root.argc - 2);
  if (!entry) return replyNulls(root.argc - 2);
  const ref = hashRef(0);
  hashOpen(ref, entry);
  const expired = replyValues(ref, 2);
  if (expired) fieldsExpired(entry, ref, argHash(1), argPtr(1), argLen(1));
}

export function replyNulls(count: u32): void {
  for (; count; count--) replyNull();
}

/**
 * The values of the fields from argument `first` on, null where there is none. Those whose time is up are deleted:
 * fieldsExpired must follow if there were some. @returns how many
 */
export function replyValues(ref: HashRef, first: u32): u32 {
  let expired: u32 = 0;
  for (let i = first; i < root.argc; i++) {
    const at = hashFind(ref, argPtr(i), argLen(i));
    if (at && !hashIsExpired(ref, at)) {
      replyValue(ref, at);
      continue;
    }
    if (at) {
      expireField(argPtr(1), argLen(1), ref, at);
      expired++;
    }
    replyNull();
  }
  return expired;
}
