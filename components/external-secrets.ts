import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { type Names, commonLabels } from "../litellm/shared/names.ts";
import { type Deep, customResource, waitFor } from "./custom-resource.ts";
import { adoptable } from "./lifecycle.ts";
import type { ExternalSecretModel, SecretStoreModel } from "./external-secrets-models.ts";

export interface SecretStoreArgs {
  readonly vault: PlatformConfig["vault"];
  readonly names: Names;
  readonly namespace: pulumi.Input<string>;
  readonly login: VaultLogin;
}

/** How External Secrets logs in to Vault. What it needs must exist before the store can become ready. */
export type VaultLogin =
  | { readonly method: "kubernetes"; readonly mount: string; readonly role: pulumi.Output<string> }
  | {
      readonly method: "appRole";
      readonly mount: string;
      readonly roleId: pulumi.Output<string>;
      readonly secretId: pulumi.Output<string>;
    }
  | { readonly method: "token"; readonly secret: string; readonly key: string };

/** A SecretStore of this namespace only, with a login of its own. */
export class SecretStore extends pulumi.ComponentResource {
  readonly store: kubernetes.apiextensions.CustomResource;

  constructor(name: string, args: SecretStoreArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:SecretStore", name, {}, options);
    const { names, vault } = args;
    const metadata = { namespace: args.namespace, labels: commonLabels };
    const { auth, requires } = this.authOf(name, args);
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
              auth,
            },
          },
        },
      },
      { parent: this, dependsOn: requires },
    );
    this.registerOutputs({});
  }

  /** The login in the store's words, and the objects that it refers to. */
  private authOf(name: string, { login, names, namespace }: SecretStoreArgs): StoreAuth {
    const metadata = { namespace, labels: commonLabels };
    switch (login.method) {
      case "kubernetes": {
        const account = new kubernetes.core.v1.ServiceAccount(
          `${name}-account`,
          { metadata: { ...metadata, name: names.vaultAccount }, automountServiceAccountToken: false },
          { parent: this },
        );
        const serviceAccountRef = { name: names.vaultAccount, audiences: [vaultAudience] };
        return {
          auth: { kubernetes: { mountPath: login.mount, role: login.role, serviceAccountRef } },
          requires: [account],
        };
      }
      case "appRole": {
        const secret = new kubernetes.core.v1.Secret(
          `${name}-login`,
          { metadata: { ...metadata, name: names.vaultLogin }, stringData: { secretId: login.secretId } },
          { parent: this },
        );
        const secretRef = { name: names.vaultLogin, key: "secretId" };
        return { auth: { appRole: { path: login.mount, roleId: login.roleId, secretRef } }, requires: [secret] };
      }
      case "token":
        return { auth: { tokenSecretRef: { name: login.secret, key: login.key } }, requires: [] };
    }
  }
}

interface StoreAuth {
  readonly auth: Deep<SecretStoreModel["spec"]["provider"]["vault"]["auth"]>;
  readonly requires: pulumi.Resource[];
}

/** Audience of the account's tokens: a token for Vault is of no use at the API server. */
export const vaultAudience = "vault";

/** One value of a Secret and where it is stored in Vault. */
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
  /**
   * Versions of the values in Vault. They are in the spec, since a change of it makes External Secrets read the values
   * again at once, and raises the object's generation: the plugin may record an older object of the same one.
   */
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
        annotations: { ...waitFor.ready, ...adoptable },
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
            metadata: {
              labels: { ...commonLabels, ...template?.labels },
              annotations: { "litellm-platform/vault-version": args.versions },
            },
            ...(template?.data === undefined ? {} : { data: template.data }),
          },
        },
        data: args.entries.map(({ key, path, property }) => ({ secretKey: key, remoteRef: { key: path, property } })),
      },
    },
    options,
  );
}
