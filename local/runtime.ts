import { randomBytes } from "node:crypto";
import type { V1Deployment } from "@kubernetes/client-node";
import type { automation } from "@pulumi/pulumi";
import type { PlatformOutputs } from "../components/outputs.ts";
import { cacheVariables } from "../litellm/data/cache.ts";
import { objectNames } from "../litellm/shared/names.ts";
import type { ClusterAddress } from "./cluster-addresses.ts";
import { Cluster } from "./cluster.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { LocalKeycloak } from "./keycloak-realm.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { Ports, Processes } from "./processes.ts";
import { databaseEngine } from "./services/database-engine.ts";
import { applyMigrations, declareDatabase } from "./services/database.ts";
import { startModelBackend } from "./services/model-backend.ts";
import { type Postgres, startPostgres } from "./services/postgres.ts";
import { type Login, type Redis, startRedis } from "./services/redis.ts";
import type { Tools } from "./tools.ts";
import type { VaultAdmin } from "./vault-admin.ts";

/** Where the model server's key is stored in Vault, as `Pulumi.dev.yaml` says. */
const backendKey = { mount: "secret", path: "litellm/dev/providers/model-backend", property: "api_key" } as const;

/** The Service that `Pulumi.dev.yaml` names as the models' address. */
const backendService = { service: "model-backend", namespace: "models", port: 8080 } as const;

/** The Service that `Pulumi.dev.yaml` names as the realm's address inside the cluster. */
const identityService = { service: "keycloak", namespace: "identity", port: 8080 } as const;

export interface RuntimeOptions {
  readonly tools: Tools;
  readonly controlPlane: ControlPlane;
  readonly keycloak: LocalKeycloak;
  readonly stateDirectory: string;
  readonly report: (line: string) => void;
}

/** The servers that pods would be, as processes on this machine. */
export interface Runtime {
  readonly gateway: Gateway;
  readonly redis: Redis;
  readonly postgres: Postgres;
  /** A user of the local Redis that sees everything; it exists in no cluster. */
  readonly inspector: Login;
  readonly migrations: { readonly applied: number; readonly present: number };
  readonly database: boolean;
}

/** Puts the model server's key into Vault, as a platform engineer does with any provider's, and gives it back. */
export async function ensureBackendKey(vault: VaultAdmin): Promise<string> {
  const known = (await vault.read(backendKey.mount, backendKey.path))?.[backendKey.property];
  const key = known ?? `sk-${randomBytes(18).toString("base64url")}`;
  if (known === undefined) await vault.write(backendKey.mount, backendKey.path, { [backendKey.property]: key });
  return key;
}

/**
 * Starts PostgreSQL, Redis, the model server and LiteLLM from the objects that the API server holds: the declared
 * database with its owner, the ACL file, the Deployment with its Secrets and ConfigMap.
 */
export async function startRuntime(
  options: RuntimeOptions & {
    readonly outputs: DeployedOutputs;
    readonly backendKey: string;
    /** What Redis is given instead of the deployed ACL file: a test's way to break it. */
    readonly breakAcl?: (deployed: string) => string;
  },
): Promise<Runtime> {
  const { tools, controlPlane, stateDirectory, report, outputs } = options;
  const processes = new Processes(stateDirectory);
  const ports = Ports.of(stateDirectory);
  const common = { processes, ports, stateDirectory, report };
  const cluster = new Cluster(controlPlane.kubeconfig);
  const { namespace } = outputs;

  const backend = await startModelBackend({ ...common, apiKey: options.backendKey });
  const postgres = await startPostgres(common);
  const migrations = await migrateAsOwner(cluster, postgres, options);
  const inspector = inspectorOf(outputs);
  const redis = await startRedis({
    ...common,
    aclFile: (options.breakAcl ?? String)(await deployedAcl(cluster, namespace)),
    login: await cacheLogin(cluster, namespace, outputs.services.api.name),
    inspector,
  });
  const at = (host: string, port: number, local: { host: string; port: number }): ClusterAddress => {
    const [service = host, where = namespace] = host.split(".");
    return { service, namespace: where, port, localHost: local.host, localPort: local.port };
  };
  const database = await databaseEngine({ venv: tools.litellm, report });
  const gateway = await startGateway({
    ...common,
    kubeconfig: controlPlane.kubeconfig,
    namespace,
    deployment: outputs.services.api.name,
    venv: tools.litellm,
    database,
    addresses: [
      at(outputs.database.host, outputs.database.port, postgres),
      ...(outputs.cache === null ? [] : [at(outputs.cache.host, outputs.cache.port, redis)]),
      { ...backendService, localHost: backend.host, localPort: backend.port },
      keycloakAddress(options.keycloak),
    ],
  });
  return { gateway, redis, postgres, inspector, migrations, database };
}

