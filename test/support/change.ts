import { readFileSync } from "node:fs";
import { join } from "node:path";
import { smallest } from "./configs.ts";

/** A CA's certificate. */
export const certificate = readFileSync(join(import.meta.dirname, "tls", "ca.pem"), "utf8");
const base64 = (text: string) => Buffer.from(text).toString("base64");
export const caBundle = base64(certificate);

/** What a bundle must be, and what is none. */
export const bundle = "must be PEM certificates and nothing else, base64-encoded";
export const badBundles: Readonly<Record<string, string>> = {
  "not encoded": certificate,
  empty: "",
  "no certificate": base64("hello"),
  "a damaged certificate": base64(certificate.replace("MII", "MMI")),
  "followed by a key": base64(`${certificate}${certificate.replaceAll("CERTIFICATE", "PRIVATE KEY")}`),
};

/** What makes the smallest configuration one of production. */
export const production = {
  profile: "production",
  "database.backup": { mode: "none", reason: "a test keeps nothing" },
} as const;

export type Raw = Record<string, unknown>;

/** `raw` with the value at a dotted path replaced; numbers are places in lists. `undefined` takes the key away. */
export function withValue(raw: Raw, path: string, value: unknown): Raw {
  const changed = structuredClone(raw);
  const segments = path.split(".");
  const last = segments.pop() ?? "";
  let place = changed;
  for (const segment of segments) place = (place[segment] ??= {}) as Raw;
  if (value === undefined) Reflect.deleteProperty(place, last);
  else place[last] = value;
  return changed;
}

/** The smallest valid configuration with values at dotted paths replaced. */
export function having(changes: Readonly<Record<string, unknown>>): Raw {
  return Object.entries(changes).reduce((raw, [path, value]) => withValue(raw, path, value), smallest());
}

