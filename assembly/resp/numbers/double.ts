/**
 * double: 64-bit floating point numbers as text, both ways, in exactly the form Redis accepts and prints.
 *
 * Printing is Grisu2, not a shortest-always algorithm, on purpose: Redis prints scores with fpconv, which
 * is Grisu2, and for about one double in a thousand Grisu2 yields a digit more than needed. Replies agree
 * to the byte only if that digit is there too.
 *   1. Integers up to ±2^62 print as integers.
 *   2. The double and its two rounding boundaries are scaled by a cached power of ten, so that the scaled
 *      exponent is small: 64-bit arithmetic, errors below one unit, the interval shrunk by as much.
 *   3. Digits come from the upper boundary until what is left is inside the interval.
 *   4. The last digit steps down while that brings it closer to the double itself.
 *   5. Layout: 123000, 0.00123 or 1.23e+25, see putDigits.
 *
 * Reading is correctly rounded: one multiplication or division where both operands are exact doubles
 * (Clinger), otherwise the exact value (numeral.ts), rounded once.
 *
 * Writers store exactly the bytes whose number they return.
 *
 * Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers", PLDI 2010; the
 * choice of powers and the layout are those of Andreas Samoljuk's fpconv (Boost licence).
 * William Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990.
 */
import { putText } from "../../memory/bytes.ts";
import { root } from "../../root.ts";
import { NUMBER_FIELDS } from "./bignum.ts";
import { digits10, formatI64, formatU64, powerOf10 } from "./integer.ts";
import {
  KIND_DECIMAL,
  KIND_INFINITE,
  numeral,
  Numeral,
  numeralToBinary,
  readNumeral,
  scaleByPowerOf10,
} from "./numeral.ts";
import { multiplyHigh, shiftRightRounded } from "./wide.ts";

/** Most bytes formatDouble writes: "-2.2250738585072014e-308". */
// @ts-ignore: decorator
@inline
export const DOUBLE_LENGTH_MAX: u32 = 24;
/** Most bytes formatDouble17 writes, likewise. */
// @ts-ignore: decorator
@inline
export const DOUBLE17_LENGTH_MAX: u32 = 24;

// @ts-ignore: decorator
@inline
const FRACTION_BITS: u32 = 52;
// @ts-ignore: decorator
@inline
const HIDDEN_BIT: u64 = 1 << 52;
// @ts-ignore: decorator
@inline
const SIGN_BIT: u64 = 1 << 63;
// @ts-ignore: decorator
@inline
const INFINITY_BITS: u64 = 0x7ff0000000000000;
/** Largest integer that formatDouble prints as one: half of what 64 bits hold, as a double. */
// @ts-ignore: decorator
@inline
const INTEGER_PRINTED_MAX: f64 = 4611686018427387904.0;

/** Decimal digits on their way to formatDouble's result; lies behind the numeral. */
// @ts-ignore: decorator
@inline
const DIGITS: usize = NUMBER_FIELDS + 128;
/** Power of ten of the last of them. */
// @ts-ignore: decorator
@inline
const DIGITS_EXPONENT: usize = NUMBER_FIELDS + 96;

if (DIGITS_EXPONENT < NUMBER_FIELDS + 16 + offsetof<Numeral>())
  ERROR("DIGITS_EXPONENT is inside the numeral");

// --- printing ---

/**
 * Writes `v` as Redis 8 prints a double (ZSCORE, RESP3 doubles): the shortest text that reads back as `v`,
 * but for Grisu2's exceptions.
 * @returns the length, at most DOUBLE_LENGTH_MAX.  O(1)
 */
export function formatDouble(v: f64, dst: usize): u32 {
  if (abs(v) <= INTEGER_PRINTED_MAX) {
    const integer = <i64>v;
    if (<f64>integer == v) {
      if (integer == 0 && reinterpret<u64>(v) != 0) return putText(dst, "-0");
      return formatI64(integer, dst);
    }
  } else if (!isFinite(v)) {
    return putText(dst, isNaN(v) ? "nan" : v < 0 ? "-inf" : "inf");
  }
  const bits = reinterpret<u64>(v);
  const negative = <u32>(bits >> 63);
  if (negative) store<u8>(dst, 0x2d);
  const count = shortestDigits(bits & ~SIGN_BIT);
  return negative + putDigits(dst + negative, count, load<i32>(DIGITS_EXPONENT), 18 - negative);
}

