import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { withModelsFile } from "../../../config/load.ts";
import type { Mode } from "../../../config/model-info.ts";
import type { Model } from "../../../config/models.ts";
import { parseConfig } from "../../../config/parse.ts";
import { deploymentId, modelList } from "../../../litellm/models/catalogue.ts";
import { checks } from "../../../litellm/checks.ts";
import { healthCheckInfo, uncheckable } from "../../../litellm/models/health-checks.ts";
import { credentialList, providers, requiredVariables } from "../../../litellm/models/providers.ts";
import { proxyConfig, proxyConfigYaml } from "../../../litellm/proxy/config.ts";
import { leavesOf } from "../../../litellm/shared/references.ts";
import { problemsOf, smallest, validConfig } from "../../support/configs.ts";
import { exampleConfig, exampleNames, rawExample } from "../../support/examples.ts";
import { having } from "../../support/change.ts";

const modelsOf = (models: object) => validConfig({ ...smallest(), models }).models;
const deployment = (name: string, model: string, params: object = {}) => ({
  model_name: name,
  litellm_params: { model, ...params },
});

describe("a health check", () => {
  const model = (name: string, mode?: Mode, more: Partial<Model["model_info"]> = {}, params: object = {}): Model => ({
    model_name: "name",
    litellm_params: { model: name, ...params },
    ...(mode === undefined && Object.keys(more).length === 0
      ? {}
      : { model_info: { ...(mode === undefined ? {} : { mode }), ...more } }),
  });
  const disabled: Readonly<Record<string, Model>> = {
    "a realtime model": model("azure/gpt-realtime", "realtime"),
    "an audio chat model by its name": model("azure/gpt-audio"),
    "a small one": model("openai/gpt-audio-mini", "chat"),
    "an older one": model("openai/gpt-4o-mini-audio-preview"),
    "one of a name of its own, by its base model": model("azure/talk", "chat", { base_model: "azure/gpt-audio" }),
    "one that says that it speaks": model("hosted_vllm/talker", "chat", { supports_audio_output: true }),
    "one that is asked for audio": model("openai/x", "chat", {}, { modalities: ["text", "audio"] }),
    "an embedding model of Azure AI": model("azure_ai/cohere-embed-v-4-0", "embedding"),
  };
  for (const [title, deployed] of Object.entries(disabled))
    it(`leaves out ${title}`, () => {
      assert.deepEqual(healthCheckInfo(deployed), { disable_background_health_check: true });
    });

  const enabled: Readonly<Record<string, Model>> = {
    "a chat model": model("openai/gpt-4o", "chat"),
    "a model without a mode": model("openai/gpt-4o"),
    "an embedding model of Azure OpenAI": model("azure/text-embedding-3-small", "embedding"),
    "a chat model of Azure AI": model("azure_ai/phi-4", "chat"),
    "a speech model": model("openai/tts-1", "audio_speech", { supports_audio_output: true }),
    "a transcription model": model("openai/gpt-4o-transcribe", "audio_transcription"),
    "a model whose name only contains the word": model("hosted_vllm/audiobooks-7b", "chat"),
  };
  for (const [title, deployed] of Object.entries(enabled))
    it(`includes ${title}`, () => {
      assert.deepEqual(healthCheckInfo(deployed), {});
    });

  it("is what a deployment says, whatever the rule", () => {
    const info = { mode: "realtime" as const, disable_background_health_check: false };
    const [first] = modelList(modelsOf({ list: [{ ...deployment("a", "openai/gpt-realtime"), model_info: info }] }));
    assert.equal(first?.model_info.disable_background_health_check, false);
  });

  it("has a reason for each kind that it leaves out", () => {
    for (const { kind, reason } of uncheckable) {
      assert.match(kind, /\w/);
      assert.match(reason, /\w \w/);
    }
  });

  it("never runs in the background by itself, nor over what it cannot check", () => {
    const { general_settings: settings } = proxyConfig(validConfig(smallest()));
    assert.equal(settings.background_health_checks, false);
    assert.equal(settings.health_check_skip_disabled_background_models, true);
  });
});

