import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { ImportSource } from "../config/keys.ts";
import type { StoredSecrets } from "./stored-secrets.ts";
import { type VaultPlace, fullPath } from "./vault-secrets.ts";

/** A key of an existing installation, to become the stack's own. */
export interface ImportedKey {
  readonly value: pulumi.Output<string>;
  /** Kept beside the key under {@link importedFrom}. */
  readonly source: string;
}

/** Name of the value that says where a key came from: the sign that it was not generated. */
export const importedFrom = "importedFrom";

/** Where a key is imported from, in words. */
export function sourceText(source: ImportSource): string {
  return source.kind === "vault"
    ? `Vault ${source.path} ${source.property}`
    : `Secret ${source.namespace}/${source.name} ${source.key}`;
}

/**
 * The key to take over, or nothing once the stack has one of its own. A source without the key fails the program:
 * going on with a new salt key would void what the old installation has stored.
 */
export function importedKey(
  name: string,
  args: {
    readonly source: ImportSource | undefined;
    readonly place: VaultPlace;
    /** Path of the stack's own key. */
    readonly path: string;
    readonly stored: StoredSecrets;
  },
  parent: pulumi.Resource,
): ImportedKey | undefined {
  const { source, place } = args;
  if (source === undefined || args.stored.has(fullPath(place, args.path))) return undefined;
  const found = source.kind === "vault" ? fromVault(source, place, parent) : fromSecret(name, source, parent);
  const value = found.apply((key) => {
    if (key !== undefined && key !== "") return key;
    throw new pulumi.RunError(`${sourceText(source)} is empty or not there, must hold the key to import`);
  });
  return { value: pulumi.secret(value), source: sourceText(source) };
}

type Source<Kind extends ImportSource["kind"]> = Extract<ImportSource, { kind: Kind }>;

function fromVault({ path, property }: Source<"vault">, { mount }: VaultPlace, parent: pulumi.Resource) {
  const { data } = vault.kv.getSecretV2Output({ mount, name: path }, { parent });
  return data.apply((values): string | undefined => values[property]);
}

function fromSecret(name: string, { namespace, name: secret, key }: Source<"secret">, parent: pulumi.Resource) {
  const { data } = kubernetes.core.v1.Secret.get(name, `${namespace}/${secret}`, { parent });
  return data.apply((values: Record<string, string> | undefined) => {
    const encoded = values?.[key];
    // As it is, line break and all: that is what the old installation has encrypted with.
    return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
  });
}
