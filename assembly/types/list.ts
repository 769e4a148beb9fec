/**
 * list: values of type list: a listpack while it is within list-max-listpack-size, else a quicklist.
 *
 * Conversion, as Redis 8.0 has it: what is about to be added is reckoned first, so a listpack becomes a quicklist before
 * it would grow too large (listGrow); a quicklist that removals have left with one packed node of no more than half the
 * limit becomes a listpack again (listShrink). The half keeps a list at the limit from going to and fro.
 *
 * A command works on a ListRef: the value's address and encoding, which change as it converts; loaded from an entry
 * (listOpen) or made (listCreate), and written back (listClose). There are LIST_COUNT of them at a fixed place.
 *
 * Elements are walked with a cursor: a QuicklistCursor, whose node stays 0 while it stands in a listpack.
 */
import { VERIFY } from "../config.ts";
import { alloc, free, usableSize } from "../memory/allocator.ts";
import { equalBytes } from "../memory/bytes.ts";
import { LIST_REFERENCES } from "../memory/map.ts";
import { parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import { SETTING_LIST_COMPRESS_DEPTH, SETTING_LIST_MAX_LISTPACK_SIZE, settingInteger } from "../settings.ts";
import {
  LISTPACK_END,
  listpackAppend,
  listpackBytes,
  listpackCount,
  listpackDelete,
  listpackDeleteRange,
  listpackDup,
  listpackElementSize,
  listpackEquals,
  listpackFind,
  listpackFirst,
  listpackGet,
  listpackInsertAfter,
  listpackInsertBefore,
  listpackLast,
  listpackNew,
  listpackPosition,
  listpackPrepend,
  listpackPrevious,
  listpackReplace,
  listpackSeek,
  listpackValidate,
} from "../structures/listpack.ts";
import {
  CURSOR_AT,
  CURSOR_END,
  CURSOR_NO_MEMORY,
  NODE_PLAIN,
  PEEK_EMPTY,
  PEEK_INTEGER,
  PEEK_STRING,
  Quicklist,
  quicklistAppendListpack,
  quicklistCount,
  QuicklistCursor,
  quicklistCursorAt,
  quicklistCursorClose,
  quicklistCursorNext,
  quicklistCursorNextNode,
  quicklistCursorPrevious,
  QUICKLIST_CURSOR_SIZE,
  quicklistDeleteAt,
  quicklistDeleteRange,
  quicklistDup,
  quicklistExceedsLimit,
  quicklistFitsListpack,
  quicklistFree,
  quicklistFreeSlice,
  quicklistGet,
  quicklistInsert,
  quicklistMemory,
  quicklistNew,
  QuicklistNode,
  quicklistNodeRaw,
  quicklistPeek,
  quicklistPop,
  quicklistPushHead,
  quicklistPushTail,
  quicklistReplace,
  quicklistToListpack,
  quicklistValidate,
} from "../structures/quicklist.ts";
import { entryEncoding, entrySetEncoding, entrySetValue, entryValue } from "./entry.ts";
import { ENC_LISTPACK, ENC_QUICKLIST } from "./ids.ts";

export { CURSOR_AT, CURSOR_END, CURSOR_NO_MEMORY } from "../structures/quicklist";
export { PEEK_EMPTY, PEEK_INTEGER, PEEK_NO_MEMORY, PEEK_STRING } from "../structures/quicklist";

@unmanaged
export class ListRef {
  value: usize;
  encoding: u32;
}

// @ts-ignore: decorator
@inline
const LIST_COUNT: u32 = 4;
// @ts-ignore: decorator
@inline
const CURSORS: usize = LIST_REFERENCES + (LIST_COUNT << 4);
// @ts-ignore: decorator
@inline
const CURSOR_SLOT: usize = 32;
if (QUICKLIST_CURSOR_SIZE > CURSOR_SLOT) ERROR("A cursor does not fit its slot in LIST_REFERENCES");

/** Reference number `i`, below LIST_COUNT. */
// @ts-ignore: decorator
@inline
export function listRef(i: u32): ListRef {
  return changetype<ListRef>(LIST_REFERENCES + ((<usize>i) << 4));
}

/** Loads a reference from an entry of type list. */
// @ts-ignore: decorator
@inline
export function listOpen(ref: ListRef, entry: usize): void {
  ref.value = entryValue(entry);
  ref.encoding = entryEncoding(entry);
}

/** Writes a reference back to its entry. */
// @ts-ignore: decorator
@inline
export function listClose(ref: ListRef, entry: usize): void {
  if (VERIFY) assert(listValidate(ref.value, ref.encoding));
  entrySetValue(entry, ref.value);
  entrySetEncoding(entry, ref.encoding);
}

/** An empty list. @returns false = out of memory */
export function listCreate(ref: ListRef): bool {
  ref.encoding = ENC_LISTPACK;
  ref.value = listpackNew();
  return ref.value != 0;
}

/** An empty quicklist, for many elements; listSettle when they are in. @returns false = out of memory */
export function listCreateLarge(ref: ListRef): bool {
  ref.encoding = ENC_QUICKLIST;
  ref.value = quicklistNew(listFill(), <u32>settingInteger(SETTING_LIST_COMPRESS_DEPTH));
  return ref.value != 0;
}

/** Number of elements. O(1) */
// @ts-ignore: decorator
@inline
export function listCount(value: usize, encoding: u32): u32 {
  return encoding == ENC_QUICKLIST ? quicklistCount(value) : listpackCount(value);
}

// --- conversion ---

/** list-max-listpack-size as the structures understand it. */
// @ts-ignore: decorator
@inline
function listFill(): i32 {
  return <i32>max<i64>(settingInteger(SETTING_LIST_MAX_LISTPACK_SIZE), -5);
}

/**
 * Makes it a quicklist before `count` elements of `bytes` together are added that a listpack may not hold.
 * @returns false = out of memory, nothing changed
 */
export function listGrow(ref: ListRef, bytes: u64, count: u32): bool {
  if (ref.encoding == ENC_QUICKLIST) return true;
  const size = <u32>min<u64>(bytes + listpackBytes(ref.value), u32.MAX_VALUE);
  return !quicklistExceedsLimit(listFill(), size, listpackCount(ref.value) + count) || toQuicklist(ref);
}

function toQuicklist(ref: ListRef): bool {
  const lp = ref.value;
  if (!listCreateLarge(ref)) {
    ref.value = lp;
    ref.encoding = ENC_LISTPACK;
    return false;
  }
  if (!listpackCount(lp)) {
    free(lp);
  } else if (!quicklistAppendListpack(ref.value, lp)) {
    quicklistFree(ref.value);
    ref.value = lp;
    ref.encoding = ENC_LISTPACK;
    return false;
  }
  return true;
}

/** After elements were taken out: a quicklist that is small enough becomes a listpack. Never fails. */
// @ts-ignore: decorator
@inline
export function listShrink(ref: ListRef): void {
  if (ref.encoding == ENC_QUICKLIST && changetype<Quicklist>(ref.value).nodes == 1) toListpack(ref, true);
}

/** A list just built or loaded gets the encoding that its size asks for. Without memory it stays as it is. */
export function listSettle(ref: ListRef): void {
  if (ref.encoding == ENC_QUICKLIST) toListpack(ref, false);
  else listGrow(ref, 0, 0);
}

function toListpack(ref: ListRef, half: bool): void {
  if (!quicklistFitsListpack(ref.value, listFill(), half)) return;
  const lp = quicklistToListpack(ref.value);
  if (!lp) return;
  ref.value = lp;
  ref.encoding = ENC_LISTPACK;
}

// --- the ends ---

/** Adds an element, for which listGrow has made sure. @returns false = out of memory, nothing changed. O(len); listpack head: O(n) */
export function listPush(ref: ListRef, ptr: usize, len: u32, tail: bool): bool {
  if (ref.encoding == ENC_QUICKLIST) {
    return tail ? quicklistPushTail(ref.value, ptr, len) : quicklistPushHead(ref.value, ptr, len);
  }
  const lp = tail ? listpackAppend(ref.value, ptr, len) : listpackPrepend(ref.value, ptr, len);
  if (!lp) return false;
  ref.value = lp;
  return true;
}

/**
 * Reads the first or last element.
 * @returns PEEK_*: a string is in root.outPtr / outLen and stands until the list changes, an integer in root.outI64
 */
export function listPeek(value: usize, encoding: u32, tail: bool): i32 {
  if (encoding == ENC_QUICKLIST) return quicklistPeek(value, tail);
  const p = tail ? listpackLast(value) : listpackFirst(value);
  if (!p) return PEEK_EMPTY;
  return listpackGet(p) ? PEEK_STRING : PEEK_INTEGER;
}

/** Takes the element that listPeek has just found out. @returns false = out of memory; never after listPeek */
export function listPop(ref: ListRef, tail: bool): bool {
  if (ref.encoding == ENC_QUICKLIST) return quicklistPop(ref.value, tail);
  const p = tail ? listpackLast(ref.value) : listpackFirst(ref.value);
  if (!p) return false;
  ref.value = listpackDelete(ref.value, p);
  return true;
}

/**
 * Whether memory would be found for taking an element of `len` bytes out of one end and putting it back on the other:
 * asked before, as there is no way back in between. The answer is a large block that can be had.
 */
export function listCanRotate(len: u32): bool {
  const probe = alloc((ROTATE_BYTES << 1) + len * 2);
  if (!probe) return false;
  free(probe);
  return true;
}
/** Largest node of a quicklist (list-max-listpack-size -5). */
// @ts-ignore: decorator
@inline
const ROTATE_BYTES: u32 = 65536;

// --- cursors ---

/** Cursor number `i`, below 4. */
// @ts-ignore: decorator
@inline
export function listCursor(i: u32): usize {
  return CURSORS + i * CURSOR_SLOT;
}

/**
 * Puts a cursor on element `index` (negative: −1 is the last). One that answered CURSOR_AT must be closed, or given up by
 * a change. @returns CURSOR_*.  O(nodes / 2), listpack O(n / 2)
 */
export function listCursorAt(cursor: usize, value: usize, encoding: u32, index: i64): i32 {
  const count: i64 = listCount(value, encoding);
  if (index < 0) index += count;
  const c = changetype<QuicklistCursor>(cursor);
  c.node = 0;
  if (<u64>index >= <u64>count) return CURSOR_END;
  if (encoding == ENC_QUICKLIST) return quicklistCursorAt(cursor, value, <i32>index);
  c.list = value;
  c.element = listpackSeek(value, <i32>index);
  c.rank = <u32>index;
  return CURSOR_AT;
}

/** Moves to the next element. @returns CURSOR_*; the cursor is closed unless it is CURSOR_AT. O(1) */
export function listCursorNext(cursor: usize): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  if (c.node) return quicklistCursorNext(cursor);
  c.rank++;
  c.element += listpackElementSize(c.element);
  return load<u8>(c.element) == LISTPACK_END ? CURSOR_END : CURSOR_AT;
}

