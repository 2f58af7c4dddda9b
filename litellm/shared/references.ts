import { isMapping } from "../../config/mapping.ts";

const referencePrefix = "os.environ/";

export function isReference(value: string): boolean {
  return value.startsWith(referencePrefix);
}

/** Name of the variable that a reference leads to. */
export function variableOf(reference: string): string {
  return reference.slice(referencePrefix.length);
}

export function referenceTo(variable: string): string {
  return `${referencePrefix}${variable}`;
}

/** Names of the variables that settings refer to, at every depth at which LiteLLM resolves them. */
export function referencedVariables(settings: Readonly<Record<string, unknown>>): string[] {
  return Object.values(settings).flatMap((value) => {
    if (typeof value === "string") return isReference(value) ? [variableOf(value)] : [];
    if (Array.isArray(value)) return value.filter(isMapping).flatMap(referencedVariables);
    return isMapping(value) ? referencedVariables(value) : [];
  });
}

/** Something at a path within settings. */
export interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Every value that is neither a mapping nor a list, with its path. */
export function leavesOf(value: unknown, path: readonly (string | number)[] = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((entry: unknown, index) => leavesOf(entry, [...path, index]));
  if (!isMapping(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, entry]) => leavesOf(entry, [...path, key]));
}
