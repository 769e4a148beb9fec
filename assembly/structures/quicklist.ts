/**
 * quicklist: a long list as a doubly linked list of listpacks. What pushes, pops and ranges touch is the
 * ends, and an element in the middle is reached by skipping whole nodes.
 *
 * Which elements share a node, and when nodes split and merge, is decided as in Redis (src/quicklist.c), so
 * a list built by the same commands is saved as the same bytes: `fill` bounds a node (list-max-listpack-size:
 * positive = elements, −1 … −5 = 4, 8, 16, 32, 64 KiB), an element above that bound is a PLAIN node of its
 * own, and nodes more than `compress` away from both ends are LZF compressed (list-compress-depth, 0 = none).
 *
 * What differs is how a listpack lies in its block: with a gap in front. A push at the head writes into the
 * gap and a pop at the head widens it, so both ends cost the same and nothing is moved; a change in the
 * middle moves the shorter side. Growth is by a quarter, up to what `fill` allows.
 *
 * Quicklist (20 bytes)                       Node (36 bytes)
 *   offset  size  field                        offset  size  field
 *        0     4  head     node, 0 = empty          0     4  previous, 0 = this is the head
 *        4     4  tail                              4     4  next
 *        8     4  count    elements                 8     4  block       raw bytes; 0 = only compressed
 *       12     4  nodes                            12     4  compressed  u32 length, LZF bytes; 0 = only raw
 *       16     2  fill     signed                  16     4  size        bytes of the listpack or plain element
 *       18     2  compress                         20     4  capacity    bytes of the block
 *                                                  24     4  gap         bytes in front of the listpack
 *                                                  28     4  count       elements, never 0
 *                                                  32     4  flags       PLAIN, INCOMPRESSIBLE
 *
 * A compressed node that is read is opened: it has both forms until it is left, and drops the raw one if
 * nothing changed. That is only while a cursor stands in it, or between quicklistPeek and the next call.
 *
 * Always true (quicklistValidate checks it)
 *   1. count and nodes are the sums over the nodes.  2. gap + size <= capacity = usable size of the block.
 *   3. A node is raw or compressed; its listpack says size and count.  4. A PLAIN node has one element, gap 0.
 *
 * Compressing is optional: where there is no memory for it, a node stays as it is. So is merging.
 *
 * Matt Stancliff's quicklist (Redis 3.2, BSD; also in Valkey's src/quicklist.c).
 */
