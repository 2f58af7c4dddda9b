import assert from "node:assert/strict";
import fc from "fast-check";
import type { PlatformConfig } from "../../../config/platform.ts";
import { unknownKeysIn } from "../../../litellm/charts/key-tree.ts";
import { chartVariables, multiprocDirectory, reservedVolumeNames } from "../../../litellm/charts/litellm/keys.ts";
import { chartOf, rawKeysOf } from "../../../litellm/charts/chart.ts";
import { gatewaySpec } from "../../../litellm/charts/gateway-spec.ts";
import { databaseConnection } from "../../../litellm/data/database.ts";
import { httpRouteRules } from "../../../litellm/edge/http-route.ts";
import { valueAt } from "../../../litellm/shared/merge.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { proxyConfig } from "../../../litellm/proxy/config.ts";
import { rawStackConfig, validConfig } from "../../support/configs.ts";
import { having, withValue } from "../../support/change.ts";
import { anyGateway } from "../../support/any-gateway.ts";

type Layout = "single" | "separate";

/** The settings of one service of the chart, as far as the tests read them. */
interface Component extends Record<string, unknown> {
  readonly extraEnv?: readonly { readonly name: string; readonly value: unknown }[];
  readonly envSecrets?: readonly string[];
  readonly volumes: readonly { readonly name: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly hpa: Readonly<Record<string, unknown>>;
  readonly keda?: { readonly enabled: boolean };
  readonly replicaCount?: number;
  readonly terminationGracePeriodSeconds: number;
  readonly podAnnotations?: Readonly<Record<string, unknown>>;
}

interface Values extends Record<string, unknown> {
  readonly gateway: Component;
  readonly backend?: Component;
  readonly ui?: Component;
}

const image = { tag: "v1.108.17", entrypoint: "dispatcher" };

function factsOf(config: PlatformConfig) {
  const names = namesOf(config);
  return chartOf(
    config.gateway.chart,
    gatewaySpec(config, names, { further: ["litellm-providers-x"], versions: "keys=1" }),
  );
}

/** The values as Helm gets them. */
function valuesOf(config: PlatformConfig): Values {
  return JSON.parse(JSON.stringify(factsOf(config).values)) as Values;
}

function stack(name: "dev" | "prod", layout: Layout, changes: Readonly<Record<string, unknown>> = {}): PlatformConfig {
  const chart = { "gateway.chart": { kind: "litellm", layout }, "gateway.image": image, ...changes };
  return validConfig(
    Object.entries(chart).reduce((raw, [path, value]) => withValue(raw, path, value), rawStackConfig(name)),
  );
}

const some = (layout: Layout, changes: Readonly<Record<string, unknown>> = {}) =>
  validConfig(having({ "gateway.chart": { kind: "litellm", layout }, "gateway.image": image, ...changes }));

/** The components that run LiteLLM. */
function servers({ gateway, backend }: Values): Component[] {
  return backend === undefined ? [gateway] : [gateway, backend];
}

/** What must hold whatever the configuration. */
function holdsForAll(config: PlatformConfig): void {
  const values = valuesOf(config);
  const { gateway } = config;
  const names = namesOf(config);
  assert.deepEqual(unknownKeysIn(rawKeysOf(gateway.chart).keys, values), []);

  assert.deepEqual(values["migrationJob"], { enabled: false });
  assert.deepEqual(values["masterKey"], {
    secretName: names.keysSecret,
    secretKey: "PROXY_MASTER_KEY",
    generate: false,
  });
  assert.equal(values["redis"], undefined);
  // The chart's own rate limits' Redis is off, which fails in silence: the loud one is in the configuration.
  assert.notEqual(proxyConfig(config).general_settings.coordination_redis, undefined);

  for (const component of servers(values)) {
    const environment = component.extraEnv ?? [];
    const variables = environment.map(({ name }) => name);
    assert.equal(new Set([...variables, ...chartVariables]).size, variables.length + chartVariables.length);
    for (const { name, value } of environment) assert.equal(typeof value, "string", name);
    // The command line alone reads the pool's limit from the configuration, and separate services do not begin with it.
    const pool = values.backend === undefined ? "" : `&connection_limit=${config.database.poolLimit}&pool_timeout=60`;
    assert.deepEqual(environment[0], {
      name: "DATABASE_URL",
      value: `${databaseConnection(config, names).proxyUrl}${pool}`,
    });
    const volumes = component.volumes.map(({ name }) => name);
    const mounts = component.volumeMounts.map(({ mountPath }) => mountPath);
    for (const list of [
      [...volumes, ...reservedVolumeNames],
      [...mounts, multiprocDirectory],
    ])
      assert.equal(new Set(list).size, list.length);
    for (const path of ["/tmp", "/.cache", "/etc/litellm/config.yaml"]) assert.ok(mounts.includes(path), path);
    assert.ok(component.terminationGracePeriodSeconds > gateway.requestTimeout + gateway.drainDelay);
    assert.notEqual(component["startupProbe"], undefined);
    // Of several Secrets with one variable the last wins.
    const secrets = component.envSecrets ?? [];
    assert.ok(secrets.indexOf("theirs") < secrets.indexOf(names.keysSecret));
    assert.equal(component.podAnnotations?.["litellm-platform/secret-versions"], "keys=1");
  }

  // Exactly one of them says how many pods there are, and the chart's own autoscaler is on unless it is told otherwise.
  const { replicaCount, hpa, keda } = values.gateway;
  assert.equal([replicaCount !== undefined, hpa["enabled"], keda?.enabled].filter(Boolean).length, 1);
  assert.equal(replicaCount === undefined, gateway.replicas.max > gateway.replicas.min);
  if (hpa["enabled"] === true) assert.equal(hpa["targetMemoryUtilizationPercentage"], 0);
}

describe("the values of chart litellm", () => {
  for (const layout of ["single", "separate"] as const) {
    for (const name of ["dev", "prod"] as const) {
      it(`of the ${name} stack as ${layout} are ones that the chart reads, and safe`, () => {
        holdsForAll(stack(name, layout));
      });
    }

    it(`of any configuration as ${layout} are ones that the chart reads, and safe`, () => {
      const any = anyGateway({
        settings: { "gateway.chart": { kind: "litellm", layout } },
        image: { entrypoint: "dispatcher" },
        values: {
          gateway: fc.record(
            {
              envSecrets: fc.constant(["theirs"]),
              extraEnv: fc.constant([{ name: "THEIRS", value: "1" }]),
              volumes: fc.constant([{ name: "theirs", emptyDir: {} }]),
              volumeMounts: fc.constant([{ name: "theirs", mountPath: "/theirs" }]),
              keda: fc.constant({ fallback: { replicas: 3 } }),
              serviceMonitor: fc.constant({ interval: "30s" }),
            },
            { requiredKeys: [] },
          ),
          extraResources: fc.constant([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }]),
        },
      });
      fc.assert(fc.property(any, holdsForAll), { numRuns: 100 });
    });
  }

  it("of one service say so, and give it its configuration in both ways that it is read", () => {
    const { monolith, gateway, backend, ui } = valuesOf(stack("dev", "single"));
    assert.deepEqual(monolith, { enabled: true, extraArgs: ["--config", "/etc/litellm/config.yaml"] });
    assert.deepEqual([backend, ui], [undefined, undefined]);
    assert.deepEqual(gateway["config"], { create: false });
    assert.deepEqual(gateway.extraEnv?.at(-1), { name: "CONFIG_FILE_PATH", value: "/etc/litellm/config.yaml" });
    assert.deepEqual(gateway.volumeMounts[0], {
      name: "litellm-config",
      mountPath: "/etc/litellm/config.yaml",
      subPath: "config.yaml",
      readOnly: true,
    });
    assert.deepEqual(gateway.envSecrets, ["litellm-keys-v1-1", "litellm-cache-user-v1", "litellm-providers-x"]);
  });

  it("give no pod a token of its account", () => {
    const account = { create: false, name: "litellm", automount: false };
    assert.deepEqual(valuesOf(stack("dev", "single"))["serviceAccounts"], { gateway: account });
    assert.deepEqual(valuesOf(stack("dev", "separate"))["serviceAccounts"], {
      gateway: account,
      backend: account,
      // The namespace's default one, which a role of a cloud is never given to.
      ui: { create: false, automount: false },
    });
  });

  it("of separate services give the backend the gateway's secrets and configuration, and the dashboard neither", () => {
    const { monolith, gateway, backend, ui } = valuesOf(stack("prod", "separate"));
    assert.deepEqual(monolith, { enabled: false });
    for (const key of ["extraEnv", "envSecrets", "volumes", "volumeMounts", "podSecurityContext", "securityContext"])
      assert.deepEqual(backend?.[key], gateway[key], key);
    assert.deepEqual([ui?.extraEnv, ui?.envSecrets, ui?.podAnnotations], [undefined, undefined, undefined]);
    assert.deepEqual(ui?.volumes, [{ name: "tmp", emptyDir: { sizeLimit: "500Mi" } }]);
    assert.deepEqual(ui["securityContext"], gateway["securityContext"]);
  });

  it("of separate services have as many of each as is said, without an autoscaler besides the gateway's", () => {
    const counts = (config: PlatformConfig) => {
      const { gateway, backend, ui } = valuesOf(config);
      return [gateway, backend, ui].map((component) => component?.replicaCount ?? component?.hpa["minReplicas"]);
    };
    assert.deepEqual(counts(stack("prod", "separate")), [2, 2, 2]);
    const chart = { kind: "litellm", layout: "separate", backend: { replicas: 3 }, ui: { replicas: 1 } };
    const config = stack("prod", "separate", {
      "gateway.chart": { ...chart, backend: { replicas: 3, resources: { cpu: "500m", memory: "2Gi" } } },
    });
    assert.deepEqual(counts(config), [2, 3, 1]);
    const { backend, ui } = valuesOf(config);
    assert.deepEqual([backend?.hpa, ui?.hpa], [{ enabled: false }, { enabled: false }]);
    assert.deepEqual([backend?.["pdb"], ui?.["pdb"]], [{ enabled: true, maxUnavailable: 1 }, undefined]);
    assert.deepEqual(backend?.["resources"], {
      requests: { cpu: "500m", memory: "2Gi" },
      limits: { cpu: "500m", memory: "2Gi" },
    });
    // Two processes at least write spend.
    assert.equal(proxyConfig(stack("dev", "separate")).general_settings.use_redis_transaction_buffer, true);
    assert.equal(proxyConfig(stack("dev", "single")).general_settings.use_redis_transaction_buffer, false);
  });

  it("pin the digest in a key of its own", () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const { image: values } = valuesOf(some("single", { "gateway.image": { ...image, digest } }));
    assert.deepEqual(values, {
      repository: "ghcr.io/berriai/litellm",
      tag: "v1.108.17",
      digest,
      pullPolicy: "IfNotPresent",
    });
  });

