import type { PlatformConfig } from "../../../config/platform.ts";
import { type Component, chartVariables, componentName, ports, selectorLabels } from "./keys.ts";
import { configPath, configVolumeName } from "../litellm-helm/keys.ts";
import { backendReplicas, podValues, scratchVolume, unlessEmpty } from "../gateway-spec.ts";
import { separateRoutes } from "./routes.ts";
import type { ChartFacts, Endpoint, GatewaySpec, Workload } from "../types.ts";

type Values = Record<string, unknown>;
type ChartSettings = Extract<PlatformConfig["gateway"]["chart"], { kind: "litellm" }>;

/**
 * Values for the official chart `litellm` 1.0.0. One service that does all, or one each for the calls of models, for
 * management and for the dashboard.
 */
export function litellm(spec: GatewaySpec, chart: ChartSettings): ChartFacts {
  const single = chart.layout === "single";
  const components: readonly Component[] = single ? ["proxy"] : ["gateway", "backend", "ui"];
  return {
    values: {
      fullnameOverride: spec.fullname,
      image: {
        repository: spec.image.repository,
        tag: spec.image.tag,
        digest: spec.image.digest ?? "",
        pullPolicy: spec.image.pullPolicy,
      },
      imagePullSecrets: spec.image.pullSecrets.map((name) => ({ name })),
      // The server finds the file by CONFIG_FILE_PATH; the command line takes the pool's limit from its argument only.
      monolith: { enabled: single, ...(single ? { extraArgs: ["--config", configPath] } : {}) },
      serviceAccounts: Object.fromEntries(
        (single ? ["gateway"] : components).map((name) => [
          name,
          // The chart says in the pod whether it gets a token, over what the account says. The dashboard's pods are
          // the namespace's default account: a role of a cloud is none of theirs.
          { create: false, ...(name === "ui" ? {} : { name: spec.serviceAccount }), automount: false },
        ]),
      ),
      masterKey: { secretName: spec.masterKey.secret, secretKey: spec.masterKey.key, generate: false },
      database: {
        writer: {
          host: spec.database.host,
          port: spec.database.port,
          dbname: spec.database.name,
          passwordSecret: { name: spec.database.secret, usernameKey: "username", passwordKey: "password" },
        },
      },
      migrationJob: { enabled: false },
      gateway: gatewayValues(spec, single ? "proxy" : "gateway"),
      ...(single ? {} : { backend: backendValues(spec, chart), ui: uiValues(spec, chart) }),
    },
    services: servicesOf(spec, single),
    workloads: components.map((component) => workload(spec, component)),
    routes: single ? [{ service: "api", paths: [{ type: "PathPrefix", value: "/" }] }] : separateRoutes,
  };
}

function servicesOf(spec: GatewaySpec, single: boolean): ChartFacts["services"] {
  const endpoint = (component: Component): Endpoint => ({
    name: componentName(spec.fullname, component),
    port: ports[component],
  });
  const api = endpoint(single ? "proxy" : "gateway");
  const { metricsServer } = spec;
  return {
    api,
    admin: single ? api : endpoint("backend"),
    ui: single ? api : endpoint("ui"),
    ...(metricsServer === undefined ? {} : { metrics: { name: `${api.name}-metrics`, port: metricsServer.port } }),
  };
}

function workload({ release, fullname }: GatewaySpec, component: Component): Workload {
  return {
    deployment: componentName(fullname, component),
    selector: selectorLabels(release, component),
    port: ports[component],
  };
}

/** The pods that models are called at. */
function gatewayValues(spec: GatewaySpec, component: Component): Values {
  const { replicas, metricsServer, disruptionBudget } = spec;
  const selector = selectorLabels(spec.release, component);
  return {
    ...serverValues(spec, component, { selector, several: replicas.max > 1, disruptionBudget }),
    ...scaling(spec),
    resources: withoutDefaults(spec.resources),
    service: { type: "ClusterIP", port: ports[component] },
    numWorkers: 1,
    config: { create: false },
    ...(metricsServer === undefined ? {} : { metricsServer: { enabled: true, port: metricsServer.port } }),
  };
}

/** The pods that keys, teams and users are managed at. */
function backendValues(spec: GatewaySpec, chart: ChartSettings): Values {
  const { backend } = chart;
  const replicas = backendReplicas({ chart, replicas: spec.replicas }) ?? 0;
  const selector = selectorLabels(spec.release, "backend");
  return {
    ...serverValues(spec, "backend", { selector, several: replicas > 1 }),
    replicaCount: replicas,
    hpa: { enabled: false },
    resources: backend?.resources === undefined ? withoutDefaults(spec.resources) : resourcesOf(backend.resources),
    service: { type: "ClusterIP", port: ports.backend },
  };
}

