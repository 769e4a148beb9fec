/**
 * sort-records: what SORT sorts: a record for each element, 16 bytes, ordered by an integer. Most comparisons end there;
 * only equal ones look at bytes.
 *
 *   offset  size  field  meaning
 *        0     8  key    numbers: the double, so mapped that unsigned order is numeric order; texts: their first eight
 *                        bytes, big-endian; complemented for DESC
 *        8     4  ptr    the element's bytes; weighed texts (BY with ALPHA): a Weighed
 *       12     4  len    RECORD_INTEGER: the element is the integer that `key` stands for, ptr is 0
 *
 * Weighed (16 bytes): 0 element · 4 its length · 8 weight, 0 = there is none: in front of all others · 12 its length
 *
 * Equal numbers are ordered by their elements' bytes; texts that are equal stay in the order in which they came: a merge
 * sort, which is stable. With LIMIT, where few records are wanted, those are found by a heap first.
 */
import { alloc, free } from "../../memory/allocator.ts";
import { compareBytes } from "../../memory/bytes.ts";
import { DIGITS } from "../../memory/map.ts";
import { formatI64 } from "../../resp/numbers/integer.ts";
import { root } from "../../root.ts";

@unmanaged
export class SortRecord {
  key: u64;
  ptr: usize;
  len: u32;
}

@unmanaged
export class Weighed {
  element: usize;
  len: u32;
  weight: usize;
  weightLen: u32;
}

// @ts-ignore: decorator
@inline
export const RECORD_SIZE: usize = 16;
if (offsetof<SortRecord>() != RECORD_SIZE) ERROR("SortRecord is not 16 bytes: mend its table");

// @ts-ignore: decorator
@inline
export const RECORD_INTEGER: u32 = 0xffffffff;

// --- how records are sorted ---

// @ts-ignore: decorator
@inline
export const SORT_DESC: u32 = 1;
// @ts-ignore: decorator
@inline
export const SORT_ALPHA: u32 = 2;
/** ptr is a Weighed. */
// @ts-ignore: decorator
@inline
export const SORT_WEIGHED: u32 = 4;

/** Records that are sorted by insertion. */
const RUN: u32 = 8;
/** The heap is used where less than one record in so many is wanted. */
const HEAP_SHARE: u32 = 4;

const SIGN: u64 = 1 << 63;
/** Where a record stands while others move: behind the digits of two integers. */
const ASIDE: usize = DIGITS + 48;

/** The key of a number. */
// @ts-ignore: decorator
@inline
export function keyOfNumber(number: f64, mode: u32): u64 {
  const bits = reinterpret<u64>(number + 0.0); // −0 is 0
  const key = bits ^ ((<u64>((<i64>bits) >> 63)) | SIGN);
  return mode & SORT_DESC ? ~key : key;
}

// @ts-ignore: decorator
@inline
function numberOfKey(key: u64, mode: u32): f64 {
  if (mode & SORT_DESC) key = ~key;
  return reinterpret<f64>(key & SIGN ? key ^ SIGN : ~key);
}

/** The key of a text. */
export function keyOfText(ptr: usize, len: u32, mode: u32): u64 {
  let key: u64 = 0;
  if (len >= 8) {
    key = bswap<u64>(load<u64>(ptr));
  } else {
    for (let i: u32 = 0; i < len; i++) key |= (<u64>load<u8>(ptr + i)) << ((7 - i) << 3);
  }
  return mode & SORT_DESC ? ~key : key;
}

/** The element of a record: root.outPtr and root.outLen; an integer's digits stand in `digits`. */
export function recordElement(at: usize, mode: u32, digits: usize): void {
  const record = changetype<SortRecord>(at);
  if (record.len == RECORD_INTEGER) {
    root.outLen = formatI64(<i64>numberOfKey(record.key, mode), digits);
    root.outPtr = digits;
  } else if (mode & SORT_WEIGHED) {
    const weighed = changetype<Weighed>(record.ptr);
    root.outPtr = weighed.element;
    root.outLen = weighed.len;
  } else {
    root.outPtr = record.ptr;
    root.outLen = record.len;
  }
}

// --- comparing ---

/** Whether the record at `b` must stand in front of that at `a`, which came first. */
// @ts-ignore: decorator
@inline
function isAfter(a: usize, b: usize, mode: u32): bool {
  const x = load<u64>(a);
  const y = load<u64>(b);
  return x == y ? compareEqualKeys(a, b, mode) > 0 : x > y;
}

function compareEqualKeys(a: usize, b: usize, mode: u32): i32 {
  const order = mode & SORT_WEIGHED ? compareWeights(a, b) : compareElements(a, b, mode);
  return mode & SORT_DESC ? -order : order;
}

