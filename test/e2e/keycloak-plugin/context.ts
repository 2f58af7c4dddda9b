import type { KeycloakAdmin } from "../../../local/keycloak-admin.ts";
import type { Provider } from "../../../local/plugins/plugin.ts";
import { textOf } from "../../../local/plugins/values.ts";
import type { Keycloak } from "../../../local/services/keycloak.ts";
import type { ProviderEngine } from "../support/provider-engine.ts";

export const realm = "plugin";

export const client = "keycloak:openid/client:Client";
export const role = "keycloak:index/role:Role";
export const clientScope = "keycloak:openid/clientScope:ClientScope";
export const defaultScopes = "keycloak:openid/clientDefaultScopes:ClientDefaultScopes";
export const optionalScopes = "keycloak:openid/clientOptionalScopes:ClientOptionalScopes";
export const clientRoleMapper = "keycloak:openid/userClientRoleProtocolMapper:UserClientRoleProtocolMapper";
export const realmRoleMapper = "keycloak:openid/userRealmRoleProtocolMapper:UserRealmRoleProtocolMapper";
export const audienceMapper = "keycloak:openid/audienceProtocolMapper:AudienceProtocolMapper";
export const roleMapper = "keycloak:index/genericRoleMapper:GenericRoleMapper";
export const userRoles = "keycloak:index/userRoles:UserRoles";
export const groupRoles = "keycloak:index/groupRoles:GroupRoles";

/** What the parts of the story share. */
export interface Context {
  readonly keycloak: Keycloak;
  readonly admin: KeycloakAdmin;
  /** The administrator's. */
  readonly provider: Provider;
  readonly engine: ProviderEngine;
}

/** The context, once it is there. */
export type Of = () => Context;

/** The id of a resource in the state. */
export function idIn({ engine }: Context, type: string, name: string): string {
  return engine.state(type, name).id;
}

/** An output, which must be text. */
export function textIn({ engine }: Context, type: string, name: string, property: string): string {
  const text = textOf(engine.state(type, name).outputs[property]);
  if (text === "") throw new Error(`${type} ${name} has no ${property}`);
  return text;
}
