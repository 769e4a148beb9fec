/**
 * score-tree: members ordered by score, then by bytes: a B+ tree that counts. The order half of a large sorted set (what
 * OBJECT ENCODING calls a skiplist); the other half, member → node, is a dict that holds the same nodes.
 *
 * Why not a skiplist: what an operation costs is the nodes it looks at, for each is a cache miss. A skiplist of 10^6
 * members compares with some 25; here the way down compares with scores that stand in the inner blocks, and the nodes of a
 * leaf are looked at in two rounds whose loads overlap. A node knows its leaf, and a block its parent, so a rank, a removal
 * and a step to the neighbour compare nothing at all (docs/decisions/score-tree.md).
 *
 * Node
 *   offset  size  field      meaning
 *        0     1  keyOffset  where the member starts (types/entry-key.ts)
 *        1     1  keyLen     its length; 255 = long, see `length`
 *        2     2  -          zero
 *        4     4  leaf       the leaf that it stands in; in a removed chain the next node, 0 = none
 *        8     8  score      f64, not NaN
 *       16   0|4  length     u32, only if keyLen is 255
 *        …        member
 *
 * Head of a block (16 bytes)                            Leaf (256 bytes)
 *        0     4  parent     0 = this is the root          16  4·60  nodes in order, `count` of them
 *        4     2  count      nodes or children
 *        6     2  height     0 = leaf                   Inner block (496 bytes)
 *        8     4  previous   leaf before, 0 = first        16  8·24  score of each child's first node
 *       12     4  next       leaf behind, 0 = last        208  4·24  that node
 *                                                         304  4·24  the child
 *                                                         400  4·24  nodes below the child
 *
 * A full block is split in two; one that a removal leaves less than a quarter full joins a neighbour where both fill
 * no more than three quarters. Ascending inserts leave full blocks behind.
 *
 * Always true (scoreTreeValidate checks it)
 *   1. Nodes ascend by (score, member), and none is there twice.  2. Inner blocks say what their children hold: first
 *   node, its score, how many.  3. No block but a lone root leaf is empty; an inner root has two children or more.
 *   4. Nodes know their leaf, blocks their parent, leaves their neighbours.
 *
 * Owns its blocks; nodes are made and freed by the caller, but for scoreTreeFree and scoreTreeFreeSlice.
 * Bayer and McCreight, "Organization and Maintenance of Large Ordered Indices", 1972; counts as in any order-statistic tree.
 */
import { DEBUG } from "../config.ts";
import { alloc, free, usableSize } from "../memory/allocator.ts";
import { compareBytes, copyBytes, moveWords } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "../types/entry-key.ts";

// @ts-ignore: decorator
@inline
const LEAF: usize = 4;
// @ts-ignore: decorator
@inline
const SCORE: usize = 8;
// @ts-ignore: decorator
@inline
const NODE_HEAD: u32 = 16;

// @ts-ignore: decorator
@inline
const LEAF_MAX: u32 = 60;
// @ts-ignore: decorator
@inline
const INNER_MAX: u32 = 24;
// @ts-ignore: decorator
@inline
const NODES: usize = 16;
// @ts-ignore: decorator
@inline
const FIRST_SCORES: usize = 16;
// @ts-ignore: decorator
@inline
const FIRSTS: usize = FIRST_SCORES + 8 * <usize>INNER_MAX;
// @ts-ignore: decorator
@inline
const CHILDREN: usize = FIRSTS + 4 * <usize>INNER_MAX;
// @ts-ignore: decorator
@inline
const COUNTS: usize = CHILDREN + 4 * <usize>INNER_MAX;
// @ts-ignore: decorator
@inline
const LEAF_SIZE: usize = NODES + 4 * <usize>LEAF_MAX;
// @ts-ignore: decorator
@inline
const INNER_SIZE: usize = COUNTS + 4 * <usize>INNER_MAX;
/** Nodes of a leaf that are looked at together: 60 in two rounds. */
// @ts-ignore: decorator
@inline
const ROUND: u32 = 8;

if (LEAF_MAX % 4 || INNER_MAX % 4) ERROR("indexOfWord reads four words at a time");
if (NODE_HEAD + 4 > 255) ERROR("keyOffset leaves its byte");

/** What a block begins with. */
@unmanaged
class Block {
  parent: usize;
  count: u16;
  height: u16;
  previous: usize;
  next: usize;
}

