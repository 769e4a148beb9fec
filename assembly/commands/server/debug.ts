/**
 * DEBUG, the engine's part: OBJECT, SDSLEN, LISTPACK, QUICKLIST, HTSTATS, HTSTATS-KEY, POPULATE, DIGEST, DIGEST-VALUE. The
 * command is the host's, which passes on what it does not know itself (CALL_DEBUG). https://redis.io/commands/debug
 */
import { hashBytes } from "../../hashing/siphash.ts";
import { SHA1_SIZE } from "../../hashing/sha1.ts";
import { keyModified } from "../../keyspace/events.ts";
import { DIGEST_RESULT, digestDataset, digestValue } from "../../keyspace/digest.ts";
import { Database, databaseAt, dbSize } from "../../keyspace/keyspace.ts";
import { addEntry, findArg, findKey } from "../../keyspace/lookup.ts";
import { lruIdleSeconds } from "../../keyspace/lru.ts";
import { alloc, free, usableSize } from "../../memory/allocator.ts";
import { copyBytes, putText } from "../../memory/bytes.ts";
import { SCRATCH } from "../../memory/map.ts";
import { rdbSaveValue } from "../../rdb/save.ts";
import { RdbWriter, rdbWriterCreate, rdbWriterFree } from "../../rdb/writer.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNoSuchKey, errorNotInteger, errorNotPositive, errorOutOfMemory } from "../../resp/errors.ts";
import { formatI64 } from "../../resp/numbers/integer.ts";
import {
  replyArray,
  replyDefer,
  replyDeferredVerbatim,
  replyError,
  replyErrorEnd,
  replyOk,
  replyPart,
  replyPartHundredths,
  replyPartInteger,
  replyReserve,
  replyStatus,
  replyStatusBytes,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { SETTING_LIST_MAX_LISTPACK_SIZE, settingInteger } from "../../settings.ts";
import { DICT_STATS_LENGTHS, dictExpand, dictStats } from "../../structures/dict.ts";
import { Quicklist, QuicklistNode } from "../../structures/quicklist.ts";
import {
  entryEncoding,
  entryForm,
  entryKeyLen,
  entryLru,
  entryType,
  entryValue,
  FORM_EXTERNAL,
  NO_EXPIRY,
} from "../../types/entry.ts";
import {
  ENC_HT,
  ENC_INT,
  ENC_LISTPACK,
  ENC_QUICKLIST,
  ENC_SKIPLIST,
  TYPE_STRING,
  TYPE_ZSET,
} from "../../types/ids.ts";
import { releaseEntry } from "../../keyspace/lazyfree.ts";
import { stringCapacity, stringCreate, stringRead } from "../../types/string.ts";
import { encodingName } from "../../types/value.ts";
import { zsetDict } from "../../types/zset.ts";

/** Runs DEBUG with the arguments at hand. @returns false = the subcommand is not the engine's, nothing is replied */
export function debugCommand(): bool {
  const n = root.argc - 2;
  if (argIs(1, "OBJECT") && n == 1) debugObject();
  else if (argIs(1, "SDSLEN") && n == 1) debugSdslen();
  else if (argIs(1, "LISTPACK") && n == 1) debugListpack();
  else if (argIs(1, "QUICKLIST") && (n == 1 || n == 2)) debugQuicklist();
  else if (argIs(1, "HTSTATS") && n >= 1) debugHtstats();
  else if (argIs(1, "HTSTATS-KEY") && n >= 1) debugHtstatsKey();
  else if (argIs(1, "POPULATE") && n >= 1 && n <= 3) debugPopulate();
  else if (argIs(1, "DIGEST") && n == 0) debugDigest();
  else if (argIs(1, "DIGEST-VALUE")) debugDigestValue();
  else return false;
  return true;
}

// --- OBJECT, SDSLEN, LISTPACK, QUICKLIST ---

function debugObject(): void {
  const entry = findArg(2);
  if (!entry) return errorNoSuchKey();
  const size = serializedLength(entry);
  if (size < 0) return errorOutOfMemory();
  beginStatus();
  replyPart("Value at:0x");
  partHexadecimal(entry);
  replyPart(" refcount:1 encoding:");
  replyPart(encodingName(entryEncoding(entry)));
  replyPart(" serializedlength:");
  replyPartInteger(size);
  replyPart(" lru:");
  replyPartInteger(entryLru(entry));
  replyPart(" lru_seconds_idle:");
  replyPartInteger(root.lfu ? 0 : lruIdleSeconds(entry));
  if (entryEncoding(entry) == ENC_QUICKLIST) quicklistParts(changetype<Quicklist>(entryValue(entry)));
  replyErrorEnd();
}

function partHexadecimal(n: u32): void {
  if (!replyReserve(8)) return;
  for (let shift: i32 = (31 - clz(n | 1)) & ~3; shift >= 0; shift -= 4) {
    store<u8>(root.replyPos++, hexDigit((n >> shift) & 15));
  }
}

/** A status that is put together of parts; replyErrorEnd ends it. */
function beginStatus(): void {
  root.errorMark = replyDefer();
  replyPart("+");
}

/** Bytes that the value takes in a DUMP; −1 = out of memory. */
function serializedLength(entry: usize): i64 {
  const writer = rdbWriterCreate();
  if (!writer) return -1;
  rdbSaveValue(writer, entry);
  const w = changetype<RdbWriter>(writer);
  const size: i64 = w.failed ? -1 : w.used;
  rdbWriterFree(writer);
  return size;
}

function quicklistParts(list: Quicklist): void {
  let bytes: u64 = 0;
  for (let at = list.head; at; at = changetype<QuicklistNode>(at).next) {
    bytes += changetype<QuicklistNode>(at).size;
  }
  replyPart(" ql_nodes:");
  replyPartInteger(list.nodes);
  replyPart(" ql_avg_node:");
  replyPartHundredths(((<u64>list.count * 1000) / list.nodes + 5) / 10);
  replyPart(" ql_listpack_max:");
  replyPartInteger(settingInteger(SETTING_LIST_MAX_LISTPACK_SIZE));
  replyPart(" ql_compressed:");
  replyPartInteger(list.compress ? 1 : 0);
  replyPart(" ql_uncompressed_size:");
  replyPartInteger(bytes);
}

/** Lengths of a key and its text; the blocks that they lie in may be the same. */
function debugSdslen(): void {
  const entry = findArg(2);
  if (!entry) return errorNoSuchKey();
  if (entryType(entry) != TYPE_STRING || entryEncoding(entry) == ENC_INT) {
    return replyError("ERR Not an sds encoded string.");
  }
  const capacity = stringCapacity(entry);
  stringRead(entry);
  const block = entryForm(entry) & FORM_EXTERNAL ? root.outPtr : entry;
  beginStatus();
  replyPart("key_sds_len:");
  replyPartInteger(entryKeyLen(entry));
  replyPart(", key_sds_avail:0, key_zmalloc: ");
  replyPartInteger(usableSize(entry));
  replyPart(", val_sds_len:");
  replyPartInteger(root.outLen);
  replyPart(", val_sds_avail:");
  replyPartInteger(capacity - root.outLen);
  replyPart(", val_zmalloc: ");
  replyPartInteger(usableSize(block));
  replyErrorEnd();
}

/** Nothing is printed: the engine has no standard output, and DUMP shows the bytes. */
function debugListpack(): void {
  const entry = findArg(2);
  if (!entry) return errorNoSuchKey();
  if (entryEncoding(entry) != ENC_LISTPACK) return replyError("ERR Not a listpack encoded object.");
  replyStatus("Listpack structure printed on stdout");
}

function debugQuicklist(): void {
  const entry = findArg(2);
  if (!entry) return errorNoSuchKey();
  if (entryEncoding(entry) != ENC_QUICKLIST) return replyError("ERR Not a quicklist encoded object.");
  replyStatus("Quicklist structure printed on stdout");
}

// --- HTSTATS ---

function debugHtstats(): void {
  if (!argInteger(2)) return errorNotInteger();
  if (<u64>root.outI64 >= root.databaseCount) return replyError("ERR Out of range database");
  const db = changetype<Database>(databaseAt(<u32>root.outI64));
  const full = root.argc > 3 && argIs(3, "FULL");
  const at = replyDefer();
  replyPart("[Dictionary HT]\n");
  dictParts(db.dict, full);
  replyPart("[Expires HT]\n");
  dictParts(db.expires, full);
  replyDeferredVerbatim(at, "txt");
}

function debugHtstatsKey(): void {
  const entry = findArg(2);
  if (!entry) return errorNoSuchKey();
  const encoding = entryEncoding(entry);
  if (encoding != ENC_HT && encoding != ENC_SKIPLIST) {
    return replyError("ERR The value stored at the specified key is not represented using an hash table");
  }
  const value = entryValue(entry);
  const at = replyDefer();
  dictParts(entryType(entry) == TYPE_ZSET ? zsetDict(value) : value, root.argc > 3 && argIs(3, "FULL"));
  replyDeferredVerbatim(at, "txt");
}

/** Lines about a dict; what Redis calls a slot is a bucket with its children here. */
function dictParts(dict: usize, full: bool): void {
  dictStats(dict, SCRATCH);
  const buckets = load<u32>(SCRATCH);
  const entries = load<u32>(SCRATCH, 4);
  if (!entries) return;
  replyPart("Hash table 0 stats (main hash table):\n");
  partLine(" table size: ", buckets);
  partLine(" number of elements: ", entries);
  if (full) chainParts(buckets, entries);
}

function chainParts(buckets: u32, entries: u32): void {
  const used = load<u32>(SCRATCH, 8);
  partLine(" different slots: ", used);
  partLine(" max chain length: ", load<u32>(SCRATCH, 12));
  replyPart(" avg chain length (counted): ");
  replyPartHundredths((<u64>entries * 100) / used);
  replyPart("\n avg chain length (computed): ");
  replyPartHundredths((<u64>entries * 100) / used);
  replyPart("\n Chain length distribution:\n");
  for (let n: u32 = 0; n < DICT_STATS_LENGTHS; n++) {
    const count = load<u32>(SCRATCH + 16 + (n << 2));
    if (!count) continue;
    replyPart("   ");
    replyPartInteger(n);
    replyPart(": ");
    replyPartInteger(count);
    replyPart(" (");
    replyPartHundredths((<u64>count * 10000) / buckets);
    replyPart("%)\n");
  }
}

function partLine(label: string, n: u32): void {
  replyPart(label);
  replyPartInteger(n);
  replyPart("\n");
}

// --- POPULATE ---

/** POPULATE count [prefix] [size]: keys prefix:0 … with values value:0 …, padded with zeros to `size`. */
function debugPopulate(): void {
  if (!argPositive(2)) return;
  const count = <u64>root.outI64;
  let size: u32 = 0;
  if (root.argc > 4) {
    if (!argPositive(4)) return;
    size = <u32>min<i64>(root.outI64, u32.MAX_VALUE);
  }
  const prefixLen: u32 = root.argc > 3 ? argLen(3) : 3;
  const key = alloc(prefixLen + 24);
  const value = alloc(max<u32>(size, 32));
  const done = key != 0 && value != 0 && populate(count, key, prefixLen, value, size);
  if (key) free(key);
  if (value) free(value);
  if (done) replyOk();
  else errorOutOfMemory();
}

function argPositive(i: u32): bool {
  if (argInteger(i) && root.outI64 >= 0) return true;
  errorNotPositive();
  return false;
}

function populate(count: u64, key: usize, prefixLen: u32, value: usize, size: u32): bool {
  if (!dbSize(root.db))
    dictExpand(changetype<Database>(root.db).dict, <u32>min<u64>(count, u32.MAX_VALUE >> 8));
  if (root.argc > 3) copyBytes(key, argPtr(3), prefixLen);
  else putText(key, "key");
  store<u8>(key + prefixLen, 0x3a); // :
  memory.fill(value, 0, max<u32>(size, 32));
  putText(value, "value:");
  for (let i: u64 = 0; i < count; i++) {
    const digits = formatI64(<i64>i, key + prefixLen + 1);
    const keyLen = prefixLen + 1 + digits;
    const hash = hashBytes(key, keyLen);
    if (findKey(hash, key, keyLen)) continue;
    // A value shorter than its text is cut.
    formatI64(<i64>i, SCRATCH);
    if (!size) copyBytes(value + 6, SCRATCH, digits);
    else if (size > 6) copyBytes(value + 6, SCRATCH, min(digits, size - 6));
    const entry = stringCreate(key, keyLen, value, size ? size : 6 + digits, NO_EXPIRY);
    if (!entry) return false;
    if (!addEntry(hash, entry)) {
      releaseEntry(entry);
      return false;
    }
    keyModified(root.db, key, keyLen);
  }
  return true;
}

// --- DIGEST ---

function debugDigest(): void {
  digestDataset();
  replyDigest();
}

function debugDigestValue(): void {
  replyArray(root.argc - 2);
  for (let i: u32 = 2; i < root.argc; i++) {
    digestValue(findArg(i));
    replyDigest();
  }
}

/** The digest as a status of 40 hexadecimal digits. */
function replyDigest(): void {
  for (let i: u32 = 0; i < SHA1_SIZE; i++) {
    const byte: u32 = load<u8>(DIGEST_RESULT + i);
    store<u8>(SCRATCH + 2 * i, hexDigit(byte >> 4));
    store<u8>(SCRATCH + 2 * i, hexDigit(byte & 15), 1);
  }
  replyStatusBytes(SCRATCH, 2 * SHA1_SIZE);
}

function hexDigit(n: u32): u8 {
  return <u8>(n < 10 ? 0x30 + n : 0x57 + n);
}
