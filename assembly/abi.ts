/**
 * abi: every export of the module: what the host may ask of the engine. bindings/abi.ts is the other half; a test
 * compares the two.
 *
 * Integers, addresses and status codes cross, never strings or objects. Addresses are bytes from the start of linear
 * memory. Memory may grow in every call but `rootAddress`: the host makes its views anew afterwards (bindings/memory.ts).
 * No call may be made from within `env.clock`. Times are milliseconds since 1970 as f64 (exact to 2^53).
 */
import { callCommand, callReserve } from "./call.ts";
import { Client, clientCreate, clientFree } from "./client.ts";
import { cronStep } from "./cron.ts";
import { embeddedGet, embeddedInvoke } from "./embedded.ts";
import {
  executeChunk,
  executeInit,
  executeProceed,
  executeResume,
  executeRewind,
  executeSuspend,
} from "./execute.ts";
import { TABLE_DIGEST } from "./generated/commands.ts";
import { seedRandom } from "./hashing/prng.ts";
import { hashBytes } from "./hashing/siphash.ts";
import { xxHash64 } from "./hashing/xxhash.ts";
import { memoryAllows, memoryLimitUpdate } from "./keyspace/evict.ts";
import { keySizesOf } from "./keyspace/key-sizes.ts";
import { Database, databaseAt, keyspaceInit } from "./keyspace/keyspace.ts";
import { findKey } from "./keyspace/lookup.ts";
import { lruClockUpdate } from "./keyspace/lru.ts";
import {
  snapshotProgress,
  snapshotStart,
  snapshotStep,
  snapshotStop,
  snapshotTaken,
} from "./keyspace/snapshot.ts";
import { blockOnKey, unblockOnKey } from "./keyspace/watch.ts";
import { INPUT_HEADROOM, INPUT_SIZE, REPLY_FLUSH } from "./limits.ts";
import { alloc, allocWords, free, heapInit } from "./memory/allocator.ts";
import { propagateArguments, propagationRestarted, propagationTaken } from "./propagate/stream.ts";
import { propagateTransactionBegin, propagateTransactionEnd } from "./propagate/stream.ts";
import { loadFeed, loadRoom, loadStart, loadStop } from "./rdb/file-load.ts";
import { parserInit } from "./resp/parse.ts";
import { replyInit, replyReserve, replyReset } from "./resp/reply.ts";
import { root } from "./root.ts";
import { transactionDiscard } from "./transaction.ts";
import {
  SETTING_MAXMEMORY,
  SETTING_MAXMEMORY_POLICY,
  SETTING_SLOW_MICROS,
  settingsInit,
  settingStore,
} from "./settings.ts";
import { slowUpdate } from "./slow.ts";
import { dictMemory } from "./structures/dict.ts";
import { entryType } from "./types/entry.ts";

/** Version of memory layout and exports; the host refuses another. */
export const ABI_VERSION: u32 = 1;

/**
 * Sets a fresh instance up; the first call, once.
 * @param seedLow, seedHigh  64 random bits     @param databases  how many, at least 1
 * @param pagesMax  64 KiB pages the instance may grow to, at most 65,536     @returns 1, 0 = out of memory
 */
export function boot(seedLow: u32, seedHigh: u32, databases: u32, pagesMax: u32, nowMs: f64): u32 {
  root.abiVersion = ABI_VERSION;
  heapInit(pagesMax);
  seedRandom(((<u64>seedHigh) << 32) | seedLow);
  settingsInit();
  memoryLimitUpdate();
  slowUpdate();
  setClock(nowMs);
  root.streamDb = -1;
  root.replyFlushAt = REPLY_FLUSH;
  const input = alloc(INPUT_HEADROOM + INPUT_SIZE);
  root.inputPtr = input + INPUT_HEADROOM;
  root.inputSize = INPUT_SIZE;
  return <u32>(input != 0 && replyInit() && parserInit() && executeInit() && keyspaceInit(databases));
}

/** Sets a parameter of settings.ts. @returns 1, 0 = no such number */
export function configure(number: u32, value: f64): u32 {
  if (!settingStore(number, value)) return 0;
  if (number == SETTING_MAXMEMORY) memoryLimitUpdate();
  if (number == SETTING_SLOW_MICROS) slowUpdate();
  if (number == SETTING_MAXMEMORY_POLICY) {
    root.lfu = <u32>(value == 1 || value == 5);
    lruClockUpdate();
  }
  return 1;
}

/** Address of the root block. */
export function rootAddress(): usize {
  return changetype<usize>(root);
}

/** The clock stands still between two calls of this or of one that takes nowMs. */
export function setClock(nowMs: f64): void {
  const now = <i64>nowMs;
  if (now == root.nowMs) return;
  root.nowMs = now;
  lruClockUpdate();
}

