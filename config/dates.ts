import { type Problem, joinPath } from "./problems.ts";

/** How Go writes a time: `2024-10-21 00:00:00 +0000 UTC`. */
const goTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+$/;

/**
 * Values that Pulumi's YAML reader took for dates, since they were not in quotes: what had been written is lost by the
 * time that the program gets them.
 */
export function datesIn(value: unknown, path: readonly PropertyKey[] = []): Problem[] {
  if (typeof value === "string")
    return goTime.test(value)
      ? [{ path: joinPath(...path), message: "must be a string, was read as a date: write it in quotes" }]
      : [];
  if (typeof value !== "object" || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, entry]) => datesIn(entry, [...path, isList ? Number(key) : key]));
}