/** 10^(-348 + 8·i), rounded to 64 bits with the highest bit set; their binary exponents follow from i. */
const cachedPowers = memory.data<u64>([
  0xfa8fd5a0081c0288, 0xbaaee17fa23ebf76, 0x8b16fb203055ac76, 0xcf42894a5dce35ea, 0x9a6bb0aa55653b2d,
  0xe61acf033d1a45df, 0xab70fe17c79ac6ca, 0xff77b1fcbebcdc4f, 0xbe5691ef416bd60c, 0x8dd01fad907ffc3c,
  0xd3515c2831559a83, 0x9d71ac8fada6c9b5, 0xea9c227723ee8bcb, 0xaecc49914078536d, 0x823c12795db6ce57,
  0xc21094364dfb5637, 0x9096ea6f3848984f, 0xd77485cb25823ac7, 0xa086cfcd97bf97f4, 0xef340a98172aace5,
  0xb23867fb2a35b28e, 0x84c8d4dfd2c63f3b, 0xc5dd44271ad3cdba, 0x936b9fcebb25c996, 0xdbac6c247d62a584,
  0xa3ab66580d5fdaf6, 0xf3e2f893dec3f126, 0xb5b5ada8aaff80b8, 0x87625f056c7c4a8b, 0xc9bcff6034c13053,
  0x964e858c91ba2655, 0xdff9772470297ebd, 0xa6dfbd9fb8e5b88f, 0xf8a95fcf88747d94, 0xb94470938fa89bcf,
  0x8a08f0f8bf0f156b, 0xcdb02555653131b6, 0x993fe2c6d07b7fac, 0xe45c10c42a2b3b06, 0xaa242499697392d3,
  0xfd87b5f28300ca0e, 0xbce5086492111aeb, 0x8cbccc096f5088cc, 0xd1b71758e219652c, 0x9c40000000000000,
  0xe8d4a51000000000, 0xad78ebc5ac620000, 0x813f3978f8940984, 0xc097ce7bc90715b3, 0x8f7e32ce7bea5c70,
  0xd5d238a4abe98068, 0x9f4f2726179a2245, 0xed63a231d4c4fb27, 0xb0de65388cc8ada8, 0x83c7088e1aab65db,
  0xc45d1df942711d9a, 0x924d692ca61be758, 0xda01ee641a708dea, 0xa26da3999aef774a, 0xf209787bb47d6b85,
  0xb454e4a179dd1877, 0x865b86925b9bc5c2, 0xc83553c5c8965d3d, 0x952ab45cfa97a0b3, 0xde469fbd99a05fe3,
  0xa59bc234db398c25, 0xf6c69a72a3989f5c, 0xb7dcbf5354e9bece, 0x88fcf317f22241e2, 0xcc20ce9bd35c78a5,
  0x98165af37b2153df, 0xe2a0b5dc971f303a, 0xa8d9d1535ce3b396, 0xfb9b7cd9a4a7443c, 0xbb764c4ca7a44410,
  0x8bab8eefb6409c1a, 0xd01fef10a657842c, 0x9b10a4e5e9913129, 0xe7109bfba19c0c9d, 0xac2820d9623bf429,
  0x80444b5e7aa7cf85, 0xbf21e44003acdd2d, 0x8e679c2f5e44ff8f, 0xd433179d9c8cb841, 0x9e19db92b4e31ba9,
  0xeb96bf6ebadf77d9, 0xaf87023b9bf0ee6b,
]);
// @ts-ignore: decorator
@inline
const FIRST_POWER: i32 = -348;
// @ts-ignore: decorator
@inline
const POWER_STEP: i32 = 8;
// @ts-ignore: decorator
@inline
const POWER_COUNT: i32 = 87;

/** floor(log2(10^k)) − 63: the exponent of the 64-bit form of 10^k, for |k| ≤ 350. */
// @ts-ignore: decorator
@inline
function powerExponent(k: i32): i32 {
  return ((k * 1741647) >> 19) - 63;
}

/** a · b / 2^64, rounded to nearest: the product of two 64-bit mantissas. */
// @ts-ignore: decorator
@inline
function multiplyRounded(a: u64, b: u64): u64 {
  return multiplyHigh(a, b) + ((a * b) >> 63);
}

