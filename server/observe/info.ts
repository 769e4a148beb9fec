/**
 * info: the text of INFO: sections of `name:value` lines, with Redis' names in Redis' order, so that monitoring finds
 * what it looks for. What has no meaning here is 0, as in a Redis that does not use it.
 */
import { arch, release, totalmem, type } from "node:os";
import { Root } from "../../bindings/abi.ts";
import { COMMANDS } from "../../bindings/command-table.ts";
import {
  commandStatistics,
  databaseSizes,
  databaseTables,
  keySizes,
  watchCount,
  watchedKeyCount,
} from "../../bindings/records.ts";
import type { Aof } from "../persistence/aof/aof.ts";
import type { LoadProgress } from "../persistence/persistence.ts";
import type { Server } from "../server.ts";
import { latencyAt, measuredCommands } from "./histograms.ts";
import { OUR_VERSION, REDIS_VERSION } from "../version.ts";

type Value = string | number;
type Lines = [name: string, value: Value][];

interface Section {
  readonly title: string;
  /** Shown when no section is asked for. */
  readonly byDefault: boolean;
  lines(server: Server): Lines;
}

const KIB = 1024;
const MICROS_PER_SECOND = 1_000_000;
const LRU_CLOCK_MASK = 0xffffff;

const SECTIONS: readonly Section[] = [
  { title: "Server", byDefault: true, lines: serverLines },
  { title: "Clients", byDefault: true, lines: clientLines },
  { title: "Memory", byDefault: true, lines: memoryLines },
  { title: "Persistence", byDefault: true, lines: persistenceLines },
  { title: "Threads", byDefault: true, lines: threadLines },
  { title: "Stats", byDefault: true, lines: statsLines },
  { title: "Replication", byDefault: true, lines: replicationLines },
  { title: "CPU", byDefault: true, lines: cpuLines },
  { title: "Modules", byDefault: true, lines: () => [] },
  { title: "Commandstats", byDefault: false, lines: commandLines },
  { title: "Errorstats", byDefault: true, lines: errorLines },
  { title: "Latencystats", byDefault: false, lines: latencyLines },
  { title: "Cluster", byDefault: true, lines: () => [["cluster_enabled", 0]] },
  { title: "Keyspace", byDefault: true, lines: keyspaceLines },
  { title: "Keysizes", byDefault: true, lines: keySizeLines },
];

/** @param wanted  section names, `default`, `all`, `everything`; none: the default ones */
export function infoText(server: Server, wanted: readonly string[]): string {
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const all = names.has("all") || names.has("everything");
  const byDefault = names.size === 0 || names.has("default");
  return SECTIONS.filter(
    (section) => all || (byDefault && section.byDefault) || names.has(section.title.toLowerCase()),
  )
    .map((section) => `# ${section.title}\r\n${linesText(section.lines(server))}`)
    .join("\r\n");
}

function linesText(lines: Lines): string {
  return lines.map(([name, value]) => `${name}:${value}\r\n`).join("");
}

