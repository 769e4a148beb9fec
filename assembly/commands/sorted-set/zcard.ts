/** ZCARD key. https://redis.io/commands/zcard */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import { zsetCount } from "../../types/zset.ts";

export function zcard(): void {
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  replyInteger(entry ? zsetCount(entryValue(entry), entryEncoding(entry)) : 0);
}
