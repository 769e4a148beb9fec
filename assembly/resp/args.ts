/**
 * args: the arguments of the command being executed. root.argv is a table of (address, length) pairs, root.argc
 * says how many; argument 0 is the command's name. The bytes belong to the input: valid until the command ends,
 * unless argTake hands one over.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { equalsWord } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { errorNotInt, errorNotInteger } from "./errors.ts";
import { parseDouble } from "./numbers/double.ts";
import { parseI64 } from "./numbers/integer.ts";

// @ts-ignore: decorator
@inline
export function argPtr(i: u32): usize {
  return load<u32>(root.argv + (i << 3));
}

// @ts-ignore: decorator
@inline
export function argLen(i: u32): u32 {
  return load<u32>(root.argv + (i << 3), 4);
}

/** Hash of an argument as a key; the parser has computed that of the first key already. */
// @ts-ignore: decorator
@inline
export function argHash(i: u32): u64 {
  return root.hashedArg == i ? root.keyHash : hashBytes(argPtr(i), argLen(i));
}

/** Whether the argument is this word, in any case. `word` is upper-case ASCII. */
export function argIs(i: u32, word: string): bool {
  return equalsWord(argPtr(i), argLen(i), word);
}

/** Parses the argument as a 64-bit integer into root.outI64; false = it is none (Redis' strict rules). */
export function argInteger(i: u32): bool {
  return parseI64(argPtr(i), argLen(i));
}

/** Parses the argument as a 32-bit integer into root.outI64; false = it is none, and the error is replied. */
export function argInt(i: u32): bool {
  if (!argInteger(i)) errorNotInteger();
  else if (root.outI64 != <i64>(<i32>root.outI64)) errorNotInt();
  else return true;
  return false;
}

/** Parses the argument as a double into root.outF64; false = it is none (nan is none). */
export function argDouble(i: u32): bool {
  return parseDouble(argPtr(i), argLen(i));
}

/**
 * Takes over the argument's own heap block, where it has one of exactly its length (arguments above
 * limits.BIG_ARGUMENT): the caller frees it. @returns 0 = it has none, copy the bytes.
 */
export function argTake(i: u32): usize {
  const list = root.bigArg;
  if (!list) return 0;
  // list: count, then (argument index, block) pairs
  const n = load<u32>(list);
  for (let k: u32 = 0; k < n; k++) {
    const pair = list + 4 + (k << 3);
    if (load<u32>(pair) == i) {
      const block = load<u32>(pair, 4);
      store<u32>(pair, 0, 4);
      return block;
    }
  }
  return 0;
}
