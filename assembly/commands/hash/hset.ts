/** HSET key field value [field value …], HMSET, HSETNX. https://redis.io/commands/hset, /hsetnx */
import { hashCommit } from "../../keyspace/field-expire.ts";
import { NOTIFY_HASH } from "../../keyspace/events.ts";
import { createKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorArityOf, errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashCreate, hashFree, hashOpen, hashPrepare, hashRef, HashRef, hashSet } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { HASH_GONE, liveField } from "./live-field.ts";

export function hset(): void {
  if (root.argc & 1) return errorArityOf("hset");
  const added = setFields();
  if (added >= 0) replyInteger(added);
}

export function hmset(): void {
  if (root.argc & 1) return errorArityOf("hmset");
  if (setFields() >= 0) replyOk();
}

export function hsetnx(): void {
  let entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  const ref = hashRef(0);
  if (entry) {
    hashOpen(ref, entry);
    const at = liveField(entry, ref, 2);
    if (at > HASH_GONE) return replyInteger(0);
    if (at == HASH_GONE) entry = 0;
  }
  if (setPairs(entry, ref, 2) >= 0) replyInteger(1);
}

/** @returns how many fields are new; −1 = an error is replied */
function setFields(): i32 {
  const entry = lookupWriteTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return -1;
  const ref = hashRef(0);
  if (entry) hashOpen(ref, entry);
  return setPairs(entry, ref, 2);
}

/**
 * Sets the fields and values from argument `first` on, in the hash that `ref` was opened on, or in a new one if entry
 * is 0. @returns how many are new; −1 = out of memory, and it is replied
 */
function setPairs(entry: usize, ref: HashRef, first: u32): i32 {
  if (!entry && !hashCreate(ref)) return outOfMemory();
  let added: i32 = 0;
  let outcome: i32 = hashPrepareFor(ref, first) ? 0 : -1;
  for (let i = first; i < root.argc && outcome >= 0; i += 2) {
    outcome = hashSet(ref, argPtr(i), argLen(i), argPtr(i + 1), argLen(i + 1), false);
    added += outcome;
  }
  if (entry) {
    hashCommit(entry, ref);
  } else if (outcome < 0 || !createKey(1, TYPE_HASH, ref.encoding, ref.value)) {
    hashFree(ref.value, ref.encoding);
    return outOfMemory();
  }
  // What went in before memory ran out stays, and others are told of it.
  keyTouched(1);
  notifyArg(NOTIFY_HASH, "hset", 1);
  root.dirty += (root.argc - first) >> 1;
  return outcome < 0 ? outOfMemory() : added;
}

/** Converts the hash where it could not stay small with the fields and values from argument `first` on. */
export function hashPrepareFor(ref: HashRef, first: u32): bool {
  let longest: u32 = 0;
  let total: u64 = 0;
  for (let i = first; i < root.argc; i++) {
    longest = max(longest, argLen(i));
    total += argLen(i);
  }
  return hashPrepare(ref, (root.argc - first) >> 1, longest, total);
}

function outOfMemory(): i32 {
  errorOutOfMemory();
  return -1;
}
