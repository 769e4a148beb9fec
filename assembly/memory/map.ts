/**
 * map: linear memory from address 0 up. Everything below STATIC_BASE is at a fixed address, so a copy of
 * the memory is a copy of the database.
 *
 *   from     size   what
 *      0     1024   nothing: an access here is a null pointer
 *   1024     3072   root block (root.ts)
 *   4096     1024   allocator: partial span of each size class (allocator.ts)
 *   5120      256   allocator: page table leaves, one per 64 MiB
 *   5376      128   allocator: free page runs by size
 *   8192     2048   settings the engine reads, 256 × f64 (settings.ts)
 *  10240       64   digits of an integer that is read as a string (types/string.ts, types/set.ts)
 *  10304      192   sets that a command is working on (types/set.ts)
 *  10496      512   hashes of keys that a command is about to look up (keyspace/warm.ts)
 *  11008      512   sorted sets that a command is working on (types/zset.ts)
 *  11520       72   random draws made ahead (structures/dict.ts)
 *  11592      120   free for later
 *  11712      192   lists that a command is working on, iterators of lists (types/list.ts)
 *  11904      384   hashes that a command is working on (types/hash.ts)
 *  12288    49152   number formatting and other scratch that no call keeps
 *  61440      640   stream IDs and cursors that a command is working on (types/stream.ts)
 *  62080      512   SHA-1 at work (hashing/sha1.ts)
 *  62592      192   digests of a dataset (keyspace/digest.ts)
 *  62784     1984   free for later
 *  64768      640   errors replied, by code (resp/error-counts.ts)
 *  65408      128   free for later
 *  65536        …   static data of the module, then the heap
 */

// @ts-ignore: decorator
@inline
export const ROOT_BASE: usize = 1024;
// @ts-ignore: decorator
@inline
export const ROOT_SIZE: usize = 3072;
// @ts-ignore: decorator
@inline
export const PARTIAL_SPANS: usize = 4096;
// @ts-ignore: decorator
@inline
export const PAGE_LEAVES: usize = 5120;
// @ts-ignore: decorator
@inline
export const RUN_BINS: usize = 5376;
// @ts-ignore: decorator
@inline
export const SETTINGS: usize = 8192;
// @ts-ignore: decorator
@inline
export const SETTINGS_COUNT: usize = 256;
/** Digits of an integer that is read as a string, until the next is. */
// @ts-ignore: decorator
@inline
export const DIGITS: usize = 10240;
/** Set references and iterators: types/set.ts. */
// @ts-ignore: decorator
@inline
export const SET_REFERENCES: usize = 10304;
/** Hashes of keys that a command is about to look up: keyspace/warm.ts. */
// @ts-ignore: decorator
@inline
export const KEY_HASHES: usize = 10496;
// @ts-ignore: decorator
@inline
export const KEY_HASHES_SIZE: usize = 512;
/** Sorted set references: types/zset.ts. */
// @ts-ignore: decorator
@inline
export const ZSET_REFERENCES: usize = 11008;
/** Where a walk along a sorted set stands: types/zset.ts. */
// @ts-ignore: decorator
@inline
export const ZSET_WALK: usize = 11200;
/** Ranges of a sorted set command: commands/sorted-set/range-args.ts. */
// @ts-ignore: decorator
@inline
export const RANGES: usize = 11072;
/** Random draws made ahead: structures/dict.ts. */
// @ts-ignore: decorator
@inline
export const DICT_WORK: usize = 11520;
/** List references and iterators: types/list.ts. */
// @ts-ignore: decorator
@inline
export const LIST_REFERENCES: usize = 11712;
/** Hash references and iterators: types/hash.ts. */
// @ts-ignore: decorator
@inline
export const HASH_REFERENCES: usize = 11904;
/** IDs and cursors of stream commands: types/stream-id.ts, types/stream.ts. */
// @ts-ignore: decorator
@inline
export const STREAM_REFERENCES: usize = 61440;
/** Options of XADD and XTRIM: commands/stream/stream-args.ts. */
// @ts-ignore: decorator
@inline
export const TRIM_OPTIONS: usize = 61952;
/** SHA-1 at work: hashing/sha1.ts. */
// @ts-ignore: decorator
@inline
export const SHA1_WORK: usize = 62080;
/** Digests of a dataset: keyspace/digest.ts. */
// @ts-ignore: decorator
@inline
export const DIGESTS: usize = 62592;
/** Errors replied, by code: resp/error-counts.ts. */
// @ts-ignore: decorator
@inline
export const ERROR_COUNTS: usize = 64768;
// @ts-ignore: decorator
@inline
export const ERROR_COUNTS_SIZE: usize = 640;
/** Scratch of 48 KiB. Whoever uses it must not call anything that uses it too. */
// @ts-ignore: decorator
@inline
export const SCRATCH: usize = 12288;
// @ts-ignore: decorator
@inline
export const SCRATCH_SIZE: usize = 49152;
/** Where asc puts static data: `memoryBase` in asconfig.json. */
// @ts-ignore: decorator
@inline
export const STATIC_BASE: usize = 65536;

if (ROOT_BASE + ROOT_SIZE > PARTIAL_SPANS) ERROR("The root block runs into the allocator's tables");
if (SCRATCH + SCRATCH_SIZE > STREAM_REFERENCES) ERROR("Scratch runs into what stream commands work on");
if (ERROR_COUNTS + ERROR_COUNTS_SIZE > STATIC_BASE) ERROR("The counts of errors run into static data");
if (SCRATCH + SCRATCH_SIZE > STATIC_BASE) ERROR("Scratch runs into static data");
