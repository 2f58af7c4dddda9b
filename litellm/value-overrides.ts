import type { PlatformConfig } from "../config/platform.ts";
import { type Problem, pathBelow } from "../config/problems.ts";
import { isKeyIn, keyHintIn, unknownKeysIn } from "./chart-keys/key-tree.ts";
import { type PodKeys, type RawKeys, rawKeysOf } from "./charts/chart.ts";
import { decidedBy } from "./charts/raw-sources.ts";
import { secretsInValues } from "./clear-text.ts";
import { decidedElsewhere } from "./decided.ts";
import { modelVariables, variableProblem } from "./environment.ts";
import { annotationProblems, labelProblems } from "./gateway-checks.ts";
import { isMapping, valueAt } from "./merge.ts";
import { isSecretName } from "./secret-names.ts";
import { placeProblems } from "./volumes.ts";

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
  { chart, values, metricsServer, environment }: PlatformConfig["gateway"],
  models?: PlatformConfig["models"],
): Problem[] {
  const known = rawKeysOf(chart);
  return [
    ...unknownKeysIn(known.keys, values).map((key) => ({
      path: `${prefix}.${key}`,
      message: unknownMessage(known, key),
    })),
    ...decidedElsewhere(values, prefix, known.elsewhere),
    ...secretsInValues(values, prefix),
    ...known.pods.flatMap((pod) => podProblems(values, pod, modelVariables(models), Object.keys(environment))),
    ...monitorProblems(values, known, metricsServer !== undefined),
    ...resourceProblems(values),
    ...commandProblems(values, known),
  ];
}

function unknownMessage({ keys }: RawKeys, key: string): string {
  if (isKeyIn(keys, key)) return "must be a mapping: the chart reads what is below it";
  if (impossible.includes(key.slice(key.lastIndexOf(".") + 1)))
    return "the chart has no key for it, must be left out: it would be ignored in silence";
  return `is read by no template of the chart${keyHintIn(keys, key)} Must be left out: it would be ignored in silence`;
}

/** What one kind of pod is given. */
function podProblems(values: Values, pod: PodKeys, fromVault: readonly string[], plain: readonly string[]): Problem[] {
  const at = (key: string) => [...pod.path, key];
  const mapping = (key: string): Values => {
    const value = valueAt(values, at(key));
    return isMapping(value) ? value : {};
  };
  return [
    ...variableProblems(values, pod, fromVault, plain),
    ...entries(values, at(pod.secrets))
      .filter(([name]) => typeof name !== "string" || name === "")
      .map(([, path]) => ({ path, message: "must be the name of a Secret" })),
    ...labelProblems(mapping("podLabels"), pathBelow(prefix, ...at("podLabels"))),
    ...annotationProblems(mapping("podAnnotations"), pathBelow(prefix, ...at("podAnnotations"))),
    ...placeProblems(places(values, at("volumes"), "name"), places(values, at("volumeMounts"), "mountPath")),
    ...[pod.secrets, "volumes", "volumeMounts", pod.variableList].flatMap((key) => listProblems(values, at(key))),
  ];
}

function variableProblems(
  values: Values,
  { path, variables, variableList }: PodKeys,
  fromVault: readonly string[],
  plainNames: readonly string[],
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
  const twice = (name: string) =>
    plainNames.includes(name) || Object.hasOwn(named, name) ? `stands in ${others} already, must be unique` : undefined;
  const listed = entries(values, [...path, variableList]).flatMap(([entry, where]) => {
    const { name, value } = isMapping(entry) ? entry : {};
    if (typeof name !== "string") return [{ path: `${where}.name`, message: "is missing, must be a variable's name" }];
    const wrong =
      variableProblem(name, fromVault) ??
      twice(name) ??
      (isSecretName(name) && value !== undefined ? inClear : undefined);
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
    .filter((path) => !served && valueAt(values, path) === true)
    .map((path) => ({
      path: pathBelow(prefix, ...path),
      message: "would scrape without a key what wants one, gateway.metricsServer must be set",
    }));
}

/** Objects beside the release: a Secret there would be in clear in the release and in the state. */
function resourceProblems(values: Values): Problem[] {
  const secrets = entries(values, ["extraResources"])
    .filter(([object]) => valueAt(object, ["kind"]) === "Secret")
    .map(([, path]) => ({
      path,
      message: "must be no Secret, whose content would stand in the release in clear text",
    }));
  return [...secrets, ...listProblems(values, ["extraResources"])];
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
  const found = elsewhere.flatMap(([form, by, where]) =>
    where
      .flatMap((path) => entries(values, path))
      .filter(([argument]) => typeof argument === "string" && form.test(argument))
      .map(([, path]) => ({ path, message: `comes from ${by}; must be left out` })),
  );
  return [...found, ...added.flatMap((path) => listProblems(values, path))];
}

/** A list that is merged by us, or that the chart's own defaults show as a mapping. */
function listProblems(values: Values, path: readonly string[]): Problem[] {
  const value = valueAt(values, path);
  return value === undefined || Array.isArray(value)
    ? []
    : [{ path: pathBelow(prefix, ...path), message: "must be a list" }];
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
