import type { PlatformConfig } from "../../config/platform.ts";
import { cacheSecretSuffixes } from "../data/cache.ts";
import { componentName } from "../charts/litellm/keys.ts";
import { shortHash } from "./hash.ts";

const gateway = "litellm";

/**
 * Names of everything a stack makes: the one place where they are chosen. They are fixed within a namespace, so that a
 * stack that was destroyed and is made again meets what was kept.
 */
export const objectNames = {
  /** What the gateway's objects beside its release begin with. */
  gateway,
  /** ServiceAccount of the proxy's pods. It may do nothing in the cluster and nothing in Vault. */
  proxyAccount: gateway,
  /** ServiceAccount as which External Secrets logs in to Vault. */
  vaultAccount: `${gateway}-vault`,
  /** Secret with the AppRole's secret id, where External Secrets logs in by one. */
  vaultLogin: `${gateway}-vault-login`,
  secretStore: gateway,
  /** CloudNativePG Cluster, unless it is given another name. */
  database: `${gateway}-db`,
  /** Secret with the owner's login, which stays with an own Cluster and is changed in place. */
  databaseSecret: `${gateway}-db-owner`,
  /** ConfigMap with the certificate of a database's CA that the configuration gives. */
  databaseCa: `${gateway}-database-ca`,
  /** Dragonfly. */
  cache: `${gateway}-cache`,
  backupStore: `${gateway}-backup`,
  backupSecret: `${gateway}-backup`,
  /** Secret with what a store's endpoint wants and is no secret: region and CA. */
  backupEndpoint: `${gateway}-backup-endpoint`,
  recoveryStore: `${gateway}-recovery`,
  recoverySecret: `${gateway}-recovery`,
  recoveryEndpoint: `${gateway}-recovery-endpoint`,
} as const;

const singleRelease = `${gateway}-proxy`;
const separateRelease = `${gateway}-services`;

/**
 * What a Cluster must not be called. CloudNativePG names its ServiceAccount, its PodDisruptionBudget and its pods after
 * it, and would take ours of this name for its own.
 */
export const takenNames: readonly string[] = [
  ...Object.values(objectNames).filter((name) => name !== objectNames.database),
  ...[singleRelease, separateRelease],
  ...(["gateway", "backend", "ui"] as const).map((component) => componentName(gateway, component)),
];

/** All names of one stack. */
export interface Names extends Readonly<Record<keyof typeof objectNames, string>> {
  readonly namespace: string;
  /** Helm release of the gateway. */
  readonly release: string;
  /** What the names of the release's objects begin with. */
  readonly fullname: string;
  /** Master key, salt key and dashboard password; the name carries their versions, so that pods roll onto new ones. */
  readonly keysSecret: string;
  /** The OpenID client's secret; the name carries its version, for the same reason. */
  readonly identitySecret: string;
  /** The login with which pods reach the database; the name carries its version, for the same reason. */
  readonly databaseLogin: string;
  /** The proxy's login to the cache, and the ACL of an own one; the names change with what is in them. */
  readonly cacheSecret: string;
  readonly cacheAclSecret: string;
  /** Login to the bucket of the cache's snapshots; the name carries its version. */
  readonly cacheSnapshotsSecret: string;
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
  };
}

/** Versions in Vault of logins that people put there, which Secrets are named by. Default: 0, as of none. */
export interface GivenVersions {
  readonly database?: number | undefined;
  readonly cacheSnapshots?: number | undefined;
}

export function namesOf(config: PlatformConfig, given: GivenVersions = {}): Names {
  const namespace = config.namespace.name;
  const vaultRole = vaultName(config.vault.path);
  const suffixes = cacheSecretSuffixes(config.cache);
  const { hosts, ...database } = databaseNames(config.database, namespace);
  return {
    ...objectNames,
    ...database,
    ...releaseNames(config.gateway.chart),
    namespace,
    keysSecret: `${gateway}-keys-v${config.keys.master.version}-${config.keys.ui.version}`,
    identitySecret: `${gateway}-identity-v${config.identity.mode === "managed" ? config.identity.client.secretVersion : 1}`,
    databaseLogin: `${gateway}-db-login-v${"password" in config.database ? config.database.password.version : (given.database ?? 0)}`,
    vaultRole,
    cacheSnapshotsSecret: `${objectNames.cache}-snapshots-v${given.cacheSnapshots ?? 0}`,
    cacheSecret: `${objectNames.cache}-user-${suffixes.user}`,
    cacheAclSecret: `${objectNames.cache}-acl-${suffixes.acl}`,
    cacheLineSecret: kubernetesName(`dragonfly-acl-${vaultRole}`),
    hosts: {
      ...hosts,
      cache: `${objectNames.cache}.${namespace}.svc`,
    },
  };
}

/**
 * A Deployment's selector cannot be changed, and no two charts or layouts have the same. Each has names of its own, so
 * that a move brings the new one up beside the old one.
 */
function releaseNames(chart: PlatformConfig["gateway"]["chart"]): Pick<Names, "release" | "fullname"> {
  if (chart.kind === "litellm-helm") return { release: gateway, fullname: gateway };
  return chart.layout === "single"
    ? { release: singleRelease, fullname: singleRelease }
    : { release: separateRelease, fullname: gateway };
}

/** Names that follow from the database's settings. */
function databaseNames(database: PlatformConfig["database"], namespace: string) {
  const service = (name: string, where: string) => `${name}.${where}.svc`;
  const cluster = database.mode === "cluster" ? database.clusterName : objectNames.database;
  const pooler = `${cluster}-pooler`;
  // In a namespace where others have theirs.
  const role = "owner" in database ? database.owner.replaceAll("_", "-") : gateway;
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

/** A name as it is where Kubernetes takes it. Where something must be replaced, a hash keeps two from being one. */
function kubernetesName(name: string): string {
  if (name.length <= 253 && name.split(".").every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)))
    return name;
  const taken = name.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 200);
  return `${taken}-${shortHash(name, 6)}`;
}

/** Port that PostgreSQL listens on, inside the cluster. */
export const ports = { database: 5432 } as const;

/** Labels of every object the program makes. */
export const commonLabels = {
  "app.kubernetes.io/part-of": "litellm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
} as const;
