/**
 * file-load: an RDB file into the databases, in pieces: the host lays bytes in the loader's buffer, the engine uses what
 * it can and asks for more. Every record is read whole or not at all: one that is cut by the end of the buffer is read
 * again when there is more, and the buffer grows to hold it.
 *
 *   magic, version ─► records ─► 255, checksum
 *
 *   record   250 name value        auxiliary field             for the host
 *            245 code              library of functions        for the host
 *            254 n                 database n from here on
 *            251 keys expires      sizes of that database
 *            244 …                 sizes of a cluster slot     not needed
 *            252 ms · 253 s        expiry of the key that follows
 *            248 idle · 249 freq   its access time, its frequency
 *            type key value
 *
 * Loader (the host reads the first part: bindings/records.ts)
 *   offset  size  field        meaning
 *        0     4  item         LOAD_ITEM_*: what LOAD_ITEM is about
 *        4     8  first        … address and length of its name, or of the function's code
 *       12     8  second       … of its value
 *       20     4  error        LOAD_ERROR_*
 *       24     8  offset       bytes of the file used so far
 *       32     8  keys         loaded
 *       40     8  expired      left out: their time is up
 *       48     8  empty        left out: collections without elements
 *       56     8  crc          of what was used
 *       64     8  crcStored    what the file says
 *       72     8  module       number that stands for a module's name
 *       80     4  version      of the file; 0 = the magic has not come yet
 *       84     4  database     that an error is about
 *       88     …  private
 */
import { crc64 } from "../hashing/crc64.ts";
import { hashBytes } from "../hashing/siphash.ts";
import { databaseAt, Database, dbFind, dbInsert } from "../keyspace/keyspace.ts";
import { releaseEntry } from "../keyspace/lazyfree.ts";
import { deleteEntry } from "../keyspace/lookup.ts";
import { lruRestored } from "../keyspace/lru.ts";
import { alloc, allocZeroed, free, realloc } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { SETTING_SANITIZE_DUMP_PAYLOAD, setting } from "../settings.ts";
import { dictExpand } from "../structures/dict.ts";
import { entrySetLru, NO_EXPIRY } from "../types/entry.ts";
import {
  RDB_MODULE_2,
  RDB_MODULE_PRE_GA,
  RDB_OP_AUX,
  RDB_OP_EXPIRE_MS,
  RDB_OP_EXPIRE_SECONDS,
  RDB_OP_FREQ,
  RDB_OP_FUNCTION,
  RDB_OP_FUNCTION_PRE_GA,
  RDB_OP_IDLE,
  RDB_OP_MODULE_AUX,
  RDB_OP_RESIZE_DB,
  RDB_OP_SELECT_DB,
  RDB_OP_SLOT_INFO,
  RDB_VERSION,
} from "./ids.ts";
import { rdbReadLength } from "./length.ts";
import { rdbForget, rdbLoadValue, rdbMakeEntry } from "./load.ts";
import {
  RDB_CORRUPT,
  RDB_EMPTY,
  RDB_OUT_OF_MEMORY,
  RDB_SHORT,
  RdbReader,
  rdbReadByte,
  rdbReaderCreate,
  rdbReaderFree,
  rdbReading,
  rdbReadRaw,
  rdbReadU32,
  rdbReadU64,
  READ_DEEP_CHECK,
  READ_PARTIAL,
  READ_UNIQUE_CHECK,
} from "./reader.ts";
import { rdbReadString } from "./string.ts";

@unmanaged
class Loader {
  item: u32;
  firstPtr: usize;
  firstLen: u32;
  secondPtr: usize;
  secondLen: u32;
  error: u32;
  offset: u64;
  keys: u64;
  expired: u64;
  empty: u64;
  crc: u64;
  crcStored: u64;
  module: u64;
  version: u32;
  database: u32;
  /** Of the key that comes next. */
  expireAt: i64;
  idle: i64;
  freq: i64;
  options: u32;
  keysMax: u32;
  reader: usize;
  buffer: usize;
  capacity: u32;
  /** Unused bytes of the buffer are from `start` to `end`. */
  start: u32;
  end: u32;
  /** A key that lies in the reader's own block is copied here. */
  keyBlock: usize;
  keyBlockSize: u32;
}
if (offsetof<Loader>("offset") != 24) ERROR("Loader.offset moved: mend its table");
if (offsetof<Loader>("expireAt") != 88) ERROR("Loader's public part moved: mend its table");

