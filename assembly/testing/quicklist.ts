/** testing/quicklist: the structure as it is, and what tests look at in a node. (In `export … from` asc adds the .ts itself.) */
import { SETTING_QUICKLIST_PACKED_THRESHOLD, settingStore } from "../settings.ts";
import {
  NODE_PLAIN,
  Quicklist,
  QUICKLIST_CURSOR_SIZE,
  QuicklistCursor,
  QuicklistNode,
} from "../structures/quicklist.ts";

export {
  quicklistAppendListpack,
  quicklistAppendPlain,
  quicklistCompare,
  quicklistCount,
  quicklistCursorAt,
  quicklistCursorClose,
  quicklistCursorNext,
  quicklistCursorPrevious,
  quicklistDeleteAt,
  quicklistDeleteRange,
  quicklistDump,
  quicklistDup,
  quicklistFind,
  quicklistFree,
  quicklistFreeSlice,
  quicklistGet,
  quicklistInsert,
  quicklistMemory,
  quicklistNew,
  quicklistNodeLzf,
  quicklistNodeLzfLength,
  quicklistNodeRaw,
  quicklistPeek,
  quicklistPop,
  quicklistPushHead,
  quicklistPushTail,
  quicklistReplace,
  quicklistRotate,
  quicklistToListpack,
  quicklistValidate,
} from "../structures/quicklist";

export function testQuicklistCursorSize(): u32 {
  return <u32>QUICKLIST_CURSOR_SIZE;
}

export function testQuicklistCursorRank(cursor: usize): u32 {
  return changetype<QuicklistCursor>(cursor).rank;
}

export function testQuicklistHead(list: usize): usize {
  return changetype<Quicklist>(list).head;
}

export function testQuicklistNodes(list: usize): u32 {
  return changetype<Quicklist>(list).nodes;
}

export function testQuicklistNodeNext(node: usize): usize {
  return changetype<QuicklistNode>(node).next;
}

export function testQuicklistNodeSize(node: usize): u32 {
  return changetype<QuicklistNode>(node).size;
}

export function testQuicklistNodeCount(node: usize): u32 {
  return changetype<QuicklistNode>(node).count;
}

export function testQuicklistNodeIsPlain(node: usize): bool {
  return (changetype<QuicklistNode>(node).flags & NODE_PLAIN) != 0;
}

export function testQuicklistPackedThreshold(bytes: f64): void {
  settingStore(SETTING_QUICKLIST_PACKED_THRESHOLD, bytes);
}
