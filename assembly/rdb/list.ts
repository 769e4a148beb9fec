/**
 * list: lists to RDB bytes and back. What is written is always a quicklist: a number of nodes, and for each its container
 * (1 = one plain element, 2 = a listpack) and its bytes as a string, compressed nodes as they are. A list that is one
 * listpack is written as one such node. Older servers' forms are read: single elements, ziplists, lists of ziplists.
 */
import { free } from "../memory/allocator.ts";
import { DIGITS } from "../memory/map.ts";
import { ENC_LISTPACK, TYPE_LIST } from "../types/ids.ts";
import { listCreateLarge, listFree, listRef, listSettle } from "../types/list.ts";
import {
  listpackBytes,
  listpackCount,
  listpackFirst,
  listpackFree,
  listpackGetBytes,
  listpackLen,
  listpackNext,
  listpackValidate,
} from "../structures/listpack.ts";
import {
  NODE_PLAIN,
  Quicklist,
  quicklistAppendListpack,
  quicklistAppendPlain,
  QuicklistNode,
  quicklistNodeLzf,
  quicklistNodeLzfLength,
  quicklistNodeRaw,
  quicklistPushTail,
} from "../structures/quicklist.ts";
import { RDB_LIST, RDB_LIST_QUICKLIST, RDB_LIST_QUICKLIST_2, RDB_LIST_ZIPLIST } from "./ids.ts";
import { rdbReadLength, rdbWriteLength } from "./length.ts";
import { rdbLoaded } from "./load.ts";
import {
  RDB_CORRUPT,
  RDB_EMPTY,
  RDB_OUT_OF_MEMORY,
  RdbReader,
  rdbFail,
  rdbReading,
  READ_DEEP_CHECK,
} from "./reader.ts";
import { rdbKeepString, rdbReadString, rdbWriteLzf, rdbWriteString } from "./string.ts";
import { rdbReadZiplist } from "./ziplist.ts";

const CONTAINER_PLAIN: u64 = 1;
const CONTAINER_PACKED: u64 = 2;

/** RDB type byte that rdbSaveList will write the bytes of. */
// @ts-ignore: decorator
@inline
export function rdbTypeOfList(): u32 {
  return RDB_LIST_QUICKLIST_2;
}

/** Writes a list. O(bytes) */
export function rdbSaveList(w: usize, encoding: u32, value: usize): void {
  if (encoding == ENC_LISTPACK) {
    rdbWriteLength(w, 1);
    rdbWriteLength(w, CONTAINER_PACKED);
    return rdbWriteString(w, value, listpackBytes(value));
  }
  const list = changetype<Quicklist>(value);
  rdbWriteLength(w, list.nodes);
  for (let at = list.head; at; at = changetype<QuicklistNode>(at).next) saveNode(w, at);
}

function saveNode(w: usize, at: usize): void {
  const node = changetype<QuicklistNode>(at);
  rdbWriteLength(w, node.flags & NODE_PLAIN ? CONTAINER_PLAIN : CONTAINER_PACKED);
  const raw = quicklistNodeRaw(at);
  if (raw) rdbWriteString(w, raw, node.size);
  else rdbWriteLzf(w, quicklistNodeLzf(at), quicklistNodeLzfLength(at), node.size);
}

/** Reads a list of one of the four forms. @returns false = the reader's status says why.  O(bytes) */
export function rdbLoadList(r: usize, rdbType: u32): bool {
  const list = listRef(0);
  const count = rdbType == RDB_LIST_ZIPLIST ? 1 : rdbReadLength(r);
  if (!rdbReading(r)) return false;
  if (!listCreateLarge(list)) return rdbFail(r, RDB_OUT_OF_MEMORY) != 0;
  loadParts(r, rdbType, list.value, count);
  if (rdbReading(r) && !changetype<Quicklist>(list.value).count) rdbFail(r, RDB_EMPTY);
  if (!rdbReading(r)) {
    listFree(list.value, list.encoding);
    return false;
  }
  // A list that was one ziplist stays a quicklist, as in Redis.
  if (rdbType != RDB_LIST_ZIPLIST) listSettle(list);
  return rdbLoaded(r, TYPE_LIST, list.encoding, list.value);
}

/** Reads `count` elements or nodes to the end of a quicklist. What the input does not hold ends the loop. */
function loadParts(r: usize, rdbType: u32, list: usize, count: u64): void {
  for (; count && rdbReading(r); count--) {
    if (rdbType == RDB_LIST) loadElement(r, list);
    else if (rdbType == RDB_LIST_ZIPLIST) loadZiplist(r, list);
    else if (rdbType == RDB_LIST_QUICKLIST) addNode(r, list, rdbReadZiplist(r));
    else loadNode(r, list);
  }
}

function loadElement(r: usize, list: usize): void {
  if (!rdbReadString(r)) return;
  const reader = changetype<RdbReader>(r);
  if (!quicklistPushTail(list, reader.stringPtr, reader.stringLen)) rdbFail(r, RDB_OUT_OF_MEMORY);
}

function loadZiplist(r: usize, list: usize): void {
  const lp = rdbReadZiplist(r);
  if (!lp) return;
  for (let p = listpackFirst(lp); p && rdbReading(r); p = listpackNext(p)) {
    const ptr = listpackGetBytes(p, DIGITS);
    if (!quicklistPushTail(list, ptr, listpackLen())) rdbFail(r, RDB_OUT_OF_MEMORY);
  }
  listpackFree(lp);
}

function loadNode(r: usize, list: usize): void {
  const container = rdbReadLength(r);
  if (!rdbReading(r)) return;
  if (container != CONTAINER_PLAIN && container != CONTAINER_PACKED) {
    rdbFail(r, RDB_CORRUPT);
    return;
  }
  if (!rdbReadString(r)) return;
  if (!changetype<RdbReader>(r).stringLen) {
    rdbFail(r, RDB_CORRUPT);
    return;
  }
  const block = rdbKeepString(r);
  if (!block) return;
  const reader = changetype<RdbReader>(r);
  if (container == CONTAINER_PLAIN) {
    if (quicklistAppendPlain(list, block, reader.stringLen)) return;
    free(block);
    rdbFail(r, RDB_OUT_OF_MEMORY);
  } else if (listpackValidate(block, reader.stringLen, (reader.flags & READ_DEEP_CHECK) != 0)) {
    addNode(r, list, block);
  } else {
    free(block);
    rdbFail(r, RDB_CORRUPT);
  }
}

/** Makes a listpack the last node; an empty one is passed over, as in Redis. */
function addNode(r: usize, list: usize, lp: usize): void {
  if (!lp) return;
  if (listpackCount(lp)) {
    if (quicklistAppendListpack(list, lp)) return;
    rdbFail(r, RDB_OUT_OF_MEMORY);
  }
  listpackFree(lp);
}
