import { z } from "zod";
import { cpuQuantity, httpUrl, postgresIdentifier, quantity } from "./values.ts";

const storageSchema = z.strictObject({
  size: quantity,
  storageClass: z.string().min(1).optional().describe("Storage class; the cluster's default if left out."),
});

const backupSchema = z.strictObject({
  schedule: z
    .string()
    .regex(/^(\S+\s+){5}\S+$/, 'must be a cron line of six fields, seconds first, for example "0 0 2 * * *"')
    .default("0 0 2 * * *")
    .describe("When a base backup is taken (CloudNativePG's six fields, seconds first; UTC)."),
  retention: z
    .string()
    .regex(/^[1-9][0-9]*[dwm]$/, "must be a number with d, w or m, for example 30d")
    .default("30d")
    .describe("How long backups and their WAL are kept."),
  store: z.strictObject({
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be an S3 bucket name")
      .describe("Bucket for base backups and WAL."),
    endpoint: httpUrl.optional().describe("Endpoint of an S3-compatible store; AWS if left out."),
    path: z
      .string()
      .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, "must be a prefix without slashes at the ends")
      .optional()
      .describe("Prefix in the bucket. Default: the stack's name."),
  }),
});

export const databaseSchema = z
  .strictObject({
    mode: z.literal("cluster").default("cluster").describe("cluster: an own CloudNativePG Cluster."),
    name: postgresIdentifier.default("litellm").describe("Database."),
    owner: postgresIdentifier.default("litellm").describe("Role that owns the database; no superuser."),
    instances: z.int().min(1).max(9).describe("PostgreSQL instances. Default: 1 in development, 3 in production."),
    storage: storageSchema.prefault({ size: "20Gi" }).describe("Volume of one instance."),
    walStorage: storageSchema.optional().describe("Separate volume for WAL; recommended in production."),
    imageName: z.string().min(1).optional().describe("PostgreSQL image; the operator's default if left out."),
    resources: z
      .strictObject({ cpu: cpuQuantity.default("1"), memory: quantity.default("2Gi") })
      .prefault({})
      .describe("Request and limit of one instance."),
    maxConnections: z.int().min(20).max(2000).default(200).describe("PostgreSQL's max_connections."),
    poolLimit: z.int().min(1).max(100).default(10).describe("Connections that one LiteLLM worker may open."),
    backup: backupSchema.optional().describe("Base backups and WAL archive with the Barman Cloud plugin."),
  })
  .describe("PostgreSQL, which holds virtual keys, teams, budgets and spend.");
