import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

interface Case {
  readonly title: string;
  readonly change: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly (string | RegExp)[];
}

const params = "models.list[0].litellm_params";
const info = "models.list[0].model_info";
const p = (name: string) => `models.list.0.litellm_params.${name}`;
const i = (name: string) => `models.list.0.model_info.${name}`;
const reference = "must be os.environ/NAME (the program puts NAME there from Vault); a literal secret is refused";
const secret = "looks like a secret, must be os.environ/NAME (the program puts NAME there from Vault)";
const url =
  "must be an http:// or https:// URL without credentials, query or fragment, or os.environ/NAME (the program puts NAME there from Vault); a literal secret is refused";
const redis = "must not be set: the router uses the stack's cache, see cache";
const manyParams = "344 keys are known, see docs/settings.md; models.furtherParams lets others through";
const manyInfo = "178 keys are known, see docs/settings.md";
const deployment = (name: string, model: string, rest: object = {}) => ({
  model_name: name,
  litellm_params: { model, ...rest },
});

const cases: readonly Case[] = [
  // Parameters.
  ...(
    [
      ["rmp", "rpm"],
      ["max_token", "max_tokens"],
      ["strem_timeout", "stream_timeout"],
      ["vertex_projects", "vertex_project"],
      ["aws_regio_name", "aws_region_name"],
      ["input_cost_per_tokens", "input_cost_per_token"],
      ["litellm_credentials_name", "litellm_credential_name"],
    ] as const
  ).map(([wrong, right]) => ({
    title: `the parameter ${wrong}`,
    change: { [p(wrong)]: 5 },
    expected: [`${params}.${wrong}: unknown key, did you mean ${right}? ${manyParams}`],
  })),
  ...(
    [
      ["custom_llm_provider", "must not be set: the prefix of model says it"],
      ["base_url", "must be written as api_base"],
      ["request_timeout", "must be written as timeout"],
      ["fallbacks", "must stand in routing.fallbacks"],
      ["context_window_fallback_dict", "must stand in routing.context_window_fallbacks"],
      ["retry_policy", "must stand in routing.retry_policy or routing.model_group_retry_policy"],
      ["model_info", "must stand beside litellm_params"],
      ["modify_params", "must not be set: LiteLLM has it for the whole proxy only, and would send it to the provider"],
    ] as const
  ).map(([name, message]) => ({
    title: `${name}, which is written another way`,
    change: { [p(name)]: "x" },
    expected: [`${params}.${name}: ${message}`],
  })),
  ...["azure_ad_token", "client_secret", "vertex_credentials", "aws_session_token", "s3_secret_access_key"].map(
    (name) => ({
      title: `a literal ${name}`,
      change: { [p(name)]: "literal" },
      expected: [`${params}.${name}: ${reference}`],
    }),
  ),
  {
    title: "a service account's JSON in clear text",
    change: { [p("vertex_credentials")]: { type: "service_account" } },
    expected: [`${params}.vertex_credentials: must be a string, is a mapping`],
  },
  {
    title: "a web identity token in clear text",
    change: { [p("aws_web_identity_token")]: "eyJhbGciOi" },
    expected: [`${params}.aws_web_identity_token: must be a file's path, oidc/... or os.environ/NAME`],
  },
  {
    title: "limits that are no limits",
    change: { [p("rpm")]: 0, [p("tpm")]: "1000", [p("max_parallel_requests")]: 1.5 },
    expected: [
      `${params}.rpm: must be at least 1`,
      `${params}.tpm: must be a number, is a string`,
      `${params}.max_parallel_requests: must be a whole number, is 1.5`,
    ],
  },
  {
    title: "a timeout of nothing, and a weight of nothing",
    change: { [p("stream_timeout")]: 0, [p("weight")]: 0 },
    expected: [`${params}.stream_timeout: must be more than 0`, `${params}.weight: must be more than 0`],
  },
  {
    title: "a negative price",
    change: { [p("output_cost_per_token")]: -1 },
    expected: [`${params}.output_cost_per_token: must be at least 0`],
  },
  {
    title: "a budget's time without a unit",
    change: { [p("budget_duration")]: "30" },
    expected: [`${params}.budget_duration: must be a number with s, m, h, d, w or mo, for example 30d`],
  },
  {
    title: "an effort that there is not",
    change: { [p("reasoning_effort")]: "extreme" },
    expected: [`${params}.reasoning_effort: must be one of none, minimal, low, medium, high, xhigh, max`],
  },
  {
    title: "an address without scheme",
    change: { [p("api_base")]: "east.openai.azure.com" },
    expected: [`${params}.api_base: ${url}`],
  },
  {
    title: "a reference in a list, where LiteLLM resolves none",
    change: { [p("tags")]: ["os.environ/TAG"] },
    expected: [`${params}.tags[0]: must not be os.environ/NAME: LiteLLM resolves none in lists`],
  },
  {
    title: "a secret in a header, in a body and in metadata",
    change: {
      [p("extra_headers")]: { Authorization: "Bearer x" },
      [p("extra_body")]: { nested: { api_key: "x" } },
      [p("metadata")]: { client_secret: "x" },
    },
    expected: [
      `${params}.extra_headers.Authorization: ${secret}`,
      `${params}.extra_body.nested.api_key: ${secret}`,
      `${params}.metadata.client_secret: ${secret}`,
    ],
  },
  {
    title: "a variable that the program sets itself, in a body",
    change: { [p("extra_body")]: { key: "os.environ/LITELLM_SALT_KEY" } },
    expected: [
      `${params}: refers to LITELLM_SALT_KEY, which the program sets itself; must be the name of a provider's key`,
    ],
  },
  // Providers and addresses.
  ...(
    [
      ["vertexai/gemini-2.5-pro", "vertexai", "vertex_ai"],
      ["antropic/claude", "antropic", "anthropic"],
      ["azure-ai/phi", "azure-ai", "azure_ai"],
      ["hostedvllm/llama", "hostedvllm", "hosted_vllm"],
      ["text_completion_openai/x", "text_completion_openai", "text-completion-openai"],
    ] as const
  ).map(([model, prefix, meant]) => ({
    title: `the provider ${prefix}`,
    change: { [p("model")]: model },
    expected: [
      `${params}.model: unknown provider "${prefix}", did you mean ${meant}? LiteLLM knows 166, see docs/models.md`,
    ],
  })),
  ...["azure", "azure_ai", "ollama_chat", "hosted_vllm", "litellm_proxy", "llamafile"].map((prefix) => ({
    title: `${prefix} without an address`,
    change: { [p("model")]: `${prefix}/model` },
    expected: [`${params}.api_base: is missing, must be the URL of the ${prefix} server`],
  })),
  {
    title: "all models of a provider under one plain name",
    change: { [p("model")]: "openai/*" },
    expected: ["models.list[0].model_name: must have a * as well, since model stands for all models of openai"],
  },
  {
    title: "embeddings of Azure AI by the maker's prefix",
    change: {
      "models.list": [
        {
          ...deployment("embed", "cohere/cohere-embed-v-4-0", { api_base: "https://example.services.ai.azure.com" }),
          model_info: { mode: "embedding" },
        },
      ],
    },
    expected: [`${params}.model: must start with azure_ai/ for an embedding model of Azure AI, not with cohere/`],
  },
  // What is told of a model, and its health.
  {
    title: "a misspelt fact of a model",
    change: { "models.list.0.model_info": { acces_groups: ["a"] } },
    expected: [`${info}.acces_groups: unknown key, did you mean access_groups? ${manyInfo}`],
  },
  {
    title: "a mode of another system",
    change: { "models.list.0.model_info": { mode: "fallback" } },
    expected: [
      `${info}.mode: must be one of chat, completion, responses, anthropic_messages, embedding, rerank, image_generation, image_edit, video_generation, audio_speech, audio_transcription, realtime, batch, ocr, decisions`,
    ],
  },
  {
    title: "facts that belong to LiteLLM's database",
    change: { "models.list.0.model_info": { db_model: true, team_id: "t" } },
    expected: [
      `${info}.db_model: must not be set: LiteLLM keeps it for models of its database`,
      `${info}.team_id: must not be set: teams are of LiteLLM's database; use access_groups`,
    ],
  },
  {
    title: "an audio chat model as a speech model",
    change: { [p("model")]: "openai/gpt-audio-mini", "models.list.0.model_info": { mode: "audio_speech" } },
    expected: [`${info}.mode: is audio_speech, but this is a chat model that speaks. Remove it, or set chat.`],
  },
  {
    title: "a voice for a model that does not speak",
    change: { "models.list.0.model_info": { mode: "chat", health_check_voice: "alloy" } },
    expected: [`${info}.health_check_voice: has no effect. Remove it, or set mode: audio_speech.`],
  },
  {
    title: "tokens for a check that has none",
    change: { "models.list.0.model_info": { mode: "embedding", health_check_max_tokens: 5 } },
    expected: [
      `${info}.health_check_max_tokens: has no effect with mode embedding: its check has no number of tokens. Remove it.`,
    ],
  },
  {
    title: "an effort for a check that does not reason",
    change: { "models.list.0.model_info": { mode: "rerank", health_check_reasoning_effort: "low" } },
    expected: [
      `${info}.health_check_reasoning_effort: has no effect with mode rerank: its check does not reason. Remove it.`,
    ],
  },
  {
    title: "dimensions of a chat model",
    change: { [p("dimensions")]: 8, "models.list.0.model_info": { mode: "chat" } },
    expected: [`${params}.dimensions: has no effect with mode chat: it belongs to embeddings. Remove it.`],
  },
  {
    title: "a switch that is a text",
    change: { [i("disable_background_health_check")]: "yes" },
    expected: [`${info}.disable_background_health_check: must be true or false, is a string`],
  },
  // Defaults.
  {
    title: "a default that is no parameter, and a model as a default",
    change: { "models.defaults": { rmp: 5, model: "openai/gpt-4o" } },
    expected: [
      "models.defaults.rmp: unknown key, did you mean rpm? 343 keys are known, see docs/settings.md; models.furtherParams lets others through",
      "models.defaults.model: unknown key. 343 keys are known, see docs/settings.md; models.furtherParams lets others through",
    ],
  },
  {
    title: "a default out of range, once",
    change: {
      "models.defaults": { timeout: -1 },
      "models.list": [deployment("a", "openai/a"), deployment("b", "openai/b")],
    },
    expected: ["models.defaults.timeout: must be more than 0"],
  },
  // Credentials.
  {
    title: "a credential that is not there, with one that is like it",
    change: {
      [p("litellm_credential_name")]: "azure-est",
      "models.credentials": [{ credential_name: "azure-east", credential_info: { custom_llm_provider: "azure" } }],
    },
    expected: [
      `${params}.litellm_credential_name: must be the name of one in models.credentials, is none, did you mean azure-east?`,
    ],
  },
  {
    title: "two credentials of one name",
    change: { "models.credentials": [{ credential_name: "a" }, { credential_name: "a" }] },
    expected: ["models.credentials[1].credential_name: is that of models.credentials[0] too, must be unique"],
  },
  {
    title: "a credential's name that is no path",
    change: { "models.credentials": [{ credential_name: "Azure East" }] },
    expected: [
      "models.credentials[0].credential_name: must be a DNS label: lower-case letters, digits and '-', at most 63 characters",
    ],
  },
  {
    title: "a credential without a name",
    change: { "models.credentials": [{}] },
    expected: ["models.credentials[0].credential_name: is missing, must be a string"],
  },
  {
    title: "a literal key in a credential",
    change: { "models.credentials": [{ credential_name: "a", credential_values: { api_key: "sk-1" } }] },
    expected: [`models.credentials[0].credential_values.api_key: ${reference}`],
  },
  {
    title: "a limit in a credential",
    change: { "models.credentials": [{ credential_name: "a", credential_values: { rpm: 1 } }] },
    expected: ["models.credentials[0].credential_values.rpm: unknown key. 78 keys are known, see docs/settings.md"],
  },
  {
    title: "a credential of no provider",
    change: { "models.credentials": [{ credential_name: "a", credential_info: { custom_llm_provider: "opnai" } }] },
    expected: [
      "models.credentials[0].credential_info.custom_llm_provider: must be a provider's prefix, is none, did you mean openai?",
    ],
  },
  {
    title: "a credential whose variable could not be named",
    change: {
      "models.credentials": [{ credential_name: "1st", credential_info: { custom_llm_provider: "openai" } }],
    },
    expected: [
      `models.credentials[0].credential_values: refers to "1ST_API_KEY", must be an environment variable name: capitals, digits and '_'`,
    ],
  },
  {
    title: "half a key in a credential",
    change: {
      "models.credentials": [{ credential_name: "a", credential_values: { aws_access_key_id: "os.environ/ID" } }],
    },
    expected: [
      "models.credentials[0].credential_values.aws_secret_access_key: is missing, must be given together with aws_access_key_id",
    ],
  },
  {
    title: "a provider whose pods have no identity",
    change: { "models.podIdentity": ["openai"] },
    expected: ["models.podIdentity[0]: must be one of bedrock, sagemaker, vertex_ai"],
  },
  // Guardrails and MCP servers.
  {
    title: "a guardrail that LiteLLM has not, at a time that there is not",
    change: {
      "models.guardrails": [{ guardrail_name: "pii", litellm_params: { guardrail: "presido", mode: "before" } }],
    },
    expected: [
      /^models\.guardrails\[0\]\.litellm_params\.guardrail: must be one of agent_365, .*presidio/,
      /^models\.guardrails\[0\]\.litellm_params\.mode: must be one of pre_call, during_call/,
    ],
  },
  {
    title: "a guardrail's secret in clear text",
    change: {
      "models.guardrails": [
        { guardrail_name: "a", litellm_params: { guardrail: "pangea", mode: "pre_call", auth_token: "x" } },
      ],
    },
    expected: [`models.guardrails[0].litellm_params.auth_token: ${secret}`],
  },
  {
    title: "a guardrail that is not there",
    change: { [p("guardrails")]: ["pii"] },
    expected: [`${params}.guardrails[0]: must be the name of one in models.guardrails, is none.`],
  },
  {
    title: "two guardrails of one name",
    change: {
      "models.guardrails": [1, 2].map(() => ({
        guardrail_name: "a",
        litellm_params: { guardrail: "presidio", mode: "pre_call" },
      })),
    },
    expected: ["models.guardrails[1].guardrail_name: is that of models.guardrails[0] too, must be unique"],
  },
  {
    title: "an MCP server's name with a dash, and one without an address",
    change: { "models.mcpServers": { "a-b": { url: "https://mcp.example.com" }, empty: {} } },
    expected: [
      "models.mcpServers.a-b: the name must be letters, digits and '_': LiteLLM puts '-' between server and tool",
    ],
  },
  {
    title: "an MCP server without an address",
    change: { "models.mcpServers": { empty: {} } },
    expected: ["models.mcpServers.empty.url: is missing, must be the URL of the MCP server"],
  },
  {
    title: "OAuth at an MCP server without its flow",
    change: { "models.mcpServers": { a: { url: "https://mcp.example.com", auth_type: "oauth2" } } },
    expected: [
      "models.mcpServers.a.oauth2_flow: is missing, must be client_credentials or authorization_code with auth_type oauth2",
    ],
  },
  {
    title: "an MCP server that is a program, and a token in clear text",
    change: { "models.mcpServers": { a: { url: "https://mcp.example.com", transport: "stdio", auth_value: "x" } } },
    expected: [
      "models.mcpServers.a.transport: must be one of http, sse",
      `models.mcpServers.a.auth_value: ${reference}`,
    ],
  },
  // Routing.
  ...(["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"] as const).flatMap((kind) => [
    {
      title: `${kind} from and to models that are not there`,
      change: { routing: { [kind]: [{ gtp: ["gpt", "nowhere"] }] } },
      expected: [
        `routing.${kind}[0].gtp: is no model, must be a name in models.list, did you mean gpt?`,
        `routing.${kind}[0].gtp[1]: is no model, must be a name in models.list.`,
      ],
    },
    {
      title: `${kind} of two models in one entry`,
      change: { routing: { [kind]: [{ gpt: ["gpt"], other: ["gpt"] }] } },
      expected: [`routing.${kind}[0]: must have one model with its fallbacks, has 2: write an entry each`],
    },
    {
      title: `${kind} to itself, and to nobody`,
      change: { routing: { [kind]: [{ gpt: ["gpt"] }] } },
      expected: [`routing.${kind}[0].gpt[0]: must be another model than the one that failed`],
    },
  ]),
  {
    title: "fallbacks to nobody, and as a mapping",
    change: { routing: { fallbacks: [{ gpt: [] }], context_window_fallbacks: { gpt: ["other"] } } },
    expected: [
      "routing.fallbacks[0].gpt: must name at least one model",
      "routing.context_window_fallbacks: must be a list, is a mapping",
    ],
  },
  {
    title: "a model's fallbacks twice",
    change: {
      "models.list": [deployment("a", "openai/a"), deployment("b", "openai/b")],
      routing: { fallbacks: [{ a: ["b"] }, { a: ["b"] }] },
    },
    expected: ["routing.fallbacks[1].a: is there twice, must be written once: see routing.fallbacks[0]"],
  },
  {
    title: "a default fallback that is no model",
    change: { routing: { default_fallbacks: ["nowhere"] } },
    expected: ["routing.default_fallbacks[0]: is no model, must be a name in models.list."],
  },
  {
    title: "an alias that hides a model, and one of an alias",
    change: {
      "models.list": [deployment("a", "openai/a"), deployment("b", "openai/b")],
      routing: { model_group_alias: { a: "b", first: "b", second: { model: "first" } } },
    },
    expected: [
      "routing.model_group_alias.a: is a model's own name, must be another: the alias would hide the model",
      "routing.model_group_alias.second: is no model, must be a name in models.list.",
    ],
  },
  {
    title: "a policy of a model that is not there, and of a failure that there is not",
    change: {
      routing: {
        model_group_retry_policy: { nowhere: { TimeoutErrorRetries: 1 } },
        retry_policy: { TimeoutErorRetries: 1 },
      },
    },
    expected: [
      "routing.retry_policy.TimeoutErorRetries: unknown key, did you mean TimeoutErrorRetries? Known keys: AuthenticationErrorRetries, BadRequestErrorRetries, ContentPolicyViolationErrorRetries, DefaultRetries, InternalServerErrorRetries, NotFoundErrorRetries, RateLimitErrorRetries, ServiceUnavailableErrorRetries, TimeoutErrorRetries",
    ],
  },
  {
    title: "a policy of a model that is not there",
    change: { routing: { model_group_retry_policy: { nowhere: { TimeoutErrorRetries: 1 } } } },
    expected: ["routing.model_group_retry_policy.nowhere: is no model, must be a name in models.list."],
  },
  {
    title: "a group of models that are not there, and without priorities",
    change: {
      routing: { routing_groups: [{ group_name: "gpt", models: ["gpt", "nowhere"], routing_strategy: "priority" }] },
    },
    expected: [
      "routing.routing_groups[0].models[1]: is no model, must be a name in models.list.",
      "routing.routing_groups[0].group_name: is a model's own name, must be another",
      "routing.routing_groups[0].model_priorities: must give every model of the group a number",
    ],
  },
  {
    title: "a budget of no provider",
    change: { routing: { provider_budget_config: { opnai: { budget_limit: 1, time_period: "1d" } } } },
    expected: ["routing.provider_budget_config.opnai: must be a provider's prefix"],
  },
  ...(
    [
      ["routing_strategy", "must be written as gateway.routingStrategy"],
      ["num_retries", "must be written as gateway.retries"],
      ["timeout", "must be written as gateway.requestTimeout"],
      ["model_list", "must be written as models.list"],
      ["set_verbose", "must be written as gateway.logLevel"],
      ["redis_host", redis],
      ["redis_password", redis],
      ["cache_kwargs", redis],
    ] as const
  ).map(([name, message]) => ({
    title: `the router's ${name}, which stands elsewhere`,
    change: { routing: { [name]: "x" } },
    expected: [`routing.${name}: ${message}`],
  })),
  {
    title: "a check that the router has not",
    change: { routing: { optional_pre_call_checks: ["rate_limits"] } },
    expected: [
      "routing.optional_pre_call_checks[0]: must be one of prompt_caching, router_budget_limiting, responses_api_deployment_check, deployment_affinity, session_affinity, forward_client_headers_by_model_group, enforce_model_rate_limits, encrypted_content_affinity",
    ],
  },
  {
    title: "a misspelt setting of the router",
    change: { routing: { cooldown_tiem: 5 } },
    expected: [/^routing\.cooldown_tiem: unknown key, did you mean cooldown_time\? Known keys: allowed_fails, /],
  },
];

describe("bad input of models and routing", () => {
  it(`has ${cases.length} cases, each with a title of its own`, () => {
    assert.ok(cases.length >= 60);
    assert.equal(new Set(cases.map(({ title }) => title)).size, cases.length);
  });

  for (const { title, change, expected } of cases)
    it(title, () => {
      const problems = problemsOf(having(change));
      // A pattern stands for a line that lists too many names.
      const exact = expected.map((line, index) => {
        const problem = problems[index] ?? "";
        return typeof line !== "string" && line.test(problem) ? problem : line;
      });
      assert.deepEqual(problems, exact);
    });
});
