/** HPERSIST key FIELDS count field [field …]. https://redis.io/commands/hpersist */
import { NOTIFY_HASH } from "../../keyspace/events.ts";
import { hashCommit } from "../../keyspace/field-expire.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyArray, replyDiscard, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  hashExpireAt,
  hashFind,
  hashIsExpired,
  hashOpen,
  hashRef,
  HashRef,
  hashSetExpiry,
} from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { argFields, BAD_COUNT } from "./field-args.ts";

// What becomes of a field, as it is replied.
const NO_FIELD: i64 = -2;
const NO_EXPIRY: i64 = -1;
const PERSISTED: i64 = 1;

export function hpersist(): void {
  const entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE || !argFields(2, BAD_COUNT)) return;
  replyArray(root.argc - 4);
  const ref = hashRef(0);
  if (entry) hashOpen(ref, entry);
  let changed: u32 = 0;
  for (let i: u32 = 4; i < root.argc; i++) {
    const at = entry ? hashFind(ref, argPtr(i), argLen(i)) : 0;
    let outcome = NO_EXPIRY;
    if (!at || hashIsExpired(ref, at)) {
      outcome = NO_FIELD;
    } else if (hashExpireAt(ref, at)) {
      if (!hashSetExpiry(ref, at, 0)) return persistFailed(entry, ref, changed);
      outcome = PERSISTED;
      changed++;
    }
    replyInteger(outcome);
  }
  if (changed) fieldsPersisted(entry, ref, changed);
}

/** After a command has taken the expiry off fields: writes the hash back and tells everybody. */
export function fieldsPersisted(entry: usize, ref: HashRef, count: u32): void {
  hashCommit(entry, ref);
  keyTouched(1);
  notifyArg(NOTIFY_HASH, "hpersist", 1);
  root.dirty += count;
}

/** What was done before memory ran out stays, and others are told of it. */
function persistFailed(entry: usize, ref: HashRef, count: u32): void {
  if (count) fieldsPersisted(entry, ref, count);
  replyDiscard();
  errorOutOfMemory();
}
