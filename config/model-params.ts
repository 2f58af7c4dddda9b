import { z } from "zod";
import { pricingNames } from "./model-pricing.ts";
import { httpUrl } from "./values.ts";

/** A value that the proxy finds in its environment, where the program puts it from Vault. */
export const environmentReference = z
  .string()
  .regex(
    /^os\.environ\/[A-Z_][A-Z0-9_]*$/,
    "must be os.environ/NAME (the program puts NAME there from Vault); a literal secret is refused",
  );

export const text = z.string().min(1, "must not be empty");
export const count = z.int().min(1);
export const seconds = z.number().positive();
export const cost = z.number().min(0);
const address = httpUrl.or(environmentReference);
const anything = z.record(z.string(), z.unknown());
const texts = z.array(text);

/** The same schema under several names, each of which may be left out. */
export function optional<const Names extends readonly string[], Schema extends z.ZodType>(
  names: Names,
  schema: Schema,
) {
  return Object.fromEntries(names.map((name) => [name, schema.optional()])) as {
    [Name in Names[number]]: z.ZodOptional<Schema>;
  };
}

/** Names that LiteLLM knows and that are written another way here; the message says which. */
export function refused<const Reasons extends Readonly<Record<string, string>>>(reasons: Reasons) {
  return Object.fromEntries(Object.entries(reasons).map(([name, reason]) => [name, z.never(reason).optional()])) as {
    [Name in keyof Reasons]: z.ZodOptional<z.ZodNever>;
  };
}

export const pricing = optional(
  pricingNames,
  cost.describe("Price in US dollars; overrides LiteLLM's own. For one of what the name says."),
);

/** How a deployment logs in. Whatever is secret is a reference. */
const login = {
  ...optional(
    [
      "api_key",
      "azure_ad_token",
      "client_secret",
      "azure_password",
      "aws_access_key_id",
      "aws_secret_access_key",
      "aws_session_token",
      "vertex_credentials",
      "s3_access_key_id",
      "s3_secret_access_key",
      "valkey_password",
      "anthropic_identity_token",
    ],
    environmentReference.describe("Secret: os.environ/NAME."),
  ),
  ...optional(
    [
      "organization",
      "tenant_id",
      "client_id",
      "azure_scope",
      "azure_username",
      "aws_role_name",
      "aws_session_name",
      "aws_profile_name",
      "aws_external_id",
      "anthropic_federation_rule_id",
      "anthropic_organization_id",
      "anthropic_service_account_id",
      "anthropic_federation_workspace_id",
      "anthropic_identity_token_file",
      "anthropic_identity_source",
      "anthropic_issuer_url",
      "anthropic_issuer_subject",
      "anthropic_issuer_audience",
      "anthropic_issuer_signing_key_ref",
      "anthropic_keycloak_token_url",
      "anthropic_keycloak_client_id",
      "anthropic_keycloak_auth_method",
      "anthropic_keycloak_client_secret_ref",
      "anthropic_keycloak_scope",
      "openai_identity_provider_id",
      "openai_service_account_id",
      "openai_identity_token_file",
      "chatgpt_auth_file",
    ],
    text.describe("Who logs in, where that is no secret."),
  ),
  aws_web_identity_token: z
    .string()
    .regex(/^(\/|oidc\/|os\.environ\/[A-Z_][A-Z0-9_]*$)/, "must be a file's path, oidc/... or os.environ/NAME")
    .optional(),
  anthropic_issuer_ttl_seconds: count.optional(),
  aws_session_tags: z.array(z.strictObject({ Key: text, Value: z.string() })).optional(),
};

/** Where a deployment is. */
const place = {
  ...optional(
    ["api_base", "aws_sts_endpoint", "aws_bedrock_runtime_endpoint", "s3_endpoint_url"],
    address.describe("URL, or os.environ/NAME."),
  ),
  ...optional(
    [
      "api_version",
      "region_name",
      "aws_region_name",
      "aws_bedrock_project_id",
      "aws_batch_role_arn",
      "vertex_project",
      "vertex_location",
      "watsonx_region_name",
      "gcs_bucket_name",
      "bucket_name",
      "s3_bucket_name",
      "s3_region_name",
      "s3_bucket_owner",
      "s3_encryption_key_id",
      "s3_output_bucket_name",
      "vector_bucket_name",
      "vector_store_id",
      "index_name",
      "embedding_model",
      "milvus_text_field",
      "milvus_db_name",
      "valkey_host",
      "valkey_text_field",
      "valkey_embedding_field",
      "model_id",
      "deployment_id",
    ],
    text.describe("Part of where the deployment is."),
  ),
  milvus_partition_names: texts.optional(),
  valkey_port: z.int().min(1).max(65_535).optional(),
  valkey_ssl: z.boolean().optional(),
  ssl_verify: z.boolean().optional().describe("Check the upstream's certificate. LiteLLM's default: true."),
  bedrock_tags: z.array(z.strictObject({ key: text, value: z.string() })).optional(),
};

