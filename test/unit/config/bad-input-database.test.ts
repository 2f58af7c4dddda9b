import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { certificate, having, production } from "../../support/change.ts";

const quantity = "must be a whole number with Ki, Mi, Gi or Ti, for example 20Gi";
const url = "must be an http:// or https:// URL without credentials, query or fragment";
const identifier =
  "must be a PostgreSQL identifier: lower-case letters, digits and '_', not starting with a digit, at most 63 characters";
const cron = 'must be a cron line of six fields, seconds first, for example "0 0 2 * * *"';
const bucket =
  "must be a bucket name: 3 to 63 lower-case letters, digits, '-' and single dots, a letter or digit at both ends";
const prefix = "must be a prefix without slashes at the ends, and no part of it . or ..";
const clusterName =
  "must be a Cluster's name: a letter first, then lower-case letters, digits and '-', at most 50 characters";
const pem = "must be one PEM certificate, from its BEGIN to its END line";
const image = "must be an image with the tag of a release, best with its digest: registry/postgresql:17.5@sha256:...";
const store = { bucket: "backups", endpoint: "https://s3.example.com" };
const archived = { mode: "objectStore", store };
const shared = { mode: "shared", cluster: { name: "platform", namespace: "databases" } };
const taken = ["litellm", "litellm-vault", "litellm-cache", "litellm-proxy", "litellm-gateway", "litellm-backend"];
const time = (time: string) => ({
  "database.backup": archived,
  "database.recovery": { serverName: "lost", target: { kind: "time", time } },
});
const external = { mode: "external", host: "db.example.com", login: { vaultPath: "teams/ai/db" } };

