/**
 * root: the one place from which all mutable state is reached. Module globals hold constants only, so the
 * memory is the whole state (`fork` is a copy; a replay of the same inputs gives the same bytes).
 *
 * Fields are grouped by who writes them. Addresses of growable areas are here; the areas are on the heap.
 * The host reads some of these fields by offset (bindings/abi.ts): those offsets are frozen by
 * test/boundary/abi.test.ts.
 */
import { ROOT_BASE, ROOT_SIZE } from "./memory/map.ts";

@unmanaged
export class Root {
  // --- boundary: read by the host after each call (offsets in bindings/abi.ts) ---
  /** 0: layout version of the whole memory. */
  abiVersion: u32;
  /** 4: input area that the host writes socket chunks to. */
  inputPtr: usize;
  inputSize: u32;
  /** 12: reply buffer: bytes from replyStart to replyPos are for the client of this call. */
  replyStart: usize;
  replyPos: usize;
  replyEnd: usize;
  /** 24: the split command that the host must run: argc, and argv as pairs of (address, length). */
  argc: u32;
  argv: usize;
  commandId: i32;
  /** 36: address of the client record of this call. */
  client: usize;
  /** 40: events that wait for the host: address, bytes used, bytes allocated. */
  eventsPtr: usize;
  eventsUsed: u32;
  eventsCapacity: u32;
  /** 52: propagation stream that waits for AOF and replicas. */
  streamPtr: usize;
  streamUsed: u32;
  streamCapacity: u32;
  /** 64: status detail: bytes still missing (NEED_MORE), error number (PROTOCOL_ERROR). */
  detail: u32;
  detail2: u32;
  /** 72: clock in ms since 1970, set by the host before each call; it stands still within one. */
  nowMs: i64;
  /** 80: bytes in blocks that are in use (sum of usable sizes). */
  usedMemory: u64;
  peakMemory: u64;
  /** 96: statistics that INFO shows. */
  statCommands: u64;
  statKeyspaceHits: u64;
  statKeyspaceMisses: u64;
  statExpiredKeys: u64;
  statEvictedKeys: u64;
  statExpiredFields: u64;
  statErrorReplies: u64;
  /** 152: changes since the last save. */
  dirty: u64;
  /** 160: table of databases (keyspace.ts), how many. */
  databases: usize;
  databaseCount: u32;
  /** 168: per command statistics (stats.ts). */
  commandStats: usize;
  /** 172: reasons to leave the batch after this command (INTERRUPT_*). */
  interrupt: u32;
  /** 176: classes of keyspace events that somebody wants, as notify-keyspace-events. */
  notifyFlags: u32;
  /** 180: propagation wanted (AOF on or replicas connected). */
  propagating: u32;
  /** 184: something watches single keys: WATCH, tracking, blocked clients (WATCHING_*). */
  watching: u32;
  /** 188: table of clients. */
  clients: usize;
  clientsCapacity: u32;
  clientsCount: u32;
  /** 200: pages of linear memory the heap may take. */
  pagesMax: u32;
  pagesUsed: u32;
  /** 208: what the command that asked to block waits for: argument indexes of first and last key, and their step. */
  blockFirst: u32;
  blockLast: u32;
  blockStep: u32;
  /** Pages of the heap that are free. */
  freePages: u32;
  /** 224: 0 = for ever. */
  blockTimeoutMs: f64;
  /** 232: commands that are timed in sampled batches only: how many were, and how long they took, µs. */
  fastCalls: u64;
  fastMicros: f64;
  /** 248: values and keys that wait to be freed, and those that have been. */
  lazyCount: u32;
  batches: u32;
  lazyFreed: u64;

  // --- allocator ---
  leafSpare: usize;
  smallFreeBytes: u64;

  // --- randomness ---
  seed0: u64;
  seed1: u64;
  rng0: u64;
  rng1: u64;

  // --- the command being executed ---
  /** Database of the client. */
  db: usize;
  /** RESP version of the client: 2 or 3. */
  resp: u32;
  /** Where this command's reply starts: offset from replyStart. */
  replyMark: u32;
  /** Set when a reply did not fit in memory. */
  replyFailed: u32;
  /** Errors written by this command. */
  replyErrors: u32;
  /** Hash of the first key, valid while hashedArg is its index in argv. */
  keyHash: u64;
  hashedArg: u32;
  /** CALL_*: who runs this command. */
  callFlags: u32;
  /** LRU clock (24 bit seconds) or LFU minutes, refreshed with nowMs. */
  lruClock: u32;
  /** Argument block that SET may keep instead of copying (0 = none). */
  bigArg: usize;

