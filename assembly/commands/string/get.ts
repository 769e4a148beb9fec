/** GET key. https://redis.io/commands/get */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyBulk, replyBulkInteger, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValueField } from "../../types/entry.ts";
import { ENC_INT, TYPE_STRING } from "../../types/ids.ts";
import { stringRead } from "../../types/string.ts";

export function get(): void {
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  replyString(entry);
}

/** The value of a string entry as a reply; 0 = null. */
export function replyString(entry: usize): void {
  if (!entry) return replyNull();
  if (entryEncoding(entry) == ENC_INT) return replyBulkInteger(load<i64>(entryValueField(entry)));
  stringRead(entry);
  replyBulk(root.outPtr, root.outLen);
}