/** Moves to the previous element. @returns CURSOR_*; the cursor is closed unless it is CURSOR_AT. O(1) */
export function listCursorPrevious(cursor: usize): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  if (c.node) return quicklistCursorPrevious(cursor);
  c.rank--;
  c.element = listpackPrevious(c.list, c.element);
  return c.element ? CURSOR_AT : CURSOR_END;
}

/** Moves towards the tail or head. As listCursorNext. */
// @ts-ignore: decorator
@inline
export function listCursorStep(cursor: usize, forward: bool): i32 {
  return forward ? listCursorNext(cursor) : listCursorPrevious(cursor);
}

/** Done with it. May be called twice. */
// @ts-ignore: decorator
@inline
export function listCursorClose(cursor: usize): void {
  quicklistCursorClose(cursor);
}

/** Position of the element under the cursor. */
// @ts-ignore: decorator
@inline
export function listCursorRank(cursor: usize): u32 {
  return changetype<QuicklistCursor>(cursor).rank;
}

/** Reads the element under the cursor. @returns true = string, in root.outPtr / outLen; false = integer, in root.outI64 */
export function listCursorGet(cursor: usize): bool {
  const c = changetype<QuicklistCursor>(cursor);
  return c.node ? quicklistGet(cursor) : listpackGet(c.element);
}

