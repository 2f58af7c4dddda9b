import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { having } from "../../support/change.ts";
import {
  type GatewayRefusal,
  gatewaysAreAllowed,
  gatewaysAreRefused,
  mapping,
  withMetrics,
} from "../../support/gateway-refusals.ts";

const settingInClear = "looks like a secret in clear text. Remove it: write os.environ/NAME, and NAME comes from Vault";

const cases: readonly GatewayRefusal[] = [
  {
    title: "the metrics on the gateway's port",
    gateway: { chart: withMetrics, metricsServer: { port: 4000 } },
    expected: ["gateway.metricsServer.port: is the gateway's own, must differ from 4000"],
  },
  {
    title: "metrics of a release that has none",
    gateway: { chart: withMetrics, metricsServer: {}, image: { tag: "v1.100.9" } },
    expected: ["gateway.metricsServer: is not in LiteLLM 1.100.9, gateway.image.tag must be 1.101.0 or newer"],
  },
  {
    title: "a metrics server that is on",
    gateway: { metricsServer: true },
    expected: ["gateway.metricsServer: must be a mapping, is true or false"],
  },
  {
    title: "models in the database by a word",
    gateway: { storeModelsInDatabase: "yes" },
    expected: ["gateway.storeModelsInDatabase: must be true or false, is a string"],
  },
  {
    title: "settings that are no mapping",
    gateway: { proxyConfig: ["general_settings"] },
    expected: ["gateway.proxyConfig: must be a mapping, is a list"],
  },
  {
    title: "a section that LiteLLM does not know",
    gateway: { proxyConfig: { litellm_setings: { drop_params: true } } },
    expected: [
      "gateway.proxyConfig.litellm_setings: unknown to LiteLLM, did you mean litellm_settings? Known keys: agent_list, agents, assistant_settings, callback_settings, classifier_plugin, credential_list, default_vertex_config, environment_variables, files_settings, finetune_settings, general_settings, guardrails, litellm_settings, mcp_servers, mcp_tools, model_list, pass_through_endpoints, plugins, policies, policy_attachments, prompts, router_settings, sandbox_tools, search_tools, vector_store_registry, worker_registry",
    ],
  },
  {
    title: "models beside the catalogue",
    gateway: { proxyConfig: { model_list: [] } },
    expected: ["gateway.proxyConfig.model_list: is set by models.list. Remove it."],
  },
  {
    title: "variables in clear text",
    gateway: { proxyConfig: { environment_variables: { OPENAI_API_KEY: "sk-hunter2hunter2" } } },
    expected: [
      "gateway.proxyConfig.environment_variables: is set by gateway.environment, and secrets from Vault. Remove it.",
      `gateway.proxyConfig.environment_variables.OPENAI_API_KEY: ${settingInClear}`,
    ],
  },
  {
    title: "another master key and database",
    gateway: {
      proxyConfig: {
        general_settings: {
          master_key: "os.environ/OTHER",
          database_url: "os.environ/OTHER_URL",
          database_connection_pool_limit: 100,
        },
      },
    },
    expected: [
      "gateway.proxyConfig.general_settings.master_key: is set by the generated key. Remove it.",
      "gateway.proxyConfig.general_settings.database_url: is set by database. Remove it.",
      "gateway.proxyConfig.general_settings.database_connection_pool_limit: is set by database.poolLimit, which the connections are counted by. Remove it.",
    ],
  },
  {
    title: "another cache",
    gateway: {
      proxyConfig: {
        general_settings: { coordination_redis: null, use_redis_transaction_buffer: true },
        litellm_settings: { cache: false, cache_params: { type: "local" } },
        router_settings: { redis_url: "os.environ/X" },
      },
    },
    expected: [
      "gateway.proxyConfig.general_settings.coordination_redis: is set by cache. Remove it.",
      "gateway.proxyConfig.general_settings.use_redis_transaction_buffer: is set by cache and gateway.replicas. Remove it.",
      "gateway.proxyConfig.litellm_settings.cache: is set by cache.responses. Remove it.",
      "gateway.proxyConfig.litellm_settings.cache_params: is set by cache.responses. Remove it.",
      "gateway.proxyConfig.router_settings.redis_url: is set by cache. Remove it.",
    ],
  },
  {
    title: "a section taken away",
    gateway: { proxyConfig: { general_settings: null, litellm_settings: "none" } },
    expected: [`gateway.proxyConfig.general_settings: ${mapping}`, `gateway.proxyConfig.litellm_settings: ${mapping}`],
  },
  {
    title: "another timeout than pods are drained by",
    gateway: { proxyConfig: { litellm_settings: { request_timeout: 6000 } } },
    expected: [
      "gateway.proxyConfig.litellm_settings.request_timeout: is set by gateway.requestTimeout, which pods are drained by. Remove it.",
    ],
  },
  {
    title: "models in the database by the back door",
    gateway: { proxyConfig: { general_settings: { store_model_in_db: true } } },
    expected: [
      "gateway.proxyConfig.general_settings.store_model_in_db: is set by gateway.storeModelsInDatabase. Remove it.",
    ],
  },
  {
    title: "tokens as keys by the back door",
    gateway: { proxyConfig: { general_settings: { enable_jwt_auth: true, litellm_jwtauth: {} } } },
    expected: [
      "gateway.proxyConfig.general_settings.enable_jwt_auth: is set by identity.jwt. Remove it.",
      "gateway.proxyConfig.general_settings.litellm_jwtauth: is set by identity.jwt. Remove it.",
    ],
  },
  {
    title: "a guardrail with its key in clear text",
    gateway: {
      proxyConfig: {
        guardrails: [{ guardrail_name: "g", litellm_params: { guardrail: "lakera", api_key: "hunter2" } }],
      },
    },
    expected: [`gateway.proxyConfig.guardrails[0].litellm_params.api_key: ${settingInClear}`],
  },
  {
    title: "secrets that are seen by their form",
    gateway: {
      proxyConfig: {
        litellm_settings: {
          a: "sk-hunter2hunter2",
          b: "https://user:hunter2@example.com",
          c: "Bearer hunter2",
          d: "-----BEGIN PRIVATE KEY-----\nhunter2",
        },
      },
    },
    expected: [
      `gateway.proxyConfig.litellm_settings.a: ${settingInClear}`,
      `gateway.proxyConfig.litellm_settings.b: ${settingInClear}`,
      `gateway.proxyConfig.litellm_settings.c: ${settingInClear}`,
      `gateway.proxyConfig.litellm_settings.d: ${settingInClear}`,
    ],
  },
  {
    title: "callbacks without that of the metrics",
    gateway: {
      chart: withMetrics,
      metricsServer: {},
      proxyConfig: { litellm_settings: { callbacks: ["langfuse_otel"] } },
    },
    expected: [
      "gateway.proxyConfig.litellm_settings.callbacks: replaces the list, must have prometheus with gateway.metricsServer",
    ],
  },
  {
    title: "a reference to nothing",
    gateway: { proxyConfig: { litellm_settings: { x: "os.environ/not a name" } } },
    expected: [
      "gateway.proxyConfig: has a reference os.environ/NAME whose NAME is none, must be an environment variable name: capitals, digits and '_'",
    ],
  },
];

