/**
 * zset: values of type sorted set: a listpack of (member, score) pairs in order, or a score tree and a dict that hold
 * the same nodes; converted as Redis 8.0 converts them and never back. The encoding is called skiplist, as in Redis.
 *
 * Large form (8 bytes): 0 dict (member → node) · 4 score tree.
 *
 * A command works on a ZsetRef: the value's address and encoding, which change as it converts; loaded from an entry
 * (zsetOpen) or made (zsetCreate), and written back (zsetClose). Members are walked by position: the address of the
 * member's element or node, 0 = none; positions are void after a change.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { randomBelow } from "../hashing/prng.ts";
import { alloc, free, usableSize } from "../memory/allocator.ts";
import { compareBytes } from "../memory/bytes.ts";
import { DIGITS, ZSET_REFERENCES, ZSET_WALK } from "../memory/map.ts";
import { formatDouble, parseDouble } from "../resp/numbers/double.ts";
import { formatI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import {
  SETTING_ZSET_MAX_LISTPACK_ENTRIES,
  SETTING_ZSET_MAX_LISTPACK_VALUE,
  settingInteger,
} from "../settings.ts";
import {
  dictCount,
  dictCreate,
  dictExpand,
  dictFind,
  dictFree,
  dictInsert,
  dictMemory,
  dictRandom,
  dictRemove,
  dictRemoveEntry,
} from "../structures/dict.ts";
import {
  listpackAppendPair,
  listpackAt,
  listpackBytes,
  listpackCount,
  listpackDeleteFrom,
  listpackDup,
  listpackFind,
  listpackFirst,
  listpackGet,
  listpackInsertPairBefore,
  listpackNew,
  listpackNext,
  listpackPrevious,
  listpackSeek,
} from "../structures/listpack.ts";
import {
  LexRange,
  lexIsAboveMax,
  lexIsBelowMin,
  RANGE_MAX_EXCLUSIVE,
  RANGE_MIN_EXCLUSIVE,
  scoreTreeByRank,
  scoreTreeChainNext,
  scoreTreeCountBelow,
  scoreTreeCreate,
  ScoreTreeCursor,
  scoreTreeCursorAt,
  scoreTreeCursorStep,
  scoreTreeFirst,
  scoreTreeFirstInLexRange,
  scoreTreeFirstInRange,
  scoreTreeFree,
  scoreTreeFreeSlice,
  scoreTreeInsert,
  scoreTreeLast,
  scoreTreeLastInLexRange,
  scoreTreeLastInRange,
  scoreTreeLexCount,
  scoreTreeMemory,
  scoreTreeNodeCreate,
  scoreTreeNext,
  scoreTreePrevious,
  scoreTreeNodeScore,
  scoreTreeRank,
  scoreTreeRemove,
  scoreTreeRemoveByLex,
  scoreTreeRemoveByRank,
  scoreTreeRemoveByScore,
  scoreTreeUpdateScore,
} from "../structures/score-tree.ts";
import { entryKey, entryKeyLen } from "./entry-key.ts";
import { entryEncoding, entrySetEncoding, entrySetValue, entryValue } from "./entry.ts";
import { ENC_LISTPACK, ENC_SKIPLIST } from "./ids.ts";

@unmanaged
export class ZsetRef {
  value: usize;
  encoding: u32;
}

@unmanaged
class Large {
  dict: usize;
  tree: usize;
}

/** A range of scores; wherever the caller likes to have it. */
@unmanaged
export class ScoreRange {
  min: f64;
  max: f64;
  /** RANGE_* */
  flags: u32;
}

/** Where a score's text is put: behind the digits of an integer member. */
// @ts-ignore: decorator
@inline
const SCORE_TEXT: usize = DIGITS + 24;
// @ts-ignore: decorator
@inline
const LISTPACK_SAFE: u32 = 1 << 30;

