import { z } from "zod";
import { hostname, httpUrl, vaultPath } from "./values.ts";

/** Scopes that Keycloak's clients have from the start, as default ones or as such that anybody may ask for. */
const commonScopes = [
  "acr",
  "address",
  "basic",
  "email",
  "microprofile-jwt",
  "offline_access",
  "openid",
  "organization",
  "phone",
  "profile",
  "roles",
  "service_account",
  "web-origins",
];

/** Claims of OpenID Connect and of Keycloak's tokens that mean something else than roles. */
const registeredClaims = [
  ...["acr", "address", "allowed-origins", "amr", "at_hash", "aud", "auth_time", "azp", "birthdate", "c_hash"],
  ...["client_id", "cnf", "email", "email_verified", "events", "exp", "family_name", "gender", "given_name", "iat"],
  ...["iss", "jti", "locale", "middle_name", "name", "nbf", "nickname", "nonce", "phone_number"],
  ...["phone_number_verified", "picture", "preferred_username", "profile", "s_hash", "scope", "session_state", "sid"],
  ...["sub", "typ", "updated_at", "website", "zoneinfo"],
];

/** Issuer of a Keycloak realm, as its discovery document names it. */
const issuer = httpUrl.refine(
  (url) => /\/realms\/[A-Za-z0-9_.-]+$/.test(url),
  "must be the issuer of a Keycloak realm, for example https://auth.example.com/realms/platform",
);

const roleName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,254}$/, "must be a role name: letters, digits, '_', '.', ':' and '-'");

const clientId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/, "must be a client id: letters, digits, '_', '.' and '-'");

const redirectUri = z
  .string()
  .regex(
    /^https?:\/\/[^\s/?*#@]+([/?][^\s*#]*)?$/,
    "must be one whole http:// or https:// URI, without credentials, wildcard or fragment",
  );

/** Names of which none is there twice: each becomes a resource of its own. */
const distinctNames = z
  .array(z.string().min(1))
  .refine((names) => new Set(names).size === names.length, "must not have a name twice")
  .default([]);

const webOrigin = z
  .string()
  .regex(/^https?:\/\/[^\s/*]+$/, "must be an origin such as https://chat.example.com, without path or wildcard");

/** A role of Keycloak by its name, and who is given it. */
function managedRole(standsFor: string) {
  return z
    .strictObject({
      name: roleName.describe("Name of the role in Keycloak."),
      users: distinctNames.describe("User names that are given the role. They must exist."),
      groups: distinctNames.describe("Names of top-level groups whose members are given the role. They must exist."),
    })
    .describe(`Becomes LiteLLM's role ${standsFor}.`);
}

function existingRole(standsFor: string) {
  return z
    .strictObject({ name: roleName.describe("Name of the role as it stands in the claim.") })
    .describe(`Becomes LiteLLM's role ${standsFor}.`);
}

const claim = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/,
    "must be a claim such as litellm_roles or resource_access.litellm.roles",
  )
  .refine(
    (claim) => !registeredClaims.includes(claim.split(".")[0] ?? ""),
    "must be a claim for roles, such as litellm_roles: the one named has a meaning of its own, which roles would replace",
  );

const defaultRole = z
  .enum(["internal_user_viewer", "internal_user"])
  .default("internal_user_viewer")
  .describe("LiteLLM's role of somebody who signs in and has none of the roles.");

const jwtSchema = z.strictObject({
  audience: z
    .string()
    .min(1)
    .optional()
    .describe("Audience that a token must be for. Default: the client's id, which the client's tokens carry."),
});

/** What both modes have: where the realm is, and what signing in to the dashboard means. */
const common = {
  issuer: issuer.describe("Issuer as browsers reach it: https://<keycloak>/realms/<realm>."),
  internalIssuer: issuer
    .optional()
    .describe(
      "The same realm as the cluster reaches it, when the public address leads nowhere from inside. The proxy fetches tokens, user information and signing keys there.",
    ),
  uiAccessMode: z
    .enum(["all", "admin_only"])
    .default("all")
    .describe("Who may use the dashboard: everybody who can sign in, or administrators only."),
  adminUserId: z
    .string()
    .min(1)
    .optional()
    .describe("User id (the claim sub) that is always administrator, whatever its roles (PROXY_ADMIN_ID)."),
  allowedEmailDomains: z
    .array(hostname)
    .default([])
    .describe("Domains of e-mail addresses that may sign in. Default: all."),
  logoutUrl: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/, "must be an http:// or https:// URL without credentials")
    .optional()
    .describe("Where the dashboard's logout leads. Default: the realm's logout, and back to the dashboard."),
  autoRedirect: z
    .boolean()
    .default(false)
    .describe("Lead the dashboard straight to the sign-in page; /fallback/login stays for the break-glass login."),
  adminScope: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]+$/, "must be the name of a scope: letters, digits, '_', '.', ':' and '-'")
    .refine(
      (scope) => !commonScopes.includes(scope),
      `must be a scope of its own, since every sign-in may have these: ${commonScopes.join(", ")}`,
    )
    .default("litellm_proxy_admin")
    .describe(
      "Client scope that makes an access token an administrator's. With a managed client only holders of the admin role get it.",
    ),
  jwt: jwtSchema
    .optional()
    .describe("Accept the realm's access tokens as API keys. A feature of LiteLLM Enterprise: needs gateway.license."),
} as const;

