/**
 * SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL], and its older forms SETNX, SETEX, PSETEX.
 * https://redis.io/commands/set
 */
import { NOTIFY_GENERIC, NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupReadTyped, lookupWrite, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { free } from "../../memory/allocator.ts";
import {
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argHash, argIs, argLen, argPtr, argTake } from "../../resp/args.ts";
import { errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyDiscard, replyInteger, replyNull, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryExpireAt, NO_EXPIRY } from "../../types/entry.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { stringSet } from "../../types/string.ts";
import { replyString } from "./get.ts";
import {
  OPTION_EX,
  OPTION_GET,
  OPTION_KEEPTTL,
  OPTION_NX,
  OPTION_PX,
  OPTION_PXAT,
  OPTION_TIME,
  OPTION_XX,
  parseExpireAt,
  parseSetOptions,
} from "./set-options.ts";

// @ts-ignore: decorator
@inline
const SET_OPTIONS: u32 = OPTION_NX | OPTION_XX | OPTION_GET | OPTION_KEEPTTL | OPTION_TIME;

export function set(): void {
  if (root.argc > 3) return setWithOptions();
  if (setArg(lookupWrite(1), 2, NO_EXPIRY)) replyOk();
}

function setWithOptions(): void {
  if (!parseSetOptions(3, SET_OPTIONS)) return errorSyntax();
  const options = root.scratch0;
  let expireAt = NO_EXPIRY;
  if (options & OPTION_TIME) {
    if (!parseExpireAt(root.scratch1, options & OPTION_TIME, "set")) return;
    expireAt = root.outI64;
  }
  if (options & OPTION_GET) {
    const old = lookupReadTyped(1, TYPE_STRING);
    if (old == WRONG_TYPE) return;
    replyString(old);
  }
  const entry = lookupWrite(1);
  if ((options & OPTION_NX && entry) || (options & OPTION_XX && !entry)) {
    if (!(options & OPTION_GET)) replyNull();
    return;
  }
  if (entry && options & OPTION_KEEPTTL) expireAt = entryExpireAt(entry);
  if (!setArg(entry, 2, expireAt)) return;
  if (!(options & OPTION_GET)) replyOk();
  if (options & OPTION_TIME) {
    notifyArg(NOTIFY_GENERIC, "expire", 1);
    // PXAT is deterministic already.
    if (!(options & OPTION_PXAT) && propagating()) propagateExpiring(2, expireAt);
  } else if (options & OPTION_GET && propagating()) {
    propagateWithoutGet();
  }
}

/** SETNX key value */
export function setnx(): void {
  if (lookupWrite(1)) return replyInteger(0);
  if (setArg(0, 2, NO_EXPIRY)) replyInteger(1);
}

/** SETEX key seconds value */
export function setex(): void {
  if (parseExpireAt(2, OPTION_EX, "setex")) setExpiring();
}

/** PSETEX key milliseconds value */
export function psetex(): void {
  if (parseExpireAt(2, OPTION_PX, "psetex")) setExpiring();
}

/** Key, time and value, the time being in root.outI64. */
function setExpiring(): void {
  const expireAt = root.outI64;
  if (!setArg(lookupWrite(1), 3, expireAt)) return;
  replyOk();
  notifyArg(NOTIFY_GENERIC, "expire", 1);
  if (propagating()) propagateExpiring(3, expireAt);
}

/**
 * Sets the key of argument 1, which `entry` is (0 = new), to argument `value`, and tells everybody.
 * @returns false = out of memory: nothing changed, and that is the reply
 */
export function setArg(entry: usize, value: u32, expireAt: i64): bool {
  const taken: usize = root.bigArg ? argTake(value) : 0;
  if (!stringSet(argHash(1), argPtr(1), argLen(1), entry, argPtr(value), argLen(value), taken, expireAt)) {
    if (taken) free(taken);
    replyDiscard();
    errorOutOfMemory();
    return false;
  }
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "set", 1);
  return true;
}

/** The key was set to argument `value` with a time: others get the time as it is on the calendar. */
function propagateExpiring(value: u32, expireAt: i64): void {
  propagateBegin(5);
  propagateText("SET");
  propagateBytes(argPtr(1), argLen(1));
  propagateBytes(argPtr(value), argLen(value));
  propagateText("PXAT");
  propagateInteger(expireAt);
}

/** Others want no reply, so no GET. */
function propagateWithoutGet(): void {
  let gets: u32 = 0;
  for (let i: u32 = 3; i < root.argc; i++) gets += <u32>argIs(i, "GET");
  propagateBegin(root.argc - gets);
  for (let i: u32 = 0; i < root.argc; i++) {
    if (i < 3 || !argIs(i, "GET")) propagateBytes(argPtr(i), argLen(i));
  }
}
