/**
 * SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE destination], and SORT_RO, which
 * stores nothing. https://redis.io/commands/sort
 *
 * Elements become records (sort-records.ts) that point to where they lie in list, set or sorted set; what has no bytes to
 * point to (integers, elements of compressed nodes, weights that are printed) is copied to an arena that the command
 * throws away.
 */
import { NOTIFY_GENERIC, NOTIFY_LIST } from "../../keyspace/events.ts";
import {
  deleteKey,
  findArg,
  keyTouched,
  lookupRead,
  notifyArg,
  overwriteKey,
} from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { arenaAlloc, arenaCopy, arenaCreate, arenaFree } from "../../memory/arena.ts";
import { DIGITS } from "../../memory/map.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax, errorWrongType } from "../../resp/errors.ts";
import { parseDoubleBound } from "../../resp/numbers/double.ts";
import { formatI64 } from "../../resp/numbers/integer.ts";
import {
  replyArray,
  replyBulk,
  replyBulkInteger,
  replyError,
  replyInteger,
  replyNull,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryType, entryValue } from "../../types/entry.ts";
import { ENC_LISTPACK, TYPE_LIST, TYPE_SET, TYPE_ZSET } from "../../types/ids.ts";
import {
  CURSOR_AT,
  CURSOR_NO_MEMORY,
  listCount,
  listCreateLarge,
  listCursor,
  listCursorAt,
  listCursorClose,
  listCursorGet,
  listCursorStep,
  listFree,
  listIsSteady,
  listPush,
  listRef,
  listSettle,
} from "../../types/list.ts";
import {
  MEMBER_STRING,
  setCount,
  setIterator,
  setIterClose,
  setIterNext,
  setIterOpen,
} from "../../types/set.ts";
import {
  zsetByRank,
  zsetClose,
  zsetConvert,
  zsetCount,
  zsetMemberAt,
  zsetOpen,
  zsetRef,
  zsetWalkFrom,
  zsetWalkStep,
} from "../../types/zset.ts";
import {
  Pattern,
  PATTERN_CONSTANT,
  PATTERN_KEY,
  PATTERN_SIZE,
  patternParse,
  patternRead,
  VALUE_INTEGER,
  VALUE_NO_MEMORY,
  VALUE_NONE,
  VALUE_STRING,
} from "./sort-pattern.ts";
import {
  keyOfNumber,
  keyOfText,
  RECORD_INTEGER,
  RECORD_SIZE,
  recordElement,
  recordsSort,
  SORT_ALPHA,
  SORT_DESC,
  SORT_WEIGHED,
  SortRecord,
  Weighed,
} from "./sort-records.ts";

/** What one SORT is about; in its arena. */
@unmanaged
class Sort {
  arena: usize;
  /** SORT_* */
  mode: u32;
  /** Pattern of BY, 0 = none; gets: those of GET, one behind the other. */
  by: usize;
  gets: usize;
  getCount: u32;
  /** Argument with the destination, 0 = none. */
  store: u32;
  /** BY without `*`: elements stay in their order. */
  unsorted: u32;
  limitStart: i64;
  limitCount: i64;
  records: usize;
  count: u32;
  /** Records that are the result. */
  first: u32;
  wanted: u32;
  /** PROBLEM_* */
  problem: u32;
}

/** Digits of an element; look-ups may write to DIGITS. */
const ELEMENT_DIGITS: usize = DIGITS + 24;

const PROBLEM_MEMORY: u32 = 1;
const PROBLEM_NUMBER: u32 = 2;

/** Integers up to here are doubles too, without loss. */
const EXACT_MAX: i64 = 1 << 53;
/** So many records fit in linear memory twice over. */
const RECORDS_MAX: u32 = 1 << 26;

export function sort(): void {
  run(true);
}

export function sortRo(): void {
  run(false);
}

function run(mayStore: bool): void {
  const arena = arenaCreate();
  if (!arena) return errorOutOfMemory();
  const s = changetype<Sort>(arenaAlloc(arena, offsetof<Sort>()));
  const gets = arenaAlloc(arena, (root.argc + 1) * PATTERN_SIZE);
  if (changetype<usize>(s) && gets) {
    memory.fill(changetype<usize>(s), 0, offsetof<Sort>());
    s.arena = arena;
    s.gets = gets;
    s.limitCount = -1;
    if (parse(s, mayStore)) sortKey(s);
    if (s.records) free(s.records);
  } else {
    errorOutOfMemory();
  }
  arenaFree(arena);
}

