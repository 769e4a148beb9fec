/**
 * LMPOP numkeys key [key …] LEFT | RIGHT [COUNT count], and BLMPOP timeout …, which waits for an element.
 * https://redis.io/commands/lmpop
 */
import { blockingTimeoutSeconds, blockOnKeys } from "../../keyspace/blocking.ts";
import { lookupWriteTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyError, replyNullArray } from "../../resp/reply.ts";
import {
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import { argSide } from "./lmove.ts";
import { popSeveral } from "./lpop.ts";

export function lmpop(): void {
  popFirst(1, false);
}

export function blmpop(): void {
  popFirst(2, true);
}

/** From the first of the keys that has a list. @param first  argument with the number of keys */
function popFirst(first: u32, blocking: bool): void {
  if (!argInteger(first) || root.outI64 < 1) return replyError("ERR numkeys should be greater than 0");
  if (root.outI64 >= <i64>(root.argc - first - 1)) return errorSyntax();
  const last = first + <u32>root.outI64;
  const side = argSide(last + 1);
  if (side < 0) return errorSyntax();
  let count: i64 = -1;
  for (let i = last + 2; i < root.argc; i += 2) {
    if (count >= 0 || !argIs(i, "COUNT") || i + 1 == root.argc) return errorSyntax();
    if (!argInteger(i + 1) || root.outI64 < 1) return replyError("ERR count should be greater than 0");
    count = root.outI64;
  }
  if (blocking && !blockingTimeoutSeconds(1)) return;
  for (let i = first + 1; i <= last; i++) {
    const entry = lookupWriteTyped(i, TYPE_LIST);
    if (entry == WRONG_TYPE) return;
    if (entry) return popFrom(i, entry, side != 0, max<i64>(count, 1));
  }
  if (blocking) blockOnKeys(first + 1, last, 1);
  else replyNullArray();
}

function popFrom(i: u32, entry: usize, tail: bool, count: i64): void {
  replyArray(2);
  replyBulk(argPtr(i), argLen(i));
  const popped = popSeveral(i, entry, tail, count);
  if (popped && propagating()) {
    propagateBegin(3);
    propagateText(tail ? "RPOP" : "LPOP");
    propagateBytes(argPtr(i), argLen(i));
    propagateInteger(popped);
  }
}
