/**
 * id-tree: ordered map of stream IDs (two u64: milliseconds, sequence) to addresses. A stream's listpacks, the
 * pending entries of a group and of each consumer.
 *
 * Why a B+ tree where Redis has a radix tree: IDs have one length, arrive in order and go in order, and a
 * node of the tree is a sorted array of them: 20.6 bytes an ID when filled in order (Redis: 38), a few
 * cache lines touched per append, and a walk in order is a walk along arrays. Figures are in
 * docs/decisions/stream-index.md.
 *
 * Tree
 *   offset  size  field    meaning
 *        0     4  root     node, 0 = the tree is empty
 *        4     4  last     leaf with the highest IDs
 *        8     4  height   levels above the leaves
 *       12     4  count    IDs
 *       16     4  version  changes whenever an ID may have moved: cursors then search again
 *       20     4  bytes    that the nodes take
 *
 * Node
 *   offset  size   field     meaning
 *        0     2   count     IDs in use, 1 … 63
 *        2     2   capacity  IDs there is room for
 *        4     4   next      leaf: the leaf to the right, 0 = none · above: zero
 *        8     4   prev      leaf: the leaf to the left, 0 = none · above: zero
 *       12     4   -         zero
 *       16  16·c   ids       ascending: ms u64, seq u64
 *   16+16c   4·c   values    leaf: what the ID maps to, not 0 · above: child i
 * Above the leaves, id i (i > 0) is a lower bound of child i and above all of child i − 1; id 0 means nothing.
 * Small trees have one small leaf: nodes start with room for a few and grow to 63, which fill 1,280 bytes.
 *
 * Always true (idTreeValidate checks it)
 *   1. IDs ascend.  2. No node is empty.  3. All leaves are at the same depth, linked in order.
 *   4. The root has two children or is a leaf.  5. count and bytes are what is there.
 * A node that loses entries merges with a neighbour when both fill no more than 3/4; if there is no memory
 * to do so it just stays small.
 *
 * Owns its nodes, not what the values point to.
 */
import { DEBUG } from "../config.ts";
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { SCRATCH, SCRATCH_SIZE } from "../memory/map.ts";
import { root } from "../root.ts";

@unmanaged
export class IdTree {
  root: usize;
  last: usize;
  height: u32;
  count: u32;
  version: u32;
  bytes: u32;
}

/**
 * A place in a tree that survives changes of the tree. Wherever the caller likes to have it (40 bytes).
 * ms, seq and value are those of the current ID.
 */
@unmanaged
export class IdCursor {
  tree: usize;
  leaf: usize;
  index: u32;
  version: u32;
  ms: u64;
  seq: u64;
  value: u32;
}
// @ts-ignore: decorator
@inline
export const ID_CURSOR_SIZE: usize = 40;
if (offsetof<IdCursor>() > ID_CURSOR_SIZE) ERROR("IdCursor outgrew 40 bytes");

/** Outcomes of idTreeInsert. */
// @ts-ignore: decorator
@inline
export const ID_OUT_OF_MEMORY: u32 = 0;
// @ts-ignore: decorator
@inline
export const ID_INSERTED: u32 = 1;
// @ts-ignore: decorator
@inline
export const ID_EXISTS: u32 = 2;

// @ts-ignore: decorator
@inline
const NODE_HEAD: u32 = 16;
// @ts-ignore: decorator
@inline
const ENTRY_SIZE: u32 = 20;
/** Fills 16 + 63 · 20 = 1276 of a block of 1280. */
// @ts-ignore: decorator
@inline
const CAPACITY_MAX: u32 = 63;
// @ts-ignore: decorator
@inline
const CAPACITY_FIRST: u32 = 2;
/** A node with this few entries looks for a neighbour to merge with … */
// @ts-ignore: decorator
@inline
const MERGE_BELOW: u32 = CAPACITY_MAX / 4;
/** … if both have no more than this. */
// @ts-ignore: decorator
@inline
const MERGED_MAX: u32 = (CAPACITY_MAX * 3) / 4;
/** Levels: with 4 GiB of nodes of 63 no tree is higher than 5. */
// @ts-ignore: decorator
@inline
const LEVELS_MAX: u32 = 12;

@unmanaged
class Node {
  count: u16;
  capacity: u16;
  next: usize;
  prev: usize;
  zero: u32;
}
if (offsetof<Node>() != NODE_HEAD) ERROR("Node is not 16 bytes: mend its table");

