/**
 * HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT key time [NX | XX | GT | LT] FIELDS count field [field …].
 * https://redis.io/commands/hexpire
 *
 * A field whose time is up and that is still there gets a new one, as in Redis. Propagated as HPEXPIREAT of the fields
 * that were changed, or HDEL where the time is past.
 */
import { NOTIFY_HASH } from "../../keyspace/events.ts";
import { hashCommit } from "../../keyspace/field-expire.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE, timeIsUp } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet, vectorPush } from "../../memory/vector.ts";
import {
  propagateArgument,
  propagateBegin,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyArray, replyDiscard, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  hashAllowExpiry,
  hashDeleteAt,
  hashExpireAt,
  hashFind,
  hashOpen,
  hashRef,
  HashRef,
  hashSetExpiry,
} from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { argFieldExpiry, argFields } from "./field-args.ts";
import { fieldsDeleted } from "./hdel.ts";

const NONE: u32 = 0;
const NX: u32 = 1;
const XX: u32 = 2;
const GT: u32 = 3;
const LT: u32 = 4;

// What becomes of a field, as it is replied.
const NO_FIELD: i64 = -2;
const CONDITION_FAILED: i64 = 0;
const EXPIRY_SET: i64 = 1;
const DELETED: i64 = 2;

export function hexpire(): void {
  expireGeneric(true, root.nowMs, "hexpire");
}

export function hpexpire(): void {
  expireGeneric(false, root.nowMs, "hpexpire");
}

export function hexpireat(): void {
  expireGeneric(true, 0, "hexpireat");
}

export function hpexpireat(): void {
  expireGeneric(false, 0, "hpexpireat");
}

function expireGeneric(seconds: bool, base: i64, command: string): void {
  const entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE || !argFieldExpiry(2, seconds, base, command)) return;
  const expireAt = root.outI64;
  const condition = parseCondition();
  const fields: u32 = condition ? 4 : 3;
  if (!argFields(fields, "ERR Parameter `numFields` should be greater than 0")) return;
  replyArray(root.argc - fields - 2);
  if (!entry) {
    for (let i = fields + 2; i < root.argc; i++) replyInteger(NO_FIELD);
  } else if (timeIsUp(expireAt)) {
    deleteFields(entry, fields + 2, condition, expireAt);
  } else {
    expireFields(entry, fields, condition, expireAt);
  }
}

function parseCondition(): u32 {
  if (argIs(3, "NX")) return NX;
  if (argIs(3, "XX")) return XX;
  if (argIs(3, "GT")) return GT;
  return argIs(3, "LT") ? LT : NONE;
}

/** No expiry counts as one that never comes. @param current  0 = none */
function conditionHolds(condition: u32, current: i64, at: i64): bool {
  if (condition == NX) return current == 0;
  if (condition == XX) return current != 0;
  if (condition == GT) return current != 0 && current < at;
  return condition != LT || current == 0 || current > at;
}

/** The time is past: the fields from argument `first` on go at once. */
function deleteFields(entry: usize, first: u32, condition: u32, expireAt: i64): void {
  const ref = hashRef(0);
  hashOpen(ref, entry);
  // The encoding changes whatever the outcome, as in Redis; without memory for it, it need not.
  hashAllowExpiry(ref);
  let deleted: u32 = 0;
  for (let i = first; i < root.argc; i++) {
    const at = hashFind(ref, argPtr(i), argLen(i));
    let outcome = NO_FIELD;
    if (at && conditionHolds(condition, hashExpireAt(ref, at), expireAt)) {
      deleteAsHdel(ref, at, i);
      deleted++;
      outcome = DELETED;
    } else if (at) {
      outcome = CONDITION_FAILED;
    }
    replyInteger(outcome);
  }
  if (deleted) fieldsDeleted(entry, ref, deleted);
  else hashCommit(entry, ref);
}

/** Deletes the field at a position, which is that of argument `i`; HDEL is what others hear of it. */
export function deleteAsHdel(ref: HashRef, at: usize, i: u32): void {
  hashDeleteAt(ref, at);
  if (!propagating()) return;
  propagateBegin(3);
  propagateText("HDEL");
  propagateArgument(1);
  propagateArgument(i);
}

function expireFields(entry: usize, fields: u32, condition: u32, expireAt: i64): void {
  const ref = hashRef(0);
  hashOpen(ref, entry);
  let changed: u32 = 0;
  let ok = hashAllowExpiry(ref);
  vectorClear();
  for (let i = fields + 2; i < root.argc && ok; i++) {
    const at = hashFind(ref, argPtr(i), argLen(i));
    let outcome = NO_FIELD;
    if (at && conditionHolds(condition, hashExpireAt(ref, at), expireAt)) {
      ok = vectorPush(i) && hashSetExpiry(ref, at, expireAt);
      changed += <u32>ok;
      outcome = EXPIRY_SET;
    } else if (at) {
      outcome = CONDITION_FAILED;
    }
    replyInteger(outcome);
  }
  hashCommit(entry, ref);
  if (changed) {
    keyTouched(1);
    notifyArg(NOTIFY_HASH, "hexpire", 1);
    root.dirty += changed;
    if (propagating()) propagateExpiry(fields, expireAt, changed);
  }
  // What was done before memory ran out stays, and others are told of it.
  if (ok) return;
  replyDiscard();
  errorOutOfMemory();
}

/** HPEXPIREAT of the `count` arguments in the vector. */
function propagateExpiry(fields: u32, expireAt: i64, count: u32): void {
  propagateBegin(fields + 2 + count);
  propagateText("HPEXPIREAT");
  propagateArgument(1);
  propagateInteger(expireAt);
  for (let i: u32 = 3; i <= fields; i++) propagateArgument(i);
  propagateInteger(count);
  for (let n: u32 = 0; n < count; n++) propagateArgument(vectorGet(n));
}
