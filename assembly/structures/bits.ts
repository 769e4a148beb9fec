/**
 * bits: runs of bytes as bits, the first bit being the highest of the first byte, as SETBIT and its kin count them.
 *
 * Nothing here allocates or reads beyond the bytes it is given.
 */

/** Operations of bitsCombine. */
// @ts-ignore: decorator
@inline
export const BITS_AND: u32 = 0;
// @ts-ignore: decorator
@inline
export const BITS_OR: u32 = 1;
// @ts-ignore: decorator
@inline
export const BITS_XOR: u32 = 2;
// @ts-ignore: decorator
@inline
export const BITS_NOT: u32 = 3;

/** Bytes that bitsCombine works off source by source: the destination's part stays in the first-level cache. */
const BLOCK: u32 = 8192;

/** How many bits are 1. O(len) */
export function bitsCount(ptr: usize, len: u32): u64 {
  let count: u64 = 0;
  const end = ptr + len;
  // Four counts that do not wait for each other.
  while (ptr + 32 <= end) {
    const a = popcnt(load<u64>(ptr)) + popcnt(load<u64>(ptr, 8));
    const b = popcnt(load<u64>(ptr, 16)) + popcnt(load<u64>(ptr, 24));
    count += a + b;
    ptr += 32;
  }
  for (; ptr + 8 <= end; ptr += 8) count += popcnt(load<u64>(ptr));
  for (; ptr < end; ptr++) count += popcnt<u32>(load<u8>(ptr));
  return count;
}

/** How many of the bits `from` … `to` (both included, from <= to) are 1. O(bytes between them) */
export function bitsCountRange(ptr: usize, from: u64, to: u64): u64 {
  const first = <u32>(from >> 3);
  const last = <u32>(to >> 3);
  const before = (<u32>load<u8>(ptr + first)) & headOf((<u32>from) & 7);
  const after = (<u32>load<u8>(ptr + last)) & (0xff >> (((<u32>to) & 7) + 1));
  return bitsCount(ptr + first, last - first + 1) - popcnt(before) - popcnt(after);
}

/** The `n` bits (0 … 7) that come first in a byte. */
// @ts-ignore: decorator
@inline
function headOf(n: u32): u32 {
  return ~(0xff >> n) & 0xff;
}

/** The first bit of `from` … `to` (both included, from <= to) that is `bit` (0 or 1); −1 = none. O(bytes between them) */
export function bitsFind(ptr: usize, from: u64, to: u64, bit: u32): i64 {
  // What is looked for is always a 1: bytes are taken upside down for a 0.
  const flip: u32 = bit ? 0 : 0xff;
  const first = <u32>(from >> 3);
  const last = <u32>(to >> 3);
  let index = first;
  let byte = (load<u8>(ptr + first) ^ flip) & (0xff >> ((<u32>from) & 7));
  if (!byte && first < last) {
    index = skipBytes(ptr, first + 1, last, flip);
    byte = load<u8>(ptr + index) ^ flip;
  }
  if (!byte) return -1;
  const found = ((<u64>index) << 3) + (clz(byte) - 24);
  return found <= to ? <i64>found : -1;
}

/** The first byte of `from` … `to` that is not `value`, or else `to`. */
function skipBytes(ptr: usize, from: u32, to: u32, value: u32): u32 {
  let i = from;
  const same = i8x16.splat(<i8>value);
  while (i + 16 <= to && !v128.any_true(v128.xor(v128.load(ptr + i), same))) i += 16;
  while (i < to && load<u8>(ptr + i) == value) i++;
  return i;
}

/**
 * Combines `count` sources into `len` bytes at `dst`; what a shorter source lacks counts as zeros.
 * @param sources  address of `count` pairs (address, length), no length above `len`     @param op  BITS_*; NOT takes one
 * O(len · count)
 */