describe("a named credential", () => {
  const valuesOf = (models: object) => credentialList(modelsOf(models)).map((entry) => entry.credential_values);

  it("takes its key by its name, as the provider of its models wants it", () => {
    const credentials = ["azure-east", "aws-eu", "vertex-eu"].map((name) => ({ credential_name: name }));
    const list = [
      deployment("a", "azure/a", { litellm_credential_name: "azure-east", api_base: "https://a.example.com" }),
      deployment("b", "bedrock/b", { litellm_credential_name: "aws-eu" }),
      deployment("c", "vertex_ai/c", { litellm_credential_name: "vertex-eu" }),
    ];
    assert.deepEqual(valuesOf({ list, credentials }), [
      { api_key: "os.environ/AZURE_EAST_API_KEY" },
      {
        aws_access_key_id: "os.environ/AWS_EU_ACCESS_KEY_ID",
        aws_secret_access_key: "os.environ/AWS_EU_SECRET_ACCESS_KEY",
      },
      { vertex_credentials: "os.environ/VERTEX_EU_CREDENTIALS" },
    ]);
    assert.deepEqual(
      requiredVariables(modelsOf({ list, credentials })).map(
        ({ variable, credential, property, models }) => `${variable} ${credential}/${property} ${models.join()}`,
      ),
      [
        "AWS_EU_ACCESS_KEY_ID aws-eu/access_key_id b",
        "AWS_EU_SECRET_ACCESS_KEY aws-eu/secret_access_key b",
        "AZURE_EAST_API_KEY azure-east/api_key a",
        "VERTEX_EU_CREDENTIALS vertex-eu/credentials c",
      ],
    );
  });

  it("keeps the key that it writes, another way to log in, and none where the pod logs in", () => {
    const list = [deployment("a", "openai/a")];
    const of = (provider: string, values: object, podIdentity: string[] = []) =>
      valuesOf({
        list,
        podIdentity,
        credentials: [
          { credential_name: "c", credential_values: values, credential_info: { custom_llm_provider: provider } },
        ],
      })[0];
    assert.deepEqual(of("openai", { api_key: "os.environ/OTHER" }), { api_key: "os.environ/OTHER" });
    assert.deepEqual(of("bedrock", { aws_role_name: "r" }), { aws_role_name: "r" });
    assert.deepEqual(of("bedrock", {}, ["bedrock"]), {});
    assert.deepEqual(of("ollama", {}), {});
    assert.deepEqual(of("openrouter", {}), { api_key: "os.environ/C_API_KEY" });
  });

  it("leaves its deployments without a key of their own", () => {
    const list = [deployment("a", "openai/a", { litellm_credential_name: "c" })];
    const [first] = modelList(modelsOf({ list, credentials: [{ credential_name: "c" }] }));
    assert.deepEqual(first?.litellm_params, { model: "openai/a", litellm_credential_name: "c" });
  });
});

describe("ways to log in besides a key", () => {
  const cases: readonly (readonly [model: string, params: object])[] = [
    ["azure/a", { azure_ad_token: "os.environ/TOKEN", api_base: "https://a.example.com" }],
    ["azure/a", { client_secret: "os.environ/S", client_id: "i", tenant_id: "t", api_base: "https://a.example.com" }],
    ["anthropic/a", { anthropic_federation_rule_id: "r" }],
    ["openai/a", { openai_identity_provider_id: "p" }],
    ["bedrock/a", { aws_web_identity_token: "/var/run/token", aws_session_name: "s" }],
    ["bedrock/a", { aws_profile_name: "p" }],
    ["vertex_ai/a", { api_key: "os.environ/EXPRESS_API_KEY" }],
  ];
  for (const [model, params] of cases)
    it(`${Object.keys(params)[0] ?? ""} needs no key of ${model}`, () => {
      const [first] = modelList(modelsOf({ list: [deployment("a", model, params)] }));
      assert.deepEqual(first?.litellm_params, { model, ...params });
    });

  it("the pod's identity needs none of any deployment of the provider", () => {
    const list = [deployment("a", "bedrock/a"), deployment("b", "sagemaker_chat/b"), deployment("c", "openai/c")];
    const variables = requiredVariables(modelsOf({ list, podIdentity: ["bedrock", "sagemaker"] }));
    assert.deepEqual(
      variables.map(({ variable }) => variable),
      ["OPENAI_API_KEY"],
    );
  });
});

describe("defaults of all deployments", () => {
  it("are in each that does not write its own, and do not change a second time", () => {
    const raw = having({
      "models.defaults": { timeout: 60, drop_params: true },
      "models.list": [deployment("a", "openai/a"), deployment("b", "openai/b", { timeout: 5 })],
    });
    const config = validConfig(raw);
    assert.deepEqual(
      config.models.list.map(({ litellm_params: params }) => params),
      [
        { model: "openai/a", timeout: 60, drop_params: true },
        { model: "openai/b", timeout: 5, drop_params: true },
      ],
    );
    const { stack, ...again } = config;
    assert.deepEqual(parseConfig(again, { stack, checks }), { ok: true, config });
  });
});