/** Where the Service listens that the proxy asks for tokens. */
export function keycloakAddress({ url }: Pick<LocalKeycloak, "url">): ClusterAddress {
  const { hostname, port } = new URL(url);
  return { ...identityService, localHost: hostname, localPort: Number(port) };
}

/** A stack's outputs with their values, as the engine gives them after an `up`. */
export type DeployedOutputs = Omit<PlatformOutputs, "internalUrl" | "masterKey" | "namespace"> & {
  readonly internalUrl: string;
  readonly masterKey: string;
  readonly namespace: string;
};

/** The outputs of an `up`, without the marks of what is secret. */
export function deployedOutputs(outputs: automation.OutputMap): DeployedOutputs {
  const values = Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]);
  return Object.fromEntries(values) as DeployedOutputs;
}

/** Makes role and database as CloudNativePG would from the Cluster, and the schema as exactly that role. */
async function migrateAsOwner(
  cluster: Cluster,
  postgres: Postgres,
  options: RuntimeOptions & { outputs: DeployedOutputs },
) {
  const { namespace } = options.outputs;
  const { spec } = await cluster.read<DeclaredCluster>(
    "postgresql.cnpg.io/v1",
    "Cluster",
    namespace,
    objectNames.database,
  );
  const { database, owner, secret } = spec.bootstrap.initdb;
  const password = (await cluster.secret(namespace, secret.name))["password"] ?? "";
  await declareDatabase({ postgres, database, owner, password });
  return applyMigrations({
    postgres,
    login: { user: owner, password, database },
    migrationsDirectory: options.tools.litellm.migrationsDirectory,
    report: options.report,
  });
}

/** The ACL file that the deployed Dragonfly is given. */
async function deployedAcl(cluster: Cluster, namespace: string): Promise<string> {
  const { spec } = await cluster.read<{
    spec: { aclFromSecret: { name: string; key: string } };
  }>("dragonflydb.io/v1alpha1", "Dragonfly", namespace, objectNames.cache);
  return (await cluster.secret(namespace, spec.aclFromSecret.name))[spec.aclFromSecret.key] ?? "";
}

/** The login that the deployed proxy has to the cache. */
async function cacheLogin(cluster: Cluster, namespace: string, deployment: string): Promise<Login> {
  const { spec } = await cluster.read<V1Deployment>("apps/v1", "Deployment", namespace, deployment);
  const container = spec?.template.spec?.containers[0];
  const secrets = await Promise.all(
    (container?.envFrom ?? []).flatMap(({ secretRef }) =>
      secretRef?.name === undefined ? [] : [cluster.secret(namespace, secretRef.name)],
    ),
  );
  return {
    username: container?.env?.find(({ name }) => name === "REDIS_USERNAME")?.value ?? "",
    password: secrets.find((secret) => cacheVariables.password in secret)?.[cacheVariables.password] ?? "",
  };
}

interface DeclaredCluster {
  readonly spec: {
    readonly bootstrap: {
      readonly initdb: {
        readonly database: string;
        readonly owner: string;
        readonly secret: { readonly name: string };
      };
    };
  };
}

/** Its password is derived from nothing that is deployed and is good for this machine's Redis only. */
function inspectorOf(outputs: DeployedOutputs): Login {
  return { username: "inspector", password: Buffer.from(`inspector of ${outputs.namespace}`).toString("hex") };
}
