import assert from "node:assert/strict";
import { problemsOf } from "./configs.ts";
import { having } from "./change.ts";
import { assertOurWords } from "./refusals.ts";

/** A gateway that is refused. */
export interface GatewayRefusal {
  readonly title: string;
  /** Settings of the gateway. */
  readonly gateway: object;
  readonly and?: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly string[];
}

/** A test of each, and one of how they are told. */
export function gatewaysAreRefused(cases: readonly GatewayRefusal[]): void {
  for (const { title, gateway, and, expected } of cases) {
    it(`is refused: ${title}`, () => {
      assert.deepEqual(problems(gateway, and).sort(), [...expected].sort());
    });
  }

  it("is told in our words, with what is allowed and without any value that may be a secret", () => {
    for (const line of cases.flatMap(({ gateway, and }) => problems(gateway, and))) assertOurWords(line);
  });
}

/** One test of all. */
export function gatewaysAreAllowed(allowed: readonly object[]): void {
  it("is told from what is allowed", () => {
    for (const gateway of allowed) assert.deepEqual(problems(gateway), [], JSON.stringify(gateway));
  });
}

function problems(gateway: object, and: Readonly<Record<string, unknown>> = {}): string[] {
  const changes = Object.entries(gateway).map(([key, value]) => [`gateway.${key}`, value] as const);
  return problemsOf(having({ ...Object.fromEntries(changes), ...and }));
}

/** What is said of several settings. */
export const ownVolume =
  "is a volume of the program or the chart, must not be one of billing-metrics-mtls, billing-metrics-mtls-ca, ca, cache, collector-socket, database-ca, gateway-config, litellm-config, npm, prometheus-multiproc, tmp";
export const hides =
  "would hide what the proxy needs, must not be or hold one of /.cache, /.npm, /app, /etc/litellm-ca, /etc/litellm/config.yaml, /etc/litellm/database, /opt, /tmp, /tmp/litellm_prometheus_multiproc";
export const mapping = "holds settings of the program, must be a mapping";

/** A chart that knows the metrics' process. */
export const withMetrics = { kind: "litellm-helm", version: "1.101.0" };
