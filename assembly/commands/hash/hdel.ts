/** HDEL key field [field …]. https://redis.io/commands/hdel */
import { hashCommit } from "../../keyspace/field-expire.ts";
import { NOTIFY_GENERIC, NOTIFY_HASH } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashCount, hashDelete, hashOpen, hashRef, HashRef } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";

export function hdel(): void {
  const entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  const ref = hashRef(0);
  hashOpen(ref, entry);
  let deleted: u32 = 0;
  let left = hashCount(ref.value, ref.encoding);
  for (let i: u32 = 2; i < root.argc && left; i++) {
    if (!hashDelete(ref, argPtr(i), argLen(i))) continue;
    deleted++;
    left--;
  }
  if (deleted) fieldsDeleted(entry, ref, deleted);
  replyInteger(deleted);
}

/** After a command has deleted fields: writes the hash back and tells everybody; a hash without fields goes. */
export function fieldsDeleted(entry: usize, ref: HashRef, count: u32): void {
  hashCommit(entry, ref);
  keyTouched(1);
  notifyArg(NOTIFY_HASH, "hdel", 1);
  root.dirty += count;
  deleteIfEmpty(entry, ref);
}

/** @returns whether the hash was empty, and its key is gone */
export function deleteIfEmpty(entry: usize, ref: HashRef): bool {
  if (hashCount(ref.value, ref.encoding)) return false;
  deleteKey(1, entry);
  notifyArg(NOTIFY_GENERIC, "del", 1);
  return true;
}
