import { defaultPort, selectorLabels } from "../chart-keys/litellm-helm.ts";
import { caVolume, caVolumeMount } from "../database.ts";
import { tagWithDigest } from "../image.ts";
import {
  type ChartFacts,
  type GatewaySpec,
  containerSecurityContext,
  drainDelay,
  podSecurityContext,
} from "./gateway-spec.ts";

/** Values for the official chart `litellm-helm`. What it does badly is off here and done outside of it. */
export function litellmHelm(spec: GatewaySpec): ChartFacts {
  const selector = selectorLabels(spec.name);
  const scaled = spec.replicas.max > spec.replicas.min;
  const several = spec.replicas.max > 1;
  return {
    service: { name: spec.name, port: defaultPort },
    selector: { ...selector, "app.kubernetes.io/component": "proxy" },
    values: {
      fullnameOverride: spec.name,
      ...(scaled
        ? {
            autoscaling: {
              enabled: true,
              minReplicas: spec.replicas.min,
              maxReplicas: spec.replicas.max,
              // CPU only: LiteLLM keeps memory it once had, so a memory target never scales down.
              targetCPUUtilizationPercentage: 60,
            },
          }
        : { replicaCount: spec.replicas.min }),
      image: {
        repository: spec.image.repository,
        tag: tagWithDigest(spec.image),
        pullPolicy: spec.image.pullPolicy,
      },
      imagePullSecrets: spec.image.pullSecrets.map((name) => ({ name })),
      serviceAccount: { create: false, name: spec.serviceAccount },
      podAnnotations: spec.podAnnotations,
      podSecurityContext,
      securityContext: containerSecurityContext,
      resources: { requests: spec.resources, limits: spec.resources },
      service: { type: "ClusterIP", port: defaultPort },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      terminationGracePeriodSeconds: spec.gracePeriod,
      lifecycle: { preStop: { sleep: { seconds: drainDelay } } },
      ...(several
        ? {
            pdb: { enabled: true, maxUnavailable: 1 },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: selector },
              },
            ],
          }
        : {}),
      masterkeySecretName: spec.masterKey.secret,
      masterkeySecretKey: spec.masterKey.key,
      environmentSecrets: [...spec.environmentSecrets],
      envVars: { ...spec.environment },
      ...files(spec),
      logLevel: spec.logLevel,
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
    },
  };
}

/** Volumes with certificates, and where they are mounted; nothing without any. */
function files({ files: directories, database }: GatewaySpec): Record<string, unknown> {
  const volumes = [
    ...(database.ca === undefined ? [] : [caVolume(database.ca)]),
    ...directories.map(({ volume, configMap }) => ({ name: volume, configMap: { name: configMap } })),
  ];
  const volumeMounts = [
    ...(database.ca === undefined ? [] : [caVolumeMount]),
    ...directories.map(({ volume, directory }) => ({ name: volume, mountPath: directory, readOnly: true })),
  ];
  return volumes.length === 0 ? {} : { volumes, volumeMounts };
}
