/**
 * ZADD, ZINCRBY and GEOADD, which is a ZADD whose scores are places.
 * ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member …, ZINCRBY key increment member. https://redis.io/commands/zadd
 */
import { NOTIFY_ZSET } from "../../keyspace/events.ts";
import { createKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argDouble, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotFloat, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyDouble, replyError, replyInteger, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { geohashEncode, LATITUDE_MAX, STEP_MAX } from "../../structures/geohash.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import {
  ADD_ADDED,
  ADD_GT,
  ADD_INCR,
  ADD_LT,
  ADD_NAN,
  ADD_NO_MEMORY,
  ADD_NOTHING,
  ADD_NX,
  ADD_UPDATED,
  ADD_XX,
  zsetAdd,
  zsetClose,
  zsetCreate,
  zsetFree,
  zsetMaybeConvert,
  zsetOpen,
  zsetRef,
} from "../../types/zset.ts";
import { argCoordinates } from "../geo/geo-args.ts";

export function zadd(): void {
  let flags: u32 = 0;
  let countChanged = false;
  let first: u32 = 2;
  for (; first < root.argc; first++) {
    if (argIs(first, "NX")) flags |= ADD_NX;
    else if (argIs(first, "XX")) flags |= ADD_XX;
    else if (argIs(first, "CH")) countChanged = true;
    else if (argIs(first, "INCR")) flags |= ADD_INCR;
    else if (argIs(first, "GT")) flags |= ADD_GT;
    else if (argIs(first, "LT")) flags |= ADD_LT;
    else break;
  }
  const rest = root.argc - first;
  if (rest & 1 || !rest) return errorSyntax();
  if (flags & ADD_NX && flags & ADD_XX) {
    return replyError("ERR XX and NX options at the same time are not compatible");
  }
  if ((flags & ADD_GT && flags & (ADD_NX | ADD_LT)) || (flags & ADD_LT && flags & ADD_NX)) {
    return replyError("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (flags & ADD_INCR && rest > 2) {
    return replyError("ERR INCR option supports a single increment-element pair");
  }
  addMembers(first, rest >> 1, SCORE_THEN_MEMBER, flags, countChanged);
}

export function zincrby(): void {
  // As in Redis, where it takes the increment for an option of ZADD.
  if (argIs(2, "NX") || argIs(2, "XX") || argIs(2, "GT") || argIs(2, "LT")) return errorSyntax();
  if (argIs(2, "CH") || argIs(2, "INCR")) return errorSyntax();
  addMembers(2, 1, SCORE_THEN_MEMBER, ADD_INCR, false);
}

/** GEOADD key [NX | XX] [CH] longitude latitude member …: the place is the score. https://redis.io/commands/geoadd */
export function geoadd(): void {
  let flags: u32 = 0;
  let countChanged = false;
  let first: u32 = 2;
  for (; first < root.argc; first++) {
    if (argIs(first, "NX")) flags |= ADD_NX;
    else if (argIs(first, "XX")) flags |= ADD_XX;
    else if (argIs(first, "CH")) countChanged = true;
    else break;
  }
  const rest = root.argc - first;
  if (!rest || rest % 3 || (flags & ADD_NX && flags & ADD_XX)) return errorSyntax();
  addMembers(first, rest / 3, PLACE_THEN_MEMBER, flags, countChanged);
}

// How many arguments a member takes, with what its score comes from.
const SCORE_THEN_MEMBER: u32 = 2;
const PLACE_THEN_MEMBER: u32 = 3;

/** Reads the score at argument `i` into root.outF64; false = it is none, and the error is replied. */
function readScore(i: u32, stride: u32): bool {
  if (stride == PLACE_THEN_MEMBER) {
    const latitude = argCoordinates(i);
    if (isNaN(latitude)) return false;
    root.outF64 = <f64>geohashEncode(root.outF64, latitude, STEP_MAX, LATITUDE_MAX);
    return true;
  }
  if (argDouble(i)) return true;
  errorNotFloat();
  return false;
}

/**
 * Adds `count` members from argument `first` on, `stride` arguments each. All scores are read before anything is changed.
 */
function addMembers(first: u32, count: u32, stride: u32, flags: u32, countChanged: bool): void {
  for (let i: u32 = 0; i < count; i++) if (!readScore(first + stride * i, stride)) return;
  const entry = lookupWriteTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  if (!entry && flags & ADD_XX) return flags & ADD_INCR ? replyNull() : replyInteger(0);
  const zset = zsetRef(0);
  if (entry) {
    zsetOpen(zset, entry);
    if (!zsetMaybeConvert(zset, count)) return errorOutOfMemory();
  } else if (!zsetCreate(zset, count, argLen(first + stride - 1))) {
    return errorOutOfMemory();
  }
  let added: u32 = 0;
  let updated: u32 = 0;
  let outcome: u32 = ADD_NOTHING;
  for (let i: u32 = 0; i < count && outcome < ADD_NAN; i++) {
    const member = first + stride * (i + 1) - 1;
    readScore(first + stride * i, stride);
    outcome = zsetAdd(zset, root.outF64, argPtr(member), argLen(member), flags);
    if (outcome == ADD_ADDED) added++;
    else if (outcome == ADD_UPDATED) updated++;
  }
  const score = root.outF64;
  if (entry) {
    zsetClose(zset, entry);
  } else if (outcome >= ADD_NAN || !createKey(1, TYPE_ZSET, zset.encoding, zset.value)) {
    zsetFree(zset.value, zset.encoding);
    return outcome == ADD_NAN ? errorNotNumber() : errorOutOfMemory();
  }
  if (added | updated) {
    keyTouched(1);
    notifyArg(NOTIFY_ZSET, flags & ADD_INCR ? "zincr" : "zadd", 1);
    root.dirty += added + updated;
  }
  if (outcome == ADD_NAN) return errorNotNumber();
  if (outcome == ADD_NO_MEMORY) return errorOutOfMemory();
  if (flags & ADD_INCR) return outcome == ADD_NOTHING ? replyNull() : replyDouble(score);
  replyInteger(countChanged ? added + updated : added);
}

function errorNotNumber(): void {
  replyError("ERR resulting score is not a number (NaN)");
}
