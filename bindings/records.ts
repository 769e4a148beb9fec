/**
 * records: what the host reads and sets in the engine's own records, one named function for each: client records,
 * database sizes, statistics, arguments of a host command. Nobody above this layer knows their offsets.
 */
import {
  COMMAND_STATS_SIZE,
  CommandStats,
  ClientField,
  ClientFlag,
  DICT_COUNT,
  DatabaseField,
  ERROR_COUNTS,
  ERROR_COUNTS_SIZE,
  ERROR_COUNT_SIZE,
  ID_TREE_COUNT,
  KEY_SIZES_BINS,
  KEY_SIZES_TYPES,
  LATENCY_BUCKETS,
  LATENCY_NANOS_MAX,
  QueuedField,
  Root,
  WATCH_NEXT_OF_CLIENT,
} from "./abi.ts";
import type { Engine } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import type { RespVersion } from "./reply-tree.ts";

const WORD = 2 ** 32;

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

/** How many keys the client watches. */
export function watchCount(engine: Engine, client: number): number {
  const { memory } = engine;
  let count = 0;
  for (
    let at = memory.u32(client + ClientField.watches);
    at !== 0;
    at = memory.u32(at + WATCH_NEXT_OF_CLIENT)
  ) {
    count++;
  }
  return count;
}

