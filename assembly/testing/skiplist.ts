/** testing/skiplist: the skiplist as it is, and insertion of a member in one call. */
import { alloc, free } from "../memory/allocator.ts";
import {
  skiplistInsert,
  skiplistNodeCreate,
  skiplistNodeSize,
  skiplistRandomLevel,
  skiplistReplace,
} from "../structures/skiplist.ts";
import { entryKeyLen } from "../types/entry-key.ts";
export {
  skiplistByRank,
  skiplistCountBelow,
  skiplistCreate,
  skiplistFirst,
  skiplistFirstInLexRange,
  skiplistFirstInRange,
  skiplistFree,
  skiplistFreeSlice,
  skiplistLast,
  skiplistLastInLexRange,
  skiplistLastInRange,
  skiplistLength,
  skiplistLexCount,
  skiplistMemory,
  skiplistNodeNext,
  skiplistNodePrev,
  skiplistNodeScore,
  skiplistNodeSize,
  skiplistRank,
  skiplistRemove,
  skiplistRemoveByLex,
  skiplistRemoveByRank,
  skiplistRemoveByScore,
  skiplistReplace,
  skiplistUpdateScore,
  skiplistValidate,
} from "../structures/skiplist";

/** Makes a node of random level and inserts it; 0 = out of memory. */
export function testSkiplistAdd(list: usize, score: f64, member: usize, len: u32): usize {
  const node = skiplistNodeCreate(skiplistRandomLevel(), score, member, len);
  if (node) skiplistInsert(list, node);
  return node;
}

/** Moves a node to another address; returns it, or the old one if there is no memory. */
export function testSkiplistMove(list: usize, node: usize): usize {
  const level = load<u8>(node, 2);
  const len = entryKeyLen(node);
  const moved = alloc(skiplistNodeSize(level, len));
  if (!moved) return node;
  memory.copy(moved, node, skiplistNodeSize(level, len));
  skiplistReplace(list, node, moved);
  free(node);
  return moved;
}
