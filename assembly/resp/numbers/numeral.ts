/**
 * numeral: the text of a real number → its exact binary value, before it is rounded to a double or a long
 * double. What C's strtod and strtold read in the "C" locale, since that is what Redis calls.
 *
 * How the value is found, from the common to the rare:
 *   1. up to 19 digits and a power of ten within ±27: 128-bit arithmetic, since 5^27 fits 64 bits
 *   2. anything else: bignums
 *   3. hexadecimal ("0x1.8p3"): bits as they stand
 * The caller may know a still shorter way for what readNumeral found (double.ts does).
 *
 * Numeral (in number scratch, valid until the next number is read)
 *   offset  size  field       meaning
 *        0     8  digits      first 19 significant digits, as an integer
 *        8     8  mantissa    highest bit set, or 0 for zero
 *       16     8  exponent10  value = digits · 10^exponent10, if `exact`
 *       24     4  exponent    value = mantissa · 2^exponent and tail
 *       28     4  tail        TAIL_* (wide.ts)
 *       32     4  kind        KIND_*
 *       36     1  negative
 *       37     1  exact       no digit but zeros beyond the first 19
 *       38     2  -           zero
 *       40     4  first       address of the first significant digit
 *       44     4  count       significant digits, trailing zeros included
 */
import {
  BIGNUM_A,
  BIGNUM_B,
  bignumBits,
  bignumDivide,
  bignumMultiplyAdd,
  bignumMultiplyPowerOf5,
  bignumQuotientExponent,
  bignumQuotientTail,
  bignumSet,
  bignumTop,
  bignumTopTail,
  NUMBER_FIELDS,
} from "./bignum.ts";
import { divideWide, multiplyHigh, TAIL_NONE, tailOfBits, tailOfRemainder } from "./wide.ts";

/** digits and exponent10 hold the value. */
// @ts-ignore: decorator
@inline
export const KIND_DECIMAL: u32 = 0;
/** mantissa, exponent and tail hold the value. */
// @ts-ignore: decorator
@inline
export const KIND_BINARY: u32 = 1;
// @ts-ignore: decorator
@inline
export const KIND_INFINITE: u32 = 2;

@unmanaged
export class Numeral {
  digits: u64;
  mantissa: u64;
  exponent10: i64;
  exponent: i32;
  tail: u32;
  kind: u32;
  negative: bool;
  exact: bool;
  zero: u16;
  first: usize;
  count: u32;
}
if (offsetof<Numeral>("first") != 40) ERROR("Numeral.first moved: mend its table");

// @ts-ignore: decorator
@inline
export const numeral: Numeral = changetype<Numeral>(NUMBER_FIELDS + 16);

/** Digits that 64 bits hold whatever they are. */
// @ts-ignore: decorator
@inline
const DIGITS_KEPT: u32 = 19;
/** Where an exponent stops counting: far beyond what any number of digits brings back into range. */
// @ts-ignore: decorator
@inline
const EXPONENT_CAP: i64 = 1000000000000;
/** A power of two beyond every format. */
// @ts-ignore: decorator
@inline
const EXPONENT_FAR: i32 = 1 << 20;
/** 5^27 is the last power of five below 2^63. */
// @ts-ignore: decorator
@inline
const POWER_OF_5_MAX: u32 = 27;

const powersOf5 = memory.data<u64>([
  1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125,
  6103515625, 30517578125, 152587890625, 762939453125, 3814697265625, 19073486328125, 95367431640625,
  476837158203125, 2384185791015625, 11920928955078125, 59604644775390625, 298023223876953125,
  1490116119384765625, 7450580596923828125,
]);

// @ts-ignore: decorator
@inline
function powerOf5(n: u32): u64 {
  return load<u64>(powersOf5 + ((<usize>n) << 3));
}

// @ts-ignore: decorator
@inline
function digitAt(ptr: usize): u32 {
  return <u32>load<u8>(ptr) - 0x30;
}

/**
 * Reads the whole of a number into `numeral`.
 * @param hex  whether "0x…" is one (strtod says so, the faster readers do not)
 * @returns whether all of the text is one number, infinity included, NaN not.  O(len)
 */
export function readNumeral(ptr: usize, len: usize, hex: bool): bool {
  const end = ptr + len;
  if (ptr == end) return false;
  const sign: u32 = load<u8>(ptr);
  numeral.negative = sign == 0x2d;
  if (sign == 0x2d || sign == 0x2b) {
    if (++ptr == end) return false;
  }
  const c: u32 = load<u8>(ptr);
  if (c > 0x39) return readInfinity(ptr, end);
  if (hex && c == 0x30 && ptr + 1 < end && (load<u8>(ptr, 1) | 0x20) == 0x78) return readHex(ptr + 2, end);
  return readDecimal(ptr, end);
}