@unmanaged
export class ScoreTree {
  root: usize;
  /** First and last leaf. */
  first: usize;
  last: usize;
  length: u32;
  /** Bytes of all blocks. */
  bytes: u32;
  /** Inner blocks that the insert under way may need, linked by their first word; 0 between calls. */
  spare: usize;
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

// Which nodes stand below a bound (isBelow).
/** Those before (score, member of `len` bytes at `ptr`). */
// @ts-ignore: decorator
@inline
const BELOW_NODE: u32 = 0;
/** Those of a lower score, or of this one too. */
// @ts-ignore: decorator
@inline
const BELOW_SCORE: u32 = 1;
// @ts-ignore: decorator
@inline
const UP_TO_SCORE: u32 = 2;
/** Those before the LexRange at `ptr`, or before its end. */
// @ts-ignore: decorator
@inline
const BELOW_LEX: u32 = 3;
// @ts-ignore: decorator
@inline
const UP_TO_LEX: u32 = 4;

// --- nodes ---

// @ts-ignore: decorator
@inline
export function scoreTreeNodeScore(node: usize): f64 {
  return load<f64>(node, SCORE);
}

/** Bytes of a node with a member of `len` bytes. */
// @ts-ignore: decorator
@inline
export function scoreTreeNodeSize(len: usize): usize {
  return NODE_HEAD + (len > SHORT_KEY_MAX ? 4 : 0) + len;
}

/** A node that is in no tree yet. @param member, len  copied     @returns 0 = out of memory */
export function scoreTreeNodeCreate(score: f64, member: usize, len: usize): usize {
  const node = alloc(scoreTreeNodeSize(len));
  if (!node) return 0;
  let keyOffset = NODE_HEAD;
  if (len > SHORT_KEY_MAX) {
    store<u32>(node + keyOffset, <u32>len);
    keyOffset += 4;
  }
  store<u32>(node, keyOffset | ((len > SHORT_KEY_MAX ? 255 : <u32>len) << 8));
  store<u32>(node, 0, LEAF);
  store<f64>(node, score, SCORE);
  copyBytes(node + keyOffset, member, len);
  return node;
}

// @ts-ignore: decorator
@inline
function leafOf(node: usize): usize {
  return load<u32>(node, LEAF);
}

/** The next node, 0 = none. O(1) */
export function scoreTreeNext(node: usize): usize {
  const leaf = leafOf(node);
  const i = indexOfWord(leaf + NODES, node) + 1;
  if (i < countOf(leaf)) return nodeAt(leaf, i);
  const next = changetype<Block>(leaf).next;
  return next ? nodeAt(next, 0) : 0;
}

/** The node before, 0 = none. O(1) */
export function scoreTreePrevious(node: usize): usize {
  const leaf = leafOf(node);
  const i = indexOfWord(leaf + NODES, node);
  if (i) return nodeAt(leaf, i - 1);
  const previous = changetype<Block>(leaf).previous;
  return previous ? nodeAt(previous, countOf(previous) - 1) : 0;
}

/** Walks nodes one after the other, while nothing changes. The caller's memory. */
@unmanaged
export class ScoreTreeCursor {
  /** Where the node stands in its leaf. */
  cell: usize;
  /** The last such place in this leaf, in the direction of the walk. */
  last: usize;
  leaf: usize;
}

/** Puts a cursor on a node. O(1) */
export function scoreTreeCursorAt(cursor: ScoreTreeCursor, node: usize, reverse: bool): void {
  const leaf = leafOf(node);
  cursor.leaf = leaf;
  cursor.cell = leaf + NODES + ((<usize>indexOfWord(leaf + NODES, node)) << 2);
  cursor.last = leaf + NODES + (reverse ? 0 : (<usize>(countOf(leaf) - 1)) << 2);
}

/** The next node, or (reverse) the one before; 0 = none. O(1) */
// @ts-ignore: decorator
@inline
export function scoreTreeCursorStep(cursor: ScoreTreeCursor, reverse: bool): usize {
  const cell = cursor.cell;
  if (cell == cursor.last) return cursorToNextLeaf(cursor, reverse);
  const next = reverse ? cell - 4 : cell + 4;
  cursor.cell = next;
  return load<u32>(next);
}

function cursorToNextLeaf(cursor: ScoreTreeCursor, reverse: bool): usize {
  const current = changetype<Block>(cursor.leaf);
  const leaf = reverse ? current.previous : current.next;
  if (!leaf) return 0;
  const first = leaf + NODES;
  const last = first + ((<usize>(countOf(leaf) - 1)) << 2);
  cursor.leaf = leaf;
  cursor.cell = reverse ? last : first;
  cursor.last = reverse ? first : last;
  return load<u32>(cursor.cell);
}

/** The next node of a removed chain, 0 = none. */
// @ts-ignore: decorator
@inline
export function scoreTreeChainNext(node: usize): usize {
  return load<u32>(node, LEAF);
}

// --- blocks ---

// @ts-ignore: decorator
@inline
function countOf(block: usize): u32 {
  return changetype<Block>(block).count;
}

// @ts-ignore: decorator
@inline
function nodeAt(leaf: usize, i: u32): usize {
  return load<u32>(leaf + ((<usize>i) << 2), NODES);
}

// @ts-ignore: decorator
@inline
function childAt(inner: usize, i: u32): usize {
  return load<u32>(inner + ((<usize>i) << 2), CHILDREN);
}

// @ts-ignore: decorator
@inline
function firstAt(inner: usize, i: u32): usize {
  return load<u32>(inner + ((<usize>i) << 2), FIRSTS);
}

// @ts-ignore: decorator
@inline
function firstScoreAt(inner: usize, i: u32): f64 {
  return load<f64>(inner + ((<usize>i) << 3), FIRST_SCORES);
}

// @ts-ignore: decorator
@inline
function countAt(inner: usize, i: u32): u32 {
  return load<u32>(inner + ((<usize>i) << 2), COUNTS);
}

// @ts-ignore: decorator
@inline
function setFirst(inner: usize, i: u32, node: usize, score: f64): void {
  store<f64>(inner + ((<usize>i) << 3), score, FIRST_SCORES);
  store<u32>(inner + ((<usize>i) << 2), node, FIRSTS);
}

// @ts-ignore: decorator
@inline
function setCount(inner: usize, i: u32, count: u32): void {
  store<u32>(inner + ((<usize>i) << 2), count, COUNTS);
}

/** Where `word` stands among the words at `at`; it must be there. */
// @ts-ignore: decorator
@inline
function indexOfWord(at: usize, word: usize): u32 {
  const wanted = i32x4.splat(<i32>word);
  let i: u32 = 0;
  while (true) {
    const same = i32x4.bitmask(i32x4.eq(v128.load(at + ((<usize>i) << 2)), wanted));
    if (same) return i + <u32>ctz(same);
    i += 4;
  }
}

// @ts-ignore: decorator
@inline
function childIndex(inner: usize, child: usize): u32 {
  return indexOfWord(inner + CHILDREN, child);
}

/** First node below a block that is not empty. */
// @ts-ignore: decorator
@inline
function firstNode(block: usize): usize {
  return changetype<Block>(block).height ? firstAt(block, 0) : nodeAt(block, 0);
}

/** Nodes below a block. */
function nodesBelow(block: usize): u32 {
  const count = countOf(block);
  return changetype<Block>(block).height ? countsBefore(block, count) : count;
}

/** Nodes below the first `i` children. */
function countsBefore(inner: usize, i: u32): u32 {
  let sum: u32 = 0;
  for (const end = inner + ((<usize>i) << 2); inner < end; inner += 4) sum += load<u32>(inner, COUNTS);
  return sum;
}

/** Adds to what the blocks above say of how many nodes are below. */
function addCounts(block: usize, change: i32): void {
  for (let parent = changetype<Block>(block).parent; parent; parent = changetype<Block>(parent).parent) {
    const at = parent + COUNTS + ((<usize>childIndex(parent, block)) << 2);
    store<u32>(at, load<u32>(at) + change);
    block = parent;
  }
}

/** The first node below a block is another: the blocks above are told. */
function refreshFirst(block: usize): void {
  const node = firstNode(block);
  const score = scoreTreeNodeScore(node);
  for (let parent = changetype<Block>(block).parent; parent; parent = changetype<Block>(parent).parent) {
    const i = childIndex(parent, block);
    setFirst(parent, i, node, score);
    if (i) return;
    block = parent;
  }
}

function blockInit(block: usize, height: u32): void {
  const head = changetype<Block>(block);
  head.parent = 0;
  head.count = 0;
  head.height = <u16>height;
  head.previous = 0;
  head.next = 0;
}

function blockFree(tree: ScoreTree, block: usize): void {
  tree.bytes -= <u32>usableSize(block);
  free(block);
}

// --- the tree ---

/** An empty tree; 0 = out of memory. */
export function scoreTreeCreate(): usize {
  const at = alloc(offsetof<ScoreTree>());
  if (!at) return 0;
  const leaf = alloc(LEAF_SIZE);
  if (!leaf) {
    free(at);
    return 0;
  }
  blockInit(leaf, 0);
  const tree = changetype<ScoreTree>(at);
  tree.root = leaf;
  tree.first = leaf;
  tree.last = leaf;
  tree.length = 0;
  tree.bytes = <u32>usableSize(leaf);
  tree.spare = 0;
  return at;
}

/**
 * Frees up to `budget` nodes, from the end; the tree can be used for nothing else from then on.
 * @returns whether anything is left; if not, the tree itself is gone.  O(budget)
 */
export function scoreTreeFreeSlice(at: usize, budget: u32): bool {
  const tree = changetype<ScoreTree>(at);
  let block = tree.root;
  while (true) {
    const count = countOf(block);
    if (!count) {
      const parent = changetype<Block>(block).parent;
      free(block);
      if (!parent) {
        free(at);
        return false;
      }
      changetype<Block>(parent).count--;
      block = parent;
    } else if (changetype<Block>(block).height) {
      block = childAt(block, count - 1);
    } else {
      const freed = min(count, budget);
      for (let i = count - freed; i < count; i++) free(nodeAt(block, i));
      changetype<Block>(block).count = <u16>(count - freed);
      budget -= freed;
      if (freed < count || (!budget && leadsOn(block))) return true;
    }
  }
}

/** Whether an empty leaf of a tree that is being freed has nodes before it. */
function leadsOn(leaf: usize): bool {
  for (let parent = changetype<Block>(leaf).parent; parent; parent = changetype<Block>(parent).parent) {
    if (countOf(parent) > 1) return true;
  }
  return false;
}

/** Frees the tree and all its nodes. O(n) */
export function scoreTreeFree(at: usize): void {
  scoreTreeFreeSlice(at, u32.MAX_VALUE);
}

export function scoreTreeLength(at: usize): u32 {
  return changetype<ScoreTree>(at).length;
}

/** Bytes the tree takes besides its nodes. O(1) */
export function scoreTreeMemory(at: usize): usize {
  return usableSize(at) + changetype<ScoreTree>(at).bytes;
}

/** The node of the lowest rank, 0 = the tree is empty. O(1) */
export function scoreTreeFirst(at: usize): usize {
  const tree = changetype<ScoreTree>(at);
  return tree.length ? nodeAt(tree.first, 0) : 0;
}

/** The node of the highest rank, 0 = the tree is empty. O(1) */
export function scoreTreeLast(at: usize): usize {
  const tree = changetype<ScoreTree>(at);
  return tree.length ? nodeAt(tree.last, countOf(tree.last) - 1) : 0;
}

// --- searching ---

/** Whether a node of this score stands below a bound. @param ptr, len  see BELOW_NODE … UP_TO_LEX */
// @ts-ignore: decorator
@inline
function isBelow(own: f64, node: usize, bound: u32, score: f64, ptr: usize, len: usize): bool {
  if (bound == BELOW_NODE) {
    return own < score || (own == score && compareBytes(entryKey(node), entryKeyLen(node), ptr, len) < 0);
  }
  if (bound == BELOW_SCORE) return own < score;
  if (bound == UP_TO_SCORE) return own <= score;
  const range = changetype<LexRange>(ptr);
  if (bound == BELOW_LEX) return lexIsBelowMin(entryKey(node), entryKeyLen(node), range);
  return !lexIsAboveMax(entryKey(node), entryKeyLen(node), range);
}

/** The leaf that a bound falls into; root.scratch0 says how many of its nodes are below. O(log n) */
function seek(tree: ScoreTree, bound: u32, score: f64, ptr: usize, len: usize): usize {
  let block = tree.root;
  for (let height = changetype<Block>(block).height; height; height--) {
    // The last child whose first node is below, else the first child.
    let low: u32 = 1;
    let high = countOf(block);
    if (bound != BELOW_SCORE && firstScoreAt(block, 0) == firstScoreAt(block, high - 1))
      touchFirsts(block, high);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBelow(firstScoreAt(block, middle), firstAt(block, middle), bound, score, ptr, len)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    block = childAt(block, low - 1);
  }
  root.scratch0 = seekInLeaf(block, bound, score, ptr, len);
  return block;
}

/** How many nodes of a leaf are below a bound: first by the last node of each round of eight, then within one. */
function seekInLeaf(leaf: usize, bound: u32, score: f64, ptr: usize, len: usize): u32 {
  let count = countOf(leaf);
  let low: u32 = 0;
  if (count > ROUND) {
    touch(leaf, ROUND - 1, count, ROUND);
    let rounds = count / ROUND;
    while (low < rounds) {
      const middle = (low + rounds) >> 1;
      const node = nodeAt(leaf, middle * ROUND + ROUND - 1);
      if (isBelow(scoreTreeNodeScore(node), node, bound, score, ptr, len)) low = middle + 1;
      else rounds = middle;
    }
    low *= ROUND;
    // The round's own last node is known not to be below.
    count = min(low + ROUND - 1, count);
  }
  touch(leaf, low, count, 1);
  while (low < count) {
    const middle = (low + count) >> 1;
    const node = nodeAt(leaf, middle);
    if (isBelow(scoreTreeNodeScore(node), node, bound, score, ptr, len)) low = middle + 1;
    else count = middle;
  }
  return low;
}

/** Touches every `step`th node: loads that do not wait for each other. The sum only keeps them from being left out. */
// @ts-ignore: decorator
@inline
function touch(leaf: usize, from: u32, to: u32, step: u32): void {
  let sum: u32 = 0;
  for (let i = from; i < to; i += step) sum += load<u8>(nodeAt(leaf, i), SCORE);
  root.scratch0 = sum;
}

/** Touches some first nodes of an inner block, where scores alone will not do: loads that do not wait for each other. */
function touchFirsts(inner: usize, count: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 3; i < count; i += 4) sum += load<u8>(firstAt(inner, i), NODE_HEAD);
  root.scratch0 = sum;
}

