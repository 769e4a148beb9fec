/**
 * latency: how long commands take, a histogram for each, for LATENCY HISTOGRAM and INFO latencystats.
 *
 * A look at the clock costs a third of a GET, so not every command is timed. Those that may take long are, one by one,
 * and count once. The others are timed at the head of batches that execute.ts samples, and count as often as they stand
 * for; who reads the histogram scales it to the number of calls.
 *
 * Histogram (made when its command is first timed): LATENCY_BUCKETS × u32. Up to 63 ns each nanosecond has a bucket of its
 * own; from there on 32 buckets share the times from one power of two to the next, so that a bucket is 3 % wide. What
 * takes longer than a second is a second. The idea, and the bounds, are Gil Tene's HdrHistogram.
 */
import { COMMAND_COUNT } from "./generated/commands.ts";
import { LATENCY_NANOS_MAX } from "./limits.ts";
import { allocZeroed } from "./memory/allocator.ts";
import { root } from "./root.ts";
import { setting, SETTING_LATENCY_TRACKING } from "./settings.ts";

// @ts-ignore: decorator
@inline
const SUB_BITS: u32 = 5;
/** Up to the bucket of a second, which ends the table. */
// @ts-ignore: decorator
@inline
export const LATENCY_BUCKETS: u32 = 832;

if (LATENCY_NANOS_MAX >= 1 << 30) ERROR("The last bucket is that of 2^30 ns: mend LATENCY_BUCKETS");

/** Allocates the table of histograms, which are made one by one. @returns false = out of memory */
export function latencyInit(): bool {
  root.latencies = allocZeroed(COMMAND_COUNT << 2);
  return root.latencies != 0;
}

/**
 * Enters a time. Without memory for the histogram it is not entered. O(1)
 * @param weight  how many calls it stands for
 */
export function latencyNote(id: u32, micros: f64, weight: u32): void {
  if (setting(SETTING_LATENCY_TRACKING) == 0) return;
  const cell = root.latencies + (id << 2);
  let histogram = <usize>load<u32>(cell);
  if (!histogram) {
    histogram = allocZeroed(LATENCY_BUCKETS << 2);
    if (!histogram) return;
    store<u32>(cell, <u32>histogram);
  }
  const nanos = <u32>max<f64>(0, min<f64>(micros * 1000, <f64>LATENCY_NANOS_MAX));
  const bucket = histogram + (bucketOf(nanos) << 2);
  const count = load<u32>(bucket);
  // Full counters stay full.
  store<u32>(bucket, count + min(weight, u32.MAX_VALUE - count));
}

// @ts-ignore: decorator
@inline
function bucketOf(nanos: u32): u32 {
  const shift = 31 - clz(nanos | 32) - SUB_BITS;
  return (shift << SUB_BITS) + (nanos >> shift);
}