describe("a setting of the proxy that cannot be", () => {
  gatewaysAreRefused(cases);

  gatewaysAreAllowed([
    {
      chart: withMetrics,
      metricsServer: {},
      proxyConfig: { litellm_settings: { callbacks: ["prometheus", "langfuse_otel"] } },
    },
    { proxyConfig: { guardrails: [{ litellm_params: { api_key: "os.environ/LAKERA_API_KEY" } }] } },
    { proxyConfig: { general_settings: { max_request_size_mb: 10, ui_access_mode: null } } },
    { proxyConfig: { default_vertex_config: { vertex_credentials: "/var/secrets/gcp/key.json" } } },
  ]);
});

describe("raw settings of LiteLLM beside lists of models", () => {
  it("do not replace what the models bring along", () => {
    const guardrail = { guardrail_name: "pii", litellm_params: { guardrail: "presidio", mode: "pre_call" } };
    assert.deepEqual(
      problemsOf(having({ "models.guardrails": [guardrail], "gateway.proxyConfig": { guardrails: [] } })),
      ["gateway.proxyConfig.guardrails: replaces models.guardrails, must be in one of the two"],
    );
    const server = { url: "https://mcp.example.com/mcp" };
    const beside = (servers: unknown) =>
      problemsOf(
        having({
          "models.mcpServers": { docs: server, wiki: server },
          "gateway.proxyConfig": { mcp_servers: servers },
        }),
      );
    assert.deepEqual(beside({ docs: { url: "https://elsewhere.example.com" }, wiki: null, other: server }), [
      "gateway.proxyConfig.mcp_servers.docs: changes models.mcpServers.docs, must be in one of the two",
      "gateway.proxyConfig.mcp_servers.wiki: changes models.mcpServers.wiki, must be in one of the two",
    ]);
    for (const servers of [null, []])
      assert.deepEqual(beside(servers), [
        "gateway.proxyConfig.mcp_servers: replaces models.mcpServers, must be in one of the two",
      ]);
    assert.deepEqual(beside({ other: server }), []);
    assert.deepEqual(problemsOf(having({ "gateway.proxyConfig": { credential_list: [] } })), [
      "gateway.proxyConfig.credential_list: is set by models.credentials, which models log in by. Remove it.",
    ]);
  });
});
