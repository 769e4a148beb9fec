/**
 * digest: a number of 160 bits that stands for a dataset, a key or a value: equal for equal data, in whatever encoding
 * and order of the tables, and equal to Redis' (DEBUG DIGEST, DEBUG DIGEST-VALUE). Tests compare datasets with it.
 *
 * Two ways to put bytes into a digest: `xor` (order does not matter: members of a set) takes in their SHA-1, `mix` (order
 * matters: elements of a list) does that and then hashes the digest itself. What has parts in order within an order that
 * does not matter (a field with its value) gets a digest of its own, which is taken in with xor.
 */
import { SHA1_SIZE, sha1 } from "../hashing/sha1.ts";
import { putText } from "../memory/bytes.ts";
import { DIGESTS } from "../memory/map.ts";
import { formatDouble } from "../resp/numbers/double.ts";
import { formatI64, formatU64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import { DICT_ITERATOR_SIZE, dictIterClose, dictIterNext, dictIterOpen } from "../structures/dict.ts";
import { listpackGet } from "../structures/listpack.ts";
import {
  entryEncoding,
  entryHasExpiry,
  entryKey,
  entryKeyLen,
  entryType,
  entryValue,
} from "../types/entry.ts";
import {
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
import { CURSOR_AT, listCursor, listCursorAt, listCursorGet, listCursorNext } from "../types/list.ts";
import { MEMBER_INTEGER, setIterator, setIterClose, setIterNext, setIterOpen } from "../types/set.ts";
import {
  entriesFrom,
  entriesNext,
  EntryCursor,
  entryCursor,
  entryFieldNext,
  entryFieldsOpen,
  entryValueNext,
  streamAt,
} from "../types/stream.ts";
import { stringRead } from "../types/string.ts";
import { zsetFirst, zsetMemberAt, zsetNext, zsetScoreAt } from "../types/zset.ts";
import { databaseAt, Database, dbSize } from "./keyspace.ts";

/** Of the dataset or the caller … */
// @ts-ignore: decorator
@inline
export const DIGEST_RESULT: usize = DIGESTS;
/** … of the key at hand … */
// @ts-ignore: decorator
@inline
const KEY: usize = DIGESTS + 20;
/** … of the field or member with its score at hand. */
// @ts-ignore: decorator
@inline
const PART: usize = DIGESTS + 40;
/** Where the SHA-1 of what is taken in comes to lie. */
// @ts-ignore: decorator
@inline
const HASH: usize = DIGESTS + 60;
/** Text of a number. */
// @ts-ignore: decorator
@inline
const TEXT: usize = DIGESTS + 80;
// @ts-ignore: decorator
@inline
const TEXT_SIZE: u32 = 48;
// @ts-ignore: decorator
@inline
const ITERATOR: usize = TEXT + TEXT_SIZE;
if (80 + TEXT_SIZE + DICT_ITERATOR_SIZE > 192) ERROR("Digests outgrew their place in memory/map.ts");

/** Digest of all databases, in DIGEST_RESULT; it stays zero where there are no keys. O(n) */
export function digestDataset(): void {
  digestClear(DIGEST_RESULT);
  for (let i: u32 = 0; i < root.databaseCount; i++) {
    const db = databaseAt(i);
    if (!dbSize(db)) continue;
    mixNumber(DIGEST_RESULT, i);
    dictIterOpen(ITERATOR, changetype<Database>(db).dict);
    for (let entry = dictIterNext(ITERATOR); entry; entry = dictIterNext(ITERATOR)) {
      digestClear(KEY);
      mix(KEY, entryKey(entry), entryKeyLen(entry));
      addValue(KEY, entry);
      xor(DIGEST_RESULT, KEY, SHA1_SIZE);
    }
    dictIterClose(ITERATOR);
  }
}

/** Digest of a value with its expiry, without the key, in DIGEST_RESULT; zero for none (entry 0). O(n) */
export function digestValue(entry: usize): void {
  digestClear(DIGEST_RESULT);
  if (entry) addValue(DIGEST_RESULT, entry);
}

function addValue(digest: usize, entry: usize): void {
  const type = entryType(entry);
  mixNumber(digest, type);
  if (type == TYPE_STRING) {
    stringRead(entry);
    mix(digest, root.outPtr, root.outLen);
  } else if (type == TYPE_LIST) {
    addList(digest, entry);
  } else if (type == TYPE_SET) {
    addSet(digest, entry);
  } else if (type == TYPE_ZSET) {
    addZset(digest, entry);
  } else if (type == TYPE_HASH) {
    addHash(digest, entry);
  } else if (type == TYPE_STREAM) {
    addStream(digest, entry);
  }
  if (entryHasExpiry(entry)) xorText(digest, "!!expire!!");
}

function addList(digest: usize, entry: usize): void {
  const cursor = listCursor(0);
  let status = listCursorAt(cursor, entryValue(entry), entryEncoding(entry), 0);
  while (status == CURSOR_AT) {
    mixElement(digest, listCursorGet(cursor));
    status = listCursorNext(cursor);
  }
}

function addSet(digest: usize, entry: usize): void {
  const it = setIterator(0);
  setIterOpen(it, entryValue(entry), entryEncoding(entry));
  for (let kind = setIterNext(it); kind; kind = setIterNext(it)) {
    if (kind == MEMBER_INTEGER) printInteger();
    xor(digest, root.outPtr, root.outLen);
  }
  setIterClose(it);
}

function addZset(digest: usize, entry: usize): void {
  const encoding = entryEncoding(entry);
  for (let at = zsetFirst(entryValue(entry), encoding); at; at = zsetNext(at, encoding)) {
    digestClear(PART);
    zsetMemberAt(at, encoding);
    mix(PART, root.outPtr, root.outLen);
    mix(PART, TEXT, formatDouble(zsetScoreAt(at, encoding), TEXT));
    xor(digest, PART, SHA1_SIZE);
  }
}

function addHash(digest: usize, entry: usize): void {
  const it = hashIterator(0);
  hashIterOpen(it, entryValue(entry), entryEncoding(entry));
  while (hashIterNext(it)) {
    digestClear(PART);
    mix(PART, hashIterName(it), hashIterNameLen(it));
    mix(PART, hashIterValue(it), hashIterValueLen(it));
    if (hashIterExpireAt(it)) xorText(PART, "!!hexpire!!");
    xor(digest, PART, SHA1_SIZE);
  }
  hashIterClose(it);
}

function addStream(digest: usize, entry: usize): void {
  const c = entryCursor(0);
  entriesFrom(c, streamAt(entryValue(entry)), 0, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  while (entriesNext(c)) {
    // The ID with a full stop between its halves.
    let len = formatU64(c.entryMs, TEXT);
    store<u8>(TEXT + len++, 0x2e);
    len += formatU64(c.entrySeq, TEXT + len);
    mix(digest, TEXT, len);
    addStreamFields(digest, c);
  }
}

function addStreamFields(digest: usize, c: EntryCursor): void {
  entryFieldsOpen(c);
  for (let i: u32 = 0; i < c.fieldCount; i++) {
    mixElement(digest, listpackGet(entryFieldNext(c)));
    mixElement(digest, listpackGet(entryValueNext(c)));
  }
}

// --- taking bytes in ---

function digestClear(digest: usize): void {
  memory.fill(digest, 0, SHA1_SIZE);
}

function xor(digest: usize, ptr: usize, len: u32): void {
  sha1(ptr, len, HASH);
  store<u64>(digest, load<u64>(digest) ^ load<u64>(HASH));
  store<u64>(digest, load<u64>(digest, 8) ^ load<u64>(HASH, 8), 8);
  store<u32>(digest, load<u32>(digest, 16) ^ load<u32>(HASH, 16), 16);
}

function mix(digest: usize, ptr: usize, len: u32): void {
  xor(digest, ptr, len);
  sha1(digest, SHA1_SIZE, digest);
}

/** A number as four bytes, the highest first. */
function mixNumber(digest: usize, value: u32): void {
  store<u32>(TEXT, bswap<u32>(value));
  mix(digest, TEXT, 4);
}

/** The element just read: a string in root.outPtr / outLen, or an integer in root.outI64. */
function mixElement(digest: usize, isString: bool): void {
  if (!isString) printInteger();
  mix(digest, root.outPtr, root.outLen);
}

function printInteger(): void {
  root.outLen = formatI64(root.outI64, TEXT);
  root.outPtr = TEXT;
}

function xorText(digest: usize, text: string): void {
  xor(digest, TEXT, putText(TEXT, text));
}
