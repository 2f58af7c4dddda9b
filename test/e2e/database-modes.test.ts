import assert from "node:assert/strict";
import { until } from "../../local/api-server.ts";
import { type StackSettings, changed } from "../../local/stack-settings.ts";
import { LocalPlatform } from "./support/local-platform.ts";

const namespace = "litellm-dev";
const minute = 60_000;

interface Named {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string>; readonly uid: string };
}

/** The database's life under the genuine engine, told in order: each test begins where the last one ended. */
describe("the database's modes on the embedded control plane", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  let settings: StackSettings;

  before("start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true });
    // Sign-in has a test of its own.
    settings = { ...platform.settings, "litellm-platform:identity": { mode: "none" } };
    await platform.vault.write("secret", "litellm/dev/backup", { access_key_id: "id", secret_access_key: "secret" });
  });
  after(async () => {
    await platform.stop();
  });

  async function up(database: Readonly<Record<string, unknown>>, options = {}) {
    settings = changed(settings, "litellm-platform:database", () => database);
    return platform.up(settings, options);
  }

  const read = <Type extends object>(kind: string, name: string, where = namespace) =>
    platform.cluster.read<Type & Named>("postgresql.cnpg.io/v1", kind, where, name);
  const owner = () => platform.cluster.secret(namespace, "litellm-db-owner");
  const login = (version: string) => platform.cluster.secret(namespace, `litellm-db-login-${version}`);
  const kinds = (steps: readonly string[]) => steps.map((step) => step.replace(/ kubernetes:\S+:/, " "));

  const store = { endpoint: "https://s3.example.com", bucket: "litellm-backups" };
  const cluster = {
    mode: "cluster",
    instances: 2,
    storage: { size: "5Gi" },
    resources: { cpu: "500m", memory: "1Gi" },
    tls: "verify-full",
    readReplica: true,
    pooler: { instances: 2, poolSize: 20 },
    podMonitor: true,
    backup: { mode: "objectStore", store },
  };

  it("stand up with pooler, standbys and backups, and a second up changes nothing", async () => {
    await up(cluster);
    const found = await Promise.all(
      ["cluster", "pooler", "scheduledbackup", "objectstore", "podmonitor"].map((kind) =>
        platform.names(kind, namespace),
      ),
    );
    assert.deepEqual(
      found.map((names) => names.map((name) => name.slice(name.indexOf("/") + 1))),
      [["litellm-db"], ["litellm-db-pooler"], ["litellm-db"], ["litellm-backup"], ["litellm-db", "litellm-db-pooler"]],
    );
    await up(cluster, { expectNoChanges: true });
  });

  it("send the proxy through the pooler and its reads to the standbys", async () => {
    const { spec } = await platform.cluster.read<{
      spec: {
        template: { spec: { containers: { env: { name: string; value?: string }[] }[]; volumes: { name: string }[] } };
      };
    }>("apps/v1", "Deployment", namespace, "litellm");
    const pod = spec.template.spec;
    const variables = new Map(pod.containers[0]?.env.map(({ name, value }) => [name, value]));
    assert.equal(variables.get("DATABASE_HOST"), "litellm-db-pooler.litellm-dev.svc");
    assert.match(
      variables.get("DATABASE_URL") ?? "",
      /sslaccept=strict&sslcert=\/etc\/litellm\/database\/ca\.crt&pgbouncer=true$/,
    );
    assert.match(variables.get("DATABASE_URL_READ_REPLICA") ?? "", /@litellm-db-ro\.litellm-dev\.svc:5432\//);
    assert.ok(pod.volumes.some(({ name }) => name === "database-ca"));
  });

  it("rotate the password without touching the Cluster", async () => {
    const before = { password: (await owner())["password"], uid: (await read("Cluster", "litellm-db")).metadata.uid };
    const { steps } = await up({ ...cluster, password: { version: 2 } });
    // Pods read a Secret of a new name; that of the Cluster is refreshed in place.
    const after = await login("v2");
    await until("the Cluster's Secret has it too", async () => (await owner())["password"] === after["password"]);
    assert.notEqual(after["password"], before.password);
    assert.equal(after["username"], "litellm");
    assert.equal((await platform.vault.read("secret", "litellm/dev/database"))?.["password"], after["password"]);
    assert.equal((await read("Cluster", "litellm-db")).metadata.uid, before.uid);
    assert.deepEqual(
      kinds(steps).filter((step) => / (Cluster|Pooler|Job|ObjectStore) /.test(step)),
      ["create-replacement", "delete-replaced", "replace"].map((step) => `${step} Job litellm-gateway-migration`),
    );
    // The operator takes a changed password up by this label.
    const { metadata } = await platform.cluster.read<Named>("v1", "Secret", namespace, "litellm-db-owner");
    assert.equal(metadata.labels?.["cnpg.io/reload"], "true");
  });

  it("recover beside the old Cluster, which stays", async () => {
    const password = (await owner())["password"];
    const old = (await read("Cluster", "litellm-db")).metadata.uid;
    const recovered = {
      ...cluster,
      password: { version: 2 },
      clusterName: "litellm-db-2",
      recovery: { serverName: "litellm-db", target: { kind: "time", time: "2026-11-21T04:05:06Z" } },
    };
    await up(recovered);
    assert.equal((await read("Cluster", "litellm-db")).metadata.uid, old);
    const { spec } = await read<{ spec: { bootstrap: { recovery: object }; plugins: { parameters: object }[] } }>(
      "Cluster",
      "litellm-db-2",
    );
    assert.deepEqual(spec.bootstrap.recovery, {
      database: "litellm",
      owner: "litellm",
      secret: { name: "litellm-db-owner" },
      source: "origin",
      recoveryTarget: { targetTime: "2026-11-21 04:05:06+00" },
    });
    assert.deepEqual(spec.plugins[0]?.parameters, { barmanObjectName: "litellm-backup", serverName: "litellm-db-2" });
    assert.equal((await owner())["password"], password);
    assert.deepEqual(await platform.names("scheduledbackup", namespace), [
      "scheduledbackup.postgresql.cnpg.io/litellm-db",
      "scheduledbackup.postgresql.cnpg.io/litellm-db-2",
    ]);
    await up(recovered, { expectNoChanges: true });
  });

  it("are refused a recovery into the archive that it reads", async () => {
    await assert.rejects(
      up({ ...cluster, recovery: { serverName: "litellm-db" } }),
      /database\.recovery\.serverName: names the archive litellm-backups\/dev\/litellm-db, and the new cluster would write to/,
    );
  });

  it("move into someone else's Cluster, whose owner keeps the role", async () => {
    await platform.kubectl("create", "namespace", "databases");
    const shared = {
      mode: "shared",
      cluster: { name: "platform", namespace: "databases" },
      owner: "litellm_dev",
      password: { version: 2 },
    };
    await up(shared);
    const { spec, status } = await read<{ spec: object; status: { applied: boolean } }>(
      "Database",
      "litellm-dev-litellm-dev",
      "databases",
    );
    assert.equal(status.applied, true);
    assert.deepEqual(spec, {
      cluster: { name: "platform" },
      name: "litellm",
      owner: "litellm_dev",
      ensure: "present",
      encoding: "UTF8",
      connectionLimit: 100,
      databaseReclaimPolicy: "retain",
    });
    const role = await platform.cluster.secret("databases", "litellm-dev-litellm-dev");
    assert.deepEqual(role, { username: "litellm_dev", password: (await login("v2"))["password"] });
    assert.equal((await login("v2"))["username"], "litellm_dev");
    await up(shared, { expectNoChanges: true });
  });

  it("use a database outside with a password that a URL would misread", async () => {
    const password = "p@ss/w:rd #1%+?&ü";
    await platform.vault.write("secret", "teams/ai/db", { username: "app user", password });
    const external = { mode: "external", host: "db.example.com", login: { vaultPath: "teams/ai/db" } };
    await up(external);
    const given = await login("v1");
    assert.equal(decodeURIComponent(given["password"] ?? ""), password);
    assert.equal(given["username"], "app%20user");
    assert.ok(URL.canParse(`postgresql://${given["username"]}:${given["password"]}@db.example.com:5432/litellm`));
    await up(external, { expectNoChanges: true });
  });
});
