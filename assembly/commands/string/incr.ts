/** INCR, DECR key; INCRBY, DECRBY key amount. https://redis.io/commands/incr */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argHash, argInteger, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import { replyError, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryExpireAt, entryValueField, NO_EXPIRY } from "../../types/entry.ts";
import { ENC_INT, TYPE_STRING } from "../../types/ids.ts";
import { parseI64 } from "../../resp/numbers/integer.ts";
import { stringRead, stringSetInteger } from "../../types/string.ts";

export function incr(): void {
  increment(1);
}

export function decr(): void {
  increment(-1);
}

export function incrby(): void {
  if (!argInteger(2)) return errorNotInteger();
  increment(root.outI64);
}

export function decrby(): void {
  if (!argInteger(2)) return errorNotInteger();
  // Its negative does not fit.
  if (root.outI64 == i64.MIN_VALUE) return replyError("ERR decrement would overflow");
  increment(-root.outI64);
}

function increment(amount: i64): void {
  const entry = lookupWriteTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  const inPlace = entry != 0 && entryEncoding(entry) == ENC_INT;
  let value: i64 = 0;
  if (inPlace) {
    value = load<i64>(entryValueField(entry));
  } else if (entry) {
    stringRead(entry);
    if (!parseI64(root.outPtr, root.outLen)) return errorNotInteger();
    value = root.outI64;
  }
  const sum = value + amount;
  // Both operands have another sign than the sum.
  if (((value ^ sum) & (amount ^ sum)) < 0) return replyError("ERR increment or decrement would overflow");
  if (inPlace) {
    store<i64>(entryValueField(entry), sum);
  } else {
    const expireAt = entry ? entryExpireAt(entry) : NO_EXPIRY;
    if (!stringSetInteger(argHash(1), argPtr(1), argLen(1), entry, sum, expireAt)) return errorOutOfMemory();
  }
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "incrby", 1);
  replyInteger(sum);
}
