import type { PlatformConfig } from "../config/platform.ts";
import { type Problem, pathBelow } from "../config/problems.ts";
import { isKey, keyHint, unknownKeys } from "./chart-keys/litellm-helm.ts";
import { secretsInValues } from "./clear-text.ts";
import { decidedElsewhere } from "./decided.ts";
import { isSecretName, modelVariables, variableProblem } from "./environment.ts";
import { annotationProblems, labelProblems } from "./gateway-checks.ts";
import { isMapping, valueAt } from "./merge.ts";
import { placeProblems } from "./volumes.ts";

const prefix = "gateway.values";

const cache = "cache";
const database = "database";
const names = "the program, which others find the release by";
const replicas = "gateway.replicas, which the connections are counted by";
const disruptions = "gateway.disruptionBudget";
const security = "gateway.security";

/** Values that something else rests on, and where they come from. */
const valuesElsewhere: Readonly<Record<string, string>> = {
  fullnameOverride: names,
  nameOverride: names,
  masterkey: "the generated key",
  masterkeySecretName: "the generated key",
  masterkeySecretKey: "the generated key",
  proxyConfigMap: "models and gateway.proxyConfig",
  proxy_config: "models and gateway.proxyConfig",
  db: database,
  postgresql: database,
  redis: cache,
  migrationJob: "the program, which migrates by a Job of its own before the release",
  image: "gateway.image, which the migration uses too",
  imagePullSecrets: "gateway.image.pullSecrets, which the migration uses too",
  serviceAccount: "gateway.serviceAccount",
  replicaCount: replicas,
  "autoscaling.enabled": replicas,
  "autoscaling.minReplicas": replicas,
  "autoscaling.maxReplicas": replicas,
  "keda.enabled": replicas,
  "keda.minReplicas": replicas,
  "keda.maxReplicas": replicas,
  numWorkers: "the program: one worker a pod, and more pods by gateway.replicas",
  "pdb.enabled": disruptions,
  "pdb.minAvailable": disruptions,
  "pdb.maxUnavailable": disruptions,
  strategy: "gateway.rollout, which the connections are counted by",
  terminationGracePeriodSeconds: "gateway.requestTimeout and gateway.drainDelay",
  metricsServer: "gateway.metricsServer",
  "service.port": "the program, which others reach the gateway by",
  "podSecurityContext.runAsNonRoot": security,
  "podSecurityContext.runAsUser": security,
  "podSecurityContext.runAsGroup": security,
  "podSecurityContext.fsGroup": security,
  "podSecurityContext.seccompProfile": security,
  "securityContext.allowPrivilegeEscalation": security,
  "securityContext.capabilities": security,
  "securityContext.privileged": security,
  "securityContext.readOnlyRootFilesystem": security,
  "securityContext.runAsNonRoot": security,
  "securityContext.runAsUser": security,
  "securityContext.seccompProfile": security,
};

/** Kubernetes' names of what the chart has no key for: said by name, since people look for them. */
const impossible = [
  "priorityClassName",
  "runtimeClassName",
  "hostAliases",
  "dnsConfig",
  "automountServiceAccountToken",
  "revisionHistoryLimit",
  "progressDeadlineSeconds",
];

/** Problems of `gateway.values`; what is none goes to the chart as it is. */
export function valuesProblems(
  { values, metricsServer, environment }: PlatformConfig["gateway"],
  models?: PlatformConfig["models"],
): Problem[] {
  return [
    ...unknownKeys(values).map((key) => ({ path: `${prefix}.${key}`, message: unknownMessage(key) })),
    ...decidedElsewhere(values, prefix, valuesElsewhere),
    ...secretsInValues(values, prefix),
    ...variableProblems(values, modelVariables(models), Object.keys(environment)),
    ...secretReferenceProblems(values),
    ...(isMapping(values["podLabels"]) ? labelProblems(values["podLabels"], `${prefix}.podLabels`) : []),
    ...(isMapping(values["podAnnotations"])
      ? annotationProblems(values["podAnnotations"], `${prefix}.podAnnotations`)
      : []),
    ...placeProblems(places(values, "volumes", "name"), places(values, "volumeMounts", "mountPath")),
    ...resourceProblems(values),
    ...workerProblems(values),
    ...(valueAt(values, ["serviceMonitor", "enabled"]) === true && metricsServer === undefined
      ? [
          {
            path: `${prefix}.serviceMonitor.enabled`,
            message: "would scrape without a key what wants one, gateway.metricsServer must be set",
          },
        ]
      : []),
    ...listProblems(values),
  ];
}

