/**
 * warm: a command of many keys touches what it will read before it reads it. One command's keys are known all at once, as
 * a batch's are, so their cache misses can overlap the same way (execute.ts). Hashes are kept for the look-ups that follow.
 *
 * A command goes over its keys in windows of WARM_KEYS: warmArgs, then look-ups with warmHash(0 … count − 1).
 */
import { KEY_HASHES, KEY_HASHES_SIZE } from "../memory/map.ts";
import { argHash } from "../resp/args.ts";
import { root } from "../root.ts";
import { dictWarm } from "../structures/dict.ts";
import { dbDict } from "./keyspace.ts";

/** Keys of one window: their lines are still in the first-level cache when the last is looked up. */
// @ts-ignore: decorator
@inline
export const WARM_KEYS: u32 = <u32>(KEY_HASHES_SIZE >> 3);

/** Hashes and touches `count` keys (at most WARM_KEYS) of the current database: arguments first, first + step, … O(count) */
export function warmArgs(first: u32, step: u32, count: u32): void {
  for (let n: u32 = 0; n < count; n++) store<u64>(KEY_HASHES + (n << 3), argHash(first + n * step));
  if (count > 1) root.scratch0 = dictWarm(dbDict(root.db), KEY_HASHES, count);
}

/** Hash of key `n` of the window. */
// @ts-ignore: decorator
@inline
export function warmHash(n: u32): u64 {
  return load<u64>(KEY_HASHES + (n << 3));
}
