import { ConfigurationError, platformConfig } from "../program/configuration.ts";
import { pathsOf, requiredSecrets } from "../secrets/inventory.ts";
import { missingSecrets } from "../secrets/missing.ts";
import { readStoredSecrets, readSubkeys } from "../vault/stored-secrets.ts";
import { vaultAccess } from "../vault/access.ts";
import { VaultClient, VaultError } from "../vault/client.ts";
import { changeSecret, deleteSecret, listSecrets } from "../vault/key-value.ts";
import type { PlatformConfig } from "../config/platform.ts";
import type { Problem } from "../config/problems.ts";
import { environmentName, environmentNameRule } from "../config/values.ts";
import { proxyConfigVariables } from "../litellm/proxy/overrides.ts";
import {
  type RequiredVariable,
  type VaultLocation,
  locationOf,
  requiredVariables,
} from "../litellm/models/providers.ts";
import { plainConfig } from "./config-values.ts";
import { projectName } from "./project.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";

export { ConfigurationError, VaultError };
export type { Problem };

/** A stack, as for `gatewayStack`, whose options may be passed as they are. */
export interface ProviderKeyOptions {
  /** Name of the stack, for example `dev`. */
  readonly stack: string;
  /**
   * Configuration by full key, as in a `Pulumi.<stack>.yaml`. Of the vault plugin's keys, `vault:address`,
   * `vault:namespace`, `vault:caCertFile` and `vault:token` are heeded.
   */
  readonly config: Readonly<Record<string, unknown>>;
  /** Directory that `models.file` is relative to. */
  readonly projectDirectory: string;
  /**
   * Variables besides those of this process, which they replace: `VAULT_ADDR`, `VAULT_TOKEN`, `VAULT_NAMESPACE` and
   * `VAULT_CACERT` are heeded. Default: none.
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Names one value: by the variable that models refer to, for example `OPENAI_API_KEY`, or by where it is stored in Vault,
 * `<vault.path>/providers/<credential>` and the property there.
 */
export type ProviderKeyName = { readonly variable: string } | VaultLocation;

/** All values of one credential. */
export interface WholeCredential {
  readonly credential: string;
  readonly property?: never;
}

/** A value that models need, without the value. */
export interface ProviderKey {
  /** Environment variable of the proxy. */
  readonly variable: string;
  /** Names of the models that need it, sorted. */
  readonly models: readonly string[];
  /** Full path below the mount. */
  readonly path: string;
  readonly property: string;
  /** Whether the newest version in Vault has it. */
  readonly present: boolean;
  /** Newest version of the secret at the path; none when there never was one. */
  readonly version: number | undefined;
  /** Whether that version was deleted. It may be brought back: `vault kv undelete`. */
  readonly deleted: boolean;
}

/** What stands among the providers' secrets and no model of this configuration needs. */
export interface UnneededSecret {
  readonly credential: string;
  /** Full path below the mount. */
  readonly path: string;
  /** The values that no model needs, sorted; none when the newest version was deleted. */
  readonly properties: readonly string[];
  readonly version: number;
  readonly deleted: boolean;
}

export interface ProviderKeys {
  /** Every value that the models need, sorted by variable. */
  readonly needed: readonly ProviderKey[];
  /** All else below `<vault.path>/providers/`, sorted by credential. */
  readonly unneeded: readonly UnneededSecret[];
}

/** Where a value was written. */
export interface WrittenProviderKey {
  readonly path: string;
  readonly property: string;
  /** The new version of the secret at the path. */
  readonly version: number;
  /** Names of the models that need it, sorted; none may mean that the name is wrong. */
  readonly models: readonly string[];
}

/** What was taken away, and how it comes back. */
export interface RemovedProviderKey {
  readonly path: string;
  readonly properties: readonly string[];
  /** The last version that has them. */
  readonly version: number;
  /** Command that brings them back. */
  readonly restore: string;
}

/** A request that is not allowed; never with a value. */
export class ProviderKeyError extends Error {}

/**
 * The keys that the models need and what else stands among the providers' secrets: names and versions, never a value.
 * The token needs `read` on `<mount>/subkeys/<vault.path>/providers/*` and `list` on
 * `<mount>/metadata/<vault.path>/providers`.
 *
 * @throws ConfigurationError, VaultError
 */
export async function providerKeys(options: ProviderKeyOptions): Promise<ProviderKeys> {
  const { config, client, required } = open(options);
  const credentials = await listSecrets(client, fullPath(config.vault, "providers"));
  const pathOf = (credential: string) => fullPath(config.vault, secretPaths.provider(credential));
  const all = [...credentials, ...required.map(({ credential }) => credential)];
  const stored = await readStoredSecrets(client, all.map(pathOf));
  const needed = required.map(({ variable, models, credential, property }): ProviderKey => {
    const path = pathOf(credential);
    const secret = stored.get(path);
    return {
      variable,
      models,
      path,
      property,
      present: secret?.properties.includes(property) === true,
      version: secret?.version,
      deleted: secret?.deleted === true,
    };
  });
  const unneeded = credentials.flatMap((credential): UnneededSecret[] => {
    const path = pathOf(credential);
    const secret = stored.get(path);
    const users = required.filter((key) => key.credential === credential);
    const properties = secret?.properties.filter((name) => !users.some(({ property }) => property === name)) ?? [];
    if (secret === undefined || (properties.length === 0 && users.length > 0)) return [];
    return [{ credential, path, properties, version: secret.version, deleted: secret.deleted }];
  });
  return { needed, unneeded };
}

/**
 * Writes one value and keeps the others beside it; earlier versions stay in Vault. Pods take it up at the next `up`.
 * The token needs `read` on `<mount>/subkeys/<vault.path>/providers/*`, and on `<mount>/data/<vault.path>/providers/*`
 * `create`, `update` and `patch`; without `patch`, `read` does instead.
 *
 * @param value the key; one line break at its end, as files have it, is taken away
 * @param settings.multiLine whether the value may have white space, as a service account's JSON has. Default: true for
 *   the property `credentials`, false for all others
 * @throws ConfigurationError, ProviderKeyError, VaultError; none tells the value
 */
export async function setProviderKey(
  options: ProviderKeyOptions,
  name: ProviderKeyName,
  value: string,
  settings: { readonly multiLine?: boolean } = {},
): Promise<WrittenProviderKey> {
  const { config, client, required } = open(options);
  const { credential, property } = placeOf(name, config);
  const path = fullPath(config.vault, secretPaths.provider(credential));
  const text = value.replace(/\r?\n$/, "");
  const problem = problemOf(text, settings.multiLine ?? property === "credentials");
  if (problem !== undefined) throw new ProviderKeyError(`${property} of ${path}: the value ${problem}`);
  const version = await changeSecret(client, path, { [property]: text });
  return { path, property, version, models: modelsOf(usersOf(required, { credential, property })) };
}

/**
 * What is missing of the keys that the models need, each with the command that puts it there: what a preview would
 * say of them. The token needs `read` on `<mount>/subkeys/<vault.path>/providers/*`.
 *
 * @returns no problem when every key is there
 * @throws ConfigurationError, VaultError
 */
export async function verifyProviderKeys(options: ProviderKeyOptions): Promise<readonly Problem[]> {
  const { config, client } = open(options);
  const providers = `${fullPath(config.vault, "providers")}/`;
  const secrets = requiredSecrets(config).filter(({ path }) => path.startsWith(providers));
  return missingSecrets(config.vault.mount, secrets, await readStoredSecrets(client, pathsOf(secrets, "provided")));
}

/**
 * Takes one value away from the newest version of its secret, or deletes that version when the value is its last or no
 * property is named. Earlier versions stay in Vault, and what was taken away can be brought back.
 * The token needs what {@link setProviderKey} needs, and `delete` on `<mount>/data/<vault.path>/providers/*`.
 *
 * @param name one value, or a credential with all of its values
 * @param settings.force whether to remove what models of the configuration need. Default: false
 * @throws ConfigurationError, VaultError, and ProviderKeyError when there is nothing to remove, or when models need it
 */
export async function removeProviderKey(
  options: ProviderKeyOptions,
  name: ProviderKeyName | WholeCredential,
  settings: { readonly force?: boolean } = {},
): Promise<RemovedProviderKey> {
  const { config, client, required } = open(options);
  const { credential, property } = placeOf(name, config);
  const path = fullPath(config.vault, secretPaths.provider(credential));
  const what = property === undefined ? path : `${property} of ${path}`;
  const users = usersOf(required, { credential, property });
  if (users.length > 0 && settings.force !== true) {
    const models = modelsOf(users);
    const others = [...new Set(users.flatMap((user) => user.others))].sort();
    const named = models.length === 0 ? [] : [`${models.length === 1 ? "model" : "models"} ${models.join(", ")}`];
    const needing = `${[...named, ...others].join(", ")} of stack ${config.stack}`;
    const variables = users.map(({ variable }) => variable).join(", ");
    throw new ProviderKeyError(`${what}: is needed by ${needing} (${variables}), is removed only by force`);
  }
  const secret = await readSubkeys(client, path);
  const isThere = property === undefined ? secret?.deleted === false : secret?.properties.includes(property);
  if (secret === undefined || isThere !== true) throw new ProviderKeyError(`${what}: is not in Vault`);
  const { mount } = config.vault;
  const { version } = secret;
  const [first, ...others] = secret.properties;
  if (property === undefined || (first === property && others.length === 0)) {
    await deleteSecret(client, path);
    const restore = `vault kv undelete -mount=${mount} -versions=${version} ${path}`;
    return { path, properties: secret.properties, version, restore };
  }
  await changeSecret(client, path, { [property]: null });
  const restore = `vault kv rollback -mount=${mount} -version=${version} ${path}`;
  return { path, properties: [property], version, restore };
}

/** The stack's configuration and the way to its Vault. */
function open(options: ProviderKeyOptions) {
  const plain = plainConfig(options.config);
  const config = platformConfig(plain, { ...options, project: projectName });
  const environment = { ...process.env, ...options.environment };
  const settings = Object.fromEntries(
    Object.entries(plain).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
  return {
    config,
    client: new VaultClient(
      vaultAccess(config, { settings, environment, directory: options.projectDirectory, plugin: false }),
    ),
    required: [...requiredVariables(config.models), ...proxyConfigVariables(config)],
  };
}

/** Where a name leads: within the providers' secrets of this stack and nowhere else. */
function placeOf<Place extends { readonly credential: string; readonly property?: string }>(
  name: { readonly variable: string } | Place,
  config: PlatformConfig,
): VaultLocation | Place {
  if ("variable" in name) {
    if (!environmentName.test(name.variable)) throw new ProviderKeyError(`variable: ${environmentNameRule}`);
    return locationOf(name.variable, config.models.vaultPaths);
  }
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name.credential)) throw new ProviderKeyError(`credential: ${segmentRule}`);
  // Not even an undefined one: without a property, the whole credential is meant.
  if ("property" in name && !name.property) throw new ProviderKeyError("property: must not be empty");
  return name;
}

const segmentRule = "must be one segment of a Vault path: letters, digits, '_', '-' and '.', not starting with '.'";

/** The values that models need at a place: all of a credential's, or one. */
function usersOf(
  required: readonly RequiredVariable[],
  place: { readonly credential: string; readonly property?: string | undefined },
): RequiredVariable[] {
  return required.filter(
    ({ credential, property }) =>
      credential === place.credential && (place.property === undefined || property === place.property),
  );
}

function modelsOf(users: readonly RequiredVariable[]): string[] {
  return [...new Set(users.flatMap(({ models }) => models))].sort();
}

/** What is wrong with a value, without it. */
function problemOf(value: string, multiLine: boolean): string | undefined {
  if (value.trim() === "") return "must not be empty";
  if (!multiLine && /[\s\p{C}]/u.test(value)) return "must have no white space and no control characters";
  if (/[^\P{C}\t\r\n]/u.test(value)) return "must have no control characters but tabs and line breaks";
  return undefined;
}
