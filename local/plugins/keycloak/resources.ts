/** The tables of what the stand-in knows. */
import type { Properties } from "../values.ts";
import type { KeycloakClient } from "./client.ts";
import { clientDefaultScopes, clientOptionalScopes } from "./client-scopes.ts";
import { clientScope, getClientScope } from "./client-scope.ts";
import { getGroup, getUser } from "./lookups.ts";
import { getClient, openidClient } from "./openid-client.ts";
import { audienceMapper, userClientRoleMapper, userRealmRoleMapper } from "./protocol-mappers.ts";
import { getRealm } from "./realm.ts";
import type { KeycloakType } from "./resource.ts";
import { groupRoles, userRoles } from "./role-assignments.ts";
import { getRole, role } from "./role.ts";
import { genericRoleMapper } from "./scope-mapping.ts";

/** The resource types, by token. */
export const keycloakTypes: ReadonlyMap<string, KeycloakType> = new Map([
  ["keycloak:openid/client:Client", openidClient],
  ["keycloak:openid/clientScope:ClientScope", clientScope],
  ["keycloak:openid/clientDefaultScopes:ClientDefaultScopes", clientDefaultScopes],
  ["keycloak:openid/clientOptionalScopes:ClientOptionalScopes", clientOptionalScopes],
  ["keycloak:openid/userClientRoleProtocolMapper:UserClientRoleProtocolMapper", userClientRoleMapper],
  ["keycloak:openid/userRealmRoleProtocolMapper:UserRealmRoleProtocolMapper", userRealmRoleMapper],
  ["keycloak:openid/audienceProtocolMapper:AudienceProtocolMapper", audienceMapper],
  ["keycloak:index/role:Role", role],
  ["keycloak:index/genericRoleMapper:GenericRoleMapper", genericRoleMapper],
  ["keycloak:index/userRoles:UserRoles", userRoles],
  ["keycloak:index/groupRoles:GroupRoles", groupRoles],
]);

type Lookup = (args: Properties, client: KeycloakClient) => Promise<Properties>;

/** The functions, by token. */
export const keycloakFunctions: ReadonlyMap<string, Lookup> = new Map([
  ["keycloak:index/getUser:getUser", getUser],
  ["keycloak:index/getGroup:getGroup", getGroup],
  ["keycloak:index/getRole:getRole", getRole],
  ["keycloak:index/getRealm:getRealm", getRealm],
  ["keycloak:openid/getClient:getClient", getClient],
  ["keycloak:openid/getClientScope:getClientScope", getClientScope],
]);
