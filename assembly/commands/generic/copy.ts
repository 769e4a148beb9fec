/** COPY source destination [DB n] [REPLACE]. https://redis.io/commands/copy */
import { keyModified, notify, NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { databaseAt } from "../../keyspace/keyspace.ts";
import { copyEntry, findKey, lookupRead } from "../../keyspace/lookup.ts";
import { equalBytes } from "../../memory/bytes.ts";
import { argHash, argInt, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorDatabaseIndex, errorOutOfMemory, errorSameObject, errorSyntax } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function copy(): void {
  const source = root.db;
  let target = source;
  let replace = false;
  for (let i: u32 = 3; i < root.argc; i++) {
    if (argIs(i, "REPLACE")) {
      replace = true;
    } else if (argIs(i, "DB") && i + 1 < root.argc) {
      if (!argInt(++i)) return;
      if (<u64>root.outI64 >= root.databaseCount) return errorDatabaseIndex();
      target = databaseAt(<u32>root.outI64);
    } else {
      return errorSyntax();
    }
  }
  if (target == source && argLen(1) == argLen(2) && equalBytes(argPtr(1), argPtr(2), argLen(1))) {
    return errorSameObject();
  }
  const entry = lookupRead(1);
  if (!entry) return replyInteger(0);
  root.db = target;
  copyTo(entry, replace);
  root.db = source;
}

/** Copies the entry to the key of argument 2 in the database that is current now. */
function copyTo(entry: usize, replace: bool): void {
  const old = findKey(argHash(2), argPtr(2), argLen(2));
  if (old && !replace) return replyInteger(0);
  if (!copyEntry(entry, argHash(2), argPtr(2), argLen(2), old)) return errorOutOfMemory();
  keyModified(root.db, argPtr(2), argLen(2));
  notify(NOTIFY_GENERIC, "copy_to", argPtr(2), argLen(2));
  root.dirty++;
  replyInteger(1);
}
