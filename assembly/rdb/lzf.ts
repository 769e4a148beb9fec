/**
 * lzf: compression of RDB strings and of the inner nodes of long lists, in Marc Lehmann's LZF format.
 *
 * The compressor makes the same choices as liblzf with the settings Redis builds it with (VERY_FAST, 2^16
 * hash entries), so compressed payloads are the same bytes as a native server's.
 *
 * Format: a sequence of
 *   000LLLLL                       L + 1 literal bytes follow
 *   LLLooooo oooooooo              copy L + 2 bytes from 1 + offset back, L = 1 … 6
 *   111ooooo LLLLLLLL oooooooo     copy L + 9 bytes
 *
 * Hash table (root.lzfTable; made at first use, lzfRelease gives it back)
 *   offset    size  field    meaning
 *        0       4  base     position numbers below this are of earlier inputs
 *        4  4·65536  last    base + offset of the last place whose three bytes had this hash
 *
 * Why a base: each input moves it on by its length, so the table need not be cleared (256 KiB) for each, and
 * what comes out does not depend on what was compressed before.
 *
 * After Marc Lehmann's liblzf (lzf_c.c, BSD-2): http://oldhome.schmorp.de/marc/liblzf.html
 */
import { alloc, free } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { root } from "../root.ts";

// @ts-ignore: decorator
@inline
const HASH_BITS: u32 = 16;
// @ts-ignore: decorator
@inline
const SLOTS: usize = 4;
// @ts-ignore: decorator
@inline
const LITERALS_MAX: u32 = 32;
// @ts-ignore: decorator
@inline
const OFFSET_MAX: u32 = 1 << 13;
// @ts-ignore: decorator
@inline
const MATCH_MAX: u32 = 264;

/**
 * Compresses `len` bytes to at most `capacity` at `dst`.
 * @returns the compressed length; 0 = it does not get that small, or there is no memory for the table.  O(n)
 */
export function lzfCompress(src: usize, len: u32, dst: usize, capacity: u32): u32 {
  if (!len || !capacity || !prepareTable(len)) return 0;
  const slots = root.lzfTable + SLOTS;
  // Position numbers: of the address `a` it is a + bias. The first byte's is `first`.
  const first = load<u32>(root.lzfTable);
  store<u32>(root.lzfTable, first + len);
  const bias = first - <u32>src;
  const end = src + len;
  const dstEnd = dst + capacity;
  let ip = src;
  let op = dst + 1;
  let literals: u32 = 0;
  while (ip + 2 < end) {
    const slot = slots + (hash3(ip) << 2);
    const position = <u32>ip + bias;
    const seen = load<u32>(slot);
    store<u32>(slot, position);
    const offset = position - seen - 1;
    const ref = ip - offset - 1;
    if (
      offset < OFFSET_MAX &&
      seen > first &&
      load<u16>(ref) == load<u16>(ip) &&
      load<u8>(ref, 2) == load<u8>(ip, 2)
    ) {
      if (op + 4 - <usize>(literals == 0) >= dstEnd) return 0;
      store<u8>(op - literals - 1, <u8>(literals - 1));
      if (!literals) op--;
      const matched = matchLength(ref, ip, <u32>(end - ip));
      const length = matched - 2;
      if (length < 7) {
        store<u8>(op++, <u8>((offset >> 8) + (length << 5)));
      } else {
        store<u8>(op++, <u8>((offset >> 8) + (7 << 5)));
        store<u8>(op++, <u8>(length - 7));
      }
      store<u8>(op, <u8>offset);
      op += 2; // the offset, and room for the next run's length
      literals = 0;
      ip += matched;
      if (ip + 2 >= end) break;
      // Of the places inside a match only the last two are remembered.
      store<u32>(slots + (hash3(ip - 2) << 2), <u32>(ip - 2) + bias);
      store<u32>(slots + (hash3(ip - 1) << 2), <u32>(ip - 1) + bias);
    } else {
      if (op >= dstEnd) return 0;
      store<u8>(op++, load<u8>(ip++));
      if (++literals == LITERALS_MAX) {
        store<u8>(op - LITERALS_MAX - 1, LITERALS_MAX - 1);
        literals = 0;
        op++;
      }
    }
  }
  if (op + 3 > dstEnd) return 0;
  while (ip < end) {
    store<u8>(op++, load<u8>(ip++));
    if (++literals == LITERALS_MAX) {
      store<u8>(op - LITERALS_MAX - 1, LITERALS_MAX - 1);
      literals = 0;
      op++;
    }
  }
  store<u8>(op - literals - 1, <u8>(literals - 1));
  return <u32>(op - dst) - <u32>(literals == 0);
}

