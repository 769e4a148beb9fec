/** merge-keys: the union of all keys of a PFCOUNT or PFMERGE, as raw registers. */
import { WRONG_TYPE } from "../../keyspace/lookup.ts";
import { root } from "../../root.ts";
import { HLL_REGISTERS, hllIsDense, hllMergeInto } from "../../structures/hyperloglog.ts";
import { errorCorruptHll, lookupReadHll } from "./hll-key.ts";

/**
 * Merges the HyperLogLogs of all arguments.
 * @param registers  HLL_REGISTERS bytes
 * @returns false = one of them is none, and that is the reply; whether any is dense is in root.scratch1
 */
export function mergeKeys(registers: usize): bool {
  memory.fill(registers, 0, HLL_REGISTERS);
  let anyDense = false;
  for (let i: u32 = 1; i < root.argc; i++) {
    const entry = lookupReadHll(i);
    if (entry == WRONG_TYPE) return false;
    if (!entry) continue;
    anyDense = anyDense || hllIsDense(root.outPtr);
    if (!hllMergeInto(registers, root.outPtr, root.outLen)) {
      errorCorruptHll();
      return false;
    }
  }
  root.scratch1 = <u32>anyDense;
  return true;
}
