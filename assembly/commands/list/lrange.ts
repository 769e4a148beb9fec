/** LRANGE key start stop. https://redis.io/commands/lrange */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyBulkInteger, replyDiscard } from "../../resp/reply.ts";
import { replyListpack } from "../../resp/reply-listpack.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import {
  CURSOR_AT,
  CURSOR_NO_MEMORY,
  listCount,
  listCursor,
  listCursorAt,
  listCursorClose,
  listCursorGet,
  listCursorPrevious,
  listRunAt,
  listRunNext,
  RUN_NO_MEMORY,
  RUN_PACKED,
  RUN_PLAIN,
} from "../../types/list.ts";

export function lrange(): void {
  if (!argInteger(2)) return errorNotInteger();
  let start = root.outI64;
  if (!argInteger(3)) return errorNotInteger();
  let stop = root.outI64;
  const entry = lookupReadTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyArray(0);
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  const count: i64 = listCount(value, encoding);
  if (start < 0) start = max<i64>(start + count, 0);
  if (stop < 0) stop += count;
  if (start > stop || start >= count) return replyArray(0);
  const n = <u32>(min(stop, count - 1) - start + 1);
  replyArray(n);
  replyRange(value, encoding, <u32>start, n, false);
}

/**
 * Replies `n` elements that exist, from position `from` on, or backwards.
 * @returns false = out of memory, and that is the command's reply.  O(n)
 */
export function replyRange(value: usize, encoding: u32, from: u32, n: u32, backwards: bool): bool {
  const ok = backwards ? backwardRange(value, encoding, from, n) : forwardRange(value, encoding, from, n);
  if (!ok) {
    replyDiscard();
    errorOutOfMemory();
  }
  return ok;
}

function forwardRange(value: usize, encoding: u32, from: u32, n: u32): bool {
  const cursor = listCursor(0);
  let run = listRunAt(cursor, value, encoding, from);
  while (true) {
    if (run == RUN_NO_MEMORY) return false;
    if (run == RUN_PLAIN) {
      replyBulk(root.outPtr, root.outLen);
      n--;
    } else if (run == RUN_PACKED) {
      const count = min(root.outLen, n);
      replyListpack(root.outPtr, count);
      n -= count;
    }
    if (!n) break;
    run = listRunNext(cursor);
  }
  listCursorClose(cursor);
  return true;
}

function backwardRange(value: usize, encoding: u32, from: u32, n: u32): bool {
  const cursor = listCursor(0);
  let status = listCursorAt(cursor, value, encoding, from);
  while (status == CURSOR_AT) {
    if (listCursorGet(cursor)) replyBulk(root.outPtr, root.outLen);
    else replyBulkInteger(root.outI64);
    if (!--n) break;
    status = listCursorPrevious(cursor);
  }
  listCursorClose(cursor);
  return status != CURSOR_NO_MEMORY;
}
