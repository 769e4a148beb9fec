/**
 * hyperloglog: approximate counting of distinct elements in at most 12 KiB, in Redis' own bytes: the value is
 * a string that GET, SET, DUMP and RDB files carry from and to Redis.
 *
 * Value
 *   offset  size  field        meaning
 *        0     4  magic        "HYLL"
 *        4     1  encoding     0 = dense, 1 = sparse
 *        5     3  -            zero
 *        8     8  cardinality  u64, the last count; highest bit set = out of date
 *       16        registers    16,384 of them, in the encoding
 *
 * Dense: 6 bits a register, from the lowest bit of the first byte up: 12,288 bytes.
 * Sparse: run lengths in order of the registers, 16,384 in all:
 *   00llllll           ZERO   l + 1 registers of 0
 *   01llllll llllllll  XZERO  l + 1 registers of 0, high bits first
 *   1vvvvvll           VAL    l + 1 registers of v + 1
 * A sparse value becomes dense when a register exceeds 32, or the value hll-sparse-max-bytes; it never goes
 * back. Which of several possible run lengths are written is Redis' choice exactly (setSparse), so that
 * values are equal byte for byte.
 *
 * An element's register is the low 14 bits of its MurmurHash64A, its value the number of trailing zeros of
 * the other 50 bits plus one. Counting is Otmar Ertl's estimator ("New cardinality estimation algorithms for
 * HyperLogLog sketches", 2017), as in Redis since 4.0, in the same order of floating point operations.
 *
 * Functions here work on bytes that belong to somebody else, and say when those must be given more room. The
 * bytes may come from anyone (SET), so nothing is assumed beyond what hllIsValid saw.
 *
 * Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog", 2007. MurmurHash64A: Austin Appleby, public domain.
 * The sparse encoding is Salvatore Sanfilippo's; after Valkey's src/hyperloglog.c (BSD-3).
 */
import { SCRATCH, SCRATCH_SIZE } from "../memory/map.ts";
import { root } from "../root.ts";

/** Registers, and bytes of a set of them one byte each ("raw"). */
// @ts-ignore: decorator
@inline
export const HLL_REGISTERS: u32 = 16384;
// @ts-ignore: decorator
@inline
export const HLL_HEADER_SIZE: u32 = 16;
/** Bytes of a dense value. */
// @ts-ignore: decorator
@inline
export const HLL_DENSE_SIZE: u32 = HLL_HEADER_SIZE + (HLL_REGISTERS * 6) / 8;
/** Bytes of an empty sparse value: one XZERO. */
// @ts-ignore: decorator
@inline
export const HLL_EMPTY_SIZE: u32 = HLL_HEADER_SIZE + 2;
/** Most bytes by which setting one register makes a sparse value longer: XZERO → XZERO VAL XZERO. */
// @ts-ignore: decorator
@inline
export const HLL_GROWTH_MAX: u32 = 3;

/** How setting a register ended: it was no less before. */
// @ts-ignore: decorator
@inline
export const HLL_UNCHANGED: u32 = 0;
/** It is set; the value's length is in root.outLen. */
// @ts-ignore: decorator
@inline
export const HLL_CHANGED: u32 = 1;
/** Nothing happened: try again with HLL_GROWTH_MAX bytes more room. */
// @ts-ignore: decorator
@inline
export const HLL_GROW: u32 = 2;
/** Nothing happened: try again after hllSparseToDense. */
// @ts-ignore: decorator
@inline
export const HLL_PROMOTE: u32 = 3;
/** Nothing happened: the registers are not what the head of this file says. */
// @ts-ignore: decorator
@inline
export const HLL_CORRUPT: u32 = 4;

