/**
 * ZPOPMIN and ZPOPMAX key [count], ZMPOP numkeys key … MIN | MAX [COUNT n], and BZPOPMIN, BZPOPMAX, BZMPOP, which wait.
 * https://redis.io/commands/zpopmin, /zmpop
 */
import { NOTIFY_GENERIC, NOTIFY_ZSET } from "../../keyspace/events.ts";
import { blockingTimeoutSeconds, blockOnKeys } from "../../keyspace/blocking.ts";
import { deleteKey, keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import {
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotPositive, errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyDouble, replyError, replyNullArray } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import {
  zsetClose,
  zsetCount,
  zsetFirst,
  zsetLast,
  zsetMemberAt,
  zsetOpen,
  zsetRef,
  zsetRemoveAt,
  zsetScoreAt,
} from "../../types/zset.ts";

// How member and score are laid out.
/** member, score, member, score … */
const FLAT: u32 = 0;
/** an array of two for each */
const PAIRS: u32 = 1;

export function zpopmin(): void {
  pop(false);
}

export function zpopmax(): void {
  pop(true);
}

export function bzpopmin(): void {
  blockingPop(false);
}

export function bzpopmax(): void {
  blockingPop(true);
}

export function zmpop(): void {
  popFromSeveral(1, false);
}

export function bzmpop(): void {
  popFromSeveral(2, true);
}

function pop(highest: bool): void {
  if (root.argc > 3) return errorSyntax();
  let count: i64 = 1;
  if (root.argc == 3) {
    if (!argInteger(2) || root.outI64 < 0) return errorNotPositive();
    count = root.outI64;
  }
  const entry = lookupWriteTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  if (!entry || !count) return replyArray(0);
  zsetOpen(zsetRef(0), entry);
  const n = min(count, <i64>zsetCount(zsetRef(0).value, zsetRef(0).encoding));
  const pairs = root.argc == 3 && root.resp == 3;
  replyArray(pairs ? n : 2 * n);
  popMembers(1, entry, <u32>n, highest, pairs ? PAIRS : FLAT);
}

/** Pops `n` members, replies them, and ends the key where it is empty. zsetRef(0) is that of `entry`. */
function popMembers(i: u32, entry: usize, n: u32, highest: bool, layout: u32): void {
  const zset = zsetRef(0);
  for (let k: u32 = 0; k < n; k++) {
    const at = highest ? zsetLast(zset.value, zset.encoding) : zsetFirst(zset.value, zset.encoding);
    if (layout == PAIRS) replyArray(2);
    zsetMemberAt(at, zset.encoding);
    replyBulk(root.outPtr, root.outLen);
    replyDouble(zsetScoreAt(at, zset.encoding));
    zsetRemoveAt(zset, at);
  }
  zsetClose(zset, entry);
  notifyArg(NOTIFY_ZSET, highest ? "zpopmax" : "zpopmin", i);
  if (!zsetCount(zset.value, zset.encoding)) {
    deleteKey(i, entry);
    notifyArg(NOTIFY_GENERIC, "del", i);
  }
  keyTouched(i);
  root.dirty += n;
}

/** What replicas do instead: pop so many of this key. */
function propagatePop(i: u32, n: u32, highest: bool): void {
  if (!propagating()) return;
  propagateBegin(n == 1 ? 2 : 3);
  propagateText(highest ? "ZPOPMAX" : "ZPOPMIN");
  propagateBytes(argPtr(i), argLen(i));
  if (n != 1) propagateInteger(n);
}

function blockingPop(highest: bool): void {
  const last = root.argc - 2;
  if (!blockingTimeoutSeconds(last + 1)) return;
  for (let i: u32 = 1; i <= last; i++) {
    const entry = lookupWriteTyped(i, TYPE_ZSET);
    if (entry == WRONG_TYPE) return;
    if (!entry) continue;
    zsetOpen(zsetRef(0), entry);
    replyArray(3);
    replyBulk(argPtr(i), argLen(i));
    popMembers(i, entry, 1, highest, FLAT);
    return propagatePop(i, 1, highest);
  }
  blockOnKeys(1, last, 1);
}

/** @param numkeys  argument index of the number of keys */
function popFromSeveral(numkeys: u32, blocking: bool): void {
  if (!argInteger(numkeys) || root.outI64 <= 0 || root.outI64 > 2147483647) {
    return replyError("ERR numkeys should be greater than 0");
  }
  if (root.outI64 + 1 >= <i64>(root.argc - numkeys)) return errorSyntax();
  const last = numkeys + <u32>root.outI64;
  const highest = argIs(last + 1, "MAX");
  if (!highest && !argIs(last + 1, "MIN")) return errorSyntax();
  let count: i64 = -1;
  for (let i = last + 2; i < root.argc; i++) {
    if (count != -1 || !argIs(i, "COUNT") || i + 1 == root.argc) return errorSyntax();
    if (!argInteger(++i) || root.outI64 <= 0 || root.outI64 > 2147483647) {
      return replyError("ERR count should be greater than 0");
    }
    count = root.outI64;
  }
  if (count == -1) count = 1;
  if (blocking && !blockingTimeoutSeconds(1)) return;
  for (let i = numkeys + 1; i <= last; i++) {
    const entry = lookupWriteTyped(i, TYPE_ZSET);
    if (entry == WRONG_TYPE) return;
    if (!entry) continue;
    zsetOpen(zsetRef(0), entry);
    const n = <u32>min(count, <i64>zsetCount(zsetRef(0).value, zsetRef(0).encoding));
    replyArray(2);
    replyBulk(argPtr(i), argLen(i));
    replyArray(n);
    popMembers(i, entry, n, highest, PAIRS);
    return propagatePop(i, n, highest);
  }
  if (blocking) blockOnKeys(numkeys + 1, last, 1);
  else replyNullArray();
}
