import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CacheConfig, CacheMode } from "../config/cache.ts";
import { aclFile, aclLine } from "../litellm/data/acl.ts";
import { cacheVariables } from "../litellm/data/cache.ts";
import { commonLabels } from "../litellm/shared/names.ts";
import { customResource, waitFor } from "./custom-resource.ts";
import { type DragonflyModel, defaultPasswordKey, dragonflySpec } from "./dragonfly.ts";
import { type SecretEntry, externalSecret } from "./external-secrets.ts";
import { keptOr, letters, rotatedSecret, vaultVersions } from "./generated-secret.ts";
import { adoptable } from "./lifecycle.ts";
import type { SecretPartArgs } from "./vault-secrets.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";
import { s3Properties } from "../secrets/properties.ts";

export interface CacheArgs extends SecretPartArgs {
  readonly cache: CacheConfig;
  readonly stack: string;
}

/**
 * What the proxy's cache needs in the cluster: an own Dragonfly, a user in a shared one, or nothing where the server is
 * somebody else's. The proxy's user reaches its key prefix only.
 */
export class Cache extends pulumi.ComponentResource {
  /** Version of the login in Vault; none where the login is not ours. */
  readonly versions: pulumi.Output<string> | undefined;
  /** What the proxy must wait for. */
  readonly requirements: readonly pulumi.Resource[];

  constructor(name: string, args: CacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:Cache", name, {}, options);
    const { cache } = args;
    const login = cache.mode === "dedicated" || cache.mode === "shared" ? this.login(name, cache, args) : undefined;
    this.versions = login?.versions;
    const server =
      login === undefined
        ? []
        : cache.mode === "dedicated"
          ? [this.dragonfly(name, cache, args, login)]
          : cache.mode === "shared"
            ? [this.line(name, cache, args, login.password)]
            : [];
    this.requirements = [...(login === undefined ? [] : [login.secret]), ...server];
    this.registerOutputs({});
  }

  /** The password of the proxy's user: the one in Vault while its version is the same, else a new one. */
  private login(name: string, cache: CacheMode<"dedicated" | "shared">, args: CacheArgs) {
    const { names, place, lifecycle } = args;
    const path = secretPaths.cache;
    const operator =
      cache.mode === "dedicated" ? letters(`${name}-default-password`, 40, lifecycle, this).result : undefined;
    const { value: password, secret: written } = rotatedSecret(
      `${name}-password`,
      {
        ...{ place, stored: args.stored, lifecycle, path, property: "password", secretName: `${name}-vault` },
        ...{ version: cache.password.version, length: 40 },
        beside: (kept) => ({
          username: cache.username,
          ...(operator === undefined ? {} : { defaultPassword: keptOr(kept, "defaultPassword", operator) }),
        }),
      },
      this,
    );
    const versions = vaultVersions({ cache: written.metadata });
    const secret = externalSecret(
      `${name}-user`,
      {
        ...this.place(args),
        versions,
        name: names.cacheSecret,
        entries: [vaultEntry(args, cacheVariables.password, "password")],
      },
      { parent: this, dependsOn: [args.store] },
    );
    return { password, versions, secret };
  }

  private place(args: CacheArgs) {
    return { namespace: args.namespace, store: args.names.secretStore, refreshInterval: args.refreshInterval };
  }

  /** An own Dragonfly with its ACL and, where snapshots go to a bucket, the login to that. */
  private dragonfly(
    name: string,
    cache: CacheMode<"dedicated">,
    args: CacheArgs,
    { versions }: { versions: pulumi.Output<string> },
  ): pulumi.Resource {
    const { names } = args;
    const childOptions = { parent: this, dependsOn: [args.store] };
    const acl = externalSecret(
      `${name}-acl`,
      {
        ...this.place(args),
        versions,
        name: names.cacheAclSecret,
        entries: [vaultEntry(args, "password", "password"), vaultEntry(args, "defaultPassword", "defaultPassword")],
        template: { data: { [aclKey]: aclTemplate(cache), [defaultPasswordKey]: "{{ .defaultPassword }}" } },
      },
      childOptions,
    );
    const path = fullPath(args.place, secretPaths.cacheSnapshots);
    const snapshots =
      cache.persistence?.kind === "s3"
        ? externalSecret(
            `${name}-snapshots`,
            {
              ...this.place(args),
              versions: `snapshots=${args.stored.get(path)?.version ?? 0}`,
              name: names.cacheSnapshotsSecret,
              entries: s3Properties.map((property) => ({ key: property, path, property })),
            },
            childOptions,
          )
        : undefined;
    return customResource<DragonflyModel>(
      name,
      {
        apiVersion: "dragonflydb.io/v1alpha1",
        kind: "Dragonfly",
        metadata: {
          name: names.cache,
          namespace: args.namespace,
          labels: commonLabels,
          // Versions of secrets are in it, which a stack that lost its state counts anew.
          annotations: { ...waitFor.dragonfly, ...adoptable },
        },
        spec: {
          ...dragonflySpec(cache, names, { aclKey, stack: args.stack }),
          // A password that was changed in Vault by hand changes no name: this rolls the pods then, too.
          annotations: { "litellm-platform/secret-versions": versions },
        },
      },
      {
        parent: this,
        dependsOn: [acl, ...(snapshots === undefined ? [] : [snapshots])],
        customTimeouts: { create: "15m", update: "15m" },
        // The operator cannot change the volumes of its StatefulSet, and would try for ever.
        replaceOnChanges: ["spec.snapshot"],
        deleteBeforeReplace: true,
      },
    );
  }

  /** Our user's ACL line beside a shared Dragonfly: an object of our own, so that no tenant writes into another's. */
  private line(
    name: string,
    cache: CacheMode<"shared">,
    { names }: CacheArgs,
    password: pulumi.Output<string>,
  ): pulumi.Resource {
    return new kubernetes.core.v1.Secret(
      `${name}-line`,
      {
        metadata: {
          name: names.cacheLineSecret,
          namespace: cache.namespace,
          labels: { ...commonLabels, [lineLabel]: cache.name },
        },
        stringData: { [lineKey]: pulumi.secret(password.apply((clear) => userLine(cache, clear))) },
      },
      { parent: this },
    );
  }
}

/** Key of the ACL's Secret. */
export const aclKey = "acl.conf";

/** Label of the Secrets that hold a line for a Dragonfly each; its value is the Dragonfly's name. */
export const lineLabel = "litellm-platform/dragonfly-acl";
/** Their key. */
export const lineKey = "line";

function vaultEntry(args: CacheArgs, key: string, property: string): SecretEntry {
  return { key, path: fullPath(args.place, secretPaths.cache), property };
}

/** The ACL file as a template that External Secrets fills with hashes of the passwords from Vault. */
export function aclTemplate(cache: Pick<CacheMode<"dedicated">, "username" | "keyPrefix">): string {
  return aclFile({
    username: cache.username,
    keyPrefix: cache.keyPrefix,
    passwordHash: "{{ .password | sha256sum }}",
    defaultPasswordHash: "{{ .defaultPassword | sha256sum }}",
  });
}

function userLine({ username, keyPrefix }: CacheMode<"shared">, password: string): string {
  return aclLine({ username, keyPrefix, passwordHash: createHash("sha256").update(password).digest("hex") });
}