/** A new client record (client.ts). @returns its address, valid until clientClose; 0 = out of memory */
export function clientOpen(): usize {
  return clientCreate();
}

/** RESET: drops an open MULTI and all WATCHes. */
export function clientReset(client: usize): void {
  transactionDiscard(changetype<Client>(client));
}

/** Forgets a client. */
export function clientClose(client: usize): void {
  clientFree(client);
}

/**
 * Parses and executes `len` bytes that the host has laid at `ptr` (root.inputPtr, at most root.inputSize). Replies are
 * appended at root.replyPos. @returns STATUS_* of execute.ts
 */
export function execute(client: usize, ptr: usize, len: u32, nowMs: f64): u32 {
  setClock(nowMs);
  return executeChunk(client, ptr, len);
}

/** Goes on after STATUS_HOST_COMMAND, _FLUSH, _INTERRUPT, _GATE (the command replied to by the host). @returns STATUS_* */
export function resume(client: usize): u32 {
  return executeResume(client);
}

/** After STATUS_GATE: runs the command that was shown. @returns STATUS_* */
export function proceed(client: usize): u32 {
  return executeProceed(client);
}

/** Keeps what the client has sent behind the current command; a later execute(client, 0, 0) goes on with it. */
export function suspend(client: usize): void {
  executeSuspend(client);
}

/** As suspend, but the current command, which has not run, is kept as well. @returns 1, 0 = out of memory: nothing done */
export function rewind(client: usize): u32 {
  return <u32>executeRewind(client);
}

/** Room for the arguments of `call`. @returns its address, the host's until the call returns; 0 = out of memory */
export function reserveCall(size: u32): usize {
  return callReserve(size);
}

/** Runs one split command: argv is a table of (address, length). @returns STATUS_* */
export function call(client: usize, argv: usize, argc: u32, flags: u32, nowMs: f64): u32 {
  setClock(nowMs);
  return callCommand(client, argv, argc, flags);
}

/**
 * Runs a command for a program in the same process; argv is a table of argc (address, length). Never blocks; not to be
 * used while a batch is stopped.
 * @param which  number of the command (bindings/generated/api.ts), the pairs of its name left free; -1 = argv names it;
 *               -2 = on with EXEC after one of its host commands     @returns STATUS_*
 */
export function invoke(client: usize, which: i32, argv: usize, argc: u32, nowMs: f64): u32 {
  setClock(nowMs);
  return embeddedInvoke(client, which, argv, argc);
}

/**
 * GET without a reply.
 * @param id     GET's number     @param exact  0 = nowMs is the time of a call shortly before
 * @returns      address of the value, its length in root.detail, until the next call; 0 = no such key; 1 = use invoke;
 *               2 = come again with the exact time
 */
export function get(client: usize, id: u32, key: usize, keyLen: u32, nowMs: f64, exact: u32): usize {
  setClock(nowMs);
  return embeddedGet(client, id, key, keyLen, exact != 0);
}

/** Stands for which command has which id: ids of another table must not be used. */
export function tableDigest(): u32 {
  return TABLE_DIGEST;
}

/** Makes sure that the host can write `size` bytes at root.replyPos. @returns 1, 0 = out of memory */
export function reserveReply(size: u32): u32 {
  return <u32>replyReserve(size);
}

/** The host has taken the replies. */
export function clearReply(): void {
  replyReset();
}

/** The host has taken the events, and seen what they interrupted for. */
export function clearEvents(): void {
  root.eventsUsed = 0;
  root.interrupt = 0;
}

/**
 * What is propagated from now on is one transaction: a script begins.
 * @returns 1; 0 = there is one already (the script runs in EXEC), which ends by itself
 */
export function scriptBegin(): u32 {
  if (root.streamDepth) return 0;
  propagateTransactionBegin();
  return 1;
}

/**
 * Whether memory is above its limit, after evicting what may go. Asked once before a script: within it nothing is evicted.
 * @returns 1 = it is, and commands that need memory are to be refused
 */
export function memoryShort(): u32 {
  return <u32>(root.usedMemory > root.memoryLimit && !memoryAllows());
}

/** The script for which scriptBegin has returned 1 has ended. */
export function scriptEnd(): void {
  propagateTransactionEnd();
}

/** The host has taken the propagation stream. */
export function clearStream(): void {
  propagationTaken();
}

/** A command of the host has changed something: it counts as a change, and is propagated as it came. */
export function hostWrote(): void {
  root.dirty++;
  if (!root.propagating) return;
  propagateArguments();
}

