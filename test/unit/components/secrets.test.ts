import assert from "node:assert/strict";
import { preflightProblems, unusableKeys } from "../../../program/preflight.ts";
import { LiteLLMPlatform } from "../../../components/platform.ts";
import { readPolicy, secretsEngine } from "../../../components/vault.ts";
import type { PlatformConfig } from "../../../config/platform.ts";
import { smallest, stackConfig, validConfig } from "../../support/configs.ts";
import { recordPlatform, vaultWithProviderKeys, withValues } from "../../support/platform.ts";
import { type Registration, record } from "../../support/recorder.ts";
import { caBundle, having, production } from "../../support/change.ts";
import { find, inputsOf, shortType, vaultWithAllKeys } from "../../support/registrations.ts";
import type { StoredSecret, StoredSecrets } from "../../../secrets/stored.ts";
import { allPaths } from "../../support/secrets.ts";
import { providedSecret } from "../../../secrets/provided-secret.ts";
import { requiredSecrets } from "../../../secrets/inventory.ts";
import { missingBucketMessage, missingMessage } from "../../support/missing.ts";

const labels = { "app.kubernetes.io/part-of": "litellm-platform", "app.kubernetes.io/managed-by": "pulumi" };

describe("the Vault policy", () => {
  it("of the smallest stack reads exactly its own secrets", async () => {
    const registered = await recordPlatform(validConfig(smallest()));
    const read = (path: string) => `path "secret/data/litellm/test/${path}" {\n  capabilities = ["read"]\n}\n`;
    assert.deepEqual(inputsOf(find(registered, "Policy", "litellm-vault-policy")), {
      name: "litellm-test",
      policy: ["cache", "database", "keys/master", "keys/salt", "keys/ui", "providers/openai"].map(read).join("\n"),
    });
  });

  it("reads nothing outside the stack's path, and has no glob, listing or writing", async () => {
    for (const stack of ["dev", "prod"] as const) {
      const config = stackConfig(stack);
      const registered = await recordPlatform(config);
      const policy = String(find(registered, "Policy", "litellm-vault-policy").inputs["policy"]);
      const blocks = policy.split(/\n\n/);
      for (const block of blocks)
        assert.match(
          block,
          new RegExp(
            `^path "secret/data/${config.vault.path}/[a-z0-9/-]+" \\{\n {2}capabilities = \\["read"\\]\n\\}\n?$`,
          ),
        );
      assert.equal(blocks.length, allPaths(config).length);
    }
  });

  it("reads what External Secrets asks for, and no more", async () => {
    for (const stack of ["dev", "prod"] as const) {
      const config = stackConfig(stack);
      const registered = await recordPlatform(config);
      const asked = registered
        .filter((entry) => shortType(entry) === "ExternalSecret")
        .flatMap((entry) => (entry.inputs as { spec: { data: { remoteRef: { key: string } }[] } }).spec.data)
        .map(({ remoteRef }) => remoteRef.key);
      assert.deepEqual([...new Set(asked)].sort(), allPaths(config).sort());
    }
  });

  it("is one text whatever the order of the paths", () => {
    assert.equal(readPolicy("kv", ["b", "a"]), readPolicy("kv", ["a", "b"]));
    assert.equal(readPolicy("kv", ["a"]), 'path "kv/data/a" {\n  capabilities = ["read"]\n}\n');
  });

  it("is bound to one ServiceAccount in one namespace, for short", async () => {
    const registered = await recordPlatform(stackConfig("prod"));
    assert.deepEqual(inputsOf(find(registered, "AuthBackendRole", "litellm-vault-role")), {
      backend: "kubernetes",
      roleName: "litellm-prod",
      boundServiceAccountNames: ["litellm-vault"],
      boundServiceAccountNamespaces: ["litellm"],
      audience: "vault",
      tokenPolicies: ["litellm-prod"],
      tokenTtl: 600,
      tokenMaxTtl: 600,
    });
  });
});

