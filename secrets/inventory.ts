import type { PlatformConfig } from "../config/platform.ts";
import { ownUser } from "../litellm/data/cache.ts";
import { databaseSecrets } from "./database.ts";
import { givenSecrets } from "./given.ts";
import { fullPath, secretPaths } from "./paths.ts";

/** Secrets that the stack makes and writes to Vault. */
export function generatedPaths({ vault, database, cache, identity }: PlatformConfig): string[] {
  const paths = [
    ...[secretPaths.master, secretPaths.salt, secretPaths.ui],
    ...(database.mode === "external" ? [] : [secretPaths.database]),
    ...(ownUser(cache) === undefined ? [] : [secretPaths.cache]),
    ...(identity.mode === "managed" ? [secretPaths.identity] : []),
  ];
  return paths.map((path) => fullPath(vault, path));
}

/** Every secret that External Secrets may read for this stack. */
export function readPaths(config: PlatformConfig): string[] {
  const { cache, vault } = config;
  const snapshots = cache.mode === "dedicated" && cache.persistence?.kind === "s3";
  return [
    ...new Set([
      ...generatedPaths(config),
      ...(snapshots ? [fullPath(vault, secretPaths.cacheSnapshots)] : []),
      ...[...databaseSecrets(config), ...givenSecrets(config)].map(({ path }) => path),
    ]),
  ];
}

/** Paths in Vault of which the program must know whether they exist before it registers anything. */
export function preflightPaths(config: PlatformConfig): string[] {
  return [...new Set([...readPaths(config), ...importPaths(config)])];
}

/** Paths in Vault whose values the program reads: those of secrets that it makes, and of keys that it takes over. */
export function readBackPaths(config: PlatformConfig): string[] {
  return [...new Set([...generatedPaths(config), ...importPaths(config)])];
}

/** Secrets of an existing installation that keys are taken from. The program reads them, the cluster does not. */
function importPaths({ keys }: PlatformConfig): string[] {
  return [keys.master.importFrom, keys.salt.importFrom].flatMap((source) =>
    source?.kind === "vault" ? [source.path] : [],
  );
}
