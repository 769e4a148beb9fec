/** set-options: the options that SET and GETEX share: conditions, GET, and when a key expires. */
import { argInteger, argIs } from "../../resp/args.ts";
import { errorInvalidExpire, errorNotInteger } from "../../resp/errors.ts";
import { root } from "../../root.ts";

// @ts-ignore: decorator
@inline
export const OPTION_NX: u32 = 1;
// @ts-ignore: decorator
@inline
export const OPTION_XX: u32 = 2;
// @ts-ignore: decorator
@inline
export const OPTION_GET: u32 = 4;
// @ts-ignore: decorator
@inline
export const OPTION_KEEPTTL: u32 = 8;
// @ts-ignore: decorator
@inline
export const OPTION_PERSIST: u32 = 16;
// @ts-ignore: decorator
@inline
export const OPTION_EX: u32 = 32;
// @ts-ignore: decorator
@inline
export const OPTION_PX: u32 = 64;
// @ts-ignore: decorator
@inline
export const OPTION_EXAT: u32 = 128;
// @ts-ignore: decorator
@inline
export const OPTION_PXAT: u32 = 256;
/** Options that are followed by a time. */
// @ts-ignore: decorator
@inline
export const OPTION_TIME: u32 = OPTION_EX | OPTION_PX | OPTION_EXAT | OPTION_PXAT;
/** At most one of these, but the same one may come again: the last counts. */
// @ts-ignore: decorator
@inline
const EXPIRY: u32 = OPTION_KEEPTTL | OPTION_PERSIST | OPTION_TIME;
/** At most one of these. */
// @ts-ignore: decorator
@inline
const CONDITION: u32 = OPTION_NX | OPTION_XX;

/**
 * Reads the options from argument `first` on.
 * @param allowed  OPTION_* that the command knows
 * @returns false = syntax error; else the options are in root.scratch0, the index of the time, if any, in root.scratch1
 */
export function parseSetOptions(first: u32, allowed: u32): bool {
  let options: u32 = 0;
  let time: u32 = 0;
  for (let i = first; i < root.argc; i++) {
    const option = optionAt(i) & allowed;
    if (!option) return false;
    if (option & EXPIRY && options & EXPIRY & ~option) return false;
    if (option & CONDITION && options & CONDITION & ~option) return false;
    options |= option;
    if (option & OPTION_TIME) {
      if (++i == root.argc) return false;
      time = i;
    }
  }
  root.scratch0 = options;
  root.scratch1 = time;
  return true;
}

function optionAt(i: u32): u32 {
  if (argIs(i, "NX")) return OPTION_NX;
  if (argIs(i, "XX")) return OPTION_XX;
  if (argIs(i, "EX")) return OPTION_EX;
  if (argIs(i, "PX")) return OPTION_PX;
  if (argIs(i, "GET")) return OPTION_GET;
  if (argIs(i, "EXAT")) return OPTION_EXAT;
  if (argIs(i, "PXAT")) return OPTION_PXAT;
  if (argIs(i, "KEEPTTL")) return OPTION_KEEPTTL;
  return argIs(i, "PERSIST") ? OPTION_PERSIST : 0;
}

/**
 * Reads argument `i` as the time of an option; must be positive.
 * @param option   one of OPTION_TIME: seconds or milliseconds, from now or since 1970     @param command  for the error
 * @returns whether it is one, the error replied if not; ms since 1970 in root.outI64
 */
export function parseExpireAt(i: u32, option: u32, command: string): bool {
  if (!argInteger(i)) {
    errorNotInteger();
    return false;
  }
  let time = root.outI64;
  const seconds = (option & (OPTION_EX | OPTION_EXAT)) != 0;
  const base: i64 = option & (OPTION_EX | OPTION_PX) ? root.nowMs : 0;
  if (time <= 0 || (seconds && time > i64.MAX_VALUE / 1000)) {
    errorInvalidExpire(command);
    return false;
  }
  if (seconds) time *= 1000;
  if (time > i64.MAX_VALUE - base) {
    errorInvalidExpire(command);
    return false;
  }
  root.outI64 = time + base;
  return true;
}
