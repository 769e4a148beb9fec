/** INCRBYFLOAT key increment. https://redis.io/commands/incrbyfloat */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { SCRATCH } from "../../memory/map.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../../propagate/stream.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { errorNotFloat, errorOutOfMemory } from "../../resp/errors.ts";
import { replyBulk, replyError } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryExpireAt, NO_EXPIRY } from "../../types/entry.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { INCREMENT_OK, INCREMENT_OVERFLOW, longDoubleIncrement } from "../../types/long-double.ts";
import { stringEncodingFor, stringRead, stringSetBytes } from "../../types/string.ts";

export function incrbyfloat(): void {
  const entry = lookupWriteTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  root.outLen = 0;
  if (entry) {
    stringRead(entry);
    if (!root.outLen) return errorNotFloat();
  }
  const outcome = longDoubleIncrement(root.outPtr, root.outLen, argPtr(2), argLen(2), SCRATCH);
  if (outcome == INCREMENT_OVERFLOW) return replyError("ERR increment would produce NaN or Infinity");
  if (outcome != INCREMENT_OK) return errorNotFloat();
  const len = root.outLen;
  const expireAt = entry ? entryExpireAt(entry) : NO_EXPIRY;
  const encoding = stringEncodingFor(len);
  if (!stringSetBytes(argHash(1), argPtr(1), argLen(1), entry, SCRATCH, len, 0, encoding, expireAt)) {
    return errorOutOfMemory();
  }
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "incrbyfloat", 1);
  replyBulk(SCRATCH, len);
  if (propagating()) propagateSum(len);
}

/** The sum, not the increment: others may add floats differently. */
function propagateSum(len: u32): void {
  propagateBegin(4);
  propagateText("SET");
  propagateBytes(argPtr(1), argLen(1));
  propagateBytes(SCRATCH, len);
  propagateText("KEEPTTL");
}