/** Whether the element under the cursor is these bytes; `isInteger` and `integer` are what parseI64 says of them. */
function listCursorIs(cursor: usize, isInteger: bool, integer: i64, ptr: usize, len: u32): bool {
  const c = changetype<QuicklistCursor>(cursor);
  if (c.node) {
    const node = changetype<QuicklistNode>(c.node);
    if (node.flags & NODE_PLAIN) return node.size == len && equalBytes(node.block, ptr, len);
  }
  return listpackEquals(c.element, isInteger, integer, ptr, len);
}

/**
 * Moves to the nearest element that is these bytes, the one under the cursor first, towards the tail or the head. The
 * cursor stands on an element (CURSOR_AT) or is closed.
 * @param most  elements that are looked at     @returns CURSOR_*.  O(n)
 */
export function listCursorFind(cursor: usize, ptr: usize, len: u32, forward: bool, most: u64): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  const isInteger = parseI64(ptr, len);
  const integer = root.outI64;
  while (most) {
    const left = neighbours(c, forward);
    let status: i32;
    if (forward && left && left < most) {
      if (findForward(c, ptr, len)) return CURSOR_AT;
      most -= left + 1;
      status = c.node ? quicklistCursorNextNode(cursor) : CURSOR_END;
    } else {
      if (!forward) most -= passBackward(c, isInteger, integer, ptr, len, <u32>min<u64>(left, most - 1));
      if (listCursorIs(cursor, isInteger, integer, ptr, len)) return CURSOR_AT;
      most--;
      status = listCursorStep(cursor, forward);
    }
    if (status != CURSOR_AT) return status;
  }
  listCursorClose(cursor);
  return CURSOR_END;
}

