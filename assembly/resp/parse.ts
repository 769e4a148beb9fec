/**
 * parse: RESP requests and inline commands → rows of a batch.
 *
 * Where bytes are: a chunk is parsed where it lies (the input area). What is left of it, an incomplete command, is
 * kept in the client's query buffer. A longer chunk that comes next is parsed with it in front; a shorter one is appended
 * and parsing goes on where it stood, so no byte is looked at more than twice however the command is cut. An argument of BIG_ARGUMENT bytes or more that is not all there gets
 * a block of its own that fills as chunks come: a value of 512 MB is copied once, and SET keeps the block.
 *
 * Row of a batch (32 bytes)
 *   offset  size  field    meaning
 *        0     4  argv     address of the (address, length) pairs
 *        4     4  argc
 *        8     4  id       command or subcommand, −1 = unknown
 *       12     4  end      address behind the command's bytes
 *       16     8  hash     of the first key
 *       24     4  keyArg   argument index of that key, 0 = none
 *       28     4  pieced   1 = read in pieces: arguments and big blocks hang on the client
 *
 * Source: the RESP specification at redis.io/docs; error texts are Redis'.
 */
import {
  Client,
  CLIENT_OBEY,
  CLIENT_UNAUTHENTICATED,
  clientArgAdd,
  clientBigAdd,
  clientForgetCommand,
  clientQueryAppend,
  clientQueryKeep,
} from "../client.ts";
import { CMD_CONTAINER, commandFirstKey, commandFlags, subcommandLookup } from "../generated/commands.ts";
import { hashBytes } from "../hashing/siphash.ts";
import {
  BATCH_ARGUMENTS,
  BATCH_COMMANDS,
  BIG_ARGUMENT,
  INPUT_HEADROOM,
  LINE_MAX,
  UNAUTHENTICATED_ARGUMENTS,
  UNAUTHENTICATED_BULK,
} from "../limits.ts";
import { alloc, free } from "../memory/allocator.ts";
import { commandNamed } from "../renames.ts";
import { root } from "../root.ts";
import { SETTING_CLIENT_QUERY_BUFFER_LIMIT, SETTING_PROTO_MAX_BULK_LEN, setting } from "../settings.ts";
import { formatU64, parseI64 } from "./numbers/integer.ts";
import { replyError, replyErrorBegin, replyErrorEnd, replyPartBytes, replyPart } from "./reply.ts";

@unmanaged
export class Row {
  argv: usize;
  argc: u32;
  id: i32;
  end: usize;
  hash: u64;
  keyArg: u32;
  pieced: u32;
}
// @ts-ignore: decorator
@inline
export const ROW_SIZE: usize = 32;
if (offsetof<Row>() != ROW_SIZE) ERROR("Row is not 32 bytes: mend its table");

/** Why parsing stopped. */
// @ts-ignore: decorator
@inline
export const PARSE_USED_UP: u32 = 0;
// @ts-ignore: decorator
@inline
export const PARSE_BATCH_FULL: u32 = 1;
/** The error is in the reply buffer once the batch is executed: see parseErrorReply. */
// @ts-ignore: decorator
@inline
export const PARSE_ERROR: u32 = 2;

// What a parse function says of one command.
const COMPLETE: u32 = 0;
const INCOMPLETE: u32 = 1;
const INVALID: u32 = 2;
const EMPTY: u32 = 3;
/** More arguments than the batch has room for: read it in pieces. */
const TOO_LONG: u32 = 4;

// Protocol errors, kept in root.detail until the commands before it are answered.
const ERROR_MULTIBULK_LENGTH: u32 = 1;
const ERROR_MULTIBULK_STRING: u32 = 2;
const ERROR_MULTIBULK_UNAUTHENTICATED: u32 = 3;
const ERROR_EXPECTED_DOLLAR: u32 = 4;
const ERROR_BULK_LENGTH: u32 = 5;
const ERROR_BULK_STRING: u32 = 6;
const ERROR_BULK_UNAUTHENTICATED: u32 = 7;
const ERROR_INLINE_LENGTH: u32 = 8;
const ERROR_QUOTES: u32 = 9;
const ERROR_MEMORY: u32 = 10;
/** No reply: the connection is just closed (query buffer limit). */
export const ERROR_QUERY_BUFFER: u32 = 11;