/** `1.65M`, as INFO prints sizes for people. */
export function humanBytes(bytes: number): string {
  if (bytes < KIB) return `${bytes}B`;
  let size = bytes / KIB;
  for (const unit of ["K", "M", "G", "T", "P"]) {
    if (size < KIB) return `${size.toFixed(2)}${unit}`;
    size /= KIB;
  }
  return `${bytes}B`;
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? "0.00" : ((part / whole) * 100).toFixed(2)}%`;
}

const ratio = (a: number, b: number): string => (b === 0 ? "0.00" : (a / b).toFixed(2));

function serverLines(server: Server): Lines {
  const { config } = server;
  const nowMs = Date.now();
  const uptimeSeconds = Math.floor((nowMs - server.startedAtMs) / 1000);
  return [
    ["redis_version", REDIS_VERSION],
    ["kvasm_version", OUR_VERSION],
    ["redis_git_sha1", "00000000"],
    ["redis_git_dirty", 0],
    ["redis_build_id", "0"],
    ["redis_mode", "standalone"],
    ["os", `${type()} ${release()} ${arch() === "x64" ? "x86_64" : arch()}`],
    ["arch_bits", 32],
    ["monotonic_clock", "POSIX clock_gettime"],
    ["multiplexing_api", server.platformName],
    ["atomicvar_api", "none"],
    ["gcc_version", "0.0.0"],
    ["runtime", `node ${process.versions.node}`],
    ["process_id", process.pid],
    ["process_supervised", config.text("supervised") === "systemd" ? "systemd" : "no"],
    ["run_id", server.runId],
    ["tcp_port", config.int("port")],
    ["server_time_usec", nowMs * 1000],
    ["uptime_in_seconds", uptimeSeconds],
    ["uptime_in_days", Math.floor(uptimeSeconds / 86400)],
    ["hz", server.cron.hz],
    ["configured_hz", config.int("hz")],
    ["lru_clock", Math.floor(nowMs / 1000) & LRU_CLOCK_MASK],
    ["executable", process.execPath],
    ["config_file", server.configFile ?? ""],
    ["io_threads_active", 0],
    ...server.listenerLines().map((line, i): [string, string] => [`listener${i}`, line]),
  ];
}

function clientLines(server: Server): Lines {
  let maxInput = 0;
  let maxOutput = 0;
  let watching = 0;
  for (const client of server.clients) {
    maxInput = Math.max(maxInput, server.queryBytes(client));
    maxOutput = Math.max(maxOutput, client.connection.pendingBytes);
    if (watchCount(server.engine, client.record) > 0) watching++;
  }
  return [
    ["connected_clients", server.clients.count],
    ["cluster_connections", 0],
    ["maxclients", server.maxClients],
    ["client_recent_max_input_buffer", maxInput],
    ["client_recent_max_output_buffer", maxOutput],
    ["blocked_clients", server.blocking.count + server.pause.waitingCount],
    ["tracking_clients", server.tracking.clientCount],
    ["pubsub_clients", server.pubsub.clientCount],
    ["watching_clients", watching],
    ["clients_in_timeout_table", server.blocking.countWithTimeout],
    ["total_watched_keys", watchedKeyCount(server.engine)],
    ["total_blocking_keys", server.blocking.keyCount],
    ["total_blocking_keys_on_nokey", server.blocking.keyCountEvenWithoutKey],
  ];
}

/** What INFO memory and MEMORY STATS say about the same moment. */
export interface MemoryFigures {
  readonly used: number;
  readonly peak: number;
  readonly startup: number;
  /** Linear memory, whether used or not. */
  readonly linear: number;
  readonly rss: number;
  /** What clients have sent and not read. */
  readonly clients: number;
  /** At the start, of clients, tables of keys. */
  readonly overhead: number;
  readonly dataset: number;
}

export function memoryFigures(server: Server): MemoryFigures {
  const { engine } = server;
  const used = engine.counter(Root.usedMemory);
  const peak = Math.max(used, engine.counter(Root.peakMemory));
  const linear = engine.memory.buffer.byteLength;
  const startup = server.startupMemory;
  let clients = 0;
  for (const client of server.clients) clients += server.queryBytes(client) + client.connection.pendingBytes;
  let tables = 0;
  for (const { db } of databaseSizes(engine)) {
    const { keys, expires } = databaseTables(engine, db);
    tables += keys + expires;
  }
  const overhead = startup + clients + tables;
  return {
    used,
    peak,
    startup,
    linear,
    rss: process.memoryUsage.rss(),
    clients,
    overhead,
    dataset: Math.max(0, used - overhead),
  };
}

function memoryLines(server: Server): Lines {
  const { config } = server;
  const m = memoryFigures(server);
  const maxmemory = config.int("maxmemory");
  const scripts = server.scripting.codeBytes;
  const libraries = server.scripting.functions.codeBytes;
  return [
    ["used_memory", m.used],
    ["used_memory_human", humanBytes(m.used)],
    ["used_memory_rss", m.rss],
    ["used_memory_rss_human", humanBytes(m.rss)],
    ["used_memory_peak", m.peak],
    ["used_memory_peak_human", humanBytes(m.peak)],
    ["used_memory_peak_perc", percent(m.used, m.peak)],
    ["used_memory_overhead", m.overhead],
    ["used_memory_startup", m.startup],
    ["used_memory_dataset", m.dataset],
    ["used_memory_dataset_perc", percent(m.dataset, m.used - m.startup)],
    ["allocator_allocated", m.used],
    ["allocator_active", m.linear],
    ["allocator_resident", m.linear],
    ["allocator_muzzy", 0],
    ["total_system_memory", totalmem()],
    ["total_system_memory_human", humanBytes(totalmem())],
    ["used_memory_lua", server.scripting.luaUsed],
    ["used_memory_vm_eval", server.scripting.luaUsed],
    ["used_memory_lua_human", humanBytes(server.scripting.luaUsed)],
    ["used_memory_scripts_eval", scripts],
    ["number_of_cached_scripts", server.scripting.count],
    ["number_of_functions", server.scripting.functions.count],
    ["number_of_libraries", server.scripting.functions.libraries.size],
    ["used_memory_vm_functions", 0],
    ["used_memory_vm_total", server.scripting.luaMemory],
    ["used_memory_vm_total_human", humanBytes(server.scripting.luaMemory)],
    ["used_memory_functions", libraries],
    ["used_memory_scripts", scripts + libraries],
    ["used_memory_scripts_human", humanBytes(scripts + libraries)],
    ["maxmemory", maxmemory],
    ["maxmemory_human", humanBytes(maxmemory)],
    ["maxmemory_policy", config.text("maxmemory-policy")],
    ["allocator_frag_ratio", ratio(m.linear, m.used)],
    ["allocator_frag_bytes", m.linear - m.used],
    ["allocator_rss_ratio", "1.00"],
    ["allocator_rss_bytes", 0],
    ["rss_overhead_ratio", ratio(m.rss, m.linear)],
    ["rss_overhead_bytes", m.rss - m.linear],
    ["mem_fragmentation_ratio", ratio(m.rss, m.used)],
    ["mem_fragmentation_bytes", m.rss - m.used],
    ["mem_not_counted_for_evict", 0],
    ["mem_replication_backlog", 0],
    ["mem_total_replication_buffers", 0],
    ["mem_replica_full_sync_buffer", 0],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", m.clients],
    ["mem_cluster_links", 0],
    ["mem_aof_buffer", 0],
    ["mem_allocator", `kvasm-${OUR_VERSION}`],
    ["mem_overhead_db_hashtable_rehashing", 0],
    ["active_defrag_running", 0],
    ["lazyfree_pending_objects", server.engine.word(Root.lazyCount)],
    ["lazyfreed_objects", server.engine.counter(Root.lazyFreed)],
  ];
}

function persistenceLines(server: Server): Lines {
  const { persistence } = server;
  const { rdb, aof } = persistence;
  const { progress } = rdb;
  return [
    ["loading", persistence.loading ? 1 : 0],
    ["async_loading", 0],
    ["current_cow_peak", progress?.waiting ?? 0],
    ["current_cow_size", progress?.waiting ?? 0],
    ["current_cow_size_age", 0],
    ["current_fork_perc", percent(progress?.keys ?? 0, progress?.total ?? 0).slice(0, -1)],
    ["current_save_keys_processed", progress?.keys ?? 0],
    ["current_save_keys_total", progress?.total ?? 0],
    ["rdb_changes_since_last_save", rdb.changes],
    ["rdb_bgsave_in_progress", rdb.isRunning ? 1 : 0],
    ["rdb_last_save_time", rdb.lastSaveSeconds],
    ["rdb_last_bgsave_status", rdb.lastStatus],
    ["rdb_last_bgsave_time_sec", rdb.lastDurationSeconds],
    ["rdb_current_bgsave_time_sec", rdb.currentSeconds],
    ["rdb_saves", rdb.saves],
    ["rdb_last_cow_size", rdb.lastWaitingPeak],
    ["rdb_last_load_keys_expired", persistence.lastLoad.expired],
    ["rdb_last_load_keys_loaded", persistence.lastLoad.keys],
    ["aof_enabled", aof.isOn ? 1 : 0],
    ["aof_rewrite_in_progress", aof.isRewriting ? 1 : 0],
    ["aof_rewrite_scheduled", aof.rewriteScheduled ? 1 : 0],
    ["aof_last_rewrite_time_sec", aof.lastRewriteSeconds],
    ["aof_current_rewrite_time_sec", aof.currentRewriteSeconds],
    ["aof_last_bgrewrite_status", aof.lastRewriteStatus],
    ["aof_rewrites", aof.rewrites],
    ["aof_rewrites_consecutive_failures", aof.rewriteFailures],
    ["aof_last_write_status", aof.problem === null ? "ok" : "err"],
    ["aof_last_cow_size", aof.lastRewriteWaitingPeak],
    ["module_fork_in_progress", 0],
    ["module_fork_last_cow_size", 0],
    ...aofLines(aof),
    ...loadingLines(persistence.loading),
  ];
}

function aofLines(aof: Aof): Lines {
  if (!aof.isOn) return [];
  return [
    ["aof_current_size", aof.size],
    ["aof_base_size", aof.baseSize],
    ["aof_pending_rewrite", 0],
    ["aof_buffer_length", aof.pendingBytes],
    ["aof_pending_bio_fsync", aof.isSyncing ? 1 : 0],
    ["aof_delayed_fsync", aof.delayedFsyncs],
  ];
}

function loadingLines(loading: LoadProgress | null): Lines {
  if (!loading) return [];
  const { startedAtMs, totalBytes, loadedBytes, rdbUsedMemory } = loading;
  const seconds = (Date.now() - startedAtMs) / 1000;
  const eta = loadedBytes === 0 ? 1 : Math.floor((seconds * (totalBytes - loadedBytes)) / loadedBytes);
  return [
    ["loading_start_time", Math.floor(startedAtMs / 1000)],
    ["loading_total_bytes", totalBytes],
    ["loading_rdb_used_mem", rdbUsedMemory],
    ["loading_loaded_bytes", loadedBytes],
    ["loading_loaded_perc", percent(loadedBytes, totalBytes).slice(0, -1)],
    ["loading_eta_seconds", eta],
  ];
}

function threadLines(server: Server): Lines {
  const { stats, clients } = server;
  return [["io_thread_0", `clients=${clients.count},reads=${stats.reads},writes=${stats.writes}`]];
}

function statsLines(server: Server): Lines {
  const { engine, stats } = server;
  const kbps = (perSecond: number): string => (perSecond / KIB).toFixed(2);
  const exceededNow = stats.exceededSinceMs === 0 ? 0 : Date.now() - stats.exceededSinceMs;
  const turns = stats.turns.perSecond();
  const busyMs = stats.busy.perSecond();
  return [
    ["total_connections_received", stats.connectionsReceived],
    ["total_commands_processed", engine.counter(Root.statCommands)],
    ["instantaneous_ops_per_sec", Math.round(stats.operations.perSecond())],
    ["total_net_input_bytes", stats.inputBytes],
    ["total_net_output_bytes", stats.outputBytes],
    ["total_net_repl_input_bytes", 0],
    ["total_net_repl_output_bytes", 0],
    ["instantaneous_input_kbps", kbps(stats.input.perSecond())],
    ["instantaneous_output_kbps", kbps(stats.output.perSecond())],
    ["instantaneous_input_repl_kbps", "0.00"],
    ["instantaneous_output_repl_kbps", "0.00"],
    ["rejected_connections", stats.connectionsRejected],
    ["sync_full", 0],
    ["sync_partial_ok", 0],
    ["sync_partial_err", 0],
    ["expired_subkeys", engine.counter(Root.statExpiredFields)],
    ["expired_keys", engine.counter(Root.statExpiredKeys)],
    ["expired_stale_perc", "0.00"],
    ["expired_time_cap_reached_count", 0],
    ["expire_cycle_cpu_milliseconds", Math.round(server.cron.busyMs)],
    ["evicted_keys", engine.counter(Root.statEvictedKeys)],
    ["evicted_clients", stats.evictedClients],
    ["evicted_scripts", server.scripting.evictedScripts],
    ["total_eviction_exceeded_time", stats.exceededMs + exceededNow],
    ["current_eviction_exceeded_time", exceededNow],
    ["keyspace_hits", engine.counter(Root.statKeyspaceHits)],
    ["keyspace_misses", engine.counter(Root.statKeyspaceMisses)],
    ["pubsub_channels", server.pubsub.count("channel")],
    ["pubsub_patterns", server.pubsub.count("pattern")],
    ["pubsubshard_channels", server.pubsub.count("shard")],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", 0],
    ["slave_expires_tracked_keys", 0],
    ["active_defrag_hits", 0],
    ["active_defrag_misses", 0],
    ["active_defrag_key_hits", 0],
    ["active_defrag_key_misses", 0],
    ["total_active_defrag_time", 0],
    ["current_active_defrag_time", 0],
    ["tracking_total_keys", server.tracking.keyCount],
    ["tracking_total_items", server.tracking.itemCount],
    ["tracking_total_prefixes", server.tracking.prefixCount],
    ["unexpected_error_replies", 0],
    ["total_error_replies", server.errorReplies],
    ["dump_payload_sanitizations", 0],
    ["total_reads_processed", stats.reads],
    ["total_writes_processed", stats.writes],
    ["io_threaded_reads_processed", 0],
    ["io_threaded_writes_processed", 0],
    ["client_query_buffer_limit_disconnections", stats.queryLimitDisconnections],
    ["client_output_buffer_limit_disconnections", stats.outputLimitDisconnections],
    ["reply_buffer_shrinks", 0],
    ["reply_buffer_expands", 0],
    ["eventloop_cycles", stats.loopTurns],
    ["eventloop_duration_sum", Math.round(stats.loopBusyMs * 1000)],
    ["eventloop_duration_cmd_sum", Math.round(commandMicros(server))],
    ["instantaneous_eventloop_cycles_per_sec", Math.round(turns)],
    ["instantaneous_eventloop_duration_usec", turns === 0 ? 0 : Math.round((busyMs * 1000) / turns)],
    ["acl_access_denied_auth", server.access.denied.auth],
    ["acl_access_denied_cmd", server.access.denied.command],
    ["acl_access_denied_key", server.access.denied.key],
    ["acl_access_denied_channel", server.access.denied.channel],
  ];
}

/** What all commands took together. */
function commandMicros({ engine }: Server): number {
  return COMMANDS.reduce((sum, row) => sum + commandStatistics(engine, row.id).micros, 0);
}

function replicationLines(server: Server): Lines {
  return [
    ["role", "master"],
    ["connected_slaves", 0],
    ["master_failover_state", "no-failover"],
    ["master_replid", server.replicationId],
    ["master_replid2", "0".repeat(server.replicationId.length)],
    ["master_repl_offset", 0],
    ["second_repl_offset", -1],
    ["repl_backlog_active", 0],
    ["repl_backlog_size", server.config.int("repl-backlog-size")],
    ["repl_backlog_first_byte_offset", 0],
    ["repl_backlog_histlen", 0],
  ];
}

function cpuLines(): Lines {
  const seconds = (micros: number): string => (micros / MICROS_PER_SECOND).toFixed(6);
  const { user, system } = process.cpuUsage();
  return [
    ["used_cpu_sys", seconds(system)],
    ["used_cpu_user", seconds(user)],
    ["used_cpu_sys_children", seconds(0)],
    ["used_cpu_user_children", seconds(0)],
    ["used_cpu_sys_main_thread", seconds(system)],
    ["used_cpu_user_main_thread", seconds(user)],
  ];
}

function commandLines(server: Server): Lines {
  const lines: Lines = [];
  for (const row of COMMANDS) {
    const { calls, micros, rejected, failed } = commandStatistics(server.engine, row.id);
    if (calls === 0 && rejected === 0) continue;
    const each = calls === 0 ? 0 : micros / calls;
    lines.push([
      `cmdstat_${row.name}`,
      `calls=${calls},usec=${Math.round(micros)},usec_per_call=${each.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
    ]);
  }
  return lines;
}

