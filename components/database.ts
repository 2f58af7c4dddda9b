import * as kubernetes from "@pulumi/kubernetes";
import type { IDatabase } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Database";
import * as pulumi from "@pulumi/pulumi";
import { caMount } from "../litellm/data/database.ts";
import { commonLabels } from "../litellm/shared/names.ts";
import { customResource, waitFor } from "./custom-resource.ts";
import { ownCluster } from "./database-cluster.ts";
import { externalSecret } from "./external-secrets.ts";
import { rotatedSecret, vaultVersions } from "./generated-secret.ts";
import { adoptable } from "./lifecycle.ts";

import { fullPath, secretPaths } from "../secrets/paths.ts";
import { loginProperties } from "../secrets/properties.ts";
import type { DatabaseArgs, DatabaseArgsOf } from "./database-args.ts";

/** LiteLLM's database and the role that owns it: in an own Cluster, in someone else's, or outside. */
export class Database extends pulumi.ComponentResource {
  /** Version of the owner's login in Vault. */
  readonly versions: pulumi.Output<string>;
  /** What must wait for the database waits for these. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:Database", name, {}, options);
    const { database } = args;
    switch (database.mode) {
      case "cluster": {
        const login = this.generatedLogin(name, { ...args, database });
        this.versions = login.versions;
        const owner = ownerSecret(`${name}-owner`, args, login.versions, this);
        this.ready = [login.secret, ...ownCluster(name, { ...args, database, owner }, this)];
        break;
      }
      case "shared": {
        const login = this.generatedLogin(name, { ...args, database });
        this.versions = login.versions;
        const shared = this.sharedDatabase(name, { ...args, database }, login.password);
        this.ready = [login.secret, shared, ...this.certificate(name, args, database.ca)];
        break;
      }
      case "external": {
        const login = this.givenLogin(name, { ...args, database });
        this.versions = login.versions;
        this.ready = [login.secret, ...this.certificate(name, args, database.ca)];
        break;
      }
    }
    this.registerOutputs({});
  }

  /** A password of the stack's own, and the Secret with it. */
  private generatedLogin(name: string, args: DatabaseArgsOf<"cluster" | "shared">) {
    const { database, place } = args;
    const password = rotatedSecret(
      `${name}-password`,
      {
        ...{ place, stored: args.stored, lifecycle: args.lifecycle, path: secretPaths.database, property: "password" },
        ...{
          version: database.password.version,
          length: 40,
          secretName: `${name}-vault`,
          beside: () => ({ username: database.owner }),
        },
      },
      this,
    );
    const versions = vaultVersions({ database: password.secret.metadata });
    const secret = loginSecret(name, args, { path: ownPath(args), versions }, this);
    return { password: password.value, versions, secret };
  }

  /** A login that people have put into Vault; its password may hold what a URL would misread. */
  private givenLogin(name: string, args: DatabaseArgsOf<"external">) {
    const path = args.database.login.vaultPath;
    const versions = pulumi.output(`database=${args.stored.get(path)?.version ?? 0}`);
    const data = Object.fromEntries(
      loginProperties.map((key) => [key, `{{ .${key} | urlquery | replace "+" "%20" }}`]),
    );
    return { versions, secret: loginSecret(name, args, { path, versions, data }, this) };
  }

  /**
   * The database in someone else's Cluster, and beside it the Secret with the role's password. The role itself is
   * declared by the Cluster's owner: `spec.managed.roles` is one list, which has one owner.
   */
  private sharedDatabase(
    name: string,
    { database, names, lifecycle, namespace }: DatabaseArgsOf<"shared">,
    password: pulumi.Output<string>,
  ): pulumi.Resource {
    const metadata = {
      namespace: database.cluster.namespace ?? namespace,
      labels: commonLabels,
      annotations: adoptable,
    };
    const role = new kubernetes.core.v1.Secret(
      `${name}-role`,
      {
        metadata: { ...metadata, name: names.sharedRole, labels: { ...commonLabels, ...reloadLabel } },
        type: basicAuth,
        stringData: { username: database.owner, password },
      },
      { parent: this, ...lifecycle },
    );
    return customResource<IDatabase>(
      `${name}-shared`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Database",
        metadata: {
          ...metadata,
          name: names.sharedRole,
          annotations: { ...adoptable, ...waitFor.applied },
        },
        spec: sharedSpec(database),
      },
      { parent: this, dependsOn: [role], customTimeouts: { create: "15m", update: "15m" }, ...lifecycle },
    );
  }

  /** The certificate of a CA that the configuration gives, for the proxy to mount. */
  private certificate(name: string, args: DatabaseArgs, ca: string | undefined): pulumi.Resource[] {
    if (ca === undefined) return [];
    return [
      new kubernetes.core.v1.ConfigMap(
        `${name}-ca`,
        {
          metadata: { name: args.names.databaseCa, namespace: args.namespace, labels: commonLabels },
          data: { [caMount.file]: ca },
        },
        { parent: this },
      ),
    ];
  }
}

/** The Secret from which pods read the login. It is another one for each version, so that they roll onto a new one. */
function loginSecret(
  name: string,
  args: DatabaseArgs,
  login: { readonly path: string; readonly versions: pulumi.Input<string>; readonly data?: Record<string, string> },
  parent: pulumi.Resource,
): kubernetes.apiextensions.CustomResource {
  const { path, versions, data } = login;
  return externalSecret(
    `${name}-login`,
    {
      ...loginSource(args, path, versions),
      name: args.names.databaseLogin,
      template: { type: basicAuth, ...(data && { data }) },
    },
    { parent, dependsOn: [args.store] },
  );
}

/** The Secret from which an own Cluster's operator reads the login. It stays with the Cluster and is changed in place. */
function ownerSecret(
  name: string,
  args: DatabaseArgs,
  versions: pulumi.Input<string>,
  parent: pulumi.Resource,
): kubernetes.apiextensions.CustomResource {
  return externalSecret(
    name,
    {
      ...loginSource(args, ownPath(args), versions),
      name: args.names.databaseSecret,
      template: { type: basicAuth, labels: reloadLabel },
    },
    { parent, dependsOn: [args.store], ...args.lifecycle },
  );
}

function loginSource(
  { names, namespace, refreshInterval }: DatabaseArgs,
  path: string,
  versions: pulumi.Input<string>,
) {
  const entries = loginProperties.map((key) => ({ key, path, property: key }));
  return { namespace, store: names.secretStore, refreshInterval, entries, versions };
}

function ownPath({ place }: DatabaseArgs): string {
  return fullPath(place, secretPaths.database);
}

const basicAuth = "kubernetes.io/basic-auth";

/** Makes the operator take up a changed password without hand work. */
const reloadLabel = { "cnpg.io/reload": "true" };

/** A database in a Cluster; deleting this object leaves the data. */
export function sharedSpec(database: DatabaseArgsOf<"shared">["database"]): NonNullable<IDatabase["spec"]> {
  return {
    cluster: { name: database.cluster.name },
    name: database.name,
    owner: database.owner,
    ensure: "present",
    encoding: "UTF8",
    connectionLimit: database.maxConnections,
    databaseReclaimPolicy: "retain",
  };
}