/** Index of the power that brings `exponent` into −60 … −32, the same one that fpconv picks. */
function cachedPowerIndex(exponent: i32): i32 {
  const estimate = <i32>(<f64>-(exponent + POWER_COUNT) * 0.30102999566398114);
  let i = (estimate - FIRST_POWER) / POWER_STEP;
  while (true) {
    const scaled = exponent + powerExponent(FIRST_POWER + i * POWER_STEP) + 64;
    if (scaled < -60) i++;
    else if (scaled > -32) i--;
    else return i;
  }
}

/** Grisu2 on a positive finite double: digits to DIGITS, exponent to DIGITS_EXPONENT; returns how many. */
function shortestDigits(bits: u64): u32 {
  let fraction = bits & (HIDDEN_BIT - 1);
  const biased = <i32>(bits >> FRACTION_BITS);
  if (biased) fraction |= HIDDEN_BIT;
  const exponent = max(biased, 1) - 1075;
  // The upper boundary is half a unit above; the lower one half below, a quarter where the exponent changes.
  let upper = (fraction << 1) + 1;
  const shift = <i32>clz(upper);
  upper <<= shift;
  const upperExponent = exponent - 1 - shift;
  const closer: i32 = fraction == HIDDEN_BIT ? 2 : 1;
  const lower = ((fraction << closer) - 1) << (exponent - closer - upperExponent);
  const w = fraction << clz(fraction);

  const i = cachedPowerIndex(upperExponent);
  const k = FIRST_POWER + i * POWER_STEP;
  const power = load<u64>(cachedPowers + ((<usize>i) << 3));
  const scaledUpper = multiplyRounded(upper, power) - 1;
  const scaledLower = multiplyRounded(lower, power) + 1;
  const scaled = multiplyRounded(w, power);
  store<i32>(DIGITS_EXPONENT, -k);
  return generateDigits(
    scaled,
    scaledUpper,
    scaledUpper - scaledLower,
    upperExponent + powerExponent(k) + 64,
  );
}

/** Digits of `upper` · 2^exponent, as few as stay within `delta` of it, the last nudged towards `w`. */
function generateDigits(w: u64, upper: u64, delta: u64, exponent: i32): u32 {
  const shift = <u64>-exponent;
  const one = (<u64>1) << shift;
  const distance = upper - w;
  let integral = <u32>(upper >> shift);
  let fractional = upper & (one - 1);
  let count: u32 = 0;
  let kappa = <i32>digits10(integral);
  while (kappa > 0) {
    const unit = <u32>powerOf10(--kappa);
    const digit = integral / unit;
    integral -= digit * unit;
    store<u8>(DIGITS + count++, digit + 0x30);
    const rest = ((<u64>integral) << shift) + fractional;
    if (rest <= delta) {
      nudgeLastDigit(count, delta, rest, (<u64>unit) << shift, distance);
      store<i32>(DIGITS_EXPONENT, load<i32>(DIGITS_EXPONENT) + kappa);
      return count;
    }
  }
  let scale: u64 = 1;
  while (true) {
    fractional *= 10;
    delta *= 10;
    scale *= 10;
    kappa--;
    const digit = <u32>(fractional >> shift);
    if (digit | count) store<u8>(DIGITS + count++, digit + 0x30);
    fractional &= one - 1;
    if (fractional < delta) {
      nudgeLastDigit(count, delta, fractional, one, distance * scale);
      store<i32>(DIGITS_EXPONENT, load<i32>(DIGITS_EXPONENT) + kappa);
      return count;
    }
  }
}

/** Step 4: `rest` is upper minus the digits so far, `unit` the worth of the last digit. */
function nudgeLastDigit(count: u32, delta: u64, rest: u64, unit: u64, distance: u64): void {
  const last = DIGITS + count - 1;
  while (
    rest < distance &&
    delta - rest >= unit &&
    (rest + unit < distance || distance - rest > rest + unit - distance)
  ) {
    store<u8>(last, load<u8>(last) - 1);
    rest += unit;
  }
}

/**
 * Lays `count` digits out as fpconv does: the value is digits · 10^exponent.
 * @param countMax  digits that a scientific form may have
 */
