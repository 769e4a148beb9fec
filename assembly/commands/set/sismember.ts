/** SISMEMBER key member, SMISMEMBER key member [member …]. https://redis.io/commands/sismember */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_SET } from "../../types/ids.ts";
import { setHas } from "../../types/set.ts";

export function sismember(): void {
  const entry = lookupReadTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  replyMembership(entry, 2);
}

export function smismember(): void {
  const entry = lookupReadTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  replyArray(root.argc - 2);
  for (let i: u32 = 2; i < root.argc; i++) replyMembership(entry, i);
}

/** 1 where argument `i` is a member of the set (0 = no set), else 0. */
function replyMembership(entry: usize, i: u32): void {
  replyInteger(<i64>(entry != 0 && setHas(entryValue(entry), entryEncoding(entry), argPtr(i), argLen(i))));
}
