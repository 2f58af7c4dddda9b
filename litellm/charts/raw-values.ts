import { isMapping } from "../../config/mapping.ts";
import { mergeOver, valueAt } from "../shared/merge.ts";
import type { RawKeys } from "./types.ts";

type Values = Readonly<Record<string, unknown>>;

/** The values with raw ones over them: mappings merge, null takes away, and lists that pods need are added to. */
export function withRawValues(values: Values, raw: Values, { pods, commands, nulls }: RawKeys): Values {
  let merged: Values = mergeOver(withoutHandlers(values, raw, pods), raw, nulls);
  for (const { path, variableList, secrets } of pods) {
    for (const key of ["volumes", "volumeMounts", variableList])
      merged = joined(merged, [...path, key], (at) => [...listAt(values, at), ...listAt(raw, at)], raw);
    // Of several Secrets with one variable the last wins, which is to be ours.
    merged = joined(merged, [...path, secrets], (at) => [...listAt(raw, at), ...listAt(values, at)], raw);
  }
  for (const command of commands) {
    const path = command.split(".");
    merged = joined(merged, path, (at) => [...listAt(values, at), ...listAt(raw, at)], raw);
  }
  return merged;
}

/** A container has one handler before its end: another kind of it takes the place of ours. */
function withoutHandlers(values: Values, raw: Values, pods: RawKeys["pods"]): Values {
  return pods
    .map(({ path }) => [...path, "lifecycle"])
    .filter((path) => isMapping(valueAt(raw, [...path, "preStop"])))
    .reduce<Values>((base, path) => mergeOver(base, nested(path, { preStop: null })), values);
}

/** The values with another list, where the raw ones have one. */
function joined(values: Values, path: readonly string[], list: (path: readonly string[]) => unknown[], raw: Values) {
  return Array.isArray(valueAt(raw, path)) ? mergeOver(values, nested(path, list(path)), "keep") : values;
}

function listAt(values: Values, path: readonly string[]): unknown[] {
  const list = valueAt(values, path);
  return Array.isArray(list) ? (list as unknown[]) : [];
}

function nested(path: readonly string[], value: unknown): Record<string, unknown> {
  return path.reduceRight<unknown>((below, key) => ({ [key]: below }), value) as Record<string, unknown>;
}
