import assert from "node:assert/strict";
import { LiteLLMPlatform } from "../../../components/platform.ts";
import type { PlatformConfig } from "../../../config/platform.ts";
import { smallest, validConfig } from "../../support/configs.ts";
import { recordPlatform, vaultWithProviderKeys } from "../../support/platform.ts";
import { type Registration, type VaultContents, record } from "../../support/recorder.ts";
import { having, production } from "../../support/change.ts";
import { find, inputsOf, written } from "../../support/registrations.ts";
import type { StoredSecret } from "../../../secrets/stored.ts";

/** What a Vault holds after an earlier stack; its master key is of version 1. */
const old: VaultContents = {
  "litellm/test/keys/master": { key: "sk-old-master", version: "1" },
  "litellm/test/keys/salt": { key: "old-salt" },
  "litellm/test/keys/ui": { password: "old-ui" },
  "litellm/test/database": { username: "litellm", password: "old-database", version: "1" },
  "litellm/test/cache": { username: "litellm", password: "old-cache", defaultPassword: "old-default" },
};

function recordWith(config: PlatformConfig, vault: VaultContents): Promise<readonly Registration[]> {
  const stored = new Map<string, StoredSecret>(vaultWithProviderKeys(config));
  for (const [path, values] of Object.entries(vault))
    stored.set(path, { version: 1, properties: Object.keys(values), deleted: false });
  return recordPlatform(config, stored, vault);
}

const generatorArguments = ["length", "special", "upper", "lower", "numeric", "number", "overrideSpecial"];

describe("generated keys", () => {
  it("are not replaced by new ones if those in Vault were not read", async () => {
    const salt = { version: 1, properties: ["key"], deleted: false };
    const stored = new Map<string, StoredSecret>([...vaultWithProviderKeys(config), ["litellm/test/keys/salt", salt]]);
    await assert.rejects(
      record("test", () => new LiteLLMPlatform("litellm", { config, stored })),
      /litellm\/test\/keys\/salt exists in Vault and its values were not read\. Read them with readSecrets first\./,
    );
  });

  const config = validConfig(smallest());

  it("are made at first, and written to Vault each at its own path", async () => {
    const registered = await recordWith(config, {});
    const writes = {
      "litellm-keys-master-vault": ["keys/master", { key: "sk-generated(litellm-keys-master)", version: "1" }],
      "litellm-keys-salt-vault": ["keys/salt", { key: "generated(litellm-keys-salt)" }],
      "litellm-keys-ui-vault": ["keys/ui", { password: "generated(litellm-keys-ui)", version: "1" }],
      "litellm-database-vault": [
        "database",
        { username: "litellm", password: "generated(litellm-database-password)", version: "1" },
      ],
      "litellm-cache-vault": [
        "cache",
        {
          username: "litellm",
          password: "generated(litellm-cache-password)",
          defaultPassword: "generated(litellm-cache-default-password)",
          version: "1",
        },
      ],
    } as const;
    for (const [name, [path, values]] of Object.entries(writes)) {
      assert.deepEqual(written(registered, name), values);
      const { dataJson, ...place } = inputsOf(find(registered, "SecretV2", name));
      assert.ok(dataJson !== undefined);
      assert.deepEqual(place, { mount: "secret", name: `litellm/test/${path}` });
    }
  });

  it("are taken from Vault ever after", async () => {
    const registered = await recordWith(config, old);
    assert.deepEqual(written(registered, "litellm-keys-master-vault"), { key: "sk-old-master", version: "1" });
    assert.deepEqual(written(registered, "litellm-keys-salt-vault"), { key: "old-salt" });
    assert.deepEqual(written(registered, "litellm-keys-ui-vault"), { password: "old-ui", version: "1" });
    assert.deepEqual(written(registered, "litellm-database-vault"), {
      username: "litellm",
      password: "old-database",
      version: "1",
    });
    assert.deepEqual(written(registered, "litellm-cache-vault"), {
      username: "litellm",
      password: "old-cache",
      defaultPassword: "old-default",
      version: "1",
    });
  });

  it("follow a raised version with a new master key, and nothing else", async () => {
    const before = await recordWith(config, old);
    const after = await recordWith(validConfig(having({ "keys.master.version": 2 })), old);
    assert.deepEqual(written(after, "litellm-keys-master-vault"), {
      key: "sk-generated(litellm-keys-master)",
      version: "2",
    });
    for (const name of ["salt", "ui"].map((key) => `litellm-keys-${key}-vault`))
      assert.deepEqual(written(after, name), written(before, name));
    assert.deepEqual(inputsOf(find(after, "RandomPassword", "litellm-keys-master"))["keepers"], { version: "2" });
  });

  it("are letters and digits, and outlive other arguments of the generator", async () => {
    const registered = await recordWith(config, {});
    const lengths = {
      "litellm-keys-master": 32,
      "litellm-keys-salt": 48,
      "litellm-keys-ui": 32,
      "litellm-database-password": 40,
      "litellm-cache-password": 40,
      "litellm-cache-default-password": 40,
    };
    for (const [name, length] of Object.entries(lengths)) {
      const { inputs, ignoreChanges } = find(registered, "RandomPassword", name);
      assert.deepEqual([inputs["length"], inputs["special"]], [length, false], name);
      const remembers = name === "litellm-keys-salt" ? ["keepers"] : [];
      assert.deepEqual(ignoreChanges, [...generatorArguments, ...remembers], name);
    }
  });

  it("of which only the salt is never written again", async () => {
    const registered = await recordWith(config, {});
    assert.deepEqual(
      registered
        .filter(({ type, ignoreChanges }) => type.endsWith("SecretV2") && ignoreChanges.length > 0)
        .map(({ name, ignoreChanges }) => [name, ignoreChanges]),
      [["litellm-keys-salt-vault", ["dataJson"]]],
    );
  });

  it("are replaced where Vault holds them without a value", async () => {
    const registered = await recordWith(config, { "litellm/test/keys/master": { version: "1" } });
    assert.equal(written(registered, "litellm-keys-master-vault")["key"], "sk-generated(litellm-keys-master)");
  });
});

