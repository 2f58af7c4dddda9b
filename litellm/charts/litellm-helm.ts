import { defaultPort, selectorLabels } from "../chart-keys/litellm-helm.ts";
import { tagWithDigest } from "../image.ts";
import { isMapping, mergeOver, valueAt } from "../merge.ts";
import type { ChartFacts, GatewaySpec } from "./gateway-spec.ts";

type Values = Record<string, unknown>;

/** Values for the official chart `litellm-helm`. What it does badly is off here and done outside of it. */
export function litellmHelm(spec: GatewaySpec): ChartFacts {
  const selector = selectorLabels(spec.name);
  const values = {
    fullnameOverride: spec.name,
    ...scaling(spec),
    image: {
      repository: spec.image.repository,
      tag: tagWithDigest(spec.image),
      pullPolicy: spec.image.pullPolicy,
    },
    imagePullSecrets: spec.image.pullSecrets.map((name) => ({ name })),
    serviceAccount: { create: false, name: spec.serviceAccount },
    podAnnotations: spec.podAnnotations,
    ...unlessEmpty("podLabels", spec.podLabels),
    podSecurityContext: spec.podSecurityContext,
    securityContext: spec.containerSecurityContext,
    resources: spec.resources,
    service: { type: "ClusterIP", port: defaultPort },
    ...rollout(spec),
    ...placement(spec, selector),
    ...probes(spec),
    masterkeySecretName: spec.masterKey.secret,
    masterkeySecretKey: spec.masterKey.key,
    environmentSecrets: [...spec.environmentSecrets],
    envVars: { ...spec.environment },
    ...unlessEmpty("volumes", spec.volumes),
    ...unlessEmpty("volumeMounts", spec.volumeMounts),
    logLevel: spec.logLevel,
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
  return {
    service: { name: spec.name, port: defaultPort },
    selector: { ...selector, "app.kubernetes.io/component": "proxy" },
    values: withOverrides(values, spec.overrides),
  };
}

function scaling({ replicas: { min, max }, autoscaler }: GatewaySpec): Values {
  if (max <= min) return { replicaCount: min };
  if (autoscaler?.kind === "keda") {
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
      // CPU only: LiteLLM keeps memory it once had, so a memory target never scales down.
      targetCPUUtilizationPercentage: autoscaler?.target ?? 60,
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

function rollout({ rollout: { minReadySeconds, ...rollingUpdate }, gracePeriod, drainDelay }: GatewaySpec): Values {
  return {
    strategy: {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: rollingUpdate.maxUnavailable, maxSurge: rollingUpdate.maxSurge },
    },
    ...(minReadySeconds === undefined ? {} : { deploymentMinReadySeconds: minReadySeconds }),
    terminationGracePeriodSeconds: gracePeriod,
    // On the signal that follows, the server takes no more requests and waits for those that run.
    lifecycle: { preStop: { sleep: { seconds: drainDelay } } },
  };
}

/** Where pods run; several are spread over nodes, and drains take one at a time. */
function placement(spec: GatewaySpec, selector: Readonly<Record<string, string>>): Values {
  const several = spec.replicas.max > 1;
  const nodes = { topologyKey: "kubernetes.io/hostname", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" };
  const spread = spec.topologySpread ?? (several ? [nodes] : []);
  return {
    ...(several ? { pdb: { enabled: true, ...(spec.disruptionBudget ?? { maxUnavailable: 1 }) } } : {}),
    ...unlessEmpty(
      "topologySpreadConstraints",
      spread.map((constraint) => ({ ...constraint, labelSelector: { matchLabels: selector } })),
    ),
    ...unlessEmpty("affinity", spec.affinity ?? {}),
    ...unlessEmpty("nodeSelector", spec.nodeSelector),
    ...unlessEmpty("tolerations", spec.tolerations),
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

function unlessEmpty(key: string, value: object): Values {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

/** Lists that an override adds to: without what is there already, the proxy would not start. */
const addedTo = ["volumes", "volumeMounts"] as const;

function withOverrides(values: Values, overrides: Readonly<Values>): Values {
  const list = (from: Readonly<Values>, key: string) => (Array.isArray(from[key]) ? (from[key] as unknown[]) : []);
  const added = addedTo.flatMap((key) =>
    Array.isArray(overrides[key]) ? [[key, [...list(values, key), ...list(overrides, key)]] as const] : [],
  );
  // Of several Secrets with one variable the last wins, which is to be ours.
  const secrets = [...list(overrides, "environmentSecrets"), ...list(values, "environmentSecrets")];
  // A container has one handler: another kind of it takes the place of ours.
  const ownHandler = isMapping(valueAt(overrides, ["lifecycle", "preStop"]));
  const base = ownHandler ? { ...values, lifecycle: {} } : values;
  return { ...mergeOver(base, overrides), ...Object.fromEntries(added), environmentSecrets: secrets };
}
