/** ZRANK key member [WITHSCORE], ZREVRANK. https://redis.io/commands/zrank */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorArityOf, errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyDouble, replyInteger, replyNull, replyNullArray } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import { zsetFind, zsetRankOf, zsetScoreAt } from "../../types/zset.ts";

export function zrank(): void {
  replyRank(false, "zrank");
}

export function zrevrank(): void {
  replyRank(true, "zrevrank");
}

function replyRank(reverse: bool, name: string): void {
  if (root.argc > 4) return errorArityOf(name);
  const withScore = root.argc == 4;
  if (withScore && !argIs(3, "WITHSCORE")) return errorSyntax();
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  const value = entry ? entryValue(entry) : 0;
  const encoding: u32 = entry ? entryEncoding(entry) : 0;
  const at = entry ? zsetFind(value, encoding, argPtr(2), argLen(2)) : 0;
  if (!at) return withScore ? replyNullArray() : replyNull();
  if (withScore) replyArray(2);
  replyInteger(zsetRankOf(value, encoding, at, reverse));
  if (withScore) replyDouble(zsetScoreAt(at, encoding));
}
