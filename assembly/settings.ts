/**
 * settings: the configuration parameters that the engine reads itself, as doubles in a table at a fixed address
 * (memory/map.ts). The host sets them by number (abi: configure); names and bounds are the host's.
 * Numbers are frozen: they stand in memory images. bindings/abi.ts repeats them, checked by a test.
 */
import { SETTINGS, SETTINGS_COUNT } from "./memory/map.ts";

// @ts-ignore: decorator
@inline
export const SETTING_MAXMEMORY: u32 = 0;
/** Index in: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction. */
// @ts-ignore: decorator
@inline
export const SETTING_MAXMEMORY_POLICY: u32 = 1;
// @ts-ignore: decorator
@inline
export const SETTING_MAXMEMORY_SAMPLES: u32 = 2;
// @ts-ignore: decorator
@inline
export const SETTING_LFU_LOG_FACTOR: u32 = 3;
// @ts-ignore: decorator
@inline
export const SETTING_LFU_DECAY_TIME: u32 = 4;
// @ts-ignore: decorator
@inline
export const SETTING_PROTO_MAX_BULK_LEN: u32 = 5;
// @ts-ignore: decorator
@inline
export const SETTING_LIST_MAX_LISTPACK_SIZE: u32 = 6;
// @ts-ignore: decorator
@inline
export const SETTING_LIST_COMPRESS_DEPTH: u32 = 7;
// @ts-ignore: decorator
@inline
export const SETTING_HASH_MAX_LISTPACK_ENTRIES: u32 = 8;
// @ts-ignore: decorator
@inline
export const SETTING_HASH_MAX_LISTPACK_VALUE: u32 = 9;
// @ts-ignore: decorator
@inline
export const SETTING_SET_MAX_INTSET_ENTRIES: u32 = 10;
// @ts-ignore: decorator
@inline
export const SETTING_SET_MAX_LISTPACK_ENTRIES: u32 = 11;
// @ts-ignore: decorator
@inline
export const SETTING_SET_MAX_LISTPACK_VALUE: u32 = 12;
// @ts-ignore: decorator
@inline
export const SETTING_ZSET_MAX_LISTPACK_ENTRIES: u32 = 13;
// @ts-ignore: decorator
@inline
export const SETTING_ZSET_MAX_LISTPACK_VALUE: u32 = 14;
// @ts-ignore: decorator
@inline
export const SETTING_STREAM_NODE_MAX_BYTES: u32 = 15;
// @ts-ignore: decorator
@inline
export const SETTING_STREAM_NODE_MAX_ENTRIES: u32 = 16;
// @ts-ignore: decorator
@inline
export const SETTING_HLL_SPARSE_MAX_BYTES: u32 = 17;
/** DEBUG QUICKLIST-PACKED-THRESHOLD: 0 = default. */
// @ts-ignore: decorator
@inline
export const SETTING_QUICKLIST_PACKED_THRESHOLD: u32 = 18;
/** DEBUG SET-ACTIVE-EXPIRE 0. */
// @ts-ignore: decorator
@inline
export const SETTING_ACTIVE_EXPIRE: u32 = 19;
/** active-expire-effort 1 … 10. */
// @ts-ignore: decorator
@inline
export const SETTING_ACTIVE_EXPIRE_EFFORT: u32 = 20;
// @ts-ignore: decorator
@inline
export const SETTING_CLIENT_QUERY_BUFFER_LIMIT: u32 = 21;
// @ts-ignore: decorator
@inline
export const SETTING_LAZYFREE_LAZY_USER_FLUSH: u32 = 22;
/** DEBUG SET-SKIP-CHECKSUM-VALIDATION. */
// @ts-ignore: decorator
@inline
export const SETTING_SKIP_CHECKSUM: u32 = 23;
/** sanitize-dump-payload: 0 no, 1 yes, 2 clients. */
// @ts-ignore: decorator
@inline
export const SETTING_SANITIZE_DUMP_PAYLOAD: u32 = 24;
// @ts-ignore: decorator
@inline
export const SETTING_MAXMEMORY_EVICTION_TENACITY: u32 = 25;
/** rdbcompression: strings in DUMP payloads and RDB files are LZF compressed where it saves. */
// @ts-ignore: decorator
@inline
export const SETTING_RDB_COMPRESSION: u32 = 26;
/** Microseconds from which on a command is reported to the host (slow.ts); negative: off. */
// @ts-ignore: decorator
@inline
export const SETTING_SLOW_MICROS: u32 = 27;
/** latency-tracking: histograms of how long commands take are kept (latency.ts). */
// @ts-ignore: decorator
@inline
export const SETTING_LATENCY_TRACKING: u32 = 28;
/** CLIENT PAUSE: what has expired is not deleted by those who read. */
// @ts-ignore: decorator
@inline
export const SETTING_EXPIRE_PAUSED: u32 = 29;

// @ts-ignore: decorator
@inline
export function setting(number: u32): f64 {
  return load<f64>(SETTINGS + (number << 3));
}

// @ts-ignore: decorator
@inline
export function settingInteger(number: u32): i64 {
  return <i64>load<f64>(SETTINGS + (number << 3));
}

/** Sets one; the caller answers for its bounds. @returns false = no such setting */
export function settingStore(number: u32, value: f64): bool {
  if (number >= SETTINGS_COUNT) return false;
  store<f64>(SETTINGS + (number << 3), value);
  return true;
}

/** Defaults of Redis 8.0. */
export function settingsInit(): void {
  settingStore(SETTING_MAXMEMORY_POLICY, 7);
  settingStore(SETTING_MAXMEMORY_SAMPLES, 5);
  settingStore(SETTING_LFU_LOG_FACTOR, 10);
  settingStore(SETTING_LFU_DECAY_TIME, 1);
  settingStore(SETTING_PROTO_MAX_BULK_LEN, 536870912);
  settingStore(SETTING_LIST_MAX_LISTPACK_SIZE, -2);
  settingStore(SETTING_LIST_COMPRESS_DEPTH, 0);
  settingStore(SETTING_HASH_MAX_LISTPACK_ENTRIES, 512);
  settingStore(SETTING_HASH_MAX_LISTPACK_VALUE, 64);
  settingStore(SETTING_SET_MAX_INTSET_ENTRIES, 512);
  settingStore(SETTING_SET_MAX_LISTPACK_ENTRIES, 128);
  settingStore(SETTING_SET_MAX_LISTPACK_VALUE, 64);
  settingStore(SETTING_ZSET_MAX_LISTPACK_ENTRIES, 128);
  settingStore(SETTING_ZSET_MAX_LISTPACK_VALUE, 64);
  settingStore(SETTING_STREAM_NODE_MAX_BYTES, 4096);
  settingStore(SETTING_STREAM_NODE_MAX_ENTRIES, 100);
  settingStore(SETTING_HLL_SPARSE_MAX_BYTES, 3000);
  settingStore(SETTING_ACTIVE_EXPIRE, 1);
  settingStore(SETTING_ACTIVE_EXPIRE_EFFORT, 1);
  settingStore(SETTING_CLIENT_QUERY_BUFFER_LIMIT, 1073741824);
  settingStore(SETTING_MAXMEMORY_EVICTION_TENACITY, 10);
  settingStore(SETTING_RDB_COMPRESSION, 1);
  settingStore(SETTING_SLOW_MICROS, -1);
}