describe("the salt key", () => {
  it("is written before the master key, so that a master key alone tells of a loss", async () => {
    const { dependsOn } = find(await recordWith(validConfig(smallest()), {}), "SecretV2", "litellm-keys-master-vault");
    assert.ok(dependsOn.includes("litellm-keys-salt-vault"));
  });

  const changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "a rotated master key": { "keys.master.version": 7 },
    "another release": { "gateway.image.tag": "v1.108.13" },
    "another chart": { "gateway.chart.version": "1.91.0" },
    "more pods": { "gateway.replicas": { min: 3, max: 9 } },
    "other labels": { "namespace.labels": { team: "ai" } },
    "another Pod Security Standard": { "namespace.podSecurity": "baseline" },
    "another database": { "database.name": "other", "database.owner": "other", "database.instances": 3 },
    "another cache": { "cache.keyPrefix": "other", "cache.username": "other", "cache.replicas": 3 },
    "other models": { "models.list.0.litellm_params.model": "anthropic/claude" },
    "another host": { "gateway.host": "other.example.com" },
    "another dashboard user": { "gateway.uiUsername": "root" },
    "another Vault address and login": {
      "vault.address": "https://other.example.com",
      "vault.auth": { method: "kubernetes", mount: "other" },
      "vault.refreshInterval": "1h",
    },
    "another namespace": { "namespace.name": "other" },
  };
  const parts = (registered: readonly Registration[]) =>
    [
      find(registered, "RandomPassword", "litellm-keys-salt"),
      find(registered, "SecretV2", "litellm-keys-salt-vault"),
    ] as const;

  for (const [when, vault] of Object.entries({ "a new stack": {}, "a stack with data": old })) {
    let unchanged: ReturnType<typeof parts>;
    before(async () => {
      unchanged = parts(await recordWith(validConfig(smallest()), vault));
    });
    for (const [title, change] of Object.entries(changes)) {
      it(`of ${when} is not replaced by ${title}`, async () => {
        assert.deepEqual(parts(await recordWith(validConfig(having(change)), vault)), unchanged);
      });
    }
  }

  it("is protected and kept in production, also when only that changes", async () => {
    const before = parts(await recordWith(validConfig(smallest()), old));
    const after = parts(await recordWith(validConfig(having(production)), old));
    for (const [index, entry] of after.entries()) {
      assert.deepEqual([entry.protect, entry.retainOnDelete], [true, true]);
      assert.deepEqual(entry.inputs, before[index]?.inputs);
    }
  });
});
