/**
 * execute: a chunk of a client's bytes: parse → warm → execute → reply, and every reason to stop early.
 *
 * Why in that order: the commands of a batch are known before the first runs, so their buckets and entries are touched
 * with loads that do not wait for each other, and the processor overlaps the cache misses (DESIGN: 482 → 226 ns a
 * GET over 3 M keys).
 *
 * A batch may stop after any command (status below); the host does its part and calls resume, or suspend where the
 * client must wait. Until then no other client's bytes may be executed: rows point into the input area.
 */
import {
  Client,
  CLIENT_DIRTY_EXEC,
  CLIENT_EXECUTING,
  CLIENT_GATED,
  CLIENT_MULTI,
  CLIENT_NO_TOUCH,
  CLIENT_OBEY,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  CLIENT_REPLY_SKIP_NEXT,
  CLIENT_SPECIAL,
  CLIENT_TRACKING,
  CLIENT_UNAUTHENTICATED,
} from "./client.ts";
import {
  CMD_CONTAINER,
  CMD_DENYOOM,
  CMD_HOST,
  CMD_NO_AUTH,
  CMD_NO_MULTI,
  CMD_PLANNED,
  CMD_PUBSUB,
  CMD_READONLY,
  CMD_TIMED,
  CMD_UNQUEUED,
  COMMAND_COUNT,
  commandArity,
  commandFlags,
  commandNameLen,
  commandNamePtr,
  dispatch,
} from "./generated/commands.ts";
import { emitRead, WATCHING_READS } from "./keyspace/events.ts";
import { memoryAllows } from "./keyspace/evict.ts";
import { databaseAt } from "./keyspace/keyspace.ts";
import { CALL_ANY_MEMORY, CALL_NO_TOUCH, CALL_OBEY } from "./keyspace/lookup.ts";
import { warmBatch } from "./keyspace/warm.ts";
import { latencyInit, latencyNote } from "./latency.ts";
import { TIMED_ARGUMENTS } from "./limits.ts";
import { allocZeroed } from "./memory/allocator.ts";
import { isPermitted } from "./permissions.ts";
import { PROPAGATE_AS_IS, propagateArguments } from "./propagate/stream.ts";
import { argIs, argLen, argPtr } from "./resp/args.ts";
import { errorArity, errorOutOfMemory } from "./resp/errors.ts";
import {
  PARSE_BATCH_FULL,
  PARSE_ERROR,
  parseBatch,
  parseErrorReply,
  parserFeed,
  parserKeepRest,
  parserRewind,
  parserRowDone,
  parserSuspend,
  Row,
  ROW_SIZE,
} from "./resp/parse.ts";
import {
  replyBegin,
  replyDiscard,
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyFinish,
  replyPart,
  replyPartBytes,
} from "./resp/reply.ts";
import { root } from "./root.ts";
import { takesAnyArity } from "./renames.ts";
import { slowCommand } from "./slow.ts";
import {
  transactionDiscard,
  transactionMute,
  transactionProceed,
  transactionQueue,
  transactionRun,
} from "./transaction.ts";

// Status: why execute or resume returned. bindings/abi.ts repeats them, checked by a test.
/** The chunk is used up; root.detail is the number of bytes known to be missing for a command (0 = unknown or none). */
// @ts-ignore: decorator
@inline
export const STATUS_DONE: u32 = 0;
/** root.commandId with root.argv is the host's; it adds its reply (replyReserve) and calls resume. */
// @ts-ignore: decorator
@inline
export const STATUS_HOST_COMMAND: u32 = 1;
/** The command waits for keys (root.blockFirst … blockTimeoutMs): the host parks the client and calls suspend. */
// @ts-ignore: decorator
@inline
export const STATUS_BLOCK: u32 = 2;
/** The reply buffer is large: write it out, then resume. */
// @ts-ignore: decorator
@inline
export const STATUS_FLUSH: u32 = 3;
/** Write the replies, the last of which says why, and close the connection. */
// @ts-ignore: decorator
@inline
export const STATUS_PROTOCOL_ERROR: u32 = 4;
/** Something the host must see before the next command (root.interrupt, events): drain, then resume. */
// @ts-ignore: decorator
@inline
export const STATUS_INTERRUPT: u32 = 5;
/** A gated client's command before it runs: the host looks at it, then calls proceed, or replies and calls resume. */
// @ts-ignore: decorator
@inline
export const STATUS_GATE: u32 = 6;

