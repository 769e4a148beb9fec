/** limits: every bound of scripting, with its unit and reason. */

/** Memory of the Lua state: what scripts and functions may hold together. Beyond it: "not enough memory". */
export const LUA_MEMORY_MAX = 256 * 1024 * 1024;

/** A state that has grown beyond this is replaced after the script: memory of a WebAssembly instance never shrinks. */
export const LUA_MEMORY_KEPT_MAX = 64 * 1024 * 1024;

/** Instructions between two looks at the clock: a few hundred microseconds; the looking does not show in measurements. */
export const HOOK_INSTRUCTIONS = 100_000;

/** The same, at most, in a script that is past its time limit and looks for a place where it can stand still. */
export const SLOW_HOOK_INSTRUCTIONS = 1000;

/** Milliseconds that a script past its time limit runs before others are heard again. */
export const SLOW_SLICE_MS = 10;

/** A script that keeps the event loop: looking at all sockets takes one part in so many of the time. */
export const BUSY_POLL_SHARE = 20;

/** Bytes of one client that are read, beyond whole commands, while a script keeps the event loop. */
export const BUSY_INPUT_MAX = 1024 * 1024;

/** Scripts of EVAL that are kept, compiled, beside those of SCRIPT LOAD: as Redis. */
export const EVAL_SCRIPTS_MAX = 500;

/** Tables within tables of a reply: Redis runs out of Lua stack (8,000) near here. */
export const REPLY_DEPTH_MAX = 1000;

/** Bytes of a number as an argument. */
export const NUMBER_BYTES_MAX = 32;

/** Characters of a script's text in FUNCTION STATS and in the log. */
export const SCRIPT_NAME_MAX = 64;

/** Milliseconds that FUNCTION LOAD may take: as Redis. */
export const LOAD_TIME_MAX_MS = 500;
