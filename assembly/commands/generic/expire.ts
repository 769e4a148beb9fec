/**
 * EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT key time [NX | XX | GT | LT]. https://redis.io/commands/expire
 *
 * Propagated as PEXPIREAT with the absolute time, or DEL where the time is past.
 */
import { NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupWrite, notifyArg, setExpiry, timeIsUp } from "../../keyspace/lookup.ts";
import {
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argHash, argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorInvalidExpire, errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import {
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyInteger,
  replyPartBytes,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryExpireAt, NO_EXPIRY } from "../../types/entry.ts";

const NX: u32 = 1;
const XX: u32 = 2;
const GT: u32 = 4;
const LT: u32 = 8;

export function expire(): void {
  expireGeneric(true, root.nowMs, "expire");
}

export function pexpire(): void {
  expireGeneric(false, root.nowMs, "pexpire");
}

export function expireat(): void {
  expireGeneric(true, 0, "expireat");
}

export function pexpireat(): void {
  expireGeneric(false, 0, "pexpireat");
}

/** @param base  ms since 1970 that the time counts from */
function expireGeneric(seconds: bool, base: i64, command: string): void {
  const conditions = parseConditions();
  if (conditions < 0) return;
  if (!argInteger(2)) return errorNotInteger();
  let at = root.outI64;
  if (seconds) {
    if (at > i64.MAX_VALUE / 1000 || at < i64.MIN_VALUE / 1000) return errorInvalidExpire(command);
    at *= 1000;
  }
  if (at > i64.MAX_VALUE - base) return errorInvalidExpire(command);
  at += base;
  const entry = lookupWrite(1);
  if (!entry || !conditionsHold(<u32>conditions, entryExpireAt(entry), at)) return replyInteger(0);
  if (timeIsUp(at)) expireNow(entry);
  else if (!setExpiry(argHash(1), entry, at)) return errorOutOfMemory();
  else expireLater(at);
  root.dirty++;
  replyInteger(1);
}

/** Bits of the conditions from argument 3 on; −1 = the error is replied. */
function parseConditions(): i32 {
  let conditions: u32 = 0;
  for (let i: u32 = 3; i < root.argc; i++) {
    if (argIs(i, "NX")) {
      conditions |= NX;
    } else if (argIs(i, "XX")) {
      conditions |= XX;
    } else if (argIs(i, "GT")) {
      conditions |= GT;
    } else if (argIs(i, "LT")) {
      conditions |= LT;
    } else {
      replyErrorBegin("ERR Unsupported option ");
      replyPartBytes(argPtr(i), argLen(i), argLen(i));
      replyErrorEnd();
      return -1;
    }
  }
  if (conditions & NX && conditions & (XX | GT | LT)) {
    replyError("ERR NX and XX, GT or LT options at the same time are not compatible");
    return -1;
  }
  if (conditions & GT && conditions & LT) {
    replyError("ERR GT and LT options at the same time are not compatible");
    return -1;
  }
  return conditions;
}

/** No expiry counts as one that never comes. */
function conditionsHold(conditions: u32, current: i64, at: i64): bool {
  const none = current == NO_EXPIRY;
  if (conditions & NX && !none) return false;
  if (conditions & XX && none) return false;
  if (conditions & GT && (none || at <= current)) return false;
  return !(conditions & LT) || none || at < current;
}

/** The time is past: the key goes at once. */
function expireNow(entry: usize): void {
  deleteKey(1, entry);
  if (propagating()) {
    propagateBegin(2);
    propagateText("DEL");
    propagateBytes(argPtr(1), argLen(1));
  }
  keyTouched(1);
  notifyArg(NOTIFY_GENERIC, "del", 1);
}

function expireLater(at: i64): void {
  if (propagating()) {
    propagateBegin(root.argc);
    propagateText("PEXPIREAT");
    propagateBytes(argPtr(1), argLen(1));
    propagateInteger(at);
    for (let i: u32 = 3; i < root.argc; i++) propagateBytes(argPtr(i), argLen(i));
  }
  keyTouched(1);
  notifyArg(NOTIFY_GENERIC, "expire", 1);
}
