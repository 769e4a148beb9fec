/**
 * field-args: arguments of the commands on the expiry of fields: times, and `FIELDS count field [field …]`, which stands
 * last.
 */
import { root } from "../../root.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorInvalidExpire, errorNotInteger } from "../../resp/errors.ts";
import { replyError } from "../../resp/reply.ts";

/** Latest time at which a field may expire, ms since 1970: 46 bits, as in Redis. */
// @ts-ignore: decorator
@inline
const EXPIRE_AT_MAX: i64 = (1 << 46) - 1;

/**
 * The time of argument `i` to root.outI64, in ms since 1970.
 * @param base  ms since 1970 that it counts from     @param command  its name, for the error
 * @returns false = it is none, and the error is replied
 */
export function argFieldExpiry(i: u32, seconds: bool, base: i64, command: string): bool {
  if (!argInteger(i)) {
    errorNotInteger();
    return false;
  }
  let at = root.outI64;
  if (at < 0) {
    replyError("ERR invalid expire time, must be >= 0");
    return false;
  }
  if (at > (seconds ? EXPIRE_AT_MAX / 1000 : EXPIRE_AT_MAX)) return invalidExpire(command);
  if (seconds) at *= 1000;
  if (at > EXPIRE_AT_MAX - base) return invalidExpire(command);
  root.outI64 = at + base;
  return true;
}

function invalidExpire(command: string): bool {
  errorInvalidExpire(command);
  return false;
}

/**
 * Whether FIELDS stands at argument `i` and the right count of fields behind it, from i + 2 on.
 * @param badCount  the error where the count is no positive integer     @returns false = the error is replied
 */
export function argFields(i: u32, badCount: string): bool {
  if (i >= root.argc || !argIs(i, "FIELDS")) {
    replyError("ERR Mandatory argument FIELDS is missing or not at the right position");
  } else if (i + 1 >= root.argc || !argInteger(i + 1) || root.outI64 < 1) {
    replyError(badCount);
  } else if (root.outI64 != <i64>root.argc - i - 2) {
    replyError("ERR The `numfields` parameter must match the number of arguments");
  } else {
    return true;
  }
  return false;
}

/** What most commands say of a count that is no positive integer. */
// @ts-ignore: decorator
@inline
export const BAD_COUNT: string = "ERR Number of fields must be a positive integer";
