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
  /** CloudNativePG Cluster, unless it is given another name. */
  database: `${release}-db`,
  databaseSecret: `${release}-db-owner`,
  /** ConfigMap with the certificate of a database's CA that the configuration gives. */
  databaseCa: `${release}-database-ca`,
  /** Dragonfly. */
  cache: `${release}-cache`,
  /** Login to the bucket of its snapshots. */
  cacheSnapshotsSecret: `${release}-cache-snapshots`,
  backupStore: `${release}-backup`,
  backupSecret: `${release}-backup`,
  /** Secret with what a store's endpoint wants and is no secret: region and CA. */
  backupEndpoint: `${release}-backup-endpoint`,
  recoveryStore: `${release}-recovery`,
  recoverySecret: `${release}-recovery`,
  recoveryEndpoint: `${release}-recovery-endpoint`,
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
  /** PgBouncer before the own Cluster. */
  readonly pooler: string;
  /** The role's Secret and the Database in a shared Cluster's namespace. */
  readonly sharedRole: string;
  readonly hosts: {
    /** Primary of the database. */
    readonly database: string;
    /** Standbys of the database. */
    readonly replica: string;
    readonly pooler: string;
    readonly cache: string;
    readonly gateway: string;
  };
}

export function namesOf(config: PlatformConfig): Names {
  const namespace = config.namespace.name;
  const vaultRole = vaultName(config.vault.path);
  const suffixes = cacheSecretSuffixes(config.cache);
  const { hosts, ...database } = databaseNames(config.database, namespace);
  return {
    ...objectNames,
    ...database,
    namespace,
    keysSecret: `${release}-keys-v${config.keys.master.version}-${config.keys.ui.version}`,
    identitySecret: `${release}-identity-v${config.identity.mode === "managed" ? config.identity.client.secretVersion : 1}`,
    vaultRole,
    cacheSecret: `${objectNames.cache}-user-${suffixes.user}`,
    cacheAclSecret: `${objectNames.cache}-acl-${suffixes.acl}`,
    cacheLineSecret: `dragonfly-acl-${vaultRole}`,
    hosts: {
      ...hosts,
      cache: `${objectNames.cache}.${namespace}.svc`,
      gateway: `${release}.${namespace}.svc`,
    },
  };
}

/** Names that follow from the database's settings. */
function databaseNames(database: PlatformConfig["database"], namespace: string) {
  const service = (name: string, where: string) => `${name}.${where}.svc`;
  const cluster = database.mode === "cluster" ? database.clusterName : objectNames.database;
  const pooler = `${cluster}-pooler`;
  // In a namespace where others have theirs.
  const role = "owner" in database ? database.owner.replaceAll("_", "-") : release;
  const owner =
    database.mode === "shared"
      ? { name: database.cluster.name, namespace: database.cluster.namespace ?? namespace }
      : { name: cluster, namespace };
  return {
    database: cluster,
    pooler,
    sharedRole: `${namespace}-${role}`,
    hosts: {
      database: database.mode === "external" ? database.host : service(`${owner.name}-rw`, owner.namespace),
      replica: service(`${owner.name}-ro`, owner.namespace),
      pooler: service(pooler, namespace),
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