// What loadFeed says.
/** More bytes are wanted: about root.detail of them. */
// @ts-ignore: decorator
@inline
export const LOAD_MORE: u32 = 0;
/** The host is to look at an item, then to feed 0 bytes. */
// @ts-ignore: decorator
@inline
export const LOAD_ITEM: u32 = 1;
/** The end of the file's data; root.detail is the number of bytes in the buffer behind it. */
// @ts-ignore: decorator
@inline
export const LOAD_END: u32 = 2;
/** Loader.error says why it does not go on. */
// @ts-ignore: decorator
@inline
export const LOAD_FAILED: u32 = 3;

// @ts-ignore: decorator
@inline
export const LOAD_ITEM_AUX: u32 = 1;
// @ts-ignore: decorator
@inline
export const LOAD_ITEM_FUNCTION: u32 = 2;
/** The key (first) has been added to Loader.database (LOAD_ONE_BY_ONE). */
// @ts-ignore: decorator
@inline
export const LOAD_ITEM_KEY: u32 = 3;

/** The file ends too early. */
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_SHORT: u32 = 1;
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_CORRUPT: u32 = 2;
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_MEMORY: u32 = 3;
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_MAGIC: u32 = 4;
/** Loader.version is one that we do not know. */
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_VERSION: u32 = 5;
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_CHECKSUM: u32 = 6;
/** The key (first) of Loader.database is there twice. */
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_DUPLICATE: u32 = 7;
/** Loader.database is beyond what `databases` allows. */
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_DATABASE: u32 = 8;
/** A value of a module. */
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_MODULE: u32 = 9;
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_MODULE_AUX: u32 = 10;
/** Functions as release candidates of 7.0 wrote them. */
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_FUNCTION_PRE_GA: u32 = 11;
/** Not a type that we know: in Loader.item. */
// @ts-ignore: decorator
@inline
export const LOAD_ERROR_TYPE: u32 = 12;

// Options of loadStart.
/** Keys whose time is up are loaded, too: commands that follow may still be about them. */
// @ts-ignore: decorator
@inline
export const LOAD_KEEP_EXPIRED: u32 = 1;
// @ts-ignore: decorator
@inline
export const LOAD_CHECK_CRC: u32 = 2;
/** A key that is there already is replaced, instead of an error. */
// @ts-ignore: decorator
@inline
export const LOAD_REPLACE: u32 = 4;
/** Values are read and checked, and forgotten: nothing is added to a database. */
// @ts-ignore: decorator
@inline
export const LOAD_ONLY_CHECK: u32 = 8;
/** Each key is an item for the host, which looks at it and deletes it: no room is made for many of them. */
// @ts-ignore: decorator
@inline
export const LOAD_ONE_BY_ONE: u32 = 16;

/** Bytes of a file that are wanted at a time: 256 KiB take about two milliseconds. */
const PIECE: u32 = 262144;
/** "REDIS" and four digits. */
const MAGIC_SIZE: u32 = 9;
/** The first version whose files end with a checksum. */
const VERSION_CRC: u32 = 5;

/**
 * Begins to load.
 * @param options  LOAD_*     @param keysMax  more keys than the file can hold: counts in it are believed up to here
 * @returns address of the loader; 0 = one is at work, or out of memory
 */
export function loadStart(options: u32, keysMax: u32): usize {
  if (root.loader) return 0;
  const l = changetype<Loader>(allocZeroed(offsetof<Loader>()));
  if (!changetype<usize>(l)) return 0;
  l.options = options;
  l.keysMax = keysMax;
  l.reader = rdbReaderCreate(0, 0);
  if (!l.reader) {
    free(changetype<usize>(l));
    return 0;
  }
  const unique = setting(SETTING_SANITIZE_DUMP_PAYLOAD) == 1 ? READ_UNIQUE_CHECK : 0;
  changetype<RdbReader>(l.reader).flags = READ_DEEP_CHECK | unique;
  root.loader = changetype<usize>(l);
  root.db = databaseAt(0);
  forgetAttributes(l);
  return changetype<usize>(l);
}