// Bits of root.interrupt.
/** Keys are ready for blocked clients. */
// @ts-ignore: decorator
@inline
export const INTERRUPT_READY: u32 = 1;
/** The command asked to block. */
// @ts-ignore: decorator
@inline
export const INTERRUPT_BLOCK: u32 = 2;

/** One batch in so many is a sample: its first commands are timed, whatever they are. */
// @ts-ignore: decorator
@inline
const BATCH_SAMPLE: u32 = 16;
/** … of batches as short as this, to which a look at the clock is little, one in so many. */
// @ts-ignore: decorator
@inline
const SHORT_BATCH: u32 = 2;
// @ts-ignore: decorator
@inline
const SHORT_BATCH_SAMPLE: u32 = 4;
/** Commands that are timed in a sample. */
// @ts-ignore: decorator
@inline
const SAMPLED_COMMANDS: u32 = 16;

/**
 * Statistics of one command (56 bytes): 0 calls u64 · 8 microseconds f64 · 16 rejected u64 · 24 failed u64 · 32 timed u64: of
 * how many calls the microseconds are · 40 sampled u64, 48 microseconds f64: the same of those timed because the batch was a
 * sample. Where a call is neither timed nor sampled, it is taken to have lasted as long as the sampled ones on average.
 */
// @ts-ignore: decorator
@inline
export const COMMAND_STATS_SIZE: u32 = 56;

/** Microseconds of a monotonic clock: for CMD_TIMED commands (slow log, statistics). The others share their batch's time. */
// @ts-ignore: decorator
@external("env", "clock")
declare function clock(): f64;

/** Allocates the statistics. @returns false = out of memory */
export function executeInit(): bool {
  root.commandStats = allocZeroed(COMMAND_COUNT * COMMAND_STATS_SIZE);
  return root.commandStats != 0 && latencyInit();
}

/** Executes a chunk of `len` bytes at `ptr` for a client. The clock is set by now. @returns STATUS_* */
export function executeChunk(at: usize, ptr: usize, len: u32): u32 {
  root.detail = 0;
  root.client = at;
  enterClient(at);
  parserFeed(changetype<Client>(at), ptr, len);
  return nextBatches(changetype<Client>(at));
}

/** Goes on after a status that was not DONE. @returns STATUS_* */
export function executeResume(at: usize): u32 {
  const client = changetype<Client>(at);
  root.client = at;
  enterClient(at);
  if (client.flags & CLIENT_EXECUTING) {
    transactionMute(client);
    const status = transactionRun(client);
    if (status != STATUS_DONE) return status;
  }
  // What a host command has brought about (a script that pushes) is dealt with before the next command.
  if (root.interrupt) return STATUS_INTERRUPT;
  if (root.batchNext < root.batchCount || root.batchRow) {
    const status = executeRows(client);
    if (status != STATUS_DONE) return status;
  }
  return afterBatch(client) ? nextBatches(client) : batchStatus();
}

/** The gate's yes: runs the command that was held up, a row or one that EXEC has come to. @returns STATUS_* */
export function executeProceed(at: usize): u32 {
  const client = changetype<Client>(at);
  root.client = at;
  enterClient(at);
  let status: u32;
  if (client.flags & CLIENT_EXECUTING) {
    status = transactionProceed();
  } else {
    const row = changetype<Row>(root.batchRow);
    replyBegin();
    status = runOrQueue(client, row.id, commandFlags(row.id));
  }
  return status == STATUS_DONE ? executeResume(at) : status;
}

/** The client waits or goes: what it sent behind the current command is kept for later. */
export function executeSuspend(at: usize): void {
  const client = changetype<Client>(at);
  const row = changetype<Row>(root.batchRow);
  if (changetype<usize>(row)) {
    parserSuspend(client, row.end);
    parserRowDone(client, row);
  }
  root.batchRow = 0;
}

/**
 * As executeSuspend, but the current command is kept, too: it will be the first to run.
 * @returns false = out of memory, nothing has changed
 */
