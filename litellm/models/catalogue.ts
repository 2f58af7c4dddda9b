import { credentialValuesSchema } from "../../config/model-params.ts";
import type { Model, Models } from "../../config/models.ts";
import { shortHash } from "../shared/hash.ts";
import { healthCheckInfo } from "./health-checks.ts";
import { withKeyReferences } from "./providers.ts";

/** A deployment as it stands in LiteLLM's `model_list`. */
export interface Deployment {
  readonly model_name: string;
  readonly litellm_params: Model["litellm_params"];
  readonly model_info: NonNullable<Model["model_info"]> & { readonly id: string };
}

/** LiteLLM's `model_list`: key references filled in, and an identity that survives every restart. */
export function modelList({ list, podIdentity }: Pick<Models, "list" | "podIdentity">): Deployment[] {
  return list.map((model) => ({
    model_name: model.model_name,
    litellm_params: withKeyReferences(model, podIdentity),
    model_info: { ...healthCheckInfo(model), ...model.model_info, id: deploymentId(model, podIdentity) },
  }));
}

/** Names that the hash has for some parameters; the others have their own. */
const placeNames: Readonly<Record<string, string>> = {
  api_base: "base",
  api_version: "version",
  api_key: "key",
  aws_region_name: "region",
  aws_role_name: "role",
  vertex_project: "project",
  vertex_location: "location",
  litellm_credential_name: "credential",
};

const placeParameters = [...Object.keys(credentialValuesSchema.shape), "litellm_credential_name"] as const;

/**
 * Identity of a deployment, from where it is and not from its limits, so that a changed rate limit keeps its counters.
 * Without one LiteLLM makes a new identity whenever any parameter changes, and drops models at a restart.
 */
export function deploymentId(model: Model, podIdentity: Models["podIdentity"] = []): string {
  if (model.model_info?.id !== undefined) return model.model_info.id;
  const params: Readonly<Record<string, unknown>> = withKeyReferences(model, podIdentity);
  const place = Object.fromEntries(placeParameters.map((name) => [placeNames[name] ?? name, params[name]]));
  const slug = model.model_name.replaceAll(/[^A-Za-z0-9_.-]+/g, "-").replaceAll(/^[^A-Za-z0-9]+/g, "");
  return `${slug}-${shortHash({ name: model.model_name, model: params["model"], ...place }, 8)}`;
}
