/**
 * ZUNION, ZINTER, ZDIFF, ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE, ZINTERCARD: over sorted sets and plain sets (whose members
 * score 1). https://redis.io/commands/zunion, /zinter, /zdiff
 *
 * The result is gathered in zsetRef(0), replied in order or stored.
 *
 * Source (24 bytes, in one block for all): 0 entry, 0 = no such key · 4 size · 8 weight f64 · 16 type · 20 zero
 */
import { lookupRead } from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { DIGITS, SCRATCH } from "../../memory/map.ts";
import { argDouble, argInteger, argIs } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax, errorWrongType } from "../../resp/errors.ts";
import { formatI64 } from "../../resp/numbers/integer.ts";
import {
  replyArray,
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyInteger,
  replyPart,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryType, entryValue } from "../../types/entry.ts";
import { TYPE_SET, TYPE_ZSET } from "../../types/ids.ts";
import {
  MEMBER_INTEGER,
  setCount,
  setHas,
  setIterator,
  setIterClose,
  setIterNext,
  setIterOpen,
} from "../../types/set.ts";
import {
  zsetAddNew,
  zsetConvertToListpackIfSmall,
  zsetCount,
  zsetCreateLarge,
  zsetFind,
  zsetFirst,
  zsetFree,
  zsetMemberAt,
  zsetNext,
  zsetRef,
  zsetScoreAt,
  zsetSetScoreAt,
  zsetWalkFrom,
  zsetWalkStep,
} from "../../types/zset.ts";
import { replyMemberAt, storeZset } from "./zrange.ts";

@unmanaged
class Source {
  entry: usize;
  size: u32;
  weight: f64;
  type: u32;
  zero: u32;
}
const SOURCE_SIZE: u32 = 24;
if (offsetof<Source>() != SOURCE_SIZE) ERROR("Source is not 24 bytes: mend its table");

const UNION: u32 = 0;
const INTER: u32 = 1;
const DIFF: u32 = 2;

const SUM: u32 = 0;
const MIN: u32 = 1;
const MAX: u32 = 2;

export function zunion(): void {
  combine(UNION, 1, false, "zunion", "");
}

export function zinter(): void {
  combine(INTER, 1, false, "zinter", "");
}

export function zdiff(): void {
  combine(DIFF, 1, false, "zdiff", "");
}

export function zunionstore(): void {
  combine(UNION, 2, true, "zunionstore", "zunionstore");
}

export function zinterstore(): void {
  combine(INTER, 2, true, "zinterstore", "zinterstore");
}

export function zdiffstore(): void {
  combine(DIFF, 2, true, "zdiffstore", "zdiffstore");
}

export function zintercard(): void {
  const count = sourceCount(1, "zintercard");
  if (!count) return;
  let limit: i64 = 0;
  const sources = openSources(1, count);
  if (!sources) return;
  for (let i: u32 = 2 + count; i < root.argc; i++) {
    if (!argIs(i, "LIMIT") || i + 1 == root.argc) {
      free(sources);
      return errorSyntax();
    }
    if (!argInteger(++i) || root.outI64 < 0) {
      free(sources);
      return replyError("ERR LIMIT can't be negative");
    }
    limit = root.outI64;
  }
  sortBySize(sources, count);
  replyInteger(intersect(sources, count, SUM, limit > 0 ? limit : i64.MAX_VALUE, false));
  free(sources);
}

/** Number of sources in argument `i`; 0 = the error is replied. */
function sourceCount(i: u32, command: string): u32 {
  if (!argInteger(i)) {
    errorNotInteger();
    return 0;
  }
  if (root.outI64 < 1) {
    replyErrorBegin("ERR at least 1 input key is needed for '");
    replyPart(command);
    replyPart("' command");
    replyErrorEnd();
    return 0;
  }
  if (root.outI64 > <i64>root.argc - i - 1) {
    errorSyntax();
    return 0;
  }
  return <u32>root.outI64;
}

/** Looks `count` keys behind argument `i` up; 0 = the error is replied. The caller frees the block. */
function openSources(i: u32, count: u32): usize {
  const sources = alloc(count * SOURCE_SIZE);
  if (!sources) {
    errorOutOfMemory();
    return 0;
  }
  for (let k: u32 = 0; k < count; k++) {
    const source = sourceAt(sources, k);
    const entry = lookupRead(i + 1 + k);
    source.entry = entry;
    source.weight = 1;
    source.size = 0;
    if (!entry) continue;
    source.type = entryType(entry);
    if (source.type == TYPE_ZSET) {
      source.size = zsetCount(entryValue(entry), entryEncoding(entry));
    } else if (source.type == TYPE_SET) {
      source.size = setCount(entryValue(entry), entryEncoding(entry));
    } else {
      free(sources);
      errorWrongType();
      return 0;
    }
  }
  return sources;
}

