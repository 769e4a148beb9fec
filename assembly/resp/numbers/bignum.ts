/**
 * bignum: natural numbers of up to 32,736 bits, for the conversions between binary and decimal that 128
 * bits cannot do exactly: many digits, or exponents far from zero.
 *
 * They live in scratch memory that no call keeps, so nothing is allocated and nothing can fail. The room
 * suffices for the worst case, a long double of 5,119 characters: its digits take 17,005 bits, and the
 * power of five that they may be divided by, 5^10,170, takes 23,615.
 *
 * Bignum
 *   offset  size  field   meaning
 *        0     4  size    limbs in use; the highest is not 0; 0 limbs are the number 0
 *        4   4·n  limb[n] base 2^32, lowest first
 *
 * After Knuth, The Art of Computer Programming 2, 4.3.1.
 */
import { DEBUG } from "../../config.ts";
import { SCRATCH, SCRATCH_SIZE } from "../../memory/map.ts";
import { TAIL_ABOVE_HALF, TAIL_BELOW_HALF, TAIL_HALF, TAIL_NONE, tailOfBits } from "./wide.ts";

/** The upper 16 KiB of scratch are for numbers, so callers may print into the lower 32 KiB. */
// @ts-ignore: decorator
@inline
export const NUMBER_SCRATCH: usize = SCRATCH + 32768;
// @ts-ignore: decorator
@inline
const BIGNUM_SIZE: u32 = 4096;
// @ts-ignore: decorator
@inline
const LIMBS_MAX: u32 = 1023;

/** The two bignums that there are. */
// @ts-ignore: decorator
@inline
export const BIGNUM_A: usize = NUMBER_SCRATCH;
// @ts-ignore: decorator
@inline
export const BIGNUM_B: usize = NUMBER_SCRATCH + BIGNUM_SIZE;
/** Scratch of the number code beyond the bignums. */
// @ts-ignore: decorator
@inline
export const NUMBER_FIELDS: usize = NUMBER_SCRATCH + 2 * BIGNUM_SIZE;

if (4 + LIMBS_MAX * 4 != BIGNUM_SIZE) ERROR("LIMBS_MAX does not fill a bignum's room");
if (NUMBER_FIELDS + 1024 > SCRATCH + SCRATCH_SIZE) ERROR("The number scratch is too small");

// @ts-ignore: decorator
@inline
function sizeOf(a: usize): u32 {
  return load<u32>(a);
}

// @ts-ignore: decorator
@inline
function limb(a: usize, i: u32): u64 {
  return <u64>load<u32>(a + ((<usize>i) << 2), 4);
}

// @ts-ignore: decorator
@inline
function setLimb(a: usize, i: u32, v: u64): void {
  store<u32>(a + ((<usize>i) << 2), <u32>v, 4);
}

// @ts-ignore: decorator
@inline
function setSize(a: usize, size: u32): void {
  if (DEBUG) assert(size <= LIMBS_MAX); // the bounds on digits and exponents keep it so
  store<u32>(a, size);
}

/** a = v. */
export function bignumSet(a: usize, v: u64): void {
  setLimb(a, 0, v);
  setLimb(a, 1, v >> 32);
  setSize(a, v >> 32 ? 2 : v ? 1 : 0);
}

/** a = a · factor + addend. O(size) */
export function bignumMultiplyAdd(a: usize, factor: u32, addend: u32): void {
  const size = sizeOf(a);
  let carry: u64 = addend;
  for (let i: u32 = 0; i < size; i++) {
    carry += limb(a, i) * factor;
    setLimb(a, i, carry);
    carry >>= 32;
  }
  if (carry) {
    setLimb(a, size, carry);
    setSize(a, size + 1);
  }
}

/** a = a · 5^n. O(size · n / 13) */
export function bignumMultiplyPowerOf5(a: usize, n: u32): void {
  for (; n >= 13; n -= 13) bignumMultiplyAdd(a, 1220703125, 0); // 5^13, the last that fits a limb
  let factor: u32 = 1;
  for (; n; n--) factor *= 5;
  bignumMultiplyAdd(a, factor, 0);
}

/** Bits of a without leading zeros; 0 for 0. O(1) */
export function bignumBits(a: usize): u32 {
  const size = sizeOf(a);
  return size ? (size << 5) - clz(<u32>limb(a, size - 1)) : 0;
}

/** a = a · 2^bits, a not 0. O(size) */
export function bignumShiftLeft(a: usize, bits: u32): void {
  const limbs = bits >> 5;
  const shift = <u64>(bits & 31);
  const size = sizeOf(a);
  let higher: u64 = 0;
  for (let i = size; i > 0;) {
    const v = limb(a, --i);
    setLimb(a, i + limbs + 1, (higher << shift) | ((v << shift) >> 32));
    higher = v;
  }
  setLimb(a, limbs, higher << shift);
  memory.fill(a + 4, 0, limbs << 2);
  const top = size + limbs;
  setSize(a, top + <u32>(limb(a, top) != 0));
}

