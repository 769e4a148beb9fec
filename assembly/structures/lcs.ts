/**
 * lcs: longest common subsequence of two strings, and the runs of matching bytes it is made of (LCS).
 *
 * Why not the textbook's table of lengths, 4 bytes a pair of positions: neighbours in a row differ by 0 or 1, so a bit each
 * says it all, and 64 of them are computed by one addition. Rows here are 1/32 of that table, and some 50 times faster.
 *
 *   row i, bit j − 1 is 0   where length(i, j) = length(i, j − 1) + 1,   i bytes of a, j bytes of b
 *   next row                V' = (V + (V & M)) | (V & ~M),   M = bits j − 1 where b[j − 1] = a[i]
 *
 * Which of several subsequences of that length is found shows in replies, so the way back is the textbook's: from the ends
 * of both strings, over a match wherever there is one; else a byte back in a if length(i − 1, j) > length(i, j − 1), else
 * in b. Both lengths are at most length(i, j) and one is equal, so the bit of (i, j) alone decides: 0 = back in a.
 *
 * Lcs (48 bytes), in front of the rows in one block
 *    0 a · 4 aLen · 8 b · 12 bLen · 16 words: u64 in a row · 20 rows · 24 length · 28 i, 32 j: how far the way back has
 *   come · 36 runA, 40 runB, 44 runLength: the last run
 *
 * Source: Hyyrö, "Bit-parallel LCS-length computation revisited" (2004).
 */
import { alloc, free } from "../memory/allocator.ts";
import { SCRATCH } from "../memory/map.ts";

@unmanaged
export class Lcs {
  a: usize;
  aLen: u32;
  b: usize;
  bLen: u32;
  words: u32;
  rows: usize;
  /** Bytes of the longest common subsequence. */
  length: u32;
  i: u32;
  j: u32;
  /** The run that lcsNextRun found: where it begins in a and in b, and its bytes. */
  runA: u32;
  runB: u32;
  runLength: u32;
}
if (offsetof<Lcs>() != 48) ERROR("Lcs is not 48 bytes: mend its table");

/** Address of each byte's mask, 0 = it is not in b. */
const MASKS: usize = SCRATCH;

/**
 * Compares two strings, which must stay where they are until lcsFree.
 * @param withRuns  whether lcsNextRun will be asked: takes aLen · bLen bits
 * @returns an Lcs; 0 = out of memory.  O(aLen · bLen / 64)
 */
export function lcsOpen(a: usize, aLen: u32, b: usize, bLen: u32, withRuns: bool): usize {
  const words = <u32>((<u64>bLen + 63) >> 6);
  const rowCount: u64 = withRuns ? aLen : 1;
  const size: u64 = offsetof<Lcs>() + ((rowCount * words) << 3);
  const block: usize = size < <u64>u32.MAX_VALUE ? alloc(<usize>size) : 0;
  if (!block) return 0;
  const masks = makeMasks(b, bLen, words);
  if (!masks) {
    free(block);
    return 0;
  }
  const lcs = changetype<Lcs>(block);
  lcs.a = a;
  lcs.aLen = aLen;
  lcs.b = b;
  lcs.bLen = bLen;
  lcs.words = words;
  lcs.rows = block + offsetof<Lcs>();
  lcs.i = aLen;
  lcs.j = bLen;
  const last = computeRows(a, aLen, words, lcs.rows, withRuns);
  lcs.length = aLen ? zeroBits(last, bLen) : 0;
  free(masks);
  return block;
}

export function lcsFree(lcs: usize): void {
  free(lcs);
}

/** Fills MASKS. @returns the block that holds the masks; 0 = out of memory */
function makeMasks(b: usize, bLen: u32, words: u32): usize {
  memory.fill(MASKS, 0, 1024);
  let distinct: u32 = 0;
  for (let j: u32 = 0; j < bLen; j++) {
    const cell = MASKS + ((<usize>load<u8>(b + j)) << 2);
    if (!load<u32>(cell)) store<u32>(cell, ++distinct);
  }
  const rowSize = words << 3;
  const size: u64 = <u64>distinct * rowSize + 8;
  const block: usize = size < <u64>u32.MAX_VALUE ? alloc(<usize>size) : 0;
  if (!block) return 0;
  memory.fill(block, 0, <usize>size);
  for (let c: u32 = 0; c < 256; c++) {
    const number = load<u32>(MASKS + (c << 2));
    if (number) store<u32>(MASKS + (c << 2), <u32>(block + (number - 1) * rowSize));
  }
  for (let j: u32 = 0; j < bLen; j++) {
    const word = load<u32>(MASKS + ((<usize>load<u8>(b + j)) << 2)) + ((j >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (j & 63)));
  }
  return block;
}

/** Computes the rows one after the other, or each over the one before. @returns the last row */
function computeRows(a: usize, aLen: u32, words: u32, rows: usize, keep: bool): usize {
  const rowSize: usize = words << 3;
  let row = rows;
  if (!keep) memory.fill(row, 0xff, rowSize);
  for (let i: u32 = 0; i < aLen; i++) {
    // The row before the first is all ones: nothing of b is longer than nothing.
    const before = i || !keep ? row : 0;
    if (i && keep) row += rowSize;
    const mask = <usize>load<u32>(MASKS + ((<usize>load<u8>(a + i)) << 2));
    if (mask) nextRow(before, mask, row, rowSize);
    else if (!before) memory.fill(row, 0xff, rowSize);
    else if (before != row) memory.copy(row, before, rowSize);
  }
  return row;
}

function nextRow(before: usize, mask: usize, row: usize, rowSize: usize): void {
  let carry: u64 = 0;
  for (let at: usize = 0; at < rowSize; at += 8) {
    const v: u64 = before ? load<u64>(before + at) : <u64>-1;
    const m = load<u64>(mask + at);
    const sum = v + (v & m);
    const total = sum + carry;
    carry = (<u64>(sum < v)) | (<u64>(total < sum));
    store<u64>(row + at, total | (v & ~m));
  }
}

/** How many of the first `n` bits of a row are 0. */
function zeroBits(row: usize, n: u32): u32 {
  let zeros: u32 = 0;
  const whole = n >> 6;
  for (let w: u32 = 0; w < whole; w++) zeros += <u32>popcnt(~load<u64>(row + (w << 3)));
  const rest = n & 63;
  if (rest) zeros += <u32>popcnt(~load<u64>(row + (whole << 3)) & (((<u64>1) << rest) - 1));
  return zeros;
}

/**
 * The next run of matching bytes on the way back from the ends of the strings: runA, runB, runLength.
 * @returns false = there are no more.  O(aLen + bLen) for all of them together
 */
export function lcsNextRun(at: usize): bool {
  const lcs = changetype<Lcs>(at);
  const a = lcs.a;
  const b = lcs.b;
  let i = lcs.i;
  let j = lcs.j;
  while (i && j && load<u8>(a + i - 1) != load<u8>(b + j - 1)) {
    const word = lcs.rows + <usize>(<u64>(i - 1) * lcs.words + ((j - 1) >> 6)) * 8;
    if ((load<u64>(word) >> ((j - 1) & 63)) & 1) j--;
    else i--;
  }
  const end = i;
  while (i && j && load<u8>(a + i - 1) == load<u8>(b + j - 1)) {
    i--;
    j--;
  }
  lcs.i = i;
  lcs.j = j;
  lcs.runA = i;
  lcs.runB = j;
  lcs.runLength = end - i;
  return end != i;
}
