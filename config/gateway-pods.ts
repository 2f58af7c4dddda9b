import { z } from "zod";
import { dnsLabel, httpUrl, labelName, labels, objectName, quantity } from "./values.ts";

/** Anything that Kubernetes or a chart knows by itself, handed on as it is. */
const anything = z.record(z.string(), z.unknown());

const podCount = z.int().min(1).max(100);

const podShare = z
  .union([z.int().min(1), z.string().regex(/^([1-9]\d?|100)%$/, 'must be a percentage from "1%" to "100%"')])
  .optional();

/** Percent of the requested CPU that pods are added above; memory is no measure, since LiteLLM keeps what it once had. */
export const defaultCpuTarget = 60;

const autoscaler = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("cpu").describe("Kubernetes' HorizontalPodAutoscaler, by CPU."),
    target: z
      .int()
      .min(1)
      .max(100)
      .default(defaultCpuTarget)
      .describe("Share of the requested CPU, in percent, that pods are added above."),
  }),
  z.strictObject({
    kind: z.literal("keda").describe("KEDA, which must be there, by its triggers."),
    pollingInterval: z.int().min(1).default(30).describe("Seconds between two looks at the triggers."),
    cooldownPeriod: z.int().min(0).default(300).describe("Seconds that pods are kept after the last trigger."),
    prometheus: z
      .strictObject({
        address: httpUrl.describe("URL of the Prometheus that scrapes the gateway's metrics Service."),
        requestsPerSecond: z.int().min(1).optional().describe("Requests a second that one pod is to serve."),
        tokensPerSecond: z.int().min(1).optional().describe("Tokens a second that one pod is to serve."),
      })
      .optional()
      .describe("Scale by the gateway's own metrics; needs gateway.metricsServer."),
    triggers: z
      .array(
        z.looseObject({
          type: z.string().min(1).describe("KEDA's name of the trigger."),
          metadata: z.record(z.string(), z.string()).optional().describe("What the trigger wants; never a secret."),
        }),
      )
      .default([])
      .describe("Further triggers in KEDA's own shape; logins through their authenticationRef."),
  }),
]);

const probe = z
  .strictObject({
    initialDelaySeconds: z.int().min(0).max(600).optional().describe("Seconds before the first look. Default: 0."),
    periodSeconds: z.int().min(1).max(300).optional().describe("Seconds between two looks. Default: the chart's."),
    timeoutSeconds: z.int().min(1).max(300).optional().describe("Seconds for an answer. Default: the chart's."),
    failureThreshold: z
      .int()
      .min(1)
      .max(600)
      .optional()
      .describe("Failures in a row that count. Default: the chart's."),
  })
  .optional();

const toleration = z.strictObject({
  key: labelName.optional().describe("Taint. Default: every taint, with operator Exists."),
  operator: z.enum(["Exists", "Equal"]).default("Equal").describe("Whether the value counts."),
  value: z.string().optional().describe("Value of the taint."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Effect. Default: all."),
  tolerationSeconds: z.int().min(0).optional().describe("Seconds to tolerate a NoExecute taint. Default: forever."),
});

const mountPath = z
  .string()
  .regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/, "must be an absolute path such as /etc/extra, without . and ..");

const volume = z.strictObject({
  name: dnsLabel.describe("Name of the volume."),
  mountPath: mountPath.describe("Where it is in the container."),
  subPath: z.string().min(1).optional().describe("One file or directory of it. Default: all."),
  readOnly: z.boolean().optional().describe("Default: true for a ConfigMap and a Secret, otherwise false."),
  configMap: objectName.optional().describe("ConfigMap with the files."),
  secret: objectName.optional().describe("Secret with the files."),
  persistentVolumeClaim: objectName.optional().describe("Claim of the volume, which all pods share."),
  emptyDir: quantity.optional().describe("Size of a directory that is empty when a pod starts."),
});

