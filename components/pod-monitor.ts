/** The fields of `monitoring.coreos.com/v1` that we use; the strict API server holds them against the real schema. */
export interface PodMonitorModel {
  readonly apiVersion: "monitoring.coreos.com/v1";
  readonly kind: "PodMonitor";
  readonly spec: {
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly podMetricsEndpoints: { readonly port: string }[];
  };
}

/** Scrapes the port that CloudNativePG's pods name `metrics`. */
export function podMonitorSpec(matchLabels: Record<string, string>): PodMonitorModel["spec"] {
  return { selector: { matchLabels }, podMetricsEndpoints: [{ port: "metrics" }] };
}
