/**
 * rewrite: a key as the commands that make it, in RESP: the base of an AOF where aof-use-rdb-preamble is off. Collections
 * come in commands of at most ITEMS_MAX elements, so that nobody who reads them needs much memory at a time.
 */
import { putText } from "../memory/bytes.ts";
import { DIGITS } from "../memory/map.ts";
import { formatDouble17 } from "../resp/numbers/double.ts";
import { formatI64, formatU64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import { idCursorFirst, idCursorNext } from "../structures/id-tree.ts";
import { listpackGet } from "../structures/listpack.ts";
import { nameIndexAt, nameIndexCount } from "../structures/name-index.ts";
import { CURSOR_AT } from "../structures/quicklist.ts";
import {
  entryEncoding,
  entryExpireAt,
  entryHasExpiry,
  entryKey,
  entryKeyLen,
  entryType,
  entryValue,
} from "../types/entry.ts";
import {
  hashCount,
  hashIterator,
  hashIterClose,
  hashIterExpireAt,
  hashIterName,
  hashIterNameLen,
  hashIterNext,
  hashIterOpen,
  hashIterValue,
  hashIterValueLen,
} from "../types/hash.ts";
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from "../types/ids.ts";
import {
  listCount,
  listCursor,
  listCursorAt,
  listCursorClose,
  listCursorGet,
  listCursorNext,
} from "../types/list.ts";
import {
  MEMBER_STRING,
  setCount,
  setIterator,
  setIterClose,
  setIterNext,
  setIterOpen,
} from "../types/set.ts";
import { Consumer, deliveryAt, Group } from "../types/stream-group.ts";
import {
  entriesFrom,
  entriesNext,
  EntryCursor,
  entryCursor,
  entryFieldNext,
  entryFieldsOpen,
  entryValueNext,
  streamAt,
  streamCursor,
} from "../types/stream.ts";
import { stringRead } from "../types/string.ts";
import { zsetCount, zsetFirst, zsetMemberAt, zsetNext, zsetScoreAt } from "../types/zset.ts";
import { rdbUnwrite, rdbWriteFailed, rdbWriteRaw, rdbWriteRoom } from "./writer.ts";

/** Elements in one command. */
const ITEMS_MAX: u32 = 64;
/** Room for a number or an ID as a bulk string. */
const NUMBER_ROOM: u32 = 64;
/** Where a number is printed: behind what zsetMemberAt prints. */
const NUMBER: usize = DIGITS + 20;

/** Writes the commands that make a key. O(value) */
export function rewriteEntry(w: usize, entry: usize): void {
  const type = entryType(entry);
  if (type == TYPE_STRING) rewriteString(w, entry);
  else if (type == TYPE_LIST) rewriteList(w, entry);
  else if (type == TYPE_SET) rewriteSet(w, entry);
  else if (type == TYPE_ZSET) rewriteZset(w, entry);
  else if (type == TYPE_HASH) rewriteHash(w, entry);
  else if (type == TYPE_STREAM) rewriteStream(w, entry);
  else rdbWriteFailed(w);
  if (!entryHasExpiry(entry)) return;
  begin(w, "PEXPIREAT", 3, entry);
  integer(w, entryExpireAt(entry));
}

/** SELECT. */
export function rewriteSelect(w: usize, db: u32): void {
  header(w, 0x2a, 2);
  text(w, "SELECT");
  integer(w, db);
}

function rewriteString(w: usize, entry: usize): void {
  begin(w, "SET", 3, entry);
  stringRead(entry);
  bulk(w, root.outPtr, root.outLen);
}

function rewriteList(w: usize, entry: usize): void {
  const cursor = listCursor(0);
  const encoding = entryEncoding(entry);
  let left = listCount(entryValue(entry), encoding);
  let status = listCursorAt(cursor, entryValue(entry), encoding, 0);
  for (let i: u32 = 0; status == CURSOR_AT; i++) {
    if (i % ITEMS_MAX == 0) begin(w, "RPUSH", 2 + min(left, ITEMS_MAX), entry);
    left--;
    element(w, listCursorGet(cursor));
    status = listCursorNext(cursor);
  }
  listCursorClose(cursor);
}

function rewriteSet(w: usize, entry: usize): void {
  const it = setIterator(0);
  const encoding = entryEncoding(entry);
  let left = setCount(entryValue(entry), encoding);
  setIterOpen(it, entryValue(entry), encoding);
  for (let kind = setIterNext(it); kind; kind = setIterNext(it), left--) {
    const done = setCount(entryValue(entry), encoding) - left;
    if (done % ITEMS_MAX == 0) begin(w, "SADD", 2 + min(left, ITEMS_MAX), entry);
    element(w, kind == MEMBER_STRING);
  }
  setIterClose(it);
}

function rewriteZset(w: usize, entry: usize): void {
  const encoding = entryEncoding(entry);
  const value = entryValue(entry);
  let left = zsetCount(value, encoding);
  let i: u32 = 0;
  for (let at = zsetFirst(value, encoding); at; at = zsetNext(at, encoding), i++, left--) {
    if (i % ITEMS_MAX == 0) begin(w, "ZADD", 2 + 2 * min(left, ITEMS_MAX), entry);
    bulk(w, NUMBER, formatDouble17(zsetScoreAt(at, encoding), NUMBER));
    zsetMemberAt(at, encoding);
    bulk(w, root.outPtr, root.outLen);
  }
}

function rewriteHash(w: usize, entry: usize): void {
  const it = hashIterator(1);
  const encoding = entryEncoding(entry);
  let left = hashCount(entryValue(entry), encoding);
  let expiring: u32 = 0;
  hashIterOpen(it, entryValue(entry), encoding);
  for (let i: u32 = 0; hashIterNext(it); i++, left--) {
    if (i % ITEMS_MAX == 0) begin(w, "HMSET", 2 + 2 * min(left, ITEMS_MAX), entry);
    bulk(w, hashIterName(it), hashIterNameLen(it));
    bulk(w, hashIterValue(it), hashIterValueLen(it));
    if (hashIterExpireAt(it)) expiring++;
  }
  hashIterClose(it);
  if (!expiring) return;
  hashIterOpen(it, entryValue(entry), encoding);
  while (hashIterNext(it)) {
    if (!hashIterExpireAt(it)) continue;
    begin(w, "HPEXPIREAT", 6, entry);
    integer(w, hashIterExpireAt(it));
    text(w, "FIELDS");
    text(w, "1");
    bulk(w, hashIterName(it), hashIterNameLen(it));
  }
  hashIterClose(it);
}

// --- streams ---

function rewriteStream(w: usize, entry: usize): void {
  const s = streamAt(entryValue(entry));
  const c = entryCursor(0);
  entriesFrom(c, s, 0, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  let any = false;
  while (entriesNext(c)) {
    any = true;
    begin(w, "XADD", 3 + 2 * c.fieldCount, entry);
    id(w, c.entryMs, c.entrySeq);
    entryFields(w, c);
  }
  if (!any) emptyStream(w, entry);
  begin(w, "XSETID", 7, entry);
  id(w, s.lastMs, s.lastSeq);
  text(w, "ENTRIESADDED");
  integer(w, s.added);
  text(w, "MAXDELETEDID");
  id(w, s.deletedMs, s.deletedSeq);
  const groups = nameIndexCount(s.groups);
  for (let i: u32 = 0; i < groups; i++) rewriteGroup(w, entry, nameIndexAt(s.groups, i));
}

/** An entry that is trimmed at once makes a stream without entries; XSETID corrects what it has left. */
function emptyStream(w: usize, entry: usize): void {
  begin(w, "XADD", 7, entry);
  text(w, "MAXLEN");
  text(w, "0");
  text(w, "0-1");
  text(w, "x");
  text(w, "y");
}

function entryFields(w: usize, c: EntryCursor): void {
  entryFieldsOpen(c);
  for (let i: u32 = 0; i < c.fieldCount; i++) {
    element(w, listpackGet(entryFieldNext(c)));
    element(w, listpackGet(entryValueNext(c)));
  }
}

function rewriteGroup(w: usize, entry: usize, at: usize): void {
  const group = changetype<Group>(at);
  begin(w, "XGROUP", 7, entry, "CREATE");
  bulk(w, entryKey(at), entryKeyLen(at));
  id(w, group.lastMs, group.lastSeq);
  text(w, "ENTRIESREAD");
  integer(w, group.entriesRead);
  const consumers = nameIndexCount(group.consumers);
  for (let i: u32 = 0; i < consumers; i++) rewriteConsumer(w, entry, at, nameIndexAt(group.consumers, i));
}

function rewriteConsumer(w: usize, entry: usize, group: usize, at: usize): void {
  begin(w, "XGROUP", 5, entry, "CREATECONSUMER");
  bulk(w, entryKey(group), entryKeyLen(group));
  bulk(w, entryKey(at), entryKeyLen(at));
  const c = streamCursor(1);
  const cursor = changetype<usize>(c);
  const pending = changetype<Consumer>(at).pending;
  for (let more = idCursorFirst(cursor, pending); more; more = idCursorNext(cursor)) {
    const delivery = deliveryAt(c.value);
    begin(w, "XCLAIM", 12, entry);
    bulk(w, entryKey(group), entryKeyLen(group));
    bulk(w, entryKey(at), entryKeyLen(at));
    text(w, "0");
    id(w, c.ms, c.seq);
    text(w, "TIME");
    integer(w, delivery.deliveredAtMs);
    text(w, "RETRYCOUNT");
    integer(w, <i64>delivery.count);
    text(w, "JUSTID");
    text(w, "FORCE");
  }
}

// --- RESP ---

/** Begins a command of `argc` arguments on a key, the name, a subcommand and the key among them. */
function begin(w: usize, name: string, argc: u32, entry: usize, subcommand: string = ""): void {
  header(w, 0x2a, argc);
  text(w, name);
  if (subcommand.length) text(w, subcommand);
  bulk(w, entryKey(entry), entryKeyLen(entry));
}

function header(w: usize, type: u8, n: u32): void {
  const at = rdbWriteRoom(w, NUMBER_ROOM);
  if (!at) return;
  store<u8>(at, type);
  const len = formatI64(n, at + 1);
  store<u16>(at + 1 + len, 0x0a0d);
  rdbUnwrite(w, NUMBER_ROOM - len - 3);
}

function text(w: usize, value: string): void {
  const len: u32 = value.length;
  header(w, 0x24, len);
  const at = rdbWriteRoom(w, len + 2);
  if (!at) return;
  putText(at, value);
  store<u16>(at + len, 0x0a0d);
}

function bulk(w: usize, ptr: usize, len: u32): void {
  header(w, 0x24, len);
  rdbWriteRaw(w, ptr, len);
  const at = rdbWriteRoom(w, 2);
  if (at) store<u16>(at, 0x0a0d);
}

function integer(w: usize, value: i64): void {
  bulk(w, NUMBER, formatI64(value, NUMBER));
}

/** What was just read: a string in root.outPtr / outLen, or an integer in root.outI64. */
function element(w: usize, isString: bool): void {
  if (isString) bulk(w, root.outPtr, root.outLen);
  else integer(w, root.outI64);
}

function id(w: usize, ms: u64, seq: u64): void {
  let len = formatU64(ms, NUMBER);
  store<u8>(NUMBER + len++, 0x2d);
  len += formatU64(seq, NUMBER + len);
  bulk(w, NUMBER, len);
}