/** Allocates the batch's tables. @returns false = out of memory */
export function parserInit(): bool {
  root.batchRows = alloc(BATCH_COMMANDS * ROW_SIZE);
  root.batchArgs = alloc(BATCH_ARGUMENTS << 3);
  root.batchArgsCapacity = BATCH_ARGUMENTS;
  return root.batchRows != 0 && root.batchArgs != 0;
}

/** Gives the parser a chunk. @returns false = it stops here: see root.batchStop (the chunk is kept or wanted more) */
export function parserFeed(client: Client, ptr: usize, len: u32): void {
  root.batchCount = 0;
  root.batchNext = 0;
  root.batchStop = PARSE_USED_UP;
  if (client.big) {
    const take = min(len, <u32>client.bulkLen - client.bigFilled);
    memory.copy(client.big + client.bigFilled, ptr, take);
    client.bigFilled += take;
    ptr += take;
    len -= take;
  }
  if (client.queryUsed || client.argCount || client.big) {
    if (<f64>(client.queryUsed + len) > setting(SETTING_CLIENT_QUERY_BUFFER_LIMIT))
      return fail(ERROR_QUERY_BUFFER);
    if (client.queryUsed <= min(len, INPUT_HEADROOM) && ptr == root.inputPtr && !inPieces(client)) {
      return layInFront(client, ptr, len);
    }
    if (len && !clientQueryAppend(client, ptr, len)) return fail(ERROR_MEMORY);
    root.batchPos = client.query;
    root.batchEnd = client.query + client.queryUsed;
  } else {
    root.batchPos = ptr;
    root.batchEnd = ptr + len;
  }
}

// @ts-ignore: decorator
@inline
function inPieces(client: Client): bool {
  return (client.argCount | client.argsLeft | client.big | client.skip | client.parsePos) != 0;
}

/**
 * What is left of the last chunk, whose parsing has not begun, goes in front of this longer one, and all is parsed where
 * it lies: a pipeline that fills every chunk is not copied once more.
 */
function layInFront(client: Client, ptr: usize, len: u32): void {
  const start = ptr - client.queryUsed;
  memory.copy(start, client.query, client.queryUsed);
  client.queryUsed = 0;
  root.batchPos = start;
  root.batchEnd = ptr + len;
}

function fail(error: u32): void {
  root.batchStop = PARSE_ERROR;
  root.detail = error;
}

/**
 * Parses commands into the batch until it is full or the bytes are used up; what is incomplete goes to the client.
 * Sets root.batchCount and root.batchStop.
 */
export function parseBatch(client: Client): void {
  root.batchCount = 0;
  root.batchNext = 0;
  root.batchArgsUsed = 0;
  if (root.batchStop == PARSE_ERROR) return;
  root.batchStop = PARSE_USED_UP;
  if (client.argCount || client.argsLeft || client.big) {
    if (!parsePieces(client)) return;
  }
  while (root.batchPos < root.batchEnd) {
    if (root.batchCount == BATCH_COMMANDS) {
      root.batchStop = PARSE_BATCH_FULL;
      return;
    }
    const start = root.batchPos;
    const outcome = load<u8>(start) == 0x2a ? parseMultibulk(client) : parseLine(client);
    if (outcome == COMPLETE || outcome == EMPTY) continue;
    if (outcome == INVALID) {
      root.batchStop = PARSE_ERROR;
      return;
    }
    if (outcome == TOO_LONG && root.batchCount) {
      root.batchPos = start;
      root.batchStop = PARSE_BATCH_FULL;
      return;
    }
    root.batchPos = start;
    if (outcome == INCOMPLETE && root.batchCount) {
      // Rows may point into the query buffer: keep the rest when they have been executed (parserKeepRest).
      root.batchStop = PARSE_USED_UP;
      return;
    }
    if (!keepRest(client)) return fail(ERROR_MEMORY);
    if (load<u8>(client.query) == 0x2a && !parsePieces(client)) return;
    if (!root.batchCount) return;
  }
}

