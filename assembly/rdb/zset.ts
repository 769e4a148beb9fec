/**
 * zset: sorted sets as RDB bytes: a listpack as it lies in memory, or count and (member, score) from the highest down,
 * so that loading inserts at the front.
 */
import { free } from "../memory/allocator.ts";
import { parseDouble } from "../resp/numbers/double.ts";
import { root } from "../root.ts";
import { SETTING_ZSET_MAX_LISTPACK_ENTRIES, settingInteger } from "../settings.ts";
import {
  listpackAt,
  listpackBytes,
  listpackCount,
  listpackFirst,
  listpackGet,
  listpackNext,
  listpackValidate,
} from "../structures/listpack.ts";
import { ENC_HT, ENC_LISTPACK, TYPE_ZSET } from "../types/ids.ts";
import {
  MEMBER_INTEGER,
  MEMBER_STRING,
  setAddMember,
  setConvert,
  setCreateEmpty,
  setFree,
  setRef,
} from "../types/set.ts";
import {
  ADD_ADDED,
  ADD_NO_MEMORY,
  zsetAdd,
  zsetConvert,
  zsetConvertToListpackIfSmall,
  zsetCount,
  zsetCreateLarge,
  zsetFree,
  zsetLast,
  zsetMemberAt,
  ZsetRef,
  zsetRef,
  zsetWalkFrom,
  zsetWalkStep,
  zsetScoreAt,
} from "../types/zset.ts";
import { RDB_ZSET, RDB_ZSET_2, RDB_ZSET_LISTPACK, RDB_ZSET_ZIPLIST } from "./ids.ts";
import { rdbReadLength, rdbWriteLength } from "./length.ts";
import { rdbLoaded } from "./load.ts";
import {
  RDB_CORRUPT,
  RDB_EMPTY,
  RDB_OUT_OF_MEMORY,
  RdbReader,
  rdbCountFits,
  rdbFail,
  rdbReadByte,
  rdbReadDouble,
  rdbReading,
  rdbReadRaw,
  rdbWantsUnique,
} from "./reader.ts";
import { rdbKeepString, rdbReadString, rdbWriteString } from "./string.ts";
import { rdbWriteDouble } from "./writer.ts";
import { rdbReadZiplist } from "./ziplist.ts";

// A score as text begins with its length, or is one of these.
const SCORE_NAN: u32 = 253;
const SCORE_INFINITY: u32 = 254;
const SCORE_MINUS_INFINITY: u32 = 255;

export function rdbTypeOfZset(encoding: u32): u32 {
  return encoding == ENC_LISTPACK ? RDB_ZSET_LISTPACK : RDB_ZSET_2;
}

export function rdbSaveZset(w: usize, encoding: u32, value: usize): void {
  if (encoding == ENC_LISTPACK) return rdbWriteString(w, value, listpackBytes(value));
  rdbWriteLength(w, zsetCount(value, encoding));
  const last = zsetLast(value, encoding);
  zsetWalkFrom(last, encoding, true);
  for (let at = last; at; at = zsetWalkStep(value, at, encoding, true)) {
    zsetMemberAt(at, encoding);
    rdbWriteString(w, root.outPtr, root.outLen);
    rdbWriteDouble(w, zsetScoreAt(at, encoding));
  }
}

export function rdbLoadZset(r: usize, rdbType: u32): bool {
  if (rdbType == RDB_ZSET_LISTPACK || rdbType == RDB_ZSET_ZIPLIST) return loadPacked(r, rdbType);
  return loadPairs(r, rdbType == RDB_ZSET);
}

