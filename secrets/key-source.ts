import type { ImportSource } from "../config/keys.ts";

/** Name of the value that says where a key came from: the sign that it was not generated. */
export const importedFrom = "importedFrom";

/** The key of LiteLLM's documentation. As a master key the proxy refuses it; a salt key it may be. */
export const exampleKey = "sk-1234";

/** Whether LiteLLM takes a key for that one. */
export function isExampleKey(key: unknown): boolean {
  return typeof key === "string" && key.trim() === exampleKey;
}

/** Where a key is imported from, in words. */
export function sourceText(source: ImportSource): string {
  return source.kind === "vault"
    ? `Vault ${source.path} ${source.property}`
    : `Secret ${source.namespace}/${source.name} ${source.key}`;
}