/** "inf" or "infinity" in any case. */
function readInfinity(ptr: usize, end: usize): bool {
  const len = end - ptr;
  if (len != 3 && len != 8) return false;
  if ((load<u16>(ptr) | 0x2020) != 0x6e69 || (load<u8>(ptr, 2) | 0x20) != 0x66) return false;
  if (len == 8 && ((load<u32>(ptr, 3) | 0x20202020) != 0x74696e69 || (load<u8>(ptr, 7) | 0x20) != 0x79)) {
    return false;
  }
  numeral.kind = KIND_INFINITE;
  return true;
}

function readDecimal(ptr: usize, end: usize): bool {
  let digits: u64 = 0;
  let count: u32 = 0;
  let exponent: i64 = 0;
  let dropped: u32 = 0;
  let first: usize = 0;
  let point: usize = 0;
  const start = ptr;
  for (; ptr < end; ptr++) {
    const digit = digitAt(ptr);
    if (digit > 9) {
      if (digit != 0x2e - 0x30 || point != 0) break;
      point = ptr;
      continue;
    }
    if (count == 0) {
      if (digit == 0) {
        if (point) exponent--;
        continue;
      }
      first = ptr;
    }
    if (count++ < DIGITS_KEPT) {
      digits = digits * 10 + digit;
      if (point) exponent--;
    } else {
      dropped |= digit;
      if (!point) exponent++;
    }
  }
  if (ptr - start == <usize>(point != 0)) return false; // no digit at all
  if (ptr < end) {
    if ((load<u8>(ptr) | 0x20) != 0x65) return false;
    if (!readExponent(ptr + 1, end)) return false;
    exponent += numeral.exponent10;
  }
  numeral.kind = KIND_DECIMAL;
  numeral.digits = digits;
  numeral.exponent10 = exponent;
  numeral.exact = dropped == 0;
  numeral.first = first;
  numeral.count = count;
  return true;
}

/** Sign and digits up to the end → numeral.exponent10, capped. */
function readExponent(ptr: usize, end: usize): bool {
  if (ptr == end) return false;
  const sign: u32 = load<u8>(ptr);
  if (sign == 0x2d || sign == 0x2b) {
    if (++ptr == end) return false;
  }
  let exponent: i64 = 0;
  for (; ptr < end; ptr++) {
    const digit = digitAt(ptr);
    if (digit > 9) return false;
    if (exponent < EXPONENT_CAP) exponent = exponent * 10 + digit;
  }
  numeral.exponent10 = sign == 0x2d ? -exponent : exponent;
  return true;
}

