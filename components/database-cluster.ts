import type { ICluster } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster";
import type { IPooler } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Pooler";
import type { IScheduledBackup } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/ScheduledBackup";
import type * as pulumi from "@pulumi/pulumi";
import { type ObjectStore, type StoreBackup, backupOf, recoveryTime } from "../litellm/data/backup.ts";
import { type Names, commonLabels } from "../litellm/shared/names.ts";
import { postgresParameters } from "../litellm/data/postgres.ts";
import { customResource, waitFor } from "./custom-resource.ts";
import { adoptable } from "./lifecycle.ts";
import { objectStore, recoveryStoreName } from "./object-store.ts";
import { type PodMonitorModel, podMonitorSpec } from "./pod-monitor.ts";
import { secretPaths } from "../secrets/paths.ts";
import type { DatabaseArgsOf } from "./database-args.ts";

type ClusterConfig = DatabaseArgsOf<"cluster">["database"];

/** An own CloudNativePG Cluster with all that belongs to it. Returns what must be there before it counts as ready. */
export function ownCluster(
  name: string,
  args: DatabaseArgsOf<"cluster"> & { readonly owner: pulumi.Resource },
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const { database, names, namespace, lifecycle } = args;
  const backup = backupOf(database);
  const recovery = database.recovery;
  const stores = [
    ...(backup === undefined ? [] : [backupStore(`${name}-backup`, backup, args, parent)]),
    ...(recovery?.store === undefined ? [] : [recoveryStore(`${name}-recovery`, recovery.store, args, parent)]),
  ];
  const cluster = customResource<ICluster>(
    name,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: {
        name: names.database,
        namespace,
        labels: commonLabels,
        annotations: { ...waitFor.ready, ...adoptable },
      },
      spec: clusterSpec(database, names),
    },
    {
      parent,
      dependsOn: [args.owner, ...stores],
      // A recovery copies a base backup and replays WAL before the first instance is ready.
      customTimeouts: { create: recovery === undefined ? "30m" : "6h", update: "60m" },
      ...lifecycle,
    },
  );
  if (backup !== undefined) schedule(`${name}-backup`, backup, args, { parent, dependsOn: [cluster] });
  const pooler = database.pooler && [
    customResource<IPooler>(
      `${name}-pooler`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Pooler",
        metadata: {
          name: names.pooler,
          namespace,
          labels: commonLabels,
          annotations: waitFor.poolerReady(database.pooler.instances),
        },
        spec: poolerSpec(database.pooler, names),
      },
      { parent, dependsOn: [cluster], customTimeouts: { create: "15m", update: "15m" } },
    ),
  ];
  if (database.podMonitor) {
    monitor(`${name}-monitor`, names.database, { "cnpg.io/cluster": names.database }, namespace, parent);
    if (pooler !== undefined)
      monitor(`${name}-pooler-monitor`, names.pooler, { "cnpg.io/poolerName": names.pooler }, namespace, parent);
  }
  return [cluster, ...(pooler ?? [])];
}

function backupStore(name: string, backup: StoreBackup, part: DatabaseArgsOf<"cluster">, parent: pulumi.Resource) {
  const { stack, names } = part;
  const use = {
    ...{ stack, location: backup.store, backup, path: secretPaths.backup },
    names: { store: names.backupStore, login: names.backupSecret, endpoint: names.backupEndpoint },
  };
  return objectStore(name, { ...use, part }, parent);
}

function recoveryStore(name: string, location: ObjectStore, part: DatabaseArgsOf<"cluster">, parent: pulumi.Resource) {
  const { stack, names } = part;
  const use = {
    ...{ stack, location, backup: undefined, path: secretPaths.recovery },
    names: { store: names.recoveryStore, login: names.recoverySecret, endpoint: names.recoveryEndpoint },
  };
  return objectStore(name, { ...use, part }, parent);
}

/** Base backups: a WAL archive without one restores nothing, so the two are only ever made together. */
function schedule(
  name: string,
  backup: StoreBackup,
  { names, namespace, lifecycle }: DatabaseArgsOf<"cluster">,
  options: pulumi.CustomResourceOptions,
): void {
  customResource<IScheduledBackup>(
    name,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "ScheduledBackup",
      metadata: { name: names.database, namespace, labels: commonLabels, annotations: adoptable },
      spec: {
        schedule: backup.schedule,
        immediate: true,
        backupOwnerReference: "self",
        cluster: { name: names.database },
        method: "plugin",
        pluginConfiguration: { name: barmanPlugin },
      },
    },
    // A destroyed stack keeps the Cluster, which goes on archiving.
    { ...options, ...lifecycle },
  );
}

function monitor(
  name: string,
  object: string,
  labels: Record<string, string>,
  namespace: pulumi.Input<string>,
  parent: pulumi.Resource,
): void {
  customResource<PodMonitorModel>(
    name,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name: object, namespace, labels: commonLabels },
      spec: podMonitorSpec(labels),
    },
    { parent },
  );
}

export const barmanPlugin = "barman-cloud.cloudnative-pg.io";

