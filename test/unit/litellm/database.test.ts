import assert from "node:assert/strict";
import fc from "fast-check";
import { clusterSpec, poolerSpec } from "../../../components/database-cluster.ts";
import { sharedSpec } from "../../../components/database.ts";
import { objectStoreSpec } from "../../../components/object-store.ts";
import type { PlatformConfig } from "../../../config/platform.ts";
import { backupOf, bucketPolicy, recoveryTime } from "../../../litellm/data/backup.ts";
import {
  checkConnections,
  connectionBudget,
  poolerClientBudget,
  poolerServerBudget,
} from "../../../litellm/data/budget.ts";
import { caVolume, databaseConnection } from "../../../litellm/data/database.ts";
import { migrationEnvironment } from "../../../litellm/proxy/migration.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { postgresParameters } from "../../../litellm/data/postgres.ts";
import { bytesOf } from "../../../litellm/shared/quantity.ts";
import { ownDatabase, problemsOf, stackConfig, validConfig } from "../../support/configs.ts";
import { databases } from "../../support/databases.ts";
import { having, largest } from "../../support/change.ts";

const connectionOf = (config: PlatformConfig) => databaseConnection(config, namesOf(config));
const specOf = (config: PlatformConfig) => clusterSpec(ownDatabase(config), namesOf(config));
const login = "$(DATABASE_USERNAME):$(DATABASE_PASSWORD)";

