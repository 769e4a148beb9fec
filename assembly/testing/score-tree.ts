/** testing/score-tree: the tree as it is, and insertion of a member in one call. */
import { alloc, free } from "../memory/allocator.ts";
import {
  scoreTreeInsert,
  scoreTreeNodeCreate,
  scoreTreeNodeSize,
  scoreTreeReplace,
} from "../structures/score-tree.ts";
import { entryKeyLen } from "../types/entry-key.ts";
export {
  scoreTreeByRank,
  scoreTreeChainNext,
  scoreTreeCountBelow,
  scoreTreeCreate,
  scoreTreeFirst,
  scoreTreeFirstInLexRange,
  scoreTreeFirstInRange,
  scoreTreeFree,
  scoreTreeFreeSlice,
  scoreTreeLast,
  scoreTreeLastInLexRange,
  scoreTreeLastInRange,
  scoreTreeLength,
  scoreTreeLexCount,
  scoreTreeMemory,
  scoreTreeNext,
  scoreTreeNodeScore,
  scoreTreeNodeSize,
  scoreTreePrevious,
  scoreTreeRank,
  scoreTreeRemove,
  scoreTreeRemoveByLex,
  scoreTreeRemoveByRank,
  scoreTreeRemoveByScore,
  scoreTreeUpdateScore,
  scoreTreeValidate,
} from "../structures/score-tree";

/** Makes a node and inserts it; 0 = out of memory. */
export function testScoreTreeAdd(tree: usize, score: f64, member: usize, len: u32): usize {
  const node = scoreTreeNodeCreate(score, member, len);
  if (!node || scoreTreeInsert(tree, node)) return node;
  free(node);
  return 0;
}

/** Moves a node to another address; returns it, or the old one if there is no memory. */
export function testScoreTreeMove(node: usize): usize {
  const size = scoreTreeNodeSize(entryKeyLen(node));
  const moved = alloc(size);
  if (!moved) return node;
  memory.copy(moved, node, size);
  scoreTreeReplace(node, moved);
  free(node);
  return moved;
}
