import {
  type GatewayRefusal,
  gatewaysAreAllowed,
  gatewaysAreRefused,
  hides,
  ownVolume,
} from "../../support/gateway-refusals.ts";

const absolute = "must be an absolute path such as /etc/extra, without . and ..";
const noKey = "must not be set: LiteLLM's charts have no key for it; an admission policy of the cluster can set it";

const cases: readonly GatewayRefusal[] = [
  {
    title: "a spread over nothing",
    gateway: { topologySpread: [{ maxSkew: 0, whenUnsatisfiable: "Never" }] },
    expected: [
      "gateway.topologySpread[0].topologyKey: is missing, must be a string",
      "gateway.topologySpread[0].maxSkew: must be at least 1",
      "gateway.topologySpread[0].whenUnsatisfiable: must be one of ScheduleAnyway, DoNotSchedule",
    ],
  },
  {
    title: "a spread with a selector of its own",
    gateway: { topologySpread: [{ topologyKey: "zone", labelSelector: {} }] },
    expected: [
      "gateway.topologySpread[0].labelSelector: unknown key. Known keys: maxSkew, topologyKey, whenUnsatisfiable",
    ],
  },
  {
    title: "an affinity of no kind",
    gateway: { affinity: { nodeAfinity: {} } },
    expected: [
      "gateway.affinity.nodeAfinity: unknown key, did you mean nodeAffinity? Known keys: nodeAffinity, podAffinity, podAntiAffinity",
    ],
  },
  {
    title: "a node selector that is no label",
    gateway: { nodeSelector: { "pool/": "ai", pool: "a b" } },
    expected: [
      'gateway.nodeSelector."pool/": the name must be a label name such as team or example.com/team',
      "gateway.nodeSelector.pool: must be a label value: at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends",
    ],
  },
  {
    title: "tolerations that do not mean anything",
    gateway: { tolerations: [{}, { operator: "Exists", value: "x" }, { key: "a", tolerationSeconds: 5 }] },
    expected: [
      "gateway.tolerations[0].key: is missing, must be a taint with operator Equal",
      "gateway.tolerations[1].value: has no effect with operator Exists. Remove it.",
      "gateway.tolerations[2].tolerationSeconds: has an effect with NoExecute only. Remove it.",
    ],
  },
  {
    title: "a toleration of an unknown effect",
    gateway: { tolerations: [{ key: "a", effect: "NoRun" }] },
    expected: ["gateway.tolerations[0].effect: must be one of NoSchedule, PreferNoSchedule, NoExecute"],
  },
  { title: "a priority class", gateway: { priorityClass: "high" }, expected: [`gateway.priorityClass: ${noKey}`] },
  {
    title: "a number of old ReplicaSets",
    gateway: { revisionHistoryLimit: 3 },
    expected: [`gateway.revisionHistoryLimit: ${noKey}`],
  },
  {
    title: "a CPU limit below the request",
    gateway: { resources: { cpu: "1500m", cpuLimit: "1" } },
    expected: ["gateway.resources.cpuLimit: is 1, must be at least gateway.resources.cpu, which is 1500m"],
  },
  {
    title: "a CPU limit that is none",
    gateway: { resources: { cpuLimit: "unlimited" } },
    expected: ['gateway.resources.cpuLimit: must be CPUs such as "1", "0.5" or "500m"'],
  },
  {
    title: "a rollout that could never begin",
    gateway: { rollout: { maxSurge: 0 } },
    expected: ["gateway.rollout: could never begin, must have a maxSurge or maxUnavailable above 0"],
  },
  {
    title: "a percentage of pods above",
    gateway: { rollout: { maxSurge: "25%" } },
    expected: ["gateway.rollout.maxSurge: must be a number, is a string"],
  },
  {
    title: "more pods while rolling than the database has connections for",
    gateway: { rollout: { maxSurge: 20 } },
    expected: [
      "database.maxConnections: is too low for the pods: poolLimit 10 x (replicas.max 1 + 20 while rolling) + 5 for migration and metrics = 215, of maxConnections 200 - 3 reserved = 197. Must be at least 218, or lower database.poolLimit or gateway.replicas.max",
    ],
  },
  ...[300, 599].map((minReadySeconds) => ({
    title: `the usual start, and ${minReadySeconds} s behind it`,
    gateway: { rollout: { minReadySeconds } },
    expected: [
      `gateway.rollout.minReadySeconds: makes ${300 + minReadySeconds} s with the 300 s that a start may take, must be less than 600 s, after which Kubernetes gives a rollout up`,
    ],
  })),
  {
    title: "a time to be ready that is all of Kubernetes' patience, which the API server refuses",
    gateway: { rollout: { minReadySeconds: 600 } },
    expected: ["gateway.rollout.minReadySeconds: must be at most 599"],
  },
  {
    title: "a spread over the same twice",
    gateway: {
      topologySpread: [
        { topologyKey: "zone" },
        { topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" },
        { topologyKey: "zone", maxSkew: 2 },
      ],
    },
    expected: [
      "gateway.topologySpread[2]: is for zone with ScheduleAnyway, as topologySpread[0], must differ in one of the two",
    ],
  },
  {
    title: "a start longer than Kubernetes waits for",
    gateway: { probes: { startup: { failureThreshold: 60 } } },
    expected: [
      "gateway.probes.startup: lets a start take 600 s, must be less than 600 s, after which Kubernetes gives a rollout up",
    ],
  },
  {
    title: "a start that takes that long with the delays around it",
    gateway: {
      probes: { startup: { initialDelaySeconds: 240, failureThreshold: 30 } },
      rollout: { minReadySeconds: 60 },
    },
    expected: [
      "gateway.probes.startup: lets a start take 600 s, must be less than 600 s, after which Kubernetes gives a rollout up",
    ],
  },
  {
    title: "a probe of another path",
    gateway: { probes: { liveness: { path: "/health" }, readyness: {} } },
    expected: [
      "gateway.probes.liveness.path: unknown key. Known keys: failureThreshold, initialDelaySeconds, periodSeconds, timeoutSeconds",
      "gateway.probes.readyness: unknown key, did you mean readiness? Known keys: liveness, readiness, startup",
    ],
  },
  {
    title: "a probe that is no time",
    gateway: { probes: { readiness: { periodSeconds: 0, timeoutSeconds: 1.5 } } },
    expected: [
      "gateway.probes.readiness.periodSeconds: must be at least 1",
      "gateway.probes.readiness.timeoutSeconds: must be a whole number, is 1.5",
    ],
  },
  {
    title: "a drain without a delay",
    gateway: { drainDelay: 0 },
    expected: ["gateway.drainDelay: must be at least 1"],
  },
  {
    title: "labels that select the pods",
    gateway: { podLabels: { "app.kubernetes.io/component": "proxy", "helm.sh/chart": "x", team: "ai" } },
    expected: [
      'gateway.podLabels."app.kubernetes.io/component": is set by the chart. Remove it.',
      'gateway.podLabels."helm.sh/chart": is set by the chart. Remove it.',
    ],
  },
  {
    title: "annotations that pods are rolled by",
    gateway: { podAnnotations: { "checksum/config": "x", "litellm-platform/secret-versions": "y" } },
    expected: [
      'gateway.podAnnotations."checksum/config": is set by the program to roll pods. Remove it.',
      'gateway.podAnnotations."litellm-platform/secret-versions": is set by the program to roll pods. Remove it.',
    ],
  },
  {
    title: "a template in an annotation",
    gateway: { podAnnotations: { note: "{{ .Values.secret }}" } },
    expected: ["gateway.podAnnotations.note: must not have {{, which the chart takes for a template of its own"],
  },
  {
    title: "an annotation of the account that is no text",
    gateway: { serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": 5 }, name: "own" } },
    expected: [
      'gateway.serviceAccount.annotations."eks.amazonaws.com/role-arn": must be a string, is a number: write it in quotes',
      "gateway.serviceAccount.name: unknown key. Known keys: annotations",
    ],
  },
  {
    title: "a volume without content, and one with two",
    gateway: {
      volumes: [
        { name: "a", mountPath: "/a" },
        { name: "b", mountPath: "/b", configMap: "b", secret: "b" },
      ],
    },
    expected: [
      "gateway.volumes[0]: has none of configMap, secret, persistentVolumeClaim, emptyDir, must have one",
      "gateway.volumes[1]: has several of configMap, secret, persistentVolumeClaim, emptyDir, must have one",
    ],
  },
  {
    title: "volumes of the chart and the program",
    gateway: {
      volumes: [
        { name: "tmp", mountPath: "/extra/tmp", emptyDir: "1Gi" },
        { name: "cache", mountPath: "/extra/cache", emptyDir: "1Gi" },
        { name: "npm", mountPath: "/extra/npm", emptyDir: "1Gi" },
        { name: "litellm-config", mountPath: "/extra/litellm-config", emptyDir: "1Gi" },
        { name: "ca", mountPath: "/extra/ca", emptyDir: "1Gi" },
        { name: "database-ca", mountPath: "/extra/database-ca", emptyDir: "1Gi" },
      ],
    },
    expected: [
      `gateway.volumes[0].name: ${ownVolume}`,
      `gateway.volumes[1].name: ${ownVolume}`,
      `gateway.volumes[2].name: ${ownVolume}`,
      `gateway.volumes[3].name: ${ownVolume}`,
      `gateway.volumes[4].name: ${ownVolume}`,
      `gateway.volumes[5].name: ${ownVolume}`,
    ],
  },
  {
    title: "mounts that hide what the proxy needs",
    gateway: {
      volumes: [
        { name: "v0", mountPath: "/tmp", emptyDir: "1Gi" },
        { name: "v1", mountPath: "/etc", emptyDir: "1Gi" },
        { name: "v2", mountPath: "/etc/litellm", emptyDir: "1Gi" },
        { name: "v3", mountPath: "/etc/litellm-ca", emptyDir: "1Gi" },
        { name: "v4", mountPath: "/app", emptyDir: "1Gi" },
        { name: "v5", mountPath: "/opt", emptyDir: "1Gi" },
      ],
    },
    expected: [
      `gateway.volumes[0].mountPath: ${hides}`,
      `gateway.volumes[1].mountPath: ${hides}`,
      `gateway.volumes[2].mountPath: ${hides}`,
      `gateway.volumes[3].mountPath: ${hides}`,
      `gateway.volumes[4].mountPath: ${hides}`,
      `gateway.volumes[5].mountPath: ${hides}`,
    ],
  },
  {
    title: "two volumes in one place and of one name",
    gateway: {
      volumes: [
        { name: "a", mountPath: "/a", secret: "a" },
        { name: "a", mountPath: "/a", secret: "a" },
      ],
    },
    expected: [
      "gateway.volumes[1].name: stands there twice, must be unique",
      "gateway.volumes[1].mountPath: stands there twice, must be unique",
    ],
  },
  {
    title: "mounts that are no absolute paths",
    gateway: {
      volumes: [
        { name: "v0", mountPath: "etc/a", secret: "a" },
        { name: "v1", mountPath: "/a/../tmp", secret: "a" },
        { name: "v2", mountPath: "/", secret: "a" },
        { name: "v3", mountPath: "/a/", secret: "a" },
      ],
    },
    expected: [
      `gateway.volumes[0].mountPath: ${absolute}`,
      `gateway.volumes[1].mountPath: ${absolute}`,
      `gateway.volumes[2].mountPath: ${absolute}`,
      `gateway.volumes[3].mountPath: ${absolute}`,
    ],
  },
  {
    title: "a volume of the node",
    gateway: { volumes: [{ name: "a", mountPath: "/a", hostPath: "/etc" }] },
    expected: [
      "gateway.volumes[0].hostPath: unknown key. Known keys: configMap, emptyDir, mountPath, name, persistentVolumeClaim, readOnly, secret, subPath",
    ],
  },
  {
    title: "root where Pod Security refuses it",
    gateway: { security: { runAsRoot: true } },
    expected: [
      "gateway.security.runAsRoot: is refused by Pod Security restricted, namespace.podSecurity must be baseline",
    ],
  },
  {
    title: "root with a user",
    gateway: { security: { runAsRoot: true, user: 1000 } },
    and: { "namespace.podSecurity": "baseline" },
    expected: ["gateway.security.user: is not the user of the image. Remove it with runAsRoot."],
  },
  { title: "user 0", gateway: { security: { user: 0 } }, expected: ["gateway.security.user: must be at least 1"] },
  {
    title: "a privileged proxy",
    gateway: { security: { privileged: true } },
    expected: ["gateway.security.privileged: unknown key. Known keys: runAsRoot, user, writableRoot"],
  },
];

describe("a pod of the gateway that cannot be", () => {
  gatewaysAreRefused(cases);

  gatewaysAreAllowed([
    { resources: { cpu: "500m", cpuLimit: "none" }, rollout: { maxSurge: 0, maxUnavailable: 1 } },
    { tolerations: [{ operator: "Exists" }, { key: "gpu", effect: "NoExecute", tolerationSeconds: 30 }] },
    { probes: { startup: { failureThreshold: 59 } }, drainDelay: 30 },
    { rollout: { minReadySeconds: 299 } },
    { rollout: { minReadySeconds: 500 }, probes: { startup: { failureThreshold: 9 } } },
    { topologySpread: [{ topologyKey: "zone" }, { topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }] },
    { volumes: [{ name: "work", mountPath: "/tmp/work", emptyDir: "1Gi" }] },
    { volumes: [{ name: "code", mountPath: "/app/custom.py", subPath: "custom.py", configMap: "code" }] },
  ]);
});