/** Reference number `i`, 0 to 3. */
// @ts-ignore: decorator
@inline
export function zsetRef(i: u32): ZsetRef {
  return changetype<ZsetRef>(ZSET_REFERENCES + ((<usize>i) << 4));
}

// @ts-ignore: decorator
@inline
export function zsetOpen(ref: ZsetRef, entry: usize): void {
  ref.value = entryValue(entry);
  ref.encoding = entryEncoding(entry);
}

// @ts-ignore: decorator
@inline
export function zsetClose(ref: ZsetRef, entry: usize): void {
  entrySetValue(entry, ref.value);
  entrySetEncoding(entry, ref.encoding);
}

// @ts-ignore: decorator
@inline
function dictOf(value: usize): usize {
  return changetype<Large>(value).dict;
}

// @ts-ignore: decorator
@inline
function treeOf(value: usize): usize {
  return changetype<Large>(value).tree;
}

// --- making, counting ---

/**
 * Makes an empty sorted set fit for about `sizeHint` members as long as `memberLen`; u32.MAX_VALUE: many, nobody knows
 * how many. @returns false = out of memory
 */
export function zsetCreate(ref: ZsetRef, sizeHint: u32, memberLen: u32): bool {
  const small =
    <i64>sizeHint <= settingInteger(SETTING_ZSET_MAX_LISTPACK_ENTRIES) &&
    <i64>memberLen <= settingInteger(SETTING_ZSET_MAX_LISTPACK_VALUE);
  if (small) {
    ref.encoding = ENC_LISTPACK;
    ref.value = listpackNew();
  } else {
    ref.encoding = ENC_SKIPLIST;
    ref.value = largeCreate(sizeHint);
  }
  return ref.value != 0;
}

/** Makes an empty large one for results, which zsetConvertToListpackIfSmall may make small again. @returns false = out of memory */
export function zsetCreateLarge(ref: ZsetRef, sizeHint: u32): bool {
  ref.encoding = ENC_SKIPLIST;
  ref.value = largeCreate(sizeHint);
  return ref.value != 0;
}

function largeCreate(sizeHint: u32): usize {
  const large = changetype<Large>(alloc(offsetof<Large>()));
  if (!changetype<usize>(large)) return 0;
  large.dict = dictCreate();
  large.tree = scoreTreeCreate();
  if (large.dict && large.tree) {
    if (sizeHint > 12 && sizeHint != u32.MAX_VALUE) dictExpand(large.dict, sizeHint);
    return changetype<usize>(large);
  }
  if (large.dict) dictFree(large.dict);
  if (large.tree) scoreTreeFree(large.tree);
  free(changetype<usize>(large));
  return 0;
}

/** Makes it large before many are added, where it could not stay small. @returns false = out of memory */
export function zsetMaybeConvert(ref: ZsetRef, added: u32): bool {
  if (ref.encoding == ENC_SKIPLIST || <i64>added <= settingInteger(SETTING_ZSET_MAX_LISTPACK_ENTRIES))
    return true;
  return zsetConvert(ref, added);
}

/** Number of members. O(1) */
export function zsetCount(value: usize, encoding: u32): u32 {
  return encoding == ENC_SKIPLIST ? dictCount(dictOf(value)) : listpackCount(value) >> 1;
}

/** Converts a listpack to the large form. @returns false = out of memory, nothing changed. O(n) */
export function zsetConvert(ref: ZsetRef, capacity: u32): bool {
  const large = largeCreate(capacity);
  if (!large) return false;
  for (let at = zsetFirst(ref.value, ref.encoding); at; at = zsetNext(at, ref.encoding)) {
    const score = zsetScoreAt(at, ref.encoding);
    zsetMemberAt(at, ref.encoding);
    if (!largeInsert(large, score, root.outPtr, root.outLen, hashBytes(root.outPtr, root.outLen))) {
      zsetFree(large, ENC_SKIPLIST);
      return false;
    }
  }
  free(ref.value);
  ref.value = large;
  ref.encoding = ENC_SKIPLIST;
  return true;
}

