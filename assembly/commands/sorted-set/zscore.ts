/** ZSCORE key member, ZMSCORE key member [member …]. https://redis.io/commands/zscore */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyDouble, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import { zsetFind, zsetScoreAt } from "../../types/zset.ts";

export function zscore(): void {
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry != WRONG_TYPE) replyScore(entry, 2);
}

export function zmscore(): void {
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  replyArray(root.argc - 2);
  for (let i: u32 = 2; i < root.argc; i++) replyScore(entry, i);
}

/** Score of the member in argument `i`; null where it is none, or there is no sorted set (0). */
function replyScore(entry: usize, i: u32): void {
  const at = entry ? zsetFind(entryValue(entry), entryEncoding(entry), argPtr(i), argLen(i)) : 0;
  if (at) replyDouble(zsetScoreAt(at, entryEncoding(entry)));
  else replyNull();
}
