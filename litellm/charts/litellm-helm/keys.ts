/**
 * What the official chart `litellm-helm` reads from its values, and the fixed names in what it renders: in its newest
 * state that is known, 1.1.x in its repository; it is published under LiteLLM's release numbers, and an older one may
 * lack some of the keys. The chart has no values schema of its own, so this list is the only thing that catches a
 * misspelt key. The one place in the product for these facts.
 */
import type { KeyTree } from "../key-tree.ts";

const image = { repository: "scalar", tag: "scalar" } as const satisfies KeyTree;

const probe = {
  path: "scalar",
  initialDelaySeconds: "scalar",
  periodSeconds: "scalar",
  timeoutSeconds: "scalar",
  successThreshold: "scalar",
  failureThreshold: "scalar",
} as const satisfies KeyTree;

/** Read by the two database and cache sub-charts only; an image override is all the chart itself sets there. */
const subChartImage = { image } as const satisfies KeyTree;

const secretKey = { name: "scalar", key: "scalar" } as const satisfies KeyTree;

const lensWorker = {
  enabled: "scalar",
  replicaCount: "scalar",
  image: { ...image, digest: "scalar", pullPolicy: "scalar" },
  tokenSecret: secretKey,
  serviceTokenSecret: secretKey,
  clickhouse: {
    enabled: "scalar",
    image: "scalar",
    storage: "scalar",
    storageClassName: "scalar",
    resources: "map",
  },
  clickhouseDatabase: "scalar",
  retentionDays: "scalar",
  clickhouseSecret: secretKey,
  publicUrl: "scalar",
  service: { port: "scalar", annotations: "map" },
  ingress: { enabled: "scalar", className: "scalar", host: "scalar", annotations: "map", tls: "list" },
  url: "scalar",
  tmpSizeLimit: "scalar",
  resources: "map",
  nodeSelector: "map",
  tolerations: "list",
  affinity: "map",
} as const satisfies KeyTree;

const migrationJob = {
  enabled: "scalar",
  backoffLimit: "scalar",
  activeDeadlineSeconds: "scalar",
  serviceAccountName: "scalar",
  annotations: "map",
  jobLabels: "map",
  jobAnnotations: "map",
  podLabels: "map",
  command: "list",
  args: "list",
  ttlSecondsAfterFinished: "scalar",
  resources: "map",
  extraContainers: "list",
  extraInitContainers: "list",
  hooks: { argocd: { enabled: "scalar" }, helm: { enabled: "scalar", weight: "scalar" } },
} as const satisfies KeyTree;

const postgresql = {
  architecture: "scalar",
  image: { ...image, digest: "scalar" },
  volumePermissions: subChartImage,
  metrics: subChartImage,
  auth: { username: "scalar", database: "scalar", password: "scalar", "postgres-password": "scalar" },
} as const satisfies KeyTree;

const redis = {
  enabled: "scalar",
  architecture: "ignored",
  nameOverride: "scalar",
  image,
  master: { service: { ports: { redis: "scalar" } } },
  sentinel: { enabled: "scalar", masterSet: "scalar", image, service: { ports: { sentinel: "scalar" } } },
  metrics: subChartImage,
  volumePermissions: subChartImage,
  sysctl: subChartImage,
  kubectl: subChartImage,
  coordination: { enabled: "scalar" },
} as const satisfies KeyTree;

