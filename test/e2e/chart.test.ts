import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesObject, V1Container, V1PodSpec } from "@kubernetes/client-node";
import { parse } from "yaml";
import {
  litellmHelmKeys,
  configPath,
  configVolumeName,
  defaultConfigKey,
  defaultMetricsPort,
  defaultPort,
  metricsPortName,
  reservedMountPaths,
  reservedVolumeNames,
  selectorLabels,
  servicePortName,
} from "../../litellm/charts/litellm-helm/keys.ts";
import { schemaOf, unknownKeysIn } from "../../litellm/charts/key-tree.ts";
import { chartOf } from "../../litellm/charts/chart.ts";
import { gatewaySpec } from "../../litellm/charts/gateway-spec.ts";
import { namesOf } from "../../litellm/shared/names.ts";
import { validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";
import { RenderedChart, find } from "./support/rendered-chart.ts";

type Values = Record<string, unknown>;

const release = "gateway";

/** The least that the chart renders with, in the way this project sets it. */
const base: Values = {
  fullnameOverride: "litellm",
  masterkeySecretName: "litellm-keys",
  masterkeySecretKey: "master-key",
  proxyConfigMap: { create: false, name: "litellm-config-abc" },
  db: { useExisting: true, deployStandalone: false },
  migrationJob: { enabled: false },
};

describe("the stand-in chart", function () {
  let chart: RenderedChart;

  before(async function () {
    // The first run on a machine builds the binaries.
    this.timeout(0);
    chart = await RenderedChart.of("litellm-helm", release);
  });

  const render = (values: Values = {}) => chart.objects({ ...base, ...values });
  const refusal = (values: Values) => chart.refusal(values);

  const deploymentOf = (values?: Values) => find(render(values), "Deployment", "litellm");

  function podOf(values?: Values): V1PodSpec {
    const pod = deploymentOf(values).spec?.template.spec;
    assert.ok(pod);
    return pod;
  }

  function proxyOf(values?: Values): V1Container {
    const [proxy] = podOf(values).containers;
    assert.ok(proxy);
    return proxy;
  }

  const environmentOf = (values?: Values) => (proxyOf(values).env ?? []).map(({ name }) => name);

  describe("keys", () => {
    it("has the schema that the key list gives", async () => {
      const written: unknown = JSON.parse(await readFile(join(chart.directory, "values.schema.json"), "utf8"));
      assert.deepEqual(written, schemaOf(litellmHelmKeys), "run: node local/charts/write-schema.ts");
    });

    it("knows every default it has itself", async () => {
      assert.deepEqual(
        unknownKeysIn(litellmHelmKeys, parse(await readFile(join(chart.directory, "values.yaml"), "utf8")) as Values),
        [],
      );
    });

    for (const [path, values] of [
      ["priorityClassName", { priorityClassName: "high" }],
      ["image.digest", { image: { digest: "sha256:0" } }],
      ["serviceMonitor.authSecret", { serviceMonitor: { authSecret: "keys" } }],
      ["migrationJob.hooks.argo", { migrationJob: { enabled: false, hooks: { argo: {} } } }],
      ["db.useStackgresOperator", { db: { deployStandalone: false, useStackgresOperator: false } }],
      ["redis.architecture", { redis: { architecture: "standalone" } }],
      ["toString", { toString: "x" }],
    ] as const) {
      it(`refuses ${path}, and the checker names it`, () => {
        assert.deepEqual(unknownKeysIn(litellmHelmKeys, values), [path]);
        const message = refusal({ ...base, ...values });
        const key = path.split(".").at(-1) ?? "";
        assert.match(message, new RegExp(`additional properties '${key}' not allowed`), message);
      });
    }

    it("takes anything below a free-form map, and a null", () => {
      const values = {
        podAnnotations: { "example.com/a.b": "1" },
        securityContext: { capabilities: { drop: ["ALL"] } },
        affinity: { nodeAffinity: { any: [{ thing: 1 }] } },
        proxy_config: { litellm_settings: { anything: { at: "all" } } },
        envVars: { ANY: "1" },
        pdb: { minAvailable: null },
      };
      assert.deepEqual(unknownKeysIn(litellmHelmKeys, values), []);
      render(values);
    });

    it("finds what is nested where the chart reads one value, and the reverse", () => {
      assert.deepEqual(
        unknownKeysIn(litellmHelmKeys, { image: { tag: { name: "x" } }, db: "postgres", service: ["http"] }),
        ["image.tag.name", "db", "service"],
      );
      assert.deepEqual(unknownKeysIn(litellmHelmKeys, { image: undefined, service: Promise.resolve({}) }), []);
    });
  });

  describe("refusals", () => {
    it("names every problem of the defaults at once", () => {
      const message = refusal({});
      for (const path of [
        "migrationJob.enabled",
        "db.deployStandalone",
        "masterkeySecretName",
        "proxy_config.model_list",
      ]) {
        assert.ok(message.includes(`\n${path}: `), message);
      }
    });

    for (const part of ["redis", "migrationJob", "ingress", "billingMetrics", "collector", "liteadmin", "lensWorker"]) {
      it(`does not leave out ${part} in silence`, () => {
        const message = refusal({ ...base, [part]: { enabled: true } });
        assert.ok(message.includes(`the stand-in chart does not render ${part}`), message);
      });
    }

    for (const [problem, values] of [
      ["proxyConfigMap.name: required", { proxyConfigMap: { create: false } }],
      ["metricsServer.port must differ", { metricsServer: { enabled: true, port: defaultPort } }],
      ["app.kubernetes.io/component", { podLabels: { "app.kubernetes.io/component": "proxy" } }],
      ["does not render custom metrics", { autoscaling: { enabled: true, targetRequestsPerSecond: 5 } }],
      ["does not render PgBouncer", { db: { deployStandalone: false, connectionPool: { enabled: true } } }],
    ] as const) {
      it(`says: ${problem}`, () => {
        const message = refusal({ ...base, ...values });
        assert.ok(message.includes(problem), message);
      });
    }
  });

  describe("environment", () => {
    it("is in the official chart's order", () => {
      const environment = environmentOf({
        db: { useExisting: true, deployStandalone: false, secret: { readReplicaUrlKey: "replica" } },
        envVars: { ZED: "1", ALPHA: "2" },
        extraEnvVars: [
          { name: "SALT", value: "x" },
          { name: "BEFORE", value: "y" },
        ],
        metricsServer: { enabled: true },
      });
      assert.deepEqual(environment, [
        "HOST",
        "PORT",
        "DATABASE_USERNAME",
        "DATABASE_PASSWORD",
        "DATABASE_HOST",
        "DATABASE_NAME",
        "DATABASE_URL",
        "DATABASE_URL_READ_REPLICA",
        "PROXY_MASTER_KEY",
        "LITELLM_LOG",
        "ALPHA",
        "ZED",
        "SALT",
        "BEFORE",
        "PROMETHEUS_METRICS_PORT",
      ]);
    });

    it("refers to Secrets and leaves the database URL to the kubelet", () => {
      const url = "postgresql://$(DATABASE_USERNAME):$(DATABASE_PASSWORD)@$(DATABASE_HOST):5432/x?sslmode=require";
      const { env = [] } = proxyOf({
        db: {
          useExisting: true,
          deployStandalone: false,
          url,
          secret: { name: "pg", endpointKey: "host", readReplicaEndpointKey: "ro" },
          readReplicaUrl: "postgresql://replica",
        },
      });
      const byName = new Map(env.map(({ name, ...source }) => [name, source]));
      const fromSecret = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
      assert.deepEqual(byName.get("DATABASE_USERNAME"), fromSecret("pg", "username"));
      assert.deepEqual(byName.get("DATABASE_PASSWORD"), fromSecret("pg", "password"));
      assert.deepEqual(byName.get("DATABASE_HOST"), fromSecret("pg", "host"));
      assert.deepEqual(byName.get("DATABASE_READER_HOST"), fromSecret("pg", "ro"));
      assert.deepEqual(byName.get("PROXY_MASTER_KEY"), fromSecret("litellm-keys", "master-key"));
      assert.deepEqual(byName.get("DATABASE_URL"), { value: url });
      assert.deepEqual(byName.get("DATABASE_URL_READ_REPLICA"), { value: "postgresql://replica" });
      assert.deepEqual(byName.get("HOST"), { value: "0.0.0.0" });
      assert.deepEqual(byName.get("PORT"), { value: "4000" });
    });

    it("has no database without useExisting, and no LITELLM_LOG of its own beside the user's", () => {
      const environment = environmentOf({ db: { deployStandalone: false }, envVars: { LITELLM_LOG: "ERROR" } });
      assert.deepEqual(environment, ["HOST", "PORT", "PROXY_MASTER_KEY", "LITELLM_LOG"]);
      assert.ok(!environmentOf({ logLevel: "" }).includes("LITELLM_LOG"));
    });

    it("mangles a large number in envVars, as the official chart does", () => {
      const { env = [] } = proxyOf({ envVars: { AS_NUMBER: 1500000, AS_TEXT: "1500000" } });
      assert.deepEqual(env.slice(-2), [
        { name: "AS_NUMBER", value: "1.5e+06" },
        { name: "AS_TEXT", value: "1500000" },
      ]);
    });

    it("takes Secrets before ConfigMaps, so that the latter win", () => {
      const { envFrom } = proxyOf({ environmentSecrets: ["b", "a"], environmentConfigMaps: ["c"] });
      assert.deepEqual(envFrom, [
        { secretRef: { name: "b" } },
        { secretRef: { name: "a" } },
        { configMapRef: { name: "c" } },
      ]);
      assert.equal(proxyOf().envFrom, undefined);
    });
  });

  describe("the pod", () => {
    it("has the image as repository and tag, and the digest in the tag", () => {
      const tag = `v1.108.17@sha256:${"0".repeat(64)}`;
      assert.equal(proxyOf({ image: { tag } }).image, `ghcr.io/berriai/litellm:${tag}`);
      assert.equal(proxyOf().image, "ghcr.io/berriai/litellm:v1.90.2");
    });

    it("mounts the named ConfigMap as the proxy's config file", () => {
      const pod = podOf({ proxyConfigMap: { create: false, name: "own", key: "proxy.yaml" } });
      assert.deepEqual(pod.volumes, [
        {
          name: configVolumeName,
          configMap: { name: "own", items: [{ key: "proxy.yaml", path: defaultConfigKey }] },
        },
      ]);
      assert.deepEqual(pod.containers[0]?.volumeMounts, [
        { name: configVolumeName, mountPath: configPath, subPath: defaultConfigKey },
      ]);
      assert.deepEqual(pod.containers[0].args, ["--config", configPath]);
    });

    it("passes the number of workers on, unless args replace all", () => {
      assert.deepEqual(proxyOf({ numWorkers: 2 }).args, ["--config", configPath, "--num_workers", "2"]);
      assert.deepEqual(proxyOf({ numWorkers: 2, args: ["--help"] }).args, ["--help"]);
    });

    it("adds writable directories only under a read-only root, beside the user's own", () => {
      const own = { volumes: [{ name: "ui", emptyDir: {} }], volumeMounts: [{ name: "ui", mountPath: "/ui" }] };
      const pod = podOf({ ...own, securityContext: { readOnlyRootFilesystem: true } });
      const names = pod.volumes?.map(({ name }) => name).sort();
      const paths = pod.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath).sort();
      assert.deepEqual(names, [configVolumeName, "ui", ...reservedVolumeNames].sort());
      assert.deepEqual(paths, [configPath, "/ui", ...reservedMountPaths].sort());
      assert.deepEqual(
        podOf(own).volumes?.map(({ name }) => name),
        [configVolumeName, "ui"],
      );
    });

    it("is selected by name and release, and carries more labels than that", () => {
      const { metadata, spec } = deploymentOf({ podLabels: { team: "ai" }, deploymentLabels: { tier: "gateway" } });
      const common = {
        "helm.sh/chart": "litellm-helm-1.90.2",
        ...selectorLabels(release),
        "app.kubernetes.io/version": "v1.90.2",
        "app.kubernetes.io/managed-by": "Helm",
      };
      assert.deepEqual(metadata?.labels, { ...common, tier: "gateway" });
      assert.deepEqual(spec?.selector.matchLabels, selectorLabels(release));
      assert.deepEqual(spec.template.metadata?.labels, {
        ...common,
        "app.kubernetes.io/component": "proxy",
        team: "ai",
      });
      assert.equal(metadata.namespace, undefined);
    });

    it("renders templates in podAnnotations, and only there", () => {
      const { metadata, spec } = deploymentOf({
        podAnnotations: { release: "{{ .Release.Name }}", hash: "123" },
        deploymentAnnotations: { release: "{{ .Release.Name }}" },
      });
      assert.deepEqual(spec?.template.metadata?.annotations, { release, hash: "123" });
      assert.deepEqual(metadata?.annotations, { release: "{{ .Release.Name }}" });
    });

    it("probes the port http on the given paths", () => {
      const { startupProbe, livenessProbe, readinessProbe, ports } = proxyOf({
        startupProbe: { failureThreshold: 60 },
      });
      assert.deepEqual(startupProbe, {
        httpGet: { path: "/health/readiness", port: servicePortName },
        initialDelaySeconds: 0,
        periodSeconds: 10,
        timeoutSeconds: 5,
        successThreshold: 1,
        failureThreshold: 60,
      });
      assert.deepEqual(livenessProbe?.httpGet, { path: "/health/liveliness", port: servicePortName });
      assert.deepEqual(readinessProbe?.httpGet, { path: "/health/readiness", port: servicePortName });
      assert.deepEqual(ports, [{ name: servicePortName, containerPort: defaultPort, protocol: "TCP" }]);
    });

    it("takes over the rest as it is given", () => {
      const verbatim = {
        imagePullSecrets: [{ name: "pull" }],
        nodeSelector: { pool: "ai" },
        tolerations: [{ key: "ai", operator: "Exists" }],
        affinity: { nodeAffinity: {} },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "zone",
            whenUnsatisfiable: "DoNotSchedule",
            matchLabelKeys: ["pod-template-hash"],
          },
        ],
      };
      const container = {
        command: ["python"],
        lifecycle: { preStop: { exec: { command: ["sleep", "{{ 5 }}"] } } },
        resources: { requests: { cpu: "500m" } },
        securityContext: { runAsUser: 65532 },
      };
      const values = {
        ...verbatim,
        ...container,
        podSecurityContext: { fsGroup: 1000 },
        extraInitContainers: [{ name: "first", image: "{{ .Values.image.repository }}" }],
        extraContainers: [{ name: "side", image: "{{ .Release.Name }}" }],
      };
      const pod = podOf(values);
      assert.partialDeepStrictEqual(pod, { ...verbatim, securityContext: { fsGroup: 1000 } });
      assert.partialDeepStrictEqual(pod.containers[0], container);
      assert.deepEqual(pod.initContainers, [{ name: "first", image: "ghcr.io/berriai/litellm" }]);
      assert.deepEqual(pod.containers[1], { name: "side", image: release });
    });

    it("is rolled as the strategy says", () => {
      const strategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
      const { spec } = deploymentOf({ strategy, deploymentMinReadySeconds: 10 });
      assert.deepEqual(spec?.strategy, strategy);
      assert.equal(spec.minReadySeconds, 10);
    });

    it("turns a grace period of 0 into 90, and runs as the named or the default account", () => {
      const pod = podOf({ terminationGracePeriodSeconds: 0 });
      assert.equal(pod.terminationGracePeriodSeconds, 90);
      assert.equal(pod.serviceAccountName, "default");
      const own = podOf({ terminationGracePeriodSeconds: 620, serviceAccount: { name: "own" } });
      assert.equal(own.terminationGracePeriodSeconds, 620);
      assert.equal(own.serviceAccountName, "own");
    });
  });

  describe("the program's own values", () => {
    const settings = {
      "gateway.replicas": { min: 2, max: 4 },
      "gateway.disruptionBudget": { minAvailable: "50%" },
      "gateway.topologySpread": [{ topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" }],
      "gateway.affinity": { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      "gateway.nodeSelector": { pool: "ai" },
      "gateway.tolerations": [{ key: "ai", operator: "Exists", effect: "NoSchedule" }],
      "gateway.probes": { startup: { failureThreshold: 50 }, liveness: { periodSeconds: 20 } },
      "gateway.rollout": { maxSurge: 2, maxUnavailable: 1, minReadySeconds: 10 },
      "gateway.drainDelay": 15,
      "gateway.podLabels": { team: "ai" },
      "gateway.podAnnotations": { note: "x" },
      "gateway.chart.version": "1.101.0",
      "gateway.metricsServer": {},
      "gateway.resources": { cpu: "500m", cpuLimit: "none" },
      "gateway.volumes": [{ name: "more", mountPath: "/etc/more", configMap: "more" }],
      "gateway.values": {
        environmentSecrets: ["theirs"],
        autoscaling: { behavior: { scaleUp: { selectPolicy: "Max" } } },
      },
    } as const;

    function objectsOf(changes: Readonly<Record<string, unknown>>): KubernetesObject[] {
      const config = validConfig(having(changes));
      const spec = gatewaySpec(config, namesOf(config), { further: ["further"], versions: "keys=1" });
      return chart.objects(chartOf(config.gateway.chart, spec).values);
    }

    it("arrive where they are meant to", () => {
      const objects = objectsOf(settings);
      const { spec } = find(objects, "Deployment", "litellm");
      const pod = spec?.template.spec;
      const [proxy] = pod?.containers ?? [];
      assert.ok(spec && pod && proxy);
      assert.equal(spec.replicas, undefined);
      assert.equal(spec.minReadySeconds, 10);
      assert.deepEqual(spec.strategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 2 } });
      assert.partialDeepStrictEqual(spec.template.metadata, {
        labels: { team: "ai", "app.kubernetes.io/component": "proxy" },
        annotations: { note: "x", "litellm-platform/secret-versions": "keys=1" },
      });
      assert.partialDeepStrictEqual(pod, {
        nodeSelector: settings["gateway.nodeSelector"],
        tolerations: settings["gateway.tolerations"],
        affinity: settings["gateway.affinity"],
        terminationGracePeriodSeconds: 630,
      });
      assert.equal(pod.topologySpreadConstraints?.[0]?.topologyKey, "topology.kubernetes.io/zone");
      assert.equal(proxy.startupProbe?.failureThreshold, 50);
      assert.equal(proxy.startupProbe.periodSeconds, 10);
      assert.equal(proxy.livenessProbe?.periodSeconds, 20);
      assert.equal(proxy.livenessProbe.httpGet?.path, "/health/liveliness");
      assert.deepEqual(proxy.lifecycle?.preStop, { sleep: { seconds: 15 } });
      assert.deepEqual(proxy.resources, { requests: { cpu: "500m", memory: "4Gi" }, limits: { memory: "4Gi" } });
      assert.deepEqual(
        proxy.envFrom?.map(({ secretRef }) => secretRef?.name),
        ["theirs", "litellm-keys-v1-1", "litellm-cache-user-v1", "further"],
      );
      assert.deepEqual(
        proxy.volumeMounts?.filter(({ name }) => name === "more"),
        [{ name: "more", mountPath: "/etc/more", readOnly: true }],
      );
      const { spec: budget } = find(objects, "PodDisruptionBudget", "litellm");
      assert.equal(budget?.minAvailable, "50%");
      assert.equal(budget.maxUnavailable, undefined);
      const { spec: scaler } = find(objects, "HorizontalPodAutoscaler", "litellm");
      assert.deepEqual(
        [scaler.minReplicas, scaler.maxReplicas, scaler.behavior],
        [2, 4, { scaleUp: { selectPolicy: "Max" } }],
      );
      assert.equal(find(objects, "Service", "litellm-metrics").spec?.ports?.[0]?.port, defaultMetricsPort);
    });

    for (const [root, changes] of [
      ["read-only", settings],
      ["writable", { ...settings, "gateway.security": { writableRoot: true } }],
    ] as const) {
      it(`name no volume, path or variable twice under a ${root} root, which the API server refuses`, () => {
        const pod = find(objectsOf(changes), "Deployment", "litellm").spec?.template.spec;
        const [proxy] = pod?.containers ?? [];
        const lists = [
          pod?.volumes?.map(({ name }) => name),
          proxy?.volumeMounts?.map(({ mountPath }) => mountPath),
          proxy?.env?.map(({ name }) => name),
        ];
        for (const names of lists) assert.deepEqual(names, [...new Set(names)]);
        for (const path of ["/tmp", "/.cache", configPath]) assert.ok(lists[1]?.includes(path), path);
      });
    }
  });

  describe("objects", () => {
    const kinds = (objects: KubernetesObject[]) => objects.map(({ kind }) => kind).sort();

    it("are a Deployment and a Service, and no more than asked for", () => {
      assert.deepEqual(kinds(render()), ["Deployment", "Service"]);
      const all = render({
        serviceAccount: { create: true },
        proxyConfigMap: { create: true },
        proxy_config: { model_list: [] },
        metricsServer: { enabled: true },
        autoscaling: { enabled: true },
        pdb: { enabled: true },
        extraResources: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "extra" } }],
      });
      assert.deepEqual(kinds(all), [
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "Secret",
        "Service",
        "Service",
        "ServiceAccount",
      ]);
    });

    it("leave the replicas to the autoscaler when there is one", () => {
      assert.equal(deploymentOf({ replicaCount: 3 }).spec?.replicas, 3);
      const objects = render({ replicaCount: 3, autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 6 } });
      assert.equal(find(objects, "Deployment", "litellm").spec?.replicas, undefined);
      const { spec } = find(objects, "HorizontalPodAutoscaler", "litellm");
      assert.equal(spec.minReplicas, 2);
      assert.equal(spec.maxReplicas, 6);
      assert.deepEqual(spec.metrics, [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
      ]);
    });

    it("add memory to the autoscaler only when set", () => {
      const objects = render({
        autoscaling: {
          enabled: true,
          targetMemoryUtilizationPercentage: 80,
          behavior: { scaleDown: { selectPolicy: "Min" } },
        },
      });
      const { spec } = find(objects, "HorizontalPodAutoscaler", "litellm");
      assert.deepEqual(
        spec.metrics?.map(({ resource }) => resource?.name),
        ["cpu", "memory"],
      );
      assert.deepEqual(spec.behavior, { scaleDown: { selectPolicy: "Min" } });
    });

    it("take a zero in the disruption budget as unset", () => {
      const budget = (pdb: Values) =>
        find(render({ pdb: { enabled: true, ...pdb } }), "PodDisruptionBudget", "litellm").spec;
      const selector = { matchLabels: selectorLabels(release) };
      assert.deepEqual(budget({ minAvailable: 0 }), { maxUnavailable: 1, selector });
      assert.deepEqual(budget({ maxUnavailable: 0 }), { maxUnavailable: 1, selector });
      assert.deepEqual(budget({ minAvailable: "50%", maxUnavailable: 2 }), { minAvailable: "50%", selector });
    });

    it("serve http, and the metrics on a Service of their own", () => {
      const objects = render({ metricsServer: { enabled: true }, service: { annotations: { note: "x" } } });
      const service = find(objects, "Service", "litellm");
      assert.deepEqual(service.metadata?.annotations, { note: "x" });
      assert.deepEqual(service.spec, {
        type: "ClusterIP",
        ports: [{ name: servicePortName, port: defaultPort, targetPort: servicePortName, protocol: "TCP" }],
        selector: selectorLabels(release),
      });
      const { spec } = find(objects, "Service", "litellm-metrics");
      assert.deepEqual(spec?.ports, [
        { name: metricsPortName, port: defaultMetricsPort, targetPort: metricsPortName, protocol: "TCP" },
      ]);
    });

    it("have a service account with the token mounted or not, when one is asked for", () => {
      const objects = render({ serviceAccount: { create: true, automount: false, annotations: { role: "x" } } });
      const account = find(objects, "ServiceAccount", "litellm");
      assert.equal(account.automountServiceAccountToken, false);
      assert.deepEqual(account.metadata?.annotations, { role: "x" });
      assert.equal(find(objects, "Deployment", "litellm").spec?.template.spec?.serviceAccountName, "litellm");
    });

    it("roll the pods with a config of the chart's own", () => {
      const checksum = (alias: string) => {
        const values = { proxyConfigMap: { create: true }, proxy_config: { model_list: [{ model_name: alias }] } };
        const objects = render(values);
        const config = objects.find(({ kind }) => kind === "ConfigMap");
        assert.equal(config?.metadata?.labels, undefined);
        return find(objects, "Deployment", "litellm").spec?.template.metadata?.annotations?.["checksum/config"];
      };
      assert.match(checksum("a") ?? "", /^[0-9a-f]{64}$/);
      assert.notEqual(checksum("a"), checksum("b"));
      assert.equal(deploymentOf().spec?.template.metadata?.annotations, undefined);
    });

    it("are named after the release unless told otherwise", () => {
      const name = (values: Values) => render(values).find(({ kind }) => kind === "Deployment")?.metadata?.name;
      assert.equal(name({ fullnameOverride: "" }), "gateway-litellm");
      assert.equal(name({ fullnameOverride: "", nameOverride: "gate" }), "gateway");
    });
  });
});
