import assert from "node:assert/strict";
import { migrationSpec } from "../../../components/gateway.ts";
import { checkConnections, connectionBudget } from "../../../litellm/data/budget.ts";
import { databaseConnection } from "../../../litellm/data/database.ts";
import { keyVariables, ownVariables, plainEnvironment } from "../../../litellm/proxy/environment.ts";
import { shortHash, stableJson } from "../../../litellm/shared/hash.ts";
import { isBefore, tagWithDigest, versionOf } from "../../../litellm/proxy/image.ts";
import {
  migrationCommand,
  migrationEnvironment,
  migrationImage,
  migrationJobName,
} from "../../../litellm/proxy/migration.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { smallest, stackConfig, validConfig } from "../../support/configs.ts";
import { having, largest } from "../../support/change.ts";

describe("the connection budget", () => {
  it("counts a pod more while rolling, the migration and the metrics", () => {
    assert.deepEqual(connectionBudget({ poolLimit: 10, maxReplicas: 6, maxSurge: 1, maxConnections: 200, own: true }), {
      needed: 75,
      available: 197,
      arithmetic:
        "poolLimit 10 x (replicas.max 6 + 1 while rolling) + 5 for migration and metrics = 75, of maxConnections 200 - 3 reserved = 197",
    });
  });

  it("may be used up, and not by one more", () => {
    const problems = (maxConnections: number) => {
      const { gateway, database } = validConfig(smallest());
      return checkConnections({ stack: "test", gateway, database: { ...database, maxConnections } });
    };
    assert.deepEqual(problems(28), []);
    assert.equal(problems(27).length, 1);
    assert.match(problems(27)[0]?.message ?? "", /Must be at least 28,/);
  });

  it("is not counted when a part of it is wrong by itself", () => {
    assert.deepEqual(checkConnections({ stack: "test" }), []);
  });
});

describe("an image", () => {
  const versions: Readonly<Record<string, readonly [number, number, number] | undefined>> = {
    "v1.108.17": [1, 108, 17],
    "1.94.0": [1, 94, 0],
    "v1.94.0-rc.1": [1, 94, 0],
    latest: undefined,
    "main-v1.94.0": undefined,
  };
  for (const [tag, version] of Object.entries(versions)) {
    it(`${tag} has ${version === undefined ? "no version" : `version ${version.join(".")}`}`, () => {
      assert.deepEqual(versionOf(tag), version);
    });
  }

  it("is ordered by numbers and not by digits", () => {
    assert.equal(isBefore([1, 94, 0], [1, 108, 0]), true);
    assert.equal(isBefore([1, 108, 0], [1, 94, 9]), false);
    assert.equal(isBefore([1, 94, 0], [1, 94, 0]), false);
    assert.equal(isBefore([1, 93, 99], [2, 0, 0]), true);
    assert.equal(isBefore([1, 94, 1], [1, 94, 2]), true);
  });

  it("has its digest behind the tag, as the chart joins repository and tag", () => {
    const digest = `sha256:${"0a".repeat(32)}`;
    assert.equal(tagWithDigest({ tag: "v1.108.17" }), "v1.108.17");
    assert.equal(tagWithDigest({ tag: "v1.108.17", digest }), `v1.108.17@${digest}`);
    assert.equal(
      migrationImage(validConfig(largest())),
      `registry.example.com:5000/berriai/litellm:v1.108.17@${digest}`,
    );
  });
});

