/**
 * HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS count field [field …]. https://redis.io/commands/hgetex
 *
 * Propagated as HPEXPIREAT, HPERSIST or, where the time is past, HDEL.
 */
import { NOTIFY_HASH } from "../../keyspace/events.ts";
import { expireField, fieldsExpired, hashCommit } from "../../keyspace/field-expire.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE, timeIsUp } from "../../keyspace/lookup.ts";
import {
  propagateArgument,
  propagateBegin,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argHash, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyArray, replyDiscard, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  hashAllowExpiry,
  hashExpireAt,
  hashFind,
  hashIsExpired,
  hashOpen,
  hashRef,
  HashRef,
  hashSetExpiry,
} from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { argFieldExpiry, argFields, BAD_COUNT } from "./field-args.ts";
import { fieldsDeleted } from "./hdel.ts";
import { deleteAsHdel } from "./hexpire.ts";
import { replyNulls } from "./hmget.ts";
import { fieldsPersisted } from "./hpersist.ts";
import { replyValue } from "./live-field.ts";

/** What is to become of the expiry, beside a time in ms since 1970. */
const KEEP: i64 = -1;
const PERSIST: i64 = 0;

export function hgetex(): void {
  const entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  const fields = parseExpiry();
  if (!fields) return;
  // 0 ms since 1970 is a time, too, as past as any.
  const expiry = fields == 4 ? max<i64>(root.outI64, 1) : fields == 3 ? PERSIST : KEEP;
  if (!argFields(fields, BAD_COUNT)) return;
  replyArray(root.argc - fields - 2);
  if (entry) readFields(entry, fields + 2, expiry);
  else replyNulls(root.argc - fields - 2);
}

/** @returns index of FIELDS: 4 behind a time, which is in root.outI64, 3 behind PERSIST, 2; 0 = an error is replied */
function parseExpiry(): u32 {
  if (argIs(2, "PERSIST")) return 3;
  const at = argIs(2, "EXAT") || argIs(2, "PXAT");
  const seconds = argIs(2, "EX") || argIs(2, "EXAT");
  if (!at && !seconds && !argIs(2, "PX")) return 2;
  return argFieldExpiry(3, seconds, at ? 0 : root.nowMs, "hgetex") ? 4 : 0;
}

function readFields(entry: usize, first: u32, expiry: i64): void {
  const ref = hashRef(0);
  hashOpen(ref, entry);
  const past = expiry > 0 && timeIsUp(expiry);
  let changed: u32 = 0;
  let expired: u32 = 0;
  let ok = expiry == KEEP || hashAllowExpiry(ref);
  for (let i = first; i < root.argc && ok; i++) {
    const at = hashFind(ref, argPtr(i), argLen(i));
    if (!at || hashIsExpired(ref, at)) {
      replyNull();
      if (!at) continue;
      expireField(argPtr(1), argLen(1), ref, at);
      expired++;
      continue;
    }
    replyValue(ref, at);
    if (expiry == KEEP || (expiry == PERSIST && !hashExpireAt(ref, at))) continue;
    if (past) deleteAsHdel(ref, at, i);
    else ok = hashSetExpiry(ref, at, expiry);
    changed += <u32>ok;
  }
  // What was done before memory ran out stays, and others are told of it.
  if (expired || changed) finish(entry, ref, expired, changed, first, expiry, past);
  else hashCommit(entry, ref);
  if (ok) return;
  replyDiscard();
  errorOutOfMemory();
}

function finish(
  entry: usize,
  ref: HashRef,
  expired: u32,
  changed: u32,
  first: u32,
  expiry: i64,
  past: bool,
): void {
  if (past && changed) {
    if (expired) notifyArg(NOTIFY_HASH, "hexpired", 1);
    return fieldsDeleted(entry, ref, changed);
  }
  if (expired) fieldsExpired(entry, ref, argHash(1), argPtr(1), argLen(1));
  if (!changed) return;
  if (expiry == PERSIST) {
    fieldsPersisted(entry, ref, changed);
  } else {
    hashCommit(entry, ref);
    keyTouched(1);
    notifyArg(NOTIFY_HASH, "hexpire", 1);
    root.dirty += changed;
  }
  if (propagating()) propagateExpiry(first, expiry);
}

/** HPEXPIREAT or HPERSIST of all fields that were asked for. */
function propagateExpiry(first: u32, expiry: i64): void {
  propagateBegin(root.argc - first + (expiry == PERSIST ? 4 : 5));
  propagateText(expiry == PERSIST ? "HPERSIST" : "HPEXPIREAT");
  propagateArgument(1);
  if (expiry != PERSIST) propagateInteger(expiry);
  propagateText("FIELDS");
  for (let i = first - 1; i < root.argc; i++) propagateArgument(i);
}
