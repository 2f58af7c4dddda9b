import { z } from "zod";
import { guardrailSchema, mcpServersSchema } from "./integrations.ts";
import {
  type LitellmParams,
  credentialValuesSchema,
  defaultParamsSchema,
  furtherParamsSchema,
  litellmParamsSchema,
  optional,
} from "./model-params.ts";
import { isMapping } from "./mapping.ts";
import { modelInfoSchema } from "./model-info.ts";
import { dnsLabel, environmentVariable } from "./values.ts";

export const modelSchema = z.strictObject({
  model_name: z.string().min(1, "must not be empty").max(200).describe("Name that callers use."),
  litellm_params: litellmParamsSchema,
  model_info: modelInfoSchema.optional(),
});

const credentialSchema = z.strictObject({
  credential_name: dnsLabel.describe("Name that litellm_credential_name refers to, and the last segment in Vault."),
  credential_values: credentialValuesSchema
    .default({})
    .describe("How to log in, and where. Keys that are left out follow from the name."),
  credential_info: z
    .strictObject({
      custom_llm_provider: z.string().min(1).optional().describe("Provider prefix. Default: that of its models."),
      description: z.string().min(1).optional(),
    })
    .default({}),
});

export const modelsSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe("YAML file with a list in LiteLLM's own shape, relative to the project; appended to `list`."),
    list: z.array(modelSchema).default([]).describe("Deployments in LiteLLM's own shape."),
    defaults: defaultParamsSchema
      .default({})
      .describe("Parameters of every deployment that does not write its own, as in litellm_params.")
      .meta({ "x-one-row": true }),
    furtherParams: furtherParamsSchema
      .default([])
      .describe("Names of parameters that LiteLLM takes and that are unknown here, for litellm_params and defaults."),
    credentials: z
      .array(credentialSchema)
      .default([])
      .describe("Logins with names, in the shape of LiteLLM's credential_list."),
    podIdentity: z
      .array(z.enum(["bedrock", "sagemaker", "vertex_ai"]))
      .default([])
      .describe("Providers at which the pod's own identity logs in (IRSA, workload identity), without keys."),
    guardrails: z.array(guardrailSchema).default([]).describe("Guardrails in LiteLLM's own shape."),
    mcpServers: mcpServersSchema.default({}).describe("MCP servers by name, in LiteLLM's own shape."),
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
export type Credential = z.output<typeof credentialSchema>;
export type Models = z.output<typeof modelsSchema>;

/** The schema of some models, which know the parameters in their `furtherParams` besides ours. */
export function modelsSchemaOf(value: unknown): typeof modelsSchema {
  const names = furtherParamsSchema.safeParse(isMapping(value) ? value["furtherParams"] : undefined);
  if (!names.success) return modelsSchema;
  const further = optional(names.data, z.unknown());
  const schema = modelsSchema.extend({
    list: z.array(modelSchema.extend({ litellm_params: litellmParamsSchema.extend(further) })).default([]),
    defaults: defaultParamsSchema.extend(further).default({}),
  });
  return schema as unknown as typeof modelsSchema;
}

/** Said of an unknown key at a path within the models, where there is a way to have it all the same. */
export function escapeAt(path: readonly PropertyKey[]): string {
  const isParams = path.at(-1) === "litellm_params" || (path.length === 1 && path[0] === "defaults");
  return isParams ? "; models.furtherParams lets others through" : "";
}

/** The models with `defaults` in every deployment that does not say otherwise. Doing it again changes nothing. */
export function withDefaultParams(models: Models): Models {
  if (Object.keys(models.defaults).length === 0) return models;
  const list = models.list.map((model) => ({
    ...model,
    litellm_params: { ...models.defaults, ...model.litellm_params } satisfies LitellmParams,
  }));
  return { ...models, list };
}