/** Name of the lost cluster among the new one's external clusters. */
const origin = "origin";

/** Seconds; CloudNativePG's own waits are for clients that leave, and a pool of connections never does. */
const delays = {
  /** Clients may finish, while new ones are turned away. */
  smartShutdownTimeout: 10,
  /** An instance may take to stop, be it to write all that it holds. */
  stopDelay: 300,
  /** The old primary may take to hand over in a switchover, before it is ended. */
  switchoverDelay: 120,
} as const;

export function clusterSpec(database: ClusterConfig, names: Names): NonNullable<ICluster["spec"]> {
  const { resources, imageCatalog: catalog } = database;
  const several = database.instances > 1;
  const walStorage = database.walStorage && { walStorage: volume(database.walStorage) };
  return {
    instances: database.instances,
    ...(database.imageName === undefined ? {} : { imageName: database.imageName }),
    ...(catalog && {
      imageCatalogRef: { apiGroup: "postgresql.cnpg.io", kind: catalog.kind, name: catalog.name, major: catalog.major },
    }),
    enableSuperuserAccess: false,
    enablePDB: several,
    // A new image or parameter goes to the standbys first; then one of them takes over.
    primaryUpdateStrategy: "unsupervised",
    primaryUpdateMethod: several ? "switchover" : "restart",
    ...delays,
    nodeMaintenanceWindow: database.maintenance,
    storage: volume(database.storage),
    ...walStorage,
    resources: { requests: resources, limits: resources },
    affinity: {
      enablePodAntiAffinity: true,
      podAntiAffinityType: database.antiAffinity,
      topologyKey: "kubernetes.io/hostname",
      ...(database.nodeSelector === undefined ? {} : { nodeSelector: database.nodeSelector }),
    },
    ...(several
      ? {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "topology.kubernetes.io/zone",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: { "cnpg.io/cluster": names.database } },
            },
          ],
        }
      : {}),
    // The pooler shows the server's certificate, which by itself has only the Cluster's names.
    ...(database.pooler === undefined ? {} : { certificates: { serverAltDNSNames: [names.hosts.pooler] } }),
    postgresql: {
      parameters: {
        ...postgresParameters({
          memory: resources.memory,
          maxConnections: database.maxConnections,
          walVolume: {
            size: (database.walStorage ?? database.storage).size,
            own: database.walStorage !== undefined,
          },
        }),
        ...database.parameters,
      },
    },
    ...bootstrap(database, names),
    ...(backupOf(database) === undefined
      ? {}
      : {
          plugins: [
            {
              name: barmanPlugin,
              isWALArchiver: true,
              parameters: { barmanObjectName: names.backupStore, serverName: names.database },
            },
          ],
        }),
  };
}

/** Empty, or with what a lost cluster has archived; the owner's password is the Secret's in either case. */
function bootstrap(
  database: ClusterConfig,
  names: Names,
): Pick<NonNullable<ICluster["spec"]>, "bootstrap" | "externalClusters"> {
  const owner = { database: database.name, owner: database.owner, secret: { name: names.databaseSecret } };
  const { recovery } = database;
  if (recovery === undefined) return { bootstrap: { initdb: { ...owner, dataChecksums: true, encoding: "UTF8" } } };
  const recoveryTarget = targetOf(recovery.target);
  return {
    bootstrap: { recovery: { ...owner, source: origin, ...(recoveryTarget && { recoveryTarget }) } },
    externalClusters: [
      {
        name: origin,
        plugin: {
          name: barmanPlugin,
          parameters: { barmanObjectName: recoveryStoreName(recovery, names), serverName: recovery.serverName },
        },
      },
    ],
  };
}

function targetOf(target: NonNullable<ClusterConfig["recovery"]>["target"]) {
  switch (target.kind) {
    case "latest":
      return undefined;
    case "time":
      return { targetTime: recoveryTime(target.time) };
    case "name":
      return { targetName: target.name, backupID: target.backupId };
    case "lsn":
      return { targetLSN: target.lsn, ...(target.backupId === undefined ? {} : { backupID: target.backupId }) };
  }
}

function volume(storage: ClusterConfig["storage"]) {
  return {
    size: storage.size,
    ...(storage.storageClass === undefined ? {} : { storageClass: storage.storageClass }),
  };
}

export function poolerSpec(pooler: NonNullable<ClusterConfig["pooler"]>, names: Names): NonNullable<IPooler["spec"]> {
  return {
    cluster: { name: names.database },
    type: "rw",
    instances: pooler.instances,
    pgbouncer: {
      poolMode: "transaction",
      parameters: {
        client_tls_sslmode: "require",
        default_pool_size: String(pooler.poolSize),
        max_client_conn: String(pooler.maxClientConnections),
        // Prisma is told that there is a pooler and prepares nothing by name; both ways at once trip over each other.
        max_prepared_statements: "0",
      },
    },
    template: {
      spec: {
        containers: [{ name: "pgbouncer", resources: { requests: pooler.resources, limits: pooler.resources } }],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { "cnpg.io/poolerName": names.pooler } },
          },
        ],
      },
    },
  };
}
