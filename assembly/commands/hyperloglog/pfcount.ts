/** PFCOUNT key [key …]. https://redis.io/commands/pfcount */
import { keyTouched, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { argHash } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { HLL_REGISTERS, hllCount, hllCountRegisters } from "../../structures/hyperloglog.ts";
import { hllEntryOpen } from "../../types/hll.ts";
import { errorCorruptHll, lookupReadHll } from "./hll-key.ts";
import { mergeKeys } from "./merge-keys.ts";

export function pfcount(): void {
  if (root.argc > 2) return countUnion();
  let entry = lookupReadHll(1);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  entry = hllEntryOpen(argHash(1), entry);
  if (!entry) return errorOutOfMemory();
  if (!hllCount(root.outPtr, root.outLen)) return errorCorruptHll();
  // The count is kept in the value: a write, though nobody can tell.
  if (root.scratch0) {
    root.dirty++;
    keyTouched(1);
  }
  replyInteger(<i64>root.outU64);
}

/** Counts the union of several keys, which stays nowhere. */
function countUnion(): void {
  const registers = alloc(HLL_REGISTERS);
  if (!registers) return errorOutOfMemory();
  if (mergeKeys(registers)) replyInteger(<i64>hllCountRegisters(registers));
  free(registers);
}
