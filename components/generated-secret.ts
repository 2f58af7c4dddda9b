import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type * as vault from "@pulumi/vault";
import type { Lifecycle } from "./lifecycle.ts";
import { type VaultPlace, storedValues, writeSecret } from "./vault-secrets.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { importedFrom } from "../secrets/key-source.ts";
import type { ImportedKey } from "./imported-key.ts";

export interface RotatedSecretArgs {
  readonly place: VaultPlace;
  readonly path: string;
  /** Name of the value within the secret. */
  readonly property: string;
  /** Another one than that in Vault makes a new value. */
  readonly version: number;
  /** Letters and digits that are generated. */
  readonly length: number;
  /** Name of the secret's resource. Default: that of the generator with -vault behind it. */
  readonly secretName?: string;
  /** What else stands in the secret, given what Vault holds of it. */
  readonly beside?: (kept: pulumi.Output<Readonly<Record<string, string>>>) => Record<string, pulumi.Input<string>>;
  /** What must be in Vault before it is. */
  readonly after?: pulumi.Resource;
  /** Stands before what is generated. */
  readonly prefix?: string;
  readonly imported?: ImportedKey | undefined;
  readonly stored: StoredSecrets;
  readonly lifecycle: Lifecycle;
}

/** A secret of the stack's own that changes with its version only: the value that Vault has, else a new one. */
export function rotatedSecret(
  name: string,
  args: RotatedSecretArgs,
  parent: pulumi.Resource,
): { readonly value: pulumi.Output<string>; readonly secret: vault.kv.SecretV2 } {
  const { place, path, property, lifecycle, imported } = args;
  const version = String(args.version);
  // A rotation replaces the generator; a protected one could not be replaced. The value itself is safe in Vault.
  const generated = letters(name, args.length, { ...lifecycle, protect: false }, parent, { version });
  const kept = storedValues(place, path, args.stored);
  const fresh = imported?.value ?? generated.result.apply((made) => `${args.prefix ?? ""}${made}`);
  const value = pulumi.secret(
    pulumi
      .all([kept, fresh])
      .apply(([old, made]) => ((old["version"] ?? "1") === version && old[property] ? old[property] : made)),
  );
  const secret = writeSecret(
    args.secretName ?? `${name}-vault`,
    {
      place,
      path,
      values: { ...args.beside?.(kept), [property]: value, version, ...origin(kept, imported) },
      lifecycle,
      after: args.after,
    },
    { parent },
  );
  return { value, secret };
}

/** Where the key came from, if it was imported, now or by an earlier `up`. */
export function origin(
  kept: pulumi.Output<Readonly<Record<string, string>>>,
  imported: ImportedKey | undefined,
): Record<string, pulumi.Output<string | undefined>> {
  return { [importedFrom]: kept.apply((old): string | undefined => old[importedFrom] ?? imported?.source) };
}

/**
 * Letters and digits only: they need no escaping in a URL, a YAML file or a shell. The generator's arguments are
 * ignored once a value is there, so that a new length or a new version of the generator cannot replace it.
 */
export function letters(
  name: string,
  length: number,
  lifecycle: Lifecycle,
  parent: pulumi.Resource,
  keepers?: Record<string, pulumi.Input<string>>,
  ignored: readonly string[] = [],
): random.RandomPassword {
  return new random.RandomPassword(
    name,
    { length, special: false, ...(keepers === undefined ? {} : { keepers }) },
    {
      parent,
      ...lifecycle,
      ignoreChanges: ["length", "special", "upper", "lower", "numeric", "number", "overrideSpecial", ...ignored],
    },
  );
}

/** The value that Vault holds, else the one made now. */
export function keptOr(
  kept: pulumi.Output<Readonly<Record<string, string>>>,
  key: string,
  made: pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi.secret(pulumi.all([kept, made]).apply(([old, fresh]) => old[key] ?? fresh));
}

/** `master=1,salt=1`: changes exactly when a secret in Vault has. */
export function vaultVersions(metadata: Record<string, pulumi.Output<Record<string, string>>>): pulumi.Output<string> {
  return pulumi.unsecret(pulumi.all(metadata)).apply((all) =>
    Object.entries(all)
      .map(([name, { version }]) => `${name}=${version ?? "0"}`)
      .join(","),
  );
}
