import type { Model } from "../config/models.ts";

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
  /** Empty for providers that need no key, such as servers inside the cluster. */
  readonly variables: readonly ProviderVariable[];
}

/** Variable names are those that LiteLLM's provider pages document. */
const keyed: Readonly<Record<string, string>> = {
  anthropic: "ANTHROPIC_API_KEY",
  azure: "AZURE_API_KEY",
  azure_ai: "AZURE_AI_API_KEY",
  cerebras: "CEREBRAS_API_KEY",
  cohere: "COHERE_API_KEY",
  cohere_chat: "COHERE_API_KEY",
  databricks: "DATABRICKS_API_KEY",
  deepgram: "DEEPGRAM_API_KEY",
  deepinfra: "DEEPINFRA_API_KEY",
  deepseek: "DEEPSEEK_API_KEY",
  elevenlabs: "ELEVENLABS_API_KEY",
  fireworks_ai: "FIREWORKS_AI_API_KEY",
  gemini: "GEMINI_API_KEY",
  groq: "GROQ_API_KEY",
  huggingface: "HUGGINGFACE_API_KEY",
  jina_ai: "JINA_AI_API_KEY",
  mistral: "MISTRAL_API_KEY",
  moonshot: "MOONSHOT_API_KEY",
  nebius: "NEBIUS_API_KEY",
  nvidia_nim: "NVIDIA_NIM_API_KEY",
  openai: "OPENAI_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
  perplexity: "PERPLEXITYAI_API_KEY",
  replicate: "REPLICATE_API_KEY",
  sambanova: "SAMBANOVA_API_KEY",
  text_completion_openai: "OPENAI_API_KEY",
  together_ai: "TOGETHERAI_API_KEY",
  voyage: "VOYAGE_API_KEY",
  watsonx: "WATSONX_API_KEY",
  xai: "XAI_API_KEY",
  zai: "ZAI_API_KEY",
};

/** Servers that people run themselves, most often inside the cluster; a key is used only where a model names one. */
const keyless = [
  "hosted_vllm",
  "infinity",
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
};

/** Provider prefixes of LiteLLM that a model may start with. */
export const providers: Readonly<Record<string, Provider>> = {
  ...Object.fromEntries(
    Object.entries(keyed).map(([prefix, variable]) => [
      prefix,
      {
        credential: credentialOf(variable).credential,
        variables: [{ variable, parameter: "api_key", property: "api_key" }],
      } satisfies Provider,
    ]),
  ),
  ...Object.fromEntries(keyless.map((prefix) => [prefix, { credential: prefix, variables: [] } satisfies Provider])),
  bedrock: aws,
  sagemaker: aws,
  vertex_ai: {
    credential: "vertex-ai",
    variables: [{ variable: "VERTEX_CREDENTIALS", parameter: "vertex_credentials", property: "credentials" }],
  },
};

/** Where a variable's value stands in Vault. */
export interface VaultLocation {
  readonly credential: string;
  readonly property: string;
}

/** The rule for variables that no provider owns: `AZURE_EAST_API_KEY` is property `api_key` of `azure-east`. */
export function credentialOf(variable: string): VaultLocation {
  const match = /^(.+?)_(API_KEY|API_BASE|API_VERSION)$/.exec(variable);
  const [name, property] =
    match === null ? [variable, "value"] : [match[1] ?? variable, (match[2] ?? "").toLowerCase()];
  return { credential: name.toLowerCase().replaceAll("_", "-"), property };
}

/** The provider's prefix of `openai/gpt-4o`. */
export function prefixOf(model: Model): string {
  return model.litellm_params.model.split("/", 1)[0] ?? "";
}

/** The provider of a deployment, if its prefix is one we know. */
export function providerOf(model: Model): Provider | undefined {
  const prefix = prefixOf(model);
  return Object.hasOwn(providers, prefix) ? providers[prefix] : undefined;
}

/**
 * The deployment's parameters with references to the provider's keys filled in where none is written. A Bedrock or
 * SageMaker deployment with `aws_role_name` takes its rights from that role and needs no key.
 */
export function withKeyReferences(model: Model): Model["litellm_params"] {
  const provider = providerOf(model);
  const params = model.litellm_params;
  if (provider === undefined || (provider === aws && params.aws_role_name !== undefined)) return params;
  const references = provider.variables
    .filter(({ parameter }) => params[parameter] === undefined)
    .map(({ parameter, variable }) => [parameter, `os.environ/${variable}`] as const);
  return { ...params, ...Object.fromEntries(references) };
}

/** Names of the variables that a deployment's parameters refer to, at every depth at which LiteLLM resolves them. */
export function referencedVariables(params: Readonly<Record<string, unknown>>): string[] {
  return Object.values(params).flatMap((value) => {
    if (typeof value === "string") return isReference(value) ? [value.slice(referencePrefix.length)] : [];
    const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMapping ? referencedVariables(value as Record<string, unknown>) : [];
  });
}

const referencePrefix = "os.environ/";

export function isReference(value: string): boolean {
  return value.startsWith(referencePrefix);
}

/** A variable that the models need, with its place in Vault. */
export interface RequiredVariable extends VaultLocation {
  readonly variable: string;
  /** Names of the models that need it, for messages. */
  readonly models: readonly string[];
}

/** Every variable that the models need, each once, sorted by name. */
export function requiredVariables(
  models: readonly Model[],
  vaultPaths: Readonly<Record<string, VaultLocation>>,
): RequiredVariable[] {
  const users = new Map<string, Set<string>>();
  for (const model of models) {
    for (const variable of referencedVariables(withKeyReferences(model))) {
      users.set(variable, (users.get(variable) ?? new Set()).add(model.model_name));
    }
  }
  return [...users]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([variable, names]) => ({
      variable,
      ...locationOf(variable, vaultPaths),
      models: [...names].sort(),
    }));
}

/** Where a variable's value stands: where the configuration puts it, else by its provider, else by the rule. */
export function locationOf(variable: string, vaultPaths: Readonly<Record<string, VaultLocation>>): VaultLocation {
  return vaultPaths[variable] ?? ownedBy(variable) ?? credentialOf(variable);
}

function ownedBy(variable: string): VaultLocation | undefined {
  for (const provider of Object.values(providers)) {
    const owned = provider.variables.find((entry) => entry.variable === variable);
    if (owned !== undefined) return { credential: provider.credential, property: owned.property };
  }
  return undefined;
}
