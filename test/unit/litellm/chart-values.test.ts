import assert from "node:assert/strict";
import fc from "fast-check";
import type { PlatformConfig } from "../../../config/platform.ts";
import { reservedMountPaths, reservedVolumeNames, unknownKeys } from "../../../litellm/chart-keys/litellm-helm.ts";
import { gatewaySpec } from "../../../litellm/charts/gateway-spec.ts";
import { litellmHelm } from "../../../litellm/charts/litellm-helm.ts";
import { databaseConnection } from "../../../litellm/database.ts";
import { namesOf } from "../../../litellm/names.ts";
import { problemsOf, stackConfig, validConfig } from "../../support/configs.ts";
import { having, largest, production } from "../config/change.ts";

function chartOf(config: PlatformConfig, further: readonly string[] = ["litellm-providers-x"]) {
  return litellmHelm(gatewaySpec(config, namesOf(config), { further, versions: "keys=1" }));
}

/** The values as Helm gets them. */
function valuesOf(config: PlatformConfig, further?: readonly string[]): Values {
  return JSON.parse(JSON.stringify(chartOf(config, further).values)) as Values;
}

/** The values that the tests below read. */
interface Values extends Record<string, unknown> {
  readonly replicaCount?: number;
  readonly autoscaling?: Record<string, unknown>;
  readonly pdb?: Record<string, unknown>;
  readonly topologySpreadConstraints?: { labelSelector: { matchLabels: Record<string, string> } }[];
  readonly image: { repository: string; tag: string };
  readonly proxyConfigMap: { readonly name: string };
  readonly envVars: Record<string, unknown>;
  readonly environmentSecrets: readonly string[];
  readonly db: { url: string; deployStandalone: boolean; useExisting: boolean; secret: Record<string, string> };
  readonly terminationGracePeriodSeconds: number;
}

const settings = fc.record({
  profile: fc.constantFrom("development", "production"),
  replicas: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 })),
  tag: fc.constantFrom("v1.94.0", "v1.108.12", "1.109.1"),
  digest: fc.option(fc.constant(`sha256:${"ab".repeat(32)}`), { nil: undefined }),
  pullSecrets: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 3 }),
  timeout: fc.integer({ min: 1, max: 3600 }),
  environment: fc.dictionary(fc.stringMatching(/^X_[A-Z0-9]{1,6}_X$/), fc.string(), { maxKeys: 4 }),
  logLevel: fc.constantFrom("ERROR", "WARNING", "INFO", "DEBUG"),
});

const generated = settings.map((it) =>
  validConfig(
    having({
      ...production,
      profile: it.profile,
      "gateway.replicas": { min: it.replicas[0], max: it.replicas[0] + it.replicas[1] },
      "gateway.image": {
        tag: it.tag,
        pullSecrets: it.pullSecrets,
        ...(it.digest === undefined ? {} : { digest: it.digest }),
      },
      "gateway.requestTimeout": it.timeout,
      "gateway.environment": it.environment,
      "gateway.logLevel": it.logLevel,
      "database.maxConnections": 2000,
    }),
  ),
);

const examples: Readonly<Record<string, PlatformConfig>> = {
  dev: stackConfig("dev"),
  prod: stackConfig("prod"),
  "everything set": validConfig(largest()),
};

