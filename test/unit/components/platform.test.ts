import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformOutputs } from "../../../components/outputs.ts";
import { LiteLLMPlatform } from "../../../components/platform.ts";
import { migrationJobName } from "../../../litellm/proxy/migration.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { smallest, stackConfig, validConfig } from "../../support/configs.ts";
import { recordPlatform, vaultWithProviderKeys } from "../../support/platform.ts";
import { type Registration, record } from "../../support/recorder.ts";
import { having, largest } from "../../support/change.ts";
import { find, inputsOf, isComponent, shortType, titles, vaultWithAllKeys } from "../../support/registrations.ts";

const common = [
  "AuthBackendRole litellm-vault-role",
  "Cluster litellm-database",
  "ConfigMap litellm-gateway-config",
  "Dragonfly litellm-cache",
  "ExternalSecret litellm-cache-acl",
  "ExternalSecret litellm-cache-user",
  "ExternalSecret litellm-database-login",
  "ExternalSecret litellm-database-owner",
  "ExternalSecret litellm-keys-secret",
  "ExternalSecret litellm-providers",
  "Job litellm-gateway-migration",
  "Namespace litellm-namespace",
  "Policy litellm-vault-policy",
  "RandomPassword litellm-cache-default-password",
  "RandomPassword litellm-cache-password",
  "RandomPassword litellm-database-password",
  "RandomPassword litellm-keys-master",
  "RandomPassword litellm-keys-salt",
  "RandomPassword litellm-keys-ui",
  "Release litellm-gateway",
  "SecretStore litellm-secret-store",
  "SecretV2 litellm-cache-vault",
  "SecretV2 litellm-database-vault",
  "SecretV2 litellm-keys-master-vault",
  "SecretV2 litellm-keys-salt-vault",
  "SecretV2 litellm-keys-ui-vault",
  "ServiceAccount litellm-gateway-account",
  "ServiceAccount litellm-secret-store-account",
];

/** Sign-in by a client of Keycloak that the program makes. */
const identity = [
  "Client litellm-identity-client",
  "ClientOptionalScopes litellm-identity-optional-scopes",
  "ClientScope litellm-identity-admin-scope",
  "ExternalSecret litellm-identity-login",
  "GenericRoleMapper litellm-identity-admin-scope-role",
  "RandomPassword litellm-identity-client-secret",
  "Role litellm-identity-role-admin",
  "Role litellm-identity-role-user",
  "SecretV2 litellm-identity-client-secret-vault",
  "UserClientRoleProtocolMapper litellm-identity-roles-mapper",
];

const backup = [
  "ExternalSecret litellm-database-backup-login",
  "ObjectStore litellm-database-backup-store",
  "ScheduledBackup litellm-database-backup",
];

/** What must survive a slip: protected in production, kept by a destroy in both. */
const kept = [
  "Client litellm-identity-client",
  "Cluster litellm-database",
  "ExternalSecret litellm-database-owner",
  "Namespace litellm-namespace",
  "RandomPassword litellm-cache-default-password",
  "RandomPassword litellm-keys-salt",
  "Role litellm-identity-role-admin",
  "Role litellm-identity-role-user",
  "SecretV2 litellm-cache-vault",
  "SecretV2 litellm-database-vault",
  "SecretV2 litellm-identity-client-secret-vault",
  "SecretV2 litellm-keys-master-vault",
  "SecretV2 litellm-keys-salt-vault",
  "SecretV2 litellm-keys-ui-vault",
];

/** A rotation replaces them, so they are kept and not protected; their values are safe in Vault. */
const rotated = [
  "RandomPassword litellm-cache-password",
  "RandomPassword litellm-database-password",
  "RandomPassword litellm-identity-client-secret",
  "RandomPassword litellm-keys-master",
  "RandomPassword litellm-keys-ui",
];

/** A kept Cluster goes on archiving, and so must have its base backups. */
const keptBackup = [
  "ExternalSecret litellm-database-backup-login",
  "ObjectStore litellm-database-backup-store",
  "ScheduledBackup litellm-database-backup",
];

