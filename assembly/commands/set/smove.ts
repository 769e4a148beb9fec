/** SMOVE source destination member. https://redis.io/commands/smove */
import { NOTIFY_GENERIC, NOTIFY_SET } from "../../keyspace/events.ts";
import { createKey, deleteKey, keyTouched, lookupWrite, notifyArg } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory, errorWrongType } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryType } from "../../types/entry.ts";
import { TYPE_SET } from "../../types/ids.ts";
import {
  setAdd,
  setClose,
  setCount,
  setCreate,
  setFree,
  setHas,
  setOpen,
  setRef,
  setRemove,
} from "../../types/set.ts";

export function smove(): void {
  const source = lookupWrite(1);
  const destination = lookupWrite(2);
  if (!source) return replyInteger(0);
  if (entryType(source) != TYPE_SET || (destination && entryType(destination) != TYPE_SET))
    return errorWrongType();
  const from = setRef(0);
  const to = setRef(1);
  const member = argPtr(3);
  const len = argLen(3);
  setOpen(from, source);
  const has = setHas(from.value, from.encoding, member, len);
  if (source == destination || !has) return replyInteger(<i64>has);

  // Added first: without memory for it nothing is lost.
  let added: i32;
  if (destination) {
    setOpen(to, destination);
    added = setAdd(to, member, len);
    setClose(to, destination);
  } else {
    if (!setCreate(to, member, len, 1)) return errorOutOfMemory();
    added = setAdd(to, member, len);
    if (added < 0 || !createKey(2, TYPE_SET, to.encoding, to.value)) {
      setFree(to.value, to.encoding);
      return errorOutOfMemory();
    }
  }
  if (added < 0) return errorOutOfMemory();
  setRemove(from, member, len);
  setClose(from, source);
  notifyArg(NOTIFY_SET, "srem", 1);
  if (!setCount(from.value, from.encoding)) {
    deleteKey(1, source);
    notifyArg(NOTIFY_GENERIC, "del", 1);
  }
  keyTouched(1);
  root.dirty++;
  if (added) {
    root.dirty++;
    keyTouched(2);
    notifyArg(NOTIFY_SET, "sadd", 2);
  }
  replyInteger(1);
}
