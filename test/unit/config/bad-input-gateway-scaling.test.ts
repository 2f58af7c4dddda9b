import { type GatewayRefusal, gatewaysAreAllowed, gatewaysAreRefused } from "../../support/gateway-refusals.ts";

const cases: readonly GatewayRefusal[] = [
  {
    title: "a login of a trigger in clear text",
    gateway: {
      replicas: { min: 2, max: 4 },
      autoscaler: {
        kind: "keda",
        triggers: [
          { type: "rabbitmq", metadata: { host: "amqp://user:hunter2@rabbitmq.example.com", queueName: "q" } },
          { type: "x", metadata: { accessToken: "hunter2" } },
        ],
      },
    },
    expected: [
      "gateway.autoscaler.triggers[0].metadata.host: looks like a secret in clear text. Remove it: log in by an authenticationRef",
      "gateway.autoscaler.triggers[1].metadata.accessToken: looks like a secret in clear text. Remove it: log in by an authenticationRef",
    ],
  },
  {
    title: "workers in a pod by every other way",
    gateway: {
      environment: { WEB_CONCURRENCY: "4" },
      values: { envVars: { NUM_WORKERS: "4" }, args: ["--config", "/etc/litellm/config.yaml", "--num_workers", "4"] },
    },
    expected: [
      "gateway.environment.WEB_CONCURRENCY: starts workers that the connection budget does not count. Remove it and raise gateway.replicas.",
      "gateway.values.envVars.NUM_WORKERS: starts workers that the connection budget does not count. Remove it and raise gateway.replicas.",
      "gateway.values.args[2]: is set by the program: one worker a pod, and more pods by gateway.replicas. Remove it.",
    ],
  },
  {
    title: "fewer pods at most than at least",
    gateway: { replicas: { min: 4, max: 2 } },
    expected: ["gateway.replicas.max: is 2, must be at least gateway.replicas.min, which is 4"],
  },
  {
    title: "an autoscaler of no kind",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { target: 60 } },
    expected: ["gateway.autoscaler.kind: is missing, must be one of cpu, keda"],
  },
  {
    title: "an autoscaler of an unknown kind",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "vpa" } },
    expected: ["gateway.autoscaler.kind: must be one of cpu, keda"],
  },
  {
    title: "a target above all of the CPU",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "cpu", target: 150 } },
    expected: ["gateway.autoscaler.target: must be at most 100"],
  },
  {
    title: "a key of the other kind of autoscaler",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "cpu", targets: 1, pollingInterval: 5 } },
    expected: [
      "gateway.autoscaler.targets: unknown key, did you mean target? Known keys: kind, target",
      "gateway.autoscaler.pollingInterval: unknown key. Known keys: kind, target",
    ],
  },
  {
    title: "an autoscaler for a fixed number of pods",
    gateway: { replicas: { min: 2, max: 2 }, autoscaler: { kind: "cpu" } },
    expected: ["gateway.autoscaler: has nothing to choose. Remove it, or set replicas.max above replicas.min."],
  },
  {
    title: "KEDA without a trigger",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "keda" } },
    expected: ["gateway.autoscaler: has no trigger, must have prometheus or triggers"],
  },
  {
    title: "KEDA by the gateway's metrics without these, and without a target",
    gateway: {
      replicas: { min: 2, max: 4 },
      autoscaler: { kind: "keda", prometheus: { address: "http://prometheus:9090" } },
    },
    expected: [
      "gateway.autoscaler.prometheus: has no target, must have requestsPerSecond or tokensPerSecond",
      "gateway.autoscaler.prometheus: needs the metrics, gateway.metricsServer must be set",
    ],
  },
  {
    title: "KEDA at a Prometheus that is no URL",
    gateway: {
      replicas: { min: 2, max: 4 },
      metricsServer: {},
      autoscaler: { kind: "keda", prometheus: { address: "prometheus:9090", requestsPerSecond: 0 } },
    },
    expected: [
      "gateway.autoscaler.prometheus.address: must be an http:// or https:// URL without credentials, query or fragment",
      "gateway.autoscaler.prometheus.requestsPerSecond: must be at least 1",
    ],
  },
  {
    title: "a trigger without a type, and one whose metadata are no texts",
    gateway: {
      replicas: { min: 2, max: 4 },
      autoscaler: { kind: "keda", triggers: [{ metadata: {} }, { type: "cron", metadata: { desiredReplicas: 4 } }] },
    },
    expected: [
      "gateway.autoscaler.triggers[0].type: is missing, must be a string",
      "gateway.autoscaler.triggers[1].metadata.desiredReplicas: must be a string, is a number: write it in quotes",
    ],
  },
  {
    title: "a budget for one pod",
    gateway: { disruptionBudget: { maxUnavailable: 1 } },
    expected: ["gateway.disruptionBudget: would block every node drain with a single pod. Remove it."],
  },
  {
    title: "a budget by both numbers",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { maxUnavailable: 1, minAvailable: 1 } },
    expected: ["gateway.disruptionBudget: must have one of minAvailable and maxUnavailable"],
  },
  {
    title: "a budget by none",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: {} },
    expected: ["gateway.disruptionBudget: must have one of minAvailable and maxUnavailable"],
  },
  {
    title: "a budget of nothing, which the chart takes for unset",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { maxUnavailable: 0 } },
    expected: ["gateway.disruptionBudget.maxUnavailable: must be at least 1"],
  },
  {
    title: "a budget that is no percentage",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { maxUnavailable: "1.5%" } },
    expected: ['gateway.disruptionBudget.maxUnavailable: must be a percentage from "1%" to "100%"'],
  },
  {
    title: "a budget that no drain could keep to",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { minAvailable: 2 } },
    expected: [
      "gateway.disruptionBudget.minAvailable: would let no node be drained, must be less than gateway.replicas.min, which is 2",
    ],
  },
  {
    title: "a budget of all",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { minAvailable: "100%" } },
    expected: [
      "gateway.disruptionBudget.minAvailable: would let no node be drained, must be less than gateway.replicas.min, which is 2",
    ],
  },
];

describe("scaling that cannot be", () => {
  const several = { replicas: { min: 2, max: 4 } };

  gatewaysAreRefused(cases);

  gatewaysAreAllowed([
    { ...several, autoscaler: { kind: "keda", triggers: [{ type: "cron", authenticationRef: { name: "x" } }] } },
    { ...several, disruptionBudget: { minAvailable: "50%" } },
    { ...several, disruptionBudget: { minAvailable: 1 } },
  ]);
});
