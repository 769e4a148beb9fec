/**
 * stream-id: the IDs of stream entries: milliseconds and a sequence number within them, two u64, ordered by both. A
 * client writes `1526919030474-55`; what may be left out, and what else counts as an ID, depends on the command.
 *
 * A command works on IDs at fixed places (streamId), so that a function can fill one for it.
 */
import { STREAM_REFERENCES } from "../memory/map.ts";
import { formatU64, parseU64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";

@unmanaged
export class StreamId {
  ms: u64;
  seq: u64;
}

/** Places for IDs: 0 … 3 are the commands', 4 and 5 the types'. */
// @ts-ignore: decorator
@inline
const ID_COUNT: u32 = 6;
/** Bytes that the places take, from STREAM_REFERENCES on. */
// @ts-ignore: decorator
@inline
export const STREAM_IDS_SIZE: usize = ID_COUNT * 16;

/** Longest text of an ID: two numbers of 20 digits and a hyphen. */
// @ts-ignore: decorator
@inline
export const STREAM_ID_LENGTH_MAX: u32 = 41;
/** Longer arguments are no IDs, whatever they say. */
// @ts-ignore: decorator
@inline
const TEXT_MAX: u32 = 127;

// What streamIdParse accepts beside `ms-seq` and `ms`.
/** `-` and `+`: the lowest and the highest ID there can be. */
// @ts-ignore: decorator
@inline
export const ID_ENDS: u32 = 1;
/** `ms-*`: the sequence number is to be found; root.scratch0 says whether it is. */
// @ts-ignore: decorator
@inline
export const ID_OPEN_SEQ: u32 = 2;

// @ts-ignore: decorator
@inline
const HYPHEN: u32 = 0x2d;
// @ts-ignore: decorator
@inline
const PLUS: u32 = 0x2b;
// @ts-ignore: decorator
@inline
const STAR: u32 = 0x2a;

/** Place number `i`. */
// @ts-ignore: decorator
@inline
export function streamId(i: u32): StreamId {
  return changetype<StreamId>(STREAM_REFERENCES + ((<usize>i) << 4));
}

// @ts-ignore: decorator
@inline
export function streamIdSet(id: StreamId, ms: u64, seq: u64): void {
  id.ms = ms;
  id.seq = seq;
}

/** Order of two IDs: <0, 0, >0. */
// @ts-ignore: decorator
@inline
export function streamIdCompare(aMs: u64, aSeq: u64, bMs: u64, bSeq: u64): i32 {
  if (aMs != bMs) return aMs < bMs ? -1 : 1;
  return aSeq == bSeq ? 0 : aSeq < bSeq ? -1 : 1;
}

/** Moves to the next higher ID; false = it was the highest, and is 0-0 now. */
export function streamIdIncrement(id: StreamId): bool {
  if (++id.seq) return true;
  return ++id.ms != 0;
}

/** Moves to the next lower ID; false = it was 0-0, and is the highest now. */
export function streamIdDecrement(id: StreamId): bool {
  if (id.seq--) return true;
  return id.ms-- != 0;
}

/**
 * Reads an ID. A zero byte ends the text, and each number may have the forms that C's strtoull takes, as in Redis.
 * @param missingSeq  sequence number where only milliseconds are given     @param accept  ID_ENDS | ID_OPEN_SEQ
 * @returns whether it is one
 */
export function streamIdParse(id: StreamId, ptr: usize, len: u32, missingSeq: u64, accept: u32): bool {
  if (len > TEXT_MAX) return false;
  const end = ptr + lengthToZero(ptr, len);
  let hyphen = ptr;
  while (hyphen < end && load<u8>(hyphen) != HYPHEN) hyphen++;
  root.scratch0 = 0;
  if (end - ptr == 1) {
    const c: u32 = load<u8>(ptr);
    if (c == HYPHEN || c == PLUS) {
      const extreme: u64 = c == PLUS ? u64.MAX_VALUE : 0;
      streamIdSet(id, extreme, extreme);
      return (accept & ID_ENDS) != 0;
    }
  }
  if (!parseU64(ptr, hyphen - ptr)) return false;
  id.ms = root.outU64;
  id.seq = missingSeq;
  if (hyphen == end) return true;
  const seq = hyphen + 1;
  if (accept & ID_OPEN_SEQ && end - seq == 1 && load<u8>(seq) == STAR) {
    root.scratch0 = 1;
    id.seq = 0;
    return true;
  }
  if (!parseU64(seq, end - seq)) return false;
  id.seq = root.outU64;
  return true;
}

/** Bytes in front of the first zero byte. */
function lengthToZero(ptr: usize, len: u32): u32 {
  let n: u32 = 0;
  while (n < len && load<u8>(ptr + n)) n++;
  return n;
}

/** Writes `ms-seq`; returns the length, at most STREAM_ID_LENGTH_MAX. */
export function streamIdFormat(ms: u64, seq: u64, dst: usize): u32 {
  const n = formatU64(ms, dst);
  store<u8>(dst + n, <u8>HYPHEN);
  return n + 1 + formatU64(seq, dst + n + 1);
}
