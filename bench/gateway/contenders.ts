import { parse } from "yaml";
import { plainEnvironment } from "../../litellm/proxy/environment.ts";
import { namesOf } from "../../litellm/shared/names.ts";
import { requiredVariables } from "../../litellm/models/providers.ts";
import { proxyConfigYaml } from "../../litellm/proxy/config.ts";
import { localEnvironment } from "../../local/cluster-addresses.ts";
import { stackConfig } from "../../test/support/configs.ts";
import { loadedModel } from "./load.ts";

export type Settings = Record<string, unknown>;

/** What a contender finds around it, whether it uses it or not. */
export interface Surroundings {
  /** Address of the provider, with `/v1`. */
  readonly upstream: string;
  /** A server of its own. */
  readonly redis: { readonly host: string; readonly port: number; readonly password: string };
  readonly bucket: {
    readonly name: string;
    readonly url: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly masterKey: string;
}

/** LiteLLM's `config.yaml` and its variables. */
export interface Rendered {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string>>;
}

/** A LiteLLM as somebody configures it. */
export interface Contender {
  readonly name: string;
  readonly render: (around: Surroundings) => Rendered;
}

const production = stackConfig("prod");

/** Who the proxy is in the cache's ACL file. */
export function cacheUser(): { readonly username: string; readonly keyPrefix: string } {
  if (production.cache.mode !== "dedicated") throw new Error("Pulumi.prod.yaml has no cache of its own");
  return production.cache;
}

/** Everything that `Pulumi.prod.yaml` makes of a pod, but for the database. */
export const ours: Contender = {
  name: "ours",
  render: ({ upstream, redis, masterKey }) => {
    const settings = parse(proxyConfigYaml(production), { version: "1.1" }) as Settings & { model_list: Model[] };
    for (const { litellm_params: params } of settings.model_list) params["api_base"] = upstream;
    const names = namesOf(production);
    const [service = "", namespace = ""] = names.hosts.cache.split(".");
    const address = { service, namespace, port: 6379, localHost: redis.host, localPort: redis.port };
    return {
      settings,
      environment: {
        ...localEnvironment(plainEnvironment(production, names), [address]),
        ...Object.fromEntries(requiredVariables(production.models).map(({ variable }) => [variable, "a-key"])),
        LITELLM_LOG: production.gateway.logLevel,
        PROXY_MASTER_KEY: masterKey,
        REDIS_PASSWORD: redis.password,
      },
    };
  },
};

export interface Model {
  readonly model_name: string;
  readonly litellm_params: Settings;
}

/** The loaded model and others that nobody asks for. */
export function catalogue(upstream: string, count: number): Model[] {
  return [loadedModel, ...Array.from({ length: count - 1 }, (_, index) => `other-${index}`)].map((name) => ({
    model_name: name,
    litellm_params: { model: "openai/gpt-4o", api_base: upstream, api_key: "a-key" },
  }));
}

/** The defaults of `litellm-helm`; `litellm` 1.0.0 sets the same variables, and has no demo models. */
const chartDefaults: Contender = {
  name: "the official chart's defaults",
  render: ({ upstream, masterKey }) => ({
    settings: {
      model_list: [
        { model_name: "gpt-3.5-turbo", litellm_params: { model: "gpt-3.5-turbo", api_key: "eXaMpLeOnLy" } },
        {
          model_name: "fake-openai-endpoint",
          litellm_params: { model: "openai/fake", api_key: "fake-key", api_base: upstream },
        },
        ...catalogue(upstream, 1),
      ],
      general_settings: { master_key: "os.environ/PROXY_MASTER_KEY" },
    },
    environment: { PROXY_MASTER_KEY: masterKey, LITELLM_LOG: "INFO" },
  }),
};

/** A Helm chart for models on KServe, with PgBouncer and a Valkey. */
const kserveChart: Contender = {
  name: "the KServe platform's chart",
  render: ({ upstream, redis, masterKey }) => ({
    settings: {
      model_list: catalogue(upstream, 3),
      litellm_settings: {
        cache: true,
        cache_params: {
          type: "redis",
          host: redis.host,
          port: redis.port,
          password: "os.environ/REDIS_PASSWORD",
          namespace: "litellm.caching",
          ttl: 600,
          mode: "default_off",
        },
        callbacks: ["prometheus"],
        fallbacks: [],
        json_logs: true,
        num_retries: 2,
        set_verbose: false,
        turn_off_message_logging: false,
      },
      router_settings: { routing_strategy: "simple-shuffle", enable_pre_call_checks: true, model_group_alias: {} },
      general_settings: {
        master_key: "os.environ/LITELLM_MASTER_KEY",
        allow_requests_on_db_unavailable: true,
        disable_error_logs: true,
        proxy_batch_write_at: 60,
        request_timeout: 600,
        database_connection_pool_limit: 10,
        database_connection_timeout: 60,
      },
    },
    environment: { LITELLM_MASTER_KEY: masterKey, REDIS_PASSWORD: redis.password },
  }),
};

/** Recipes around the official chart with its bundled Redis. */
const justRecipes: Contender = {
  name: "the just recipes",
  render: ({ upstream, redis, masterKey }) => ({
    settings: {
      model_list: catalogue(upstream, 3),
      general_settings: { master_key: "os.environ/PROXY_MASTER_KEY" },
    },
    environment: {
      PROXY_MASTER_KEY: masterKey,
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      REDIS_PASSWORD: redis.password,
      LITELLM_LOG: "INFO",
    },
  }),
};

/** Flux with a Dragonfly that others use too, without tracing and Langfuse, which are options there. */
const fluxTemplates: Contender = {
  name: "the Flux templates",
  render: ({ upstream, redis, masterKey }) => ({
    settings: {
      model_list: catalogue(upstream, 28),
      litellm_settings: {
        drop_params: true,
        success_callback: ["prometheus"],
        failure_callback: ["prometheus"],
        callbacks: ["prometheus"],
        service_callbacks: ["prometheus_system"],
        turn_off_message_logging: true,
        redact_user_api_key_info: true,
        redact_messages_in_exceptions: true,
        set_verbose: false,
        json_logs: true,
        request_timeout: 30,
        cache: true,
        cache_params: {
          type: "redis",
          host: "os.environ/REDIS_HOST",
          port: "os.environ/REDIS_PORT",
          password: "os.environ/REDIS_PASSWORD",
          namespace: "os.environ/REDIS_NAMESPACE",
          max_connections: 100,
          supported_call_types: ["acompletion", "atext_completion", "aembedding", "atranscription"],
          mode: "default_on",
          ttl: 600,
        },
        telemetry: false,
      },
      router_settings: {
        routing_strategy: "simple-shuffle",
        enable_pre_call_checks: true,
        enable_tag_filtering: true,
        timeout: 120,
        stream_timeout: 300,
        redis_host: "os.environ/REDIS_HOST",
        redis_port: "os.environ/REDIS_PORT",
        redis_password: "os.environ/REDIS_PASSWORD",
        allowed_fails: 3,
        cooldown_time: 30,
        disable_cooldowns: true,
        retry_policy: { TimeoutErrorRetries: 2, RateLimitErrorRetries: 3, InternalServerErrorRetries: 3 },
        debug_level: "INFO",
      },
      general_settings: {
        master_key: "os.environ/LITELLM_MASTER_KEY",
        database_connection_pool_limit: 20,
        database_connection_timeout: 60,
        allow_requests_on_db_unavailable: true,
        disable_spend_logs: false,
        store_prompts_in_spend_logs: true,
        proxy_batch_write_at: 60,
        disable_error_logs: true,
        background_health_checks: false,
      },
    },
    environment: {
      LITELLM_MASTER_KEY: masterKey,
      LITELLM_MODE: "PRODUCTION",
      LITELLM_DONT_SHOW_FEEDBACK_BOX: "True",
      LITELLM_CALLBACKS: "prometheus",
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      REDIS_NAMESPACE: "litellm",
      REDIS_PASSWORD: redis.password,
      REDIS_URL: `redis://default:${redis.password}@${redis.host}:${redis.port}`,
    },
  }),
};

/** Playbooks with a response cache in an S3 store. */
const ansiblePlaybooks: Contender = {
  name: "the Ansible playbooks",
  render: ({ upstream, bucket, masterKey }) => ({
    settings: {
      model_list: catalogue(upstream, 1),
      litellm_settings: {
        cache: true,
        cache_params: {
          type: "s3",
          s3_bucket_name: bucket.name,
          s3_region_name: "us-east-1",
          s3_endpoint_url: bucket.url,
          s3_aws_access_key_id: "os.environ/S3_AWS_ACCESS_KEY_ID",
          s3_aws_secret_access_key: "os.environ/S3_AWS_SECRET_ACCESS_KEY",
          supported_call_types: ["completion", "acompletion", "embedding", "aembedding"],
          ttl: 3600,
        },
      },
      general_settings: {
        master_key: "os.environ/LITELLM_MASTER_KEY",
        proxy_batch_write_at: 60,
        disable_spend_logs: false,
        ui_access_mode: "all",
        database_connection_pool_limit: 10,
        allow_requests_on_db_unavailable: true,
      },
    },
    environment: {
      LITELLM_MASTER_KEY: masterKey,
      LITELLM_MODE: "PRODUCTION",
      S3_AWS_ACCESS_KEY_ID: bucket.accessKeyId,
      S3_AWS_SECRET_ACCESS_KEY: bucket.secretAccessKey,
    },
  }),
};

/** What people run in place of ours. A database has none, and all are of one release and size: one worker. */
export const others: readonly Contender[] = [chartDefaults, kserveChart, justRecipes, fluxTemplates, ansiblePlaybooks];
