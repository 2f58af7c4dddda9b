import assert from "node:assert/strict";
import { join } from "node:path";
import { chartDirectoryProblems } from "../../../config/load.ts";
import { problemsOf, projectDirectory } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

interface Case {
  readonly title: string;
  /** Settings at dotted paths. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly string[];
}

const single = { "gateway.chart": { kind: "litellm" }, "gateway.image.entrypoint": "dispatcher" };
const separate = { ...single, "gateway.chart": { kind: "litellm", layout: "separate" } };

const oneVersion =
  "gateway.chart.version: must be 1.0.0: later numbers of this name, and what a range resolves to, are charts of an older shape with an image for each component";
const ignored = "Remove it: the chart would ignore it.";
const counted = "is set by gateway.replicas, which the connections are counted by. Remove it.";

const cases: readonly Case[] = [
  ...[{}, { "gateway.chart.version": "1.100.9" }].map((version) => ({
    title: `metrics, and pods by them, of a chart from before both, ${JSON.stringify(version)}`,
    changes: {
      ...version,
      "gateway.replicas": { min: 2, max: 4 },
      "gateway.metricsServer": {},
      "gateway.autoscaler": { kind: "keda", prometheus: { address: "http://prometheus:9090", requestsPerSecond: 20 } },
    },
    expected: [
      `gateway.metricsServer: would be ignored in silence by chart litellm-helm ${version["gateway.chart.version"] ?? "1.90.2"}, gateway.chart.version must be 1.101.0 or newer`,
    ],
  })),
  {
    title: "an image that is not known to start the chart's containers",
    changes: { "gateway.chart": { kind: "litellm" } },
    expected: [
      'gateway.image.entrypoint: is cli, must be dispatcher with chart litellm, after this printed a usage: docker run --rm ghcr.io/berriai/litellm:v1.108.17 help. An image that says "Unknown command: help" works with chart litellm-helm only',
    ],
  },
  {
    title: "an entrypoint that there is not",
    changes: { "gateway.image.entrypoint": "docker" },
    expected: ["gateway.image.entrypoint: must be one of cli, dispatcher"],
  },
  ...["1.90.2", "1.104.2", "^1.0.0", ">=1.0.0", "1", "latest", ""].map((version) => ({
    title: `version ${JSON.stringify(version)}`,
    changes: { ...single, "gateway.chart.version": version },
    expected: [oneVersion],
  })),
  {
    title: "the other chart's source",
    changes: { ...single, "gateway.chart.source": "oci://ghcr.io/berriai/litellm-helm" },
    expected: ["gateway.chart.source: is chart litellm-helm, must end in /litellm as gateway.chart.kind says"],
  },
  {
    title: "this chart's source for the other",
    changes: { "gateway.chart.source": "oci://mirror.example.com/charts/litellm" },
    expected: ["gateway.chart.source: is chart litellm, must end in /litellm-helm as gateway.chart.kind says"],
  },
  {
    title: "a layout that there is not",
    changes: { ...single, "gateway.chart.layout": "monolith" },
    expected: ["gateway.chart.layout: must be one of single, separate"],
  },
  {
    title: "a layout of the other chart",
    changes: { "gateway.chart.layout": "separate" },
    expected: ["gateway.chart.layout: unknown key. Known keys: kind, source, version"],
  },
  {
    title: "services that are one",
    changes: { ...single, "gateway.chart.backend": { replicas: 2 }, "gateway.chart.ui": {} },
    expected: ["backend", "ui"].map(
      (name) =>
        `gateway.chart.${name}: is part of the one service with layout single. Remove it, or set layout: separate.`,
    ),
  },
  {
    title: "a misspelt key of a service",
    changes: { ...separate, "gateway.chart.backend": { replica: 2 } },
    expected: ["gateway.chart.backend.replica: unknown key, did you mean replicas? Known keys: replicas, resources"],
  },
  {
    title: "connections that the backend's pods are too many for",
    changes: {
      ...separate,
      "gateway.replicas": { min: 1, max: 4 },
      "gateway.chart.backend": { replicas: 4 },
      "database.maxConnections": 100,
    },
    expected: [
      "database.maxConnections: is too low for the pods: poolLimit 10 x (replicas.max 4 + 1 while rolling, chart.backend.replicas 4 + 1 while rolling) + 5 for migration and metrics = 105, of maxConnections 100 - 3 reserved = 97. Must be at least 108, or lower database.poolLimit, gateway.chart.backend.replicas or gateway.replicas.max",
    ],
  },
  {
    title: "raw values in the other chart's words",
    changes: {
      ...single,
      "gateway.values": { podAnnotations: {}, envVars: { A: "b" }, environmentSecrets: [], replicaCount: 2, pdb: {} },
    },
    expected: ["podAnnotations", "envVars", "environmentSecrets", "replicaCount", "pdb"].map(
      (key) => `gateway.values.${key}: is read by no template of the chart. ${ignored}`,
    ),
  },
  {
    title: "raw values of services that are one",
    changes: { ...single, "gateway.values": { backend: { extraEnv: [] }, ui: {} } },
    expected: ["backend", "ui"].map((key) => `gateway.values.${key}: is read by no template of the chart. ${ignored}`),
  },
  {
    title: "a misspelt raw value, which the chart's own schema lets through",
    changes: { ...single, "gateway.values": { gateway: { tolerationz: [], priorityClassName: "high" } } },
    expected: [
      `gateway.values.gateway.tolerationz: is read by no template of the chart, did you mean tolerations? ${ignored}`,
      "gateway.values.gateway.priorityClassName: the chart has no such key and would ignore it. Remove it.",
    ],
  },
  {
    title: "raw values that others decide",
    changes: {
      ...separate,
      "gateway.values": {
        fullnameOverride: "x",
        monolith: { enabled: true },
        image: { tag: "x" },
        masterKey: { generate: true },
        redis: { host: "x" },
        gateway: { hpa: { maxReplicas: 50 }, config: { proxy_config: {} }, numWorkers: 4 },
        backend: { replicaCount: 9, securityContext: { privileged: true } },
        ui: { enabled: false },
      },
    },
    expected: [
      "gateway.values.fullnameOverride: is set by the program (other resources refer to this name). Remove it.",
      "gateway.values.monolith.enabled: is set by gateway.chart.layout. Remove it.",
      "gateway.values.image: is set by gateway.image, which the migration uses too. Remove it.",
      "gateway.values.masterKey: is set by the generated key. Remove it.",
      "gateway.values.redis: is set by cache. Remove it.",
      `gateway.values.gateway.hpa.maxReplicas: ${counted}`,
      "gateway.values.gateway.config: is set by models and gateway.proxyConfig. Remove it.",
      "gateway.values.gateway.numWorkers: is set by the program: one worker a pod, and more pods by gateway.replicas. Remove it.",
      `gateway.values.backend.replicaCount: ${counted}`,
      "gateway.values.backend.securityContext.privileged: is set by gateway.security. Remove it.",
      "gateway.values.ui.enabled: is set by gateway.chart.layout. Remove it.",
    ],
  },
  {
    title: "raw variables that are the chart's, somebody's secret, or no text",
    changes: {
      ...single,
      "gateway.environment": { REGION: "eu" },
      "gateway.values": {
        gateway: {
          extraEnv: [
            { name: "DISABLE_SCHEMA_UPDATE", value: "false" },
            { name: "CONFIG_FILE_PATH", value: "/x" },
            { name: "REGION", value: "us" },
            { name: "TEAM_TOKEN", value: "hunter2" },
            { name: "SIZE", value: 1_500_000 },
            { name: "DATABASE_URL", value: "x" },
          ],
        },
      },
    },
    expected: [
      'gateway.values.gateway.extraEnv[0]: "DISABLE_SCHEMA_UPDATE" is set by the program, must not be set here',
      'gateway.values.gateway.extraEnv[1]: "CONFIG_FILE_PATH" is set by the program, must not be set here',
      'gateway.values.gateway.extraEnv[2]: "REGION" stands in gateway.environment already, must be unique',
      "gateway.values.gateway.extraEnv[3].value: looks like a secret in clear text. Remove it: name a Secret that holds it",
      "gateway.values.gateway.extraEnv[4].value: must be a string: write it in quotes",
      'gateway.values.gateway.extraEnv[5]: "DATABASE_URL" is set by the program, must not be set here',
    ],
  },
  {
    title: "raw arguments that are there already",
    changes: {
      ...single,
      "gateway.values": { monolith: { extraArgs: ["--config", "/x", "--port=1", "--num_workers", "4"] } },
    },
    expected: [
      "gateway.values.monolith.extraArgs[0]: is set by models and gateway.proxyConfig. Remove it.",
      "gateway.values.monolith.extraArgs[2]: is set by the program, which others reach the gateway by. Remove it.",
      "gateway.values.monolith.extraArgs[3]: is set by the program: one worker a pod, and more pods by gateway.replicas. Remove it.",
    ],
  },
  {
    title: "raw lists, labels and monitors below a service",
    changes: {
      ...separate,
      "gateway.values": {
        gateway: { serviceMonitor: { enabled: true }, volumes: [{ name: "prometheus-multiproc" }] },
        backend: { podLabels: { "app.kubernetes.io/component": "x" }, envSecrets: "theirs" },
      },
    },
    expected: [
      "gateway.values.gateway.serviceMonitor.enabled: would scrape without a key what wants one, gateway.metricsServer must be set",
      "gateway.values.gateway.volumes[0].name: is a volume of the program or the chart, must not be one of billing-metrics-mtls, billing-metrics-mtls-ca, ca, cache, collector-socket, database-ca, gateway-config, litellm-config, npm, prometheus-multiproc, tmp",
      'gateway.values.backend.podLabels."app.kubernetes.io/component": is set by the chart. Remove it.',
      "gateway.values.backend.envSecrets: must be a list",
    ],
  },
  {
    title: "raw values of another kind than the chart reads",
    changes: {
      ...single,
      "gateway.values": { gateway: { nodeSelector: "x", tolerations: {}, extraInitContainers: "y", replicaCoun: 1 } },
    },
    expected: [
      "gateway.values.gateway.nodeSelector: must be a mapping",
      "gateway.values.gateway.tolerations: must be a list",
      "gateway.values.gateway.extraInitContainers: must be a list",
      `gateway.values.gateway.replicaCoun: is read by no template of the chart, did you mean replicaCount? ${ignored}`,
    ],
  },
  {
    title: "secrets in clear text in what a chart hands on",
    changes: {
      ...single,
      "gateway.values": {
        gateway: {
          extraContainers: [{ name: "side", env: [{ name: "API_KEY", value: "hunter2" }] }],
          lifecycle: {
            preStop: { httpGet: { path: "/", httpHeaders: [{ name: "X-Drain-Token", value: "hunter2" }] } },
          },
          keda: { triggers: [{ type: "x", metadata: { password: "hunter2", server: "s" } }] },
        },
        extraResources: [{ kind: "List", items: [{ kind: "ConfigMap" }, { kind: "Secret", stringData: { a: "b" } }] }],
      },
    },
    expected: [
      "gateway.values.gateway.extraContainers[0].env[0].value: looks like a secret in clear text. Remove it: name a Secret that holds it",
      "gateway.values.gateway.lifecycle.preStop.httpGet.httpHeaders[0].value: looks like a secret in clear text. Remove it: name a Secret that holds it",
      "gateway.values.gateway.keda.triggers[0].metadata.password: looks like a secret in clear text. Remove it: log in by an authenticationRef",
      "gateway.values.extraResources[0]: must be no Secret, whose content would stand in the release in clear text",
    ],
  },
  {
    title: "raw names that are there already",
    changes: {
      ...single,
      "gateway.volumes": [{ name: "work", mountPath: "/scratch", emptyDir: "1Gi" }],
      "gateway.values": {
        gateway: {
          volumes: [{ name: "work", emptyDir: {} }],
          volumeMounts: [{ name: "x", mountPath: "/scratch/" }],
          extraEnv: [
            { name: "A", value: "1" },
            { name: "A", value: "2" },
          ],
        },
      },
    },
    expected: [
      "gateway.values.gateway.volumes[0].name: stands in gateway.volumes already, must be unique",
      "gateway.values.gateway.volumeMounts[0].mountPath: stands in gateway.volumes already, must be unique",
      'gateway.values.gateway.extraEnv[1]: "A" stands there twice, must be unique',
    ],
  },
  {
    title: "what would open connections that are not counted, or scrape what wants a key",
    changes: {
      ...single,
      "gateway.values": { gateway: { collector: { enabled: true }, serviceMonitor: { enabled: "true" } } },
    },
    expected: [
      "gateway.values.gateway.collector: is set by the program: spend is written by the pods, whose connections are counted. Remove it.",
      "gateway.values.gateway.serviceMonitor.enabled: would scrape without a key what wants one, gateway.metricsServer must be set",
    ],
  },
  ...["https://charts.example.com/litellm-1.0.0.tgz", "ghcr.io/berriai/litellm", "oci://"].map((source) => ({
    title: `source ${source}`,
    changes: { ...single, "gateway.chart.source": source },
    expected: ["gateway.chart.source: must be an oci:// reference or a directory such as ./charts/litellm"],
  })),
  {
    title: "variables that decide which part of an image runs, or where its database is",
    changes: { "gateway.environment": { LITELLM_COMPONENT: "backend", IAM_TOKEN_DB_AUTH: "true" } },
    expected: [
      "gateway.environment.LITELLM_COMPONENT: is set by the program, must not be set here",
      "gateway.environment.IAM_TOKEN_DB_AUTH: decides where the proxy connects, must be left to database and cache",
    ],
  },
];

describe("a chart that cannot be", () => {
  for (const { title, changes, expected } of cases) {
    it(`is refused: ${title}`, () => {
      assert.deepEqual(problemsOf(having(changes)).sort(), [...expected].sort());
    });
  }

  it("is told from what is allowed", () => {
    for (const changes of [
      single,
      separate,
      { ...single, "gateway.chart.source": "oci://mirror.example.com/berriai/litellm" },
      { ...single, "gateway.chart.source": "./charts/anything" },
      { "gateway.chart.source": "oci://mirror.example.com/litellm-helm" },
      { "gateway.image.entrypoint": "dispatcher" },
      { "gateway.chart.version": "1.101.0", "gateway.metricsServer": {} },
      { "gateway.chart.source": "./charts/anything", "gateway.metricsServer": {} },
      { ...single, "gateway.metricsServer": {} },
      { ...separate, "gateway.chart.backend": { replicas: 2 }, "gateway.chart.ui": { replicas: 1 } },
      { ...single, "gateway.values": { gateway: { hpa: { behavior: {} } }, ingress: { enabled: true } } },
      { ...separate, "gateway.values": { ui: { extraEnv: [{ name: "A", value: "b" }] } } },
    ])
      assert.deepEqual(problemsOf(having(changes)), [], JSON.stringify(changes));
  });
});

describe("a chart's directory", () => {
  const problems = (gateway: object) => chartDirectoryProblems({ gateway }, projectDirectory);
  const standIn = (kind: string) => `./local/charts/${kind}`;

  it("is the chart that the configuration says", () => {
    for (const chart of [
      { source: standIn("litellm-helm") },
      { kind: "litellm-helm", version: "1.90.2", source: join(projectDirectory, standIn("litellm-helm")) },
      { kind: "litellm", source: standIn("litellm") },
      { kind: "litellm", source: "oci://ghcr.io/berriai/litellm/chart/litellm" },
    ])
      assert.deepEqual(problems({ chart }), []);
    assert.deepEqual(problems({}), []);
  });

  it("is refused when it is another, or none", () => {
    const path = "gateway.chart.source";
    assert.deepEqual(
      [
        { kind: "litellm", source: standIn("litellm-helm") },
        { source: standIn("litellm") },
        { source: "./docs" },
      ].flatMap((chart) => problems({ chart })),
      [
        {
          path,
          message: "./local/charts/litellm-helm is chart litellm-helm, must be litellm as gateway.chart.kind says",
        },
        { path, message: "./local/charts/litellm is chart litellm, must be litellm-helm as gateway.chart.kind says" },
        { path, message: "./docs has a Chart.yaml that does not exist, must be the directory of a chart" },
      ],
    );
  });
});
