import type { Check } from "../config/parse.ts";
import { mebibytesOf } from "./quantity.ts";

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

/** Parameters that CloudNativePG sets itself and whose webhook refuses them. */
export const operatorParameters: readonly string[] = [
  "allow_system_table_mods",
  "archive_command",
  "archive_mode",
  "cluster_name",
  "config_file",
  "data_directory",
  "hba_file",
  "hot_standby",
  "ident_file",
  "listen_addresses",
  "log_destination",
  "log_directory",
  "log_filename",
  "logging_collector",
  "port",
  "primary_conninfo",
  "primary_slot_name",
  "recovery_target",
  "recovery_target_action",
  "recovery_target_time",
  "restart_after_crash",
  "restore_command",
  "shared_preload_libraries",
  "ssl",
  "ssl_ca_file",
  "ssl_cert_file",
  "ssl_key_file",
  "synchronous_standby_names",
  "unix_socket_directories",
];

export const checkParameters: Check = ({ database }) => {
  if (database?.mode !== "cluster") return [];
  return Object.keys(database.parameters).flatMap((name) => {
    const path = `database.parameters.${name}`;
    if (name === "max_connections")
      return [{ path, message: "is counted by the connection budget, must be set as database.maxConnections" }];
    if (operatorParameters.includes(name))
      return [{ path, message: "is set by CloudNativePG alone, must be left out" }];
    return [];
  });
};