/** What the two kinds of pods that run LiteLLM have alike. */
function serverValues(spec: GatewaySpec, component: Component, pods: Parameters<typeof podValues>[1]): Values {
  // As the other chart mounts it; this one has a place for a ConfigMap of its own only.
  const config = { name: configVolumeName, mountPath: configPath, subPath: spec.config.key, readOnly: true };
  return {
    ...podValues(spec, { ...pods, labels: spec.podLabels, rolledBy: spec.rolledBy }),
    ...minReady(spec),
    ...probes(spec),
    envSecrets: [...spec.environmentSecrets],
    extraEnv: environment(spec, component),
    // The chart has no place to write to under a read-only root.
    volumes: [
      { name: config.name, configMap: { name: spec.config.configMap } },
      ...spec.writablePlaces.map(scratchVolume),
      ...spec.volumes,
    ],
    volumeMounts: [config, ...spec.writablePlaces, ...spec.volumeMounts],
  };
}

/** Seconds that a request waits for a connection: the command line's own default. */
const poolTimeout = 60;

/**
 * Variables beside the chart's own. DATABASE_URL has what the chart has no key for, such as the pooler's mode, and wins
 * over the chart's; it stands behind the variables that it is made of. Only LiteLLM's command line, which the proxy alone
 * begins with, reads the pool's limit from the configuration; the replica's URL takes it over from this one.
 */
function environment({ database, environment }: GatewaySpec, component: Component): { name: string; value: string }[] {
  const pool = component === "proxy" ? "" : `&connection_limit=${database.poolLimit}&pool_timeout=${poolTimeout}`;
  const variables = { DATABASE_URL: `${database.url}${pool}`, ...environment, CONFIG_FILE_PATH: configPath };
  return Object.entries(variables)
    .filter(([name]) => !chartVariables.includes(name))
    .map(([name, value]) => ({ name, value }));
}

/** The pods that serve the dashboard's pages by nginx, which writes to /tmp only. They know no secret. */
function uiValues(spec: GatewaySpec, { ui }: ChartSettings): Values {
  const replicas = ui?.replicas ?? spec.replicas.min;
  const selector = selectorLabels(spec.release, "ui");
  const scratch = { name: "tmp", mountPath: "/tmp" };
  return {
    ...podValues(spec, { selector, several: replicas > 1 }),
    ...minReady(spec),
    replicaCount: replicas,
    hpa: { enabled: false },
    ...(ui?.resources === undefined ? {} : { resources: resourcesOf(ui.resources) }),
    service: { type: "ClusterIP", port: ports.ui },
    volumes: [scratchVolume(scratch)],
    volumeMounts: [scratch],
  };
}

/** The chart has a limit of CPU of its own, which a null takes away where there is to be none. */
function withoutDefaults({ requests, limits }: GatewaySpec["resources"]) {
  return { requests, limits: { cpu: null, ...limits } };
}

function resourcesOf(resources: { readonly cpu: string; readonly memory: string }) {
  return { requests: resources, limits: resources };
}

function minReady({ rollout: { minReadySeconds } }: GatewaySpec): Values {
  return minReadySeconds === undefined ? {} : { minReadySeconds };
}

/** The chart's own autoscaler is on unless it is told otherwise, and it knows a target for memory, which is off here. */
function scaling({ replicas: { min, max }, autoscaler }: GatewaySpec): Values {
  if (max <= min) return { replicaCount: min, hpa: { enabled: false } };
  if (autoscaler.kind !== "keda")
    return {
      hpa: {
        enabled: true,
        minReplicas: min,
        maxReplicas: max,
        targetCPUUtilizationPercentage: autoscaler.target,
        targetMemoryUtilizationPercentage: 0,
      },
    };
  const { pollingInterval, cooldownPeriod, prometheus, triggers } = autoscaler;
  return {
    hpa: { enabled: false },
    keda: {
      enabled: true,
      minReplicaCount: min,
      maxReplicaCount: max,
      pollingInterval,
      cooldownPeriod,
      ...(prometheus === undefined ? {} : { prometheus: prometheusValues(prometheus) }),
      ...unlessEmpty("triggers", triggers),
    },
  };
}

type Prometheus = NonNullable<Extract<GatewaySpec["autoscaler"], { kind: "keda" }>["prometheus"]>;

function prometheusValues({ address, requestsPerSecond, tokensPerSecond }: Prometheus): Values {
  return {
    serverAddress: address,
    ...(requestsPerSecond === undefined ? {} : { targetRequestsPerSecond: requestsPerSecond }),
    ...(tokensPerSecond === undefined ? {} : { targetTokensPerSecond: tokensPerSecond }),
  };
}

/** Whole probes, with the timings of chart `litellm-helm`: this chart has no startup probe and ends a start after 100 s. */
function probes({ probes: { startup, liveness, readiness } }: GatewaySpec): Values {
  const probe = (path: string, defaults: object, timings: object | undefined) => ({
    httpGet: { path, port: "http" },
    // The chart has delays of its own, which a startup probe makes needless.
    initialDelaySeconds: 0,
    ...defaults,
    ...timings,
  });
  return {
    startupProbe: probe("/health/readiness", { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 30 }, startup),
    livenessProbe: probe("/health/liveliness", { periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 5 }, liveness),
    readinessProbe: probe(
      "/health/readiness",
      { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      readiness,
    ),
  };
}
