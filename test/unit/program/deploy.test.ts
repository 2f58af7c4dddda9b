import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { rawConfig } from "../../../program/configuration.ts";
import { deploy, loadConfig } from "../../../program/deploy.ts";
import { projectDirectory, rawStackConfig, smallest, validConfig } from "../../support/configs.ts";
import type { Raw } from "../../support/change.ts";
import { having } from "../../support/change.ts";
import { type FakeVault, fakeVault, subkeys } from "../../support/fake-vault.ts";
import { missingMessage } from "../../support/missing.ts";

const token = "hvs.hunter2hunter2";

describe("the program", () => {
  const variables = ["HOME", "VAULT_TOKEN", "VAULT_ADDR", "VAULT_NAMESPACE"];
  const environment = variables.map((name) => [name, process.env[name]] as const);
  let home = "";
  let registered: string[] = [];
  /** Ids of what is taken over, by name. */
  let imported: Record<string, string> = {};

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "litellm-platform-"));
    for (const name of variables) Reflect.deleteProperty(process.env, name);
    process.env["HOME"] = home;
    registered = [];
    imported = {};
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs, id = "" }) => {
          registered.push(`${type} ${name}`);
          if (id !== "") imported[name] = id;
          return { id: name, state: { ...(inputs as object), metadata: { version: "1" }, result: "made" } };
        },
        call: () => ({}),
      },
      "litellm-platform",
      "test",
      false,
    );
    // Pulumi's mocks do not know hooks.
    Object.assign(pulumi.runtime.getMonitor() ?? {}, {
      registerResourceHook: (_request: unknown, done: (error: null) => void) => {
        done(null);
      },
    });
  });
  afterEach(async () => {
    await pulumi.runtime.disconnect();
    pulumi.runtime.setAllConfig({});
    for (const [name, value] of environment) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(home, { recursive: true });
  });

  /** The configuration as Pulumi hands it over: objects as JSON, scalars as text. */
  function configure(raw: Raw, others: Readonly<Record<string, string>> = {}): void {
    const own = Object.entries(raw).map(([key, value]) => [
      `litellm-platform:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    pulumi.runtime.setAllConfig({ ...(Object.fromEntries(own) as Record<string, string>), ...others });
  }

  /** Fails with exactly this, as an error that Pulumi shows without a stack, before anything is registered. */
  async function refuses(expected: string | RegExp): Promise<void> {
    await assert.rejects(deploy(projectDirectory), (error: unknown) => {
      assert.ok(pulumi.RunError.isInstance(error), String(error));
      if (typeof expected === "string") assert.equal(error.message, expected);
      else assert.match(error.message, expected);
      assert.doesNotMatch(`${error.message} ${error.stack ?? ""}`, /hunter2/);
      return true;
    });
    await pulumi.runtime.disconnect();
    assert.deepEqual(registered, []);
  }

  describe("reads its configuration", () => {
    it("of objects, texts, numbers and truth values, and leaves out what is of others", () => {
      pulumi.runtime.setAllConfig({
        "litellm-platform:profile": "development",
        "litellm-platform:protect": "true",
        "litellm-platform:gateway": '{"host":"a.example.com"}',
        "litellm-platform:broken": "{not json",
        "litellm-platform-other:gateway": "{}",
        "kubernetes:context": "kind",
        "vault:token": token,
      });
      assert.deepEqual(rawConfig(pulumi.runtime.allConfig(), "litellm-platform"), {
        profile: "development",
        protect: true,
        gateway: { host: "a.example.com" },
        broken: "{not json",
      });
    });

    it("of the production stack with its models file, like the file itself", () => {
      configure(rawStackConfig("prod"));
      assert.deepEqual(loadConfig(projectDirectory), validConfig(rawStackConfig("prod"), "test"));
    });
  });

  describe("registers nothing", () => {
    it("when the configuration is wrong, and tells all of it", async () => {
      configure({
        ...having({
          profile: "staging",
          "gateway.host": "https://a",
          "models.file": "no-such-models.yaml",
          "models.list.0.litellm_params.api_key": "sk-hunter2",
        }),
        zone: "a",
      });
      await refuses(
        [
          "The configuration has 5 problems:",
          "  gateway.host: must be a host name without scheme, port or path, for example litellm.example.com",
          "  models.file: no-such-models.yaml does not exist, must be a YAML list of models",
          "  models.list[0].litellm_params.api_key: must be os.environ/NAME (the program puts NAME there from Vault); a literal secret is refused",
          "  profile: must be one of development, production",
          "  zone: unknown key. Known keys: cache, database, gateway, identity, keys, models, namespace, profile, protect, retain, routing, vault",
        ].join("\n"),
      );
    });

    it("when there is no configuration", async () => {
      await refuses(
        [
          "The configuration has 4 problems:",
          "  gateway.host: is missing, must be a string",
          "  models: has no model, must list at least one in list or file",
          "  profile: is missing, must be one of development, production",
          "  vault.address: is missing, must be a string",
        ].join("\n"),
      );
    });

    it("when there is no token for Vault", async () => {
      configure(smallest());
      await refuses(
        "vault: there is no token. Must be in VAULT_TOKEN, in the secret configuration vault:token, or from `vault login`",
      );
    });

    it("when resources would be written to another namespace of Vault than External Secrets reads", async () => {
      configure(having({ "vault.namespace": "platform" }), { "vault:token": token });
      process.env["VAULT_NAMESPACE"] = "team";
      await refuses(
        "vault: vault.namespace is platform and the namespace of the vault provider is team (vault:namespace, else VAULT_NAMESPACE), so External Secrets would not read what is written. Must be the same: pulumi config set vault:namespace platform",
      );
    });

    it("when Vault cannot be reached", async () => {
      const gone = await fakeVault({});
      await gone.close();
      configure(smallest(), { "vault:address": gone.address, "vault:token": token });
      await refuses(/^vault: Vault at http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
    });
  });

  describe("with a Vault", () => {
    let vault: FakeVault;
    afterEach(() => vault.close());

    it("registers nothing when a provider's key is missing there", async () => {
      vault = await fakeVault({});
      configure(smallest(), { "vault:address": vault.address, "vault:token": token });
      await refuses(
        [
          "The configuration has 1 problem:",
          `  models: ${missingMessage("OPENAI_API_KEY", "model gpt", { mount: "secret", path: "litellm/test/providers/openai", property: "api_key" })}`,
        ].join("\n"),
      );
    });

    it("registers nothing when Vault refuses", async () => {
      const forbidden = [403, { errors: [] }] as const;
      vault = await fakeVault({ "/v1/secret/subkeys/litellm/test/providers/openai": forbidden });
      configure(smallest(), { "vault:address": vault.address, "vault:token": token });
      await refuses(
        /^vault: Vault at http:\/\/127\.0\.0\.1:\d+ answers 403 for secret\/subkeys\/litellm\/test\/providers\/openai; the token needs read on /,
      );
    });

    const complete = { "/v1/secret/subkeys/litellm/test/providers/openai": subkeys(1, { api_key: null }) };

    const holding = (path: string, values: Record<string, string>) => ({
      [`/v1/secret/subkeys/litellm/test/${path}`]: subkeys(1, values),
      [`/v1/secret/data/litellm/test/${path}`]: [200, { data: { data: values } }] as const,
    });

    it("registers nothing over an empty salt key, or for an earlier version of the master key", async () => {
      const master = holding("keys/master", { key: "sk-hunter2", version: "10" });
      vault = await fakeVault({ ...complete, ...master, ...holding("keys/salt", { key: "" }) });
      configure(having({ "keys.master.version": 9 }), { "vault:address": vault.address, "vault:token": token });
      await refuses(
        [
          "The configuration has 2 problems:",
          "  keys.master.version: 9 is lower than that of the key in Vault and would make another one, must be 10 or higher",
          "  vault.path: the salt key at litellm/test/keys/salt in Vault is empty, must be put back",
        ].join("\n"),
      );
    });

    it("registers nothing when LiteLLM's public example is the master key", async () => {
      const master = holding("keys/master", { key: "sk-1234", version: "1" });
      vault = await fakeVault({ ...complete, ...master, ...holding("keys/salt", { key: "hunter2" }) });
      configure(smallest(), { "vault:address": vault.address, "vault:token": token });
      await refuses(
        [
          "The configuration has 1 problem:",
          "  keys.master.version: the master key at litellm/test/keys/master in Vault is sk-1234, LiteLLM's public example, with which no proxy starts, must be 2, for another key",
        ].join("\n"),
      );
    });

    it("deploys when all is there", async () => {
      vault = await fakeVault(complete);
      configure(smallest(), { "vault:address": vault.address, "vault:token": token });
      const outputs = await deploy(projectDirectory);
      await pulumi.runtime.disconnect();
      assert.equal(outputs?.url, "https://litellm.example.com");
      assert.ok(registered.includes("kubernetes:helm.sh/v3:Release litellm-gateway"));
    });

    describe("whose secrets engine the stack makes", () => {
      const noEngine = [404, { errors: ['no handler for route "kv/subkeys/x". route entry not found.'] }] as const;
      const paths = ["keys/master", "keys/salt", "keys/ui", "database", "cache", "providers/openai"];
      const without = Object.fromEntries(paths.map((path) => [`/v1/kv/subkeys/litellm/test/${path}`, noEngine]));
      const engine = "vault:index/mount:Mount litellm-secrets-engine";
      const own = { "vault.mount": "kv", "vault.engine": "managed" };
      const ofVault = () => ({ "vault:address": vault.address, "vault:token": token });

      it("makes that alone when it is missing, and ends with what must be put there", async () => {
        vault = await fakeVault(without);
        configure(having(own), ofVault());
        await assert.rejects(deploy(projectDirectory), (error: Error) => {
          assert.ok(pulumi.RunError.isInstance(error));
          assert.equal(
            error.message,
            [
              "the secrets engine is made first. Then put there what it must hold, and run up again:",
              "The configuration has 1 problem:",
              `  models: ${missingMessage("OPENAI_API_KEY", "model gpt", { mount: "kv", path: "litellm/test/providers/openai", property: "api_key" })}`,
            ].join("\n"),
          );
          return true;
        });
        assert.deepEqual(registered, [engine]);
      });

      it("makes it with all the rest when nothing must be put there", async () => {
        vault = await fakeVault(without);
        const model = { model_name: "own", litellm_params: { model: "ollama/own", api_base: "http://own" } };
        configure(having({ ...own, "models.list": [model] }), ofVault());
        await deploy(projectDirectory);
        await pulumi.runtime.disconnect();
        assert.ok(registered.includes(engine));
        assert.ok(registered.includes("kubernetes:helm.sh/v3:Release litellm-gateway"));
      });

      it("registers nothing when the engine is there and a key is not", async () => {
        vault = await fakeVault({});
        configure(having(own), ofVault());
        await refuses(/OPENAI_API_KEY \(model gpt\) is missing in Vault/);
      });

      const ours = {
        path: "kv/",
        type: "kv",
        options: { version: "2" },
        description: "Secrets of LiteLLM gateways",
      };
      const cases: Readonly<Record<string, readonly [answer: readonly [number, unknown], taken: boolean]>> = {
        "takes over what it has made before": [[200, { data: ours }], true],
        "takes over nothing of somebody else": [[200, { data: { ...ours, description: "theirs" } }], false],
        "takes over no engine of another kind": [[200, { data: { ...ours, options: null } }], false],
        "takes over no engine further up": [[200, { data: { ...ours, path: "k/" } }], false],
        "takes over nothing where Vault does not say": [[403, { errors: ["preflight capability check"] }], false],
      };
      for (const [title, [answer, taken]] of Object.entries(cases))
        it(title, async () => {
          const keys = { "/v1/kv/subkeys/litellm/test/providers/openai": subkeys(1, { api_key: null }) };
          vault = await fakeVault({ ...keys, "/v1/sys/internal/ui/mounts/kv": answer });
          configure(having(own), ofVault());
          await deploy(projectDirectory);
          await pulumi.runtime.disconnect();
          assert.ok(registered.includes(engine));
          assert.deepEqual(imported, taken ? { "litellm-secrets-engine": "kv" } : {});
        });

      it("is refused when the engine is not the stack's to make", async () => {
        vault = await fakeVault(without);
        configure(having({ "vault.mount": "kv" }), ofVault());
        await refuses(/has no KV version 2 engine at kv, or is no Vault$/);
      });
    });

    it("is what index.ts runs, and exports exactly the documented outputs", async () => {
      vault = await fakeVault(complete);
      configure(smallest(), { "vault:address": vault.address, "vault:token": token });
      const entry = await import("../../../index.ts");
      await pulumi.runtime.disconnect();
      assert.ok(registered.includes("kubernetes:helm.sh/v3:Release litellm-gateway"));
      const guide = readFileSync(join(projectDirectory, "docs", "consume.md"), "utf8");
      const documented = [...guide.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
      assert.deepEqual(Object.keys(entry.default ?? {}).sort(), documented.sort());
    });

    it("finds address and token in the environment, and the token of `vault login`", async () => {
      vault = await fakeVault(complete);
      configure(smallest());
      process.env["VAULT_ADDR"] = vault.address;
      writeFileSync(join(home, ".vault-token"), `${token}\n`);
      await deploy(projectDirectory);
      configure(having({ "vault.namespace": "team" }));
      process.env["VAULT_TOKEN"] = "from-environment";
      process.env["VAULT_NAMESPACE"] = "team";
      await deploy(projectDirectory).catch(() => undefined);
      const logins = vault.requests.map(({ headers }) => [headers["x-vault-token"], headers["x-vault-namespace"]]);
      assert.deepEqual([...new Set(logins.map(String))], [`${token},`, "from-environment,team"]);
    });

    it("finds them in the environment that it is given, whatever this process's own says", async () => {
      vault = await fakeVault(complete);
      configure(smallest());
      process.env["VAULT_TOKEN"] = "of-the-process";
      await deploy(projectDirectory, { VAULT_ADDR: vault.address, VAULT_TOKEN: "given" });
      const other = mkdtempSync(join(home, "other-"));
      writeFileSync(join(other, ".vault-token"), "logged-in");
      await deploy(projectDirectory, { VAULT_ADDR: vault.address, HOME: other });
      const logins = vault.requests.map(({ headers }) => headers["x-vault-token"]);
      assert.deepEqual([...new Set(logins)], ["given", "logged-in"]);
    });
  });
});