/** The way from the root: by level from the leaf up, the node, its index in the parent, and a node to split into. */
// @ts-ignore: decorator
@inline
const PATH: usize = SCRATCH + SCRATCH_SIZE - 512;
if (LEVELS_MAX * 12 > 256) ERROR("The path outgrew its place in scratch");

// @ts-ignore: decorator
@inline
function pathNode(level: u32): usize {
  return load<u32>(PATH + level * 12);
}

// @ts-ignore: decorator
@inline
function setPathNode(level: u32, node: usize): void {
  store<u32>(PATH + level * 12, node);
}

/** Index of pathNode(level) in pathNode(level + 1); below the leaves: the place of the ID. */
// @ts-ignore: decorator
@inline
function pathIndex(level: u32): u32 {
  return load<u32>(PATH + level * 12, 4);
}

// @ts-ignore: decorator
@inline
function setPathIndex(level: u32, index: u32): void {
  store<u32>(PATH + level * 12, index, 4);
}

// @ts-ignore: decorator
@inline
function spare(level: u32): usize {
  return load<u32>(PATH + level * 12, 8);
}

// @ts-ignore: decorator
@inline
function setSpare(level: u32, node: usize): void {
  store<u32>(PATH + level * 12, node, 8);
}

// --- nodes ---

// @ts-ignore: decorator
@inline
function nodeAt(node: usize): Node {
  return changetype<Node>(node);
}

// @ts-ignore: decorator
@inline
function countOf(node: usize): u32 {
  return nodeAt(node).count;
}

// @ts-ignore: decorator
@inline
function idAt(node: usize, i: u32): usize {
  return node + NODE_HEAD + ((<usize>i) << 4);
}

// @ts-ignore: decorator
@inline
function msAt(node: usize, i: u32): u64 {
  return load<u64>(node + ((<usize>i) << 4), NODE_HEAD);
}

// @ts-ignore: decorator
@inline
function seqAt(node: usize, i: u32): u64 {
  return load<u64>(node + ((<usize>i) << 4), NODE_HEAD + 8);
}

// @ts-ignore: decorator
@inline
function valuesOf(node: usize): usize {
  return node + NODE_HEAD + ((<usize>nodeAt(node).capacity) << 4);
}

// @ts-ignore: decorator
@inline
function valueAt(node: usize, i: u32): u32 {
  return load<u32>(valuesOf(node) + ((<usize>i) << 2));
}

// @ts-ignore: decorator
@inline
function setValue(node: usize, i: u32, value: u32): void {
  store<u32>(valuesOf(node) + ((<usize>i) << 2), value);
}

/** Whether ID i of the node is below (ms, seq), or equal to it if `orEqual`. */
// @ts-ignore: decorator
@inline
function isBelow(node: usize, i: u32, ms: u64, seq: u64, orEqual: bool): bool {
  const own = msAt(node, i);
  if (own != ms) return own < ms;
  return orEqual ? seqAt(node, i) <= seq : seqAt(node, i) < seq;
}