/** Elements behind the cursor's in the same listpack, or in front of it; a plain element is alone. */
function neighbours(c: QuicklistCursor, forward: bool): u32 {
  if (!c.node) return forward ? listpackCount(c.list) - c.rank - 1 : c.rank;
  const node = changetype<QuicklistNode>(c.node);
  return forward ? node.count - c.index - 1 : c.index;
}

/** Moves within the listpack to the next element that is these bytes, the cursor's first. @returns whether there is one */
function findForward(c: QuicklistCursor, ptr: usize, len: u32): bool {
  const lp = c.node ? quicklistNodeRaw(c.node) : c.list;
  const found = listpackFind(lp, c.element, ptr, len, 0);
  if (!found) return false;
  let passed: i32 = 0;
  for (let p = c.element; p != found; p += listpackElementSize(p)) passed++;
  moveWithin(c, found, passed);
  return true;
}

/** Moves back within the listpack over up to `most` elements, all of which have one in front, to one that is these bytes. @returns how many */
function passBackward(
  c: QuicklistCursor,
  isInteger: bool,
  integer: i64,
  ptr: usize,
  len: u32,
  most: u32,
): u32 {
  let passed: u32 = 0;
  let p = c.element;
  while (passed < most && !listpackEquals(p, isInteger, integer, ptr, len)) {
    p = listpackPrevious(0, p);
    passed++;
  }
  moveWithin(c, p, -(<i32>passed));
  return passed;
}