/** After a batch has been executed and the bytes are used up: keeps an incomplete command for the next chunk. */
export function parserKeepRest(client: Client): void {
  if (root.batchStop == PARSE_ERROR) return;
  if (root.batchPos >= root.batchEnd) {
    if (!client.argCount && !client.argsLeft && client.query) clientQueryKeep(client, 0, 0);
    return;
  }
  if (client.argCount || client.argsLeft) return; // pieces are in the query buffer already
  if (!keepRest(client)) fail(ERROR_MEMORY);
}

/** Copies the unparsed bytes to the front of the query buffer and goes on there. */
function keepRest(client: Client): bool {
  if (!clientQueryKeep(client, root.batchPos, <u32>(root.batchEnd - root.batchPos))) return false;
  root.batchPos = client.query;
  root.batchEnd = client.query + client.queryUsed;
  return true;
}

/** The client goes on later (blocked, closing): everything behind the row being executed is kept in its query buffer. */
export function parserSuspend(client: Client, rowEnd: usize): void {
  const rest = <u32>(root.batchEnd - rowEnd);
  clientQueryKeep(client, rowEnd, rest);
  root.batchPos = 0;
  root.batchEnd = 0;
  root.batchCount = 0;
  root.batchNext = 0;
  root.batchStop = PARSE_USED_UP;
}

/** Bytes of `*` or `$`, a 32-bit number and CR LF. */
const HEADER_MAX: u32 = 13;

/**
 * As parserSuspend, and the command of `row` comes first again. It is encoded anew: of a command that came in pieces the
 * bytes are not in one place.
 * @returns false = out of memory, nothing has changed. O(bytes)
 */
export function parserRewind(client: Client, row: Row): bool {
  const rest = <u32>(root.batchEnd - row.end);
  let size = HEADER_MAX + rest;
  for (let i: u32 = 0; i < row.argc; i++) size += HEADER_MAX + 2 + load<u32>(row.argv + (i << 3), 4);
  const query = alloc(size);
  if (!query) return false;
  let at = putHeader(query, 0x2a, row.argc);
  for (let i: u32 = 0; i < row.argc; i++) {
    const len = load<u32>(row.argv + (i << 3), 4);
    at = putHeader(at, 0x24, len);
    memory.copy(at, load<u32>(row.argv + (i << 3)), len);
    store<u16>(at + len, CR_LF);
    at += len + 2;
  }
  memory.copy(at, row.end, rest);
  parserRowDone(client, row);
  parserSuspend(client, root.batchEnd);
  client.query = query;
  client.queryCapacity = size;
  client.queryUsed = <u32>(at - query) + rest;
  return true;
}

/** `*3` CR LF. @returns the address behind it */
function putHeader(at: usize, sign: u8, n: u32): usize {
  store<u8>(at, sign);
  const end = at + 1 + formatU64(n, at + 1);
  store<u16>(end, CR_LF);
  return end + 2;
}

const CR_LF: u16 = 0x0a0d;

/** Replies the protocol error that stopped the batch, in Redis' words. */
export function parseErrorReply(): void {
  switch (root.detail) {
    case ERROR_MULTIBULK_LENGTH:
      return replyError("ERR Protocol error: invalid multibulk length");
    case ERROR_MULTIBULK_STRING:
      return replyError("ERR Protocol error: too big mbulk count string");
    case ERROR_MULTIBULK_UNAUTHENTICATED:
      return replyError("ERR Protocol error: unauthenticated multibulk length");
    case ERROR_EXPECTED_DOLLAR: {
      replyErrorBegin("ERR Protocol error: expected '$', got '");
      const at = root.replyPos;
      store<u8>(at, <u8>root.detail2);
      replyPartBytes(at, 1, 1);
      replyPart("'");
      return replyErrorEnd();
    }
    case ERROR_BULK_LENGTH:
      return replyError("ERR Protocol error: invalid bulk length");
    case ERROR_BULK_STRING:
      return replyError("ERR Protocol error: too big bulk count string");
    case ERROR_BULK_UNAUTHENTICATED:
      return replyError("ERR Protocol error: unauthenticated bulk length");
    case ERROR_INLINE_LENGTH:
      return replyError("ERR Protocol error: too big inline request");
    case ERROR_QUOTES:
      return replyError("ERR Protocol error: unbalanced quotes in request");
    case ERROR_MEMORY:
      return replyError("OOM command not allowed when used memory > 'maxmemory'.");
  }
}

