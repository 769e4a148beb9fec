/**
 * reader: where loaded values come from: a cursor over bytes that may be anything. Nothing outside them is read; the
 * first thing that goes wrong sets `status`, and from then on every read answers 0, so that a load function may check
 * once after several reads. It must check before it believes a count or an allocation size.
 *
 * RdbReader (48 bytes)
 *   offset  size  field      meaning
 *        0     4  pos        next byte
 *        4     4  end        behind the last
 *        8     4  status     RDB_*: 0 = fine so far
 *       12     4  special    what the last length was instead of a length: RDB_ENC_* + 1, 0 = it was one
 *       16     4  stringPtr  last string read: valid until the next one is
 *       20     4  stringLen
 *       24     4  block      the reader's own, for compressed strings and digits; 0 = none yet
 *       28     4  type       result of rdbLoadValue: TYPE_*
 *       32     4  encoding   … ENC_*
 *       36     4  value      … address of the structure; strings: 0, and the bytes are the last string
 *       40     4  version    RDB version of the payload
 *       44     4  flags      READ_*
 */
import { allocZeroed, free, realloc } from "../memory/allocator.ts";
import { RDB_VERSION } from "./ids.ts";

@unmanaged
export class RdbReader {
  pos: usize;
  end: usize;
  status: u32;
  special: u32;
  stringPtr: usize;
  stringLen: u32;
  block: usize;
  type: u32;
  encoding: u32;
  value: usize;
  version: u32;
  flags: u32;
}
if (offsetof<RdbReader>() != 48) ERROR("RdbReader is not 48 bytes: mend its table");

// Status.
/** The input ended too early: with more of it the same value may load (a file in pieces). */
// @ts-ignore: decorator
@inline
export const RDB_SHORT: u32 = 1;
/** The bytes make no value. */
// @ts-ignore: decorator
@inline
export const RDB_CORRUPT: u32 = 2;
// @ts-ignore: decorator
@inline
export const RDB_OUT_OF_MEMORY: u32 = 3;
/** A collection without elements, which old servers wrote: files skip it, RESTORE refuses it. */
// @ts-ignore: decorator
@inline
export const RDB_EMPTY: u32 = 4;

/** Packed blobs (listpacks, …) are to be checked entry by entry, not only as a whole: what is kept must not trap. */
// @ts-ignore: decorator
@inline
export const READ_DEEP_CHECK: u32 = 1;
/** Members and fields of packed blobs are to be checked for being there once (sanitize-dump-payload). */
// @ts-ignore: decorator
@inline
export const READ_UNIQUE_CHECK: u32 = 2;
/** More bytes may follow the input: what it is too short for is no proof of damage. */
// @ts-ignore: decorator
@inline
export const READ_PARTIAL: u32 = 4;

/** A new reader of `len` bytes at `ptr`; 0 = out of memory. */
export function rdbReaderCreate(ptr: usize, len: u32): usize {
  const r = changetype<RdbReader>(allocZeroed(offsetof<RdbReader>()));
  if (!changetype<usize>(r)) return 0;
  r.pos = ptr;
  r.end = ptr + len;
  r.version = RDB_VERSION;
  r.flags = READ_DEEP_CHECK | READ_UNIQUE_CHECK;
  return changetype<usize>(r);
}

/** Frees a reader; the last string is gone with it. */
export function rdbReaderFree(at: usize): void {
  const r = changetype<RdbReader>(at);
  if (r.block) free(r.block);
  free(at);
}

/** Notes what is wrong (the first to say so is believed); 0, for `return rdbFail(r, RDB_CORRUPT)`. */
export function rdbFail(at: usize, status: u32): usize {
  const r = changetype<RdbReader>(at);
  if (!r.status) r.status = status;
  // An empty collection is read to its end: what comes behind it can be read.
  if (r.status != RDB_EMPTY) r.pos = r.end;
  return 0;
}

/** Whether everything so far was fine. */
// @ts-ignore: decorator
@inline
export function rdbReading(at: usize): bool {
  return changetype<RdbReader>(at).status == 0;
}

/** Bytes that are left: an honest count of elements is never higher, as each takes at least one. */
// @ts-ignore: decorator
@inline
export function rdbLeft(at: usize): u32 {
  return <u32>(changetype<RdbReader>(at).end - changetype<RdbReader>(at).pos);
}

/** Whether so many elements can be in what is left; where not, the input is too short, or the count is a lie. */
export function rdbCountFits(at: usize, count: u64): bool {
  if (count <= <u64>rdbLeft(at)) return true;
  const partial = (changetype<RdbReader>(at).flags & READ_PARTIAL) != 0;
  return rdbFail(at, partial ? RDB_SHORT : RDB_CORRUPT) != 0;
}

/** Whether members and fields of packed blobs are to be looked at for being there once. */
// @ts-ignore: decorator
@inline
export function rdbWantsUnique(at: usize): bool {
  return (changetype<RdbReader>(at).flags & READ_UNIQUE_CHECK) != 0;
}

/** The next `n` bytes where they lie. @returns their address; 0 = there are not so many */
export function rdbReadRaw(at: usize, n: u32): usize {
  const r = changetype<RdbReader>(at);
  const pos = r.pos;
  if (n > r.end - pos || r.status) return rdbFail(at, RDB_SHORT);
  r.pos = pos + n;
  return pos;
}

export function rdbReadByte(at: usize): u32 {
  const pos = rdbReadRaw(at, 1);
  return pos ? load<u8>(pos) : 0;
}

export function rdbReadU32(at: usize): u32 {
  const pos = rdbReadRaw(at, 4);
  return pos ? load<u32>(pos) : 0;
}

export function rdbReadU64(at: usize): u64 {
  const pos = rdbReadRaw(at, 8);
  return pos ? load<u64>(pos) : 0;
}

export function rdbReadU64Big(at: usize): u64 {
  const pos = rdbReadRaw(at, 8);
  return pos ? bswap<u64>(load<u64>(pos)) : 0;
}

export function rdbReadDouble(at: usize): f64 {
  const pos = rdbReadRaw(at, 8);
  return pos ? load<f64>(pos) : 0;
}

/** The reader's own block with room for `n` bytes; 0 = out of memory. */
export function rdbReaderBlock(at: usize, n: u32): usize {
  const r = changetype<RdbReader>(at);
  const grown = realloc(r.block, n);
  if (!grown) return rdbFail(at, RDB_OUT_OF_MEMORY);
  r.block = grown;
  return grown;
}