import { DEBUG } from "../config.ts";
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes, equalBytes, putText } from "../memory/bytes.ts";
import { lzfCompress, lzfDecompress } from "../rdb/lzf.ts";
import { formatI64, INTEGER_LENGTH_MAX, parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import { setting, SETTING_QUICKLIST_PACKED_THRESHOLD } from "../settings.ts";
import {
  LISTPACK_COUNT_UNKNOWN,
  LISTPACK_EMPTY,
  LISTPACK_END,
  LISTPACK_HEADER,
  listpackBytes,
  listpackCount,
  listpackElementSize,
  listpackEquals,
  listpackGet,
  listpackIntegerSize,
  listpackPrevious,
  listpackPutInteger,
  listpackPutString,
  listpackStringSize,
  listpackValidate,
} from "./listpack.ts";

@unmanaged
export class Quicklist {
  head: usize;
  tail: usize;
  count: u32;
  nodes: u32;
  fill: i16;
  compress: u16;
}
if (offsetof<Quicklist>() != 20) ERROR("Quicklist is not 20 bytes: mend its table");

@unmanaged
export class QuicklistNode {
  previous: usize;
  next: usize;
  block: usize;
  compressed: usize;
  size: u32;
  capacity: u32;
  gap: u32;
  count: u32;
  flags: u32;
}
if (offsetof<QuicklistNode>() != 36) ERROR("QuicklistNode is not 36 bytes: mend its table");

/** A place in a list, in memory that the caller provides. Void after any change but quicklistDeleteAt. */
@unmanaged
export class QuicklistCursor {
  list: usize;
  node: usize;
  /** Address of the element: in the node's listpack, or the bytes of a plain node. */
  element: usize;
  /** Position of the element in the node. */
  index: u32;
  /** Position of the element in the list. */
  rank: u32;
}
/** Bytes that a cursor takes. */
// @ts-ignore: decorator
@inline
export const QUICKLIST_CURSOR_SIZE: usize = offsetof<QuicklistCursor>();

// --- node flags ---

/** The block is one element, without a listpack around it. */
// @ts-ignore: decorator
@inline
export const NODE_PLAIN: u32 = 1;
/** Compressing it was tried in vain since it last changed. */
// @ts-ignore: decorator
@inline
const NODE_INCOMPRESSIBLE: u32 = 2;

// --- what cursors answer ---

// @ts-ignore: decorator
@inline
export const CURSOR_END: i32 = 0;
// @ts-ignore: decorator
@inline
export const CURSOR_AT: i32 = 1;
/** A compressed node could not be opened. */
// @ts-ignore: decorator
@inline
export const CURSOR_NO_MEMORY: i32 = 2;

// --- what quicklistPeek answers ---

// @ts-ignore: decorator
@inline
export const PEEK_EMPTY: i32 = 0;
/** In listpackPtr and listpackLen. */
// @ts-ignore: decorator
@inline
export const PEEK_STRING: i32 = 1;
/** In listpackInteger. */
// @ts-ignore: decorator
@inline
export const PEEK_INTEGER: i32 = 2;
// @ts-ignore: decorator
@inline
export const PEEK_NO_MEMORY: i32 = 3;

// --- bounds, as in Redis ---

/** Bytes that a node may have where `fill` counts elements. */
// @ts-ignore: decorator
@inline
const SAFE_BYTES: u32 = 8192;
/** What an element is taken to need besides its bytes. */
// @ts-ignore: decorator
@inline
const ELEMENT_OVERHEAD: u32 = 8;
/** Smaller nodes are not compressed, nor those that save less. */
// @ts-ignore: decorator
@inline
const COMPRESS_BYTES_MIN: u32 = 48;
// @ts-ignore: decorator
@inline
const COMPRESS_SAVING_MIN: u32 = 8;

/** Bytes that a node may have. */
// @ts-ignore: decorator
@inline
function bytesLimit(fill: i32): u32 {
  return fill >= 0 ? SAFE_BYTES : (<u32>2048) << -fill;
}

/** Whether a listpack of that size and count is more than one node may be. For lists of one listpack, too. */
// @ts-ignore: decorator
@inline
export function quicklistExceedsLimit(fill: i32, size: u32, count: u32): bool {
  return size > bytesLimit(fill) || (fill >= 0 && count > <u32>max(fill, 1));
}

/** Whether a string of `len` gets a node of its own. */
// @ts-ignore: decorator
@inline
export function quicklistIsLarge(fill: i32, len: u32): bool {
  const threshold = <u32>setting(SETTING_QUICKLIST_PACKED_THRESHOLD);
  return threshold ? len >= threshold : len > bytesLimit(fill);
}

// @ts-ignore: decorator
@inline
function accepts(node: QuicklistNode, fill: i32, len: u32): bool {
  if (!changetype<usize>(node) || (node.flags & NODE_PLAIN) != 0 || quicklistIsLarge(fill, len)) return false;
  return !quicklistExceedsLimit(fill, node.size + len + ELEMENT_OVERHEAD, node.count + 1);
}

// --- the list ---

/**
 * An empty list.
 * @param fill      elements (1 … 32767) or −1 … −5, as list-max-listpack-size; others are brought into range
 * @param compress  nodes at each end that stay raw; 0 = nothing is compressed    @returns 0 = out of memory
 */
export function quicklistNew(fill: i32, compress: u32): usize {
  const list = alloc(offsetof<Quicklist>());
  if (!list) return 0;
  const q = changetype<Quicklist>(list);
  q.head = 0;
  q.tail = 0;
  q.count = 0;
  q.nodes = 0;
  quicklistSetOptions(list, fill, compress);
  return list;
}

/** Bounds that hold from the next change on. */
export function quicklistSetOptions(list: usize, fill: i32, compress: u32): void {
  const q = changetype<Quicklist>(list);
  q.fill = <i16>min(max(fill, -5), 32767);
  q.compress = <u16>min(compress, 65535);
}

// @ts-ignore: decorator
@inline
export function quicklistCount(list: usize): u32 {
  return changetype<Quicklist>(list).count;
}

/** Frees the list with all its nodes. O(nodes) */
export function quicklistFree(list: usize): void {
  quicklistFreeSlice(list, u32.MAX_VALUE);
}

/** Frees up to `budget` nodes, from the head. @returns true = all, the list too; false = call again */
export function quicklistFreeSlice(list: usize, budget: u32): bool {
  const q = changetype<Quicklist>(list);
  let node = q.head;
  for (; node && budget; budget--) {
    const next = changetype<QuicklistNode>(node).next;
    nodeFree(changetype<QuicklistNode>(node));
    node = next;
  }
  q.head = node;
  if (node) return false;
  free(list);
  return true;
}

/** A copy, compressed where the original is. @returns 0 = out of memory. O(bytes) */
export function quicklistDup(list: usize): usize {
  const q = changetype<Quicklist>(list);
  const copy = quicklistNew(q.fill, q.compress);
  if (!copy) return 0;
  for (let at = q.head; at; at = changetype<QuicklistNode>(at).next) {
    const node = nodeDup(changetype<QuicklistNode>(at));
    if (!changetype<usize>(node)) {
      quicklistFree(copy);
      return 0;
    }
    const c = changetype<Quicklist>(copy);
    link(c, changetype<QuicklistNode>(c.tail), node, true);
    c.count += node.count;
  }
  return copy;
}

/** Bytes of all blocks, from at most `samples` nodes (0 = all). O(samples) */
export function quicklistMemory(list: usize, samples: u32): usize {
  const q = changetype<Quicklist>(list);
  let bytes: usize = 0;
  let seen: u32 = 0;
  for (let at = q.head; at && (!samples || seen < samples); seen++) {
    const node = changetype<QuicklistNode>(at);
    bytes += usableSize(at);
    if (node.block) bytes += node.capacity;
    if (node.compressed) bytes += usableSize(node.compressed);
    at = node.next;
  }
  if (seen < q.nodes) bytes = <usize>((<u64>bytes * q.nodes) / seen);
  return usableSize(list) + bytes;
}

// --- one listpack and back ---

/**
 * Makes a listpack the last node. It is the list's from then on, and must have elements.
 * @returns false = out of memory, the listpack is the caller's as before
 */
export function quicklistAppendListpack(list: usize, lp: usize): bool {
  return adopt(list, lp, listpackBytes(lp), listpackCount(lp), 0);
}

/** As quicklistAppendListpack, for the block of one large element of `len` bytes. */
export function quicklistAppendPlain(list: usize, block: usize, len: u32): bool {
  return adopt(list, block, len, 1, NODE_PLAIN);
}

function adopt(list: usize, block: usize, size: u32, count: u32, flags: u32): bool {
  const q = changetype<Quicklist>(list);
  const node = nodeNew(block, flags);
  if (!changetype<usize>(node)) return false;
  node.size = size;
  node.count = count;
  insertNode(q, changetype<QuicklistNode>(q.tail), node, true);
  q.count += count;
  return true;
}

/** Whether a list is one packed node within what `fill` allows, or within half of that. */
export function quicklistFitsListpack(list: usize, fill: i32, half: bool): bool {
  const q = changetype<Quicklist>(list);
  const node = changetype<QuicklistNode>(q.head);
  if (q.nodes != 1 || (node.flags & NODE_PLAIN) != 0) return false;
  return fill < 0
    ? node.size <= bytesLimit(fill) >> (<u32>half)
    : q.count <= (<u32>max(fill, 1)) >> (<u32>half);
}

/**
 * The listpack of a list of one packed node; the list is gone then.
 * @returns 0 = the list is not like that or there is no memory, and it is as before
 */
export function quicklistToListpack(list: usize): usize {
  const q = changetype<Quicklist>(list);
  const node = changetype<QuicklistNode>(q.head);
  if (q.nodes != 1 || (node.flags & NODE_PLAIN) != 0 || !open(node)) return 0;
  if (node.gap) memory.copy(node.block, start(node), node.size);
  const block = node.block;
  const lp = node.size + 16 > node.capacity - (node.capacity >> 2) ? block : realloc(block, node.size);
  if (node.compressed) free(node.compressed);
  free(changetype<usize>(node));
  free(list);
  return lp ? lp : block;
}

// --- the ends ---

/** Adds an element at the head. @returns false = out of memory. O(len), amortized */
export function quicklistPushHead(list: usize, ptr: usize, len: u32): bool {
  const q = changetype<Quicklist>(list);
  const head = changetype<QuicklistNode>(q.head);
  if (!accepts(head, q.fill, len)) return pushNode(q, head, ptr, len, false);
  if (!open(head) || !addHead(head, bytesLimit(q.fill), ptr, len)) return false;
  q.count++;
  return true;
}

/** Adds an element at the tail. @returns false = out of memory. O(len), amortized */
export function quicklistPushTail(list: usize, ptr: usize, len: u32): bool {
  const q = changetype<Quicklist>(list);
  const tail = changetype<QuicklistNode>(q.tail);
  if (!accepts(tail, q.fill, len)) return pushNode(q, tail, ptr, len, true);
  if (!open(tail) || !addTail(tail, bytesLimit(q.fill), ptr, len)) return false;
  q.count++;
  return true;
}

/** A new node with one element, beside `beside` (0 in an empty list). */
function pushNode(q: Quicklist, beside: QuicklistNode, ptr: usize, len: u32, after: bool): bool {
  const node = nodeOfElement(q.fill, ptr, len);
  if (!changetype<usize>(node)) return false;
  // The neighbour will hardly grow again: its room for that goes back.
  if (changetype<usize>(beside) && beside.block) fit(beside, beside.capacity - (beside.capacity >> 3));
  insertNode(q, beside, node, after);
  q.count++;
  return true;
}

/** Reads the first or last element. @returns PEEK_*; the bytes stand until the list changes */
export function quicklistPeek(list: usize, tail: bool): i32 {
  const q = changetype<Quicklist>(list);
  const node = changetype<QuicklistNode>(tail ? q.tail : q.head);
  if (!changetype<usize>(node)) return PEEK_EMPTY;
  if (!open(node)) return PEEK_NO_MEMORY;
  const p = tail ? lastOf(node) : firstOf(node);
  return readElement(node, p) ? PEEK_STRING : PEEK_INTEGER;
}

/** Takes the first or last element out. @returns false = out of memory; not after quicklistPeek. O(1) */
export function quicklistPop(list: usize, tail: bool): bool {
  const q = changetype<Quicklist>(list);
  const node = changetype<QuicklistNode>(tail ? q.tail : q.head);
  if (!changetype<usize>(node) || !open(node)) return false;
  if (node.count == 1) {
    deleteNode(q, node);
    return true;
  }
  const lp = start(node);
  let size: u32;
  if (tail) {
    const p = lastOf(node);
    size = <u32>(lp + node.size - 1 - p);
    store<u8>(p, LISTPACK_END);
  } else {
    size = listpackElementSize(lp + LISTPACK_HEADER);
    node.gap += size;
  }
  node.size -= size;
  node.count--;
  q.count--;
  changed(node);
  fit(node, node.capacity >> 1);
  return true;
}

/** Moves the last element to the head. @returns false = out of memory, nothing changed. O(len) */
export function quicklistRotate(list: usize): bool {
  const q = changetype<Quicklist>(list);
  if (q.count < 2) return true;
  const tail = changetype<QuicklistNode>(q.tail);
  if (!open(tail)) return false;
  const isString = readElement(tail, lastOf(tail));
  if (isString && q.head != q.tail) {
    return quicklistPushHead(list, root.outPtr, root.outLen) && quicklistPop(list, true);
  }
  // In one node the push may move the very block that holds the bytes.
  const copy = alloc(isString ? max(root.outLen, 1) : INTEGER_LENGTH_MAX);
  if (!copy) return false;
  if (isString) copyBytes(copy, root.outPtr, root.outLen);
  else root.outLen = formatI64(root.outI64, copy);
  const pushed = quicklistPushHead(list, copy, root.outLen);
  free(copy);
  return pushed && quicklistPop(list, true);
}

// --- cursors ---

/**
 * Puts a cursor on element `index` (negative: −1 is the last). A cursor that answered CURSOR_AT must be
 * closed, or given up by a change.
 * @returns CURSOR_*.  O(nodes / 2)
 */
export function quicklistCursorAt(cursor: usize, list: usize, index: i32): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  const q = changetype<Quicklist>(list);
  c.list = list;
  c.node = 0;
  if (index < 0) index += <i32>q.count;
  if (<u32>index >= q.count) return CURSOR_END;
  const node = locate(q, index);
  if (!open(node)) return CURSOR_NO_MEMORY;
  c.node = changetype<usize>(node);
  c.index = root.scratch0;
  c.element = seek(node, c.index);
  c.rank = index;
  return CURSOR_AT;
}

