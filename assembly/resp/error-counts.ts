/**
 * error-counts: how many errors of each code (`ERR`, `WRONGTYPE`, …) the engine has replied, for INFO errorstats.
 *
 * Table at ERROR_COUNTS, entries in the order in which the codes first came; the first with count 0 ends it
 *   offset  size  field  meaning
 *        0    24  code   ASCII, then zeros
 *       24     8  count  u64
 *
 * The engine's own codes are few and short; a text of another kind is counted under what fits of its first word.
 */
import { ERROR_COUNTS, ERROR_COUNTS_SIZE } from "../memory/map.ts";

/** Bytes of an entry. */
// @ts-ignore: decorator
@inline
export const ERROR_COUNT_SIZE: u32 = 32;
// @ts-ignore: decorator
@inline
const CODE_SIZE: u32 = 24;
// @ts-ignore: decorator
@inline
const BLANK: u32 = 0x20;

/** Counts an error by the first word of its text. O(codes) */
export function countErrorCode(text: string): void {
  const length = codeLength(text);
  const end = ERROR_COUNTS + ERROR_COUNTS_SIZE;
  for (let at = ERROR_COUNTS; at < end; at += ERROR_COUNT_SIZE) {
    const count = load<u64>(at, CODE_SIZE);
    if (!count) putCode(at, text, length);
    else if (!isCode(at, text, length)) continue;
    store<u64>(at, count + 1, CODE_SIZE);
    return;
  }
}

// @ts-ignore: decorator
@inline
function character(text: string, i: u32): u32 {
  return load<u16>(changetype<usize>(text) + (i << 1));
}

function codeLength(text: string): u32 {
  const most = min(<u32>text.length, CODE_SIZE);
  let length: u32 = 0;
  while (length < most && character(text, length) != BLANK) length++;
  return length;
}

function isCode(at: usize, text: string, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(at + i) != character(text, i)) return false;
  return length == CODE_SIZE || !load<u8>(at + length);
}

function putCode(at: usize, text: string, length: u32): void {
  memory.fill(at, 0, CODE_SIZE);
  for (let i: u32 = 0; i < length; i++) store<u8>(at + i, <u8>character(text, i));
}