describe("the way to the database", () => {
  it("is checked by the Cluster's own CA in production, in words that every release of Prisma understands", () => {
    const connection = connectionOf(stackConfig("prod"));
    assert.equal(
      connection.proxyUrl,
      `postgresql://${login}@$(DATABASE_HOST):5432/$(DATABASE_NAME)?sslmode=require&sslaccept=strict&sslcert=/etc/litellm/database/ca.crt`,
    );
    assert.equal(connection.directUrl, connection.proxyUrl);
    const ca = { kind: "secret", name: "litellm-db-ca" } as const;
    assert.deepEqual(connection.ca, ca);
    assert.deepEqual(caVolume(ca), {
      name: "database-ca",
      secret: { secretName: "litellm-db-ca", items: [{ key: "ca.crt", path: "ca.crt" }] },
    });
  });

  it("goes through the pooler for the proxy and past it for the migration", () => {
    const config = validConfig(largest());
    const connection = connectionOf(config);
    assert.equal(connection.proxy.host, "litellm-db-pooler.ai.svc");
    assert.match(connection.proxyUrl, /&pgbouncer=true$/);
    assert.equal(connection.direct.host, "litellm-db-rw.ai.svc");
    assert.doesNotMatch(connection.directUrl, /pgbouncer/);
    const migration = migrationEnvironment(config, namesOf(config));
    assert.deepEqual(
      migration.find(({ name }) => name === "DATABASE_HOST"),
      { name: "DATABASE_HOST", value: "litellm-db-rw.ai.svc" },
    );
    assert.equal(
      poolerSpec({ ...poolerOf(config) }, namesOf(config)).pgbouncer.parameters?.["max_prepared_statements"],
      "0",
    );
    assert.deepEqual(specOf(config).certificates, { serverAltDNSNames: ["litellm-db-pooler.ai.svc"] });
  });

  it("goes to the standbys for reads only where that is asked for", () => {
    assert.match(connectionOf(validConfig(largest())).replicaUrl ?? "", /@litellm-db-ro\.ai\.svc:5432\//);
    assert.equal(connectionOf(stackConfig("prod")).replicaUrl, undefined);
  });

  it("goes to another's Cluster in its namespace, and to a server outside", () => {
    const shared = databases["shared, known by its certificate"];
    const external = databases["external"];
    assert.ok(shared !== undefined && external !== undefined);
    assert.deepEqual(connectionOf(shared).direct, { host: "platform-rw.databases.svc", port: 5432 });
    assert.deepEqual(connectionOf(shared).ca, { kind: "configMap", name: "litellm-database-ca" });
    assert.deepEqual(connectionOf(external).direct, { host: "db.example.com", port: 5432 });
    assert.match(connectionOf(external).replicaUrl ?? "", /@ro\.example\.com:5432\//);
  });

  it("never names libpq's verify-full, which Prisma takes for no check at all", () => {
    for (const config of Object.values(databases)) {
      const { proxyUrl, directUrl, replicaUrl = "" } = connectionOf(config);
      assert.doesNotMatch(proxyUrl + directUrl + replicaUrl, /verify|sslrootcert/);
      assert.equal(/sslaccept=strict/.test(proxyUrl), config.database.tls === "verify-full");
    }
  });
});

function poolerOf(config: PlatformConfig) {
  const { pooler } = ownDatabase(config);
  assert.ok(pooler !== undefined);
  return pooler;
}

describe("PostgreSQL's parameters", () => {
  it("follow from the memory", () => {
    assert.deepEqual(
      postgresParameters({ memory: "4Gi", maxConnections: 200, walVolume: { size: "10Gi", own: true } }),
      {
        max_connections: "200",
        shared_buffers: "1024MB",
        effective_cache_size: "3072MB",
        work_mem: "5MB",
        maintenance_work_mem: "256MB",
        random_page_cost: "1.1",
        effective_io_concurrency: "200",
        checkpoint_timeout: "15min",
        max_wal_size: "5120MB",
        max_slot_wal_keep_size: "3072MB",
      },
    );
  });

  it("give way to those that are written", () => {
    const config = validConfig(having({ "database.parameters": { work_mem: "32MB", jit: "off" } }));
    const parameters = specOf(config).postgresql?.parameters ?? {};
    assert.deepEqual(
      [parameters["work_mem"], parameters["jit"], parameters["max_connections"]],
      ["32MB", "off", "200"],
    );
  });

  it("never promise more than there is", () => {
    const quantity = fc.tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom("Gi", "Ti")).map((it) => it.join(""));
    fc.assert(
      fc.property(
        quantity,
        quantity,
        fc.integer({ min: 20, max: 2000 }),
        fc.boolean(),
        (memory, size, maxConnections, own) => {
          const parameters = postgresParameters({ memory, maxConnections, walVolume: { size, own } });
          const mega = (name: string) => Number(/^(\d+)MB$/.exec(parameters[name] ?? "")?.[1]) * 2 ** 20;
          const total = bytesOf(memory);
          const buffers = mega("shared_buffers");
          assert.ok(buffers <= total / 4);
          assert.ok(buffers <= mega("effective_cache_size") && mega("effective_cache_size") <= total);
          // Two megabytes a connection are the least that is useful; above it, all of them fit beside the buffers.
          if (mega("work_mem") > 2 * 2 ** 20) assert.ok(mega("work_mem") * maxConnections <= total / 4);
          assert.ok(mega("max_wal_size") + mega("max_slot_wal_keep_size") <= bytesOf(size));
        },
      ),
    );
  });
});

describe("a Cluster", () => {
  it("lets nobody wait for clients that never leave", () => {
    const spec = specOf(stackConfig("prod"));
    assert.deepEqual(
      [spec.smartShutdownTimeout, spec.switchoverDelay, spec.stopDelay, spec.primaryUpdateMethod],
      [10, 120, 300, "switchover"],
    );
    assert.equal(specOf(stackConfig("dev")).primaryUpdateMethod, "restart");
    assert.equal(spec.enableSuperuserAccess, false);
  });

  it("begins empty, or with the archive that it does not write to", () => {
    assert.equal(specOf(stackConfig("prod")).externalClusters, undefined);
    const config = databases["recovered to a time"];
    assert.ok(config !== undefined);
    const spec = specOf(config);
    assert.deepEqual(spec.bootstrap, {
      recovery: {
        database: "litellm",
        owner: "litellm",
        secret: { name: "litellm-db-owner" },
        source: "origin",
        recoveryTarget: { targetTime: "2026-11-21 04:05:06.789+01:00" },
      },
    });
    assert.deepEqual(spec.externalClusters, [
      {
        name: "origin",
        plugin: {
          name: "barman-cloud.cloudnative-pg.io",
          parameters: { barmanObjectName: "litellm-backup", serverName: "litellm-db" },
        },
      },
    ]);
    assert.deepEqual(spec.plugins?.[0]?.parameters, { barmanObjectName: "litellm-backup", serverName: "litellm-db-2" });
  });

  it("is told times in PostgreSQL's own form, which has no Z", () => {
    assert.equal(recoveryTime("2026-11-21T04:05:06Z"), "2026-11-21 04:05:06+00");
    assert.equal(recoveryTime("2026-11-21 04:05:06.5-03:30"), "2026-11-21 04:05:06.5-03:30");
  });

  it("of someone else gets a database with a limit, which stays when its object goes", () => {
    const config = databases["shared"];
    assert.ok(config?.database.mode === "shared");
    assert.deepEqual(sharedSpec(config.database), {
      cluster: { name: "platform" },
      name: "litellm",
      owner: "litellm_dev",
      ensure: "present",
      encoding: "UTF8",
      connectionLimit: 100,
      databaseReclaimPolicy: "retain",
    });
  });
});

describe("an object store", () => {
  const storeOf = (config: PlatformConfig) => {
    const backup = backupOf(config.database);
    assert.ok(backup !== undefined);
    const names = { store: "s", login: "l", endpoint: "e" };
    return objectStoreSpec({ stack: config.stack, location: backup.store, backup, names });
  };

  it("is written to as the configuration says", () => {
    const both = { compression: "snappy", encryption: "AES256" };
    assert.deepEqual(storeOf(validConfig(largest())), {
      retentionPolicy: "4w",
      configuration: {
        destinationPath: "s3://backups/litellm/big",
        endpointURL: "https://s3.example.com",
        endpointCA: { name: "e", key: "ca.crt" },
        s3Credentials: {
          accessKeyId: { name: "l", key: "access_key_id" },
          secretAccessKey: { name: "l", key: "secret_access_key" },
          region: { name: "e", key: "region" },
        },
        wal: { ...both, maxParallel: 4 },
        data: { ...both, jobs: 4 },
        tags: { keep: "yes" },
      },
      instanceSidecarConfiguration: {
        env: [
          { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
          { name: "AWS_RESPONSE_CHECKSUM_VALIDATION", value: "when_required" },
        ],
      },
    });
  });

  it("at AWS needs no workaround", () => {
    const config = databases["an archive at AWS"];
    assert.ok(config !== undefined);
    const { configuration, ...rest } = storeOf(config);
    assert.deepEqual(Object.keys(rest), ["retentionPolicy"]);
    assert.equal(configuration.endpointURL, undefined);
    assert.equal(configuration.destinationPath, "s3://backups/test");
  });

  it("is opened to the stack's own prefix only, and for tags only where there are any", () => {
    const backup = backupOf(validConfig(largest()).database);
    assert.ok(backup !== undefined);
    assert.deepEqual(bucketPolicy(backup, "test").Statement, [
      { Sid: "ListBackups", Effect: "Allow", Action: ["s3:ListBucket"], Resource: ["arn:aws:s3:::backups"] },
      {
        Sid: "KeepBackups",
        Effect: "Allow",
        Action: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"],
        Resource: ["arn:aws:s3:::backups/litellm/big/*"],
      },
    ]);
  });
});

describe("any connection budget", () => {
  const pods = {
    poolLimit: fc.integer({ min: 1, max: 100 }),
    maxReplicas: fc.integer({ min: 1, max: 50 }),
    maxSurge: fc.integer({ min: 0, max: 20 }),
  };
  const maxConnections = fc.integer({ min: 20, max: 2000 });

  it("covers the pods while they roll, and grows with each setting", () => {
    fc.assert(
      fc.property(fc.record({ ...pods, maxConnections, own: fc.boolean() }), (settings) => {
        const { needed, available } = connectionBudget(settings);
        assert.ok(needed > settings.poolLimit * (settings.maxReplicas + settings.maxSurge));
        assert.ok(available <= settings.maxConnections);
        const more = [
          { poolLimit: settings.poolLimit + 1 },
          { maxReplicas: settings.maxReplicas + 1 },
          { maxSurge: settings.maxSurge + 1 },
        ];
        for (const change of more) assert.ok(connectionBudget({ ...settings, ...change }).needed > needed);
      }),
    );
  });

  it("says in its error the number that is enough, and one less is not", () => {
    fc.assert(
      fc.property(fc.record({ ...pods }), ({ poolLimit, maxReplicas, maxSurge }) => {
        const problems = (connections: number) => {
          const { gateway, database } = validConfig(having({ "gateway.replicas": { min: 1, max: 1 } }));
          return checkConnections({
            stack: "test",
            gateway: {
              ...gateway,
              replicas: { min: 1, max: maxReplicas },
              rollout: { ...gateway.rollout, maxSurge },
            },
            database: { ...ownDatabase({ database } as PlatformConfig), poolLimit, maxConnections: connections },
          });
        };
        const enough = Number(/Must be at least (\d+),/.exec(problems(1)[0]?.message ?? "")?.[1]);
        assert.deepEqual(problems(enough), []);
        assert.equal(problems(enough - 1).length, 1);
      }),
    );
  });

  it("behind a pooler does not depend on the pods, and the pooler's own does not on the server", () => {
    const pooler = fc.record({
      instances: fc.integer({ min: 1, max: 9 }),
      poolSize: fc.integer({ min: 1, max: 500 }),
      maxClientConnections: fc.integer({ min: 10, max: 10_000 }),
    });
    fc.assert(
      fc.property(pooler, fc.record(pods), maxConnections, (settings, ofPods, connections) => {
        const server = poolerServerBudget({ pooler: settings, maxConnections: connections });
        assert.ok(server.needed > settings.poolSize * (settings.instances + 1));
        assert.equal(server.available, connections - 3);
        const clients = poolerClientBudget({ ...ofPods, pooler: settings });
        assert.deepEqual(
          [clients.needed, clients.available],
          [ofPods.poolLimit * (ofPods.maxReplicas + ofPods.maxSurge), settings.maxClientConnections],
        );
      }),
    );
  });
});

describe("any recovery", () => {
  const segment = fc.constantFrom("a", "b", "ab", "litellm-db");
  const path = fc.option(
    fc.array(fc.oneof(segment, fc.constant("a.b")), { minLength: 1, maxLength: 3 }).map((it) => it.join("/")),
    { nil: undefined },
  );
  const bucket = fc.constantFrom("bucket-a", "bucket-b");
  /** Spellings of each store's endpoint. */
  const spellings: Readonly<Record<string, readonly (string | undefined)[]>> = {
    aws: [
      undefined,
      "https://s3.amazonaws.com",
      "https://s3.eu-central-1.amazonaws.com",
      "http://S3.amazonaws.com:80/",
    ],
    example: [
      ...["https://s3.example.com", "https://s3.example.com/", "https://S3.example.com", "https://s3.example.com:443"],
      ...["http://s3.example.com", "http://s3.example.com:80//", "https://s3.example.com."],
    ],
    port: ["https://s3.example.com:9000", "http://s3.example.com:9000/"],
    path: ["https://s3.example.com/s3", "http://s3.example.com/s3/"],
    almost: ["https://s3.amazonaws.com.example.com", "https://s3.amazonaws.com.example.com:443"],
    another: ["https://myamazonaws.com"],
  };
  const endpoint = fc.constantFrom(...Object.values(spellings).flat());
  const storeOf = (it: string | undefined) =>
    Object.keys(spellings).find((name) => spellings[name]?.includes(it)) ?? "";
  const store = fc
    .record({ bucket, path, endpoint })
    .map((it) => Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)));

  it("knows a store by each of its spellings, and from each other", () => {
    const all = Object.values(spellings).flat();
    for (const own of all)
      for (const other of all) {
        const lines = problemsOf(
          having({
            "database.backup": { mode: "objectStore", store: { bucket: "bucket-a", endpoint: own } },
            "database.recovery": { serverName: "litellm-db", store: { bucket: "bucket-a", endpoint: other } },
          }),
        );
        assert.equal(lines.length, storeOf(own) === storeOf(other) ? 1 : 0, `${own} ${other}`);
      }
  });

  it("is refused exactly where it would archive into its source, or the source into it", () => {
    fc.assert(
      fc.property(
        store,
        fc.option(store, { nil: undefined }),
        segment,
        segment,
        (own, other, clusterName, serverName) => {
          const lines = problemsOf(
            having({
              "database.clusterName": clusterName,
              "database.backup": { mode: "objectStore", store: own },
              "database.recovery": { serverName, ...(other === undefined ? {} : { store: other }) },
            }),
          );
          // The same said in another way: as lists of the places on the way to each archive.
          const place = (it: Record<string, string | undefined>, server: string) => [
            storeOf(it["endpoint"]),
            ...[it["bucket"] ?? "", ...(it["path"] ?? "test").split("/"), server],
          ];
          const [writes, reads] = [place(own, clusterName), place(other ?? own, serverName)];
          const common = Math.min(writes.length, reads.length);
          const meet = writes.slice(0, common).join("\n") === reads.slice(0, common).join("\n");
          assert.equal(lines.length, meet ? 1 : 0, lines.join("\n"));
          if (meet) assert.match(lines[0] ?? "", /two clusters in one archive/);
        },
      ),
    );
  });
});
