/** HINCRBY key field increment. https://redis.io/commands/hincrby */
import { NOTIFY_HASH } from "../../keyspace/events.ts";
import { hashCommit } from "../../keyspace/field-expire.ts";
import { createKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { SCRATCH } from "../../memory/map.ts";
import { argInteger, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import { formatI64, parseI64 } from "../../resp/numbers/integer.ts";
import { replyError, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashCreate, hashFree, hashOpen, hashRef, HashRef, hashSet, hashValue } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { HASH_GONE, liveField } from "./live-field.ts";

export function hincrby(): void {
  if (!argInteger(3)) return errorNotInteger();
  const increment = root.outI64;
  let entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  const ref = hashRef(0);
  let value: i64 = 0;
  if (entry) {
    hashOpen(ref, entry);
    const at = liveField(entry, ref, 2);
    if (at == HASH_GONE) {
      entry = 0;
    } else if (at) {
      hashValue(ref, at);
      if (!parseI64(root.outPtr, root.outLen)) return replyError("ERR hash value is not an integer");
      value = root.outI64;
    }
  }
  if (increment < 0 ? value < i64.MIN_VALUE - increment : value > i64.MAX_VALUE - increment) {
    return replyError("ERR increment or decrement would overflow");
  }
  value += increment;
  if (!storeNumber(entry, ref, SCRATCH, formatI64(value, SCRATCH), "hincrby")) return;
  replyInteger(value);
}

/**
 * Sets the field of argument 2, whose expiry stays, to a number, in the hash that `ref` was opened on, or in a new one if
 * entry is 0. @returns false = out of memory, and it is replied
 */
export function storeNumber(entry: usize, ref: HashRef, number: usize, len: u32, event: string): bool {
  const ok = storeField(entry, ref, number, len);
  if (ok) {
    keyTouched(1);
    notifyArg(NOTIFY_HASH, event, 1);
    root.dirty++;
  } else {
    errorOutOfMemory();
  }
  return ok;
}

function storeField(entry: usize, ref: HashRef, number: usize, len: u32): bool {
  if (!entry && !hashCreate(ref)) return false;
  const ok = hashSet(ref, argPtr(2), argLen(2), number, len, true) >= 0;
  if (entry) {
    hashCommit(entry, ref);
    return ok;
  }
  if (ok && createKey(1, TYPE_HASH, ref.encoding, ref.value)) return true;
  hashFree(ref.value, ref.encoding);
  return false;
}
