/** hll-key: looking up keys that must hold a HyperLogLog, and the errors of those that do not. */
import { lookupReadTyped, lookupWriteTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyError } from "../../resp/reply.ts";
import { hllEntryIsValid } from "../../types/hll.ts";
import { TYPE_STRING } from "../../types/ids.ts";

export function errorNotHll(): void {
  replyError("WRONGTYPE Key is not a valid HyperLogLog string value.");
}

/** Found while reading the registers. */
export function errorCorruptHll(): void {
  replyError("INVALIDOBJ Corrupted HLL object detected");
}

/** lookupReadTyped of a HyperLogLog: 0 = none, WRONG_TYPE = something else, and that is the reply. */
export function lookupReadHll(i: u32): usize {
  return checked(lookupReadTyped(i, TYPE_STRING));
}

/** lookupWriteTyped of a HyperLogLog: 0 = none, WRONG_TYPE = something else, and that is the reply. */
export function lookupWriteHll(i: u32): usize {
  return checked(lookupWriteTyped(i, TYPE_STRING));
}

function checked(entry: usize): usize {
  if (!entry || entry == WRONG_TYPE || hllEntryIsValid(entry)) return entry;
  errorNotHll();
  return WRONG_TYPE;
}