  it("have whole probes, with the timings that are said", () => {
    const { gateway } = valuesOf(some("single", { "gateway.probes": { startup: { failureThreshold: 50 } } }));
    const at = (path: string) => ({ httpGet: { path, port: "http" }, initialDelaySeconds: 0, timeoutSeconds: 5 });
    assert.deepEqual(gateway["startupProbe"], {
      ...at("/health/readiness"),
      periodSeconds: 10,
      failureThreshold: 50,
    });
    assert.deepEqual(gateway["livenessProbe"], { ...at("/health/liveliness"), periodSeconds: 15, failureThreshold: 5 });
    assert.deepEqual(gateway["readinessProbe"], { ...at("/health/readiness"), periodSeconds: 10, failureThreshold: 3 });
  });

  it("have KEDA in place of the autoscaler, in this chart's words", () => {
    const { gateway } = valuesOf(
      some("single", {
        "gateway.replicas": { min: 2, max: 4 },
        "gateway.metricsServer": { port: 9090 },
        "gateway.autoscaler": {
          kind: "keda",
          prometheus: { address: "http://prometheus.monitoring.svc:9090", requestsPerSecond: 20 },
        },
      }),
    );
    assert.deepEqual(gateway.hpa, { enabled: false });
    assert.deepEqual(gateway.keda, {
      enabled: true,
      minReplicaCount: 2,
      maxReplicaCount: 4,
      pollingInterval: 30,
      cooldownPeriod: 300,
      prometheus: { serverAddress: "http://prometheus.monitoring.svc:9090", targetRequestsPerSecond: 20 },
    });
    assert.deepEqual(gateway["metricsServer"], { enabled: true, port: 9090 });
  });