/** Rank of the node behind the first `i` of a leaf. O(log n) */
function rankIn(leaf: usize, i: u32): u32 {
  let block = leaf;
  let rank = i;
  for (let parent = changetype<Block>(block).parent; parent; parent = changetype<Block>(parent).parent) {
    rank += countsBefore(parent, childIndex(parent, block));
    block = parent;
  }
  return rank;
}

/** The leaf of a rank below `length`; root.scratch0 says where in it. O(log n) */
function seekRank(tree: ScoreTree, rank: u32): usize {
  let block = tree.root;
  for (let height = changetype<Block>(block).height; height; height--) {
    let i: u32 = 0;
    for (let below = countAt(block, 0); rank >= below; below = countAt(block, ++i)) rank -= below;
    block = childAt(block, i);
  }
  root.scratch0 = rank;
  return block;
}

/** The node that `i` nodes of a leaf stand before, 0 = there is none. */
// @ts-ignore: decorator
@inline
function nodeFrom(leaf: usize, i: u32): usize {
  if (i < countOf(leaf)) return nodeAt(leaf, i);
  const next = changetype<Block>(leaf).next;
  return next ? nodeAt(next, 0) : 0;
}

/** The last of the first `i` nodes of a leaf, 0 = there is none. */
// @ts-ignore: decorator
@inline
function nodeBefore(leaf: usize, i: u32): usize {
  if (i) return nodeAt(leaf, i - 1);
  const previous = changetype<Block>(leaf).previous;
  return previous ? nodeAt(previous, countOf(previous) - 1) : 0;
}