function loadPairs(r: usize, textScores: bool): bool {
  const count = rdbReadLength(r);
  if (!count) return rdbFail(r, RDB_EMPTY) != 0;
  if (!rdbCountFits(r, count)) return false;
  const zset = zsetRef(0);
  if (!zsetCreateLarge(zset, <u32>count)) return rdbFail(r, RDB_OUT_OF_MEMORY) != 0;
  const reader = changetype<RdbReader>(r);
  let longest: u32 = 0;
  let bytes: u32 = 0;
  for (let i: u64 = 0; i < count; i++) {
    if (!rdbReadString(r)) return drop(r, zset, 0);
    const score = textScores ? readTextScore(r) : rdbReadDouble(r);
    if (!rdbReading(r)) return drop(r, zset, 0);
    if (isNaN(score)) return drop(r, zset, RDB_CORRUPT);
    const outcome = zsetAdd(zset, score, reader.stringPtr, reader.stringLen, 0);
    if (outcome != ADD_ADDED)
      return drop(r, zset, outcome == ADD_NO_MEMORY ? RDB_OUT_OF_MEMORY : RDB_CORRUPT);
    longest = max(longest, reader.stringLen);
    bytes += reader.stringLen;
  }
  zsetConvertToListpackIfSmall(zset, longest, bytes);
  return rdbLoaded(r, TYPE_ZSET, zset.encoding, zset.value);
}

function readTextScore(r: usize): f64 {
  const len = rdbReadByte(r);
  if (len == SCORE_INFINITY) return Infinity;
  if (len == SCORE_MINUS_INFINITY) return -Infinity;
  if (len == SCORE_NAN) return NaN;
  const text = rdbReadRaw(r, len);
  return text && parseDouble(text, len) ? root.outF64 : NaN;
}

function loadPacked(r: usize, rdbType: u32): bool {
  const zset = zsetRef(0);
  zset.encoding = ENC_LISTPACK;
  zset.value = rdbType == RDB_ZSET_ZIPLIST ? rdbReadZiplist(r) : readListpack(r);
  if (!zset.value) return false;
  if (!pairsAreValid(r, zset.value)) {
    free(zset.value);
    return rdbFail(r, RDB_CORRUPT) != 0;
  }
  const count = listpackCount(zset.value) >> 1;
  if (!count) {
    free(zset.value);
    return rdbFail(r, RDB_EMPTY) != 0;
  }
  if (<i64>count > settingInteger(SETTING_ZSET_MAX_LISTPACK_ENTRIES) && !zsetConvert(zset, count)) {
    return drop(r, zset, RDB_OUT_OF_MEMORY);
  }
  return rdbLoaded(r, TYPE_ZSET, zset.encoding, zset.value);
}

/** The listpack that the next string is; 0 = the reader's status says why there is none. */
function readListpack(r: usize): usize {
  if (!rdbReadString(r)) return 0;
  const len = changetype<RdbReader>(r).stringLen;
  const lp = rdbKeepString(r);
  if (!lp || listpackValidate(lp, len, true)) return lp;
  free(lp);
  return rdbFail(r, RDB_CORRUPT);
}

/** Whether the elements are members and scores that are numbers, and each member is there once where that is asked. O(n) */
function pairsAreValid(r: usize, lp: usize): bool {
  if (listpackCount(lp) & 1) return false;
  if (!scoresAreNumbers(lp)) return false;
  return !rdbWantsUnique(r) || membersDiffer(lp);
}

function scoresAreNumbers(lp: usize): bool {
  let at = listpackAt(listpackFirst(lp));
  while (at) {
    const score = listpackNext(at);
    if (listpackGet(score) && !parseDouble(root.outPtr, root.outLen)) return false;
    at = listpackAt(listpackNext(score));
  }
  return true;
}

/** Whether no member is there twice; without memory to tell: no. O(n) */
function membersDiffer(lp: usize): bool {
  const seen = setRef(1);
  if (!setCreateEmpty(seen) || !setConvert(seen, ENC_HT, listpackCount(lp) >> 1)) return false;
  let valid = true;
  let at = listpackAt(listpackFirst(lp));
  while (at && valid) {
    const isString = listpackGet(at);
    valid = setAddMember(seen, isString ? MEMBER_STRING : MEMBER_INTEGER) == 1;
    at = listpackAt(listpackNext(listpackNext(at)));
  }
  setFree(seen.value, seen.encoding);
  return valid;
}

/** Gives up a sorted set half made. @param status  0 = the reader knows already */
function drop(r: usize, zset: ZsetRef, status: u32): bool {
  zsetFree(zset.value, zset.encoding);
  if (status) rdbFail(r, status);
  return false;
}
