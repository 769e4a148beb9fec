/** ZREM key member [member …]. https://redis.io/commands/zrem */
import { NOTIFY_GENERIC, NOTIFY_ZSET } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import { zsetClose, zsetCount, zsetOpen, zsetRef, zsetRemove } from "../../types/zset.ts";

export function zrem(): void {
  const entry = lookupWriteTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  const zset = zsetRef(0);
  zsetOpen(zset, entry);
  let left = zsetCount(zset.value, zset.encoding);
  let removed: u32 = 0;
  for (let i: u32 = 2; i < root.argc && left; i++) {
    if (!zsetRemove(zset, argPtr(i), argLen(i))) continue;
    removed++;
    left--;
  }
  zsetClose(zset, entry);
  membersRemoved(entry, removed, "zrem");
  replyInteger(removed);
}

/** What follows taking `removed` members out of the sorted set of argument 1: notifications, and an end if it is empty. */
export function membersRemoved(entry: usize, removed: u32, event: string): void {
  if (!removed) return;
  const zset = zsetRef(0);
  notifyArg(NOTIFY_ZSET, event, 1);
  if (!zsetCount(zset.value, zset.encoding)) {
    deleteKey(1, entry);
    notifyArg(NOTIFY_GENERIC, "del", 1);
  }
  keyTouched(1);
  root.dirty += removed;
}
