import { z } from "zod";
import { count, cost, refused, seconds, text } from "./model-params.ts";

const times = z.int().min(0);
const byModel = <Schema extends z.ZodType>(schema: Schema) => z.record(text, schema);

/** One model's name to the names that take over, in order; LiteLLM wants one name an entry. */
const fallbackList = z
  .array(byModel(z.array(z.union([text, z.looseObject({ model: text })])).min(1, "must name at least one model")))
  .default([]);

/** Kinds of failure that LiteLLM tells apart. */
const errors = [
  "BadRequestError",
  "AuthenticationError",
  "TimeoutError",
  "RateLimitError",
  "ContentPolicyViolationError",
  "InternalServerError",
  "ServiceUnavailableError",
  "NotFoundError",
] as const;

function byError<Suffix extends string>(suffix: Suffix) {
  const names = errors.map((error) => `${error}${suffix}` as const);
  return Object.fromEntries(names.map((name) => [name, times.optional()])) as Record<
    (typeof names)[number],
    z.ZodOptional<z.ZodInt>
  >;
}

const retryPolicySchema = z.strictObject({ ...byError("Retries"), DefaultRetries: times.optional() });

/** Ways to choose among deployments, of the router or of a group. */
export const routingStrategies = [
  "simple-shuffle",
  "least-busy",
  "latency-based-routing",
  "usage-based-routing-v2",
  "cost-based-routing",
] as const;

/** LiteLLM's `router_settings`, by its own names, but for those that stand elsewhere. */
export const routingSchema = z
  .strictObject({
    fallbacks: fallbackList.describe("Models that take over when one fails: a list of `{ model: [others] }`."),
    context_window_fallbacks: fallbackList.describe("The same, for requests that are too long for a model."),
    content_policy_fallbacks: fallbackList.describe("The same, for requests that a provider's filter refused."),
    default_fallbacks: z.array(text).default([]).describe("Models that take over from every model without others."),
    max_fallbacks: times.optional().describe("Fallbacks tried for one request. LiteLLM's default: 5."),
    model_group_alias: byModel(z.union([text, z.strictObject({ model: text, hidden: z.boolean().default(false) })]))
      .default({})
      .describe("Further names of models. One that is `hidden` is not listed."),
    retry_policy: retryPolicySchema.optional().describe("Times to try again, by kind of failure."),
    model_group_retry_policy: byModel(retryPolicySchema).default({}).describe("The same, for single models."),
    retry_after: times.optional().describe("Seconds to wait before trying again, at least. LiteLLM's default: 0."),
    allowed_fails: times.optional().describe("Failures a minute before a deployment cools down. LiteLLM's default: 3."),
    allowed_fails_policy: z
      .strictObject({ ...byError("AllowedFails"), BadGatewayErrorAllowedFails: times.optional() })
      .optional()
      .describe("The same, by kind of failure."),
    cooldown_time: z.number().min(0).optional().describe("Seconds that a deployment cools down. LiteLLM's default: 5."),
    disable_cooldowns: z.boolean().optional().describe("Never let a deployment cool down."),
    stream_timeout: seconds.optional().describe("Longest wait for the first piece of a stream, in seconds."),
    default_max_parallel_requests: count.optional().describe("Requests at a time, for deployments without their own."),
    default_priority: times.optional(),
    enable_pre_call_checks: z
      .boolean()
      .optional()
      .describe("Leave out deployments whose context window a request exceeds, before asking them."),
    enable_tag_filtering: z.boolean().optional().describe("Send requests with tags to deployments with these only."),
    tag_filtering_match_any: z.boolean().optional().describe("One common tag is enough. LiteLLM's default: true."),
    tag_routing_prefix: z.string().optional(),
    enable_weighted_failover: z.boolean().optional(),
    optional_pre_call_checks: z
      .array(
        z.enum([
          "prompt_caching",
          "router_budget_limiting",
          "responses_api_deployment_check",
          "deployment_affinity",
          "session_affinity",
          "forward_client_headers_by_model_group",
          "enforce_model_rate_limits",
          "encrypted_content_affinity",
        ]),
      )
      .optional()
      .describe("Checks before a deployment is chosen; `enforce_model_rate_limits` makes rpm and tpm hard limits."),
    deployment_affinity_ttl_seconds: count.optional(),
    model_group_affinity_config: byModel(z.array(text)).optional(),
    routing_strategy_args: z.record(z.string(), z.unknown()).optional().describe("Settings of the routing strategy."),
    routing_groups: z
      .array(
        z.strictObject({
          group_name: text,
          models: z.array(text).min(1),
          routing_strategy: z.enum([...routingStrategies, "priority"]),
          routing_strategy_args: z.record(z.string(), z.unknown()).optional(),
          model_priorities: byModel(count).optional(),
        }),
      )
      .default([])
      .describe("Several models under one name, with a strategy of their own."),
    provider_budget_config: byModel(
      z.strictObject({
        budget_limit: cost.optional(),
        max_budget: cost.optional(),
        time_period: text.optional(),
        budget_duration: text.optional(),
      }),
    )
      .optional()
      .describe("US dollars that may go to a provider within a time, by prefix."),
    client_ttl: count.optional(),
    ...refused({
      routing_strategy: "must be written as gateway.routingStrategy",
      num_retries: "must be written as gateway.retries",
      timeout: "must be written as gateway.requestTimeout",
      model_list: "must be written as models.list",
      guardrail_list: "must be written as models.guardrails",
      cache_responses: "must be written as cache.responses",
      redis_host: redisReason(),
      redis_port: redisReason(),
      redis_password: redisReason(),
      redis_url: redisReason(),
      redis_db: redisReason(),
      cache_kwargs: redisReason(),
      set_verbose: "must be written as gateway.logLevel",
      debug_level: "must be written as gateway.logLevel",
    }),
  })
  .describe("How requests find a deployment: fallbacks, retries, cooldowns, aliases; LiteLLM's router_settings.");

/** A client of the router's own would write keys without the prefix that the ACL grants. */
function redisReason(): string {
  return "must not be set: the router uses the stack's cache, see cache";
}

export type Routing = z.output<typeof routingSchema>;
