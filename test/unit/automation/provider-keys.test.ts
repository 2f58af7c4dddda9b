import assert from "node:assert/strict";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  ConfigurationError,
  ProviderKeyError,
  type ProviderKeyName,
  type ProviderKeyOptions,
  VaultError,
  providerKeys,
  removeProviderKey,
  setProviderKey,
  verifyProviderKeys,
} from "../../../automation/index.ts";
import { type KvServer, kvServer } from "../../support/kv-server.ts";
import type { Received } from "../../support/loopback.ts";
import { having } from "../../support/change.ts";
import { missingMessage } from "../../support/missing.ts";

const value = "sk-hunter2hunter2";
const at = (credential: string) => `litellm/team/providers/${credential}`;
const openai = at("openai");

const models = [
  { model_name: "gpt", litellm_params: { model: "openai/gpt-4o" } },
  { model_name: "gpt-mini", litellm_params: { model: "openai/gpt-4o-mini" } },
  { model_name: "claude", litellm_params: { model: "bedrock/claude", aws_region_name: "eu-central-1" } },
  { model_name: "gemini", litellm_params: { model: "vertex_ai/gemini", vertex_project: "p", vertex_location: "l" } },
  { model_name: "own", litellm_params: { model: "openai/own", api_key: "os.environ/TEAM_KEY" } },
];
const vaultPaths = { TEAM_KEY: { credential: "team", property: "header" } };

