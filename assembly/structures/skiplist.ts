/**
 * skiplist: members ordered by score, then by bytes. The order half of a large sorted set; the other half,
 * member → node, is a dict that holds the same nodes.
 *
 * Why a skiplist: what Redis has, and as fast as a tree here: insertion touches only neighbours, every
 * node is one block with its member inside, and ranks come from spans on the links. Two departures from
 * Redis: the lowest level has no spans (they are all 1), which saves 4 bytes for each of the 3 in 4 nodes
 * that have no other level; and a rank is found by climbing from the node to the end, without comparing.
 *
 * Node (level 1 is the lowest; a node of level n is on levels 1 … n)
 *   offset  size  field       meaning
 *        0     1  keyOffset   where the member starts (types/entry-key.ts)
 *        1     1  keyLen      its length; 255 = long, see `length`
 *        2     1  level       1 … 24
 *        3     1  -           zero
 *        4     4  backward    the node before, 0 = this is the first
 *        8     8  score       f64, not NaN
 *       16     4  forward     the next node on level 1, 0 = this is the last
 *       20   8·n  (level 2 …) span u32, forward u32: so forward is at 16 + 8·i, span at 12 + 8·i, i from 0
 *        …   0|4  length      u32, only if keyLen is 255
 *        …        member
 *
 * span: nodes from this one to `forward` on level 1, that one included; to the end where forward is 0.
 * The header is a node of level 24 without a member; its rank is 0, that of the first node 1. What the
 * functions here take and return counts from 0, the header aside.
 *
 * Always true (skiplistValidate checks it)
 *   1. Nodes ascend by (score, member), and none is there twice.  2. Level i's nodes are those of level ≥ i.
 *   3. Spans are what they say.  4. `level` is that of the tallest node, at least 1.
 *
 * Owns its header; nodes are made and freed by the caller, but for skiplistFree and skiplistFreeSlice.
 * William Pugh, "Skip Lists", CACM 1990; spans as in Redis' t_zset.c.
 */
import { DEBUG } from "../config.ts";
import { randomU64 } from "../hashing/prng.ts";
import { alloc, free, usableSize } from "../memory/allocator.ts";
import { compareBytes, copyBytes } from "../memory/bytes.ts";
import { SCRATCH, SCRATCH_SIZE } from "../memory/map.ts";
import { root } from "../root.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "../types/entry-key.ts";

// @ts-ignore: decorator
@inline
export const SKIPLIST_LEVEL_MAX: u32 = 24;

// @ts-ignore: decorator
@inline
const LEVEL: usize = 2;
// @ts-ignore: decorator
@inline
const BACKWARD: usize = 4;
// @ts-ignore: decorator
@inline
const SCORE: usize = 8;
// @ts-ignore: decorator
@inline
const FORWARD: usize = 16;
/** Of level 1; each further level takes 8 bytes more. */
// @ts-ignore: decorator
@inline
const NODE_SIZE: u32 = 20;

if (NODE_SIZE + 8 * (SKIPLIST_LEVEL_MAX - 1) + 4 > 255)
  ERROR("keyOffset of the tallest node leaves its byte");

@unmanaged
export class Skiplist {
  /** A node of full height. */
  header: usize;
  /** 0 = the list is empty. */
  tail: usize;
  length: u32;
  level: u32;
}

/** Bounds of a score range leave out their own value. */
// @ts-ignore: decorator
@inline
export const RANGE_MIN_EXCLUSIVE: u32 = 1;
// @ts-ignore: decorator
@inline
export const RANGE_MAX_EXCLUSIVE: u32 = 2;

/** A bound of a lexicographic range: "-", "+", "[bytes", "(bytes". */
// @ts-ignore: decorator
@inline
export const LEX_LOWEST: u32 = 0;
// @ts-ignore: decorator
@inline
export const LEX_HIGHEST: u32 = 1;
// @ts-ignore: decorator
@inline
export const LEX_INCLUSIVE: u32 = 2;
// @ts-ignore: decorator
@inline
export const LEX_EXCLUSIVE: u32 = 3;

/** A lexicographic range; wherever the caller likes to have it. */
@unmanaged
export class LexRange {
  minKind: u32;
  minPtr: usize;
  minLen: u32;
  maxKind: u32;
  maxPtr: usize;
  maxLen: u32;
}

/**
 * The way down: on each level the last node before the place searched, and its rank. In scratch memory,
 * used within one call.
 */
