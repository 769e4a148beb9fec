/**
 * metric-names: which field of INFO is which metric of redis_exporter, without the prefix `redis_`. What is counted up is a
 * counter, everything else a gauge.
 */

/** Fields that keep their names. */
const same = (...fields: readonly string[]): [string, string][] => fields.map((field) => [field, field]);

export const GAUGES: ReadonlyMap<string, string> = new Map([
  ...same("uptime_in_seconds", "process_id", "io_threads_active"),
  ...same("connected_clients", "blocked_clients", "tracking_clients", "pubsub_clients", "watching_clients"),
  ...same(
    "clients_in_timeout_table",
    "total_watched_keys",
    "total_blocking_keys",
    "total_blocking_keys_on_nokey",
  ),
  ["maxclients", "max_clients"],
  ["client_recent_max_input_buffer", "client_recent_max_input_buffer_bytes"],
  ["client_recent_max_output_buffer", "client_recent_max_output_buffer_bytes"],

  ["allocator_active", "allocator_active_bytes"],
  ["allocator_allocated", "allocator_allocated_bytes"],
  ["allocator_resident", "allocator_resident_bytes"],
  ...same("allocator_frag_ratio", "allocator_frag_bytes", "allocator_rss_ratio", "allocator_rss_bytes"),
  ["used_memory", "memory_used_bytes"],
  ["used_memory_rss", "memory_used_rss_bytes"],
  ["used_memory_peak", "memory_used_peak_bytes"],
  ["used_memory_lua", "memory_used_lua_bytes"],
  ["used_memory_vm_eval", "memory_used_vm_eval_bytes"],
  ["used_memory_vm_functions", "memory_used_vm_functions_bytes"],
  ["used_memory_vm_total", "memory_used_vm_total"],
  ["used_memory_scripts", "memory_used_scripts_bytes"],
  ["used_memory_functions", "memory_used_functions"],
  ["used_memory_overhead", "memory_used_overhead_bytes"],
  ["used_memory_startup", "memory_used_startup_bytes"],
  ["used_memory_dataset", "memory_used_dataset_bytes"],
  ...same("number_of_cached_scripts", "number_of_functions", "number_of_libraries"),
  ["maxmemory", "memory_max_bytes"],
  ...same("mem_fragmentation_ratio", "mem_fragmentation_bytes", "mem_clients_slaves", "mem_clients_normal"),
  ...same("mem_cluster_links", "mem_aof_buffer", "mem_replication_backlog"),
  ["mem_not_counted_for_evict", "mem_not_counted_for_eviction_bytes"],
  ...same("active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects"),

  ["loading", "loading_dump_file"],
  ...same("async_loading", "rdb_changes_since_last_save", "rdb_bgsave_in_progress"),
  ["rdb_last_save_time", "rdb_last_save_timestamp_seconds"],
  ["rdb_last_bgsave_time_sec", "rdb_last_bgsave_duration_sec"],
  ["rdb_current_bgsave_time_sec", "rdb_current_bgsave_duration_sec"],
  ["rdb_last_cow_size", "rdb_last_cow_size_bytes"],
  ...same("rdb_last_load_keys_expired", "rdb_last_load_keys_loaded"),
  ...same("aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled"),
  ["aof_last_rewrite_time_sec", "aof_last_rewrite_duration_sec"],
  ["aof_current_rewrite_time_sec", "aof_current_rewrite_duration_sec"],
  ["aof_last_cow_size", "aof_last_cow_size_bytes"],
  ["aof_current_size", "aof_current_size_bytes"],
  ["aof_base_size", "aof_base_size_bytes"],
  ...same("aof_pending_rewrite", "aof_buffer_length", "aof_pending_bio_fsync", "aof_delayed_fsync"),
  ...same("module_fork_in_progress", "module_fork_last_cow_size"),

  ...same("instantaneous_ops_per_sec", "instantaneous_input_kbps", "instantaneous_output_kbps"),
  ...same("pubsub_channels", "pubsub_patterns", "pubsubshard_channels", "latest_fork_usec"),
  ...same("tracking_total_keys", "tracking_total_items", "tracking_total_prefixes"),
  ...same("slave_expires_tracked_keys"),
  ["sync_full", "replica_resyncs_full"],
  ["sync_partial_ok", "replica_partial_resync_accepted"],
  ["sync_partial_err", "replica_partial_resync_denied"],
  ["active_defrag_hits", "defrag_hits"],
  ["active_defrag_misses", "defrag_misses"],
  ["active_defrag_key_hits", "defrag_key_hits"],
  ["active_defrag_key_misses", "defrag_key_misses"],
  ["expired_stale_perc", "expired_stale_percentage"],
  ["current_eviction_exceeded_time", "current_eviction_exceeded_time_ms"],

  ...same("connected_slaves", "master_repl_offset", "second_repl_offset", "repl_backlog_first_byte_offset"),
  ["repl_backlog_size", "replication_backlog_bytes"],
  ["repl_backlog_active", "repl_backlog_is_active"],
  ["repl_backlog_histlen", "repl_backlog_history_bytes"],
  ...same("cluster_enabled"),
]);