/** Moves to the next element. @returns CURSOR_*; the cursor is closed unless it is CURSOR_AT. O(1) */
export function quicklistCursorNext(cursor: usize): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  const node = changetype<QuicklistNode>(c.node);
  c.rank++;
  if (c.index + 1 == node.count) return enter(c, node.next, true);
  c.index++;
  c.element += listpackElementSize(c.element);
  return CURSOR_AT;
}

/** Moves to the previous element. @returns CURSOR_*; the cursor is closed unless it is CURSOR_AT. O(1) */
export function quicklistCursorPrevious(cursor: usize): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  const node = changetype<QuicklistNode>(c.node);
  c.rank--;
  if (!c.index) return enter(c, node.previous, false);
  c.index--;
  c.element = listpackPrevious(start(node), c.element);
  return CURSOR_AT;
}

/** Moves to the first element of the next node: for who deals with nodes whole. As quicklistCursorNext. O(1) */
export function quicklistCursorNextNode(cursor: usize): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  const node = changetype<QuicklistNode>(c.node);
  c.rank += node.count - c.index;
  return enter(c, node.next, true);
}

/** Done with it: a compressed node that was opened is closed. May be called twice. */
export function quicklistCursorClose(cursor: usize): void {
  const c = changetype<QuicklistCursor>(cursor);
  if (c.node) leave(changetype<Quicklist>(c.list), changetype<QuicklistNode>(c.node));
  c.node = 0;
}

/** Leaves the cursor's node for another (0 = none), at its first or last element. */
function enter(c: QuicklistCursor, at: usize, atFirst: bool): i32 {
  quicklistCursorClose(changetype<usize>(c));
  if (!at) return CURSOR_END;
  const node = changetype<QuicklistNode>(at);
  if (!open(node)) return CURSOR_NO_MEMORY;
  c.node = at;
  c.index = atFirst ? 0 : node.count - 1;
  c.element = atFirst ? firstOf(node) : lastOf(node);
  return CURSOR_AT;
}