describe("names", () => {
  it("are exactly these", () => {
    assert.deepEqual(namesOf(stackConfig("prod")), {
      namespace: "litellm",
      gateway: "litellm",
      release: "litellm",
      fullname: "litellm",
      proxyAccount: "litellm",
      vaultAccount: "litellm-vault",
      vaultLogin: "litellm-vault-login",
      secretStore: "litellm",
      database: "litellm-db",
      databaseSecret: "litellm-db-owner",
      cache: "litellm-cache",
      cacheSnapshotsSecret: "litellm-cache-snapshots-v0",
      cacheSecret: "litellm-cache-user-v1",
      cacheAclSecret: "litellm-cache-acl-v1-df44e6",
      cacheLineSecret: "dragonfly-acl-litellm-prod",
      backupStore: "litellm-backup",
      backupSecret: "litellm-backup",
      backupEndpoint: "litellm-backup-endpoint",
      recoveryStore: "litellm-recovery",
      recoverySecret: "litellm-recovery",
      recoveryEndpoint: "litellm-recovery-endpoint",
      databaseCa: "litellm-database-ca",
      pooler: "litellm-db-pooler",
      sharedRole: "litellm-litellm",
      keysSecret: "litellm-keys-v1-1",
      databaseLogin: "litellm-db-login-v1",
      identitySecret: "litellm-identity-v1",
      vaultRole: "litellm-prod",
      hosts: {
        database: "litellm-db-rw.litellm.svc",
        replica: "litellm-db-ro.litellm.svc",
        pooler: "litellm-db-pooler.litellm.svc",
        cache: "litellm-cache.litellm.svc",
      },
    });
  });

  it("of Secrets change with the versions of what they hold, so that pods roll", () => {
    const named = (changes: Readonly<Record<string, unknown>>) => namesOf(validConfig(having(changes)));
    assert.equal(named({ "keys.master.version": 2 }).keysSecret, "litellm-keys-v2-1");
    assert.equal(named({ "keys.ui.version": 3 }).keysSecret, "litellm-keys-v1-3");
    const issuer = "https://auth.example.com/realms/ai";
    const identity = { mode: "managed", issuer, client: { secretVersion: 4 } };
    assert.equal(named({ identity }).identitySecret, "litellm-identity-v4");
  });

  it("in Vault differ between the stacks", () => {
    const roleOf = (path: string) => namesOf(validConfig(having({ "vault.path": path }))).vaultRole;
    const roles = ["a/b", "a-b", "A/b", "a/B"].map(roleOf);
    assert.equal(new Set(roles).size, roles.length);
    assert.deepEqual(
      roles.filter((role) => role !== role.toLowerCase() || role.includes("/")),
      [],
    );
    assert.notEqual(namesOf(stackConfig("dev")).vaultRole, namesOf(stackConfig("prod")).vaultRole);
  });
});

