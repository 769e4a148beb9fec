/** LREM key count element. https://redis.io/commands/lrem */
import { NOTIFY_GENERIC, NOTIFY_LIST } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import {
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argInteger, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorNotNegatable, errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import {
  listClose,
  listCount,
  listOpen,
  listRef,
  listRemove,
  listRemoveFailed,
  listShrink,
} from "../../types/list.ts";

export function lrem(): void {
  if (!argInteger(2)) return errorNotInteger();
  const count = root.outI64;
  if (count == i64.MIN_VALUE) return errorNotNegatable();
  const entry = lookupWriteTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  const list = listRef(0);
  listOpen(list, entry);
  const forward = count >= 0;
  const removed = listRemove(list, argPtr(3), argLen(3), <u64>(forward ? count : -count), forward);
  const failed = listRemoveFailed();
  const left = listCount(list.value, list.encoding);
  if (removed) {
    if (left) listShrink(list);
    keyTouched(1);
    notifyArg(NOTIFY_LIST, "lrem", 1);
    root.dirty += removed;
  }
  listClose(list, entry);
  if (!left) {
    deleteKey(1, entry);
    notifyArg(NOTIFY_GENERIC, "del", 1);
  }
  if (!failed) return replyInteger(removed);
  if (removed && propagating()) propagateRemoved(forward ? <i64>removed : -(<i64>removed));
  errorOutOfMemory();
}

/** Memory ran out over a compressed node: others hear of just what was removed. */
function propagateRemoved(count: i64): void {
  propagateBegin(4);
  propagateText("LREM");
  propagateBytes(argPtr(1), argLen(1));
  propagateInteger(count);
  propagateBytes(argPtr(3), argLen(3));
}