const managed = z.strictObject({
  mode: z.literal("managed").describe("The program makes client, roles, scope and mappers in Keycloak."),
  ...common,
  client: z
    .strictObject({
      id: clientId.default("litellm").describe("Client id; one for each stack of a realm."),
      secretVersion: z.int().min(1).default(1).describe("Raise it by one to rotate the client's secret."),
      redirectUris: z
        .array(redirectUri)
        .default([])
        .describe("Further redirect URIs besides https://<gateway.host>/sso/callback."),
      webOrigins: z.array(webOrigin).default([]).describe("Further web origins besides https://<gateway.host>."),
      directAccessGrants: z
        .boolean()
        .default(false)
        .describe("Allow users' passwords to be exchanged for tokens; only for clients that cannot do better."),
    })
    .prefault({})
    .describe("The OpenID client."),
  roles: z
    .strictObject({
      type: z.enum(["client", "realm"]).default("client").describe("Roles of the client, or of the whole realm."),
      claim: claim.default("litellm_roles").describe("Claim in which the client's mapper tells the roles."),
      admin: managedRole("proxy_admin").prefault({ name: "AI_ADMIN" }),
      user: managedRole("internal_user").prefault({ name: "AI_USER" }),
      adminViewer: managedRole("proxy_admin_viewer").optional(),
      userViewer: managedRole("internal_user_viewer").optional(),
      defaultRole,
    })
    .prefault({})
    .describe("Roles in Keycloak and what they mean to LiteLLM."),
});

const existing = z.strictObject({
  mode: z.literal("existing").describe("A client that somebody else made."),
  ...common,
  client: z.strictObject({
    id: clientId.describe("Client id."),
    vaultPath: vaultPath.describe("Path below vault.mount of the secret that holds the client's secret."),
    property: z.string().min(1).default("client_secret").describe("Key within that secret."),
  }),
  roles: z
    .strictObject({
      claim: claim
        .default("litellm_roles")
        .describe("Claim of the user information that lists a user's roles. A mapper of the client must tell it."),
      admin: existingRole("proxy_admin").prefault({ name: "AI_ADMIN" }),
      user: existingRole("internal_user").prefault({ name: "AI_USER" }),
      adminViewer: existingRole("proxy_admin_viewer").optional(),
      userViewer: existingRole("internal_user_viewer").optional(),
      defaultRole,
    })
    .prefault({})
    .describe("Roles in the claim and what they mean to LiteLLM."),
});

const none = z.strictObject({
  mode: z.literal("none").describe("No sign-in by Keycloak; the dashboard has its break-glass login only."),
});

export const identitySchema = z
  .discriminatedUnion("mode", [managed, existing, none])
  .default({ mode: "none" })
  .describe("Sign-in to the dashboard by Keycloak.");

export type Identity = z.output<typeof identitySchema>;
export type ManagedIdentity = Extract<Identity, { mode: "managed" }>;
/** Any identity that there is. */
export type SignIn = Exclude<Identity, { mode: "none" }>;
