/**
 * directives: every parameter of Redis 8.0, as one table. redis.conf parsing, CONFIG GET/SET/REWRITE and
 * docs/configuration.md are made from it.
 *
 * A row says what the parameter is called (and was called), how its value reads, what it starts with, when it may
 * change, and who is told: `hook` names the part of the server that applies a change (see `Config.onApply`). A
 * parameter without effect here has `noEffect`, the reason; it is accepted, checked and remembered all the same, so
 * that a configuration written for Redis starts.
 */
import {
  INT_MAX,
  INT_MIN,
  LONG_MAX,
  UINT_MAX,
  bool,
  int,
  keyspaceEvents,
  memory,
  memoryOrPercent,
  octal,
  oneOf,
  oomScores,
  outputBufferLimits,
  percentiles,
  port,
  primaryAddress,
  savePoints,
  shutdownOptions,
  text,
  titleTemplate,
  unsignedMemory,
  words,
  type ValueType,
} from "./value-types.ts";

/** always: by CONFIG SET. start: only from file and command line. protected: as `enable-protected-configs` says. */
export type Mutability = "always" | "start" | "protected";

export interface Directive {
  readonly name: string;
  /** The other name Redis knows it by; both are shown by CONFIG GET. */
  readonly alias?: string;
  readonly type: ValueType;
  readonly defaultValue: string;
  readonly mutability: Mutability;
  /** CONFIG GET shows it only when asked by its exact name. */
  readonly hidden: boolean;
  /** Which part of the server applies a change. */
  readonly hook?: string;
  /** Setting it to what it is applies it again: the file that it names may have changed. */
  readonly volatile?: boolean;
  /** Why it has no effect here. */
  readonly noEffect?: string;
  /** Section of the reference page. */
  readonly section: string;
}

interface Options {
  alias?: string;
  mutability?: Mutability;
  hidden?: boolean;
  hook?: string;
  volatile?: boolean;
  noEffect?: string;
}

const START: Options = { mutability: "start" };
const TLS_FILE: Options = { hook: "tls", volatile: true };

const NO_REPLICATION = "there is no replication yet";
const NO_CLUSTER = "there is no cluster mode yet";
const LOADS_IN_SLICES = "a dataset is loaded in slices of a few milliseconds";
const SYNC_ASIDE = "files are synchronized off the event loop";
const NO_OLD_API = "print, getfenv, setfenv and newproxy are never there";
const NO_FORK = "no process is forked";
const NO_CPU_LISTS = "the server is one process with one thread";
const NO_JEMALLOC = "memory comes from the engine's own allocator";
const ALWAYS_LAZY = "large values are always freed in the background, in slices";
const NO_DEFRAG = "there is no defragmentation yet";
const NO_CRASH_LOG = "a crash is reported by the JavaScript runtime";

/** Only the file name of a file, not a path. */
function fileName(directive: string, what: string): (value: string) => string | null {
  return (value) => {
    if (directive.startsWith("append") && value === "") return `${directive} can't be empty`;
    return value.includes("/") ? `${directive} can't be a path, just a ${what}` : null;
  };
}

const hostName = (value: string): string | null =>
  /^[A-Za-z0-9.-]*$/.test(value)
    ? null
    : "Hostnames may only contain alphanumeric characters, hyphens or dots";

/** Printable, and nothing that would need quoting in nodes.conf. */
const nodeName = (value: string): string | null =>
  /^[A-Za-z0-9 ._-]*$/.test(value) ? null : "Announced human node name contained invalid character";

const localeName = (value: string): string | null =>
  /^(|C|POSIX|[A-Za-z]{2,3}(_[A-Za-z]{2})?(\.[A-Za-z0-9-]+)?)$/.test(value) ? null : "Invalid locale name";

const BIND_ADDRESSES_MAX = 16;

/** RDB versions that can be written: of Redis 7.0, and of Redis 8.0. */
const RDB_VERSION_LEAST = 10;
const RDB_VERSION = 12;

