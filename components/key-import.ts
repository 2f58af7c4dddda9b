import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ImportSource } from "../config/keys.ts";
import type { PlatformConfig } from "../config/platform.ts";
import type { StoredSecrets } from "./stored-secrets.ts";
import { settled } from "./settled.ts";
import { fullPath, secretPaths } from "./vault-secrets.ts";

/** A key of an existing installation, to become the stack's own. */
export interface ImportedKey {
  readonly value: pulumi.Output<string>;
  /** Kept beside the key under {@link importedFrom}. */
  readonly source: string;
}

/** The keys to take over, by their path; none once the stack has its own. */
export type ImportedKeys = ReadonlyMap<string, ImportedKey>;

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

/**
 * Reads the keys that are to be taken over, before anything else is registered: the engine would wait for ever for what
 * is made of a key that is not there.
 *
 * @throws RunError when a source is without the key: going on with a new salt key would void what the old installation
 * has stored; and when no proxy would start with a key
 */
export async function readImports({ keys, vault: { path } }: PlatformConfig, stored: StoredSecrets) {
  const sources = [
    ["salt", keys.salt.importFrom, secretPaths.salt],
    ["master", keys.master.importFrom, secretPaths.master],
  ] as const;
  const read = sources.map(async ([name, source, ofKey]): Promise<(readonly [string, ImportedKey])[]> => {
    if (source === undefined || stored.has(fullPath({ path }, ofKey))) return [];
    const key =
      source.kind === "vault"
        ? (stored.get(source.path)?.values?.[source.property] ?? "")
        : await settled(fromSecret(`litellm-keys-${name}-import`, source));
    if (key === "")
      throw new pulumi.RunError(`${sourceText(source)} is empty or not there, must hold the key to import`);
    if (name === "master" && isExampleKey(key))
      throw new pulumi.RunError(
        `${sourceText(source)} is ${exampleKey}, LiteLLM's public example, with which no proxy starts: keys.master.importFrom must be left out, and where there was no salt key, keys.salt.importFrom must take it in its place`,
      );
    return [[ofKey, { value: pulumi.secret(key), source: sourceText(source) }]];
  });
  return new Map((await Promise.all(read)).flat());
}

/** The key to take over, or nothing once the stack has one of its own. */
export function importedKey(
  imports: ImportedKeys,
  source: ImportSource | undefined,
  place: { readonly path: string; readonly stored: StoredSecrets; readonly key: string },
): ImportedKey | undefined {
  if (source === undefined || place.stored.has(fullPath(place, place.key))) return undefined;
  const imported = imports.get(place.key);
  if (imported === undefined) throw new pulumi.RunError(`${sourceText(source)} must be read by readImports first`);
  return imported;
}

function fromSecret(name: string, { namespace, name: secret, key }: Extract<ImportSource, { kind: "secret" }>) {
  const { data } = kubernetes.core.v1.Secret.get(name, `${namespace}/${secret}`);
  return data.apply((values: Record<string, string> | undefined) =>
    // As it is, line break and all: that is what the old installation has encrypted with.
    Buffer.from(values?.[key] ?? "", "base64").toString("utf8"),
  );
}
