/**
 * long-double: x87 extended precision in software, for INCRBYFLOAT and HINCRBYFLOAT, whose sums Redis
 * computes in C's long double and prints with "%.17Lf". A 64-bit mantissa makes 0.1 + 0.2 print as 0.3,
 * and clients rely on the digits, so doubles will not do.
 *
 * LongDouble (16 bytes)
 *   offset  size  field     meaning
 *        0     8  mantissa  highest bit set, but for subnormal numbers and 0
 *        8     4  exponent  value = mantissa · 2^exponent
 *       12     1  negative
 *       13     1  infinite  the other fields but `negative` mean nothing
 *       14     2  -         zero
 *
 * Always true: exponent is −16445 … 16320, and −16445 if the highest bit of the mantissa is not set, but for
 * 0. Every operation rounds to nearest, halves to even. There is no NaN: what would make one is refused.
 *
 * Values live where the caller says. Nothing here allocates.
 */
import { putText } from "../memory/bytes.ts";
import {
  BIGNUM_A,
  BIGNUM_B,
  bignumDivideSmall,
  bignumIsZero,
  bignumSet,
  bignumShiftLeft,
  NUMBER_FIELDS,
} from "../resp/numbers/bignum.ts";
import { root } from "../root.ts";
import { roundToDouble } from "../resp/numbers/double.ts";
import { formatU64, powerOf10 } from "../resp/numbers/integer.ts";
import { KIND_INFINITE, numeral, numeralToBinary, readNumeral } from "../resp/numbers/numeral.ts";
import { multiplyHigh, shiftRightRounded, TAIL_HALF, TAIL_NONE, tailOfBits } from "../resp/numbers/wide.ts";

@unmanaged
export class LongDouble {
  mantissa: u64;
  exponent: i32;
  negative: bool;
  infinite: bool;
}
// @ts-ignore: decorator
@inline
export const LONG_DOUBLE_SIZE: usize = 16;
if (offsetof<LongDouble>() > LONG_DOUBLE_SIZE) ERROR("LongDouble outgrew 16 bytes: mend its table");

/** Most bytes longDoubleFormat writes: sign, 4,933 digits, point, 17 decimals. */
// @ts-ignore: decorator
@inline
export const LONG_DOUBLE_LENGTH_MAX: u32 = 4952;
/** Longest text that is read, as in Redis. */
// @ts-ignore: decorator
@inline
export const LONG_DOUBLE_TEXT_MAX: u32 = 5119;

// @ts-ignore: decorator
@inline
const EXPONENT_MIN: i32 = -16445;
// @ts-ignore: decorator
@inline
const EXPONENT_MAX: i32 = 16320;
// @ts-ignore: decorator
@inline
const TOP_BIT: u64 = 1 << 63;
// @ts-ignore: decorator
@inline
const DECIMALS: u32 = 17;

/** Three values for whoever just needs an operand: the result of longDoubleIncrement is in the first. */
// @ts-ignore: decorator
@inline
const OPERANDS: usize = NUMBER_FIELDS + 256;

/** How longDoubleIncrement ended. */
// @ts-ignore: decorator
@inline
export const INCREMENT_OK: u32 = 0;
/** The value that was there is not a number. */
// @ts-ignore: decorator
@inline
export const INCREMENT_BAD_VALUE: u32 = 1;
/** The increment is not a number. */
// @ts-ignore: decorator
@inline
export const INCREMENT_BAD_INCREMENT: u32 = 2;
/** The sum is infinite or not a number. */
// @ts-ignore: decorator
@inline
export const INCREMENT_OVERFLOW: u32 = 3;

// @ts-ignore: decorator
@inline
function at(ptr: usize): LongDouble {
  return changetype<LongDouble>(ptr);
}

/**
 * Reads a number as Redis does (string2ld): C's strtold on the whole text, "inf" and hexadecimal included.
 * Refused: NaN, spaces, more than 5,119 characters, what is too large or would become 0.
 * @returns whether `dst` has it now.  O(len), O(len²) beyond 19 digits
 */
export function longDoubleParse(ptr: usize, len: usize, dst: usize): bool {
  if (len > LONG_DOUBLE_TEXT_MAX || !readNumeral(ptr, len, true)) return false;
  if (numeral.kind == KIND_INFINITE) {
    setInfinite(at(dst), numeral.negative);
    return true;
  }
  // 10^4933 is infinite, 10^-4970 is 0.
  numeralToBinary(4970, LONG_DOUBLE_TEXT_MAX);
  const zero = numeral.mantissa == 0;
  setRounded(at(dst), numeral.negative, numeral.mantissa, numeral.exponent, numeral.tail);
  return !at(dst).infinite && (zero || at(dst).mantissa != 0);
}

/** dst = v, exactly. */
export function longDoubleFromI64(v: i64, dst: usize): void {
  setRounded(at(dst), v < 0, v < 0 ? 0 - <u64>v : <u64>v, 0, TAIL_NONE);
}

