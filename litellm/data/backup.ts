import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";

type Cluster = Extract<PlatformConfig["database"], { mode: "cluster" }>;
type Backup = NonNullable<Cluster["backup"]>;

/** Base backups and a WAL archive: settings that only ever come together. */
export type StoreBackup = Extract<Backup, { mode: "objectStore" }>;
export type ObjectStore = StoreBackup["store"];

/** The backup of an own cluster, if it has one. */
export function backupOf(database: PlatformConfig["database"]): StoreBackup | undefined {
  return database.mode === "cluster" && database.backup?.mode === "objectStore" ? database.backup : undefined;
}

/** Prefix under which all archives of a store lie: `s3://bucket/path`. */
export function destinationOf(store: ObjectStore, stack: string): string {
  return `s3://${store.bucket}/${store.path ?? stack}`;
}

/** One cluster's archive: what no two clusters may write to. */
interface Archive {
  /** Host, port and path of the endpoint; the same for all of AWS, where no two buckets share a name. */
  readonly server: string;
  /** `bucket/path/server`. */
  readonly place: string;
}

function archiveOf(store: ObjectStore, cluster: string, stack: string): Archive {
  return {
    server: serverOf(store.endpoint ?? "https://s3.amazonaws.com"),
    place: `${destinationOf(store, stack).slice("s3://".length)}/${cluster}`,
  };
}

/** One store may be written in several ways; with and without TLS, each at its usual port, it is still the same one. */
function serverOf(endpoint: string): string {
  const { hostname, port, pathname } = new URL(endpoint.toLowerCase());
  const host = hostname.replace(/\.$/, "");
  if (/(^|\.)amazonaws\.com(\.cn)?$/.test(host)) return "amazonaws.com";
  // The usual port of its scheme is no port to a URL.
  return `${host}:${port}${pathname.replace(/\/+$/, "")}`;
}

/** Whether one of the two archives is, or lies within, the other. */
function overlap(a: Archive, b: Archive): boolean {
  const within = (inner: string, outer: string) => `${inner}/`.startsWith(`${outer}/`);
  return a.server === b.server && (within(a.place, b.place) || within(b.place, a.place));
}

export const checkBackup: Check = ({ profile, database }) => {
  if (profile !== "production" || database?.mode !== "cluster" || database.backup !== undefined) return [];
  return [
    {
      path: "database.backup",
      message:
        "is missing in a production stack, where a lost volume is lost data: must be { mode: objectStore, store: ... }, or { mode: none, reason: ... } where that is meant",
    },
  ];
};

export const checkRecovery: Check = ({ stack, database }) => {
  if (database?.mode !== "cluster" || database.recovery === undefined) return [];
  const { recovery, clusterName } = database;
  const backup = backupOf(database);
  const store = recovery.store ?? backup?.store;
  if (store === undefined)
    return [
      {
        path: "database.recovery.store",
        message: "is missing, must say where the lost cluster has archived, since there is no database.backup.store",
      },
    ];
  if (backup === undefined) return [];
  const own = archiveOf(backup.store, clusterName, stack);
  const source = archiveOf(store, recovery.serverName, stack);
  if (!overlap(own, source)) return [];
  return [
    {
      path: "database.recovery.serverName",
      message: `names the archive ${source.place}, and the new cluster would write to ${own.place}: two clusters in one archive leave neither that restores. Must be another; give the new cluster another database.clusterName`,
    },
  ];
};

/** What a key may do in a store: an IAM policy, to which a bucket's own policy adds the principal. */
export interface BucketPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: "Allow";
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }[];
}

/** The least that base backups, the WAL archive, its retention and a recovery need. */
export function bucketPolicy(backup: StoreBackup, stack: string): BucketPolicy {
  const { store } = backup;
  const bucket = `arn:aws:s3:::${store.bucket}`;
  return {
    Version: "2012-10-17",
    Statement: [
      // Barman asks whether the bucket is there, which no condition on the prefix lets through.
      { Sid: "ListBackups", Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucket] },
      {
        Sid: "KeepBackups",
        Effect: "Allow",
        Action: [
          "s3:AbortMultipartUpload",
          "s3:DeleteObject",
          "s3:GetObject",
          "s3:PutObject",
          ...(backup.tags === undefined ? [] : ["s3:PutObjectTagging"]),
        ],
        Resource: [`${bucket}/${store.path ?? stack}/*`],
      },
    ],
  };
}

/**
 * A time of the configuration as `recovery_target_time` takes it. PostgreSQL reads its configuration before it knows
 * the names of time zones, `Z` among them, and CloudNativePG writes `Z` for every UTC time in the form of RFC 3339. A
 * time in PostgreSQL's own form goes through as it is.
 */
export function recoveryTime(time: string): string {
  return time.replace("T", " ").replace(/Z$/, "+00");
}
