import { z } from "zod";
import { cronFields } from "./cron.ts";
import { bucketName, clusterName, httpUrl, pemCertificate } from "./values.ts";

/** A place in an S3 object store. */
export const objectStoreSchema = z.strictObject({
  bucket: bucketName.describe("Bucket for base backups and WAL."),
  endpoint: httpUrl.optional().describe("Endpoint of an S3-compatible store; AWS if left out."),
  path: z
    .string()
    .regex(
      /^(?!(.*\/)?\.\.?(\/|$))[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
      "must be a prefix without slashes at the ends, and no part of it . or ..",
    )
    .optional()
    .describe(
      "Prefix in the bucket; a cluster's archive is below it, under the cluster's name. Default: the stack's name.",
    ),
  region: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be a region such as eu-central-1")
    .optional()
    .describe("Region for the requests' signatures, where the store insists on one."),
  ca: pemCertificate.optional().describe("Certificate of the endpoint's private CA: PEM."),
  checksums: z
    .enum(["when_supported", "when_required"])
    .optional()
    .describe(
      "Checksums that newer AWS clients send with every request; many S3-compatible stores refuse them. Default: when_required with an endpoint, when_supported on AWS.",
    ),
});

const compression = z.enum(["none", "gzip", "bzip2", "snappy", "lz4"]);

export const backupSchema = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("objectStore").describe("Base backups and a WAL archive, with the Barman Cloud plugin."),
    schedule: z
      .string()
      .regex(/^(\S+\s+){5}\S+$/, {
        error: 'must be a cron line of six fields, seconds first, for example "0 0 2 * * *"',
        abort: true,
      })
      .superRefine(cronFields(["seconds", "minutes", "hours", "days", "months", "weekdays"]))
      .default("0 0 2 * * *")
      .describe("When a base backup is taken (CloudNativePG's six fields, seconds first; UTC)."),
    retention: z
      .string()
      .regex(/^[1-9][0-9]*[dwm]$/, "must be a number with d, w or m, for example 30d")
      .default("30d")
      .describe("How far back a recovery can go: older backups and their WAL are removed."),
    compression: compression.default("gzip").describe("Of base backups and WAL."),
    encryption: z
      .enum(["AES256", "aws:kms"])
      .optional()
      .describe("Encryption that the store is asked for; its own default if left out."),
    jobs: z.int().min(1).max(32).default(2).describe("Parallel uploads of a base backup, and of WAL."),
    tags: z
      .record(
        z.string().regex(/^[A-Za-z0-9 _.:/=+@-]{1,128}$/, "must be an object tag's name"),
        z.string().regex(/^[A-Za-z0-9 _.:/=+@-]{0,256}$/, "must be an object tag's value"),
      )
      .refine((tags) => Object.keys(tags).length <= 10, "must be at most ten tags, since an object can have no more")
      .optional()
      .describe("Tags of every object, for lifecycle rules; at most ten."),
    store: objectStoreSchema,
  }),
  z.strictObject({
    mode: z.literal("none").describe("None: what is lost is lost."),
    reason: z
      .string()
      .trim()
      .min(10)
      .describe("Why a stack needs none; at least ten characters, for those who ask later."),
  }),
]);

/** Whether a calendar has the day: `Date.parse` takes the 30th of February for the 2nd of March. */
function dayExists(text: string): boolean {
  const day = text.slice(0, "2026-11-21".length);
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** `2026-11-21T04:05:06Z`; without an offset, PostgreSQL would read it in its own time zone. */
const instant = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/,
    "must be a time with its offset, for example 2026-11-21T04:05:06Z",
  )
  .refine((text) => !Number.isNaN(Date.parse(text.replace(" ", "T"))) && dayExists(text), "must be a time that exists");

const targetSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("latest").describe("Everything that is in the archive.") }),
  z.strictObject({
    kind: z.literal("time").describe("Everything that was committed before a time, and nothing after it."),
    time: instant.describe("The time, with its offset."),
  }),
  z.strictObject({
    kind: z.literal("name").describe("Up to a point that pg_create_restore_point has named."),
    name: z.string().min(1).max(63).describe("Name of the restore point."),
    backupId: z.string().min(1).describe("Base backup to begin with, older than the point: such as 20261121T020000."),
  }),
  z.strictObject({
    kind: z.literal("lsn").describe("Up to a place in the WAL."),
    lsn: z
      .string()
      .regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/, "must be a WAL location such as 0/3000060")
      .describe("The location."),
    backupId: z.string().min(1).optional().describe("Base backup to begin with; the last one before it if left out."),
  }),
]);

export const recoverySchema = z.strictObject({
  serverName: clusterName.describe("Name under which the lost cluster has archived: its clusterName."),
  store: objectStoreSchema.optional().describe("Where the lost cluster has archived. Default: backup.store."),
  target: targetSchema.prefault({ kind: "latest" }).describe("How far to recover."),
});