/** Every value key of the chart, including those that its templates read but its values.yaml does not show. */
export const litellmHelmKeys = {
  replicaCount: "scalar",
  numWorkers: "scalar",
  listen: "scalar",
  liteadmin: {
    enabled: "scalar",
    existingSecret: "scalar",
    gatewayUrl: "scalar",
    model: "scalar",
    readOnly: "scalar",
    storageSize: "scalar",
    storageClassName: "scalar",
    resources: "map",
  },
  // No digest here: this chart joins repository and tag by a colon, so a digest goes into the tag.
  image: { ...image, pullPolicy: "scalar" },
  imagePullSecrets: "list",
  nameOverride: "scalar",
  fullnameOverride: "scalar",
  serviceAccount: { create: "scalar", automount: "scalar", annotations: "map", name: "scalar" },
  deploymentAnnotations: "map",
  deploymentLabels: "map",
  deploymentMinReadySeconds: "scalar",
  podAnnotations: "map",
  podLabels: "map",
  strategy: "map",
  terminationGracePeriodSeconds: "scalar",
  topologySpreadConstraints: "list",
  podSecurityContext: "map",
  securityContext: "map",
  environmentSecrets: "list",
  environmentConfigMaps: "list",
  service: { type: "scalar", port: "scalar", annotations: "map", loadBalancerClass: "scalar" },
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  ingress: {
    enabled: "scalar",
    className: "scalar",
    labels: "map",
    annotations: "map",
    hosts: "list",
    tls: "list",
  },
  masterkey: "scalar",
  masterkeySecretName: "scalar",
  masterkeySecretKey: "scalar",
  billingMetrics: {
    enabled: "scalar",
    endpoint: "scalar",
    secretName: "scalar",
    caSecretName: "scalar",
    exportIntervalMs: "scalar",
  },
  proxyConfigMap: { create: "scalar", name: "scalar", key: "scalar" },
  proxy_config: "map",
  metricsServer: { enabled: "scalar", port: "scalar" },
  collector: {
    enabled: "scalar",
    address: "scalar",
    bufferSize: "scalar",
    onUnavailable: "scalar",
    drainTimeoutSeconds: "scalar",
    command: "list",
    resources: "map",
    scaleOnProxyContainerCpu: "scalar",
  },
  gateway: { collector: { enabled: "scalar", address: "scalar" } },
  resources: "map",
  autoscaling: {
    enabled: "scalar",
    minReplicas: "scalar",
    maxReplicas: "scalar",
    targetCPUUtilizationPercentage: "scalar",
    targetMemoryUtilizationPercentage: "scalar",
    targetRequestsPerSecond: "scalar",
    targetTokensPerSecond: "scalar",
    behavior: "map",
  },
  keda: {
    enabled: "scalar",
    minReplicas: "scalar",
    maxReplicas: "scalar",
    pollingInterval: "scalar",
    cooldownPeriod: "scalar",
    restoreToOriginalReplicaCount: "scalar",
    fallback: { failureThreshold: "scalar", replicas: "scalar" },
    scaledObject: { annotations: "map" },
    triggers: "list",
    prometheus: { serverAddress: "scalar", requestsPerSecond: "scalar", tokensPerSecond: "scalar" },
    behavior: "map",
  },
  volumes: "list",
  volumeMounts: "list",
  nodeSelector: "map",
  tolerations: "list",
  affinity: "map",
  db: {
    useExisting: "scalar",
    endpoint: "scalar",
    database: "scalar",
    url: "scalar",
    secret: {
      name: "scalar",
      usernameKey: "scalar",
      passwordKey: "scalar",
      endpointKey: "scalar",
      readReplicaUrlKey: "scalar",
      readReplicaEndpointKey: "scalar",
    },
    readReplicaUrl: "scalar",
    connectionPool: { enabled: "scalar", maxDbConnections: "scalar", maxClientConn: "scalar" },
    useStackgresOperator: "ignored",
    deployStandalone: "scalar",
  },
  lifecycle: "map",
  postgresql,
  redis,
  migrationJob,
  logLevel: "scalar",
  envVars: "map",
  // The chart's own defaults for the next three are empty maps, but it renders them as lists.
  extraEnvVars: "list",
  command: "list",
  args: "list",
  extraContainers: "list",
  extraInitContainers: "list",
  extraResources: "list",
  pdb: { enabled: "scalar", minAvailable: "scalar", maxUnavailable: "scalar", annotations: "map", labels: "map" },
  serviceMonitor: {
    enabled: "scalar",
    labels: "map",
    annotations: "map",
    interval: "scalar",
    scrapeTimeout: "scalar",
    relabelings: "list",
    namespaceSelector: { matchNames: "list" },
  },
  lensWorker,
} as const satisfies KeyTree;

// Fixed names in what litellm-helm 1.1.x renders, read from renders of the chart.

/** Volumes the chart adds under a read-only root file system; the API refuses a second one of the same name. */
export const reservedVolumeNames = ["tmp", "cache", "npm"] as const;

/** Where the chart mounts {@link reservedVolumeNames}; the API refuses a second mount on the same path. */
export const reservedMountPaths = ["/tmp", "/.cache", "/.npm"] as const;

/** The volume the chart always adds for the proxy's config file: as reserved as the others. */
export const configVolumeName = "litellm-config";

/** Where the chart mounts the proxy's config file, by subPath, and what it passes to `--config`. */
export const configPath = "/etc/litellm/config.yaml";

/** The key of the proxy's config file in its ConfigMap, unless `proxyConfigMap.key` names another. */
export const defaultConfigKey = "config.yaml";

/** The name of the port in the Service and in the pod; all probes use it. */
export const servicePortName = "http";

/** `service.port` unless set; it is the port in the container too. */
export const defaultPort = 4000;

/** The name of the port in the Service `<fullname>-metrics`, which exists with `metricsServer.enabled`. */
export const metricsPortName = "metrics";

/** `metricsServer.port` unless set. */
export const defaultMetricsPort = 4001;

/**
 * The labels by which the chart's Service, PodDisruptionBudget and Deployment select pods. The instance is the name of
 * the release, not the full name of its objects.
 */
export function selectorLabels(releaseName: string): {
  "app.kubernetes.io/name": string;
  "app.kubernetes.io/instance": string;
} {
  return { "app.kubernetes.io/name": "litellm", "app.kubernetes.io/instance": releaseName };
}
