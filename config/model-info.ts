import { z } from "zod";
import { count, optional, pricing, refused, seconds, text } from "./model-params.ts";

/** What a deployment does: those for which LiteLLM 1.106 has a health check. */
export const modes = [
  "chat",
  "completion",
  "responses",
  "anthropic_messages",
  "embedding",
  "rerank",
  "image_generation",
  "image_edit",
  "video_generation",
  "audio_speech",
  "audio_transcription",
  "realtime",
  "batch",
  "ocr",
  "decisions",
] as const;

export type Mode = (typeof modes)[number];

const switches = [
  "supports_vision",
  "supports_reasoning",
  "supports_function_calling",
  "supports_parallel_function_calling",
  "supports_tool_choice",
  "supports_response_schema",
  "supports_system_messages",
  "supports_native_streaming",
  "supports_prompt_caching",
  "supports_assistant_prefill",
  "supports_audio_input",
  "supports_audio_output",
  "supports_image_input",
  "supports_video_input",
  "supports_pdf_input",
  "supports_embedding_image_input",
  "supports_web_search",
  "supports_url_context",
  "supports_computer_use",
] as const;

/** `model_info` of LiteLLM: what is told of a deployment, and how its health is checked. */
export const modelInfoSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "must be letters, digits, '_', '.' and '-'")
    .optional()
    .describe("Identity of the deployment. Default: derived from the deployment's own settings."),
  mode: z.enum(modes).optional().describe("What the deployment does. LiteLLM's default: what its price list says."),
  base_model: text.optional().describe("Model whose price and limits count, for names of your own such as Azure's."),
  access_groups: z.array(text).optional().describe("Groups that keys and teams can be given instead of names."),
  ...optional(["max_tokens", "max_input_tokens", "max_output_tokens"], count.describe("Limit told to callers.")),
  ...optional(switches, z.boolean().describe("What the model can do, told to callers.")),
  supported_regions: z.array(text).optional(),
  supported_endpoints: z.array(text).optional(),
  description: text.optional(),
  metadata: z.record(z.string(), z.unknown()).optional().describe("Anything to be told with the model."),
  tier: z.enum(["free", "paid"]).optional(),
  discoverable: z.boolean().optional(),
  blocked: z.boolean().optional().describe("Pause the deployment."),
  allow_fail_open: z.boolean().optional(),
  enable_tag_filtering: z.boolean().optional(),
  internal_router_model: z.boolean().optional(),
  ptu_count: z.int().min(1).max(1_000_000).optional(),
  cost_per_ptu_per_hour: z.number().min(0).max(1_000_000).optional(),
  ptu_effective_from: text.optional(),
  ptu_effective_to: text.optional(),
  access_windows: z
    .array(z.strictObject({ start: text, end: text, timezone: text, team_ids: z.array(text).min(1) }))
    .optional(),
  ...pricing,
  tiered_pricing: z.array(z.record(z.string(), z.unknown())).optional(),
  disable_background_health_check: z
    .boolean()
    .optional()
    .describe("Leave it out of health checks. Default: true for what they cannot check, see the guide."),
  health_check_timeout: seconds.optional(),
  health_check_model: text.optional().describe("Which model to check in place of a wildcard."),
  health_check_voice: text.optional(),
  ...optional(
    ["health_check_max_tokens", "health_check_max_tokens_reasoning", "health_check_max_tokens_non_reasoning"],
    count.describe("Tokens that a health check may cost."),
  ),
  health_check_supports_max_tokens: z.boolean().optional(),
  health_check_reasoning_effort: text.optional(),
  health_check_params: z.record(z.string(), z.unknown()).optional(),
  ...refused({
    db_model: "must not be set: LiteLLM keeps it for models of its database",
    team_id: "must not be set: teams are of LiteLLM's database; use access_groups",
    team_public_model_name: "must not be set: teams are of LiteLLM's database; use access_groups",
  }),
});
