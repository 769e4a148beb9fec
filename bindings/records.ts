/**
 * records: what the host reads and sets in the engine's own records, one named function for each: client records,
 * database sizes, statistics, arguments of a host command. Nobody above this layer knows their offsets.
 */
import {
  COMMAND_STATS_SIZE,
  ClientField,
  ClientFlag,
  DICT_COUNT,
  DatabaseField,
  ERROR_COUNTS,
  ERROR_COUNTS_SIZE,
  ERROR_COUNT_SIZE,
  ID_TREE_COUNT,
  QueuedField,
  Root,
} from "./abi.ts";
import type { Engine } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import type { RespVersion } from "./reply-tree.ts";

const WORD = 2 ** 32;

/** Offsets in the statistics of one command: all 8 bytes wide. */
const CALLS = 0;
const MICROS = 8;
const REJECTED = 16;
const FAILED = 24;
const TIMED = 32;

/** Up to here a loop reads text faster than a decoder is set up. */
const SHORT_TEXT = 24;

// --- client records ---

export function clientDb(engine: Engine, client: number): number {
  return engine.memory.u32(client + ClientField.db);
}

export function setClientDb(engine: Engine, client: number, db: number): void {
  engine.memory.setU32(client + ClientField.db, db);
}

export function clientResp(engine: Engine, client: number): RespVersion {
  return engine.memory.u32(client + ClientField.resp) === 3 ? 3 : 2;
}

export function setClientResp(engine: Engine, client: number, version: RespVersion): void {
  engine.memory.setU32(client + ClientField.resp, version);
}

/** @param flag  abi.ClientFlag */
export function hasClientFlag(engine: Engine, client: number, flag: number): boolean {
  return (engine.memory.u32(client + ClientField.flags) & flag) !== 0;
}

/** @param flag  abi.ClientFlag, or several */
export function setClientFlag(engine: Engine, client: number, flag: number, on: boolean): void {
  const flags = engine.memory.u32(client + ClientField.flags);
  engine.memory.setU32(client + ClientField.flags, on ? flags | flag : flags & ~flag);
}

/** @param block  address of what the client's user may do without a look (assembly/permissions.ts), 0 = nothing */
export function setClientPermissions(engine: Engine, client: number, block: number): void {
  engine.memory.setU32(client + ClientField.permissions, block);
}

/** The queue of an open MULTI: how many commands, and whether EXEC has some still to run. */
export function queuedCommands(engine: Engine, client: number): { count: number; hasNext: boolean } {
  return {
    count: engine.memory.u32(client + ClientField.queueCount),
    hasNext: engine.memory.u32(client + ClientField.queueNext) !== 0,
  };
}

/** Bytes that the client has sent of a command that is not complete. */
export function clientQueryBytes(engine: Engine, client: number): number {
  return engine.memory.u32(client + ClientField.queryUsed);
}

/** The same with the large argument that is on its way, for which all room has been taken. */
export function clientInputBytes(engine: Engine, client: number): number {
  const { memory } = engine;
  const isBig = memory.u32(client + ClientField.big) !== 0;
  return clientQueryBytes(engine, client) + (isBig ? memory.u32(client + ClientField.bulkLen) : 0);
}

/** Ids of the commands that MULTI has queued. */
export function queuedCommandIds(engine: Engine, client: number): number[] {
  const { memory } = engine;
  const ids: number[] = [];
  for (let at = memory.u32(client + ClientField.queue); at !== 0; at = memory.u32(at + QueuedField.next)) {
    ids.push(memory.u32(at + QueuedField.id));
  }
  return ids;
}

/** How many commands MULTI has queued; -1 = it is not open. */
export function queuedCount(engine: Engine, client: number): number {
  const isOpen = hasClientFlag(engine, client, ClientFlag.MULTI | ClientFlag.EXECUTING);
  return isOpen ? engine.memory.u32(client + ClientField.queueCount) : -1;
}

// --- the host command that the engine has stopped at ---

/** Id of the command that the engine runs, or ran last. */
export function hostCommandId(engine: Engine): number {
  return engine.word(Root.commandId);
}

export function argumentCount(engine: Engine): number {
  return engine.word(Root.argc);
}

/** A copy of an argument. */
export function argumentBytes(engine: Engine, index: number): Uint8Array {
  return engine.argument(index).slice();
}

/** An argument as a byte string. */
export function argumentText(engine: Engine, index: number): string {
  return byteString(engine.argument(index));
}

