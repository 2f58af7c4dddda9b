import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { type ObjectStore, type StoreBackup, destinationOf } from "../litellm/data/backup.ts";
import { type Names, commonLabels } from "../litellm/shared/names.ts";
import { customResource } from "./custom-resource.ts";
import { externalSecret } from "./external-secrets.ts";
import { adoptable } from "./lifecycle.ts";
import type { SecretPartArgs } from "./vault-secrets.ts";
import { fullPath } from "../secrets/paths.ts";
import { s3Properties } from "../secrets/properties.ts";

/** A store in the words of the configuration, and what is written to it. */
export interface StoreUse {
  readonly stack: string;
  readonly location: ObjectStore;
  /** Nothing where it is only read from. */
  readonly backup: StoreBackup | undefined;
  readonly names: {
    readonly store: string;
    /** Secret with the login. */
    readonly login: string;
    /** Secret with region and CA. */
    readonly endpoint: string;
  };
}

export interface ObjectStoreArgs extends StoreUse {
  readonly part: SecretPartArgs;
  /** Path of the login below the stack's own in Vault. */
  readonly path: string;
}

/** An object store of base backups and WAL, with its login from Vault. */
export function objectStore(
  name: string,
  args: ObjectStoreArgs,
  parent: pulumi.Resource,
): kubernetes.apiextensions.CustomResource {
  const { part, names } = args;
  const { namespace, lifecycle } = part;
  const path = fullPath(part.place, args.path);
  const login = externalSecret(
    `${name}-login`,
    {
      name: names.login,
      namespace,
      store: part.names.secretStore,
      refreshInterval: part.refreshInterval,
      entries: s3Properties.map((key) => ({ key, path, property: key })),
      versions: `${args.path}=${part.stored.get(path)?.version ?? 0}`,
    },
    { parent, dependsOn: [part.store], ...lifecycle },
  );
  const data = endpointData(args.location);
  const endpoint =
    Object.keys(data).length === 0
      ? []
      : [
          new kubernetes.core.v1.Secret(
            `${name}-endpoint`,
            {
              metadata: { name: names.endpoint, namespace, labels: commonLabels, annotations: adoptable },
              stringData: data,
            },
            { parent, ...lifecycle },
          ),
        ];
  return customResource<ObjectStoreModel>(
    `${name}-store`,
    {
      apiVersion: "barmancloud.cnpg.io/v1",
      kind: "ObjectStore",
      metadata: { name: names.store, namespace, labels: commonLabels, annotations: adoptable },
      spec: objectStoreSpec(args),
    },
    { parent, dependsOn: [login, ...endpoint], ...lifecycle },
  );
}

const endpointKeys = { region: "region", ca: "ca.crt" } as const;

/** What an ObjectStore takes from a Secret only, though it is none. */
function endpointData({ region, ca }: ObjectStore): Record<string, string> {
  return {
    ...(region === undefined ? {} : { [endpointKeys.region]: region }),
    ...(ca === undefined ? {} : { [endpointKeys.ca]: ca }),
  };
}

interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** The fields of `barmancloud.cnpg.io/v1` that we use. */
export interface ObjectStoreModel {
  readonly apiVersion: "barmancloud.cnpg.io/v1";
  readonly kind: "ObjectStore";
  readonly spec: {
    readonly retentionPolicy?: string;
    readonly configuration: {
      readonly destinationPath: string;
      readonly endpointURL?: string;
      readonly endpointCA?: SecretKey;
      readonly s3Credentials: {
        readonly accessKeyId: SecretKey;
        readonly secretAccessKey: SecretKey;
        readonly region?: SecretKey;
      };
      readonly wal?: { readonly compression?: string; readonly encryption?: string; readonly maxParallel?: number };
      readonly data?: { readonly compression?: string; readonly encryption?: string; readonly jobs?: number };
      readonly tags?: Record<string, string>;
    };
    readonly instanceSidecarConfiguration?: { readonly env: { readonly name: string; readonly value: string }[] };
  };
}

export function objectStoreSpec({ stack, location, backup, names }: StoreUse): ObjectStoreModel["spec"] {
  const { endpoint } = location;
  const checksums = location.checksums ?? (endpoint === undefined ? "when_supported" : "when_required");
  const env = checksumVariables.map((name) => ({ name, value: checksums }));
  const written = backup && writtenWith(backup);
  return {
    // Here and not in the Cluster, where only the built-in Barman looks for it.
    ...(backup === undefined ? {} : { retentionPolicy: backup.retention }),
    configuration: {
      destinationPath: destinationOf(location, stack),
      ...(endpoint === undefined ? {} : { endpointURL: endpoint }),
      ...(location.ca === undefined ? {} : { endpointCA: { name: names.endpoint, key: endpointKeys.ca } }),
      s3Credentials: {
        accessKeyId: { name: names.login, key: s3Properties[0] },
        secretAccessKey: { name: names.login, key: s3Properties[1] },
        ...(location.region === undefined ? {} : { region: { name: names.endpoint, key: endpointKeys.region } }),
      },
      ...written,
    },
    ...(checksums === "when_supported" ? {} : { instanceSidecarConfiguration: { env } }),
  };
}

/** Newer AWS clients send and expect checksums of a kind that many S3-compatible stores do not know. */
const checksumVariables = ["AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"] as const;

function writtenWith(backup: StoreBackup) {
  const both = {
    ...(backup.compression === "none" ? {} : { compression: backup.compression }),
    ...(backup.encryption === undefined ? {} : { encryption: backup.encryption }),
  };
  return {
    wal: { ...both, maxParallel: backup.jobs },
    data: { ...both, jobs: backup.jobs },
    ...(backup.tags === undefined ? {} : { tags: backup.tags }),
  };
}

type Recovery = NonNullable<Extract<PlatformConfig["database"], { mode: "cluster" }>["recovery"]>;

/** The ObjectStore that a recovery reads from: the backup's own, unless the lost cluster's was elsewhere. */
export function recoveryStoreName(recovery: Recovery, names: Names): string {
  return recovery.store === undefined ? names.backupStore : names.recoveryStore;
}
