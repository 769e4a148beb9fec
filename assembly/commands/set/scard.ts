/** SCARD key. https://redis.io/commands/scard */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_SET } from "../../types/ids.ts";
import { setCount } from "../../types/set.ts";

export function scard(): void {
  const entry = lookupReadTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  replyInteger(entry ? setCount(entryValue(entry), entryEncoding(entry)) : 0);
}
