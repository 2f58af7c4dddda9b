import type { Check } from "../../config/parse.ts";
import { mebibytesOf } from "../shared/quantity.ts";

export interface PostgresSize {
  /** Memory of one instance. */
  readonly memory: string;
  readonly maxConnections: number;
  /** Volume that WAL is on, and whether it is there alone. */
  readonly walVolume: { readonly size: string; readonly own: boolean };
}

/**
 * PostgreSQL's parameters for a server of this size, which does LiteLLM's work: many short look-ups of keys, batches of
 * spend rows, and few large reports.
 */
export function postgresParameters({ memory, maxConnections, walVolume }: PostgresSize): Record<string, string> {
  const total = mebibytesOf(memory);
  const wal = mebibytesOf(walVolume.size);
  const megabytes = (value: number) => `${Math.floor(value)}MB`;
  return {
    max_connections: String(maxConnections),
    // A quarter, as PostgreSQL's manual advises: the kernel's cache, which counts as the container's, holds the rest.
    shared_buffers: megabytes(atLeast(32, total / 4)),
    // Tells the planner what both caches hold together; allocates nothing.
    effective_cache_size: megabytes(atLeast(64, (total * 3) / 4)),
    // For each sort or hash of each connection: a quarter of the memory, should all of them sort at once.
    work_mem: megabytes(within(2, 64, total / 4 / maxConnections)),
    // Index builds and vacuum, of which up to three run beside each other.
    maintenance_work_mem: megabytes(within(16, 1024, total / 16)),
    // Volumes in a cluster are SSDs, where an index look-up costs hardly more than a sequential read.
    random_page_cost: "1.1",
    effective_io_concurrency: "200",
    // Spend comes in batches: fewer, larger checkpoints write each page of it once.
    checkpoint_timeout: "15min",
    max_wal_size: megabytes(within(64, 8192, wal * (walVolume.own ? 0.5 : 0.1))),
    // A standby that is gone for long must be made anew, rather than fill the volume and stop the primary.
    max_slot_wal_keep_size: megabytes(atLeast(64, wal * (walVolume.own ? 0.3 : 0.1))),
  };
}

function atLeast(least: number, value: number): number {
  return Math.max(least, value);
}

function within(least: number, most: number, value: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Parameters that CloudNativePG sets itself, or lets nobody set: its FixedConfigurationParameters. */
export const operatorParameters: readonly string[] = [
  "allow_system_table_mods",
  "archive_cleanup_command",
  "archive_command",
  "archive_mode",
  "bonjour",
  "bonjour_name",
  "cluster_name",
  "config_file",
  "data_directory",
  "data_sync_retry",
  "event_source",
  "external_pid_file",
  "hba_file",
  "hot_standby",
  "ident_file",
  "jit_provider",
  "listen_addresses",
  "log_destination",
  "log_directory",
  "log_file_mode",
  "log_filename",
  "log_rotation_age",
  "log_rotation_size",
  "log_truncate_on_rotation",
  "logging_collector",
  "pg_failover_slots.primary_dsn",
  "pg_failover_slots.standby_slot_names",
  "port",
  "primary_conninfo",
  "primary_slot_name",
  "promote_trigger_file",
  "recovery_end_command",
  "recovery_min_apply_delay",
  "recovery_target",
  "recovery_target_action",
  "recovery_target_inclusive",
  "recovery_target_lsn",
  "recovery_target_name",
  "recovery_target_time",
  "recovery_target_timeline",
  "recovery_target_xid",
  "restart_after_crash",
  "restore_command",
  "shared_preload_libraries",
  "ssl",
  "ssl_ca_file",
  "ssl_cert_file",
  "ssl_crl_file",
  "ssl_dh_params_file",
  "ssl_ecdh_curve",
  "ssl_key_file",
  "ssl_passphrase_command",
  "ssl_passphrase_command_supports_reload",
  "ssl_prefer_server_ciphers",
  "stats_temp_directory",
  "synchronized_standby_slots",
  "synchronous_standby_names",
  "syslog_facility",
  "syslog_ident",
  "syslog_sequence_numbers",
  "syslog_split_messages",
  "temp_tablespaces",
  "unix_socket_directories",
  "unix_socket_group",
  "unix_socket_permissions",
];

/** Connections that PostgreSQL keeps back, which the budget takes as they are by default. */
const keptConnections = ["superuser_reserved_connections", "reserved_connections"];

export const checkParameters: Check = ({ database }) => {
  if (database?.mode !== "cluster") return [];
  return Object.keys(database.parameters).flatMap((name) => {
    const path = `database.parameters.${name}`;
    if (name === "max_connections")
      return [{ path, message: "is counted by the connection budget, must be set as database.maxConnections" }];
    if (keptConnections.includes(name))
      return [{ path, message: "takes connections that the connection budget needs. Remove it." }];
    if (operatorParameters.includes(name)) return [{ path, message: "is set by CloudNativePG. Remove it." }];
    return [];
  });
};