// --- inserting ---

/** Puts a node in; its (score, member) must not be there. @returns false = out of memory, nothing changed. O(log n) */
export function scoreTreeInsert(at: usize, node: usize): bool {
  const tree = changetype<ScoreTree>(at);
  const leaf = seek(tree, BELOW_NODE, scoreTreeNodeScore(node), entryKey(node), entryKeyLen(node));
  return insertInLeaf(tree, leaf, root.scratch0, node);
}

/** Puts a node into a leaf behind `i` others; false = out of memory, nothing changed. */
function insertInLeaf(tree: ScoreTree, leaf: usize, i: u32, node: usize): bool {
  let right: usize = 0;
  let target = leaf;
  if (countOf(leaf) == LEAF_MAX) {
    right = reserve(tree, leaf);
    if (!right) return false;
    splitLeaf(tree, leaf, right, i);
    const kept = countOf(leaf);
    if (i > kept || kept == LEAF_MAX) {
      target = right;
      i -= kept;
    }
  }
  addCounts(leaf, 1);
  tree.length++;
  place(target, i, node);
  if (right) insertSibling(tree, leaf, right);
  if (!i && target == leaf) refreshFirst(leaf);
  return true;
}

/** Puts a node into a leaf that has room. */
function place(leaf: usize, i: u32, node: usize): void {
  const at = leaf + NODES + ((<usize>i) << 2);
  const count = countOf(leaf);
  moveWords(at + 4, at, count - i);
  store<u32>(at, node);
  store<u32>(node, leaf, LEAF);
  changetype<Block>(leaf).count = <u16>(count + 1);
}

