import assert from "node:assert/strict";
import { providerParams } from "../../config/model-params.ts";
import { validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";
import { json, serveModels } from "./support/served-models.ts";

interface Case {
  readonly params: Readonly<Record<string, unknown>>;
  /** What the provider gets, where that is not the same. */
  readonly body?: object;
}

const safety = [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }];
const ollama = {
  num_ctx: 8192,
  num_gpu: 1,
  num_thread: 4,
  num_predict: -1,
  repeat_last_n: 64,
  mirostat: 2,
  mirostat_eta: 0.1,
  mirostat_tau: 5,
  repeat_penalty: 1.1,
};

/** A model of each provider, and what it may be given in the provider's own words. */
const cases: Readonly<Record<string, Case>> = {
  "gemini/gemini-2.5-flash": {
    params: { safety_settings: safety, cached_content: "cachedContents/1" },
    body: { safetySettings: safety, cachedContent: "cachedContents/1" },
  },
  "bedrock/us.amazon.nova-pro-v1:0": {
    params: {
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
      performanceConfig: { latency: "optimized" },
      requestMetadata: { team: "ai" },
    },
  },
  "ollama_chat/llama3.2": {
    params: { ...ollama, keep_alive: "30m" },
    body: { options: ollama, keep_alive: "30m" },
  },
  "hosted_vllm/qwen": {
    params: {
      chat_template_kwargs: { enable_thinking: false },
      mm_processor_kwargs: { num_crops: 4 },
      structured_outputs: { choice: ["yes", "no"] },
      repetition_penalty: 1.05,
      min_p: 0.05,
      length_penalty: 1.2,
      min_tokens: 3,
      truncate_prompt_tokens: 1000,
      skip_special_tokens: false,
      ignore_eos: true,
      stop_token_ids: [1, 2],
      top_a: 0.5,
    },
  },
  "openrouter/kimi": { params: { provider: { order: ["a"] }, transforms: ["middle-out"] } },
  "mistral/large": { params: { safe_prompt: true } },
  "cohere_chat/command": { params: { safety_mode: "STRICT" } },
  "perplexity/sonar": {
    params: {
      search_recency_filter: "week",
      search_mode: "academic",
      search_domain_filter: ["example.com"],
      return_images: true,
      return_related_questions: true,
    },
  },
  "xai/grok-3": { params: { search_parameters: { mode: "auto" } } },
  "groq/qwen": { params: { reasoning_format: "parsed" } },
  "groq/gpt-oss": { params: { include_reasoning: true } },
  "azure/gpt-4.1": { params: { data_sources: [{ type: "azure_search" }] } },
};

const address: Readonly<Record<string, string>> = {
  ollama_chat: "http://ollama.ollama:11434",
  hosted_vllm: "http://qwen.models.svc:8000/v1",
  azure: "https://example.openai.azure.com",
};

describe("parameters of single providers on a real LiteLLM", function () {
  this.timeout(60_000);
  const models = serveModels(
    validConfig(
      having({
        "gateway.retries": 0,
        "models.furtherParams": ["top_a"],
        "models.list": Object.entries(cases).map(([model, { params }]) => ({
          model_name: model,
          litellm_params: { model, api_base: address[model.split("/", 1)[0] ?? ""], ...params },
        })),
      }),
    ),
  );

  for (const [model, { params, body = params }] of Object.entries(cases))
    it(`reach ${model}: ${Object.keys(params).join(", ")}`, async () => {
      await json(models.ask(model));
      assert.partialDeepStrictEqual(models.upstream.requests.at(-1)?.body, body);
    });

  it("are all that the configuration knows, and one that only it says LiteLLM takes", () => {
    const sent = Object.values(cases).flatMap(({ params }) => Object.keys(params));
    assert.deepEqual(sent.sort(), [...Object.keys(providerParams), "top_a"].sort());
  });
});
