/**
 * config: the build switches. Set with `"use"` in a target of asconfig.json.
 *
 * The guard stands at the call site (`if (DEBUG) assert(…)`): under `--noAssert`, or inside an inlined
 * helper, asc still evaluates the argument, loads and loops included.
 */

/** Cheap assertions in hot functions, poison in new and freed memory. */
// @ts-ignore: decorator
@inline
export const DEBUG: bool = isDefined(KVASM_DEBUG);

/** Whole-structure walks after each step: unit and fuzz builds only. */
// @ts-ignore: decorator
@inline
export const VERIFY: bool = isDefined(KVASM_VERIFY);
