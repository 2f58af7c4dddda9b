import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { allCacheVariables, cacheEnvironment } from "../data/cache.ts";
import { isSecretText } from "../shared/clear-text.ts";
import { databaseConnection } from "../data/database.ts";
import type { Names } from "../shared/names.ts";
import { identityEnvironment, identityVariables } from "./identity.ts";
import { requiredVariables } from "../models/providers.ts";
import { isSecretName } from "../shared/secret-names.ts";

/** Keys of the Secret with the generated keys, which are also the variables' names. */
export const keyVariables = {
  master: "PROXY_MASTER_KEY",
  salt: "LITELLM_SALT_KEY",
  uiPassword: "UI_PASSWORD",
} as const;

/**
 * Variables of the proxy that hold no secret. Everything that may be written at run time goes to the empty directories
 * that the chart mounts at /tmp and /.cache, so that the root file system stays read-only.
 */
export function plainEnvironment(config: PlatformConfig, names: Names): Record<string, string> {
  const { replicaUrl } = databaseConnection(config, names);
  return {
    ...config.gateway.environment,
    LITELLM_MODE: "PRODUCTION",
    // The cost map of the release; the one on the internet changes under a running proxy and may be out of reach.
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    // The migration Job owns the schema; a proxy that migrates at start races its siblings.
    DISABLE_SCHEMA_UPDATE: "true",
    PROXY_BASE_URL: `https://${config.gateway.host}`,
    UI_USERNAME: config.gateway.uiUsername,
    ...cacheEnvironment(config.cache, { host: names.hosts.cache }),
    ...(replicaUrl === undefined ? {} : { DATABASE_URL_READ_REPLICA: replicaUrl }),
    ...identityEnvironment(config),
    ...writablePlaces,
    // LiteLLM copies the dashboard to where it may write, since it rearranges the files.
    LITELLM_UI_PATH: "/tmp/ui",
    LITELLM_ASSETS_PATH: "/tmp/assets",
  };
}

/** Where a process without a writable root may write. */
export const writablePlaces = {
  HOME: "/tmp",
  XDG_CACHE_HOME: "/.cache",
  LITELLM_MIGRATION_DIR: "/tmp/migrations",
} as const;

/** Variables that the program or the chart sets: neither a model nor `gateway.environment` may use their names. */
export const ownVariables: readonly string[] = [
  ...Object.values(keyVariables),
  ...Object.keys(writablePlaces),
  ...identityVariables,
  ...allCacheVariables,
  "CONFIG_FILE_PATH",
  "DATABASE_HOST",
  "DATABASE_NAME",
  "DATABASE_PASSWORD",
  "DATABASE_URL",
  "DATABASE_URL_READ_REPLICA",
  "DATABASE_USERNAME",
  "DISABLE_SCHEMA_UPDATE",
  "HOST",
  "LITELLM_ASSETS_PATH",
  "LITELLM_COMPONENT",
  "LITELLM_LOCAL_MODEL_COST_MAP",
  "LITELLM_LOG",
  "LITELLM_MASTER_KEY",
  "LITELLM_MODE",
  "LITELLM_UI_PATH",
  "PORT",
  "PROMETHEUS_METRICS_PORT",
  "PROMETHEUS_MULTIPROC_DIR",
  "PROXY_BASE_URL",
  "STORE_MODEL_IN_DB",
  "UI_USERNAME",
];

/** Names that LiteLLM once read and no longer does; setting them would promise something that does not happen. */
const deadVariables = ["SEPARATE_HEALTH_APP", "SEPARATE_HEALTH_PORT", "USE_PRISMA_MIGRATE", "LITELLM_PROXY_ADMIN_ROLE"];

/** Names that would start further workers in a pod, each with a pool of connections. */
const workers = ["NUM_WORKERS", "WEB_CONCURRENCY"];

/** Names that would send the proxy to another database or cache than the stack's. */
const elsewhere = /^(DATABASE_|DIRECT_URL$|REDIS_|IAM_TOKEN_DB_AUTH$|AZURE_POSTGRESQL_AUTH$)/;

/** A claim that LiteLLM reads where `identity.roles` give no role, which these never leave out. */
const otherRoles = "GENERIC_USER_ROLE_ATTRIBUTE";

/** What is wrong with setting a variable in clear text; `fromVault` are those that models need. */
export function variableProblem(name: string, fromVault: readonly string[]): string | undefined {
  if (ownVariables.includes(name)) return "is set by the program, must not be set here";
  if (elsewhere.test(name)) return "decides where the proxy connects, must be left to database and cache";
  if (name === otherRoles) return "names another claim for roles, must be left to identity.roles";
  if (fromVault.includes(name)) return "is a model's key, must come from Vault";
  if (workers.includes(name))
    return "starts workers that the connection budget does not count. Remove it and raise gateway.replicas.";
  if (deadVariables.includes(name)) return "is read by no supported LiteLLM. Remove it.";
  return undefined;
}

export const checkEnvironment: Check = ({ gateway, models }) => {
  const fromVault = modelVariables(models);
  return Object.entries(gateway?.environment ?? {}).flatMap(([name, value]) => {
    const path = `gateway.environment.${name}`;
    const secret = "looks like a secret, must come from Vault and not from clear text";
    const message =
      variableProblem(name, fromVault) ?? (isSecretName(name) || isSecretText(value) ? secret : undefined);
    return message === undefined ? [] : [{ path, message }];
  });
};

/** Variables that models need from Vault. */
export function modelVariables(models: PlatformConfig["models"] | undefined): string[] {
  return models === undefined ? [] : requiredVariables(models).map(({ variable }) => variable);
}