/** @returns false = an error was replied */
function parse(s: Sort, mayStore: bool): bool {
  for (let i: u32 = 2; i < root.argc; i++) {
    const left = root.argc - i - 1;
    if (argIs(i, "ASC")) {
      s.mode &= ~SORT_DESC;
    } else if (argIs(i, "DESC")) {
      s.mode |= SORT_DESC;
    } else if (argIs(i, "ALPHA")) {
      s.mode |= SORT_ALPHA;
    } else if (argIs(i, "LIMIT") && left >= 2) {
      if (!argInteger(++i)) return refused();
      s.limitStart = root.outI64;
      if (!argInteger(++i)) return refused();
      s.limitCount = root.outI64;
    } else if (mayStore && argIs(i, "STORE") && left) {
      s.store = ++i;
    } else if (argIs(i, "BY") && left) {
      parseBy(s, ++i);
    } else if (argIs(i, "GET") && left) {
      i++;
      patternParse(s.gets + s.getCount++ * PATTERN_SIZE, argPtr(i), argLen(i));
    } else {
      errorSyntax();
      return false;
    }
  }
  return true;
}

function refused(): bool {
  errorNotInteger();
  return false;
}

/** The last BY is the one that counts, but one without `*` is remembered. */
function parseBy(s: Sort, i: u32): void {
  s.by = s.gets + root.argc * PATTERN_SIZE;
  patternParse(s.by, argPtr(i), argLen(i));
  if (changetype<Pattern>(s.by).kind != PATTERN_KEY) s.unsorted = 1;
}

function sortKey(s: Sort): void {
  const entry = lookupRead(1);
  if (!entry) return s.store ? storeResult(s) : replyArray(0);
  const type = entryType(entry);
  if (type != TYPE_LIST && type != TYPE_SET && type != TYPE_ZSET) return errorWrongType();
  if (s.unsorted) {
    s.by = 0;
    // A set has no order: what is stored must be the same everywhere.
    if (type == TYPE_SET && s.store) {
      s.unsorted = 0;
      s.mode |= SORT_ALPHA;
    }
  }
  if (s.by && s.mode & SORT_ALPHA) s.mode |= SORT_WEIGHED;
  load(s, entry, type);
  if (s.problem == PROBLEM_NUMBER) return replyError("ERR One or more scores can't be converted into double");
  if (s.problem) return errorOutOfMemory();
  if (!s.unsorted && !recordsSort(s.records, s.count, s.first + s.wanted, s.mode)) return errorOutOfMemory();
  if (s.store) storeResult(s);
  else replyResult(s);
}

// --- loading ---

function load(s: Sort, entry: usize, type: u32): void {
  if (type == TYPE_ZSET) toSkiplist(entry);
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  const count = countOf(type, value, encoding);
  applyLimit(s, count);
  // Elements that stay in their order need only be read where they are wanted; a set's may as well all be.
  const range = s.unsorted != 0 && type != TYPE_SET;
  const from = range ? s.first : 0;
  const n = range ? s.wanted : count;
  s.records = n > RECORDS_MAX ? 0 : alloc(max<u32>(n, 1) * RECORD_SIZE);
  if (!s.records) {
    s.problem = PROBLEM_MEMORY;
    return;
  }
  if (range) s.first = 0;
  const backwards = range && (s.mode & SORT_DESC) != 0;
  if (type == TYPE_LIST) loadList(s, value, encoding, backwards ? count - 1 - from : from, n, backwards);
  else if (type == TYPE_SET) loadSet(s, value, encoding);
  else loadZset(s, value, encoding, from, n, backwards);
}

/** A sorted set that is sorted becomes a skiplist, whatever its size: as in Redis. Without memory it need not. */
function toSkiplist(entry: usize): void {
  if (entryEncoding(entry) != ENC_LISTPACK) return;
  const zset = zsetRef(0);
  zsetOpen(zset, entry);
  zsetConvert(zset, zsetCount(zset.value, zset.encoding));
  zsetClose(zset, entry);
}

function countOf(type: u32, value: usize, encoding: u32): u32 {
  if (type == TYPE_LIST) return listCount(value, encoding);
  return type == TYPE_SET ? setCount(value, encoding) : zsetCount(value, encoding);
}

/** Which of `count` records are the result. */
function applyLimit(s: Sort, count: i64): void {
  const start = min(max<i64>(s.limitStart, 0), count);
  s.first = <u32>start;
  s.wanted = <u32>(s.limitCount < 0 ? count - start : min(s.limitCount, count - start));
}

