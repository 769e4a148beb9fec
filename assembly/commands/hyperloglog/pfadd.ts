/** PFADD key [element …]. https://redis.io/commands/pfadd */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { HLL_CHANGED, HLL_CORRUPT } from "../../structures/hyperloglog.ts";
import { hllEntryAdd, hllEntryCreate, hllEntryOpen } from "../../types/hll.ts";
import { errorCorruptHll, lookupWriteHll } from "./hll-key.ts";

export function pfadd(): void {
  const hash = argHash(1);
  let entry = lookupWriteHll(1);
  if (entry == WRONG_TYPE) return;
  let changes: u32 = entry ? 0 : 1;
  entry = entry ? hllEntryOpen(hash, entry) : hllEntryCreate(hash, argPtr(1), argLen(1));
  for (let i: u32 = 2; entry != 0 && i < root.argc; i++) {
    entry = hllEntryAdd(hash, entry, argPtr(i), argLen(i));
    if (!entry) break;
    if (root.scratch1 == HLL_CORRUPT) return errorCorruptHll();
    if (root.scratch1 == HLL_CHANGED) changes++;
  }
  // Without memory for all elements, those that were counted stay so: to add them again does no harm.
  if (!entry) errorOutOfMemory();
  else replyInteger(changes ? 1 : 0);
  if (!changes) return;
  root.dirty += changes;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "pfadd", 1);
}