/** A valid configuration that writes down nearly every setting there is. */
export function largest(): Raw {
  return {
    profile: "production",
    protect: true,
    retain: true,
    namespace: { name: "ai", podSecurity: "restricted", labels: { team: "ai", "example.com/cost-center": "42" } },
    vault: {
      address: "https://vault.example.com:8200",
      mount: "secret",
      path: "litellm/big",
      namespace: "platform",
      caBundle,
      auth: { method: "kubernetes", mount: "clusters/one" },
      refreshInterval: "1h",
    },
    gateway: {
      host: "litellm.example.com",
      image: {
        repository: "registry.example.com:5000/berriai/litellm",
        tag: "v1.108.17",
        digest: `sha256:${"0a".repeat(32)}`,
        pullPolicy: "Always",
        pullSecrets: ["registry"],
      },
      chart: { kind: "litellm-helm", version: "1.101.0", source: "oci://registry.example.com/litellm-helm" },
      replicas: { min: 2, max: 4 },
      autoscaler: { kind: "cpu", target: 75 },
      disruptionBudget: { maxUnavailable: "25%" },
      topologySpread: [{ topologyKey: "topology.kubernetes.io/zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      nodeSelector: { "node.example.com/pool": "ai" },
      tolerations: [{ key: "ai", operator: "Equal", value: "yes", effect: "NoSchedule" }],
      probes: { startup: { failureThreshold: 50 }, liveness: { periodSeconds: 20 }, readiness: { timeoutSeconds: 3 } },
      rollout: { maxSurge: 2, maxUnavailable: 1, minReadySeconds: 10 },
      drainDelay: 15,
      serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/litellm" } },
      podLabels: { team: "ai" },
      podAnnotations: { "example.com/note": "x" },
      volumes: [
        { name: "corporate-ca", mountPath: "/etc/corporate", configMap: "corporate-ca" },
        { name: "work", mountPath: "/work", emptyDir: "2Gi" },
      ],
      security: { user: 1000, runAsRoot: false, writableRoot: false },
      jsonLogs: false,
      metricsServer: { port: 9090 },
      storeModelsInDatabase: true,
      proxyConfig: { litellm_settings: { drop_params: true }, general_settings: { max_request_size_mb: 20 } },
      values: { environmentSecrets: ["more"], deploymentLabels: { tier: "gateway" } },
      resources: { cpu: "1500m", memory: "6Gi", cpuLimit: "3" },
      uiUsername: "root",
      requestTimeout: 900,
      logLevel: "WARNING",
      routingStrategy: "least-busy",
      retries: 0,
      environment: { HTTPS_PROXY: "http://proxy.example.com:3128" },
    },
    models: {
      list: [
        {
          model_name: "gpt",
          litellm_params: {
            model: "azure/gpt-4.1",
            api_base: "https://east.openai.azure.com",
            api_key: "os.environ/AZURE_EAST_API_KEY",
            api_version: "2025-01-01",
            rpm: 100,
            tpm: 1_000_000,
            timeout: 60.5,
            weight: 0.5,
            tags: ["paid"],
            extra_headers: { "X-Team": "ai", "X-Api-Key": "os.environ/TEAM_API_KEY" },
            input_cost_per_token: 0.000003,
          },
          model_info: { id: "gpt-east", mode: "chat", access_groups: ["all"], health_check_timeout: 5 },
        },
        { model_name: "claude", litellm_params: { model: "bedrock/claude", aws_region_name: "eu-central-1" } },
        {
          model_name: "gemini",
          litellm_params: { model: "vertex_ai/gemini", vertex_project: "p", vertex_location: "l" },
        },
        { model_name: "own", litellm_params: { model: "hosted_vllm/own", api_base: "http://own.models.svc/v1" } },
      ],
      defaults: { drop_params: true },
      credentials: [
        {
          credential_name: "azure-west",
          credential_values: { api_base: "https://west.openai.azure.com", api_version: "2025-01-01" },
          credential_info: { custom_llm_provider: "azure", description: "West" },
        },
      ],
      podIdentity: ["sagemaker"],
      guardrails: [
        { guardrail_name: "pii", litellm_params: { guardrail: "presidio", mode: ["pre_call", "post_call"] } },
      ],
      mcpServers: { docs: { url: "https://mcp.example.com", transport: "http", auth_type: "none" } },
      vaultPaths: { TEAM_API_KEY: { credential: "team", property: "header" } },
    },
    routing: {
      fallbacks: [{ gpt: ["claude"] }],
      default_fallbacks: ["own"],
      model_group_alias: { "gpt-4": "gpt", hidden: { model: "gpt", hidden: true } },
      retry_policy: { TimeoutErrorRetries: 3 },
      allowed_fails: 5,
      cooldown_time: 30,
      optional_pre_call_checks: ["enforce_model_rate_limits"],
    },
    database: {
      mode: "cluster",
      name: "litellm",
      owner: "litellm",
      instances: 3,
      storage: { size: "50Gi", storageClass: "fast" },
      walStorage: { size: "10Gi" },
      imageName: "ghcr.io/cloudnative-pg/postgresql:17.5",
      resources: { cpu: "2", memory: "8Gi" },
      parameters: { log_checkpoints: "on" },
      maxConnections: 200,
      poolLimit: 20,
      tls: "verify-full",
      antiAffinity: "required",
      nodeSelector: { "node.example.com/pool": "data" },
      podMonitor: true,
      maintenance: { inProgress: false, reusePVC: false },
      pooler: { instances: 3, poolSize: 30, maxClientConnections: 500, resources: { cpu: "500m", memory: "256Mi" } },
      readReplica: true,
      password: { version: 2 },
      backup: {
        mode: "objectStore",
        compression: "snappy",
        encryption: "AES256",
        jobs: 4,
        tags: { keep: "yes" },
        schedule: "0 30 1 * * *",
        retention: "4w",
        store: {
          bucket: "backups",
          endpoint: "https://s3.example.com",
          path: "litellm/big",
          region: "eu-central-1",
          ca: certificate,
        },
      },
    },
    cache: {
      mode: "dedicated",
      keyPrefix: "litellm.big",
      username: "proxy",
      replicas: 2,
      password: { version: 2 },
      resources: { cpu: "500m", memory: "2Gi" },
      threads: 2,
      persistence: { kind: "volume", size: "5Gi", storageClass: "fast", schedule: "*/30 * * * *" },
      responses: {
        mode: "default_on",
        ttl: 60,
        callTypes: ["acompletion"],
        s3: { bucket: "responses", endpoint: "https://s3.example.com", region: "eu-central-1", path: "litellm/big" },
      },
    },
  };
}
