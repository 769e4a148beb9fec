/** bit-range: `start end [BYTE | BIT]` of BITCOUNT and BITPOS, as bits of a string. */
import { argInteger, argIs } from "../../resp/args.ts";
import { errorNotInteger, errorSyntax } from "../../resp/errors.ts";
import { root } from "../../root.ts";

/**
 * Reads the range from argument `first` on: start into root.scratchI64, end into root.outI64, whether they count bits into
 * root.scratch0. What is not given stays the whole string.
 * @param unitBeforeEnd  which of the two is at fault when both are     @returns false = an error is replied
 */
export function parseBitRange(first: u32, unitBeforeEnd: bool): bool {
  const given = <i32>root.argc - <i32>first;
  if (given > 3) return syntaxError();
  root.scratchI64 = 0;
  root.scratch0 = 0;
  if (given > 0) {
    if (!argInteger(first)) return notInteger();
    root.scratchI64 = root.outI64;
  }
  if (unitBeforeEnd && given > 2 && !parseUnit(first + 2)) return false;
  root.outI64 = -1;
  if (given > 1 && !argInteger(first + 1)) return notInteger();
  return unitBeforeEnd || given < 3 || parseUnit(first + 2);
}

function parseUnit(i: u32): bool {
  root.scratch0 = <u32>argIs(i, "BIT");
  return root.scratch0 || argIs(i, "BYTE") ? true : syntaxError();
}

function syntaxError(): bool {
  errorSyntax();
  return false;
}

function notInteger(): bool {
  errorNotInteger();
  return false;
}

/** Both ends count from the string's end, and in the wrong order: nothing to BITCOUNT, though both may be cut to 0. */
export function bitRangeIsReversed(): bool {
  return root.scratchI64 < 0 && root.outI64 < 0 && root.scratchI64 > root.outI64;
}

/**
 * The range that parseBitRange has read, of a string of `len` bytes: first bit in root.outU64, last bit (included) in
 * root.scratchI64. @returns false = it is empty
 */
export function bitRangeOf(len: u32): bool {
  let start = root.scratchI64;
  let end = root.outI64;
  const shift: i64 = root.scratch0 ? 0 : 3;
  const total = (<i64>len) << (3 - shift);
  if (start < 0) start = max<i64>(start + total, 0);
  if (end < 0) end = max<i64>(end + total, 0);
  end = min(end, total - 1);
  if (start > end) return false;
  root.outU64 = <u64>(start << shift);
  root.scratchI64 = (end << shift) + (((<i64>1) << shift) - 1);
  return true;
}