/** One character for each byte; a decoder of the runtime would take latin1 for Windows-1252. */
export function byteString(bytes: Uint8Array): string {
  let text = "";
  if (bytes.length <= SHORT_TEXT) {
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  const PIECE = 8192;
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return text;
}

/**
 * Names that mean other commands (assembly/renames.ts).
 * @param write  fills the block, which lies at an address     @throws KvasmError OUT_OF_MEMORY
 */
export function setRenames(
  engine: Engine,
  size: number,
  write: (block: Uint8Array, address: number) => void,
): void {
  const address = engine.exports.allocate(size);
  engine.memory.refresh();
  if (address === 0) throw new KvasmError("OUT_OF_MEMORY", "No memory for the names of commands");
  write(engine.memory.bytes.subarray(address, address + size), address);
  engine.memory.setU32(engine.root + Root.renames, address);
}

// --- databases ---

export interface DatabaseSize {
  readonly db: number;
  readonly keys: number;
  readonly expires: number;
  readonly avgTtlMs: number;
  /** Hashes with fields that expire. */
  readonly subexpiry: number;
}

/** Databases that have keys. */
export function databaseSizes(engine: Engine): DatabaseSize[] {
  const { memory } = engine;
  const table = engine.word(Root.databases);
  const sizes: DatabaseSize[] = [];
  for (let db = 0; db < engine.word(Root.databaseCount); db++) {
    const record = memory.u32(table + 4 * db);
    const keys = memory.u32(memory.u32(record + DatabaseField.dict) + DICT_COUNT);
    if (keys === 0) continue;
    const expires = memory.u32(memory.u32(record + DatabaseField.expires) + DICT_COUNT);
    const avgTtlMs = memory.f64(record + DatabaseField.avgTtlMs);
    const tree = memory.u32(record + DatabaseField.fieldExpires);
    const subexpiry = tree === 0 ? 0 : memory.u32(tree + ID_TREE_COUNT);
    sizes.push({ db, keys, expires, avgTtlMs, subexpiry });
  }
  return sizes;
}

// --- statistics ---

export interface CommandStatistics {
  readonly calls: number;
  readonly micros: number;
  readonly rejected: number;
  readonly failed: number;
}

/** Calls that were not timed are taken to have lasted as long as such calls do on average (in sampled batches). */
export function commandStatistics(engine: Engine, id: number): CommandStatistics {
  const { memory } = engine;
  const at = engine.word(Root.commandStats) + id * COMMAND_STATS_SIZE;
  const calls = memory.u64(at + CALLS);
  const sampled = engine.counter(Root.fastCalls);
  const mean = sampled === 0 ? 0 : memory.f64(engine.root + Root.fastMicros) / sampled;
  return {
    calls,
    micros: memory.f64(at + MICROS) + Math.max(0, calls - memory.u64(at + TIMED)) * mean,
    rejected: memory.u64(at + REJECTED),
    failed: memory.u64(at + FAILED),
  };
}

/** Counts a host command among the others. */
export function countCall(engine: Engine, id: number, micros: number, failed: boolean): void {
  const { memory } = engine;
  const at = engine.word(Root.commandStats) + id * COMMAND_STATS_SIZE;
  add64(engine, at + CALLS, 1);
  add64(engine, at + TIMED, 1);
  if (failed) add64(engine, at + FAILED, 1);
  memory.setF64(at + MICROS, memory.f64(at + MICROS) + micros);
  add64(engine, engine.root + Root.statCommands, 1);
}

/** Counts a command that was refused before it ran. */
export function countRejected(engine: Engine, id: number): void {
  add64(engine, engine.word(Root.commandStats) + id * COMMAND_STATS_SIZE + REJECTED, 1);
}

/** CONFIG RESETSTAT: every command's statistics, and the counters of the root block that INFO stats shows. */
export function resetStatistics(engine: Engine, commandCount: number): void {
  const { memory } = engine;
  const table = engine.word(Root.commandStats);
  memory.bytes.fill(0, table, table + commandCount * COMMAND_STATS_SIZE);
  memory.bytes.fill(0, engine.root + Root.statCommands, engine.root + Root.dirty);
  memory.bytes.fill(0, engine.root + Root.fastCalls, engine.root + Root.lazyCount);
  memory.setU32(engine.root + Root.batches, 0);
  memory.bytes.fill(0, ERROR_COUNTS, ERROR_COUNTS + ERROR_COUNTS_SIZE);
}

/**
 * Takes everybody out of a memory that another process has left: its clients, and what the host had not been told or had
 * asked for. Blocked clients' keys are the caller's affair.
 * @param clients  addresses of the client records
 */
export function disconnectAll(engine: Engine, clients: readonly number[]): void {
  const { exports, memory, root } = engine;
  // The batch in whose midst the image was written will not go on.
  exports.suspend(engine.word(Root.client));
  for (const client of clients) exports.clientClose(client);
  exports.clearReply();
  exports.clearEvents();
  exports.clearStream();
  memory.refresh();
  for (const field of [Root.propagating, Root.watching, Root.renames]) memory.setU32(root + field, 0);
}

/** Errors that the engine has replied, by code. */
export function errorCounts(engine: Engine): Map<string, number> {
  const COUNT = 24;
  const { memory } = engine;
  const counts = new Map<string, number>();
  for (let at = ERROR_COUNTS; at < ERROR_COUNTS + ERROR_COUNTS_SIZE; at += ERROR_COUNT_SIZE) {
    const count = memory.u64(at + COUNT);
    if (count === 0) break;
    const code = byteString(memory.bytes.subarray(at, at + COUNT));
    counts.set(code.replace(/\0.*$/, ""), count);
  }
  return counts;
}

function add64(engine: Engine, at: number, n: number): void {
  const sum = engine.memory.u64(at) + n;
  engine.memory.setU32(at, sum % WORD);
  engine.memory.setU32(at + 4, Math.floor(sum / WORD));
}