// --- whole commands ---

/** What is no RESP: an inline command, or a line of notes in an AOF. */
function parseLine(client: Client): u32 {
  if (!(client.flags & CLIENT_OBEY)) return parseInline();
  if (load<u8>(root.batchPos) != NOTE) {
    root.detail = ERROR_INLINE_LENGTH;
    return INVALID;
  }
  for (let at = root.batchPos; at < root.batchEnd; at++) {
    if (load<u8>(at) != 0x0a) continue;
    root.batchPos = at + 1;
    return EMPTY;
  }
  return INCOMPLETE;
}

/** # */
const NOTE: u32 = 0x23;

/**
 * Reads a number up to CR LF at root.batchPos + 1 into root.outI64 and moves on behind the line.
 * @returns COMPLETE, INCOMPLETE, or INVALID (then root.detail is `tooLong`, or 0 where it is no number)
 */
function parseLength(tooLong: u32): u32 {
  let at = root.batchPos + 1;
  const end = root.batchEnd;
  // The common case: a few digits.
  let n: u32 = 0;
  let digits: u32 = 0;
  while (at < end && digits < 9) {
    const c = <u32>load<u8>(at) - 0x30;
    if (c > 9) break;
    n = n * 10 + c;
    digits++;
    at++;
  }
  if (at + 1 < end && load<u8>(at) == 0x0d && digits && (digits == 1 || load<u8>(root.batchPos, 1) != 0x30)) {
    root.outI64 = n;
    root.batchPos = at + 2;
    return COMPLETE;
  }
  const from = root.batchPos + 1;
  while (at < end && load<u8>(at) != 0x0d) at++;
  if (at + 1 >= end) {
    if (at >= end && end - root.batchPos > LINE_MAX) {
      root.detail = tooLong;
      return INVALID;
    }
    return INCOMPLETE;
  }
  root.detail = 0;
  root.batchPos = at + 2;
  return parseI64(from, at - from) ? COMPLETE : INVALID;
}

function parseCount(client: Client): u32 {
  const outcome = parseLength(ERROR_MULTIBULK_STRING);
  if (outcome == INCOMPLETE) return INCOMPLETE;
  if (outcome == INVALID || root.outI64 > 2147483647) {
    if (outcome == COMPLETE || !root.detail) root.detail = ERROR_MULTIBULK_LENGTH;
    return INVALID;
  }
  if (root.outI64 > UNAUTHENTICATED_ARGUMENTS && client.flags & CLIENT_UNAUTHENTICATED) {
    root.detail = ERROR_MULTIBULK_UNAUTHENTICATED;
    return INVALID;
  }
  return root.outI64 <= 0 ? EMPTY : COMPLETE;
}

function parseBulkLength(client: Client): u32 {
  if (load<u8>(root.batchPos) != 0x24) {
    // Redis looks for the line's end before it looks at the first byte.
    const at = root.batchPos;
    const first = load<u8>(at);
    const outcome = parseLength(ERROR_BULK_STRING);
    if (outcome == INCOMPLETE) return INCOMPLETE;
    if (outcome == INVALID && root.detail == ERROR_BULK_STRING) return INVALID;
    root.detail = ERROR_EXPECTED_DOLLAR;
    root.detail2 = first;
    return INVALID;
  }
  const outcome = parseLength(ERROR_BULK_STRING);
  if (outcome == INCOMPLETE) return INCOMPLETE;
  if (outcome == INVALID || root.outI64 < 0 || <f64>root.outI64 > setting(SETTING_PROTO_MAX_BULK_LEN)) {
    if (outcome == COMPLETE || !root.detail) root.detail = ERROR_BULK_LENGTH;
    return INVALID;
  }
  if (root.outI64 > UNAUTHENTICATED_BULK && client.flags & CLIENT_UNAUTHENTICATED) {
    root.detail = ERROR_BULK_UNAUTHENTICATED;
    return INVALID;
  }
  return COMPLETE;
}

