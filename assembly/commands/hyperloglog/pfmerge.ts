/** PFMERGE destination [key …]. https://redis.io/commands/pfmerge */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupWrite, notifyArg } from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { HLL_CORRUPT, HLL_REGISTERS } from "../../structures/hyperloglog.ts";
import { hllEntryCreate, hllEntryOpen, hllEntryRaise, hllEntryToDense } from "../../types/hll.ts";
import { errorCorruptHll } from "./hll-key.ts";
import { mergeKeys } from "./merge-keys.ts";

export function pfmerge(): void {
  const registers = alloc(HLL_REGISTERS);
  if (!registers) return errorOutOfMemory();
  if (mergeKeys(registers)) storeUnion(registers, root.scratch1 != 0);
  free(registers);
}

/** Sets the destination to the union, of which it is a part. */
function storeUnion(registers: usize, dense: bool): void {
  const hash = argHash(1);
  let entry = lookupWrite(1);
  entry = entry ? hllEntryOpen(hash, entry) : hllEntryCreate(hash, argPtr(1), argLen(1));
  root.scratch1 = 0;
  if (entry && dense) entry = hllEntryToDense(hash, entry);
  if (entry && root.scratch1 != HLL_CORRUPT) entry = hllEntryRaise(hash, entry, registers);
  if (!entry) return errorOutOfMemory();
  if (root.scratch1 == HLL_CORRUPT) return errorCorruptHll();
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "pfadd", 1);
  replyOk();
}
