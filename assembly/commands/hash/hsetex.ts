/**
 * HSETEX key [FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] FIELDS count field value [field value …].
 * https://redis.io/commands/hsetex
 *
 * Propagated with the absolute time, or as HDEL where that is past.
 */
import { NOTIFY_HASH } from "../../keyspace/events.ts";
import { expireField, hashCommit } from "../../keyspace/field-expire.ts";
import { createKey, keyTouched, lookupWrite, notifyArg, timeIsUp } from "../../keyspace/lookup.ts";
import {
  propagateArgument,
  propagateBegin,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorArityOf, errorOutOfMemory, errorWrongType } from "../../resp/errors.ts";
import {
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyInteger,
  replyPartBytes,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryType } from "../../types/entry.ts";
import {
  hashAllowExpiry,
  hashCreate,
  hashFind,
  hashFree,
  hashIsExpired,
  hashOpen,
  hashRef,
  HashRef,
  hashSet,
  hashSetExpiry,
} from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { argFieldExpiry } from "./field-args.ts";
import { deleteIfEmpty, fieldsDeleted } from "./hdel.ts";
import { deleteAsHdel } from "./hexpire.ts";
import { hashPrepareFor } from "./hset.ts";

const FNX: u32 = 1;
const FXX: u32 = 2;
const KEEPTTL: u32 = 4;
/** A time was given: root.scratchI64, its argument root.scratch1. */
const TIME: u32 = 8;

export function hsetex(): void {
  const first = parseOptions();
  if (!first) return;
  const options = root.scratch0;
  const timeArg = root.scratch1;
  const expireAt: i64 = options & TIME ? root.scratchI64 : 0;
  const entry = lookupWrite(1);
  if (entry && entryType(entry) != TYPE_HASH) return errorWrongType();
  const ref = hashRef(0);
  if (entry) hashOpen(ref, entry);
  if (options & (FNX | FXX) && !conditionHolds(entry, ref, first, options)) return replyInteger(0);
  setFields(entry, ref, first, options, expireAt, timeArg);
}

// --- arguments ---

