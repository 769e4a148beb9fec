/** SREM key member [member …]. https://redis.io/commands/srem */
import { NOTIFY_GENERIC, NOTIFY_SET } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_SET } from "../../types/ids.ts";
import { setClose, setCount, setOpen, setRef, setRemove } from "../../types/set.ts";

export function srem(): void {
  const entry = lookupWriteTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  const set = setRef(0);
  setOpen(set, entry);
  let removed: i32 = 0;
  let count = setCount(set.value, set.encoding);
  for (let i: u32 = 2; i < root.argc && count; i++) {
    if (setRemove(set, argPtr(i), argLen(i))) {
      removed++;
      count--;
    }
  }
  setClose(set, entry);
  if (removed) {
    keyTouched(1);
    notifyArg(NOTIFY_SET, "srem", 1);
    if (!count) {
      deleteKey(1, entry);
      notifyArg(NOTIFY_GENERIC, "del", 1);
    }
    root.dirty += removed;
  }
  replyInteger(removed);
}
