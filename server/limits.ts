/** limits: every bound of the host, with its unit and reason. Bounds of the engine are in assembly/limits.ts. */

/** A shutdown waits this long for replies to leave; then connections are cut. A service manager kills at ten seconds. */
export const SHUTDOWN_FLUSH_MS = 2000;
export const SHUTDOWN_POLL_MS = 10;

/** Bytes of chunks from several clients that are executed together, and of their replies: what a second-level cache holds. */
export const TURN_BYTES = 65536;
export const TURN_REPLY_BYTES = 65536;
/** Bytes from which a chunk always waits for others: some ten commands, beside which the wait costs nothing. */
export const TURN_LEAST = 512;
/** Smaller chunks that do not wait after one has waited in vain: the price of waiting is paid by one in so many. */
export const TURN_ALONE = 32;

/** Milliseconds of background work in the engine per tick of the timer: more would be felt as latency. */
export const CRON_BUDGET_MS = 1;

/** Units of engine work (a block, a bucket) between two looks at the clock: some tens of microseconds. */
export const CRON_UNITS = 400;

/** The longest that a timer of the runtime can wait, in ms: longer waits take several. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Clients looked at per tick for `timeout`: ten thousand are seen within a few seconds without a long pause. */
export const IDLE_CHECK_CLIENTS = 512;

/** Arguments, and bytes of one, that a slow log entry keeps: as Redis. */
export const SLOWLOG_ARGUMENTS_MAX = 32;
export const SLOWLOG_ARGUMENT_BYTES_MAX = 128;

/** Samples of one latency event that are kept: as Redis. */
export const LATENCY_SAMPLES_MAX = 160;

/** Different error codes that INFO errorstats counts: as Redis, so that made-up codes cannot fill the memory. */
export const ERROR_CODES_MAX = 128;

/** Characters of lines for monitors that collect before they are written: a pipeline of large values must not pile up. */
export const MONITOR_LINES_MAX = 65536;

/** DEBUG SLEEP stops the whole server, and that is its purpose; but not for ever by a slip of the finger. */
export const DEBUG_SLEEP_MAX_SECONDS = 3600;