function unknownMessage(key: string): string {
  if (isKey(key)) return "must be a mapping: the chart reads what is below it";
  if (impossible.includes(key)) return "the chart has no key for it, must be left out: it would be ignored in silence";
  return `is read by no template of the chart${keyHint(key)} Must be left out: it would be ignored in silence`;
}

function variableProblems(values: Values, fromVault: readonly string[], plainNames: readonly string[]): Problem[] {
  const { envVars } = values;
  const inClear = "looks like a secret in clear text, must come by valueFrom in extraEnvVars";
  const plain = Object.entries(isMapping(envVars) ? envVars : {}).flatMap(([name, value]) => {
    const path = pathBelow(prefix, "envVars", name);
    const wrong = variableProblem(name, fromVault) ?? (isSecretName(name) ? inClear : undefined);
    // The chart writes numbers its own way: 1500000 as 1.5e+06.
    const type = typeof value === "string" || value === null ? undefined : "must be a string: write it in quotes";
    return [wrong, type].flatMap((message) => (message === undefined ? [] : [{ path, message }]));
  });
  const twice = (name: string) =>
    plainNames.includes(name) || (isMapping(envVars) && Object.hasOwn(envVars, name))
      ? "stands in envVars or gateway.environment already, must be unique"
      : undefined;
  const listed = entries(values, "extraEnvVars").flatMap(([entry, path]) => {
    const { name, value } = isMapping(entry) ? entry : {};
    if (typeof name !== "string") return [{ path: `${path}.name`, message: "is missing, must be a variable's name" }];
    const wrong =
      variableProblem(name, fromVault) ??
      twice(name) ??
      (isSecretName(name) && value !== undefined ? inClear : undefined);
    return wrong === undefined ? [] : [{ path, message: `${JSON.stringify(name)} ${wrong}` }];
  });
  return [...plain, ...listed];
}

function secretReferenceProblems(values: Values): Problem[] {
  return entries(values, "environmentSecrets")
    .filter(([name]) => typeof name !== "string" || name === "")
    .map(([, path]) => ({ path, message: "must be the name of a Secret" }));
}

/** Objects beside the release: a Secret there would be in clear in the release and in the state. */
function resourceProblems(values: Values): Problem[] {
  return entries(values, "extraResources")
    .filter(([object]) => valueAt(object, ["kind"]) === "Secret")
    .map(([, path]) => ({
      path,
      message: "must be no Secret, whose content would stand in the release in clear text",
    }));
}

/** Workers that the connections to the database are not counted for. */
function workerProblems(values: Values): Problem[] {
  return ["command", "args"]
    .flatMap((key) => entries(values, key))
    .filter(([argument]) => typeof argument === "string" && /^--num_workers\b/.test(argument))
    .map(([, path]) => ({ path, message: `comes from ${valuesElsewhere["numWorkers"]}; must be left out` }));
}

/** Lists that are merged by us, or that the chart's own defaults show as mappings. */
function listProblems(values: Values): Problem[] {
  return ["environmentSecrets", "volumes", "volumeMounts", "extraEnvVars", "extraResources"]
    .filter((key) => values[key] !== undefined && !Array.isArray(values[key]))
    .map((key) => ({ path: `${prefix}.${key}`, message: "must be a list" }));
}

type Values = Readonly<Record<string, unknown>>;

function entries(values: Values, key: string): (readonly [unknown, string])[] {
  const list = values[key];
  return (Array.isArray(list) ? (list as unknown[]) : []).map(
    (entry, index) => [entry, `${prefix}.${key}[${index}]`] as const,
  );
}

function places(values: Values, key: string, field: string) {
  return entries(values, key).flatMap(([entry, path]) => {
    const value = valueAt(entry, [field]);
    return typeof value === "string" ? [{ path: `${path}.${field}`, value: value.replace(/(?<=.)\/+$/, "") }] : [];
  });
}
