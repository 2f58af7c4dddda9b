import { createHash } from "node:crypto";

/** The first digits of the SHA-256 of a value's JSON with sorted keys: equal values have equal hashes. */
export function shortHash(value: unknown, digits = 10): string {
  return createHash("sha256").update(stableJson(value)).digest("hex").slice(0, digits);
}

export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