export function executeRewind(at: usize): bool {
  const client = changetype<Client>(at);
  const row = changetype<Row>(root.batchRow);
  if (changetype<usize>(row) && !parserRewind(client, row)) return false;
  root.batchRow = 0;
  return true;
}

/** The client's database, version and flags become those of the commands that follow. */
function enterClient(at: usize): void {
  const client = changetype<Client>(at);
  root.db = databaseAt(client.db);
  root.resp = client.resp;
  root.callFlags =
    (client.flags & CLIENT_NO_TOUCH ? CALL_NO_TOUCH : 0) | (client.flags & CLIENT_OBEY ? CALL_OBEY : 0);
}

function nextBatches(client: Client): u32 {
  do {
    parseBatch(client);
    if (root.batchCount > 1) warmBatch();
    const status = executeRows(client);
    if (status != STATUS_DONE) return status;
  } while (afterBatch(client));
  return batchStatus();
}

/** Whether there is more to parse; where not, what is left is kept. */
function afterBatch(client: Client): bool {
  if (root.batchStop == PARSE_BATCH_FULL) return true;
  parserKeepRest(client);
  return false;
}

function batchStatus(): u32 {
  if (root.batchStop != PARSE_ERROR) return STATUS_DONE;
  replyBegin();
  parseErrorReply();
  return STATUS_PROTOCOL_ERROR;
}

function executeRows(client: Client): u32 {
  const commands = root.batchCount;
  const period = commands <= SHORT_BATCH ? SHORT_BATCH_SAMPLE : BATCH_SAMPLE;
  if (root.batches++ & (period - 1) || root.timeAll) return runRows(client);
  root.sampleLeft = SAMPLED_COMMANDS;
  root.sampleWeight = (period * max(commands, SAMPLED_COMMANDS)) / SAMPLED_COMMANDS;
  root.timeAll = CMD_TIMED;
  const status = runRows(client);
  root.timeAll = 0;
  root.sampleWeight = 0;
  return status;
}

function runRows(client: Client): u32 {
  if (root.batchRow) rowDone(client);
  while (root.batchNext < root.batchCount) {
    const row = changetype<Row>(root.batchRows + root.batchNext++ * ROW_SIZE);
    root.batchRow = changetype<usize>(row);
    const status = executeRow(client, row);
    if (status != STATUS_DONE) return status;
    rowDone(client);
    if (<u32>(root.replyPos - root.replyStart) >= root.replyFlushAt) return STATUS_FLUSH;
  }
  return STATUS_DONE;
}

// @ts-ignore: decorator
@inline
function rowDone(client: Client): void {
  const row = changetype<Row>(root.batchRow);
  if (row.pieced) parserRowDone(client, row);
  if (client.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP | CLIENT_REPLY_SKIP_NEXT)) muteReply(client);
  root.batchRow = 0;
}

/** CLIENT REPLY: throws the reply away, moves SKIP on. */
function muteReply(client: Client): void {
  if (client.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) replyDiscard();
  client.flags &= ~CLIENT_REPLY_SKIP;
  if (client.flags & CLIENT_REPLY_SKIP_NEXT) {
    client.flags = (client.flags & ~CLIENT_REPLY_SKIP_NEXT) | CLIENT_REPLY_SKIP;
  }
}

// @ts-ignore: decorator
@inline
function executeRow(client: Client, row: Row): u32 {
  root.argc = row.argc;
  root.argv = row.argv;
  root.commandId = row.id;
  root.keyHash = row.hash;
  root.hashedArg = row.keyArg ? row.keyArg : 0xffffffff;
  root.bigArg = row.pieced ? client.bigList : 0;
  replyBegin();
  const id = row.id;
  const flags: u32 = id >= 0 ? commandFlags(id) : CMD_PLANNED;
  if (id < 0 && looksLikeHttp()) return STATUS_PROTOCOL_ERROR;
  if (!checkCommand(id, flags)) {
    refused(client, id);
    return STATUS_DONE;
  }
  if (client.flags & CLIENT_SPECIAL) {
    if (client.flags & CLIENT_UNAUTHENTICATED && !(flags & CMD_NO_AUTH)) {
      countRejected(id);
      replyError("NOAUTH Authentication required.");
      return STATUS_DONE;
    }
    if (client.flags & CLIENT_GATED && !isPermitted(client, id)) return STATUS_GATE;
  }
  return runOrQueue(client, id, flags);
}

