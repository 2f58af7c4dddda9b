import assert from "node:assert/strict";
import { preflightProblems } from "../../../program/preflight.ts";
import type { PlatformConfig } from "../../../config/platform.ts";
import { smallest, validConfig } from "../../support/configs.ts";
import { databases } from "../../support/databases.ts";
import { recordPlatform } from "../../support/platform.ts";
import type { Registration } from "../../support/recorder.ts";
import { having, largest } from "../../support/change.ts";
import {
  find,
  inputsOf,
  isComponent,
  shortType,
  titles,
  vaultWithAllKeys,
  written,
} from "../../support/registrations.ts";
import { clusterPaths } from "../../support/secrets.ts";
import { missingMessage } from "../../support/missing.ts";

async function registered(config: PlatformConfig | undefined): Promise<readonly Registration[]> {
  assert.ok(config !== undefined);
  return recordPlatform(config, vaultWithAllKeys(config));
}

const ofDatabase = (all: readonly Registration[]) =>
  titles(all.filter((entry) => !isComponent(entry) && entry.parent === "litellm-database"));
const specOf = (entry: Registration) => inputsOf(entry)["spec"] as Record<string, unknown>;
const metadataOf = (entry: Registration) =>
  inputsOf(entry)["metadata"] as { name: string; namespace: string; annotations?: Record<string, string> };

const generated = [
  "ExternalSecret litellm-database-login",
  "RandomPassword litellm-database-password",
  "SecretV2 litellm-database-vault",
];

describe("the database", () => {
  it("with everything consists of exactly these", async () => {
    assert.deepEqual(ofDatabase(await registered(validConfig(largest()))), [
      "Cluster litellm-database",
      "ExternalSecret litellm-database-backup-login",
      ...generated.slice(0, 1),
      "ExternalSecret litellm-database-owner",
      "ObjectStore litellm-database-backup-store",
      "PodMonitor litellm-database-monitor",
      "PodMonitor litellm-database-pooler-monitor",
      "Pooler litellm-database-pooler",
      ...generated.slice(1, 2),
      "ScheduledBackup litellm-database-backup",
      "Secret litellm-database-backup-endpoint",
      ...generated.slice(2),
    ]);
  });

  it("never archives WAL without base backups, nor the other way round", async () => {
    for (const [title, config] of Object.entries(databases)) {
      const all = await registered(config);
      const count = (type: string) =>
        all.filter((entry) => !isComponent(entry) && shortType(entry) === type && /^litellm-database/.test(entry.name))
          .length;
      const archiving = all.filter((entry) => {
        if (isComponent(entry) || shortType(entry) !== "Cluster") return false;
        const plugins = (specOf(entry)["plugins"] ?? []) as { isWALArchiver: boolean }[];
        return plugins.some(({ isWALArchiver }) => isWALArchiver);
      }).length;
      assert.equal(count("ScheduledBackup"), archiving, title);
    }
  });

  it("gets a new password with a higher version, under which nothing else changes", async () => {
    const stored = { "litellm/test/database": { username: "litellm", password: "old", version: "1" } };
    const record = (version: number) => {
      const config = validConfig(having({ "database.password.version": version }));
      const vault = new Map([
        ...vaultWithAllKeys(config),
        [
          "litellm/test/database",
          { version: 3, properties: ["password", "username", "version"], deleted: false },
        ] as const,
      ]);
      return recordPlatform(config, vault, stored);
    };
    const [before, after] = [await record(1), await record(2)];
    assert.deepEqual(written(before, "litellm-database-vault"), { username: "litellm", password: "old", version: "1" });
    assert.deepEqual(written(after, "litellm-database-vault"), {
      username: "litellm",
      password: "generated(litellm-database-password)",
      version: "2",
    });
    const cluster = (all: readonly Registration[]) => inputsOf(find(all, "Cluster", "litellm-database"));
    assert.deepEqual(cluster(after), cluster(before));
    // The pods' Secret is another one, which has nothing of the old version: what waits for it waits for the new one.
    const login = (all: readonly Registration[]) => metadataOf(find(all, "ExternalSecret", "litellm-database-login"));
    assert.deepEqual([login(before).name, login(after).name], ["litellm-db-login-v1", "litellm-db-login-v2"]);
    // The migration logs in with it before the release does.
    const job = (all: readonly Registration[]) => metadataOf(find(all, "Job", "litellm-gateway-migration")).name;
    assert.notEqual(job(after), job(before));
    const release = JSON.stringify(inputsOf(find(after, "Release", "litellm-gateway")));
    assert.ok(release.includes("litellm-db-login-v2") && !release.includes("litellm-db-owner"));
  });

  it("recovered beside the old one is another Cluster with another migration", async () => {
    const [old, recovered] = [
      await registered(databases["an archive at AWS"]),
      await registered(databases["recovered to the end"]),
    ];
    const nameOf = (all: readonly Registration[]) => metadataOf(find(all, "Cluster", "litellm-database")).name;
    assert.deepEqual([nameOf(old), nameOf(recovered)], ["litellm-db", "litellm-db-2"]);
    const job = (all: readonly Registration[]) => metadataOf(find(all, "Job", "litellm-gateway-migration")).name;
    assert.notEqual(job(recovered), job(old));
    assert.deepEqual(find(recovered, "Cluster", "litellm-database").timeouts, { create: "6h", update: "60m" });
    assert.equal(metadataOf(find(recovered, "ScheduledBackup", "litellm-database-backup")).name, "litellm-db-2");
  });

  it("recovered from elsewhere reads with a login of its own", async () => {
    const config = databases["recovered from another store"];
    assert.ok(config !== undefined);
    const all = await registered(config);
    const store = specOf(find(all, "ObjectStore", "litellm-database-recovery-store"));
    assert.equal(store["retentionPolicy"], undefined);
    assert.ok(clusterPaths(config).includes("litellm/test/recovery"));
    assert.deepEqual(find(all, "Cluster", "litellm-database").dependsOn, [
      "litellm-database-backup-store",
      "litellm-database-owner",
      "litellm-database-recovery-store",
      "litellm-namespace",
    ]);
    const { externalClusters } = specOf(find(all, "Cluster", "litellm-database")) as {
      externalClusters: { plugin: { parameters: unknown } }[];
    };
    assert.deepEqual(externalClusters[0]?.plugin.parameters, {
      barmanObjectName: "litellm-recovery",
      serverName: "litellm-db",
    });
  });

  it("waits for the pooler before the schema is migrated", async () => {
    const all = await registered(validConfig(largest()));
    const { dependsOn } = find(all, "Job", "litellm-gateway-migration");
    assert.ok(dependsOn.includes("litellm-database-pooler") && dependsOn.includes("litellm-database"));
    const { annotations } = metadataOf(find(all, "Pooler", "litellm-database-pooler"));
    assert.equal(annotations?.["pulumi.com/waitFor"], "jsonpath={.status.instances}=3");
  });
});

