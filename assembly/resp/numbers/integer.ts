/**
 * integer: 64-bit integers as decimal text, both ways, in exactly the form Redis accepts and prints.
 *
 * Why not one digit at a time: every INCR, LLEN, score and listpack lookup passes here. Eight digits are
 * taken or made at once in one 64-bit register (SWAR), the first digit in the lowest byte as memory has it.
 *
 * Writers store exactly the bytes whose number they return, never beyond: `dst` may end where the text ends.
 */
import { root } from "../../root.ts";

/** Most characters of a 64-bit integer: "-9223372036854775808". */
// @ts-ignore: decorator
@inline
export const INTEGER_LENGTH_MAX: u32 = 20;

// @ts-ignore: decorator
@inline
const EIGHT_DIGITS: u64 = 100000000;
// @ts-ignore: decorator
@inline
const EIGHT_ZEROS: u64 = 0x3030303030303030;
// @ts-ignore: decorator
@inline
const MINUS: u32 = 0x2d;

/** powersOf10[i] = 10^i, the largest that fit in 64 bits. */
const powersOf10 = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
  1000000000000000000, 10000000000000000000,
]);

/** 10^exponent, exponent 0 … 19. */
// @ts-ignore: decorator
@inline
export function powerOf10(exponent: u32): u64 {
  return load<u64>(powersOf10 + ((<usize>exponent) << 3));
}

/** Decimal digits of `v`, 1 … 20. O(1) */
export function digits10(v: u64): u32 {
  // bits · log10(2), which is the answer or one too many: 1233/4096 = 0.30103
  const guess = (<u32>(64 - clz(v | 1)) * 1233) >> 12;
  return guess + <u32>((v | 1) >= powerOf10(guess));
}

/** Whether the eight bytes are all ASCII digits: the high half of each is 3, also after adding 6. */
// @ts-ignore: decorator
@inline
function areDigits(x: u64): bool {
  const high: u64 = 0xf0f0f0f0f0f0f0f0;
  return ((x & high) | (((x + 0x0606060606060606) & high) >> 4)) == 0x3333333333333333;
}

/** Value of eight ASCII digits: pairs, then fours, then eight, each in one multiplication. */
// @ts-ignore: decorator
@inline
function valueOfDigits(x: u64): u64 {
  x = (x & 0x0f0f0f0f0f0f0f0f) * (10 * 256 + 1);
  x = ((x >> 8) & 0x00ff00ff00ff00ff) * (100 * 65536 + 1);
  return (((x >> 16) & 0x0000ffff0000ffff) * (((<u64>10000) << 32) + 1)) >> 32;
}

/**
 * Reads a signed integer as Redis does (string2ll): no space, no plus, no leading zero, no "-0", no overflow.
 * @returns whether it is one; its value is in root.outI64.  O(len), at most 20 characters are looked at
 */
export function parseI64(ptr: usize, len: usize): bool {
  if (len - 1 >= INTEGER_LENGTH_MAX) return false;
  const end = ptr + len;
  let digit: u32 = load<u8>(ptr);
  const negative = digit == MINUS;
  if (negative) {
    if (++ptr == end) return false;
    digit = load<u8>(ptr);
  }
  digit -= 0x30;
  if (digit - 1 > 8) {
    if (digit != 0 || len != 1) return false;
    root.outI64 = 0;
    return true;
  }
  // 20 digits are at least 10^19, out of range; 19 cannot wrap around 2^64.
  if (end - ptr > 19) return false;
  let v: u64 = 0;
  while (ptr + 8 <= end) {
    const eight = load<u64>(ptr);
    if (!areDigits(eight)) return false;
    v = v * EIGHT_DIGITS + valueOfDigits(eight);
    ptr += 8;
  }
  for (; ptr < end; ptr++) {
    digit = <u32>load<u8>(ptr) - 0x30;
    if (digit > 9) return false;
    v = v * 10 + digit;
  }
  if (v > <u64>i64.MAX_VALUE + <u64>negative) return false;
  root.outI64 = negative ? -(<i64>v) : <i64>v;
  return true;
}

/**
 * Reads an unsigned integer as Redis does (string2ull), the parts of a stream ID among them. Plain digits
 * are the rule, and what C's strtoull takes is accepted besides: spaces and one sign in front, leading
 * zeros (a negative number in that form counts down from 2^64), text that a zero byte ends.
 * @returns whether it is one; its value is in root.outU64.  O(len)
 */
