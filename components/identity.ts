import type * as keycloak from "@pulumi/keycloak";
import * as pulumi from "@pulumi/pulumi";
import type { ManagedIdentity } from "../config/identity.ts";
import {
  type RoleKey,
  afterLogout,
  ownerDescription,
  clientSecretVariable,
  realmOf,
  redirectUris,
  rolesOf,
} from "../litellm/proxy/identity.ts";
import { externalSecret } from "./external-secrets.ts";
import { rotatedSecret, vaultVersions } from "./generated-secret.ts";
import { keycloakSdk } from "./keycloak-sdk.ts";
import type { SecretPartArgs } from "./vault-secrets.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";

/** What an earlier installation of the stack left in Keycloak, to be taken over. */
export interface KeycloakObjects {
  readonly client: boolean;
  /** Names of roles that exist. */
  readonly roles: ReadonlySet<string>;
}

/** Hooks that run before a mapper or a client scope is created: Keycloak refuses a second one of the same name. */
export interface KeycloakHooks {
  readonly mapper: pulumi.ResourceHookBinding;
  readonly scope: pulumi.ResourceHookBinding;
}

export interface IdentityArgs extends SecretPartArgs {
  readonly identity: ManagedIdentity;
  /** Public host name of the gateway. */
  readonly host: string;
  readonly existing: KeycloakObjects;
  /** What comes before mappers and scope are made, from `keycloakHooks`. Default: nothing. */
  readonly hooks?: KeycloakHooks | undefined;
}

/** The OpenID client in Keycloak with its roles, mappers and scope, and its secret in Vault. */
export class Identity extends pulumi.ComponentResource {
  /** Version of the client's secret in Vault. */
  readonly versions: pulumi.Output<string>;

  constructor(name: string, args: IdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:Identity", name, {}, options);
    const { place, stored, lifecycle, names } = args;
    const path = secretPaths.identity;
    const secret = rotatedSecret(
      `${name}-client-secret`,
      {
        ...{ place, stored, lifecycle, path, property: "client_secret" },
        ...{ version: args.identity.client.secretVersion, length: 48 },
      },
      this,
    );
    this.versions = vaultVersions({ identity: secret.secret.metadata });
    externalSecret(
      `${name}-login`,
      {
        name: names.identitySecret,
        namespace: args.namespace,
        store: names.secretStore,
        refreshInterval: args.refreshInterval,
        entries: [{ key: clientSecretVariable, path: fullPath(place, path), property: "client_secret" }],
        versions: this.versions,
      },
      { parent: this, dependsOn: [args.store] },
    );

    const client = this.client(name, args, secret.value);
    const roles = this.roles(name, args, client);
    this.claims(name, args, client, roles);
    this.adminScope(name, args, client, roles);
    this.assignments(name, args, roles);
    this.registerOutputs({});
  }

  private client(name: string, args: IdentityArgs, clientSecret: pulumi.Output<string>): keycloak.openid.Client {
    const { identity, host, place, lifecycle } = args;
    const { client } = identity;
    return new (keycloakSdk().openid.Client)(
      `${name}-client`,
      {
        realmId: realmOf(identity),
        clientId: client.id,
        name: "LiteLLM",
        description: ownerDescription(place),
        accessType: "CONFIDENTIAL",
        clientSecret,
        standardFlowEnabled: true,
        implicitFlowEnabled: false,
        directAccessGrantsEnabled: client.directAccessGrants,
        serviceAccountsEnabled: false,
        pkceCodeChallengeMethod: "S256",
        baseUrl: `https://${host}/ui`,
        validRedirectUris: redirectUris(host, client.redirectUris),
        validPostLogoutRedirectUris: [afterLogout(host)],
        webOrigins: [...new Set([`https://${host}`, ...client.webOrigins])],
        // A token for LiteLLM tells LiteLLM's roles and no others of the user.
        fullScopeAllowed: false,
        import: args.existing.client,
      },
      { parent: this, ...lifecycle, ignoreChanges: onlyAtFirst },
    );
  }