/** Back to a listpack, for results of ZUNIONSTORE and the like that turned out small, as Redis. O(n) */
export function zsetConvertToListpackIfSmall(ref: ZsetRef, longest: u32, totalBytes: u32): void {
  if (ref.encoding != ENC_SKIPLIST) return;
  if (<i64>zsetCount(ref.value, ref.encoding) > settingInteger(SETTING_ZSET_MAX_LISTPACK_ENTRIES)) return;
  if (<i64>longest > settingInteger(SETTING_ZSET_MAX_LISTPACK_VALUE) || totalBytes >= LISTPACK_SAFE) return;
  let lp = listpackNew();
  if (!lp) return;
  for (let at = zsetFirst(ref.value, ref.encoding); at; at = scoreTreeNext(at)) {
    const textLen = scoreText(scoreTreeNodeScore(at), SCORE_TEXT);
    const grown = listpackAppendPair(lp, entryKey(at), entryKeyLen(at), SCORE_TEXT, textLen);
    if (!grown) return free(lp);
    lp = grown;
  }
  zsetFree(ref.value, ENC_SKIPLIST);
  ref.value = lp;
  ref.encoding = ENC_LISTPACK;
}

// --- walking ---

/** Position of the lowest member, 0 = none. O(1) */
export function zsetFirst(value: usize, encoding: u32): usize {
  return encoding == ENC_SKIPLIST ? scoreTreeFirst(treeOf(value)) : listpackAt(listpackFirst(value));
}

/** Position of the highest member, 0 = none. O(1) */
export function zsetLast(value: usize, encoding: u32): usize {
  if (encoding == ENC_SKIPLIST) return scoreTreeLast(treeOf(value));
  return listpackSeek(value, -2);
}

// @ts-ignore: decorator
@inline
export function zsetNext(at: usize, encoding: u32): usize {
  return encoding == ENC_SKIPLIST ? scoreTreeNext(at) : listpackAt(listpackNext(listpackNext(at)));
}

export function zsetPrevious(value: usize, at: usize, encoding: u32): usize {
  if (encoding == ENC_SKIPLIST) return scoreTreePrevious(at);
  const score = listpackPrevious(value, at);
  return score ? listpackPrevious(value, score) : 0;
}

// @ts-ignore: decorator
@inline
export function zsetStep(value: usize, at: usize, encoding: u32, reverse: bool): usize {
  return reverse ? zsetPrevious(value, at, encoding) : zsetNext(at, encoding);
}

/**
 * Begins a walk of many steps at a position; one walk at a time, and nothing may change meanwhile. Then
 * zsetWalkStep, which is quicker than zsetStep.
 */
export function zsetWalkFrom(at: usize, encoding: u32, reverse: bool): void {
  if (encoding == ENC_SKIPLIST && at) scoreTreeCursorAt(changetype<ScoreTreeCursor>(ZSET_WALK), at, reverse);
}

/** The position behind `at`, where the walk stands; 0 = none. O(1) */
// @ts-ignore: decorator
@inline
export function zsetWalkStep(value: usize, at: usize, encoding: u32, reverse: bool): usize {
  return encoding == ENC_SKIPLIST
    ? scoreTreeCursorStep(changetype<ScoreTreeCursor>(ZSET_WALK), reverse)
    : zsetStep(value, at, encoding, reverse);
}

/** Score of the member at a position. */
// @ts-ignore: decorator
@inline
export function zsetScoreAt(at: usize, encoding: u32): f64 {
  return encoding == ENC_SKIPLIST ? scoreTreeNodeScore(at) : listpackScore(listpackNext(at));
}

function listpackScore(element: usize): f64 {
  if (!listpackGet(element)) return <f64>root.outI64;
  parseDouble(root.outPtr, root.outLen);
  return root.outF64;
}

