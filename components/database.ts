import type * as kubernetes from "@pulumi/kubernetes";
import type { ICluster } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster";
import type { IScheduledBackup } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/ScheduledBackup";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { type Names, commonLabels } from "../litellm/names.ts";
import { type Deep, customResource, waitFor } from "./custom-resource.ts";
import { externalSecret } from "./external-secrets.ts";
import { keptOr, letters, vaultVersions } from "./generated-secret.ts";
import { adoptable } from "./lifecycle.ts";
import { type SecretPartArgs, fullPath, secretPaths, storedValues, writeSecret } from "./vault-secrets.ts";

export interface DatabaseArgs extends SecretPartArgs {
  readonly database: PlatformConfig["database"];
  readonly stack: string;
}

/** An own CloudNativePG Cluster with LiteLLM's database and the role that owns it. */
export class Database extends pulumi.ComponentResource {
  /** Version of the owner's login in Vault. */
  readonly versions: pulumi.Output<string>;
  /** What must wait for the database waits for this. */
  readonly cluster: kubernetes.apiextensions.CustomResource;

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:Database", name, {}, options);
    const { database, names, place, lifecycle } = args;
    const path = secretPaths.database;

    const password = letters(`${name}-password`, 40, lifecycle, this);
    const kept = storedValues(place, path, args.stored, this);
    const written = writeSecret(
      `${name}-vault`,
      {
        place,
        path,
        values: { username: database.owner, password: keptOr(kept, "password", password.result) },
        lifecycle,
      },
      { parent: this },
    );
    this.versions = vaultVersions({ database: written.metadata });
    const owner = externalSecret(
      `${name}-owner`,
      {
        name: names.databaseSecret,
        namespace: args.namespace,
        store: names.secretStore,
        refreshInterval: args.refreshInterval,
        entries: ["username", "password"].map((key) => ({ key, path: fullPath(place, path), property: key })),
        versions: this.versions,
        template: { type: "kubernetes.io/basic-auth", labels: reloadLabel },
      },
      { parent: this, dependsOn: [args.store], ...lifecycle },
    );

    const backup = database.backup && this.backupStore(name, database.backup, args);
    this.cluster = customResource<ICluster>(
      name,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: {
          name: names.database,
          namespace: args.namespace,
          labels: commonLabels,
          annotations: { ...waitFor.ready, ...adoptable },
        },
        spec: clusterSpec(database, names),
      },
      {
        parent: this,
        dependsOn: backup === undefined ? [owner] : [owner, backup],
        customTimeouts: { create: "30m", update: "60m" },
        ...lifecycle,
      },
    );
    if (database.backup !== undefined) this.schedule(name, database.backup, args);
    this.registerOutputs({});
  }

  /** The object store of base backups and WAL, with its login from Vault. */
  private backupStore(name: string, backup: Backup, args: DatabaseArgs): kubernetes.apiextensions.CustomResource {
    const { names, place, lifecycle } = args;
    const login = externalSecret(
      `${name}-backup-login`,
      {
        name: names.backupSecret,
        namespace: args.namespace,
        store: names.secretStore,
        refreshInterval: args.refreshInterval,
        entries: backupProperties.map((key) => ({ key, path: fullPath(place, secretPaths.backup), property: key })),
        versions: `backup=${args.stored.get(fullPath(place, secretPaths.backup))?.version ?? 0}`,
      },
      { parent: this, dependsOn: [args.store], ...lifecycle },
    );
    return customResource<ObjectStoreModel>(
      `${name}-backup-store`,
      {
        apiVersion: "barmancloud.cnpg.io/v1",
        kind: "ObjectStore",
        metadata: {
          name: names.backupStore,
          namespace: args.namespace,
          labels: commonLabels,
          annotations: adoptable,
        },
        spec: objectStoreSpec(backup, args.stack, names),
      },
      { parent: this, dependsOn: [login], ...lifecycle },
    );
  }

  /** Base backups: a WAL archive without one restores nothing, so the two are only ever made together. */
  private schedule(name: string, backup: Backup, args: DatabaseArgs): void {
    customResource<IScheduledBackup>(
      `${name}-backup`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "ScheduledBackup",
        metadata: { name: args.names.database, namespace: args.namespace, labels: commonLabels },
        spec: {
          schedule: backup.schedule,
          immediate: true,
          backupOwnerReference: "self",
          cluster: { name: args.names.database },
          method: "plugin",
          pluginConfiguration: { name: barmanPlugin },
        },
      },
      { parent: this, dependsOn: [this.cluster], protect: args.lifecycle.protect },
    );
  }
}

type Backup = NonNullable<PlatformConfig["database"]["backup"]>;

const barmanPlugin = "barman-cloud.cloudnative-pg.io";

/** Values that the backup's secret in Vault must have. */
export const backupProperties = ["access_key_id", "secret_access_key"] as const;

/** Makes the operator take up a changed password without hand work. */
const reloadLabel = { "cnpg.io/reload": "true" };

export function clusterSpec(database: PlatformConfig["database"], names: Names): Deep<NonNullable<ICluster["spec"]>> {
  const { resources } = database;
  return {
    instances: database.instances,
    ...(database.imageName === undefined ? {} : { imageName: database.imageName }),
    enableSuperuserAccess: false,
    enablePDB: database.instances > 1,
    storage: volume(database.storage),
    ...(database.walStorage === undefined ? {} : { walStorage: volume(database.walStorage) }),
    resources: { requests: resources, limits: resources },
    postgresql: { parameters: { max_connections: String(database.maxConnections) } },
    bootstrap: {
      initdb: {
        database: database.name,
        owner: database.owner,
        secret: { name: names.databaseSecret },
        dataChecksums: true,
        encoding: "UTF8",
      },
    },
    ...(database.backup === undefined
      ? {}
      : {
          plugins: [{ name: barmanPlugin, isWALArchiver: true, parameters: { barmanObjectName: names.backupStore } }],
        }),
  };
}

function volume(storage: PlatformConfig["database"]["storage"]) {
  return {
    size: storage.size,
    ...(storage.storageClass === undefined ? {} : { storageClass: storage.storageClass }),
  };
}

/** The fields of `barmancloud.cnpg.io/v1` that we use. */
interface ObjectStoreModel {
  readonly apiVersion: "barmancloud.cnpg.io/v1";
  readonly kind: "ObjectStore";
  readonly spec: {
    readonly retentionPolicy: string;
    readonly configuration: {
      readonly destinationPath: string;
      readonly endpointURL?: string;
      readonly s3Credentials: Record<
        "accessKeyId" | "secretAccessKey",
        { readonly name: string; readonly key: string }
      >;
      readonly wal: { readonly compression: string };
      readonly data: { readonly compression: string };
    };
  };
}

export function objectStoreSpec(backup: Backup, stack: string, names: Names): ObjectStoreModel["spec"] {
  const { store } = backup;
  return {
    retentionPolicy: backup.retention,
    configuration: {
      destinationPath: `s3://${store.bucket}/${store.path ?? stack}`,
      ...(store.endpoint === undefined ? {} : { endpointURL: store.endpoint }),
      s3Credentials: {
        accessKeyId: { name: names.backupSecret, key: backupProperties[0] },
        secretAccessKey: { name: names.backupSecret, key: backupProperties[1] },
      },
      wal: { compression: "gzip" },
      data: { compression: "gzip" },
    },
  };
}
