/** LPUSH, RPUSH key element [element …]; LPUSHX, RPUSHX only if the list is there. https://redis.io/commands/lpush */
import { NOTIFY_LIST } from "../../keyspace/events.ts";
import { createKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import {
  listClose,
  listCount,
  listCreate,
  listFree,
  listGrow,
  listOpen,
  listPop,
  listPush,
  listRef,
} from "../../types/list.ts";

export function lpush(): void {
  push(false, false);
}

export function rpush(): void {
  push(true, false);
}

export function lpushx(): void {
  push(false, true);
}

export function rpushx(): void {
  push(true, true);
}

function push(tail: bool, onlyExisting: bool): void {
  const entry = lookupWriteTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry && onlyExisting) return replyInteger(0);
  const list = listRef(0);
  if (entry) listOpen(list, entry);
  else if (!listCreate(list)) return errorOutOfMemory();

  let bytes: u64 = 0;
  for (let i: u32 = 2; i < root.argc; i++) bytes += argLen(i);
  let ok = listGrow(list, bytes, root.argc - 2);
  let pushed: u32 = 0;
  while (ok && pushed + 2 < root.argc) {
    ok = listPush(list, argPtr(pushed + 2), argLen(pushed + 2), tail);
    if (ok) pushed++;
  }
  if (!ok) for (; pushed; pushed--) undo(tail);
  if (entry) listClose(list, entry);
  else if (!ok || !createKey(1, TYPE_LIST, list.encoding, list.value)) {
    listFree(list.value, list.encoding);
    ok = false;
  }
  if (!ok) return errorOutOfMemory();
  keyTouched(1);
  notifyArg(NOTIFY_LIST, tail ? "rpush" : "lpush", 1);
  root.dirty += pushed;
  replyInteger(listCount(list.value, list.encoding));
}

/** Takes the last element pushed out again: memory has run out. Its node has just been written, so this cannot fail. */
function undo(tail: bool): void {
  listPop(listRef(0), tail);
}
