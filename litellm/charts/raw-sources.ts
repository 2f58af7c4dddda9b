/** Where what `gateway.values` may not say comes from. */
export const decidedBy = {
  cache: "cache",
  collector: "the program: spend is written by the pods, whose connections are counted",
  database: "database",
  disruptions: "gateway.disruptionBudget",
  image: "gateway.image, which the migration uses too",
  layout: "gateway.chart.layout",
  masterKey: "the generated key",
  metricsServer: "gateway.metricsServer",
  migration: "the program, which migrates by a Job of its own before the release",
  models: "models and gateway.proxyConfig",
  names: "the program (other resources refer to this name)",
  port: "the program, which others reach the gateway by",
  pullSecrets: "gateway.image.pullSecrets, which the migration uses too",
  replicas: "gateway.replicas, which the connections are counted by",
  security: "gateway.security",
  serviceAccount: "gateway.serviceAccount",
  workers: "the program: one worker a pod, and more pods by gateway.replicas",
} as const;

/** Keys of pods that both charts have. */
export const podsElsewhere: Readonly<Record<string, string>> = {
  strategy: "gateway.rollout, which the connections are counted by",
  terminationGracePeriodSeconds: "gateway.requestTimeout and gateway.drainDelay",
};

/** What decides what the processes may do, in both charts. */
export const securityElsewhere: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "podSecurityContext.runAsNonRoot",
    "podSecurityContext.runAsUser",
    "podSecurityContext.runAsGroup",
    "podSecurityContext.fsGroup",
    "podSecurityContext.seccompProfile",
    "securityContext.allowPrivilegeEscalation",
    "securityContext.capabilities",
    "securityContext.privileged",
    "securityContext.readOnlyRootFilesystem",
    "securityContext.runAsNonRoot",
    "securityContext.runAsUser",
    "securityContext.seccompProfile",
  ].map((path) => [path, decidedBy.security]),
);