describe("the migration Job", () => {
  const nameFor = (changes: Readonly<Record<string, unknown>>) => {
    const config = validConfig(having(changes));
    return migrationJobName(namesOf(config), migrationSpec(config, namesOf(config)));
  };
  const name = nameFor({});

  it("has a name that says what it is for", () => {
    assert.match(name, /^litellm-migrate-[0-9a-f]{10}$/);
  });

  const anew: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "another release": { "gateway.image.tag": "v1.108.13" },
    "a digest": { "gateway.image.digest": `sha256:${"0".repeat(64)}` },
    "another repository": { "gateway.image.repository": "registry.example.com/litellm" },
    "another database": { "database.name": "other" },
    "another namespace, where the database is another": { "namespace.name": "other" },
    "another way to the database": { "database.tls": "verify-full" },
    "another way to the image": { "gateway.image.pullSecrets": ["registry"] },
  };
  for (const [title, changes] of Object.entries(anew)) {
    it(`runs anew for ${title}`, () => {
      assert.notEqual(nameFor(changes), name);
    });
  }

  const same: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    replicas: { "gateway.replicas": { min: 2, max: 6 } },
    models: { "models.list.0.litellm_params.rpm": 5 },
    "the master key": { "keys.master.version": 2 },
    "the log level": { "gateway.logLevel": "INFO" },
    "the chart": { "gateway.chart.version": "1.90.3" },
    "the database's size": { "database.storage": { size: "50Gi" }, "database.maxConnections": 300 },
    "the cache": { "cache.replicas": 2 },
  };
  for (const [title, changes] of Object.entries(same)) {
    it(`does not run anew for another setting of ${title}`, () => {
      assert.equal(nameFor(changes), name);
    });
  }

  it("is LiteLLM's own program, which may change the schema", () => {
    const config = stackConfig("dev");
    const environment = migrationEnvironment(config, namesOf(config));
    assert.deepEqual(migrationCommand("cli"), {
      command: ["python", "litellm/proxy/prisma_migration.py"],
      workingDir: "/app",
    });
    assert.deepEqual(migrationCommand("dispatcher"), { args: ["migrations"] });
    assert.deepEqual(environment.slice(0, 6), [
      {
        name: "DATABASE_USERNAME",
        valueFrom: { secretKeyRef: { name: "litellm-db-login-v1", key: "username" } },
      },
      {
        name: "DATABASE_PASSWORD",
        valueFrom: { secretKeyRef: { name: "litellm-db-login-v1", key: "password" } },
      },
      { name: "DATABASE_HOST", value: "litellm-db-rw.litellm-dev.svc" },
      { name: "DATABASE_NAME", value: "litellm" },
      { name: "DATABASE_URL", value: databaseConnection(config, namesOf(config)).directUrl },
      { name: "DISABLE_SCHEMA_UPDATE", value: "false" },
    ]);
  });

  it("names variables before the URL that is put together from them", () => {
    const config = stackConfig("dev");
    const names = migrationEnvironment(config, namesOf(config)).map((entry) => entry.name);
    assert.equal(new Set(names).size, names.length);
    for (const [, variable] of databaseConnection(config, namesOf(config)).directUrl.matchAll(/\$\((\w+)\)/g))
      assert.ok(names.indexOf(variable ?? "") < names.indexOf("DATABASE_URL"), variable);
  });
});

describe("the plain environment", () => {
  const config = validConfig(largest());
  const environment = plainEnvironment(config, namesOf(config));

  it("holds what production needs, beside what people add", () => {
    const { HTTPS_PROXY, ...own } = environment;
    assert.equal(HTTPS_PROXY, "http://proxy.example.com:3128");
    for (const [name, value] of Object.entries({
      LITELLM_MODE: "PRODUCTION",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      DISABLE_SCHEMA_UPDATE: "true",
      PROXY_BASE_URL: "https://litellm.example.com",
      UI_USERNAME: "root",
      REDIS_HOST: "litellm-cache.ai.svc",
      REDIS_PORT: "6379",
      REDIS_USERNAME: "proxy",
    }))
      assert.equal(own[name], value, name);
  });

  it("has only texts, and only names that are reserved to the program", () => {
    for (const [name, value] of Object.entries(environment)) {
      assert.equal(typeof value, "string", name);
      assert.ok(name === "HTTPS_PROXY" || ownVariables.includes(name), `${name} is not in ownVariables`);
    }
  });

  it("holds no secret and nothing that LiteLLM no longer reads", () => {
    for (const name of Object.keys(environment)) {
      assert.doesNotMatch(name, /KEY|PASSWORD|SECRET|TOKEN/);
      assert.doesNotMatch(name, /SEPARATE_HEALTH|USE_PRISMA_MIGRATE|LITELLM_PROXY_ADMIN_ROLE/);
    }
    for (const name of Object.values(keyVariables)) assert.ok(!(name in environment), name);
  });

  it("reserves every name once", () => {
    assert.equal(new Set(ownVariables).size, ownVariables.length);
  });
});

describe("a hash", () => {
  it("is the same whatever the order of keys, and of the length asked for", () => {
    assert.equal(shortHash({ a: 1, b: { c: 2, d: 3 } }), shortHash({ b: { d: 3, c: 2 }, a: 1 }));
    assert.notEqual(shortHash([1, 2]), shortHash([2, 1]));
    assert.match(shortHash("x", 8), /^[0-9a-f]{8}$/);
    assert.equal(stableJson({ b: [{ d: 1, c: undefined }], a: null }), '{"a":null,"b":[{"d":1}]}');
  });
});