describe("a file of models", () => {
  const directory = mkdtempSync(join(tmpdir(), "litellm-models-"));
  after(() => {
    rmSync(directory, { recursive: true });
  });

  function load(content: unknown, raw: Record<string, unknown> = having({ "models.file": "models.yaml" })) {
    writeFileSync(join(directory, "models.yaml"), JSON.stringify(content));
    return withModelsFile(raw, directory);
  }

  it("may be the part of LiteLLM's config.yaml that says what is served", () => {
    const { raw, problems } = load({
      model_list: [deployment("from-file", "openai/a", { litellm_credential_name: "c" })],
      credential_list: [{ credential_name: "c", credential_values: {}, credential_info: {} }],
      router_settings: { fallbacks: [{ "from-file": ["gpt"] }] },
      guardrails: [{ guardrail_name: "pii", litellm_params: { guardrail: "presidio", mode: "pre_call" } }],
      mcp_servers: { docs: { url: "https://mcp.example.com" } },
    });
    assert.deepEqual(problems, []);
    const result = parseConfig(raw, { stack: "test", checks });
    assert.ok(result.ok, JSON.stringify(result));
    const { model_list: list, ...rest } = proxyConfig(result.config);
    assert.deepEqual(
      list.map(({ model_name: name }) => name),
      ["gpt", "from-file"],
    );
    assert.deepEqual(rest.credential_list, [
      { credential_name: "c", credential_values: { api_key: "os.environ/C_API_KEY" }, credential_info: {} },
    ]);
    assert.deepEqual(rest.router_settings, {
      routing_strategy: "simple-shuffle",
      fallbacks: [{ "from-file": ["gpt"] }],
    });
    assert.deepEqual(rest.mcp_servers, { docs: { url: "https://mcp.example.com" } });
    assert.equal(rest.guardrails?.length, 1);
  });

  it("has nothing of what the program decides", () => {
    const { problems } = load({ model_list: [], general_settings: { master_key: "sk-1" } });
    assert.deepEqual(problems, [
      {
        path: "models.file",
        message:
          'models.yaml has "general_settings", must have nothing but model_list, credential_list, router_settings, guardrails, mcp_servers: the rest is the program\'s',
      },
    ]);
  });

  it("yields to the stack's own routing", () => {
    const raw = { ...having({ "models.file": "models.yaml" }), routing: { cooldown_time: 1 } };
    const loaded = load({ model_list: [], router_settings: { cooldown_time: 9, allowed_fails: 2 } }, raw);
    assert.deepEqual(loaded.raw["routing"], { cooldown_time: 1, allowed_fails: 2 });
  });
});

describe("names that fallbacks and aliases may use", () => {
  const list = [
    { ...deployment("gpt", "openai/gpt-4o"), model_info: { id: "the-one" } },
    deployment("anthropic/*", "anthropic/*"),
  ];
  for (const name of ["gpt", "the-one", "anthropic/claude-sonnet-4-5", "short", "group"])
    it(`are a model, an identity, what a wildcard serves, an alias or a group: ${name}`, () => {
      const routing = {
        model_group_alias: { short: "gpt" },
        routing_groups: [{ group_name: "group", models: ["gpt"], routing_strategy: "least-busy" }],
        fallbacks: [{ "anthropic/claude-haiku-4-5": [name] }, { "*": ["gpt"] }],
      };
      assert.deepEqual(problemsOf({ ...having({ "models.list": list }), routing }), []);
    });

  for (const name of ["anthropic", "Anthropic/x", "openai/gpt-4o", "the-on", "gp?"])
    it(`are not ${name}`, () => {
      const routing = { default_fallbacks: [name] };
      assert.equal(problemsOf({ ...having({ "models.list": list }), routing }).length, 1);
    });
});

