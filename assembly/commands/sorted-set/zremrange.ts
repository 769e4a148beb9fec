/** ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX key from to. https://redis.io/commands/zremrangebyrank */
import { lookupWriteTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger } from "../../resp/args.ts";
import { errorNotInteger } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import {
  zsetClose,
  zsetCount,
  zsetOpen,
  zsetRef,
  zsetRemoveByLex,
  zsetRemoveByRank,
  zsetRemoveByScore,
} from "../../types/zset.ts";
import { argLexRange, argScoreRange, lexRange, scoreRange } from "./range-args.ts";
import { membersRemoved } from "./zrem.ts";

export function zremrangebyrank(): void {
  if (!argInteger(2)) return errorNotInteger();
  let start = root.outI64;
  if (!argInteger(3)) return errorNotInteger();
  let end = root.outI64;
  const entry = openForRemoval();
  if (entry <= WRONG_TYPE) return;
  const zset = zsetRef(0);
  const count = <i64>zsetCount(zset.value, zset.encoding);
  if (start < 0) start = max(start + count, 0);
  if (end < 0) end += count;
  if (end >= count) end = count - 1;
  const removed = start > end ? 0 : zsetRemoveByRank(zset, <u32>start, <u32>end + 1);
  finishRemoval(entry, removed, "zremrangebyrank");
}

export function zremrangebyscore(): void {
  if (!argScoreRange(2, 3)) return;
  const entry = openForRemoval();
  if (entry > WRONG_TYPE)
    finishRemoval(entry, zsetRemoveByScore(zsetRef(0), scoreRange()), "zremrangebyscore");
}

export function zremrangebylex(): void {
  if (!argLexRange(2, 3)) return;
  const entry = openForRemoval();
  if (entry > WRONG_TYPE) finishRemoval(entry, zsetRemoveByLex(zsetRef(0), lexRange()), "zremrangebylex");
}

/** The sorted set of argument 1, loaded into zsetRef(0); 0 or WRONG_TYPE = there is none, and that is replied. */
function openForRemoval(): usize {
  const entry = lookupWriteTyped(1, TYPE_ZSET);
  if (!entry) replyInteger(0);
  else if (entry != WRONG_TYPE) zsetOpen(zsetRef(0), entry);
  return entry;
}

function finishRemoval(entry: usize, removed: u32, event: string): void {
  zsetClose(zsetRef(0), entry);
  membersRemoved(entry, removed, event);
  replyInteger(removed);
}
