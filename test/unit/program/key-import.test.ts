import assert from "node:assert/strict";
import { preflightProblems, unusableKeys } from "../../../program/preflight.ts";
import type { PlatformConfig } from "../../../config/platform.ts";
import { problemsOf, validConfig } from "../../support/configs.ts";
import { recordPlatform, vaultWithProviderKeys, withValues } from "../../support/platform.ts";
import type { Registration, VaultContents } from "../../support/recorder.ts";
import { having } from "../../support/change.ts";
import { find, written } from "../../support/registrations.ts";
import type { StoredSecret } from "../../../secrets/stored.ts";
import { allPaths } from "../../support/secrets.ts";

const fromVault = { kind: "vault", path: "old/litellm", property: "salt" };
const fromSecret = { kind: "secret", namespace: "litellm-old", name: "litellm-secrets", key: "LITELLM_MASTER_KEY" };
const vault: VaultContents = { "old/litellm": { salt: "theirs, with / and +", other: "x" } };
const cluster = { "litellm-old/litellm-secrets": { LITELLM_MASTER_KEY: "sk-theirs\n" } };

function storedOf(config: PlatformConfig, contents: VaultContents): Map<string, StoredSecret> {
  const stored = new Map<string, StoredSecret>(vaultWithProviderKeys(having0(config)));
  for (const [path, values] of Object.entries(contents))
    stored.set(path, { version: 1, properties: Object.keys(values), deleted: false });
  return stored;
}

/** The same without imports, for what the rest of it needs. */
function having0(config: PlatformConfig): PlatformConfig {
  return { ...config, keys: { ...config.keys, master: { version: 1 }, salt: {} } };
}

function recordWith(config: PlatformConfig, contents: VaultContents): Promise<readonly Registration[]> {
  return recordPlatform(config, storedOf(config, contents), contents, cluster);
}

function problems(config: PlatformConfig, contents: VaultContents): string[] {
  return preflightProblems(config, storedOf(config, contents)).map(({ path, message }) => `${path}: ${message}`);
}

