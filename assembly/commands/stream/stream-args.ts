/** stream-args: the arguments that stream commands share: IDs, bounds of ranges, and the trimming of XADD and XTRIM. */
import { TRIM_OPTIONS } from "../../memory/map.ts";
import { CALL_OBEY } from "../../keyspace/lookup.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorSyntax } from "../../resp/errors.ts";
import { replyError, replyErrorBegin, replyErrorEnd, replyPart, replyPartBytes } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { SETTING_STREAM_NODE_MAX_ENTRIES, settingInteger } from "../../settings.ts";
import { TRIM_MAXLEN, TRIM_MINID, TRIM_NONE } from "../../types/stream.ts";
import {
  ID_ENDS,
  ID_OPEN_SEQ,
  StreamId,
  streamId,
  streamIdDecrement,
  streamIdIncrement,
  streamIdParse,
} from "../../types/stream-id.ts";

// @ts-ignore: decorator
@inline
const OPEN_PARENTHESIS: u32 = 0x28;

/** Whether argument `i` is this one character, as C sees it: a zero byte ends the text. */
export function argIsCharacter(i: u32, character: u32): bool {
  const ptr = argPtr(i);
  const len = argLen(i);
  return len && load<u8>(ptr) == character && (len == 1 || load<u8>(ptr, 1) == 0);
}

/** Reads argument `i` as an ID, `-` and `+` not among them, 0 where its sequence is missing; false = the error is replied. */
export function argStreamId(i: u32, id: StreamId): bool {
  return parsed(streamIdParse(id, argPtr(i), argLen(i), 0, 0));
}

/** As argStreamId, where `-` and `+` are IDs too. */
export function argStreamIdOrEnd(i: u32, id: StreamId): bool {
  return parsed(streamIdParse(id, argPtr(i), argLen(i), 0, ID_ENDS));
}

function parsed(ok: bool): bool {
  if (!ok) replyError("ERR Invalid stream ID specified as stream command argument");
  return ok;
}

/** Reads argument `i` as the lower bound of a range: `(` excludes it. false = the error is replied */
export function argRangeStart(i: u32, id: StreamId): bool {
  const excludes = argExcludes(i);
  if (!argBound(i, id, 0, excludes)) return false;
  if (!excludes || streamIdIncrement(id)) return true;
  replyError("ERR invalid start ID for the interval");
  return false;
}

/** Reads argument `i` as the upper bound of a range, up to the end of its millisecond where it says no more. */
export function argRangeEnd(i: u32, id: StreamId): bool {
  const excludes = argExcludes(i);
  if (!argBound(i, id, u64.MAX_VALUE, excludes)) return false;
  if (!excludes || streamIdDecrement(id)) return true;
  replyError("ERR invalid end ID for the interval");
  return false;
}

function argExcludes(i: u32): bool {
  return argLen(i) > 1 && load<u8>(argPtr(i)) == OPEN_PARENTHESIS;
}

function argBound(i: u32, id: StreamId, missingSeq: u64, excludes: bool): bool {
  const skip: u32 = excludes ? 1 : 0;
  return parsed(streamIdParse(id, argPtr(i) + skip, argLen(i) - skip, missingSeq, excludes ? 0 : ID_ENDS));
}

/** `NOGROUP No such key 'k' or consumer group 'g'`, and what else a command says. */
export function errorNoGroup(key: u32, group: u32, rest: string): void {
  replyErrorBegin("NOGROUP No such key '");
  replyPartBytes(argPtr(key), argLen(key), u32.MAX_VALUE);
  replyPart("' or consumer group '");
  replyPartBytes(argPtr(group), argLen(group), u32.MAX_VALUE);
  replyPart("'");
  replyPart(rest);
  replyErrorEnd();
}

/** `NOGROUP No such consumer group 'g' for key name 'k'`. */
export function errorNoGroupOfKey(key: u32, group: u32): void {
  replyErrorBegin("NOGROUP No such consumer group '");
  replyPartBytes(argPtr(group), argLen(group), u32.MAX_VALUE);
  replyPart("' for key name '");
  replyPartBytes(argPtr(key), argLen(key), u32.MAX_VALUE);
  replyPart("'");
  replyErrorEnd();
}

/** Options that a subcommand does not know, or that are too many. */
export function errorSubcommandSyntax(container: string): void {
  replyErrorBegin("ERR unknown subcommand or wrong number of arguments for '");
  replyPartBytes(argPtr(1), argLen(1), 128);
  replyPart("'. Try ");
  replyPart(container);
  replyPart(" HELP.");
  replyErrorEnd();
}