describe("the SecretStore", () => {
  it("logs in as that ServiceAccount, in its own namespace only", async () => {
    const registered = await recordPlatform(stackConfig("prod"));
    const inputs = inputsOf(find(registered, "SecretStore", "litellm-secret-store"));
    assert.deepEqual(inputs["spec"], {
      provider: {
        vault: {
          server: "https://vault.example.com",
          path: "secret",
          version: "v2",
          auth: {
            kubernetes: {
              mountPath: "kubernetes",
              role: "litellm-prod",
              serviceAccountRef: { name: "litellm-vault", audiences: ["vault"] },
            },
          },
        },
      },
    });
  });

  it("is told of Vault's namespace and CA where there are any", async () => {
    const config = validConfig(having({ "vault.namespace": "team", "vault.caBundle": caBundle }));
    const registered = await recordPlatform(config);
    const { spec } = inputsOf(find(registered, "SecretStore", "litellm-secret-store")) as {
      spec: { provider: { vault: Record<string, unknown> } };
    };
    assert.equal(spec.provider.vault["namespace"], "team");
    assert.equal(spec.provider.vault["caBundle"], caBundle);
  });
});

describe("an ExternalSecret", () => {
  let registered: readonly Registration[] = [];
  before(async () => {
    registered = await recordPlatform(stackConfig("prod"));
  });

  interface Expected {
    readonly secret: string;
    readonly versions: string;
    readonly type?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly template?: Readonly<Record<string, string>>;
    /** `KEY` to `path property`, below the stack's own path. */
    readonly data: Readonly<Record<string, string>>;
  }

  const expected: Readonly<Record<string, Expected>> = {
    "litellm-keys-secret": {
      secret: "litellm-keys-v1-1",
      versions: "master=1,salt=1,ui=1",
      data: {
        PROXY_MASTER_KEY: "keys/master key",
        LITELLM_SALT_KEY: "keys/salt key",
        UI_PASSWORD: "keys/ui password",
      },
    },
    "litellm-database-owner": {
      secret: "litellm-db-owner",
      versions: "database=1",
      type: "kubernetes.io/basic-auth",
      labels: { "cnpg.io/reload": "true" },
      data: { username: "database username", password: "database password" },
    },
    "litellm-database-login": {
      secret: "litellm-db-login-v1",
      versions: "database=1",
      type: "kubernetes.io/basic-auth",
      data: { username: "database username", password: "database password" },
    },
    "litellm-database-backup-login": {
      secret: "litellm-backup",
      versions: "backup=1",
      data: { access_key_id: "backup access_key_id", secret_access_key: "backup secret_access_key" },
    },
    "litellm-cache-user": {
      secret: "litellm-cache-user-v1",
      versions: "cache=1",
      data: { REDIS_PASSWORD: "cache password" },
    },
    "litellm-cache-acl": {
      secret: "litellm-cache-acl-v1-df44e6",
      versions: "cache=1",
      template: {
        "acl.conf": [
          "user default on #{{ .defaultPassword | sha256sum }} ~* &* +@all",
          "user litellm on #{{ .password | sha256sum }} ~litellm:* &litellm:* -@all +@read +@write +@connection +@transaction +@pubsub -client -dbsize -pubsub -@scripting +eval +evalsha +script -@admin -@dangerous +time +info",
          "",
        ].join("\n"),
        "default-password": "{{ .defaultPassword }}",
      },
      data: { password: "cache password", defaultPassword: "cache defaultPassword" },
    },
    "litellm-identity-login": {
      secret: "litellm-identity-v1",
      versions: "identity=1",
      data: { GENERIC_CLIENT_SECRET: "identity client_secret" },
    },
    "litellm-providers": {
      secret: "litellm-providers-600de6fb68",
      versions: "anthropic=1,azure-east=1,openai=1",
      data: {
        ANTHROPIC_API_KEY: "providers/anthropic api_key",
        AZURE_EAST_API_KEY: "providers/azure-east api_key",
        OPENAI_API_KEY: "providers/openai api_key",
      },
    },
  };

  for (const [name, it_] of Object.entries(expected)) {
    it(`${name} is exactly this`, () => {
      assert.deepEqual(inputsOf(find(registered, "ExternalSecret", name)), {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: {
          name: it_.secret,
          namespace: "litellm",
          labels,
          annotations: {
            "pulumi.com/patchForce": "true",
            "pulumi.com/waitFor": "condition=Ready",
          },
        },
        spec: {
          refreshInterval: "15m",
          secretStoreRef: { name: "litellm", kind: "SecretStore" },
          target: {
            name: it_.secret,
            creationPolicy: "Owner",
            deletionPolicy: "Retain",
            template: {
              type: it_.type ?? "Opaque",
              metadata: {
                labels: { ...labels, ...it_.labels },
                annotations: { "litellm-platform/vault-version": it_.versions },
              },
              ...(it_.template === undefined ? {} : { data: it_.template }),
            },
          },
          data: Object.entries(it_.data).map(([secretKey, place]) => {
            const [path = "", property] = place.split(" ");
            return { secretKey, remoteRef: { key: `litellm/prod/${path}`, property } };
          }),
        },
      });
    });
  }

  it("is made for nothing else", () => {
    const names = registered.filter((entry) => shortType(entry) === "ExternalSecret").map(({ name }) => name);
    assert.deepEqual(names.sort(), Object.keys(expected).sort());
  });

  it("is what the database and the cache log in with", () => {
    const cluster = inputsOf(find(registered, "Cluster", "litellm-database")) as {
      spec: { bootstrap: { initdb: { secret: unknown; owner: string } }; enableSuperuserAccess: boolean };
    };
    assert.deepEqual(cluster.spec.bootstrap.initdb.secret, { name: "litellm-db-owner" });
    assert.equal(cluster.spec.enableSuperuserAccess, false);
    const dragonfly = inputsOf(find(registered, "Dragonfly", "litellm-cache")) as {
      spec: { aclFromSecret: unknown; authentication: unknown };
    };
    assert.deepEqual(dragonfly.spec.aclFromSecret, { name: "litellm-cache-acl-v1-df44e6", key: "acl.conf" });
    assert.deepEqual(dragonfly.spec.authentication, {
      passwordFromSecret: { name: "litellm-cache-acl-v1-df44e6", key: "default-password" },
    });
  });
});

