import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { type Names, commonLabels } from "../litellm/names.ts";
import { customResource, waitFor } from "./custom-resource.ts";
import { adoptable } from "./lifecycle.ts";
import type { ExternalSecretModel, SecretStoreModel } from "./external-secrets-models.ts";

export interface SecretStoreArgs {
  readonly vault: PlatformConfig["vault"];
  readonly names: Names;
  readonly namespace: pulumi.Input<string>;
  /** Vault's role for the account, which must exist before the store can become ready. */
  readonly role: pulumi.Input<string>;
}

/** A SecretStore of this namespace only, logged in to Vault as one ServiceAccount. */
export class SecretStore extends pulumi.ComponentResource {
  readonly store: kubernetes.apiextensions.CustomResource;

  constructor(name: string, args: SecretStoreArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:SecretStore", name, {}, options);
    const { names, vault } = args;
    const metadata = { namespace: args.namespace, labels: commonLabels };
    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { ...metadata, name: names.vaultAccount }, automountServiceAccountToken: false },
      { parent: this },
    );
    this.store = customResource<SecretStoreModel>(
      name,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "SecretStore",
        metadata: { ...metadata, name: names.secretStore, annotations: waitFor.ready },
        spec: {
          provider: {
            vault: {
              server: vault.address,
              path: vault.mount,
              version: "v2",
              ...(vault.namespace === undefined ? {} : { namespace: vault.namespace }),
              ...(vault.caBundle === undefined ? {} : { caBundle: vault.caBundle }),
              auth: {
                kubernetes: {
                  mountPath: vault.auth.kubernetes.mount,
                  role: args.role,
                  serviceAccountRef: { name: names.vaultAccount, audiences: [vaultAudience] },
                },
              },
            },
          },
        },
      },
      { parent: this, dependsOn: [account] },
    );
    this.registerOutputs({});
  }
}

/** Audience of the account's tokens: a token for Vault is of no use at the API server. */
export const vaultAudience = "vault";

/** One value of a Secret and where it stands in Vault. */
export interface SecretEntry {
  readonly key: string;
  /** Full path below the mount. */
  readonly path: string;
  readonly property: string;
}

export interface ExternalSecretArgs {
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  readonly store: string;
  readonly refreshInterval: string;
  readonly entries: readonly SecretEntry[];
  /** Versions of the values in Vault; a change makes External Secrets read them again at once. */
  readonly versions: pulumi.Input<string>;
  readonly labels?: Record<string, string>;
  readonly template?: {
    readonly type?: string;
    /** Contents by key, as templates over the entries' keys. Default: the entries as they are. */
    readonly data?: Record<string, string>;
    readonly labels?: Record<string, string>;
  };
}

/** A Secret that External Secrets keeps as Vault has it. It stays when Vault loses the values. */
export function externalSecret(
  name: string,
  args: ExternalSecretArgs,
  options: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  const { template } = args;
  return customResource<ExternalSecretModel>(
    name,
    {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: {
        name: args.name,
        namespace: args.namespace,
        labels: commonLabels,
        annotations: { ...waitFor.ready, ...adoptable, "litellm-platform/vault-version": args.versions },
      },
      spec: {
        refreshInterval: args.refreshInterval,
        secretStoreRef: { name: args.store, kind: "SecretStore" },
        target: {
          name: args.name,
          creationPolicy: "Owner",
          deletionPolicy: "Retain",
          template: {
            type: template?.type ?? "Opaque",
            metadata: { labels: { ...commonLabels, ...template?.labels } },
            ...(template?.data === undefined ? {} : { data: template.data }),
          },
        },
        data: args.entries.map(({ key, path, property }) => ({ secretKey: key, remoteRef: { key: path, property } })),
      },
    },
    options,
  );
}
