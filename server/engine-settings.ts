/** engine-settings: parameters that the engine reads itself, as numbers: from their texts to `configure`. */
import { Setting } from "../bindings/abi.ts";
import type { Engine } from "../bindings/engine.ts";
import type { Config } from "./config/config.ts";

const EVICTION_POLICIES = [
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "noeviction",
];
const SANITIZE = ["no", "yes", "clients"];

const SETTINGS: Readonly<Record<string, number>> = {
  maxmemory: Setting.MAXMEMORY,
  "maxmemory-policy": Setting.MAXMEMORY_POLICY,
  "maxmemory-samples": Setting.MAXMEMORY_SAMPLES,
  "maxmemory-eviction-tenacity": Setting.MAXMEMORY_EVICTION_TENACITY,
  "lfu-log-factor": Setting.LFU_LOG_FACTOR,
  "lfu-decay-time": Setting.LFU_DECAY_TIME,
  "proto-max-bulk-len": Setting.PROTO_MAX_BULK_LEN,
  "client-query-buffer-limit": Setting.CLIENT_QUERY_BUFFER_LIMIT,
  "list-max-listpack-size": Setting.LIST_MAX_LISTPACK_SIZE,
  "list-compress-depth": Setting.LIST_COMPRESS_DEPTH,
  "hash-max-listpack-entries": Setting.HASH_MAX_LISTPACK_ENTRIES,
  "hash-max-listpack-value": Setting.HASH_MAX_LISTPACK_VALUE,
  "set-max-intset-entries": Setting.SET_MAX_INTSET_ENTRIES,
  "set-max-listpack-entries": Setting.SET_MAX_LISTPACK_ENTRIES,
  "set-max-listpack-value": Setting.SET_MAX_LISTPACK_VALUE,
  "zset-max-listpack-entries": Setting.ZSET_MAX_LISTPACK_ENTRIES,
  "zset-max-listpack-value": Setting.ZSET_MAX_LISTPACK_VALUE,
  "stream-node-max-bytes": Setting.STREAM_NODE_MAX_BYTES,
  "stream-node-max-entries": Setting.STREAM_NODE_MAX_ENTRIES,
  "hll-sparse-max-bytes": Setting.HLL_SPARSE_MAX_BYTES,
  "active-expire-effort": Setting.ACTIVE_EXPIRE_EFFORT,
  "lazyfree-lazy-user-flush": Setting.LAZYFREE_LAZY_USER_FLUSH,
  "sanitize-dump-payload": Setting.SANITIZE_DUMP_PAYLOAD,
  rdbcompression: Setting.RDB_COMPRESSION,
};

/** Parameters that the engine reads itself. */
export const ENGINE_PARAMETERS: readonly string[] = Object.keys(SETTINGS);

/** Tells the engine about these parameters; those that it does not read are passed over. */
export function applyEngineSettings(
  engine: Engine,
  config: Config,
  names: Iterable<string> = ENGINE_PARAMETERS,
): void {
  for (const name of names) {
    const setting = SETTINGS[name];
    if (setting !== undefined) engine.exports.configure(setting, numberOf(config.text(name)));
  }
}

function numberOf(value: string): number {
  if (value === "yes") return 1;
  if (value === "no") return 0;
  const policy = EVICTION_POLICIES.indexOf(value);
  if (policy >= 0) return policy;
  const sanitize = SANITIZE.indexOf(value);
  return sanitize >= 0 ? sanitize : Number(value);
}
