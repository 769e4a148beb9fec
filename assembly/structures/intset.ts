/**
 * intset: a set of integers as a sorted array, byte for byte the form Redis keeps and writes to RDB. Holds
 * small sets whose members are all integers.
 *
 * Why: membership is a binary search in one block, and the first member that needs more bits widens all.
 * An intset never narrows.
 *
 * Layout
 *   offset  size   field     meaning
 *        0     4   width     bytes per member: 2, 4 or 8
 *        4     4   count     members
 *        8  w·n    members   signed, little endian, ascending, each once
 *
 * Always true (intsetValidate checks it)
 *   1. Members ascend strictly.  2. The block holds width · count bytes behind the header.
 *
 * `set` is the address of the block; what may move it returns the new address, or 0 = out of memory with the
 * old one unchanged. After Redis' src/intset.c (BSD, also in Valkey).
 */
import { randomBelow } from "../hashing/prng.ts";
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes, putText } from "../memory/bytes.ts";
import { formatI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";

// @ts-ignore: decorator
@inline
export const INTSET_HEADER: u32 = 8;
// @ts-ignore: decorator
@inline
const COUNT: usize = 4;

/** An empty intset. @returns 0 = out of memory. O(1) */
export function intsetNew(): usize {
  const set = alloc(INTSET_HEADER);
  if (!set) return 0;
  store<u32>(set, 2);
  store<u32>(set, 0, COUNT);
  return set;
}

// @ts-ignore: decorator
@inline
export function intsetFree(set: usize): void {
  free(set);
}

/** A copy in a block of its own. @returns 0 = out of memory. O(n) */
export function intsetDup(set: usize): usize {
  const bytes = intsetBytes(set);
  const copy = alloc(bytes);
  if (copy) copyBytes(copy, set, bytes);
  return copy;
}

// @ts-ignore: decorator
@inline
export function intsetCount(set: usize): u32 {
  return load<u32>(set, COUNT);
}

/** Size of all of it, header included: the bytes that RDB keeps. */
// @ts-ignore: decorator
@inline
export function intsetBytes(set: usize): u32 {
  return INTSET_HEADER + load<u32>(set) * load<u32>(set, COUNT);
}

/** Member `index` in ascending order, 0 … count − 1. O(1) */
// @ts-ignore: decorator
@inline
export function intsetGet(set: usize, index: u32): i64 {
  const width = load<u32>(set);
  return readMember(set + INTSET_HEADER + <usize>index * width, width);
}

/** Smallest member; the set must not be empty. */
// @ts-ignore: decorator
@inline
export function intsetMin(set: usize): i64 {
  return intsetGet(set, 0);
}

/** Largest member; the set must not be empty. */
// @ts-ignore: decorator
@inline
export function intsetMax(set: usize): i64 {
  return intsetGet(set, intsetCount(set) - 1);
}

/** A member, each as likely; the set must not be empty. */
export function intsetRandom(set: usize): i64 {
  return intsetGet(set, randomBelow(intsetCount(set)));
}

/** Whether `value` is a member. O(log n) */
export function intsetHas(set: usize, value: i64): bool {
  return widthOf(value) <= load<u32>(set) && search(set, value);
}

/**
 * Adds a member, widening all where it needs more bits.
 * @returns the intset; 0 = out of memory. intsetChanged() tells whether the member is new.  O(n)
 */
export function intsetAdd(set: usize, value: i64): usize {
  const width = widthOf(value);
  if (width > load<u32>(set)) return widenAndAdd(set, width, value);
  if (search(set, value)) {
    root.scratch0 = 0;
    return set;
  }
  const setWidth = load<u32>(set);
  const oldBytes = intsetBytes(set);
  const offset = <usize>root.scratch0 - set;
  set = roomFor(set, oldBytes + setWidth);
  if (!set) return 0;
  const at = set + offset;
  memory.copy(at + setWidth, at, oldBytes - offset);
  writeMember(at, setWidth, value);
  store<u32>(set, intsetCount(set) + 1, COUNT);
  root.scratch0 = 1;
  return set;
}

/** Takes a member out. @returns the intset, which may have moved; never fails. intsetChanged() tells whether it was one. */
export function intsetRemove(set: usize, value: i64): usize {
  const width = load<u32>(set);
  if (widthOf(value) > width || !search(set, value)) {
    root.scratch0 = 0;
    return set;
  }
  const at = <usize>root.scratch0;
  const bytes = intsetBytes(set);
  memory.copy(at, at + width, set + bytes - at - width);
  store<u32>(set, intsetCount(set) - 1, COUNT);
  set = shrink(set);
  root.scratch0 = 1;
  return set;
}

/** Whether the last intsetAdd or intsetRemove changed the set. */
// @ts-ignore: decorator
@inline
export function intsetChanged(): bool {
  return root.scratch0 != 0;
}

// --- internals ---

// @ts-ignore: decorator
@inline
function widthOf(value: i64): u32 {
  return value == <i64>(<i16>value) ? 2 : value == <i64>(<i32>value) ? 4 : 8;
}

// @ts-ignore: decorator
@inline
function readMember(at: usize, width: u32): i64 {
  return width == 2 ? <i64>load<i16>(at) : width == 4 ? <i64>load<i32>(at) : load<i64>(at);
}

// @ts-ignore: decorator
@inline
function writeMember(at: usize, width: u32, value: i64): void {
  if (width == 2) store<i16>(at, <i16>value);
  else if (width == 4) store<i32>(at, <i32>value);
  else store<i64>(at, value);
}

/** Looks `value` up, which must fit the width. root.scratch0 is the address of the member, or of its place. */
function search(set: usize, value: i64): bool {
  const width = load<u32>(set);
  const base = set + INTSET_HEADER;
  const count = intsetCount(set);
  let at: usize;
  if (width == 2) at = lowerBound<i16>(base, count, <i16>value);
  else if (width == 4) at = lowerBound<i32>(base, count, <i32>value);
  else at = lowerBound<i64>(base, count, value);
  root.scratch0 = <u32>at;
  return at < base + count * width && readMember(at, width) == value;
}

/** Address of the first of `count` ascending members that is not below `value`. No branch to mispredict. */
// @ts-ignore: decorator
@inline
function lowerBound<T>(base: usize, count: u32, value: T): usize {
  if (!count) return base;
  while (count > 1) {
    const half = count >> 1;
    const middle = base + half * sizeof<T>();
    base = select<usize>(middle, base, load<T>(middle - sizeof<T>()) < value);
    count -= half;
  }
  return select<usize>(base + sizeof<T>(), base, load<T>(base) < value);
}

/** A value that needs more bits than any member is below or above them all. */
function widenAndAdd(set: usize, width: u32, value: i64): usize {
  const count = intsetCount(set);
  const old = load<u32>(set);
  set = roomFor(set, INTSET_HEADER + (count + 1) * width);
  if (!set) return 0;
  const base = set + INTSET_HEADER;
  const shift: u32 = value < 0 ? 1 : 0;
  for (let i = count; i > 0;) {
    i--;
    writeMember(base + (i + shift) * width, width, readMember(base + i * old, old));
  }
  writeMember(base + (shift ? 0 : count * width), width, value);
  store<u32>(set, width);
  store<u32>(set, count + 1, COUNT);
  root.scratch0 = 1;
  return set;
}

/** The set in a block of at least `bytes`. Small ones grow in steps of 16: they fill one member at a time. */
// @ts-ignore: decorator
@inline
function roomFor(set: usize, bytes: u32): usize {
  if (bytes <= usableSize(set)) return set;
  return realloc(set, bytes < 64 ? (bytes + 15) & ~15 : bytes);
}

/** Moves to a block that fits when a quarter of this one is idle. */
function shrink(set: usize): usize {
  const usable = usableSize(set);
  const bytes = intsetBytes(set);
  if (bytes + 16 > usable - (usable >> 2)) return set;
  const moved = realloc(set, bytes);
  return moved ? moved : set;
}

// --- checks ---

/**
 * Whether `size` bytes at `set` are an intset: for bytes from a peer or a disk, which may be anything. Reads
 * nothing beyond them. Shallow: header only; deep: the order of members too.  O(1), deep O(n)
 */
export function intsetValidate(set: usize, size: u32, deep: bool): bool {
  if (size < INTSET_HEADER) return false;
  const width = load<u32>(set);
  if (width != 2 && width != 4 && width != 8) return false;
  const count = intsetCount(set);
  if (!count || INTSET_HEADER + <u64>count * width != <u64>size) return false;
  if (!deep) return true;
  for (let i: u32 = 1; i < count; i++) if (intsetGet(set, i - 1) >= intsetGet(set, i)) return false;
  return true;
}

/** Writes the intset as text for a person. @returns bytes written to `dst`, at most `capacity` */
export function intsetDump(set: usize, dst: usize, capacity: u32): u32 {
  if (capacity < 80) return 0;
  const limit = dst + capacity;
  let at = dst + putText(dst, "intset width=");
  at += formatI64(load<u32>(set), at);
  at += putText(at, " count=");
  at += formatI64(intsetCount(set), at);
  for (let i: u32 = 0; i < intsetCount(set) && at + 24 < limit; i++) {
    at += putText(at, " ");
    at += formatI64(intsetGet(set, i), at);
  }
  return <u32>(at - dst);
}