// @ts-ignore: decorator
@inline
const PATH: usize = SCRATCH + SCRATCH_SIZE - 256;
// @ts-ignore: decorator
@inline
const PATH_RANK: usize = PATH + 4 * <usize>SKIPLIST_LEVEL_MAX;

if (8 * SKIPLIST_LEVEL_MAX > 256) ERROR("The path outgrew its place in scratch");

// --- nodes ---

// @ts-ignore: decorator
@inline
function forwardOf(node: usize, i: u32): usize {
  return load<u32>(node + ((<usize>i) << 3), FORWARD);
}

// @ts-ignore: decorator
@inline
function setForward(node: usize, i: u32, next: usize): void {
  store<u32>(node + ((<usize>i) << 3), next, FORWARD);
}

/** Of the link on level i + 1; i is not 0. */
// @ts-ignore: decorator
@inline
function spanOf(node: usize, i: u32): u32 {
  return load<u32>(node + ((<usize>i) << 3), FORWARD - 4);
}

// @ts-ignore: decorator
@inline
function setSpan(node: usize, i: u32, span: u32): void {
  store<u32>(node + ((<usize>i) << 3), span, FORWARD - 4);
}

/** Levels that a node is on. */
// @ts-ignore: decorator
@inline
function levelOf(node: usize): u32 {
  return load<u8>(node, LEVEL);
}

// @ts-ignore: decorator
@inline
export function skiplistNodeScore(node: usize): f64 {
  return load<f64>(node, SCORE);
}

/** The next node, 0 = none. After a removal: the next of the removed chain. */
// @ts-ignore: decorator
@inline
export function skiplistNodeNext(node: usize): usize {
  return load<u32>(node, FORWARD);
}

/** The node before, 0 = none. */
// @ts-ignore: decorator
@inline
export function skiplistNodePrev(node: usize): usize {
  return load<u32>(node, BACKWARD);
}

/** A level for a new node: each further one for one node in four. */
export function skiplistRandomLevel(): u32 {
  return min(1 + ((<u32>ctz(randomU64() | ((<u64>1) << 63))) >> 1), SKIPLIST_LEVEL_MAX);
}

/** Bytes of a node with a member of `len` bytes. */
export function skiplistNodeSize(level: u32, len: usize): usize {
  const head: usize = NODE_SIZE + ((level - 1) << 3) + (len > SHORT_KEY_MAX ? 4 : 0);
  return head + len;
}

/**
 * A node that is in no list yet.
 * @param level  1 … 24, as a rule skiplistRandomLevel()     @param member, len  copied
 * @returns 0 = out of memory
 */
export function skiplistNodeCreate(level: u32, score: f64, member: usize, len: usize): usize {
  const node = alloc(skiplistNodeSize(level, len));
  if (!node) return 0;
  let keyOffset = NODE_SIZE + ((level - 1) << 3);
  if (len > SHORT_KEY_MAX) {
    store<u32>(node + keyOffset, <u32>len);
    keyOffset += 4;
  }
  store<u8>(node, keyOffset);
  store<u8>(node, len > SHORT_KEY_MAX ? 255 : <u8>len, 1);
  store<u16>(node, level, LEVEL);
  store<f64>(node, score, SCORE);
  copyBytes(node + keyOffset, member, len);
  return node;
}

/** Order of a member's bytes and others. */
// @ts-ignore: decorator
@inline
function compareMember(node: usize, member: usize, len: usize): i32 {
  return compareBytes(entryKey(node), entryKeyLen(node), member, len);
}

/** Whether the node stands before (score, member). */
// @ts-ignore: decorator
@inline
function isBefore(node: usize, score: f64, member: usize, len: usize): bool {
  const own = skiplistNodeScore(node);
  return own < score || (own == score && compareMember(node, member, len) < 0);
}

// --- the list ---

/** An empty list; 0 = out of memory. */
export function skiplistCreate(): usize {
  const list = alloc(offsetof<Skiplist>());
  if (!list) return 0;
  const headerSize = NODE_SIZE + 8 * (SKIPLIST_LEVEL_MAX - 1);
  const header = alloc(headerSize);
  if (!header) {
    free(list);
    return 0;
  }
  memory.fill(header, 0, headerSize);
  store<u8>(header, SKIPLIST_LEVEL_MAX, LEVEL);
  const zsl = changetype<Skiplist>(list);
  zsl.header = header;
  zsl.tail = 0;
  zsl.length = 0;
  zsl.level = 1;
  return list;
}

