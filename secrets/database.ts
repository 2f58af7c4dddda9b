import type { PlatformConfig } from "../config/platform.ts";
import { backupOf } from "../litellm/data/backup.ts";
import { fullPath, secretPaths } from "./paths.ts";
import { loginProperties, s3Properties } from "./properties.ts";

/** A value that people put into Vault for the database; the program never sees it. */
export interface DatabaseSecret {
  /** Full path below the mount. */
  readonly path: string;
  readonly property: string;
  /** The setting that asks for it, and whose value it is, for messages. */
  readonly setting: string;
  readonly of: string;
}

/** Every value that the database needs people to have put into Vault. */
export function databaseSecrets({ database, vault }: PlatformConfig): DatabaseSecret[] {
  const store = (path: string, setting: string) =>
    s3Properties.map((property) => ({ path: fullPath(vault, path), property, setting, of: "the object store" }));
  if (database.mode === "external") {
    const { vaultPath: path } = database.login;
    const setting = "database.login.vaultPath";
    return loginProperties.map((property) => ({ path, property, setting, of: "the database's role" }));
  }
  return [
    ...(backupOf(database) === undefined ? [] : store(secretPaths.backup, "database.backup")),
    ...(database.mode === "cluster" && database.recovery?.store !== undefined
      ? store(secretPaths.recovery, "database.recovery.store")
      : []),
  ];
}