function putDigits(dst: usize, count: u32, exponent: i32, countMax: u32): u32 {
  const magnitude = exponent + <i32>count - 1; // of the first digit
  const size = <u32>abs(magnitude);
  if (exponent >= 0 && size < count + 7) {
    memory.copy(dst, DIGITS, count);
    memory.fill(dst + count, 0x30, exponent);
    return count + exponent;
  }
  if (exponent < 0 && (exponent > -7 || size < 4)) {
    const whole = <i32>count + exponent; // digits before the point
    if (whole > 0) {
      memory.copy(dst, DIGITS, whole);
      store<u8>(dst + whole, 0x2e);
      memory.copy(dst + whole + 1, DIGITS + whole, count - whole);
      return count + 1;
    }
    store<u16>(dst, 0x2e30); // "0."
    memory.fill(dst + 2, 0x30, -whole);
    memory.copy(dst + 2 - whole, DIGITS, count);
    return count + 2 - whole;
  }
  return putScientific(dst, min(count, countMax), magnitude, 1);
}

/** d.ddde±x with at least `exponentDigits` digits in the exponent. */
function putScientific(dst: usize, count: u32, magnitude: i32, exponentDigits: u32): u32 {
  let at = dst + 1;
  store<u8>(dst, load<u8>(DIGITS));
  if (count > 1) {
    store<u8>(at, 0x2e);
    memory.copy(at + 1, DIGITS + 1, count - 1);
    at += count;
  }
  store<u8>(at, 0x65);
  store<u8>(at, magnitude < 0 ? 0x2d : 0x2b, 1);
  at += 2;
  const size = <u32>abs(magnitude);
  if (exponentDigits == 2 && size < 10) store<u8>(at++, 0x30);
  return <u32>(at - dst) + formatU64(size, at);
}

/**
 * Writes `v` as C's "%.17g" does: 17 significant digits, correctly rounded, without trailing zeros.
 * @returns the length, at most DOUBLE17_LENGTH_MAX.  O(1), a few microseconds beyond 10^±27
 */
export function formatDouble17(v: f64, dst: usize): u32 {
  if (!isFinite(v)) return putText(dst, isNaN(v) ? "nan" : v < 0 ? "-inf" : "inf");
  const bits = reinterpret<u64>(v);
  const negative = <u32>(bits >> 63);
  if (negative) store<u8>(dst, 0x2d);
  dst += negative;
  if (v == 0) {
    store<u8>(dst, 0x30);
    return negative + 1;
  }
  const magnitude = digits17(bits & ~SIGN_BIT);
  let count: u32 = 17;
  while (load<u8>(DIGITS + count - 1) == 0x30) count--;
  if (magnitude < -4 || magnitude >= 17) return negative + putScientific(dst, count, magnitude, 2);
  if (magnitude < 0) {
    store<u16>(dst, 0x2e30); // "0."
    memory.fill(dst + 2, 0x30, -1 - magnitude);
    memory.copy(dst + 1 - magnitude, DIGITS, count);
    return negative + count + 1 - magnitude;
  }
  const whole = <u32>magnitude + 1;
  memory.copy(dst, DIGITS, whole); // digits beyond `count` are zeros
  if (count <= whole) return negative + whole;
  store<u8>(dst + whole, 0x2e);
  memory.copy(dst + whole + 1, DIGITS + whole, count - whole);
  return negative + count + 1;
}

/** 17 digits of a positive finite double to DIGITS; returns the power of ten of the first. */
function digits17(bits: u64): i32 {
  let mantissa = bits & (HIDDEN_BIT - 1);
  const biased = <i32>(bits >> FRACTION_BITS);
  if (biased) mantissa |= HIDDEN_BIT;
  const exponent = max(biased, 1) - 1075;
  // floor(log10) from floor(log2) is right or one too small: 315653 / 2^20 is just below log10(2).
  let magnitude = ((exponent + 63 - <i32>clz(mantissa)) * 315653) >> 20;
  let integer = scaledInteger(mantissa, exponent, 16 - magnitude);
  if (integer >= powerOf10(17)) {
    // Rounded anew from the exact value, since rounding twice may differ.
    magnitude++;
    integer = scaledInteger(mantissa, exponent, 16 - magnitude);
  }
  formatU64(integer, DIGITS);
  return magnitude;
}

/** mantissa · 2^exponent · 10^exponent10, rounded to an integer below 2^63, halves to even. */
function scaledInteger(mantissa: u64, exponent: i32, exponent10: i32): u64 {
  scaleByPowerOf10(mantissa, exponent10);
  return shiftRightRounded(numeral.mantissa, numeral.tail, -(numeral.exponent + exponent));
}

