import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { keyVariables } from "../litellm/environment.ts";
import { shortHash } from "../litellm/hash.ts";
import { namesOf, ports } from "../litellm/names.ts";
import { type RequiredVariable, requiredVariables } from "../litellm/providers.ts";
import { Cache } from "./cache.ts";
import { Database } from "./database.ts";
import { SecretStore, externalSecret } from "./external-secrets.ts";
import { Gateway } from "./gateway.ts";
import { GeneratedKeys } from "./keys.ts";
import { lifecycleOf } from "./lifecycle.ts";
import { Namespace } from "./namespace.ts";
import type { StoredSecrets } from "./stored-secrets.ts";
import type { PlatformOutputs } from "./outputs.ts";
import { VaultAccess } from "./vault.ts";
import { type VaultPlace, fullPath, secretPaths } from "./vault-secrets.ts";

export interface LiteLLMPlatformArgs {
  readonly config: PlatformConfig;
  /** What Vault holds already, from `readStoredSecrets`. */
  readonly stored: StoredSecrets;
}

/** A whole LiteLLM gateway. The only place that knows all parts, and the order they come in. */
export class LiteLLMPlatform extends pulumi.ComponentResource {
  readonly outputs: PlatformOutputs;

  constructor(name: string, args: LiteLLMPlatformArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:LiteLLMPlatform", name, {}, options);
    const { config, stored } = args;
    const names = namesOf(config);
    const lifecycle = lifecycleOf(config);
    const place: VaultPlace = { mount: config.vault.mount, path: config.vault.path };
    const required = requiredVariables(config.models.list, config.models.vaultPaths);
    const child = { parent: this };

    const namespace = new Namespace(`${name}-namespace`, { namespace: config.namespace, lifecycle }, child).name;
    const access = new VaultAccess(
      `${name}-vault`,
      { vault: config.vault, names, namespace, paths: readPaths(config, required) },
      child,
    );
    const { store } = new SecretStore(
      `${name}-secret-store`,
      { vault: config.vault, names, namespace, role: access.role },
      child,
    );
    const secrets = {
      namespace,
      store: names.secretStore,
      refreshInterval: config.vault.refreshInterval,
    };
    const afterStore = { parent: this, dependsOn: [store] };

    const keys = new GeneratedKeys(
      `${name}-keys`,
      { place, stored, masterKeyVersion: config.gateway.masterKey.version, lifecycle },
      child,
    );
    const keysSecret = externalSecret(
      `${name}-keys-secret`,
      { ...secrets, name: names.keysSecret, entries: keys.entries, versions: keys.versions },
      afterStore,
    );
    const providers = providersSecret(required, place, stored);
    const providersExternalSecret =
      providers && externalSecret(`${name}-providers`, { ...secrets, ...providers }, afterStore);

    const parts = { names, namespace, place, stored, lifecycle, store, refreshInterval: config.vault.refreshInterval };
    const database = new Database(
      `${name}-database`,
      { ...parts, database: config.database, stack: config.stack },
      child,
    );
    const cache = new Cache(`${name}-cache`, { ...parts, cache: config.cache }, child);
    const gateway = new Gateway(
      `${name}-gateway`,
      {
        config,
        names,
        namespace,
        providersSecret: providers?.name,
        database: database.cluster,
        requirements: [
          keysSecret,
          cache.login,
          cache.dragonfly,
          ...(providersExternalSecret === undefined ? [] : [providersExternalSecret]),
        ],
      },
      child,
    );

    const url = `https://${config.gateway.host}`;
    const { service } = gateway.chart;
    this.outputs = {
      url,
      apiUrl: `${url}/v1`,
      dashboardUrl: `${url}/ui`,
      internalUrl: gateway.release.status.namespace.apply(
        (where) => `http://${service.name}.${where}.svc:${service.port}`,
      ),
      masterKey: keys.masterKey,
      masterKeySecret: { namespace: names.namespace, name: names.keysSecret, key: keyVariables.master },
      masterKeyVault: { mount: place.mount, path: fullPath(place, secretPaths.master), property: "key" },
      models: [...new Set(config.models.list.map((model) => model.model_name))].sort(),
      namespace,
      database: { host: names.hosts.database, port: ports.database, name: config.database.name },
      cache: { host: names.hosts.cache, port: ports.cache, keyPrefix: config.cache.keyPrefix },
      versions: {
        litellm: config.gateway.image.tag,
        chart: `${config.gateway.chart.kind} ${config.gateway.chart.version}`,
      },
    };
    this.registerOutputs({});
  }
}

/** The Secret with the providers' keys. Its name changes with their versions in Vault, so that pods roll with it. */
export function providersSecret(required: readonly RequiredVariable[], place: VaultPlace, stored: StoredSecrets) {
  if (required.length === 0) return undefined;
  const entries = required.map(({ variable, credential, property }) => ({
    key: variable,
    path: fullPath(place, secretPaths.provider(credential)),
    property,
  }));
  const versions = [...new Set(entries.map(({ path }) => path))]
    .map((path) => `${path.slice(path.lastIndexOf("/") + 1)}=${stored.get(path)?.version ?? 0}`)
    .join(",");
  return { name: `litellm-providers-${shortHash({ entries, versions })}`, entries, versions };
}

/** Every secret that External Secrets may read for this stack. */
export function readPaths(config: PlatformConfig, required: readonly RequiredVariable[]): string[] {
  const { master, salt, ui, database, cache, backup } = secretPaths;
  const paths = [
    ...[master, salt, ui, database, cache],
    ...(config.database.backup === undefined ? [] : [backup]),
    ...required.map(({ credential }) => secretPaths.provider(credential)),
  ];
  return [...new Set(paths)].map((path) => fullPath({ mount: config.vault.mount, path: config.vault.path }, path));
}
