/** XRANGE key start end [COUNT count] and XREVRANGE key end start [COUNT count]. https://redis.io/commands/xrange */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorNotInteger, errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyNullArray } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { streamAt } from "../../types/stream.ts";
import { streamId } from "../../types/stream-id.ts";
import { replyRange } from "./reply-entries.ts";
import { argRangeEnd, argRangeStart } from "./stream-args.ts";

/** COUNT was not given. */
const ALL: i64 = -1;

export function xrange(): void {
  range(2, 3, false);
}

export function xrevrange(): void {
  range(3, 2, true);
}

/** @param startArg, endArg  indexes of the lower and the upper bound */
function range(startArg: u32, endArg: u32, reverse: bool): void {
  const start = streamId(0);
  const end = streamId(1);
  if (!argRangeStart(startArg, start) || !argRangeEnd(endArg, end)) return;
  let count = ALL;
  for (let i: u32 = 4; i < root.argc; i++) {
    if (!argIs(i, "COUNT") || i + 1 == root.argc) return errorSyntax();
    if (!argInteger(++i)) return errorNotInteger();
    count = max<i64>(root.outI64, 0);
  }
  const entry = lookupReadTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyArray(0);
  if (!count) return replyNullArray();
  replyRange(streamAt(entryValue(entry)), start, end, count == ALL ? 0 : count, reverse);
}
