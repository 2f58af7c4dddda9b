import type { PlatformConfig } from "../config/platform.ts";
import { cacheSecretSuffixes } from "./cache.ts";
import { shortHash } from "./hash.ts";

const release = "litellm";

/**
 * Names of everything a stack makes: the one place where they are chosen. They are fixed within a namespace, so that a
 * stack that was destroyed and is made again meets what was kept.
 */
export const objectNames = {
  /** Helm release, Deployment and Service. */
  release,
  /** ServiceAccount of the proxy's pods. It may do nothing in the cluster and nothing in Vault. */
  proxyAccount: release,
  /** ServiceAccount as which External Secrets logs in to Vault. */
  vaultAccount: `${release}-vault`,
  /** Secret with the AppRole's secret id, where External Secrets logs in by one. */
  vaultLogin: `${release}-vault-login`,
  secretStore: release,
  /** CloudNativePG Cluster. */
  database: `${release}-db`,
  databaseSecret: `${release}-db-owner`,
  /** Dragonfly. */
  cache: `${release}-cache`,
  /** Login to the bucket of its snapshots. */
  cacheSnapshotsSecret: `${release}-cache-snapshots`,
  backupStore: `${release}-backup`,
  backupSecret: `${release}-backup`,
} as const;

/** All names of one stack. */
export interface Names extends Readonly<Record<keyof typeof objectNames, string>> {
  readonly namespace: string;
  /** Master key, salt key and dashboard password; the name carries their versions, so that pods roll onto new ones. */
  readonly keysSecret: string;
  /** The OpenID client's secret; the name carries its version, for the same reason. */
  readonly identitySecret: string;
  /** The proxy's login to the cache, and the ACL of an own one; the names change with what is in them. */
  readonly cacheSecret: string;
  readonly cacheAclSecret: string;
  /** The Secret with our ACL line beside a Dragonfly that is somebody else's. */
  readonly cacheLineSecret: string;
  /** Policy and role in Vault, which are not namespaced there and so carry the stack's path. */
  readonly vaultRole: string;
  readonly hosts: {
    /** Primary of the database. */
    readonly database: string;
    readonly cache: string;
    readonly gateway: string;
  };
}

export function namesOf(config: PlatformConfig): Names {
  const namespace = config.namespace.name;
  const vaultRole = vaultName(config.vault.path);
  const suffixes = cacheSecretSuffixes(config.cache);
  return {
    ...objectNames,
    namespace,
    keysSecret: `${release}-keys-v${config.keys.master.version}-${config.keys.ui.version}`,
    identitySecret: `${release}-identity-v${config.identity.mode === "managed" ? config.identity.client.secretVersion : 1}`,
    vaultRole,
    cacheSecret: `${objectNames.cache}-user-${suffixes.user}`,
    cacheAclSecret: `${objectNames.cache}-acl-${suffixes.acl}`,
    cacheLineSecret: `dragonfly-acl-${vaultRole}`,
    hosts: {
      database: `${objectNames.database}-rw.${namespace}.svc`,
      cache: `${objectNames.cache}.${namespace}.svc`,
      gateway: `${release}.${namespace}.svc`,
    },
  };
}

/** Vault's policies are named in lower case and without slashes; two paths never share a name. */
function vaultName(path: string): string {
  const name = path.toLowerCase().replaceAll("/", "-");
  return name.replaceAll("-", "/") === path ? name : `${name}-${shortHash(path, 6)}`;
}

/** Port that PostgreSQL listens on, inside the cluster. */
export const ports = { database: 5432 } as const;

/** Labels of every object the program makes. */
export const commonLabels = {
  "app.kubernetes.io/part-of": "litellm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
} as const;