/** Gives the table back; the next use makes it again. */
export function lzfRelease(): void {
  if (root.lzfTable) free(root.lzfTable);
  root.lzfTable = 0;
}

function prepareTable(len: u32): bool {
  const bytes = SLOTS + (4 << HASH_BITS);
  if (!root.lzfTable) {
    root.lzfTable = alloc(bytes);
    if (!root.lzfTable) return false;
  } else if (load<u32>(root.lzfTable) <= u32.MAX_VALUE - len) {
    return true;
  }
  memory.fill(root.lzfTable, 0, bytes);
  // An empty slot must be further back than any offset.
  store<u32>(root.lzfTable, OFFSET_MAX + 1);
  return true;
}

// @ts-ignore: decorator
@inline
function hash3(p: usize): u32 {
  const h = ((<u32>load<u8>(p)) << 16) | ((<u32>load<u8>(p, 1)) << 8) | load<u8>(p, 2);
  return ((h >> (24 - HASH_BITS)) - h * 5) & ((1 << HASH_BITS) - 1);
}

/**
 * How many bytes at `ref` and `ip` are the same, at least three, as liblzf counts: the first 19 are compared
 * where 19 are left, and beyond that all but the last two of `available`.
 */
// @ts-ignore: decorator
@inline
function matchLength(ref: usize, ip: usize, available: u32): u32 {
  const limit = min(available - 2, MATCH_MAX);
  let length: u32 = 3;
  if (limit > 16) {
    let difference = load<u64>(ref, 3) ^ load<u64>(ip, 3);
    if (difference) return 3 + ((<u32>ctz(difference)) >> 3);
    difference = load<u64>(ref, 11) ^ load<u64>(ip, 11);
    if (difference) return 11 + ((<u32>ctz(difference)) >> 3);
    length = 19;
    for (; length + 8 <= limit; length += 8) {
      difference = load<u64>(ref + length) ^ load<u64>(ip + length);
      if (difference) return length + ((<u32>ctz(difference)) >> 3);
    }
  }
  while (length < limit && load<u8>(ref + length) == load<u8>(ip + length)) length++;
  return length;
}

/**
 * Takes `len` compressed bytes apart into exactly `size` bytes at `dst`. The input may be anything: nothing
 * outside the two runs is read or written.
 * @returns whether that is what they were; if not, `dst` holds part of it or noise.  O(size)
 */
export function lzfDecompress(src: usize, len: u32, dst: usize, size: u32): bool {
  const end = src + len;
  const dstEnd = dst + size;
  let op = dst;
  while (src < end) {
    const control: u32 = load<u8>(src++);
    if (control < LITERALS_MAX) {
      const length = control + 1;
      if (length > end - src || length > dstEnd - op) return false;
      if (op + LITERALS_MAX <= dstEnd && src + LITERALS_MAX <= end) {
        // Room for the longest run: what is copied too much is overwritten next.
        v128.store(op, v128.load(src));
        v128.store(op, v128.load(src, 16), 16);
      } else {
        copyBytes(op, src, length);
      }
      src += length;
      op += length;
      continue;
    }
    let length = control >> 5;
    if (length == 7) {
      if (src == end) return false;
      length += load<u8>(src++);
    }
    length += 2;
    if (src == end) return false;
    const offset = (((control & 31) << 8) | load<u8>(src++)) + 1;
    if (length > dstEnd - op || offset > op - dst) return false;
    copyFromBehind(op, offset, length, dstEnd);
    op += length;
  }
  return op == dstEnd;
}

/** The `length` bytes that begin `offset` back, repeated where they run into themselves. May write more, up to `limit`. */
// @ts-ignore: decorator
@inline
function copyFromBehind(op: usize, offset: u32, length: u32, limit: usize): void {
  const end = op + length;
  if (offset >= 16 && end + 16 <= limit) {
    for (; op < end; op += 16) v128.store(op, v128.load(op - offset));
  } else if (offset == 1) {
    memory.fill(op, load<u8>(op - 1), length);
  } else {
    if (offset >= 8) for (; op + 8 <= end; op += 8) store<u64>(op, load<u64>(op - offset));
    for (; op < end; op++) store<u8>(op, load<u8>(op - offset));
  }
}