/** A new reader of the propagation stream (an AOF file, a replica): what comes next names its database first. */
export function restartStream(): void {
  propagationRestarted();
}

/**
 * Begins a snapshot of this instant, as RDB bytes or commands (keyspace/snapshot.ts).
 * @param header   bytes that go in front, made by the host     @param version  RDB version to write
 * @param options  SNAPSHOT_*     @returns 1, 0 = one runs already, or out of memory
 */
export function snapshotBegin(header: usize, headerSize: u32, version: u32, options: u32, nowMs: f64): u32 {
  setClock(nowMs);
  return <u32>snapshotStart(header, headerSize, version, options);
}

/** Goes on with it: about `units` of work. Bytes for the file: root.detail2 of them at root.detail. @returns SNAPSHOT_* */
export function snapshotNext(units: u32): u32 {
  return snapshotStep(units);
}

/** The host has taken those bytes. */
export function snapshotClear(): void {
  snapshotTaken();
}

/** Keys written so far: root.detail of them, root.detail2 before somebody changed them. */
export function snapshotCount(): void {
  snapshotProgress();
}

/** The host wants no more of it, or has it all. */
export function snapshotEnd(): void {
  snapshotStop();
}

/**
 * Begins to load an RDB file into the databases (rdb/file-load.ts).
 * @param options  LOAD_*     @param keysMax  more keys than it can hold     @returns the loader, 0 = out of memory
 */
export function loadBegin(options: u32, keysMax: u32): usize {
  return loadStart(options, keysMax);
}

/** Room for the next `size` bytes of the file. @returns its address, 0 = out of memory */
export function loadReserve(size: u32): usize {
  return loadRoom(size);
}

/** The host has laid `size` bytes there. @param last  1 = the file ends with them     @returns LOAD_* */
export function loadNext(size: u32, last: u32, nowMs: f64): u32 {
  setClock(nowMs);
  return loadFeed(size, last);
}

/** Done with the file, complete or not. */
export function loadEnd(): void {
  loadStop();
}

/** Background work of about `units`. @returns 1 = there is more to do now */
export function cron(units: u32, nowMs: f64): u32 {
  setClock(nowMs);
  return <u32>cronStep(units);
}

/** A client of database `db` blocks on a key: its readiness will be told (EVENT_READY). @returns 1, 0 = out of memory */
export function blockKey(db: u32, key: usize, keyLen: u32): u32 {
  root.db = databaseAt(db);
  return <u32>blockOnKey(key, keyLen);
}

/** That client blocks on the key no more. */
export function unblockKey(db: u32, key: usize, keyLen: u32): void {
  root.db = databaseAt(db);
  unblockOnKey(key, keyLen);
}

/**
 * Type (TYPE_*) of a key of database `db`, −1 = there is none. Nothing is counted or noted as an access: before a blocked
 * client's command runs again, the host makes sure that it is not about to meet another type.
 */
export function keyType(db: u32, key: usize, keyLen: u32): i32 {
  const current = root.db;
  root.db = databaseAt(db);
  const entry = findKey(hashBytes(key, keyLen), key, keyLen);
  root.db = current;
  return entry ? <i32>entryType(entry) : -1;
}

/** How large the values of a database are: the address of the counts (keyspace/key-sizes.ts), until the next call. */
export function keySizes(db: u32): usize {
  return keySizesOf(db);
}

/** Bytes of a database's table of keys, or of those that expire. */
export function tableBytes(db: u32, expires: u32): usize {
  const database = changetype<Database>(databaseAt(db));
  return dictMemory(expires ? database.expires : database.dict);
}

/** A block for the host's own use in linear memory, at a multiple of 4; 0 = out of memory. */
export function allocate(size: u32): usize {
  return allocWords(size);
}

/** Gives a block of `allocate` back. */
export function release(ptr: usize): void {
  free(ptr);
}

/** Whether a page of 64 KiB holds anything but zeros: copies of the memory leave the others out. */
export function pageUsed(page: u32): u32 {
  const end = (<usize>page + 1) << 16;
  for (let at = (<usize>page) << 16; at < end; at += 64) {
    const low = v128.or(v128.load(at), v128.load(at, 16));
    if (v128.any_true(v128.or(low, v128.or(v128.load(at, 32), v128.load(at, 48))))) return 1;
  }
  return 0;
}

/**
 * Checksum of a page of 64 KiB, continued from that of the page before: both halves of its XXH64 in one word. Nothing
 * of the state is looked at: an image may be half laid.
 */
export function pageHash(page: u32, seed: u32): u32 {
  const hash = xxHash64((<usize>page) << 16, 65536, seed);
  return <u32>(hash ^ (hash >> 32));
}
