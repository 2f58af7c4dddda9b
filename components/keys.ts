import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { keyVariables } from "../litellm/proxy/environment.ts";
import type { SecretEntry } from "./external-secrets.ts";
import { keptOr, letters, origin, rotatedSecret, vaultVersions } from "./generated-secret.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type VaultPlace, storedValues, writeSecret } from "./vault-secrets.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { type ImportedKeys, importedKey } from "./imported-key.ts";

export interface GeneratedKeysArgs {
  readonly place: VaultPlace;
  readonly stored: StoredSecrets;
  readonly keys: PlatformConfig["keys"];
  /** Keys to take over, from `readImports`. */
  readonly imports: ImportedKeys;
  readonly lifecycle: Lifecycle;
}

/**
 * Master key, salt key and dashboard password: made or imported once, written to Vault, and taken from there ever after.
 *
 * The salt key encrypts what is in the database, so nothing replaces it once it is written: neither a change of
 * configuration nor a new generator, nor a stack that is made again. The others change with their versions only.
 */
export class GeneratedKeys extends pulumi.ComponentResource {
  readonly masterKey: pulumi.Output<string>;
  /** Values of the keys' Secret and where they are stored in Vault. */
  readonly entries: readonly SecretEntry[];
  /** Versions of the three secrets in Vault. */
  readonly versions: pulumi.Output<string>;

  constructor(name: string, args: GeneratedKeysArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:GeneratedKeys", name, {}, options);
    const { place, stored, keys, imports, lifecycle } = args;
    const { master: masterPath, salt: saltPath, ui: uiPath } = secretPaths;

    const kept = storedValues(place, saltPath, stored);
    const { path } = place;
    const imported = importedKey(imports, keys.salt.importFrom, { path, stored, key: saltPath });
    // The engine ignores changes of a secret that it updates, and not of one that it replaces, as with another path in
    // Vault. So the generator remembers a key that it has not made.
    const taken = pulumi.all([kept, imported?.value]).apply(([old, theirs]) => old["key"] ?? theirs ?? "");
    const generator = letters(`${name}-salt`, 48, lifecycle, this, { taken: pulumi.secret(taken) }, ["keepers"]);
    const remembered = pulumi
      .all([generator.keepers, generator.result])
      .apply(([keepers, made]) => keepers?.["taken"] || made);
    const salt = writeSecret(
      `${name}-salt-vault`,
      {
        place,
        path: saltPath,
        values: { key: keptOr(kept, "key", remembered), ...origin(kept, imported) },
        lifecycle,
      },
      { parent: this, ignoreChanges: ["dataJson"] },
    );

    const master = rotatedSecret(
      `${name}-master`,
      {
        ...{ place, stored, lifecycle, path: masterPath, property: "key" },
        ...{ version: keys.master.version, length: 32, prefix: "sk-", after: salt },
        imported: importedKey(imports, keys.master.importFrom, { path, stored, key: masterPath }),
      },
      this,
    );
    this.masterKey = master.value;

    const ui = rotatedSecret(
      `${name}-ui`,
      {
        ...{ place, stored, lifecycle, path: uiPath, property: "password" },
        ...{ version: keys.ui.version, length: 32 },
      },
      this,
    );

    this.entries = [
      { key: keyVariables.master, path: fullPath(place, masterPath), property: "key" },
      { key: keyVariables.salt, path: fullPath(place, saltPath), property: "key" },
      { key: keyVariables.uiPassword, path: fullPath(place, uiPath), property: "password" },
    ];
    this.versions = vaultVersions({
      master: master.secret.metadata,
      salt: salt.metadata,
      ui: ui.secret.metadata,
    });
    this.registerOutputs({});
  }
}
