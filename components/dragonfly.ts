import type { CacheMode } from "../config/cache.ts";
import { dataMemory } from "../litellm/data/cache-checks.ts";
import type { Names } from "../litellm/shared/names.ts";
import { s3Properties } from "../secrets/properties.ts";

interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** The fields of `dragonflydb.io/v1alpha1` that we use. */
export interface DragonflyModel {
  readonly apiVersion: "dragonflydb.io/v1alpha1";
  readonly kind: "Dragonfly";
  readonly spec: {
    readonly replicas: number;
    readonly args: string[];
    /** Annotations of the pods. */
    readonly annotations: Record<string, string>;
    readonly aclFromSecret: SecretKey;
    readonly authentication: { readonly passwordFromSecret: SecretKey };
    readonly env?: {
      readonly name: string;
      readonly value?: string;
      readonly valueFrom?: { readonly secretKeyRef: SecretKey };
    }[];
    readonly snapshot?: {
      readonly cron: string;
      readonly dir?: string;
      readonly enableOnMasterOnly?: boolean;
      readonly persistentVolumeClaimSpec?: {
        readonly accessModes: string[];
        readonly storageClassName?: string;
        readonly resources: { readonly requests: { readonly storage: string } };
      };
    };
    readonly resources: Record<"requests" | "limits", { readonly cpu: string; readonly memory: string }>;
    readonly podSecurityContext: Record<string, unknown>;
    readonly containerSecurityContext: Record<string, unknown>;
  };
}

/** Key of the default user's password in the ACL's Secret. */
export const defaultPasswordKey = "default-password";

export function dragonflySpec(
  cache: CacheMode<"dedicated">,
  names: Names,
  { aclKey, stack }: { readonly aclKey: string; readonly stack: string },
): Omit<DragonflyModel["spec"], "annotations"> {
  const { persistence } = cache;
  return {
    replicas: cache.replicas,
    args: [
      // Without them a pod counts the machine's processors and exits, because memory for so many threads is missing. Keys are
      // not evicted at the limit: among them are spends that wait for the database.
      `--proactor_threads=${cache.threads}`,
      `--maxmemory=${dataMemory(cache.resources.memory)}mb`,
      // One snapshot, written over; with Dragonfly's own name each would be kept until the volume is full. Without a
      // place none is written at the end either.
      `--dbfilename=${persistence === undefined ? "" : "dump"}`,
      ...(persistence?.kind === "s3" ? s3Arguments(persistence.endpoint) : []),
    ],
    // Dragonfly reads the file at start only. When a password or a rule changes, so does the Secret's name, and with it
    // the pods' template: the operator then rolls the pods, replicas first.
    aclFromSecret: { name: names.cacheAclSecret, key: aclKey },
    // A file that Dragonfly cannot read leaves the default user to everybody: this password closes it even then.
    authentication: { passwordFromSecret: { name: names.cacheAclSecret, key: defaultPasswordKey } },
    ...snapshots(persistence, names, stack),
    resources: { requests: cache.resources, limits: cache.resources },
    podSecurityContext: {
      runAsNonRoot: true,
      runAsUser: 999,
      fsGroup: 999,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}

type Persistence = CacheMode<"dedicated">["persistence"];

function snapshots(persistence: Persistence, names: Names, stack: string): Partial<DragonflyModel["spec"]> {
  if (persistence === undefined) return {};
  if (persistence.kind === "volume")
    return {
      snapshot: {
        cron: persistence.schedule,
        persistentVolumeClaimSpec: {
          accessModes: ["ReadWriteOnce"],
          ...(persistence.storageClass === undefined ? {} : { storageClassName: persistence.storageClass }),
          resources: { requests: { storage: persistence.size } },
        },
      },
    };
  const fromSecret = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: names.cacheSnapshotsSecret, key } },
  });
  return {
    snapshot: {
      cron: persistence.schedule,
      dir: `s3://${persistence.bucket}/${persistence.path ?? stack}`,
      // The pods share the place, so only the primary writes.
      enableOnMasterOnly: true,
    },
    env: [
      fromSecret("AWS_ACCESS_KEY_ID", s3Properties[0]),
      fromSecret("AWS_SECRET_ACCESS_KEY", s3Properties[1]),
      { name: "AWS_REGION", value: persistence.region },
    ],
  };
}

/** Dragonfly wants host and port, and the scheme apart. */
function s3Arguments(endpoint: string | undefined): string[] {
  if (endpoint === undefined) return [];
  const { host, protocol } = new URL(endpoint);
  return [`--s3_endpoint=${host}`, `--s3_use_https=${protocol === "https:"}`];
}
