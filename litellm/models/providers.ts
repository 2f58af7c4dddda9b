import type { Credential, Model, Models } from "../../config/models.ts";
import { providerPrefixes } from "./provider-prefixes.ts";
import { referenceTo, referencedVariables } from "../shared/references.ts";

/** A secret value that a provider's deployments need, and where it stands. */
export interface ProviderVariable {
  /** Environment variable of the proxy. */
  readonly variable: string;
  /** `litellm_params` field that refers to it. */
  readonly parameter: "api_key" | "aws_access_key_id" | "aws_secret_access_key" | "vertex_credentials";
  /** Key within the provider's secret in Vault. */
  readonly property: string;
}

export interface Provider {
  /** Last segment of the Vault path: `<vault.path>/providers/<credential>`. */
  readonly credential: string;
  /** Empty for providers that need no key, and for those whose variable is not known here. */
  readonly variables: readonly ProviderVariable[];
  /** Parameters of other ways to log in; with any of them no key is referred to. */
  readonly otherLogins?: readonly (keyof Model["litellm_params"])[];
  /** Whether it has no address of its own, so that each deployment must say one. */
  readonly needsAddress?: boolean;
}

/** Variable names are those that LiteLLM's provider pages document. */
const keyed: Readonly<Record<string, string>> = {
  ai21: "AI21_API_KEY",
  ai21_chat: "AI21_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  anthropic_text: "ANTHROPIC_API_KEY",
  azure: "AZURE_API_KEY",
  azure_ai: "AZURE_AI_API_KEY",
  azure_text: "AZURE_API_KEY",
  baseten: "BASETEN_API_KEY",
  cerebras: "CEREBRAS_API_KEY",
  codestral: "CODESTRAL_API_KEY",
  cohere: "COHERE_API_KEY",
  cohere_chat: "COHERE_API_KEY",
  dashscope: "DASHSCOPE_API_KEY",
  databricks: "DATABRICKS_API_KEY",
  deepgram: "DEEPGRAM_API_KEY",
  deepinfra: "DEEPINFRA_API_KEY",
  deepseek: "DEEPSEEK_API_KEY",
  elevenlabs: "ELEVENLABS_API_KEY",
  featherless_ai: "FEATHERLESS_AI_API_KEY",
  fireworks_ai: "FIREWORKS_AI_API_KEY",
  gemini: "GEMINI_API_KEY",
  groq: "GROQ_API_KEY",
  huggingface: "HUGGINGFACE_API_KEY",
  inception: "INCEPTION_API_KEY",
  jina_ai: "JINA_AI_API_KEY",
  mistral: "MISTRAL_API_KEY",
  modelscope: "MODELSCOPE_API_KEY",
  moonshot: "MOONSHOT_API_KEY",
  nebius: "NEBIUS_API_KEY",
  nlp_cloud: "NLP_CLOUD_API_KEY",
  novita: "NOVITA_API_KEY",
  nvidia_nim: "NVIDIA_NIM_API_KEY",
  openai: "OPENAI_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
  perplexity: "PERPLEXITYAI_API_KEY",
  replicate: "REPLICATE_API_KEY",
  sambanova: "SAMBANOVA_API_KEY",
  tencent: "TENCENT_API_KEY",
  "text-completion-codestral": "CODESTRAL_API_KEY",
  "text-completion-openai": "OPENAI_API_KEY",
  together_ai: "TOGETHERAI_API_KEY",
  vercel_ai_gateway: "VERCEL_AI_GATEWAY_API_KEY",
  volcengine: "VOLCENGINE_API_KEY",
  voyage: "VOYAGE_API_KEY",
  wandb: "WANDB_API_KEY",
  watsonx: "WATSONX_API_KEY",
  xai: "XAI_API_KEY",
  zai: "ZAI_API_KEY",
};

/** Ways to log in besides a key. */
const otherLogins: Readonly<Record<string, Provider["otherLogins"]>> = {
  anthropic: ["anthropic_federation_rule_id", "anthropic_identity_source", "anthropic_identity_token_file"],
  azure: ["azure_ad_token", "client_secret", "azure_password"],
  azure_ai: ["azure_ad_token", "client_secret", "azure_password"],
  openai: ["openai_identity_provider_id"],
};

