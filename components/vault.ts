import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { PlatformConfig } from "../config/platform.ts";
import type { Names } from "../litellm/shared/names.ts";
import { type VaultLogin, vaultAudience } from "./external-secrets.ts";
import { engineDescription } from "../secrets/paths.ts";

export interface VaultAccessArgs {
  readonly vault: PlatformConfig["vault"];
  readonly names: Names;
  readonly namespace: pulumi.Input<string>;
  /** Full paths below the mount that External Secrets may read. */
  readonly paths: readonly string[];
}

/** Seconds that a login to Vault lasts; External Secrets logs in anew for each read. */
const tokenTtl = 600;

/** One policy that reads this stack's paths and nothing else, and one way to log in with it. */
export class VaultAccess extends pulumi.ComponentResource {
  readonly login: VaultLogin;

  constructor(name: string, args: VaultAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:VaultAccess", name, {}, options);
    const policy = new vault.Policy(
      `${name}-policy`,
      { name: args.names.vaultRole, policy: readPolicy(args.vault.mount, args.paths) },
      { parent: this },
    );
    this.login = this.makeLogin(name, args, policy);
    this.registerOutputs({});
  }

  private makeLogin(
    name: string,
    { vault: { auth }, names, namespace }: VaultAccessArgs,
    policy: vault.Policy,
  ): VaultLogin {
    const token = { tokenPolicies: [policy.name], tokenTtl, tokenMaxTtl: tokenTtl };
    switch (auth.method) {
      case "kubernetes": {
        const role = new vault.kubernetes.AuthBackendRole(
          `${name}-role`,
          {
            backend: auth.mount,
            roleName: names.vaultRole,
            boundServiceAccountNames: [names.vaultAccount],
            boundServiceAccountNamespaces: [namespace],
            audience: vaultAudience,
            ...token,
          },
          { parent: this },
        );
        return { method: "kubernetes", mount: auth.mount, role: role.roleName };
      }
      case "appRole": {
        const role = new vault.approle.AuthBackendRole(
          `${name}-role`,
          { backend: auth.mount, roleName: names.vaultRole, ...token },
          { parent: this },
        );
        const { secretId } = new vault.approle.AuthBackendRoleSecretId(
          `${name}-secret-id`,
          { backend: auth.mount, roleName: role.roleName },
          { parent: this },
        );
        return { method: "appRole", mount: auth.mount, roleId: role.roleId, secretId: pulumi.secret(secretId) };
      }
      case "token":
        return { method: "token", secret: auth.secretName, key: auth.key };
    }
  }
}

/**
 * The KV version 2 mount, where the stack makes it. A destroy never takes it away: with it would go every secret of
 * every stack that has moved in, and their history.
 *
 * @param isThere - whether Vault has it already, from `hasOwnEngine`: then it is taken over
 */
export function secretsEngine(
  name: string,
  { vault: { mount }, protect }: PlatformConfig,
  isThere: boolean,
): vault.Mount {
  return new vault.Mount(
    name,
    { path: mount, type: "kv", options: { version: "2" }, description: engineDescription },
    // The id of a mount is its path, so that this changes nothing where the state has it.
    { protect, retainOnDelete: true, ...(isThere && { import: mount }) },
  );
}

/** Reads the given secrets of a KV version 2 mount: no listing, no writing, no neighbour. */
export function readPolicy(mount: string, paths: readonly string[]): string {
  return [...paths]
    .sort()
    .map((path) => `path "${mount}/data/${path}" {\n  capabilities = ["read"]\n}\n`)
    .join("\n");
}
