import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { type Problem, pathBelow } from "../../config/problems.ts";
import { defaultPort } from "../charts/litellm-helm/keys.ts";
import { secretsInTriggers } from "../shared/clear-text.ts";
import { isBefore, versionOf } from "./image.ts";
import { cpusOf } from "../shared/quantity.ts";
import { volumeProblems } from "./volumes.ts";

type Gateway = PlatformConfig["gateway"];
type Rule = (gateway: Gateway) => readonly Problem[];

/** Seconds in which a rollout must get a pod ready: Kubernetes' own progress deadline, for which the chart has no key. */
const progressDeadline = 600;

const replicas: Rule = ({ replicas: { min, max } }) =>
  max < min
    ? [{ path: "gateway.replicas.max", message: `is ${max}, must be at least gateway.replicas.min, which is ${min}` }]
    : [];

const autoscaler: Rule = ({ autoscaler: chosen, replicas: { min, max }, metricsServer }) => {
  if (chosen === undefined) return [];
  const path = "gateway.autoscaler";
  const nothing =
    max <= min ? [{ path, message: "has nothing to choose. Remove it, or set replicas.max above replicas.min." }] : [];
  if (chosen.kind === "cpu") return nothing;
  const { prometheus, triggers } = chosen;
  const problems = [...nothing, ...secretsInTriggers(triggers, `${path}.triggers`)];
  if (prometheus === undefined && triggers.length === 0)
    problems.push({ path, message: "has no trigger, must have prometheus or triggers" });
  if (prometheus !== undefined && (prometheus.requestsPerSecond ?? prometheus.tokensPerSecond) === undefined)
    problems.push({
      path: `${path}.prometheus`,
      message: "has no target, must have requestsPerSecond or tokensPerSecond",
    });
  if (prometheus !== undefined && metricsServer === undefined)
    problems.push({ path: `${path}.prometheus`, message: "needs the metrics, gateway.metricsServer must be set" });
  return problems;
};

const disruptionBudget: Rule = ({ disruptionBudget: budget, replicas: { min, max } }) => {
  if (budget === undefined) return [];
  const path = "gateway.disruptionBudget";
  if (max === 1) return [{ path, message: "would block every node drain with a single pod. Remove it." }];
  const { minAvailable, maxUnavailable } = budget;
  if ((minAvailable === undefined) === (maxUnavailable === undefined))
    return [{ path, message: "must have one of minAvailable and maxUnavailable" }];
  const all = typeof minAvailable === "number" ? minAvailable >= min : minAvailable === "100%";
  return all
    ? [
        {
          path: `${path}.minAvailable`,
          message: `would let no node be drained, must be less than gateway.replicas.min, which is ${min}`,
        },
      ]
    : [];
};

const resources: Rule = ({ resources: { cpu, cpuLimit } }) =>
  cpuLimit !== undefined && cpuLimit !== "none" && cpusOf(cpuLimit) < cpusOf(cpu)
    ? [
        {
          path: "gateway.resources.cpuLimit",
          message: `is ${cpuLimit}, must be at least gateway.resources.cpu, which is ${cpu}`,
        },
      ]
    : [];

const rollout: Rule = ({ rollout: { maxSurge, maxUnavailable } }) =>
  maxSurge + maxUnavailable === 0
    ? [{ path: "gateway.rollout", message: "could never begin, must have a maxSurge or maxUnavailable above 0" }]
    : [];

const probes: Rule = ({ probes: { startup }, rollout: { minReadySeconds = 0 } }) => {
  const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 30 } = startup ?? {};
  const start = initialDelaySeconds + periodSeconds * failureThreshold;
  const longest = start + minReadySeconds;
  if (longest < progressDeadline) return [];
  const limit = `must be less than ${progressDeadline} s, after which Kubernetes gives a rollout up`;
  return [
    startup === undefined
      ? {
          path: "gateway.rollout.minReadySeconds",
          message: `makes ${longest} s with the ${start} s that a start may take, ${limit}`,
        }
      : { path: "gateway.probes.startup", message: `lets a start take ${longest} s, ${limit}` },
  ];
};

