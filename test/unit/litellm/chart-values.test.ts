import assert from "node:assert/strict";
import fc from "fast-check";
import type { PlatformConfig } from "../../../config/platform.ts";
import { unknownKeysIn } from "../../../litellm/charts/key-tree.ts";
import { litellmHelmKeys, reservedMountPaths, reservedVolumeNames } from "../../../litellm/charts/litellm-helm/keys.ts";
import { chartOf as factsOf } from "../../../litellm/charts/chart.ts";
import { gatewaySpec } from "../../../litellm/charts/gateway-spec.ts";
import { databaseConnection } from "../../../litellm/data/database.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { problemsOf, stackConfig, validConfig } from "../../support/configs.ts";
import { having, largest } from "../../support/change.ts";
import { anyGateway } from "../../support/any-gateway.ts";

function chartOf(config: PlatformConfig, further: readonly string[] = ["litellm-providers-x"]) {
  return factsOf(config.gateway.chart, gatewaySpec(config, namesOf(config), { further, versions: "keys=1" }));
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
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
}

const generated = anyGateway({
  settings: { "gateway.chart.version": "1.101.0" },
  values: {
    environmentSecrets: fc.constant(["theirs"]),
    extraEnvVars: fc.constant([{ name: "THEIRS", value: "1" }]),
    volumes: fc.constant([{ name: "theirs", emptyDir: {} }]),
    volumeMounts: fc.constant([{ name: "theirs", mountPath: "/theirs" }]),
    deploymentAnnotations: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.constant("x")),
    keda: fc.constant({ fallback: { replicas: 3 } }),
    serviceMonitor: fc.constant({ interval: "30s" }),
  },
});

const examples: Readonly<Record<string, PlatformConfig>> = {
  dev: stackConfig("dev"),
  prod: stackConfig("prod"),
  "everything set": validConfig(largest()),
};

/** What must hold whatever the configuration. */
function holdsForAll(config: PlatformConfig): void {
  const values = valuesOf(config);
  const { replicas, requestTimeout } = config.gateway;

  assert.deepEqual(unknownKeysIn(litellmHelmKeys, values), []);

  for (const [name, value] of Object.entries(values.envVars)) assert.equal(typeof value, "string", name);
  assert.equal(values.envVars["DISABLE_SCHEMA_UPDATE"], "true");

  // Exactly one of them says how many pods there are.
  const keda = (values["keda"] as { enabled?: boolean } | undefined)?.enabled === true;
  const numbers = [values["replicaCount"] !== undefined, values.autoscaling !== undefined, keda];
  assert.equal(numbers.filter(Boolean).length, 1);
  assert.equal(values["replicaCount"] === undefined, replicas.max > replicas.min);
  assert.equal(keda, config.gateway.autoscaler?.kind === "keda");
  assert.equal(values.pdb !== undefined, replicas.max > 1);
  if (values.pdb !== undefined)
    assert.deepEqual(values.pdb, { enabled: true, ...(config.gateway.disruptionBudget ?? { maxUnavailable: 1 }) });

  assert.ok(values.terminationGracePeriodSeconds > requestTimeout + config.gateway.drainDelay);
  const { maxUnavailable, maxSurge } = config.gateway.rollout;
  assert.deepEqual(values["strategy"], { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } });

  assert.equal(values.db.deployStandalone, false);
  assert.equal(values.db.useExisting, true);
  assert.deepEqual(values["migrationJob"], { enabled: false });
  assert.deepEqual(values["redis"], { enabled: false });
  assert.equal(values["proxy_config"], undefined);
  assert.equal(values["masterkey"], undefined);
  assert.equal(values["masterkeySecretName"], namesOf(config).keysSecret);
  assert.equal(values["masterkeySecretKey"], "PROXY_MASTER_KEY");

  // The chart adds volumes of its own under a read-only root only; the API refuses a second one of a name or path.
  const readOnly = values.securityContext.readOnlyRootFilesystem;
  assert.equal(readOnly, !config.gateway.security.writableRoot);
  const volumes = ((values["volumes"] ?? []) as { name: string }[]).map(({ name }) => name);
  const mounts = ((values["volumeMounts"] ?? []) as { mountPath: string }[]).map(({ mountPath }) => mountPath);
  const all = (own: readonly string[], added: readonly string[]) => (readOnly ? [...own, ...added] : own);
  assert.equal(new Set(all(volumes, reservedVolumeNames)).size, all(volumes, reservedVolumeNames).length);
  assert.equal(new Set(all(mounts, reservedMountPaths)).size, all(mounts, reservedMountPaths).length);
  if (!readOnly) for (const path of ["/tmp", "/.cache"]) assert.ok(mounts.includes(path), path);

  // Of several Secrets with one variable the last wins.
  assert.ok(
    values.environmentSecrets.indexOf("theirs") < values.environmentSecrets.indexOf(namesOf(config).keysSecret),
  );

  assert.match(values.image.tag, /^v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
  assert.doesNotMatch(values.image.repository, /@|:[^/]*$/);
  assert.match(values.proxyConfigMap.name, /^litellm-config-[0-9a-f]{10}$/);
  assert.deepEqual(values["podAnnotations"], {
    ...config.gateway.podAnnotations,
    "litellm-platform/secret-versions": "keys=1",
  });
}

