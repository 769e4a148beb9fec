/**
 * XGROUP CREATE key group id | $ [MKSTREAM] [ENTRIESREAD n], SETID key group id | $ [ENTRIESREAD n], DESTROY key group,
 * CREATECONSUMER and DELCONSUMER key group consumer. https://redis.io/commands/xgroup
 */
import { NOTIFY_STREAM } from "../../keyspace/events.ts";
import { releaseValue } from "../../keyspace/lazyfree.ts";
import {
  createKey,
  groupsGone,
  keyTouched,
  lookupWriteTyped,
  notifyArg,
  WRONG_TYPE,
} from "../../keyspace/lookup.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import { replyError, replyInteger, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryValue } from "../../types/entry.ts";
import { ENC_STREAM, TYPE_STREAM } from "../../types/ids.ts";
import { Stream, streamAt, streamCreate, streamFree } from "../../types/stream.ts";
import {
  consumerCreate,
  consumerDelete,
  consumerFind,
  ENTRIES_READ_UNKNOWN,
  Group,
  groupCreate,
  groupFind,
  groupGive,
  groupTake,
} from "../../types/stream-group.ts";
import { StreamId, streamId, streamIdSet } from "../../types/stream-id.ts";
import {
  argIsCharacter,
  argStreamId,
  argStreamIdOrEnd,
  errorNoGroupOfKey,
  errorSubcommandSyntax,
} from "./stream-args.ts";

// @ts-ignore: decorator
@inline
const DOLLAR: u32 = 0x24;

export function xgroupCreate(): void {
  if (!parseOptions(true)) return;
  const make = root.scratch1 != 0;
  const entriesRead = root.scratchI64;
  const entry = lookupWriteTyped(2, TYPE_STREAM);
  if (entry == WRONG_TYPE) return;
  if (!entry && !make) return errorNoKey();
  if (root.argc > 8) return errorSubcommandSyntax("XGROUP");
  const id = streamId(0);
  if (!groupPosition(id, entry ? streamAt(entryValue(entry)) : changetype<Stream>(0), true)) return;
  const value = entry ? entryValue(entry) : streamCreate();
  if (!value) return errorOutOfMemory();
  const s = streamAt(value);
  if (changetype<usize>(groupFind(s, argPtr(3), argLen(3)))) {
    return replyError("BUSYGROUP Consumer Group name already exists");
  }
  const group = groupCreate(s, argPtr(3), argLen(3), id.ms, id.seq, entriesRead);
  if (!changetype<usize>(group)) {
    if (!entry) streamFree(value);
    return errorOutOfMemory();
  }
  if (!entry) {
    if (!createKey(2, TYPE_STREAM, ENC_STREAM, value)) {
      streamFree(value);
      return errorOutOfMemory();
    }
    keyTouched(2);
  }
  root.dirty++;
  notifyArg(NOTIFY_STREAM, "xgroup-create", 2);
  replyOk();
}

export function xgroupSetid(): void {
  if (!parseOptions(false)) return;
  const entriesRead = root.scratchI64;
  const s = findStream();
  if (!changetype<usize>(s)) return;
  const group = findGroup(s);
  if (!changetype<usize>(group)) return;
  if (root.argc > 7) return errorSubcommandSyntax("XGROUP");
  const id = streamId(0);
  if (!groupPosition(id, s, false)) return;
  group.lastMs = id.ms;
  group.lastSeq = id.seq;
  group.entriesRead = entriesRead;
  root.dirty++;
  notifyArg(NOTIFY_STREAM, "xgroup-setid", 2);
  replyOk();
}

export function xgroupDestroy(): void {
  const s = findStream();
  if (!changetype<usize>(s)) return;
  const group = groupFind(s, argPtr(3), argLen(3));
  if (!changetype<usize>(group)) return replyInteger(0);
  // The group goes as that of a stream that nobody has: in slices where it is large.
  const orphanage = streamCreate();
  if (!orphanage) return errorOutOfMemory();
  const groups = s.groups;
  if (!groupGive(streamAt(orphanage), group)) {
    streamFree(orphanage);
    return errorOutOfMemory();
  }
  s.groups = groups;
  groupTake(s, group);
  releaseValue(TYPE_STREAM, ENC_STREAM, orphanage);
  root.dirty++;
  notifyArg(NOTIFY_STREAM, "xgroup-destroy", 2);
  groupsGone(argPtr(2), argLen(2));
  replyInteger(1);
}

export function xgroupCreateconsumer(): void {
  const s = findStream();
  if (!changetype<usize>(s)) return;
  const group = findGroup(s);
  if (!changetype<usize>(group)) return;
  if (changetype<usize>(consumerFind(group, argPtr(4), argLen(4)))) return replyInteger(0);
  if (!changetype<usize>(consumerCreate(group, argPtr(4), argLen(4)))) return errorOutOfMemory();
  root.dirty++;
  notifyArg(NOTIFY_STREAM, "xgroup-createconsumer", 2);
  replyInteger(1);
}

export function xgroupDelconsumer(): void {
  const s = findStream();
  if (!changetype<usize>(s)) return;
  const group = findGroup(s);
  if (!changetype<usize>(group)) return;
  const consumer = consumerFind(group, argPtr(4), argLen(4));
  if (!changetype<usize>(consumer)) return replyInteger(0);
  const pending = consumerDelete(group, consumer);
  root.dirty++;
  notifyArg(NOTIFY_STREAM, "xgroup-delconsumer", 2);
  replyInteger(pending);
}

/**
 * Options of CREATE and SETID from argument 5 on: root.scratch1 = MKSTREAM was there, root.scratchI64 = ENTRIESREAD.
 * @returns false = the error is replied
 */
function parseOptions(creates: bool): bool {
  root.scratch1 = 0;
  root.scratchI64 = ENTRIES_READ_UNKNOWN;
  for (let i: u32 = 5; i < root.argc; i++) {
    if (creates && argIs(i, "MKSTREAM")) {
      root.scratch1 = 1;
    } else if (i + 1 < root.argc && argIs(i, "ENTRIESREAD")) {
      if (!argInteger(++i)) {
        errorNotInteger();
        return false;
      }
      root.scratchI64 = root.outI64;
      if (root.outI64 < ENTRIES_READ_UNKNOWN) {
        replyError("ERR value for ENTRIESREAD must be positive or -1");
        return false;
      }
    } else {
      errorSubcommandSyntax("XGROUP");
      return false;
    }
  }
  return true;
}

function errorNoKey(): void {
  replyError(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
  );
}

/** The stream of argument 2; 0 = the error is replied. */
function findStream(): Stream {
  const entry = lookupWriteTyped(2, TYPE_STREAM);
  if (entry == WRONG_TYPE) return changetype<Stream>(0);
  if (entry) return streamAt(entryValue(entry));
  errorNoKey();
  return changetype<Stream>(0);
}

/** The group of argument 3; 0 = the error is replied. */
function findGroup(s: Stream): Group {
  const group = groupFind(s, argPtr(3), argLen(3));
  if (!changetype<usize>(group)) errorNoGroupOfKey(2, 3);
  return group;
}

/** The ID of argument 4: where the group begins; false = the error is replied. @param s  0 = the stream is to be made */
function groupPosition(id: StreamId, s: Stream, strict: bool): bool {
  if (!argIsCharacter(4, DOLLAR)) return strict ? argStreamId(4, id) : argStreamIdOrEnd(4, id);
  if (changetype<usize>(s)) streamIdSet(id, s.lastMs, s.lastSeq);
  else streamIdSet(id, 0, 0);
  return true;
}
