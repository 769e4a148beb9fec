/** APPEND key value. https://redis.io/commands/append */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { NO_EXPIRY } from "../../types/entry.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { stringGrow, stringLength, stringSet } from "../../types/string.ts";
import { checkStringLength } from "./string-length.ts";

export function append(): void {
  const entry = lookupWriteTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  const added = argLen(2);
  let length = added;
  if (entry) {
    const old = stringLength(entry);
    if (!checkStringLength(old, added)) return;
    length = old + added;
    if (!stringGrow(argHash(1), entry, length)) return errorOutOfMemory();
    copyBytes(root.outPtr + old, argPtr(2), added);
  } else if (!stringSet(argHash(1), argPtr(1), argLen(1), 0, argPtr(2), added, 0, NO_EXPIRY)) {
    return errorOutOfMemory();
  }
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "append", 1);
  replyInteger(length);
}
