/**
 * RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ count]. https://redis.io/commands/restore
 *
 * The payload may be anything: the checksum only guards against accidents, so the bytes are checked as they are read.
 */
import { crc64 } from "../../hashing/crc64.ts";
import { NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { deleteKey, findArg, keyTouched, notifyArg, replaceEntry, timeIsUp } from "../../keyspace/lookup.ts";
import { releaseEntry } from "../../keyspace/lazyfree.ts";
import { lruRestored } from "../../keyspace/lru.ts";
import {
  propagateArgument,
  propagateBegin,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { RDB_VERSION } from "../../rdb/ids.ts";
import { rdbForget, rdbLoadValue, rdbMakeEntry } from "../../rdb/load.ts";
import {
  RDB_OUT_OF_MEMORY,
  RdbReader,
  rdbReadByte,
  rdbReaderCreate,
  rdbReaderFree,
} from "../../rdb/reader.ts";
import { argHash, argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { SETTING_SKIP_CHECKSUM, setting } from "../../settings.ts";
import { entrySetLru, NO_EXPIRY } from "../../types/entry.ts";

/** Version and checksum behind the value. */
const FOOTER: u32 = 10;
/** An option that was not given. */
const NONE: i64 = -1;

// Flags of the options.
const REPLACE: u32 = 1;
const ABSTTL: u32 = 2;

export function restore(): void {
  let flags: u32 = 0;
  let idle = NONE;
  let freq = NONE;
  for (let i: u32 = 4; i < root.argc; i++) {
    const hasValue = i + 1 < root.argc;
    if (argIs(i, "REPLACE")) {
      flags |= REPLACE;
    } else if (argIs(i, "ABSTTL")) {
      flags |= ABSTTL;
    } else if (hasValue && freq == NONE && argIs(i, "IDLETIME")) {
      if (!argInteger(++i)) return errorNotInteger();
      idle = root.outI64;
      if (idle < 0) return replyError("ERR Invalid IDLETIME value, must be >= 0");
    } else if (hasValue && idle == NONE && argIs(i, "FREQ")) {
      if (!argInteger(++i)) return errorNotInteger();
      freq = root.outI64;
      if (<u64>freq > 255) return replyError("ERR Invalid FREQ value, must be >= 0 and <= 255");
    } else {
      return errorSyntax();
    }
  }
  const old = findArg(1);
  if (old && !(flags & REPLACE)) return replyError("BUSYKEY Target key name already exists.");
  if (!argInteger(2)) return errorNotInteger();
  const ttl = root.outI64;
  if (ttl < 0) return replyError("ERR Invalid TTL value, must be >= 0");
  if (!payloadIsSound(argPtr(3), argLen(3)))
    return replyError("ERR DUMP payload version or checksum are wrong");
  const reader = rdbReaderCreate(argPtr(3), argLen(3) - FOOTER);
  if (!reader) return errorOutOfMemory();
  // A time beyond 64 bits wraps around to the past, as in Redis.
  const expireAt = ttl == 0 ? NO_EXPIRY : flags & ABSTTL ? ttl : ttl + root.nowMs;
  if (!rdbLoadValue(reader, rdbReadByte(reader))) errorLoading(reader);
  else if (ttl && timeIsUp(expireAt)) restoreExpired(reader, old);
  else restoreValue(reader, old, expireAt, flags, lruRestored(idle, freq));
  rdbReaderFree(reader);
}

/** Whether version and checksum are ones that we take. */
function payloadIsSound(payload: usize, len: u32): bool {
  if (len < FOOTER) return false;
  const footer = payload + len - FOOTER;
  if (<u32>load<u16>(footer) > RDB_VERSION) return false;
  return setting(SETTING_SKIP_CHECKSUM) != 0 || crc64(0, payload, len - 8) == load<u64>(footer, 2);
}

function errorLoading(reader: usize): void {
  if (changetype<RdbReader>(reader).status == RDB_OUT_OF_MEMORY) errorOutOfMemory();
  else replyError("ERR Bad data format");
}

/** The value's time is past already: only the key that it was to replace goes. */
function restoreExpired(reader: usize, old: usize): void {
  rdbForget(reader);
  if (old) {
    deleteKey(1, old);
    if (propagating()) {
      propagateBegin(2);
      propagateText("DEL");
      propagateArgument(1);
    }
    keyTouched(1);
    notifyArg(NOTIFY_GENERIC, "del", 1);
    root.dirty++;
  }
  replyOk();
}

function restoreValue(reader: usize, old: usize, expireAt: i64, flags: u32, lru: u32): void {
  const entry = rdbMakeEntry(reader, argPtr(1), argLen(1), expireAt);
  if (!entry) return errorOutOfMemory();
  entrySetLru(entry, lru);
  if (!replaceEntry(argHash(1), old, entry)) {
    releaseEntry(entry);
    return errorOutOfMemory();
  }
  if (expireAt != NO_EXPIRY && !(flags & ABSTTL) && propagating()) propagateAbsolute(expireAt);
  keyTouched(1);
  notifyArg(NOTIFY_GENERIC, "restore", 1);
  root.dirty++;
  replyOk();
}

/** RESTORE with the time at which the key expires in place of its time to live. */
function propagateAbsolute(expireAt: i64): void {
  propagateBegin(root.argc + 1);
  propagateArgument(0);
  propagateArgument(1);
  propagateInteger(expireAt);
  for (let i: u32 = 3; i < root.argc; i++) propagateArgument(i);
  propagateText("ABSTTL");
}