describe("the Secret with the providers' keys", () => {
  const nameFor = (changes: Readonly<Record<string, unknown>>, version = 1) => {
    const config = validConfig(having(changes));
    return providedSecret(requiredSecrets(config), vaultWithProviderKeys(config, version))?.name;
  };

  it("has another name when a key in Vault has another version, so that pods roll", () => {
    assert.notEqual(nameFor({}, 2), nameFor({}, 1));
    assert.equal(nameFor({}, 1), nameFor({}, 1));
  });

  it("has another name when a model needs another variable", () => {
    assert.notEqual(nameFor({ "models.list.0.litellm_params.model": "anthropic/claude" }), nameFor({}));
    assert.notEqual(nameFor({ "models.vaultPaths": { OPENAI_API_KEY: { credential: "other" } } }), nameFor({}));
  });

  it("has the same name for models that need the same", () => {
    const { list } = (smallest() as { models: { list: unknown[] } }).models;
    const more = { model_name: "mini", litellm_params: { model: "openai/gpt-4o-mini", rpm: 5 } };
    for (const change of [
      { "models.list": [...list, more] },
      { "models.list": [more] },
      { "gateway.image.tag": "v1.108.13" },
      { "keys.master.version": 2 },
      { "gateway.replicas": { min: 2, max: 3 } },
    ])
      assert.equal(nameFor(change), nameFor({}), JSON.stringify(change));
  });

  it("is not there when no model needs a key", () => {
    assert.equal(providedSecret([], new Map()), undefined);
  });
});

