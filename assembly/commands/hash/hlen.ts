/** HLEN key: fields whose time is up and that nobody has met count, as in Redis. https://redis.io/commands/hlen */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { hashCount } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";

export function hlen(): void {
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  replyInteger(entry ? hashCount(entryValue(entry), entryEncoding(entry)) : 0);
}