function compareWeights(a: usize, b: usize): i32 {
  const x = changetype<Weighed>(changetype<SortRecord>(a).ptr);
  const y = changetype<Weighed>(changetype<SortRecord>(b).ptr);
  if (!x.weight || !y.weight) return <i32>(x.weight != 0) - <i32>(y.weight != 0);
  return compareBytes(x.weight, x.weightLen, y.weight, y.weightLen);
}

function compareElements(a: usize, b: usize, mode: u32): i32 {
  if (changetype<SortRecord>(a).len == RECORD_INTEGER && changetype<SortRecord>(b).len == RECORD_INTEGER)
    return 0;
  recordElement(a, mode, DIGITS);
  const ptr = root.outPtr;
  const len = root.outLen;
  recordElement(b, mode, DIGITS + 24);
  return compareBytes(ptr, len, root.outPtr, root.outLen);
}

// --- sorting ---

/**
 * Sorts `count` records so that the first `wanted` are right.
 * @returns false = out of memory, they are in any order.  O(count + wanted · log count), at most O(count · log count)
 */
export function recordsSort(records: usize, count: u32, wanted: u32, mode: u32): bool {
  if (wanted < count / HEAP_SHARE) {
    selectFirst(records, count, wanted, mode);
    count = wanted;
  }
  if (count < 2) return true;
  for (let first: u32 = 0; first < count; first += RUN) {
    insertionSort(records + first * RECORD_SIZE, min(RUN, count - first), mode);
  }
  return count <= RUN || mergeRuns(records, count, mode);
}

function insertionSort(records: usize, count: u32, mode: u32): void {
  const end = records + count * RECORD_SIZE;
  for (let at = records + RECORD_SIZE; at < end; at += RECORD_SIZE) {
    if (!isAfter(at - RECORD_SIZE, at, mode)) continue;
    const record = v128.load(at);
    v128.store(ASIDE, record);
    let to = at;
    do {
      v128.store(to, v128.load(to - RECORD_SIZE));
      to -= RECORD_SIZE;
    } while (to > records && isAfter(to - RECORD_SIZE, ASIDE, mode));
    v128.store(to, record);
  }
}

/** Merges sorted runs of RUN records, then of twice as many, … between the records and a block of their size. */
function mergeRuns(records: usize, count: u32, mode: u32): bool {
  const bytes = count * RECORD_SIZE;
  const other = alloc(bytes);
  if (!other) return false;
  let from = records;
  let to = other;
  for (let run: u32 = RUN; run < count; run <<= 1) {
    const runBytes = run * RECORD_SIZE;
    for (let at: usize = 0; at < bytes; at += runBytes << 1) {
      const middle = min<usize>(at + runBytes, bytes);
      const end = min<usize>(middle + runBytes, bytes);
      merge(from + at, from + middle, from + end, to + at, mode);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != records) memory.copy(records, from, bytes);
  free(other);
  return true;
}

/** Merges the records a … b and b … end, each in order, to `to`. */
function merge(a: usize, b: usize, end: usize, to: usize, mode: u32): void {
  const middle = b;
  if (b == end || !isAfter(b - RECORD_SIZE, b, mode)) {
    memory.copy(to, a, end - a);
    return;
  }
  while (true) {
    if (isAfter(a, b, mode)) {
      v128.store(to, v128.load(b));
      b += RECORD_SIZE;
      to += RECORD_SIZE;
      if (b == end) break;
    } else {
      v128.store(to, v128.load(a));
      a += RECORD_SIZE;
      to += RECORD_SIZE;
      if (a == middle) break;
    }
  }
  if (a < middle) memory.copy(to, a, middle - a);
  else memory.copy(to, b, end - b);
}

/** Brings the first `wanted` records to the front, in any order: a heap of them, the last on top. */
function selectFirst(records: usize, count: u32, wanted: u32, mode: u32): void {
  if (!wanted) return;
  for (let i = wanted >> 1; i > 0; i--) siftDown(records, i - 1, wanted, mode);
  const end = records + count * RECORD_SIZE;
  for (let at = records + wanted * RECORD_SIZE; at < end; at += RECORD_SIZE) {
    if (!isAfter(records, at, mode)) continue;
    const top = v128.load(records);
    v128.store(records, v128.load(at));
    v128.store(at, top);
    siftDown(records, 0, wanted, mode);
  }
}

function siftDown(records: usize, index: u32, count: u32, mode: u32): void {
  while (true) {
    let child = (index << 1) + 1;
    if (child >= count) return;
    const right = records + (child + 1) * RECORD_SIZE;
    if (child + 1 < count && isAfter(right, right - RECORD_SIZE, mode)) child++;
    const a = records + index * RECORD_SIZE;
    const b = records + child * RECORD_SIZE;
    if (!isAfter(b, a, mode)) return;
    const record = v128.load(a);
    v128.store(a, v128.load(b));
    v128.store(b, record);
    index = child;
  }
}