// @ts-ignore: decorator
@inline
function sourceAt(sources: usize, k: u32): Source {
  return changetype<Source>(sources + k * SOURCE_SIZE);
}

/** @param numkeys  argument index of the number of keys */
function combine(operation: u32, numkeys: u32, toStore: bool, command: string, event: string): void {
  const count = sourceCount(numkeys, command);
  if (!count) return;
  const sources = openSources(numkeys, count);
  if (!sources) return;
  let aggregate = SUM;
  let withScores = false;
  for (let i = numkeys + 1 + count; i < root.argc; i++) {
    const left = root.argc - i - 1;
    if (operation != DIFF && left >= count && argIs(i, "WEIGHTS")) {
      for (let k: u32 = 0; k < count; k++) {
        if (!argDouble(++i)) {
          free(sources);
          return replyError("ERR weight value is not a float");
        }
        sourceAt(sources, k).weight = root.outF64;
      }
    } else if (operation != DIFF && left >= 1 && argIs(i, "AGGREGATE")) {
      i++;
      if (argIs(i, "SUM")) aggregate = SUM;
      else if (argIs(i, "MIN")) aggregate = MIN;
      else if (argIs(i, "MAX")) aggregate = MAX;
      else {
        free(sources);
        return errorSyntax();
      }
    } else if (!toStore && argIs(i, "WITHSCORES")) {
      withScores = true;
    } else {
      free(sources);
      return errorSyntax();
    }
  }
  if (!zsetCreateLarge(zsetRef(0), 0)) {
    free(sources);
    return errorOutOfMemory();
  }
  if (operation != DIFF) sortBySize(sources, count);
  let ok: bool;
  if (operation == UNION) ok = unite(sources, count, aggregate);
  else if (operation == INTER) ok = intersect(sources, count, aggregate, i64.MAX_VALUE, true) >= 0;
  else ok = subtract(sources, count);
  free(sources);
  const zset = zsetRef(0);
  if (!ok) {
    zsetFree(zset.value, zset.encoding);
    return errorOutOfMemory();
  }
  finish(toStore, withScores, event);
}

function finish(toStore: bool, withScores: bool, event: string): void {
  const zset = zsetRef(0);
  const n = zsetCount(zset.value, zset.encoding);
  if (toStore) {
    if (n) {
      let longest: u32 = 0;
      let bytes: u32 = 0;
      // Only a result that may become a listpack needs measuring.
      for (
        let at = n <= 65535 ? zsetFirst(zset.value, zset.encoding) : 0;
        at;
        at = zsetNext(at, zset.encoding)
      ) {
        zsetMemberAt(at, zset.encoding);
        longest = max(longest, root.outLen);
        bytes += root.outLen;
      }
      zsetConvertToListpackIfSmall(zset, longest, bytes);
    } else {
      zsetFree(zset.value, zset.encoding);
    }
    return storeZset(1, n, event);
  }
  replyArray(withScores && root.resp == 2 ? 2 * n : n);
  const first = zsetFirst(zset.value, zset.encoding);
  zsetWalkFrom(first, zset.encoding, false);
  for (let at = first; at; at = zsetWalkStep(zset.value, at, zset.encoding, false)) {
    replyMemberAt(at, zset.encoding, withScores);
  }
  zsetFree(zset.value, zset.encoding);
}

/** Smallest first. O(sources²), they are few */
function sortBySize(sources: usize, count: u32): void {
  const held = SCRATCH + 64;
  for (let i: u32 = 1; i < count; i++) {
    memory.copy(held, sources + i * SOURCE_SIZE, SOURCE_SIZE);
    const size = changetype<Source>(held).size;
    let j = i;
    while (j > 0 && sourceAt(sources, j - 1).size > size) {
      memory.copy(sources + j * SOURCE_SIZE, sources + (j - 1) * SOURCE_SIZE, SOURCE_SIZE);
      j--;
    }
    memory.copy(sources + j * SOURCE_SIZE, held, SOURCE_SIZE);
  }
}

// --- walking a source: the member in root.outPtr / outLen, its score in root.outF64 ---

/** Position before the first member: for a set the open iterator 0, closed by walkEnd. */
function walkBegin(source: Source): usize {
  if (!source.entry) return 0;
  const value = entryValue(source.entry);
  const encoding = entryEncoding(source.entry);
  if (source.type == TYPE_ZSET) {
    const first = zsetFirst(value, encoding);
    zsetWalkFrom(first, encoding, false);
    return first;
  }
  setIterOpen(setIterator(0), value, encoding);
  return 1;
}

