/** HINCRBYFLOAT key field increment. https://redis.io/commands/hincrbyfloat */
import { lookupWriteTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { SCRATCH } from "../../memory/map.ts";
import {
  propagateArgument,
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorNotFloat } from "../../resp/errors.ts";
import { replyBulk, replyError } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashExpireAt, hashOpen, hashRef, hashValue } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import {
  INCREMENT_BAD_VALUE,
  INCREMENT_OK,
  LongDouble,
  LONG_DOUBLE_LENGTH_MAX,
  longDoubleIncrement,
  longDoubleParse,
} from "../../types/long-double.ts";
import { storeNumber } from "./hincrby.ts";
import { HASH_GONE, liveField } from "./live-field.ts";

export function hincrbyfloat(): void {
  if (!incrementIsFinite()) return;
  let entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  const ref = hashRef(0);
  let expires = false;
  root.outLen = 0;
  if (entry) {
    hashOpen(ref, entry);
    const at = liveField(entry, ref, 2);
    root.outLen = 0;
    if (at == HASH_GONE) {
      entry = 0;
    } else if (at) {
      expires = hashExpireAt(ref, at) != 0;
      hashValue(ref, at);
      if (!root.outLen) return replyError("ERR hash value is not a float");
    }
  }
  const outcome = longDoubleIncrement(root.outPtr, root.outLen, argPtr(3), argLen(3), SCRATCH);
  if (outcome == INCREMENT_BAD_VALUE) return replyError("ERR hash value is not a float");
  if (outcome != INCREMENT_OK) return replyError("ERR increment would produce NaN or Infinity");
  const len = root.outLen;
  if (!storeNumber(entry, ref, SCRATCH, len, "hincrbyfloat")) return;
  replyBulk(SCRATCH, len);
  if (propagating()) propagateSum(len, expires);
}

/** Whether argument 3 is a number that can be added; where not, the error is replied. */
function incrementIsFinite(): bool {
  const parsed = SCRATCH + LONG_DOUBLE_LENGTH_MAX;
  if (!longDoubleParse(argPtr(3), argLen(3), parsed)) {
    errorNotFloat();
    return false;
  }
  if (!changetype<LongDouble>(parsed).infinite) return true;
  replyError("ERR value is NaN or Infinity");
  return false;
}

/**
 * The sum, not the increment: others may add floats differently. HSET takes the expiry off a field, so one that has an
 * expiry goes as HSETEX KEEPTTL.
 */
function propagateSum(len: u32, expires: bool): void {
  propagateBegin(expires ? 7 : 4);
  propagateText(expires ? "HSETEX" : "HSET");
  propagateArgument(1);
  if (expires) {
    propagateText("KEEPTTL");
    propagateText("FIELDS");
    propagateInteger(1);
  }
  propagateArgument(2);
  propagateBytes(SCRATCH, len);
}