  private roles(name: string, args: IdentityArgs, client: keycloak.openid.Client): Roles {
    const { identity, lifecycle, existing } = args;
    const made = rolesOf(identity).map(({ key, name: role, litellm }) => {
      const resource = new (keycloakSdk().Role)(
        `${name}-role-${key}`,
        {
          realmId: realmOf(identity),
          ...(identity.roles.type === "client" ? { clientId: client.id } : {}),
          name: role,
          description: `${litellm} of LiteLLM`,
          import: existing.roles.has(role),
        },
        { parent: this, ...lifecycle, ignoreChanges: onlyAtFirst },
      );
      return [key, resource] as const;
    });
    return Object.fromEntries(made) as unknown as Roles;
  }

  /** What tokens and user information tell LiteLLM. */
  private claims(name: string, { identity, hooks }: IdentityArgs, client: keycloak.openid.Client, roles: Roles): void {
    const { openid, GenericRoleMapper } = keycloakSdk();
    const place = { realmId: realmOf(identity), clientId: client.id };
    const claim = {
      ...place,
      name: "LiteLLM roles",
      claimName: identity.roles.claim,
      claimValueType: "String",
      multivalued: true,
      addToIdToken: true,
      addToAccessToken: true,
      // LiteLLM reads the user information, and the token only where this tells no role.
      addToUserinfo: true,
    };
    const options = { parent: this };
    const mapperOptions = { ...options, ...(hooks && { hooks: hooks.mapper }) };
    if (identity.roles.type === "client")
      new openid.UserClientRoleProtocolMapper(
        `${name}-roles-mapper`,
        { ...claim, clientIdForRoleMappings: client.clientId },
        mapperOptions,
      );
    else {
      new openid.UserRealmRoleProtocolMapper(`${name}-roles-mapper`, claim, mapperOptions);
      // A client's own roles are in its scope; those of the realm must be put there.
      for (const [key, role] of Object.entries(roles))
        new GenericRoleMapper(`${name}-role-${key}-in-scope`, { ...place, roleId: role.id }, options);
    }
    if (identity.jwt !== undefined && identity.jwt.audience === undefined)
      new openid.AudienceProtocolMapper(
        `${name}-audience-mapper`,
        { ...place, name: "LiteLLM audience", includedClientAudience: client.clientId, addToIdToken: false },
        mapperOptions,
      );
  }

  /**
   * The scope by which an access token is an administrator's. Any user may ask for an optional scope, so this one is
   * tied to the admin role: Keycloak leaves it out of everybody else's tokens.
   */
  private adminScope(name: string, args: IdentityArgs, client: keycloak.openid.Client, roles: Roles): void {
    const { identity, place } = args;
    const { openid, GenericRoleMapper } = keycloakSdk();
    const realmId = realmOf(identity);
    const options = { parent: this };
    const scope = new openid.ClientScope(
      `${name}-admin-scope`,
      {
        realmId,
        name: identity.adminScope,
        description: ownerDescription(place),
        includeInTokenScope: true,
      },
      { ...options, ...(args.hooks && { hooks: args.hooks.scope }) },
    );
    const tied = new GenericRoleMapper(
      `${name}-admin-scope-role`,
      { realmId, clientScopeId: scope.id, roleId: roles.admin.id },
      options,
    );
    new openid.ClientOptionalScopes(
      `${name}-optional-scopes`,
      { realmId, clientId: client.id, optionalScopes: [scope.name] },
      { parent: this, dependsOn: [tied] },
    );
  }

  private assignments(name: string, { identity }: IdentityArgs, roles: Roles): void {
    const { getUserOutput, getGroupOutput, UserRoles, GroupRoles } = keycloakSdk();
    const realmId = realmOf(identity);
    const options = { parent: this };
    for (const [key, role] of Object.entries(roles) as [RoleKey, keycloak.Role][]) {
      // Others may give the same people further roles: only ours is added.
      const given = { realmId, roleIds: [role.id], exhaustive: false };
      for (const username of identity.roles[key]?.users ?? []) {
        const user = getUserOutput({ realmId, username }, options);
        new UserRoles(`${name}-role-${key}-user-${username}`, { ...given, userId: user.id }, options);
      }
      for (const group of identity.roles[key]?.groups ?? []) {
        const { id } = getGroupOutput({ realmId, name: group }, options);
        new GroupRoles(`${name}-role-${key}-group-${group}`, { ...given, groupId: id }, options);
      }
    }
  }
}

type Roles = Readonly<Partial<Record<RoleKey, keycloak.Role>> & Record<"admin" | "user", keycloak.Role>>;

/** Whether a resource is made or taken over is decided once; afterwards it is what it is. */
const onlyAtFirst = ["import"];
