import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import type { SignIn } from "../../config/identity.ts";
import type { Problem } from "../../config/problems.ts";

/** Variable with the client's secret, which is also its key in the Secret. */
export const clientSecretVariable = "GENERIC_CLIENT_SECRET";

export const licenseVariable = "LITELLM_LICENSE";

/** LiteLLM's roles, highest first; it knows no others in a claim or a mapping. */
const litellmRoles = {
  admin: "proxy_admin",
  adminViewer: "proxy_admin_viewer",
  user: "internal_user",
  userViewer: "internal_user_viewer",
} as const;

export type RoleKey = keyof typeof litellmRoles;

/** The roles of a configuration: which of LiteLLM's each stands for, and its name in Keycloak. */
export function rolesOf({
  roles,
}: SignIn): { readonly key: RoleKey; readonly litellm: string; readonly name: string }[] {
  return (Object.keys(litellmRoles) as RoleKey[]).flatMap((key) => {
    const name = roles[key]?.name;
    return name === undefined ? [] : [{ key, litellm: litellmRoles[key], name }];
  });
}

/** Name of the realm, which is the end of its issuer. */
export function realmOf({ issuer }: { readonly issuer: string }): string {
  return issuer.slice(issuer.lastIndexOf("/") + 1);
}

/** Description of the client and the scope in Keycloak: the sign that they belong to this stack. */
export function ownerDescription(place: { readonly mount: string; readonly path: string }): string {
  return `Managed by litellm-platform, secret in Vault at ${place.mount}/${place.path}`;
}

/** URLs of a realm. Browsers go to the public issuer, the proxy itself to the internal one where there is one. */
export function endpoints(identity: Pick<SignIn, "issuer" | "internalIssuer">) {
  const outside = `${identity.issuer}/protocol/openid-connect`;
  const inside = `${identity.internalIssuer ?? identity.issuer}/protocol/openid-connect`;
  return {
    authorization: `${outside}/auth`,
    logout: `${outside}/logout`,
    token: `${inside}/token`,
    userinfo: `${inside}/userinfo`,
    keys: `${inside}/certs`,
  };
}

/** Where Keycloak may send a browser after sign-in. */
export function redirectUris(host: string, further: readonly string[]): string[] {
  return [...new Set([`https://${host}/sso/callback`, ...further])];
}

/** Where Keycloak may send a browser after the dashboard's logout. */
export function afterLogout(host: string): string {
  return `https://${host}/ui`;
}

/** Variables of the proxy for signing in; the client's secret comes from a Secret. */
export function identityEnvironment({ identity, gateway }: PlatformConfig): Record<string, string> {
  if (identity.mode === "none") return {};
  const { authorization, token, userinfo, logout, keys } = endpoints(identity);
  const back = new URLSearchParams({
    client_id: identity.client.id,
    post_logout_redirect_uri: afterLogout(gateway.host),
  }).toString();
  return {
    GENERIC_CLIENT_ID: identity.client.id,
    GENERIC_AUTHORIZATION_ENDPOINT: authorization,
    GENERIC_TOKEN_ENDPOINT: token,
    GENERIC_USERINFO_ENDPOINT: userinfo,
    GENERIC_SCOPE: "openid profile email",
    GENERIC_CLIENT_USE_PKCE: "true",
    // LiteLLM's default is preferred_username, which users of some realms may change to another's.
    GENERIC_USER_ID_ATTRIBUTE: "sub",
    GENERIC_USER_EMAIL_ATTRIBUTE: "email",
    GENERIC_USER_DISPLAY_NAME_ATTRIBUTE: "name",
    // LiteLLM expects first_name and last_name; these are what OpenID Connect calls them.
    GENERIC_USER_FIRST_NAME_ATTRIBUTE: "given_name",
    GENERIC_USER_LAST_NAME_ATTRIBUTE: "family_name",
    ...roleMappings(identity),
    PROXY_LOGOUT_URL: identity.logoutUrl ?? `${logout}?${back}`,
    ...(identity.adminUserId === undefined ? {} : { PROXY_ADMIN_ID: identity.adminUserId }),
    ...(identity.allowedEmailDomains.length === 0
      ? {}
      : // LiteLLM splits at commas and trims nothing.
        { ALLOWED_EMAIL_DOMAINS: identity.allowedEmailDomains.join(",") }),
    ...(identity.autoRedirect ? { AUTO_REDIRECT_UI_LOGIN_TO_SSO: "true" } : {}),
    ...(identity.jwt === undefined
      ? {}
      : {
          JWT_PUBLIC_KEY_URL: keys,
          JWT_AUDIENCE: identity.jwt.audience ?? identity.client.id,
          JWT_ISSUER: identity.issuer,
        }),
  };
}

/**
 * How Keycloak's roles become LiteLLM's. `GENERIC_USER_ROLE_ATTRIBUTE` alone understands no names but LiteLLM's own.
 * The default role is always given: without one LiteLLM falls back to a claim `role`, which is nobody's intention.
 */