/** Reads the element under the cursor. @returns true = string, in listpackPtr/Len; false = integer, in listpackInteger */
export function quicklistGet(cursor: usize): bool {
  const c = changetype<QuicklistCursor>(cursor);
  return readElement(changetype<QuicklistNode>(c.node), c.element);
}

/** Whether the element under the cursor is these bytes. */
export function quicklistCompare(cursor: usize, ptr: usize, len: u32): bool {
  const c = changetype<QuicklistCursor>(cursor);
  const isInteger = parseI64(ptr, len);
  return elementIs(changetype<QuicklistNode>(c.node), c.element, isInteger, root.outI64, ptr, len);
}

/**
 * Moves to the nearest element that is these bytes, the one under the cursor first, towards the tail or head.
 * @returns CURSOR_*; the cursor is closed unless it is CURSOR_AT.  O(n)
 */
export function quicklistFind(cursor: usize, ptr: usize, len: u32, forward: bool): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  const isInteger = parseI64(ptr, len);
  const value = root.outI64;
  while (true) {
    const node = changetype<QuicklistNode>(c.node);
    if (elementIs(node, c.element, isInteger, value, ptr, len)) return CURSOR_AT;
    const status = forward ? quicklistCursorNext(cursor) : quicklistCursorPrevious(cursor);
    if (status != CURSOR_AT) return status;
  }
}

/**
 * Takes the element under the cursor out and moves to its neighbour towards the tail or head.
 * @returns CURSOR_* of the neighbour; the element is gone in any case.  O(bytes of a node)
 */
export function quicklistDeleteAt(cursor: usize, forward: bool): i32 {
  const c = changetype<QuicklistCursor>(cursor);
  const q = changetype<Quicklist>(c.list);
  const node = changetype<QuicklistNode>(c.node);
  if (!forward) c.rank--;
  if (node.count == 1) {
    const neighbour = forward ? node.next : node.previous;
    c.node = 0;
    deleteNode(q, node);
    return enter(c, neighbour, forward);
  }
  const offset = spliceOut(node, c.element, listpackElementSize(c.element), 1);
  q.count--;
  if (forward) {
    if (c.index == node.count) return enter(c, node.next, true);
    c.element = start(node) + offset;
  } else {
    if (!c.index) return enter(c, node.previous, false);
    c.index--;
    c.element = listpackPrevious(start(node), start(node) + offset);
  }
  return CURSOR_AT;
}

// --- changes in the middle: the cursor is void after them ---

/** Adds an element behind or in front of the cursor's. @returns false = out of memory, nothing changed. O(bytes of a node) */
export function quicklistInsert(cursor: usize, ptr: usize, len: u32, after: bool): bool {
  const c = changetype<QuicklistCursor>(cursor);
  const q = changetype<Quicklist>(c.list);
  const inserted = insertBeside(q, c, ptr, len, after);
  if (inserted) {
    q.count++;
    c.node = 0;
  } else {
    quicklistCursorClose(cursor);
  }
  return inserted;
}

/** Adds an element in the cursor's node, a neighbour, or a new node; the list's count is the caller's. */
function insertBeside(q: Quicklist, c: QuicklistCursor, ptr: usize, len: u32, after: bool): bool {
  const fill = q.fill;
  const node = changetype<QuicklistNode>(c.node);
  const index = c.index + <u32>after;
  if (accepts(node, fill, len)) {
    const p = after ? c.element + listpackElementSize(c.element) : c.element;
    node.count++;
    if (!replaceWithin(node, bytesLimit(fill), p, 0, ptr, len)) {
      node.count--;
      return false;
    }
    leave(q, node);
    return true;
  }
  if (index != (after ? node.count : 0)) return insertIntoFull(q, c, index, ptr, len, after);
  const neighbour = changetype<QuicklistNode>(after ? node.next : node.previous);
  if (accepts(neighbour, fill, len)) {
    if (!open(neighbour)) return false;
    const limit = bytesLimit(fill);
    const added = after ? addHead(neighbour, limit, ptr, len) : addTail(neighbour, limit, ptr, len);
    leave(q, neighbour);
    if (added) leave(q, node);
    return added;
  }
  const fresh = nodeOfElement(fill, ptr, len);
  if (!changetype<usize>(fresh)) return false;
  insertNode(q, node, fresh, after);
  leave(q, node);
  return true;
}

/** Splits the cursor's packed node, which has no room, in front of its element `index`; the new one goes between. */
function insertIntoFull(
  q: Quicklist,
  c: QuicklistCursor,
  index: u32,
  ptr: usize,
  len: u32,
  after: bool,
): bool {
  const node = changetype<QuicklistNode>(c.node);
  const p = after ? c.element + listpackElementSize(c.element) : c.element;
  if (quicklistIsLarge(q.fill, len)) {
    const fresh = nodeOfElement(q.fill, ptr, len);
    if (!changetype<usize>(fresh)) return false;
    const part = split(node, p, index, after, 0);
    if (!changetype<usize>(part)) {
      nodeFree(fresh);
      return false;
    }
    insertNode(q, node, fresh, after);
    insertNode(q, fresh, part, after);
    return true;
  }
  const room = parseI64(ptr, len) ? listpackIntegerSize(root.outI64) : listpackStringSize(len);
  const part = split(node, p, index, after, room);
  if (!changetype<usize>(part)) return false;
  // The room is there: this cannot fail.
  if (after) addHead(part, 0, ptr, len);
  else addTail(part, 0, ptr, len);
  insertNode(q, node, part, after);
  mergeAround(q, node);
  return true;
}

/** Puts other bytes in the place of the cursor's element. @returns false = out of memory, nothing changed */
export function quicklistReplace(cursor: usize, ptr: usize, len: u32): bool {
  const c = changetype<QuicklistCursor>(cursor);
  const q = changetype<Quicklist>(c.list);
  const node = changetype<QuicklistNode>(c.node);
  let replaced: bool;
  if (quicklistIsLarge(q.fill, len)) {
    replaced = node.flags & NODE_PLAIN ? replacePlain(q, node, ptr, len) : replaceByNode(q, c, ptr, len);
  } else if (node.flags & NODE_PLAIN) {
    replaced = insertBeside(q, c, ptr, len, true);
    if (replaced) {
      q.count++;
      deleteNode(q, node);
    }
  } else {
    replaced = replaceWithin(node, bytesLimit(q.fill), c.element, listpackElementSize(c.element), ptr, len);
    if (replaced) leave(q, node);
  }
  if (replaced) c.node = 0;
  else quicklistCursorClose(cursor);
  return replaced;
}

