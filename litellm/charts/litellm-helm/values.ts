import { defaultPort, selectorLabels } from "./keys.ts";
import { tagWithDigest } from "../../proxy/image.ts";
import { podValues, scratchVolume, unlessEmpty } from "../gateway-spec.ts";
import type { ChartFacts, GatewaySpec } from "../types.ts";

type Values = Record<string, unknown>;

/** Values for the official chart `litellm-helm`. What it does badly is off here and done outside of it. */
export function litellmHelm(spec: GatewaySpec): ChartFacts {
  const selector = selectorLabels(spec.release);
  // The chart has these by itself under a read-only root; the proxy's variables name them in any case.
  const places = spec.containerSecurityContext.readOnlyRootFilesystem ? [] : spec.writablePlaces;
  const { minReadySeconds } = spec.rollout;
  const { rolledBy, podLabels: labels, disruptionBudget } = spec;
  const values = {
    fullnameOverride: spec.fullname,
    ...scaling(spec),
    image: {
      repository: spec.image.repository,
      tag: tagWithDigest(spec.image),
      pullPolicy: spec.image.pullPolicy,
    },
    imagePullSecrets: spec.image.pullSecrets.map((name) => ({ name })),
    serviceAccount: { create: false, name: spec.serviceAccount },
    ...podValues(spec, { selector, several: spec.replicas.max > 1, labels, rolledBy, disruptionBudget }),
    ...(minReadySeconds === undefined ? {} : { deploymentMinReadySeconds: minReadySeconds }),
    resources: spec.resources,
    service: { type: "ClusterIP", port: defaultPort },
    ...probes(spec),
    masterkeySecretName: spec.masterKey.secret,
    masterkeySecretKey: spec.masterKey.key,
    environmentSecrets: [...spec.environmentSecrets],
    envVars: { ...spec.environment },
    ...unlessEmpty("volumes", [...places.map(scratchVolume), ...spec.volumes]),
    ...unlessEmpty("volumeMounts", [...places, ...spec.volumeMounts]),
    ...(spec.metricsServer === undefined ? {} : { metricsServer: { enabled: true, port: spec.metricsServer.port } }),
    proxyConfigMap: { create: false, name: spec.config.configMap, key: spec.config.key },
    db: {
      useExisting: true,
      // Beats useExisting, so it must be said.
      deployStandalone: false,
      endpoint: spec.database.host,
      database: spec.database.name,
      url: spec.database.url,
      secret: { name: spec.database.secret, usernameKey: "username", passwordKey: "password" },
    },
    redis: { enabled: false },
    migrationJob: { enabled: false },
  };
  const service = { name: spec.fullname, port: defaultPort };
  const { metricsServer } = spec;
  return {
    values,
    services: {
      api: service,
      admin: service,
      ui: service,
      ...(metricsServer === undefined
        ? {}
        : { metrics: { name: `${spec.fullname}-metrics`, port: metricsServer.port } }),
    },
    workloads: [
      {
        deployment: spec.fullname,
        selector: { ...selector, "app.kubernetes.io/component": "proxy" },
        port: defaultPort,
      },
    ],
    routes: [{ service: "api", paths: [{ type: "PathPrefix", value: "/" }] }],
  };
}

function scaling({ replicas: { min, max }, autoscaler }: GatewaySpec): Values {
  if (max <= min) return { replicaCount: min };
  if (autoscaler.kind === "keda") {
    const { pollingInterval, cooldownPeriod, prometheus, triggers } = autoscaler;
    return {
      keda: {
        enabled: true,
        minReplicas: min,
        maxReplicas: max,
        pollingInterval,
        cooldownPeriod,
        ...(prometheus === undefined ? {} : { prometheus: prometheusValues(prometheus) }),
        ...unlessEmpty("triggers", triggers),
      },
    };
  }
  return {
    autoscaling: {
      enabled: true,
      minReplicas: min,
      maxReplicas: max,
      targetCPUUtilizationPercentage: autoscaler.target,
    },
  };
}

type Keda = Extract<GatewaySpec["autoscaler"], { kind: "keda" }>;

function prometheusValues({ address, requestsPerSecond, tokensPerSecond }: NonNullable<Keda["prometheus"]>): Values {
  return {
    serverAddress: address,
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
  };
}

/** Timings only: the chart has the paths, of which `/health` would be a paid call to every provider. */
function probes({ probes: { startup, liveness, readiness } }: GatewaySpec): Values {
  return {
    ...unlessEmpty("startupProbe", startup ?? {}),
    ...unlessEmpty("livenessProbe", liveness ?? {}),
    ...unlessEmpty("readinessProbe", readiness ?? {}),
  };
}
