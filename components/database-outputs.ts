import type { PlatformConfig } from "../config/platform.ts";
import { type BucketPolicy, backupOf, bucketPolicy, destinationOf } from "../litellm/data/backup.ts";
import { databaseConnection } from "../litellm/data/database.ts";
import type { Names } from "../litellm/shared/names.ts";

/** What a stack says of its backups. */
export interface BackupOutput {
  /** Prefix of all archives, for example `s3://litellm-backups/prod`. */
  readonly destination: string;
  /** Name of this cluster's archive below it, which a recovery is told. */
  readonly serverName: string;
  /** IAM policy of the key with which backups are written. */
  readonly policy: BucketPolicy;
}

/** The primary itself, which a pooler may stand before. */
export function databaseOutput(config: PlatformConfig, names: Names) {
  const { direct, name } = databaseConnection(config, names);
  return { ...direct, name };
}

export function backupOutput(config: PlatformConfig, names: Names): BackupOutput | null {
  const backup = backupOf(config.database);
  if (backup === undefined) return null;
  return {
    destination: destinationOf(backup.store, config.stack),
    serverName: names.database,
    policy: bucketPolicy(backup, config.stack),
  };
}
