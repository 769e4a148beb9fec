/** STRLEN key. https://redis.io/commands/strlen */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { stringLength } from "../../types/string.ts";

export function strlen(): void {
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry != WRONG_TYPE) replyInteger(entry ? stringLength(entry) : 0);
}