/** dst = v, exactly; v is not NaN. */
export function longDoubleFromF64(v: f64, dst: usize): void {
  const bits = reinterpret<u64>(v);
  const biased = (<i32>(bits >> 52)) & 0x7ff;
  const fraction = bits & 0xfffffffffffff;
  if (biased == 0x7ff) return setInfinite(at(dst), v < 0);
  const mantissa = biased ? fraction | ((<u64>1) << 52) : fraction;
  setRounded(at(dst), <i64>bits < 0, mantissa, max(biased, 1) - 1075, TAIL_NONE);
}

/** The nearest double. */
export function longDoubleToF64(src: usize): f64 {
  const a = at(src);
  let v = Infinity;
  if (!a.infinite) {
    const shift = a.mantissa ? <i32>clz(a.mantissa) : 0;
    v = roundToDouble(a.mantissa << shift, a.exponent - shift, TAIL_NONE);
  }
  return a.negative ? -v : v;
}

/**
 * dst = a + b; dst may be either.
 * @returns false if the sum is infinite or not a number; `dst` is undefined then.  O(1)
 */
export function longDoubleAdd(dst: usize, a: usize, b: usize): bool {
  if (at(a).infinite || at(b).infinite) return false;
  let x = at(a);
  let y = at(b);
  if (!isAtLeast(x, y)) {
    x = at(b);
    y = at(a);
  }
  // x is the larger; y is lined up with it, 64 bits below x's lowest, anything lower jammed into the last.
  const distance = <u32>(x.exponent - y.exponent);
  let high: u64 = 0;
  let low: u64 = 0;
  if (distance == 0) {
    high = y.mantissa;
  } else if (distance < 64) {
    high = y.mantissa >> distance;
    low = y.mantissa << (64 - distance);
  } else if (distance == 64) {
    low = y.mantissa;
  } else if (distance < 128) {
    low = y.mantissa >> (distance - 64);
    low |= <u64>(y.mantissa << (128 - distance) != 0);
  } else {
    low = <u64>(y.mantissa != 0);
  }
  if (x.negative == y.negative) setSum(at(dst), x, high, low);
  else setDifference(at(dst), x, high, low);
  return !at(dst).infinite;
}

/** Whether |x| ≥ |y|, both finite. */
function isAtLeast(x: LongDouble, y: LongDouble): bool {
  if (y.mantissa == 0) return true;
  if (x.mantissa == 0) return false;
  if (x.exponent != y.exponent) return x.exponent > y.exponent;
  return x.mantissa >= y.mantissa;
}

/** |x| + (high, low) with the sign of x. */
function setSum(dst: LongDouble, x: LongDouble, high: u64, low: u64): void {
  const sum = x.mantissa + high;
  if (sum >= high) return setRounded(dst, x.negative, sum, x.exponent, tailOfBits(low, false));
  setRounded(
    dst,
    x.negative,
    (sum >> 1) | TOP_BIT,
    x.exponent + 1,
    tailOfBits((sum << 63) | (low >> 1), (low & 1) != 0),
  );
}

/** |x| − (high, low), which is not negative, with the sign of x. */
function setDifference(dst: LongDouble, x: LongDouble, high: u64, low: u64): void {
  let upper = x.mantissa - high - <u64>(low != 0);
  let lower = 0 - low;
  let exponent = x.exponent;
  if (upper == 0) {
    upper = lower;
    lower = 0;
    exponent -= 64;
  }
  if (upper == 0) return setRounded(dst, false, 0, 0, TAIL_NONE);
  const shift = <i32>clz(upper);
  if (shift) {
    upper = (upper << shift) | (lower >> (64 - shift));
    lower <<= shift;
  }
  setRounded(dst, x.negative, upper, exponent - shift, tailOfBits(lower, false));
}

/** dst = ±mantissa · 2^exponent and a tail, rounded; the tail is TAIL_NONE unless the highest bit is set. */
function setRounded(dst: LongDouble, negative: bool, mantissa: u64, exponent: i32, tail: u32): void {
  if (mantissa) {
    const shift = <i32>clz(mantissa);
    mantissa <<= shift;
    exponent -= shift;
    if (exponent < EXPONENT_MIN) {
      mantissa = shiftRightRounded(mantissa, tail, EXPONENT_MIN - exponent);
      exponent = EXPONENT_MIN;
    } else if (tail > TAIL_HALF || (tail == TAIL_HALF && mantissa & 1)) {
      if (++mantissa == 0) {
        mantissa = TOP_BIT;
        exponent++;
      }
    }
  }
  if (exponent > EXPONENT_MAX) return setInfinite(dst, negative);
  dst.mantissa = mantissa;
  dst.exponent = mantissa ? exponent : EXPONENT_MIN;
  dst.negative = negative;
  dst.infinite = false;
}