/** How many keys are watched, by however many clients. */
export function watchedKeyCount(engine: Engine): number {
  const dict = engine.word(Root.watchedKeys);
  return dict === 0 ? 0 : engine.memory.u32(dict + DICT_COUNT);
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

/** Bytes of a database's tables, without the keys. */
export function databaseTables(engine: Engine, db: number): { keys: number; expires: number } {
  const { exports } = engine;
  return { keys: exports.tableBytes(db, 0), expires: exports.tableBytes(db, 1) };
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

/**
 * How many values of a database have a size from a power of two up to the next: exact for small databases, else what a
 * sample of the keys says of all.
 * @param keys  that the database has, at least one
 * @returns     for strings (bytes), lists, sets, sorted sets, hashes (elements): lower bounds and numbers
 */
export function keySizes(engine: Engine, db: number, keys: number): [bound: number, count: number][][] {
  const at = engine.exports.keySizes(db);
  const { memory } = engine;
  memory.refresh();
  const scale = keys / memory.u32(at);
  return Array.from({ length: KEY_SIZES_TYPES }, (_, type) => {
    const bins = Array.from({ length: KEY_SIZES_BINS }, (_, bin): [number, number] => {
      const count = memory.u32(at + 4 + 4 * (type * KEY_SIZES_BINS + bin));
      return [bin === 0 ? 0 : 2 ** (bin - 1), count === 0 ? 0 : Math.max(1, Math.round(count * scale))];
    });
    return bins.filter(([, count]) => count > 0);
  });
}

// --- statistics ---

export interface CommandStatistics {
  readonly calls: number;
  readonly micros: number;
  readonly rejected: number;
  readonly failed: number;
}

/**
 * Calls that were not timed are taken to have lasted as long as the command's sampled ones do on average; where there are
 * none, as those of all commands.
 */
export function commandStatistics(engine: Engine, id: number): CommandStatistics {
  const { memory } = engine;
  const at = statisticsOf(engine, id);
  const calls = memory.u64(at + CommandStats.calls);
  return {
    calls,
    micros:
      memory.f64(at + CommandStats.micros) +
      Math.max(0, calls - memory.u64(at + CommandStats.timed)) * sampledMean(engine, at),
    rejected: memory.u64(at + CommandStats.rejected),
    failed: memory.u64(at + CommandStats.failed),
  };
}

/** Mean microseconds of a command's sampled calls. @param at  its statistics */
function sampledMean(engine: Engine, at: number): number {
  const { memory } = engine;
  const sampled = memory.u64(at + CommandStats.sampled);
  if (sampled > 0) return memory.f64(at + CommandStats.sampledMicros) / sampled;
  const all = engine.counter(Root.fastCalls);
  return all === 0 ? 0 : memory.f64(engine.root + Root.fastMicros) / all;
}

function statisticsOf(engine: Engine, id: number): number {
  return engine.word(Root.commandStats) + id * COMMAND_STATS_SIZE;
}

/** Counts a host command among the others. */
export function countCall(engine: Engine, id: number, micros: number, failed: boolean): void {
  const { memory } = engine;
  const at = statisticsOf(engine, id);
  add64(engine, at + CommandStats.calls, 1);
  add64(engine, at + CommandStats.timed, 1);
  if (failed) add64(engine, at + CommandStats.failed, 1);
  memory.setF64(at + CommandStats.micros, memory.f64(at + CommandStats.micros) + micros);
  add64(engine, engine.root + Root.statCommands, 1);
}

/** Counts a command that was refused before it ran. */
export function countRejected(engine: Engine, id: number): void {
  add64(engine, statisticsOf(engine, id) + CommandStats.rejected, 1);
}

/** CONFIG RESETSTAT: every command's statistics, and the counters of the root block that INFO stats shows. */
export function resetStatistics(engine: Engine, commandCount: number): void {
  const { memory } = engine;
  const table = engine.word(Root.commandStats);
  memory.bytes.fill(0, table, table + commandCount * COMMAND_STATS_SIZE);
  memory.bytes.fill(0, engine.root + Root.statCommands, engine.root + Root.dirty);
  memory.bytes.fill(0, engine.root + Root.fastCalls, engine.root + Root.lazyCount);
  memory.setU32(engine.root + Root.batches, 0);
  memory.bytes.fill(0, engine.root + Root.lazyFreed, engine.root + Root.lazyFreed + 8);
  resetLatencies(engine, commandCount);
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

/** Histograms of how long commands take (assembly/latency.ts). */
function latencyCell(engine: Engine, id: number): number {
  return engine.word(Root.latencies) + 4 * id;
}

/** Enters how long a host command took, as the engine does for its own. Without memory it is not entered. */
export function noteLatency(engine: Engine, id: number, micros: number): void {
  const { memory } = engine;
  const cell = latencyCell(engine, id);
  let histogram = memory.u32(cell);
  if (histogram === 0) {
    histogram = engine.exports.allocate(LATENCY_BUCKETS * 4);
    if (histogram === 0) return;
    memory.refresh();
    memory.bytes.fill(0, histogram, histogram + LATENCY_BUCKETS * 4);
    memory.setU32(cell, histogram);
  }
  const bucket = histogram + 4 * latencyBucket(Math.min(micros * 1000, LATENCY_NANOS_MAX));
  memory.setU32(bucket, Math.min(memory.u32(bucket) + 1, WORD - 1));
}

/**
 * How many of a command's calls took how long. Of calls that were not all timed, those that were stand for the others.
 * @returns  longest time of each bucket that has some, in nanoseconds, and how many; null: nothing is known
 */
export function commandLatencies(engine: Engine, id: number): [nanos: number, count: number][] | null {
  const { memory } = engine;
  const histogram = memory.u32(latencyCell(engine, id));
  const at = statisticsOf(engine, id);
  const calls = memory.u64(at + CommandStats.calls);
  if (calls === 0) return null;
  if (histogram === 0) {
    const bucket = latencyBucket(Math.min(sampledMean(engine, at) * 1000, LATENCY_NANOS_MAX));
    return [[latencyBucketEnd(bucket), calls]];
  }
  const counts = Array.from({ length: LATENCY_BUCKETS }, (_, i) => memory.u32(histogram + 4 * i));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const latencies: [number, number][] = [];
  let seen = 0;
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    // Rounded as a running total, so that all together are the calls.
    const until = Math.round((seen * calls) / total);
    if (until > before) latencies.push([latencyBucketEnd(bucket), until - before]);
    before = until;
  }
  return latencies;
}

/** The bucket of a time in nanoseconds: its own up to 63, then 32 for each power of two. */
function latencyBucket(nanos: number): number {
  const whole = Math.max(0, Math.floor(nanos));
  const shift = 26 - Math.clz32(whole | 32);
  return shift * 32 + (whole >>> shift);
}

function latencyBucketEnd(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / 32) - 1);
  return (bucket - 32 * shift + 1) * 2 ** shift - 1;
}

function resetLatencies(engine: Engine, commandCount: number): void {
  const { memory } = engine;
  for (let id = 0; id < commandCount; id++) {
    const cell = latencyCell(engine, id);
    const histogram = memory.u32(cell);
    if (histogram === 0) continue;
    engine.exports.release(histogram);
    memory.setU32(cell, 0);
  }
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