// @ts-ignore: decorator
@inline
function moveWithin(c: QuicklistCursor, p: usize, by: i32): void {
  c.element = p;
  c.index += by;
  c.rank += by;
}

/** Whether the elements are where they are until the list changes: not so where nodes are compressed. */
export function listIsSteady(value: usize, encoding: u32): bool {
  return encoding != ENC_QUICKLIST || changetype<Quicklist>(value).compress == 0;
}

// --- runs: for replies, elements that lie one behind the other are dealt with at once ---

// @ts-ignore: decorator
@inline
export const RUN_END: i32 = CURSOR_END;
/** Listpack elements: root.outPtr is the first, root.outLen says how many. */
// @ts-ignore: decorator
@inline
export const RUN_PACKED: i32 = CURSOR_AT;
// @ts-ignore: decorator
@inline
export const RUN_NO_MEMORY: i32 = CURSOR_NO_MEMORY;
/** One element: its bytes are root.outPtr and root.outLen. */
// @ts-ignore: decorator
@inline
export const RUN_PLAIN: i32 = 3;

/** The run from element `index` on; the cursor must be closed. @returns RUN_* */
export function listRunAt(cursor: usize, value: usize, encoding: u32, index: u32): i32 {
  return runOf(cursor, listCursorAt(cursor, value, encoding, index));
}

/** The run behind that. @returns RUN_*; the cursor is closed at RUN_END and RUN_NO_MEMORY */
export function listRunNext(cursor: usize): i32 {
  return runOf(
    cursor,
    changetype<QuicklistCursor>(cursor).node ? quicklistCursorNextNode(cursor) : CURSOR_END,
  );
}

function runOf(cursor: usize, status: i32): i32 {
  if (status != CURSOR_AT) return status;
  const c = changetype<QuicklistCursor>(cursor);
  root.outPtr = c.element;
  if (!c.node) {
    root.outLen = listpackCount(c.list) - c.rank;
    return RUN_PACKED;
  }
  const node = changetype<QuicklistNode>(c.node);
  if (node.flags & NODE_PLAIN) {
    root.outLen = node.size;
    return RUN_PLAIN;
  }
  root.outLen = node.count - c.index;
  return RUN_PACKED;
}

// --- changes in the middle ---

/** Puts other bytes in the place of element `index`, for which listGrow has made sure. @returns 1 = done, 0 = no such element, −1 = out of memory */
export function listReplace(ref: ListRef, index: i64, ptr: usize, len: u32): i32 {
  const cursor = listCursor(0);
  const status = listCursorAt(cursor, ref.value, ref.encoding, index);
  if (status != CURSOR_AT) return status == CURSOR_END ? 0 : -1;
  if (ref.encoding == ENC_QUICKLIST) return quicklistReplace(cursor, ptr, len) ? 1 : -1;
  const lp = listpackReplace(ref.value, changetype<QuicklistCursor>(cursor).element, ptr, len);
  if (!lp) return -1;
  ref.value = lp;
  return 1;
}

/**
 * Adds an element beside the first that is equal to `pivot`; listGrow has made sure of it.
 * @returns 1 = done, 0 = no such element, −1 = out of memory, nothing changed.  O(n)
 */
export function listInsert(
  ref: ListRef,
  pivot: usize,
  pivotLen: u32,
  ptr: usize,
  len: u32,
  after: bool,
): i32 {
  const cursor = listCursor(0);
  let status = listCursorAt(cursor, ref.value, ref.encoding, 0);
  if (status == CURSOR_AT) status = listCursorFind(cursor, pivot, pivotLen, true, u64.MAX_VALUE);
  if (status != CURSOR_AT) return status == CURSOR_END ? 0 : -1;
  if (ref.encoding == ENC_QUICKLIST) return quicklistInsert(cursor, ptr, len, after) ? 1 : -1;
  const at = changetype<QuicklistCursor>(cursor).element;
  const lp = after
    ? listpackInsertAfter(ref.value, at, ptr, len)
    : listpackInsertBefore(ref.value, at, ptr, len);
  if (!lp) return -1;
  ref.value = lp;
  return 1;
}