// @ts-ignore: decorator
@inline
const MAGIC: u32 = 0x4c4c5948; // "HYLL"
// @ts-ignore: decorator
@inline
const ENCODING: usize = 4;
// @ts-ignore: decorator
@inline
const CARDINALITY: usize = 8;
// @ts-ignore: decorator
@inline
const OUT_OF_DATE: u64 = 1 << 63;
// @ts-ignore: decorator
@inline
const DENSE: u8 = 0;
// @ts-ignore: decorator
@inline
const SPARSE: u8 = 1;

// @ts-ignore: decorator
@inline
const INDEX_BITS: u32 = 14;
/** Bits of the hash that the value is found in; the largest value is one more. */
// @ts-ignore: decorator
@inline
const VALUE_BITS: u32 = 50;
// @ts-ignore: decorator
@inline
const HASH_SEED: u64 = 0xadc83b19;

// @ts-ignore: decorator
@inline
const XZERO: u32 = 0x40;
// @ts-ignore: decorator
@inline
const VAL: u32 = 0x80;
// @ts-ignore: decorator
@inline
const ZERO_RUN_MAX: u32 = 64;
// @ts-ignore: decorator
@inline
const VAL_RUN_MAX: u32 = 4;
// @ts-ignore: decorator
@inline
const SPARSE_VALUE_MAX: u32 = 32;
/** After setting a register, this many opcodes are looked at for equal neighbours. */
// @ts-ignore: decorator
@inline
const MERGE_REACH: u32 = 5;

/** How often each value occurs: four tables of 64 × u32, so that equal values in a row do not wait for each other. */
// @ts-ignore: decorator
@inline
const HISTOGRAM: usize = SCRATCH + SCRATCH_SIZE - 2048;
// @ts-ignore: decorator
@inline
const HISTOGRAM_SIZE: usize = 256;

if (INDEX_BITS + VALUE_BITS != 64) ERROR("The hash has 64 bits");
if ((<u32>1) << INDEX_BITS != HLL_REGISTERS) ERROR("INDEX_BITS does not number the registers");

// --- values ---

/** Whether bytes are a HyperLogLog by their head and length; the registers may still be corrupt. O(1) */
export function hllIsValid(ptr: usize, len: usize): bool {
  if (len < HLL_HEADER_SIZE || load<u32>(ptr) != MAGIC) return false;
  const encoding = load<u8>(ptr, ENCODING);
  return encoding == SPARSE || (encoding == DENSE && len == HLL_DENSE_SIZE);
}

// @ts-ignore: decorator
@inline
export function hllIsDense(ptr: usize): bool {
  return load<u8>(ptr, ENCODING) == DENSE;
}

/** Writes an empty sparse value, HLL_EMPTY_SIZE bytes; returns that. */
export function hllCreateSparse(dst: usize): u32 {
  store<u32>(dst, MAGIC);
  store<u32>(dst, SPARSE, ENCODING);
  store<u64>(dst, 0, CARDINALITY);
  store<u16>(dst, 0xff7f, HLL_HEADER_SIZE); // XZERO, 16,384
  return HLL_EMPTY_SIZE;
}

/** Marks the cached count as out of date. */
// @ts-ignore: decorator
@inline
export function hllInvalidate(ptr: usize): void {
  store<u64>(ptr, load<u64>(ptr, CARDINALITY) | OUT_OF_DATE, CARDINALITY);
}

// --- elements ---

/** 64-bit MurmurHash2 for 64-bit machines. O(len) */
function murmurHash64(ptr: usize, len: usize, seed: u64): u64 {
  const m: u64 = 0xc6a4a7935bd1e995;
  let h = seed ^ (<u64>len * m);
  const end = ptr + (len & ~7);
  for (; ptr < end; ptr += 8) {
    let k = load<u64>(ptr) * m;
    k ^= k >> 47;
    h = (h ^ (k * m)) * m;
  }
  const rest = len & 7;
  if (rest) {
    let tail: u64 = 0;
    for (let i = rest; i > 0; i--) tail = (tail << 8) | load<u8>(ptr + i - 1);
    h = (h ^ tail) * m;
  }
  h = (h ^ (h >> 47)) * m;
  return h ^ (h >> 47);
}

