/** bit-string: the string of a key that bits are read from or written to. */
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { root } from "../../root.ts";
import { stringGrow, stringRead, stringSetZeros } from "../../types/string.ts";

/** The bytes of an entry in root.outPtr and outLen; 0 = none. */
// @ts-ignore: decorator
@inline
export function bitsOf(entry: usize): void {
  if (entry) {
    stringRead(entry);
  } else {
    root.outPtr = 0;
    root.outLen = 0;
  }
}

/**
 * Makes the string of argument 1, which `entry` is (0 = new), changeable up to bit `lastBit`; the bytes are in root.outPtr
 * and outLen. Whether it was made or grew is in root.scratch0. @returns false = out of memory, and that is the reply
 */
export function bitsForWriting(entry: usize, lastBit: u64): bool {
  const size = <u32>(lastBit >> 3) + 1;
  bitsOf(entry);
  const grows = !entry || root.outLen < size;
  const placed = entry
    ? stringGrow(argHash(1), entry, size)
    : stringSetZeros(argHash(1), argPtr(1), argLen(1), size);
  root.scratch0 = <u32>grows;
  if (!placed) errorOutOfMemory();
  return placed != 0;
}
