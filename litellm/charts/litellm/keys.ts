/**
 * What the official chart `litellm` 1.0.0 reads from its values, and the fixed names in what it renders. Its own values
 * schema lets a misspelt key through, so this list is what catches one. The one place in the product for these facts.
 */
import type { KeyTree } from "../key-tree.ts";

const probe = "map";

const secretRef = { name: "scalar", usernameKey: "scalar", passwordKey: "scalar" } as const satisfies KeyTree;

/** An endpoint of the database. */
const endpoint = {
  host: "scalar",
  port: "scalar",
  dbname: "scalar",
  schema: "scalar",
  useIAMAuth: "scalar",
  useAzureEntraAuth: "scalar",
  passwordSecret: secretRef,
} as const satisfies KeyTree;

const autoscaler = {
  enabled: "scalar",
  minReplicas: "scalar",
  maxReplicas: "scalar",
  targetCPUUtilizationPercentage: "scalar",
  targetMemoryUtilizationPercentage: "scalar",
  behavior: "map",
} as const satisfies KeyTree;

/** What the chart reads of each of its Deployments. */
const deployment = {
  enabled: "scalar",
  logLevel: "scalar",
  extraEnv: "list",
  envConfigMaps: "list",
  envSecrets: "list",
  volumes: "list",
  volumeMounts: "list",
  service: { type: "scalar", port: "scalar", annotations: "map", loadBalancerClass: "scalar" },
  resources: "map",
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  strategy: "map",
  replicaCount: "scalar",
  hpa: autoscaler,
  pdb: { enabled: "scalar", minAvailable: "scalar", maxUnavailable: "scalar" },
  deploymentAnnotations: "map",
  deploymentLabels: "map",
  minReadySeconds: "scalar",
  podAnnotations: "map",
  podLabels: "map",
  podSecurityContext: "map",
  securityContext: "map",
  extraContainers: "list",
  extraInitContainers: "list",
  lifecycle: "map",
  terminationGracePeriodSeconds: "scalar",
  nodeSelector: "map",
  tolerations: "list",
  affinity: "map",
  topologySpreadConstraints: "list",
} as const satisfies KeyTree;

const gateway = {
  ...deployment,
  numWorkers: "scalar",
  config: { create: "scalar", proxy_config: "map" },
  metricsServer: { enabled: "scalar", port: "scalar", resources: "map" },
  serviceMonitor: {
    enabled: "scalar",
    labels: "map",
    annotations: "map",
    interval: "scalar",
    scrapeTimeout: "scalar",
    relabelings: "list",
    namespaceSelector: { matchNames: "list" },
  },
  collector: {
    enabled: "scalar",
    address: "scalar",
    bufferSize: "scalar",
    onUnavailable: "scalar",
    drainTimeoutSeconds: "scalar",
    resources: "map",
    scaleOnGatewayContainerCpu: "scalar",
  },
  hpa: { ...autoscaler, targetRequestsPerSecond: "scalar", targetTokensPerSecond: "scalar" },
  keda: {
    enabled: "scalar",
    minReplicaCount: "scalar",
    maxReplicaCount: "scalar",
    pollingInterval: "scalar",
    cooldownPeriod: "scalar",
    scaledObject: { annotations: "map" },
    advanced: "map",
    fallback: "map",
    triggers: "list",
    prometheus: { serverAddress: "scalar", targetRequestsPerSecond: "scalar", targetTokensPerSecond: "scalar" },
  },
} as const satisfies KeyTree;

const serviceAccount = {
  create: "scalar",
  automount: "scalar",
  annotations: "map",
  name: "scalar",
} as const satisfies KeyTree;