export const COUNTERS: ReadonlyMap<string, string> = new Map([
  ["total_connections_received", "connections_received_total"],
  ["total_commands_processed", "commands_processed_total"],
  ["rejected_connections", "rejected_connections_total"],
  ["total_net_input_bytes", "net_input_bytes_total"],
  ["total_net_output_bytes", "net_output_bytes_total"],
  ["total_net_repl_input_bytes", "net_repl_input_bytes_total"],
  ["total_net_repl_output_bytes", "net_repl_output_bytes_total"],
  ["expired_keys", "expired_keys_total"],
  ["expired_subkeys", "expired_subkeys_total"],
  ["expired_time_cap_reached_count", "expired_time_cap_reached_total"],
  ["expire_cycle_cpu_milliseconds", "expire_cycle_cpu_time_ms_total"],
  ["evicted_keys", "evicted_keys_total"],
  ["evicted_clients", "evicted_clients_total"],
  ["evicted_scripts", "evicted_scripts_total"],
  ["total_eviction_exceeded_time", "eviction_exceeded_time_ms_total"],
  ["keyspace_hits", "keyspace_hits_total"],
  ["keyspace_misses", "keyspace_misses_total"],
  ["total_reads_processed", "total_reads_processed"],
  ["total_writes_processed", "total_writes_processed"],
  ["total_error_replies", "total_error_replies"],
  ["unexpected_error_replies", "unexpected_error_replies"],
  ["dump_payload_sanitizations", "dump_payload_sanitizations"],
  ["acl_access_denied_auth", "acl_access_denied_auth_total"],
  ["acl_access_denied_cmd", "acl_access_denied_cmd_total"],
  ["acl_access_denied_key", "acl_access_denied_key_total"],
  ["acl_access_denied_channel", "acl_access_denied_channel_total"],
  ["used_cpu_sys", "cpu_sys_seconds_total"],
  ["used_cpu_user", "cpu_user_seconds_total"],
  ["used_cpu_sys_children", "cpu_sys_children_seconds_total"],
  ["used_cpu_user_children", "cpu_user_children_seconds_total"],
  ["used_cpu_sys_main_thread", "cpu_sys_main_thread_seconds_total"],
  ["used_cpu_user_main_thread", "cpu_user_main_thread_seconds_total"],
]);

/** `ok` is 1, anything else 0. */
export const STATUSES: ReadonlySet<string> = new Set([
  ...["rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status"],
]);

/** Labels of `instance_info` and of `slave_info`, which are fields of INFO. */
export const INSTANCE_LABELS: readonly string[] = [
  ...[
    "role",
    "redis_version",
    "redis_build_id",
    "redis_mode",
    "os",
    "maxmemory_policy",
    "tcp_port",
    "run_id",
  ],
  ...["process_id", "master_replid"],
];
export const SLAVE_LABELS: readonly string[] = ["master_host", "master_port", "slave_read_only"];