function loadList(s: Sort, value: usize, encoding: u32, from: u32, n: u32, backwards: bool): void {
  const cursor = listCursor(0);
  const steady = listIsSteady(value, encoding);
  let status = n ? listCursorAt(cursor, value, encoding, from) : 0;
  while (status == CURSOR_AT) {
    if (!listCursorGet(cursor)) addInteger(s, root.outI64);
    else addText(s, root.outPtr, root.outLen, steady);
    if (s.problem || s.count == n) break;
    status = listCursorStep(cursor, !backwards);
  }
  listCursorClose(cursor);
  if (status == CURSOR_NO_MEMORY) s.problem = PROBLEM_MEMORY;
}

function loadSet(s: Sort, value: usize, encoding: u32): void {
  const it = setIterator(0);
  setIterOpen(it, value, encoding);
  for (let kind = setIterNext(it); kind && !s.problem; kind = setIterNext(it)) {
    if (kind == MEMBER_STRING) addText(s, root.outPtr, root.outLen, true);
    else addInteger(s, root.outI64);
  }
  setIterClose(it);
}

function loadZset(s: Sort, value: usize, encoding: u32, from: u32, n: u32, backwards: bool): void {
  let at = n ? zsetByRank(value, encoding, from, backwards) : 0;
  zsetWalkFrom(at, encoding, backwards);
  while (at && !s.problem && s.count < n) {
    zsetMemberAt(at, encoding);
    addText(s, root.outPtr, root.outLen, root.outPtr != DIGITS);
    at = zsetWalkStep(value, at, encoding, backwards);
  }
}

/** Adds an element that is an integer: as such where its value decides, else as text. */
function addInteger(s: Sort, value: i64): void {
  if ((s.mode & SORT_ALPHA) != 0 || s.by != 0 || value > EXACT_MAX || value < -EXACT_MAX) {
    return addText(s, DIGITS, formatI64(value, DIGITS), false);
  }
  addRecord(s, keyOfNumber(<f64>value, orderMode(s)), 0, RECORD_INTEGER);
}

/** Unsorted records are not read as if for DESC. */
// @ts-ignore: decorator
@inline
function orderMode(s: Sort): u32 {
  return s.unsorted ? s.mode & ~SORT_DESC : s.mode;
}

/** Adds an element. @param steady  whether its bytes stay where they are until the command ends */
function addText(s: Sort, ptr: usize, len: u32, steady: bool): void {
  if (!steady) ptr = arenaCopy(s.arena, ptr, len);
  if (!ptr) {
    s.problem = PROBLEM_MEMORY;
  } else if (s.by) {
    addByWeight(s, ptr, len);
  } else if (s.unsorted) {
    addRecord(s, 0, ptr, len);
  } else if (s.mode & SORT_ALPHA) {
    addRecord(s, keyOfText(ptr, len, s.mode), ptr, len);
  } else if (parseDoubleBound(ptr, len)) {
    addRecord(s, keyOfNumber(root.outF64, s.mode), ptr, len);
  } else {
    s.problem = PROBLEM_NUMBER;
  }
}

// @ts-ignore: decorator
@inline
function addRecord(s: Sort, key: u64, ptr: usize, len: u32): void {
  const record = changetype<SortRecord>(s.records + s.count++ * RECORD_SIZE);
  record.key = key;
  record.ptr = ptr;
  record.len = len;
}

/** Adds an element in the place of what BY says of it; one without a weight is 0, or in front of all texts. */
function addByWeight(s: Sort, ptr: usize, len: u32): void {
  const kind = patternRead(s.by, s.arena, ptr, len);
  if (kind == VALUE_NO_MEMORY) {
    s.problem = PROBLEM_MEMORY;
  } else if (s.mode & SORT_WEIGHED) {
    addByText(s, ptr, len, kind);
  } else {
    let number: f64 = 0;
    if (kind == VALUE_INTEGER) {
      number = <f64>root.outI64;
    } else if (kind == VALUE_STRING) {
      if (parseDoubleBound(root.outPtr, root.outLen)) number = root.outF64;
      else s.problem = PROBLEM_NUMBER;
    }
    addRecord(s, keyOfNumber(number, s.mode), ptr, len);
  }
}