/** The API server takes one constraint of each kind for a label. */
const topologySpread: Rule = ({ topologySpread: spread = [] }) =>
  spread.flatMap(({ topologyKey, whenUnsatisfiable }, index) => {
    const first = spread.findIndex(
      (other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
    );
    if (first === index) return [];
    const message = `is for ${topologyKey} with ${whenUnsatisfiable}, as topologySpread[${first}], must differ in one of the two`;
    return [{ path: `gateway.topologySpread[${index}]`, message }];
  });

/** The first releases with a metrics process of its own, and the charts that are published with them. */
const oldestWithMetrics = [1, 101, 0] as const;

const metricsServer: Rule = ({ metricsServer: server, image, chart }) => {
  if (server === undefined) return [];
  const version = versionOf(image.tag);
  const path = "gateway.metricsServer";
  const oldest = oldestWithMetrics.join(".");
  return [
    ...(server.port === defaultPort
      ? [{ path: `${path}.port`, message: `is the gateway's own, must differ from ${defaultPort}` }]
      : []),
    ...(version !== undefined && isBefore(version, oldestWithMetrics)
      ? [
          {
            path,
            message: `is not in LiteLLM ${version.join(".")}, gateway.image.tag must be ${oldest} or newer`,
          },
        ]
      : []),
    ...(isChartWithoutMetrics(chart)
      ? [
          {
            path,
            message: `would be ignored in silence by chart litellm-helm ${chart.version}, gateway.chart.version must be ${oldest} or newer`,
          },
        ]
      : []),
  ];
};

/** A directory holds what its owner put there, and the number in its Chart.yaml is another than that of a release. */
function isChartWithoutMetrics({ kind, source, version }: Gateway["chart"]): boolean {
  if (kind !== "litellm-helm" || !source.startsWith("oci://")) return false;
  const published = versionOf(version);
  return published !== undefined && isBefore(published, oldestWithMetrics);
}

const security: Rule = ({ security: { runAsRoot, user } }) =>
  runAsRoot && user !== undefined
    ? [{ path: "gateway.security.user", message: "is not the user of the image. Remove it with runAsRoot." }]
    : [];

const tolerations: Rule = ({ tolerations: all }) =>
  all.flatMap(({ key, operator, value, effect, tolerationSeconds }, index) => {
    const path = `gateway.tolerations[${index}]`;
    const problems: Problem[] = [];
    if (operator === "Exists" && value !== undefined)
      problems.push({ path: `${path}.value`, message: "has no effect with operator Exists. Remove it." });
    if (operator === "Equal" && key === undefined)
      problems.push({ path: `${path}.key`, message: "is missing, must be a taint with operator Equal" });
    if (tolerationSeconds !== undefined && effect !== "NoExecute")
      problems.push({
        path: `${path}.tolerationSeconds`,
        message: "has an effect with NoExecute only. Remove it.",
      });
    return problems;
  });

const marks: Rule = ({ podLabels, podAnnotations }) => [
  ...labelProblems(podLabels, "gateway.podLabels"),
  ...annotationProblems(podAnnotations, "gateway.podAnnotations"),
];

/** Labels that select the proxy's pods, or that the chart writes itself: a second one makes the YAML invalid. */
export function labelProblems(labels: Readonly<Record<string, unknown>>, path: string): Problem[] {
  return Object.keys(labels)
    .filter((name) => /^(app\.kubernetes\.io|helm\.sh)\//.test(name))
    .map((name) => ({ path: pathBelow(path, name), message: "is set by the chart. Remove it." }));
}

export function annotationProblems(annotations: Readonly<Record<string, unknown>>, path: string): Problem[] {
  return Object.entries(annotations).flatMap(([name, value]) => {
    const where = pathBelow(path, name);
    if (/^litellm-platform\/|^checksum\/config$/.test(name))
      return [{ path: where, message: "is set by the program to roll pods. Remove it." }];
    return typeof value === "string" && value.includes("{{")
      ? [{ path: where, message: "must not have {{, which the chart takes for a template of its own" }]
      : [];
  });
}

const volumes: Rule = (gateway) => volumeProblems(gateway.volumes);

const rules: readonly Rule[] = [
  replicas,
  autoscaler,
  disruptionBudget,
  resources,
  rollout,
  probes,
  topologySpread,
  metricsServer,
  security,
  tolerations,
  marks,
  volumes,
];

/** What must fit together in the settings of the gateway's pods. */
export const checkGateway: Check = ({ gateway, namespace }) => {
  if (gateway === undefined) return [];
  const refused = gateway.security.runAsRoot && namespace?.podSecurity === "restricted";
  const message = "is refused by Pod Security restricted, namespace.podSecurity must be baseline";
  return [
    ...rules.flatMap((rule) => rule(gateway)),
    ...(refused ? [{ path: "gateway.security.runAsRoot", message }] : []),
  ];
};
