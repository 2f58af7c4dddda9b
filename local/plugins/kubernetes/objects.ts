/** Pure helpers around Kubernetes objects. */
import { isPlainObject, omit } from "../values.ts";
import type { Plain, PlainObject } from "../values.ts";

/** A member deep inside an object. */
export function member(value: Plain | undefined, ...path: readonly string[]): Plain | undefined {
  let current = value;
  for (const step of path) current = isPlainObject(current) ? current[step] : undefined;
  return current;
}

/** {@link member} that must be text; empty when it is not. */
export function text(value: Plain | undefined, ...path: readonly string[]): string {
  const found = member(value, ...path);
  return typeof found === "string" ? found : "";
}

/** {@link member} that must be a number. */
export function amount(value: Plain | undefined, ...path: readonly string[]): number | undefined {
  const found = member(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** {@link member} that must be a list of objects. */
export function objects(value: Plain | undefined, ...path: readonly string[]): readonly PlainObject[] {
  const found = member(value, ...path);
  return Array.isArray(found) ? found.filter(isPlainObject) : [];
}

/** An annotation's value; empty when it is not set. */
export function annotation(object: PlainObject, key: string): string {
  return text(object, "metadata", "annotations", key);
}

/** `namespace/name`, or `name` alone for objects outside namespaces. */
export function objectId(object: PlainObject): string {
  const namespace = text(object, "metadata", "namespace");
  const name = text(object, "metadata", "name");
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** The reverse of {@link objectId}. */
export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

/** A scalar as text; empty for lists and objects. */
export function scalarText(value: Plain): string {
  return typeof value === "object" ? "" : String(value);
}

/** How an object is called in messages: `apps/v1 Deployment ns/name`. */
export function describe(object: PlainObject): string {
  return `${text(object, "apiVersion")} ${text(object, "kind")} ${objectId(object)}`;
}

/** `apiVersion` and `kind` in a type token such as `kubernetes:apps/v1:Deployment`. */
export function parseType(type: string): { apiVersion: string; kind: string } {
  const [, groupVersion = "", kind = ""] = type.split(":");
  return { apiVersion: groupVersion.replace(/^core\//, ""), kind };
}

/** A copy with other metadata; members set to `undefined` are removed. */
export function withMetadata(object: PlainObject, changes: Readonly<Record<string, Plain | undefined>>): PlainObject {
  const metadata = member(object, "metadata");
  const merged: Record<string, Plain | undefined> = { ...(isPlainObject(metadata) ? metadata : {}), ...changes };
  const kept = Object.entries(merged).filter((entry): entry is [string, Plain] => entry[1] !== undefined);
  return { ...object, metadata: Object.fromEntries(kept) };
}

const serverSetMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];

const serverSetAnnotations = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/** An object as it could have been written by a person: without what the server sets. */
export function withoutServerFields(live: PlainObject): PlainObject {
  const cleared: Record<string, Plain | undefined> = Object.fromEntries(
    serverSetMetadata.map((key) => [key, undefined]),
  );
  const annotations = member(live, "metadata", "annotations");
  if (isPlainObject(annotations)) {
    const kept = omit(annotations, serverSetAnnotations);
    cleared["annotations"] = Object.keys(kept).length === 0 ? undefined : kept;
  }
  return withMetadata(omit(live, ["status"]), cleared);
}

/**
 * The live value in the shape of what was asked for: members that were not asked for are left out, and a value that
 * means the same in another notation (`1000m` and `1`) keeps the notation that was asked for.
 */
export function pruneTo(live: Plain, asked: Plain): Plain {
  if (isPlainObject(live) && isPlainObject(asked)) {
    const pruned: PlainObject = {};
    for (const [key, value] of Object.entries(asked)) {
      const current = live[key];
      if (current !== undefined) pruned[key] = pruneTo(current, value);
      else if (isEmpty(value)) pruned[key] = value;
    }
    return pruned;
  }
  if (Array.isArray(live) && Array.isArray(asked) && live.length === asked.length) {
    return live.map((item, index) => pruneTo(item, asked[index] ?? null));
  }
  return sameQuantity(live, asked) ? asked : live;
}

/** Whether two scalars are the same amount, such as `0.5` and `500m`, or `1Gi` and `1024Mi`. */
export function sameQuantity(left: Plain, right: Plain): boolean {
  if (left === right) return true;
  const leftAmount = quantity(left);
  return leftAmount !== undefined && leftAmount === quantity(right);
}

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function quantity(value: Plain): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const [, number, suffix = ""] = /^([+-]?\d+(?:\.\d+)?)([numkMGTPE]?|[KMGTPE]i)$/.exec(value) ?? [];
  const factor = suffixes[suffix];
  if (number === undefined || factor === undefined) return undefined;
  // Nine digits are what the API server keeps; rounding hides the noise of binary fractions.
  return Number((Number(number) * factor).toPrecision(15));
}

function isEmpty(value: Plain): boolean {
  if (value === null || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isPlainObject(value) && Object.values(value).every(isEmpty);
}
