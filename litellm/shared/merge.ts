import { isMapping } from "../../config/mapping.ts";

/**
 * `base` with `over` on top: mappings merge, anything else replaces, null takes a key away, or stays for somebody else
 * to do so. Neither is changed. What is no plain mapping, such as an engine's value that is not known yet, is taken as it
 * is.
 */
export function mergeOver(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
  nulls: "remove" | "keep" = "remove",
): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const own = merged.get(key);
    if (value === null && nulls === "remove") merged.delete(key);
    else if (value !== undefined)
      merged.set(key, isMapping(value) ? mergeOver(isMapping(own) ? own : {}, value, nulls) : value);
  }
  return Object.fromEntries(merged);
}

/** The value at a path of keys; undefined where there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (here, key) => (isMapping(here) && Object.hasOwn(here, key) ? here[key] : undefined),
    value,
  );
}
