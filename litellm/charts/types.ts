import type { PlatformConfig } from "../../config/platform.ts";
import type { KeyTree } from "./key-tree.ts";

type Settings = PlatformConfig["gateway"];

/** The proxy as it shall run, said without any chart's words. Adapters turn it into a chart's values. */
export interface GatewaySpec extends Pick<
  Settings,
  | "image"
  | "replicas"
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
  /** Name of the Helm release, which the pods are selected by. */
  readonly release: string;
  /** What the names of its objects begin with. */
  readonly fullname: string;
  /** Of the pods that take requests; those of one service are as many and as large. */
  readonly resources: { readonly requests: Resources; readonly limits: Partial<Resources> };
  readonly serviceAccount: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets whose keys become variables, in this order. */
  readonly environmentSecrets: readonly string[];
  readonly podAnnotations: Readonly<Record<string, unknown>>;
  /** Annotations that pods with secrets are rolled by. Values may be those of other resources. */
  readonly rolledBy: Readonly<Record<string, unknown>>;
  readonly masterKey: { readonly secret: string; readonly key: string };
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly secret: string;
    readonly url: string;
    /** Connections that one process may open. */
    readonly poolLimit: number;
  };
  readonly config: { readonly configMap: string; readonly key: string };
  readonly volumes: readonly NamedObject[];
  readonly volumeMounts: readonly NamedObject[];
  /** What chooses the number of pods, where it is not one. */
  readonly autoscaler: NonNullable<Settings["autoscaler"]>;
  /** Directories that the proxy writes to, in the shape of mounts. */
  readonly writablePlaces: readonly NamedObject[];
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

export type NamedObject = Readonly<Record<string, unknown>> & { readonly name: string };

/** A Service of the release. */
export interface Endpoint {
  readonly name: string;
  readonly port: number;
}

/** Pods of the release. */
export interface Workload {
  readonly deployment: string;
  /** Labels of these pods, and of no others. */
  readonly selector: Readonly<Record<string, string>>;
  readonly port: number;
}

/** How a path of a URL is matched, in the words of the Gateway API. */
export interface PathMatch {
  readonly type: "Exact" | "PathPrefix" | "RegularExpression";
  readonly value: string;
}

/** Paths that one service answers; a request goes to the most exact match, as the Gateway API orders them. */
export interface Route {
  readonly service: "api" | "admin" | "ui";
  readonly paths: readonly PathMatch[];
}

/** A chart's values, and what others need to know of its objects. */
export interface ChartFacts {
  readonly values: Readonly<Record<string, unknown>>;
  readonly services: {
    /** Where models are called. */
    readonly api: Endpoint;
    /** Where keys, teams and users are managed. */
    readonly admin: Endpoint;
    /** Where the dashboard is. */
    readonly ui: Endpoint;
    /** Where Prometheus reads, without a key. */
    readonly metrics?: Endpoint;
  };
  readonly workloads: readonly Workload[];
  /** What must stand before the services, so that all of them answer at one host. */
  readonly routes: readonly Route[];
}

/** What `gateway.values` may say, and where in a chart's values that is. */
export interface RawKeys {
  /** Every key that the chart reads. */
  readonly keys: KeyTree;
  /** Values that something else rests on, and where they come from. */
  readonly elsewhere: Readonly<Record<string, string>>;
  /** Where the settings of pods are, one entry for each kind of pod. */
  readonly pods: readonly PodKeys[];
  /**
   * Whether a null stays in the values, for Helm to take the chart's default away as well: only where the templates can
   * do without it, and print no null where the chart has no default.
   */
  readonly nulls: "remove" | "keep";
  /** Lists of arguments and commands, as dotted paths. */
  readonly commands: readonly string[];
}

/** Keys of one kind of pod. Where they add to what is there, the pod would not start without the latter. */
export interface PodKeys {
  /** Keys down to them; none where they are at the top. */
  readonly path: readonly string[];
  /** A mapping of variables, where the chart has one. */
  readonly variables?: string;
  /** A list of variables. */
  readonly variableList: string;
  /** A list of Secrets whose keys become variables. */
  readonly secrets: string;
}