/** Register of an element in the low 16 bits, value in those above. */
function patternOf(element: usize, len: usize): u32 {
  const hash = murmurHash64(element, len, HASH_SEED);
  const value = <u32>ctz((hash >> INDEX_BITS) | ((<u64>1) << VALUE_BITS)) + 1;
  return (value << 16) | ((<u32>hash) & (HLL_REGISTERS - 1));
}

/**
 * Adds an element to a valid value.
 * @param capacity   room at `ptr`, at least `len`     @param sparseMax  hll-sparse-max-bytes
 * @returns HLL_*; on HLL_GROW and HLL_PROMOTE call again afterwards.  O(len) while sparse, O(1) when dense
 */
export function hllAdd(
  ptr: usize,
  len: usize,
  capacity: usize,
  element: usize,
  elementLen: usize,
  sparseMax: u32,
): u32 {
  const pattern = patternOf(element, elementLen);
  const index = pattern & 0xffff;
  if (!hllIsDense(ptr)) return setSparse(ptr, len, capacity, index, pattern >> 16, sparseMax);
  if (!setDense(ptr, index, pattern >> 16)) return HLL_UNCHANGED;
  hllInvalidate(ptr);
  root.outLen = <u32>len;
  return HLL_CHANGED;
}

// --- dense registers ---

/** Register of a dense value: four share three bytes, read with the byte before so as not to pass the end. */
// @ts-ignore: decorator
@inline
function denseRegister(ptr: usize, index: u32): u32 {
  const group = ptr + HLL_HEADER_SIZE - 1 + 3 * (index >> 2);
  return (load<u32>(group) >> (8 + 6 * (index & 3))) & 63;
}

/** Raises a register of a dense value to `value`; whether it was lower. */
function setDense(ptr: usize, index: u32, value: u32): bool {
  const group = ptr + HLL_HEADER_SIZE - 1 + 3 * (index >> 2);
  const shift = 8 + 6 * (index & 3);
  const word = load<u32>(group);
  if (((word >> shift) & 63) >= value) return false;
  store<u32>(group, (word & ~((<u32>63) << shift)) | (value << shift));
  return true;
}

// --- sparse registers ---

/** Registers that the opcode at `at` stands for. XZERO's second byte must be there. */
// @ts-ignore: decorator
@inline
function runOf(at: usize): u32 {
  const op: u32 = load<u8>(at);
  if (op & VAL) return (op & 3) + 1;
  if (op & XZERO) return (((op & 0x3f) << 8) | load<u8>(at, 1)) + 1;
  return op + 1;
}

// @ts-ignore: decorator
@inline
function isVal(at: usize): bool {
  return (load<u8>(at) & VAL) != 0;
}

/** Value of a VAL. */
// @ts-ignore: decorator
@inline
function valueOf(at: usize): u32 {
  return ((load<u8>(at) >> 2) & 31) + 1;
}

/** Bytes of the opcode at `at`. */
// @ts-ignore: decorator
@inline
function opSize(at: usize): u32 {
  return (load<u8>(at) & 0xc0) == XZERO ? 2 : 1;
}

// @ts-ignore: decorator
@inline
function putVal(at: usize, value: u32, run: u32): usize {
  store<u8>(at, VAL | ((value - 1) << 2) | (run - 1));
  return at + 1;
}

/** ZERO or XZERO for a run, nothing for a run of 0; returns the address behind. */
function putZeros(at: usize, run: u32): usize {
  if (run == 0) return at;
  if (run <= ZERO_RUN_MAX) {
    store<u8>(at, run - 1);
    return at + 1;
  }
  store<u8>(at, XZERO | ((run - 1) >> 8));
  store<u8>(at, run - 1, 1);
  return at + 2;
}

/** Where setSparse begins to look: an opcode and its first register; it leaves the one before its place here. */
// @ts-ignore: decorator
@inline
const HINT: usize = HISTOGRAM + 4 * HISTOGRAM_SIZE;