/**
 * A command of the RESP form that lies whole at root.batchPos. Lengths of one and two digits, which nearly all are, are
 * read here; what looks any different goes to parseCount and parseBulkLength, which know every rule.
 */
function parseMultibulk(client: Client): u32 {
  const end = root.batchEnd;
  let at = root.batchPos;
  let argc: u32;
  if (at + 4 <= end && <u32>load<u8>(at, 1) - 0x31 < 9 && load<u16>(at, 2) == CRLF) {
    argc = <u32>load<u8>(at, 1) - 0x30;
    at += 4;
  } else {
    const outcome = parseCount(client);
    if (outcome != COMPLETE) return outcome;
    argc = <u32>root.outI64;
    at = root.batchPos;
  }
  if (root.batchArgsUsed + argc > BATCH_ARGUMENTS) return TOO_LONG;
  const argv = root.batchArgs + (root.batchArgsUsed << 3);
  for (let pair = argv, last = argv + (argc << 3); pair < last; pair += 8) {
    let len: usize;
    if (at + 6 > end) {
      if (at >= end) return INCOMPLETE;
      len = NOT_SHORT;
    } else {
      len = shortBulkLength(at);
    }
    if (len < 100) {
      at += len < 10 ? 4 : 5;
    } else {
      root.batchPos = at;
      const bulk = parseBulkLength(client);
      if (bulk != COMPLETE) return bulk;
      len = <usize>root.outI64;
      at = root.batchPos;
    }
    if (end - at < len + 2) return INCOMPLETE;
    store<u32>(pair, at);
    store<u32>(pair, len, 4);
    at += len + 2;
  }
  root.batchPos = at;
  root.batchArgsUsed += argc;
  addRow(argv, argc, 0);
  return COMPLETE;
}

// @ts-ignore: decorator
@inline
const CRLF: u32 = 0x0a0d;
// @ts-ignore: decorator
@inline
const NOT_SHORT: usize = 0xffffffff;

/** Length in a `$n` or `$nn` line at `at` (6 bytes are there); NOT_SHORT = it is none such. */
// @ts-ignore: decorator
@inline
function shortBulkLength(at: usize): usize {
  const word = load<u32>(at);
  const high = ((word >> 8) & 255) - 0x30;
  if ((word & 255) != 0x24 || high > 9) return NOT_SHORT;
  if (word >> 16 == CRLF) return high;
  const low = ((word >> 16) & 255) - 0x30;
  return low < 10 && high != 0 && load<u16>(at, 3) == CRLF ? high * 10 + low : NOT_SHORT;
}

function addRow(argv: usize, argc: u32, pieced: u32): void {
  const row = changetype<Row>(root.batchRows + root.batchCount * ROW_SIZE);
  row.argv = argv;
  row.argc = argc;
  row.end = root.batchPos;
  row.pieced = pieced;
  row.keyArg = 0;
  root.batchCount++;
  let id = commandNamed(load<u32>(argv), load<u32>(argv, 4));
  if (id >= 0) {
    if (commandFlags(id) & CMD_CONTAINER && argc > 1) {
      const sub = subcommandLookup(id, load<u32>(argv, 8), load<u32>(argv, 12));
      if (sub >= 0) id = sub;
    }
    const keyArg = <u32>commandFirstKey(id);
    if (keyArg && keyArg < argc) {
      row.keyArg = keyArg;
      row.hash = hashBytes(load<u32>(argv + (keyArg << 3)), load<u32>(argv + (keyArg << 3), 4));
    }
  }
  row.id = id;
}

// --- commands in pieces ---

/**
 * Goes on with a command of the RESP form in the query buffer from where it stood.
 * @returns true = it is complete and a row of the batch, or there is none; false = it needs more, or is invalid
 */
