import type { ImportSource } from "../config/keys.ts";
import type { PlatformConfig } from "../config/platform.ts";
import { backupOf } from "../litellm/data/backup.ts";
import { cacheVariables, ownUser } from "../litellm/data/cache.ts";
import { requiredVariables } from "../litellm/models/providers.ts";
import { keyVariables } from "../litellm/proxy/environment.ts";
import { clientSecretVariable, licenseVariable } from "../litellm/proxy/identity.ts";
import { proxyConfigVariables } from "../litellm/proxy/overrides.ts";
import { fullPath, secretPaths } from "./paths.ts";
import { loginProperties, s3Properties } from "./properties.ts";

/** One value that a stack needs in Vault. */
export interface SecretRef {
  /** Path of the secret below the mount. */
  readonly path: string;
  /** Name of the value within the secret. */
  readonly property: string;
  /**
   * `generated`: the program creates the value and stores it. `provided`: people store it, and the program never reads
   * it. `imported`: the program reads it once from an existing installation, and the cluster never does.
   */
  readonly owner: "generated" | "provided" | "imported";
  /** The setting that requires it, for messages. */
  readonly setting: string;
  /** Who needs it, for messages. @default nobody in particular */
  readonly neededBy?: string;
  /** Environment variable of the proxy that holds it. @default none */
  readonly variable?: string;
}

/** Every value that a stack of this configuration needs in Vault: the one place that knows them. */
export function requiredSecrets(config: PlatformConfig): readonly SecretRef[] {
  return [...generatedSecrets(config), ...proxySecrets(config), ...storageSecrets(config), ...importedKeys(config)];
}

/** Their paths, each once, of these owners. */
export function pathsOf(secrets: readonly SecretRef[], ...owners: readonly SecretRef["owner"][]): string[] {
  return [...new Set(secrets.filter(({ owner }) => owners.includes(owner)).map(({ path }) => path))];
}

function generatedSecrets({ vault, database, cache, identity }: PlatformConfig): SecretRef[] {
  const generated = (path: string, property: string, setting: string, variable?: string): SecretRef => ({
    ...{ path: fullPath(vault, path), property, owner: "generated", setting },
    ...(variable === undefined ? {} : { variable }),
  });
  const own = cache.mode === "dedicated" ? ["password", "defaultPassword"] : ["password"];
  return [
    generated(secretPaths.master, "key", "keys.master", keyVariables.master),
    generated(secretPaths.salt, "key", "keys.salt", keyVariables.salt),
    generated(secretPaths.ui, "password", "keys.ui", keyVariables.uiPassword),
    ...(database.mode === "external"
      ? []
      : loginProperties.map((property) => generated(secretPaths.database, property, "database.password"))),
    ...(ownUser(cache) === undefined
      ? []
      : own.map((property) => generated(secretPaths.cache, property, "cache.password"))),
    ...(identity.mode === "managed"
      ? [generated(secretPaths.identity, "client_secret", "identity.client", clientSecretVariable)]
      : []),
  ];
}

/** What people store for the proxy, sorted by variable. */
function proxySecrets(config: PlatformConfig): SecretRef[] {
  const { vault, gateway, identity } = config;
  const providers = requiredVariables(config.models).map(({ variable, credential, property, models, others }) =>
    provided(fullPath(vault, secretPaths.provider(credential)), property, "models", {
      neededBy: [...(models.length === 0 ? [] : [modelsNamed(models)]), ...others].join(", "),
      variable,
    }),
  );
  const overrides = proxyConfigVariables(config).map(({ variable, credential, property }) =>
    provided(fullPath(vault, secretPaths.provider(credential)), property, "gateway.proxyConfig", { variable }),
  );
  const license = gateway.license
    ? [provided(fullPath(vault, secretPaths.license), "key", "gateway.license", { variable: licenseVariable })]
    : [];
  const client =
    identity.mode === "existing"
      ? [
          provided(identity.client.vaultPath, identity.client.property, "identity.client.vaultPath", {
            neededBy: `client ${identity.client.id}`,
            variable: clientSecretVariable,
          }),
        ]
      : [];
  return [...providers, ...overrides, ...license, ...client, ...cacheSecrets(config)].sort((a, b) =>
    (a.variable ?? "") < (b.variable ?? "") ? -1 : 1,
  );
}

/** Passwords of an external cache, and the login to the bucket of cached responses. */
function cacheSecrets({ cache, vault }: PlatformConfig): SecretRef[] {
  const secrets: SecretRef[] = [];
  if (cache.mode === "external") {
    const { password, server } = cache;
    const { password: variable, sentinelPassword } = cacheVariables;
    const details = { neededBy: "the cache", variable };
    secrets.push(provided(password.vaultPath, password.property, "cache.password.vaultPath", details));
    if (server.kind === "sentinel" && server.password !== undefined)
      secrets.push(
        provided(server.password.vaultPath, server.password.property, "cache.server.password.vaultPath", {
          neededBy: "the Sentinels of the cache",
          variable: sentinelPassword,
        }),
      );
  }
  const { s3, mode } = cache.responses;
  if (s3 !== undefined && mode !== "off") {
    const variables = [cacheVariables.responsesKeyId, cacheVariables.responsesKey] as const;
    for (const [index, variable] of variables.entries())
      secrets.push(
        provided(fullPath(vault, secretPaths.responses), s3Properties[index] ?? "", "cache.responses.s3", {
          neededBy: `bucket ${s3.bucket}`,
          variable,
        }),
      );
  }
  return secrets;
}

/** What people store for database, backups and snapshots; it never becomes a variable of the proxy. */
function storageSecrets({ database, cache, vault }: PlatformConfig): SecretRef[] {
  const bucket = (path: string, setting: string) =>
    s3Properties.map((property) =>
      provided(fullPath(vault, path), property, setting, { neededBy: "the object store" }),
    );
  const snapshots =
    cache.mode === "dedicated" && cache.persistence?.kind === "s3"
      ? bucket(secretPaths.cacheSnapshots, "cache.persistence")
      : [];
  if (database.mode === "external") {
    const { vaultPath } = database.login;
    const login = loginProperties.map((property) =>
      provided(vaultPath, property, "database.login.vaultPath", { neededBy: "the database role" }),
    );
    return [...login, ...snapshots];
  }
  return [
    ...(backupOf(database) === undefined ? [] : bucket(secretPaths.backup, "database.backup")),
    ...(database.mode === "cluster" && database.recovery?.store !== undefined
      ? bucket(secretPaths.recovery, "database.recovery.store")
      : []),
    ...snapshots,
  ];
}

function importedKeys({ keys }: PlatformConfig): SecretRef[] {
  const imported = (source: ImportSource | undefined, setting: string): SecretRef[] =>
    source?.kind === "vault" ? [{ path: source.path, property: source.property, owner: "imported", setting }] : [];
  return [
    ...imported(keys.master.importFrom, "keys.master.importFrom"),
    ...imported(keys.salt.importFrom, "keys.salt.importFrom"),
  ];
}

function provided(
  path: string,
  property: string,
  setting: string,
  details: Pick<SecretRef, "neededBy" | "variable">,
): SecretRef {
  return { path, property, owner: "provided", setting, ...details };
}

function modelsNamed(models: readonly string[]): string {
  return `${models.length === 1 ? "model" : "models"} ${models.join(", ")}`;
}
