import type { Check } from "../config/parse.ts";
import type { Model } from "../config/models.ts";
import { type Problem, hintOf, joinPath } from "../config/problems.ts";
import { environmentName, environmentNameRule } from "../config/values.ts";
import { shortHash } from "./hash.ts";
import { isReference, prefixOf, providerOf, providers, referencedVariables, withKeyReferences } from "./providers.ts";
import { ownVariables } from "./environment.ts";

/** A deployment as it stands in LiteLLM's `model_list`. */
export interface Deployment {
  readonly model_name: string;
  readonly litellm_params: Model["litellm_params"];
  readonly model_info: NonNullable<Model["model_info"]> & { readonly id: string };
}

/** LiteLLM's `model_list`: key references filled in, and an identity that survives every restart. */
export function modelList(models: readonly Model[]): Deployment[] {
  return models.map((model) => ({
    model_name: model.model_name,
    litellm_params: withKeyReferences(model),
    model_info: { ...model.model_info, id: deploymentId(model) },
  }));
}

/**
 * Identity of a deployment, from where it is and not from its limits, so that a changed rate limit keeps its counters.
 * Without one LiteLLM makes a new identity whenever any parameter changes, and drops models at a restart.
 */
export function deploymentId(model: Model): string {
  if (model.model_info?.id !== undefined) return model.model_info.id;
  const params = withKeyReferences(model);
  const place = {
    name: model.model_name,
    model: params.model,
    base: params.api_base,
    version: params.api_version,
    key: params.api_key,
    organization: params.organization,
    region: params.aws_region_name,
    role: params.aws_role_name,
    project: params.vertex_project,
    location: params.vertex_location,
  };
  const slug = model.model_name.replaceAll(/[^A-Za-z0-9_.-]+/g, "-").replaceAll(/^[^A-Za-z0-9]+/g, "");
  return `${slug}-${shortHash(place, 8)}`;
}

/** Headers that carry a login and would stand in clear text in the proxy's configuration. */
const secretHeader = /(^|-)(authorization|cookie|key|apikey|token|secret|password)$/i;

/** Each half of an AWS key is of no use with the other half of another account. */
const awsPair = [
  ["aws_access_key_id", "aws_secret_access_key"],
  ["aws_secret_access_key", "aws_access_key_id"],
] as const;

/** Providers that exist, needed addresses, own variables left alone, identities used once. */
export const checkModels: Check = ({ models }) => {
  if (models === undefined) return [];
  if (models.list.length === 0)
    return [{ path: "models", message: "has no model, must list at least one in list or file" }];
  const seen = new Map<string, string>();
  return models.list.flatMap((model, index) => {
    const path = `models.list[${index}]`;
    return [
      ...providerProblems(model, path),
      ...referenceProblems(model, path),
      ...headerProblems(model, index),
      ...awsProblems(model, path),
      ...identityProblems(model, path, seen),
    ];
  });
};

function providerProblems(model: Model, path: string): Problem[] {
  const prefix = prefixOf(model);
  const provider = providerOf(model);
  if (provider === undefined) {
    const known = Object.keys(providers).sort();
    const hint = hintOf(prefix, known);
    const message = `unknown provider ${JSON.stringify(prefix)}${hint} Known: ${known.join(", ")}`;
    return [{ path: `${path}.litellm_params.model`, message }];
  }
  if (provider.variables.length > 0 || model.litellm_params.api_base !== undefined) return [];
  const message = `is missing, must be the URL of the ${prefix} server`;
  return [{ path: `${path}.litellm_params.api_base`, message }];
}

function referenceProblems(model: Model, path: string): Problem[] {
  return referencedVariables(model.litellm_params).flatMap((variable) => {
    const where = `${path}.litellm_params`;
    if (!environmentName.test(variable))
      return [{ path: where, message: `refers to ${JSON.stringify(variable)}, ${environmentNameRule}` }];
    if (!ownVariables.includes(variable)) return [];
    const message = `refers to ${variable}, which the program sets itself; must be the name of a provider's key`;
    return [{ path: where, message }];
  });
}

function headerProblems(model: Model, index: number): Problem[] {
  return Object.entries(model.litellm_params.extra_headers ?? {})
    .filter(([header, value]) => secretHeader.test(header) && !isReference(value))
    .map(([header]) => ({
      path: joinPath("models", "list", index, "litellm_params", "extra_headers", header),
      message: "looks like a secret, must be os.environ/NAME (the program puts NAME there from Vault)",
    }));
}

function awsProblems(model: Model, path: string): Problem[] {
  return awsPair
    .filter(([half, other]) => model.litellm_params[half] !== undefined && model.litellm_params[other] === undefined)
    .map(([half, other]) => ({
      path: `${path}.litellm_params.${other}`,
      message: `is missing, must be given together with ${half}`,
    }));
}

/** `seen` remembers which deployment had an identity first. */
function identityProblems(model: Model, path: string, seen: Map<string, string>): Problem[] {
  const id = deploymentId(model);
  const first = seen.get(id);
  if (first === undefined) {
    seen.set(id, path);
    return [];
  }
  const message = `is ${id}, as in ${first}, must be unique: give one of the two a model_info.id of its own`;
  return [{ path: `${path}.model_info.id`, message }];
}