export const DIRECTIVES: readonly Directive[] = [
  ...section(
    "Network",
    row("bind", words(BIND_ADDRESSES_MAX, "Too many bind addresses specified."), "* -::*", {
      hook: "listen",
    }),
    row("port", port, "6379", { hook: "listen" }),
    row("unixsocket", text(), "", START),
    row("unixsocketperm", octal, "0", START),
    row("tcp-backlog", int(0, INT_MAX), "511", START),
    row("tcp-keepalive", int(0, INT_MAX), "300", {}),
    row("timeout", int(0, INT_MAX), "0", {}),
    row("protected-mode", bool, "yes", {}),
    row("maxclients", int(1, UINT_MAX), "10000", { hook: "server" }),
    row("max-new-connections-per-cycle", int(1, 1000), "10", {
      noEffect: "the runtime accepts connections by itself",
    }),
    row("bind-source-addr", text(), "", { noEffect: NO_REPLICATION }),
    row("socket-mark-id", int(0, UINT_MAX), "0", {
      ...START,
      noEffect: "sockets cannot be marked from JavaScript",
    }),
    row("io-threads", int(1, 128), "1", { ...START, noEffect: "the engine runs on one thread" }),
  ),
  ...section(
    "TLS",
    row("tls-port", port, "0", { hook: "tls" }),
    row("tls-cert-file", text(), "", TLS_FILE),
    row("tls-key-file", text(), "", TLS_FILE),
    row("tls-key-file-pass", text(), "", TLS_FILE),
    row("tls-client-cert-file", text(), "", { noEffect: NO_REPLICATION }),
    row("tls-client-key-file", text(), "", { noEffect: NO_REPLICATION }),
    row("tls-client-key-file-pass", text(), "", { noEffect: NO_REPLICATION }),
    row("tls-dh-params-file", text(), "", TLS_FILE),
    row("tls-ca-cert-file", text(), "", TLS_FILE),
    row("tls-ca-cert-dir", text(), "", TLS_FILE),
    row("tls-auth-clients", oneOf(["no", "yes", "optional"]), "yes", { hook: "tls" }),
    row("tls-replication", bool, "no", { noEffect: NO_REPLICATION }),
    row("tls-cluster", bool, "no", { noEffect: NO_REPLICATION }),
    row("tls-protocols", text(), "", { hook: "tls" }),
    row("tls-ciphers", text(), "", { hook: "tls" }),
    row("tls-ciphersuites", text(), "", { hook: "tls" }),
    row("tls-prefer-server-ciphers", bool, "no", { hook: "tls" }),
    row("tls-session-caching", bool, "yes", { hook: "tls" }),
    row("tls-session-cache-size", int(0, INT_MAX), "20480", {
      noEffect: "sessions are kept by the clients, as tickets",
    }),
    row("tls-session-cache-timeout", int(0, INT_MAX), "300", { hook: "tls" }),
    row("max-new-tls-connections-per-cycle", int(1, 1000), "1", {
      noEffect: "the runtime accepts connections by itself",
    }),
  ),
  ...section(
    "General",
    row("daemonize", bool, "no", {
      ...START,
      noEffect: "the server stays in the foreground; a service manager starts it",
    }),
    row("supervised", oneOf(["upstart", "systemd", "auto", "no"]), "no", START),
    row("pidfile", text(), "", START),
    row("loglevel", oneOf(["debug", "verbose", "notice", "warning", "nothing"]), "notice", {
      hook: "server",
    }),
    row("logfile", text(), "", START),
    row("syslog-enabled", bool, "no", { ...START, noEffect: "the log goes to standard output or `logfile`" }),
    row("syslog-ident", text(), "redis", { ...START, noEffect: "see syslog-enabled" }),
    row(
      "syslog-facility",
      oneOf(["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"]),
      "local0",
      { ...START, noEffect: "see syslog-enabled" },
    ),
    row("crash-log-enabled", bool, "yes", { noEffect: NO_CRASH_LOG }),
    row("crash-memcheck-enabled", bool, "yes", { noEffect: NO_CRASH_LOG }),
    row("databases", int(1, INT_MAX), "16", START),
    row("always-show-logo", bool, "no", { ...START, noEffect: "there is no logo" }),
    row("hide-user-data-from-log", bool, "no", { noEffect: "user data is never logged" }),
    row("set-proc-title", bool, "yes", START),
    row("proc-title-template", titleTemplate, "{title} {listen-addr} {server-mode}", { hook: "title" }),
    row("locale-collate", text(localeName), "", { noEffect: "strings are compared byte by byte" }),
    row("dir", text(), "", { mutability: "protected", hook: "dir" }),
    row("enable-protected-configs", oneOf(["no", "yes", "local"]), "no", START),
    row("enable-debug-command", oneOf(["no", "yes", "local"]), "no", START),
    row("enable-module-command", oneOf(["no", "yes", "local"]), "no", START),
    row("ignore-warnings", text(), "", { noEffect: "no system warning stops the start" }),
    row("disable-thp", bool, "yes", { ...START, noEffect: "the runtime maps the memory" }),
    row("oom-score-adj", oneOf(["no", "yes", "relative", "absolute"], { relative: "yes" }), "no", {
      noEffect: "the operating system's setting stays",
    }),
    row("oom-score-adj-values", oomScores, "0 200 800", { noEffect: "see oom-score-adj" }),
    row("server-cpulist", text(), "", { ...START, alias: "server_cpulist", noEffect: NO_CPU_LISTS }),
    row("bio-cpulist", text(), "", { ...START, alias: "bio_cpulist", noEffect: NO_CPU_LISTS }),
    row("aof-rewrite-cpulist", text(), "", {
      ...START,
      alias: "aof_rewrite_cpulist",
      noEffect: NO_CPU_LISTS,
    }),
    row("bgsave-cpulist", text(), "", { ...START, alias: "bgsave_cpulist", noEffect: NO_CPU_LISTS }),
  ),
  ...section(
    "Security",
    row("requirepass", text(), "", { hook: "requirepass" }),
    row("aclfile", text(), "", START),
    row("acllog-max-len", int(0, LONG_MAX), "128", { hook: "server" }),
    row("acl-pubsub-default", oneOf(["allchannels", "resetchannels"]), "resetchannels", {}),
  ),
  ...section(
    "Clients",
    row(
      "client-output-buffer-limit",
      outputBufferLimits,
      "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
      { hook: "server" },
    ),
    row("client-query-buffer-limit", memory(1024 * 1024), "1073741824", { hook: "engine" }),
    row("maxmemory-clients", memoryOrPercent, "0", {}),
    row("proto-max-bulk-len", memory(1024 * 1024), "536870912", { hook: "engine" }),
    row("tracking-table-max-keys", int(0, LONG_MAX), "1000000", { hook: "server" }),
  ),
  ...section(
    "Memory",
    row("maxmemory", unsignedMemory, "0", { hook: "engine" }),
    row(
      "maxmemory-policy",
      oneOf([
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "noeviction",
      ]),
      "noeviction",
      { hook: "engine" },
    ),
    row("maxmemory-samples", int(1, 64), "5", { hook: "engine" }),
    row("maxmemory-eviction-tenacity", int(0, 100), "10", { hook: "engine" }),
    row("lfu-log-factor", int(0, INT_MAX), "10", { hook: "engine" }),
    row("lfu-decay-time", int(0, INT_MAX), "1", { hook: "engine" }),
    row("lazyfree-lazy-eviction", bool, "no", { noEffect: ALWAYS_LAZY }),
    row("lazyfree-lazy-expire", bool, "no", { noEffect: ALWAYS_LAZY }),
    row("lazyfree-lazy-server-del", bool, "no", { noEffect: ALWAYS_LAZY }),
    row("lazyfree-lazy-user-del", bool, "no", { noEffect: ALWAYS_LAZY }),
    row("lazyfree-lazy-user-flush", bool, "no", { hook: "engine" }),
    row("activedefrag", bool, "no", { noEffect: NO_DEFRAG }),
    row("active-defrag-ignore-bytes", memory(1), "104857600", { noEffect: NO_DEFRAG }),
    row("active-defrag-threshold-lower", int(0, 1000), "10", { noEffect: NO_DEFRAG }),
    row("active-defrag-threshold-upper", int(0, 1000), "100", { noEffect: NO_DEFRAG }),
    row("active-defrag-cycle-min", int(1, 99), "1", { noEffect: NO_DEFRAG }),
    row("active-defrag-cycle-max", int(1, 99), "25", { noEffect: NO_DEFRAG }),
    row("active-defrag-max-scan-fields", int(1, LONG_MAX), "1000", { noEffect: NO_DEFRAG }),
    row("jemalloc-bg-thread", bool, "yes", { noEffect: NO_JEMALLOC }),
  ),
  ...section(
    "Data structures",
    row("hash-max-listpack-entries", int(0, LONG_MAX), "512", {
      alias: "hash-max-ziplist-entries",
      hook: "engine",
    }),
    row("hash-max-listpack-value", memory(0), "64", { alias: "hash-max-ziplist-value", hook: "engine" }),
    row("list-max-listpack-size", int(INT_MIN, INT_MAX), "-2", {
      alias: "list-max-ziplist-size",
      hook: "engine",
    }),
    row("list-compress-depth", int(0, INT_MAX), "0", { hook: "engine" }),
    row("set-max-intset-entries", int(0, LONG_MAX), "512", { hook: "engine" }),
    row("set-max-listpack-entries", int(0, LONG_MAX), "128", { hook: "engine" }),
    row("set-max-listpack-value", int(0, LONG_MAX), "64", { hook: "engine" }),
    row("zset-max-listpack-entries", int(0, LONG_MAX), "128", {
      alias: "zset-max-ziplist-entries",
      hook: "engine",
    }),
    row("zset-max-listpack-value", memory(0), "64", { alias: "zset-max-ziplist-value", hook: "engine" }),
    row("stream-node-max-bytes", memory(0), "4096", { hook: "engine" }),
    row("stream-node-max-entries", int(0, LONG_MAX), "100", { hook: "engine" }),
    row("hll-sparse-max-bytes", memory(0), "3000", { hook: "engine" }),
  ),
  ...section(
    "Background work",
    row("hz", within(int(0, INT_MAX), 1n, 500n), "10", {}),
    row("dynamic-hz", bool, "yes", {}),
    row("activerehashing", bool, "yes", { noEffect: "tables are always resized in the background" }),
    row("active-expire-effort", int(1, 10), "1", { hook: "engine" }),
  ),
  ...section(
    "Observation",
    row("metrics-port", port, "0", { ...START, hidden: true }),
    row("metrics-bind", text(), "127.0.0.1", { ...START, hidden: true }),
    row("slowlog-log-slower-than", int(-1, LONG_MAX), "10000", { hook: "server" }),
    row("slowlog-max-len", int(0, LONG_MAX), "128", { hook: "server" }),
    row("latency-monitor-threshold", int(0, LONG_MAX), "0", { hook: "server" }),
    row("latency-tracking", bool, "yes", { hook: "server" }),
    row("latency-tracking-info-percentiles", percentiles, "50 99 99.9", {}),
    row("notify-keyspace-events", keyspaceEvents, "", { hook: "server" }),
    row("watchdog-period", int(0, INT_MAX), "0", { hidden: true, noEffect: "there is no software watchdog" }),
  ),
  ...section(
    "Persistence",
    row("save", savePoints, "3600 1 300 100 60 10000", { hook: "save" }),
    row("dbfilename", text(fileName("dbfilename", "filename")), "dump.rdb", {
      mutability: "protected",
    }),
    row("image-save", bool, "no", { hidden: true }),
    row("rdb-version", int(RDB_VERSION_LEAST, RDB_VERSION), "12", { hidden: true }),
    row("rdbcompression", bool, "yes", { hook: "engine" }),
    row("rdbchecksum", bool, "yes", START),
    row("rdb-del-sync-files", bool, "no", { noEffect: NO_REPLICATION }),
    row("rdb-save-incremental-fsync", bool, "yes", { noEffect: SYNC_ASIDE }),
    row("sanitize-dump-payload", oneOf(["no", "yes", "clients"]), "no", { hook: "engine" }),
    row("stop-writes-on-bgsave-error", bool, "yes", { hook: "writes" }),
    row("appendonly", bool, "no", { hook: "appendonly" }),
    row("appendfilename", text(fileName("appendfilename", "filename")), "appendonly.aof", START),
    row("appenddirname", text(fileName("appenddirname", "dirname")), "appendonlydir", START),
    row("appendfsync", oneOf(["everysec", "always", "no"]), "everysec", {}),
    row("no-appendfsync-on-rewrite", bool, "no", {}),
    row("auto-aof-rewrite-percentage", int(0, INT_MAX), "100", {}),
    row("auto-aof-rewrite-min-size", memory(0), "67108864", {}),
    row("aof-load-truncated", bool, "yes", {}),
    row("aof-use-rdb-preamble", bool, "yes", {}),
    row("aof-timestamp-enabled", bool, "no", {}),
    row("aof-rewrite-incremental-fsync", bool, "yes", { noEffect: SYNC_ASIDE }),
    row("shutdown-timeout", int(0, INT_MAX), "10", { noEffect: NO_REPLICATION }),
    row("shutdown-on-sigint", shutdownOptions, "default", {}),
    row("shutdown-on-sigterm", shutdownOptions, "default", {}),
    row("rdb-key-save-delay", int(INT_MIN, INT_MAX), "0", { hidden: true, noEffect: NO_FORK }),
    row("key-load-delay", int(INT_MIN, INT_MAX), "0", { hidden: true, noEffect: LOADS_IN_SLICES }),
    row("loading-process-events-interval-bytes", int(1024, INT_MAX), "524288", {
      hidden: true,
      noEffect: LOADS_IN_SLICES,
    }),
    row("use-exit-on-panic", bool, "no", { hidden: true, noEffect: NO_CRASH_LOG }),
  ),
  ...section(
    "Replication",
    row("replicaof", primaryAddress, "", { ...START, alias: "slaveof", noEffect: NO_REPLICATION }),
    row("masteruser", text(), "", { noEffect: NO_REPLICATION }),
    row("masterauth", text(), "", { noEffect: NO_REPLICATION }),
    row("replica-serve-stale-data", bool, "yes", {
      alias: "slave-serve-stale-data",
      noEffect: NO_REPLICATION,
    }),
    row("replica-read-only", bool, "yes", { alias: "slave-read-only", noEffect: NO_REPLICATION }),
    row("replica-ignore-maxmemory", bool, "yes", {
      alias: "slave-ignore-maxmemory",
      noEffect: NO_REPLICATION,
    }),
    row("replica-ignore-disk-write-errors", bool, "no", { noEffect: NO_REPLICATION }),
    row("replica-lazy-flush", bool, "no", { alias: "slave-lazy-flush", noEffect: NO_REPLICATION }),
    row("replica-priority", int(0, INT_MAX), "100", { alias: "slave-priority", noEffect: NO_REPLICATION }),
    row("replica-announce-ip", text(), "", { alias: "slave-announce-ip", noEffect: NO_REPLICATION }),
    row("replica-announce-port", port, "0", { alias: "slave-announce-port", noEffect: NO_REPLICATION }),
    row("replica-announced", bool, "yes", { noEffect: NO_REPLICATION }),
    row("replica-full-sync-buffer-limit", memory(0), "0", { noEffect: NO_REPLICATION }),
    row("repl-diskless-sync", bool, "yes", { noEffect: NO_REPLICATION }),
    row("repl-diskless-sync-delay", int(0, INT_MAX), "5", { noEffect: NO_REPLICATION }),
    row("repl-diskless-sync-max-replicas", int(0, INT_MAX), "0", { noEffect: NO_REPLICATION }),
    row("repl-diskless-load", oneOf(["disabled", "on-empty-db", "swapdb"]), "disabled", {
      noEffect: NO_REPLICATION,
    }),
    row("repl-ping-replica-period", int(1, INT_MAX), "10", {
      alias: "repl-ping-slave-period",
      noEffect: NO_REPLICATION,
    }),
    row("repl-timeout", int(1, INT_MAX), "60", { noEffect: NO_REPLICATION }),
    row("repl-disable-tcp-nodelay", bool, "no", { noEffect: NO_REPLICATION }),
    row("repl-backlog-size", within(memory(1), 16384n, LONG_MAX), "1048576", { noEffect: NO_REPLICATION }),
    row("repl-backlog-ttl", int(0, LONG_MAX), "3600", { noEffect: NO_REPLICATION }),
    row("repl-rdb-channel", bool, "no", { hidden: true, noEffect: NO_REPLICATION }),
    row("min-replicas-to-write", int(0, INT_MAX), "0", {
      alias: "min-slaves-to-write",
      noEffect: NO_REPLICATION,
    }),
    row("min-replicas-max-lag", int(0, INT_MAX), "10", {
      alias: "min-slaves-max-lag",
      noEffect: NO_REPLICATION,
    }),
    row("propagation-error-behavior", oneOf(["ignore", "panic", "panic-on-replicas"]), "ignore", {
      noEffect: NO_REPLICATION,
    }),
  ),
  ...section(
    "Scripting",
    row("busy-reply-threshold", int(0, LONG_MAX), "5000", { alias: "lua-time-limit" }),
    row("lua-enable-deprecated-api", bool, "no", { ...START, hidden: true, noEffect: NO_OLD_API }),
  ),
  ...section(
    "Cluster",
    row("cluster-enabled", bool, "no", { ...START, noEffect: NO_CLUSTER }),
    row("cluster-config-file", text(), "nodes.conf", { ...START, noEffect: NO_CLUSTER }),
    row("cluster-node-timeout", int(0, LONG_MAX), "15000", { noEffect: NO_CLUSTER }),
    row("cluster-port", port, "0", { ...START, noEffect: NO_CLUSTER }),
    row("cluster-replica-validity-factor", int(0, INT_MAX), "10", {
      alias: "cluster-slave-validity-factor",
      noEffect: NO_CLUSTER,
    }),
    row("cluster-migration-barrier", int(0, INT_MAX), "1", { noEffect: NO_CLUSTER }),
    row("cluster-allow-replica-migration", bool, "yes", { noEffect: NO_CLUSTER }),
    row("cluster-require-full-coverage", bool, "yes", { noEffect: NO_CLUSTER }),
    row("cluster-replica-no-failover", bool, "no", {
      alias: "cluster-slave-no-failover",
      noEffect: NO_CLUSTER,
    }),
    row("cluster-allow-reads-when-down", bool, "no", { noEffect: NO_CLUSTER }),
    row("cluster-allow-pubsubshard-when-down", bool, "yes", { noEffect: NO_CLUSTER }),
    row("cluster-link-sendbuf-limit", unsignedMemory, "0", { noEffect: NO_CLUSTER }),
    row("cluster-announce-hostname", text(hostName), "", { noEffect: NO_CLUSTER }),
    row("cluster-announce-human-nodename", text(nodeName), "", { noEffect: NO_CLUSTER }),
    row("cluster-preferred-endpoint-type", oneOf(["ip", "hostname", "unknown-endpoint"]), "ip", {
      noEffect: NO_CLUSTER,
    }),
    row("cluster-announce-ip", text(), "", { noEffect: NO_CLUSTER }),
    row("cluster-announce-port", port, "0", { noEffect: NO_CLUSTER }),
    row("cluster-announce-tls-port", port, "0", { noEffect: NO_CLUSTER }),
    row("cluster-announce-bus-port", port, "0", { noEffect: NO_CLUSTER }),
    row("cluster-compatibility-sample-ratio", int(0, 100), "0", { noEffect: NO_CLUSTER }),
  ),
];

/** Directives of older configuration files that Redis 8 takes from a file and ignores; CONFIG does not know them. */
export const IGNORED_IN_FILE: ReadonlySet<string> = new Set([
  "io-threads-do-reads",
  "list-max-ziplist-entries",
  "list-max-ziplist-value",
]);

function row(
  name: string,
  type: ValueType,
  defaultValue: string,
  options: Options,
): Omit<Directive, "section"> {
  return { name, type, defaultValue, mutability: "always", hidden: false, ...options };
}

function section(title: string, ...rows: Omit<Directive, "section">[]): Directive[] {
  return rows.map((directive) => ({ ...directive, section: title }));
}

/** A number that is moved into a range without complaint. */
function within(type: ValueType, min: bigint, max: bigint): ValueType {
  return {
    ...type,
    parse(args, current) {
      const value = BigInt(type.parse(args, current));
      return String(value < min ? min : value > max ? max : value);
    },
  };
}
