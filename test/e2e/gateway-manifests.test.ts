import assert from "node:assert/strict";
import { standInChart } from "../../local/chart-source.ts";
import { changed } from "../../local/stack-settings.ts";
import { LocalPlatform } from "./support/local-platform.ts";

const namespace = "litellm-dev";
const minute = 60_000;

interface PodSpec {
  readonly serviceAccountName: string;
  readonly nodeSelector?: object;
  readonly tolerations?: readonly object[];
  readonly securityContext: object;
  readonly containers: readonly { readonly securityContext: object; readonly volumeMounts: readonly object[] }[];
}

interface Deployment {
  readonly metadata: { readonly uid: string };
  readonly spec: {
    readonly strategy: object;
    readonly minReadySeconds?: number;
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
  };
}

interface ScaledObject {
  readonly triggers: readonly { readonly type: string; readonly metadata: Readonly<Record<string, string>> }[];
}

/** What the gateway's settings become on the real API server with strict validation, in one stack after another. */
describe("the gateway's objects on the embedded control plane", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true });
  });
  after(async () => {
    await platform.stop();
  });

  /** The dev stack with further settings of the gateway. */
  const having = (gateway: object, and: object = {}) =>
    changed({ ...platform.settings, ...and }, "litellm-platform:gateway", (value) => ({
      ...(value as object),
      ...gateway,
    }));

  /** An object as it is in JSON: the client's are of classes of its own. */
  const read = async <T extends object>(apiVersion: string, kind: string, name: string) =>
    JSON.parse(JSON.stringify(await platform.cluster.read<T>(apiVersion, kind, namespace, name))) as T;
  const deployment = () => read<Deployment>("apps/v1", "Deployment", "litellm");

  const settings = {
    replicas: { min: 2, max: 3 },
    autoscaler: { kind: "cpu", target: 80 },
    disruptionBudget: { minAvailable: "50%" },
    topologySpread: [{ topologyKey: "kubernetes.io/hostname" }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "gpu", operator: "DoesNotExist" }] }],
        },
      },
    },
    tolerations: [{ key: "ai", operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }],
    probes: { startup: { failureThreshold: 50 }, liveness: { periodSeconds: 20 }, readiness: { timeoutSeconds: 4 } },
    rollout: { maxSurge: 0, maxUnavailable: 1, minReadySeconds: 1 },
    drainDelay: 2,
    serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/litellm" } },
    podLabels: { team: "ai" },
    volumes: [{ name: "work", mountPath: "/work", emptyDir: "64Mi" }],
    metricsServer: { port: 9090 },
    proxyConfig: { litellm_settings: { drop_params: true } },
    values: {
      autoscaling: { behavior: { scaleDown: { stabilizationWindowSeconds: 600 } } },
      extraEnvVars: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
    },
  };
  let first = "";

  it("take every setting, and a second up changes nothing", async () => {
    await platform.up(having(settings));
    const { metadata, spec } = await deployment();
    first = metadata.uid;
    const pod = spec.template.spec;
    assert.deepEqual(spec.strategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
    assert.equal(spec.minReadySeconds, 1);
    assert.partialDeepStrictEqual(spec.template.metadata.labels, { team: "ai" });
    assert.deepEqual(pod.tolerations, settings.tolerations);
    assert.partialDeepStrictEqual(pod, {
      affinity: settings.affinity,
      topologySpreadConstraints: [{ topologyKey: "kubernetes.io/hostname", maxSkew: 1 }],
      terminationGracePeriodSeconds: 617,
      containers: [
        {
          startupProbe: { failureThreshold: 50, periodSeconds: 10 },
          livenessProbe: { periodSeconds: 20 },
          readinessProbe: { timeoutSeconds: 4 },
          lifecycle: { preStop: { sleep: { seconds: 2 } } },
        },
      ],
    });
    const budget = await read<{ spec: object }>("policy/v1", "PodDisruptionBudget", "litellm");
    assert.partialDeepStrictEqual(budget.spec, { minAvailable: "50%" });
    const scaler = await read<{ spec: object }>("autoscaling/v2", "HorizontalPodAutoscaler", "litellm");
    assert.partialDeepStrictEqual(scaler.spec, {
      minReplicas: 2,
      maxReplicas: 3,
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    });
    const account = await read<{ metadata: { annotations: object } }>("v1", "ServiceAccount", "litellm");
    assert.partialDeepStrictEqual(account.metadata.annotations, settings.serviceAccount.annotations);
    const metrics = await read<{ spec: { ports: { port: number }[] } }>("v1", "Service", "litellm-metrics");
    assert.deepEqual(
      metrics.spec.ports.map(({ port }) => port),
      [9090],
    );
    const report = await platform.up(having(settings), { expectNoChanges: true });
    assert.doesNotMatch(report.output, /warning/);
  });

  it("run as root with a writable root only where that is said, with a warning each, in the same Deployment", async () => {
    const labels = { podSecurity: "baseline" };
    const { output } = await platform.up(
      having(
        { security: { runAsRoot: true, writableRoot: true } },
        { "litellm-platform:namespace": { name: namespace, ...labels } },
      ),
    );
    for (const path of ["namespace.podSecurity", "gateway.security.runAsRoot", "gateway.security.writableRoot"])
      assert.ok(output.includes(`${path}: `), output);
    const { metadata, spec } = await deployment();
    const [proxy] = spec.template.spec.containers;
    assert.equal(metadata.uid, first);
    assert.deepEqual(spec.template.spec.securityContext, { seccompProfile: { type: "RuntimeDefault" } });
    assert.deepEqual(proxy?.securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: false,
    });
    assert.partialDeepStrictEqual(proxy.volumeMounts.slice(-2), [
      { name: "tmp", mountPath: "/tmp" },
      { name: "cache", mountPath: "/.cache" },
    ]);
  });

  it("go back to what they were, with nothing left behind", async () => {
    await platform.up(platform.settings);
    const { metadata, spec } = await deployment();
    const pod = spec.template.spec;
    assert.equal(metadata.uid, first);
    assert.deepEqual([pod.tolerations, pod.nodeSelector, spec.minReadySeconds], [undefined, undefined, undefined]);
    assert.equal("team" in spec.template.metadata.labels, false);
    for (const kind of ["horizontalpodautoscaler", "poddisruptionbudget"])
      assert.deepEqual(await platform.names(kind, namespace), [], kind);
    assert.equal((await platform.names("service", namespace)).includes("service/litellm-metrics"), false);
    await platform.up(platform.settings, { expectNoChanges: true });
  });

  it("leave the number of pods to KEDA and the metrics to Prometheus' operator where they are asked to", async () => {
    const prometheus = {
      address: "http://prometheus.monitoring.svc:9090",
      requestsPerSecond: 20,
      tokensPerSecond: 900,
    };
    const monitor = { enabled: true, labels: { release: "prometheus" } };
    const keda = {
      replicas: { min: 2, max: 3 },
      metricsServer: {},
      autoscaler: { kind: "keda", prometheus, triggers: [{ type: "cpu", metadata: { value: "70" } }] },
    };
    const charts = [
      { name: "litellm", gateway: { ...keda, values: { serviceMonitor: monitor } } },
      {
        name: "litellm-proxy",
        gateway: {
          ...keda,
          image: { tag: "v1.108.17", entrypoint: "dispatcher" },
          chart: { kind: "litellm", source: standInChart("litellm") },
          values: { gateway: { serviceMonitor: monitor } },
        },
      },
    ];
    for (const { name, gateway } of charts) {
      await platform.up(having(gateway));
      const scaled = await read<{ spec: ScaledObject }>("keda.sh/v1alpha1", "ScaledObject", name);
      assert.partialDeepStrictEqual(scaled.spec, {
        scaleTargetRef: { name },
        minReplicaCount: 2,
        maxReplicaCount: 3,
        pollingInterval: 30,
        cooldownPeriod: 300,
      });
      assert.deepEqual(
        scaled.spec.triggers.map(({ type, metadata }) => [type, metadata["query"], metadata["threshold"]]),
        [
          ["cpu", undefined, undefined],
          ...(
            [
              ["litellm_proxy_total_requests_metric_total", "20"],
              ["litellm_total_tokens_metric_total", "900"],
            ] as const
          ).map(([metric, threshold]) => [
            "prometheus",
            `sum(rate(${metric}{namespace="${namespace}",job="${name}-metrics"}[1m]))`,
            threshold,
          ]),
        ],
      );
      const monitored = await read<{ metadata: object; spec: object }>(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        name,
      );
      assert.partialDeepStrictEqual(monitored, {
        metadata: { labels: monitor.labels },
        spec: {
          namespaceSelector: { matchNames: [namespace] },
          endpoints: [{ port: "metrics", path: "/metrics/" }],
        },
      });
      assert.deepEqual(await platform.names("horizontalpodautoscaler", namespace), []);
    }
  });
});