describe("a database in someone else's Cluster", () => {
  it("consists of exactly these", async () => {
    assert.deepEqual(ofDatabase(await registered(databases["shared"])), [
      "Database litellm-database-shared",
      ...generated.slice(0, 2),
      "Secret litellm-database-role",
      ...generated.slice(2),
    ]);
  });

  it("stands in the Cluster's namespace with the role's password, and nothing else does", async () => {
    const all = await registered(databases["shared"]);
    const there = all.filter(
      (entry) =>
        entry.type.startsWith("kubernetes:") &&
        (inputsOf(entry)["metadata"] as { namespace?: string } | undefined)?.namespace === "databases",
    );
    assert.deepEqual(titles(there), ["Database litellm-database-shared", "Secret litellm-database-role"]);
    const role = find(all, "Secret", "litellm-database-role");
    assert.deepEqual(inputsOf(role)["stringData"], {
      secret: { username: "litellm_dev", password: "generated(litellm-database-password)" },
    });
    assert.deepEqual(metadataOf(role), {
      name: "litellm-litellm-dev",
      namespace: "databases",
      annotations: { "pulumi.com/patchForce": "true" },
      labels: {
        "app.kubernetes.io/part-of": "litellm-platform",
        "app.kubernetes.io/managed-by": "pulumi",
        "cnpg.io/reload": "true",
      },
    });
    const database = find(all, "Database", "litellm-database-shared");
    assert.equal(metadataOf(database).annotations?.["pulumi.com/waitFor"], "jsonpath={.status.applied}=true");
    assert.ok(find(all, "Job", "litellm-gateway-migration").dependsOn.includes("litellm-database-shared"));
  });

  it("is known by the certificate that the configuration gives", async () => {
    const all = await registered(databases["shared, known by its certificate"]);
    const map = inputsOf(find(all, "ConfigMap", "litellm-database-ca"));
    assert.match((map["data"] as Record<string, string>)["ca.crt"] ?? "", /^-----BEGIN CERTIFICATE-----/);
    const job = specOf(find(all, "Job", "litellm-gateway-migration")) as {
      template: { spec: { volumes: { name: string; configMap?: { name: string } }[] } };
    };
    assert.deepEqual(
      job.template.spec.volumes.find(({ name }) => name === "database-ca"),
      { name: "database-ca", configMap: { name: "litellm-database-ca", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    );
  });
});

describe("a database outside", () => {
  it("takes its login from Vault, escaped for the URL that it becomes part of", async () => {
    const config = databases["external"];
    assert.ok(config !== undefined);
    const all = await registered(config);
    assert.deepEqual(ofDatabase(all), ["ConfigMap litellm-database-ca", "ExternalSecret litellm-database-login"]);
    const { target } = specOf(find(all, "ExternalSecret", "litellm-database-login")) as {
      target: { template: { data: unknown } };
    };
    assert.deepEqual(target.template.data, {
      username: '{{ .username | urlquery | replace "+" "%20" }}',
      password: '{{ .password | urlquery | replace "+" "%20" }}',
    });
    assert.ok(clusterPaths(config).includes("teams/ai/db"));
    assert.ok(!clusterPaths(config).includes("litellm/test/database"));
  });

  it("is told which value of its login is not in Vault", () => {
    const config = databases["external"];
    assert.ok(config !== undefined);
    const stored = new Map([
      ["litellm/test/providers/openai", { version: 1, properties: ["api_key"], deleted: false }],
      ["teams/ai/db", { version: 1, properties: ["username"], deleted: false }],
    ]);
    assert.deepEqual(
      preflightProblems(config, stored).map(({ path, message }) => `${path}: ${message}`),
      [
        `database.login.vaultPath: ${missingMessage("password", "the database role", { verb: "patch", path: "teams/ai/db", property: "password" })}`,
      ],
    );
    assert.ok(validConfig(smallest()).database.mode === "cluster");
  });
});