/** Runs a command that nobody objects to, or queues it where MULTI is open. @returns STATUS_* */
// @ts-ignore: decorator
@inline
export function runOrQueue(client: Client, id: i32, flags: u32): u32 {
  if (client.flags & CLIENT_MULTI && !(flags & CMD_UNQUEUED)) {
    queueCommand(client, flags);
    return STATUS_DONE;
  }
  const status = runCommand(id, flags);
  return client.flags & CLIENT_EXECUTING ? transactionRun(client) : status;
}

function queueCommand(client: Client, flags: u32): void {
  if (flags & CMD_NO_MULTI) {
    client.flags |= CLIENT_DIRTY_EXEC;
    countRejected(root.commandId);
    return replyError("ERR Command not allowed inside a transaction");
  }
  if (flags & CMD_DENYOOM && root.usedMemory > root.memoryLimit && !memoryAllows()) {
    client.flags |= CLIENT_DIRTY_EXEC;
    countRejected(root.commandId);
    return errorOutOfMemory();
  }
  transactionQueue(client);
}

/**
 * Whether a browser was made to send this (a line `POST …` or `Host: …`): the connection is closed without a word, as
 * Redis does against cross-protocol scripting.
 */
function looksLikeHttp(): bool {
  return argIs(0, "POST") || argIs(0, "HOST:");
}

/** A command was refused: EXEC will abort where MULTI is open; a refused EXEC aborts at once, and says why. */
function refused(client: Client, id: i32): void {
  if (client.flags & CLIENT_MULTI) client.flags |= CLIENT_DIRTY_EXEC;
  if (id < 0 || commandNameLen(id) != 4 || load<u32>(commandNamePtr(id)) != EXEC_NAME) return;
  transactionDiscard(client);
  replyDiscard();
  replyError("EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command");
}

/** "exec" */
const EXEC_NAME: u32 = 0x63657865;

/**
 * Whether a command exists and has the right number of arguments; where not, the error is replied.
 * @param id  as looked up from argv: a subcommand's where there is one
 */
// @ts-ignore: decorator
@inline
export function checkCommand(id: i32, flags: u32): bool {
  if (!(flags & (CMD_PLANNED | CMD_CONTAINER)) && arityFits(id)) return true;
  return checkSlowly(id, flags);
}

// @ts-ignore: decorator
@inline
function arityFits(id: i32): bool {
  const arity = commandArity(id);
  return arity > 0 ? <i32>root.argc == arity : <i32>root.argc >= -arity;
}

function checkSlowly(id: i32, flags: u32): bool {
  if (flags & CMD_PLANNED) {
    if (id >= 0 && flags & CMD_CONTAINER && root.argc > 1) errorUnknownSubcommand(id);
    else errorUnknownCommand();
    return false;
  }
  if (flags & CMD_CONTAINER && root.argc > 1) {
    errorUnknownSubcommand(id);
    return false;
  }
  if (arityFits(id) || takesAnyArity(argPtr(0), argLen(0))) return true;
  countRejected(id);
  errorArity(commandNamePtr(id), commandNameLen(id));
  return false;
}

/** Runs the command in root.argv, which checkCommand has passed. @returns STATUS_* */
// @ts-ignore: decorator
@inline
export function runCommand(id: i32, flags: u32): u32 {
  if (
    root.usedMemory > root.memoryLimit &&
    !(root.callFlags & (CALL_OBEY | CALL_ANY_MEMORY)) &&
    !(changetype<Client>(root.client).flags & CLIENT_EXECUTING) &&
    !memoryAllows() &&
    flags & CMD_DENYOOM
  ) {
    countRejected(id);
    errorOutOfMemory();
    return STATUS_DONE;
  }
  if (flags & CMD_HOST) return STATUS_HOST_COMMAND;
  const stats = root.commandStats + id * COMMAND_STATS_SIZE;
  const dirty = root.dirty;
  root.replyErrors = 0;
  root.propagateMode = PROPAGATE_AS_IS;
  root.runningFlags = flags;
  if ((flags | root.timeAll) & CMD_TIMED || root.argc > TIMED_ARGUMENTS || root.bigArg)
    dispatchTimed(id, flags, stats);
  else dispatch(id);
  replyFinish();
  store<u64>(stats, load<u64>(stats) + 1);
  root.statCommands++;
  if (root.replyErrors) store<u64>(stats, load<u64>(stats, 24) + 1, 24);
  if (root.propagating && root.dirty != dirty && root.propagateMode == PROPAGATE_AS_IS) propagateArguments();
  if (root.watching & WATCHING_READS && flags & CMD_READONLY && !(flags & CMD_PUBSUB)) tellRead();
  return root.interrupt ? interruptStatus(stats) : STATUS_DONE;
}

