import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { type Problem, hintOf, pathBelow } from "../../config/problems.ts";
import { environmentName, environmentNameRule } from "../../config/values.ts";
import { secretsInSettings, textsOf } from "../shared/clear-text.ts";
import { decidedElsewhere } from "../shared/decided.ts";
import { modelVariables, ownVariables } from "./environment.ts";
import { isMapping } from "../../config/mapping.ts";
import { valueAt } from "../shared/merge.ts";
import { locationOf } from "../models/providers.ts";
import { metricsCallback } from "./config.ts";
import { isReference, variableOf } from "../shared/references.ts";
import { rawVariables, valuesProblems } from "../charts/overrides.ts";

type Gateway = PlatformConfig["gateway"];

/** What LiteLLM reads at the top of its config.yaml; anything else there is ignored in silence. */
const topLevel = [
  "agent_list",
  "agents",
  "assistant_settings",
  "callback_settings",
  "classifier_plugin",
  "credential_list",
  "default_vertex_config",
  "environment_variables",
  "files_settings",
  "finetune_settings",
  "general_settings",
  "guardrails",
  "litellm_settings",
  "mcp_servers",
  "mcp_tools",
  "model_list",
  "pass_through_endpoints",
  "plugins",
  "policies",
  "policy_attachments",
  "prompts",
  "router_settings",
  "sandbox_tools",
  "search_tools",
  "vector_store_registry",
  "worker_registry",
];

/** Settings that something else rests on, and where they come from. */
const settingsElsewhere: Readonly<Record<string, string>> = {
  model_list: "models.list",
  credential_list: "models.credentials, which models log in by",
  environment_variables: "gateway.environment, and secrets from Vault",
  "general_settings.master_key": "the generated key",
  "general_settings.database_url": "database",
  "general_settings.database_type": "database",
  "general_settings.database_args": "database",
  "general_settings.database_connection_pool_limit": "database.poolLimit, which the connections are counted by",
  "general_settings.coordination_redis": "cache",
  "general_settings.redis_namespace": "cache.keyPrefix",
  "general_settings.use_redis_transaction_buffer": "cache and gateway.replicas",
  "general_settings.store_model_in_db": "gateway.storeModelsInDatabase",
  "general_settings.enable_jwt_auth": "identity.jwt",
  "general_settings.litellm_jwtauth": "identity.jwt",
  "litellm_settings.request_timeout": "gateway.requestTimeout, which pods are drained by",
  "litellm_settings.cache": "cache.responses",
  "litellm_settings.cache_params": "cache.responses",
  "router_settings.redis_url": "cache",
  "router_settings.redis_host": "cache",
  "router_settings.redis_port": "cache",
  "router_settings.redis_password": "cache",
};

/** The same where the program sets sign-in up; without, whoever does it otherwise decides. */
const settingsOfSignIn = { ...settingsElsewhere, "general_settings.ui_access_mode": "identity.uiAccessMode" };

function proxyConfigProblems(gateway: Gateway, signIn: boolean): Problem[] {
  const prefix = "gateway.proxyConfig";
  const { proxyConfig } = gateway;
  const unknown = Object.keys(proxyConfig)
    .filter((key) => !topLevel.includes(key))
    .map((key) => ({
      path: pathBelow(prefix, key),
      message: `unknown to LiteLLM${hintOf(key, topLevel)} Known keys: ${topLevel.join(", ")}`,
    }));
  const callbacks = valueAt(proxyConfig, ["litellm_settings", "callbacks"]);
  const lost =
    gateway.metricsServer !== undefined &&
    callbacks !== undefined &&
    !(Array.isArray(callbacks) && callbacks.includes(metricsCallback));
  const misnamed = references(proxyConfig).filter((name) => !environmentName.test(name));
  return [
    ...unknown,
    ...decidedElsewhere(proxyConfig, prefix, signIn ? settingsOfSignIn : settingsElsewhere),
    ...secretsInSettings(proxyConfig, prefix),
    ...(lost
      ? [
          {
            path: `${prefix}.litellm_settings.callbacks`,
            message: `replaces the list, must have ${metricsCallback} with gateway.metricsServer`,
          },
        ]
      : []),
    ...(misnamed.length > 0
      ? [{ path: prefix, message: `has a reference os.environ/NAME whose NAME is none, ${environmentNameRule}` }]
      : []),
  ];
}

function references(settings: unknown): string[] {
  return textsOf(settings).filter(isReference).map(variableOf);
}

/** Variables that `gateway.proxyConfig` alone refers to and that only Vault can have, with their places there. */
export function proxyConfigVariables({ gateway, models }: Pick<PlatformConfig, "gateway" | "models">) {
  const known = [
    ...ownVariables,
    ...modelVariables(models),
    ...Object.keys(gateway.environment),
    ...rawVariables(gateway),
  ];
  const names = new Set(references(gateway.proxyConfig));
  return [...names]
    .filter((name) => !known.includes(name))
    .map((variable) => ({
      variable,
      ...locationOf(variable, models.vaultPaths),
      models: [],
      others: ["gateway.proxyConfig"],
    }));
}

/** What a raw override would break; everything else is let through as it is. */
export const checkOverrides: Check = ({ gateway, models, identity }) =>
  gateway === undefined
    ? []
    : [
        ...proxyConfigProblems(gateway, identity !== undefined && identity.mode !== "none"),
        ...replacedProblems(gateway, models),
        ...valuesProblems(gateway, models),
      ];

/** A list replaces a list and mappings merge: what the models bring along would be gone, or led elsewhere, unseen. */
function replacedProblems({ proxyConfig }: Gateway, models: PlatformConfig["models"] | undefined): Problem[] {
  const { guardrails = [], mcpServers = {} } = models ?? {};
  const servers = proxyConfig["mcp_servers"];
  const twice = isMapping(servers) ? Object.keys(servers).filter((name) => Object.hasOwn(mcpServers, name)) : [];
  const at = (path: string, message: string) => ({ path, message: `${message}, must be in one of the two` });
  return [
    ...(proxyConfig["guardrails"] !== undefined && guardrails.length > 0
      ? [at("gateway.proxyConfig.guardrails", "replaces models.guardrails")]
      : []),
    ...(servers !== undefined && !isMapping(servers) && Object.keys(mcpServers).length > 0
      ? [at("gateway.proxyConfig.mcp_servers", "replaces models.mcpServers")]
      : []),
    ...twice.map((name) =>
      at(pathBelow("gateway.proxyConfig.mcp_servers", name), `changes ${pathBelow("models.mcpServers", name)}`),
    ),
  ];
}
