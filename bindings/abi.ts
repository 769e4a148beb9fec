/**
 * abi: the host's half of the contract with the engine (assembly/abi.ts). A test compares offsets, numbers and exports
 * with the sources and the .wasm.
 */

/** Version that the engine must report. */
export const ABI_VERSION = 1;

/** What the module exports. Addresses and counts are unsigned 32-bit numbers, times are ms since 1970. */
export interface EngineExports {
  readonly memory: WebAssembly.Memory;
  boot(seedLow: number, seedHigh: number, databases: number, pagesMax: number, nowMs: number): number;
  configure(number: number, value: number): number;
  rootAddress(): number;
  setClock(nowMs: number): void;
  clientOpen(): number;
  clientReset(client: number): void;
  clientClose(client: number): void;
  execute(client: number, ptr: number, len: number, nowMs: number): Status;
  resume(client: number): Status;
  proceed(client: number): Status;
  suspend(client: number): void;
  rewind(client: number): number;
  reserveCall(size: number): number;
  call(client: number, argv: number, argc: number, flags: number, nowMs: number): Status;
  invoke(client: number, which: number, argv: number, argc: number, nowMs: number): Status;
  get(client: number, id: number, key: number, keyLen: number, nowMs: number, exact: number): number;
  tableDigest(): number;
  reserveReply(size: number): number;
  clearReply(): void;
  memoryShort(): number;
  scriptBegin(): number;
  scriptEnd(): void;
  clearEvents(): void;
  clearStream(): void;
  cron(units: number, nowMs: number): number;
  hostWrote(): void;
  restartStream(): void;
  snapshotBegin(header: number, headerSize: number, version: number, options: number, nowMs: number): number;
  snapshotNext(units: number): number;
  snapshotClear(): void;
  snapshotCount(): void;
  snapshotEnd(): void;
  loadBegin(options: number, keysMax: number): number;
  loadReserve(size: number): number;
  loadNext(size: number, last: number, nowMs: number): number;
  loadEnd(): void;
  blockKey(db: number, key: number, keyLen: number): number;
  unblockKey(db: number, key: number, keyLen: number): void;
  keyType(db: number, key: number, keyLen: number): number;
  keySizes(db: number): number;
  tableBytes(db: number, expires: number): number;
  allocate(size: number): number;
  release(ptr: number): void;
  pageUsed(page: number): number;
  pageHash(page: number, seed: number): number;
}

/** What the module imports. */
export interface EngineImports {
  env: {
    /** A failed assertion: addresses of two UTF-16 texts, line, column. Must throw. */
    abort(message: number, file: number, line: number, column: number): never;
    /** Microseconds of a monotonic clock. */
    clock(): number;
  };
}

