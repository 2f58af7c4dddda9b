import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { V1Container } from "@kubernetes/client-node";
import { parse } from "yaml";
import { schemaOf, unknownKeysIn } from "../../litellm/charts/key-tree.ts";
import {
  chartVariables,
  litellmKeys,
  multiprocDirectory,
  reservedVolumeNames,
} from "../../litellm/charts/litellm/keys.ts";
import { chartOf } from "../../litellm/charts/chart.ts";
import { gatewaySpec } from "../../litellm/charts/gateway-spec.ts";
import { separateRoutes } from "../../litellm/charts/litellm/routes.ts";
import { namesOf } from "../../litellm/shared/names.ts";
import { ensureLiteLLM } from "../../local/services/litellm.ts";
import { validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";
import { litellmFunction } from "./support/litellm-functions.ts";
import { RenderedChart, find } from "./support/rendered-chart.ts";

const settings = {
  "gateway.image": { tag: "v1.108.17", entrypoint: "dispatcher" },
  "gateway.replicas": { min: 2, max: 4 },
  "gateway.metricsServer": {},
  "gateway.topologySpread": [{ topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" }],
  "gateway.tolerations": [{ key: "ai", operator: "Exists", effect: "NoSchedule" }],
  "gateway.rollout": { maxSurge: 2, maxUnavailable: 1, minReadySeconds: 10 },
  "gateway.podLabels": { team: "ai" },
  "gateway.volumes": [{ name: "more", mountPath: "/etc/more", configMap: "more" }],
  "gateway.values": { gateway: { envSecrets: ["theirs"], hpa: { behavior: { scaleUp: { selectPolicy: "Max" } } } } },
} as const;

/** The program's values for a layout, with its facts. */
function factsOf(layout: "single" | "separate") {
  const config = validConfig(having({ ...settings, "gateway.chart": { kind: "litellm", layout } }));
  return chartOf(config.gateway.chart, gatewaySpec(config, namesOf(config), { further: ["f"], versions: "keys=1" }));
}

describe("the stand-in of chart litellm", function () {
  let chart: RenderedChart;

  before(async function () {
    // The first run on a machine builds the binaries.
    this.timeout(0);
    chart = await RenderedChart.of("litellm", "release");
  });

  it("has the schema that the key list gives, and knows its own defaults", async () => {
    const file = async (name: string) => readFile(join(chart.directory, name), "utf8");
    const written: unknown = JSON.parse(await file("values.schema.json"));
    assert.deepEqual(written, schemaOf(litellmKeys), "run: node local/charts/write-schema.ts");
    assert.deepEqual(unknownKeysIn(litellmKeys, parse(await file("values.yaml")) as Record<string, unknown>), []);
  });

  it("refuses its defaults, with every reason at once", () => {
    const message = chart.refusal({});
    for (const path of ["migrationJob.enabled", "gateway.config.create", "database.writer.host is required"])
      assert.ok(message.includes(`\n${path}`), message);
  });

  for (const [problem, values] of [
    ["gateway.collector.enabled: the stand-in chart does not render", { gateway: { collector: { enabled: true } } }],
    ["gateway.hpa.enabled and gateway.keda.enabled are mutually exclusive", { gateway: { keda: { enabled: true } } }],
    ["gateway.serviceMonitor.enabled requires", { gateway: { serviceMonitor: { enabled: true } } }],
    ["ingress.enabled: the stand-in chart does not render ingress", { ingress: { enabled: true } }],
    ["redis.host: the stand-in chart does not render it", { redis: { host: "redis" } }],
    ["masterKey.generate: the stand-in chart makes up no key", { masterKey: { generate: true } }],
    [
      "backend.podLabels cannot set app.kubernetes.io/name",
      { backend: { podLabels: { "app.kubernetes.io/name": "" } } },
    ],
    ["gateway.metricsServer.port must differ", { gateway: { metricsServer: { enabled: true, port: 4000 } } }],
    ["additional properties 'image' not allowed", { gateway: { image: { tag: "x" } } }],
    ["additional properties 'priorityClassName' not allowed", { gateway: { priorityClassName: "high" } }],
  ] as const) {
    it(`says: ${problem}`, () => {
      const message = chart.refusal(values);
      assert.ok(message.includes(problem), message);
    });
  }

  it("serves all from one Deployment, which the dispatcher starts as the proxy", () => {
    const { values, workloads, services } = factsOf("single");
    const objects = chart.objects(values);
    assert.deepEqual(objects.map(({ kind, metadata }) => `${kind ?? ""} ${metadata?.name ?? ""}`).sort(), [
      "Deployment litellm-proxy",
      "HorizontalPodAutoscaler litellm-proxy",
      "PodDisruptionBudget litellm-proxy",
      "Service litellm-proxy",
      "Service litellm-proxy-metrics",
    ]);
    const { spec } = find(objects, "Deployment", workloads[0]?.deployment ?? "");
    const [proxy, metrics] = spec?.template.spec?.containers ?? [];
    assert.equal(proxy?.name, "proxy");
    assert.deepEqual(proxy.args, ["proxy", "--port", "4000", "--config", "/etc/litellm/config.yaml"]);
    assert.deepEqual(metrics?.args, ["metrics", "--port", String(services.metrics?.port)]);
    assert.partialDeepStrictEqual(spec, {
      minReadySeconds: 10,
      strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 2 } },
      template: { metadata: { labels: { team: "ai" }, annotations: { "litellm-platform/secret-versions": "keys=1" } } },
    });
    assert.equal(spec?.replicas, undefined);
    assert.equal(spec?.template.spec?.automountServiceAccountToken, false);
    const scaler = find(objects, "HorizontalPodAutoscaler", "litellm-proxy").spec;
    assert.deepEqual(
      [scaler.minReplicas, scaler.maxReplicas, scaler.behavior, scaler.metrics?.map(({ resource }) => resource?.name)],
      [2, 4, { scaleUp: { selectPolicy: "Max" } }, ["cpu"]],
    );
  });

  it("has neither a limit of CPU nor a probe of the chart's own where they are taken away", () => {
    const config = validConfig(
      having({
        ...settings,
        "gateway.chart": { kind: "litellm", layout: "separate" },
        "gateway.resources": { cpu: "4", cpuLimit: "none" },
        "gateway.values": { gateway: { livenessProbe: null }, backend: { startupProbe: null } },
      }),
    );
    const spec = gatewaySpec(config, namesOf(config), { further: [], versions: "" });
    const objects = chart.objects(chartOf(config.gateway.chart, spec).values);
    const container = (name: string) => find(objects, "Deployment", name).spec?.template.spec?.containers[0];
    for (const name of ["litellm-gateway", "litellm-backend"])
      assert.deepEqual(container(name)?.resources, {
        requests: { cpu: "4", memory: "4Gi" },
        limits: { memory: "4Gi" },
      });
    assert.equal(container("litellm-gateway")?.livenessProbe, undefined);
    assert.notEqual(container("litellm-backend")?.livenessProbe, undefined);
    assert.equal(container("litellm-backend")?.startupProbe, undefined);
  });

  it("serves calls, management and dashboard from a Deployment each", () => {
    const { values, services } = factsOf("separate");
    const objects = chart.objects(values);
    const containers = Object.entries({ api: "gateway", admin: "backend", ui: "ui" } as const).map(
      ([service, name]) => {
        const endpoint = services[service as "api" | "admin" | "ui"];
        const { spec } = find(objects, "Deployment", endpoint.name);
        assert.equal(find(objects, "Service", endpoint.name).spec?.ports?.[0]?.port, endpoint.port);
        const [container] = spec?.template.spec?.containers ?? [];
        assert.equal(container?.name, name);
        assert.equal(container.ports?.[0]?.containerPort, endpoint.port);
        return container;
      },
    );
    assert.deepEqual(
      containers.map(({ args }) => args),
      [["gateway", "--host", "0.0.0.0", "--port", "4000"], ["backend", "--host", "0.0.0.0", "--port", "4001"], ["ui"]],
    );
    const [gateway, backend, ui] = containers;
    const configFile = { name: "CONFIG_FILE_PATH", value: "/etc/litellm/config.yaml" };
    for (const container of [gateway, backend])
      assert.deepEqual(
        container?.env?.find(({ name }) => name === configFile.name),
        configFile,
      );
    assert.deepEqual(
      ui?.env?.map(({ name }) => name),
      ["LITELLM_LOG"],
    );
    assert.equal(ui.envFrom, undefined);
  });

  for (const layout of ["single", "separate"] as const) {
    it(`selects the pods of each Deployment as ${layout} by labels that no other has`, () => {
      const { values, workloads } = factsOf(layout);
      const objects = chart.objects(values);
      for (const { deployment, port } of workloads) {
        const { spec } = find(objects, "Deployment", deployment);
        const labels = spec?.template.metadata?.labels ?? {};
        const selected = workloads.filter(({ deployment: other }) =>
          Object.entries(find(objects, "Service", other).spec?.selector ?? {}).every(
            ([key, value]) => labels[key] === value,
          ),
        );
        assert.deepEqual(
          selected.map((workload) => workload.deployment),
          [deployment],
        );
        assert.equal(spec?.template.spec?.containers[0]?.ports?.[0]?.containerPort, port);
      }
    });

    it(`names no volume, path or variable twice as ${layout}, which the API server refuses`, () => {
      const { values, workloads } = factsOf(layout);
      const objects = chart.objects(values);
      for (const { deployment } of workloads) {
        const pod = find(objects, "Deployment", deployment).spec?.template.spec;
        const proxy: V1Container | undefined = pod?.containers[0];
        for (const names of [
          pod?.volumes?.map(({ name }) => name),
          proxy?.volumeMounts?.map(({ mountPath }) => mountPath),
          proxy?.env?.map(({ name }) => name),
        ])
          assert.deepEqual(names, [...new Set(names)]);
      }
      const [first] = workloads;
      const pod = find(objects, "Deployment", first?.deployment ?? "").spec?.template.spec;
      const variables = pod?.containers[0]?.env?.map(({ name }) => name) ?? [];
      for (const name of chartVariables) assert.ok(variables.includes(name), name);
      assert.ok(pod?.volumes?.some(({ name }) => name === reservedVolumeNames[4]));
      assert.ok(pod?.containers[0]?.volumeMounts?.some(({ mountPath }) => mountPath === multiprocDirectory));
      // The kubelet puts the URL together from variables that stand before it.
      const place = (name: string) => variables.indexOf(name);
      for (const name of ["DATABASE_USERNAME", "DATABASE_PASSWORD", "DATABASE_HOST", "DATABASE_NAME"])
        assert.ok(place(name) >= 0 && place(name) < place("DATABASE_URL"), name);
    });
  }
});

/** The service that a route sends a path to: the exact match, else the longest beginning. */
function serviceOf(path: string): string | undefined {
  const rank = ({ type, value }: { type: string; value: string }): number => {
    if (type === "Exact") return path === value ? Infinity : -1;
    if (type === "RegularExpression") return new RegExp(`^${value}$`).test(path) ? value.length : -1;
    return value === "/" || path === value || path.startsWith(`${value}/`) ? value.length : -1;
  };
  return separateRoutes
    .flatMap(({ service, paths }) => paths.map((match) => ({ service, rank: rank(match) })))
    .filter((match) => match.rank > 0)
    .sort((a, b) => b.rank - a.rank)[0]?.service;
}

describe("the routes before separate services", function () {
  this.timeout(0);
  let groups: Record<string, string[]>;

  before(async () => {
    const venv = await ensureLiteLLM();
    groups = await litellmFunction(venv, "routes", {}, null);
  });

  /** Paths of a group that are paths, without what of them goes to a service. */
  const elsewhere = (group: string, service: string) =>
    (groups[group] ?? assert.fail(`LiteLLM has no group ${group}`))
      .filter((path) => path.startsWith("/") && !path.includes("?"))
      .filter((path) => serviceOf(path.replace("/*", "/x")) !== service);

  it("send what models are called by to the gateway, but for what the chart leaves to the backend", () => {
    assert.deepEqual(elsewhere("google_routes", "api"), []);
    assert.deepEqual(elsewhere("openai_routes", "api").sort(), [
      "/decisions",
      "/systemone",
      "/utils/model_info",
      "/utils/token_counter",
      "/utils/transform_request",
      "/v1/decisions",
      "/v1/systemone",
      "/v1/vector_store/list",
      "/vector_store/list",
    ]);
    assert.deepEqual(elsewhere("anthropic_routes", "api").sort(), [
      "/claude-code/marketplace.json",
      "/claude-code/plugins",
      "/claude-code/plugins/{plugin_name}",
      "/claude_code_gateway/v1/messages",
      "/claude_code_gateway/v1/messages/count_tokens",
    ]);
    assert.deepEqual(elsewhere("mapped_pass_through_routes", "api").sort(), [
      "/backend-api/codex",
      "/bespoke",
      "/deepgram",
      "/fal_ai",
      "/laya",
      "/openrouter",
      "/typesafe",
    ]);
  });

  for (const group of [
    "key_management_routes",
    "management_routes",
    "spend_tracking_routes",
    "global_spend_tracking_routes",
    "mcp_routes",
    "agent_management_routes",
    "model_info_routes",
  ]) {
    it(`send LiteLLM's ${group.replaceAll("_", " ")} to the backend`, () => {
      assert.deepEqual(elsewhere(group, "admin"), []);
    });
  }

  it("send the dashboard's pages and what they load to the UI, and sign-in to the backend", () => {
    for (const path of [
      "/",
      "/ui",
      "/ui/login",
      "/_next/static/x.js",
      "/teams.txt",
      "/__next._tree.txt",
      "/teams/__next._tree.txt",
      "/mcp/oauth/callback.txt",
      "/favicon.ico",
    ])
      assert.equal(serviceOf(path), "ui", path);
    for (const path of [
      "/sso/callback",
      "/fallback/login",
      "/v2/login",
      "/.well-known/litellm-ui-config",
      "/test/connection",
    ])
      assert.equal(serviceOf(path), "admin", path);
    for (const path of ["/test", "/health/readiness", "/metrics", "/openai/deployments/x/chat/completions"])
      assert.equal(serviceOf(path), "api", path);
  });
});