describe("what people must have put into Vault", () => {
  const messages = (config: PlatformConfig, stored: StoredSecrets) =>
    preflightProblems(config, stored).map(({ path, message }) => `${path}: ${message}`);
  const holding = (contents: Readonly<Record<string, readonly string[]>>): StoredSecrets =>
    new Map(
      Object.entries(contents).map(([path, properties]) => [
        path,
        { version: 1, properties, deleted: false } satisfies StoredSecret,
      ]),
    );

  describe("is told of a key that was there and is gone:", () => {
    const config = validConfig(having({ "keys.master.version": 2 }));
    const salt = "litellm/test/keys/salt";
    const master = "litellm/test/keys/master";
    const there: readonly [string, StoredSecret][] = [
      [salt, { version: 1, properties: ["key"], deleted: false }],
      [master, { version: 2, properties: ["key", "version"], deleted: false }],
    ];
    const told = (...lost: readonly [string, StoredSecret | undefined][]) => {
      const stored = new Map<string, StoredSecret>([...vaultWithAllKeys(config), ...there]);
      for (const [path, secret] of lost)
        if (secret === undefined) stored.delete(path);
        else stored.set(path, secret);
      return messages(config, stored);
    };
    const gone = { properties: [], deleted: true };
    const put = (path: string, variable: string, version = "") =>
      `Restore it with: kubectl get secret litellm-keys-v2-1 -n litellm -o jsonpath='{.data.${variable}}' | base64 -d | vault kv put -mount=secret ${path} key=-${version}`;

    it("nothing, where both are there, or neither", () => {
      assert.deepEqual(told(), []);
      assert.deepEqual(told([salt, undefined], [master, undefined]), []);
    });

    it("deleted, with what undoes that", () => {
      assert.deepEqual(told([salt, { ...gone, version: 4 }], [master, { ...gone, version: 2 }]), [
        `vault.path: the salt key was deleted in Vault. Restore it with: vault kv undelete -mount=secret -versions=4 ${salt}`,
        `vault.path: the master key was deleted in Vault. Restore it with: vault kv undelete -mount=secret -versions=2 ${master}`,
      ]);
    });

    it("destroyed, which nothing undoes, with the version before", () => {
      assert.deepEqual(told([salt, { ...gone, version: 4, destroyed: true }]), [
        `vault.path: the salt key was destroyed in Vault. Restore it with: vault kv rollback -mount=secret -version=3 ${salt}`,
      ]);
    });

    it("destroyed with no version before, with where the cluster has it", () => {
      const destroyed = { ...gone, version: 1, destroyed: true } as const;
      assert.deepEqual(told([salt, destroyed], [master, destroyed]), [
        `vault.path: the salt key was destroyed in Vault. ${put(salt, "LITELLM_SALT_KEY")}`,
        `vault.path: the master key was destroyed in Vault. ${put(master, "PROXY_MASTER_KEY", " version=2")}`,
      ]);
    });

    it("a salt key without a trace, beside a master key that the stack has written", () => {
      assert.deepEqual(told([salt, undefined]), [
        `vault.path: the salt key is missing in Vault. ${put(salt, "LITELLM_SALT_KEY")}`,
      ]);
      const byHand = { version: 1, properties: ["key"], deleted: false };
      assert.deepEqual(told([salt, undefined], [master, byHand]), [], "a first up of a stack that was given its own");
    });

    it("nothing by the values of keys with which a stack goes on", () => {
      for (const version of ["1", "2"]) {
        const values = { [salt]: { key: "s" }, [master]: { key: "sk-m", version } };
        assert.deepEqual(unusableKeys(config, withValues(new Map(there), values)), []);
      }
      assert.deepEqual(unusableKeys(config, new Map([[salt, { ...gone, version: 1 }]])), []);
    });

    it("a secret of the salt key without it, which is kept besides", () => {
      assert.deepEqual(told([salt, { version: 1, properties: ["note"], deleted: false }]), [
        `vault.path: the salt key is not in its secret in Vault. ${put(salt, "LITELLM_SALT_KEY").replace("kv put", "kv patch")}`,
      ]);
    });
  });

  it("is told with the commands that put it there", () => {
    const config = validConfig(
      having({
        "models.list": [
          { model_name: "gpt", litellm_params: { model: "openai/gpt" } },
          { model_name: "mini", litellm_params: { model: "openai/mini" } },
          { model_name: "claude", litellm_params: { model: "bedrock/claude" } },
        ],
        "vault.mount": "kv",
        "database.backup": { mode: "objectStore", store: { bucket: "backups" } },
      }),
    );
    const claude = { verb: "patch", path: "litellm/test/providers/aws", property: "secret_access_key" } as const;
    const openai = { path: "litellm/test/providers/openai", property: "api_key" };
    assert.deepEqual(messages(config, holding({ "litellm/test/providers/aws": ["access_key_id"] })), [
      `models: ${missingMessage("AWS_SECRET_ACCESS_KEY", "model claude", { mount: "kv", ...claude })}`,
      `models: ${missingMessage("OPENAI_API_KEY", "models gpt, mini", { mount: "kv", ...openai })}`,
      `database.backup: ${missingBucketMessage(["access_key_id", "secret_access_key"], "the object store", { mount: "kv", path: "litellm/test/backup" })}`,
    ]);
  });

  it("is patched where the secret is there and the value is not, so that nothing is lost", () => {
    const stored = holding({ "litellm/test/providers/openai": ["organization"] });
    assert.match(messages(validConfig(smallest()), stored)[0] ?? "", /vault kv patch -mount=secret /);
  });

  it("is nothing when all is there", () => {
    const stored = holding({ "litellm/test/providers/openai": ["api_key", "note"] });
    assert.deepEqual(messages(validConfig(smallest()), stored), []);
  });

  it("does not count what the program writes itself", () => {
    assert.deepEqual(messages(validConfig(smallest()), vaultWithProviderKeys(validConfig(smallest()))), []);
  });

  it("is looked for at the paths that External Secrets reads", () => {
    assert.deepEqual(allPaths(validConfig(smallest())), [
      "litellm/test/keys/master",
      "litellm/test/keys/salt",
      "litellm/test/keys/ui",
      "litellm/test/database",
      "litellm/test/cache",
      "litellm/test/providers/openai",
    ]);
  });
});

