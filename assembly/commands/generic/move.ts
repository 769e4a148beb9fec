/** MOVE key db. https://redis.io/commands/move */
import { keyModified, notify, NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { databaseAt, dbTake } from "../../keyspace/keyspace.ts";
import { addEntry, findKey, groupsGone, lookupWrite } from "../../keyspace/lookup.ts";
import { argHash, argInt, argLen, argPtr } from "../../resp/args.ts";
import { errorDatabaseIndex, errorOutOfMemory, errorSameObject } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryType } from "../../types/entry.ts";
import { TYPE_STREAM } from "../../types/ids.ts";

export function move(): void {
  if (!argInt(2)) return;
  if (<u64>root.outI64 >= root.databaseCount) return errorDatabaseIndex();
  const source = root.db;
  const target = databaseAt(<u32>root.outI64);
  if (target == source) return errorSameObject();
  const entry = lookupWrite(1);
  if (!entry) return replyInteger(0);
  root.db = target;
  const added = moveTo(entry);
  root.db = source;
  if (!added) return;
  dbTake(source, argHash(1), entry);
  if (entryType(entry) == TYPE_STREAM) groupsGone(argPtr(1), argLen(1));
  keyModified(source, argPtr(1), argLen(1));
  keyModified(target, argPtr(1), argLen(1));
  notify(NOTIFY_GENERIC, "move_from", argPtr(1), argLen(1));
  root.db = target;
  notify(NOTIFY_GENERIC, "move_to", argPtr(1), argLen(1));
  root.db = source;
  root.dirty++;
  replyInteger(1);
}

/** Puts the very entry into the database that is current now; false = that is replied, why not. */
function moveTo(entry: usize): bool {
  const hash = argHash(1);
  if (findKey(hash, argPtr(1), argLen(1))) replyInteger(0);
  else if (!addEntry(hash, entry)) errorOutOfMemory();
  else return true;
  return false;
}
