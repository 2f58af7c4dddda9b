import type { Check } from "../../config/parse.ts";
import type { Credential, Model, Models } from "../../config/models.ts";
import { type Problem, hintOf, joinPath } from "../../config/problems.ts";
import { environmentName, environmentNameRule } from "../../config/values.ts";
import { deploymentId } from "./catalogue.ts";
import { isSecretText } from "../shared/clear-text.ts";
import { ownVariables } from "../proxy/environment.ts";
import { modeProblems } from "./health-checks.ts";
import { credentialList, prefixOf, providerNamed, providerOf, providers } from "./providers.ts";
import { isReference, leavesOf, referencedVariables } from "../shared/references.ts";
import { isSecretName } from "../shared/secret-names.ts";

/** Each half of an AWS key is of no use with the other half of another account. */
const awsPair = [
  ["aws_access_key_id", "aws_secret_access_key"],
  ["aws_secret_access_key", "aws_access_key_id"],
] as const;

/** Providers that exist, needed addresses, credentials that are there, own variables left alone, identities used once. */
export const checkModels: Check = ({ models }) => {
  if (models === undefined) return [];
  if (models.list.length === 0)
    return [{ path: "models", message: "has no model, must list at least one in list or file" }];
  const seen = new Map<string, string>();
  const credentials = new Map(models.credentials.map((credential) => [credential.credential_name, credential]));
  const guardrails = new Set(models.guardrails.map(({ guardrail_name: name }) => name));
  return [
    ...models.list.flatMap((model, index) => {
      const path = `models.list[${index}]`;
      return [
        ...providerProblems(model, path, credentials),
        ...settingProblems(model.litellm_params, ["models", "list", index, "litellm_params"]),
        ...settingProblems(model.model_info ?? {}, ["models", "list", index, "model_info"]),
        ...awsProblems(model.litellm_params, `${path}.litellm_params`),
        ...guardrailProblems(model, path, guardrails),
        ...modeProblems(model, path),
        ...identityProblems(model, path, seen, models.podIdentity),
      ];
    }),
    ...credentialProblems(models),
    ...integrationProblems(models),
  ];
};

function providerProblems(model: Model, path: string, credentials: ReadonlyMap<string, Credential>): Problem[] {
  const { model_name: name, litellm_params: params } = model;
  const prefix = prefixOf(model);
  const provider = providerOf(model);
  const at = (field: string, message: string) => ({ path: `${path}.${field}`, message });
  if (provider === undefined) return [at("litellm_params.model", unknownProvider(prefix))];
  const problems: Problem[] = [];
  if (params.model.includes("*") && !name.includes("*"))
    problems.push(at("model_name", `must have a * as well, since model stands for all models of ${prefix}`));
  const credentialName = params.litellm_credential_name;
  const credential = credentialName === undefined ? undefined : credentials.get(credentialName);
  if (credentialName !== undefined && credential === undefined) {
    const hint = hintOf(credentialName, [...credentials.keys()]);
    problems.push(
      at("litellm_params.litellm_credential_name", `must be the name of one in models.credentials, is none${hint}`),
    );
  }
  const address = params.api_base ?? credential?.credential_values.api_base;
  const isMissing = credentialName === undefined || credential !== undefined;
  if (provider.needsAddress === true && address === undefined && isMissing)
    problems.push(at("litellm_params.api_base", `is missing, must be the URL of the ${prefix} server`));
  return problems;
}

/** All of them are too many for a message. */
function unknownProvider(prefix: string): string {
  const known = Object.keys(providers);
  return `unknown provider ${JSON.stringify(prefix)}${hintOf(prefix, known)} LiteLLM knows ${known.length}, see docs/models.md`;
}

/** Settings whose names look like a login's, or have such names within, and whose schema lets no login through. */
const harmless = ["aws_session_tags", "aws_web_identity_token", "bedrock_tags"];