export function parseU64(ptr: usize, len: usize): bool {
  if (parseI64(ptr, len)) {
    root.outU64 = <u64>root.outI64;
    return root.outI64 >= 0;
  }
  return parseU64Loosely(ptr, ptr + len);
}

function parseU64Loosely(ptr: usize, end: usize): bool {
  while (ptr < end && isSpace(load<u8>(ptr))) ptr++;
  if (ptr == end) return false;
  const sign: u32 = load<u8>(ptr);
  if (sign == MINUS || sign == 0x2b) ptr++;
  const first = ptr;
  let v: u64 = 0;
  for (; ptr < end; ptr++) {
    const digit = <u32>load<u8>(ptr) - 0x30;
    if (digit > 9) break;
    if (v > u64.MAX_VALUE / 10) return false;
    const next = v * 10 + digit;
    if (next < digit) return false; // wrapped around
    v = next;
  }
  if (ptr == first || (ptr < end && load<u8>(ptr) != 0)) return false;
  root.outU64 = sign == MINUS ? 0 - v : v;
  return true;
}

/** What C's isspace says in the "C" locale. */
// @ts-ignore: decorator
@inline
export function isSpace(c: u32): bool {
  return c == 0x20 || c - 9 < 5;
}

/** Eight digits of `n` (below 10^8) with leading zeros, unpacked: 0 … 9 a byte, the first digit lowest. */
// @ts-ignore: decorator
@inline
function unpackDigits(n: u32): u64 {
  const high = n / 10000;
  const fours = ((<u64>(n - high * 10000)) << 32) | high;
  const hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
  const pairs = hundreds | ((fours - hundreds * 100) << 16);
  const tens = ((pairs * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((pairs - tens * 10) << 8);
}

/** Writes exactly eight digits of `n` (below 10^8), leading zeros included. */
// @ts-ignore: decorator
@inline
export function put8Digits(dst: usize, n: u32): void {
  store<u64>(dst, unpackDigits(n) | EIGHT_ZEROS);
}

/** Writes `n` (below 10^8) without leading zeros; returns the length, 1 … 8. */
// @ts-ignore: decorator
@inline
function putShort(dst: usize, n: u32): u32 {
  const digits = unpackDigits(n);
  const zeros = (<u32>ctz(digits | ((<u64>1) << 56))) >> 3;
  const length = 8 - zeros;
  let text = (digits | EIGHT_ZEROS) >> (zeros << 3);
  if (length == 8) {
    store<u64>(dst, text);
    return 8;
  }
  if (length & 4) {
    store<u32>(dst, <u32>text);
    text >>= 32;
    dst += 4;
  }
  if (length & 2) {
    store<u16>(dst, <u16>text);
    text >>= 16;
    dst += 2;
  }
  if (length & 1) store<u8>(dst, <u8>text);
  return length;
}

/** Writes `v` in decimal, at most 20 bytes; returns the length. O(1) */
export function formatU64(v: u64, dst: usize): u32 {
  if (v < 10) {
    store<u8>(dst, <u8>v + 0x30);
    return 1;
  }
  if (v < EIGHT_DIGITS) return putShort(dst, <u32>v);
  const upper = v / EIGHT_DIGITS;
  const last = <u32>(v - upper * EIGHT_DIGITS);
  let length: u32;
  if (upper < EIGHT_DIGITS) {
    length = putShort(dst, <u32>upper);
  } else {
    const top = upper / EIGHT_DIGITS;
    length = putShort(dst, <u32>top);
    put8Digits(dst + length, <u32>(upper - top * EIGHT_DIGITS));
    length += 8;
  }
  put8Digits(dst + length, last);
  return length + 8;
}

/** Writes `v` in decimal, at most 20 bytes; returns the length. O(1) */
export function formatI64(v: i64, dst: usize): u32 {
  if (v >= 0) return formatU64(<u64>v, dst);
  store<u8>(dst, MINUS);
  return 1 + formatU64(0 - <u64>v, dst + 1);
}

/** Bytes that formatI64 writes for `v`. O(1) */
export function lengthOfI64(v: i64): u32 {
  return v < 0 ? 1 + digits10(0 - <u64>v) : digits10(<u64>v);
}
