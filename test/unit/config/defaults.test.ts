import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { stackFileSchemaText } from "../../../config/reference/json-schema.ts";
import { keysAt } from "../../../config/parse.ts";
import { parts } from "../../../config/platform.ts";
import { backupOf, destinationOf } from "../../../litellm/data/backup.ts";
import {
  ownDatabase,
  problemsOf,
  projectDirectory,
  rawStackConfig,
  smallest,
  stackConfig,
  validConfig,
} from "../../support/configs.ts";
import { having, production } from "../../support/change.ts";

const commonDefaults = {
  retain: true,
  namespace: { name: "litellm", podSecurity: "restricted", labels: {} },
  vault: {
    address: "https://vault.example.com",
    mount: "secret",
    path: "litellm/test",
    engine: "existing",
    auth: { method: "kubernetes", mount: "kubernetes" },
    refreshInterval: "15m",
  },
  keys: { master: { version: 1 }, salt: {}, ui: { version: 1 } },
  identity: { mode: "none" },
  models: {
    list: [{ model_name: "gpt", litellm_params: { model: "openai/gpt-4o" } }],
    defaults: {},
    furtherParams: [],
    credentials: [],
    podIdentity: [],
    guardrails: [],
    mcpServers: {},
    vaultPaths: {},
  },
  routing: {
    fallbacks: [],
    context_window_fallbacks: [],
    content_policy_fallbacks: [],
    default_fallbacks: [],
    model_group_alias: {},
    model_group_retry_policy: {},
    routing_groups: [],
  },
  stack: "test",
};

const gatewayDefaults = {
  host: "litellm.example.com",
  image: {
    repository: "ghcr.io/berriai/litellm",
    tag: "v1.108.17",
    entrypoint: "cli",
    pullPolicy: "IfNotPresent",
    pullSecrets: [],
  },
  chart: { kind: "litellm-helm", version: "1.90.2", source: "oci://ghcr.io/berriai/litellm-helm" },
  resources: { cpu: "1", memory: "4Gi" },
  license: false,
  uiUsername: "admin",
  requestTimeout: 600,
  logLevel: "ERROR",
  routingStrategy: "simple-shuffle",
  retries: 2,
  environment: {},
  nodeSelector: {},
  tolerations: [],
  probes: {},
  rollout: { maxSurge: 1, maxUnavailable: 0 },
  drainDelay: 5,
  serviceAccount: { annotations: {} },
  podLabels: {},
  podAnnotations: {},
  volumes: [],
  security: { runAsRoot: false, writableRoot: false },
  jsonLogs: true,
  storeModelsInDatabase: false,
  proxyConfig: {},
  values: {},
};

const databaseDefaults = {
  mode: "cluster",
  name: "litellm",
  owner: "litellm",
  storage: { size: "20Gi" },
  clusterName: "litellm-db",
  password: { version: 1 },
  resources: { cpu: "1", memory: "2Gi" },
  parameters: {},
  maxConnections: 200,
  poolLimit: 10,
  antiAffinity: "preferred",
  podMonitor: false,
  maintenance: { inProgress: false, reusePVC: true },
  readReplica: false,
};

const cacheDefaults = {
  mode: "dedicated",
  keyPrefix: "litellm",
  username: "litellm",
  password: { version: 1 },
  resources: { cpu: "500m", memory: "1Gi" },
  threads: 1,
  responses: {
    mode: "default_off",
    ttl: 600,
    callTypes: ["completion", "acompletion", "embedding", "aembedding"],
  },
};

describe("defaults", () => {
  it("of a development stack are one of everything, unprotected", () => {
    assert.deepEqual(validConfig(smallest()), {
      ...commonDefaults,
      profile: "development",
      protect: false,
      gateway: { ...gatewayDefaults, replicas: { min: 1, max: 1 } },
      database: { ...databaseDefaults, instances: 1, tls: "require" },
      cache: { ...cacheDefaults, replicas: 1 },
    });
  });

  it("of a production stack are several of everything, protected", () => {
    assert.deepEqual(validConfig(having(production)), {
      ...commonDefaults,
      profile: "production",
      protect: true,
      gateway: { ...gatewayDefaults, replicas: { min: 2, max: 6 } },
      database: {
        ...databaseDefaults,
        instances: 3,
        tls: "verify-full",
        backup: { mode: "none", reason: "a test keeps nothing" },
      },
      cache: { ...cacheDefaults, replicas: 2 },
    });
  });

  it("fill in half of what is written", () => {
    assert.deepEqual(validConfig(having({ ...production, "gateway.replicas": { max: 9 } })).gateway.replicas, {
      min: 2,
      max: 9,
    });
  });

  it("give way to what is written", () => {
    const config = validConfig(having({ ...production, protect: false, "database.instances": 1, "cache.replicas": 3 }));
    assert.ok(config.cache.mode === "dedicated");
    assert.deepEqual([config.protect, ownDatabase(config).instances, config.cache.replicas], [false, 1, 3]);
  });

  it("put the Vault path below the stack's name, unless one is written", () => {
    assert.equal(validConfig(smallest(), "blue").vault.path, "litellm/blue");
    assert.equal(validConfig(having({ "vault.path": "teams/ai" }), "blue").vault.path, "teams/ai");
  });

  it("do not write into what they were given", () => {
    const raw = smallest();
    validConfig(raw);
    assert.deepEqual(raw, smallest());
  });
});