// --- trimming ---

/** The ID in XADD's arguments is left to the server. */
// @ts-ignore: decorator
@inline
export const XADD_AUTO_ID: u32 = 1;
/** … or its sequence number is. */
// @ts-ignore: decorator
@inline
export const XADD_AUTO_SEQ: u32 = 2;
// @ts-ignore: decorator
@inline
export const XADD_NO_CREATE: u32 = 4;

/** What argTrim finds, at a fixed place. */
@unmanaged
export class TrimArgs {
  strategy: u32;
  /** Index of the threshold: how many, or which ID. */
  threshold: u32;
  whole: u32;
  /** XADD_* */
  flags: u32;
  keep: i64;
  limit: i64;
}

// @ts-ignore: decorator
@inline
export function trimArgs(): TrimArgs {
  return changetype<TrimArgs>(TRIM_OPTIONS);
}

/**
 * Reads the options of XADD (`adds`: up to the ID, which goes to streamId(0)) or of XTRIM, from argument 2 on. The lowest
 * ID that is to stay goes to streamId(1).
 * @returns the index of the ID (XTRIM: behind the options); 0 = the error is replied
 */
export function argTrim(args: TrimArgs, adds: bool): u32 {
  args.strategy = TRIM_NONE;
  args.whole = 0;
  args.flags = 0;
  args.keep = 0;
  args.limit = 0;
  let limited = false;
  let i: u32 = 2;
  for (; i < root.argc; i++) {
    const hasValue = i + 1 < root.argc;
    if (adds && argIsCharacter(i, 0x2a)) {
      args.flags |= XADD_AUTO_ID;
      break;
    } else if (hasValue && argIs(i, "MAXLEN")) {
      i = argThreshold(args, i + 1, TRIM_MAXLEN);
      if (!i) return 0;
    } else if (hasValue && argIs(i, "MINID")) {
      i = argThreshold(args, i + 1, TRIM_MINID);
      if (!i) return 0;
    } else if (hasValue && argIs(i, "LIMIT")) {
      if (!argInteger(++i)) {
        errorNotInteger();
        return 0;
      }
      if (root.outI64 < 0) {
        replyError("ERR The LIMIT argument must be >= 0.");
        return 0;
      }
      args.limit = root.outI64;
      limited = true;
    } else if (adds && argIs(i, "NOMKSTREAM")) {
      args.flags |= XADD_NO_CREATE;
    } else if (adds) {
      if (!parsed(streamIdParse(streamId(0), argPtr(i), argLen(i), 0, ID_OPEN_SEQ))) return 0;
      if (root.scratch0) args.flags |= XADD_AUTO_SEQ;
      break;
    } else {
      errorSyntax();
      return 0;
    }
  }
  return checkTrim(args, adds, limited) ? i : 0;
}

/** `[= | ~] threshold` from argument `i` on. @returns the threshold's index; 0 = the error is replied */
function argThreshold(args: TrimArgs, i: u32, strategy: u32): u32 {
  if (args.strategy != TRIM_NONE) {
    replyError("ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    return 0;
  }
  if (i + 1 < root.argc) {
    if (argIsCharacter(i, 0x7e)) {
      args.whole = 1;
      i++;
    } else if (argIsCharacter(i, 0x3d)) {
      i++;
    }
  }
  if (strategy == TRIM_MINID) {
    if (!argStreamId(i, streamId(1))) return 0;
  } else {
    if (!argInteger(i)) {
      errorNotInteger();
      return 0;
    }
    args.keep = root.outI64;
    if (args.keep < 0) {
      replyError("ERR The MAXLEN argument must be >= 0.");
      return 0;
    }
  }
  args.strategy = strategy;
  args.threshold = i;
  return i;
}

function checkTrim(args: TrimArgs, adds: bool, limited: bool): bool {
  if (args.strategy == TRIM_NONE) {
    if (args.limit) {
      replyError("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
      return false;
    }
    if (!adds) {
      replyError("ERR syntax error, XTRIM must be called with a trimming strategy");
      return false;
    }
  }
  if (root.callFlags & CALL_OBEY) {
    args.limit = 0; // the threshold was found with it
  } else if (limited) {
    if (args.whole) return true;
    replyError("ERR syntax error, LIMIT cannot be used without the special ~ option");
    return false;
  } else if (args.whole) {
    const limit = 100 * settingInteger(SETTING_STREAM_NODE_MAX_ENTRIES);
    args.limit = limit <= 0 ? 10000 : min<i64>(limit, 1000000);
  }
  return true;
}
