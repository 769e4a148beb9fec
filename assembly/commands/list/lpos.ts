/** LPOS key element [RANK rank] [COUNT matches] [MAXLEN len]. https://redis.io/commands/lpos */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorNotNegatable, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import {
  replyArray,
  replyDefer,
  replyDeferredArray,
  replyDiscard,
  replyError,
  replyInteger,
  replyNull,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import {
  CURSOR_AT,
  CURSOR_NO_MEMORY,
  listCursor,
  listCursorAt,
  listCursorClose,
  listCursorFind,
  listCursorRank,
  listCursorStep,
} from "../../types/list.ts";

export function lpos(): void {
  let rank: i64 = 1;
  let count: i64 = -1; // −1: one, not as an array
  let most: i64 = 0;
  for (let i: u32 = 3; i < root.argc; i += 2) {
    if (i + 1 == root.argc) return errorSyntax();
    if (argIs(i, "RANK")) {
      if (!argInteger(i + 1)) return errorNotInteger();
      rank = root.outI64;
      if (rank == i64.MIN_VALUE) return errorNotNegatable();
      if (!rank) {
        return replyError(
          "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
        );
      }
    } else if (argIs(i, "COUNT")) {
      if (!argInteger(i + 1) || root.outI64 < 0) return replyError("ERR COUNT can't be negative");
      count = root.outI64;
    } else if (argIs(i, "MAXLEN")) {
      if (!argInteger(i + 1) || root.outI64 < 0) return replyError("ERR MAXLEN can't be negative");
      most = root.outI64;
    } else {
      return errorSyntax();
    }
  }
  const entry = lookupReadTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return count < 0 ? replyNull() : replyArray(0);
  const header = replyDefer();
  const found = replyPositions(entry, rank, count < 0 ? 1 : count, most);
  if (found < 0) {
    replyDiscard();
    return errorOutOfMemory();
  }
  if (count >= 0) replyDeferredArray(header, found);
  else if (!found) replyNull();
}

/**
 * Replies positions of the element, from match number `rank` on (negative: from the tail).
 * @param count  matches that are wanted, 0 = all     @param most  elements that are compared, 0 = all
 * @returns how many; −1 = out of memory.  O(n)
 */
function replyPositions(entry: usize, rank: i64, count: i64, most: i64): i64 {
  const cursor = listCursor(0);
  const forward = rank > 0;
  let toSkip = (forward ? rank : -rank) - 1;
  let left: i64 = most ? most : i64.MAX_VALUE;
  let found: i64 = 0;
  let status = listCursorAt(cursor, entryValue(entry), entryEncoding(entry), forward ? 0 : -1);
  while (status == CURSOR_AT && left > 0) {
    const from: i64 = listCursorRank(cursor);
    status = listCursorFind(cursor, argPtr(2), argLen(2), forward, left);
    if (status != CURSOR_AT) break;
    const at: i64 = listCursorRank(cursor);
    left -= (forward ? at - from : from - at) + 1;
    if (--toSkip < 0) {
      replyInteger(at);
      if (++found == count) break;
    }
    status = listCursorStep(cursor, forward);
  }
  listCursorClose(cursor);
  return status == CURSOR_NO_MEMORY ? -1 : found;
}
