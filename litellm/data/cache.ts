import type { CacheConfig, CacheMode } from "../../config/cache.ts";
import { aclFile } from "./acl.ts";
import { shortHash } from "../shared/hash.ts";
import { referenceTo } from "../shared/references.ts";

/** Where LiteLLM finds its Redis. */
export type CacheServer = CacheMode<"external">["server"];

/** Variables with secrets of the cache. The names are LiteLLM's own where it has one. */
export const cacheVariables = {
  password: "REDIS_PASSWORD",
  sentinelPassword: "REDIS_SENTINEL_PASSWORD",
  responsesKeyId: "RESPONSE_CACHE_S3_ACCESS_KEY_ID",
  responsesKey: "RESPONSE_CACHE_S3_SECRET_ACCESS_KEY",
} as const;

/** Variables of the cache that hold no secret. */
const plainVariables = {
  host: "REDIS_HOST",
  port: "REDIS_PORT",
  username: "REDIS_USERNAME",
  caFile: "REDIS_SSL_CA_CERTS",
  responsesCaFile: "RESPONSE_CACHE_S3_CA_FILE",
} as const;

/** Every name that the cache's settings may take. */
export const allCacheVariables: readonly string[] = [
  ...Object.values(cacheVariables),
  ...Object.values(plainVariables),
];

const defaultPort = 6379;

/** The server that a stack's proxy uses; none in mode `none`. */
export function cacheServer(cache: CacheConfig, own: { host: string }): CacheServer | undefined {
  switch (cache.mode) {
    case "dedicated":
      return { kind: "single", host: own.host, port: defaultPort };
    case "shared":
      return { kind: "single", host: `${cache.name}.${cache.namespace}.svc`, port: defaultPort };
    case "external":
      return cache.server;
    case "none":
      return undefined;
  }
}

/** The address that is told to others: of several nodes the first. */
export function firstNode(server: CacheServer): { readonly host: string; readonly port: number } {
  if (server.kind === "single") return { host: server.host, port: server.port };
  const [{ host, port } = { host: "", port: defaultPort }] = server.nodes;
  return { host, port };
}

/** CA certificates that the proxy needs as files, PEM by file name. */
export function caFiles(cache: CacheConfig): Record<string, string> {
  const pem = (bundle: string) => Buffer.from(bundle, "base64").toString("utf8");
  const server = cache.mode === "shared" || cache.mode === "external" ? cache.tls?.caBundle : undefined;
  const { s3 } = cache.responses;
  return {
    ...(server === undefined ? {} : { [caFileNames.server]: pem(server) }),
    ...(s3?.caBundle === undefined || cache.responses.mode === "off"
      ? {}
      : { [caFileNames.responses]: pem(s3.caBundle) }),
  };
}

const caFileNames = { server: "cache.crt", responses: "responses.crt" } as const;

/** Directory of these files in the proxy's container. */
export const caDirectory = "/etc/litellm-ca";

/**
 * Variables of the proxy for its cache. LiteLLM hands every `REDIS_*` to its client, where a host beside Sentinels is an
 * error: only what the server has is set.
 */
export function cacheEnvironment(cache: CacheConfig, own: { host: string }): Record<string, string> {
  const server = cacheServer(cache, own);
  const files = caFiles(cache);
  const username = cache.mode === "none" ? undefined : cache.username;
  return {
    ...(server?.kind === "single"
      ? { [plainVariables.host]: server.host, [plainVariables.port]: String(server.port) }
      : {}),
    ...(username === undefined ? {} : { [plainVariables.username]: username }),
    ...(caFileNames.server in files ? { [plainVariables.caFile]: `${caDirectory}/${caFileNames.server}` } : {}),
    ...(caFileNames.responses in files
      ? { [plainVariables.responsesCaFile]: `${caDirectory}/${caFileNames.responses}` }
      : {}),
  };
}

/** How LiteLLM connects; `nodes` names the key of a cluster's nodes, which is not the same everywhere. */
function connection(cache: CacheConfig, nodesKey: string): Record<string, unknown> | undefined {
  if (cache.mode === "none") return undefined;
  const tls = cache.mode === "dedicated" ? undefined : cache.tls;
  return {
    ...address(cache.mode === "external" ? cache.server : undefined, nodesKey),
    ...(cache.username === undefined ? {} : { username: referenceTo(plainVariables.username) }),
    password: referenceTo(cacheVariables.password),
    // Only when it is true: LiteLLM's client takes `false` for a wish as well.
    ...(tls === undefined
      ? {}
      : {
          ssl: true,
          ...(tls.caBundle === undefined ? {} : { ssl_ca_certs: referenceTo(plainVariables.caFile) }),
        }),
    namespace: cache.keyPrefix,
  };
}

function address(server: CacheServer | undefined, nodesKey: string): Record<string, unknown> {
  switch (server?.kind) {
    case undefined:
    case "single":
      return { host: referenceTo(plainVariables.host), port: referenceTo(plainVariables.port) };
    case "sentinel":
      return {
        sentinel_nodes: server.nodes.map(({ host, port }) => [host, port]),
        service_name: server.service,
        ...(server.password === undefined ? {} : { sentinel_password: referenceTo(cacheVariables.sentinelPassword) }),
      };
    case "cluster":
      return { [nodesKey]: server.nodes.map(({ host, port }) => ({ host, port })) };
  }
}

/** `general_settings.coordination_redis`: rate limits, locks and everything else that pods share. */
export function coordinationRedis(cache: CacheConfig): Record<string, unknown> | undefined {
  return connection(cache, "startup_nodes");
}

/** `litellm_settings.cache` and `cache_params`: where responses are kept, if they are. */
export function responseCache(cache: CacheConfig): Record<string, unknown> {
  const { mode, ttl, callTypes, s3 } = cache.responses;
  const common = { ttl, mode, supported_call_types: callTypes };
  if (mode === "off") return {};
  if (s3 !== undefined)
    return {
      cache: true,
      cache_params: {
        type: "s3",
        s3_bucket_name: s3.bucket,
        s3_region_name: s3.region,
        ...(s3.endpoint === undefined ? {} : { s3_endpoint_url: s3.endpoint }),
        s3_aws_access_key_id: referenceTo(cacheVariables.responsesKeyId),
        s3_aws_secret_access_key: referenceTo(cacheVariables.responsesKey),
        ...(s3.path === undefined ? {} : { s3_path: s3.path }),
        ...(s3.caBundle === undefined ? {} : { s3_verify: referenceTo(plainVariables.responsesCaFile) }),
        ...common,
      },
    };
  const redis = connection(cache, "redis_startup_nodes");
  return redis === undefined ? {} : { cache: true, cache_params: { type: "redis", ...redis, ...common } };
}

/** The user whose password the program makes; not in the modes that have none. */
export function ownUser(cache: CacheConfig): { readonly username: string; readonly version: number } | undefined {
  return cache.mode === "dedicated" || cache.mode === "shared"
    ? { username: cache.username, version: cache.password.version }
    : undefined;
}

/**
 * What the names of the cache's Secrets end in. They change with what is in them: pods, also those of Dragonfly, which
 * reads its ACL at start only, then roll onto the new ones.
 */
export function cacheSecretSuffixes(cache: CacheConfig): { readonly user: string; readonly acl: string } {
  const version = `v${ownUser(cache)?.version ?? 1}`;
  if (cache.mode !== "dedicated") return { user: version, acl: version };
  const rules = aclFile({ ...cache, passwordHash: "", defaultPasswordHash: "" });
  return { user: version, acl: `${version}-${shortHash(rules, 6)}` };
}
