/** SMEMBERS key. https://redis.io/commands/smembers */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyBulk, replyBulkInteger, replySet } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_SET } from "../../types/ids.ts";
import {
  MEMBER_STRING,
  setCount,
  setIterator,
  setIterClose,
  setIterNext,
  setIterOpen,
} from "../../types/set.ts";

export function smembers(): void {
  const entry = lookupReadTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replySet(0);
  replySet(setCount(entryValue(entry), entryEncoding(entry)));
  replyMembers(entryValue(entry), entryEncoding(entry));
}

/** Every member as a bulk string. */
export function replyMembers(value: usize, encoding: u32): void {
  const it = setIterator(0);
  setIterOpen(it, value, encoding);
  for (let kind = setIterNext(it); kind; kind = setIterNext(it)) replyMember(kind);
  setIterClose(it);
}

/** The member that setIterNext has just found. */
export function replyMember(kind: u32): void {
  if (kind == MEMBER_STRING) replyBulk(root.outPtr, root.outLen);
  else replyBulkInteger(root.outI64);
}