/** The member at a position, in root.outPtr / outLen (an integer is printed to DIGITS). */
// @ts-ignore: decorator
@inline
export function zsetMemberAt(at: usize, encoding: u32): void {
  if (encoding == ENC_SKIPLIST) {
    root.outPtr = entryKey(at);
    root.outLen = entryKeyLen(at);
  } else {
    listpackMemberAt(at);
  }
}

function listpackMemberAt(at: usize): void {
  if (listpackGet(at)) return;
  root.outLen = formatI64(root.outI64, DIGITS);
  root.outPtr = DIGITS;
}

/** Position of the member of a rank, from 0 at the lowest or (reverse) the highest. O(log n), listpack O(n) */
export function zsetByRank(value: usize, encoding: u32, rank: u32, reverse: bool): usize {
  if (encoding == ENC_SKIPLIST) {
    if (reverse) rank = dictCount(dictOf(value)) - 1 - rank;
    return scoreTreeByRank(treeOf(value), rank);
  }
  return reverse ? listpackSeek(value, -2 - 2 * <i32>rank) : listpackSeek(value, 2 * <i32>rank);
}

// --- single members ---

/** Position of a member, 0 = it is none. O(1), listpack O(n) */
export function zsetFind(value: usize, encoding: u32, member: usize, len: u32): usize {
  if (encoding == ENC_SKIPLIST) return dictFind(dictOf(value), hashBytes(member, len), member, len);
  return listpackFind(value, listpackFirst(value), member, len, 1);
}

/** Rank from 0 of the member at a position. O(log n), listpack O(n) */
export function zsetRankOf(value: usize, encoding: u32, at: usize, reverse: bool): u32 {
  let rank: u32 = 0;
  if (encoding == ENC_SKIPLIST) {
    rank = scoreTreeRank(at);
  } else {
    for (let p = listpackFirst(value); p != at; p = listpackNext(listpackNext(p))) rank++;
  }
  return reverse ? zsetCount(value, encoding) - 1 - rank : rank;
}

// Conditions of zsetAdd.
// @ts-ignore: decorator
@inline
export const ADD_INCR: u32 = 1;
// @ts-ignore: decorator
@inline
export const ADD_NX: u32 = 2;
// @ts-ignore: decorator
@inline
export const ADD_XX: u32 = 4;
// @ts-ignore: decorator
@inline
export const ADD_GT: u32 = 8;
// @ts-ignore: decorator
@inline
export const ADD_LT: u32 = 16;

// What zsetAdd did.
// @ts-ignore: decorator
@inline
export const ADD_NOTHING: u32 = 0;
// @ts-ignore: decorator
@inline
export const ADD_ADDED: u32 = 1;
// @ts-ignore: decorator
@inline
export const ADD_UPDATED: u32 = 2;
/** It was there with this score already: conditions were met, nothing changed. */
// @ts-ignore: decorator
@inline
export const ADD_SAME: u32 = 3;
// @ts-ignore: decorator
@inline
export const ADD_NAN: u32 = 4;
// @ts-ignore: decorator
@inline
export const ADD_NO_MEMORY: u32 = 5;

/**
 * Adds a member or updates its score, in whatever encoding; may convert.
 * @param score  any double but NaN     @param flags  ADD_INCR … ADD_LT
 * @returns ADD_*; the member's score now is in root.outF64.  O(log n). https://redis.io/commands/zadd
 */
export function zsetAdd(ref: ZsetRef, score: f64, member: usize, len: u32, flags: u32): u32 {
  const large = ref.encoding == ENC_SKIPLIST;
  const hash: u64 = large ? hashBytes(member, len) : 0;
  const at = large
    ? dictFind(dictOf(ref.value), hash, member, len)
    : listpackFind(ref.value, listpackFirst(ref.value), member, len, 1);
  if (at) return update(ref, at, score, member, len, flags);
  if (flags & ADD_XX) return ADD_NOTHING;
  const outcome = large
    ? largeInsert(ref.value, score, member, len, hash)
      ? ADD_ADDED
      : ADD_NO_MEMORY
    : addToListpack(ref, score, member, len);
  root.outF64 = score;
  return outcome;
}