/**
 * Frees up to `budget` nodes; the list can be used for nothing else from then on.
 * @returns whether anything is left; if not, the list itself is gone.  O(budget)
 */
export function skiplistFreeSlice(list: usize, budget: u32): bool {
  const header = changetype<Skiplist>(list).header;
  let node = forwardOf(header, 0);
  while (node && budget) {
    const next = forwardOf(node, 0);
    free(node);
    node = next;
    budget--;
  }
  setForward(header, 0, node);
  if (node) return true;
  free(header);
  free(list);
  return false;
}

/** Frees the list and all its nodes. O(n) */
export function skiplistFree(list: usize): void {
  skiplistFreeSlice(list, u32.MAX_VALUE);
}

export function skiplistLength(list: usize): u32 {
  return changetype<Skiplist>(list).length;
}

/** Bytes the list takes besides its nodes. */
export function skiplistMemory(list: usize): usize {
  return usableSize(list) + usableSize(changetype<Skiplist>(list).header);
}

/** The node of the lowest rank, 0 = the list is empty. */
export function skiplistFirst(list: usize): usize {
  return forwardOf(changetype<Skiplist>(list).header, 0);
}

export function skiplistLast(list: usize): usize {
  return changetype<Skiplist>(list).tail;
}

/** Goes down to the place of (score, member), leaving a path of nodes with their ranks. */
function findPath(zsl: Skiplist, score: f64, member: usize, len: usize): void {
  let x = zsl.header;
  let rank: u32 = 0;
  let stop: usize = 0; // the node that ended the level above ends this one too: do not compare again
  let i = zsl.level - 1;
  for (; i > 0; i--) {
    let next = forwardOf(x, i);
    while (next != stop && isBefore(next, score, member, len)) {
      rank += spanOf(x, i);
      x = next;
      next = forwardOf(x, i);
    }
    stop = next;
    setPath(i, x, rank);
  }
  let next = forwardOf(x, 0);
  while (next != stop && isBefore(next, score, member, len)) {
    rank++;
    x = next;
    next = forwardOf(x, 0);
  }
  setPath(0, x, rank);
}

// @ts-ignore: decorator
@inline
function setPath(i: u32, node: usize, rank: u32): void {
  store<u32>(PATH + ((<usize>i) << 2), node);
  store<u32>(PATH_RANK + ((<usize>i) << 2), rank);
}

// @ts-ignore: decorator
@inline
function pathNode(i: u32): usize {
  return load<u32>(PATH + ((<usize>i) << 2));
}

// @ts-ignore: decorator
@inline
function pathRank(i: u32): u32 {
  return load<u32>(PATH_RANK + ((<usize>i) << 2));
}

/** Puts a node in; its (score, member) must not be there. O(log n) */
export function skiplistInsert(list: usize, node: usize): void {
  const zsl = changetype<Skiplist>(list);
  findPath(zsl, skiplistNodeScore(node), entryKey(node), entryKeyLen(node));
  const level = levelOf(node);
  for (let i = zsl.level; i < level; i++) {
    setPath(i, zsl.header, 0);
    setForward(zsl.header, i, 0);
    setSpan(zsl.header, i, zsl.length);
  }
  if (level > zsl.level) zsl.level = level;
  const rank = pathRank(0);
  for (let i: u32 = 1; i < level; i++) {
    const before = pathNode(i);
    const distance = rank - pathRank(i);
    setForward(node, i, forwardOf(before, i));
    setForward(before, i, node);
    setSpan(node, i, spanOf(before, i) - distance);
    setSpan(before, i, distance + 1);
  }
  for (let i = level; i < zsl.level; i++) {
    const before = pathNode(i);
    setSpan(before, i, spanOf(before, i) + 1);
  }
  const before = pathNode(0);
  const next = forwardOf(before, 0);
  setForward(node, 0, next);
  setForward(before, 0, node);
  store<u32>(node, before == zsl.header ? 0 : <u32>before, BACKWARD);
  if (next) store<u32>(next, node, BACKWARD);
  else zsl.tail = node;
  zsl.length++;
}

