import type { PlatformConfig } from "../../config/platform.ts";
import { litellm } from "./litellm/values.ts";
import { litellmHelm } from "./litellm-helm/values.ts";
import { litellmHelmRawKeys } from "./litellm-helm/raw.ts";
import { litellmRawKeys } from "./litellm/raw.ts";
import { withRawValues } from "./raw-values.ts";
import type { ChartFacts, GatewaySpec, RawKeys } from "./types.ts";

type ChartSettings = PlatformConfig["gateway"]["chart"];

/** The proxy as the chosen chart deploys it. */
export function chartOf(chart: ChartSettings, spec: GatewaySpec): ChartFacts {
  const facts = chart.kind === "litellm-helm" ? litellmHelm(spec) : litellm(spec, chart);
  return { ...facts, values: withRawValues(facts.values, spec.overrides, rawKeysOf(chart)) };
}

export function rawKeysOf(chart: ChartSettings): RawKeys {
  return chart.kind === "litellm-helm" ? litellmHelmRawKeys : litellmRawKeys[chart.layout];
}