function parsePieces(client: Client): bool {
  root.batchPos = client.query + client.parsePos;
  root.batchEnd = client.query + client.queryUsed;
  if (client.big) {
    if (client.bigFilled < <u32>client.bulkLen) {
      root.detail = <u32>client.bulkLen - client.bigFilled;
      return false;
    }
    if (!clientBigAdd(client, client.big) || !clientArgAdd(client, 0, <u32>client.bulkLen)) {
      fail(ERROR_MEMORY);
      return false;
    }
    client.big = 0;
    argDone(client);
    client.skip = 2;
  }
  if (!client.argsLeft && !client.argCount) {
    const outcome = parseCount(client);
    if (outcome == INCOMPLETE) return false;
    if (outcome == INVALID) {
      root.batchStop = PARSE_ERROR;
      return false;
    }
    client.parsePos = <u32>(root.batchPos - client.query);
    if (outcome == EMPTY) {
      client.parsePos = 0;
      return true;
    }
    client.argsLeft = <u32>root.outI64;
  }
  while (client.argsLeft || client.skip) {
    const have = <u32>(root.batchEnd - root.batchPos);
    if (client.skip) {
      const n = min(client.skip, have);
      client.skip -= n;
      moveTo(client, root.batchPos + n);
      if (client.skip) return false;
      continue;
    }
    if (client.bulkLen < 0) {
      if (!have) return false;
      const outcome = parseBulkLength(client);
      if (outcome == INCOMPLETE) {
        root.batchPos = client.query + client.parsePos;
        return false;
      }
      if (outcome == INVALID) {
        root.batchStop = PARSE_ERROR;
        return false;
      }
      client.bulkLen = <i32>root.outI64;
      moveTo(client, root.batchPos);
      continue;
    }
    const len = <u32>client.bulkLen;
    if (have >= len + 2) {
      if (!clientArgAdd(client, client.parsePos, len)) {
        fail(ERROR_MEMORY);
        return false;
      }
      moveTo(client, root.batchPos + len + 2);
      argDone(client);
      continue;
    }
    if (len < BIG_ARGUMENT) return false;
    return beginBig(client, len, have);
  }
  for (let i: u32 = 0; i < client.argCount; i++) {
    const pair = client.args + (i << 3);
    store<u32>(pair, load<u32>(pair) + client.query);
  }
  const bigs: u32 = client.bigList ? load<u32>(client.bigList) : 0;
  for (let i: u32 = 0; i < bigs; i++) {
    const pair = client.bigList + 4 + (i << 3);
    store<u32>(client.args + (load<u32>(pair) << 3), load<u32>(pair, 4));
  }
  addRow(client.args, client.argCount, 1);
  // The row keeps args and blocks until parserRowDone; parsing starts afresh.
  client.parsePos = 0;
  client.argCount = 0;
  return true;
}

// @ts-ignore: decorator
@inline
function moveTo(client: Client, pos: usize): void {
  root.batchPos = pos;
  client.parsePos = <u32>(pos - client.query);
}

// @ts-ignore: decorator
@inline
function argDone(client: Client): void {
  client.bulkLen = -1;
  client.argsLeft--;
}

/** Moves what is there of a big argument to a block of its own; the rest will come straight into it. */
function beginBig(client: Client, len: u32, have: u32): bool {
  const block = alloc(len);
  if (!block) {
    fail(ERROR_MEMORY);
    return false;
  }
  const payload = min(have, len);
  memory.copy(block, root.batchPos, payload);
  client.big = block;
  client.bigFilled = payload;
  // All that follows in the query buffer is at most the CR of CR LF.
  const rest = have - payload;
  memory.copy(client.query + client.parsePos, root.batchPos + payload, rest);
  client.queryUsed = client.parsePos + rest;
  root.batchEnd = client.query + client.queryUsed;
  if (payload == len) return parsePieces(client);
  root.detail = len - payload;
  return false;
}

/** A row read in pieces has been executed: its arguments and blocks go. */
// @ts-ignore: decorator
@inline
export function parserRowDone(client: Client, row: Row): void {
  if (row.pieced) clientForgetCommand(client);
}

// --- inline commands ---