/** Allocates what splitting a full leaf takes: inner blocks into tree.spare. @returns the leaf; 0 = out of memory */
function reserve(tree: ScoreTree, leaf: usize): usize {
  const right = alloc(LEAF_SIZE);
  if (!right) return 0;
  let parent = changetype<Block>(leaf).parent;
  let wanted: u32 = 0;
  for (; parent && countOf(parent) == INNER_MAX; parent = changetype<Block>(parent).parent) wanted++;
  if (!parent) wanted++; // a new root
  for (; wanted; wanted--) {
    const inner = alloc(INNER_SIZE);
    if (!inner) {
      while (tree.spare) free(takeSpare(tree));
      free(right);
      return 0;
    }
    store<u32>(inner, tree.spare);
    tree.spare = inner;
    tree.bytes += <u32>usableSize(inner);
  }
  tree.bytes += <u32>usableSize(right);
  return right;
}

// @ts-ignore: decorator
@inline
function takeSpare(tree: ScoreTree): usize {
  const inner = tree.spare;
  tree.spare = load<u32>(inner);
  return inner;
}

/** Moves the upper half of a full leaf to a new one behind it; nothing where it is about to be appended to the last. */
function splitLeaf(tree: ScoreTree, leaf: usize, right: usize, insertAt: u32): void {
  const kept = leaf == tree.last && insertAt == LEAF_MAX ? LEAF_MAX : LEAF_MAX / 2;
  blockInit(right, 0);
  moveNodes(leaf, kept, right, 0, LEAF_MAX - kept);
  changetype<Block>(leaf).count = <u16>kept;
  changetype<Block>(right).count = <u16>(LEAF_MAX - kept);
  const next = changetype<Block>(leaf).next;
  changetype<Block>(right).previous = leaf;
  changetype<Block>(right).next = next;
  changetype<Block>(leaf).next = right;
  if (next) changetype<Block>(next).previous = right;
  else tree.last = right;
}

/** Copies nodes from one leaf to another, and tells them. Counts are the caller's. */
function moveNodes(from: usize, fromIndex: u32, to: usize, toIndex: u32, n: u32): void {
  const at = to + NODES + ((<usize>toIndex) << 2);
  moveWords(at, from + NODES + ((<usize>fromIndex) << 2), n);
  for (let i: u32 = 0; i < n; i++) store<u32>(load<u32>(at + ((<usize>i) << 2)), to, LEAF);
}

/** Puts a block that was split off `left` behind it, into the blocks above. Takes from tree.spare what that needs. */
function insertSibling(tree: ScoreTree, left: usize, right: usize): void {
  let parent = changetype<Block>(left).parent;
  if (!parent) {
    parent = takeSpare(tree);
    blockInit(parent, changetype<Block>(left).height + 1);
    tree.root = parent;
    insertChild(parent, 0, left);
    return insertChild(parent, 1, right);
  }
  let i = childIndex(parent, left);
  if (countOf(parent) == INNER_MAX) {
    const other = takeSpare(tree);
    blockInit(other, changetype<Block>(parent).height);
    const kept = i == INNER_MAX - 1 && leadsToLast(tree, right) ? INNER_MAX - 1 : INNER_MAX / 2;
    moveChildren(parent, kept, other, 0, INNER_MAX - kept);
    changetype<Block>(parent).count = <u16>kept;
    changetype<Block>(other).count = <u16>(INNER_MAX - kept);
    insertSibling(tree, parent, other);
    if (i >= kept) {
      parent = other;
      i -= kept;
    }
  }
  setCount(parent, i, nodesBelow(left));
  insertChild(parent, i + 1, right);
}