describe("what a guardrail or an MCP server needs", () => {
  it("is put there from Vault, and told by its name", () => {
    const models = modelsOf({
      list: [deployment("own", "ollama/x", { api_base: "http://ollama.ollama:11434" })],
      guardrails: [
        {
          guardrail_name: "injection",
          litellm_params: { guardrail: "lakera_v2", mode: "pre_call", api_key: "os.environ/LAKERA_API_KEY" },
        },
      ],
      mcpServers: {
        docs: { url: "https://mcp.example.com", auth_type: "bearer_token", auth_value: "os.environ/DOCS_TOKEN" },
      },
    });
    assert.deepEqual(requiredVariables(models), [
      { variable: "DOCS_TOKEN", credential: "docs-token", property: "value", models: [], others: ["MCP server docs"] },
      {
        variable: "LAKERA_API_KEY",
        credential: "lakera",
        property: "api_key",
        models: [],
        others: ["guardrail injection"],
      },
    ]);
  });
});

describe("the worked examples", () => {
  it("are these", () => {
    assert.deepEqual(exampleNames, ["azure-catalogue", "kserve", "load-balancing", "providers"]);
  });

  for (const name of exampleNames)
    it(`${name} is a configuration without a problem, and without a secret`, () => {
      const config = exampleConfig(name);
      assert.deepEqual(problemsOf(rawExample(name), name), []);
      for (const { path, value } of leavesOf(proxyConfig(config).model_list))
        if (/_(key|key_id|token|secret|credentials)$/.test(String(path.at(-1))))
          assert.match(String(value), /^os\.environ\//);
    });
});

/** Any catalogue that is allowed: plain deployments of providers that need no address. */
const prefixes = Object.keys(providers).filter((prefix) => providers[prefix]?.needsAddress !== true);
const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/);
const anyModel = fc.record({
  model_name: fc.oneof(
    word,
    fc.string({ minLength: 1, maxLength: 30 }).filter((name) => !name.includes("*")),
  ),
  litellm_params: fc
    .record(
      {
        prefix: fc.constantFrom(...prefixes),
        name: word,
        rpm: fc.integer({ min: 1, max: 1_000_000 }),
        timeout: fc.double({ min: 0.001, max: 3600, noNaN: true }),
        input_cost_per_token: fc.double({ min: 0, max: 1, noNaN: true }),
        tags: fc.array(word, { maxLength: 3 }),
      },
      { requiredKeys: ["prefix", "name"] },
    )
    .map(({ prefix, name, ...rest }) => ({ model: `${prefix}/${name}`, ...rest })),
});
const anyCatalogue = fc
  .array(anyModel, { minLength: 1, maxLength: 15 })
  .map((list) => list.map((model, index) => ({ ...model, model_info: { id: `id-${index}` } })));

describe("any catalogue", () => {
  const runs = { numRuns: 200 };

  it("is read by LiteLLM's parser as it was written, but for the keys that are filled in", () => {
    fc.assert(
      fc.property(anyCatalogue, (list) => {
        const config = validConfig(having({ "models.list": list }));
        const { model_list: read } = parse(proxyConfigYaml(config), { version: "1.1" }) as { model_list: unknown };
        assert.deepEqual(read, JSON.parse(JSON.stringify(proxyConfig(config).model_list)));
      }),
      runs,
    );
  });

  it("needs exactly the variables that its rendered configuration refers to", () => {
    fc.assert(
      fc.property(anyCatalogue, (list) => {
        const config = validConfig(having({ "models.list": list }));
        const { model_list: rendered } = proxyConfig(config);
        const found = leavesOf(rendered).flatMap(({ value }) =>
          typeof value === "string" && value.startsWith("os.environ/") ? [value.slice("os.environ/".length)] : [],
        );
        assert.deepEqual(
          requiredVariables(config.models).map(({ variable }) => variable),
          [...new Set(found)].sort(),
        );
      }),
      runs,
    );
  });

  it("keeps names, order and number of its deployments, and changes no setting", () => {
    fc.assert(
      fc.property(anyCatalogue, (list) => {
        const rendered = modelList(validConfig(having({ "models.list": list })).models);
        assert.deepEqual(
          rendered.map(({ model_name: name, litellm_params: { model } }) => [name, model]),
          list.map(({ model_name: name, litellm_params: { model } }) => [name, model]),
        );
        for (const [index, { litellm_params: written }] of list.entries())
          assert.deepEqual({ ...rendered[index]?.litellm_params, ...written }, rendered[index]?.litellm_params);
      }),
      runs,
    );
  });

  it("has identities that depend neither on the order nor on the others", () => {
    fc.assert(
      fc.property(fc.array(anyModel, { minLength: 1, maxLength: 10 }), (list) => {
        const ids = (models: readonly Model[]) => models.map((model) => deploymentId(model));
        assert.deepEqual(ids(list.toReversed()), ids(list).toReversed());
      }),
      runs,
    );
  });
});