/** Adds a new member to a listpack, which becomes large where it does not fit. */
function addToListpack(ref: ZsetRef, score: f64, member: usize, len: u32): u32 {
  const fits =
    <i64>(listpackCount(ref.value) >> 1) < settingInteger(SETTING_ZSET_MAX_LISTPACK_ENTRIES) &&
    <i64>len <= settingInteger(SETTING_ZSET_MAX_LISTPACK_VALUE) &&
    listpackBytes(ref.value) + len < LISTPACK_SAFE;
  if (fits) return listpackInsert(ref, score, member, len) ? ADD_ADDED : ADD_NO_MEMORY;
  if (!zsetConvert(ref, (listpackCount(ref.value) >> 1) + 1)) return ADD_NO_MEMORY;
  return largeInsert(ref.value, score, member, len, hashBytes(member, len)) ? ADD_ADDED : ADD_NO_MEMORY;
}

function update(ref: ZsetRef, at: usize, score: f64, member: usize, len: u32, flags: u32): u32 {
  if (flags & ADD_NX) return ADD_NOTHING;
  const current = zsetScoreAt(at, ref.encoding);
  if (flags & ADD_INCR) {
    score += current;
    if (isNaN(score)) return ADD_NAN;
  }
  root.outF64 = current;
  if (flags & ADD_LT && score >= current) return ADD_NOTHING;
  if (flags & ADD_GT && score <= current) return ADD_NOTHING;
  root.outF64 = score;
  if (score == current) return ADD_SAME;
  if (ref.encoding == ENC_SKIPLIST) {
    if (!scoreTreeUpdateScore(treeOf(ref.value), at, score)) return ADD_NO_MEMORY;
  } else {
    // In a new place first: without memory for it nothing is lost.
    const grown = listpackMove(ref.value, at, score, member, len);
    if (!grown) return ADD_NO_MEMORY;
    ref.value = grown;
  }
  root.outF64 = score;
  return ADD_UPDATED;
}

/** Puts the pair at `at` where its new score belongs. @returns the listpack; 0 = out of memory, nothing changed */
function listpackMove(lp: usize, at: usize, score: f64, member: usize, len: u32): usize {
  const offset = at - lp;
  const place = insertionPoint(lp, score, member, len);
  const before = place <= at;
  const bytesBefore = listpackBytes(lp);
  const textLen = scoreText(score, SCORE_TEXT);
  const grown = listpackInsertPairBefore(lp, place, member, len, SCORE_TEXT, textLen);
  if (!grown) return 0;
  const old = grown + offset + (before ? listpackBytes(grown) - bytesBefore : 0);
  return listpackDeleteFrom(grown, old, 2);
}

function listpackInsert(ref: ZsetRef, score: f64, member: usize, len: u32): bool {
  const place = insertionPoint(ref.value, score, member, len);
  const textLen = scoreText(score, SCORE_TEXT);
  const grown = listpackInsertPairBefore(ref.value, place, member, len, SCORE_TEXT, textLen);
  if (!grown) return false;
  ref.value = grown;
  return true;
}

/** Where a pair belongs: the first that stands behind it, or the end. Searched from the end: most are added there. */
function insertionPoint(lp: usize, score: f64, member: usize, len: u32): usize {
  for (let p = listpackFirst(lp); listpackAt(p);) {
    const scoreAt = listpackNext(p);
    const s = listpackScore(scoreAt);
    if (s > score) return p;
    if (s == score) {
      zsetMemberAt(p, ENC_LISTPACK);
      if (compareBytes(root.outPtr, root.outLen, member, len) > 0) return p;
    }
    p = listpackNext(scoreAt);
  }
  return lp + listpackBytes(lp) - 1;
}