/** Whether a block is the last of its height. */
function leadsToLast(tree: ScoreTree, block: usize): bool {
  while (changetype<Block>(block).height) block = childAt(block, countOf(block) - 1);
  return block == tree.last;
}

/** Puts a child, which is not empty, into an inner block that has room. */
function insertChild(inner: usize, i: u32, child: usize): void {
  const n = countOf(inner) - i;
  copyChildren(inner, i, inner, i + 1, n);
  const node = firstNode(child);
  setFirst(inner, i, node, scoreTreeNodeScore(node));
  store<u32>(inner + ((<usize>i) << 2), child, CHILDREN);
  setCount(inner, i, nodesBelow(child));
  changetype<Block>(child).parent = inner;
  changetype<Block>(inner).count = <u16>(countOf(inner) + 1);
}

function copyChildren(from: usize, fromIndex: u32, to: usize, toIndex: u32, n: u32): void {
  const source = from + ((<usize>fromIndex) << 2);
  const target = to + ((<usize>toIndex) << 2);
  moveWords(
    to + FIRST_SCORES + ((<usize>toIndex) << 3),
    from + FIRST_SCORES + ((<usize>fromIndex) << 3),
    n << 1,
  );
  moveWords(target + FIRSTS, source + FIRSTS, n);
  moveWords(target + CHILDREN, source + CHILDREN, n);
  moveWords(target + COUNTS, source + COUNTS, n);
}

/** Copies children from one inner block to another, and tells them. Counts of the blocks are the caller's. */
function moveChildren(from: usize, fromIndex: u32, to: usize, toIndex: u32, n: u32): void {
  copyChildren(from, fromIndex, to, toIndex, n);
  for (let i: u32 = 0; i < n; i++) changetype<Block>(childAt(to, toIndex + i)).parent = to;
}

// --- removing ---

/** Takes a node of this tree out; it is the caller's again. O(log n), without a comparison */
export function scoreTreeRemove(at: usize, node: usize): void {
  const tree = changetype<ScoreTree>(at);
  const leaf = leafOf(node);
  const i = indexOfWord(leaf + NODES, node);
  if (DEBUG) assert(i < countOf(leaf), "scoreTreeRemove: the node is not in its leaf");
  detach(tree, leaf, i, 1);
  settle(tree, leaf, i == 0);
}

/** Takes nodes out of a leaf; settle must follow. */
function detach(tree: ScoreTree, leaf: usize, i: u32, n: u32): void {
  const at = leaf + NODES + ((<usize>i) << 2);
  const count = countOf(leaf) - n;
  moveWords(at, at + ((<usize>n) << 2), count - i);
  changetype<Block>(leaf).count = <u16>count;
  tree.length -= n;
  addCounts(leaf, -(<i32>n));
}

/** After a removal: blocks that are empty go, small ones join a neighbour, a root of one child gives way to it. */
function settle(tree: ScoreTree, block: usize, firstChanged: bool): void {
  while (true) {
    const parent = changetype<Block>(block).parent;
    if (!parent) return lowerRoot(tree);
    const count = countOf(block);
    if (count) {
      if (firstChanged) refreshFirst(block);
      firstChanged = false;
      if (!joinNeighbour(tree, parent, block, count)) return;
    } else {
      const i = childIndex(parent, block);
      unlinkLeaf(tree, block);
      removeChild(parent, i);
      blockFree(tree, block);
      firstChanged = !i;
    }
    block = parent;
  }
}

function lowerRoot(tree: ScoreTree): void {
  let block = tree.root;
  while (changetype<Block>(block).height && countOf(block) == 1) {
    const child = childAt(block, 0);
    blockFree(tree, block);
    changetype<Block>(child).parent = 0;
    block = child;
  }
  tree.root = block;
}

function unlinkLeaf(tree: ScoreTree, block: usize): void {
  const leaf = changetype<Block>(block);
  if (leaf.height) return;
  if (leaf.previous) changetype<Block>(leaf.previous).next = leaf.next;
  else tree.first = leaf.next;
  if (leaf.next) changetype<Block>(leaf.next).previous = leaf.previous;
  else tree.last = leaf.previous;
}

function removeChild(inner: usize, i: u32): void {
  const count = countOf(inner) - 1;
  copyChildren(inner, i + 1, inner, i, count - i);
  changetype<Block>(inner).count = <u16>count;
}

/** Joins a small block with a child of the same parent beside it, where both fill no more than three quarters of one. */
function joinNeighbour(tree: ScoreTree, parent: usize, block: usize, count: u32): bool {
  const most = changetype<Block>(block).height ? INNER_MAX : LEAF_MAX;
  if (count >= most / 4) return false;
  const i = childIndex(parent, block);
  if (i && countOf(childAt(parent, i - 1)) + count <= (most * 3) / 4) return join(tree, parent, i - 1);
  if (i + 1 < countOf(parent) && countOf(childAt(parent, i + 1)) + count <= (most * 3) / 4) {
    return join(tree, parent, i);
  }
  return false;
}