/** Takes a node of this list out; it is the caller's again. O(log n) */
export function skiplistRemove(list: usize, node: usize): void {
  const zsl = changetype<Skiplist>(list);
  findPath(zsl, skiplistNodeScore(node), entryKey(node), entryKeyLen(node));
  if (DEBUG) assert(forwardOf(pathNode(0), 0) == node, "skiplistRemove: the node is not in this list");
  const level = levelOf(node);
  for (let i: u32 = 1; i < level; i++) {
    const before = pathNode(i);
    setForward(before, i, forwardOf(node, i));
    setSpan(before, i, spanOf(before, i) + spanOf(node, i) - 1);
  }
  for (let i = level; i < zsl.level; i++) {
    const before = pathNode(i);
    setSpan(before, i, spanOf(before, i) - 1);
  }
  const next = forwardOf(node, 0);
  setForward(pathNode(0), 0, next);
  if (next) store<u32>(next, load<u32>(node, BACKWARD), BACKWARD);
  else zsl.tail = load<u32>(node, BACKWARD);
  zsl.length--;
  lowerLevel(zsl);
}

/** Forgets levels that nobody is on any more. */
function lowerLevel(zsl: Skiplist): void {
  let level = zsl.level;
  while (level > 1 && forwardOf(zsl.header, level - 1) == 0) level--;
  zsl.level = level;
}

/** Gives a node of this list another score; it moves only if its neighbours require it. O(log n), as a rule O(1) */
export function skiplistUpdateScore(list: usize, node: usize, score: f64): void {
  const prev = skiplistNodePrev(node);
  const next = skiplistNodeNext(node);
  if ((!prev || skiplistNodeScore(prev) < score) && (!next || skiplistNodeScore(next) > score)) {
    store<f64>(node, score, SCORE);
    return;
  }
  skiplistRemove(list, node);
  store<f64>(node, score, SCORE);
  skiplistInsert(list, node);
}

/** Lets `moved`, a copy of `node` at another address, take its place. For defragmentation. O(log n) */
export function skiplistReplace(list: usize, node: usize, moved: usize): void {
  const zsl = changetype<Skiplist>(list);
  findPath(zsl, skiplistNodeScore(moved), entryKey(moved), entryKeyLen(moved));
  const level = levelOf(moved);
  for (let i: u32 = 0; i < level; i++) setForward(pathNode(i), i, moved);
  const next = forwardOf(moved, 0);
  if (next) store<u32>(next, moved, BACKWARD);
  else zsl.tail = moved;
}

// --- ranks ---

/** Nodes before this one: its rank from 0. O(log n), without a comparison: sums spans to the end. */
export function skiplistRank(list: usize, node: usize): u32 {
  let after: u32 = 0;
  while (true) {
    const top = levelOf(node) - 1;
    const next = forwardOf(node, top);
    if (top) after += spanOf(node, top);
    else if (next) after++;
    if (!next) return changetype<Skiplist>(list).length - 1 - after;
    node = next;
  }
}

/** The node of this rank, from 0; 0 if the list is shorter. O(log n) */
export function skiplistByRank(list: usize, rank: u32): usize {
  const zsl = changetype<Skiplist>(list);
  if (rank >= zsl.length) return 0;
  if (rank == zsl.length - 1) return zsl.tail;
  let x = zsl.header;
  let left = rank + 1;
  for (let i = zsl.level - 1; i > 0; i--) {
    let span = spanOf(x, i);
    while (span <= left && forwardOf(x, i)) {
      left -= span;
      x = forwardOf(x, i);
      span = spanOf(x, i);
    }
  }
  for (; left; left--) x = forwardOf(x, 0);
  return x;
}

// --- ranges by score ---

/** Nodes with a score below `score`, or equal to it if `orEqual`: rank of the first node beyond. O(log n) */
export function skiplistCountBelow(list: usize, score: f64, orEqual: bool): u32 {
  const zsl = changetype<Skiplist>(list);
  let x = zsl.header;
  let count: u32 = 0;
  let stop: usize = 0;
  for (let i = zsl.level - 1; i > 0; i--) {
    let next = forwardOf(x, i);
    while (next != stop && isBelow(next, score, orEqual)) {
      count += spanOf(x, i);
      x = next;
      next = forwardOf(x, i);
    }
    stop = next;
  }
  let next = forwardOf(x, 0);
  while (next != stop && isBelow(next, score, orEqual)) {
    count++;
    next = forwardOf(next, 0);
  }
  return count;
}

// @ts-ignore: decorator
@inline
function isBelow(node: usize, score: f64, orEqual: bool): bool {
  const own = skiplistNodeScore(node);
  return own < score || (orEqual && own == score);
}

/** The last node before a bound of scores, which may be the header. */
function lastBelow(zsl: Skiplist, score: f64, orEqual: bool): usize {
  let x = zsl.header;
  let stop: usize = 0;
  for (let i = zsl.level; i > 0;) {
    let next = forwardOf(x, --i);
    while (next != stop && isBelow(next, score, orEqual)) {
      x = next;
      next = forwardOf(x, i);
    }
    stop = next;
  }
  return x;
}

