import {
  type GatewayRefusal,
  gatewaysAreAllowed,
  gatewaysAreRefused,
  hides,
  mapping,
  ownVolume,
  withMetrics,
} from "../../support/gateway-refusals.ts";

const valueInClear = "looks like a secret in clear text. Remove it: name a Secret that holds it";
const counted = "is set by gateway.replicas, which the connections are counted by. Remove it.";

const cases: readonly GatewayRefusal[] = [
  {
    title: "values that are no mapping",
    gateway: { values: "replicaCount=3" },
    expected: ["gateway.values: must be a mapping, is a string"],
  },
  {
    title: "values that the chart does not read",
    gateway: {
      values: { replicas: 3, pdb: { minAvaliable: 1 }, image: { digest: "sha256:0" }, priorityClassName: "high" },
    },
    expected: [
      `gateway.values.replicas: is read by no template of the chart. Remove it: the chart would ignore it.`,
      `gateway.values.pdb.minAvaliable: is read by no template of the chart, did you mean minAvailable? Remove it: the chart would ignore it.`,
      `gateway.values.image.digest: is read by no template of the chart. Remove it: the chart would ignore it.`,
      `gateway.values.priorityClassName: the chart has no such key and would ignore it. Remove it.`,
      "gateway.values.image: is set by gateway.image, which the migration uses too. Remove it.",
    ],
  },
  {
    title: "another budget for drains",
    gateway: { values: { pdb: { minAvailable: 0, labels: { a: "b" } } } },
    expected: ["gateway.values.pdb.minAvailable: is set by gateway.disruptionBudget. Remove it."],
  },
  {
    title: "a variable that stands somewhere else",
    gateway: { environment: { HTTPS_PROXY: "a" }, values: { extraEnvVars: [{ name: "HTTPS_PROXY", value: "b" }] } },
    expected: [
      'gateway.values.extraEnvVars[0]: "HTTPS_PROXY" stands in envVars or gateway.environment already, must be unique',
    ],
  },
  {
    title: "the release under another name",
    gateway: { values: { fullnameOverride: "x", nameOverride: "y" } },
    expected: [
      "gateway.values.fullnameOverride: is set by the program (other resources refer to this name). Remove it.",
      "gateway.values.nameOverride: is set by the program (other resources refer to this name). Remove it.",
    ],
  },
  {
    title: "another master key",
    gateway: { values: { masterkey: "sk-hunter2hunter2", masterkeySecretName: "x", masterkeySecretKey: "y" } },
    expected: [
      "gateway.values.masterkey: is set by the generated key. Remove it.",
      "gateway.values.masterkeySecretName: is set by the generated key. Remove it.",
      "gateway.values.masterkeySecretKey: is set by the generated key. Remove it.",
      `gateway.values.masterkey: ${valueInClear}`,
    ],
  },
  {
    title: "another configuration",
    gateway: { values: { proxyConfigMap: { create: true }, proxy_config: { model_list: [] } } },
    expected: [
      "gateway.values.proxyConfigMap: is set by models and gateway.proxyConfig. Remove it.",
      "gateway.values.proxy_config: is set by models and gateway.proxyConfig. Remove it.",
    ],
  },
  {
    title: "another database and cache",
    gateway: { values: { db: { deployStandalone: true }, postgresql: {}, redis: { enabled: true } } },
    expected: [
      "gateway.values.db: is set by database. Remove it.",
      "gateway.values.postgresql: is set by database. Remove it.",
      "gateway.values.redis: is set by cache. Remove it.",
    ],
  },
  {
    title: "the chart's own migration and its hooks",
    gateway: { values: { migrationJob: { enabled: true, hooks: { helm: { enabled: true } } } } },
    expected: [
      "gateway.values.migrationJob: is set by the program, which migrates by a Job of its own before the release. Remove it.",
    ],
  },
  {
    title: "another image",
    gateway: { values: { image: { tag: "latest" }, imagePullSecrets: [] } },
    expected: [
      "gateway.values.image: is set by gateway.image, which the migration uses too. Remove it.",
      "gateway.values.imagePullSecrets: is set by gateway.image.pullSecrets, which the migration uses too. Remove it.",
    ],
  },
  {
    title: "other numbers of pods and workers",
    gateway: {
      values: {
        replicaCount: 9,
        autoscaling: { maxReplicas: 90 },
        keda: { enabled: true },
        numWorkers: 4,
        strategy: { type: "Recreate" },
      },
    },
    expected: [
      `gateway.values.replicaCount: ${counted}`,
      `gateway.values.autoscaling.maxReplicas: ${counted}`,
      `gateway.values.keda.enabled: ${counted}`,
      "gateway.values.numWorkers: is set by the program: one worker a pod, and more pods by gateway.replicas. Remove it.",
      "gateway.values.strategy: is set by gateway.rollout, which the connections are counted by. Remove it.",
    ],
  },
  {
    title: "more rights",
    gateway: {
      values: {
        securityContext: { privileged: true, readOnlyRootFilesystem: false },
        podSecurityContext: { runAsUser: 0 },
      },
    },
    expected: [
      "gateway.values.podSecurityContext.runAsUser: is set by gateway.security. Remove it.",
      "gateway.values.securityContext.privileged: is set by gateway.security. Remove it.",
      "gateway.values.securityContext.readOnlyRootFilesystem: is set by gateway.security. Remove it.",
    ],
  },
  {
    title: "no security context at all",
    gateway: { values: { securityContext: null, podSecurityContext: null, autoscaling: false } },
    expected: [
      "gateway.values.autoscaling: must be a mapping: the chart reads what is below it",
      `gateway.values.autoscaling: ${mapping}`,
      `gateway.values.podSecurityContext: ${mapping}`,
      `gateway.values.securityContext: ${mapping}`,
    ],
  },
  {
    title: "another port, account and grace period",
    gateway: { values: { service: { port: 80 }, serviceAccount: { create: true }, terminationGracePeriodSeconds: 1 } },
    expected: [
      "gateway.values.serviceAccount: is set by gateway.serviceAccount. Remove it.",
      "gateway.values.terminationGracePeriodSeconds: is set by gateway.requestTimeout and gateway.drainDelay. Remove it.",
      "gateway.values.service.port: is set by the program, which others reach the gateway by. Remove it.",
    ],
  },
  {
    title: "variables of the program and of models",
    gateway: {
      values: {
        envVars: { DATABASE_URL: "x", DISABLE_SCHEMA_UPDATE: "false", OPENAI_API_KEY: "hunter2", REDIS_URL: "x" },
      },
    },
    expected: [
      "gateway.values.envVars.DATABASE_URL: is set by the program, must not be set here",
      "gateway.values.envVars.DISABLE_SCHEMA_UPDATE: is set by the program, must not be set here",
      "gateway.values.envVars.OPENAI_API_KEY: is a model's key, must come from Vault",
      "gateway.values.envVars.REDIS_URL: decides where the proxy connects, must be left to database and cache",
    ],
  },
  {
    title: "variables with secrets or numbers",
    gateway: { values: { envVars: { TEAM_TOKEN: "hunter2", LIMIT: 1500000, ON: true } } },
    expected: [
      "gateway.values.envVars.TEAM_TOKEN: looks like a secret in clear text, must come by valueFrom in extraEnvVars",
      "gateway.values.envVars.LIMIT: must be a string: write it in quotes",
      "gateway.values.envVars.ON: must be a string: write it in quotes",
    ],
  },
  {
    title: "a list of variables with these",
    gateway: {
      values: {
        extraEnvVars: [
          { name: "PROXY_MASTER_KEY", value: "hunter2" },
          { name: "TEAM_TOKEN", value: "hunter2" },
          { value: "x" },
          "X=1",
        ],
      },
    },
    expected: [
      'gateway.values.extraEnvVars[0]: "PROXY_MASTER_KEY" is set by the program, must not be set here',
      "gateway.values.extraEnvVars[0].value: looks like a secret in clear text. Remove it: name a Secret that holds it",
      "gateway.values.extraEnvVars[1].value: looks like a secret in clear text. Remove it: name a Secret that holds it",
      "gateway.values.extraEnvVars[2].name: is missing, must be a variable's name",
      "gateway.values.extraEnvVars[3].name: is missing, must be a variable's name",
    ],
  },
  {
    title: "lists that are none",
    gateway: { values: { extraEnvVars: { A: "1" }, volumes: {}, environmentSecrets: "more" } },
    expected: [
      `gateway.values.extraEnvVars.A: is read by no template of the chart. Remove it: the chart would ignore it.`,
      "gateway.values.environmentSecrets: must be a list",
      "gateway.values.volumes: must be a list",
      "gateway.values.extraEnvVars: must be a list",
    ],
  },
  {
    title: "Secrets without a name",
    gateway: { values: { environmentSecrets: ["", { name: "x" }] } },
    expected: [
      "gateway.values.environmentSecrets[0]: must be the name of a Secret",
      "gateway.values.environmentSecrets[1]: must be the name of a Secret",
    ],
  },
  {
    title: "volumes in others' places",
    gateway: {
      values: {
        volumes: [{ name: "tmp", emptyDir: {} }],
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp/" },
          { name: "x", mountPath: "/etc/litellm" },
        ],
      },
    },
    expected: [
      `gateway.values.volumes[0].name: ${ownVolume}`,
      `gateway.values.volumeMounts[0].mountPath: ${hides}`,
      `gateway.values.volumeMounts[1].mountPath: ${hides}`,
    ],
  },
  {
    title: "labels and annotations of others",
    gateway: {
      values: {
        podLabels: { "app.kubernetes.io/name": "x" },
        podAnnotations: { "checksum/config": "x", y: "{{ x }}" },
      },
    },
    expected: [
      'gateway.values.podLabels."app.kubernetes.io/name": is set by the chart. Remove it.',
      'gateway.values.podAnnotations."checksum/config": is set by the program to roll pods. Remove it.',
      "gateway.values.podAnnotations.y: must not have {{, which the chart takes for a template of its own",
    ],
  },
  {
    title: "a Secret beside the release",
    gateway: {
      values: { extraResources: [{ kind: "ConfigMap" }, { kind: "Secret", stringData: { password: "hunter2" } }] },
    },
    expected: [
      "gateway.values.extraResources[1]: must be no Secret, whose content would stand in the release in clear text",
    ],
  },
  {
    title: "a secret in a header of a probe or hook",
    gateway: {
      values: {
        lifecycle: { preStop: { httpGet: { httpHeaders: [{ name: "Authorization", value: "Bearer hunter2" }] } } },
      },
    },
    expected: [`gateway.values.lifecycle.preStop.httpGet.httpHeaders[0].value: ${valueInClear}`],
  },
  {
    title: "a ServiceMonitor without metrics that it may read",
    gateway: { values: { serviceMonitor: { enabled: true } } },
    expected: [
      "gateway.values.serviceMonitor.enabled: would scrape without a key what wants one, gateway.metricsServer must be set",
    ],
  },
];

describe("a value of the chart that cannot be", () => {
  gatewaysAreRefused(cases);

  gatewaysAreAllowed([
    { values: { environmentSecrets: ["more"], extraContainers: [{ name: "side", image: "side:1" }] } },
    { values: { extraEnvVars: [{ name: "TEAM_TOKEN", valueFrom: { secretKeyRef: { name: "t", key: "token" } } }] } },
    { values: { securityContext: { seLinuxOptions: { level: "s0" } }, autoscaling: { behavior: {} } } },
    {
      chart: withMetrics,
      metricsServer: {},
      values: { serviceMonitor: { enabled: true, labels: { release: "prometheus" } } },
    },
  ]);
});
