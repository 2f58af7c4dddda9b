import type { PlatformConfig } from "../../config/platform.ts";
import { caDirectory, caFiles, ownUser } from "../cache.ts";
import { type CaSource, databaseConnection } from "../database.ts";
import { keyVariables, plainEnvironment } from "../environment.ts";
import { shortHash } from "../hash.ts";
import type { Names } from "../names.ts";
import { proxyConfigYaml } from "../proxy-config.ts";

/** The proxy as it shall run, said without any chart's words. Adapters turn it into a chart's values. */
export interface GatewaySpec {
  readonly name: string;
  readonly image: PlatformConfig["gateway"]["image"];
  readonly replicas: { readonly min: number; readonly max: number };
  readonly resources: { readonly cpu: string; readonly memory: string };
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
    /** What holds the certificate that the URL names. */
    readonly ca: CaSource | undefined;
  };
  readonly config: { readonly configMap: string; readonly key: string };
  /** Directories with files for the proxy, each from a ConfigMap. */
  readonly files: readonly { readonly volume: string; readonly configMap: string; readonly directory: string }[];
  readonly logLevel: string;
  /** Seconds from the signal to end until a pod is killed: longer than the longest request. */
  readonly gracePeriod: number;
}

/** Seconds that a pod stays in rotation after its end was decided, so that load balancers see it leave first. */
export const drainDelay = 5;
/** Seconds on top of the longest request until a pod is killed: the delay above and the time to write spend. */
const graceMargin = 20;

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
  const ca = caConfigMap(config, names);
  const database = databaseConnection(config, names);
  return {
    name: names.release,
    image: config.gateway.image,
    replicas: config.gateway.replicas,
    resources: config.gateway.resources,
    serviceAccount: names.proxyAccount,
    environment: plainEnvironment(config, names),
    environmentSecrets: [
      names.keysSecret,
      ...(ownUser(config.cache) === undefined ? [] : [names.cacheSecret]),
      ...secrets.further,
    ],
    podAnnotations: { "litellm-platform/secret-versions": secrets.versions },
    masterKey: { secret: names.keysSecret, key: keyVariables.master },
    database: {
      host: database.proxy.host,
      name: database.name,
      secret: names.databaseSecret,
      url: database.proxyUrl,
      ca: database.ca,
    },
    config: { configMap: configMapName(config, names), key: configKey },
    files: ca === undefined ? [] : [{ volume: "ca", configMap: ca.name, directory: caDirectory }],
    logLevel: config.gateway.logLevel,
    gracePeriod: config.gateway.requestTimeout + graceMargin,
  };
}

/** What others need to know of a chart's objects. */
export interface ChartFacts {
  readonly values: Readonly<Record<string, unknown>>;
  readonly service: { readonly name: string; readonly port: number };
  /** Labels of the proxy's pods, and of no others. */
  readonly selector: Readonly<Record<string, string>>;
}

/** User and group of the proxy's processes; the image takes any, and `restricted` refuses root. */
const user = 65532;

export const podSecurityContext = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  seccompProfile: { type: "RuntimeDefault" },
};

export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