/** @returns index of the first field, options in root.scratch0; 0 = an error is replied */
function parseOptions(): u32 {
  let options: u32 = 0;
  let timeArg: u32 = 0;
  for (let i: u32 = 2; i < root.argc; i++) {
    if (argIs(i, "FIELDS")) {
      if (!fieldsAreComplete(i)) return 0;
      root.scratch0 = options;
      root.scratch1 = timeArg;
      return i + 2;
    }
    const option = optionAt(i);
    if (!option) return unknownArgument(i);
    if (option & (FNX | FXX)) {
      if (options & (FNX | FXX)) return failed("ERR Only one of FXX or FNX arguments can be specified");
    } else {
      if (options & (TIME | KEEPTTL)) {
        return failed("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
      }
      if (option == TIME) {
        timeArg = i;
        if (!parseTime(i++)) return 0;
      }
    }
    options |= option;
  }
  errorArityOf("hsetex");
  return 0;
}

function optionAt(i: u32): u32 {
  if (argIs(i, "FNX")) return FNX;
  if (argIs(i, "FXX")) return FXX;
  if (argIs(i, "KEEPTTL")) return KEEPTTL;
  return argIs(i, "EX") || argIs(i, "PX") || argIs(i, "EXAT") || argIs(i, "PXAT") ? TIME : 0;
}

/** The time behind option `i` to root.scratchI64; false = an error is replied. */
function parseTime(i: u32): bool {
  const seconds = argIs(i, "EX") || argIs(i, "EXAT");
  const relative = argIs(i, "EX") || argIs(i, "PX");
  if (i + 1 >= root.argc) {
    errorArityOf("hsetex");
    return false;
  }
  if (!argFieldExpiry(i + 1, seconds, relative ? root.nowMs : 0, "hsetex")) return false;
  root.scratchI64 = root.outI64;
  return true;
}

/** Whether FIELDS at `i` has a count, and behind it so many fields and values; false = an error is replied. */
function fieldsAreComplete(i: u32): bool {
  if (i + 3 >= root.argc) {
    errorArityOf("hsetex");
  } else if (!argInteger(i + 1) || root.outI64 < 1 || root.outI64 > i32.MAX_VALUE) {
    replyError("ERR invalid number of fields");
  } else if (root.outI64 * 2 != <i64>root.argc - i - 2) {
    errorArityOf("hsetex");
  } else {
    return true;
  }
  return false;
}

function failed(text: string): u32 {
  replyError(text);
  return 0;
}

function unknownArgument(i: u32): u32 {
  replyErrorBegin("ERR unknown argument: ");
  replyPartBytes(argPtr(i), argLen(i), 512);
  replyErrorEnd();
  return 0;
}

// --- execution ---

/**
 * Whether none (FNX) or all (FXX) of the fields are there. Those that are met after their time are deleted without a
 * notification, as in Redis; with the last of them goes the hash, unless fields are to be set.
 */
function conditionHolds(entry: usize, ref: HashRef, first: u32, options: u32): bool {
  if (!entry) return (options & FNX) != 0;
  let expired = false;
  let holds = true;
  for (let i = first; i < root.argc && holds; i += 2) {
    let at = hashFind(ref, argPtr(i), argLen(i));
    if (at && hashIsExpired(ref, at)) {
      expireField(argPtr(1), argLen(1), ref, at);
      expired = true;
      at = 0;
    }
    holds = (at != 0) == ((options & FXX) != 0);
  }
  if (!expired) return holds;
  hashCommit(entry, ref);
  keyTouched(1);
  if (!holds) deleteIfEmpty(entry, ref);
  return holds;
}

/** @param expireAt  ms since 1970, if the options say TIME */
function setFields(entry: usize, ref: HashRef, first: u32, options: u32, expireAt: i64, timeArg: u32): void {
  if (!entry && !hashCreate(ref)) return errorOutOfMemory();
  const past = (options & TIME) != 0 && timeIsUp(expireAt);
  const ok = storeFields(ref, first, options, expireAt, past);
  const gone = past ? root.scratch0 : 0;
  if (entry) {
    hashCommit(entry, ref);
  } else {
    if (ok) entry = createKey(1, TYPE_HASH, ref.encoding, ref.value);
    if (!entry) {
      hashFree(ref.value, ref.encoding);
      return errorOutOfMemory();
    }
    hashOpen(ref, entry);
  }
  // What went in before memory ran out stays, and others are told of it.
  keyTouched(1);
  notifyArg(NOTIFY_HASH, "hset", 1);
  root.dirty += (root.argc - first) >> 1;
  if (past) {
    if (gone) fieldsDeleted(entry, ref, gone);
  } else if (options & TIME) {
    notifyArg(NOTIFY_HASH, "hexpire", 1);
    if (propagating()) propagateAbsolute(timeArg, expireAt);
  }
  if (ok) replyInteger(1);
  else errorOutOfMemory();
}

/**
 * Sets the fields and, where options say so, their expiry. Where that is past, each goes again before the next comes, as in
 * Redis: the hash never holds them all. @returns false = out of memory; root.scratch0 = fields that have gone again
 */
function storeFields(ref: HashRef, first: u32, options: u32, expireAt: i64, past: bool): bool {
  root.scratch0 = 0;
  if (!hashPrepareFor(ref, first)) return false;
  if (options & TIME && !hashAllowExpiry(ref)) return false;
  const keep = (options & KEEPTTL) != 0;
  let gone: u32 = 0;
  let ok = true;
  for (let i = first; i < root.argc && ok; i += 2) {
    ok = hashSet(ref, argPtr(i), argLen(i), argPtr(i + 1), argLen(i + 1), keep) >= 0;
    if (!ok || !(options & TIME)) continue;
    const at = hashFind(ref, argPtr(i), argLen(i));
    if (past) {
      deleteAsHdel(ref, at, i);
      gone++;
    } else {
      ok = hashSetExpiry(ref, at, expireAt);
    }
  }
  root.scratch0 = gone;
  return ok;
}

/** The command as it came, but for the time. */
function propagateAbsolute(timeArg: u32, expireAt: i64): void {
  propagateBegin(root.argc);
  for (let i: u32 = 0; i < timeArg; i++) propagateArgument(i);
  propagateText("PXAT");
  propagateInteger(expireAt);
  for (let i = timeArg + 2; i < root.argc; i++) propagateArgument(i);
}