function replacePlain(q: Quicklist, node: QuicklistNode, ptr: usize, len: u32): bool {
  const block = alloc(max(len, 1));
  if (!block) return false;
  copyBytes(block, ptr, len);
  free(node.block);
  node.block = block;
  node.capacity = <u32>usableSize(block);
  node.size = len;
  changed(node);
  leave(q, node);
  return true;
}

/** A large element takes the place of one in a packed node, which is split there. */
function replaceByNode(q: Quicklist, c: QuicklistCursor, ptr: usize, len: u32): bool {
  const node = changetype<QuicklistNode>(c.node);
  const fresh = nodeOfElement(q.fill, ptr, len);
  if (!changetype<usize>(fresh)) return false;
  const size = listpackElementSize(c.element);
  let part = changetype<QuicklistNode>(0);
  if (c.index + 1 < node.count) {
    part = split(node, c.element + size, c.index + 1, true, 0);
    if (!changetype<usize>(part)) {
      nodeFree(fresh);
      return false;
    }
  }
  link(q, node, fresh, true);
  if (changetype<usize>(part)) link(q, fresh, part, true);
  q.count++;
  if (node.count == 1) {
    deleteNode(q, node);
  } else {
    spliceOut(node, lastOf(node), size, 1);
    q.count--;
    mergeAround(q, fresh);
  }
  settle(q, fresh.previous);
  settle(q, fresh.next);
  settle(q, changetype<usize>(fresh));
  return true;
}

/**
 * Takes `count` elements out from `index` on, or as many as there are.
 * @returns false = out of memory, nothing changed.  O(nodes)
 */
export function quicklistDeleteRange(list: usize, index: u32, count: u32): bool {
  const q = changetype<Quicklist>(list);
  if (index >= q.count || !count) return true;
  count = min(count, q.count - index);
  const first = locate(q, index);
  const offset = root.scratch0;
  if (offset + count < first.count) {
    if (!open(first)) return false;
    cutOut(q, first, offset, count);
    leave(q, first);
    return true;
  }
  // The rest of the first node (or all of it), whole nodes, and the beginning of the last.
  let left = count - (first.count - offset);
  let last = changetype<QuicklistNode>(first.next);
  while (left && last.count <= left) {
    left -= last.count;
    last = changetype<QuicklistNode>(last.next);
  }
  if (offset && !open(first)) return false;
  if (left && !open(last)) {
    if (offset) leave(q, first);
    return false;
  }
  // Whole nodes come last: they make others due for compression, which closes them.
  if (offset) cutOut(q, first, offset, first.count - offset);
  if (left) cutOut(q, last, 0, left);
  let at = offset ? first.next : changetype<usize>(first);
  while (at != changetype<usize>(last)) {
    const next = changetype<QuicklistNode>(at).next;
    deleteNode(q, changetype<QuicklistNode>(at));
    at = next;
  }
  if (offset) leave(q, first);
  if (left) leave(q, last);
  return true;
}

function cutOut(q: Quicklist, node: QuicklistNode, index: u32, count: u32): void {
  const from = seek(node, index);
  let to = from;
  for (let i = count; i; i--) to += listpackElementSize(to);
  spliceOut(node, from, <u32>(to - from), count);
  q.count -= count;
}

// --- finding ---

/** Node of element `index`, which exists; its position in the node is in root.scratch0. From the nearer end. */
function locate(q: Quicklist, index: u32): QuicklistNode {
  let node: QuicklistNode;
  if (index <= (q.count - 1) >> 1) {
    node = changetype<QuicklistNode>(q.head);
    while (index >= node.count) {
      index -= node.count;
      node = changetype<QuicklistNode>(node.next);
    }
  } else {
    node = changetype<QuicklistNode>(q.tail);
    let toEnd = q.count - index;
    while (toEnd > node.count) {
      toEnd -= node.count;
      node = changetype<QuicklistNode>(node.previous);
    }
    index = node.count - toEnd;
  }
  root.scratch0 = index;
  return node;
}

/** Element `index` of an open node. */
function seek(node: QuicklistNode, index: u32): usize {
  if (node.flags & NODE_PLAIN) return node.block;
  const lp = start(node);
  let p: usize;
  if (index <= node.count >> 1) {
    p = lp + LISTPACK_HEADER;
    for (; index; index--) p += listpackElementSize(p);
  } else {
    p = lp + node.size - 1;
    for (; index < node.count; index++) p = listpackPrevious(lp, p);
  }
  return p;
}

// @ts-ignore: decorator
@inline
function start(node: QuicklistNode): usize {
  return node.block + node.gap;
}

// @ts-ignore: decorator
@inline
function firstOf(node: QuicklistNode): usize {
  return node.flags & NODE_PLAIN ? node.block : start(node) + LISTPACK_HEADER;
}

// @ts-ignore: decorator
@inline
function lastOf(node: QuicklistNode): usize {
  return node.flags & NODE_PLAIN ? node.block : listpackPrevious(start(node), start(node) + node.size - 1);
}

// @ts-ignore: decorator
@inline
function readElement(node: QuicklistNode, p: usize): bool {
  if ((node.flags & NODE_PLAIN) == 0) return listpackGet(p);
  root.outPtr = node.block;
  root.outLen = node.size;
  return true;
}

// @ts-ignore: decorator
@inline
function elementIs(node: QuicklistNode, p: usize, isInteger: bool, value: i64, ptr: usize, len: u32): bool {
  if ((node.flags & NODE_PLAIN) == 0) return listpackEquals(p, isInteger, value, ptr, len);
  return node.size == len && equalBytes(node.block, ptr, len);
}

// --- nodes ---