/** How much a deployment takes, and when it is chosen. */
const limits = {
  rpm: count.optional().describe("Requests a minute."),
  tpm: count.optional().describe("Tokens a minute."),
  itpm: count.optional().describe("Input tokens a minute."),
  otpm: count.optional().describe("Output tokens a minute."),
  max_parallel_requests: count.optional().describe("Requests at a time."),
  default_api_key_rpm_limit: count.optional().describe("Requests a minute of a key that has no limit of its own."),
  default_api_key_tpm_limit: count.optional().describe("Tokens a minute of a key that has no limit of its own."),
  timeout: seconds.optional().describe("Longest request, in seconds."),
  stream_timeout: seconds.optional().describe("Longest wait for the first piece of a stream, in seconds."),
  timeout_by_service_tier: z.record(z.string(), seconds).optional(),
  stream_timeout_by_service_tier: z.record(z.string(), seconds).optional(),
  keepalive_seconds: seconds.optional().describe("Seconds between signs of life in a stream that is silent."),
  allow_client_keepalive_override: z.boolean().optional(),
  max_retries: z.int().min(0).optional().describe("Times that the provider's client tries again."),
  num_retries: z.int().min(0).optional().describe("Times that LiteLLM tries this deployment again."),
  cooldown_time: z.number().min(0).optional().describe("Seconds without requests after too many failures."),
  weight: z.number().positive().optional().describe("Share among the deployments of one name."),
  order: count.optional().describe("Deployments of one name with a lower order go first."),
  tags: texts.optional().describe("Tags of requests that may come here."),
  tag_regex: texts.optional().describe("Patterns of request headers that lead here."),
  max_budget: cost.optional().describe("US dollars within budget_duration."),
  budget_duration: z
    .string()
    .regex(/^\d+(s|m|h|d|w|mo)$/, "must be a number with s, m, h, d, w or mo, for example 30d")
    .optional()
    .describe("After which time the budget starts anew."),
  max_file_size_mb: z.number().positive().optional(),
  provider_affinity_header: text.optional(),
};

/** What LiteLLM does with a request on its way. */
const handling = {
  base_model: text.optional().describe("Model whose price and limits count, for names of your own such as Azure's."),
  litellm_credential_name: text.optional().describe("Name of a credential in models.credentials."),
  drop_params: z.boolean().optional().describe("Leave out what the provider does not know, instead of refusing it."),
  additional_drop_params: texts.optional().describe("Further request parameters to leave out."),
  allowed_openai_params: texts
    .optional()
    .describe("Request parameters to pass on although LiteLLM does not know them."),
  ...optional(
    [
      "merge_reasoning_content_in_choices",
      "use_in_pass_through",
      "use_litellm_proxy",
      "use_chat_completions_api",
      "use_xai_oauth",
      "fireworks_forward_user_id",
      "supports_system_message",
      "enable_json_schema_validation",
      "disable_add_transform_inline_image_block",
      "enable_prompt_caching",
      "ensure_alternating_roles",
      "turn_off_message_logging",
    ],
    z.boolean().describe("Switch of LiteLLM's."),
  ),
  configurable_clientside_auth_params: z.array(z.union([text, anything])).optional(),
  guardrails: texts.optional().describe("Names of guardrails in models.guardrails that requests go through."),
  cache_control_injection_points: z.array(anything).optional(),
  mock_response: z.string().optional().describe("Answer without asking anyone, for tests."),
  extra_headers: z.record(z.string(), z.string()).optional().describe("Headers to add; a secret is os.environ/NAME."),
  default_headers: z.record(z.string(), z.string()).optional(),
  extra_body: anything.optional().describe("Fields to add to the request's body."),
  metadata: anything.optional(),
  silent_model: text.optional().describe("Model that gets a copy of each request, whose answer nobody sees."),
  ...optional(
    [
      "auto_router_config_path",
      "auto_router_config",
      "auto_router_default_model",
      "auto_router_embedding_model",
      "auto_router_routing_compression",
      "auto_router_model_compression",
      "complexity_router_default_model",
      "adaptive_router_default_model",
      "quality_router_default_model",
    ],
    text.describe("Setting of LiteLLM's routers that choose the model."),
  ),
  auto_router_max_input_chars: count.optional(),
  ...optional(["complexity_router_config", "adaptive_router_config", "quality_router_config"], anything),
};

/** Request parameters that a deployment sends unless the caller says otherwise. */
const request = {
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: count.optional(),
  n: count.optional(),
  max_tokens: count.optional(),
  max_completion_tokens: count.optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  seed: z.int().optional(),
  stop: z.union([z.string(), z.array(z.string())]).optional(),
  stream_options: anything.optional(),
  modalities: z.array(z.enum(["text", "audio", "image"])).optional(),
  audio: anything.optional(),
  voice: text.optional(),
  response_format: z.union([text, anything]).optional(),
  tools: z.array(anything).optional(),
  tool_choice: z.union([text, anything]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  logit_bias: anything.optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).optional(),
  reasoning_effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).optional(),
  thinking: anything.optional(),
  verbosity: z.enum(["low", "medium", "high"]).optional(),
  web_search_options: anything.optional(),
  service_tier: text.optional(),
  safety_identifier: text.optional(),
  prompt_cache_key: text.optional(),
  prompt_cache_retention: text.optional(),
  store: z.boolean().optional(),
  user: text.optional(),
  dimensions: count.optional(),
  encoding_format: z.enum(["float", "base64"]).optional(),
  input_type: text.optional(),
  output_vector_size: count.optional(),
  tiered_pricing: z.array(anything).optional(),
  search_context_cost_per_query: anything.optional(),
};