/** A generated value, or the mark by which Pulumi knows a secret. */
const secretValue = /generated\(|1b47061264138c4ac30d75fd1eb44270/;

describe("a platform", () => {
  const stacks: Record<"dev" | "prod", readonly Registration[]> = { dev: [], prod: [] };
  before(async () => {
    stacks.dev = await recordPlatform(stackConfig("dev"));
    stacks.prod = await recordPlatform(stackConfig("prod"));
  });

  it("of the dev stack consists of exactly these resources", () => {
    assert.deepEqual(titles(stacks.dev), [...common, ...identity].sort());
  });

  it("of the prod stack has a backup besides", () => {
    assert.deepEqual(titles(stacks.prod), [...common, ...identity, ...backup].sort());
  });

  it("consists of these components, in this order", () => {
    for (const registered of Object.values(stacks)) {
      assert.deepEqual(
        registered.filter(isComponent).map((entry) => `${shortType(entry)} ${entry.name} < ${entry.parent}`),
        [
          "LiteLLMPlatform litellm < ",
          "Namespace litellm-namespace < litellm",
          "VaultAccess litellm-vault < litellm",
          "SecretStore litellm-secret-store < litellm",
          "GeneratedKeys litellm-keys < litellm",
          "Database litellm-database < litellm",
          "Cache litellm-cache < litellm",
          "Identity litellm-identity < litellm",
          "Gateway litellm-gateway < litellm",
        ],
      );
    }
  });

  it("gives every resource the component that it belongs to as parent", () => {
    const components = stacks.prod.filter(isComponent).map(({ name }) => name);
    const ofPlatform = ["litellm-keys-secret", "litellm-providers"];
    for (const entry of stacks.prod.filter((each) => !isComponent(each))) {
      const expected = ofPlatform.includes(entry.name)
        ? "litellm"
        : components.filter((name) => name !== "litellm" && entry.name.startsWith(name)).at(-1);
      assert.equal(entry.parent, expected, entry.name);
    }
  });

  it("names no two resources of one type alike", () => {
    for (const registered of Object.values(stacks)) {
      const urns = registered.map(({ type, name }) => `${type} ${name}`);
      assert.equal(new Set(urns).size, urns.length);
    }
  });

  const waits: Readonly<Record<string, readonly string[]>> = {
    "AuthBackendRole litellm-vault-role": ["litellm-namespace", "litellm-vault-policy"],
    "SecretStore litellm-secret-store": ["litellm-namespace", "litellm-secret-store-account", "litellm-vault-role"],
    "ExternalSecret litellm-keys-secret": [
      "litellm-keys-master-vault",
      "litellm-keys-salt-vault",
      "litellm-keys-ui-vault",
      "litellm-namespace",
      "litellm-secret-store",
    ],
    "ExternalSecret litellm-providers": ["litellm-namespace", "litellm-secret-store"],
    "ExternalSecret litellm-database-owner": ["litellm-database-vault", "litellm-namespace", "litellm-secret-store"],
    "ExternalSecret litellm-database-login": ["litellm-database-vault", "litellm-namespace", "litellm-secret-store"],
    "ExternalSecret litellm-database-backup-login": ["litellm-namespace", "litellm-secret-store"],
    "ExternalSecret litellm-cache-user": ["litellm-cache-vault", "litellm-namespace", "litellm-secret-store"],
    "ExternalSecret litellm-cache-acl": ["litellm-cache-vault", "litellm-namespace", "litellm-secret-store"],
    "ObjectStore litellm-database-backup-store": ["litellm-database-backup-login", "litellm-namespace"],
    "Cluster litellm-database": ["litellm-database-backup-store", "litellm-database-owner", "litellm-namespace"],
    "ScheduledBackup litellm-database-backup": ["litellm-database", "litellm-namespace"],
    "Dragonfly litellm-cache": ["litellm-cache-acl", "litellm-cache-vault", "litellm-namespace"],
    // So a login that does not work yet, or no more, ends the change before the release is rolled onto it.
    "Job litellm-gateway-migration": [
      "litellm-database",
      "litellm-database-login",
      "litellm-gateway-account",
      "litellm-namespace",
    ],
    "Client litellm-identity-client": ["litellm-identity-client-secret"],
    "ExternalSecret litellm-identity-login": [
      "litellm-identity-client-secret-vault",
      "litellm-namespace",
      "litellm-secret-store",
    ],
    "Release litellm-gateway": [
      "litellm-cache",
      "litellm-cache-user",
      "litellm-cache-vault",
      "litellm-database-vault",
      "litellm-gateway-account",
      "litellm-gateway-config",
      "litellm-gateway-migration",
      "litellm-identity-admin-scope",
      "litellm-identity-admin-scope-role",
      "litellm-identity-client",
      "litellm-identity-client-secret",
      "litellm-identity-client-secret-vault",
      "litellm-identity-login",
      "litellm-identity-optional-scopes",
      "litellm-identity-role-admin",
      "litellm-identity-role-user",
      "litellm-identity-roles-mapper",
      "litellm-keys-master-vault",
      "litellm-keys-salt-vault",
      "litellm-keys-secret",
      "litellm-keys-ui-vault",
      "litellm-namespace",
      "litellm-providers",
    ],
  };
  for (const [title, expected] of Object.entries(waits)) {
    it(`lets ${title} wait for what it needs`, () => {
      const [type = "", name = ""] = title.split(" ");
      assert.deepEqual(find(stacks.prod, type, name).dependsOn, expected);
    });
  }

  it("comes in the order namespace, Vault role, store, secrets, database, migration, release", () => {
    const chain = [
      "Namespace litellm-namespace",
      "AuthBackendRole litellm-vault-role",
      "SecretStore litellm-secret-store",
      "ExternalSecret litellm-database-owner",
      "Cluster litellm-database",
      "Job litellm-gateway-migration",
      "Release litellm-gateway",
    ];
    for (const registered of Object.values(stacks)) {
      const order = registered
        .filter((entry) => !isComponent(entry))
        .map((entry) => `${shortType(entry)} ${entry.name}`);
      assert.deepEqual(
        chain.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)),
        chain,
      );
    }
  });

  it("waits until custom resources are ready, and long enough", () => {
    const annotation = (entry: Registration) =>
      (entry.inputs as { metadata: { annotations?: Record<string, string> } }).metadata.annotations?.[
        "pulumi.com/waitFor"
      ];
    for (const entry of stacks.prod.filter((each) =>
      ["SecretStore", "ExternalSecret", "Cluster"].includes(shortType(each)),
    )) {
      if (!isComponent(entry)) assert.equal(annotation(entry), "condition=Ready", entry.name);
    }
    assert.equal(annotation(find(stacks.prod, "Dragonfly", "litellm-cache")), "jsonpath={.status.phase}=Ready");
    assert.deepEqual(
      stacks.prod
        .filter(({ timeouts }) => Object.keys(timeouts).length > 0)
        .map(({ name, timeouts }) => [name, timeouts] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
      [
        ["litellm-cache", { create: "15m", update: "15m" }],
        ["litellm-database", { create: "30m", update: "60m" }],
        ["litellm-gateway", { create: "41m", update: "41m" }],
        ["litellm-gateway-migration", { create: "31m" }],
      ],
    );
  });

  it("protects nothing in dev, and exactly what must survive in prod", () => {
    const protectedOnes = (registered: readonly Registration[]) => titles(registered.filter(({ protect }) => protect));
    assert.deepEqual(protectedOnes(stacks.dev), []);
    // Nothing depends on it, so a destroy would begin with it: it guards all the others.
    const first = ["Release litellm-gateway"];
    assert.deepEqual(protectedOnes(stacks.prod), [...kept, ...keptBackup, ...first].sort());
  });

  it("keeps the same by a destroy, and what a rotation replaces", () => {
    const retained = (registered: readonly Registration[]) =>
      titles(registered.filter(({ retainOnDelete }) => retainOnDelete));
    assert.deepEqual(retained(stacks.dev), [...kept, ...rotated].sort());
    assert.deepEqual(retained(stacks.prod), [...kept, ...keptBackup, ...rotated].sort());
  });

  it("keeps nothing where that is not wanted", async () => {
    const registered = await recordPlatform(validConfig(having({ retain: false })));
    assert.deepEqual(titles(registered.filter(({ retainOnDelete, protect }) => retainOnDelete || protect)), []);
  });

  it("has a base backup for every archive of WAL", () => {
    const archive = inputsOf(find(stacks.prod, "Cluster", "litellm-database"))["spec"] as { plugins: unknown };
    assert.deepEqual(archive.plugins, [
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "litellm-backup", serverName: "litellm-db" },
      },
    ]);
    const scheduled = inputsOf(find(stacks.prod, "ScheduledBackup", "litellm-database-backup"))["spec"];
    assert.deepEqual(scheduled, {
      schedule: "0 0 2 * * *",
      immediate: true,
      backupOwnerReference: "self",
      cluster: { name: "litellm-db" },
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
    });
    const without = inputsOf(find(stacks.dev, "Cluster", "litellm-database"))["spec"] as Record<string, unknown>;
    assert.equal(without["plugins"], undefined);
  });

  it("puts everything into its own namespace", () => {
    for (const entry of stacks.prod.filter(({ type }) => type.startsWith("kubernetes:"))) {
      if (shortType(entry) === "Namespace") continue;
      const { metadata, namespace } = entry.inputs as { metadata?: { namespace: string }; namespace?: string };
      assert.equal(metadata?.namespace ?? namespace, "litellm", entry.name);
    }
  });

  it("shows no generated value outside the secrets that it writes to Vault", async () => {
    const everything = validConfig(largest());
    const recorded = await recordPlatform(everything, vaultWithAllKeys(everything));
    for (const registered of [...Object.values(stacks), recorded]) {
      const writes = registered.filter((entry) => shortType(entry) === "SecretV2");
      assert.equal(writes.length, registered === recorded ? 5 : 6);
      for (const entry of writes) {
        const { dataJson, ...rest } = inputsOf(entry);
        assert.match((dataJson as { secret: string }).secret, /generated\(/);
        assert.doesNotMatch(JSON.stringify(rest), /generated\(/);
      }
      // Keycloak keeps the client's secret as well.
      const client = registered.filter((entry) => shortType(entry) === "Client");
      for (const entry of client)
        assert.deepEqual(inputsOf(entry)["clientSecret"], { secret: "generated(litellm-identity-client-secret)" });
      // The salt's generator remembers a key that it has not made; here there is none.
      const salt = find(registered, "RandomPassword", "litellm-keys-salt");
      assert.deepEqual(inputsOf(salt)["keepers"], { taken: { secret: "" } });
      // Region and CA of a store are no secrets, though an ObjectStore takes them from a Secret only.
      const endpoint = registered.filter(({ name }) => name === "litellm-database-backup-endpoint");
      assert.doesNotMatch(JSON.stringify(endpoint), /generated\(/);
      for (const entry of registered.filter((each) => ![...writes, ...client, ...endpoint, salt].includes(each)))
        assert.doesNotMatch(JSON.stringify(entry.inputs), secretValue, entry.name);
    }
  });

  it("hands out references, and the master key as a secret only", async () => {
    const config = stackConfig("prod");
    let outputs: PlatformOutputs | undefined;
    await record("prod", () => {
      outputs = new LiteLLMPlatform("litellm", { config, stored: vaultWithProviderKeys(config) }).outputs;
    });
    assert.ok(outputs !== undefined);
    const { masterKey, internalUrl, namespace, ...plain } = outputs;
    assert.equal(await pulumi.isSecret(masterKey), true);
    assert.equal(await valueOf(masterKey), "sk-generated(litellm-keys-master)");
    assert.equal(await pulumi.isSecret(internalUrl), false);
    assert.equal(await valueOf(internalUrl), "http://litellm.from-release.svc:4000");
    assert.equal(await valueOf(namespace), "litellm");
    assert.deepEqual(plain, {
      url: "https://litellm.example.com",
      apiUrl: "https://litellm.example.com/v1",
      dashboardUrl: "https://litellm.example.com/ui",
      masterKeySecret: { namespace: "litellm", name: "litellm-keys-v1-1", key: "PROXY_MASTER_KEY" },
      masterKeyVault: { mount: "secret", path: "litellm/prod/keys/master", property: "key" },
      models: ["claude-sonnet", "gpt-4.1", "gpt-4o", "llama-70b"],
      services: {
        api: { name: "litellm", port: 4000 },
        admin: { name: "litellm", port: 4000 },
        ui: { name: "litellm", port: 4000 },
      },
      routes: [
        { matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ name: "litellm", port: 4000 }] },
      ],
      database: { host: "litellm-db-rw.litellm.svc", port: 5432, name: "litellm" },
      backup: {
        destination: "s3://litellm-backups/prod",
        serverName: "litellm-db",
        policy: {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "ListBackups",
              Effect: "Allow",
              Action: ["s3:ListBucket"],
              Resource: ["arn:aws:s3:::litellm-backups"],
            },
            {
              Sid: "KeepBackups",
              Effect: "Allow",
              Action: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
              Resource: ["arn:aws:s3:::litellm-backups/prod/*"],
            },
          ],
        },
      },
      cache: { host: "litellm-cache.litellm.svc", port: 6379, keyPrefix: "litellm" },
      identity: {
        issuer: "https://auth.example.com/realms/platform",
        clientId: "litellm",
        adminScope: "litellm_proxy_admin",
      },
      versions: { litellm: "v1.108.17", chart: "litellm-helm 1.90.2" },
    });
  });
});