/** Hexadecimal digits with a point, and a power of two after "p". */
function readHex(ptr: usize, end: usize): bool {
  let mantissa: u64 = 0;
  let count: u32 = 0;
  let next: u32 = 0; // the 17th significant digit
  let more = false; // whether any after it is not 0
  let exponent: i64 = 0;
  let point: usize = 0;
  const start = ptr;
  for (; ptr < end; ptr++) {
    let digit = digitAt(ptr);
    if (digit > 9) {
      if (digit == 0x2e - 0x30 && point == 0) {
        point = ptr;
        continue;
      }
      digit = ((<u32>load<u8>(ptr)) | 0x20) - 0x61;
      if (digit > 5) break;
      digit += 10;
    }
    if (count < 16) {
      mantissa = (mantissa << 4) | digit;
      if (mantissa) count++;
      if (point) exponent -= 4;
    } else {
      if (count == 16) next = digit;
      else more = more || digit != 0;
      count++;
      if (!point) exponent += 4;
    }
  }
  if (ptr - start == <usize>(point != 0)) return false;
  if (ptr < end) {
    if ((load<u8>(ptr) | 0x20) != 0x70) return false;
    if (!readExponent(ptr + 1, end)) return false;
    exponent += numeral.exponent10;
  }
  numeral.kind = KIND_BINARY;
  if (mantissa == 0) {
    setBinary(0, 0, TAIL_NONE);
    return true;
  }
  const shift = <u32>clz(mantissa);
  if (count > 16) {
    // the first digit may have up to three zero bits in front: fill up from the 17th
    const wide = ((<u64>next) << 60) << shift;
    mantissa = (mantissa << shift) | (((<u64>next) << shift) >> 4);
    setBinary(mantissa, clampExponent(exponent - shift), tailOfBits(wide, more));
  } else {
    setBinary(mantissa << shift, clampExponent(exponent - shift), TAIL_NONE);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function clampExponent(exponent: i64): i32 {
  return <i32>min(max(exponent, -EXPONENT_FAR), EXPONENT_FAR);
}

// @ts-ignore: decorator
@inline
function setBinary(mantissa: u64, exponent: i32, tail: u32): void {
  numeral.mantissa = mantissa;
  numeral.exponent = exponent;
  numeral.tail = tail;
}

/**
 * Finds mantissa, exponent and tail of the number that readNumeral found (not infinity).
 * @param exponentMax  10^exponentMax is surely out of range, and 10^-exponentMax surely 0
 * @param digitsMax    digits beyond this many can only say whether something follows
 */
export function numeralToBinary(exponentMax: i32, digitsMax: u32): void {
  if (numeral.kind == KIND_BINARY) return;
  numeral.kind = KIND_BINARY;
  if (numeral.digits == 0) return setBinary(0, 0, TAIL_NONE);
  const kept = min(numeral.count, DIGITS_KEPT);
  const magnitude = numeral.exponent10 + kept; // value < 10^magnitude
  if (magnitude > exponentMax) return setBinary((<u64>1) << 63, EXPONENT_FAR, TAIL_NONE);
  if (magnitude < -exponentMax) return setBinary((<u64>1) << 63, -EXPONENT_FAR, TAIL_NONE);
  if (numeral.exact) return scaleByPowerOf10(numeral.digits, <i32>numeral.exponent10);
  const used = min(numeral.count, digitsMax);
  const more = readDigits(BIGNUM_A, used);
  scaleBignum(<i32>numeral.exponent10 - <i32>(used - kept) - <i32>more);
}

/** The first `used` significant digits → a; digits that follow become one more, 1, unless all are 0. */
function readDigits(a: usize, used: u32): bool {
  bignumSet(a, 0);
  let ptr = numeral.first;
  let left = used;
  while (left) {
    let chunk: u32 = 0;
    let factor: u32 = 1;
    for (; left && factor < 1000000000; ptr++) {
      const digit = digitAt(ptr);
      if (digit > 9) continue; // the point
      chunk = chunk * 10 + digit;
      factor *= 10;
      left--;
    }
    bignumMultiplyAdd(a, factor, chunk);
  }
  for (left = numeral.count - used; left; ptr++) {
    const digit = digitAt(ptr);
    if (digit > 9) continue;
    if (digit) {
      bignumMultiplyAdd(a, 10, 1);
      return true;
    }
    left--;
  }
  return false;
}

/** digits · 10^exponent10 (digits not 0) → numeral's mantissa, exponent and tail, exactly. */
export function scaleByPowerOf10(digits: u64, exponent10: i32): void {
  const shift = <u32>clz(digits);
  const n = <u32>abs(exponent10);
  if (n > POWER_OF_5_MAX) {
    bignumSet(BIGNUM_A, digits);
    scaleBignum(exponent10);
  } else if (n == 0) {
    setBinary(digits << shift, -(<i32>shift), TAIL_NONE);
  } else if (exponent10 > 0) {
    multiplyByPowerOf5(digits, n);
  } else {
    divideByPowerOf5(digits << shift, n, -(<i32>shift));
  }
}

function multiplyByPowerOf5(digits: u64, n: u32): void {
  const high = multiplyHigh(digits, powerOf5(n));
  const low = digits * powerOf5(n);
  if (high == 0) {
    const shift = <i32>clz(low);
    return setBinary(low << shift, <i32>n - shift, TAIL_NONE);
  }
  const shift = <i32>clz(high);
  if (shift == 0) return setBinary(high, <i32>n + 64, tailOfBits(low, false));
  setBinary((high << shift) | (low >> (64 - shift)), <i32>n + 64 - shift, tailOfBits(low << shift, false));
}

/** mantissa has its highest bit set and is worth mantissa · 2^exponent. */
function divideByPowerOf5(mantissa: u64, n: u32, exponent: i32): void {
  const shift = <i32>clz(powerOf5(n));
  const divisor = powerOf5(n) << shift;
  // Whichever dividend leads to a quotient of just 64 bits.
  const more: i32 = mantissa >= divisor ? 63 : 64;
  const low = more == 64 ? 0 : mantissa << 63;
  const quotient = divideWide(mantissa >> (64 - more), low, divisor);
  const rest = low - quotient * divisor;
  setBinary(quotient, exponent - <i32>n + shift - more, tailOfRemainder(rest, divisor));
}

/** Bignum A (not 0) · 10^exponent10 → numeral's mantissa, exponent and tail, exactly. */
function scaleBignum(exponent10: i32): void {
  if (exponent10 >= 0) {
    bignumMultiplyPowerOf5(BIGNUM_A, exponent10);
    setBinary(bignumTop(BIGNUM_A), exponent10 + <i32>bignumBits(BIGNUM_A) - 64, bignumTopTail(BIGNUM_A));
  } else {
    bignumSet(BIGNUM_B, 1);
    bignumMultiplyPowerOf5(BIGNUM_B, -exponent10);
    const quotient = bignumDivide(BIGNUM_A, BIGNUM_B);
    setBinary(quotient, exponent10 + bignumQuotientExponent(), bignumQuotientTail());
  }
}
