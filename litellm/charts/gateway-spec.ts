import type { PlatformConfig } from "../../config/platform.ts";
import { caDirectory, caFiles, ownUser } from "../cache.ts";
import { caVolume, caVolumeMount, databaseConnection } from "../database.ts";
import { keyVariables, plainEnvironment, writablePlaces } from "../environment.ts";
import { shortHash } from "../hash.ts";
import type { Names } from "../names.ts";
import { containerSecurityContext, podSecurityContext } from "../pod-security.ts";
import { proxyConfigYaml } from "../proxy-config.ts";
import { extraVolumes, filesVolume } from "../volumes.ts";

type Settings = PlatformConfig["gateway"];

/** The proxy as it shall run, said without any chart's words. Adapters turn it into a chart's values. */
export interface GatewaySpec extends Pick<
  Settings,
  | "image"
  | "replicas"
  | "autoscaler"
  | "disruptionBudget"
  | "topologySpread"
  | "affinity"
  | "nodeSelector"
  | "tolerations"
  | "probes"
  | "rollout"
  | "drainDelay"
  | "podLabels"
  | "logLevel"
  | "metricsServer"
> {
  readonly name: string;
  readonly resources: { readonly requests: Resources; readonly limits: Partial<Resources> };
  readonly serviceAccount: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets whose keys become variables, in this order. */
  readonly environmentSecrets: readonly string[];
  /** Annotations of the pods. Values may be those of other resources. */
  readonly podAnnotations: Readonly<Record<string, unknown>>;
  readonly masterKey: { readonly secret: string; readonly key: string };
  readonly database: {
    readonly host: string;
    readonly name: string;
    readonly secret: string;
    readonly url: string;
  };
  readonly config: { readonly configMap: string; readonly key: string };
  readonly volumes: readonly NamedObject[];
  readonly volumeMounts: readonly NamedObject[];
  readonly podSecurityContext: object;
  readonly containerSecurityContext: { readonly readOnlyRootFilesystem: boolean };
  /** Seconds from the signal to end until a pod is killed: longer than the longest request. */
  readonly gracePeriod: number;
  /** Values of the chart's own, over all others. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

interface Resources {
  readonly cpu: string;
  readonly memory: string;
}

type NamedObject = Readonly<Record<string, unknown>> & { readonly name: string };

/** Seconds on top of drain delay and longest request until a pod is killed: the time to write spend. */
const graceMargin = 15;

export const configKey = "config.yaml";

/**
 * Name of the ConfigMap, which changes with its content: pods roll onto the new one, and those still running, or
 * started again meanwhile, keep the old one.
 */
export function configMapName(config: PlatformConfig, names: Names): string {
  return `${names.release}-config-${shortHash(proxyConfigYaml(config))}`;
}

/** The ConfigMap with CA certificates, named by its content for the same reason; none when there are none. */
export function caConfigMap(config: PlatformConfig, names: Names) {
  const data = caFiles(config.cache);
  return Object.keys(data).length === 0 ? undefined : { name: `${names.release}-ca-${shortHash(data)}`, data };
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
    name: names.release,
    resources: { requests: { cpu, memory }, limits: { ...(cpuLimit === "none" ? {} : { cpu: cpuLimit }), memory } },
    serviceAccount: names.proxyAccount,
    environment: plainEnvironment(config, names),
    environmentSecrets: [
      names.keysSecret,
      ...(ownUser(config.cache) === undefined ? [] : [names.cacheSecret]),
      ...secrets.further,
    ],
    podAnnotations: { ...gateway.podAnnotations, "litellm-platform/secret-versions": secrets.versions },
    masterKey: { secret: names.keysSecret, key: keyVariables.master },
    database: {
      host: database.proxy.host,
      name: database.name,
      secret: names.databaseSecret,
      url: database.proxyUrl,
    },
    config: { configMap: configMapName(config, names), key: configKey },
    ...volumesOf(config, names),
    podSecurityContext: podSecurityContext(gateway.security),
    containerSecurityContext: containerSecurityContext(gateway.security),
    gracePeriod: gateway.requestTimeout + gateway.drainDelay + graceMargin,
    overrides: gateway.values,
  };
}

/** Volumes and mounts: certificates, the places to write to, and what the configuration adds. */
function volumesOf(config: PlatformConfig, names: Names): Pick<GatewaySpec, "volumes" | "volumeMounts"> {
  const { ca: databaseCa } = databaseConnection(config, names);
  const files = caConfigMap(config, names);
  // The chart mounts these by itself only under a read-only root; the proxy's variables name them in any case.
  const places = config.gateway.security.writableRoot
    ? [
        { name: "tmp", mountPath: writablePlaces.HOME },
        { name: "cache", mountPath: writablePlaces.XDG_CACHE_HOME },
      ]
    : [];
  const extra = extraVolumes(config.gateway.volumes);
  return {
    volumes: [
      ...(databaseCa === undefined ? [] : [caVolume(databaseCa)]),
      ...(files === undefined ? [] : [{ name: filesVolume, configMap: { name: files.name } }]),
      ...places.map(({ name }) => ({ name, emptyDir: { sizeLimit: "500Mi" } })),
      ...extra.volumes,
    ],
    volumeMounts: [
      ...(databaseCa === undefined ? [] : [caVolumeMount]),
      ...(files === undefined ? [] : [{ name: filesVolume, mountPath: caDirectory, readOnly: true }]),
      ...places,
      ...extra.volumeMounts,
    ],
  };
}

/** What others need to know of a chart's objects. */
export interface ChartFacts {
  readonly values: Readonly<Record<string, unknown>>;
  readonly service: { readonly name: string; readonly port: number };
  /** Labels of the proxy's pods, and of no others. */
  readonly selector: Readonly<Record<string, string>>;
}
