import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import type { Problem } from "../../config/problems.ts";
import { type Names, objectNames, ports, takenNames } from "../shared/names.ts";

type Database = PlatformConfig["database"];

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Where the certificate is by which the proxy knows the server. */
export interface CaSource {
  readonly kind: "secret" | "configMap";
  readonly name: string;
}

/** How LiteLLM reaches its database. */
export interface DatabaseConnection {
  readonly name: string;
  /** The primary itself: migrations need sessions and locks, which a pooler in transaction mode breaks. */
  readonly direct: Endpoint;
  /** Where the proxy goes: the primary or the pooler before it. */
  readonly proxy: Endpoint;
  readonly ca: CaSource | undefined;
  /** `DATABASE_URL` of the migration, as the kubelet puts it together from the variables before it. */
  readonly directUrl: string;
  /** `DATABASE_URL` of the proxy. */
  readonly proxyUrl: string;
  /** `DATABASE_URL_READ_REPLICA` of the proxy. */
  readonly replicaUrl: string | undefined;
}

/** Where the certificate is mounted, and its file. */
export const caMount = { volume: "database-ca", directory: "/etc/litellm/database", file: "ca.crt" } as const;

/** The volume with the certificate; of a CA's Secret, nothing else, since its key lies beside it. */
export function caVolume({ kind, name }: CaSource) {
  const items = [{ key: caMount.file, path: caMount.file }];
  return kind === "secret"
    ? { name: caMount.volume, secret: { secretName: name, items } }
    : { name: caMount.volume, configMap: { name, items } };
}

export const caVolumeMount = { name: caMount.volume, mountPath: caMount.directory, readOnly: true } as const;

export function databaseConnection({ database }: PlatformConfig, names: Names): DatabaseConnection {
  const direct = primaryOf(database, names);
  const pooled = database.mode === "cluster" && database.pooler !== undefined;
  const proxy = pooled ? { ...direct, host: names.hosts.pooler } : direct;
  const ca = caOf(database, names);
  const tls = tlsOf(database, ca);
  const replica = replicaOf(database, names);
  return {
    name: database.name,
    direct,
    proxy,
    ca,
    directUrl: url("$(DATABASE_HOST)", direct.port, tls),
    // Prisma numbers its prepared statements by connection, and a pooler hands each transaction another one.
    proxyUrl: url("$(DATABASE_HOST)", proxy.port, pooled ? `${tls}&pgbouncer=true` : tls),
    replicaUrl: replica && url(replica.host, replica.port, tls),
  };
}

function url(host: string, port: number, query: string): string {
  return `postgresql://$(DATABASE_USERNAME):$(DATABASE_PASSWORD)@${host}:${port}/$(DATABASE_NAME)?${query}`;
}

/**
 * Prisma's own words: it takes libpq's `sslmode=verify-full` for `prefer` without a word, and only newer releases of
 * LiteLLM translate it.
 */
function tlsOf({ tls }: Database, ca: CaSource | undefined): string {
  if (tls === "require") return "sslmode=require";
  const certificate = ca === undefined ? "" : `&sslcert=${caMount.directory}/${caMount.file}`;
  return `sslmode=require&sslaccept=strict${certificate}`;
}

function primaryOf(database: Database, names: Names): Endpoint {
  return database.mode === "external"
    ? { host: database.host, port: database.port }
    : { host: names.hosts.database, port: ports.database };
}

function replicaOf(database: Database, names: Names): Endpoint | undefined {
  switch (database.mode) {
    case "cluster":
      return database.readReplica ? { host: names.hosts.replica, port: ports.database } : undefined;
    case "shared":
      return undefined;
    case "external":
      return database.readReplica;
  }
}

function caOf(database: Database, names: Names): CaSource | undefined {
  if (database.tls === "require") return undefined;
  if (database.mode === "cluster") return { kind: "secret", name: caSecretOf(names.database) };
  if (database.ca !== undefined) return { kind: "configMap", name: names.databaseCa };
  return database.mode === "shared" && isBeside(database, names.namespace)
    ? { kind: "secret", name: caSecretOf(database.cluster.name) }
    : undefined;
}

/** Where CloudNativePG keeps a Cluster's CA; only its certificate is ever mounted. */
function caSecretOf(cluster: string): string {
  return `${cluster}-ca`;
}

/** Whether a shared Cluster is in the stack's own namespace. */
function isBeside({ cluster }: Extract<Database, { mode: "shared" }>, stack: string | undefined): boolean {
  return cluster.namespace === undefined || cluster.namespace === stack;
}

export const checkDatabase: Check = ({ database, namespace }) => {
  if (database === undefined) return [];
  const problems: Problem[] = [];
  const problem = (key: string, message: string) => problems.push({ path: `database.${key}`, message });
  if (database.mode === "cluster") {
    if (takenNames.includes(database.clusterName))
      problem(
        "clusterName",
        `is ${database.clusterName}, as another object of the stack, must be another, for example ${objectNames.database}`,
      );
    if (database.imageName !== undefined && database.imageCatalog !== undefined)
      problem("imageCatalog", "names an image beside database.imageName, must be one of the two");
    if (database.readReplica && database.instances < 2)
      problem(
        "readReplica",
        `has no standby to read from, must be false or database.instances at least 2, is ${database.instances}`,
      );
  }
  if (
    database.mode === "shared" &&
    database.tls === "verify-full" &&
    database.ca === undefined &&
    !isBeside(database, namespace?.name)
  ) {
    const { name, namespace: elsewhere = "" } = database.cluster;
    problem(
      "ca",
      `is missing for tls verify-full with a Cluster in another namespace, must be what this prints: kubectl get secret -n ${elsewhere} ${caSecretOf(name)} -o jsonpath='{.data.ca\\.crt}' | base64 -d`,
    );
  }
  if (database.mode !== "cluster" && database.ca !== undefined && database.tls === "require")
    problem("ca", "is not used with tls require. Remove it, or set tls: verify-full.");
  return problems;
};
