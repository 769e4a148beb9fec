/** HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME key FIELDS count field [field …]. https://redis.io/commands/httl */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { expiryIsPast, hashExpireAt, hashFind, hashOpen, hashRef } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { argFields, BAD_COUNT } from "./field-args.ts";

const NO_FIELD: i64 = -2;
const NO_EXPIRY: i64 = -1;

export function httl(): void {
  replyTimes(true, root.nowMs);
}

export function hpttl(): void {
  replyTimes(false, root.nowMs);
}

export function hexpiretime(): void {
  replyTimes(true, 0);
}

export function hpexpiretime(): void {
  replyTimes(false, 0);
}

/** @param base  ms since 1970 that the times count from */
function replyTimes(seconds: bool, base: i64): void {
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE || !argFields(2, BAD_COUNT)) return;
  replyArray(root.argc - 4);
  const ref = hashRef(0);
  if (entry) hashOpen(ref, entry);
  for (let i: u32 = 4; i < root.argc; i++) {
    const at = entry ? hashFind(ref, argPtr(i), argLen(i)) : 0;
    const expireAt: i64 = at ? hashExpireAt(ref, at) : 0;
    if (!at || expiryIsPast(expireAt)) replyInteger(NO_FIELD);
    else if (!expireAt) replyInteger(NO_EXPIRY);
    // Rounded up to seconds.
    else replyInteger(seconds ? (expireAt - base + 999) / 1000 : expireAt - base);
  }
}