const migrationJob = {
  enabled: "scalar",
  hooks: { helm: { enabled: "scalar", weight: "scalar" }, argocd: { enabled: "scalar" } },
  backoffLimit: "scalar",
  ttlSecondsAfterFinished: "scalar",
  activeDeadlineSeconds: "scalar",
  resources: "map",
  serviceAccountName: "scalar",
  automountServiceAccountToken: "scalar",
  podSecurityContext: "map",
  securityContext: "map",
  jobLabels: "map",
  jobAnnotations: "map",
  podLabels: "map",
  annotations: "map",
  command: "list",
  args: "list",
  volumes: "list",
  volumeMounts: "list",
  nodeSelector: "map",
  tolerations: "list",
  affinity: "map",
  extraInitContainers: "list",
  extraContainers: "list",
  extraEnv: "list",
} as const satisfies KeyTree;

/**
 * Every value key of the chart. Those of Lens are left out: the chart lost them during 1.0.0, and a release with
 * `lensWorker.enabled` no longer renders.
 */
export const litellmKeys = {
  nameOverride: "scalar",
  fullnameOverride: "scalar",
  image: { repository: "scalar", tag: "scalar", pullPolicy: "scalar", digest: "scalar" },
  imagePullSecrets: "list",
  monolith: { enabled: "scalar", extraArgs: "list" },
  ingress: {
    enabled: "scalar",
    className: "scalar",
    controller: "scalar",
    annotations: "map",
    host: "scalar",
    tls: "list",
    extraPaths: "list",
  },
  serviceAccounts: { gateway: serviceAccount, backend: serviceAccount, ui: serviceAccount },
  migrationJob,
  masterKey: { secretName: "scalar", secretKey: "scalar", generate: "scalar" },
  billingMetrics: {
    enabled: "scalar",
    endpoint: "scalar",
    secretName: "scalar",
    caSecretName: "scalar",
    exportIntervalMs: "scalar",
  },
  database: {
    // Both endpoints take their TLS from here.
    writer: { ...endpoint, sslMode: "scalar", sslRootCert: "scalar" },
    reader: endpoint,
    connectionPool: { enabled: "scalar", maxDbConnections: "scalar", maxClientConn: "scalar" },
  },
  redis: {
    cluster: "scalar",
    host: "scalar",
    port: "scalar",
    ssl: "scalar",
    sslCertReqs: "scalar",
    passwordSecret: { name: "scalar", passwordKey: "scalar" },
  },
  extraResources: "list",
  gateway,
  backend: deployment,
  ui: { ...deployment, backendUrl: "scalar" },
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
} as const satisfies KeyTree;

// Fixed names in what litellm 1.0.0 renders, read from renders of the chart.

/** Volumes that the chart adds by itself; the API server refuses a second one of the same name. */
export const reservedVolumeNames = [
  "billing-metrics-mtls",
  "billing-metrics-mtls-ca",
  "collector-socket",
  "gateway-config",
  "prometheus-multiproc",
] as const;

/** Where the metrics of the workers are, shared with the metrics container. */
export const multiprocDirectory = "/tmp/litellm_prometheus_multiproc";

/** The port of each component, in its container and in its Service; none of them can be changed in the container. */
export const ports = { proxy: 4000, gateway: 4000, backend: 4001, ui: 3000 } as const;

/** A Deployment of the chart by the label that tells it from the others, which is its container's name too. */
export type Component = keyof typeof ports;

/** Names of a component's Deployment and Service. */
export function componentName(fullname: string, component: Component): string {
  return component === "proxy" ? fullname : `${fullname}-${component}`;
}

/** The labels by which Service, PodDisruptionBudget and Deployment of a component select its pods. */
export function selectorLabels(releaseName: string, component: Component) {
  return {
    "app.kubernetes.io/name": "litellm",
    "app.kubernetes.io/instance": releaseName,
    "app.kubernetes.io/component": component,
  };
}

/** Variables that the chart sets by itself in every case; the API server refuses a second one of the same name. */
export const chartVariables: readonly string[] = [
  "DATABASE_HOST",
  "DATABASE_NAME",
  "DATABASE_PASSWORD",
  "DATABASE_PORT",
  "DATABASE_USER",
  "DATABASE_USERNAME",
  "DISABLE_SCHEMA_UPDATE",
  "LITELLM_LOG",
  "LITELLM_MASTER_KEY",
  "NUM_WORKERS",
  "PROXY_MASTER_KEY",
];