/** A node that owns `block`, raw, without size and count; 0 = out of memory, the block is the caller's. */
function nodeNew(block: usize, flags: u32): QuicklistNode {
  const node = changetype<QuicklistNode>(alloc(offsetof<QuicklistNode>()));
  if (changetype<usize>(node)) {
    node.previous = 0;
    node.next = 0;
    node.block = block;
    node.compressed = 0;
    node.capacity = <u32>usableSize(block);
    node.gap = 0;
    node.flags = flags;
  }
  return node;
}

/** As nodeNew, with a block of its own. */
function nodeWithBlock(bytes: u32, flags: u32): QuicklistNode {
  const block = alloc(max(bytes, 1));
  if (!block) return changetype<QuicklistNode>(0);
  const node = nodeNew(block, flags);
  if (!changetype<usize>(node)) free(block);
  return node;
}

/** A packed node without elements, with room for `bytes` of them; 0 = out of memory. */
function nodeWithRoom(bytes: u32): QuicklistNode {
  const node = nodeWithBlock(LISTPACK_EMPTY + bytes, 0);
  if (changetype<usize>(node)) {
    node.size = LISTPACK_EMPTY;
    node.count = 0;
    store<u8>(node.block, LISTPACK_END, LISTPACK_HEADER);
  }
  return node;
}

/** A node with one element, plain if that is large; 0 = out of memory. */
function nodeOfElement(fill: i32, ptr: usize, len: u32): QuicklistNode {
  let node: QuicklistNode;
  if (quicklistIsLarge(fill, len)) {
    node = nodeWithBlock(len, NODE_PLAIN);
    if (changetype<usize>(node)) {
      copyBytes(node.block, ptr, len);
      node.size = len;
      node.count = 1;
    }
  } else {
    node = nodeWithRoom(parseI64(ptr, len) ? listpackIntegerSize(root.outI64) : listpackStringSize(len));
    if (changetype<usize>(node)) addTail(node, 0, ptr, len);
  }
  return node;
}

function nodeDup(node: QuicklistNode): QuicklistNode {
  const isCompressed = node.compressed != 0;
  const bytes = isCompressed ? load<u32>(node.compressed) + 4 : node.size;
  const copy = nodeWithBlock(bytes, node.flags);
  if (!changetype<usize>(copy)) return copy;
  copyBytes(copy.block, isCompressed ? node.compressed : start(node), bytes);
  copy.size = node.size;
  copy.count = node.count;
  if (isCompressed) {
    copy.compressed = copy.block;
    copy.block = 0;
    copy.capacity = 0;
  }
  return copy;
}

function nodeFree(node: QuicklistNode): void {
  if (node.block) free(node.block);
  if (node.compressed) free(node.compressed);
  free(changetype<usize>(node));
}

/** Puts a node beside another (0 in an empty list), without looking at compression. Counts the node only. */
function link(q: Quicklist, beside: QuicklistNode, node: QuicklistNode, after: bool): void {
  const besideAt = changetype<usize>(beside);
  const at = changetype<usize>(node);
  let previous: usize = 0;
  let next: usize = 0;
  if (besideAt) {
    previous = after ? besideAt : beside.previous;
    next = after ? beside.next : besideAt;
  }
  node.previous = previous;
  node.next = next;
  if (previous) changetype<QuicklistNode>(previous).next = at;
  else q.head = at;
  if (next) changetype<QuicklistNode>(next).previous = at;
  else q.tail = at;
  q.nodes++;
}

/** As link, and compresses what is due. */
function insertNode(q: Quicklist, beside: QuicklistNode, node: QuicklistNode, after: bool): void {
  link(q, beside, node, after);
  settle(q, changetype<usize>(beside));
  settle(q, changetype<usize>(node));
}

/** Takes a node out with its elements, and frees it. */
function deleteNode(q: Quicklist, node: QuicklistNode): void {
  if (node.previous) changetype<QuicklistNode>(node.previous).next = node.next;
  else q.head = node.next;
  if (node.next) changetype<QuicklistNode>(node.next).previous = node.previous;
  else q.tail = node.previous;
  q.nodes--;
  q.count -= node.count;
  nodeFree(node);
  settle(q, 0);
}

/** After any change of a node's bytes: writes the header; what was known of its compression is void. */
// @ts-ignore: decorator
@inline
function changed(node: QuicklistNode): void {
  if ((node.flags & NODE_PLAIN) == 0) putHeader(node);
  node.flags &= ~NODE_INCOMPRESSIBLE;
  if (node.compressed) {
    free(node.compressed);
    node.compressed = 0;
  }
}

// @ts-ignore: decorator
@inline
function putHeader(node: QuicklistNode): void {
  const lp = start(node);
  store<u32>(lp, node.size);
  store<u16>(lp, <u16>min(node.count, LISTPACK_COUNT_UNKNOWN), 4);
}

/** Moves a packed node to a block that fits if it does not need `threshold` bytes. Best effort. */
// @ts-ignore: decorator
@inline
function fit(node: QuicklistNode, threshold: u32): void {
  if (node.size + 16 <= threshold && (node.flags & NODE_PLAIN) == 0) refit(node);
}

function refit(node: QuicklistNode): void {
  const block = alloc(node.size);
  if (!block) return;
  copyBytes(block, start(node), node.size);
  free(node.block);
  node.block = block;
  node.capacity = <u32>usableSize(block);
  node.gap = 0;
}

// --- elements of an open, packed node ---

// @ts-ignore: decorator
@inline
function putElement(p: usize, isInteger: bool, value: i64, ptr: usize, len: u32): usize {
  return isInteger ? listpackPutInteger(p, value) : listpackPutString(p, ptr, len);
}

function addHead(node: QuicklistNode, limit: u32, ptr: usize, len: u32): bool {
  const isInteger = parseI64(ptr, len);
  const value = root.outI64;
  const size = isInteger ? listpackIntegerSize(value) : listpackStringSize(len);
  if (node.gap < size && !makeRoom(node, limit, size, true)) return false;
  node.gap -= size;
  node.size += size;
  node.count++;
  putElement(start(node) + LISTPACK_HEADER, isInteger, value, ptr, len);
  changed(node);
  return true;
}

function addTail(node: QuicklistNode, limit: u32, ptr: usize, len: u32): bool {
  const isInteger = parseI64(ptr, len);
  const value = root.outI64;
  const size = isInteger ? listpackIntegerSize(value) : listpackStringSize(len);
  if (node.gap + node.size + size > node.capacity && !makeRoom(node, limit, size, false)) return false;
  const end = putElement(start(node) + node.size - 1, isInteger, value, ptr, len);
  store<u8>(end, LISTPACK_END);
  node.size += size;
  node.count++;
  changed(node);
  return true;
}