// @ts-ignore: decorator
@inline
function setHint(offset: u32, first: u32): void {
  store<u32>(HINT, offset);
  store<u32>(HINT, first, 4);
}

// @ts-ignore: decorator
@inline
function setSparse(ptr: usize, len: usize, capacity: usize, index: u32, value: u32, sparseMax: u32): u32 {
  setHint(HLL_HEADER_SIZE, 0);
  return setSparseFromHint(ptr, len, capacity, index, value, sparseMax);
}

/**
 * Raises a register of a sparse value, in four steps:
 *   1. Find the opcode whose run the register is in, and the one before.
 *   2. Easy: a VAL that is no lower; a run of just this register, which becomes a VAL in place.
 *   3. Else the run splits: what is left of it before, the register, what is left behind.
 *   4. From the opcode before on, equal VALs that are neighbours merge if their run stays within 4.
 */
function setSparseFromHint(
  ptr: usize,
  len: usize,
  capacity: usize,
  index: u32,
  value: u32,
  sparseMax: u32,
): u32 {
  if (value > SPARSE_VALUE_MAX) return HLL_PROMOTE;
  const end = ptr + len;

  // 1
  let at = ptr + load<u32>(HINT);
  let first = load<u32>(HINT, 4);
  let before = at;
  let beforeFirst = first;
  let run: u32 = 0;
  while (at < end) {
    if (at + opSize(at) > end) return HLL_CORRUPT;
    run = runOf(at);
    if (index < first + run) break;
    before = at;
    beforeFirst = first;
    at += opSize(at);
    first += run;
  }
  if (at >= end || first + run > HLL_REGISTERS) return HLL_CORRUPT;
  setHint(<u32>(before - ptr), beforeFirst);

  // 2
  const wasVal = isVal(at);
  if (wasVal && valueOf(at) >= value) return HLL_UNCHANGED;
  const oldSize = opSize(at);
  if (run == 1 && oldSize == 1) {
    putVal(at, value, 1);
    return merged(ptr, len, before);
  }

  // 3
  const behind = first + run - 1 - index;
  const oldValue = wasVal ? valueOf(at) : 0;
  const newSize: u32 = wasVal
    ? 1 + <u32>(index != first) + <u32>(behind != 0)
    : 1 + sizeOfZeros(index - first) + sizeOfZeros(behind);
  const newLen = len + newSize - oldSize;
  if (newSize > oldSize && newLen > sparseMax) return HLL_PROMOTE;
  if (newLen > capacity) return HLL_GROW;
  memory.copy(at + newSize, at + oldSize, end - at - oldSize);
  if (wasVal) {
    if (index != first) at = putVal(at, oldValue, index - first);
    at = putVal(at, value, 1);
    if (behind) putVal(at, oldValue, behind);
  } else {
    at = putVal(putZeros(at, index - first), value, 1);
    putZeros(at, behind);
  }
  return merged(ptr, newLen, before);
}

// @ts-ignore: decorator
@inline
function sizeOfZeros(run: u32): u32 {
  return run == 0 ? 0 : run <= ZERO_RUN_MAX ? 1 : 2;
}

/** Step 4, and what a change entails. */
function merged(ptr: usize, len: usize, at: usize): u32 {
  let end = ptr + len;
  for (let looks = MERGE_REACH; looks && at < end; looks--) {
    if (!isVal(at)) {
      at += opSize(at);
      continue;
    }
    const next = at + 1;
    if (next < end && isVal(next) && valueOf(next) == valueOf(at)) {
      const run = runOf(at) + runOf(next);
      if (run <= VAL_RUN_MAX) {
        putVal(next, valueOf(at), run);
        memory.copy(at, next, end - next);
        end--;
        continue; // the merged one may merge again
      }
    }
    at++;
  }
  hllInvalidate(ptr);
  root.outLen = <u32>(end - ptr);
  return HLL_CHANGED;
}

