/** SPOP key [count]. https://redis.io/commands/spop */
import { NOTIFY_GENERIC, NOTIFY_SET } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../../propagate/stream.ts";
import { argInteger, argLen, argPtr } from "../../resp/args.ts";
import { errorNotPositive, errorSyntax } from "../../resp/errors.ts";
import { replyBulk, replyNull, replySet } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_SET } from "../../types/ids.ts";
import { setClose, setCount, setOpen, setPopBegin, setPopEnd, setRef } from "../../types/set.ts";
import { replyMembers } from "./smembers.ts";

export function spop(): void {
  if (root.argc > 3) return errorSyntax();
  let count: i64 = 1;
  if (root.argc == 3) {
    if (!argInteger(2) || root.outI64 < 0) return errorNotPositive();
    count = root.outI64;
  }
  const entry = lookupWriteTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  if (!entry) return root.argc == 3 ? replySet(0) : replyNull();
  if (!count) return replySet(0);
  const size = setCount(entryValue(entry), entryEncoding(entry));
  notifyArg(NOTIFY_SET, "spop", 1);
  if (root.argc == 3 && count >= <i64>size) return popAll(entry, size);
  if (root.argc == 3) replySet(count);
  const left = popSome(entry, <u32>count, size);
  if (!left) {
    deleteKey(1, entry);
    notifyArg(NOTIFY_GENERIC, "del", 1);
  }
  keyTouched(1);
}

function popAll(entry: usize, size: u32): void {
  replySet(size);
  replyMembers(entryValue(entry), entryEncoding(entry));
  deleteKey(1, entry);
  notifyArg(NOTIFY_GENERIC, "del", 1);
  keyTouched(1);
  root.dirty += size;
  if (propagating()) {
    propagateBegin(2);
    propagateText("DEL");
    propagateBytes(argPtr(1), argLen(1));
  }
}

/** Pops `count` random members; each leaves as an SREM, so that replicas pop the same. @returns how many are left */
function popSome(entry: usize, count: u32, size: u32): u32 {
  const set = setRef(0);
  setOpen(set, entry);
  for (let i: u32 = 0; i < count; i++) {
    const taken = setPopBegin(set);
    const member = root.outPtr;
    const len = root.outLen;
    replyBulk(member, len);
    if (propagating()) {
      propagateBegin(3);
      propagateText("SREM");
      propagateBytes(argPtr(1), argLen(1));
      propagateBytes(member, len);
    }
    setPopEnd(set, taken, member, len);
  }
  setClose(set, entry);
  root.dirty += count;
  return size - count;
}