/**
 * Writes `v` with a fixed number of decimals (GEODIST prints 4 of them).
 * @param v  finite, |v| · 10^decimals below 2^63     @param decimals  1 … 17
 * @returns the length.  O(1)
 */
export function formatFixed(v: f64, decimals: u32, dst: usize): u32 {
  const unit = powerOf10(decimals);
  const scaled = <u64>nearest(abs(v) * <f64>unit);
  const whole = scaled / unit;
  const negative = <u32>(v < 0);
  if (negative) store<u8>(dst, 0x2d);
  dst += negative;
  const length = formatU64(whole, dst);
  store<u8>(dst + length, 0x2e);
  // A leading one keeps the zeros; the point then takes its place.
  formatU64(scaled - whole * unit + unit, dst + length);
  store<u8>(dst + length, 0x2e);
  return negative + length + 1 + decimals;
}

// --- reading ---

/** 10^0 … 10^22, all exact. */
const exactPowers = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
]);

// @ts-ignore: decorator
@inline
function exactPower(n: i32): f64 {
  return load<f64>(exactPowers + ((<usize>n) << 3));
}

/**
 * Reads a score, weight or coordinate as Redis does (string2d): C's strtod on the whole text, "inf",
 * "infinity" and hexadecimal included. Refused: NaN, spaces, and what is too large for a double or so
 * small that it would become 0.
 * @returns whether it is one; its value is in root.outF64.  O(len)
 */
export function parseDouble(ptr: usize, len: usize): bool {
  if (!readNumeral(ptr, len, true)) return false;
  if (numeral.kind == KIND_INFINITE) {
    root.outF64 = numeral.negative ? -Infinity : Infinity;
    return true;
  }
  const v = numeralToDouble();
  root.outF64 = numeral.negative ? -v : v;
  return v != Infinity && (v != 0 || isZeroNumeral());
}

/**
 * Reads a bound of a score range (without its "(") as Redis 8 does: a decimal number or infinity up to the
 * end or a zero byte. Nothing at all is 0; too large is infinity, too small 0; no hexadecimal.
 * @returns whether it is one; its value is in root.outF64.  O(len)
 */
export function parseDoubleBound(ptr: usize, len: usize): bool {
  let used: usize = 0;
  while (used < len && load<u8>(ptr + used)) used++;
  if (!used) {
    root.outF64 = 0;
    return true;
  }
  if (!readNumeral(ptr, used, false)) return false;
  const v = numeral.kind == KIND_INFINITE ? Infinity : numeralToDouble();
  root.outF64 = numeral.negative ? -v : v;
  return true;
}

// @ts-ignore: decorator
@inline
function isZeroNumeral(): bool {
  return numeral.kind == KIND_DECIMAL ? numeral.digits == 0 : numeral.mantissa == 0;
}

/** Absolute value of the finite number in `numeral`, rounded to the nearest double. */
function numeralToDouble(): f64 {
  if (numeral.kind == KIND_DECIMAL && numeral.exact && numeral.digits <= (<u64>1) << 53) {
    const exponent = numeral.exponent10;
    const digits = <f64>numeral.digits;
    if (exponent == 0) return digits;
    if (exponent < 0 && exponent >= -22) return digits / exactPower(<i32>-exponent);
    if (exponent > 0 && exponent <= 22) return digits * exactPower(<i32>exponent);
  }
  // 10^310 is infinite, 10^-330 is 0, and no two doubles differ beyond their 768th digit.
  numeralToBinary(330, 800);
  return roundToDouble(numeral.mantissa, numeral.exponent, numeral.tail);
}

/** mantissa · 2^exponent and a tail, mantissa 0 or with its highest bit set, as the nearest double. */
export function roundToDouble(mantissa: u64, exponent: i32, tail: u32): f64 {
  if (mantissa == 0) return 0;
  const magnitude = exponent + 63;
  if (magnitude > 1023) return Infinity;
  if (magnitude < -1075) return 0;
  if (magnitude < -1022) {
    // Subnormal; rounding up to the least normal number gives that number's bits.
    return reinterpret<f64>(shiftRightRounded(mantissa, tail, 11 - 1022 - magnitude));
  }
  // The hidden bit, or the carry of rounding up, adds one to the exponent.
  const biased = <u64>(magnitude + 1022);
  const bits = (biased << FRACTION_BITS) + shiftRightRounded(mantissa, tail, 11);
  return reinterpret<f64>(min(bits, INFINITY_BITS));
}
