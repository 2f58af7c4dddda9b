import assert from "node:assert/strict";
import { identityEnvironment, identityGeneralSettings, identityVariables } from "../../../litellm/proxy/identity.ts";
import { proxyConfig } from "../../../litellm/proxy/config.ts";
import { problemsOf, smallest, validConfig } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

const issuer = "https://auth.example.com/realms/ai";
const configOf = (identity: Readonly<Record<string, unknown>>, further: Readonly<Record<string, unknown>> = {}) =>
  validConfig(having({ identity: { mode: "managed", issuer, ...identity }, ...further }));
const everything = {
  internalIssuer: "http://keycloak.identity.svc:8080/realms/ai",
  uiAccessMode: "admin_only",
  adminUserId: "5f0c",
  allowedEmailDomains: ["example.com", "example.org"],
  logoutUrl: "https://intranet.example.com/bye",
  autoRedirect: true,
  adminScope: "ai_admin",
  jwt: { audience: "api" },
  roles: {
    claim: "ai.roles",
    admin: { name: "a" },
    user: { name: "u" },
    adminViewer: { name: "av" },
    userViewer: { name: "uv" },
    defaultRole: "internal_user",
  },
};

describe("signing in", () => {
  it("sets exactly these variables", () => {
    assert.deepEqual(identityEnvironment(configOf({})), {
      GENERIC_CLIENT_ID: "litellm",
      GENERIC_AUTHORIZATION_ENDPOINT: `${issuer}/protocol/openid-connect/auth`,
      GENERIC_TOKEN_ENDPOINT: `${issuer}/protocol/openid-connect/token`,
      GENERIC_USERINFO_ENDPOINT: `${issuer}/protocol/openid-connect/userinfo`,
      GENERIC_SCOPE: "openid profile email",
      GENERIC_CLIENT_USE_PKCE: "true",
      GENERIC_USER_ID_ATTRIBUTE: "sub",
      GENERIC_USER_EMAIL_ATTRIBUTE: "email",
      GENERIC_USER_DISPLAY_NAME_ATTRIBUTE: "name",
      GENERIC_USER_FIRST_NAME_ATTRIBUTE: "given_name",
      GENERIC_USER_LAST_NAME_ATTRIBUTE: "family_name",
      GENERIC_ROLE_MAPPINGS_ROLES: '{"proxy_admin":["AI_ADMIN"],"internal_user":["AI_USER"]}',
      GENERIC_ROLE_MAPPINGS_GROUP_CLAIM: "litellm_roles",
      GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE: "internal_user_viewer",
      PROXY_LOGOUT_URL: `${issuer}/protocol/openid-connect/logout?client_id=litellm&post_logout_redirect_uri=https%3A%2F%2Flitellm.example.com%2Fui`,
    });
  });

  it("leads browsers to the public issuer, and the proxy to the internal one", () => {
    const variables = identityEnvironment(configOf({ internalIssuer: everything.internalIssuer }));
    const inside = `${everything.internalIssuer}/protocol/openid-connect`;
    assert.equal(variables["GENERIC_AUTHORIZATION_ENDPOINT"], `${issuer}/protocol/openid-connect/auth`);
    assert.match(variables["PROXY_LOGOUT_URL"] ?? "", /^https:\/\/auth\.example\.com\//);
    assert.equal(variables["GENERIC_TOKEN_ENDPOINT"], `${inside}/token`);
    assert.equal(variables["GENERIC_USERINFO_ENDPOINT"], `${inside}/userinfo`);
  });

  it("sets what else is configured", () => {
    const variables = identityEnvironment(configOf(everything, { "gateway.license": true }));
    const expected = {
      GENERIC_ROLE_MAPPINGS_ROLES:
        '{"proxy_admin":["a"],"proxy_admin_viewer":["av"],"internal_user":["u"],"internal_user_viewer":["uv"]}',
      GENERIC_ROLE_MAPPINGS_GROUP_CLAIM: "ai.roles",
      GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE: "internal_user",
      PROXY_LOGOUT_URL: "https://intranet.example.com/bye",
      PROXY_ADMIN_ID: "5f0c",
      ALLOWED_EMAIL_DOMAINS: "example.com,example.org",
      AUTO_REDIRECT_UI_LOGIN_TO_SSO: "true",
      JWT_PUBLIC_KEY_URL: "http://keycloak.identity.svc:8080/realms/ai/protocol/openid-connect/certs",
      JWT_AUDIENCE: "api",
      JWT_ISSUER: issuer,
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(variables[name], value, name);
  });

  it("reserves every variable that it may set, and the secrets' besides", () => {
    const set = Object.keys(identityEnvironment(configOf(everything, { "gateway.license": true })));
    assert.deepEqual([...set, "GENERIC_CLIENT_SECRET", "LITELLM_LICENSE"].sort(), [...identityVariables].sort());
  });

  it("never asks for a role by GENERIC_USER_ROLE_ATTRIBUTE, which knows LiteLLM's own names only", () => {
    for (const identity of [{}, everything])
      assert.ok(
        !("GENERIC_USER_ROLE_ATTRIBUTE" in identityEnvironment(configOf(identity, { "gateway.license": true }))),
      );
  });

  it("is not there without an identity", () => {
    const config = validConfig(smallest());
    assert.deepEqual(identityEnvironment(config), {});
    assert.deepEqual(identityGeneralSettings(config.identity), {});
  });
});

describe("LiteLLM's general settings", () => {
  it("say who may use the dashboard", () => {
    assert.deepEqual(identityGeneralSettings(configOf({}).identity), { ui_access_mode: "all" });
    assert.deepEqual(identityGeneralSettings(configOf({ uiAccessMode: "admin_only" }).identity), {
      ui_access_mode: "admin_only",
    });
  });

  it("take tokens as API keys from holders of a role, and administrators by scope only", () => {
    const config = configOf(everything, { "gateway.license": true });
    const settings = proxyConfig(config).general_settings as Record<string, unknown>;
    assert.equal(settings["enable_jwt_auth"], true);
    assert.deepEqual(settings["litellm_jwtauth"], {
      admin_jwt_scope: "ai_admin",
      object_id_jwt_field: "sub",
      user_email_jwt_field: "email",
      user_id_upsert: true,
      roles_jwt_field: "ai.roles",
      role_mappings: [
        { role: "a", internal_role: "internal_user" },
        { role: "u", internal_role: "internal_user" },
      ],
      enforce_rbac: true,
    });
  });
});

describe("an identity that cannot be", () => {
  const cases: readonly {
    readonly title: string;
    readonly identity: unknown;
    readonly expected: readonly string[];
    readonly further?: Readonly<Record<string, unknown>>;
  }[] = [
    {
      title: "an unknown mode",
      identity: { mode: "shared" },
      expected: ["identity.mode: must be one of managed, existing, none"],
    },
    {
      title: "settings without a mode",
      identity: { issuer },
      expected: ["identity.mode: is missing, must be one of managed, existing, none"],
    },
    {
      title: "settings with mode none",
      identity: { mode: "none", issuer },
      expected: ["identity.issuer: unknown key. Known keys: mode"],
    },
    {
      title: "a managed client without an issuer",
      identity: { mode: "managed" },
      expected: ["identity.issuer: is missing, must be a string"],
    },
    {
      title: "an issuer that is Keycloak's address only",
      identity: { mode: "managed", issuer: "https://auth.example.com" },
      expected: [
        "identity.issuer: must be the issuer of a Keycloak realm, for example https://auth.example.com/realms/platform",
      ],
    },
    {
      title: "an issuer with a slash at the end",
      identity: { mode: "managed", issuer: `${issuer}/` },
      expected: [
        "identity.issuer: must be the issuer of a Keycloak realm, for example https://auth.example.com/realms/platform",
      ],
    },
    {
      title: "an internal issuer of another realm",
      identity: { mode: "managed", issuer, internalIssuer: "http://keycloak.identity.svc:8080/realms/other" },
      expected: ["identity.internalIssuer: is realm other, must be the realm of identity.issuer, which is ai"],
    },
    {
      title: "a misspelt key of the client",
      identity: { mode: "managed", issuer, client: { redirectURIs: [] } },
      expected: [
        "identity.client.redirectURIs: unknown key, did you mean redirectUris? Known keys: directAccessGrants, id, redirectUris, secretVersion, webOrigins",
      ],
    },
    {
      title: "what only a managed client has, of an existing one",
      identity: { mode: "existing", issuer, client: { id: "x", vaultPath: "a/b", redirectUris: [] } },
      expected: ["identity.client.redirectUris: unknown key. Known keys: id, property, vaultPath"],
    },
    {
      title: "an existing client without its secret's place",
      identity: { mode: "existing", issuer, client: { id: "x" } },
      expected: ["identity.client.vaultPath: is missing, must be a string"],
    },
    {
      title: "a redirect URI with a wildcard",
      identity: { mode: "managed", issuer, client: { redirectUris: ["https://litellm.example.com/*"] } },
      expected: [
        "identity.client.redirectUris[0]: must be one whole http:// or https:// URI, without credentials, wildcard or fragment",
      ],
    },
    {
      title: "a redirect URI with a password",
      identity: { mode: "managed", issuer, client: { redirectUris: ["https://me:hunter2@litellm.example.com/"] } },
      expected: [
        "identity.client.redirectUris[0]: must be one whole http:// or https:// URI, without credentials, wildcard or fragment",
      ],
    },
    ...["https://me:hunter2@auth.example.com/logout", "https://?", "auth.example.com"].map((logoutUrl) => ({
      title: `a logout at ${logoutUrl}`,
      identity: { mode: "managed", issuer, logoutUrl },
      expected: ["identity.logoutUrl: must be an http:// or https:// URL without credentials"],
    })),
    ...["openid", "profile", "roles", "web-origins"].map((adminScope) => ({
      title: `everybody's scope ${adminScope} for an administrator's`,
      identity: { mode: "managed", issuer, adminScope },
      expected: [
        "identity.adminScope: must be a scope of its own, since every sign-in may have these: acr, address, basic, email, microprofile-jwt, offline_access, openid, organization, phone, profile, roles, service_account, web-origins",
      ],
    })),
    {
      title: "a user and a group twice",
      identity: {
        mode: "managed",
        issuer,
        roles: { admin: { name: "A", users: ["ada", "ada"] }, user: { name: "B", groups: ["ai", "staff", "ai"] } },
      },
      expected: [
        "identity.roles.admin.users: must not have a name twice",
        "identity.roles.user.groups: must not have a name twice",
      ],
    },
    {
      title: "every origin",
      identity: { mode: "managed", issuer, client: { webOrigins: ["*"] } },
      expected: [
        "identity.client.webOrigins[0]: must be an origin such as https://chat.example.com, without path or wildcard",
      ],
    },
    {
      title: "one role for two",
      identity: { mode: "managed", issuer, roles: { admin: { name: "AI" }, user: { name: "AI" } } },
      expected: ["identity.roles.user.name: is AI, as in identity.roles.admin, must be another"],
    },
    {
      title: "a role with a space",
      identity: { mode: "managed", issuer, roles: { admin: { name: "AI ADMIN" } } },
      expected: ["identity.roles.admin.name: must be a role name: letters, digits, '_', '.', ':' and '-'"],
    },
    {
      title: "a default role of an administrator",
      identity: { mode: "managed", issuer, roles: { defaultRole: "proxy_admin" } },
      expected: ["identity.roles.defaultRole: must be one of internal_user_viewer, internal_user"],
    },
    {
      title: "a claim with a slash",
      identity: { mode: "managed", issuer, roles: { claim: "a/b" } },
      expected: ["identity.roles.claim: must be a claim such as litellm_roles or resource_access.litellm.roles"],
    },
    ...["sub", "email", "aud", "scope", "exp", "azp", "sid", "sub.roles"].map((claim) => ({
      title: `roles in the claim ${claim}`,
      identity: { mode: "managed", issuer, roles: { claim } },
      expected: [
        "identity.roles.claim: must be a claim for roles, such as litellm_roles: the one named has a meaning of its own, which roles would replace",
      ],
    })),
    {
      title: "another claim for roles among the variables",
      identity: { mode: "managed", issuer },
      further: { "gateway.environment": { GENERIC_USER_ROLE_ATTRIBUTE: "role" } },
      expected: [
        "gateway.environment.GENERIC_USER_ROLE_ATTRIBUTE: names another claim for roles, must be left to identity.roles",
      ],
    },
    {
      title: "another word on who may use the dashboard",
      identity: { mode: "managed", issuer },
      further: { "gateway.proxyConfig": { general_settings: { ui_access_mode: "all" } } },
      expected: ["gateway.proxyConfig.general_settings.ui_access_mode: is set by identity.uiAccessMode. Remove it."],
    },
    {
      title: "an e-mail address in place of a domain",
      identity: { mode: "managed", issuer, allowedEmailDomains: ["ada@example.com"] },
      expected: [
        "identity.allowedEmailDomains[0]: must be a host name without scheme, port or path, for example litellm.example.com",
      ],
    },
    {
      title: "a domain in capitals, which LiteLLM would never match",
      identity: { mode: "managed", issuer, allowedEmailDomains: ["Example.com"] },
      expected: [
        "identity.allowedEmailDomains[0]: must be a host name without scheme, port or path, for example litellm.example.com",
      ],
    },
    {
      title: "half a domain",
      identity: { mode: "managed", issuer, allowedEmailDomains: ["com"] },
      expected: ["identity.allowedEmailDomains[0]: must be a whole domain such as example.com"],
    },
    {
      title: "tokens as API keys without a licence",
      identity: { mode: "managed", issuer, jwt: {} },
      expected: [
        "identity.jwt: needs a licence of LiteLLM Enterprise, must go with gateway.license: true or be left out",
      ],
    },
    {
      title: "a variable of signing in among the plain ones",
      identity: { mode: "none" },
      further: { "gateway.environment": { GENERIC_CLIENT_ID: "x", LITELLM_LICENSE: "x" } },
      expected: [
        "gateway.environment.GENERIC_CLIENT_ID: is set by the program, must not be set here",
        "gateway.environment.LITELLM_LICENSE: is set by the program, must not be set here",
      ],
    },
  ];
  for (const { title, identity, expected, further } of cases) {
    it(`is refused: ${title}`, () => {
      assert.deepEqual(problemsOf(having({ identity, ...further })), expected);
    });
  }

  it("is none of these", () => {
    const managed = { mode: "managed", issuer };
    for (const identity of [
      { ...managed, logoutUrl: "https://auth.example.com/logout?back=https://me@example.com" },
      { ...managed, client: { redirectUris: ["https://chat.example.com", "http://localhost:3000/@me?a=b"] } },
      {
        ...managed,
        roles: { claim: "resource_access.litellm.roles", admin: { name: "A", users: ["ada"], groups: ["ada"] } },
      },
    ])
      assert.deepEqual(problemsOf(having({ identity })), [], JSON.stringify(identity));
  });
});
