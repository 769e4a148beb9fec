/** ZCOUNT key min max, ZLEXCOUNT key min max. https://redis.io/commands/zcount */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import { zsetCountInLexRange, zsetCountInScoreRange } from "../../types/zset.ts";
import { argLexRange, argScoreRange, lexRange, scoreRange } from "./range-args.ts";

export function zcount(): void {
  if (!argScoreRange(2, 3)) return;
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  replyInteger(entry ? zsetCountInScoreRange(entryValue(entry), entryEncoding(entry), scoreRange()) : 0);
}

export function zlexcount(): void {
  if (!argLexRange(2, 3)) return;
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  replyInteger(entry ? zsetCountInLexRange(entryValue(entry), entryEncoding(entry), lexRange()) : 0);
}