function tellRead(): void {
  if (changetype<Client>(root.client).flags & CLIENT_TRACKING) emitRead(root.client);
}

/** Runs a command that may take long, and tells the host when it did; or one of a batch that is a sample. */
function dispatchTimed(id: i32, flags: u32, stats: usize): void {
  const isSample =
    root.sampleWeight != 0 && !(flags & CMD_TIMED) && root.argc <= TIMED_ARGUMENTS && !root.bigArg;
  const started = clock();
  dispatch(id);
  const micros = clock() - started;
  // A command that blocks is counted when it ends.
  const blocks = (root.interrupt & INTERRUPT_BLOCK) != 0;
  if (isSample) {
    if (!blocks) noteSample(id, stats, micros);
    return;
  }
  store<f64>(stats, load<f64>(stats, 8) + micros, 8);
  if (blocks) return;
  store<u64>(stats, load<u64>(stats, 32) + 1, 32);
  latencyNote(id, micros, 1);
  if (micros >= root.slowMicros) slowCommand(id, micros);
}

function noteSample(id: i32, stats: usize, micros: f64): void {
  store<u64>(stats, load<u64>(stats, 40) + 1, 40);
  store<f64>(stats, load<f64>(stats, 48) + micros, 48);
  root.fastCalls++;
  root.fastMicros += micros;
  latencyNote(id, micros, root.sampleWeight);
  if (--root.sampleLeft == 0) root.timeAll = 0;
}

function interruptStatus(stats: usize): u32 {
  if (root.interrupt & INTERRUPT_BLOCK) {
    root.interrupt &= ~INTERRUPT_BLOCK;
    replyDiscard();
    // It is counted when it ends: by itself, run again, or by the host, whose client it made wait in vain.
    store<u64>(stats, load<u64>(stats) - 1);
    root.statCommands--;
    return STATUS_BLOCK;
  }
  return STATUS_INTERRUPT;
}

function countRejected(id: i32): void {
  const at = root.commandStats + id * COMMAND_STATS_SIZE;
  store<u64>(at, load<u64>(at, 16) + 1, 16);
}

/** Longest part of a client's command that an error quotes, in bytes. */
const QUOTED_MAX: u32 = 128;

/** `ERR unknown command 'FOO', with args beginning with: 'a' 'b' `. */
function errorUnknownCommand(): void {
  replyErrorBegin("ERR unknown command '");
  replyPartBytes(argPtr(0), argLen(0), QUOTED_MAX);
  replyPart("', with args beginning with: ");
  let room = <i32>QUOTED_MAX;
  for (let i: u32 = 1; i < root.argc && room > 0; i++) {
    replyPart("'");
    replyPartBytes(argPtr(i), argLen(i), room);
    replyPart("' ");
    room -= <i32>min<u32>(argLen(i), room) + 3;
  }
  replyErrorEnd();
}

/** `ERR unknown subcommand 'FOO'. Try CLIENT HELP.` */
function errorUnknownSubcommand(container: i32): void {
  replyErrorBegin("ERR unknown subcommand '");
  replyPartBytes(argPtr(1), argLen(1), QUOTED_MAX);
  replyPart("'. Try ");
  const name = commandNamePtr(container);
  const len = commandNameLen(container);
  for (let i: u32 = 0; i < len; i++) {
    const c: u32 = load<u8>(name + i);
    store<u8>(root.replyPos + i, <u8>(c - 0x61 < 26 ? c & 0xdf : c));
  }
  root.replyPos += len;
  replyPart(" HELP.");
  replyErrorEnd();
}