export function bitsCombine(op: u32, dst: usize, len: u32, sources: usize, count: u32): void {
  for (let from: u32 = 0; from < len; from += BLOCK) {
    const size = min(len - from, BLOCK);
    copyPart(dst + from, size, sources, from);
    if (op == BITS_NOT) invert(dst + from, size);
    for (let i: u32 = 1; i < count; i++) {
      const source = sources + (i << 3);
      const sourceLen = load<u32>(source, 4);
      const part = sourceLen > from ? min(sourceLen - from, size) : 0;
      const bytes = load<u32>(source) + from;
      if (op == BITS_AND) {
        and(dst + from, bytes, part);
        memory.fill(dst + from + part, 0, size - part);
      } else if (op == BITS_OR) {
        or(dst + from, bytes, part);
      } else {
        xor(dst + from, bytes, part);
      }
    }
  }
}

/** Bytes from … from + size of a source, zeros beyond its end. */
function copyPart(dst: usize, size: u32, source: usize, from: u32): void {
  const sourceLen = load<u32>(source, 4);
  const part = sourceLen > from ? min(sourceLen - from, size) : 0;
  if (part) memory.copy(dst, load<u32>(source) + from, part);
  memory.fill(dst + part, 0, size - part);
}

function invert(dst: usize, len: u32): void {
  const end = dst + len;
  for (; dst + 16 <= end; dst += 16) v128.store(dst, v128.not(v128.load(dst)));
  for (; dst < end; dst++) store<u8>(dst, ~load<u8>(dst));
}

function and(dst: usize, src: usize, len: u32): void {
  const end = dst + len;
  for (; dst + 16 <= end; dst += 16, src += 16) v128.store(dst, v128.and(v128.load(dst), v128.load(src)));
  for (; dst < end; dst++, src++) store<u8>(dst, load<u8>(dst) & load<u8>(src));
}

function or(dst: usize, src: usize, len: u32): void {
  const end = dst + len;
  for (; dst + 16 <= end; dst += 16, src += 16) v128.store(dst, v128.or(v128.load(dst), v128.load(src)));
  for (; dst < end; dst++, src++) store<u8>(dst, load<u8>(dst) | load<u8>(src));
}

function xor(dst: usize, src: usize, len: u32): void {
  const end = dst + len;
  for (; dst + 16 <= end; dst += 16, src += 16) v128.store(dst, v128.xor(v128.load(dst), v128.load(src)));
  for (; dst < end; dst++, src++) store<u8>(dst, load<u8>(dst) ^ load<u8>(src));
}

/** The `width` (1 … 64) bits from bit `offset` on as a number, the first bit highest; zeros beyond `len` bytes. O(1) */
export function bitsRead(ptr: usize, len: u32, offset: u64, width: u32): u64 {
  const first = offset >> 3;
  const shift = <u64>((<u32>offset) & 7);
  let high: u64 = 0;
  if (first + 8 <= len) {
    high = bswap(load<u64>(ptr + <usize>first));
  } else {
    for (let i: u64 = 0; i < 8; i++) high = (high << 8) | byteAt(ptr, len, first + i);
  }
  high <<= shift;
  if (shift + width > 64) high |= (<u64>byteAt(ptr, len, first + 8)) >> (8 - shift);
  return high >> (64 - width);
}

// @ts-ignore: decorator
@inline
function byteAt(ptr: usize, len: u32, index: u64): u64 {
  return index < len ? load<u8>(ptr + <usize>index) : 0;
}

/** Writes the low `width` (1 … 64) bits of `value` from bit `offset` on; all of them must be there. O(1) */
export function bitsWrite(ptr: usize, offset: u64, width: u32, value: u64): void {
  // From the last byte to the first: the bits of `value` that belong there, in their places.
  let left = width;
  let end = offset + width;
  while (left) {
    const inLast = (<u32>end) & 7;
    const bits = min(inLast ? inLast : 8, left);
    const shift = inLast ? 8 - inLast : 0;
    const mask = (<u32>(1 << bits) - 1) << shift;
    const at = ptr + <usize>((end - 1) >> 3);
    store<u8>(at, <u8>((load<u8>(at) & ~mask) | (((<u32>value) << shift) & mask)));
    value >>= bits;
    end -= bits;
    left -= bits;
  }
}