/** Why execute, resume, proceed or call returned (assembly/execute.ts). */
export const Status = {
  /** The chunk is used up. */
  DONE: 0,
  /** A command of the host: argv at root.argv; it adds its reply and resumes. */
  HOST_COMMAND: 1,
  /** The command waits for keys. */
  BLOCK: 2,
  /** Write the replies out, then resume. */
  FLUSH: 3,
  /** Write the replies and close the connection. */
  PROTOCOL_ERROR: 4,
  /** Drain the events, then resume. */
  INTERRUPT: 5,
  /** A command before it runs: proceed, or reply and resume. */
  GATE: 6,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Offsets of the root block that the host reads, in bytes (assembly/root.ts). */
export const Root = {
  abiVersion: 0,
  inputPtr: 4,
  inputSize: 8,
  replyStart: 12,
  replyPos: 16,
  replyEnd: 20,
  argc: 24,
  argv: 28,
  commandId: 32,
  client: 36,
  eventsPtr: 40,
  eventsUsed: 44,
  streamPtr: 52,
  streamUsed: 56,
  detail: 64,
  detail2: 68,
  nowMs: 72,
  usedMemory: 80,
  peakMemory: 88,
  statCommands: 96,
  statKeyspaceHits: 104,
  statKeyspaceMisses: 112,
  statExpiredKeys: 120,
  statEvictedKeys: 128,
  statExpiredFields: 136,
  statErrorReplies: 144,
  dirty: 152,
  databases: 160,
  databaseCount: 164,
  commandStats: 168,
  interrupt: 172,
  notifyFlags: 176,
  propagating: 180,
  watching: 184,
  pagesMax: 200,
  pagesUsed: 204,
  blockFirst: 208,
  blockLast: 212,
  blockStep: 216,
  freePages: 220,
  blockTimeoutMs: 224,
  fastCalls: 232,
  fastMicros: 240,
  lazyCount: 248,
  batches: 252,
  lazyFreed: 256,
  watchedKeys: 548,
  latencies: 664,
  renames: 580,
  replyMark: 320,
} as const;

/** Offsets of a client record (assembly/client.ts). */
export const ClientField = {
  flags: 0,
  db: 4,
  resp: 8,
  queryUsed: 16,
  argsLeft: 28,
  bulkLen: 32,
  argCount: 40,
  big: 48,
  queue: 68,
  queueCount: 76,
  queueNext: 80,
  watches: 84,
  permissions: 88,
} as const;

/** Next key of the same client, in a watch (assembly/keyspace/watch.ts). */
export const WATCH_NEXT_OF_CLIENT = 12;

/** Why the engine gives a client up: it has sent too much of one command (assembly/resp/parse.ts). */
export const ERROR_QUERY_BUFFER = 11;

/** Offsets in a command that MULTI has queued (assembly/transaction.ts). */
export const QueuedField = { next: 0, id: 4 } as const;

/** Bits of a client's flags (assembly/client.ts). */
export const ClientFlag = {
  UNAUTHENTICATED: 1,
  GATED: 2,
  REPLY_OFF: 4,
  REPLY_SKIP: 8,
  REPLY_SKIP_NEXT: 16,
  NO_TOUCH: 32,
  MULTI: 64,
  DIRTY_EXEC: 128,
  DIRTY_CAS: 256,
  EXECUTING: 512,
  SUBSCRIBED: 1024,
  TRACKING: 2048,
  OBEY: 4096,
} as const;

/** Instead of a command's number for `invoke` (assembly/embedded.ts). */
export const Invoke = { BY_NAME: -1, GO_ON: -2 } as const;

/** Flags of `call` (assembly/keyspace/lookup.ts). */
export const CallFlag = { NO_TOUCH: 1, DENY_BLOCKING: 2, OBEY: 4, DEBUG: 8, ANY_MEMORY: 16 } as const;

/** Offsets of a database record (assembly/keyspace/keyspace.ts); a dict's count is at +16 (assembly/structures/dict.ts). */
export const DatabaseField = { dict: 0, expires: 4, id: 8, avgTtlMs: 16, fieldExpires: 32 } as const;
export const DICT_COUNT = 16;
/** … and that of an id-tree (assembly/structures/id-tree.ts). */
export const ID_TREE_COUNT = 12;

/** Statistics of one command (assembly/execute.ts): fields of 8 bytes, the microseconds f64, the others u64. */
export const CommandStats = {
  calls: 0,
  micros: 8,
  rejected: 16,
  failed: 24,
  timed: 32,
  sampled: 40,
  sampledMicros: 48,
} as const;
export const COMMAND_STATS_SIZE = 56;
/** Types that keySizes counts, from strings on, and the bins that each has (assembly/keyspace/key-sizes.ts). */
export const KEY_SIZES_TYPES = 5;
export const KEY_SIZES_BINS = 33;
/** Counters of a command's latency histogram, and the longest time in it (assembly/latency.ts). */
export const LATENCY_BUCKETS = 832;
export const LATENCY_NANOS_MAX = 1e9;

/** Errors replied by the engine, by code (assembly/resp/error-counts.ts). */
export const ERROR_COUNTS = 64768;
export const ERROR_COUNTS_SIZE = 640;
export const ERROR_COUNT_SIZE = 32;

/** Parameters the engine reads itself (assembly/settings.ts), for `configure`. */
export const Setting = {
  MAXMEMORY: 0,
  MAXMEMORY_POLICY: 1,
  MAXMEMORY_SAMPLES: 2,
  LFU_LOG_FACTOR: 3,
  LFU_DECAY_TIME: 4,
  PROTO_MAX_BULK_LEN: 5,
  LIST_MAX_LISTPACK_SIZE: 6,
  LIST_COMPRESS_DEPTH: 7,
  HASH_MAX_LISTPACK_ENTRIES: 8,
  HASH_MAX_LISTPACK_VALUE: 9,
  SET_MAX_INTSET_ENTRIES: 10,
  SET_MAX_LISTPACK_ENTRIES: 11,
  SET_MAX_LISTPACK_VALUE: 12,
  ZSET_MAX_LISTPACK_ENTRIES: 13,
  ZSET_MAX_LISTPACK_VALUE: 14,
  STREAM_NODE_MAX_BYTES: 15,
  STREAM_NODE_MAX_ENTRIES: 16,
  HLL_SPARSE_MAX_BYTES: 17,
  QUICKLIST_PACKED_THRESHOLD: 18,
  ACTIVE_EXPIRE: 19,
  ACTIVE_EXPIRE_EFFORT: 20,
  CLIENT_QUERY_BUFFER_LIMIT: 21,
  LAZYFREE_LAZY_USER_FLUSH: 22,
  SKIP_CHECKSUM: 23,
  SANITIZE_DUMP_PAYLOAD: 24,
  MAXMEMORY_EVICTION_TENACITY: 25,
  RDB_COMPRESSION: 26,
  SLOW_MICROS: 27,
  LATENCY_TRACKING: 28,
  EXPIRE_PAUSED: 29,
} as const;

/** Bits of root.watching that the host sets (assembly/keyspace/events.ts). */
export const Watching = { TRACKING: 2, READS: 8, FLUSHES: 16 } as const;

/** What snapshotNext says, and options of snapshotBegin (assembly/keyspace/snapshot.ts). */
export const SnapshotStatus = { MORE: 0, COMPLETE: 1, FAILED: 2 } as const;
export const SnapshotOption = { CHECKSUM: 1, COMMANDS: 2 } as const;

/** What loadNext says, and options of loadBegin (assembly/rdb/file-load.ts). */
export const LoadStatus = { MORE: 0, ITEM: 1, END: 2, FAILED: 3 } as const;
export const LoadOption = {
  KEEP_EXPIRED: 1,
  CHECK_CRC: 2,
  REPLACE: 4,
  ONLY_CHECK: 8,
  ONE_BY_ONE: 16,
} as const;
export const LoadItem = { AUX: 1, FUNCTION: 2, KEY: 3 } as const;
export const LoadError = {
  SHORT: 1,
  CORRUPT: 2,
  MEMORY: 3,
  MAGIC: 4,
  VERSION: 5,
  CHECKSUM: 6,
  DUPLICATE: 7,
  DATABASE: 8,
  MODULE: 9,
  MODULE_AUX: 10,
  FUNCTION_PRE_GA: 11,
  TYPE: 12,
} as const;

/** Offsets of the loader's public part (assembly/rdb/file-load.ts). */
export const LoaderField = {
  item: 0,
  firstPtr: 4,
  firstLen: 8,
  secondPtr: 12,
  secondLen: 16,
  error: 20,
  offset: 24,
  keys: 32,
  expired: 40,
  empty: 48,
  crc: 56,
  crcStored: 64,
  module: 72,
  version: 80,
  database: 84,
} as const;

/** Class of a ready key's event, where it is no type of a value. */
export const Ready = { GONE: 0 } as const;

/** Kinds of events in the event buffer (assembly/keyspace/events.ts). */
export const EventKind = { NOTIFY: 1, MODIFIED: 2, READY: 3, FLUSHED: 4, READ: 5, SLOW: 6 } as const;