/** The first node in a range of scores, 0 = the range is empty. @param flags RANGE_*  O(log n) */
export function skiplistFirstInRange(list: usize, min: f64, max: f64, flags: u32): usize {
  const before = lastBelow(changetype<Skiplist>(list), min, (flags & RANGE_MIN_EXCLUSIVE) != 0);
  const node = forwardOf(before, 0);
  return node && isBelow(node, max, !(flags & RANGE_MAX_EXCLUSIVE)) ? node : 0;
}

/** The last node in a range of scores, 0 = the range is empty. @param flags RANGE_*  O(log n) */
export function skiplistLastInRange(list: usize, min: f64, max: f64, flags: u32): usize {
  const zsl = changetype<Skiplist>(list);
  const node = lastBelow(zsl, max, !(flags & RANGE_MAX_EXCLUSIVE));
  if (node == zsl.header || isBelow(node, min, (flags & RANGE_MIN_EXCLUSIVE) != 0)) return 0;
  return node;
}

// --- ranges by bytes; they mean something where all scores are equal ---

/** Whether a member stands before the range. */
export function lexIsBelowMin(member: usize, len: usize, range: LexRange): bool {
  return range.minKind == LEX_LOWEST
    ? false
    : lexIsBefore(member, len, range.minKind, range.minPtr, range.minLen, LEX_EXCLUSIVE);
}

/** Whether a member stands behind the range. */
export function lexIsAboveMax(member: usize, len: usize, range: LexRange): bool {
  return !lexIsBefore(member, len, range.maxKind, range.maxPtr, range.maxLen, LEX_INCLUSIVE);
}

/** Whether a member stands before a bound; one that equals it does so if the bound is of kind `equalIf`. */
// @ts-ignore: decorator
@inline
function lexIsBefore(member: usize, len: usize, kind: u32, ptr: usize, ptrLen: u32, equalIf: u32): bool {
  if (kind <= LEX_HIGHEST) return kind == LEX_HIGHEST;
  const order = compareBytes(member, len, ptr, ptrLen);
  return order < 0 || (order == 0 && kind == equalIf);
}

// @ts-ignore: decorator
@inline
function nodeBelowMin(node: usize, range: LexRange): bool {
  return lexIsBelowMin(entryKey(node), entryKeyLen(node), range);
}

// @ts-ignore: decorator
@inline
function nodeAboveMax(node: usize, range: LexRange): bool {
  return lexIsAboveMax(entryKey(node), entryKeyLen(node), range);
}

/**
 * Nodes that stand before the range (`upToMax` false), or before its end: rank of the first node beyond.
 * O(log n)
 */
export function skiplistLexCount(list: usize, range: LexRange, upToMax: bool): u32 {
  const zsl = changetype<Skiplist>(list);
  let x = zsl.header;
  let count: u32 = 0;
  let stop: usize = 0;
  for (let i = zsl.level - 1; i > 0; i--) {
    let next = forwardOf(x, i);
    while (next != stop && (upToMax ? !nodeAboveMax(next, range) : nodeBelowMin(next, range))) {
      count += spanOf(x, i);
      x = next;
      next = forwardOf(x, i);
    }
    stop = next;
  }
  let next = forwardOf(x, 0);
  while (next != stop && (upToMax ? !nodeAboveMax(next, range) : nodeBelowMin(next, range))) {
    count++;
    next = forwardOf(next, 0);
  }
  return count;
}

/** The first node in a lexicographic range, 0 = the range is empty. O(log n) */
export function skiplistFirstInLexRange(list: usize, range: LexRange): usize {
  let x = changetype<Skiplist>(list).header;
  let stop: usize = 0;
  for (let i = changetype<Skiplist>(list).level; i > 0;) {
    let next = forwardOf(x, --i);
    while (next != stop && nodeBelowMin(next, range)) {
      x = next;
      next = forwardOf(x, i);
    }
    stop = next;
  }
  return stop && !nodeAboveMax(stop, range) ? stop : 0;
}

