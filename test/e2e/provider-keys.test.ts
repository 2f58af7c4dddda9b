import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  ProviderKeyError,
  type ProviderKeyOptions,
  VaultError,
  providerKeys,
  removeProviderKey,
  setProviderKey,
  verifyProviderKeys,
} from "../../automation/index.ts";
import { projectDirectory } from "../support/configs.ts";
import { type VaultServer, startVaultServer } from "./support/vault-server.ts";
import { missingMessage } from "../support/missing.ts";

const minute = 60_000;
const mount = "kv";
const path = "litellm/keys/providers/openai";
const values = {
  first: "sk-first-0123456789abcdef",
  second: "sk-second-0123456789abcdef",
  organization: "org-0123456789abcdef",
  anthropic: "sk-ant-0123456789abcdef",
};

/** What docs/operate.md says that an operator of providers' keys needs. */
const operator = `
path "kv/subkeys/litellm/keys/providers/*" { capabilities = ["read"] }
path "kv/data/litellm/keys/providers/*" { capabilities = ["create", "update", "patch", "delete"] }
path "kv/metadata/litellm/keys/providers" { capabilities = ["list"] }
`;

/** The life of providers' keys in a real Vault, told in order: each test begins where the last one ended. */
describe("providers' keys in a real Vault", function () {
  this.timeout(minute);
  this.bail(true);

  let vault: VaultServer;
  let token = "";
  /** Everything that the functions returned, threw or printed. */
  const told: unknown[] = [];

  before("start Vault", async function () {
    this.timeout(60 * minute);
    vault = await startVaultServer("provider-keys", mount);
    token = await vault.token({ operator });
  });
  after(() => vault.stop());

  function options(vaultToken = token): ProviderKeyOptions {
    const models = [
      { model_name: "gpt", litellm_params: { model: "openai/gpt-4o" } },
      { model_name: "claude", litellm_params: { model: "anthropic/claude-sonnet-4-5" } },
    ];
    return {
      stack: "keys",
      projectDirectory,
      config: {
        "litellm-platform:profile": "development",
        "litellm-platform:vault": { address: vault.address, mount },
        "litellm-platform:gateway": { host: "litellm.example.com" },
        "litellm-platform:models": { list: models },
      },
      environment: { VAULT_ADDR: vault.address, VAULT_TOKEN: vaultToken, VAULT_NAMESPACE: "", VAULT_CACERT: "" },
    };
  }

  async function heard<Result>(asked: Promise<Result>): Promise<Result> {
    const streams = [process.stdout, process.stderr];
    const writes = streams.map((stream) => stream.write.bind(stream));
    for (const stream of streams) stream.write = (text) => told.push(String(text)) > 0;
    try {
      const result = await asked;
      told.push(result);
      return result;
    } catch (error) {
      told.push(error);
      throw error;
    } finally {
      for (const [index, write] of writes.entries()) Object.assign(streams[index] ?? {}, { write });
    }
  }

  const verify = async () => (await heard(verifyProviderKeys(options()))).map(({ message }) => message);

  /** What an administrator finds in one version. */
  async function version(number: number): Promise<Readonly<Record<string, string>> | null> {
    const answer = await vault.admin.call("GET", `${mount}/data/${path}?version=${number}`);
    return (answer as { data: { data: Record<string, string> | null } }).data.data;
  }

  it("are all missing at first, each with the command that puts it there", async () => {
    assert.deepEqual(await verify(), [
      missingMessage("ANTHROPIC_API_KEY", "model claude", {
        mount: "kv",
        path: "litellm/keys/providers/anthropic",
        property: "api_key",
      }),
      missingMessage("OPENAI_API_KEY", "model gpt", { mount: "kv", path, property: "api_key" }),
    ]);
    const { needed, unneeded } = await heard(providerKeys(options()));
    assert.deepEqual(
      needed.map(({ variable, present, version: newest }) => [variable, present, newest]),
      [
        ["ANTHROPIC_API_KEY", false, undefined],
        ["OPENAI_API_KEY", false, undefined],
      ],
    );
    assert.deepEqual(unneeded, []);
  });

  it("are set, and set again beside other values, with all that was before kept", async () => {
    const openai = { variable: "OPENAI_API_KEY" };
    const organization = { credential: "openai", property: "organization" };
    const written = [
      await heard(setProviderKey(options(), openai, `${values.first}\n`)),
      await heard(setProviderKey(options(), organization, values.organization)),
      await heard(setProviderKey(options(), openai, values.second)),
    ];
    assert.deepEqual(
      written.map((key) => [key.path, key.property, key.version, key.models]),
      [
        [path, "api_key", 1, ["gpt"]],
        [path, "organization", 2, []],
        [path, "api_key", 3, ["gpt"]],
      ],
    );
    assert.deepEqual(await version(1), { api_key: values.first });
    assert.deepEqual(await version(2), { api_key: values.first, organization: values.organization });
    assert.deepEqual(await version(3), { api_key: values.second, organization: values.organization });
  });

  it("are all there when the last one is set", async () => {
    assert.equal((await verify()).length, 1);
    await heard(setProviderKey(options(), { variable: "ANTHROPIC_API_KEY" }, values.anthropic));
    assert.deepEqual(await verify(), []);
  });

  it("are listed with their versions, and so is what no model needs", async () => {
    await vault.admin.write(mount, "litellm/keys/providers/mistral", { api_key: values.first });
    const { needed, unneeded } = await heard(providerKeys(options()));
    assert.deepEqual(
      needed.map(({ variable, present, version: newest }) => [variable, present, newest]),
      [
        ["ANTHROPIC_API_KEY", true, 1],
        ["OPENAI_API_KEY", true, 3],
      ],
    );
    assert.deepEqual(
      unneeded.map(({ credential, properties, version: newest }) => [credential, properties, newest]),
      [
        ["mistral", ["api_key"], 1],
        ["openai", ["organization"], 3],
      ],
    );
  });

  it("are removed only when no model needs them or by force, and can be brought back", async () => {
    await assert.rejects(heard(removeProviderKey(options(), { credential: "openai" })), ProviderKeyError);
    const organization = { credential: "openai", property: "organization" };
    assert.equal(
      (await heard(removeProviderKey(options(), organization))).restore,
      `vault kv rollback -mount=kv -version=3 ${path}`,
    );
    assert.deepEqual(await version(3), { api_key: values.second, organization: values.organization });
    assert.deepEqual(await vault.admin.read(mount, path), { api_key: values.second });

    const removed = await heard(removeProviderKey(options(), { variable: "OPENAI_API_KEY" }, { force: true }));
    assert.equal(removed.restore, `vault kv undelete -mount=kv -versions=4 ${path}`);
    assert.equal(await vault.admin.read(mount, path), undefined);
    assert.deepEqual(await verify(), [
      missingMessage("OPENAI_API_KEY", "model gpt", { mount: "kv", path, property: "api_key" }),
    ]);
    assert.equal(
      (await heard(providerKeys(options()))).needed.find(({ models }) => models[0] === "gpt")?.deleted,
      true,
    );
    assert.deepEqual(await version(1), { api_key: values.first });

    await vault.admin.restore(mount, path, removed.version);
    assert.deepEqual(await verify(), []);
    assert.deepEqual(await vault.admin.read(mount, path), { api_key: values.second });
  });

  it("are set anew after a removal, as a version of its own", async () => {
    await heard(removeProviderKey(options(), { credential: "openai" }, { force: true }));
    const { version: newest } = await heard(setProviderKey(options(), { variable: "OPENAI_API_KEY" }, values.first));
    assert.equal(newest, 5);
    assert.deepEqual(await vault.admin.read(mount, path), { api_key: values.first });
  });

  it("are set with a token that may read and update in place of patching, too", async () => {
    const reader = operator.replace('"patch"', '"read"');
    const other = await vault.token({ reader });
    await heard(
      setProviderKey(options(other), { credential: "openai", property: "organization" }, values.organization),
    );
    assert.deepEqual(await version(6), { api_key: values.first, organization: values.organization });
  });

  it("cannot be read with the token that sets them, nor can what belongs to another stack be touched", async () => {
    const call = (method: string, secret: string) =>
      fetch(`${vault.address}/v1/${mount}/${secret}`, { method, headers: { "X-Vault-Token": token } });
    assert.equal((await call("GET", `data/${path}`)).status, 403);
    assert.equal((await call("GET", `data/${path}?version=1`)).status, 403);
    const neighbour = { ...options(), stack: "neighbour" };
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => verifyProviderKeys(neighbour),
      () => providerKeys(neighbour),
      () => setProviderKey(neighbour, { variable: "OPENAI_API_KEY" }, values.first),
      () => removeProviderKey(neighbour, { credential: "openai" }, { force: true }),
    ];
    for (const attempt of attempts) {
      await assert.rejects(heard(attempt()), (error: unknown) => error instanceof VaultError && error.status === 403);
    }
    assert.equal(await vault.admin.read(mount, "litellm/neighbour/providers/openai"), undefined);
  });

  it("are nowhere in what is returned, thrown, printed or logged", async () => {
    await assert.rejects(
      heard(setProviderKey(options(), { variable: "OPENAI_API_KEY" }, `${values.first} ${values.second}`)),
      ProviderKeyError,
    );
    const printed = told.map((one) => inspect(one, { depth: 9, showHidden: true })).join("\n");
    assert.match(printed, /api_key/);
    const log = readdirSync(vault.logDirectory).map((file) => readFileSync(join(vault.logDirectory, file), "utf8"));
    assert.ok(log.join("").length > 0);
    for (const text of [printed, ...log])
      for (const secret of [token, ...Object.values(values)]) assert.ok(!text.includes(secret));
  });
});