/** Puts an element in the place of `oldSize` bytes at `p`. False = out of memory, nothing changed. */
function replaceWithin(node: QuicklistNode, limit: u32, p: usize, oldSize: u32, ptr: usize, len: u32): bool {
  const isInteger = parseI64(ptr, len);
  const value = root.outI64;
  const size = isInteger ? listpackIntegerSize(value) : listpackStringSize(len);
  const growth = <i32>size - <i32>oldSize;
  if (growth > <i32>node.gap && growth > <i32>(node.capacity - node.gap - node.size)) {
    const offset = p - start(node);
    if (!makeRoom(node, limit, growth, false)) return false;
    p = start(node) + offset;
  }
  p = splice(node, p, oldSize, size);
  putElement(p, isInteger, value, ptr, len);
  changed(node);
  return true;
}

/** Takes `count` elements of `size` bytes together out at `p`; returns the offset of what follows in the listpack. */
function spliceOut(node: QuicklistNode, p: usize, size: u32, count: u32): usize {
  p = splice(node, p, size, 0);
  const offset = p - start(node);
  node.count -= count;
  changed(node);
  fit(node, node.capacity >> 1);
  return offset;
}

/** Makes the `oldSize` bytes at `p` `newSize` long by moving the shorter side that can; returns where they are then. */
function splice(node: QuicklistNode, p: usize, oldSize: u32, newSize: u32): usize {
  const lp = start(node);
  const growth = <i32>newSize - <i32>oldSize;
  const before = <u32>(p - lp);
  const behind = node.size - before - oldSize;
  const fitsHead = growth <= <i32>node.gap;
  const fitsTail = growth <= <i32>(node.capacity - node.gap - node.size);
  if (DEBUG) assert(fitsHead || fitsTail); // the caller made room
  if (fitsHead && (before < behind || !fitsTail)) {
    memory.copy(lp - growth, lp, before);
    node.gap -= growth;
    p -= growth;
  } else {
    memory.copy(p + newSize, p + oldSize, behind);
  }
  node.size += growth;
  return p;
}

/**
 * Room for `bytes` more at the head or tail of a node. Slides the listpack within its block where at least
 * an eighth of that stays idle, so that a slide is paid by the pushes it makes possible; else takes a larger
 * block, by a quarter but not beyond `limit` (0: just what is needed).
 */
function makeRoom(node: QuicklistNode, limit: u32, bytes: u32, atHead: bool): bool {
  const need = node.size + bytes;
  if (need < bytes) return false;
  if (need <= node.capacity && node.capacity - need >= node.capacity >> 3) {
    const gap = ((node.capacity - need) >> 1) + (atHead ? bytes : 0);
    memory.copy(node.block + gap, start(node), node.size);
    node.gap = gap;
    return true;
  }
  const wanted = max(min(need + (need >> 2), limit), need);
  if (!atHead && !node.gap) {
    const grown = realloc(node.block, wanted);
    if (!grown) return false;
    node.block = grown;
    node.capacity = <u32>usableSize(grown);
    return true;
  }
  const block = alloc(wanted);
  if (!block) return false;
  const capacity = <u32>usableSize(block);
  const gap = atHead ? capacity - node.size : 0;
  copyBytes(block + gap, start(node), node.size);
  free(node.block);
  node.block = block;
  node.capacity = capacity;
  node.gap = gap;
  return true;
}

/**
 * Cuts an open, packed node in two in front of its element `index` at `p`, neither part empty.
 * @param upper  true: the elements from `p` on go into a new node, false: those before it
 * @param room   bytes left free in the new node: in front if `upper`, else behind
 * @returns the new node, not linked; 0 = out of memory, nothing changed
 */
function split(node: QuicklistNode, p: usize, index: u32, upper: bool, room: u32): QuicklistNode {
  const lp = start(node);
  const from = upper ? p : lp + LISTPACK_HEADER;
  const bytes = <u32>((upper ? lp + node.size - 1 : p) - from);
  const part = nodeWithRoom(bytes + room);
  if (!changetype<usize>(part)) return part;
  if (upper) part.gap = room;
  const to = start(part) + LISTPACK_HEADER;
  copyBytes(to, from, bytes);
  store<u8>(to + bytes, LISTPACK_END);
  part.size += bytes;
  part.count = upper ? node.count - index : index;
  changed(part);
  if (upper) store<u8>(p, LISTPACK_END);
  else node.gap += bytes;
  node.size -= bytes;
  node.count -= part.count;
  changed(node);
  fit(node, node.capacity - (node.capacity >> 2));
  return part;
}

/** Joins what may be one node among `center` and two neighbours on either side, in Redis' order. */
function mergeAround(q: Quicklist, center: QuicklistNode): void {
  if (center.previous) merge(q, changetype<QuicklistNode>(center.previous).previous, center.previous);
  if (center.next) merge(q, center.next, changetype<QuicklistNode>(center.next).next);
  const previous = center.previous;
  const at = merge(q, previous, changetype<usize>(center)) ? previous : changetype<usize>(center);
  merge(q, at, changetype<QuicklistNode>(at).next);
}

/** Moves the elements of `second`, which follows `first`, there, if both exist and may be one. Best effort. */
function merge(q: Quicklist, first: usize, second: usize): bool {
  if (!first || !second) return false;
  const a = changetype<QuicklistNode>(first);
  const b = changetype<QuicklistNode>(second);
  if ((a.flags | b.flags) & NODE_PLAIN) return false;
  if (quicklistExceedsLimit(q.fill, a.size + b.size - LISTPACK_EMPTY, a.count + b.count)) return false;
  if (!open(a) || !open(b)) return false;
  const bytes = b.size - LISTPACK_EMPTY;
  if (a.gap + a.size + bytes > a.capacity && !makeRoom(a, 0, bytes, false)) return false;
  copyBytes(start(a) + a.size - 1, start(b) + LISTPACK_HEADER, bytes + 1);
  a.size += bytes;
  a.count += b.count;
  q.count += b.count; // deleteNode takes them off again
  changed(a);
  deleteNode(q, b);
  settle(q, first);
  return true;
}

// --- compression ---