/** The last node in a lexicographic range, 0 = the range is empty. O(log n) */
export function skiplistLastInLexRange(list: usize, range: LexRange): usize {
  const header = changetype<Skiplist>(list).header;
  let x = header;
  let stop: usize = 0;
  for (let i = changetype<Skiplist>(list).level; i > 0;) {
    let next = forwardOf(x, --i);
    while (next != stop && !nodeAboveMax(next, range)) {
      x = next;
      next = forwardOf(x, i);
    }
    stop = next;
  }
  return x == header || nodeBelowMin(x, range) ? 0 : x;
}

// --- removing ranges ---

/**
 * Takes the nodes of ranks `start` … `end` − 1 out.
 * @returns the first of them, linked to the rest by skiplistNodeNext, 0 = there are none; how many is in
 *   root.scratch0. The caller takes them out of the dict and frees them.  O(log n + removed)
 */
export function skiplistRemoveByRank(list: usize, start: u32, end: u32): usize {
  const zsl = changetype<Skiplist>(list);
  if (end > zsl.length) end = zsl.length;
  if (start >= end) {
    root.scratch0 = 0;
    return 0;
  }
  const removed = end - start;
  let x = zsl.header;
  let rank: u32 = 0;
  for (let i = zsl.level - 1; i > 0; i--) {
    while (forwardOf(x, i) && rank + spanOf(x, i) <= start) {
      rank += spanOf(x, i);
      x = forwardOf(x, i);
    }
    // Past every removed node on this level, to what the link must lead to.
    let target = rank + spanOf(x, i);
    let next = forwardOf(x, i);
    while (next && target <= end) {
      target += spanOf(next, i);
      next = forwardOf(next, i);
    }
    setForward(x, i, next);
    setSpan(x, i, target - rank - removed);
  }
  for (; rank < start; rank++) x = forwardOf(x, 0);
  const first = forwardOf(x, 0);
  let last = first;
  for (let n = removed - 1; n; n--) last = forwardOf(last, 0);
  const next = forwardOf(last, 0);
  setForward(last, 0, 0);
  setForward(x, 0, next);
  const before: usize = x == zsl.header ? 0 : x;
  if (next) store<u32>(next, before, BACKWARD);
  else zsl.tail = before;
  zsl.length -= removed;
  lowerLevel(zsl);
  root.scratch0 = removed;
  return first;
}

/** Takes out the nodes in a range of scores; see skiplistRemoveByRank. @param flags RANGE_* */
export function skiplistRemoveByScore(list: usize, min: f64, max: f64, flags: u32): usize {
  const start = skiplistCountBelow(list, min, (flags & RANGE_MIN_EXCLUSIVE) != 0);
  return skiplistRemoveByRank(list, start, skiplistCountBelow(list, max, !(flags & RANGE_MAX_EXCLUSIVE)));
}

/** Takes out the nodes in a lexicographic range; see skiplistRemoveByRank. */
export function skiplistRemoveByLex(list: usize, range: LexRange): usize {
  const start = skiplistLexCount(list, range, false);
  return skiplistRemoveByRank(list, start, skiplistLexCount(list, range, true));
}

// --- checking ---

/** Whether all that the head of this file promises is so. O(n · levels) */
export function skiplistValidate(list: usize): bool {
  const zsl = changetype<Skiplist>(list);
  if (zsl.level < 1 || zsl.level > SKIPLIST_LEVEL_MAX) return false;
  if (zsl.level > 1 && !forwardOf(zsl.header, zsl.level - 1)) return false;
  return validateOrder(zsl) && validateLevels(zsl);
}

function validateOrder(zsl: Skiplist): bool {
  let count: u32 = 0;
  let before: usize = 0;
  for (let node = forwardOf(zsl.header, 0); node; node = forwardOf(node, 0)) {
    if (levelOf(node) < 1 || levelOf(node) > zsl.level) return false;
    if (skiplistNodePrev(node) != before) return false;
    if (before && !isBefore(before, skiplistNodeScore(node), entryKey(node), entryKeyLen(node))) return false;
    before = node;
    count++;
  }
  return zsl.tail == before && zsl.length == count;
}

/** Walks level 1 beside each other level. */
function validateLevels(zsl: Skiplist): bool {
  for (let i: u32 = 1; i < zsl.level; i++) {
    let x = zsl.header;
    let distance: u32 = 0;
    for (let node = forwardOf(x, 0); node; node = forwardOf(node, 0)) {
      distance++;
      if (levelOf(node) <= i) continue;
      if (forwardOf(x, i) != node || spanOf(x, i) != distance) return false;
      x = node;
      distance = 0;
    }
    if (forwardOf(x, i) != 0 || spanOf(x, i) != distance) return false;
  }
  return true;
}