describe("where the gateway's pods run", () => {
  it("is where its migration runs, as the same account with its annotations", async () => {
    const registered = await recordPlatform(
      validConfig({
        ...having({
          "gateway.serviceAccount": { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x" } },
          "gateway.nodeSelector": { pool: "ai" },
          "gateway.tolerations": [{ key: "ai", operator: "Exists" }],
          "gateway.security": { user: 1000 },
        }),
      }),
    );
    const account = inputsOf(find(registered, "ServiceAccount", "litellm-gateway-account"));
    assert.deepEqual((account["metadata"] as { annotations: unknown }).annotations, {
      "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x",
    });
    const job = inputsOf(find(registered, "Job", "litellm-gateway-migration"));
    const pod = (job["spec"] as { template: { spec: Record<string, unknown> } }).template.spec;
    assert.deepEqual(
      [pod["nodeSelector"], pod["tolerations"], pod["serviceAccountName"]],
      [{ pool: "ai" }, [{ key: "ai", operator: "Exists" }], "litellm"],
    );
    assert.partialDeepStrictEqual(pod["securityContext"], { runAsUser: 1000, fsGroup: 1000 });
  });

  it("is warned of when it is less safe than it could be", async () => {
    const said: unknown[] = [];
    const { warn } = console;
    // Without an engine, the log goes here.
    console.warn = (text: unknown) => said.push(text);
    try {
      await recordPlatform(validConfig(having({ "gateway.security": { writableRoot: true } })));
    } finally {
      console.warn = warn;
    }
    assert.equal(said.length, 1);
    assert.match(String(said[0]), /gateway\.security\.writableRoot: /);
  });

  it("has a migration that is made again when it has failed, under the same name", async () => {
    const job = find(await recordPlatform(stackConfig("dev")), "Job", "litellm-gateway-migration");
    const { name, annotations } = inputsOf(job)["metadata"] as { name: string; annotations?: unknown };
    assert.deepEqual(annotations, { "pulumi.com/replaceUnready": "true" });
    assert.equal(name, migrationJobName(namesOf(stackConfig("dev")), inputsOf(job)["spec"] as object));
  });

  it("leaves account and migration as they are when nothing is said of it", async () => {
    const registered = await recordPlatform(validConfig(smallest()));
    const account = inputsOf(find(registered, "ServiceAccount", "litellm-gateway-account"));
    assert.equal("annotations" in (account["metadata"] as object), false);
    const job = inputsOf(find(registered, "Job", "litellm-gateway-migration"));
    const pod = (job["spec"] as { template: { spec: object } }).template.spec;
    assert.deepEqual(["nodeSelector" in pod, "tolerations" in pod], [false, false]);
  });
});

describe("a platform whose models need no key", () => {
  it("has no Secret of providers, and the release waits for none", async () => {
    const config = validConfig({
      ...smallest(),
      models: { list: [{ model_name: "own", litellm_params: { model: "ollama/own", api_base: "http://own" } }] },
    });
    const registered = await recordPlatform(config);
    assert.deepEqual(
      titles(registered),
      common.filter((title) => title !== "ExternalSecret litellm-providers"),
    );
    const release = find(registered, "Release", "litellm-gateway");
    assert.ok(!release.dependsOn.includes("litellm-providers"));
    assert.deepEqual((release.inputs as { values: { environmentSecrets: string[] } }).values.environmentSecrets, [
      "litellm-keys-v1-1",
      "litellm-cache-user-v1",
    ]);
  });
});

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
