import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { PlatformConfig } from "../config/platform.ts";
import type { Names } from "../litellm/names.ts";
import { vaultAudience } from "./external-secrets.ts";

export interface VaultAccessArgs {
  readonly vault: PlatformConfig["vault"];
  readonly names: Names;
  readonly namespace: pulumi.Input<string>;
  /** Full paths below the mount that External Secrets may read. */
  readonly paths: readonly string[];
}

/** Seconds that a login to Vault lasts; External Secrets logs in anew for each read. */
const tokenTtl = 600;

/** One policy that reads this stack's paths and nothing else, for one ServiceAccount in one namespace. */
export class VaultAccess extends pulumi.ComponentResource {
  readonly role: pulumi.Output<string>;

  constructor(name: string, args: VaultAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:VaultAccess", name, {}, options);
    const { names } = args;
    const policy = new vault.Policy(
      `${name}-policy`,
      { name: names.vaultRole, policy: readPolicy(args.vault.mount, args.paths) },
      { parent: this },
    );
    const role = new vault.kubernetes.AuthBackendRole(
      `${name}-role`,
      {
        backend: args.vault.auth.kubernetes.mount,
        roleName: names.vaultRole,
        boundServiceAccountNames: [names.vaultAccount],
        boundServiceAccountNamespaces: [args.namespace],
        audience: vaultAudience,
        tokenPolicies: [policy.name],
        tokenTtl,
        tokenMaxTtl: tokenTtl,
      },
      { parent: this },
    );
    this.role = role.roleName;
    this.registerOutputs({ role: this.role });
  }
}

/** Reads the given secrets of a KV version 2 mount: no listing, no writing, no neighbour. */
export function readPolicy(mount: string, paths: readonly string[]): string {
  return [...paths]
    .sort()
    .map((path) => `path "${mount}/data/${path}" {\n  capabilities = ["read"]\n}\n`)
    .join("\n");
}
