/** LPOP, RPOP key [count]. https://redis.io/commands/lpop */
import { NOTIFY_GENERIC, NOTIFY_LIST } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger } from "../../resp/args.ts";
import { errorArityOf, errorNotPositive, errorOutOfMemory } from "../../resp/errors.ts";
import {
  replyArray,
  replyBulk,
  replyBulkInteger,
  replyDiscard,
  replyNull,
  replyNullArray,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import {
  listClose,
  listCount,
  listDeleteRange,
  listOpen,
  listPeek,
  listPop,
  ListRef,
  listRef,
  listShrink,
  PEEK_INTEGER,
  PEEK_STRING,
} from "../../types/list.ts";
import { replyRange } from "./lrange.ts";

export function lpop(): void {
  pop(false);
}

export function rpop(): void {
  pop(true);
}

function pop(tail: bool): void {
  const counted = root.argc == 3;
  let count: i64 = 1;
  if (counted) {
    if (!argInteger(2) || root.outI64 < 0) return errorNotPositive();
    count = root.outI64;
  } else if (root.argc > 3) {
    return errorArityOf(tail ? "rpop" : "lpop");
  }
  const entry = lookupWriteTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return counted ? replyNullArray() : replyNull();
  if (counted) popSeveral(1, entry, tail, count);
  else popOne(1, entry, tail);
}

/** Replies an element of the list at argument `i` and takes it out. @returns false = out of memory, and that is the reply */
export function popOne(i: u32, entry: usize, tail: bool): bool {
  const list = listRef(0);
  listOpen(list, entry);
  const kind = listPeek(list.value, list.encoding, tail);
  if (kind == PEEK_STRING) replyBulk(root.outPtr, root.outLen);
  else if (kind == PEEK_INTEGER) replyBulkInteger(root.outI64);
  else {
    replyDiscard();
    errorOutOfMemory();
    return false;
  }
  if (root.replyFailed) return false;
  listPop(list, tail);
  elementsRemoved(i, entry, list, tail, 1);
  return true;
}

/**
 * Replies up to `count` elements of the list at argument `i` as an array and takes them out.
 * @returns how many; 0 where `count` is 0, or memory has run out, and that is the reply
 */
export function popSeveral(i: u32, entry: usize, tail: bool, count: i64): u32 {
  const list = listRef(0);
  listOpen(list, entry);
  const size = listCount(list.value, list.encoding);
  const n = <u32>min<i64>(count, size);
  replyArray(n);
  if (!n || !replyRange(list.value, list.encoding, tail ? size - 1 : 0, n, tail) || root.replyFailed)
    return 0;
  if (!listDeleteRange(list, tail ? size - n : 0, n)) {
    replyDiscard();
    errorOutOfMemory();
    return 0;
  }
  elementsRemoved(i, entry, list, tail, n);
  return n;
}

/** What follows when elements were popped from the list at argument `i`; an empty one is deleted. */
export function elementsRemoved(i: u32, entry: usize, list: ListRef, tail: bool, count: u32): void {
  notifyArg(NOTIFY_LIST, tail ? "rpop" : "lpop", i);
  if (!listCount(list.value, list.encoding)) {
    listClose(list, entry);
    deleteKey(i, entry);
    notifyArg(NOTIFY_GENERIC, "del", i);
  } else {
    listShrink(list);
    listClose(list, entry);
  }
  keyTouched(i);
  root.dirty += count;
}