/**
 * Makes a dense value of a sparse one, the cached count included.
 * @param dst  HLL_DENSE_SIZE bytes elsewhere
 * @returns false = the sparse value is corrupt; `dst` is undefined then.  O(registers)
 */
export function hllSparseToDense(src: usize, len: usize, dst: usize): bool {
  memory.copy(dst, src, HLL_HEADER_SIZE);
  store<u8>(dst, DENSE, ENCODING);
  memory.fill(dst + HLL_HEADER_SIZE, 0, HLL_DENSE_SIZE - HLL_HEADER_SIZE);
  const end = src + len;
  let index: u32 = 0;
  let at = src + HLL_HEADER_SIZE;
  while (at < end) {
    const size = opSize(at);
    if (at + size > end) return false;
    const run = runOf(at);
    if (index + run > HLL_REGISTERS) return false;
    if (isVal(at)) {
      for (let i: u32 = 0; i < run; i++) setDense(dst, index + i, valueOf(at));
    }
    index += run;
    at += size;
  }
  return index == HLL_REGISTERS;
}

// --- raw registers: one byte each, for unions ---

/** Sixteen registers from the twelve bytes at the front of a vector. */
// @ts-ignore: decorator
@inline
function unpack(bytes: v128): v128 {
  return i32x4.add(
    i32x4.add(v128.and(bytes, i32x4.splat(0x3f)), v128.and(i32x4.shl(bytes, 2), i32x4.splat(0x3f00))),
    i32x4.add(
      v128.and(i32x4.shl(bytes, 4), i32x4.splat(0x3f0000)),
      v128.and(i32x4.shl(bytes, 6), i32x4.splat(0x3f000000)),
    ),
  );
}

/**
 * Raises raw registers to those of a valid value.
 * @param registers  HLL_REGISTERS bytes
 * @returns false = the value is corrupt; some registers may have been raised.  O(registers)
 */
export function hllMergeInto(registers: usize, ptr: usize, len: usize): bool {
  if (!hllIsDense(ptr)) return mergeSparseInto(registers, ptr, len);
  // Three bytes to each lane of four registers. The last twelve bytes are read from 4 bytes before, so as
  // not to pass the end.
  const spread = i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const spreadLast = i8x16(4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1);
  let from = ptr + HLL_HEADER_SIZE;
  const last = registers + HLL_REGISTERS - 16;
  for (; registers < last; registers += 16) {
    const sixteen = unpack(i8x16.swizzle(v128.load(from), spread));
    v128.store(registers, i8x16.max_u(v128.load(registers), sixteen));
    from += 12;
  }
  const sixteen = unpack(i8x16.swizzle(v128.load(from - 4), spreadLast));
  v128.store(registers, i8x16.max_u(v128.load(registers), sixteen));
  return true;
}

function mergeSparseInto(registers: usize, ptr: usize, len: usize): bool {
  const end = ptr + len;
  let index: u32 = 0;
  let at = ptr + HLL_HEADER_SIZE;
  while (at < end) {
    const size = opSize(at);
    if (at + size > end) return false;
    const run = runOf(at);
    if (index + run > HLL_REGISTERS) return false;
    if (isVal(at)) {
      const value = <u8>valueOf(at);
      for (let i: u32 = 0; i < run; i++) {
        const register = registers + index + i;
        if (load<u8>(register) < value) store<u8>(register, value);
      }
    }
    index += run;
    at += size;
  }
  return index == HLL_REGISTERS;
}