/** Ends it, complete or not. */
export function loadStop(): void {
  const l = changetype<Loader>(root.loader);
  if (!changetype<usize>(l)) return;
  rdbReaderFree(l.reader);
  if (l.buffer) free(l.buffer);
  if (l.keyBlock) free(l.keyBlock);
  free(changetype<usize>(l));
  root.loader = 0;
}

/** Room for `size` bytes behind those not used yet. @returns its address, until the next call; 0 = out of memory */
export function loadRoom(size: u32): usize {
  const l = changetype<Loader>(root.loader);
  const kept = l.end - l.start;
  if (l.start && kept) memory.copy(l.buffer, l.buffer + l.start, kept);
  l.start = 0;
  l.end = kept;
  const wanted = <u64>kept + size;
  if (wanted > <u64>l.capacity) {
    const grown = wanted > <u64>0xffff0000 ? 0 : realloc(l.buffer, <usize>wanted);
    if (!grown) return 0;
    l.buffer = grown;
    l.capacity = <u32>wanted;
  }
  return l.buffer + kept;
}

/** Uses `size` bytes that the host has laid there. @param last  there are no more     @returns LOAD_* */
export function loadFeed(size: u32, last: u32): u32 {
  const l = changetype<Loader>(root.loader);
  const r = changetype<RdbReader>(l.reader);
  l.end += size;
  r.pos = l.buffer + l.start;
  r.end = l.buffer + l.end;
  r.status = 0;
  r.flags = last ? r.flags & ~READ_PARTIAL : r.flags | READ_PARTIAL;
  const db = root.db;
  root.db = databaseAt(l.database);
  const outcome = records(l, r, last != 0);
  root.db = db;
  return outcome;
}

function records(l: Loader, r: RdbReader, last: bool): u32 {
  const from = r.pos;
  while (true) {
    const at = r.pos;
    const outcome = l.version ? record(l) : magic(l);
    if (r.status == RDB_SHORT && !l.error) {
      r.pos = at;
      used(l, from, at);
      if (last) return failed(l, LOAD_ERROR_SHORT);
      root.detail = max(PIECE, l.end - l.start);
      return LOAD_MORE;
    }
    if (l.error || r.status) {
      used(l, from, at);
      if (l.error) return LOAD_FAILED;
      return failed(l, r.status == RDB_OUT_OF_MEMORY ? LOAD_ERROR_MEMORY : LOAD_ERROR_CORRUPT);
    }
    if (outcome != LOAD_MORE) {
      // The end has counted its bytes itself: the checksum does not cover itself.
      if (outcome == LOAD_ITEM) used(l, from, r.pos);
      return outcome == LOAD_END ? end(l, from) : outcome;
    }
  }
}

/** Counts the bytes up to `to`, whose part before `from` was counted before. */
function used(l: Loader, from: usize, to: usize): void {
  const n = <u32>(to - from);
  if (l.options & LOAD_CHECK_CRC) l.crc = crc64(l.crc, from, n);
  l.offset += n;
  l.start += n;
}

function failed(l: Loader, error: u32): u32 {
  l.error = error;
  return LOAD_FAILED;
}

function magic(l: Loader): u32 {
  const at = rdbReadRaw(l.reader, MAGIC_SIZE);
  if (!at) return LOAD_MORE;
  // "REDI", "S"
  if (load<u32>(at) != 0x49444552 || load<u8>(at, 4) != 0x53) return failed(l, LOAD_ERROR_MAGIC);
  let version: u32 = 0;
  for (let i: usize = 5; i < MAGIC_SIZE; i++) {
    const digit: u32 = <u32>load<u8>(at + i) - 0x30;
    if (digit > 9) return failed(l, LOAD_ERROR_MAGIC);
    version = version * 10 + digit;
  }
  l.version = version;
  if (version < 1 || version > RDB_VERSION) return failed(l, LOAD_ERROR_VERSION);
  changetype<RdbReader>(l.reader).version = version;
  return LOAD_MORE;
}

