/** LLEN key. https://redis.io/commands/llen */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import { listCount } from "../../types/list.ts";

export function llen(): void {
  const entry = lookupReadTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  replyInteger(entry ? listCount(entryValue(entry), entryEncoding(entry)) : 0);
}