/** Joins children `i` and `i` + 1: the smaller moves into the larger, as each that moves is a miss. */
function join(tree: ScoreTree, parent: usize, i: u32): bool {
  const left = childAt(parent, i);
  const right = childAt(parent, i + 1);
  const leftCount = countOf(left);
  const rightCount = countOf(right);
  const toRight = leftCount < rightCount;
  const kept = toRight ? right : left;
  const gone = toRight ? left : right;
  if (changetype<Block>(left).height) {
    if (toRight) {
      copyChildren(right, 0, right, leftCount, rightCount);
      moveChildren(left, 0, right, 0, leftCount);
    } else {
      moveChildren(right, 0, left, leftCount, rightCount);
    }
  } else if (toRight) {
    const nodes = right + NODES;
    moveWords(nodes + ((<usize>leftCount) << 2), nodes, rightCount);
    moveNodes(left, 0, right, 0, leftCount);
  } else {
    moveNodes(right, 0, left, leftCount, rightCount);
  }
  changetype<Block>(kept).count = <u16>(leftCount + rightCount);
  setCount(parent, i, countAt(parent, i) + countAt(parent, i + 1));
  store<u32>(parent + ((<usize>i) << 2), kept, CHILDREN);
  removeChild(parent, i + 1);
  unlinkLeaf(tree, gone);
  blockFree(tree, gone);
  return true;
}

/**
 * Gives a node of this tree another score; it moves only if it must.
 * @returns false = out of memory, nothing changed.  O(log n)
 */
export function scoreTreeUpdateScore(at: usize, node: usize, score: f64): bool {
  const tree = changetype<ScoreTree>(at);
  const leaf = leafOf(node);
  const i = indexOfWord(leaf + NODES, node);
  const before = nodeBefore(leaf, i);
  const after = nodeFrom(leaf, i + 1);
  const old = scoreTreeNodeScore(node);
  if (
    score == old ||
    ((!before || scoreTreeNodeScore(before) < score) && (!after || scoreTreeNodeScore(after) > score))
  ) {
    store<f64>(node, score, SCORE);
    if (!i) refreshFirst(leaf);
    return true;
  }
  // Out of its leaf, which is settled when the new place is taken: until then there is a way back.
  detach(tree, leaf, i, 1);
  const target = seek(tree, BELOW_NODE, score, entryKey(node), entryKeyLen(node));
  store<f64>(node, score, SCORE);
  if (insertInLeaf(tree, target, root.scratch0, node)) {
    settle(tree, leaf, i == 0);
    return true;
  }
  store<f64>(node, old, SCORE);
  insertInLeaf(tree, leaf, i, node);
  return false;
}

/** Lets `moved`, a copy of `node` at another address, take its place. For defragmentation. O(log n) */
export function scoreTreeReplace(node: usize, moved: usize): void {
  const leaf = leafOf(node);
  const i = indexOfWord(leaf + NODES, node);
  store<u32>(leaf + ((<usize>i) << 2), moved, NODES);
  if (!i) refreshFirst(leaf);
}

// --- ranks ---

/** Nodes before this one: its rank from 0. O(log n), without a comparison */
export function scoreTreeRank(node: usize): u32 {
  const leaf = leafOf(node);
  return rankIn(leaf, indexOfWord(leaf + NODES, node));
}

/** The node of this rank, from 0; 0 if there are not so many. O(log n) */
export function scoreTreeByRank(at: usize, rank: u32): usize {
  const tree = changetype<ScoreTree>(at);
  if (rank >= tree.length) return 0;
  const leaf = seekRank(tree, rank);
  return nodeAt(leaf, root.scratch0);
}

// --- ranges by score ---

/** Nodes with a score below `score`, or equal to it if `orEqual`: rank of the first node beyond. O(log n) */
export function scoreTreeCountBelow(at: usize, score: f64, orEqual: bool): u32 {
  const leaf = seek(changetype<ScoreTree>(at), orEqual ? UP_TO_SCORE : BELOW_SCORE, score, 0, 0);
  return rankIn(leaf, root.scratch0);
}

/** The first node in a range of scores, 0 = the range is empty. @param flags RANGE_*  O(log n) */
export function scoreTreeFirstInRange(at: usize, min: f64, max: f64, flags: u32): usize {
  const bound = flags & RANGE_MIN_EXCLUSIVE ? UP_TO_SCORE : BELOW_SCORE;
  const leaf = seek(changetype<ScoreTree>(at), bound, min, 0, 0);
  const node = nodeFrom(leaf, root.scratch0);
  if (!node) return 0;
  const score = scoreTreeNodeScore(node);
  return (flags & RANGE_MAX_EXCLUSIVE ? score < max : score <= max) ? node : 0;
}