/** Writes raw registers into a dense value, all of them; the cached count is out of date. O(registers) */
export function hllDenseFromRegisters(ptr: usize, registers: usize): void {
  const pack = i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  let to = ptr + HLL_HEADER_SIZE;
  const end = registers + HLL_REGISTERS;
  for (; registers < end; registers += 16) {
    const raw = v128.load(registers);
    const lanes = i32x4.add(
      i32x4.add(v128.and(raw, i32x4.splat(0x3f)), v128.and(i32x4.shr_u(raw, 2), i32x4.splat(0xfc0))),
      i32x4.add(
        v128.and(i32x4.shr_u(raw, 4), i32x4.splat(0x3f000)),
        v128.and(i32x4.shr_u(raw, 6), i32x4.splat(0xfc0000)),
      ),
    );
    const twelve = i8x16.swizzle(lanes, pack);
    store<u64>(to, i64x2.extract_lane(twelve, 0));
    store<u32>(to, i32x4.extract_lane(twelve, 2), 8);
    to += 12;
  }
  hllInvalidate(ptr);
}

/**
 * Raises the registers of a valid sparse value to raw ones, in order, from `start` on, as PFMERGE does.
 * @returns HLL_CHANGED = done, the length is in root.outLen. HLL_GROW, HLL_PROMOTE: done up to the register in
 *   root.scratch0, the length so far is in root.outLen; call again from there (when dense now: take
 *   hllDenseFromRegisters instead). HLL_CORRUPT.  O(len + registers)
 */
export function hllSparseFromRegisters(
  ptr: usize,
  len: usize,
  capacity: usize,
  registers: usize,
  start: u32,
  sparseMax: u32,
): u32 {
  setHint(HLL_HEADER_SIZE, 0);
  root.outLen = <u32>len;
  for (let i = start; i < HLL_REGISTERS; i++) {
    const value: u32 = load<u8>(registers + i);
    if (!value) continue;
    const outcome = setSparseFromHint(ptr, root.outLen, capacity, i, value, sparseMax);
    if (outcome > HLL_CHANGED) {
      root.scratch0 = i;
      return outcome;
    }
  }
  hllInvalidate(ptr);
  return HLL_CHANGED;
}

/** A register of a valid value; corrupt ones read as 0. O(1) when dense, O(len) when sparse */
export function hllRegister(ptr: usize, len: usize, index: u32): u32 {
  if (hllIsDense(ptr)) return denseRegister(ptr, index);
  const end = ptr + len;
  let first: u32 = 0;
  let at = ptr + HLL_HEADER_SIZE;
  while (at < end && at + opSize(at) <= end) {
    first += runOf(at);
    if (index < first) return isVal(at) ? valueOf(at) : 0;
    at += opSize(at);
  }
  return 0;
}

/**
 * Reads the opcode at `at` of a sparse value that ends at `end`: registers in root.outLen, their value in root.scratch0.
 * @returns its size in bytes (2 = XZERO); 0 = it is cut off
 */
export function hllSparseOpcode(at: usize, end: usize): u32 {
  const size = <u32>opSize(at);
  if (at + size > end) return 0;
  root.outLen = runOf(at);
  root.scratch0 = isVal(at) ? valueOf(at) : 0;
  return size;
}

// --- counting ---

/**
 * Counts a valid value, and caches the count in it.
 * @returns false = the value is corrupt; the count is in root.outU64, and whether it had to be made (so the
 *   value changed) in root.scratch0.  O(1) when cached, O(registers) else
 */
export function hllCount(ptr: usize, len: usize): bool {
  const cached = load<u64>(ptr, CARDINALITY);
  root.outU64 = cached;
  root.scratch0 = 0;
  if (!(cached & OUT_OF_DATE)) return true;
  memory.fill(HISTOGRAM, 0, 4 * HISTOGRAM_SIZE);
  if (hllIsDense(ptr)) countDense(ptr);
  else if (!countSparse(ptr, len)) return false;
  root.outU64 = estimate();
  root.scratch0 = 1;
  store<u64>(ptr, root.outU64, CARDINALITY);
  return true;
}

