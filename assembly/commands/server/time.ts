/** TIME: seconds since 1970, and microseconds in the second. https://redis.io/commands/time */
import { replyArray, replyBulkInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";

/** Microseconds of a monotonic clock that begins anywhere. */
// @ts-ignore: decorator
@external("env", "clock")
declare function clock(): f64;

export function time(): void {
  const micros = microsecondsNow();
  replyArray(2);
  replyBulkInteger(micros / 1000000);
  replyBulkInteger(micros % 1000000);
}

/**
 * The engine is told the milliseconds; what lies between two comes from the monotonic clock, whose distance to them is
 * corrected where it leads out of the millisecond, so that time goes forward within it too.
 */
function microsecondsNow(): i64 {
  const from = <f64>root.nowMs * 1000;
  const micros = clock();
  const off = from - (micros + root.clockOffset);
  if (off > 0) root.clockOffset += off;
  else if (off <= -1000) root.clockOffset += off + 999;
  return <i64>(micros + root.clockOffset);
}