  it("select each service's pods by its own label, for spread and budget", () => {
    const { gateway, backend } = valuesOf(stack("prod", "separate"));
    for (const [component, name] of [
      [gateway, "gateway"],
      [backend, "backend"],
    ] as const)
      assert.deepEqual(valueAt((component?.["topologySpreadConstraints"] as unknown[])[0], ["labelSelector"]), {
        matchLabels: {
          "app.kubernetes.io/name": "litellm",
          "app.kubernetes.io/instance": "litellm-services",
          "app.kubernetes.io/component": name,
        },
      });
  });

  it("take raw ones over them, adding to the lists that the pods need", () => {
    const raw = {
      monolith: { extraArgs: ["--detailed_debug"] },
      gateway: {
        extraEnv: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
        volumes: [{ name: "theirs", csi: { driver: "x" } }],
        volumeMounts: [{ name: "theirs", mountPath: "/theirs" }],
        envSecrets: ["theirs"],
        lifecycle: { preStop: { exec: { command: ["sleep", "20"] } } },
        resources: { limits: { cpu: null } },
      },
    };
    const { monolith, gateway } = valuesOf(some("single", { "gateway.values": raw }));
    assert.deepEqual(valueAt(monolith, ["extraArgs"]), ["--config", "/etc/litellm/config.yaml", "--detailed_debug"]);
    assert.equal(gateway.extraEnv?.[0]?.name, "DATABASE_URL");
    assert.deepEqual(gateway.extraEnv.at(-1), raw.gateway.extraEnv[0]);
    assert.deepEqual(
      gateway.volumes.map(({ name }) => name),
      ["litellm-config", "tmp", "cache", "theirs"],
    );
    assert.equal(gateway.volumeMounts.at(-1)?.mountPath, "/theirs");
    assert.deepEqual(gateway.envSecrets?.slice(0, 2), ["theirs", "litellm-keys-v1-1"]);
    assert.deepEqual(gateway["lifecycle"], raw.gateway.lifecycle);
    assert.deepEqual(gateway["resources"], {
      requests: { cpu: "1", memory: "4Gi" },
      limits: { cpu: null, memory: "4Gi" },
    });
  });
});

