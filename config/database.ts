import { z } from "zod";
import { backupSchema, recoverySchema } from "./backup.ts";
import {
  clusterName,
  cpuQuantity,
  dnsLabel,
  hostname,
  labels,
  objectName,
  pemCertificate,
  port,
  postgresIdentifier,
  quantity,
  vaultPath,
} from "./values.ts";

const storageSchema = z.strictObject({
  size: quantity,
  storageClass: objectName.optional().describe("Storage class; the cluster's default if left out."),
});

const name = postgresIdentifier
  .regex(/^(?!(postgres|template[01])$)/, "must not be postgres, template0 or template1, which every server has")
  .default("litellm")
  .describe("Database.");

const ownerName = postgresIdentifier.regex(
  /^(?!(postgres|streaming_replica)$|(pg|cnpg)_)/,
  "must not be postgres, streaming_replica, pg_... or cnpg_..., which PostgreSQL and CloudNativePG have for themselves",
);

const poolLimit = z.int().min(1).max(100).default(10).describe("Connections that one pod of the proxy may open.");

const tls = z
  .enum(["verify-full", "require"])
  .describe(
    "verify-full: the proxy checks the server's certificate and name. require: it encrypts and checks nothing. Default: require in development, verify-full in production.",
  );

const ca = pemCertificate.optional();

const password = z
  .strictObject({
    version: z.int().min(1).default(1).describe("A higher one makes a new password, and the pods roll onto it."),
  })
  .prefault({});

const parameters = z
  .record(
    z.string().regex(/^[a-z_.]+$/, "must be a parameter's name"),
    z.string({ error: "must be a string, as CloudNativePG wants every parameter: write it in quotes" }),
  )
  .default({})
  .describe("PostgreSQL parameters, in place of those that follow from the memory.");

const poolerSchema = z
  .strictObject({
    instances: z.int().min(1).max(9).default(2).describe("PgBouncer pods."),
    poolSize: z.int().min(1).max(500).default(20).describe("Connections that one of them opens to PostgreSQL."),
    maxClientConnections: z.int().min(10).max(10_000).default(1000).describe("Connections that one of them takes."),
    resources: z
      .strictObject({ cpu: cpuQuantity.default("250m"), memory: quantity.default("128Mi") })
      .prefault({})
      .describe("Request and limit of one of them."),
  })
  .describe("PgBouncer in transaction mode between proxy and database; migrations go past it.");

const clusterSchema = z.strictObject({
  mode: z.literal("cluster").describe("An own CloudNativePG Cluster."),
  clusterName: clusterName
    .default("litellm-db")
    .describe("Name of the Cluster, and of its archive. A recovery makes one of another name beside the old one."),
  name,
  owner: ownerName.default("litellm").describe("Role that owns the database; no superuser."),
  password,
  instances: z.int().min(1).max(9).describe("PostgreSQL instances. Default: 1 in development, 3 in production."),
  storage: storageSchema.prefault({ size: "20Gi" }).describe("Volume of one instance."),
  walStorage: storageSchema.optional().describe("Separate volume for WAL; recommended in production."),
  imageName: z
    .string()
    .regex(
      /^[a-z0-9.:/_-]+:\d[\w.-]*(@sha256:[0-9a-f]{64})?$/,
      "must be an image with the tag of a release, best with its digest: registry/postgresql:17.5@sha256:...",
    )
    .optional()
    .describe("PostgreSQL image; the operator's default if neither this nor a catalogue is given."),
  imageCatalog: z
    .strictObject({
      kind: z.enum(["ImageCatalog", "ClusterImageCatalog"]).default("ClusterImageCatalog"),
      name: objectName,
      major: z.int().min(13).max(99).describe("PostgreSQL's major version."),
    })
    .optional()
    .describe("Catalogue that names the image, in place of imageName."),
  resources: z
    .strictObject({ cpu: cpuQuantity.default("1"), memory: quantity.default("2Gi") })
    .prefault({})
    .describe("Request and limit of one instance; PostgreSQL's parameters follow from the memory."),
  parameters,
  maxConnections: z.int().min(20).max(2000).default(200).describe("PostgreSQL's max_connections."),
  poolLimit,
  tls,
  antiAffinity: z
    .enum(["preferred", "required"])
    .default("preferred")
    .describe("Whether two instances may share a node when there is no other."),
  nodeSelector: labels.optional().describe("Labels of the nodes that instances may run on."),
  podMonitor: z.boolean().default(false).describe("Have Prometheus' operator scrape instances and pooler."),
  maintenance: z
    .strictObject({
      inProgress: z.boolean().default(false).describe("Nodes are being drained now."),
      reusePVC: z.boolean().default(true).describe("Wait for a drained node's volume, rather than make a new copy."),
    })
    .prefault({})
    .describe("Maintenance window for nodes with local volumes."),
  pooler: poolerSchema.optional(),
  readReplica: z
    .boolean()
    .default(false)
    .describe("Send LiteLLM's reads to the standbys, which may be a moment behind. Needs two instances."),
  backup: backupSchema
    .optional()
    .describe("Required in production. To run without backups set mode: none and a reason."),
  recovery: recoverySchema
    .optional()
    .describe("Begin with what a lost cluster has archived. Read when the Cluster is made, and never again."),
});

const sharedSchema = z.strictObject({
  mode: z.literal("shared").describe("A database in a CloudNativePG Cluster that belongs to someone else."),
  cluster: z.strictObject({
    name: dnsLabel.describe("Name of the Cluster."),
    namespace: dnsLabel.optional().describe("Its namespace. Default: the stack's."),
  }),
  name,
  owner: ownerName
    .regex(/[^_]$/, "must end with a letter or digit, as the objects that are named after it")
    .default("litellm")
    .describe("Role that owns the database. The Cluster's owner declares it in spec.managed.roles."),
  password,
  maxConnections: z
    .int()
    .min(5)
    .max(2000)
    .default(100)
    .describe("Connections that the Cluster's owner grants; set as the database's own limit."),
  poolLimit,
  tls,
  ca: ca.describe(
    "Certificate of the Cluster's CA: PEM. Needed by verify-full when the Cluster is in another namespace.",
  ),
});

const externalSchema = z.strictObject({
  mode: z.literal("external").describe("A PostgreSQL that is not in this cluster, or not CloudNativePG's."),
  host: hostname.describe("Host name of the primary."),
  port: port.default(5432).describe("Port of the primary."),
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,62}$/,
      "must be letters, digits, '_', '-', '.' and '~', which stand in a URL as they are, a letter, digit or '_' first, at most 63",
    )
    .default("litellm")
    .describe("Database."),
  login: z
    .strictObject({
      vaultPath: vaultPath.describe("Path below vault.mount of a secret with username and password."),
    })
    .describe("The role that owns the database."),
  maxConnections: z.int().min(5).max(10_000).default(100).describe("Connections that the role may open."),
  poolLimit,
  tls,
  ca: ca.describe("Certificate of the server's CA: PEM. The image's own roots if left out."),
  readReplica: z
    .strictObject({ host: hostname, port: port.default(5432) })
    .optional()
    .describe("Where LiteLLM's reads go, with the same login."),
});

export const databaseSchema = z
  .discriminatedUnion("mode", [clusterSchema, sharedSchema, externalSchema])
  .describe("PostgreSQL, which holds virtual keys, teams, budgets and spend.");
