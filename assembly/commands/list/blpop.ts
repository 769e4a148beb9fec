/** BLPOP, BRPOP key [key …] timeout. https://redis.io/commands/blpop */
import { blockingTimeoutSeconds, blockOnKeys } from "../../keyspace/blocking.ts";
import { lookupWriteTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../../propagate/stream.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyBulk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import { popOne } from "./lpop.ts";

export function blpop(): void {
  popOrBlock(false);
}

export function brpop(): void {
  popOrBlock(true);
}

function popOrBlock(tail: bool): void {
  const last = root.argc - 2;
  if (!blockingTimeoutSeconds(last + 1)) return;
  for (let i: u32 = 1; i <= last; i++) {
    const entry = lookupWriteTyped(i, TYPE_LIST);
    if (entry == WRONG_TYPE) return;
    if (entry) return popFrom(i, entry, tail);
  }
  blockOnKeys(1, last, 1);
}

function popFrom(i: u32, entry: usize, tail: bool): void {
  replyArray(2);
  replyBulk(argPtr(i), argLen(i));
  if (popOne(i, entry, tail) && propagating()) {
    propagateBegin(2);
    propagateText(tail ? "RPOP" : "LPOP");
    propagateBytes(argPtr(i), argLen(i));
  }
}