/** The same of single providers, in their own words, which LiteLLM has no list of: it hands them on. */
export const providerParams = {
  ...optional(["safety_settings"], z.array(anything).describe("Of Gemini and Vertex AI.")),
  ...optional(["cached_content"], text.describe("Of Gemini and Vertex AI.")),
  ...optional(["guardrailConfig", "performanceConfig", "requestMetadata"], anything.describe("Of Bedrock.")),
  ...optional(["num_ctx", "num_thread"], z.int().min(0).describe("Of Ollama.")),
  num_gpu: z.int().min(-1).optional().describe("Of Ollama: layers on the GPU; -1 leaves it to Ollama."),
  ...optional(["num_predict", "repeat_last_n"], z.int().min(-2).describe("Of Ollama.")),
  mirostat: z.int().min(0).max(2).optional().describe("Of Ollama."),
  ...optional(["mirostat_eta", "mirostat_tau", "repeat_penalty"], z.number().min(0).describe("Of Ollama.")),
  keep_alive: z.union([text, z.number()]).optional().describe("Of Ollama, for example 30m."),
  ...optional(["chat_template_kwargs", "mm_processor_kwargs", "structured_outputs"], anything.describe("Of vLLM.")),
  ...optional(["repetition_penalty"], z.number().positive().describe("Of vLLM and others.")),
  ...optional(["min_p"], z.number().min(0).max(1).describe("Of vLLM, Ollama and others.")),
  ...optional(["length_penalty"], z.number().describe("Of vLLM.")),
  ...optional(["min_tokens", "truncate_prompt_tokens"], z.int().describe("Of vLLM.")),
  ...optional(["skip_special_tokens", "ignore_eos"], z.boolean().describe("Of vLLM.")),
  stop_token_ids: z.array(z.int()).optional().describe("Of vLLM."),
  provider: anything.optional().describe("Of OpenRouter: which providers it may choose."),
  ...optional(["transforms"], texts.describe("Of OpenRouter.")),
  ...optional(["safe_prompt"], z.boolean().describe("Of Mistral.")),
  ...optional(["safety_mode"], text.describe("Of Cohere.")),
  ...optional(["search_recency_filter", "search_mode"], text.describe("Of Perplexity.")),
  ...optional(["search_domain_filter"], texts.describe("Of Perplexity.")),
  ...optional(["return_images", "return_related_questions"], z.boolean().describe("Of Perplexity.")),
  ...optional(["search_parameters"], anything.describe("Of xAI.")),
  ...optional(["reasoning_format"], text.describe("Of Groq.")),
  ...optional(["include_reasoning"], z.boolean().describe("Of Groq.")),
  data_sources: z.array(anything).optional().describe("Of Azure OpenAI."),
};

/** All but `model`, which only a deployment has. */
const shape = {
  ...place,
  ...login,
  ...limits,
  ...handling,
  ...request,
  ...providerParams,
  ...pricing,
  ...refused({
    custom_llm_provider: "must not be set: the prefix of model says it",
    base_url: "must be written as api_base",
    request_timeout: "must be written as timeout",
    fallbacks: "must stand in routing.fallbacks",
    context_window_fallback_dict: "must stand in routing.context_window_fallbacks",
    retry_policy: "must stand in routing.retry_policy or routing.model_group_retry_policy",
    model_info: "must stand beside litellm_params",
    modify_params: "must not be set: LiteLLM has it for the whole proxy only, and would send it to the provider",
  }),
};

/** `litellm_params` of LiteLLM 1.106: where a deployment is, how to log in, its limits, and what it sends. */
export const litellmParamsSchema = z.strictObject({
  model: z
    .string()
    .regex(
      /^[^\s/]+\/\S+$/,
      "must be <provider>/<model>, for example openai/gpt-4o or hosted_vllm/meta-llama/Llama-3.3-70B-Instruct",
    )
    .describe("<provider>/<model>; <provider>/* stands for all of a provider's models."),
  ...shape,
});

/** Parameters that every deployment has unless it writes its own. */
export const defaultParamsSchema = z.strictObject(shape);

/** Parameters that LiteLLM takes and that are not among ours; they may have any value. */
export const furtherParamsSchema = z.array(
  z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/, "must be a parameter's name: letters, digits and '_'")
    .refine(
      (name) => !Object.hasOwn(litellmParamsSchema.shape, name),
      "must not be set: the parameter is known, see docs/settings.md",
    ),
);

/** Values of a credential: how to log in, and where. */
export const credentialValuesSchema = z.strictObject({ ...place, ...login });

export type LitellmParams = z.output<typeof litellmParamsSchema>;
