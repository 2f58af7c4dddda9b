import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectStoreModel } from "../../components/object-store.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { backupOf, bucketPolicy } from "../../litellm/data/backup.ts";
import { ensureS3Server } from "../../local/binaries.ts";
import { HttpError } from "../../local/http.ts";
import { processSteps } from "../../local/steps/steps.ts";
import { localDirectory } from "../../local/paths.ts";
import { ensurePrerequisites } from "../../local/prerequisites.ts";
import { Ports, Processes } from "../../local/processes.ts";
import { ensureBarman } from "../../local/services/barman.ts";
import { writePrivateFile } from "../../local/services/files.ts";
import { type S3, startS3 } from "../../local/services/s3.ts";
import { S3Client } from "../../local/services/s3-client.ts";
import { validConfig } from "../support/configs.ts";
import { recordPlatform } from "../support/platform.ts";
import { find, inputsOf, vaultWithAllKeys } from "../support/registrations.ts";
import { having } from "../support/change.ts";
import { Barman } from "./support/barman.ts";
import { DrillServer, type DrillServerOptions } from "./support/drill-server.ts";

const minute = 60_000;
const bucket = "litellm-backups";
const login = { accessKeyId: "backups", secretAccessKey: "key-of-the-backups" };

interface DeployedCluster {
  readonly plugins: readonly {
    readonly parameters: { readonly barmanObjectName: string; readonly serverName: string };
  }[];
  readonly bootstrap: {
    readonly recovery?: { readonly source: string; readonly recoveryTarget?: { targetTime?: string } };
  };
  readonly externalClusters?: readonly {
    readonly name: string;
    readonly plugin: { readonly parameters: { readonly barmanObjectName: string; readonly serverName: string } };
  }[];
}

/**
 * What backups are for, told in order: a cluster is lost, and one beside it has every row that was committed before a
 * chosen time and none after it. The archive's settings are those that the program deploys, turned into the commands
 * that the plugin runs; PostgreSQL, Barman and the S3 server are real.
 */
