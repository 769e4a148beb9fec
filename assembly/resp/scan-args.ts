/**
 * scan-args: the arguments that SCAN, HSCAN, SSCAN and ZSCAN share.
 *
 * Order, as in Redis: the cursor is checked, then the key is looked up (a missing one answers `0` and nothing whatever
 * the options), then the options.
 */
import { root } from "../root.ts";
import { argInteger, argIs, argLen, argPtr } from "./args.ts";
import { errorNotInteger, errorSyntax } from "./errors.ts";
import { parseU64 } from "./numbers/integer.ts";
import { replyError } from "./reply.ts";

/** TYPE is an option: SCAN. */
// @ts-ignore: decorator
@inline
export const SCAN_TYPE: u32 = 1;
/** NOVALUES is an option: HSCAN. */
// @ts-ignore: decorator
@inline
export const SCAN_NOVALUES: u32 = 2;

/** The cursor in argument `i` to root.outU64; false = it is none, and the error is replied. */
export function argCursor(i: u32): bool {
  if (parseU64(argPtr(i), argLen(i))) return true;
  replyError("ERR invalid cursor");
  return false;
}

/**
 * The options from argument `first` on. root.scratch1 becomes the index of MATCH's pattern (0 = none), root.scratch2
 * that of TYPE's name (0 = none), root.scratch3 whether NOVALUES was there, root.outI64 COUNT (10 if not given).
 * @param allowed  SCAN_*     @returns false = the error is replied
 */
export function argScanOptions(first: u32, allowed: u32): bool {
  let count: i64 = 10;
  root.scratch1 = 0;
  root.scratch2 = 0;
  root.scratch3 = 0;
  for (let i = first; i < root.argc; i++) {
    const hasValue = i + 1 < root.argc;
    if (hasValue && argIs(i, "COUNT")) {
      if (!argInteger(++i)) {
        errorNotInteger();
        return false;
      }
      count = root.outI64;
      if (count < 1) {
        errorSyntax();
        return false;
      }
    } else if (hasValue && argIs(i, "MATCH")) {
      root.scratch1 = ++i;
    } else if (hasValue && allowed & SCAN_TYPE && argIs(i, "TYPE")) {
      root.scratch2 = ++i;
    } else if (argIs(i, "NOVALUES")) {
      if (!(allowed & SCAN_NOVALUES)) {
        replyError("ERR NOVALUES option can only be used in HSCAN");
        return false;
      }
      root.scratch3 = 1;
    } else {
      errorSyntax();
      return false;
    }
  }
  root.outI64 = count;
  return true;
}
