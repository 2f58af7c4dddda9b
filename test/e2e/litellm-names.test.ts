import assert from "node:assert/strict";
import { z } from "zod";
import { guardrailModes, guardrailTypes, mcpAuthTypes } from "../../config/integrations.ts";
import { modelInfoSchema, modes } from "../../config/model-info.ts";
import { credentialValuesSchema, litellmParamsSchema, providerParams } from "../../config/model-params.ts";
import { pricingNames } from "../../config/model-pricing.ts";
import { routingSchema } from "../../config/routing.ts";
import { providerPrefixes } from "../../litellm/models/provider-prefixes.ts";
import { providers } from "../../litellm/models/providers.ts";
import { ensureLiteLLM } from "../../local/services/litellm.ts";
import { litellmFunction } from "./support/litellm-functions.ts";

interface Names {
  providers: string[];
  generic: string[];
  typed: string[];
  credential: string[];
  pricing: string[];
  further: string[];
  request: string[];
  embedding: string[];
  modelInfo: string[];
  costMap: string[];
  modes: string[];
  router: string[];
  retries: string[];
  allowedFails: string[];
  preCallChecks: string[];
  guardrails: string[];
  guardrailModes: string[];
  mcpAuth: string[];
  keys: Record<string, string[]>;
}

/** Parameters that LiteLLM hands to a provider without a list of its own to name them. */
const handedOn = [
  "cache_control_injection_points",
  "extra_body",
  "input_type",
  "model_id",
  "top_k",
  "voice",
  "weight",
  "order",
];

/** Parameters of LiteLLM that say nothing in a configuration: of one request, or of LiteLLM's own making. */
const ofRequests = [
  "allow_client_keepalive_override",
  "anthropic_disable_workload_identity_federation",
  "litellm_trace_id",
];

/** Settings of the router that stand elsewhere or cannot be written down. */
const notRouting = [
  "self",
  "alerting_config",
  "assistants_config",
  "auto_router_capability_limit",
  "background_health_check_model_groups",
  "caching_groups",
  "default_litellm_params",
  "enable_health_check_routing",
  "fallback_access_check",
  "fallback_budget_check",
  "health_check_ignore_transient_errors",
  "health_check_staleness_threshold",
  "ignore_invalid_deployments",
  "plugins",
  "polling_interval",
  "router_general_settings",
  "search_tools",
];

describe("the names that a configuration may use", function () {
  this.timeout(120_000);
  let names: Names;

  before(async function () {
    this.timeout(0);
    const venv = await ensureLiteLLM();
    const prefixes = Object.keys(providers).filter((prefix) => providers[prefix]?.variables.length !== 0);
    names = await litellmFunction<Names>(venv, "known_names", {}, { prefixes });
  });

  const sorted = (list: Iterable<string>) => [...new Set(list)].sort();
  const isAllowed = (schema: z.ZodType) => !(schema instanceof z.ZodOptional && schema.unwrap() instanceof z.ZodNever);
  const keysOf = ({ shape }: { shape: Record<string, z.ZodType> }) => Object.keys(shape);
  const allowedOf = ({ shape }: { shape: Record<string, z.ZodType> }) =>
    keysOf({ shape }).filter((name) => shape[name] !== undefined && isAllowed(shape[name]));
  const beyond = (list: readonly string[], known: readonly string[]) => {
    const set = new Set(known);
    return sorted(list.filter((name) => !set.has(name)));
  };

  it("are LiteLLM's providers, all of them", () => {
    assert.deepEqual(sorted(providerPrefixes), sorted(names.providers));
    assert.deepEqual(beyond(Object.keys(providers), names.providers), []);
  });

  it("are parameters that LiteLLM knows", () => {
    const { generic, typed, further, request, embedding } = names;
    // Those of single providers are sent to them, in the tests of the models.
    const others = [...handedOn, ...Object.keys(providerParams)];
    const known = [...generic, ...typed, ...further, ...request, ...embedding, ...others];
    assert.deepEqual(beyond(allowedOf(litellmParamsSchema), known), []);
  });

  it("leave out no parameter of a deployment without a reason", () => {
    assert.deepEqual(beyond([...names.generic, ...names.typed], [...keysOf(litellmParamsSchema), ...ofRequests]), []);
  });

  it("leave out no way to log in", () => {
    assert.deepEqual(beyond(names.credential, [...keysOf(credentialValuesSchema), ...ofRequests]), []);
  });

  it("are LiteLLM's prices, all of them", () => {
    const others = ["tiered_pricing", "search_context_cost_per_query", "output_vector_size"];
    assert.deepEqual(sorted([...pricingNames, ...others]), sorted(names.pricing));
  });

  it("are what LiteLLM tells or checks of a model", () => {
    const told = ["access_groups", "description", "disable_background_health_check"];
    const isOurs = (name: string) => told.includes(name) || name.startsWith("health_check_");
    const own = allowedOf(modelInfoSchema).filter((name) => !isOurs(name));
    assert.deepEqual(beyond(own, [...names.modelInfo, ...names.costMap, ...names.pricing]), []);
    const made = ["updated_at", "updated_by", "created_at", "created_by", "member_auto_router"];
    assert.deepEqual(beyond(names.modelInfo, [...keysOf(modelInfoSchema), ...made]), []);
  });

  it("are the modes that have a health check", () => {
    assert.deepEqual(sorted(modes), sorted(names.modes));
  });

  it("are the router's settings, but for those that stand elsewhere", () => {
    assert.deepEqual(beyond(keysOf(routingSchema), names.router), []);
    assert.deepEqual(beyond(names.router, [...keysOf(routingSchema), ...notRouting]), []);
  });

  it("are the failures and checks that the router tells apart", () => {
    const {
      retry_policy: retries,
      allowed_fails_policy: fails,
      optional_pre_call_checks: checks,
    } = routingSchema.shape;
    assert.deepEqual(sorted(keysOf(retries.unwrap())), sorted(names.retries));
    assert.deepEqual(sorted(keysOf(fails.unwrap())), sorted(names.allowedFails));
    assert.deepEqual(sorted(checks.unwrap().element.options), sorted(names.preCallChecks));
  });

  it("are LiteLLM's guardrails and logins at MCP servers, all of them", () => {
    assert.deepEqual(sorted(guardrailTypes), sorted(names.guardrails));
    assert.deepEqual(sorted(guardrailModes), sorted(names.guardrailModes));
    assert.deepEqual(sorted(mcpAuthTypes), sorted(names.mcpAuth));
  });

  it("are the variables that LiteLLM itself asks for, where it asks for any", () => {
    const asked = Object.entries(names.keys).filter(([, keys]) => keys.length > 0);
    assert.ok(asked.length >= 25, `${asked.length} only`);
    for (const [prefix, keys] of asked) {
      // A service account's JSON, which LiteLLM asks for by project and location.
      if (prefix === "vertex_ai") continue;
      for (const { variable } of providers[prefix]?.variables ?? [])
        assert.ok(keys.includes(variable), `${prefix}: ${keys.join()}`);
    }
  });
});