/** What must hold whatever the configuration. */
function holdsForAll(config: PlatformConfig): void {
  const values = valuesOf(config);
  const { replicas, requestTimeout } = config.gateway;

  assert.deepEqual(unknownKeys(values), []);

  for (const [name, value] of Object.entries(values.envVars)) assert.equal(typeof value, "string", name);
  assert.equal(values.envVars["DISABLE_SCHEMA_UPDATE"], "true");

  assert.equal(values["replicaCount"] === undefined, values.autoscaling !== undefined);
  assert.equal(values.autoscaling !== undefined, replicas.max > replicas.min);
  assert.equal(values["keda"], undefined);
  if (values.pdb !== undefined) {
    assert.deepEqual(values.pdb, { enabled: true, maxUnavailable: 1 });
  }
  assert.equal(values.pdb !== undefined, replicas.max > 1);

  assert.ok(values.terminationGracePeriodSeconds > requestTimeout + config.gateway.drainDelay);
  assert.deepEqual(values["strategy"], { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });

  assert.equal(values.db.deployStandalone, false);
  assert.equal(values.db.useExisting, true);
  assert.deepEqual(values["migrationJob"], { enabled: false });
  assert.deepEqual(values["redis"], { enabled: false });
  assert.equal(values["proxy_config"], undefined);
  assert.equal(values["masterkey"], undefined);
  assert.equal(values["masterkeySecretName"], namesOf(config).keysSecret);
  assert.equal(values["masterkeySecretKey"], "PROXY_MASTER_KEY");
  assert.equal(values["podLabels"], undefined);

  for (const volume of (values["volumes"] ?? []) as { name: string }[])
    assert.ok(!(reservedVolumeNames as readonly string[]).includes(volume.name), volume.name);
  for (const mount of (values["volumeMounts"] ?? []) as { mountPath: string }[])
    assert.ok(!(reservedMountPaths as readonly string[]).includes(mount.mountPath), mount.mountPath);

  assert.match(values.image.tag, /^v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
  assert.doesNotMatch(values.image.repository, /@|:[^/]*$/);
  assert.match(values.proxyConfigMap.name, /^litellm-config-[0-9a-f]{10}$/);
  assert.deepEqual(values["podAnnotations"], { "litellm-platform/secret-versions": "keys=1" });
}

describe("the chart's values", () => {
  for (const [title, config] of Object.entries(examples)) {
    it(`of ${title} are ones that the chart reads, and safe`, () => {
      holdsForAll(config);
    });
  }

  it("of any configuration are ones that the chart reads, and safe", () => {
    fc.assert(fc.property(generated, holdsForAll), { numRuns: 150, seed: 11 });
  });

  it("hold no reference that only LiteLLM's own configuration resolves, and no literal login", () => {
    for (const config of Object.values(examples)) {
      const text = JSON.stringify(chartOf(config).values);
      assert.doesNotMatch(text, /os\.environ/);
      assert.equal(valuesOf(config).db.url, databaseConnection(config, namesOf(config)).proxyUrl);
    }
    assert.equal(
      valuesOf(stackConfig("dev")).db.url,
      "postgresql://$(DATABASE_USERNAME):$(DATABASE_PASSWORD)@$(DATABASE_HOST):5432/$(DATABASE_NAME)?sslmode=require",
    );
  });

  it("attach the Secrets of keys and cache, and further ones where there are any", () => {
    const config = stackConfig("dev");
    assert.deepEqual(valuesOf(config, ["p", "i"]).environmentSecrets, [
      "litellm-keys-v1-1",
      "litellm-cache-user-v1",
      "p",
      "i",
    ]);
    assert.deepEqual(valuesOf(config, []).environmentSecrets, ["litellm-keys-v1-1", "litellm-cache-user-v1"]);
  });

  it("put one pod without budget, and several with budget and spread", () => {
    const one = valuesOf(validConfig(having({ "gateway.replicas": { min: 1, max: 1 } })));
    assert.deepEqual([one.replicaCount, one.autoscaling, one.pdb], [1, undefined, undefined]);
    const two = valuesOf(validConfig(having({ "gateway.replicas": { min: 2, max: 2 } })));
    assert.deepEqual([two.replicaCount, two.autoscaling, two.pdb?.["maxUnavailable"]], [2, undefined, 1]);
    const scaled = valuesOf(validConfig(having({ "gateway.replicas": { min: 2, max: 6 } })));
    assert.deepEqual(scaled.autoscaling, {
      enabled: true,
      minReplicas: 2,
      maxReplicas: 6,
      targetCPUUtilizationPercentage: 60,
    });
    assert.deepEqual(scaled.topologySpreadConstraints?.[0]?.labelSelector.matchLabels, {
      "app.kubernetes.io/name": "litellm",
      "app.kubernetes.io/instance": "litellm",
    });
  });

  it("pin the digest behind the tag", () => {
    assert.deepEqual(valuesOf(validConfig(largest())).image, {
      repository: "registry.example.com:5000/berriai/litellm",
      tag: `v1.108.12@sha256:${"0a".repeat(32)}`,
      pullPolicy: "Always",
    });
  });

  it("run as nobody, without a writable root and without privileges", () => {
    const values = valuesOf(stackConfig("prod"));
    assert.deepEqual(values["securityContext"], {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(values["podSecurityContext"], {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(values["serviceAccount"], { create: false, name: "litellm" });
  });
});

describe("pods roll", () => {
  const configMap = (changes: Readonly<Record<string, unknown>>) =>
    valuesOf(validConfig(having(changes))).proxyConfigMap.name;

  const configured: readonly Readonly<Record<string, unknown>>[] = [
    { "models.list.0.litellm_params.rpm": 5 },
    { "gateway.retries": 3 },
    { "cache.responses": { mode: "off" } },
    { "cache.keyPrefix": "other" },
  ];
  for (const change of configured) {
    it(`when the proxy's configuration changes by ${Object.keys(change).join()}`, () => {
      assert.notEqual(configMap(change), configMap({}));
    });
  }

  it("not when only something else changes", () => {
    for (const change of [
      { "database.instances": 3 },
      { "cache.replicas": 2 },
      { "namespace.labels": { team: "ai" } },
      { "vault.refreshInterval": "1h" },
      { "gateway.replicas": { min: 1, max: 1 } },
    ])
      assert.equal(configMap(change), configMap({}), Object.keys(change).join());
  });
});

describe("the list of the chart's keys", () => {
  it("finds what the chart would ignore in silence", () => {
    assert.deepEqual(
      unknownKeys({
        replicas: 2,
        image: { repository: "a", tag: "b", digest: "sha256:x" },
        db: { useStackgresOperator: true, deployStandalone: false },
        pdb: { enabled: true, minAvaliable: 1 },
        priorityClassName: "high",
        envVars: { ANY: "thing" },
      }),
      ["replicas", "image.digest", "db.useStackgresOperator", "pdb.minAvaliable", "priorityClassName"],
    );
  });
});

describe("what others need to know of the chart", () => {
  it("is the Service and labels of the proxy's pods", () => {
    const { service, selector } = chartOf(stackConfig("dev"));
    assert.deepEqual(service, { name: "litellm", port: 4000 });
    assert.deepEqual(selector, {
      "app.kubernetes.io/name": "litellm",
      "app.kubernetes.io/instance": "litellm",
      "app.kubernetes.io/component": "proxy",
    });
  });

  it("comes from configurations that are valid", () => {
    assert.deepEqual(problemsOf(largest()), []);
  });
});