interface Case {
  readonly title: string;
  readonly change: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: "a mode that there is not",
    change: { "database.mode": "managed" },
    expected: ["database.mode: must be one of cluster, shared, external"],
  },
  {
    title: "a database that needs quotes",
    change: { "database.name": "lite-llm" },
    expected: [`database.name: ${identifier}`],
  },
  {
    title: "a role that starts with a digit",
    change: { "database.owner": "1litellm" },
    expected: [`database.owner: ${identifier}`],
  },
  ...["postgres", "template0", "template1"].flatMap((name) =>
    [{}, shared].map((database) => ({
      title: `every server's database ${name}${"mode" in database ? " of a shared one" : ""}`,
      change: { database: { ...database, name } },
      expected: ["database.name: must not be postgres, template0 or template1, which every server has"],
    })),
  ),
  ...["postgres", "streaming_replica", "pg_monitor", "cnpg_pooler_pgbouncer"].flatMap((owner) =>
    [{}, shared].map((database) => ({
      title: `the role ${owner} for the owner${"mode" in database ? " of a shared database" : ""}`,
      change: { database: { ...database, owner } },
      expected: [
        "database.owner: must not be postgres, streaming_replica, pg_... or cnpg_..., which PostgreSQL and CloudNativePG have for themselves",
      ],
    })),
  ),
  {
    title: "a role that no object can be named after",
    change: { database: { ...shared, owner: "litellm_" } },
    expected: ["database.owner: must end with a letter or digit, as the objects that are named after it"],
  },
  ...["1db", "-db", "db-", "Db", "d".repeat(51)].map((name) => ({
    title: `a Cluster called ${name}`,
    change: { "database.clusterName": name },
    expected: [`database.clusterName: ${clusterName}`],
  })),
  ...taken.map((name) => ({
    title: `a Cluster called ${name}, as something else is`,
    change: { "database.clusterName": name },
    expected: [
      `database.clusterName: is ${name}, as another object of the stack, must be another, for example litellm-db`,
    ],
  })),
  {
    title: "nodes by labels that there cannot be",
    change: { "database.nodeSelector": { "a b": "c", "example.com/pool": "c d" } },
    expected: [
      `database.nodeSelector."a b": the name must be a label name such as team or example.com/team`,
      `database.nodeSelector."example.com/pool": must be a label value: at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends`,
    ],
  },
  {
    title: "instances out of range",
    change: { "database.instances": 10 },
    expected: ["database.instances: must be at most 9"],
  },
  {
    title: "volumes of nothing, or of no size",
    change: { "database.storage": { size: "0Gi" }, "database.walStorage": {} },
    expected: [`database.storage.size: ${quantity}`, "database.walStorage.size: is missing, must be a string"],
  },
  {
    title: "an image whose tag moves",
    change: { "database.imageName": "ghcr.io/cloudnative-pg/postgresql:latest" },
    expected: [`database.imageName: ${image}`],
  },
  {
    title: "two images",
    change: {
      "database.imageName": "ghcr.io/cloudnative-pg/postgresql:17.5",
      "database.imageCatalog": { name: "postgresql", major: 17 },
    },
    expected: ["database.imageCatalog: names an image beside database.imageName, must be one of the two"],
  },
  {
    title: "parameters that are not strings, or not ours to set",
    change: { "database.parameters": { work_mem: 64 } },
    expected: [
      "database.parameters.work_mem: must be a string, as CloudNativePG wants every parameter: write it in quotes",
    ],
  },
  {
    title: "parameters that others count on",
    change: {
      "database.parameters": {
        max_connections: "500",
        archive_command: "true",
        recovery_target_name: "x",
        superuser_reserved_connections: "25",
        reserved_connections: "5",
      },
    },
    expected: [
      "database.parameters.max_connections: is counted by the connection budget, must be set as database.maxConnections",
      "database.parameters.archive_command: is set by CloudNativePG. Remove it.",
      "database.parameters.recovery_target_name: is set by CloudNativePG. Remove it.",
      "database.parameters.superuser_reserved_connections: takes connections that the connection budget needs. Remove it.",
      "database.parameters.reserved_connections: takes connections that the connection budget needs. Remove it.",
    ],
  },
  {
    title: "reads from a standby that there is not",
    change: { "database.readReplica": true },
    expected: [
      "database.readReplica: has no standby to read from, must be false or database.instances at least 2, is 1",
    ],
  },
  {
    title: "settings of another mode",
    change: { database: { ...shared, instances: 3, tls: "require" } },
    expected: [
      "database.instances: unknown key. Known keys: ca, cluster, maxConnections, mode, name, owner, password, poolLimit, tls",
    ],
  },
  {
    title: "more connections than the database has",
    change: { "database.maxConnections": 90, "gateway.replicas": { min: 2, max: 8 } },
    expected: [
      "database.maxConnections: is too low for the pods: poolLimit 10 x (replicas.max 8 + 1 while rolling) + 5 for migration and metrics = 95, of maxConnections 90 - 3 reserved = 87. Must be at least 98, or lower database.poolLimit or gateway.replicas.max",
    ],
  },
  {
    title: "more connections than a shared database is granted",
    change: { database: { ...shared, maxConnections: 20 }, "gateway.replicas": { min: 1, max: 2 } },
    expected: [
      "database.maxConnections: is too low for the pods: poolLimit 10 x (replicas.max 2 + 1 while rolling) + 3 for migration = 33, of maxConnections 20. Must be at least 33, or lower database.poolLimit or gateway.replicas.max",
    ],
  },
  {
    title: "more connections than pooler and database take",
    change: {
      "database.maxConnections": 60,
      "database.pooler": { instances: 3, poolSize: 20, maxClientConnections: 15 },
    },
    expected: [
      "database.pooler.maxClientConnections: is too low for the pods: poolLimit 10 x (replicas.max 1 + 1 while rolling) = 20, of pooler.maxClientConnections 15. Must be at least 20, or lower database.poolLimit or gateway.replicas.max",
      "database.maxConnections: is too low for the pooler: (pooler.poolSize 20 + 1 to log in) x (pooler.instances 3 + 1 while rolling) + 5 for migration and metrics = 89, of maxConnections 60 - 3 reserved = 57. Must be at least 92, or lower database.pooler.poolSize or database.pooler.instances",
    ],
  },
  {
    title: "standbys that more pods read from than they take, behind a pooler",
    change: {
      "database.instances": 2,
      "database.maxConnections": 60,
      "database.readReplica": true,
      "database.pooler": { instances: 1, poolSize: 20 },
      "gateway.replicas": { min: 1, max: 5 },
    },
    expected: [
      "database.maxConnections: is too low for the pods at a standby: poolLimit 10 x (replicas.max 5 + 1 while rolling) + 2 for metrics = 62, of maxConnections 60 - 3 reserved = 57. Must be at least 65, or lower database.poolLimit or gateway.replicas.max",
    ],
  },
  {
    title: "no backup in production",
    change: { ...production, "database.backup": undefined },
    expected: [
      "database.backup: is missing in a production stack, where a lost volume is lost data: must be { mode: objectStore, store: ... }, or { mode: none, reason: ... } where that is meant",
    ],
  },
  {
    title: "no backup, and no word why",
    change: { "database.backup": { mode: "none", reason: "none" } },
    expected: ["database.backup.reason: must have at least 10 characters"],
  },
  {
    title: "no backup, and blanks for a reason",
    change: { "database.backup": { mode: "none", reason: " ".repeat(10) } },
    expected: ["database.backup.reason: must have at least 10 characters"],
  },
  {
    title: "backups at no time",
    change: { "database.backup": { ...archived, schedule: "a -1 24 ? 0-12 7" } },
    expected: [
      "seconds *, or 0 to 59",
      "minutes *, or 0 to 59",
      "hours *, or 0 to 23",
      "months *, or 1 to 12 or JAN to DEC",
      "weekdays *, or 0 to 6 or SUN to SAT",
    ].map(
      (what) =>
        `database.backup.schedule: must have as ${what}: values, ranges and steps such as 1-5 or */2, with commas between`,
    ),
  },
  {
    title: "more tags than an object can have",
    change: {
      "database.backup": {
        ...archived,
        tags: Object.fromEntries(Array.from({ length: 11 }, (_, tag) => [`tag${tag}`, ""])),
      },
    },
    expected: ["database.backup.tags: must be at most ten tags, since an object can have no more"],
  },
  ...[".", "..", "a/../b", "a/.", "../a"].map((path) => ({
    title: `a prefix of backups at ${path}`,
    change: { "database.backup": { ...archived, store: { ...store, path } } },
    expected: [`database.backup.store.path: ${prefix}`],
  })),
  {
    title: "backups in a bucket with two dots",
    change: { "database.backup": { ...archived, store: { bucket: "a..b" } } },
    expected: [`database.backup.store.bucket: ${bucket}`],
  },
  {
    title: "a backup without mode, and one without store",
    change: { "database.backup": { store } },
    expected: ["database.backup.mode: is missing, must be one of objectStore, none"],
  },
  {
    title: "a backup without store",
    change: { "database.backup": { mode: "objectStore" } },
    expected: ["database.backup.store: is missing, must be a mapping"],
  },
  {
    title: "a backup with everything wrong",
    change: {
      "database.backup": {
        mode: "objectStore",
        schedule: "0 2 * * *",
        retention: "30",
        compression: "zip",
        encryption: "yes",
        jobs: 0,
        tags: { "a,b": "c" },
        store: {
          bucket: "My_Bucket",
          endpoint: "s3.example.com",
          path: "/prod/",
          region: "EU",
          ca: "ca.crt",
          checksums: "off",
        },
      },
    },
    expected: [
      `database.backup.schedule: ${cron}`,
      "database.backup.retention: must be a number with d, w or m, for example 30d",
      "database.backup.compression: must be one of none, gzip, bzip2, snappy, lz4",
      "database.backup.encryption: must be one of AES256, aws:kms",
      "database.backup.jobs: must be at least 1",
      `database.backup.tags."a,b": the name must be an object tag's name`,
      `database.backup.store.bucket: ${bucket}`,
      `database.backup.store.endpoint: ${url}`,
      `database.backup.store.path: ${prefix}`,
      "database.backup.store.region: must be a region such as eu-central-1",
      `database.backup.store.ca: ${pem}`,
      "database.backup.store.checksums: must be one of when_supported, when_required",
    ],
  },
  {
    title: "a misspelt key four levels down",
    change: {
      "database.backup": { mode: "objectStore", store: { bucket: "backups", endpont: "https://s3.example.com" } },
    },
    expected: [
      "database.backup.store.endpont: unknown key, did you mean endpoint? Known keys: bucket, ca, checksums, endpoint, path, region",
    ],
  },
  {
    title: "a key of the other kind of backup",
    change: { "database.backup": { mode: "none", reason: "nothing to lose", retention: "30d" } },
    expected: ["database.backup.retention: unknown key. Known keys: mode, reason"],
  },
  {
    title: "two certificates where Prisma reads one",
    change: { database: { ...external, ca: certificate + certificate, tls: "verify-full" } },
    expected: [`database.ca: ${pem}`],
  },
  {
    title: "a certificate that nothing reads",
    change: { database: { ...external, ca: certificate } },
    expected: ["database.ca: is not used with tls require. Remove it, or set tls: verify-full."],
  },
  {
    title: "an external database without address and login",
    change: { database: { mode: "external" } },
    expected: ["database.host: is missing, must be a string", "database.login: is missing, must be a mapping"],
  },
  {
    title: "an external database by its URL, with the password in it",
    change: { database: { ...external, host: "postgresql://litellm:hunter2@db.example.com:5432/litellm" } },
    expected: ["database.host: must be a host name without scheme, port or path, for example litellm.example.com"],
  },
  {
    title: "a shared database whose server cannot be known",
    change: { database: { ...shared, tls: "verify-full" } },
    expected: [
      "database.ca: is missing for tls verify-full with a Cluster in another namespace, must be what this prints: kubectl get secret -n databases platform-ca -o jsonpath='{.data.ca\\.crt}' | base64 -d",
    ],
  },
  {
    title: "a recovery from nowhere",
    change: { "database.recovery": { serverName: "litellm-db" } },
    expected: [
      "database.recovery.store: is missing, must say where the lost cluster has archived, since there is no database.backup.store",
    ],
  },
  {
    title: "a recovery that would archive into its source",
    change: { "database.backup": archived, "database.recovery": { serverName: "litellm-db" } },
    expected: [
      "database.recovery.serverName: names the archive backups/test/litellm-db, and the new cluster would write to backups/test/litellm-db: two clusters in one archive leave neither that restores. Must be another; give the new cluster another database.clusterName",
    ],
  },
  {
    title: "a recovery that would archive into its source, said in other words",
    change: {
      "database.backup": { ...archived, store: { ...store, path: "a/b" } },
      "database.recovery": {
        serverName: "b",
        store: { bucket: "backups", path: "a", endpoint: "https://S3.example.com/" },
      },
    },
    expected: [
      "database.recovery.serverName: names the archive backups/a/b, and the new cluster would write to backups/a/b/litellm-db: two clusters in one archive leave neither that restores. Must be another; give the new cluster another database.clusterName",
    ],
  },
  {
    title: "a recovery to a time of nobody's zone, and to no time at all",
    change: time("2026-11-21 04:05:06"),
    expected: ["database.recovery.target.time: must be a time with its offset, for example 2026-11-21T04:05:06Z"],
  },
  ...["2026-13-21T04:05:06Z", "2026-02-30T04:05:06Z", "2026-06-31 04:05:06+02:00", "2027-02-29T00:00:00Z"].map(
    (day) => ({
      title: `a recovery to ${day}, which there was not`,
      change: time(day),
      expected: ["database.recovery.target.time: must be a time that exists"],
    }),
  ),
  ...["./litellm-db", "a b;c", "a/b", "litellm.db"].map((serverName) => ({
    title: `a recovery of a cluster that is called ${serverName}`,
    change: { "database.recovery": { serverName, store } },
    expected: [`database.recovery.serverName: ${clusterName}`],
  })),
  {
    title: "a recovery to a named point without the base backup, which CloudNativePG cannot find by a name",
    change: {
      "database.backup": archived,
      "database.recovery": { serverName: "lost", target: { kind: "name", name: "before" } },
    },
    expected: ["database.recovery.target.backupId: is missing, must be a string"],
  },
];

