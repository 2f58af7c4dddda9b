import type { PlatformConfig } from "../../config/platform.ts";
import type { KeyTree } from "./key-tree.ts";
import type { GatewaySpec } from "./gateway-spec.ts";
import { litellm } from "./litellm/values.ts";
import { litellmHelm } from "./litellm-helm/values.ts";
import { litellmHelmRawKeys } from "./litellm-helm/raw.ts";
import { litellmRawKeys } from "./litellm/raw.ts";
import { withRawValues } from "./raw-values.ts";

type ChartSettings = PlatformConfig["gateway"]["chart"];

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

/** The proxy as the chosen chart deploys it. */
export function chartOf(chart: ChartSettings, spec: GatewaySpec): ChartFacts {
  const facts = chart.kind === "litellm-helm" ? litellmHelm(spec) : litellm(spec, chart);
  return { ...facts, values: withRawValues(facts.values, spec.overrides, rawKeysOf(chart)) };
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

export function rawKeysOf(chart: ChartSettings): RawKeys {
  return chart.kind === "litellm-helm" ? litellmHelmRawKeys : litellmRawKeys[chart.layout];
}
