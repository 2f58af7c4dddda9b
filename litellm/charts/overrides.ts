import type { PlatformConfig } from "../../config/platform.ts";
import { type Problem, pathBelow } from "../../config/problems.ts";
import { isKeyIn, keyHintIn, misplacedIn, unknownKeysIn } from "./key-tree.ts";
import { rawKeysOf } from "./chart.ts";
import { decidedBy } from "./raw-sources.ts";
import { secretsInTriggers, secretsInValues } from "../shared/clear-text.ts";
import { decidedElsewhere } from "../shared/decided.ts";
import { modelVariables, variableProblem } from "../proxy/environment.ts";
import { annotationProblems, labelProblems } from "../proxy/checks.ts";
import { isMapping } from "../../config/mapping.ts";
import { valueAt } from "../shared/merge.ts";
import { isSecretName } from "../shared/secret-names.ts";
import { placeProblems } from "../proxy/volumes.ts";
import type { PodKeys, RawKeys } from "./types.ts";

const prefix = "gateway.values";

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
  { chart, values, metricsServer, environment, volumes }: PlatformConfig["gateway"],
  models?: PlatformConfig["models"],
): Problem[] {
  const known = rawKeysOf(chart);
  return [
    ...unknownKeysIn(known.keys, values).map((key) => ({
      path: `${prefix}.${key}`,
      message: unknownMessage(known, key),
    })),
    ...misplacedIn(known.keys, values).map(({ path, wanted }) => ({
      path: `${prefix}.${path}`,
      message: `must be ${wanted}`,
    })),
    ...decidedElsewhere(values, prefix, known.elsewhere),
    ...secretsInValues(values, prefix),
    ...known.pods.flatMap((pod) =>
      podProblems(values, pod, { environment, volumes, fromVault: modelVariables(models) }),
    ),
    ...monitorProblems(values, known, metricsServer !== undefined),
    ...resourceProblems(values),
    ...commandProblems(values, known),
  ];
}

function unknownMessage({ keys }: RawKeys, key: string): string {
  if (isKeyIn(keys, key)) return "must be a mapping: the chart reads what is below it";
  if (impossible.includes(key.slice(key.lastIndexOf(".") + 1)))
    return "the chart has no such key and would ignore it. Remove it.";
  return `is read by no template of the chart${keyHintIn(keys, key)} Remove it: the chart would ignore it.`;
}

/** What pods are given besides. */
interface Beside extends Pick<PlatformConfig["gateway"], "environment" | "volumes"> {
  /** Variables that models need from Vault. */
  readonly fromVault: readonly string[];
}

/** What one kind of pod is given. */
function podProblems(values: Values, pod: PodKeys, beside: Beside): Problem[] {
  const at = (key: string) => [...pod.path, key];
  const mapping = (key: string): Values => {
    const value = valueAt(values, at(key));
    return isMapping(value) ? value : {};
  };
  return [
    ...variableProblems(values, pod, beside),
    ...entries(values, at(pod.secrets))
      .filter(([name]) => typeof name !== "string" || name === "")
      .map(([, path]) => ({ path, message: "must be the name of a Secret" })),
    ...labelProblems(mapping("podLabels"), pathBelow(prefix, ...at("podLabels"))),
    ...annotationProblems(mapping("podAnnotations"), pathBelow(prefix, ...at("podAnnotations"))),
    ...placeProblems(
      places(values, at("volumes"), "name"),
      places(values, at("volumeMounts"), "mountPath"),
      beside.volumes,
    ),
    ...secretsInTriggers(valueAt(values, [...at("keda"), "triggers"]), pathBelow(prefix, ...at("keda"), "triggers")),
  ];
}