/** IDs of the node below (ms, seq), or up to it if `orEqual`: the index of the first beyond. */
function countBelow(node: usize, ms: u64, seq: u64, orEqual: bool): u32 {
  let low: u32 = 0;
  let high = countOf(node);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(node, middle, ms, seq, orEqual)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the child that (ms, seq) is or would be in. */
// @ts-ignore: decorator
@inline
function childIndex(node: usize, ms: u64, seq: u64): u32 {
  const beyond = countBelow(node, ms, seq, true);
  return beyond ? beyond - 1 : 0;
}

/** A node with room for at least `capacity`; 0 = out of memory. */
function nodeCreate(tree: IdTree, capacity: u32): usize {
  const node = alloc(NODE_HEAD + capacity * ENTRY_SIZE);
  if (!node) return 0;
  const bytes = <u32>usableSize(node);
  memory.fill(node, 0, NODE_HEAD);
  nodeAt(node).capacity = <u16>min((bytes - NODE_HEAD) / ENTRY_SIZE, CAPACITY_MAX);
  tree.bytes += bytes;
  return node;
}

function nodeFree(tree: IdTree, node: usize): void {
  tree.bytes -= <u32>usableSize(node);
  free(node);
}

/** Opens a gap at index i and fills it; there is room. */
function putEntry(node: usize, i: u32, ms: u64, seq: u64, value: u32): void {
  const after = countOf(node) - i;
  if (after) {
    memory.copy(idAt(node, i + 1), idAt(node, i), after << 4);
    const at = valuesOf(node) + ((<usize>i) << 2);
    memory.copy(at + 4, at, after << 2);
  }
  store<u64>(idAt(node, i), ms);
  store<u64>(idAt(node, i), seq, 8);
  setValue(node, i, value);
  nodeAt(node).count++;
}

function dropEntry(node: usize, i: u32): void {
  const after = --nodeAt(node).count - i;
  if (!after) return;
  memory.copy(idAt(node, i), idAt(node, i + 1), after << 4);
  const at = valuesOf(node) + ((<usize>i) << 2);
  memory.copy(at, at + 4, after << 2);
}

/** Appends entries of another node; there is room. */
function copyEntries(node: usize, from: usize, start: u32, count: u32): void {
  const at = countOf(node);
  memory.copy(idAt(node, at), idAt(from, start), count << 4);
  memory.copy(valuesOf(node) + (at << 2), valuesOf(from) + (start << 2), count << 2);
  nodeAt(node).count = <u16>(at + count);
}

/**
 * Gives a node room for `capacity` entries, more or fewer than now; it may move, and whoever points to it
 * learns so.
 * @param parent, index  where its address is; parent 0 = it is the root
 * @returns its address; 0 = out of memory, nothing changed
 */
function nodeResize(tree: IdTree, node: usize, parent: usize, index: u32, capacity: u32): usize {
  const bytes = <u32>usableSize(node);
  const values = valuesOf(node);
  const count = countOf(node);
  const grows = capacity > nodeAt(node).capacity;
  if (!grows) memory.copy(node + NODE_HEAD + (capacity << 4), values, count << 2);
  let moved = realloc(node, NODE_HEAD + capacity * ENTRY_SIZE);
  if (!moved) {
    if (grows) return 0;
    moved = node; // it stays in the larger block
  }
  tree.bytes += <u32>usableSize(moved) - bytes;
  if (grows) {
    capacity = min((<u32>usableSize(moved) - NODE_HEAD) / ENTRY_SIZE, CAPACITY_MAX);
    memory.copy(moved + NODE_HEAD + (capacity << 4), moved + (values - node), count << 2);
  }
  nodeAt(moved).capacity = <u16>capacity;
  if (moved != node) {
    if (parent) setValue(parent, index, <u32>moved);
    else tree.root = moved;
    linkNeighbours(tree, moved, node);
  }
  return moved;
}

/** The leaves beside a node that was at `old` point to it again. Nodes above leaves have no links. */
function linkNeighbours(tree: IdTree, node: usize, old: usize): void {
  if (nodeAt(node).next) nodeAt(nodeAt(node).next).prev = node;
  if (nodeAt(node).prev) nodeAt(nodeAt(node).prev).next = node;
  if (tree.last == old) tree.last = node;
}

// --- the tree ---

// @ts-ignore: decorator
@inline
function treeAt(tree: usize): IdTree {
  return changetype<IdTree>(tree);
}

/** An empty tree; 0 = out of memory. */
export function idTreeCreate(): usize {
  const tree = alloc(offsetof<IdTree>());
  if (tree) memory.fill(tree, 0, offsetof<IdTree>());
  return tree;
}

export function idTreeCount(tree: usize): u32 {
  return treeAt(tree).count;
}

/** Bytes of the tree and its nodes. */
export function idTreeMemory(tree: usize): usize {
  return usableSize(tree) + treeAt(tree).bytes;
}

/** Goes down to the leaf that (ms, seq) is or would be in, leaving a path; returns the leaf. */
function descend(tree: IdTree, ms: u64, seq: u64): usize {
  let node = tree.root;
  for (let level = tree.height; level; level--) {
    const index = childIndex(node, ms, seq);
    setPathNode(level, node);
    setPathIndex(level - 1, index);
    node = valueAt(node, index);
  }
  setPathNode(0, node);
  return node;
}

/** As descend, leaving nothing behind. */
function leafFor(tree: IdTree, ms: u64, seq: u64): usize {
  let node = tree.root;
  for (let level = tree.height; level; level--) node = valueAt(node, childIndex(node, ms, seq));
  return node;
}

// @ts-ignore: decorator
@inline
function isAt(leaf: usize, i: u32, ms: u64, seq: u64): bool {
  return i < countOf(leaf) && msAt(leaf, i) == ms && seqAt(leaf, i) == seq;
}

/** Address of the value of an ID, to read or to overwrite; 0 = it is not there. Valid until the tree changes. O(log n) */
export function idTreeSlot(tree: usize, ms: u64, seq: u64): usize {
  if (!treeAt(tree).root) return 0;
  const leaf = leafFor(treeAt(tree), ms, seq);
  const i = countBelow(leaf, ms, seq, false);
  return isAt(leaf, i, ms, seq) ? valuesOf(leaf) + ((<usize>i) << 2) : 0;
}

/** The value of an ID, 0 = it is not there. O(log n) */
export function idTreeFind(tree: usize, ms: u64, seq: u64): u32 {
  const slot = idTreeSlot(tree, ms, seq);
  return slot ? load<u32>(slot) : 0;
}

/**
 * Adds an ID unless it is there. `value` is not 0.
 * @returns ID_INSERTED · ID_EXISTS, its value in root.scratch0, unchanged · ID_OUT_OF_MEMORY, nothing changed.
 * O(log n), O(1) for an ID above all others
 */
export function idTreeInsert(tree: usize, ms: u64, seq: u64, value: u32): u32 {
  const t = treeAt(tree);
  const last = t.last;
  if (!last) return insertFirst(t, ms, seq, value);
  let leaf = last;
  let index = countOf(last);
  const appends = isBelow(last, index - 1, ms, seq, false);
  if (!appends) {
    leaf = descend(t, ms, seq);
    index = countBelow(leaf, ms, seq, false);
    if (isAt(leaf, index, ms, seq)) {
      root.scratch0 = valueAt(leaf, index);
      return ID_EXISTS;
    }
  }
  if (countOf(leaf) == nodeAt(leaf).capacity) {
    if (appends) descend(t, ms, seq); // the way up was not needed until now
    const splits = reserve(t, appends);
    if (splits < 0) return ID_OUT_OF_MEMORY;
    t.version++;
    if (splits) insertSplitting(t, index, ms, seq, value, appends);
    else putEntry(pathNode(0), index, ms, seq, value);
  } else {
    if (!appends) t.version++;
    putEntry(leaf, index, ms, seq, value);
  }
  t.count++;
  return ID_INSERTED;
}

function insertFirst(t: IdTree, ms: u64, seq: u64, value: u32): u32 {
  const leaf = nodeCreate(t, CAPACITY_FIRST);
  if (!leaf) return ID_OUT_OF_MEMORY;
  putEntry(leaf, 0, ms, seq, value);
  t.root = leaf;
  t.last = leaf;
  t.count = 1;
  t.version++;
  return ID_INSERTED;
}

/**
 * Takes all the memory that an insertion at the path will need: room in the first node that can grow, and a
 * spare for each full one below it, and for a new root.
 * @returns how many nodes must be split; -1 = out of memory, nothing but room changed
 */
function reserve(t: IdTree, appends: bool): i32 {
  for (let level: u32 = 0; level <= t.height; level++) {
    const node = pathNode(level);
    const capacity: u32 = nodeAt(node).capacity;
    if (countOf(node) < capacity) return level;
    if (capacity < CAPACITY_MAX) {
      const parent = level < t.height ? pathNode(level + 1) : 0;
      const grown = nodeResize(t, node, parent, pathIndex(level), min(capacity * 2, CAPACITY_MAX));
      if (!grown) return releaseSpares(t, level);
      setPathNode(level, grown);
      return level;
    }
    // After an append the new node starts with one entry, else with half of a full node's.
    const fresh = nodeCreate(t, appends ? CAPACITY_FIRST : CAPACITY_MAX);
    if (!fresh) return releaseSpares(t, level);
    setSpare(level, fresh);
  }
  const fresh = nodeCreate(t, CAPACITY_FIRST);
  if (!fresh) return releaseSpares(t, t.height + 1);
  setSpare(t.height + 1, fresh);
  return t.height + 1;
}

function releaseSpares(t: IdTree, levels: u32): i32 {
  for (let level: u32 = 0; level < levels; level++) nodeFree(t, spare(level));
  return -1;
}

/** Inserts at the path, splitting each full node into its spare; nothing can fail any more. */
function insertSplitting(t: IdTree, index: u32, ms: u64, seq: u64, value: u32, appends: bool): void {
  const height = t.height;
  for (let level: u32 = 0; level <= height; level++) {
    const node = pathNode(level);
    if (countOf(node) < nodeAt(node).capacity) return putEntry(node, index, ms, seq, value);
    const right = spare(level);
    if (!appends) splitHalf(node, right);
    if (appends || index > countOf(node)) putEntry(right, index - countOf(node), ms, seq, value);
    else putEntry(node, index, ms, seq, value);
    if (level == 0) linkRight(t, node, right);
    // What the parent gets to know: the new node, by its lowest ID.
    ms = msAt(right, 0);
    seq = seqAt(right, 0);
    value = <u32>right;
    index = level < height ? pathIndex(level) + 1 : 1;
  }
  const top = spare(height + 1);
  putEntry(top, 0, 0, 0, <u32>t.root);
  putEntry(top, 1, ms, seq, value);
  t.root = top;
  t.height = height + 1;
}

function splitHalf(node: usize, right: usize): void {
  const kept = (countOf(node) + 1) >> 1;
  copyEntries(right, node, kept, countOf(node) - kept);
  nodeAt(node).count = <u16>kept;
}

/** Puts a new leaf to the right of another. */
function linkRight(t: IdTree, leaf: usize, right: usize): void {
  const next = nodeAt(leaf).next;
  nodeAt(right).next = next;
  nodeAt(right).prev = leaf;
  nodeAt(leaf).next = right;
  if (next) nodeAt(next).prev = right;
  else t.last = right;
}

/**
 * Takes an ID out.
 * @returns its value, 0 = it was not there.  O(log n)
 */
export function idTreeRemove(tree: usize, ms: u64, seq: u64): u32 {
  const t = treeAt(tree);
  if (!t.root) return 0;
  const leaf = descend(t, ms, seq);
  const index = countBelow(leaf, ms, seq, false);
  if (!isAt(leaf, index, ms, seq)) return 0;
  const value = valueAt(leaf, index);
  t.count--;
  t.version++;
  dropEntry(leaf, index);
  settle(t, 0);
  return value;
}

/** Takes the highest ID out and returns its value, 0 = the tree is empty: to free the values in slices. */
export function idTreePop(tree: usize): u32 {
  const t = treeAt(tree);
  const leaf = t.last;
  if (!leaf) return 0;
  const index = countOf(leaf) - 1;
  const value = valueAt(leaf, index);
  if (index == 0) {
    idTreeRemove(tree, msAt(leaf, 0), seqAt(leaf, 0));
  } else {
    nodeAt(leaf).count = <u16>index;
    t.count--;
    t.version++;
  }
  return value;
}

/** The node of the path at `level` lost an entry: frees, merges or shrinks it, and so on upwards. */
function settle(t: IdTree, level: u32): void {
  while (true) {
    const node = pathNode(level);
    const count = countOf(node);
    if (level == t.height) return settleRoot(t, node, count);
    const parent = pathNode(level + 1);
    if (count == 0) {
      unlinkNode(t, node);
      dropEntry(parent, pathIndex(level));
    } else if (count > MERGE_BELOW || !mergeWithNeighbour(t, node, parent, pathIndex(level))) {
      return shrink(t, node, parent, pathIndex(level));
    }
    level++;
  }
}

/** A root without entries goes, one with a single child gives way to it. */
function settleRoot(t: IdTree, node: usize, count: u32): void {
  if (count == 0) {
    nodeFree(t, node);
    t.root = 0;
    t.last = 0;
    t.height = 0;
    return;
  }
  while (t.height && countOf(node) == 1) {
    t.root = valueAt(node, 0);
    t.height--;
    nodeFree(t, node);
    node = t.root;
  }
  shrink(t, node, 0, 0);
}

/** Takes a node out of the chain of leaves, if it is one, and frees it. */
function unlinkNode(t: IdTree, node: usize): void {
  const next = nodeAt(node).next;
  const prev = nodeAt(node).prev;
  if (next) nodeAt(next).prev = prev;
  if (prev) nodeAt(prev).next = next;
  if (t.last == node) t.last = prev;
  nodeFree(t, node);
}

/** Merges a node with the one to its right or left; whether it did, and the parent so lost an entry. */
function mergeWithNeighbour(t: IdTree, node: usize, parent: usize, index: u32): bool {
  if (index + 1 < countOf(parent)) {
    if (merge(t, node, valueAt(parent, index + 1), parent, index)) return true;
  }
  return index > 0 && merge(t, valueAt(parent, index - 1), node, parent, index - 1);
}

/** Moves the entries of `right`, child index + 1, to `left`, child index, unless that would fill it too much. */
function merge(t: IdTree, left: usize, right: usize, parent: usize, index: u32): bool {
  const count = countOf(left);
  const total = count + countOf(right);
  if (total > MERGED_MAX) return false;
  if (nodeAt(left).capacity < total) {
    left = nodeResize(t, left, parent, index, total);
    if (!left) return false;
  }
  copyEntries(left, right, 0, countOf(right));
  if (parent != pathNode(1)) {
    // Not leaves: id 0 of `right` meant nothing, its bound was in the parent.
    store<u64>(idAt(left, count), msAt(parent, index + 1));
    store<u64>(idAt(left, count), seqAt(parent, index + 1), 8);
  }
  unlinkNode(t, right);
  dropEntry(parent, index + 1);
  return true;
}

/** Returns room that a node no longer needs. */
function shrink(t: IdTree, node: usize, parent: usize, index: u32): void {
  const count = countOf(node);
  const capacity: u32 = nodeAt(node).capacity;
  if (capacity > 8 && count * 2 < capacity) nodeResize(t, node, parent, index, count + (count >> 2) + 1);
}

/**
 * Frees up to `budget` nodes, whatever their values; the tree can be used for nothing else from then on.
 * @returns whether anything is left; if not, the tree itself is gone.  O(budget)
 */
export function idTreeFreeSlice(tree: usize, budget: u32): bool {
  const t = treeAt(tree);
  while (t.root) {
    if (!budget--) return true;
    // The rightmost node without children: nothing has to be shifted.
    let parent: usize = 0;
    let node = t.root;
    for (let level = t.height; level && countOf(node); level--) {
      parent = node;
      node = valueAt(node, countOf(node) - 1);
    }
    nodeFree(t, node);
    if (parent) nodeAt(parent).count--;
    else t.root = 0;
  }
  free(tree);
  return false;
}

/** Frees the tree, not what its values point to. O(n / 63) */
export function idTreeFree(tree: usize): void {
  idTreeFreeSlice(tree, u32.MAX_VALUE);
}

// --- cursors ---

// @ts-ignore: decorator
@inline
function cursorAt(cursor: usize): IdCursor {
  return changetype<IdCursor>(cursor);
}

/** Points the cursor to entry i of a leaf, or just beyond either end of it. */
function pointTo(c: IdCursor, leaf: usize, i: u32): bool {
  const t = treeAt(c.tree);
  if (i >= countOf(leaf)) {
    // Index −1 has wrapped around.
    leaf = <i32>i < 0 ? nodeAt(leaf).prev : nodeAt(leaf).next;
    if (!leaf) return false;
    i = <i32>i < 0 ? countOf(leaf) - 1 : 0;
  }
  c.leaf = leaf;
  c.index = i;
  c.version = t.version;
  c.ms = msAt(leaf, i);
  c.seq = seqAt(leaf, i);
  c.value = valueAt(leaf, i);
  return true;
}

/** To the first ID at or above (ms, seq); false = there is none. O(log n) */
export function idCursorSeek(cursor: usize, tree: usize, ms: u64, seq: u64): bool {
  const c = cursorAt(cursor);
  c.tree = tree;
  if (!treeAt(tree).root) return false;
  const leaf = leafFor(treeAt(tree), ms, seq);
  return pointTo(c, leaf, countBelow(leaf, ms, seq, false));
}

/** To the last ID at or below (ms, seq); false = there is none. O(log n) */
export function idCursorSeekBack(cursor: usize, tree: usize, ms: u64, seq: u64): bool {
  const c = cursorAt(cursor);
  c.tree = tree;
  if (!treeAt(tree).root) return false;
  const leaf = leafFor(treeAt(tree), ms, seq);
  return pointTo(c, leaf, countBelow(leaf, ms, seq, true) - 1);
}

/** To the lowest ID; false = the tree is empty. O(log n) */
export function idCursorFirst(cursor: usize, tree: usize): bool {
  return idCursorSeek(cursor, tree, 0, 0);
}

/** To the highest ID; false = the tree is empty. O(1) */
export function idCursorLast(cursor: usize, tree: usize): bool {
  const c = cursorAt(cursor);
  const t = treeAt(tree);
  c.tree = tree;
  return t.last != 0 && pointTo(c, t.last, countOf(t.last) - 1);
}

/**
 * To the next higher ID, whatever was inserted or removed meanwhile, the current one included; false = there
 * is none, and the cursor stays. O(1), O(log n) after a change
 */
export function idCursorNext(cursor: usize): bool {
  const c = cursorAt(cursor);
  const t = treeAt(c.tree);
  if (c.version == t.version) return pointTo(c, c.leaf, c.index + 1);
  if (!t.root) return false;
  const leaf = leafFor(t, c.ms, c.seq);
  return pointTo(c, leaf, countBelow(leaf, c.ms, c.seq, true));
}

/** To the next lower ID, likewise. */
export function idCursorPrev(cursor: usize): bool {
  const c = cursorAt(cursor);
  const t = treeAt(c.tree);
  if (c.version == t.version) return pointTo(c, c.leaf, c.index - 1);
  if (!t.root) return false;
  const leaf = leafFor(t, c.ms, c.seq);
  return pointTo(c, leaf, countBelow(leaf, c.ms, c.seq, false) - 1);
}

/** Puts another value, not 0, in the place of the current one. Only while the tree is as when the cursor came there. O(1) */
export function idCursorStore(cursor: usize, value: u32): void {
  const c = cursorAt(cursor);
  if (DEBUG) assert(c.version == treeAt(c.tree).version && value); // a stale place
  setValue(c.leaf, c.index, value);
  c.value = value;
}

// --- checking ---

/** Whether all that the head of this file promises is so. O(n) */
export function idTreeValidate(tree: usize): bool {
  const t = treeAt(tree);
  if (!t.root) return t.count == 0 && t.last == 0 && t.height == 0 && t.bytes == 0;
  if (t.height && countOf(t.root) < 2) return false;
  let leftmost = t.root;
  for (let level = t.height; level; level--) leftmost = valueAt(leftmost, 0);
  if (nodeAt(leftmost).prev) return false;
  let count: u32 = 0;
  let before: usize = 0;
  for (let leaf = leftmost; leaf; leaf = nodeAt(leaf).next) {
    if (nodeAt(leaf).prev != before) return false;
    if (before) {
      const top = countOf(before) - 1;
      if (!isBelow(before, top, msAt(leaf, 0), seqAt(leaf, 0), false)) return false;
    }
    count += countOf(leaf);
    before = leaf;
  }
  if (t.last != before || t.count != count) return false;
  return validateNode(t.root, t.height, 0, 0, u64.MAX_VALUE, u64.MAX_VALUE) == t.bytes;
}

/** Bytes of a sound subtree with IDs from (lowMs, lowSeq) to (highMs, highSeq); 0 = it is not sound. */
function validateNode(node: usize, level: u32, lowMs: u64, lowSeq: u64, highMs: u64, highSeq: u64): u32 {
  const count = countOf(node);
  if (count == 0 || count > nodeAt(node).capacity) return 0;
  let bytes = <u32>usableSize(node);
  if (NODE_HEAD + <u32>nodeAt(node).capacity * ENTRY_SIZE > bytes) return 0;
  for (let i: u32 = 0; i < count; i++) {
    const first = level != 0 && i == 0; // its ID means nothing
    if (!first && isBelow(node, i, lowMs, lowSeq, false)) return 0;
    if (!first && !isBelow(node, i, highMs, highSeq, true)) return 0;
    if (i > (level ? 1 : 0) && !isBelow(node, i - 1, msAt(node, i), seqAt(node, i), false)) return 0;
    if (!level) continue;
    const fromMs = first ? lowMs : msAt(node, i);
    const fromSeq = first ? lowSeq : seqAt(node, i);
    const ends = i + 1 == count;
    const below = validateNode(
      valueAt(node, i),
      level - 1,
      fromMs,
      fromSeq,
      ends ? highMs : msAt(node, i + 1),
      ends ? highSeq : seqAt(node, i + 1),
    );
    if (!below) return 0;
    bytes += below;
  }
  return bytes;
}