  // --- parser ---
  batchRows: usize;
  batchArgs: usize;
  batchCount: u32;
  batchNext: u32;
  batchArgsUsed: u32;
  batchPos: usize;
  batchEnd: usize;
  batchStop: u32;
  batchArgsCapacity: u32;

  // --- propagation of the command being executed ---
  /** PROPAGATE_*: as it came, not at all, or rewritten. */
  propagateMode: u32;
  streamMark: u32;
  streamDb: i32;
  streamDepth: u32;

  // --- out-values of functions that return more than one thing ---
  outI64: i64;
  outU64: u64;
  outF64: f64;
  outPtr: usize;
  outLen: u32;
  scratch0: u32;
  scratch1: u32;
  scratch2: u32;
  scratch3: u32;
  scratch4: u32;
  scratch5: u32;
  scratch6: u32;
  scratch7: u32;
  scratchI64: i64;

  // --- growable list of addresses that scans collect into (vector.ts) ---
  vectorPtr: usize;
  vectorCount: u32;
  vectorCapacity: u32;
  /** Something did not fit: what was collected is not all. */
  vectorFailed: u32;

  // --- keyspace background work ---
  expireDb: u32;
  expireCursor: u64;
  resizeDb: u32;
  lazyHead: usize;
  lazyTail: usize;
  /** FORM_EPOCH or 0: the bit of entries that the snapshot which runs need not save (keyspace/snapshot.ts). */
  snapshotEpoch: u32;
  /** The snapshot that runs; 0 = none. */
  snapshot: usize;
  /** CMD_* flags of the command that runs: whether it may write what it looks up. */
  runningFlags: u32;
  /** The RDB file that is being loaded (rdb/file-load.ts); 0 = none. */
  loader: usize;
  watchedKeys: usize;
  blockedKeys: usize;
  lastSweepMs: i64;

  // --- tables built once ---
  crc64Table: usize;
  lzfTable: usize;
  /** maxmemory-policy is an LFU one: the lru field of entries holds minutes and a counter. */
  lfu: u32;
  /** Names that `rename-command` has changed (renames.ts), 0 = none. */
  renames: usize;
  /** Area that the host lays the arguments of `call` in. */
  callBuffer: usize;
  callBufferSize: u32;
  evictionPool: usize;
  /** Row of the batch that is being executed. */
  batchRow: usize;
  /** Reply bytes from which on the host must write before more is executed. */
  replyFlushAt: u32;
  /** usedMemory above which commands that need memory are refused or keys evicted (keyspace/evict.ts). */
  memoryLimit: u64;
  /** Microseconds from env.clock's time to 1970's, as TIME last knew it. */
  clockOffset: f64;
  /** Where an error whose text is being put together begins, from replyStart. */
  errorMark: u32;
  /** Keys of the last round of the active cycle, and how many of them were due (keyspace/expire.ts). */
  expireSeen: u32;
  expireDue: u32;
  /** Database that the next random eviction begins with. */
  evictDb: u32;
  /** Database whose hashes the active cycle of fields sees next (keyspace/field-expire.ts). */
  fieldExpireDb: u32;
  /** CMD_TIMED = the time of every command is taken, 0 = only of those that may take long (slow.ts). */
  timeAll: u32;
  /** Microseconds from which on a command is reported to the host. */
  slowMicros: f64;
  /** Calls that each timed one stands for, where the batch is a sample; 0 = it is none (execute.ts). */
  sampleWeight: u32;
  /** Commands that are still to be timed in it. */
  sampleLeft: u32;
  /** Histograms of how long commands take: an address for each command, 0 = none yet (latency.ts). */
  latencies: usize;
}

// @ts-ignore: decorator
@inline
export const root: Root = changetype<Root>(ROOT_BASE);

if (offsetof<Root>() > ROOT_SIZE) ERROR("The root block outgrew its place: mend memory/map.ts");
if (offsetof<Root>("nowMs") != 72) ERROR("Root.nowMs moved: mend bindings/abi.ts");
if (offsetof<Root>("lazyFreed") != 256) ERROR("Root.lazyFreed moved: mend bindings/abi.ts");
if (offsetof<Root>("pagesUsed") != 204) ERROR("Root.pagesUsed moved: mend bindings/abi.ts");