function variableProblems(
  values: Values,
  { path, variables, variableList }: PodKeys,
  { environment, fromVault }: Beside,
): Problem[] {
  const mapping = variables === undefined ? undefined : valueAt(values, [...path, variables]);
  const named = isMapping(mapping) ? mapping : {};
  const inClear = `looks like a secret in clear text, must come by valueFrom in ${variableList}`;
  const plain = Object.entries(named).flatMap(([name, value]) => {
    const where = pathBelow(prefix, ...path, variables ?? "", name);
    const wrong = variableProblem(name, fromVault) ?? (isSecretName(name) ? inClear : undefined);
    // The chart writes numbers its own way: 1500000 as 1.5e+06.
    const type = typeof value === "string" || value === null ? undefined : "must be a string: write it in quotes";
    return [wrong, type].flatMap((message) => (message === undefined ? [] : [{ path: where, message }]));
  });
  const others = variables === undefined ? "gateway.environment" : `${variables} or gateway.environment`;
  const list = entries(values, [...path, variableList]);
  const names = list.map(([entry]) => valueAt(entry, ["name"]));
  const twice = (name: string, index: number) => {
    if (Object.hasOwn(environment, name) || Object.hasOwn(named, name))
      return `stands in ${others} already, must be unique`;
    return names.indexOf(name) < index ? "stands there twice, must be unique" : undefined;
  };
  const listed = list.flatMap(([entry, where], index) => {
    const { name, value } = isMapping(entry) ? entry : {};
    if (typeof name !== "string") return [{ path: `${where}.name`, message: "is missing, must be a variable's name" }];
    const wrong = variableProblem(name, fromVault) ?? twice(name, index);
    if (wrong !== undefined) return [{ path: where, message: `${JSON.stringify(name)} ${wrong}` }];
    return value === undefined || typeof value === "string"
      ? []
      : [{ path: `${where}.value`, message: "must be a string: write it in quotes" }];
  });
  return [...plain, ...listed];
}

/** Names of the variables that raw values set. */
export function rawVariables({ chart, values }: Pick<PlatformConfig["gateway"], "chart" | "values">): string[] {
  return rawKeysOf(chart).pods.flatMap(({ path, variables, variableList }) => {
    const mapping = variables === undefined ? undefined : valueAt(values, [...path, variables]);
    return [
      ...(isMapping(mapping) ? Object.keys(mapping) : []),
      ...entries(values, [...path, variableList]).map(([entry]) => String(valueAt(entry, ["name"]))),
    ];
  });
}

/** A monitor of the chart's own knows no key, and the gateway's metrics want one. */
function monitorProblems(values: Values, { pods }: RawKeys, served: boolean): Problem[] {
  return pods
    .map(({ path }) => [...path, "serviceMonitor", "enabled"])
    .filter((path) => !served && isOn(valueAt(values, path)))
    .map((path) => ({
      path: pathBelow(prefix, ...path),
      message: "would scrape without a key what wants one, gateway.metricsServer must be set",
    }));
}

/** Whether a template takes a value for a yes. */
function isOn(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== "" && value !== 0;
}

/** Objects beside the release: a Secret there would be in clear in the release and in the state. */
function resourceProblems(values: Values): Problem[] {
  return entries(values, ["extraResources"])
    .filter(([object]) => holdsSecret(object))
    .map(([, path]) => ({
      path,
      message: "must be no Secret, whose content would stand in the release in clear text",
    }));
}

/** Also within a List of objects. */
function holdsSecret(object: unknown): boolean {
  const items = valueAt(object, ["items"]);
  return valueAt(object, ["kind"]) === "Secret" || (Array.isArray(items) && items.some(holdsSecret));
}

/** Arguments that something else rests on. */
function commandProblems(values: Values, { commands }: RawKeys): Problem[] {
  const added = commands.map((path) => path.split("."));
  const elsewhere: readonly (readonly [form: RegExp, by: string, where: readonly (readonly string[])[]])[] = [
    [/^--num_workers\b/, decidedBy.workers, [["command"], ["args"], ...added]],
    // What is added to ours would be there twice.
    [/^(--config|-c)\b/, decidedBy.models, added],
    [/^--port\b/, decidedBy.port, added],
  ];
  return elsewhere.flatMap(([form, by, where]) =>
    where
      .flatMap((path) => entries(values, path))
      .filter(([argument]) => typeof argument === "string" && form.test(argument))
      .map(([, path]) => ({ path, message: `is set by ${by}. Remove it.` })),
  );
}

type Values = Readonly<Record<string, unknown>>;

function entries(values: Values, path: readonly string[]): (readonly [unknown, string])[] {
  const list = valueAt(values, path);
  return (Array.isArray(list) ? (list as unknown[]) : []).map(
    (entry, index) => [entry, pathBelow(prefix, ...path, index)] as const,
  );
}

function places(values: Values, path: readonly string[], field: string) {
  return entries(values, path).flatMap(([entry, where]) => {
    const value = valueAt(entry, [field]);
    return typeof value === "string" ? [{ path: `${where}.${field}`, value: value.replace(/(?<=.)\/+$/, "") }] : [];
  });
}