describe("the committed stack files", () => {
  for (const stack of ["dev", "prod"] as const) {
    it(`${stack} is valid`, () => {
      assert.deepEqual(problemsOf(rawStackConfig(stack), stack), []);
    });

    it(`${stack} names only known parts, and those of the engine`, () => {
      const text = readFileSync(join(projectDirectory, `Pulumi.${stack}.yaml`), "utf8");
      const { config } = parse(text) as { config: Record<string, unknown> };
      const known = [
        ...Object.keys(parts).map((name) => `litellm-platform:${name}`),
        "kubernetes:upsertExistingObjects",
      ];
      assert.deepEqual(
        Object.keys(config).filter((key) => !known.includes(key)),
        [],
      );
    });
  }

  it("models of the file are served", () => {
    assert.deepEqual(
      stackConfig("prod").models.list.map((model) => model.model_name),
      ["gpt-4o", "claude-sonnet", "gpt-4.1", "llama-70b"],
    );
  });

  it("share no name where both could meet", () => {
    const [dev, prod] = [stackConfig("dev"), stackConfig("prod")];
    assert.notEqual(dev.namespace.name, prod.namespace.name);
    assert.notEqual(dev.vault.path, prod.vault.path);
    assert.notEqual(dev.gateway.host, prod.gateway.host);
  });

  it("can be copied for another production stack, which has its own place in Vault and bucket", () => {
    const [prod, copy] = [stackConfig("prod"), validConfig(rawStackConfig("prod"), "other")];
    assert.deepEqual([prod.vault.path, copy.vault.path], ["litellm/prod", "litellm/other"]);
    const archives = [prod, copy].map((config) => {
      const backup = backupOf(config.database);
      return backup && destinationOf(backup.store, config.stack);
    });
    assert.deepEqual(archives, ["s3://litellm-backups/prod", "s3://litellm-backups/other"]);
  });

  it("protect, repeat and back up production only", () => {
    const kinds = [stackConfig("dev"), stackConfig("prod")].map((config) => ({
      protect: config.protect,
      retain: config.retain,
      replicas: config.gateway.replicas,
      instances: ownDatabase(config).instances,
      cache: config.cache.mode === "dedicated" && config.cache.replicas,
      backup: ownDatabase(config).backup?.mode === "objectStore",
    }));
    assert.deepEqual(kinds, [
      { protect: false, retain: true, replicas: { min: 1, max: 1 }, instances: 1, cache: 1, backup: false },
      { protect: true, retain: true, replicas: { min: 2, max: 6 }, instances: 3, cache: 2, backup: true },
    ]);
  });
});

describe("what tells people of the settings", () => {
  it("the editors' schema is the one that the checks use", () => {
    assert.equal(
      readFileSync(join(projectDirectory, "config", "stack.schema.json"), "utf8"),
      stackFileSchemaText(),
      "config/stack.schema.json is out of date: run `npm run schema`",
    );
  });

  it("every part has a description", () => {
    for (const [name, schema] of Object.entries(parts)) assert.ok((schema.description ?? "").length > 10, name);
  });

  it("Pulumi.yaml declares the parts, with their kind, and wants no more than the program does", () => {
    const text = readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8");
    const { config } = parse(text) as {
      config: Record<string, { type: string; description: string; default?: unknown }>;
    };
    // What the CLI knows and finds no value for, it wants; the default of protect follows the profile.
    const declared = Object.keys(parts).filter((part) => part !== "protect");
    assert.deepEqual(Object.keys(config).sort(), declared.sort());
    const wanted = Object.entries(config).filter(([, declaration]) => declaration.default === undefined);
    assert.deepEqual(wanted.map(([part]) => part).sort(), ["gateway", "models", "profile", "vault"]);
    const scalars: Readonly<Record<string, string>> = { profile: "string", protect: "boolean", retain: "boolean" };
    for (const [name, { type, description }] of Object.entries(config)) {
      assert.equal(type, scalars[name] ?? "object", name);
      assert.ok(description.length > 10, name);
    }
  });

  it("unknown keys are told with those that exist at that place", () => {
    assert.deepEqual(keysAt(parts.vault, ["auth"], { auth: { method: "appRole" } }), ["method", "mount"]);
    assert.deepEqual(keysAt(parts.vault, ["auth"], { auth: { method: "token" } }), ["method", "secretName", "key"]);
    assert.deepEqual(keysAt(parts.vault, ["auth"], { auth: { method: "nothing" } }), []);
    assert.deepEqual(keysAt(parts.identity, ["client"], { mode: "existing" }), ["id", "vaultPath", "property"]);
    assert.deepEqual(keysAt(parts.models, ["list", 0, "model_info"]).slice(0, 2), ["id", "mode"]);
    assert.deepEqual(keysAt(parts.models, ["vaultPaths", "ANY"]), ["credential", "property"]);
    assert.deepEqual(keysAt(parts.gateway, ["host", "deeper"]), []);
    assert.deepEqual(keysAt(parts.gateway, ["nothing"]), []);
  });
});