/** A line of words as a person types them; quotes and escapes are resolved in place. */
function parseInline(): u32 {
  const from = root.batchPos;
  const limit = root.batchEnd;
  let lineEnd = from;
  while (lineEnd < limit && load<u8>(lineEnd) != 0x0a) lineEnd++;
  if (lineEnd == limit) {
    if (limit - from > LINE_MAX) {
      root.detail = ERROR_INLINE_LENGTH;
      return INVALID;
    }
    return INCOMPLETE;
  }
  root.batchPos = lineEnd + 1;
  const end = lineEnd > from && load<u8>(lineEnd - 1) == 0x0d ? lineEnd - 1 : lineEnd;
  // Words are unquoted in place, so there must be room for them before that begins.
  const words = <u32>((end - from) >> 1) + 1;
  if (root.batchArgsUsed + words > BATCH_ARGUMENTS) {
    if (root.batchCount) return TOO_LONG;
    if (!reserveArguments(words)) {
      root.detail = ERROR_MEMORY;
      return INVALID;
    }
  }
  const argv = root.batchArgs + (root.batchArgsUsed << 3);
  let argc: u32 = 0;
  let at = from;
  while (true) {
    while (at < end && isBlank(load<u8>(at))) at++;
    if (at >= end) break;
    const next = inlineWord(at, end);
    if (!next) {
      root.detail = ERROR_QUOTES;
      return INVALID;
    }
    store<u32>(argv + (argc << 3), at);
    store<u32>(argv + (argc << 3), root.outLen, 4);
    argc++;
    at = next;
  }
  if (!argc) return EMPTY;
  root.batchArgsUsed += argc;
  addRow(argv, argc, 0);
  return COMPLETE;
}

/** Makes room for a command of so many arguments in a batch of its own. @returns false = out of memory */
function reserveArguments(count: u32): bool {
  if (count <= root.batchArgsCapacity) return true;
  const table = alloc(count << 3);
  if (!table) return false;
  free(root.batchArgs);
  root.batchArgs = table;
  root.batchArgsCapacity = count;
  return true;
}

// @ts-ignore: decorator
@inline
function isBlank(c: u32): bool {
  return c == 0x20 || c - 9 < 5;
}

function hexDigit(c: u32): i32 {
  if (c - 0x30 < 10) return <i32>(c - 0x30);
  c |= 0x20;
  return c - 0x61 < 6 ? <i32>(c - 0x57) : -1;
}

/**
 * Unquotes the word at `at` in place, to the same place. @returns the address behind it, its length in
 * root.outLen; 0 = quotes do not match
 */
function inlineWord(at: usize, end: usize): usize {
  let to = at;
  const start = at;
  while (at < end) {
    let c: u32 = load<u8>(at);
    if (c == 0x22) {
      at++;
      while (true) {
        if (at >= end) return 0;
        c = load<u8>(at);
        if (c == 0x5c && at + 3 < end && load<u8>(at, 1) == 0x78) {
          const high = hexDigit(load<u8>(at, 2));
          const low = hexDigit(load<u8>(at, 3));
          if (high >= 0 && low >= 0) {
            store<u8>(to++, <u8>((high << 4) | low));
            at += 4;
            continue;
          }
        }
        if (c == 0x5c && at + 1 < end) {
          store<u8>(to++, <u8>escaped(load<u8>(at, 1)));
          at += 2;
          continue;
        }
        at++;
        if (c == 0x22) break;
        store<u8>(to++, <u8>c);
      }
      if (at < end && !isBlank(load<u8>(at))) return 0;
      break;
    }
    if (c == 0x27) {
      at++;
      while (true) {
        if (at >= end) return 0;
        c = load<u8>(at);
        if (c == 0x5c && at + 1 < end && load<u8>(at, 1) == 0x27) {
          store<u8>(to++, 0x27);
          at += 2;
          continue;
        }
        at++;
        if (c == 0x27) break;
        store<u8>(to++, <u8>c);
      }
      if (at < end && !isBlank(load<u8>(at))) return 0;
      break;
    }
    if (isBlank(c)) break;
    store<u8>(to++, <u8>c);
    at++;
  }
  root.outLen = <u32>(to - start);
  return at;
}

function escaped(c: u32): u32 {
  switch (c) {
    case 0x6e:
      return 0x0a; // n
    case 0x72:
      return 0x0d; // r
    case 0x74:
      return 0x09; // t
    case 0x62:
      return 0x08; // b
    case 0x61:
      return 0x07; // a
    default:
      return c;
  }
}
