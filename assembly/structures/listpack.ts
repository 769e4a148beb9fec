/**
 * listpack: a sequence of strings and integers in one block, byte for byte the form Redis keeps and writes
 * to RDB. Holds small hashes, sets, sorted sets and lists, the nodes of quicklists and of streams.
 *
 * Why: a small collection as one block costs two or three bytes an element, is walked forward by lengths
 * and backward by back-lengths, and is saved by copying it.
 *
 * Layout
 *   offset  size  field    meaning
 *        0     4  bytes    size of all of it, header and end included
 *        4     2  count    elements; 65535 = more than the field can say, walk to know
 *        6     …  elements
 *  bytes−1     1  end      0xFF
 *
 * Element: encoding and data ("body"), then the length of the body backwards ("backlen").
 *   first byte  body      data
 *   0xxxxxxx    1         integer 0 … 127
 *   10xxxxxx    1+x       string of x < 64 bytes
 *   110xxxxx    2         integer of 13 bits, two's complement, upper 5 bits first
 *   1110xxxx    2+len     string of len < 4096: upper 4 bits here, lower 8 in the next byte
 *   0xF0        5+len     string, len in the next 4 bytes
 *   0xF1…0xF4   3,4,5,9   integer of 16, 24, 32, 64 bits
 *   backlen: 7 bits a byte, most significant first, bit 7 set in all but the first; 1 to 5 bytes.
 *
 * A string that is the canonical decimal form of a 64-bit integer is stored as that integer, in the smallest
 * encoding that holds it, and comes back as the same text.
 *
 * Conventions
 *   - `lp` is the address of the block; what may move it returns the new address, or 0 = out of memory with
 *     the old one intact and unchanged. Every address of an element is void after that.
 *   - `p` is the address of an element. After an insertion or a replacement listpackPosition() is the
 *     element that was written, after a deletion the one that follows (it may be the end: see listpackAt).
 *   - Bytes passed in must not lie in the listpack that is changed.
 *   - Out-values (listpackPtr/Len/Integer/Position) hold until the next call into a structure.
 *
 * Always true (listpackValidate checks it)
 *   1. The elements fill the block from 6 to bytes − 1 exactly, and the end is 0xFF.  2. Each backlen is that
 *   of its body.  3. count is right or 65535.
 *
 * Salvatore Sanfilippo's format (antirez/listpack, BSD; also in Valkey's src/listpack.c).
 */