/** Where the proxy's pods run, how many, and how they come and go. */
export const podSettings = {
  replicas: z
    .strictObject({
      min: podCount.describe("Pods at least. Default: 1 in development, 2 in production."),
      max: podCount.describe(
        "Pods at most; above min, an autoscaler chooses. Default: 1 in development, 6 in production.",
      ),
    })
    .describe("Number of pods."),
  autoscaler: autoscaler
    .optional()
    .describe(`What chooses the number of pods between min and max. Default: CPU above ${defaultCpuTarget} %.`),
  disruptionBudget: z
    .strictObject({
      minAvailable: podShare.describe("Pods that stay, a number or a percentage."),
      maxUnavailable: podShare.describe("Pods that may be away, a number or a percentage."),
    })
    .optional()
    .describe("How many pods a node's drain may take at once, by one of the two. Default: one, of several."),
  topologySpread: z
    .array(
      z.strictObject({
        topologyKey: labelName.describe("Label of nodes, for example topology.kubernetes.io/zone."),
        maxSkew: z.int().min(1).default(1).describe("Pods that one place may have more than another."),
        whenUnsatisfiable: z
          .enum(["ScheduleAnyway", "DoNotSchedule"])
          .default("ScheduleAnyway")
          .describe("What happens to a pod that has no such place."),
      }),
    )
    .optional()
    .describe("How pods are spread. Default: over nodes where possible, when there are several."),
  affinity: z
    .strictObject({
      nodeAffinity: anything.optional(),
      podAffinity: anything.optional(),
      podAntiAffinity: anything.optional(),
    })
    .optional()
    .describe("Affinity in Kubernetes' own shape."),
  nodeSelector: labels.default({}).describe("Labels of the nodes that pods may run on, those of the migration too."),
  tolerations: z
    .array(toleration)
    .default([])
    .describe("Taints that the pods tolerate, including those of the migration."),
  probes: z
    .strictObject({
      startup: probe.describe("Looks until the proxy has started; the chart's default gives it 300 s."),
      liveness: probe.describe("Looks whether the proxy must be restarted; by default every 15 s, 5 failures."),
      readiness: probe.describe("Looks whether the proxy gets requests; by default every 10 s, 3 failures."),
    })
    .prefault({})
    .describe("Timings of the probes."),
  rollout: z
    .strictObject({
      maxSurge: z.int().min(0).max(100).default(1).describe("Pods above replicas.max while a rollout runs."),
      maxUnavailable: z.int().min(0).max(100).default(0).describe("Pods that may be missing while a rollout runs."),
      minReadySeconds: z
        .int()
        .min(1)
        .max(599)
        .optional()
        .describe("Seconds that a new pod must be ready for. Default: 0."),
    })
    .prefault({})
    .describe("How pods are replaced by new ones."),
  drainDelay: z
    .int()
    .min(1)
    .max(120)
    .default(5)
    .describe(
      "Seconds that a pod goes on taking requests after its end was decided, so that load balancers see it leave.",
    ),
  serviceAccount: z
    .strictObject({
      annotations: z
        .record(labelName, z.string())
        .default({})
        .describe("Annotations, for example eks.amazonaws.com/role-arn for a role of AWS."),
    })
    .prefault({})
    .describe("The proxy's ServiceAccount."),
  podLabels: labels.default({}).describe("Further labels of the pods."),
  podAnnotations: z.record(labelName, z.string()).default({}).describe("Further annotations of the pods."),
  volumes: z.array(volume).default([]).describe("Further files and directories of the proxy."),
  security: z
    .strictObject({
      user: z.int().min(1).max(2_147_483_647).optional().describe("User and group of the processes. Default: 65532."),
      runAsRoot: z
        .boolean()
        .default(false)
        .describe("Run as the image's own user, root too; needs namespace.podSecurity baseline. Warned about."),
      writableRoot: z.boolean().default(false).describe("Let the proxy write to the image's files. Warned about."),
    })
    .prefault({})
    .describe("What the proxy's processes may do. By default all that Pod Security restricted asks for."),
  priorityClass: impossible("PriorityClass of the pods"),
  revisionHistoryLimit: impossible("Old ReplicaSets that are kept"),
} as const;

/** A setting that people look for and neither chart has a key for: it is refused with that reason. */
function impossible(what: string) {
  const reason = "LiteLLM's charts have no key for it; an admission policy of the cluster can set it";
  return z.never(`must not be set: ${reason}`).optional().describe(`${what}: cannot be set, ${reason}.`);
}
