/** XLEN key. https://redis.io/commands/xlen */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { entryValue } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";
import { streamAt } from "../../types/stream.ts";

export function xlen(): void {
  const entry = lookupReadTyped(1, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  replyInteger(entry ? streamAt(entryValue(entry)).length : 0);
}