describe("a backup drill", function () {
  this.timeout(5 * minute);
  this.bail(true);

  const stateDirectory = join(localDirectory, "e2e-backup-drill");
  const ports = Ports.of(stateDirectory);
  let s3: S3;
  let programs = "";
  let lost: DrillServer;
  const servers: DrillServer[] = [];
  /** The moment to which the cluster is recovered. */
  let moment = "";

  before("start the store", async function () {
    this.timeout(30 * minute);
    const { report } = processSteps();
    await clear();
    await ensurePrerequisites();
    programs = await ensureBarman();
    s3 = await startS3({
      processes: new Processes(stateDirectory),
      ports,
      stateDirectory,
      program: await ensureS3Server(),
      root: { accessKeyId: "root", secretAccessKey: "root-of-the-drill" },
      buckets: [bucket, "of-others"],
      tls: true,
      report,
    });
    await s3.addUser(login);
  });
  after(clear);

  async function clear(): Promise<void> {
    for (const server of servers) await server.close();
    await new Processes(stateDirectory).stopAll();
    rmSync(stateDirectory, { recursive: true, force: true });
  }

  /** A stack whose database is backed up to the store, with these settings besides. */
  function stackWith(changes: Readonly<Record<string, unknown>>): PlatformConfig {
    return validConfig(
      having({
        ...changes,
        "database.backup": {
          mode: "objectStore",
          retention: "7d",
          tags: { stack: "drill", keep: "yes" },
          store: {
            bucket,
            path: "teams/ai",
            endpoint: s3.url,
            region: s3.region,
            ca: readFileSync(s3.certificateFile ?? "", "utf8"),
          },
        },
      }),
      "drill",
    );
  }

  /** The Cluster that a stack registers, and Barman as the plugin runs it for that Cluster. */
  async function deployed(config: PlatformConfig) {
    const registered = await recordPlatform(config, vaultWithAllKeys(config));
    const specOf = (type: string, name: string) => inputsOf(find(registered, type, name))["spec"];
    const cluster = specOf("Cluster", "litellm-database") as DeployedCluster;
    const store = find(registered, "ObjectStore", "litellm-database-backup-store");
    const { metadata, spec } = inputsOf(store) as { metadata: { name: string }; spec: ObjectStoreModel["spec"] };
    const endpoint = inputsOf(find(registered, "Secret", "litellm-database-backup-endpoint"));
    const secrets = {
      "litellm-backup": { access_key_id: login.accessKeyId, secret_access_key: login.secretAccessKey },
      "litellm-backup-endpoint": (endpoint["stringData"] as Record<string, Record<string, string>>)["secret"] ?? {},
    };
    const barman = (parameters: { barmanObjectName: string; serverName: string }) => {
      assert.equal(parameters.barmanObjectName, metadata.name);
      const file = (name: string, content: string) => {
        const path = join(stateDirectory, name);
        writePrivateFile(path, content);
        return path;
      };
      return new Barman({ programs, spec, serverName: parameters.serverName, secrets, file });
    };
    const [plugin] = cluster.plugins;
    assert.ok(plugin !== undefined);
    const recovery = cluster.bootstrap.recovery;
    const source = cluster.externalClusters?.find(({ name }) => name === recovery?.source)?.plugin.parameters;
    return {
      archive: barman(plugin.parameters),
      origin: source && barman(source),
      target: recovery?.recoveryTarget ?? {},
    };
  }

  const open = async (options: Pick<DrillServerOptions, "name" | "archive" | "origin">) => {
    const server = await DrillServer.open({ ...options, stateDirectory, ports });
    servers.push(server);
    return server;
  };

  const insert = (notes: readonly string[]) =>
    notes.map((note) => `INSERT INTO spend (note) VALUES ('${note}');`).join("\n");
  const rows = async (server: DrillServer) => (await server.sql("SELECT note FROM spend ORDER BY id")).split("\n");
  const numbered = (word: string, count: number) => Array.from({ length: count }, (_, index) => `${word} ${index}`);

  const early = numbered("early", 200);
  const earlier = numbered("before", 300);
  const later = numbered("after", 300);

  it("finds nothing allowed to the key before the bucket has the policy that the stack puts out", async () => {
    const { archive } = await deployed(stackWith({}));
    assert.notEqual((await archive.check()).code, 0);
    const config = stackWith({});
    const backup = backupOf(config.database);
    assert.ok(backup !== undefined);
    const { Statement, ...rest } = bucketPolicy(backup, config.stack);
    const policy = {
      ...rest,
      Statement: Statement.map((each) => ({ ...each, Principal: { AWS: [login.accessKeyId] } })),
    };
    await s3.client.request("PUT", `/${bucket}`, { query: { policy: "" }, body: JSON.stringify(policy) });
    const { code, stderr } = await archive.check();
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("takes a base backup and archives WAL while rows are written", async () => {
    const { archive } = await deployed(stackWith({}));
    lost = await open({ name: "litellm-db-1", archive });
    await lost.create();
    await lost.start();
    await lost.sql("CREATE TABLE spend (id bigserial PRIMARY KEY, note text NOT NULL)");
    await lost.sql(insert(early.slice(0, 100)));
    const [backup] = await Promise.all([
      lost.connection().then((connection) => archive.backup("backup-20261121020000", connection)),
      lost.sql(insert(early.slice(100))),
    ]);
    assert.equal(backup.code, 0, backup.stderr);
    await lost.archived();
    const keys = await s3.client.keys(bucket);
    assert.ok(keys.length > 3);
    assert.deepEqual(
      keys.filter((key) => !/^teams\/ai\/litellm-db\/(base|wals)\//.test(key)),
      [],
    );
    assert.ok(keys.some((key) => /\/base\/\d{8}T\d{6}\/data\.tar\.gz$/.test(key)));
    assert.ok(keys.some((key) => /\/wals\/\w+\/\w{24}\.gz$/.test(key)));
  });

  it("goes on until the cluster is lost", async () => {
    await lost.sql(insert(earlier));
    moment = await lost.sql(`SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);
    await sleep(100);
    await lost.sql(insert(later));
    await lost.archived();
    assert.deepEqual(await rows(lost), [...early, ...earlier, ...later]);
    await lost.destroy();
    await assert.rejects(lost.sql("SELECT 1"));
  });

  it("brings back every row that was committed before the chosen time, and none after it", async () => {
    const config = stackWith({
      "database.clusterName": "litellm-db-2",
      "database.recovery": { serverName: "litellm-db", target: { kind: "time", time: moment } },
    });
    const { archive, origin, target } = await deployed(config);
    assert.ok(origin !== undefined);
    assert.deepEqual(target, { targetTime: moment.replace("T", " ").replace("Z", "+00") });
    const left = await s3.client.keys(bucket, "teams/ai/litellm-db/");
    const { code, stderr } = await archive.check();
    assert.deepEqual([code, stderr], [0, ""]);
    const found = await open({ name: "litellm-db-2", archive, origin });
    await found.restore(target);
    await found.start();
    assert.deepEqual(await rows(found), [...early, ...earlier]);

    await found.sql(insert(["new"]));
    await found.archived();
    assert.deepEqual(await s3.client.keys(bucket, "teams/ai/litellm-db/"), left);
    assert.ok((await s3.client.keys(bucket, "teams/ai/litellm-db-2/wals/")).length > 0);
  });

  it("brings back everything when no time is chosen, also once more", async () => {
    const config = stackWith({
      "database.clusterName": "litellm-db-3",
      "database.recovery": { serverName: "litellm-db" },
    });
    const { archive, origin, target } = await deployed(config);
    assert.ok(origin !== undefined);
    assert.deepEqual(target, {});
    const found = await open({ name: "litellm-db-3", archive, origin });
    await found.restore(target);
    await found.start();
    assert.deepEqual(await rows(found), [...early, ...earlier, ...later]);
  });

  it("is refused an archive that has another cluster's WAL in it", async () => {
    const { archive } = await deployed(stackWith({}));
    const { code, stderr } = await archive.check();
    assert.notEqual(code, 0);
    assert.match(stderr, /Expected empty archive/);
  });

  it("may be cleaned up by the same key, which keeps what the retention wants", async () => {
    const { archive } = await deployed(stackWith({}));
    const before = await s3.client.keys(bucket, "teams/ai/litellm-db/");
    const { code, stderr } = await archive.expire();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(await s3.client.keys(bucket, "teams/ai/litellm-db/"), before);
  });

  it("needs a key that may do no more than this", async () => {
    const key = new S3Client(s3, login);
    const denied = (error: unknown) => error instanceof HttpError && error.status === 403;
    await s3.client.request("PUT", `/${bucket}/teams/hr/salaries`, { body: "secret" });
    for (const attempt of [
      () => key.request("GET", `/${bucket}/teams/hr/salaries`),
      () => key.request("PUT", `/${bucket}/teams/hr/salaries`, { body: "overwritten" }),
      () => key.request("DELETE", `/${bucket}/teams/hr/salaries`),
      () => key.request("PUT", `/${bucket}`, { query: { policy: "" }, body: "{}" }),
      () => key.request("DELETE", `/${bucket}`),
      () => key.keys("of-others"),
    ])
      await assert.rejects(attempt(), denied);
  });
});