import { DEBUG } from "../config.ts";
import { randomBelow } from "../hashing/prng.ts";
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes, equalBytes, putText } from "../memory/bytes.ts";
import { formatI64, parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";

// @ts-ignore: decorator
@inline
export const LISTPACK_HEADER: u32 = 6;
/** Bytes of a listpack without elements. */
// @ts-ignore: decorator
@inline
export const LISTPACK_EMPTY: u32 = LISTPACK_HEADER + 1;
/** No listpack grows beyond this, as in Redis; callers convert long before. */
// @ts-ignore: decorator
@inline
export const LISTPACK_BYTES_MAX: u32 = 1 << 30;
// @ts-ignore: decorator
@inline
export const LISTPACK_COUNT_UNKNOWN: u32 = 65535;

// @ts-ignore: decorator
@inline
const COUNT: usize = 4;
/** What stands behind the last element. */
// @ts-ignore: decorator
@inline
export const LISTPACK_END: u32 = 0xff;
// @ts-ignore: decorator
@inline
const STRING_6: u32 = 0x80;
// @ts-ignore: decorator
@inline
const INTEGER_13: u32 = 0xc0;
// @ts-ignore: decorator
@inline
const STRING_12: u32 = 0xe0;
// @ts-ignore: decorator
@inline
const STRING_32: u32 = 0xf0;
// @ts-ignore: decorator
@inline
const INTEGER_16: u32 = 0xf1;
// @ts-ignore: decorator
@inline
const INTEGER_24: u32 = 0xf2;
// @ts-ignore: decorator
@inline
const INTEGER_32: u32 = 0xf3;
// @ts-ignore: decorator
@inline
const INTEGER_64: u32 = 0xf4;

if (LISTPACK_EMPTY != 7) ERROR("The listpack header is 6 bytes and the end one");

// --- out-values ---

/** Bytes of the string that listpackGet or listpackGetBytes found. */
// @ts-ignore: decorator
@inline
export function listpackPtr(): usize {
  return root.outPtr;
}

// @ts-ignore: decorator
@inline
export function listpackLen(): u32 {
  return root.outLen;
}

/** The integer that listpackGet or listpackGetInteger found. */
// @ts-ignore: decorator
@inline
export function listpackInteger(): i64 {
  return root.outI64;
}

/** Address of the element that the last insertion or replacement wrote, or that follows the last deletion. */
// @ts-ignore: decorator
@inline
export function listpackPosition(): usize {
  return root.scratch0;
}

// --- creation, size ---

/** An empty listpack in a block that has room for `capacity` bytes. @returns 0 = out of memory. O(1) */
export function listpackNew(capacity: u32 = 0): usize {
  const lp = alloc(max(capacity, LISTPACK_EMPTY));
  if (lp) listpackInit(lp);
  return lp;
}

/** Writes an empty listpack to memory that the caller provides (LISTPACK_EMPTY bytes). */
// @ts-ignore: decorator
@inline
export function listpackInit(lp: usize): void {
  store<u32>(lp, LISTPACK_EMPTY);
  store<u16>(lp, 0, COUNT);
  store<u8>(lp, LISTPACK_END, LISTPACK_HEADER);
}

// @ts-ignore: decorator
@inline
export function listpackFree(lp: usize): void {
  free(lp);
}

/** A copy in a block of its own. @returns 0 = out of memory. O(n) */
export function listpackDup(lp: usize): usize {
  const bytes = listpackBytes(lp);
  const copy = alloc(bytes);
  if (copy) copyBytes(copy, lp, bytes);
  return copy;
}

/** Size of all of it, header and end included. */
// @ts-ignore: decorator
@inline
export function listpackBytes(lp: usize): u32 {
  return load<u32>(lp);
}

/** Elements. O(1); O(n) beyond 65534, where the header cannot say. */
// @ts-ignore: decorator
@inline
export function listpackCount(lp: usize): u32 {
  const count: u32 = load<u16>(lp, COUNT);
  return count == LISTPACK_COUNT_UNKNOWN ? walkCount(lp) : count;
}

function walkCount(lp: usize): u32 {
  let count: u32 = 0;
  for (let p = lp + LISTPACK_HEADER; load<u8>(p) != LISTPACK_END; p += listpackElementSize(p)) count++;
  if (count < LISTPACK_COUNT_UNKNOWN) store<u16>(lp, <u16>count, COUNT);
  return count;
}

/** Sees to it that `extra` bytes of elements can be added without moving. @returns 0 = out of memory. */
export function listpackReserve(lp: usize, extra: u32): usize {
  const bytes = listpackBytes(lp);
  if (extra > LISTPACK_BYTES_MAX || bytes + extra > LISTPACK_BYTES_MAX) return 0;
  return roomFor(lp, bytes + extra);
}

/** Most bytes that an element takes for a string of `len`. */
// @ts-ignore: decorator
@inline
export function listpackElementSizeMax(len: u32): u32 {
  return len + 10;
}

/**
 * Moves to a block that fits when a quarter of this one is idle. Deletions do this by themselves.
 * @returns where it is now; never fails
 */
export function listpackShrink(lp: usize): usize {
  const usable = usableSize(lp);
  const bytes = listpackBytes(lp);
  if (bytes + 16 > usable - (usable >> 2)) return lp;
  const moved = realloc(lp, bytes);
  return moved ? moved : lp;
}

// --- walking ---

/** First element, or 0. */
// @ts-ignore: decorator
@inline
export function listpackFirst(lp: usize): usize {
  return listpackAt(lp + LISTPACK_HEADER);
}

/** Last element, or 0. */
// @ts-ignore: decorator
@inline
export function listpackLast(lp: usize): usize {
  return listpackPrevious(lp, lp + listpackBytes(lp) - 1);
}

/** `p`, or 0 where that is the end: makes a position usable. */
// @ts-ignore: decorator
@inline
export function listpackAt(p: usize): usize {
  return load<u8>(p) == LISTPACK_END ? 0 : p;
}

/** Element after `p`, or 0. */
// @ts-ignore: decorator
@inline
export function listpackNext(p: usize): usize {
  return listpackAt(p + listpackElementSize(p));
}

/** Element before `p` (which may be the end), or 0. */
export function listpackPrevious(lp: usize, p: usize): usize {
  if (p == lp + LISTPACK_HEADER) return 0;
  let at = p - 1;
  let b: u32 = load<u8>(at);
  let body = b & 127;
  for (let shift = 7; b & 128; shift += 7) {
    b = load<u8>(--at);
    body |= (b & 127) << shift;
  }
  return at - body;
}

/** Bytes of the element at `p`, backlen included; 0 at the end. What walks listpacks in a loop adds this. */
// @ts-ignore: decorator
@inline
export function listpackElementSize(p: usize): u32 {
  const b: u32 = load<u8>(p);
  return b < STRING_6 ? 2 : b < INTEGER_13 ? (b & 63) + 2 : longElementSize(p, b);
}

function longElementSize(p: usize, b: u32): u32 {
  if (b < STRING_12) return 3;
  if (b < STRING_32) {
    const body = 2 + (((b & 15) << 8) | load<u8>(p, 1));
    return body + (body < 128 ? 1 : 2);
  }
  if (b == STRING_32) {
    const body = 5 + load<u32>(p, 1);
    return body + backlenSize(body);
  }
  if (b == LISTPACK_END) return 0;
  if (DEBUG) assert(b <= INTEGER_64); // no such encoding
  return b == INTEGER_64 ? 10 : b - INTEGER_16 + 4;
}

/** Element `index`, counted from 0 or, if negative, from −1 at the tail; 0 = there is none. O(n / 2) */
export function listpackSeek(lp: usize, index: i32): usize {
  const count = <i32>listpackCount(lp);
  if (index < 0) index += count;
  if (<u32>index >= <u32>count) return 0;
  if (index <= count >> 1) {
    let p = lp + LISTPACK_HEADER;
    for (; index > 0; index--) p += listpackElementSize(p);
    return p;
  }
  let p = lp + listpackBytes(lp) - 1;
  for (; index < count; index++) p = listpackPrevious(lp, p);
  return p;
}

// --- reading ---

/** Reads the element at `p`. @returns true = string, in listpackPtr/Len; false = integer, in listpackInteger */
export function listpackGet(p: usize): bool {
  const b: u32 = load<u8>(p);
  if (b >= STRING_6 && b < INTEGER_13) {
    root.outPtr = p + 1;
    root.outLen = b & 63;
    return true;
  }
  return getLong(p, b);
}

function getLong(p: usize, b: u32): bool {
  if (b >= STRING_12 && b <= STRING_32) {
    if (b < STRING_32) {
      root.outPtr = p + 2;
      root.outLen = ((b & 15) << 8) | load<u8>(p, 1);
    } else {
      root.outPtr = p + 5;
      root.outLen = load<u32>(p, 1);
    }
    return true;
  }
  root.outI64 = readInteger(p, b);
  return false;
}

/** Value of the integer element at `p`, whose first byte is `b`. */
function readInteger(p: usize, b: u32): i64 {
  if (b < STRING_6) return b;
  if (b < STRING_12) return (<i32>((((b & 31) << 8) | load<u8>(p, 1)) << 19)) >> 19;
  if (b == INTEGER_16) return load<i16>(p, 1);
  if (b == INTEGER_24) return load<i32>(p) >> 8;
  if (b == INTEGER_32) return load<i32>(p, 1);
  if (DEBUG) assert(b == INTEGER_64); // not an integer
  return load<i64>(p, 1);
}

/**
 * Reads the element at `p` as text: in place where it is a string, else printed to `buffer` (20 bytes).
 * @returns the address of the bytes; their number is in listpackLen
 */
export function listpackGetBytes(p: usize, buffer: usize): usize {
  if (listpackGet(p)) return root.outPtr;
  root.outLen = formatI64(root.outI64, buffer);
  root.outPtr = buffer;
  return buffer;
}

/** Whether the element at `p` is an integer, stored as one or as text; its value is in listpackInteger. */
export function listpackGetInteger(p: usize): bool {
  return listpackGet(p) ? parseI64(root.outPtr, root.outLen) : true;
}

/** Whether the element at `p` is these bytes. */
export function listpackCompare(p: usize, ptr: usize, len: u32): bool {
  const isInteger = parseI64(ptr, len);
  return listpackEquals(p, isInteger, root.outI64, ptr, len);
}

/** As listpackCompare, for loops: `isInteger` and `value` are what parseI64 says of the bytes. */
// @ts-ignore: decorator
@inline
export function listpackEquals(p: usize, isInteger: bool, value: i64, ptr: usize, len: u32): bool {
  const b: u32 = load<u8>(p);
  if (b < STRING_6) return isInteger && b == value;
  if (b < INTEGER_13) return (b & 63) == len && equalBytes(p + 1, ptr, len);
  return longEquals(p, b, isInteger, value, ptr, len);
}

function longEquals(p: usize, b: u32, isInteger: bool, value: i64, ptr: usize, len: u32): bool {
  if (!getLong(p, b)) return isInteger && root.outI64 == value;
  return root.outLen == len && equalBytes(root.outPtr, ptr, len);
}

/**
 * First element from `p` on that is these bytes; after each comparison `skip` elements are passed over
 * (1 for the fields of a hash). Integers are compared as integers, nothing is printed.
 * @param p  an element, the end, or 0    @returns its address, or 0.  O(n)
 */
export function listpackFind(lp: usize, p: usize, ptr: usize, len: u32, skip: u32): usize {
  if (!p) return 0;
  if (DEBUG) assert(p - lp < listpackBytes(lp)); // an element of another listpack, or a stale address
  if (parseI64(ptr, len)) return findInteger(p, root.outI64, ptr, len, skip);
  return len < 64 ? findShort(p, ptr, len, skip) : findLong(p, ptr, len, skip);
}

/** The last up to eight bytes of `len`, the very last on top, the room below zero. Reads only the bytes. */
// @ts-ignore: decorator
@inline
function lastBytes(ptr: usize, len: u32): u64 {
  if (len >= 8) return load<u64>(ptr + len - 8);
  let word: u64 = 0;
  for (let i: u32 = 0; i < len; i++) word = (word >> 8) | ((<u64>load<u8>(ptr + i)) << 56);
  return word;
}

/**
 * Strings below 64 bytes: length in the first byte, then the last eight bytes at once (the tails of like
 * names differ, their heads rarely do). The eight may begin in front of a short element, but never in front
 * of the header, so nothing outside the block is read. (Scanning all bytes with SIMD for candidates and walking
 * only to those was measured: no faster, as candidates are mispredicted branches and must be walked to anyway.)
 */
function findShort(p: usize, ptr: usize, len: u32, skip: u32): usize {
  const first = STRING_6 | len;
  const shift = (<u64>(8 - min(len, 8))) << 3;
  const tail = len ? lastBytes(ptr, len) >> shift : 0;
  const rest = len > 8 ? len - 8 : 0;
  while (true) {
    const b: u32 = load<u8>(p);
    if (b == first) {
      if (!len) return p;
      if (load<u64>(p + len - 7) >> shift == tail && (!rest || equalBytes(p + 1, ptr, rest))) return p;
      p += len + 2;
    } else if (b < STRING_6) {
      p += 2;
    } else if (b < INTEGER_13) {
      p += (b & 63) + 2;
    } else {
      if (b == LISTPACK_END) return 0;
      p += longElementSize(p, b);
    }
    for (let i = skip; i; i--) p += listpackElementSize(p);
  }
}

function findLong(p: usize, ptr: usize, len: u32, skip: u32): usize {
  while (true) {
    const b: u32 = load<u8>(p);
    if (b >= STRING_12) {
      if (b == LISTPACK_END) return 0;
      if (b <= STRING_32) {
        getLong(p, b);
        if (root.outLen == len && equalBytes(root.outPtr, ptr, len)) return p;
      }
    }
    p += listpackElementSize(p);
    for (let i = skip; i; i--) p += listpackElementSize(p);
  }
}

/** Integers. A string element is compared too: others may have stored the text of an integer as a string. */
function findInteger(p: usize, value: i64, ptr: usize, len: u32, skip: u32): usize {
  const first = STRING_6 | len;
  while (true) {
    const b: u32 = load<u8>(p);
    if (b < STRING_6) {
      if (b == value) return p;
      p += 2;
    } else if (b < INTEGER_13) {
      if (b == first && equalBytes(p + 1, ptr, len)) return p;
      p += (b & 63) + 2;
    } else {
      if (b == LISTPACK_END) return 0;
      if ((b < STRING_12 || b > STRING_32) && readInteger(p, b) == value) return p;
      p += longElementSize(p, b);
    }
    for (let i = skip; i; i--) p += listpackElementSize(p);
  }
}

// --- element bytes ---

// @ts-ignore: decorator
@inline
function backlenSize(body: u32): u32 {
  // One less than what the bits could hold from the second byte on: Redis' bounds.
  return body < 128 ? 1 : body < 16383 ? 2 : body < 2097151 ? 3 : body < 268435455 ? 4 : 5;
}

/** Writes the backlen of a body that ends at `p`; returns the address behind it. */
// @ts-ignore: decorator
@inline
function putBacklen(p: usize, body: u32): usize {
  if (body < 128) {
    store<u8>(p, <u8>body);
    return p + 1;
  }
  return putLongBacklen(p, body);
}

function putLongBacklen(p: usize, body: u32): usize {
  const size = backlenSize(body);
  for (let i = size - 1; i > 0; i--) {
    store<u8>(p + i, <u8>((body & 127) | 128));
    body >>= 7;
  }
  store<u8>(p, <u8>body);
  return p + size;
}

/** Bytes that an element takes for a string of `len`, not an integer. */
// @ts-ignore: decorator
@inline
export function listpackStringSize(len: u32): u32 {
  if (len < 64) return len + 2;
  const body = len < 4096 ? len + 2 : len + 5;
  return body + backlenSize(body);
}

/** Bytes that an element takes for an integer. */
// @ts-ignore: decorator
@inline
export function listpackIntegerSize(value: i64): u32 {
  if (<u64>value < 128) return 2;
  if (<u64>(value + 4096) < 8192) return 3;
  return wideIntegerSize(value);
}

function wideIntegerSize(value: i64): u32 {
  if (value == <i64>(<i16>value)) return 4;
  if (<u64>(value + 8388608) < 16777216) return 5;
  return value == <i64>(<i32>value) ? 6 : 10;
}

/** Writes a string element; returns the address behind it. */
export function listpackPutString(p: usize, ptr: usize, len: u32): usize {
  if (len < 64) {
    store<u8>(p, <u8>(STRING_6 | len));
    copyBytes(p + 1, ptr, len);
    p += len + 1;
    store<u8>(p, <u8>(len + 1));
    return p + 1;
  }
  let head: u32 = 2;
  if (len < 4096) {
    store<u8>(p, <u8>(STRING_12 | (len >> 8)));
    store<u8>(p, <u8>len, 1);
  } else {
    head = 5;
    store<u8>(p, <u8>STRING_32);
    store<u32>(p, len, 1);
  }
  copyBytes(p + head, ptr, len);
  return putBacklen(p + head + len, head + len);
}

/** Writes an integer element; returns the address behind it. */
export function listpackPutInteger(p: usize, value: i64): usize {
  if (<u64>value < 128) {
    store<u16>(p, <u16>((<u32>value) | 0x100));
    return p + 2;
  }
  if (<u64>(value + 4096) < 8192) {
    const bits = (<u32>value) & 0x1fff;
    store<u8>(p, <u8>(INTEGER_13 | (bits >> 8)));
    store<u16>(p, <u16>((bits & 0xff) | 0x200), 1);
    return p + 3;
  }
  const size = wideIntegerSize(value);
  if (size == 4) {
    store<u8>(p, <u8>INTEGER_16);
    store<u16>(p, <u16>value, 1);
  } else if (size == 5) {
    store<u32>(p, INTEGER_24 | ((<u32>value) << 8));
  } else if (size == 6) {
    store<u8>(p, <u8>INTEGER_32);
    store<u32>(p, <u32>value, 1);
  } else {
    store<u8>(p, <u8>INTEGER_64);
    store<i64>(p, value, 1);
  }
  p += size - 1;
  store<u8>(p, <u8>(size - 1));
  return p + 1;
}

// --- room ---

/**
 * The listpack in a block of at least `bytes`. Small ones grow in steps of 16, beyond that the allocator's
 * size classes are slack enough.
 */
// @ts-ignore: decorator
@inline
function roomFor(lp: usize, bytes: u32): usize {
  if (bytes <= usableSize(lp)) return lp;
  return realloc(lp, bytes < 64 ? (bytes + 15) & ~15 : bytes);
}

/** Makes the `oldSize` bytes at `position` `newSize` long, within the block, and sets the total. */
// @ts-ignore: decorator
@inline
export function listpackShift(lp: usize, position: usize, oldSize: u32, newSize: u32): void {
  const bytes = listpackBytes(lp);
  const tail = position + oldSize;
  if (oldSize != newSize) memory.copy(position + newSize, tail, lp + bytes - tail);
  store<u32>(lp, bytes - oldSize + newSize);
}

/** As listpackShift, with as much memory as it takes; listpackPosition is where the bytes are then. 0 = no memory. */
function splice(lp: usize, position: usize, oldSize: u32, newSize: u32): usize {
  const offset = position - lp;
  if (newSize > oldSize) {
    const bytes = listpackBytes(lp) - oldSize + newSize;
    if (newSize > LISTPACK_BYTES_MAX || bytes > LISTPACK_BYTES_MAX) return 0;
    lp = roomFor(lp, bytes);
    if (!lp) return 0;
  }
  listpackShift(lp, lp + offset, oldSize, newSize);
  root.scratch0 = lp + offset;
  return lp;
}

/** Sets the count after `added` more elements; it stays unknown once it is. */
// @ts-ignore: decorator
@inline
export function listpackAddCount(lp: usize, added: i32): void {
  const count: u32 = load<u16>(lp, COUNT);
  if (count != LISTPACK_COUNT_UNKNOWN) {
    store<u16>(lp, <u16>min(count + added, LISTPACK_COUNT_UNKNOWN), COUNT);
  }
}

// --- changing ---

function replaceBytes(lp: usize, p: usize, oldSize: u32, ptr: usize, len: u32): usize {
  if (parseI64(ptr, len)) return replaceInteger(lp, p, oldSize, root.outI64);
  if (len > LISTPACK_BYTES_MAX) return 0;
  lp = splice(lp, p, oldSize, listpackStringSize(len));
  if (lp) listpackPutString(root.scratch0, ptr, len);
  return lp;
}

function replaceInteger(lp: usize, p: usize, oldSize: u32, value: i64): usize {
  lp = splice(lp, p, oldSize, listpackIntegerSize(value));
  if (lp) listpackPutInteger(root.scratch0, value);
  return lp;
}

/** Adds an element at the tail. @returns the listpack, 0 = out of memory. O(len), amortized */
export function listpackAppend(lp: usize, ptr: usize, len: u32): usize {
  if (parseI64(ptr, len)) return listpackAppendInteger(lp, root.outI64);
  if (len > LISTPACK_BYTES_MAX) return 0;
  lp = appendRoom(lp, listpackStringSize(len));
  if (lp) store<u8>(listpackPutString(root.scratch0, ptr, len), LISTPACK_END);
  return lp;
}

/** Adds an integer at the tail. @returns the listpack, 0 = out of memory */
export function listpackAppendInteger(lp: usize, value: i64): usize {
  lp = appendRoom(lp, listpackIntegerSize(value));
  if (lp) store<u8>(listpackPutInteger(root.scratch0, value), LISTPACK_END);
  return lp;
}

/** Room for one more element of `size` bytes at the tail, counted; its place is in listpackPosition. */
function appendRoom(lp: usize, size: u32): usize {
  const bytes = listpackBytes(lp);
  if (bytes + size > LISTPACK_BYTES_MAX) return 0;
  lp = roomFor(lp, bytes + size);
  if (!lp) return 0;
  store<u32>(lp, bytes + size);
  listpackAddCount(lp, 1);
  root.scratch0 = lp + bytes - 1;
  return lp;
}

/**
 * Adds two elements at the tail (field and value, member and score), growing once. All or nothing.
 * @returns the listpack, listpackPosition is the first of them; 0 = out of memory
 */
export function listpackAppendPair(lp: usize, ptr: usize, len: u32, ptr2: usize, len2: u32): usize {
  if (len > LISTPACK_BYTES_MAX || len2 > LISTPACK_BYTES_MAX) return 0;
  const isInteger = parseI64(ptr, len);
  const value = root.outI64;
  const isInteger2 = parseI64(ptr2, len2);
  const size = isInteger ? listpackIntegerSize(value) : listpackStringSize(len);
  const size2 = isInteger2 ? listpackIntegerSize(root.outI64) : listpackStringSize(len2);
  lp = appendRoom(lp, size + size2);
  if (!lp) return 0;
  listpackAddCount(lp, 1);
  let p: usize = root.scratch0;
  p = isInteger ? listpackPutInteger(p, value) : listpackPutString(p, ptr, len);
  p = isInteger2 ? listpackPutInteger(p, root.outI64) : listpackPutString(p, ptr2, len2);
  store<u8>(p, LISTPACK_END);
  return lp;
}

/** Adds an element at the head. @returns the listpack, 0 = out of memory. O(bytes) */
export function listpackPrepend(lp: usize, ptr: usize, len: u32): usize {
  return listpackInsertBefore(lp, lp + LISTPACK_HEADER, ptr, len);
}

/** Adds an integer at the head. @returns the listpack, 0 = out of memory. O(bytes) */
export function listpackPrependInteger(lp: usize, value: i64): usize {
  return listpackInsertIntegerBefore(lp, lp + LISTPACK_HEADER, value);
}

/** Adds an element in front of `p`, which may be the end. @returns the listpack, 0 = out of memory. O(bytes) */
export function listpackInsertBefore(lp: usize, p: usize, ptr: usize, len: u32): usize {
  lp = replaceBytes(lp, p, 0, ptr, len);
  if (lp) listpackAddCount(lp, 1);
  return lp;
}

/** Adds an element behind `p`. @returns the listpack, 0 = out of memory. O(bytes) */
export function listpackInsertAfter(lp: usize, p: usize, ptr: usize, len: u32): usize {
  return listpackInsertBefore(lp, p + listpackElementSize(p), ptr, len);
}

/** Adds an integer in front of `p`, which may be the end. @returns the listpack, 0 = out of memory. O(bytes) */
export function listpackInsertIntegerBefore(lp: usize, p: usize, value: i64): usize {
  lp = replaceInteger(lp, p, 0, value);
  if (lp) listpackAddCount(lp, 1);
  return lp;
}

/**
 * Adds two elements in front of `p`, which may be the end. All or nothing.
 * @returns the listpack, listpackPosition is the first of them; 0 = out of memory
 */
export function listpackInsertPairBefore(
  lp: usize,
  p: usize,
  ptr: usize,
  len: u32,
  ptr2: usize,
  len2: u32,
): usize {
  if (len > LISTPACK_BYTES_MAX || len2 > LISTPACK_BYTES_MAX) return 0;
  const isInteger = parseI64(ptr, len);
  const value = root.outI64;
  const isInteger2 = parseI64(ptr2, len2);
  const size = isInteger ? listpackIntegerSize(value) : listpackStringSize(len);
  const size2 = isInteger2 ? listpackIntegerSize(root.outI64) : listpackStringSize(len2);
  lp = splice(lp, p, 0, size + size2);
  if (!lp) return 0;
  listpackAddCount(lp, 2);
  p = root.scratch0;
  p = isInteger ? listpackPutInteger(p, value) : listpackPutString(p, ptr, len);
  if (isInteger2) listpackPutInteger(p, root.outI64);
  else listpackPutString(p, ptr2, len2);
  return lp;
}

/** Puts other bytes in the place of the element at `p`. @returns the listpack, 0 = out of memory. O(bytes) */
export function listpackReplace(lp: usize, p: usize, ptr: usize, len: u32): usize {
  return replaceBytes(lp, p, listpackElementSize(p), ptr, len);
}

/** Puts an integer in the place of the element at `p`. @returns the listpack, 0 = out of memory */
export function listpackReplaceInteger(lp: usize, p: usize, value: i64): usize {
  return replaceInteger(lp, p, listpackElementSize(p), value);
}

/** Takes the element at `p` out. @returns the listpack, which may have moved; never fails. O(bytes) */
export function listpackDelete(lp: usize, p: usize): usize {
  return listpackDeleteFrom(lp, p, 1);
}

/** Takes `count` elements out from `p` on, or as many as there are. Never fails. O(bytes) */
export function listpackDeleteFrom(lp: usize, p: usize, count: u32): usize {
  let end = p;
  let deleted: u32 = 0;
  while (deleted < count && load<u8>(end) != LISTPACK_END) {
    end += listpackElementSize(end);
    deleted++;
  }
  return listpackCut(lp, p, end, deleted);
}

/** Takes `count` elements out from `index` on (negative: from the tail). Never fails. O(bytes) */
export function listpackDeleteRange(lp: usize, index: i32, count: u32): usize {
  const p = count ? listpackSeek(lp, index) : 0;
  return p ? listpackDeleteFrom(lp, p, count) : lp;
}

/** Takes out the elements that lie from `from` to before `to`, `deleted` in number. Never fails. O(bytes) */
export function listpackCut(lp: usize, from: usize, to: usize, deleted: u32): usize {
  const offset = from - lp;
  listpackShift(lp, from, <u32>(to - from), 0);
  listpackAddCount(lp, -(<i32>deleted));
  lp = listpackShrink(lp);
  root.scratch0 = lp + offset;
  return lp;
}

/**
 * One listpack of the elements of `a`, then those of `b`; both are gone.
 * @returns it; 0 = out of memory, both are as they were. O(bytes)
 */
export function listpackMerge(a: usize, b: usize): usize {
  const aBytes = listpackBytes(a);
  const bBytes = listpackBytes(b);
  const bytes = <u64>aBytes + bBytes - LISTPACK_EMPTY;
  if (bytes > LISTPACK_BYTES_MAX) return 0;
  const count = listpackCount(a) + listpackCount(b);
  let lp: usize;
  if (aBytes >= bBytes) {
    lp = roomFor(a, <u32>bytes);
    if (!lp) return 0;
    copyBytes(lp + aBytes - 1, b + LISTPACK_HEADER, bBytes - LISTPACK_HEADER);
    free(b);
  } else {
    lp = roomFor(b, <u32>bytes);
    if (!lp) return 0;
    memory.copy(lp + aBytes - 1, lp + LISTPACK_HEADER, bBytes - LISTPACK_HEADER);
    copyBytes(lp + LISTPACK_HEADER, a + LISTPACK_HEADER, aBytes - LISTPACK_EMPTY);
    free(a);
  }
  store<u32>(lp, <u32>bytes);
  store<u16>(lp, <u16>min(count, LISTPACK_COUNT_UNKNOWN), COUNT);
  return lp;
}

// --- random choice ---

/** A random element of `count`, which is the listpack's count divided by `width`; the first of its tuple. O(n) */
export function listpackRandom(lp: usize, count: u32, width: u32): usize {
  return listpackSeek(lp, <i32>(randomBelow(count) * width));
}

/**
 * The next of `remaining` random tuples, in order and each at most once: begin with the first element and
 * available = tuples in all; go on with the element behind the tuple returned, and listpackAvailable() − 1.
 * Each set of tuples is as likely as any other (Knuth's algorithm S).
 * @param width  elements of a tuple: 1, or 2 for field and value   @returns the tuple's first element
 */
export function listpackNextRandom(p: usize, available: u32, remaining: u32, width: u32): usize {
  if (DEBUG) assert(remaining > 0 && remaining <= available); // else the end comes first
  while (randomBelow(available) >= remaining) {
    for (let i = width; i; i--) p += listpackElementSize(p);
    available--;
  }
  root.scratch1 = available;
  return p;
}

/** Tuples from the one that listpackNextRandom returned to the end, it included. */
// @ts-ignore: decorator
@inline
export function listpackAvailable(): u32 {
  return root.scratch1;
}

// --- checks ---

/**
 * Whether `size` bytes at `lp` are a listpack: for bytes from a peer or a disk, which may be anything.
 * Reads nothing beyond them. Shallow: header and end only; deep: every element.  O(1), deep O(n)
 */
export function listpackValidate(lp: usize, size: u32, deep: bool): bool {
  if (size < LISTPACK_EMPTY || listpackBytes(lp) != size || load<u8>(lp + size - 1) != LISTPACK_END)
    return false;
  if (!deep) return true;
  const end = lp + size - 1;
  let p = lp + LISTPACK_HEADER;
  let count: u32 = 0;
  while (p < end) {
    const elementSize = validElementSize(p, <u32>(end - p));
    if (!elementSize) return false;
    p += elementSize;
    count++;
  }
  const stated: u32 = load<u16>(lp, COUNT);
  return stated == LISTPACK_COUNT_UNKNOWN || stated == count;
}

/** Size of the element at `p` if all of it lies in the next `available` bytes and its backlen is right, else 0. */
function validElementSize(p: usize, available: u32): u32 {
  const b: u32 = load<u8>(p);
  let body: u32;
  if (b < STRING_6) body = 1;
  else if (b < INTEGER_13) body = 1 + (b & 63);
  else if (b < STRING_12) body = 2;
  else if (b < STRING_32) {
    if (available < 2) return 0;
    body = 2 + (((b & 15) << 8) | load<u8>(p, 1));
  } else if (b == STRING_32) {
    if (available < 5) return 0;
    const len = load<u32>(p, 1);
    if (len > available - 5) return 0;
    body = 5 + len;
  } else if (b <= INTEGER_64) body = b == INTEGER_64 ? 9 : b - INTEGER_16 + 3;
  else return 0;
  const tail = backlenSize(body);
  if (body > available || tail > available - body) return 0;
  return hasBacklen(p + body, body, tail) ? body + tail : 0;
}

function hasBacklen(p: usize, body: u32, size: u32): bool {
  for (let i = size - 1; i > 0; i--) {
    if (load<u8>(p + i) != ((body & 127) | 128)) return false;
    body >>= 7;
  }
  return load<u8>(p) == body;
}

/**
 * Writes the listpack as text for a person: a line with sizes, then a line per element with its offset.
 * @returns bytes written to `dst`, at most `capacity`; elements that do not fit are left out
 */
export function listpackDump(lp: usize, dst: usize, capacity: u32): u32 {
  if (capacity < 80) return 0;
  const limit = dst + capacity;
  let at = dst + putText(dst, "listpack bytes=");
  at += formatI64(listpackBytes(lp), at);
  at += putText(at, " count=");
  at += formatI64(listpackCount(lp), at);
  at += putText(at, "\n");
  for (let p = lp + LISTPACK_HEADER; load<u8>(p) != LISTPACK_END; p += listpackElementSize(p)) {
    const isString = listpackGet(p);
    if (at + 40 + (isString ? root.outLen : 0) > limit) break;
    at += formatI64(p - lp, at);
    if (isString) {
      at += putText(at, " string ");
      copyBytes(at, root.outPtr, root.outLen);
      at += root.outLen;
    } else {
      at += putText(at, " integer ");
      at += formatI64(root.outI64, at);
    }
    at += putText(at, "\n");
  }
  return <u32>(at - dst);
}
