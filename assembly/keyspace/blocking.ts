/**
 * blocking: how a command says that it must wait. The engine keeps no blocked clients: it ends the batch with
 * STATUS_BLOCK, and the host parks the client with a copy of argv. When one of the keys may serve (EVENT_READY), the host
 * runs the same argv again through `call`, in the order in which clients came; a command that still finds nothing asks
 * to block again and keeps its place.
 *
 * A command whose arguments mean something relative to now (XREAD's `$`) puts the absolute form into argv first.
 */
import { SCRATCH } from "../memory/map.ts";
import { argInteger, argLen, argPtr } from "../resp/args.ts";
import { replyError, replyNullArray } from "../resp/reply.ts";
import { root } from "../root.ts";
import { longDoubleParse, longDoubleToF64 } from "../types/long-double.ts";
import { CALL_DENY_BLOCKING } from "./lookup.ts";

/** Bit of root.interrupt: the command asked to block (execute.ts). */
// @ts-ignore: decorator
@inline
const INTERRUPT_BLOCK: u32 = 2;

/** Largest timeout in ms: Redis refuses what does not fit in 63 bits. */
const TIMEOUT_MAX_MS: f64 = 9223372036854775807.0;

/** Reads argument `i` as seconds, with fractions, into root.blockTimeoutMs; false = it is none, and the error is replied. */
export function blockingTimeoutSeconds(i: u32): bool {
  // A long double, as in Redis: 1e400 is a number, though out of range.
  if (!longDoubleParse(argPtr(i), argLen(i), SCRATCH)) {
    replyError("ERR timeout is not a float or out of range");
    return false;
  }
  const seconds = longDoubleToF64(SCRATCH);
  if (seconds < 0) {
    replyError("ERR timeout is negative");
    return false;
  }
  const ms = seconds * 1000;
  if (ms > TIMEOUT_MAX_MS - <f64>root.nowMs) {
    replyError("ERR timeout is out of range");
    return false;
  }
  root.blockTimeoutMs = Math.ceil(ms);
  return true;
}

/** Reads argument `i` as milliseconds into root.blockTimeoutMs; false = it is none, and the error is replied. */
export function blockingTimeoutMs(i: u32): bool {
  if (!argInteger(i)) {
    replyError("ERR timeout is not an integer or out of range");
    return false;
  }
  if (root.outI64 < 0) {
    replyError("ERR timeout is negative");
    return false;
  }
  if (root.outI64 > i64.MAX_VALUE - root.nowMs) {
    replyError("ERR timeout is out of range");
    return false;
  }
  root.blockTimeoutMs = <f64>root.outI64;
  return true;
}

/**
 * Waits for any of the keys at arguments first, first + step … last, at most root.blockTimeoutMs (0 = for ever). Where
 * blocking is not allowed (EXEC, scripts) replies a null array, as if the time were up. The command must return next.
 */
export function blockOnKeys(first: u32, last: u32, step: u32): void {
  if (root.callFlags & CALL_DENY_BLOCKING) return replyNullArray();
  root.blockFirst = first;
  root.blockLast = last;
  root.blockStep = step;
  root.interrupt |= INTERRUPT_BLOCK;
}