/** Reads the member at the position into the root's out-values. @returns the next position; 0 = there was none to read */
function walkRead(source: Source, at: usize): usize {
  if (source.type == TYPE_ZSET) {
    const encoding = entryEncoding(source.entry);
    const next = zsetWalkStep(entryValue(source.entry), at, encoding, false);
    const score = zsetScoreAt(at, encoding);
    zsetMemberAt(at, encoding);
    root.outF64 = score;
    keepDigits();
    return next ? next : END;
  }
  const kind = setIterNext(setIterator(0));
  if (!kind) return 0;
  if (kind == MEMBER_INTEGER) {
    root.outLen = formatI64(root.outI64, SCRATCH);
    root.outPtr = SCRATCH;
  } else {
    keepDigits();
  }
  root.outF64 = 1;
  return at;
}

/** Position behind the last member. */
// @ts-ignore: decorator
@inline
const END: usize = 2;

function walkEnd(source: Source): void {
  if (source.entry && source.type == TYPE_SET) setIterClose(setIterator(0));
}

/** An integer's digits are moved out of the way: whoever the member is handed to prints others there. */
// @ts-ignore: decorator
@inline
function keepDigits(): void {
  if (root.outPtr != DIGITS) return;
  copyBytes(SCRATCH, DIGITS, 24);
  root.outPtr = SCRATCH;
}

/** Whether a source has the member; its score is in root.outF64. */
function lookIn(source: Source, member: usize, len: u32): bool {
  if (!source.entry) return false;
  const value = entryValue(source.entry);
  const encoding = entryEncoding(source.entry);
  if (source.type == TYPE_SET) {
    root.outF64 = 1;
    return setHas(value, encoding, member, len);
  }
  const at = zsetFind(value, encoding, member, len);
  if (!at) return false;
  root.outF64 = zsetScoreAt(at, encoding);
  return true;
}

/** weight × score, where infinity × 0 is 0. */
// @ts-ignore: decorator
@inline
function weighted(source: Source, score: f64): f64 {
  const product = source.weight * score;
  return isNaN(product) ? 0 : product;
}

function aggregated(aggregate: u32, a: f64, b: f64): f64 {
  if (aggregate == MIN) return b < a ? b : a;
  if (aggregate == MAX) return b > a ? b : a;
  const sum = a + b;
  return isNaN(sum) ? 0 : sum; // infinity and -infinity
}

// --- the operations ---

/** @returns false = out of memory */
function unite(sources: usize, count: u32, aggregate: u32): bool {
  const zset = zsetRef(0);
  for (let k: u32 = 0; k < count; k++) {
    const source = sourceAt(sources, k);
    let at = walkBegin(source);
    let ok = true;
    while (at && at != END && ok) {
      at = walkRead(source, at);
      if (!at) break;
      const member = root.outPtr;
      const len = root.outLen;
      const score = weighted(source, root.outF64);
      const known = k ? zsetFind(zset.value, zset.encoding, member, len) : 0;
      ok = known
        ? zsetSetScoreAt(zset, known, aggregated(aggregate, zsetScoreAt(known, zset.encoding), score))
        : zsetAddNew(zset, score, member, len);
    }
    walkEnd(source);
    if (!ok) return false;
  }
  return true;
}

/** @param toResult  add to zsetRef(0), else only count     @returns members found, at most `limit`; −1 = out of memory */
function intersect(sources: usize, count: u32, aggregate: u32, limit: i64, toResult: bool): i64 {
  const zset = zsetRef(0);
  const first = sourceAt(sources, 0);
  let found: i64 = 0;
  let at = walkBegin(first);
  while (at && at != END && found >= 0 && found < limit) {
    at = walkRead(first, at);
    if (!at) break;
    const member = root.outPtr;
    const len = root.outLen;
    let score = weighted(first, root.outF64);
    let everywhere = true;
    for (let k: u32 = 1; k < count && everywhere; k++) {
      const source = sourceAt(sources, k);
      everywhere = lookIn(source, member, len);
      // Infinity times 0 is not 0 here, but loses against any number: as in Redis.
      if (everywhere) score = aggregated(aggregate, score, source.weight * root.outF64);
    }
    if (!everywhere) continue;
    found++;
    if (toResult && !zsetAddNew(zset, score, member, len)) found = -1;
  }
  walkEnd(first);
  return found;
}

/** What the first source has and no other does. @returns false = out of memory */
function subtract(sources: usize, count: u32): bool {
  const zset = zsetRef(0);
  const first = sourceAt(sources, 0);
  let at = walkBegin(first);
  let ok = true;
  while (at && at != END && ok) {
    at = walkRead(first, at);
    if (!at) break;
    const member = root.outPtr;
    const len = root.outLen;
    const score = root.outF64;
    let elsewhere = false;
    for (let k: u32 = 1; k < count && !elsewhere; k++) {
      const source = sourceAt(sources, k);
      elsewhere = source.entry == first.entry || lookIn(source, member, len);
    }
    if (!elsewhere) ok = zsetAddNew(zset, score, member, len);
  }
  walkEnd(first);
  return ok;
}