function addByText(s: Sort, ptr: usize, len: u32, kind: u32): void {
  let weight: usize = 0;
  let weightLen: u32 = 0;
  if (kind == VALUE_INTEGER) {
    root.outLen = formatI64(root.outI64, DIGITS);
    root.outPtr = DIGITS;
  }
  if (kind != VALUE_NONE) {
    weightLen = root.outLen;
    weight = root.outPtr == DIGITS ? arenaCopy(s.arena, DIGITS, weightLen) : root.outPtr;
  }
  const weighed = changetype<Weighed>(arenaAlloc(s.arena, offsetof<Weighed>()));
  if (!changetype<usize>(weighed) || (kind != VALUE_NONE && !weight)) {
    s.problem = PROBLEM_MEMORY;
    return;
  }
  weighed.element = ptr;
  weighed.len = len;
  weighed.weight = weight;
  weighed.weightLen = weightLen;
  addRecord(s, keyOfText(weight, weightLen, s.mode), changetype<usize>(weighed), 0);
}

// --- the result ---

function replyResult(s: Sort): void {
  const mode = orderMode(s);
  replyArray(<i64>s.wanted * max<u32>(s.getCount, 1));
  const end = s.first + s.wanted;
  for (let i = s.first; i < end; i++) {
    recordElement(s.records + i * RECORD_SIZE, mode, ELEMENT_DIGITS);
    if (!s.getCount) replyBulk(root.outPtr, root.outLen);
    else replyGets(s, root.outPtr, root.outLen);
  }
}

function replyGets(s: Sort, element: usize, len: u32): void {
  for (let i: u32 = 0; i < s.getCount; i++) {
    const kind = readGet(s, i, element, len);
    if (kind == VALUE_STRING) replyBulk(root.outPtr, root.outLen);
    else if (kind == VALUE_INTEGER) replyBulkInteger(root.outI64);
    else if (kind == VALUE_NONE) replyNull();
    else root.replyFailed = 1;
  }
}

/** What the GET number `i` says of an element. @returns VALUE_* */
function readGet(s: Sort, i: u32, element: usize, len: u32): u32 {
  const pattern = s.gets + i * PATTERN_SIZE;
  const kind = changetype<Pattern>(pattern).kind;
  if (kind == PATTERN_CONSTANT) return VALUE_NONE;
  if (kind == PATTERN_KEY) return patternRead(pattern, s.arena, element, len);
  root.outPtr = element;
  root.outLen = len;
  return VALUE_STRING;
}

/** Puts the result under the key of argument `store`, in the place of whatever was there; an empty one only deletes it. */
function storeResult(s: Sort): void {
  const i = s.store;
  const old = findArg(i);
  if (!s.wanted) {
    if (old) {
      deleteKey(i, old);
      keyTouched(i);
      notifyArg(NOTIFY_GENERIC, "del", i);
      root.dirty++;
    }
    return replyInteger(0);
  }
  const list = listRef(0);
  if (!listCreateLarge(list)) return errorOutOfMemory();
  const ok = pushResult(s);
  if (ok) listSettle(list);
  if (!ok || !overwriteKey(i, findArg(i), TYPE_LIST, list.encoding, list.value)) {
    listFree(list.value, list.encoding);
    return errorOutOfMemory();
  }
  const count = s.wanted * max<u32>(s.getCount, 1);
  keyTouched(i);
  notifyArg(NOTIFY_LIST, "sortstore", i);
  root.dirty += count;
  replyInteger(count);
}

/** Pushes the result to listRef(0). @returns false = out of memory */
function pushResult(s: Sort): bool {
  const mode = orderMode(s);
  const end = s.first + s.wanted;
  for (let i = s.first; i < end; i++) {
    recordElement(s.records + i * RECORD_SIZE, mode, ELEMENT_DIGITS);
    if (!s.getCount) {
      if (!listPush(listRef(0), root.outPtr, root.outLen, true)) return false;
    } else if (!pushGets(s, root.outPtr, root.outLen)) {
      return false;
    }
  }
  return true;
}

/** What is not there is stored as an empty element. */
function pushGets(s: Sort, element: usize, len: u32): bool {
  const list = listRef(0);
  for (let i: u32 = 0; i < s.getCount; i++) {
    const kind = readGet(s, i, element, len);
    if (kind == VALUE_NO_MEMORY) return false;
    if (kind == VALUE_INTEGER) {
      root.outLen = formatI64(root.outI64, DIGITS);
      root.outPtr = DIGITS;
    }
    if (!listPush(list, root.outPtr, kind == VALUE_NONE ? 0 : root.outLen, true)) return false;
  }
  return true;
}
