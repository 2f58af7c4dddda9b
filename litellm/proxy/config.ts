import { Document, type ScalarTag, stringify } from "yaml";
import type { PlatformConfig } from "../../config/platform.ts";
import { modelList } from "../models/catalogue.ts";
import { coordinationRedis, responseCache } from "../data/cache.ts";
import { keyVariables } from "./environment.ts";
import { identityGeneralSettings } from "./identity.ts";
import { mergeOver } from "../shared/merge.ts";
import { credentialList } from "../models/providers.ts";
import { routerSettings } from "../models/routing.ts";
import { referenceTo } from "../shared/references.ts";

/** LiteLLM's own name of its Prometheus metrics. */
export const metricsCallback = "prometheus";

/** What the program says in LiteLLM's `config.yaml`. Secrets are references to environment variables, never values. */
export function proxyConfig(config: PlatformConfig) {
  const redis = coordinationRedis(config.cache);
  return {
    model_list: modelList(config.models),
    ...integrations(config.models),
    litellm_settings: {
      request_timeout: config.gateway.requestTimeout,
      num_retries: config.gateway.retries,
      json_logs: config.gateway.jsonLogs,
      // Without it the metrics server has nothing to tell.
      ...(config.gateway.metricsServer === undefined ? {} : { callbacks: [metricsCallback] }),
      // Otherwise the first stream of a Llama or Claude model fetches a tokenizer from huggingface.co, and where that is
      // out of reach every request of the pod waits. Tokens that the provider does not tell are counted by tiktoken.
      disable_hf_tokenizer_download: true,
      // A key that one pod has looked up is known to all, and one that was revoked to none.
      ...(redis === undefined ? {} : { enable_redis_auth_cache: true }),
      ...responseCache(config.cache),
    },
    router_settings: routerSettings(config),
    general_settings: {
      master_key: referenceTo(keyVariables.master),
      database_connection_pool_limit: config.database.poolLimit,
      // Seconds between writes of spend; LiteLLM's own default of 10 loads the database for nothing.
      proxy_batch_write_at: 60,
      store_model_in_db: config.gateway.storeModelsInDatabase,
      disable_error_logs: true,
      // Each check is a paid call to every provider.
      background_health_checks: false,
      // GET /health, too, would tell models unhealthy that no check can check.
      health_check_skip_disabled_background_models: true,
      // true would let wrong keys in while the database is away.
      allow_requests_on_db_unavailable: false,
      user_api_key_cache_ttl: 60,
      use_redis_transaction_buffer: redis !== undefined && isSeveral(config.gateway),
      ...(redis === undefined ? {} : { coordination_redis: redis }),
      ...identityGeneralSettings(config.identity),
    },
  };
}

/** Whether several processes write spend to the database. */
function isSeveral({ replicas, chart }: PlatformConfig["gateway"]): boolean {
  return replicas.max > 1 || (chart.kind === "litellm" && chart.layout === "separate");
}

/** What stands beside the models, where there is any. */
function integrations(models: PlatformConfig["models"]) {
  const credentials = credentialList(models);
  return {
    ...(credentials.length === 0 ? {} : { credential_list: credentials }),
    ...(models.guardrails.length === 0 ? {} : { guardrails: models.guardrails }),
    ...(Object.keys(models.mcpServers).length === 0 ? {} : { mcp_servers: models.mcpServers }),
  };
}

/**
 * The text that LiteLLM reads, with `gateway.proxyConfig` over ours. It parses YAML 1.1 with PyYAML, so words such as `on` are quoted, and small numbers are
 * written out: PyYAML takes `3e-06` for a string.
 */
export function proxyConfigYaml(config: PlatformConfig): string {
  return yamlForPython(mergeOver(proxyConfig(config), config.gateway.proxyConfig));
}

export function yamlForPython(value: unknown): string {
  const document = new Document(value, {
    version: "1.1",
    customTags: (tags) => [decimalFloat, quotedString, ...tags],
    aliasDuplicateObjects: false,
  });
  return stringify(document, { lineWidth: 0 });
}

const decimalFloat: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number" && String(value).includes("e"),
  test: /^$/,
  resolve: Number,
  stringify: ({ value }) => decimal(value as number),
};

/** What PyYAML refuses or takes for its own when it stands there as it is: unprintable characters, `=` and `<<`. */
const unsafe = /^(=|<<)$|[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]/u;

const quotedString: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  identify: (value) => typeof value === "string" && unsafe.test(value),
  test: /^$/,
  resolve: (text) => text,
  stringify: ({ value }) =>
    JSON.stringify(value).replaceAll(
      /[\p{Cc}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
};

/** A number without an exponent, which YAML 1.1 would want written with a dot and a sign. */
export function decimal(value: number): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value));
  if (match === null) return String(value);
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  return exponent < 0
    ? `${sign}0.${"0".repeat(-exponent - 1)}${digits}`
    : `${sign}${digits}${"0".repeat(exponent - fraction.length)}.0`;
}