describe("a key of an existing installation", () => {
  const config = validConfig(having({ "keys.salt.importFrom": fromVault, "keys.master.importFrom": fromSecret }));

  it("becomes the stack's own, with the place it came from", async () => {
    const registered = await recordWith(config, vault);
    assert.deepEqual(written(registered, "litellm-keys-salt-vault"), {
      key: "theirs, with / and +",
      importedFrom: "Vault old/litellm salt",
    });
    assert.deepEqual(written(registered, "litellm-keys-master-vault"), {
      // To the last character: a salt key without its line break would decrypt nothing.
      key: "sk-theirs\n",
      version: "1",
      importedFrom: "Secret litellm-old/litellm-secrets LITELLM_MASTER_KEY",
    });
  });

  it("is not asked for again once the stack has it, so that the old place can go", async () => {
    const own: VaultContents = {
      "litellm/test/keys/salt": { key: "taken over", importedFrom: "Vault old/litellm salt" },
      "litellm/test/keys/master": { key: "sk-taken", version: "1", importedFrom: "Secret a/b c" },
    };
    assert.deepEqual(problems(config, own), []);
    const registered = await recordWith(config, own);
    assert.deepEqual(written(registered, "litellm-keys-salt-vault"), own["litellm/test/keys/salt"]);
    assert.deepEqual(written(registered, "litellm-keys-master-vault"), own["litellm/test/keys/master"]);
    const without = await recordWith(having0(config), own);
    assert.deepEqual(written(without, "litellm-keys-salt-vault"), own["litellm/test/keys/salt"], "setting left out");
    assert.deepEqual(written(without, "litellm-keys-master-vault"), own["litellm/test/keys/master"]);
  });

  it("can be rotated, if it is a master key, and remembers its origin", async () => {
    const rotated = validConfig(having({ "keys.master": { version: 2, importFrom: fromSecret } }));
    const own = { "litellm/test/keys/master": { key: "sk-taken", version: "1", importedFrom: "Secret a/b c" } };
    assert.deepEqual(written(await recordWith(rotated, own), "litellm-keys-master-vault"), {
      key: "sk-generated(litellm-keys-master)",
      version: "2",
      importedFrom: "Secret a/b c",
    });
  });

  it("is refused if it is LiteLLM's public example as a master key, which no proxy starts with", async () => {
    for (const key of ["sk-1234", "sk-1234\n"]) {
      const contents = { "litellm-old/litellm-secrets": { LITELLM_MASTER_KEY: key } };
      await assert.rejects(recordPlatform(config, storedOf(config, vault), vault, contents), {
        message:
          "Secret litellm-old/litellm-secrets LITELLM_MASTER_KEY is sk-1234, LiteLLM's public example, with which no proxy starts: remove keys.master.importFrom, and if there was no salt key, set keys.salt.importFrom to it",
      });
    }
  });

  it("may have been LiteLLM's public example where a higher version makes another", () => {
    const own: VaultContents = { "litellm/test/keys/master": { key: "sk-1234", version: "1" } };
    const paths = (version: number) => {
      const rotated = validConfig(having({ "keys.master.version": version }));
      return unusableKeys(rotated, withValues(storedOf(rotated, own), own)).map(({ path }) => path);
    };
    assert.deepEqual([paths(1), paths(2)], [["keys.master.version"], []]);
  });

  it("may be LiteLLM's public example as a salt key, which encrypts with it", async () => {
    const registered = await recordWith(config, { "old/litellm": { salt: "sk-1234" } });
    assert.equal(written(registered, "litellm-keys-salt-vault")["key"], "sk-1234");
  });

  it("is refused where the stack has generated one already", () => {
    const own = {
      ...vault,
      "litellm/test/keys/salt": { key: "generated" },
      "litellm/test/keys/master": { key: "sk-generated", version: "1" },
    };
    assert.deepEqual(problems(config, own), [
      "keys.master.importFrom: cannot import: this stack already has a master key in Vault, and another one comes from raising keys.master.version. Remove it.",
      "keys.salt.importFrom: cannot import: this stack already has a salt key in Vault, and what LiteLLM has stored may be encrypted with it. Remove it.",
    ]);
  });

  it("that was deleted in Vault is neither replaced nor imported once more", () => {
    const taken = { "litellm/test/keys/salt": { key: "taken over", importedFrom: "Vault old/litellm salt" } };
    const stored = storedOf(config, { ...vault, ...taken });
    stored.set("litellm/test/keys/master", { version: 3, properties: [], deleted: true });
    assert.deepEqual(
      preflightProblems(config, stored).map(({ message }) => message),
      [
        "the master key was deleted in Vault. Restore it with: vault kv undelete -mount=secret -versions=3 litellm/test/keys/master",
      ],
    );
  });

  it("is told when it is not where it should be", () => {
    assert.deepEqual(problems(config, {}), [
      "keys.salt.importFrom: Vault old/litellm salt is not in Vault (there is no such secret), must hold the key to import",
    ]);
    assert.deepEqual(problems(config, { "old/litellm": { other: "x", more: "y" } }), [
      "keys.salt.importFrom: Vault old/litellm salt is not in Vault (it has other, more), must hold the key to import",
    ]);
  });

  it("is looked for in Vault by the program, and not made readable for the cluster", async () => {
    assert.ok(allPaths(config).includes("old/litellm"));
    const registered = await recordWith(config, vault);
    assert.doesNotMatch(String(find(registered, "Policy", "litellm-vault-policy").inputs["policy"]), /old\/litellm/);
  });
});

describe("an import that cannot be", () => {
  const cases: readonly (readonly [title: string, change: Readonly<Record<string, unknown>>, expected: string])[] = [
    [
      "without a kind",
      { "keys.salt.importFrom": { path: "a", property: "b" } },
      "keys.salt.importFrom.kind: is missing, must be one of vault, secret",
    ],
    [
      "of an unknown kind",
      { "keys.master.importFrom": { kind: "file" } },
      "keys.master.importFrom.kind: must be one of vault, secret",
    ],
    [
      "of a Secret without a namespace",
      { "keys.salt.importFrom": { kind: "secret", name: "a", key: "b" } },
      "keys.salt.importFrom.namespace: is missing, must be a string",
    ],
    [
      "of a Secret by a path",
      { "keys.salt.importFrom": { ...fromSecret, path: "a" } },
      "keys.salt.importFrom.path: unknown key. Known keys: key, kind, name, namespace",
    ],
    [
      "of a key with a slash",
      { "keys.salt.importFrom": { ...fromSecret, key: "a/b" } },
      "keys.salt.importFrom.key: must be a key of a Secret: letters, digits, '-', '_' and '.'",
    ],
    [
      "of the dashboard's password",
      { "keys.ui.importFrom": fromVault },
      "keys.ui.importFrom: unknown key. Known keys: version",
    ],
    [
      "with a version of the salt key",
      { "keys.salt.version": 2 },
      "keys.salt.version: unknown key. Known keys: importFrom",
    ],
  ];
  for (const [title, change, expected] of cases) {
    it(`is refused: ${title}`, () => {
      assert.deepEqual(problemsOf(having(change)), [expected]);
    });
  }
});