function roleMappings(identity: SignIn): Record<string, string> {
  const roles = Object.fromEntries(rolesOf(identity).map(({ litellm, name }) => [litellm, [name]]));
  return {
    // Read as a Python literal, which JSON of plain names is.
    GENERIC_ROLE_MAPPINGS_ROLES: JSON.stringify(roles),
    GENERIC_ROLE_MAPPINGS_GROUP_CLAIM: identity.roles.claim,
    GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE: identity.roles.defaultRole,
  };
}

/** Names that {@link identityEnvironment} may set; a test holds it against all that it does set. */
export const identityVariables: readonly string[] = [
  "ALLOWED_EMAIL_DOMAINS",
  "AUTO_REDIRECT_UI_LOGIN_TO_SSO",
  "GENERIC_AUTHORIZATION_ENDPOINT",
  "GENERIC_CLIENT_ID",
  clientSecretVariable,
  "GENERIC_CLIENT_USE_PKCE",
  "GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE",
  "GENERIC_ROLE_MAPPINGS_GROUP_CLAIM",
  "GENERIC_ROLE_MAPPINGS_ROLES",
  "GENERIC_SCOPE",
  "GENERIC_TOKEN_ENDPOINT",
  "GENERIC_USERINFO_ENDPOINT",
  "GENERIC_USER_DISPLAY_NAME_ATTRIBUTE",
  "GENERIC_USER_EMAIL_ATTRIBUTE",
  "GENERIC_USER_FIRST_NAME_ATTRIBUTE",
  "GENERIC_USER_ID_ATTRIBUTE",
  "GENERIC_USER_LAST_NAME_ATTRIBUTE",
  "JWT_AUDIENCE",
  "JWT_ISSUER",
  "JWT_PUBLIC_KEY_URL",
  licenseVariable,
  "PROXY_ADMIN_ID",
  "PROXY_LOGOUT_URL",
];

/** What signing in adds to LiteLLM's `general_settings`. */
export function identityGeneralSettings(identity: PlatformConfig["identity"]) {
  if (identity.mode === "none") return {};
  return { ui_access_mode: identity.uiAccessMode, ...(identity.jwt === undefined ? {} : jwtAuth(identity)) };
}

/**
 * Access tokens as API keys. A token is a user's only by one of the roles: with `user_id_jwt_field` set, LiteLLM would
 * take every token of the realm for a user's. Administrators are made by the scope alone.
 */
function jwtAuth(identity: SignIn) {
  const mayCall: readonly RoleKey[] = ["admin", "user"];
  return {
    enable_jwt_auth: true,
    litellm_jwtauth: {
      admin_jwt_scope: identity.adminScope,
      object_id_jwt_field: "sub",
      user_email_jwt_field: "email",
      // A user who never opened the dashboard is made known to LiteLLM by the first call.
      user_id_upsert: true,
      roles_jwt_field: identity.roles.claim,
      role_mappings: rolesOf(identity)
        .filter(({ key }) => mayCall.includes(key))
        .map(({ name }) => ({ role: name, internal_role: litellmRoles.user })),
      enforce_rbac: true,
    },
  };
}

export const checkIdentity: Check = ({ identity, gateway }) => {
  if (identity === undefined || identity.mode === "none") return [];
  return [
    ...licenseProblems(identity, gateway),
    ...sameRealm(identity),
    ...distinctRoles(identity),
    ...wholeDomains(identity),
  ];
};

function licenseProblems(identity: SignIn, gateway: PlatformConfig["gateway"] | undefined): Problem[] {
  if (identity.jwt === undefined || gateway === undefined || gateway.license) return [];
  const message = "needs a licence of LiteLLM Enterprise, must go with gateway.license: true or be left out";
  return [{ path: "identity.jwt", message }];
}

function sameRealm(identity: SignIn): Problem[] {
  const { internalIssuer } = identity;
  if (internalIssuer === undefined || realmOf({ issuer: internalIssuer }) === realmOf(identity)) return [];
  const message = `is realm ${realmOf({ issuer: internalIssuer })}, must be the realm of identity.issuer, which is ${realmOf(identity)}`;
  return [{ path: "identity.internalIssuer", message }];
}

/** One name for two roles would give whoever has it the higher one. */
function distinctRoles(identity: SignIn): Problem[] {
  const seen = new Map<string, RoleKey>();
  return rolesOf(identity).flatMap(({ key, name }) => {
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, key);
      return [];
    }
    return [
      { path: `identity.roles.${key}.name`, message: `is ${name}, as in identity.roles.${first}, must be another` },
    ];
  });
}

function wholeDomains(identity: SignIn): Problem[] {
  return identity.allowedEmailDomains.flatMap((domain, index) =>
    domain.includes(".")
      ? []
      : [{ path: `identity.allowedEmailDomains[${index}]`, message: "must be a whole domain such as example.com" }],
  );
}
