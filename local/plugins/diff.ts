/** Differences between two property bags, in the engine's notation of property paths. */
import { isProperties, isSecret, isUnknown, unwrap } from "./values.ts";
import type { Properties, Secret, Value } from "./values.ts";

/** How one property differs. */
export interface PropertyDiff {
  readonly kind: "add" | "delete" | "update";
  /** Whether the resource must be replaced because of it. */
  readonly replace: boolean;
}

/** A step into a value: a member's name or an item's index. */
export type PathStep = string | number;

/** Whether a change at this path forces a replacement. */
export type ReplaceRule = (path: readonly PathStep[]) => boolean;

/** A property path as the engine writes it, for example `spec.containers[0].image` or `data["a.b"]`. */
export function formatPath(path: readonly PathStep[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The leaves at which two property bags differ. Secret marks are no difference, and unknowns always are one. */
export function diffProperties(
  olds: Properties,
  news: Properties,
  mustReplace: ReplaceRule,
): Map<string, PropertyDiff> {
  const details = new Map<string, PropertyDiff>();
  compareMembers(olds, news, [], (path, kind) => {
    details.set(formatPath(path), { kind, replace: mustReplace(path) });
  });
  return details;
}

/** Whether two values are the same but for secret marks. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  let same = true;
  compare(left, right, [], () => {
    same = false;
  });
  return same;
}

type Found = (path: readonly PathStep[], kind: PropertyDiff["kind"]) => void;

function compare(
  marked: Value | undefined,
  markedNew: Value | undefined,
  path: readonly PathStep[],
  found: Found,
): void {
  const oldValue = absentIfNull(unwrap(marked));
  const newValue = absentIfNull(unwrap(markedNew));
  if (oldValue === undefined && newValue === undefined) return;
  if (oldValue === undefined) found(path, "add");
  else if (newValue === undefined) found(path, "delete");
  else if (isUnknown(newValue)) found(path, "update");
  else if (isProperties(oldValue) && isProperties(newValue)) compareMembers(oldValue, newValue, path, found);
  else if (Array.isArray(oldValue) && Array.isArray(newValue)) compareItems(oldValue, newValue, path, found);
  else if (oldValue !== newValue) found(path, "update");
}

function compareMembers(olds: Properties, news: Properties, path: readonly PathStep[], found: Found): void {
  for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    compare(olds[key], news[key], [...path, key], found);
  }
}

function compareItems(olds: readonly Value[], news: readonly Value[], path: readonly PathStep[], found: Found): void {
  for (let index = 0; index < Math.max(olds.length, news.length); index++) {
    compare(olds[index], news[index], [...path, index], found);
  }
}

function absentIfNull(value: Value | undefined): Exclude<Value, null | Secret> | undefined {
  if (value === null || value === undefined || isSecret(value)) return undefined;
  return value;
}
