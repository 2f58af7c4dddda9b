import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { aclFile } from "../litellm/acl.ts";
import { cachePasswordVariable } from "../litellm/environment.ts";
import { type Names, commonLabels } from "../litellm/names.ts";
import { customResource, waitFor } from "./custom-resource.ts";
import { type SecretEntry, externalSecret } from "./external-secrets.ts";
import { keptOr, letters, vaultVersions } from "./generated-secret.ts";
import { type SecretPartArgs, fullPath, secretPaths, storedValues, writeSecret } from "./vault-secrets.ts";

export interface CacheArgs extends SecretPartArgs {
  readonly cache: PlatformConfig["cache"];
}

/** An own Dragonfly. The proxy's user reaches its key prefix only; the default user is the operator's. */
export class Cache extends pulumi.ComponentResource {
  readonly dragonfly: kubernetes.apiextensions.CustomResource;
  /** Version of the login in Vault. */
  readonly versions: pulumi.Output<string>;
  /** The Secret with the proxy's password. */
  readonly login: kubernetes.apiextensions.CustomResource;

  constructor(name: string, args: CacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:Cache", name, {}, options);
    const { cache, names, place, lifecycle } = args;
    const path = secretPaths.cache;

    const user = letters(`${name}-password`, 40, lifecycle, this);
    const operator = letters(`${name}-default-password`, 40, lifecycle, this);
    const kept = storedValues(place, path, args.stored, this);
    const written = writeSecret(
      `${name}-vault`,
      {
        place,
        path,
        values: {
          username: cache.username,
          password: keptOr(kept, "password", user.result),
          defaultPassword: keptOr(kept, "defaultPassword", operator.result),
        },
        lifecycle,
      },
      { parent: this },
    );
    this.versions = vaultVersions({ cache: written.metadata });
    const common = {
      namespace: args.namespace,
      store: names.secretStore,
      refreshInterval: args.refreshInterval,
      versions: this.versions,
    };
    const entry = (key: string, property: string): SecretEntry => ({ key, path: fullPath(place, path), property });
    const childOptions = { parent: this, dependsOn: [args.store] };

    this.login = externalSecret(
      `${name}-user`,
      { ...common, name: names.cacheSecret, entries: [entry(cachePasswordVariable, "password")] },
      childOptions,
    );
    const acl = externalSecret(
      `${name}-acl`,
      {
        ...common,
        name: names.cacheAclSecret,
        entries: [entry("password", "password"), entry("defaultPassword", "defaultPassword")],
        template: { data: { [aclKey]: aclTemplate(cache), [defaultPasswordKey]: "{{ .defaultPassword }}" } },
      },
      childOptions,
    );
    this.dragonfly = customResource<DragonflyModel>(
      name,
      {
        apiVersion: "dragonflydb.io/v1alpha1",
        kind: "Dragonfly",
        metadata: {
          name: names.cache,
          namespace: args.namespace,
          labels: commonLabels,
          annotations: waitFor.dragonfly,
        },
        spec: dragonflySpec(cache, names),
      },
      { parent: this, dependsOn: [acl], customTimeouts: { create: "15m", update: "15m" } },
    );
    this.registerOutputs({});
  }
}

/** Keys of the ACL's Secret. */
export const aclKey = "acl.conf";
const defaultPasswordKey = "default-password";

/** The ACL file as a template that External Secrets fills with the passwords from Vault. */
export function aclTemplate(cache: PlatformConfig["cache"]): string {
  return aclFile({
    username: cache.username,
    keyPrefix: cache.keyPrefix,
    password: "{{ .password }}",
    defaultPassword: "{{ .defaultPassword }}",
  });
}

/** The fields of `dragonflydb.io/v1alpha1` that we use. */
export interface DragonflyModel {
  readonly apiVersion: "dragonflydb.io/v1alpha1";
  readonly kind: "Dragonfly";
  readonly spec: {
    readonly replicas: number;
    readonly aclFromSecret: { readonly name: string; readonly key: string };
    readonly authentication: { readonly passwordFromSecret: { readonly name: string; readonly key: string } };
    readonly resources: Record<"requests" | "limits", { readonly cpu: string; readonly memory: string }>;
    readonly podSecurityContext: Record<string, unknown>;
    readonly containerSecurityContext: Record<string, unknown>;
  };
}

export function dragonflySpec(cache: PlatformConfig["cache"], names: Names): DragonflyModel["spec"] {
  return {
    replicas: cache.replicas,
    aclFromSecret: { name: names.cacheAclSecret, key: aclKey },
    // The operator logs in as the default user to arrange replication; the ACL file gives that user the same password.
    authentication: { passwordFromSecret: { name: names.cacheAclSecret, key: defaultPasswordKey } },
    resources: { requests: cache.resources, limits: cache.resources },
    podSecurityContext: {
      runAsNonRoot: true,
      runAsUser: 999,
      fsGroup: 999,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}