function latencyLines(server: Server): Lines {
  const { config } = server;
  if (!config.flag("latency-tracking")) return [];
  const percents = config.text("latency-tracking-info-percentiles").split(" ").filter(Boolean);
  return [...measuredCommands(server)].map(([row, latencies]) => [
    `latency_percentiles_usec_${row.name}`,
    percents.map((percent) => `p${percent}=${latencyAt(latencies, Number(percent)).toFixed(3)}`).join(","),
  ]);
}

function errorLines(server: Server): Lines {
  return [...server.errorCounts()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}

function keyspaceLines(server: Server): Lines {
  return databaseSizes(server.engine).map(({ db, keys, expires, avgTtlMs, subexpiry }) => [
    `db${db}`,
    `keys=${keys},expires=${expires},avg_ttl=${Math.round(avgTtlMs)},subexpiry=${subexpiry}`,
  ]);
}

/** What INFO keysizes calls the types, in the order of their numbers. */
const SIZED_TYPES = ["strings_sizes", "lists_items", "sets_items", "zsets_items", "hashes_items"];

function keySizeLines({ engine }: Server): Lines {
  return databaseSizes(engine).flatMap(({ db, keys }) =>
    keySizes(engine, db, keys).flatMap((bins, type): Lines => {
      const text = bins.map(([bound, count]) => `${shortPower(bound)}=${count}`).join(",");
      return text === "" ? [] : [[`db${db}_distrib_${SIZED_TYPES[type]!}`, text]];
    }),
  );
}

/** A power of two: `512`, `64K`. */
function shortPower(bound: number): string {
  const UNITS = ["", "K", "M", "G"];
  const unit = bound === 0 ? 0 : Math.floor(Math.log2(bound) / 10);
  return `${bound / KIB ** unit}${UNITS[unit]!}`;
}