function record(l: Loader): u32 {
  const r = l.reader;
  const type = rdbReadByte(r);
  if (!rdbReading(r)) return LOAD_MORE;
  if (type < RDB_OP_SLOT_INFO) return key(l, type);
  switch (type) {
    case RDB_OP_EXPIRE_MS: {
      const at = <i64>rdbReadU64(r);
      if (rdbReading(r)) l.expireAt = at;
      return LOAD_MORE;
    }
    case RDB_OP_EXPIRE_SECONDS: {
      const at = <i64>(<i32>rdbReadU32(r)) * 1000;
      if (rdbReading(r)) l.expireAt = at;
      return LOAD_MORE;
    }
    case RDB_OP_IDLE: {
      const idle = rdbReadLength(r);
      if (rdbReading(r)) l.idle = <i64>min<u64>(idle, u32.MAX_VALUE);
      return LOAD_MORE;
    }
    case RDB_OP_FREQ: {
      const freq = rdbReadByte(r);
      if (rdbReading(r)) l.freq = freq;
      return LOAD_MORE;
    }
    case RDB_OP_SELECT_DB:
      return selectDb(l);
    case RDB_OP_RESIZE_DB:
      return resizeDb(l);
    case RDB_OP_SLOT_INFO:
      rdbReadLength(r);
      rdbReadLength(r);
      rdbReadLength(r);
      return LOAD_MORE;
    case RDB_OP_AUX:
      return aux(l);
    case RDB_OP_FUNCTION:
      if (!rdbReadString(r)) return LOAD_MORE;
      return item(
        l,
        LOAD_ITEM_FUNCTION,
        changetype<RdbReader>(r).stringPtr,
        changetype<RdbReader>(r).stringLen,
      );
    case RDB_OP_FUNCTION_PRE_GA:
      return failed(l, LOAD_ERROR_FUNCTION_PRE_GA);
    case RDB_OP_MODULE_AUX: {
      const module = rdbReadLength(r);
      if (!rdbReading(r)) return LOAD_MORE;
      l.module = module;
      return failed(l, LOAD_ERROR_MODULE_AUX);
    }
    default:
      return LOAD_END;
  }
}

function item(l: Loader, kind: u32, ptr: usize, len: u32): u32 {
  l.item = kind;
  l.firstPtr = ptr;
  l.firstLen = len;
  return LOAD_ITEM;
}

function aux(l: Loader): u32 {
  const r = changetype<RdbReader>(l.reader);
  if (!keepKey(l) || !rdbReadString(l.reader)) return LOAD_MORE;
  l.secondPtr = r.stringPtr;
  l.secondLen = r.stringLen;
  return item(l, LOAD_ITEM_AUX, l.firstPtr, l.firstLen);
}

function selectDb(l: Loader): u32 {
  const n = rdbReadLength(l.reader);
  if (!rdbReading(l.reader)) return LOAD_MORE;
  l.database = <u32>min<u64>(n, u32.MAX_VALUE);
  if (n >= root.databaseCount) return failed(l, LOAD_ERROR_DATABASE);
  root.db = databaseAt(l.database);
  return LOAD_MORE;
}

function resizeDb(l: Loader): u32 {
  const keys = rdbReadLength(l.reader);
  const expires = rdbReadLength(l.reader);
  if (!rdbReading(l.reader)) return LOAD_MORE;
  const db = changetype<Database>(root.db);
  if (l.options & (LOAD_ONLY_CHECK | LOAD_ONE_BY_ONE)) return LOAD_MORE;
  // Without memory for it now, the tables grow later, or that fails.
  dictExpand(db.dict, <u32>min<u64>(keys, l.keysMax));
  dictExpand(db.expires, <u32>min<u64>(expires, l.keysMax));
  return LOAD_MORE;
}

/** Reads a string to `first`, where it stays while the next is read. @returns false = the reader's status says why not */
function keepKey(l: Loader): bool {
  const r = changetype<RdbReader>(l.reader);
  if (!rdbReadString(l.reader)) return false;
  l.firstPtr = r.stringPtr;
  l.firstLen = r.stringLen;
  if (r.stringPtr != r.block || !r.block) return true;
  if (r.stringLen > l.keyBlockSize || !l.keyBlock) {
    if (l.keyBlock) free(l.keyBlock);
    l.keyBlockSize = max<u32>(r.stringLen, 64);
    l.keyBlock = alloc(l.keyBlockSize);
    if (!l.keyBlock) {
      l.keyBlockSize = 0;
      r.status = RDB_OUT_OF_MEMORY;
      return false;
    }
  }
  copyBytes(l.keyBlock, r.stringPtr, r.stringLen);
  l.firstPtr = l.keyBlock;
  return true;
}