describe("the chart's values", () => {
  for (const [title, config] of Object.entries(examples)) {
    it(`of ${title} are ones that the chart reads, and safe`, () => {
      holdsForAll(config);
    });
  }

  it("of any configuration are ones that the chart reads, and safe", () => {
    fc.assert(fc.property(generated, holdsForAll), { numRuns: 150 });
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
      tag: `v1.108.17@sha256:${"0a".repeat(32)}`,
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

describe("the pods' settings become values", () => {
  const several = { "gateway.replicas": { min: 2, max: 6 } };

  /** The values that a change adds or changes. */
  function changed(change: Readonly<Record<string, unknown>>, from: Readonly<Record<string, unknown>> = {}): Values {
    const before = valuesOf(validConfig(having(from)));
    const after = valuesOf(validConfig(having({ ...from, ...change })));
    assert.deepEqual(
      Object.keys(before)
        .filter((key) => !(key in after) && !(key in change))
        .sort(),
      [],
    );
    const differs = (key: string) => JSON.stringify(after[key]) !== JSON.stringify(before[key]);
    return Object.fromEntries(Object.entries(after).filter(([key]) => differs(key))) as Values;
  }

  const selector = { matchLabels: { "app.kubernetes.io/name": "litellm", "app.kubernetes.io/instance": "litellm" } };
  const cases: readonly (readonly [title: string, change: Readonly<Record<string, unknown>>, values: unknown])[] = [
    [
      "a budget for drains",
      { ...several, "gateway.disruptionBudget": { minAvailable: "50%" } },
      { pdb: { enabled: true, minAvailable: "50%" } },
    ],
    [
      "an autoscaler's target",
      { ...several, "gateway.autoscaler": { kind: "cpu", target: 80 } },
      {
        autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 6, targetCPUUtilizationPercentage: 80 },
      },
    ],
    [
      "a spread, also of a single pod, with the labels of the pods",
      { "gateway.topologySpread": [{ topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }] },
      {
        topologySpreadConstraints: [
          { topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", labelSelector: selector },
        ],
      },
    ],
    [
      "affinity, node selector and tolerations as they are",
      {
        "gateway.affinity": { podAntiAffinity: { any: [{ thing: 1 }] } },
        "gateway.nodeSelector": { pool: "ai" },
        "gateway.tolerations": [{ operator: "Exists" }],
      },
      {
        affinity: { podAntiAffinity: { any: [{ thing: 1 }] } },
        nodeSelector: { pool: "ai" },
        tolerations: [{ operator: "Exists" }],
      },
    ],
    [
      "timings of the probes, without paths",
      { "gateway.probes": { startup: { failureThreshold: 50 }, liveness: {}, readiness: { timeoutSeconds: 2 } } },
      { startupProbe: { failureThreshold: 50 }, readinessProbe: { timeoutSeconds: 2 } },
    ],
    [
      "a rollout",
      { "gateway.rollout": { maxSurge: 0, maxUnavailable: 1, minReadySeconds: 5 } },
      {
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        deploymentMinReadySeconds: 5,
      },
    ],
    [
      "a drain's delay, and more time until a pod is killed",
      { "gateway.drainDelay": 30 },
      { lifecycle: { preStop: { sleep: { seconds: 30 } } }, terminationGracePeriodSeconds: 645 },
    ],
    [
      "a CPU limit of its own",
      { "gateway.resources": { cpu: "500m", memory: "2Gi", cpuLimit: "2" } },
      { resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { cpu: "2", memory: "2Gi" } } },
    ],
    [
      "no CPU limit",
      { "gateway.resources": { cpuLimit: "none" } },
      { resources: { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "4Gi" } } },
    ],
    [
      "labels and annotations of the pods, beside what they are rolled by",
      { "gateway.podLabels": { team: "ai" }, "gateway.podAnnotations": { note: "x" } },
      { podLabels: { team: "ai" }, podAnnotations: { note: "x", "litellm-platform/secret-versions": "keys=1" } },
    ],
    [
      "volumes of every kind",
      {
        "gateway.volumes": [
          { name: "a", mountPath: "/a", configMap: "of-a" },
          { name: "b", mountPath: "/b", secret: "of-b", subPath: "file" },
          { name: "c", mountPath: "/c", persistentVolumeClaim: "of-c" },
          { name: "d", mountPath: "/tmp/d", emptyDir: "1Gi", readOnly: true },
        ],
      },
      {
        volumes: [
          { name: "a", configMap: { name: "of-a" } },
          { name: "b", secret: { secretName: "of-b" } },
          { name: "c", persistentVolumeClaim: { claimName: "of-c" } },
          { name: "d", emptyDir: { sizeLimit: "1Gi" } },
        ],
        volumeMounts: [
          { name: "a", mountPath: "/a", readOnly: true },
          { name: "b", mountPath: "/b", subPath: "file", readOnly: true },
          { name: "c", mountPath: "/c", readOnly: false },
          { name: "d", mountPath: "/tmp/d", readOnly: true },
        ],
      },
    ],
    [
      "another user",
      { "gateway.security": { user: 1000 } },
      {
        podSecurityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          fsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        },
      },
    ],
    [
      "root, still without privileges",
      { "namespace.podSecurity": "baseline", "gateway.security": { runAsRoot: true } },
      { podSecurityContext: { seccompProfile: { type: "RuntimeDefault" } } },
    ],
    [
      "a writable root, with the places to write to that the chart has under a read-only one",
      { "gateway.security": { writableRoot: true } },
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: false,
          capabilities: { drop: ["ALL"] },
        },
        volumes: [
          { name: "tmp", emptyDir: { sizeLimit: "500Mi" } },
          { name: "cache", emptyDir: { sizeLimit: "500Mi" } },
        ],
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          { name: "cache", mountPath: "/.cache" },
        ],
      },
    ],
    ["nothing of the log's form, which is LiteLLM's", { "gateway.jsonLogs": true }, {}],
  ];
  for (const [title, change, expected] of cases) {
    it(title, () => {
      const values = changed(change, "gateway.replicas" in change ? several : {});
      assert.deepEqual(values, expected);
    });
  }

  it("KEDA in place of the autoscaler, with the gateway's metrics and triggers of others", () => {
    const trigger = { type: "cron", metadata: { desiredReplicas: "4" }, authenticationRef: { name: "x" } };
    const values = valuesOf(
      validConfig(
        having({
          ...several,
          "gateway.chart.version": "1.101.0",
          "gateway.metricsServer": {},
          "gateway.autoscaler": {
            kind: "keda",
            cooldownPeriod: 60,
            prometheus: { address: "http://prometheus.monitoring.svc:9090", requestsPerSecond: 20 },
            triggers: [trigger],
          },
        }),
      ),
    );
    assert.deepEqual([values.replicaCount, values.autoscaling], [undefined, undefined]);
    assert.deepEqual(values["keda"], {
      enabled: true,
      minReplicas: 2,
      maxReplicas: 6,
      pollingInterval: 30,
      cooldownPeriod: 60,
      prometheus: { serverAddress: "http://prometheus.monitoring.svc:9090", requestsPerSecond: 20 },
      triggers: [trigger],
    });
    assert.deepEqual(values["metricsServer"], { enabled: true, port: 4001 });
  });

  it("raw ones over them: mappings merge, lists replace, and null removes", () => {
    const raw = {
      service: { annotations: { note: "x" } },
      autoscaling: { behavior: { scaleDown: { stabilizationWindowSeconds: 600 } } },
      topologySpreadConstraints: [],
      resources: { limits: { cpu: null } },
      extraEnvVars: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
    };
    assert.deepEqual(changed({ "gateway.values": raw }, several), {
      service: { type: "ClusterIP", port: 4000, annotations: { note: "x" } },
      autoscaling: {
        enabled: true,
        minReplicas: 2,
        maxReplicas: 6,
        targetCPUUtilizationPercentage: 60,
        behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
      },
      topologySpreadConstraints: [],
      resources: { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "4Gi" } },
      extraEnvVars: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
    });
  });

  it("raw volumes and Secrets beside them, ours winning over a Secret's variable of the same name", () => {
    const values = changed(
      {
        "gateway.values": {
          volumes: [{ name: "theirs", csi: { driver: "x" } }],
          volumeMounts: [{ name: "theirs", mountPath: "/theirs" }],
          environmentSecrets: ["theirs"],
        },
      },
      { "gateway.volumes": [{ name: "ours", mountPath: "/ours", secret: "s" }] },
    );
    assert.deepEqual(
      (values["volumes"] as { name: string }[]).map(({ name }) => name),
      ["ours", "theirs"],
    );
    assert.deepEqual(
      (values["volumeMounts"] as { name: string }[]).map(({ name }) => name),
      ["ours", "theirs"],
    );
    assert.equal(values.environmentSecrets[0], "theirs");
    assert.equal(values.environmentSecrets[1], "litellm-keys-v1-1");
  });

  it("a raw handler before the end in place of ours, since a container has one", () => {
    const preStop = { exec: { command: ["sleep", "20"] } };
    assert.deepEqual(changed({ "gateway.values": { lifecycle: { preStop } } }), { lifecycle: { preStop } });
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
      unknownKeysIn(litellmHelmKeys, {
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
    const { services, workloads, routes } = chartOf(stackConfig("dev"));
    const service = { name: "litellm", port: 4000 };
    assert.deepEqual(services, { api: service, admin: service, ui: service });
    assert.deepEqual(workloads, [
      {
        deployment: "litellm",
        selector: {
          "app.kubernetes.io/name": "litellm",
          "app.kubernetes.io/instance": "litellm",
          "app.kubernetes.io/component": "proxy",
        },
        port: 4000,
      },
    ]);
    assert.deepEqual(routes, [{ service: "api", paths: [{ type: "PathPrefix", value: "/" }] }]);
  });

  it("comes from configurations that are valid", () => {
    assert.deepEqual(problemsOf(largest()), []);
  });
});