/** The last node in a range of scores, 0 = the range is empty. @param flags RANGE_*  O(log n) */
export function scoreTreeLastInRange(at: usize, min: f64, max: f64, flags: u32): usize {
  const bound = flags & RANGE_MAX_EXCLUSIVE ? BELOW_SCORE : UP_TO_SCORE;
  const leaf = seek(changetype<ScoreTree>(at), bound, max, 0, 0);
  const node = nodeBefore(leaf, root.scratch0);
  if (!node) return 0;
  const score = scoreTreeNodeScore(node);
  return (flags & RANGE_MIN_EXCLUSIVE ? score > min : score >= min) ? node : 0;
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

/**
 * Nodes that stand before the range (`upToMax` false), or before its end: rank of the first node beyond.
 * O(log n)
 */
export function scoreTreeLexCount(at: usize, range: LexRange, upToMax: bool): u32 {
  const bound = upToMax ? UP_TO_LEX : BELOW_LEX;
  const leaf = seek(changetype<ScoreTree>(at), bound, 0, changetype<usize>(range), 0);
  return rankIn(leaf, root.scratch0);
}

/** The first node in a lexicographic range, 0 = the range is empty. O(log n) */
export function scoreTreeFirstInLexRange(at: usize, range: LexRange): usize {
  const leaf = seek(changetype<ScoreTree>(at), BELOW_LEX, 0, changetype<usize>(range), 0);
  const node = nodeFrom(leaf, root.scratch0);
  return node && !lexIsAboveMax(entryKey(node), entryKeyLen(node), range) ? node : 0;
}

/** The last node in a lexicographic range, 0 = the range is empty. O(log n) */
export function scoreTreeLastInLexRange(at: usize, range: LexRange): usize {
  const leaf = seek(changetype<ScoreTree>(at), UP_TO_LEX, 0, changetype<usize>(range), 0);
  const node = nodeBefore(leaf, root.scratch0);
  return node && !lexIsBelowMin(entryKey(node), entryKeyLen(node), range) ? node : 0;
}

// --- removing ranges ---

/**
 * Takes the nodes of ranks `start` … `end` − 1 out.
 * @returns the first of them, linked to the rest by scoreTreeChainNext, 0 = there are none; how many is in
 *   root.scratch0. The caller takes them out of the dict and frees them.  O(log n + removed)
 */
export function scoreTreeRemoveByRank(at: usize, start: u32, end: u32): usize {
  const tree = changetype<ScoreTree>(at);
  end = min(end, tree.length);
  const removed = start < end ? end - start : 0;
  let first: usize = 0;
  let last: usize = 0;
  for (let left = removed; left;) {
    const leaf = seekRank(tree, start);
    const from = root.scratch0;
    const n = min(left, countOf(leaf) - from);
    for (let i: u32 = 0; i < n; i++) {
      const node = nodeAt(leaf, from + i);
      if (last) store<u32>(last, node, LEAF);
      else first = node;
      last = node;
    }
    detach(tree, leaf, from, n);
    settle(tree, leaf, from == 0);
    left -= n;
  }
  if (last) store<u32>(last, 0, LEAF);
  root.scratch0 = removed;
  return first;
}

/** Takes out the nodes in a range of scores; see scoreTreeRemoveByRank. @param flags RANGE_* */
export function scoreTreeRemoveByScore(at: usize, min: f64, max: f64, flags: u32): usize {
  const start = scoreTreeCountBelow(at, min, (flags & RANGE_MIN_EXCLUSIVE) != 0);
  return scoreTreeRemoveByRank(at, start, scoreTreeCountBelow(at, max, !(flags & RANGE_MAX_EXCLUSIVE)));
}

/** Takes out the nodes in a lexicographic range; see scoreTreeRemoveByRank. */
export function scoreTreeRemoveByLex(at: usize, range: LexRange): usize {
  const start = scoreTreeLexCount(at, range, false);
  return scoreTreeRemoveByRank(at, start, scoreTreeLexCount(at, range, true));
}

// --- checking ---

/** Whether all that the head of this file promises is so. O(n) */
export function scoreTreeValidate(at: usize): bool {
  const tree = changetype<ScoreTree>(at);
  const top = changetype<Block>(tree.root);
  if (top.parent || tree.spare || (top.height && top.count < 2)) return false;
  return validateBlock(tree.root) && validateLeaves(tree) && nodesBelow(tree.root) == tree.length;
}

/** A block and what is below it, but for the order. */
function validateBlock(block: usize): bool {
  const head = changetype<Block>(block);
  if (!head.count && head.parent) return false;
  if (!head.height) {
    for (let i: u32 = 0; i < head.count; i++) if (leafOf(nodeAt(block, i)) != block) return false;
    return head.count <= LEAF_MAX;
  }
  for (let i: u32 = 0; i < head.count; i++) {
    const child = childAt(block, i);
    const below = changetype<Block>(child);
    if (below.parent != block || below.height + 1 != head.height || !validateBlock(child)) return false;
    if (countAt(block, i) != nodesBelow(child) || firstAt(block, i) != firstNode(child)) return false;
    if (firstScoreAt(block, i) != scoreTreeNodeScore(firstAt(block, i))) return false;
  }
  return head.count <= INNER_MAX;
}

/** The leaves from first to last: links, and the order of all nodes. */
function validateLeaves(tree: ScoreTree): bool {
  let before: usize = 0;
  let previous: usize = 0;
  for (let leaf = tree.first; leaf; leaf = changetype<Block>(leaf).next) {
    if (changetype<Block>(leaf).previous != previous) return false;
    for (let i: u32 = 0; i < countOf(leaf); i++) {
      const node = nodeAt(leaf, i);
      const score = scoreTreeNodeScore(node);
      const ordered =
        !before ||
        isBelow(scoreTreeNodeScore(before), before, BELOW_NODE, score, entryKey(node), entryKeyLen(node));
      if (!ordered) return false;
      before = node;
    }
    previous = leaf;
  }
  return tree.last == previous;
}
