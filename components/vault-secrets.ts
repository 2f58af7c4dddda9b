import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { Names } from "../litellm/shared/names.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type SecretPlace, fullPath } from "../secrets/paths.ts";
import type { StoredSecrets } from "../secrets/stored.ts";

/** Where a stack's secrets are stored in Vault. */
export interface VaultPlace extends SecretPlace {
  /** The secrets engine, where the stack makes it. */
  readonly engine?: pulumi.Resource | undefined;
}

/** What a part with a login of its own is given: where its secrets come from, and where they go. */
export interface SecretPartArgs {
  readonly names: Names;
  readonly namespace: pulumi.Input<string>;
  readonly place: VaultPlace;
  /** What Vault holds already. */
  readonly stored: StoredSecrets;
  /** How often External Secrets reads Vault again. */
  readonly refreshInterval: string;
  /** The SecretStore, which must be ready before a Secret can be. */
  readonly store: pulumi.Resource;
  readonly lifecycle: Lifecycle;
}

/**
 * What Vault already holds at a path of the stack's own, or nothing: a stack that was destroyed and is made again takes
 * up its old keys instead of new ones.
 *
 * @throws RunError if the secret exists and its values were not read: a new key would replace the existing one
 */
export function storedValues(
  place: VaultPlace,
  path: string,
  stored: StoredSecrets,
): pulumi.Output<Readonly<Record<string, string>>> {
  const name = fullPath(place, path);
  const secret = stored.get(name);
  if (secret?.deleted === false && secret.values === undefined)
    throw new pulumi.RunError(
      `${name} exists in Vault and its values were not read. Read them with readSecrets first.`,
    );
  return pulumi.secret(secret?.values ?? {});
}

/** Writes a secret of the stack's own to Vault. */
export function writeSecret(
  name: string,
  args: {
    readonly place: VaultPlace;
    readonly path: string;
    readonly values: Record<string, pulumi.Input<string | undefined>>;
    readonly lifecycle: Lifecycle;
    /** What must be in Vault before it. Default: the secrets engine alone. */
    readonly after?: pulumi.Resource | undefined;
  },
  options: pulumi.CustomResourceOptions,
): vault.kv.SecretV2 {
  const dependsOn = [args.place.engine, args.after].filter((resource) => resource !== undefined);
  return new vault.kv.SecretV2(
    name,
    {
      mount: args.place.mount,
      name: fullPath(args.place, args.path),
      dataJson: pulumi.secret(pulumi.jsonStringify(args.values)),
    },
    { ...args.lifecycle, dependsOn, ...options },
  );
}