/**
 * Takes out up to `most` elements (0 = all) that are these bytes, from the head on or from the tail back.
 * @returns how many; listRemoveFailed says whether memory ran out before the end was reached.  O(n)
 */
export function listRemove(ref: ListRef, ptr: usize, len: u32, most: u64, forward: bool): u32 {
  const cursor = listCursor(0);
  const isInteger = parseI64(ptr, len);
  const integer = root.outI64;
  let removed: u32 = 0;
  let status = listCursorAt(cursor, ref.value, ref.encoding, forward ? 0 : -1);
  while (status == CURSOR_AT) {
    if (!listCursorIs(cursor, isInteger, integer, ptr, len)) {
      status = listCursorStep(cursor, forward);
      continue;
    }
    status =
      ref.encoding == ENC_QUICKLIST ? quicklistDeleteAt(cursor, forward) : deletePacked(ref, cursor, forward);
    if (++removed == most) break;
  }
  listCursorClose(cursor);
  root.scratch0 = <u32>(status == CURSOR_NO_MEMORY && removed != most);
  return removed;
}

// @ts-ignore: decorator
@inline
export function listRemoveFailed(): bool {
  return root.scratch0 != 0;
}

/** As quicklistDeleteAt. */
function deletePacked(ref: ListRef, cursor: usize, forward: bool): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  ref.value = listpackDelete(ref.value, c.element);
  c.list = ref.value;
  c.element = listpackPosition();
  if (!forward) return listCursorPrevious(cursor);
  return load<u8>(c.element) == LISTPACK_END ? CURSOR_END : CURSOR_AT;
}

/** Takes `count` elements out from `index` on, all of which exist. @returns false = out of memory, nothing changed. O(n) */
export function listDeleteRange(ref: ListRef, index: u32, count: u32): bool {
  if (ref.encoding == ENC_QUICKLIST) return quicklistDeleteRange(ref.value, index, count);
  ref.value = listpackDeleteRange(ref.value, <i32>index, count);
  return true;
}

// --- the whole value (types/value.ts) ---

/** About how many blocks the list has. */
export function listFreeEffort(value: usize, encoding: u32): u32 {
  return encoding == ENC_QUICKLIST ? changetype<Quicklist>(value).nodes << 1 : 1;
}

/** Frees a list. O(nodes) */
export function listFree(value: usize, encoding: u32): void {
  if (encoding == ENC_QUICKLIST) quicklistFree(value);
  else free(value);
}

/** Frees about `budget` blocks. @returns whether the list is gone */
export function listFreeSlice(value: usize, encoding: u32, budget: u32): bool {
  if (encoding == ENC_QUICKLIST) return quicklistFreeSlice(value, (budget >> 1) + 1);
  free(value);
  return true;
}

/** A copy. @returns 0 = out of memory. O(n) */
export function listCopy(value: usize, encoding: u32): usize {
  return encoding == ENC_QUICKLIST ? quicklistDup(value) : listpackDup(value);
}

/** Bytes of the list's blocks, from at most `samples` nodes (0 = all). O(samples) */
export function listMemory(value: usize, encoding: u32, samples: u32): usize {
  return encoding == ENC_QUICKLIST ? quicklistMemory(value, samples) : usableSize(value);
}

/** Walks everything; traps with the reason where something does not add up. O(bytes) */
export function listValidate(value: usize, encoding: u32): bool {
  if (encoding == ENC_QUICKLIST) return quicklistValidate(value);
  assert(listpackValidate(value, listpackBytes(value), true), "the list's listpack is damaged");
  return true;
}
