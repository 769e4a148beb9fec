/** SETRANGE key offset value. https://redis.io/commands/setrange */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { argHash, argInteger, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import { replyError, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { stringGrow, stringLength, stringSetZeros } from "../../types/string.ts";
import { checkStringLength } from "./string-length.ts";

export function setrange(): void {
  if (!argInteger(2)) return errorNotInteger();
  const offset = root.outI64;
  if (offset < 0) return replyError("ERR offset is out of range");
  const entry = lookupWriteTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  const added = argLen(3);
  if (!added) return replyInteger(entry ? stringLength(entry) : 0);
  if (!checkStringLength(offset, added)) return;
  const end = <u32>offset + added;
  const placed = entry
    ? stringGrow(argHash(1), entry, end)
    : stringSetZeros(argHash(1), argPtr(1), argLen(1), end);
  if (!placed) return errorOutOfMemory();
  const length = root.outLen;
  copyBytes(root.outPtr + <usize>offset, argPtr(3), added);
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "setrange", 1);
  replyInteger(length);
}