function forgetAttributes(l: Loader): void {
  l.expireAt = NO_EXPIRY;
  l.idle = -1;
  l.freq = -1;
}

function key(l: Loader, type: u32): u32 {
  const r = changetype<RdbReader>(l.reader);
  if (!keepKey(l)) return LOAD_MORE;
  if (type == RDB_MODULE_2 || type == RDB_MODULE_PRE_GA) {
    const module = rdbReadLength(l.reader);
    if (!rdbReading(l.reader)) return LOAD_MORE;
    l.module = module;
    return failed(l, LOAD_ERROR_MODULE);
  }
  if (!rdbLoadValue(l.reader, type)) return withoutValue(l, r, type);
  if (l.options & LOAD_ONLY_CHECK) {
    rdbForget(l.reader);
    l.keys++;
  } else if (l.expireAt != NO_EXPIRY && l.expireAt < root.nowMs && !(l.options & LOAD_KEEP_EXPIRED)) {
    rdbForget(l.reader);
    l.expired++;
  } else if (!addKey(l)) {
    return LOAD_FAILED;
  }
  forgetAttributes(l);
  return l.options & LOAD_ONE_BY_ONE ? item(l, LOAD_ITEM_KEY, l.firstPtr, l.firstLen) : LOAD_MORE;
}

function withoutValue(l: Loader, r: RdbReader, type: u32): u32 {
  if (r.status == RDB_CORRUPT && !isValueType(type)) {
    l.item = type;
    return failed(l, LOAD_ERROR_TYPE);
  }
  if (r.status != RDB_EMPTY) return LOAD_MORE;
  r.status = 0;
  l.empty++;
  forgetAttributes(l);
  return LOAD_MORE;
}

/** Types up to 25, but for those that never were. */
function isValueType(type: u32): bool {
  return type <= 25 && type != 8 && type != RDB_MODULE_PRE_GA && type != RDB_MODULE_2;
}

/** Adds the key with the value just loaded. @returns false = Loader.error says why not */
function addKey(l: Loader): bool {
  const ptr = l.firstPtr;
  const len = l.firstLen;
  const hash = hashBytes(ptr, len);
  const old = dbFind(root.db, hash, ptr, len);
  if (old && !(l.options & LOAD_REPLACE)) {
    rdbForget(l.reader);
    l.error = LOAD_ERROR_DUPLICATE;
    return false;
  }
  if (old) deleteEntry(root.db, hash, old);
  const entry = rdbMakeEntry(l.reader, ptr, len, l.expireAt);
  if (!entry) {
    l.error = LOAD_ERROR_MEMORY;
    return false;
  }
  if (l.idle >= 0 || l.freq >= 0) entrySetLru(entry, lruRestored(l.idle, l.freq));
  if (!dbInsert(root.db, hash, entry)) {
    releaseEntry(entry);
    l.error = LOAD_ERROR_MEMORY;
    return false;
  }
  l.keys++;
  return true;
}

/** The end of the data was read: the checksum, if the version has one. */
function end(l: Loader, from: usize): u32 {
  const r = changetype<RdbReader>(l.reader);
  const dataEnd = r.pos;
  if (l.version >= VERSION_CRC) {
    const stored = rdbReadU64(l.reader);
    if (r.status) {
      // The checksum is cut: the end is read again with it.
      r.status = 0;
      r.pos = dataEnd - 1;
      used(l, from, dataEnd - 1);
      if (!(r.flags & READ_PARTIAL)) return failed(l, LOAD_ERROR_SHORT);
      root.detail = PIECE;
      return LOAD_MORE;
    }
    l.crcStored = stored;
  }
  used(l, from, dataEnd);
  if (l.version >= VERSION_CRC) {
    l.offset += 8;
    l.start += 8;
    if (l.options & LOAD_CHECK_CRC && l.crcStored && l.crcStored != l.crc)
      return failed(l, LOAD_ERROR_CHECKSUM);
  }
  root.detail = l.end - l.start;
  return LOAD_END;
}
