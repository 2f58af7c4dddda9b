import { z } from "zod";
import { cronFields } from "./cron.ts";
import {
  bucketName,
  caBundle,
  cpuQuantity,
  dnsLabel,
  hostname,
  httpUrl,
  objectName,
  port,
  quantity,
  vaultPath,
} from "./values.ts";

const tenantPrefix = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*$/,
    "must be lower-case letters, digits, '-' and single dots; no colon and no glob character",
  )
  .describe("Prefix of every key and channel: the cache namespace of LiteLLM and the pattern of the ACL.");

const keyPrefix = tenantPrefix.default("litellm");

const username = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "must be lower-case letters, digits and '-'")
  .refine((name) => name !== "default", "must not be default, which is the server's own user");

const password = z
  .strictObject({
    version: z.int().min(1).default(1).describe("Raise it by one to rotate the password of the proxy's user."),
  })
  .prefault({})
  .describe("Password of the proxy's user, made by the program and kept in Vault.");

const serverCa = caBundle
  .optional()
  .describe("CA of the server's certificate: PEM, base64-encoded. Default: the CAs that the image trusts.");

const tls = z.strictObject({ caBundle: serverCa }).optional().describe("Connect by TLS. Default: in clear text.");

const bucketPath = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/,
    "must be a path within the bucket such as litellm/prod, without slashes at the ends",
  );

const s3Place = {
  bucket: bucketName.describe("Bucket. It must exist."),
  endpoint: httpUrl.optional().describe("URL of an S3-compatible store. Default: that of AWS for the region."),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/, "must be a region such as eu-central-1")
    .default("us-east-1")
    .describe("Region; what it is called hardly matters to other stores than AWS."),
} as const;

const responses = z
  .strictObject({
    mode: z
      .enum(["off", "default_off", "default_on"])
      .default("default_off")
      .describe("Response cache: off, only for requests that ask for it, or for all that do not refuse it."),
    ttl: z.int().min(1).default(600).describe("Seconds that a response is kept."),
    callTypes: z
      .array(z.enum(["completion", "acompletion", "embedding", "aembedding", "atranscription", "transcription"]))
      .min(1)
      .default(["completion", "acompletion", "embedding", "aembedding"])
      .describe("Calls whose responses are kept."),
    s3: z
      .strictObject({
        ...s3Place,
        path: bucketPath.optional().describe("Path within the bucket. Default: the bucket's root."),
        caBundle: serverCa,
      })
      .optional()
      .describe(
        "Keep responses in a bucket instead of the cache's server, with the keys access_key_id and secret_access_key at <vault.path>/responses.",
      ),
  })
  .prefault({})
  .describe("Response cache.");

const schedule = z
  .string()
  .regex(/^(\S+ ){4}\S+$/, {
    error: 'must be a cron line of five fields, minutes first, for example "*/15 * * * *"',
    abort: true,
  })
  .superRefine(cronFields(["minutes", "hours", "days", "months", "weekdays"]))
  .default("*/15 * * * *")
  .describe("When a snapshot is written, as a cron line of five fields; also at every shutdown.");

const persistence = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("volume").describe("A volume for each pod."),
    size: quantity.describe("Size of the volume: at least that of the memory."),
    storageClass: objectName.optional().describe("Storage class. Default: the cluster's."),
    schedule,
  }),
  z.strictObject({
    kind: z
      .literal("s3")
      .describe("A bucket, with the keys access_key_id and secret_access_key at <vault.path>/cache-snapshots."),
    ...s3Place,
    path: bucketPath.optional().describe("Path within the bucket. Default: the stack's name."),
    schedule,
  }),
]);

const dedicated = z.strictObject({
  mode: z.literal("dedicated").describe("An own Dragonfly."),
  keyPrefix,
  username: username.default("litellm").describe("ACL user of the proxy."),
  password,
  replicas: z.int().min(1).max(5).describe("Dragonfly pods. Default: 1 in development, 2 in production."),
  resources: z
    .strictObject({ cpu: cpuQuantity.default("500m"), memory: quantity.default("1Gi") })
    .prefault({})
    .describe("Request and limit of one Dragonfly pod. Three quarters of the memory are for data."),
  threads: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("Threads of one Dragonfly pod; each needs 256 MiB of the memory for data."),
  persistence: persistence
    .optional()
    .describe("Snapshots, from which a Dragonfly that was stopped as a whole starts again. Default: none."),
  responses,
});

const shared = z.strictObject({
  mode: z.literal("shared").describe("A Dragonfly of somebody else, in which the stack has one user."),
  name: dnsLabel.describe("Name of the Dragonfly resource, which is also that of its Service."),
  namespace: dnsLabel.describe("Namespace of the Dragonfly. The user's ACL line is put there."),
  // Without defaults: two stacks with the same would be one tenant, of whom one is shut out.
  keyPrefix: tenantPrefix,
  username: username.describe("ACL user of the proxy; no other tenant may have the same."),
  password,
  tls,
  responses,
});

const node = (standard: number) =>
  z.strictObject({ host: hostname.describe("Host name."), port: port.default(standard).describe("Port.") });

const server = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("single").describe("One address."),
    host: hostname.describe("Host name."),
    port: port.default(6379).describe("Port."),
  }),
  z.strictObject({
    kind: z.literal("sentinel").describe("Sentinels, which say where the primary is."),
    service: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/, "must be the name under which the Sentinels watch the primary")
      .describe("Name under which the Sentinels watch the primary, for example mymaster."),
    nodes: z.array(node(26_379)).min(1).describe("The Sentinels."),
    password: z
      .strictObject({
        vaultPath: vaultPath.describe("Path below vault.mount of the secret with the Sentinels' password."),
        property: z.string().min(1).default("sentinel_password").describe("Key within that secret."),
      })
      .optional()
      .describe("Password of the Sentinels themselves. Default: they ask for none."),
  }),
  z.strictObject({
    kind: z.literal("cluster").describe("A Redis Cluster."),
    nodes: z.array(node(6379)).min(1).describe("Some of its nodes; they tell of the others."),
  }),
]);

const external = z.strictObject({
  mode: z.literal("external").describe("Any Redis (7.0 or newer) or Valkey that is there already."),
  server: server.describe("Where it is."),
  keyPrefix,
  username: username.optional().describe("ACL user. Default: the server's default user."),
  password: z
    .strictObject({
      vaultPath: vaultPath.describe("Path below vault.mount of the secret with the password."),
      property: z.string().min(1).default("password").describe("Key within that secret."),
    })
    .describe("Where the password is stored in Vault."),
  tls,
  responses,
});

const none = z.strictObject({
  mode: z.literal("none").describe("No shared cache: every pod counts rate limits and cooldowns for itself."),
  limitsPerPod: z
    .boolean()
    .default(false)
    .describe("Accept that with several pods every limit is granted once by each of them."),
  responses,
});

export const cacheSchema = z
  .discriminatedUnion("mode", [dedicated, shared, external, none])
  .describe("Redis, which holds rate limits, cooldowns, locks and cached responses for all pods.");

export type CacheConfig = z.output<typeof cacheSchema>;
export type CacheMode<Mode extends CacheConfig["mode"]> = Extract<CacheConfig, { mode: Mode }>;
