import type { PlatformConfig } from "../config/platform.ts";
import { cacheVariables } from "../litellm/data/cache.ts";
import { clientSecretVariable, licenseVariable } from "../litellm/proxy/identity.ts";
import { proxyConfigVariables } from "../litellm/proxy/overrides.ts";
import { requiredVariables } from "../litellm/models/providers.ts";
import { shortHash } from "../litellm/shared/hash.ts";
import { fullPath, secretPaths } from "./paths.ts";
import type { StoredSecrets } from "./stored.ts";
import { s3Properties } from "./properties.ts";

/** A value that people put into Vault and the proxy gets as a variable; the program never sees it. */
export interface GivenSecret {
  /** Environment variable of the proxy. */
  readonly variable: string;
  /** Full path below the mount. */
  readonly path: string;
  readonly property: string;
  /** The setting that asks for it, and who needs it, for messages. */
  readonly setting: string;
  readonly neededBy: string;
}

/** Every value that this configuration needs people to have put into Vault for the proxy, sorted by variable. */
export function givenSecrets(config: PlatformConfig): GivenSecret[] {
  const { vault, gateway, identity } = config;
  const providers = requiredVariables(config.models).map(({ variable, credential, property, models, others }) => ({
    variable,
    path: fullPath(vault, secretPaths.provider(credential)),
    property,
    setting: "models",
    neededBy: ` of ${[...(models.length === 0 ? [] : [modelsNamed(models)]), ...others].join(", ")}`,
  }));
  const further = proxyConfigVariables(config).map(({ variable, credential, property }) => ({
    variable,
    path: fullPath(vault, secretPaths.provider(credential)),
    property,
    setting: "gateway.proxyConfig",
    neededBy: "",
  }));
  const license = {
    variable: licenseVariable,
    path: fullPath(vault, secretPaths.license),
    property: "key",
    setting: "gateway.license",
    neededBy: "",
  };
  const client = identity.mode === "existing" && {
    variable: clientSecretVariable,
    path: identity.client.vaultPath,
    property: identity.client.property,
    setting: "identity.client.vaultPath",
    neededBy: ` of client ${identity.client.id}`,
  };
  return [
    ...providers,
    ...further,
    ...(gateway.license ? [license] : []),
    ...(client === false ? [] : [client]),
    ...cacheSecrets(config),
  ].sort((a, b) => (a.variable < b.variable ? -1 : 1));
}

/** Passwords of a cache that is not ours, and the login to the bucket of cached responses. */
function cacheSecrets({ cache, vault }: PlatformConfig): GivenSecret[] {
  const secrets: GivenSecret[] = [];
  const add = (variable: string, { vaultPath, property }: VaultReference, setting: string, neededBy: string) =>
    secrets.push({ variable, path: vaultPath, property, setting, neededBy });
  if (cache.mode === "external") {
    add(cacheVariables.password, cache.password, "cache.password.vaultPath", " of the cache");
    const { server } = cache;
    if (server.kind === "sentinel" && server.password !== undefined)
      add(
        cacheVariables.sentinelPassword,
        server.password,
        "cache.server.password.vaultPath",
        " of the cache's Sentinels",
      );
  }
  const { s3, mode } = cache.responses;
  if (s3 !== undefined && mode !== "off") {
    const vaultPath = fullPath(vault, secretPaths.responses);
    const neededBy = ` of bucket ${s3.bucket}`;
    add(cacheVariables.responsesKeyId, { vaultPath, property: s3Properties[0] }, "cache.responses.s3", neededBy);
    add(cacheVariables.responsesKey, { vaultPath, property: s3Properties[1] }, "cache.responses.s3", neededBy);
  }
  return secrets;
}

interface VaultReference {
  readonly vaultPath: string;
  readonly property: string;
}

function modelsNamed(models: readonly string[]): string {
  return `${models.length === 1 ? "model" : "models"} ${models.join(", ")}`;
}

/**
 * The Secret with these values. Its name changes with their versions in Vault, so that pods roll onto the new one, and
 * those still running, or started again meanwhile, keep the old one.
 */
export function givenSecret(given: readonly GivenSecret[], stored: StoredSecrets) {
  if (given.length === 0) return undefined;
  const entries = given.map(({ variable, path, property }) => ({ key: variable, path, property }));
  const versions = [...new Set(entries.map(({ path }) => path))]
    .map((path) => `${path.slice(path.lastIndexOf("/") + 1)}=${stored.get(path)?.version ?? 0}`)
    .join(",");
  return { name: `litellm-providers-${shortHash({ entries, versions })}`, entries, versions };
}
