import * as pulumi from "@pulumi/pulumi";
import type { ImportSource } from "../config/keys.ts";
import { fullPath } from "../secrets/paths.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { sourceText } from "../secrets/key-source.ts";

/** A key of an existing installation, to become the stack's own. */
export interface ImportedKey {
  readonly value: pulumi.Output<string>;
  /** Kept beside the key under `importedFrom`. */
  readonly source: string;
}

/** The keys to take over, by their path; none once the stack has its own. */
export type ImportedKeys = ReadonlyMap<string, ImportedKey>;

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