describe("what others need to know of chart litellm", () => {
  it("is one service for all, beside which the other chart's can stand", () => {
    const config = stack("dev", "single", { "gateway.metricsServer": {} });
    const { services, workloads, routes } = factsOf(config);
    const service = { name: "litellm-proxy", port: 4000 };
    assert.deepEqual(services, {
      api: service,
      admin: service,
      ui: service,
      metrics: { name: "litellm-proxy-metrics", port: 4001 },
    });
    assert.deepEqual(
      workloads.map(({ deployment, selector }) => [deployment, selector]),
      [
        [
          "litellm-proxy",
          {
            "app.kubernetes.io/name": "litellm",
            "app.kubernetes.io/instance": "litellm-proxy",
            "app.kubernetes.io/component": "proxy",
          },
        ],
      ],
    );
    assert.deepEqual(routes, [{ service: "api", paths: [{ type: "PathPrefix", value: "/" }] }]);
  });

  it("is a service each for calls, management and dashboard, with the paths of each", () => {
    const { services, workloads, routes } = factsOf(stack("dev", "separate"));
    assert.deepEqual(services, {
      api: { name: "litellm-gateway", port: 4000 },
      admin: { name: "litellm-backend", port: 4001 },
      ui: { name: "litellm-ui", port: 3000 },
    });
    assert.deepEqual(
      workloads.map(({ deployment, port }) => [deployment, port]),
      [
        ["litellm-gateway", 4000],
        ["litellm-backend", 4001],
        ["litellm-ui", 3000],
      ],
    );
    assert.deepEqual(
      routes.map(({ service }) => service),
      ["ui", "api", "admin"],
    );
    const paths = routes.flatMap((route) => route.paths.map(({ type, value }) => `${type} ${value}`));
    assert.equal(new Set(paths).size, paths.length);
    assert.deepEqual(routes[2]?.paths, [{ type: "PathPrefix", value: "/" }]);
  });

  it("makes rules of an HTTPRoute that are few enough, and leave no path out", () => {
    const facts = factsOf(stack("dev", "separate"));
    const rules = httpRouteRules(facts);
    assert.deepEqual(
      rules.map(({ matches, backendRefs }) => [backendRefs[0]?.name, matches.length <= 64]),
      [
        ["litellm-ui", true],
        ["litellm-gateway", true],
        ["litellm-gateway", true],
        ["litellm-backend", true],
      ],
    );
    assert.deepEqual(
      rules.flatMap(({ matches }) => matches.map(({ path }) => path)),
      facts.routes.flatMap(({ paths }) => paths),
    );
    assert.deepEqual(httpRouteRules(factsOf(stack("dev", "single"))), [
      { matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ name: "litellm-proxy", port: 4000 }] },
    ]);
  });

  it("gives no two charts and layouts a name that both make", () => {
    const names = [validConfig(having({})), some("single"), some("separate")].map((config) =>
      factsOf(config).workloads.map(({ deployment }) => deployment),
    );
    assert.equal(new Set(names.flat()).size, names.flat().length);
    const releases = [validConfig(having({})), some("single"), some("separate")].map((each) => namesOf(each).release);
    assert.deepEqual(releases, ["litellm", "litellm-proxy", "litellm-services"]);
  });
});