/** Sees to it that the node has its raw form. False = out of memory. */
// @ts-ignore: decorator
@inline
function open(node: QuicklistNode): bool {
  return node.block != 0 || decompress(node);
}

function decompress(node: QuicklistNode): bool {
  const block = alloc(max(node.size, 1));
  if (!block) return false;
  const ok = lzfDecompress(node.compressed + 4, load<u32>(node.compressed), block, node.size);
  assert(ok, "a quicklist node does not decompress");
  node.block = block;
  node.capacity = <u32>usableSize(block);
  node.gap = 0;
  return true;
}

/** Done with a node that was opened: an unchanged one drops its raw form, a changed one is compressed if it is due. */
// @ts-ignore: decorator
@inline
function leave(q: Quicklist, node: QuicklistNode): void {
  if (q.compress || node.compressed) close(q, node);
}

function close(q: Quicklist, node: QuicklistNode): void {
  if (node.compressed && node.block) dropRaw(node);
  else settle(q, changetype<usize>(node));
}

function dropRaw(node: QuicklistNode): void {
  free(node.block);
  node.block = 0;
  node.capacity = 0;
  node.gap = 0;
}

/**
 * After the list has changed at `at` (0: somewhere): the nodes within the depth become raw, `at` and the
 * first beyond it on either side are compressed. One node a change is enough, so this is all there is.
 */
// @ts-ignore: decorator
@inline
function settle(q: Quicklist, at: usize): void {
  if (q.compress) settleDepth(q, at);
}

function settleDepth(q: Quicklist, at: usize): void {
  if (q.nodes < <u32>q.compress * 2) return;
  let forward = q.head;
  let backward = q.tail;
  let within = false;
  for (let depth: u32 = q.compress; depth; depth--) {
    expand(changetype<QuicklistNode>(forward));
    expand(changetype<QuicklistNode>(backward));
    if (forward == at || backward == at) within = true;
    const next = changetype<QuicklistNode>(forward).next;
    if (forward == backward || next == backward) return;
    forward = next;
    backward = changetype<QuicklistNode>(backward).previous;
  }
  if (at && !within) compressNode(changetype<QuicklistNode>(at));
  compressNode(changetype<QuicklistNode>(forward));
  compressNode(changetype<QuicklistNode>(backward));
}

/** Makes a node raw for good, where there is memory. */
function expand(node: QuicklistNode): void {
  if (!node.compressed || !open(node)) return;
  free(node.compressed);
  node.compressed = 0;
}

function compressNode(node: QuicklistNode): void {
  if (node.compressed) {
    if (node.block) dropRaw(node);
    return;
  }
  if (node.flags & NODE_INCOMPRESSIBLE || node.size < COMPRESS_BYTES_MIN) return;
  const block = alloc(4 + node.size);
  if (!block) return;
  const length = lzfCompress(start(node), node.size, block + 4, node.size);
  if (!length || length + COMPRESS_SAVING_MIN >= node.size) {
    node.flags |= NODE_INCOMPRESSIBLE;
    free(block);
    return;
  }
  store<u32>(block, length);
  const fitted = realloc(block, 4 + length);
  node.compressed = fitted ? fitted : block;
  dropRaw(node);
}

// --- what RDB needs of a node ---

/** Its listpack or plain element, quicklistNode.size bytes; 0 = it is compressed only. */
// @ts-ignore: decorator
@inline
export function quicklistNodeRaw(at: usize): usize {
  const node = changetype<QuicklistNode>(at);
  return node.block ? start(node) : 0;
}

/** LZF bytes of a node that is compressed only. */
// @ts-ignore: decorator
@inline
export function quicklistNodeLzf(at: usize): usize {
  return changetype<QuicklistNode>(at).compressed + 4;
}

// @ts-ignore: decorator
@inline
export function quicklistNodeLzfLength(at: usize): u32 {
  return load<u32>(changetype<QuicklistNode>(at).compressed);
}

// --- checks ---

/** Walks everything; traps with the reason where something does not add up. O(bytes) */
export function quicklistValidate(list: usize): bool {
  const q = changetype<Quicklist>(list);
  let count: u32 = 0;
  let nodes: u32 = 0;
  let previous: usize = 0;
  for (let at = q.head; at; at = changetype<QuicklistNode>(at).next) {
    const node = changetype<QuicklistNode>(at);
    assert(node.previous == previous, "a node's previous is not the one before it");
    validateNode(node);
    count += node.count;
    nodes++;
    previous = at;
  }
  assert(q.tail == previous, "tail is not the last node");
  assert(q.count == count, "count is not the sum of the nodes' counts");
  assert(q.nodes == nodes, "nodes is not how many there are");
  return true;
}

function validateNode(node: QuicklistNode): void {
  assert(node.count > 0, "an empty node");
  assert((node.block != 0) != (node.compressed != 0), "a node is raw or compressed, and none is left open");
  const wasCompressed = node.block == 0;
  if (wasCompressed && !open(node)) return;
  assert(node.capacity == <u32>usableSize(node.block), "capacity is not that of the block");
  assert(<u64>node.gap + node.size <= <u64>node.capacity, "the listpack does not fit its block");
  if (node.flags & NODE_PLAIN) {
    assert(node.count == 1 && node.gap == 0, "a plain node has one element and no gap");
  } else {
    assert(listpackValidate(start(node), node.size, true), "a node's listpack is broken");
    assert(listpackCount(start(node)) == node.count, "a node's count is not its listpack's");
  }
  if (wasCompressed) dropRaw(node);
}

/** Writes a line a node for a person. @returns bytes written to `dst`, at most `capacity` */
export function quicklistDump(list: usize, dst: usize, capacity: u32): u32 {
  const q = changetype<Quicklist>(list);
  const limit = dst + capacity;
  let at = dst;
  for (let node = q.head; node && at + 120 < limit; node = changetype<QuicklistNode>(node).next) {
    const n = changetype<QuicklistNode>(node);
    at += putText(at, n.flags & NODE_PLAIN ? "plain" : "packed");
    at += putText(at, n.compressed ? " lzf count=" : " raw count=");
    at += formatI64(n.count, at);
    at += putText(at, " size=");
    at += formatI64(n.size, at);
    at += putText(at, " gap=");
    at += formatI64(n.gap, at);
    at += putText(at, " capacity=");
    at += formatI64(n.capacity, at);
    at += putText(at, "\n");
  }
  return <u32>(at - dst);
}
