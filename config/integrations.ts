import { z } from "zod";
import { count, environmentReference, optional, seconds, text } from "./model-params.ts";
import { httpUrl } from "./values.ts";

/** Guardrails that LiteLLM 1.106 has built in. */
export const guardrailTypes = [
  "agent_365",
  "aim",
  "akto",
  "alice",
  "aporia",
  "azure/prompt_shield",
  "azure/text_moderations",
  "bedrock",
  "block_code_execution",
  "cato_networks",
  "cisco_ai_defense",
  "compresr",
  "conduct",
  "crowdstrike_aidr",
  "custom_code",
  "decision_model",
  "deepkeep",
  "dynamoai",
  "enkryptai",
  "generic_guardrail_api",
  "grayswan",
  "guardrails_ai",
  "headroom",
  "hiddenlayer",
  "hide-secrets",
  "ibm_guardrails",
  "javelin",
  "lakera",
  "lakera_v2",
  "lasso",
  "litellm_content_filter",
  "llm_as_a_judge",
  "llm_shield_proxy",
  "mcp_end_user_permission",
  "mcp_jwt_signer",
  "mcp_security",
  "microsoft_purview",
  "model_armor",
  "noma",
  "noma_v2",
  "onyx",
  "openai_moderation",
  "ovalix",
  "pangea",
  "panw_prisma_airs",
  "pillar",
  "presidio",
  "prompt_security",
  "promptguard",
  "qostodian_nexus",
  "qualifire",
  "repelloai",
  "rubrik",
  "semantic_guard",
  "singulr",
  "straiker",
  "tool_permission",
  "typesafe",
  "vigil_guard",
  "xecguard",
  "zscaler_ai_guard",
] as const;

/** When a guardrail looks at a request, in LiteLLM's words. */
export const guardrailModes = [
  "pre_call",
  "during_call",
  "post_call",
  "logging_only",
  "pre_mcp_call",
  "during_mcp_call",
  "post_mcp_call",
  "realtime_input_transcription",
] as const;

/** What all guardrails share is checked; the rest, which differs by type, is handed on. */
export const guardrailSchema = z.strictObject({
  guardrail_name: text.describe("Name that requests and keys use."),
  litellm_params: z
    .looseObject({
      guardrail: z.enum(guardrailTypes).describe("Which of LiteLLM's guardrails."),
      mode: z
        .union([z.enum(guardrailModes), z.array(z.enum(guardrailModes)).min(1)])
        .describe("When it looks at a request."),
      default_on: z.boolean().optional().describe("For every request. LiteLLM's default: for those that ask for it."),
      api_key: environmentReference.optional(),
      api_base: httpUrl.or(environmentReference).optional(),
    })
    .describe("Settings of the guardrail; those that LiteLLM has for its type are handed on."),
  guardrail_info: z.record(z.string(), z.unknown()).optional(),
});

export const mcpAuthTypes = [
  "none",
  "api_key",
  "bearer_token",
  "basic",
  "authorization",
  "token",
  "oauth2",
  "oauth2_token_exchange",
  "oauth2_id_jag",
  "oauth_delegate",
  "true_passthrough",
  "aws_sigv4",
] as const;

const mcpServerSchema = z.strictObject({
  url: httpUrl.or(environmentReference).optional().describe("Where the server is."),
  transport: z.enum(["http", "sse"]).optional().describe("LiteLLM's default: http."),
  description: text.optional(),
  alias: text.optional(),
  server_id: text.optional(),
  spec_path: text.optional().describe("OpenAPI description to make tools of."),
  protocol_version: text.optional(),
  instructions: text.optional(),
  auth_type: z.enum(mcpAuthTypes).optional().describe("How the gateway logs in there."),
  ...optional(
    ["authentication_token", "auth_value", "client_secret", "client_private_key"],
    environmentReference.describe("Secret: os.environ/NAME."),
  ),
  ...optional(["aws_access_key_id", "aws_secret_access_key", "aws_session_token"], environmentReference),
  ...optional(
    [
      "client_id",
      "client_private_key_id",
      "client_assertion_signing_alg",
      "issuer",
      "authorization_url",
      "token_url",
      "registration_url",
      "token_exchange_endpoint",
      "token_exchange_profile",
      "token_endpoint_auth_method",
      "audience",
      "id_jag_resource",
      "id_jag_resource_token_endpoint",
      "upstream_resource",
      "upstream_token_header",
      "aws_region_name",
      "aws_service_name",
      "aws_role_name",
      "aws_session_name",
    ],
    text,
  ),
  oauth2_flow: z
    .enum(["client_credentials", "authorization_code"])
    .optional()
    .describe("Needed with auth_type oauth2."),
  scopes: z.array(text).optional(),
  static_headers: z.record(z.string(), z.string()).optional().describe("Headers to add; a secret is os.environ/NAME."),
  extra_headers: z.array(text).optional().describe("Names of callers' headers to pass on."),
  allowed_tools: z.array(text).optional(),
  disallowed_tools: z.array(text).optional(),
  allowed_params: z.record(z.string(), z.array(text)).optional(),
  access_groups: z.array(text).optional(),
  ...optional(
    [
      "allow_all_keys",
      "available_on_public_internet",
      "delegate_auth_to_upstream",
      "oauth_passthrough",
      "dcr_bridge",
      "per_server_oauth_discovery",
      "allow_sampling",
      "allow_elicitation",
    ],
    z.boolean(),
  ),
  timeout: seconds.optional(),
  rpm: count.optional(),
  max_concurrent_requests: count.optional(),
  mcp_info: z.record(z.string(), z.unknown()).optional(),
});

export const mcpServersSchema = z.record(
  z.string().regex(/^[A-Za-z0-9_]+$/, "must be letters, digits and '_': LiteLLM puts '-' between server and tool"),
  mcpServerSchema,
);
