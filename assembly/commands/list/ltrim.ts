/** LTRIM key start stop. https://redis.io/commands/ltrim */
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
import { errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import { replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import { listClose, listCount, listDeleteRange, listOpen, listRef, listShrink } from "../../types/list.ts";

export function ltrim(): void {
  if (!argInteger(2)) return errorNotInteger();
  let start = root.outI64;
  if (!argInteger(3)) return errorNotInteger();
  let stop = root.outI64;
  const entry = lookupWriteTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyOk();
  const list = listRef(0);
  listOpen(list, entry);
  const count: i64 = listCount(list.value, list.encoding);
  if (start < 0) start = max<i64>(start + count, 0);
  if (stop < 0) stop += count;
  let before = count;
  let behind: i64 = 0;
  if (start <= stop && start < count) {
    before = start;
    behind = count - 1 - min(stop, count - 1);
  }
  const failed = !trim(<u32>count, <u32>before, <u32>behind);
  const left = listCount(list.value, list.encoding);
  if (failed && left == count) return errorOutOfMemory();
  notifyArg(NOTIFY_LIST, "ltrim", 1);
  if (left) listShrink(list);
  listClose(list, entry);
  if (!left) {
    deleteKey(1, entry);
    notifyArg(NOTIFY_GENERIC, "del", 1);
  }
  keyTouched(1);
  root.dirty += count - left;
  if (!failed) return replyOk();
  if (propagating()) propagateTail(left);
  errorOutOfMemory();
}

/** Takes elements out at both ends of listRef(0). @returns false = out of memory, with the tail's out or not */
function trim(count: u32, before: u32, behind: u32): bool {
  const list = listRef(0);
  if (behind && !listDeleteRange(list, count - behind, behind)) return false;
  return !before || listDeleteRange(list, 0, before);
}

/** Memory ran out over a compressed node when the tail was gone already: others hear of just that. */
function propagateTail(left: u32): void {
  propagateBegin(4);
  propagateText("LTRIM");
  propagateBytes(argPtr(1), argLen(1));
  propagateInteger(0);
  propagateInteger(<i64>left - 1);
}
