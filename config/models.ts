import { z } from "zod";
import { dnsLabel, environmentVariable, httpUrl } from "./values.ts";

const environmentReference = z
  .string()
  .regex(
    /^os\.environ\/[A-Z_][A-Z0-9_]*$/,
    "must be os.environ/NAME (the program puts NAME there from Vault); a literal secret is refused",
  );

const count = z.int().min(1);
const seconds = z.number().positive();
const cost = z.number().min(0);

/** `litellm_params` of LiteLLM 1.108: where a deployment is, how to log in, and its limits. */
export const litellmParamsSchema = z.strictObject({
  model: z
    .string()
    .regex(
      /^[^\s/]+\/\S+$/,
      "must be <provider>/<model>, for example openai/gpt-4o or hosted_vllm/meta-llama/Llama-3.3-70B-Instruct",
    ),
  api_key: environmentReference.optional(),
  api_base: httpUrl.or(environmentReference).optional(),
  api_version: z.string().min(1).optional(),
  base_model: z.string().min(1).optional(),
  organization: z.string().min(1).optional(),
  input_type: z.string().min(1).optional(),
  dimensions: count.optional(),
  rpm: count.optional(),
  tpm: count.optional(),
  max_parallel_requests: count.optional(),
  timeout: seconds.optional(),
  stream_timeout: seconds.optional(),
  max_retries: z.int().min(0).optional(),
  weight: z.number().positive().optional(),
  order: count.optional(),
  tags: z.array(z.string().min(1)).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: count.optional(),
  drop_params: z.boolean().optional(),
  modify_params: z.boolean().optional(),
  extra_headers: z.record(z.string(), z.string()).optional(),
  input_cost_per_token: cost.optional(),
  output_cost_per_token: cost.optional(),
  input_cost_per_second: cost.optional(),
  max_budget: cost.optional(),
  budget_duration: z.string().min(1).optional(),
  aws_region_name: z.string().min(1).optional(),
  aws_access_key_id: environmentReference.optional(),
  aws_secret_access_key: environmentReference.optional(),
  aws_role_name: z.string().min(1).optional(),
  aws_session_name: z.string().min(1).optional(),
  vertex_project: z.string().min(1).optional(),
  vertex_location: z.string().min(1).optional(),
  vertex_credentials: environmentReference.optional(),
});

/** `model_info` of LiteLLM: what is told of a deployment, and how its health is checked. */
export const modelInfoSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "must be letters, digits, '_', '.' and '-'")
    .optional()
    .describe("Identity of the deployment. Default: derived from the deployment's own settings."),
  mode: z
    .enum([
      "chat",
      "completion",
      "embedding",
      "rerank",
      "realtime",
      "responses",
      "image_generation",
      "audio_speech",
      "audio_transcription",
    ])
    .optional(),
  base_model: z.string().min(1).optional(),
  access_groups: z.array(z.string().min(1)).optional(),
  max_tokens: count.optional(),
  max_input_tokens: count.optional(),
  max_output_tokens: count.optional(),
  input_cost_per_token: cost.optional(),
  output_cost_per_token: cost.optional(),
  supports_vision: z.boolean().optional(),
  supports_reasoning: z.boolean().optional(),
  supports_function_calling: z.boolean().optional(),
  supports_audio_input: z.boolean().optional(),
  supports_audio_output: z.boolean().optional(),
  disable_background_health_check: z.boolean().optional(),
  health_check_timeout: seconds.optional(),
  health_check_model: z.string().min(1).optional(),
  health_check_voice: z.string().min(1).optional(),
});

export const modelSchema = z.strictObject({
  model_name: z.string().min(1, "must not be empty").max(200).describe("Name that callers use."),
  litellm_params: litellmParamsSchema,
  model_info: modelInfoSchema.optional(),
});

export const modelListSchema = z.array(modelSchema);

export const modelsSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe("YAML file with a list in LiteLLM's own shape, relative to the project; appended to `list`."),
    list: modelListSchema.default([]).describe("Deployments in LiteLLM's own shape."),
    vaultPaths: z
      .record(
        environmentVariable,
        z.strictObject({
          credential: dnsLabel.describe("Last segment of the Vault path: <vault.path>/providers/<credential>."),
          property: z.string().min(1).default("api_key").describe("Key within that secret."),
        }),
      )
      .default({})
      .describe("Where variables that models name are kept in Vault, when the rule of the guide does not fit."),
  })
  .describe("The models that the gateway serves.");

export type Model = z.output<typeof modelSchema>;
