/** MSET, MSETNX key value [key value …]. https://redis.io/commands/mset */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteKey, notifyArg } from "../../keyspace/lookup.ts";
import { WARM_KEYS, warmArgs, warmHash } from "../../keyspace/warm.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { propagating } from "../../propagate/stream.ts";
import { argLen, argPtr, argTake } from "../../resp/args.ts";
import { errorArityOf, errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { NO_EXPIRY } from "../../types/entry.ts";
import { stringSet } from "../../types/string.ts";

/** What a pair takes beside its bytes: header, rounding up to a size class, its share of a bucket. */
const PAIR_OVERHEAD: u64 = 32;
/** Memory that is sure to be there when a command may run at all (keyspace/evict.ts), with much to spare. */
const SURE_MEMORY: u64 = 1048576;

export function mset(): void {
  if (!(root.argc & 1)) return errorArityOf("mset");
  if (setPairs()) replyOk();
}

export function msetnx(): void {
  if (!(root.argc & 1)) return errorArityOf("msetnx");
  if (anyExists()) return replyInteger(0);
  if (setPairs()) replyInteger(1);
}

function anyExists(): bool {
  for (let first: u32 = 1; first < root.argc; first += WARM_KEYS * 2) {
    const count = min((root.argc - first) >> 1, WARM_KEYS);
    warmArgs(first, 2, count);
    for (let n: u32 = 0; n < count; n++) {
      const i = first + (n << 1);
      if (lookupWriteKey(warmHash(n), argPtr(i), argLen(i))) return true;
    }
  }
  return false;
}

/** Sets all pairs, or none: @returns false = out of memory, and that is the reply. */
function setPairs(): bool {
  if (!memoryForPairs()) {
    errorOutOfMemory();
    return false;
  }
  // A key that comes twice would free a block that propagation still reads.
  const mayTake = root.bigArg != 0 && !propagating();
  for (let first: u32 = 1; first < root.argc; first += WARM_KEYS * 2) {
    const count = min((root.argc - first) >> 1, WARM_KEYS);
    warmArgs(first, 2, count);
    for (let n: u32 = 0; n < count; n++) {
      if (setPair(first + (n << 1), warmHash(n), mayTake)) continue;
      errorOutOfMemory();
      return false;
    }
  }
  return true;
}

function setPair(i: u32, hash: u64, mayTake: bool): bool {
  const entry = lookupWriteKey(hash, argPtr(i), argLen(i));
  const taken: usize = mayTake ? argTake(i + 1) : 0;
  if (!stringSet(hash, argPtr(i), argLen(i), entry, argPtr(i + 1), argLen(i + 1), taken, NO_EXPIRY)) {
    if (taken) free(taken);
    return false;
  }
  root.dirty++;
  keyTouched(i);
  notifyArg(NOTIFY_STRING, "set", i);
  return true;
}

/**
 * Whether there is room for all pairs, so that none is set if not all can be. Few and short ones always have it; for others
 * one block of the whole size is asked for and given back.
 */
function memoryForPairs(): bool {
  let bytes: u64 = 0;
  for (let i: u32 = 1; i < root.argc; i++) bytes += argLen(i);
  bytes += <u64>(root.argc >> 1) * PAIR_OVERHEAD;
  if (bytes < SURE_MEMORY) return true;
  bytes += bytes >> 3;
  const probe: usize = bytes < <u64>u32.MAX_VALUE ? alloc(<usize>bytes) : 0;
  if (!probe) return false;
  free(probe);
  return true;
}