/** Every resource of Azure has an address of its own. */
const azure = ["azure", "azure_ai", "azure_text"];

/** Servers that people run themselves, most often inside the cluster; a key is used only where a model names one. */
const selfHosted = [
  "docker_model_runner",
  "hosted_vllm",
  "infinity",
  "lemonade",
  "litellm_proxy",
  "llamafile",
  "lm_studio",
  "ollama",
  "ollama_chat",
  "triton",
  "xinference",
];

const aws: Provider = {
  credential: "aws",
  variables: [
    { variable: "AWS_ACCESS_KEY_ID", parameter: "aws_access_key_id", property: "access_key_id" },
    { variable: "AWS_SECRET_ACCESS_KEY", parameter: "aws_secret_access_key", property: "secret_access_key" },
  ],
  otherLogins: ["aws_role_name", "aws_profile_name", "aws_web_identity_token", "api_key"],
};

const vertex: Provider = {
  credential: "vertex-ai",
  variables: [{ variable: "VERTEX_CREDENTIALS", parameter: "vertex_credentials", property: "credentials" }],
  otherLogins: ["api_key"],
};

/** Every provider prefix that a model may start with. */
export const providers: Readonly<Record<string, Provider>> = {
  ...Object.fromEntries(
    providerPrefixes.map((prefix): [string, Provider] => [
      prefix,
      { credential: prefix.replaceAll("_", "-"), variables: [], needsAddress: selfHosted.includes(prefix) },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(keyed).map(([prefix, variable]): [string, Provider] => [
      prefix,
      {
        credential: credentialOf(variable).credential,
        variables: [{ variable, parameter: "api_key", property: "api_key" }],
        otherLogins: otherLogins[prefix] ?? [],
        needsAddress: azure.includes(prefix),
      },
    ]),
  ),
  bedrock: aws,
  sagemaker: aws,
  sagemaker_chat: aws,
  vertex_ai: vertex,
};

/** Where a variable's value is stored in Vault. */
export interface VaultLocation {
  readonly credential: string;
  readonly property: string;
}

/** The rule for variables that no provider owns: `AZURE_EAST_API_KEY` is property `api_key` of `azure-east`. */
export function credentialOf(variable: string): VaultLocation {
  const match = /^(.+?)_(API_KEY|API_BASE|API_VERSION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|CREDENTIALS)$/.exec(variable);
  const [name, property] =
    match === null ? [variable, "value"] : [match[1] ?? variable, (match[2] ?? "").toLowerCase()];
  return { credential: name.toLowerCase().replaceAll("_", "-"), property };
}

/** The provider's prefix of `openai/gpt-4o`. */
export function prefixOf(model: Model): string {
  return model.litellm_params.model.split("/", 1)[0] ?? "";
}

/** The provider of a prefix, if it is one that LiteLLM knows. */
export function providerNamed(prefix: string): Provider | undefined {
  return Object.hasOwn(providers, prefix) ? providers[prefix] : undefined;
}

export function providerOf(model: Model): Provider | undefined {
  return providerNamed(prefixOf(model));
}

/** The part of the models that decides how they log in. */
export type Logins = Pick<Models, "list" | "credentials" | "podIdentity">;

/**
 * The deployment's parameters with references to the provider's keys filled in where none is written. One with a named
 * credential, with another way to log in, or where the pod itself logs in, needs no key.
 */
export function withKeyReferences(model: Model, podIdentity: Models["podIdentity"] = []): Model["litellm_params"] {
  const provider = providerOf(model);
  const params = model.litellm_params;
  if (provider === undefined || params.litellm_credential_name !== undefined) return params;
  if (isPodIdentity(prefixOf(model), podIdentity)) return params;
  return { ...params, ...missingKeys(provider, params, ({ variable }) => variable) };
}

function isPodIdentity(prefix: string, podIdentity: Models["podIdentity"]): boolean {
  return podIdentity.some((provider) => provider === prefix || `${provider}_chat` === prefix);
}

/** References for the keys that are not written, unless the settings log in another way. */
function missingKeys(
  { variables, otherLogins = [] }: Provider,
  written: Readonly<Record<string, unknown>>,
  nameOf: (variable: ProviderVariable) => string,
): Record<string, string> {
  if (otherLogins.some((parameter) => written[parameter] !== undefined)) return {};
  const missing = variables.filter(({ parameter }) => written[parameter] === undefined);
  return Object.fromEntries(missing.map((variable) => [variable.parameter, referenceTo(nameOf(variable))]));
}

/** A credential as it stands in LiteLLM's `credential_list`. */
export interface FilledCredential {
  readonly credential_name: string;
  readonly credential_values: Credential["credential_values"];
  readonly credential_info: Credential["credential_info"];
}

/**
 * LiteLLM's `credential_list`: keys that are not written are referred to by the credential's name, so that
 * `azure-us-east` takes `AZURE_US_EAST_API_KEY`, which is stored in Vault under that name.
 */
export function credentialList({ list, credentials, podIdentity }: Logins): FilledCredential[] {
  const users = new Map<string, string>();
  for (const model of list) {
    const name = model.litellm_params.litellm_credential_name;
    if (name !== undefined && !users.has(name)) users.set(name, prefixOf(model));
  }
  return credentials.map(({ credential_name, credential_values, credential_info }) => {
    const prefix = credential_info.custom_llm_provider ?? users.get(credential_name) ?? "";
    const provider = isPodIdentity(prefix, podIdentity) ? undefined : providerNamed(prefix);
    const nameOf = ({ property }: ProviderVariable) =>
      `${credential_name.replaceAll("-", "_")}_${property}`.toUpperCase();
    const keys = provider === undefined ? {} : missingKeys(provider, credential_values, nameOf);
    return { credential_name, credential_values: { ...credential_values, ...keys }, credential_info };
  });
}

/** A variable that the models need, with its place in Vault. */
export interface RequiredVariable extends VaultLocation {
  readonly variable: string;
  /** Names of the models that need it, for messages. */
  readonly models: readonly string[];
  /** What else needs it, such as `guardrail pii`. */
  readonly others: readonly string[];
}

/** Every variable that models, credentials, guardrails and MCP servers need, each once, sorted by name. */
export function requiredVariables(catalogue: Omit<Models, "defaults" | "file">): RequiredVariable[] {
  const needed = new Map<string, { models: Set<string>; others: Set<string> }>();
  const note = (kind: "models" | "others", name: string, settings: Readonly<Record<string, unknown>>) => {
    for (const variable of referencedVariables(settings)) {
      const users = needed.get(variable) ?? { models: new Set(), others: new Set() };
      users[kind].add(name);
      needed.set(variable, users);
    }
  };
  const holders = new Map<string, string[]>();
  for (const model of catalogue.list) {
    note("models", model.model_name, withKeyReferences(model, catalogue.podIdentity));
    const credential = model.litellm_params.litellm_credential_name;
    if (credential !== undefined) holders.set(credential, [...(holders.get(credential) ?? []), model.model_name]);
  }
  for (const { credential_name: name, credential_values: values } of credentialList(catalogue)) {
    const models = holders.get(name);
    if (models === undefined) note("others", `credential ${name}`, values);
    else for (const model of models) note("models", model, values);
  }
  for (const { guardrail_name: name, litellm_params: params } of catalogue.guardrails)
    note("others", `guardrail ${name}`, params);
  for (const [name, server] of Object.entries(catalogue.mcpServers)) note("others", `MCP server ${name}`, server);
  return [...needed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([variable, { models, others }]) => ({
      variable,
      ...locationOf(variable, catalogue.vaultPaths),
      models: [...models].sort(),
      others: [...others].sort(),
    }));
}

/** Where a variable's value stands: where the configuration puts it, else by its provider, else by the rule. */
export function locationOf(variable: string, vaultPaths: Readonly<Record<string, VaultLocation>>): VaultLocation {
  return vaultPaths[variable] ?? ownedBy(variable) ?? credentialOf(variable);
}

const owners = new Map(
  Object.values(providers).flatMap(({ credential, variables }) =>
    variables.map(({ variable, property }) => [variable, { credential, property }] as const),
  ),
);

function ownedBy(variable: string): VaultLocation | undefined {
  return owners.get(variable);
}
