/**
 * ZRANGE with all its forms, ZRANGESTORE, and the older ZREVRANGE, ZRANGEBYSCORE, ZREVRANGEBYSCORE, ZRANGEBYLEX,
 * ZREVRANGEBYLEX, which are names for some of them. https://redis.io/commands/zrange
 */
import { NOTIFY_GENERIC, NOTIFY_ZSET } from "../../keyspace/events.ts";
import {
  deleteKey,
  findArg,
  keyTouched,
  lookupReadTyped,
  notifyArg,
  overwriteKey,
  WRONG_TYPE,
} from "../../keyspace/lookup.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { SCRATCH } from "../../memory/map.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import {
  replyArray,
  replyBulk,
  replyDefer,
  replyDeferredArray,
  replyDouble,
  replyError,
  replyInteger,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { ENC_LISTPACK, TYPE_ZSET } from "../../types/ids.ts";
import {
  ADD_NO_MEMORY,
  zsetAdd,
  zsetByRank,
  zsetCount,
  zsetCreate,
  zsetEnterLexRange,
  zsetEnterScoreRange,
  zsetFree,
  zsetInLexRange,
  zsetInScoreRange,
  zsetMemberAt,
  zsetRankOf,
  zsetRef,
  zsetScoreAt,
  zsetStep,
  zsetWalkFrom,
  zsetWalkStep,
} from "../../types/zset.ts";
import { argLexRange, argScoreRange, lexRange, scoreRange } from "./range-args.ts";

// What the bounds mean.
const BY_UNKNOWN: u32 = 0;
const BY_RANK: u32 = 1;
const BY_SCORE: u32 = 2;
const BY_LEX: u32 = 3;

// Direction.
const UNKNOWN: u32 = 0;
const FORWARD: u32 = 1;
const REVERSE: u32 = 2;

export function zrange(): void {
  range(1, false, BY_UNKNOWN, UNKNOWN);
}

export function zrangestore(): void {
  range(2, true, BY_UNKNOWN, UNKNOWN);
}

export function zrevrange(): void {
  range(1, false, BY_RANK, REVERSE);
}

export function zrangebyscore(): void {
  range(1, false, BY_SCORE, FORWARD);
}

export function zrevrangebyscore(): void {
  range(1, false, BY_SCORE, REVERSE);
}

export function zrangebylex(): void {
  range(1, false, BY_LEX, FORWARD);
}

export function zrevrangebylex(): void {
  range(1, false, BY_LEX, REVERSE);
}

/** Parses options, then bounds, in Redis' order of complaints. @param key  argument of the sorted set; its bounds follow */
function range(key: u32, toStore: bool, by: u32, direction: u32): void {
  let withScores = false;
  let offset: i64 = 0;
  let limit: i64 = -1;
  for (let i = key + 3; i < root.argc; i++) {
    const left = root.argc - i - 1;
    if (!toStore && argIs(i, "WITHSCORES")) {
      withScores = true;
    } else if (left >= 2 && argIs(i, "LIMIT")) {
      if (!argInteger(i + 1)) return errorNotInteger();
      offset = root.outI64;
      if (!argInteger(i + 2)) return errorNotInteger();
      limit = root.outI64;
      i += 2;
    } else if (direction == UNKNOWN && argIs(i, "REV")) {
      direction = REVERSE;
    } else if (by == BY_UNKNOWN && argIs(i, "BYLEX")) {
      by = BY_LEX;
    } else if (by == BY_UNKNOWN && argIs(i, "BYSCORE")) {
      by = BY_SCORE;
    } else {
      return errorSyntax();
    }
  }
  if (by == BY_UNKNOWN) by = BY_RANK;
  const reverse = direction == REVERSE;
  if (limit != -1 && by == BY_RANK) {
    return replyError(
      "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
    );
  }
  if (withScores && by == BY_LEX) {
    return replyError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  let low = key + 1;
  let high = key + 2;
  if (reverse && by != BY_RANK) {
    low = key + 2;
    high = key + 1;
  }
  let start: i64 = 0;
  let end: i64 = 0;
  if (by == BY_RANK) {
    if (!argInteger(low)) return errorNotInteger();
    start = root.outI64;
    if (!argInteger(high)) return errorNotInteger();
    end = root.outI64;
  } else if (by == BY_SCORE ? !argScoreRange(low, high) : !argLexRange(low, high)) {
    return;
  }
  const entry = lookupReadTyped(key, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  if (!entry) return toStore ? storeZset(1, 0, "zrangestore") : replyArray(0);
  if (by == BY_RANK) emitRanks(entry, start, end, reverse, withScores, toStore);
  else emitRange(entry, by, offset, limit, reverse, withScores, toStore);
}

function emitRanks(entry: usize, start: i64, end: i64, reverse: bool, withScores: bool, toStore: bool): void {
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  const count = <i64>zsetCount(value, encoding);
  if (start < 0) start = max(start + count, 0);
  if (end < 0) end += count;
  if (end >= count) end = count - 1;
  if (start > end) return toStore ? storeZset(1, 0, "zrangestore") : replyArray(0);
  const n = <u32>(end - start + 1);
  let at = zsetByRank(value, encoding, <u32>start, reverse);
  if (toStore) {
    if (!zsetCreate(zsetRef(0), n, 0)) return errorOutOfMemory();
    for (let i: u32 = 0; i < n; i++) {
      if (!storeMember(at, encoding)) return errorOutOfMemory();
      if (i + 1 < n) at = zsetStep(value, at, encoding, reverse);
    }
    return storeZset(1, n, "zrangestore");
  }
  replyMembers(value, encoding, at, n, reverse, withScores);
}

/** Replies `n` members from a position on. */
function replyMembers(value: usize, encoding: u32, at: usize, n: u32, reverse: bool, withScores: bool): void {
  replyArray(withScores && root.resp == 2 ? 2 * n : n);
  if (!n) return;
  zsetWalkFrom(at, encoding, reverse);
  while (true) {
    replyMemberAt(at, encoding, withScores);
    if (!--n) return;
    at = zsetWalkStep(value, at, encoding, reverse);
  }
}

function emitRange(
  entry: usize,
  by: u32,
  offset: i64,
  limit: i64,
  reverse: bool,
  withScores: bool,
  toStore: bool,
): void {
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  if (toStore && !zsetCreate(zsetRef(0), 0, 0)) return errorOutOfMemory();
  let at = enterRange(value, encoding, by, reverse);
  if (at && offset) at = skipInRange(value, encoding, by, at, offset, reverse);
  if (!toStore && encoding != ENC_LISTPACK) {
    const n = at ? membersToEnd(value, encoding, by, at, reverse) : 0;
    return replyMembers(value, encoding, at, limit < 0 ? n : <u32>min<i64>(limit, n), reverse, withScores);
  }
  const header = replyDefer();
  let n: u32 = 0;
  while (at && limit != 0 && isInside(at, encoding, by, reverse)) {
    if (!toStore) replyMemberAt(at, encoding, withScores);
    else if (!storeMember(at, encoding)) return errorOutOfMemory();
    n++;
    limit--;
    at = zsetStep(value, at, encoding, reverse);
  }
  if (toStore) {
    if (!n) zsetFree(zsetRef(0).value, zsetRef(0).encoding);
    return storeZset(1, n, "zrangestore");
  }
  replyDeferredArray(header, withScores && root.resp == 2 ? 2 * n : n);
}

/** Members from a position to the end of the range in the direction of the walk; the position may be past it. O(log n) */
function membersToEnd(value: usize, encoding: u32, by: u32, at: usize, reverse: bool): u32 {
  const last = enterRange(value, encoding, by, !reverse);
  if (!last) return 0;
  const end = zsetRankOf(value, encoding, last, reverse);
  const start = zsetRankOf(value, encoding, at, reverse);
  return end < start ? 0 : end - start + 1;
}

/** Position of the first member of the range in the direction of the walk, 0 = none. */
function enterRange(value: usize, encoding: u32, by: u32, reverse: bool): usize {
  return by == BY_SCORE
    ? zsetEnterScoreRange(value, encoding, scoreRange(), reverse)
    : zsetEnterLexRange(value, encoding, lexRange(), reverse);
}

/**
 * Position `offset` members further in the range than `at`, where the walk enters it; 0 = there are not so many. By rank, so
 * that a deep LIMIT costs no more than a shallow one. A negative offset counts from the other end of a skiplist, and is past
 * every member of a listpack: as in Redis 8.0.  O(log n), listpack O(n)
 */
function skipInRange(value: usize, encoding: u32, by: u32, at: usize, offset: i64, reverse: bool): usize {
  if (encoding == ENC_LISTPACK) {
    if (offset < 0) return 0;
    for (; at && offset > 0; offset--) at = zsetStep(value, at, encoding, reverse);
    return at;
  }
  const from = offset < 0 ? enterRange(value, encoding, by, !reverse) : at;
  const backwards = offset < 0 ? !reverse : reverse;
  const steps = offset < 0 ? -(offset + 1) : offset;
  const rank = <i64>zsetRankOf(value, encoding, from, backwards) + steps;
  if (rank >= <i64>zsetCount(value, encoding)) return 0;
  const to = zsetByRank(value, encoding, <u32>rank, backwards);
  // Counted from the other end it may lie before where the walk would begin.
  return offset >= 0 || isInside(to, encoding, by, backwards) ? to : 0;
}

/** Whether the member at a position, coming from inside, is still in the range. */
function isInside(at: usize, encoding: u32, by: u32, reverse: bool): bool {
  return by == BY_SCORE
    ? zsetInScoreRange(at, encoding, scoreRange(), reverse)
    : zsetInLexRange(at, encoding, lexRange(), reverse);
}

/** A member, and its score: behind it, or (RESP3) with it in an array. */
export function replyMemberAt(at: usize, encoding: u32, withScore: bool): void {
  if (withScore && root.resp == 3) replyArray(2);
  zsetMemberAt(at, encoding);
  replyBulk(root.outPtr, root.outLen);
  if (withScore) replyDouble(zsetScoreAt(at, encoding));
}

/** Adds the member at a position to zsetRef(0); false = out of memory, and that has been freed. */
function storeMember(at: usize, encoding: u32): bool {
  const score = zsetScoreAt(at, encoding);
  zsetMemberAt(at, encoding);
  let member = root.outPtr;
  const len = root.outLen;
  if (len <= 20) {
    // It may be the printed form of an integer, where zsetAdd prints others.
    copyBytes(SCRATCH, member, len);
    member = SCRATCH;
  }
  const zset = zsetRef(0);
  if (zsetAdd(zset, score, member, len, 0) != ADD_NO_MEMORY) return true;
  zsetFree(zset.value, zset.encoding);
  return false;
}

/**
 * Puts zsetRef(0), of `count` members, under the key of argument `i` in the place of whatever is there, and replies the count.
 * With none, the key is deleted; zsetRef(0) has then been freed or never made.
 */
export function storeZset(i: u32, count: u32, event: string): void {
  const zset = zsetRef(0);
  const old = findArg(i);
  if (!count) {
    if (old) {
      deleteKey(i, old);
      keyTouched(i);
      notifyArg(NOTIFY_GENERIC, "del", i);
      root.dirty++;
    }
    return replyInteger(0);
  }
  if (!overwriteKey(i, old, TYPE_ZSET, zset.encoding, zset.value)) {
    zsetFree(zset.value, zset.encoding);
    return errorOutOfMemory();
  }
  keyTouched(i);
  notifyArg(NOTIFY_ZSET, event, i);
  root.dirty++;
  replyInteger(count);
}
