import { defaultCpuTarget } from "../../config/gateway-pods.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { caDirectory, caFiles, ownUser } from "../data/cache.ts";
import { caVolume, caVolumeMount, databaseConnection } from "../data/database.ts";
import { keyVariables, plainEnvironment, writablePlaces } from "../proxy/environment.ts";
import { shortHash } from "../shared/hash.ts";
import type { Names } from "../shared/names.ts";
import { containerSecurityContext, podSecurityContext } from "../proxy/pod-security.ts";
import { proxyConfigYaml } from "../proxy/config.ts";
import { extraVolumes, filesVolume } from "../proxy/volumes.ts";
import type { GatewaySpec, NamedObject } from "./types.ts";

type Settings = PlatformConfig["gateway"];

/** Seconds on top of drain delay and longest request until a pod is killed: the time to write spend. */
const graceMargin = 15;

/** Pods for management, where the chart has separate ones. */
export function backendReplicas({ chart, replicas }: Pick<Settings, "chart" | "replicas">): number | undefined {
  if (chart.kind !== "litellm" || chart.layout === "single") return undefined;
  return chart.backend?.replicas ?? replicas.min;
}

export const configKey = "config.yaml";

/**
 * Name of the ConfigMap, which changes with its content: pods roll onto the new one, and those still running, or
 * started again meanwhile, keep the old one.
 */
export function configMapName(config: PlatformConfig, names: Names): string {
  return `${names.gateway}-config-${shortHash(proxyConfigYaml(config))}`;
}

/** The ConfigMap with CA certificates, named by its content for the same reason; none when there are none. */
export function caConfigMap(config: PlatformConfig, names: Names) {
  const data = caFiles(config.cache);
  return Object.keys(data).length === 0 ? undefined : { name: `${names.gateway}-ca-${shortHash(data)}`, data };
}

export function gatewaySpec(
  config: PlatformConfig,
  names: Names,
  secrets: {
    /** Secrets beside those that every stack has. */
    readonly further: readonly string[];
    /** Changes with every value, also with one that was changed in place. */
    readonly versions: unknown;
  },
): GatewaySpec {
  const { gateway } = config;
  const database = databaseConnection(config, names);
  const { cpu, memory, cpuLimit = cpu } = gateway.resources;
  return {
    ...gateway,
    autoscaler: gateway.autoscaler ?? { kind: "cpu", target: defaultCpuTarget },
    release: names.release,
    fullname: names.fullname,
    resources: { requests: { cpu, memory }, limits: { ...(cpuLimit === "none" ? {} : { cpu: cpuLimit }), memory } },
    serviceAccount: names.proxyAccount,
    environment: plainEnvironment(config, names),
    environmentSecrets: [
      names.keysSecret,
      ...(ownUser(config.cache) === undefined ? [] : [names.cacheSecret]),
      ...secrets.further,
    ],
    rolledBy: { "litellm-platform/secret-versions": secrets.versions },
    masterKey: { secret: names.keysSecret, key: keyVariables.master },
    database: {
      ...database.proxy,
      name: database.name,
      secret: names.databaseLogin,
      url: database.proxyUrl,
      poolLimit: config.database.poolLimit,
    },
    config: { configMap: configMapName(config, names), key: configKey },
    ...volumesOf(config, names),
    writablePlaces: [
      { name: "tmp", mountPath: writablePlaces.HOME },
      { name: "cache", mountPath: writablePlaces.XDG_CACHE_HOME },
    ],
    podSecurityContext: podSecurityContext(gateway.security),
    containerSecurityContext: containerSecurityContext(gateway.security),
    gracePeriod: gateway.requestTimeout + gateway.drainDelay + graceMargin,
    overrides: gateway.values,
  };
}

/** Volumes and mounts: certificates, and what the configuration adds. */
function volumesOf(config: PlatformConfig, names: Names): Pick<GatewaySpec, "volumes" | "volumeMounts"> {
  const { ca: databaseCa } = databaseConnection(config, names);
  const files = caConfigMap(config, names);
  const extra = extraVolumes(config.gateway.volumes);
  return {
    volumes: [
      ...(databaseCa === undefined ? [] : [caVolume(databaseCa)]),
      ...(files === undefined ? [] : [{ name: filesVolume, configMap: { name: files.name } }]),
      ...extra.volumes,
    ],
    volumeMounts: [
      ...(databaseCa === undefined ? [] : [caVolumeMount]),
      ...(files === undefined ? [] : [{ name: filesVolume, mountPath: caDirectory, readOnly: true }]),
      ...extra.volumeMounts,
    ],
  };
}

/** The volume of a place that the proxy writes to. */
export function scratchVolume({ name }: NamedObject) {
  return { name, emptyDir: { sizeLimit: "500Mi" } };
}

/** A key for what is not empty; nothing otherwise, so that the default of who reads it stays. */
export function unlessEmpty<Key extends string, Value extends object>(
  key: Key,
  value: Value,
): Partial<Record<Key, Value>> {
  return Object.keys(value).length === 0 ? {} : ({ [key]: value } as Record<Key, Value>);
}

/** What both charts take in the same words, for pods of one kind. */
export function podValues(
  spec: GatewaySpec,
  pods: {
    readonly selector: Readonly<Record<string, string>>;
    readonly several: boolean;
    readonly labels?: GatewaySpec["podLabels"];
    readonly rolledBy?: GatewaySpec["rolledBy"];
    readonly disruptionBudget?: GatewaySpec["disruptionBudget"];
  },
) {
  const { several } = pods;
  const nodes = { topologyKey: "kubernetes.io/hostname", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" };
  const spread = spec.topologySpread ?? (several ? [nodes] : []);
  const { maxUnavailable, maxSurge } = spec.rollout;
  return {
    ...unlessEmpty("podAnnotations", { ...spec.podAnnotations, ...pods.rolledBy }),
    ...unlessEmpty("podLabels", pods.labels ?? {}),
    podSecurityContext: spec.podSecurityContext,
    securityContext: spec.containerSecurityContext,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } },
    terminationGracePeriodSeconds: spec.gracePeriod,
    // On the signal that follows, the server takes no more requests and waits for those that run.
    lifecycle: { preStop: { sleep: { seconds: spec.drainDelay } } },
    // Several are spread over nodes, and drains take one at a time.
    ...(several ? { pdb: { enabled: true, ...(pods.disruptionBudget ?? { maxUnavailable: 1 }) } } : {}),
    ...unlessEmpty(
      "topologySpreadConstraints",
      spread.map((constraint) => ({ ...constraint, labelSelector: { matchLabels: pods.selector } })),
    ),
    ...unlessEmpty("affinity", spec.affinity ?? {}),
    ...unlessEmpty("nodeSelector", spec.nodeSelector),
    ...unlessEmpty("tolerations", spec.tolerations),
    logLevel: spec.logLevel,
  };
}
