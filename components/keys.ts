import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { keyVariables } from "../litellm/environment.ts";
import type { SecretEntry } from "./external-secrets.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { StoredSecrets } from "./stored-secrets.ts";
import { type VaultPlace, fullPath, secretPaths, storedValues, writeSecret } from "./vault-secrets.ts";

export interface GeneratedKeysArgs {
  readonly place: VaultPlace;
  readonly stored: StoredSecrets;
  readonly masterKeyVersion: number;
  readonly lifecycle: Lifecycle;
}

/**
 * Master key, salt key and dashboard password: made once, written to Vault, and taken from there ever after.
 *
 * The salt key encrypts what is in the database, so nothing replaces it once it is written: neither a change of
 * configuration nor a new generator, nor a stack that is made again. The master key changes with its version only.
 */
export class GeneratedKeys extends pulumi.ComponentResource {
  readonly masterKey: pulumi.Output<string>;
  /** Values of the keys' Secret and where they stand in Vault. */
  readonly entries: readonly SecretEntry[];
  /** Versions of the three secrets in Vault. */
  readonly versions: pulumi.Output<string>;

  constructor(name: string, args: GeneratedKeysArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:GeneratedKeys", name, {}, options);
    const { place, stored, lifecycle } = args;
    const kept = (path: string) => storedValues(place, path, stored, this);

    const version = String(args.masterKeyVersion);
    // A rotation replaces the generator; a protected one could not be replaced. The value itself is safe in Vault.
    const master = letters(`${name}-master`, 32, { ...lifecycle, protect: false }, this, { version });
    this.masterKey = pulumi.secret(
      pulumi
        .all([kept(secretPaths.master), master.result])
        .apply(([old, made]) => (old["version"] === version && old["key"] ? old["key"] : `sk-${made}`)),
    );
    const masterSecret = writeSecret(
      `${name}-master-vault`,
      { place, path: secretPaths.master, values: { key: this.masterKey, version }, lifecycle },
      { parent: this },
    );

    const salt = letters(`${name}-salt`, 48, lifecycle, this);
    const saltSecret = writeSecret(
      `${name}-salt-vault`,
      { place, path: secretPaths.salt, values: { key: keptOr(kept(secretPaths.salt), "key", salt.result) }, lifecycle },
      { parent: this, ignoreChanges: ["dataJson"] },
    );

    const ui = letters(`${name}-ui`, 32, lifecycle, this);
    const uiSecret = writeSecret(
      `${name}-ui-vault`,
      {
        place,
        path: secretPaths.ui,
        values: { password: keptOr(kept(secretPaths.ui), "password", ui.result) },
        lifecycle,
      },
      { parent: this },
    );

    this.entries = [
      { key: keyVariables.master, path: fullPath(place, secretPaths.master), property: "key" },
      { key: keyVariables.salt, path: fullPath(place, secretPaths.salt), property: "key" },
      { key: keyVariables.uiPassword, path: fullPath(place, secretPaths.ui), property: "password" },
    ];
    this.versions = vaultVersions({ master: masterSecret.metadata, salt: saltSecret.metadata, ui: uiSecret.metadata });
    this.registerOutputs({});
  }
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
  keepers?: Record<string, string>,
): random.RandomPassword {
  return new random.RandomPassword(
    name,
    { length, special: false, ...(keepers === undefined ? {} : { keepers }) },
    {
      parent,
      ...lifecycle,
      ignoreChanges: ["length", "special", "upper", "lower", "numeric", "number", "overrideSpecial"],
    },
  );
}

/** The value that Vault holds, else the one made now. */
export function keptOr(
  kept: pulumi.Output<Record<string, string>>,
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