/** Adds a new member to the large form. @returns false = out of memory, nothing changed. O(log n) */
function largeInsert(value: usize, score: f64, member: usize, len: u32, hash: u64): bool {
  const node = scoreTreeNodeCreate(score, member, len);
  if (!node) return false;
  if (scoreTreeInsert(treeOf(value), node)) {
    if (dictInsert(dictOf(value), hash, node)) return true;
    scoreTreeRemove(treeOf(value), node);
  }
  free(node);
  return false;
}

/** Gives the member at a position of the large form another score. @returns false = out of memory, nothing changed. O(log n) */
export function zsetSetScoreAt(ref: ZsetRef, at: usize, score: f64): bool {
  return scoreTreeUpdateScore(treeOf(ref.value), at, score);
}

/** Adds a member that is not there to the large form. @returns false = out of memory, nothing changed. O(log n) */
export function zsetAddNew(ref: ZsetRef, score: f64, member: usize, len: u32): bool {
  return largeInsert(ref.value, score, member, len, hashBytes(member, len));
}

/** Takes a member out. @returns whether it was there. O(log n) */
export function zsetRemove(ref: ZsetRef, member: usize, len: u32): bool {
  if (ref.encoding == ENC_SKIPLIST) {
    const node = dictRemove(dictOf(ref.value), hashBytes(member, len), member, len);
    if (!node) return false;
    scoreTreeRemove(treeOf(ref.value), node);
    free(node);
    return true;
  }
  const at = zsetFind(ref.value, ref.encoding, member, len);
  if (!at) return false;
  ref.value = listpackDeleteFrom(ref.value, at, 2);
  return true;
}

/** Takes the member at a position out. O(log n) */
export function zsetRemoveAt(ref: ZsetRef, at: usize): void {
  if (ref.encoding == ENC_SKIPLIST) {
    scoreTreeRemove(treeOf(ref.value), at);
    dictRemoveEntry(dictOf(ref.value), hashBytes(entryKey(at), entryKeyLen(at)), at);
    free(at);
  } else {
    ref.value = listpackDeleteFrom(ref.value, at, 2);
  }
}

/** Position of a random member, each as likely. The set is not empty. O(1), listpack O(n) */
export function zsetRandom(value: usize, encoding: u32): usize {
  if (encoding == ENC_SKIPLIST) return dictRandom(dictOf(value));
  return listpackSeek(value, 2 * <i32>randomBelow(listpackCount(value) >> 1));
}

/**
 * A score's text as it stands in a listpack: an integer where it is one (so −0 becomes 0), else as it is replied.
 * @returns its length
 */
export function scoreText(score: f64, dst: usize): u32 {
  // The integers that a double holds exactly, as Redis' double2ll.
  if (score >= -4503599627370495 && score <= 4503599627370496 && <f64>(<i64>score) == score) {
    return formatI64(<i64>score, dst);
  }
  return formatDouble(score, dst);
}

// --- ranges ---

// @ts-ignore: decorator
@inline
function aboveMin(score: f64, range: ScoreRange): bool {
  return range.flags & RANGE_MIN_EXCLUSIVE ? score > range.min : score >= range.min;
}

// @ts-ignore: decorator
@inline
function belowMax(score: f64, range: ScoreRange): bool {
  return range.flags & RANGE_MAX_EXCLUSIVE ? score < range.max : score <= range.max;
}

/** Whether the member at a position, coming from inside, is still in the range. */
export function zsetInScoreRange(at: usize, encoding: u32, range: ScoreRange, reverse: bool): bool {
  const score = zsetScoreAt(at, encoding);
  return reverse ? aboveMin(score, range) : belowMax(score, range);
}

/** Position of the lowest or (reverse) highest member in a range of scores, 0 = none. O(log n), listpack O(n) */
export function zsetEnterScoreRange(value: usize, encoding: u32, range: ScoreRange, reverse: bool): usize {
  if (encoding == ENC_SKIPLIST) {
    return reverse
      ? scoreTreeLastInRange(treeOf(value), range.min, range.max, range.flags)
      : scoreTreeFirstInRange(treeOf(value), range.min, range.max, range.flags);
  }
  let at = reverse ? zsetLast(value, encoding) : zsetFirst(value, encoding);
  while (at) {
    const score = zsetScoreAt(at, encoding);
    if (reverse ? belowMax(score, range) : aboveMin(score, range)) {
      return zsetInScoreRange(at, encoding, range, reverse) ? at : 0;
    }
    at = zsetStep(value, at, encoding, reverse);
  }
  return 0;
}