/** References that LiteLLM resolves, to variables that are free, and no secret in clear text at any depth. */
function settingProblems(settings: Readonly<Record<string, unknown>>, place: readonly (string | number)[]): Problem[] {
  const path = joinPath(...place);
  const references = [...new Set(referencedVariables(settings))].flatMap((variable): Problem[] => {
    if (!environmentName.test(variable))
      return [{ path, message: `refers to ${JSON.stringify(variable)}, ${environmentNameRule}` }];
    if (!ownVariables.includes(variable)) return [];
    const message = `refers to ${variable}, which the program sets itself; must be the name of a provider's key`;
    return [{ path, message }];
  });
  const leaves = leavesOf(settings).flatMap(({ path: inner, value }): Problem[] => {
    if (typeof value !== "string") return [];
    const name = inner.findLast((segment) => typeof segment === "string") ?? "";
    const isListed = typeof inner.at(-1) === "number";
    if (isReference(value))
      return isListed
        ? [
            {
              path: joinPath(...place, ...inner),
              message: "must not be os.environ/NAME: LiteLLM resolves none in lists",
            },
          ]
        : [];
    const isNamed = isSecretName(name) && !harmless.includes(String(inner[0])) && value !== "";
    if (!isNamed && !isSecretText(value)) return [];
    const message = "looks like a secret, must be os.environ/NAME (the program puts NAME there from Vault)";
    return [{ path: joinPath(...place, ...inner), message }];
  });
  return [...references, ...leaves];
}

function awsProblems(settings: Readonly<Record<string, unknown>>, path: string): Problem[] {
  return awsPair
    .filter(([half, other]) => settings[half] !== undefined && settings[other] === undefined)
    .map(([half, other]) => ({ path: `${path}.${other}`, message: `is missing, must be given together with ${half}` }));
}

function guardrailProblems(model: Model, path: string, known: ReadonlySet<string>): Problem[] {
  return (model.litellm_params.guardrails ?? []).flatMap((name, index) =>
    known.has(name)
      ? []
      : [
          {
            path: `${path}.litellm_params.guardrails[${index}]`,
            message: `must be the name of one in models.guardrails, is none${hintOf(name, [...known])}`,
          },
        ],
  );
}

/** `seen` remembers which deployment had an identity first. */
function identityProblems(
  model: Model,
  path: string,
  seen: Map<string, string>,
  podIdentity: Models["podIdentity"],
): Problem[] {
  const id = deploymentId(model, podIdentity);
  const first = seen.get(id);
  if (first === undefined) {
    seen.set(id, path);
    return [];
  }
  const message = `is ${id}, as in ${first}, must be unique: give one of the two a model_info.id of its own`;
  return [{ path: `${path}.model_info.id`, message }];
}

function credentialProblems(models: Models): Problem[] {
  const first = new Map<string, number>();
  return credentialList(models).flatMap((credential, index): Problem[] => {
    const { credential_name: name, credential_values: values, credential_info: info } = credential;
    const path = `models.credentials[${index}]`;
    const problems: Problem[] = [
      ...settingProblems(values, ["models", "credentials", index, "credential_values"]),
      ...awsProblems(values, `${path}.credential_values`),
    ];
    const prefix = info.custom_llm_provider;
    if (prefix !== undefined && providerNamed(prefix) === undefined) {
      const message = `must be a provider's prefix, is none${hintOf(prefix, Object.keys(providers))}`;
      problems.push({ path: `${path}.credential_info.custom_llm_provider`, message });
    }
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else {
      const message = `is that of models.credentials[${earlier}] too, must be unique`;
      problems.push({ path: `${path}.credential_name`, message });
    }
    return problems;
  });
}

function integrationProblems({ guardrails, mcpServers }: Models): Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, number>();
  for (const [index, { guardrail_name: name, litellm_params: params }] of guardrails.entries()) {
    problems.push(...settingProblems(params, ["models", "guardrails", index, "litellm_params"]));
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else {
      const path = `models.guardrails[${index}].guardrail_name`;
      problems.push({ path, message: `is that of models.guardrails[${earlier}] too, must be unique` });
    }
  }
  for (const [name, server] of Object.entries(mcpServers)) {
    const path = joinPath("models", "mcpServers", name);
    problems.push(...settingProblems(server, ["models", "mcpServers", name]), ...awsProblems(server, path));
    if (server.url === undefined && server.spec_path === undefined)
      problems.push({ path: `${path}.url`, message: "is missing, must be the URL of the MCP server" });
    if (server.auth_type === "oauth2" && server.oauth2_flow === undefined)
      problems.push({
        path: `${path}.oauth2_flow`,
        message: "is missing, must be client_credentials or authorization_code with auth_type oauth2",
      });
  }
  return problems;
}
