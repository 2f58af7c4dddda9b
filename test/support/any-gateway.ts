import fc from "fast-check";
import type { PlatformConfig } from "../../config/platform.ts";
import { validConfig } from "./configs.ts";
import { having, production } from "./change.ts";

/** Any valid settings of the gateway, for one chart. */
export function anyGateway(chart: {
  /** Raw values, each of which may be there. */
  readonly values: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Settings at dotted paths, the same in all. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly image?: object;
}): fc.Arbitrary<PlatformConfig> {
  const settings = fc.record({
    profile: fc.constantFrom("development", "production"),
    replicas: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 })),
    tag: fc.constantFrom("v1.94.0", "v1.108.17", "1.109.1"),
    digest: fc.option(fc.constant(`sha256:${"ab".repeat(32)}`), { nil: undefined }),
    pullSecrets: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 3 }),
    timeout: fc.integer({ min: 1, max: 3600 }),
    environment: fc.dictionary(fc.stringMatching(/^X_[A-Z0-9]{1,6}_X$/), fc.string(), { maxKeys: 4 }),
    logLevel: fc.constantFrom("ERROR", "WARNING", "INFO", "DEBUG"),
    keda: fc.boolean(),
    pods: fc.record(
      {
        topologySpread: fc.uniqueArray(
          fc.record({
            topologyKey: fc.constantFrom("zone", "kubernetes.io/hostname"),
            maxSkew: fc.integer({ min: 1 }),
          }),
          { selector: ({ topologyKey }) => topologyKey },
        ),
        affinity: fc.constantFrom({}, { podAntiAffinity: { any: [] } }),
        nodeSelector: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{1,8}$/)),
        tolerations: fc.array(fc.record({ operator: fc.constant("Exists"), key: fc.constantFrom("a", "b") })),
        probes: fc.record(
          { liveness: fc.record({ periodSeconds: fc.integer({ min: 1, max: 300 }) }), startup: fc.constant({}) },
          { requiredKeys: [] },
        ),
        rollout: fc.record({
          maxSurge: fc.integer({ min: 1, max: 3 }),
          minReadySeconds: fc.integer({ min: 1, max: 60 }),
        }),
        drainDelay: fc.integer({ min: 1, max: 120 }),
        podLabels: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{1,8}$/)),
        volumes: fc.uniqueArray(
          fc
            .record({ name: fc.stringMatching(/^v[a-z]{1,8}$/), secret: fc.constant("s") })
            .map((volume) => ({ ...volume, mountPath: `/extra/${volume.name}` })),
          { selector: ({ name }) => name, maxLength: 3 },
        ),
        security: fc.record({ writableRoot: fc.boolean(), user: fc.integer({ min: 1, max: 70_000 }) }),
        metricsServer: fc.record({ port: fc.integer({ min: 4001, max: 65_535 }) }),
        values: fc.record(chart.values, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
  });

  return settings.map((it) =>
    validConfig(
      having({
        ...production,
        profile: it.profile,
        ...chart.settings,
        "gateway.replicas": { min: it.replicas[0], max: it.replicas[0] + it.replicas[1] },
        "gateway.image": {
          ...chart.image,
          tag: it.pods.metricsServer === undefined ? it.tag : "v1.108.17",
          pullSecrets: it.pullSecrets,
          ...(it.digest === undefined ? {} : { digest: it.digest }),
        },
        "gateway.requestTimeout": it.timeout,
        "gateway.environment": it.environment,
        "gateway.logLevel": it.logLevel,
        "database.maxConnections": 2000,
        ...Object.fromEntries(Object.entries(it.pods).map(([key, value]) => [`gateway.${key}`, value] as const)),
        ...(it.keda && it.replicas[1] > 0
          ? { "gateway.autoscaler": { kind: "keda", triggers: [{ type: "cron" }] } }
          : {}),
      }),
    ),
  );
}