/** Members in a range of scores. O(log n), listpack O(n) */
export function zsetCountInScoreRange(value: usize, encoding: u32, range: ScoreRange): u32 {
  if (encoding == ENC_SKIPLIST) {
    const tree = treeOf(value);
    const end = scoreTreeCountBelow(tree, range.max, !(range.flags & RANGE_MAX_EXCLUSIVE));
    const start = scoreTreeCountBelow(tree, range.min, (range.flags & RANGE_MIN_EXCLUSIVE) != 0);
    return end > start ? end - start : 0;
  }
  let n: u32 = 0;
  let at = zsetEnterScoreRange(value, encoding, range, false);
  for (; at && belowMax(zsetScoreAt(at, encoding), range); at = zsetNext(at, encoding)) n++;
  return n;
}

/** Whether the member at a position, coming from inside, is still in the range. */
export function zsetInLexRange(at: usize, encoding: u32, range: LexRange, reverse: bool): bool {
  zsetMemberAt(at, encoding);
  return reverse
    ? !lexIsBelowMin(root.outPtr, root.outLen, range)
    : !lexIsAboveMax(root.outPtr, root.outLen, range);
}

/** Position of the lowest or (reverse) highest member in a lexicographic range, 0 = none. O(log n), listpack O(n) */
export function zsetEnterLexRange(value: usize, encoding: u32, range: LexRange, reverse: bool): usize {
  if (encoding == ENC_SKIPLIST) {
    return reverse
      ? scoreTreeLastInLexRange(treeOf(value), range)
      : scoreTreeFirstInLexRange(treeOf(value), range);
  }
  let at = reverse ? zsetLast(value, encoding) : zsetFirst(value, encoding);
  while (at) {
    if (zsetInLexRange(at, encoding, range, !reverse))
      return zsetInLexRange(at, encoding, range, reverse) ? at : 0;
    at = zsetStep(value, at, encoding, reverse);
  }
  return 0;
}

/** Members in a lexicographic range. O(log n), listpack O(n) */
export function zsetCountInLexRange(value: usize, encoding: u32, range: LexRange): u32 {
  if (encoding == ENC_SKIPLIST) {
    const tree = treeOf(value);
    const end = scoreTreeLexCount(tree, range, true);
    const start = scoreTreeLexCount(tree, range, false);
    return end > start ? end - start : 0;
  }
  let n: u32 = 0;
  let at = zsetEnterLexRange(value, encoding, range, false);
  for (; at && zsetInLexRange(at, encoding, range, false); at = zsetNext(at, encoding)) n++;
  return n;
}

/** Takes the members of ranks start … end − 1 out. @returns how many. O(log n + removed) */
export function zsetRemoveByRank(ref: ZsetRef, start: u32, end: u32): u32 {
  if (ref.encoding == ENC_SKIPLIST)
    return dropNodes(ref, scoreTreeRemoveByRank(treeOf(ref.value), start, end));
  const at = listpackSeek(ref.value, 2 * <i32>start);
  if (!at || start >= end) return 0;
  const before = listpackCount(ref.value);
  ref.value = listpackDeleteFrom(ref.value, at, 2 * (end - start));
  return (before - listpackCount(ref.value)) >> 1;
}

/** Takes the members in a range of scores out. @returns how many */
export function zsetRemoveByScore(ref: ZsetRef, range: ScoreRange): u32 {
  if (ref.encoding == ENC_SKIPLIST) {
    return dropNodes(ref, scoreTreeRemoveByScore(treeOf(ref.value), range.min, range.max, range.flags));
  }
  const n = zsetCountInScoreRange(ref.value, ref.encoding, range);
  return n ? cutPairs(ref, zsetEnterScoreRange(ref.value, ref.encoding, range, false), n) : 0;
}