describe("bad input for the database", () => {
  for (const { title, change, expected } of cases) {
    it(title, () => {
      assert.deepEqual(problemsOf(having(change)), expected);
    });
  }

  it("is told in our words throughout, and a password is not repeated", () => {
    for (const line of cases.flatMap(({ change }) => problemsOf(having(change)))) {
      assert.doesNotMatch(line, /Invalid|expected|received|Too (big|small)|undefined|\[object|hunter2/, line);
      assert.match(line, /[Mm]ust |Remove it|unknown key/, line);
    }
  });

  it("is none of these", () => {
    const good: readonly Readonly<Record<string, unknown>>[] = [
      { database: shared },
      { database: { ...shared, tls: "verify-full", ca: certificate } },
      { database: { mode: "shared", cluster: { name: "platform" }, tls: "verify-full" } },
      { database: { mode: "shared", cluster: { name: "platform", namespace: "litellm" }, tls: "verify-full" } },
      { database: { ...shared, owner: "_pg_litellm", name: "postgres_litellm" } },
      { "database.clusterName": "d".repeat(50), "database.owner": "litellm_" },
      { "database.clusterName": "litellm-db-2", "database.nodeSelector": { "example.com/pool": "" } },
      { "database.backup": { ...archived, store: { ...store, path: ".a/b../..c" } } },
      { "database.backup": { ...archived, schedule: "0 */15 1-5,22-23/1 ? jan-MAR,12 Mon-fri" } },
      { "cache.persistence": { kind: "volume", size: "5Gi", schedule: "5/10 0 1,15 * ?" } },
      time("2028-02-29T23:59:59.999999+14:00"),
      { database: external },
      { database: { ...external, port: 6432, tls: "verify-full", readReplica: { host: "ro.example.com" } } },
      { profile: "production", database: external },
      { "database.backup": archived, "database.recovery": { serverName: "lost" } },
      {
        "database.backup": archived,
        "database.clusterName": "next",
        "database.recovery": { serverName: "litellm-db" },
      },
      { "database.recovery": { serverName: "litellm-db", store } },
      {
        "database.backup": archived,
        "database.recovery": { serverName: "litellm-db", store: { ...store, endpoint: "https://other.example.com" } },
      },
    ];
    for (const change of good) assert.deepEqual(problemsOf(having(change)), [], JSON.stringify(change));
  });
});