/** Counts a union: raw registers. O(registers) */
export function hllCountRegisters(registers: usize): u64 {
  memory.fill(HISTOGRAM, 0, 4 * HISTOGRAM_SIZE);
  const end = registers + HLL_REGISTERS;
  for (; registers < end; registers += 8) {
    const eight = load<u64>(registers) & 0x3f3f3f3f3f3f3f3f;
    countEight(
      (<u32>eight) & 63,
      (<u32>(eight >> 8)) & 63,
      (<u32>(eight >> 16)) & 63,
      (<u32>(eight >> 24)) & 63,
      (<u32>(eight >> 32)) & 63,
      (<u32>(eight >> 40)) & 63,
      (<u32>(eight >> 48)) & 63,
      <u32>(eight >> 56),
    );
  }
  return estimate();
}

// @ts-ignore: decorator
@inline
function countOne(table: usize, value: u32): void {
  const at = HISTOGRAM + table * HISTOGRAM_SIZE + ((<usize>value) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function countEight(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32): void {
  countOne(0, a);
  countOne(1, b);
  countOne(2, c);
  countOne(3, d);
  countOne(0, e);
  countOne(1, f);
  countOne(2, g);
  countOne(3, h);
}

/** Eight registers are six bytes, read with the two before so as not to pass the end. */
function countDense(ptr: usize): void {
  const end = ptr + HLL_DENSE_SIZE;
  for (let at = ptr + HLL_HEADER_SIZE; at < end; at += 6) {
    const eight = load<u64>(at - 2) >> 16;
    countEight(
      (<u32>eight) & 63,
      (<u32>(eight >> 6)) & 63,
      (<u32>(eight >> 12)) & 63,
      (<u32>(eight >> 18)) & 63,
      (<u32>(eight >> 24)) & 63,
      (<u32>(eight >> 30)) & 63,
      (<u32>(eight >> 36)) & 63,
      (<u32>(eight >> 42)) & 63,
    );
  }
}

function countSparse(ptr: usize, len: usize): bool {
  const end = ptr + len;
  let index: u32 = 0;
  let at = ptr + HLL_HEADER_SIZE;
  while (at < end) {
    const size = opSize(at);
    if (at + size > end) return false;
    const run = runOf(at);
    if (run > HLL_REGISTERS - index) return false;
    const value: u32 = isVal(at) ? valueOf(at) : 0;
    const times = HISTOGRAM + ((<usize>value) << 2);
    store<u32>(times, load<u32>(times) + run);
    index += run;
    at += size;
  }
  return index == HLL_REGISTERS;
}

/** Registers of this value. */
// @ts-ignore: decorator
@inline
function occurrences(value: u32): f64 {
  const at = HISTOGRAM + ((<usize>value) << 2);
  return <f64>(load<u32>(at) + load<u32>(at, 256) + load<u32>(at, 512) + load<u32>(at, 768));
}

/** Ertl's estimator on the histogram. */
function estimate(): u64 {
  const m = <f64>HLL_REGISTERS;
  let z = m * tau((m - occurrences(VALUE_BITS + 1)) / m);
  for (let value = VALUE_BITS; value >= 1; value--) z = 0.5 * (z + occurrences(value));
  z += m * sigma(occurrences(0) / m);
  const cardinality = (0.72134752044448170368 * m * m) / z; // 1 / (2 · ln 2)
  const whole = floor(cardinality);
  return <u64>whole + <u64>(cardinality - whole >= 0.5);
}

/** x + x²·1 + x⁴·2 + x⁸·4 + …, infinite for 1. */
function sigma(x: f64): f64 {
  if (x == 1) return Infinity;
  let y: f64 = 1;
  let z = x;
  let before: f64;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (before != z);
  return z;
}

/** (1 − x − (1 − x^½)²/2 − (1 − x^¼)²/4 − …) / 3. */
function tau(x: f64): f64 {
  if (x == 0 || x == 1) return 0;
  let y: f64 = 1;
  let z = 1 - x;
  let before: f64;
  do {
    x = sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (before != z);
  return z / 3;
}