/** Order of a and b of the same size: <0, 0, >0. O(size) */
function compareLimbs(a: usize, b: usize, size: u32): i32 {
  for (let i = size; i > 0;) {
    const x = limb(a, --i);
    const y = limb(b, i);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

/** The highest 64 bits of a (not 0) with its highest bit at 63; a = result · 2^(bignumBits(a) − 64) and a tail. */
export function bignumTop(a: usize): u64 {
  const shift = clz(<u32>limb(a, sizeOf(a) - 1));
  return bitsBelow(a, shift);
}

/** Tail for the bits of a beyond bignumTop(a). O(size), as a rule O(1) */
export function bignumTopTail(a: usize): u32 {
  const size = sizeOf(a);
  if (size <= 2) return TAIL_NONE;
  const next = bitsBelow(a, clz(<u32>limb(a, size - 1)) + 64);
  let more = false;
  // bitsBelow saw down to a part of limb size − 5
  for (let i = <i32>size - 5; i >= 0 && !more; i--) more = limb(a, i) != 0;
  return tailOfBits(next, more);
}

/** 64 bits of a, from `skip` bits below the top of its highest limb; zeros beyond its end. */
function bitsBelow(a: usize, skip: u32): u64 {
  const first = <i32>sizeOf(a) - 1 - (skip >> 5);
  const shift = <u64>(skip & 31);
  const x = first >= 0 ? limb(a, first) : 0;
  const y = first >= 1 ? limb(a, first - 1) : 0;
  const z = first >= 2 ? limb(a, first - 2) : 0;
  return (((x << 32) | y) << shift) | ((z << shift) >> 32);
}

/**
 * The quotient a / b to 64 bits; both are used up. Neither is 0.
 * Afterwards `bignumQuotientExponent` says what it is worth, `bignumQuotientTail` what follows it:
 * a / b = quotient · 2^exponent and a tail. The quotient's highest bit is set.  O(size)
 */
export function bignumDivide(a: usize, b: usize): u64 {
  // Both get the same size and a highest bit in place, so that 1/2 < a/b < 2 …
  const size = max(sizeOf(a), sizeOf(b));
  const shiftA = (size << 5) - bignumBits(a);
  const shiftB = (size << 5) - bignumBits(b);
  bignumShiftLeft(a, shiftA);
  bignumShiftLeft(b, shiftB);
  // … and the dividend 63 or 64 bits more, whichever leads to a quotient of just 64.
  const more: u32 = compareLimbs(a, b, size) >= 0 ? 63 : 64;
  bignumShiftLeft(a, more);
  if (DEBUG) assert(sizeOf(a) == size + 2);
  const upper = divisionStep(a, b, size, 1);
  const lower = divisionStep(a, b, size, 0);
  store<i32>(NUMBER_FIELDS, <i32>shiftB - <i32>shiftA - <i32>more);
  store<u32>(NUMBER_FIELDS, tailOfRest(a, b, size), 4);
  return (upper << 32) | lower;
}

/** Of the last bignumDivide. */
// @ts-ignore: decorator
@inline
export function bignumQuotientExponent(): i32 {
  return load<i32>(NUMBER_FIELDS);
}

/** Of the last bignumDivide. */
// @ts-ignore: decorator
@inline
export function bignumQuotientTail(): u32 {
  return load<u32>(NUMBER_FIELDS, 4);
}

/** Takes digit · b · 2^(32·at) off a, for the largest digit possible, and returns it. */
function divisionStep(a: usize, b: usize, size: u32, at: u32): u64 {
  const top = size + at;
  const divisor = limb(b, size - 1);
  const second = size > 1 ? limb(b, size - 2) : 0;
  const head = (limb(a, top) << 32) | limb(a, top - 1);
  const third = top > 1 ? limb(a, top - 2) : 0;
  let digit = head / divisor;
  let rest = head - digit * divisor;
  while (digit >> 32 || digit * second > ((rest << 32) | third)) {
    digit--;
    rest += divisor;
    if (rest >> 32) break;
  }
  // Multiply and subtract; the guess is at most one too large now.
  let borrow: u64 = 0;
  let carry: u64 = 0;
  for (let i: u32 = 0; i < size; i++) {
    carry += digit * limb(b, i);
    const v = limb(a, i + at) - (carry & 0xffffffff) - borrow;
    setLimb(a, i + at, v);
    borrow = (v >> 32) & 1;
    carry >>= 32;
  }
  const v = limb(a, top) - carry - borrow;
  setLimb(a, top, v);
  if ((v >> 32) & 1) {
    digit--;
    carry = 0;
    for (let i: u32 = 0; i < size; i++) {
      carry += limb(a, i + at) + limb(b, i);
      setLimb(a, i + at, carry);
      carry >>= 32;
    }
    setLimb(a, top, limb(a, top) + carry);
  }
  return digit;
}

/** Tail for the rest of a division, which the lowest `size` limbs of a hold, against b. */
function tailOfRest(a: usize, b: usize, size: u32): u32 {
  let any: u64 = 0;
  for (let i: u32 = 0; i < size; i++) any |= limb(a, i);
  if (!any) return TAIL_NONE;
  if (limb(a, size - 1) >> 31) return TAIL_ABOVE_HALF; // the divisor is below twice its highest bit
  for (let i = size; i > 0;) {
    const lower = --i ? limb(a, i - 1) >> 31 : 0;
    const doubled = ((limb(a, i) << 1) & 0xffffffff) | lower;
    const y = limb(b, i);
    if (doubled != y) return doubled < y ? TAIL_BELOW_HALF : TAIL_ABOVE_HALF;
  }
  return TAIL_HALF;
}

/** a = a / divisor; returns the remainder. O(size) */
export function bignumDivideSmall(a: usize, divisor: u32): u32 {
  let size = sizeOf(a);
  let rest: u64 = 0;
  for (let i = size; i > 0;) {
    const v = (rest << 32) | limb(a, --i);
    const q = v / divisor;
    setLimb(a, i, q);
    rest = v - q * divisor;
  }
  while (size && limb(a, size - 1) == 0) size--;
  setSize(a, size);
  return <u32>rest;
}

// @ts-ignore: decorator
@inline
export function bignumIsZero(a: usize): bool {
  return sizeOf(a) == 0;
}
