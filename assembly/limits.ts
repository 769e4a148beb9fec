/** limits: every bound of the engine, with its unit and reason. */

/** Bytes of chunks that the host lays down: three socket reads. It collects up to two, of many clients or of one. */
// @ts-ignore: decorator
@inline
export const INPUT_SIZE: u32 = 196608;
/** Bytes in front of it for the incomplete command that the chunk before has ended with; a longer one is copied with it. */
// @ts-ignore: decorator
@inline
export const INPUT_HEADROOM: u32 = 16384;
/** Commands parsed before the first is executed: their buckets and entries must stay in the L1/L2 caches. */
// @ts-ignore: decorator
@inline
export const BATCH_COMMANDS: u32 = 256;
/** Arguments that a batch has room for at first; one long command makes it grow. */
// @ts-ignore: decorator
@inline
export const BATCH_ARGUMENTS: u32 = 4096;
/** Bytes of reply that are collected before the host writes them out. */
// @ts-ignore: decorator
@inline
export const REPLY_FLUSH: u32 = 262144;
/** Reply buffer to begin with, and what it shrinks back to: bytes. */
// @ts-ignore: decorator
@inline
export const REPLY_SIZE: u32 = 65536;
/** An argument at least this long that is not wholly there gets a block of its own, which SET may keep. */
// @ts-ignore: decorator
@inline
export const BIG_ARGUMENT: u32 = 32768;
/** Inline commands and counts: bytes in a line (Redis: PROTO_INLINE_MAX_SIZE). */
// @ts-ignore: decorator
@inline
export const LINE_MAX: u32 = 65536;
/** Arguments of one command (Redis: INT_MAX). */
// @ts-ignore: decorator
@inline
export const ARGUMENTS_MAX: i64 = 2147483647;
/** Before AUTH: arguments of one command, and bytes of one (as Redis). */
// @ts-ignore: decorator
@inline
export const UNAUTHENTICATED_ARGUMENTS: i64 = 10;
// @ts-ignore: decorator
@inline
export const UNAUTHENTICATED_BULK: i64 = 16384;
/** Arguments, and bytes of one, that the report of a slow command keeps (as Redis). */
// @ts-ignore: decorator
@inline
export const SLOW_ARGUMENTS: u32 = 32;
// @ts-ignore: decorator
@inline
export const SLOW_ARGUMENT_BYTES: u32 = 128;
/** With more arguments than this, even of a FAST command the time is taken. */
// @ts-ignore: decorator
@inline
export const TIMED_ARGUMENTS: u32 = 64;
/** Longest time of a command that histograms tell from longer ones: a second, in nanoseconds (as Redis). */
// @ts-ignore: decorator
@inline
export const LATENCY_NANOS_MAX: u32 = 1000000000;
/** Microseconds: no FAST command of a few small arguments takes as long. Who asks for shorter times has all measured. */
// @ts-ignore: decorator
@inline
export const TIME_ALL_BELOW: f64 = 1000;
/** Longest string value (Redis: proto-max-bulk-len's default, checked by APPEND and SETRANGE too). */
// @ts-ignore: decorator
@inline
export const STRING_MAX: i64 = 536870912;
/** Keys that INFO keysizes looks at in a database, the others being like them: about two milliseconds. */
// @ts-ignore: decorator
@inline
export const KEY_SIZES_SAMPLE: u32 = 16384;
/** Blocks that freeing a value may give back at once; what has more is freed in slices by cron. */
// @ts-ignore: decorator
@inline
export const FREE_EFFORT_MAX: u32 = 64;