describe("providers' keys", () => {
  let vault: KvServer;
  /** Answered instead of what the store says, by what was asked. */
  let before: (request: Received) => number | undefined;
  beforeEach(async () => {
    before = () => undefined;
    vault = await kvServer((request) => before(request));
  });
  afterEach(() => vault.close());

  function options(changes: Readonly<Record<string, unknown>> = {}): ProviderKeyOptions {
    const raw = having({ "models.list": models, "models.vaultPaths": vaultPaths, ...changes });
    return {
      stack: "team",
      projectDirectory: import.meta.dirname,
      config: {
        ...Object.fromEntries(Object.entries(raw).map(([key, part]) => [`litellm-platform:${key}`, part])),
        "vault:address": vault.address,
        "kubernetes:context": "kind",
      },
      // Whatever this process's own environment says.
      environment: {
        VAULT_TOKEN: "hvs.hunter2",
        VAULT_ADDR: "http://127.0.0.1:1",
        VAULT_NAMESPACE: "",
        VAULT_CACERT: "",
      },
    };
  }

  async function refuses(
    attempt: Promise<unknown>,
    kind: new (...args: never[]) => Error,
    expected: string,
  ): Promise<void> {
    await assert.rejects(attempt, (error: unknown) => {
      assert.ok(error instanceof kind, inspect(error));
      assert.equal(error.message, expected);
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter2/);
      return true;
    });
  }

  const asked = () => vault.requests.map(({ method, url }) => `${method} ${url}`);
  const newest = (path: string) => vault.versions(path).at(-1)?.values;

  it("are reached with what the configuration marks as secret, too", async () => {
    const { config, ...others } = options();
    const secret = { "vault:token": { value: "hvs.marked", secret: true } };
    await providerKeys({ ...others, config: { ...config, ...secret } });
    assert.deepEqual([...new Set(vault.requests.map(({ headers }) => headers["x-vault-token"]))], ["hvs.marked"]);
  });

  describe("are listed", () => {
    it("with who needs them, where they stand, and whether they are there; never with a value", async () => {
      vault.put(openai, { api_key: "old" });
      vault.put(openai, { api_key: value, organization: "hunter2" });
      vault.put(at("aws"), { access_key_id: value });
      vault.put(at("team"), { header: value });
      vault.remove(at("team"));
      vault.put(at("mistral"), { api_key: value });
      vault.put(at("groq"), { api_key: value });
      vault.remove(at("groq"));
      vault.put(at("folder/inside"), { api_key: value });
      vault.put("litellm/other/providers/xai", { api_key: value });
      const keys = await providerKeys(options());
      const missing = { present: false, version: undefined, deleted: false };
      const aws = { models: ["claude"], path: at("aws"), version: 1, deleted: false };
      assert.deepEqual(keys, {
        needed: [
          { variable: "AWS_ACCESS_KEY_ID", property: "access_key_id", present: true, ...aws },
          { variable: "AWS_SECRET_ACCESS_KEY", property: "secret_access_key", present: false, ...aws },
          {
            variable: "OPENAI_API_KEY",
            models: ["gpt", "gpt-mini"],
            path: openai,
            property: "api_key",
            present: true,
            version: 2,
            deleted: false,
          },
          {
            variable: "TEAM_KEY",
            models: ["own"],
            path: at("team"),
            property: "header",
            present: false,
            version: 1,
            deleted: true,
          },
          {
            variable: "VERTEX_CREDENTIALS",
            models: ["gemini"],
            path: at("vertex-ai"),
            property: "credentials",
            ...missing,
          },
        ],
        unneeded: [
          { credential: "groq", path: at("groq"), properties: [], version: 1, deleted: true },
          { credential: "mistral", path: at("mistral"), properties: ["api_key"], version: 1, deleted: false },
          { credential: "openai", path: openai, properties: ["organization"], version: 2, deleted: false },
        ],
      });
      assert.deepEqual(
        asked().filter((line) => !/^GET \/v1\/secret\/(subkeys|metadata)\//.test(line)),
        [],
      );
      assert.ok(vault.requests.every(({ headers }) => headers["x-vault-token"] === "hvs.hunter2"));
    });

    it("where there are none yet", async () => {
      const { needed, unneeded } = await providerKeys(options());
      assert.deepEqual(
        needed.map(({ present }) => present),
        [false, false, false, false, false],
      );
      assert.deepEqual(unneeded, []);
    });

    it("in the namespace and below the mount and path of the configuration", async () => {
      await providerKeys(options({ "vault.namespace": "ns", "vault.mount": "kv/ai", "vault.path": "a/b" }));
      assert.equal(asked()[0], "GET /v1/kv/ai/metadata/a/b/providers?list=true");
      assert.ok(vault.requests.every(({ headers }) => headers["x-vault-namespace"] === "ns"));
    });

    it("only where the token may", async () => {
      before = ({ url }) => (url.includes("/metadata/") ? 403 : undefined);
      const path = "secret/metadata/litellm/team/providers";
      await refuses(
        providerKeys(options()),
        VaultError,
        `Vault at ${vault.address} answers 403 for ${path}; the token needs list on ${path}`,
      );
    });
  });

  describe("are set", () => {
    it("where nothing is yet, by variable or by place", async () => {
      assert.deepEqual(await setProviderKey(options(), { variable: "OPENAI_API_KEY" }, `${value}\n`), {
        path: openai,
        property: "api_key",
        version: 1,
        models: ["gpt", "gpt-mini"],
      });
      assert.deepEqual(vault.versions(openai), [{ values: { api_key: value }, deleted: false }]);
      const place = { credential: "openai", property: "organization" };
      assert.deepEqual(await setProviderKey(options(), place, "org\r\n"), {
        path: openai,
        property: "organization",
        version: 2,
        models: [],
      });
      assert.deepEqual(newest(openai), { api_key: value, organization: "org" });
    });

    it("where the configuration puts a variable, where its provider does, or where the rule does", async () => {
      const places: string[][] = [];
      for (const variable of ["TEAM_KEY", "AWS_SECRET_ACCESS_KEY", "AZURE_EAST_API_BASE", "TOKEN"]) {
        const { path, property } = await setProviderKey(options(), { variable }, value);
        places.push([path, property]);
      }
      assert.deepEqual(places, [
        [at("team"), "header"],
        [at("aws"), "secret_access_key"],
        [at("azure-east"), "api_base"],
        [at("token"), "value"],
      ]);
    });

    it("beside what is there, which is never read, and earlier versions stay", async () => {
      vault.put(openai, { api_key: "old", organization: "org", numbers: [1] });
      assert.equal((await setProviderKey(options(), { variable: "OPENAI_API_KEY" }, value)).version, 2);
      assert.deepEqual(
        vault.versions(openai).map(({ values }) => values),
        [
          { api_key: "old", organization: "org", numbers: [1] },
          { api_key: value, organization: "org", numbers: [1] },
        ],
      );
      assert.deepEqual(asked(), [`GET /v1/secret/subkeys/${openai}`, `PATCH /v1/secret/data/${openai}`]);
    });

    it("as the next version where the last one was deleted", async () => {
      vault.put(openai, { api_key: "old", organization: "org" });
      vault.remove(openai);
      assert.equal((await setProviderKey(options(), { variable: "OPENAI_API_KEY" }, value)).version, 2);
      assert.deepEqual(newest(openai), { api_key: value });
    });

    for (const status of [403, 405]) {
      it(`by reading and writing where a patch is answered with ${status}`, async () => {
        before = ({ method }) => (method === "PATCH" ? status : undefined);
        vault.put(openai, { api_key: "old", organization: "org" });
        await setProviderKey(options(), { variable: "OPENAI_API_KEY" }, value);
        assert.deepEqual(newest(openai), { api_key: value, organization: "org" });
        assert.deepEqual(vault.requests.at(-1)?.body, {
          options: { cas: 1 },
          data: { api_key: value, organization: "org" },
        });
      });
    }

    it("without loss when somebody else writes the same secret meanwhile, by either way", async () => {
      for (const patch of [true, false]) {
        const path = patch ? openai : at("aws");
        const name = { variable: patch ? "OPENAI_API_KEY" : "AWS_ACCESS_KEY_ID" };
        let others = 2;
        vault.put(path, { theirs: 0 });
        before = ({ method }) => {
          if (method === "PATCH" && !patch) return 403;
          if ((method === "PATCH" || method === "POST") && others > 0) vault.put(path, { theirs: others-- });
          return undefined;
        };
        const { property, version } = await setProviderKey(options(), name, value);
        assert.deepEqual([version, newest(path)], [4, { theirs: 1, [property]: value }]);
      }
    });

    it("not for ever against somebody who keeps writing", async () => {
      vault.put(openai, {});
      before = ({ method }) => {
        if (method === "PATCH") vault.put(openai, {});
        return undefined;
      };
      await refuses(
        setProviderKey(options(), { variable: "OPENAI_API_KEY" }, value),
        VaultError,
        `Vault at ${vault.address} answers 400 for secret/data/${openai}`,
      );
      assert.equal(asked().filter((line) => line.startsWith("PATCH")).length, 3);
    });

    it("only where the token may, and the refusal says what it needs", async () => {
      const needs = (capabilities: string) =>
        `Vault at ${vault.address} answers 403 for secret/data/${openai}; the token needs ${capabilities} on secret/data/${openai}`;
      before = ({ url }) => (url.includes("/data/") ? 403 : undefined);
      const set = () => setProviderKey(options(), { variable: "OPENAI_API_KEY" }, value);
      await refuses(set(), VaultError, needs("create and update"));
      vault.put(openai, { api_key: "old" });
      await refuses(set(), VaultError, needs("patch, or read and update,"));
    });

    it("only with a value that can be one, and nothing is sent otherwise", async () => {
      const refused = async (text: string, problem: string, name?: ProviderKeyName) =>
        refuses(
          setProviderKey(options(), name ?? { variable: "OPENAI_API_KEY" }, text),
          ProviderKeyError,
          `${name === undefined ? `api_key of ${openai}` : `credentials of ${at("vertex-ai")}`}: the value ${problem}`,
        );
      for (const empty of ["", "\n", " ", "\t\r\n"]) await refused(empty, "must not be empty");
      for (const broken of [
        ` ${value}`,
        `${value} `,
        `${value}\n\n`,
        `${value}\n${value}`,
        `${value}\u0000`,
        "a\u200bb",
      ])
        await refused(broken, "must have no white space and no control characters");
      const vertex = { variable: "VERTEX_CREDENTIALS" };
      await refused(" \n", "must not be empty", vertex);
      await refused(`{"a":\n"${value}\u0007"}`, "must have no control characters but tabs and line breaks", vertex);
      assert.deepEqual(asked(), []);
    });

    it("with several lines where they may have them", async () => {
      const json = JSON.stringify({ type: "service_account", private_key: `-----BEGIN\n${value}` }, undefined, "\t");
      await setProviderKey(options(), { variable: "VERTEX_CREDENTIALS" }, `${json}\n`);
      assert.deepEqual(newest(at("vertex-ai")), { credentials: json });
      await setProviderKey(options(), { credential: "oci", property: "pem" }, "a\r\nb\n", { multiLine: true });
      assert.deepEqual(newest(at("oci")), { pem: "a\r\nb" });
      await refuses(
        setProviderKey(options(), { variable: "VERTEX_CREDENTIALS" }, json, { multiLine: false }),
        ProviderKeyError,
        `credentials of ${at("vertex-ai")}: the value must have no white space and no control characters`,
      );
    });
  });

  describe("are verified", () => {
    it("by what a preview would say of them, and of nothing else", async () => {
      vault.put(openai, { api_key: value });
      vault.put(at("aws"), { access_key_id: value });
      vault.put(at("team"), { header: value });
      vault.remove(at("team"));
      const store = { bucket: "backups", endpoint: "https://s3.example.com" };
      const backup = { "database.backup": { mode: "objectStore", schedule: "0 30 1 * * *", retention: "4w", store } };
      assert.deepEqual(await verifyProviderKeys(options(backup)), [
        {
          path: "models",
          message: missingMessage("AWS_SECRET_ACCESS_KEY", "model claude", {
            verb: "patch",
            path: at("aws"),
            property: "secret_access_key",
          }),
        },
        { path: "models", message: missingMessage("TEAM_KEY", "model own", { path: at("team"), property: "header" }) },
        {
          path: "models",
          message: missingMessage("VERTEX_CREDENTIALS", "model gemini", {
            path: at("vertex-ai"),
            property: "credentials",
          }),
        },
      ]);
      assert.deepEqual(
        asked().sort(),
        ["aws", "openai", "team", "vertex-ai"].map((name) => `GET /v1/secret/subkeys/${at(name)}`),
      );
    });

    it("to be all there", async () => {
      for (const { variable } of (await providerKeys(options())).needed)
        await setProviderKey(options(), { variable }, value);
      assert.deepEqual(await verifyProviderKeys(options()), []);
      assert.ok((await providerKeys(options())).needed.every(({ present }) => present));
    });
  });

  describe("are removed", () => {
    it("one by one, beside the others and with their history", async () => {
      vault.put(at("azure"), { api_key: value, api_base: "https://a" });
      assert.deepEqual(await removeProviderKey(options(), { credential: "azure", property: "api_base" }), {
        path: at("azure"),
        properties: ["api_base"],
        version: 1,
        restore: `vault kv rollback -mount=secret -version=1 ${at("azure")}`,
      });
      assert.deepEqual(vault.versions(at("azure")), [
        { values: { api_key: value, api_base: "https://a" }, deleted: false },
        { values: { api_key: value }, deleted: false },
      ]);
      assert.deepEqual(await removeProviderKey(options(), { variable: "AZURE_API_KEY" }), {
        path: at("azure"),
        properties: ["api_key"],
        version: 2,
        restore: `vault kv undelete -mount=secret -versions=2 ${at("azure")}`,
      });
      assert.deepEqual(vault.versions(at("azure")).at(-1), { values: { api_key: value }, deleted: true });
      assert.ok(!asked().some((line) => line.startsWith("GET /v1/secret/data/")));
    });

    it("by reading and writing where a patch is refused", async () => {
      before = ({ method }) => (method === "PATCH" ? 403 : undefined);
      vault.put(at("azure"), { api_key: value, api_base: "https://a" });
      await removeProviderKey(options(), { credential: "azure", property: "api_base" });
      assert.deepEqual(newest(at("azure")), { api_key: value });
    });

    it("with a whole credential", async () => {
      vault.put(at("azure"), { api_key: value, api_base: "https://a" });
      assert.deepEqual(await removeProviderKey(options(), { credential: "azure" }), {
        path: at("azure"),
        properties: ["api_base", "api_key"],
        version: 1,
        restore: `vault kv undelete -mount=secret -versions=1 ${at("azure")}`,
      });
      assert.deepEqual(
        vault.versions(at("azure")).map(({ deleted }) => deleted),
        [true],
      );
    });

    it("not while models need them, unless by force", async () => {
      vault.put(openai, { api_key: value, organization: "org" });
      vault.put(at("aws"), { access_key_id: value, secret_access_key: value });
      const needed = (what: string, users: string, variables: string) =>
        `${what}: is needed by ${users} of stack team (${variables}), is removed only by force`;
      await refuses(
        removeProviderKey(options(), { variable: "OPENAI_API_KEY" }),
        ProviderKeyError,
        needed(`api_key of ${openai}`, "models gpt, gpt-mini", "OPENAI_API_KEY"),
      );
      await refuses(
        removeProviderKey(options(), { credential: "openai" }, { force: false }),
        ProviderKeyError,
        needed(openai, "models gpt, gpt-mini", "OPENAI_API_KEY"),
      );
      await refuses(
        removeProviderKey(options(), { credential: "aws" }),
        ProviderKeyError,
        needed(at("aws"), "model claude", "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
      );
      assert.deepEqual(asked(), []);
      await removeProviderKey(options(), { credential: "openai", property: "organization" });
      assert.deepEqual(newest(openai), { api_key: value });
      await removeProviderKey(options(), { variable: "OPENAI_API_KEY" }, { force: true });
      assert.equal(vault.versions(openai).at(-1)?.deleted, true);
    });

    it("not while raw settings of LiteLLM need them", async () => {
      const raw = { guardrails: [{ litellm_params: { api_key: "os.environ/LAKERA_API_KEY" } }] };
      const withRaw = options({ "gateway.proxyConfig": raw });
      vault.put(at("lakera"), { api_key: value });
      const { needed, unneeded } = await providerKeys(withRaw);
      assert.deepEqual(
        needed.filter(({ path }) => path === at("lakera")).map(({ variable, models: users }) => [variable, users]),
        [["LAKERA_API_KEY", []]],
      );
      assert.deepEqual(unneeded, []);
      await assert.rejects(removeProviderKey(withRaw, { variable: "LAKERA_API_KEY" }), {
        message: /: is needed by gateway\.proxyConfig of stack team \(LAKERA_API_KEY\), is removed only by force$/,
      });
    });

    it("not while a guardrail needs them", async () => {
      vault.put(at("lakera"), { api_key: value });
      const params = { guardrail: "lakera_v2", mode: "pre_call", api_key: "os.environ/LAKERA_API_KEY" };
      const guardrails = [{ guardrail_name: "injection", litellm_params: params }];
      await refuses(
        removeProviderKey(options({ "models.guardrails": guardrails }), { variable: "LAKERA_API_KEY" }),
        ProviderKeyError,
        `api_key of ${at("lakera")}: is needed by guardrail injection of stack team (LAKERA_API_KEY), is removed only by force`,
      );
    });

    it("only where there is something to remove", async () => {
      vault.put(at("azure"), { api_key: value });
      vault.put(at("groq"), { api_key: value });
      vault.remove(at("groq"));
      const gone = (what: string) => `${what}: is not in Vault`;
      const remove = (name: Parameters<typeof removeProviderKey>[1]) => removeProviderKey(options(), name);
      await refuses(remove({ variable: "AZURE_API_BASE" }), ProviderKeyError, gone(`api_base of ${at("azure")}`));
      await refuses(remove({ credential: "mistral" }), ProviderKeyError, gone(at("mistral")));
      await refuses(remove({ credential: "groq" }), ProviderKeyError, gone(at("groq")));
      await refuses(remove({ variable: "GROQ_API_KEY" }), ProviderKeyError, gone(`api_key of ${at("groq")}`));
      assert.ok(asked().every((line) => line.startsWith("GET ")));
    });

    it("only where the token may", async () => {
      vault.put(at("azure"), { api_key: value });
      before = ({ method }) => (method === "DELETE" ? 403 : undefined);
      const path = `secret/data/${at("azure")}`;
      await refuses(
        removeProviderKey(options(), { credential: "azure" }),
        VaultError,
        `Vault at ${vault.address} answers 403 for ${path}; the token needs delete on ${path}`,
      );
    });
  });

  describe("take their stack", () => {
    it("from settings as Pulumi keeps them, too, and from a models file", async () => {
      const { config, ...rest } = options();
      const texts = Object.entries(config).map(([key, part]) => [
        key,
        typeof part === "string" ? part : JSON.stringify(part),
      ]);
      assert.deepEqual(
        (await providerKeys({ ...rest, config: Object.fromEntries(texts) as Record<string, string> })).needed.length,
        5,
      );
      const repository = join(import.meta.dirname, "..", "..", "..");
      const withFile = { ...options({ "models.file": "models.example.yaml" }), projectDirectory: repository };
      assert.ok((await providerKeys(withFile)).needed.length > 5);
    });

    it("only when it is allowed, with every problem at once and before Vault is asked", async () => {
      const wrong = options({ "gateway.host": "https://a", "models.file": "no-such-models.yaml" });
      await refuses(
        verifyProviderKeys(wrong),
        ConfigurationError,
        [
          "The configuration has 2 problems:",
          "  gateway.host: must be a host name without scheme, port or path, for example litellm.example.com",
          "  models.file: no-such-models.yaml does not exist, must be a YAML list of models",
        ].join("\n"),
      );
      assert.deepEqual(asked(), []);
    });

    it("and names that lead nowhere else in Vault", async () => {
      const credential =
        "credential: must be one segment of a Vault path: letters, digits, '_', '-' and '.', not starting with '.'";
      for (const name of ["../keys", "..", ".", "a/b", "", "a?b", "a%2f"]) {
        await refuses(removeProviderKey(options(), { credential: name }), ProviderKeyError, credential);
        await refuses(
          setProviderKey(options(), { credential: name, property: "api_key" }, value),
          ProviderKeyError,
          credential,
        );
      }
      await refuses(
        setProviderKey(options(), { credential: "openai", property: "" }, value),
        ProviderKeyError,
        "property: must not be empty",
      );
      const whole = { credential: "openai", property: undefined } as unknown as ProviderKeyName;
      await refuses(removeProviderKey(options(), whole), ProviderKeyError, "property: must not be empty");
      await refuses(
        setProviderKey(options(), { variable: "openai" }, value),
        ProviderKeyError,
        "variable: must be an environment variable name: capitals, digits and '_'",
      );
      assert.deepEqual(asked(), []);
    });
  });
});