function setInfinite(dst: LongDouble, negative: bool): void {
  dst.mantissa = TOP_BIT;
  dst.exponent = EXPONENT_MAX + 1;
  dst.negative = negative;
  dst.infinite = true;
}

/**
 * Writes the value as Redis prints sums (ld2string, human mode): 17 decimals, correctly rounded, without
 * trailing zeros; never an exponent, never "-0".
 * @returns the length, at most LONG_DOUBLE_LENGTH_MAX.  O(1) below 2^64
 */
export function longDoubleFormat(src: usize, dst: usize): u32 {
  const a = at(src);
  if (a.infinite) return putText(dst, a.negative ? "-inf" : "inf");
  const negative = <u32>a.negative;
  if (negative) store<u8>(dst, 0x2d);
  const length = a.exponent > 0 ? formatLarge(a, dst + negative) : formatSmall(a, dst + negative);
  if (negative && length == 1 && load<u8>(dst, 1) == 0x30) {
    store<u8>(dst, 0x30);
    return 1;
  }
  return negative + length;
}

/** At most 2^64: integral and fractional part fit 64 bits each. */
function formatSmall(a: LongDouble, dst: usize): u32 {
  const shift = <u32>-a.exponent;
  let whole: u64 = shift < 64 ? a.mantissa >> shift : 0;
  let decimals: u64 = 0;
  if (shift) {
    const fraction = shift < 64 ? a.mantissa & (((<u64>1) << shift) - 1) : a.mantissa;
    decimals = scaleFraction(fraction, shift);
    if (decimals == powerOf10(DECIMALS)) {
      decimals = 0;
      whole++;
    }
  }
  let length = formatU64(whole, dst);
  if (decimals == 0) return length;
  // A leading one keeps the zeros; the point then takes its place.
  formatU64(decimals + powerOf10(DECIMALS), dst + length);
  store<u8>(dst + length, 0x2e);
  length += 1 + DECIMALS;
  while (load<u8>(dst + length - 1) == 0x30) length--;
  return length;
}

/** fraction · 10^17 / 2^shift, rounded; shift is not 0. */
function scaleFraction(fraction: u64, shift: u32): u64 {
  const high = multiplyHigh(fraction, powerOf10(DECIMALS));
  const low = fraction * powerOf10(DECIMALS);
  if (shift < 64) {
    // The quotient is at most 10^17, so high < 2^shift.
    const lost = low << (64 - shift);
    const kept = (high << (64 - shift)) | (low >> shift);
    const tail = tailOfBits(lost, false);
    return kept + <u64>(tail > TAIL_HALF || (tail == TAIL_HALF && (kept & 1) != 0));
  }
  if (shift == 64) {
    const tail = tailOfBits(low, false);
    return high + <u64>(tail > TAIL_HALF || (tail == TAIL_HALF && (high & 1) != 0));
  }
  return shiftRightRounded(high, tailOfBits(low, false), shift - 64);
}

/** Above 2^64: an integer. */
function formatLarge(a: LongDouble, dst: usize): u32 {
  bignumSet(BIGNUM_A, a.mantissa);
  bignumShiftLeft(BIGNUM_A, a.exponent);
  // Nine digits at a time come off the low end.
  let chunks: usize = 0;
  do {
    store<u32>(BIGNUM_B + (chunks++ << 2), bignumDivideSmall(BIGNUM_A, 1000000000));
  } while (!bignumIsZero(BIGNUM_A));
  let length = formatU64(load<u32>(BIGNUM_B + (--chunks << 2)), dst);
  while (chunks) {
    const chunk = load<u32>(BIGNUM_B + (--chunks << 2));
    // With a leading one in the last digit's place, which the chunk's first then takes.
    const last = load<u8>(dst + length - 1);
    formatU64(1000000000 + <u64>chunk, dst + length - 1);
    store<u8>(dst + length - 1, last);
    length += 9;
  }
  return length;
}

/**
 * The whole of INCRBYFLOAT: value + increment as text.
 * @param value, valueLen          text of the value; length 0 = there is none, so 0
 * @param increment, incrementLen  text of the increment
 * @param dst     LONG_DOUBLE_LENGTH_MAX bytes, not in number scratch
 * @returns INCREMENT_*; if OK the length of the sum's text in `dst` is in root.outLen
 */
export function longDoubleIncrement(
  value: usize,
  valueLen: usize,
  increment: usize,
  incrementLen: usize,
  dst: usize,
): u32 {
  const a = OPERANDS;
  const b = OPERANDS + LONG_DOUBLE_SIZE;
  longDoubleFromI64(0, a);
  if (valueLen && !longDoubleParse(value, valueLen, a)) return INCREMENT_BAD_VALUE;
  if (!longDoubleParse(increment, incrementLen, b)) return INCREMENT_BAD_INCREMENT;
  if (!longDoubleAdd(a, a, b)) return INCREMENT_OVERFLOW;
  root.outLen = longDoubleFormat(a, dst);
  return INCREMENT_OK;
}