/** Takes the members in a lexicographic range out. @returns how many */
export function zsetRemoveByLex(ref: ZsetRef, range: LexRange): u32 {
  if (ref.encoding == ENC_SKIPLIST) return dropNodes(ref, scoreTreeRemoveByLex(treeOf(ref.value), range));
  const n = zsetCountInLexRange(ref.value, ref.encoding, range);
  return n ? cutPairs(ref, zsetEnterLexRange(ref.value, ref.encoding, range, false), n) : 0;
}

function cutPairs(ref: ZsetRef, at: usize, n: u32): u32 {
  ref.value = listpackDeleteFrom(ref.value, at, 2 * n);
  return n;
}

/** Takes nodes that the tree has let go out of the dict, and frees them. */
function dropNodes(ref: ZsetRef, first: usize): u32 {
  const n = root.scratch0;
  for (let node = first; node;) {
    const next = scoreTreeChainNext(node);
    dictRemoveEntry(dictOf(ref.value), hashBytes(entryKey(node), entryKeyLen(node)), node);
    free(node);
    node = next;
  }
  return n;
}

// --- the whole value (types/value.ts) ---

/** Dict of member → node of the large form (ZSCAN). */
export function zsetDict(value: usize): usize {
  return dictOf(value);
}

/** About how many blocks the sorted set has. */
export function zsetFreeEffort(value: usize, encoding: u32): u32 {
  return encoding == ENC_SKIPLIST ? dictCount(dictOf(value)) : 1;
}

/** Frees a sorted set. O(n) */
export function zsetFree(value: usize, encoding: u32): void {
  if (encoding == ENC_SKIPLIST) {
    scoreTreeFree(treeOf(value));
    dictFree(dictOf(value));
  }
  free(value);
}

/** Frees about `budget` members. @returns whether the sorted set is gone */
export function zsetFreeSlice(value: usize, encoding: u32, budget: u32): bool {
  if (encoding == ENC_SKIPLIST) {
    if (scoreTreeFreeSlice(treeOf(value), budget)) return false;
    dictFree(dictOf(value));
  }
  free(value);
  return true;
}

/** A copy. @returns 0 = out of memory. O(n log n) */
export function zsetCopy(value: usize, encoding: u32): usize {
  if (encoding == ENC_LISTPACK) return listpackDup(value);
  const copy = largeCreate(dictCount(dictOf(value)));
  if (!copy) return 0;
  const first = scoreTreeFirst(treeOf(value));
  zsetWalkFrom(first, encoding, false);
  for (let node = first; node; node = zsetWalkStep(value, node, encoding, false)) {
    const hash = hashBytes(entryKey(node), entryKeyLen(node));
    if (!largeInsert(copy, scoreTreeNodeScore(node), entryKey(node), entryKeyLen(node), hash)) {
      zsetFree(copy, ENC_SKIPLIST);
      return 0;
    }
  }
  return copy;
}

/** Bytes of the sorted set's blocks, from at most `samples` members (0 = all). O(samples) */
export function zsetMemory(value: usize, encoding: u32, samples: u32): usize {
  if (encoding == ENC_LISTPACK) return usableSize(value);
  const count = dictCount(dictOf(value));
  let bytes: f64 = 0;
  let seen: u32 = 0;
  for (
    let node = scoreTreeFirst(treeOf(value));
    node && (!samples || seen < samples);
    node = scoreTreeNext(node)
  ) {
    bytes += <f64>usableSize(node);
    seen++;
  }
  const fixed = usableSize(value) + dictMemory(dictOf(value)) + scoreTreeMemory(treeOf(value));
  return fixed + (seen ? <usize>((bytes / seen) * count) : 0);
}
