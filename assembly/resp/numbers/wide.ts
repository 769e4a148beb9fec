/**
 * wide: the 128-bit arithmetic that exact conversions need and wasm lacks. Nothing here rounds, but for
 * shiftRightRounded, which rounds as IEEE 754 does by default.
 *
 * A number that is not exact yet is a 64-bit mantissa and a *tail*: what lies beyond its lowest bit.
 */

/** Nothing beyond the lowest bit; less than half of it; exactly half; more than half. */
// @ts-ignore: decorator
@inline
export const TAIL_NONE: u32 = 0;
// @ts-ignore: decorator
@inline
export const TAIL_BELOW_HALF: u32 = 1;
// @ts-ignore: decorator
@inline
export const TAIL_HALF: u32 = 2;
// @ts-ignore: decorator
@inline
export const TAIL_ABOVE_HALF: u32 = 3;

// @ts-ignore: decorator
@inline
const LOW: u64 = 0xffffffff;

/** Upper 64 bits of a · b. O(1) */
// @ts-ignore: decorator
@inline
export function multiplyHigh(a: u64, b: u64): u64 {
  const a1 = a >> 32;
  const a0 = a & LOW;
  const b1 = b >> 32;
  const b0 = b & LOW;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >> 32);
  const middle2 = a0 * b1 + (middle & LOW);
  return a1 * b1 + (middle >> 32) + (middle2 >> 32);
}

/**
 * (high · 2^64 + low) / divisor, rounded down; the remainder is low − quotient · divisor in 64 bits.
 * @param divisor  with its highest bit set     @param high  below divisor
 * Two steps of long division in base 2^32 (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D).
 */
export function divideWide(high: u64, low: u64, divisor: u64): u64 {
  const upper = quotientDigit(high, low >> 32, divisor);
  const rest = ((high << 32) | (low >> 32)) - upper * divisor;
  return (upper << 32) | quotientDigit(rest, low & LOW, divisor);
}

/** One base-2^32 digit of (high · 2^32 + next) / divisor. */
// @ts-ignore: decorator
@inline
function quotientDigit(high: u64, next: u64, divisor: u64): u64 {
  const d1 = divisor >> 32;
  const d0 = divisor & LOW;
  let digit = high / d1;
  let rest = high - digit * d1;
  // The guess from the upper half is at most two too large.
  while (digit > LOW || digit * d0 > ((rest << 32) | next)) {
    digit--;
    rest += d1;
    if (rest > LOW) break;
  }
  return digit;
}

/** Tail for a remainder of a division by `divisor`. O(1) */
// @ts-ignore: decorator
@inline
export function tailOfRemainder(rest: u64, divisor: u64): u32 {
  if (rest == 0) return TAIL_NONE;
  const other = divisor - rest; // rest against half the divisor, without the bit that 2 · rest may lose
  return rest < other ? TAIL_BELOW_HALF : rest == other ? TAIL_HALF : TAIL_ABOVE_HALF;
}

/** Tail for 64 bits that follow the lowest bit, and whether anything but zeros follows them. O(1) */
// @ts-ignore: decorator
@inline
export function tailOfBits(bits: u64, more: bool): u32 {
  return ((<u32>(bits >> 63)) << 1) | (<u32>(bits << 1 != 0 || more));
}

/**
 * mantissa / 2^shift, rounded to the nearest integer, halves to the even one.
 * @param tail  what follows the mantissa     @param shift  1 … any
 */
export function shiftRightRounded(mantissa: u64, tail: u32, shift: u32): u64 {
  if (shift > 64) return 0; // below 1/2
  const half = (<u64>1) << (shift - 1);
  const kept = shift == 64 ? 0 : mantissa >> shift;
  const lost = shift == 64 ? mantissa : mantissa & ((half << 1) - 1);
  if (lost > half) return kept + 1;
  if (lost < half) return kept;
  return tail != TAIL_NONE ? kept + 1 : kept + (kept & 1);
}
