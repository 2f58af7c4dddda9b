import assert from "node:assert/strict";
import type { Model, Models } from "../../../config/models.ts";
import { deploymentId, modelList } from "../../../litellm/models/catalogue.ts";
import { ownVariables } from "../../../litellm/proxy/environment.ts";
import {
  credentialOf,
  prefixOf,
  providers,
  requiredVariables,
  withKeyReferences,
} from "../../../litellm/models/providers.ts";
import { referencedVariables } from "../../../litellm/shared/references.ts";

function model(params: Model["litellm_params"], rest: Partial<Model> = {}): Model {
  return { model_name: "name", litellm_params: params, ...rest };
}

const catalogue = (list: Model[], vaultPaths: Models["vaultPaths"] = {}): Models => ({
  list,
  vaultPaths,
  defaults: {},
  furtherParams: [],
  credentials: [],
  podIdentity: [],
  guardrails: [],
  mcpServers: {},
});

const required = (models: Model[], vaultPaths: Models["vaultPaths"] = {}) =>
  requiredVariables(catalogue(models, vaultPaths)).map(
    ({ variable, credential, property }) => `${variable} ${credential} ${property}`,
  );

describe("a provider", () => {
  const variables: Readonly<Record<string, readonly string[]>> = {
    "openai/gpt-4o": ["OPENAI_API_KEY openai api_key"],
    "text-completion-openai/gpt-3.5-turbo-instruct": ["OPENAI_API_KEY openai api_key"],
    "azure/gpt-4.1": ["AZURE_API_KEY azure api_key"],
    "azure_ai/phi": ["AZURE_AI_API_KEY azure-ai api_key"],
    "anthropic/claude": ["ANTHROPIC_API_KEY anthropic api_key"],
    "together_ai/llama": ["TOGETHERAI_API_KEY togetherai api_key"],
    "perplexity/sonar": ["PERPLEXITYAI_API_KEY perplexityai api_key"],
    "bedrock/claude": ["AWS_ACCESS_KEY_ID aws access_key_id", "AWS_SECRET_ACCESS_KEY aws secret_access_key"],
    "sagemaker/llama": ["AWS_ACCESS_KEY_ID aws access_key_id", "AWS_SECRET_ACCESS_KEY aws secret_access_key"],
    "vertex_ai/gemini": ["VERTEX_CREDENTIALS vertex-ai credentials"],
    "hosted_vllm/llama": [],
    "ollama/llama": [],
  };
  for (const [name, expected] of Object.entries(variables)) {
    it(`of ${name} needs ${expected.length === 0 ? "no key" : expected.join(" and ")}`, () => {
      assert.deepEqual(required([model({ model: name })]), expected);
    });
  }

  it("is the part before the first slash", () => {
    assert.equal(prefixOf(model({ model: "hosted_vllm/meta-llama/Llama-3.3" })), "hosted_vllm");
  });

  it("uses variables that the program does not set itself, each in one place", () => {
    const places = new Map<string, string>();
    for (const provider of Object.values(providers)) {
      for (const { variable, property } of provider.variables) {
        assert.match(variable, /^[A-Z][A-Z0-9_]*$/);
        assert.match(provider.credential, /^[a-z0-9][a-z0-9-]*$/);
        assert.ok(!ownVariables.includes(variable), variable);
        const place = `${provider.credential}/${property}`;
        assert.equal(places.get(variable) ?? place, place);
        places.set(variable, place);
      }
    }
  });
});