describe("a login to Vault", () => {
  const recordWith = (auth: Readonly<Record<string, unknown>>) =>
    recordPlatform(validConfig(having({ "vault.auth": auth })));
  const authOf = (registered: readonly Registration[]) => {
    const store = inputsOf(find(registered, "SecretStore", "litellm-secret-store")) as {
      spec: { provider: { vault: { auth: unknown } } };
    };
    return store.spec.provider.vault.auth;
  };
  const made = (registered: readonly Registration[]) =>
    registered
      .filter(({ name, type }) => /^litellm-(vault|secret-store)-/.test(name) && !type.endsWith("SecretStore"))
      .map((entry) => `${shortType(entry)} ${entry.name}`)
      .sort();

  it("by AppRole has a role and a secret id of its own, which stands in a Secret", async () => {
    const registered = await recordWith({ method: "appRole", mount: "approle/edge" });
    assert.deepEqual(made(registered), [
      "AuthBackendRole litellm-vault-role",
      "AuthBackendRoleSecretId litellm-vault-secret-id",
      "Policy litellm-vault-policy",
      "Secret litellm-secret-store-login",
    ]);
    assert.deepEqual(inputsOf(find(registered, "AuthBackendRole", "litellm-vault-role")), {
      backend: "approle/edge",
      roleName: "litellm-test",
      tokenPolicies: ["litellm-test"],
      tokenTtl: 600,
      tokenMaxTtl: 600,
    });
    assert.deepEqual(inputsOf(find(registered, "Secret", "litellm-secret-store-login")), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "litellm-vault-login", namespace: "litellm", labels },
      stringData: { secret: { secretId: "generated(litellm-vault-secret-id)" } },
    });
    assert.deepEqual(authOf(registered), {
      appRole: {
        path: "approle/edge",
        roleId: "role id of litellm-vault-role",
        secretRef: { name: "litellm-vault-login", key: "secretId" },
      },
    });
    const { dependsOn } = find(registered, "SecretStore", "litellm-secret-store");
    assert.ok(dependsOn.includes("litellm-secret-store-login"));
  });

  it("by a token uses the Secret that is named, and makes the policy for it", async () => {
    const registered = await recordWith({ method: "token", secretName: "vault-token" });
    assert.deepEqual(made(registered), ["Policy litellm-vault-policy"]);
    assert.deepEqual(authOf(registered), { tokenSecretRef: { name: "vault-token", key: "token" } });
  });
});

describe("a secrets engine that the stack makes", () => {
  it("is KV version 2, outlives a destroy, and is there before anything is written to it", async () => {
    const { "database.backup": backup } = production;
    for (const profile of ["development", "production"] as const) {
      const config = validConfig(
        having({ "vault.engine": "managed", "vault.mount": "kv", "database.backup": backup, profile, retain: false }),
      );
      const registered = await record("test", () => {
        const engine = secretsEngine("litellm-secrets-engine", config, false);
        new LiteLLMPlatform("litellm", { config, stored: vaultWithProviderKeys(config), engine });
      });
      const mount = find(registered, "Mount", "litellm-secrets-engine");
      assert.deepEqual(inputsOf(mount), {
        path: "kv",
        type: "kv",
        options: { version: "2" },
        description: "Secrets of LiteLLM gateways",
      });
      assert.deepEqual([mount.retainOnDelete, mount.protect], [true, profile === "production"]);
      const writes = registered.filter((entry) => shortType(entry) === "SecretV2");
      assert.equal(writes.length, 5);
      for (const { name, dependsOn } of writes) assert.ok(dependsOn.includes("litellm-secrets-engine"), name);
    }
  });
});
