/** SADD key member [member …]. https://redis.io/commands/sadd */
import { NOTIFY_SET } from "../../keyspace/events.ts";
import { createKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_SET } from "../../types/ids.ts";
import { setAdd, setClose, setCreate, setFree, setMaybeConvert, setOpen, setRef } from "../../types/set.ts";

export function sadd(): void {
  const entry = lookupWriteTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  const set = setRef(0);
  const members = root.argc - 2;
  if (entry) {
    setOpen(set, entry);
    if (!setMaybeConvert(set, members)) return errorOutOfMemory();
  } else if (!setCreate(set, argPtr(2), argLen(2), members)) {
    return errorOutOfMemory();
  }
  let added: i32 = 0;
  let outcome: i32 = 0;
  for (let i: u32 = 2; i < root.argc && outcome >= 0; i++) {
    outcome = setAdd(set, argPtr(i), argLen(i));
    if (outcome > 0) added++;
  }
  if (entry) {
    setClose(set, entry);
  } else if (outcome < 0 || !createKey(1, TYPE_SET, set.encoding, set.value)) {
    setFree(set.value, set.encoding);
    return errorOutOfMemory();
  }
  if (added) {
    keyTouched(1);
    notifyArg(NOTIFY_SET, "sadd", 1);
    root.dirty += added;
  }
  // What went in before memory ran out stays: it is in the reply of the error as in Redis' own partial effects.
  if (outcome < 0) return errorOutOfMemory();
  replyInteger(added);
}