describe("keys of a model", () => {
  it("are filled in where none is written", () => {
    assert.deepEqual(withKeyReferences(model({ model: "openai/gpt-4o", rpm: 5 })), {
      model: "openai/gpt-4o",
      rpm: 5,
      api_key: "os.environ/OPENAI_API_KEY",
    });
  });

  it("that are written stay", () => {
    const params = { model: "openai/gpt-4o", api_key: "os.environ/OTHER_API_KEY" };
    assert.deepEqual(withKeyReferences(model(params)), params);
    assert.deepEqual(required([model(params)]), ["OTHER_API_KEY other api_key"]);
  });

  it("are not needed for AWS with a role", () => {
    const params = { model: "bedrock/claude", aws_role_name: "arn:aws:iam::1:role/x", aws_session_name: "litellm" };
    assert.deepEqual(withKeyReferences(model(params)), params);
    assert.deepEqual(required([model(params)]), []);
  });

  it("are needed for others even with a role of AWS", () => {
    assert.deepEqual(required([model({ model: "openai/gpt-4o", aws_role_name: "x" })]), [
      "OPENAI_API_KEY openai api_key",
    ]);
  });

  it("are used for an own server that names one", () => {
    const params = { model: "hosted_vllm/llama", api_base: "http://a", api_key: "os.environ/VLLM_API_KEY" };
    assert.deepEqual(required([model(params)]), ["VLLM_API_KEY vllm api_key"]);
  });

  it("are not invented for a provider that is only a name of every object", () => {
    for (const name of ["constructor/x", "toString/x", "__proto__/x"])
      assert.deepEqual(withKeyReferences(model({ model: name })), { model: name });
  });

  it("are found in addresses, in other parameters and in headers", () => {
    const params = {
      model: "openai/gpt-4o",
      api_key: "os.environ/EAST_API_KEY",
      api_base: "os.environ/EAST_API_BASE",
      organization: "os.environ/ORGANIZATION",
      extra_headers: { "X-Key": "os.environ/HEADER_API_KEY", "X-Team": "ai" },
      tags: ["os.environ/NOT_RESOLVED"],
    };
    assert.deepEqual(referencedVariables(params), ["EAST_API_KEY", "EAST_API_BASE", "ORGANIZATION", "HEADER_API_KEY"]);
  });

  it("are listed once and sorted, with the names of all their models", () => {
    const models = [
      model({ model: "openai/b" }, { model_name: "b" }),
      model({ model: "anthropic/c" }, { model_name: "c" }),
      model({ model: "openai/a" }, { model_name: "a" }),
      model({ model: "openai/a2" }, { model_name: "a" }),
    ];
    assert.deepEqual(requiredVariables(catalogue(models)), [
      { variable: "ANTHROPIC_API_KEY", credential: "anthropic", property: "api_key", models: ["c"], others: [] },
      { variable: "OPENAI_API_KEY", credential: "openai", property: "api_key", models: ["a", "b"], others: [] },
    ]);
  });

  it("stand where the configuration says", () => {
    assert.deepEqual(
      required([model({ model: "openai/gpt-4o" })], { OPENAI_API_KEY: { credential: "team-a", property: "token" } }),
      ["OPENAI_API_KEY team-a token"],
    );
  });
});

describe("the Vault path of a variable", () => {
  const places: Readonly<Record<string, readonly [string, string]>> = {
    AZURE_EAST_API_KEY: ["azure-east", "api_key"],
    AZURE_EAST_API_BASE: ["azure-east", "api_base"],
    AZURE_EAST_API_VERSION: ["azure-east", "api_version"],
    HF_TOKEN: ["hf-token", "value"],
    API_KEY: ["api-key", "value"],
    _API_KEY: ["-api-key", "value"],
    A_API_KEY_API_KEY: ["a-api-key", "api_key"],
  };
  for (const [variable, [credential, property]] of Object.entries(places)) {
    it(`${variable} is ${property} of ${credential}`, () => {
      assert.deepEqual(credentialOf(variable), { credential, property });
    });
  }
});

describe("the identity of a deployment", () => {
  const base = model({ model: "azure/gpt", api_base: "https://east.example.com" }, { model_name: "gpt-4.1" });
  const changed = (params: Partial<Model["litellm_params"]>) =>
    deploymentId({ ...base, litellm_params: { ...base.litellm_params, ...params } });

  it("is the same each time", () => {
    assert.equal(deploymentId(base), deploymentId(structuredClone(base)));
    assert.match(deploymentId(base), /^gpt-4\.1-[0-9a-f]{8}$/);
  });

  it("does not depend on the order of keys, nor on whether the key is written", () => {
    const { model: name, api_base } = base.litellm_params;
    assert.equal(
      deploymentId({
        ...base,
        litellm_params: { api_base, api_key: "os.environ/AZURE_API_KEY", model: name },
      }),
      deploymentId(base),
    );
  });

  const limits: readonly Partial<Model["litellm_params"]>[] = [
    { rpm: 1 },
    { tpm: 1 },
    { timeout: 1 },
    { stream_timeout: 1 },
    { weight: 2 },
    { max_retries: 0 },
    { tags: ["a"] },
    { temperature: 0 },
    { input_cost_per_token: 1 },
  ];
  for (const limit of limits) {
    it(`survives a change of ${Object.keys(limit).join()}`, () => {
      assert.equal(changed(limit), deploymentId(base));
    });
  }

  const moves: readonly Partial<Model["litellm_params"]>[] = [
    { model: "azure/other" },
    { api_base: "https://west.example.com" },
    { api_version: "2025-01-01" },
    { api_key: "os.environ/WEST_API_KEY" },
    { organization: "o" },
    { aws_region_name: "r" },
    { aws_role_name: "r" },
    { vertex_project: "p" },
    { vertex_location: "l" },
  ];
  for (const move of moves) {
    it(`changes with ${Object.keys(move).join()}`, () => {
      assert.notEqual(changed(move), deploymentId(base));
    });
  }

  it("is the one that is written, if any", () => {
    assert.equal(deploymentId({ ...base, model_info: { id: "mine" } }), "mine");
  });

  it("has only characters that an identity may have, whatever the name", () => {
    for (const name of ["a b/c", "模型", "-x-", "***"])
      assert.match(deploymentId({ ...base, model_name: name }), /^[A-Za-z0-9_.-]+$/);
  });

  it("stands in the list beside what is told of the model", () => {
    assert.deepEqual(modelList(catalogue([{ ...base, model_info: { mode: "chat" } }]))[0]?.model_info, {
      mode: "chat",
      id: deploymentId(base),
    });
  });
});
