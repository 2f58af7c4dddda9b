import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { cacheServer, firstNode } from "../litellm/data/cache.ts";
import { keyVariables } from "../litellm/proxy/environment.ts";
import { httpRouteRules } from "../litellm/edge/http-route.ts";
import { type GivenVersions, namesOf } from "../litellm/shared/names.ts";
import { warningsOf } from "../litellm/warnings.ts";
import { Cache } from "./cache.ts";
import { Database } from "./database.ts";
import { SecretStore, externalSecret } from "./external-secrets.ts";
import { Gateway, type ReleaseHooks } from "./gateway.ts";
import { providedSecret } from "../secrets/provided-secret.ts";
import { Identity, type KeycloakHooks, type KeycloakObjects } from "./identity.ts";
import { GeneratedKeys } from "./keys.ts";
import { lifecycleOf } from "./lifecycle.ts";
import { Namespace } from "./namespace.ts";
import type { PlatformOutputs } from "./outputs.ts";
import { VaultAccess } from "./vault.ts";
import { backupOutput, databaseOutput } from "./database-outputs.ts";
import type { VaultPlace } from "./vault-secrets.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { type SecretRef, pathsOf, requiredSecrets } from "../secrets/inventory.ts";
import type { ImportedKeys } from "./imported-key.ts";

export interface LiteLLMPlatformArgs {
  readonly config: PlatformConfig;
  /** Every value that the stack needs in Vault. @default computed from the configuration */
  readonly secrets?: readonly SecretRef[];
  /** What Vault holds already, from `readSecrets`. */
  readonly stored: StoredSecrets;
  /** The secrets engine, where the stack makes it: secrets are written when it is there. */
  readonly engine?: pulumi.Resource | undefined;
  /** Keys to take over, from `readImports`; needed where the configuration has such. Default: none. */
  readonly imports?: ImportedKeys | undefined;
  /** What comes before Helm's work, from `releaseHooks`. Default: nothing. */
  readonly releaseHooks?: ReleaseHooks | undefined;
  /** What comes before mappers and scope are made in Keycloak, from `keycloakHooks`. Default: nothing. */
  readonly keycloakHooks?: KeycloakHooks | undefined;
  /** What Keycloak holds already, from `findKeycloakObjects`; only with a managed identity. Default: nothing. */
  readonly keycloak?: KeycloakObjects | undefined;
}

/** A whole LiteLLM gateway. The only place that knows all parts, and the order they come in. */
export class LiteLLMPlatform extends pulumi.ComponentResource {
  readonly outputs: PlatformOutputs;

  constructor(name: string, args: LiteLLMPlatformArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:LiteLLMPlatform", name, {}, options);
    const { config, stored, secrets = requiredSecrets(args.config) } = args;
    const names = namesOf(config, givenVersions(config, stored));
    const lifecycle = lifecycleOf(config);
    const place: VaultPlace = { mount: config.vault.mount, path: config.vault.path, engine: args.engine };
    const child = { parent: this };
    for (const warning of warningsOf(config)) void pulumi.log.warn(warning, this);

    const namespace = new Namespace(`${name}-namespace`, { namespace: config.namespace, lifecycle }, child).name;
    const access = new VaultAccess(
      `${name}-vault`,
      { vault: config.vault, names, namespace, paths: pathsOf(secrets, "generated", "provided") },
      child,
    );
    const { store } = new SecretStore(
      `${name}-secret-store`,
      { vault: config.vault, names, namespace, login: access.login },
      child,
    );
    const source = {
      namespace,
      store: names.secretStore,
      refreshInterval: config.vault.refreshInterval,
    };
    const afterStore = { parent: this, dependsOn: [store] };

    const keys = new GeneratedKeys(
      `${name}-keys`,
      { place, stored, keys: config.keys, imports: args.imports ?? new Map(), lifecycle },
      child,
    );
    const keysSecret = externalSecret(
      `${name}-keys-secret`,
      { ...source, name: names.keysSecret, entries: keys.entries, versions: keys.versions },
      afterStore,
    );
    const given = providedSecret(secrets, stored);
    const givenExternalSecret = given && externalSecret(`${name}-providers`, { ...source, ...given }, afterStore);

    const parts = { names, namespace, place, stored, lifecycle, store, refreshInterval: config.vault.refreshInterval };
    const database = new Database(
      `${name}-database`,
      { ...parts, database: config.database, stack: config.stack },
      child,
    );
    const cache = new Cache(`${name}-cache`, { ...parts, cache: config.cache, stack: config.stack }, child);
    const identity =
      config.identity.mode === "managed"
        ? new Identity(
            `${name}-identity`,
            {
              ...parts,
              identity: config.identity,
              host: config.gateway.host,
              hooks: args.keycloakHooks,
              existing: args.keycloak ?? { client: false, roles: new Set() },
            },
            child,
          )
        : undefined;
    const gateway = new Gateway(
      `${name}-gateway`,
      {
        config,
        names,
        namespace,
        secrets: {
          further: [...(given ? [given.name] : []), ...(identity ? [names.identitySecret] : [])],
          versions: pulumi.concat(
            ...[
              keys.versions,
              ",",
              database.versions,
              ...(cache.versions ? [",", cache.versions] : []),
              ...(identity ? [",", identity.versions] : []),
            ],
          ),
        },
        database: database.ready,
        releaseHooks: args.releaseHooks,
        requirements: [
          keysSecret,
          ...cache.requirements,
          ...(givenExternalSecret === undefined ? [] : [givenExternalSecret]),
          // All of it: a destroy that the protected release refuses then leaves it whole.
          ...(identity === undefined ? [] : [identity]),
        ],
      },
      child,
    );

    const url = `https://${config.gateway.host}`;
    const { services } = gateway.chart;
    this.outputs = {
      url,
      apiUrl: `${url}/v1`,
      dashboardUrl: `${url}/ui`,
      internalUrl: gateway.release.status.namespace.apply(
        (where) => `http://${services.api.name}.${where}.svc:${services.api.port}`,
      ),
      services,
      routes: httpRouteRules(gateway.chart),
      masterKey: keys.masterKey,
      masterKeySecret: { namespace: names.namespace, name: names.keysSecret, key: keyVariables.master },
      masterKeyVault: { mount: place.mount, path: fullPath(place, secretPaths.master), property: "key" },
      models: [...new Set(config.models.list.map((model) => model.model_name))].sort(),
      namespace,
      database: databaseOutput(config, names),
      backup: backupOutput(config, names),
      cache: cacheOutput(config, names.hosts.cache),
      identity:
        config.identity.mode === "none"
          ? null
          : {
              issuer: config.identity.issuer,
              clientId: config.identity.client.id,
              adminScope: config.identity.adminScope,
            },
      versions: {
        litellm: config.gateway.image.tag,
        chart: `${config.gateway.chart.kind} ${config.gateway.chart.version}`,
      },
    };
    this.registerOutputs({});
  }
}

function cacheOutput({ cache }: PlatformConfig, host: string): PlatformOutputs["cache"] {
  const server = cacheServer(cache, { host });
  return server === undefined || cache.mode === "none" ? null : { ...firstNode(server), keyPrefix: cache.keyPrefix };
}

function givenVersions({ database, vault }: PlatformConfig, stored: StoredSecrets): GivenVersions {
  return {
    database: database.mode === "external" ? stored.get(database.login.vaultPath)?.version : undefined,
    cacheSnapshots: stored.get(fullPath(vault, secretPaths.cacheSnapshots))?.version,
  };
}
