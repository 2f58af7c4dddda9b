import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { keycloakTypes } from "../../../local/plugins/keycloak/resources.ts";
import { formatDuration } from "../../../local/plugins/keycloak/realm.ts";
import { readSettings } from "../../../local/plugins/keycloak/settings.ts";
import type { CheckFailure, DiffRequest } from "../../../local/plugins/plugin.ts";
import { containsUnknown, secret, unknown } from "../../../local/plugins/values.ts";
import type { Properties } from "../../../local/plugins/values.ts";

const client = "keycloak:openid/client:Client";
const role = "keycloak:index/role:Role";
const scope = "keycloak:openid/clientScope:ClientScope";
const mapper = "keycloak:openid/userClientRoleProtocolMapper:UserClientRoleProtocolMapper";
const audience = "keycloak:openid/audienceProtocolMapper:AudienceProtocolMapper";
const scopeMapping = "keycloak:index/genericRoleMapper:GenericRoleMapper";

function typeOf(token: string) {
  const type = keycloakTypes.get(token);
  assert.ok(type, token);
  return type;
}

function failures(token: string, inputs: Properties, olds: Properties = {}): string[] {
  const found: CheckFailure[] = typeOf(token).validate?.(inputs, olds) ?? [];
  return found.map(({ property, reason }) => `${property}: ${reason}`);
}

function compared(token: string, oldOutputs: Properties, news: Properties) {
  const request: DiffRequest = { urn: "", type: token, name: "x", id: "1", oldInputs: {}, oldOutputs, news };
  return typeOf(token).compared?.(request);
}

describe("Keycloak's resources", () => {
  it("are replaced by the same changes as with the genuine plugin", () => {
    const rules = Object.fromEntries([...keycloakTypes].map(([token, { replacedBy }]) => [token, replacedBy]));
    const ofMappers = ["realmId", "clientId", "clientScopeId"];
    assert.deepEqual(rules, {
      [client]: ["realmId", "import"],
      [scope]: ["realmId"],
      "keycloak:openid/clientDefaultScopes:ClientDefaultScopes": ["realmId", "clientId"],
      "keycloak:openid/clientOptionalScopes:ClientOptionalScopes": ["realmId", "clientId"],
      [mapper]: ofMappers,
      "keycloak:openid/userRealmRoleProtocolMapper:UserRealmRoleProtocolMapper": ofMappers,
      [audience]: ofMappers,
      [role]: ["realmId", "clientId", "import"],
      [scopeMapping]: ["realmId", "clientId", "clientScopeId", "roleId"],
      "keycloak:index/userRoles:UserRoles": ["realmId", "userId"],
      "keycloak:index/groupRoles:GroupRoles": ["realmId", "groupId"],
    });
  });

  it("have the genuine plugin's defaults", () => {
    const defaults = Object.fromEntries([...keycloakTypes].map(([token, type]) => [token, type.defaults]));
    const tokens = { addToIdToken: true, addToAccessToken: true };
    const claim = { addToUserinfo: true, claimValueType: "String", multivalued: false };
    assert.deepEqual(defaults, {
      [client]: {
        ...{ enabled: true, alwaysDisplayInConsole: false, clientAuthenticatorType: "client-secret" },
        ...{ oauth2DeviceAuthorizationGrantEnabled: false, oauth2JwtAuthorizationGrantEnabled: false },
        ...{ standardTokenExchangeEnabled: false, fullScopeAllowed: true, useRefreshTokens: true },
        ...{ useRefreshTokensClientCredentials: false, backchannelLogoutSessionRequired: true, import: false },
      },
      [scope]: { includeInTokenScope: true, includeInOpenidProviderMetadata: true },
      "keycloak:openid/clientDefaultScopes:ClientDefaultScopes": {},
      "keycloak:openid/clientOptionalScopes:ClientOptionalScopes": {},
      [mapper]: { ...tokens, ...claim },
      "keycloak:openid/userRealmRoleProtocolMapper:UserRealmRoleProtocolMapper": {
        ...{ ...tokens, ...claim },
        addToTokenIntrospection: true,
      },
      [audience]: { ...tokens, addToTokenIntrospection: true },
      [role]: { import: false },
      [scopeMapping]: {},
      "keycloak:index/userRoles:UserRoles": { exhaustive: true },
      "keycloak:index/groupRoles:GroupRoles": { exhaustive: true },
    });
  });

  it("are refused with values of the wrong kind, all at once", () => {
    const wrong = {
      ...{ realmId: "r", accessType: "SECRET", enabled: "yes", validRedirectUris: "https://a", extraConfig: { a: 1 } },
      ...{ pkceCodeChallengeMethod: "S512", description: 1 },
    };
    assert.deepEqual(failures(client, wrong), [
      "description: must be a text",
      "enabled: must be true or false",
      'accessType: must be one of "CONFIDENTIAL", "PUBLIC", "BEARER-ONLY"',
      'pkceCodeChallengeMethod: must be one of "", "plain", "S256"',
      "validRedirectUris: must be a list of texts",
      "extraConfig: must be a map of texts",
    ]);
    assert.deepEqual(failures(scope, { realmId: "r", guiOrder: 1.5 }), ["guiOrder: must be a whole number"]);
  });

  it("are not refused for what is not known yet", () => {
    const open = { realmId: unknown, accessType: unknown, validRedirectUris: [unknown], clientSecret: secret(unknown) };
    assert.deepEqual(failures(client, open), []);
    assert.equal(containsUnknown(open), true);
  });

  it("belong to a client or to a client scope", () => {
    const either = "clientId: exactly one of clientId, clientScopeId must be given";
    for (const token of [mapper, audience, scopeMapping]) {
      const rest = { realmId: "r", claimName: "c", roleId: "1", includedCustomAudience: "a" };
      assert.deepEqual(failures(token, rest), [either]);
      assert.deepEqual(failures(token, { ...rest, clientId: "1", clientScopeId: "2" }), [either]);
      assert.deepEqual(failures(token, { ...rest, clientId: unknown }), []);
    }
    assert.deepEqual(failures(audience, { realmId: "r", clientId: "1" }), [
      "includedClientAudience: exactly one of includedClientAudience, includedCustomAudience must be given",
    ]);
  });
});

describe("a client of Keycloak", () => {
  const base = { realmId: "r", clientId: "c", accessType: "CONFIDENTIAL" };

  it("is refused with settings that contradict each other", () => {
    const cases: readonly [Properties, string][] = [
      [{ standardFlowEnabled: true }, "validRedirectUris: validation error: standard (authorization code) and"],
      [{ validRedirectUris: ["https://a"] }, "validRedirectUris: valid_redirect_uris cannot be set when standard or"],
      [{ webOrigins: ["https://a"] }, "webOrigins: web_origins cannot be set when standard or implicit flow is not"],
      [{ accessType: "BEARER-ONLY", directAccessGrantsEnabled: true }, "accessType: validation error: Keycloak cannot"],
      [{ accessType: "PUBLIC", serviceAccountsEnabled: true }, "serviceAccountsEnabled: validation error: service"],
      [{ accessType: "PUBLIC", standardTokenExchangeEnabled: true }, "standardTokenExchangeEnabled: validation error:"],
      [{ clientSecret: "a", clientSecretWo: "b", clientSecretWoVersion: "1" }, "clientSecret: at most one of"],
      [{ clientSecretWo: "b" }, "clientSecretWo: clientSecretWo and clientSecretWoVersion must be given together"],
      [{ extraConfig: { login_theme: "x" } }, 'extraConfig: extra_config key "login_theme" is not allowed, as it'],
    ];
    for (const [change, expected] of cases) {
      const [first = "", ...others] = failures(client, { ...base, ...change });
      assert.equal(first.slice(0, expected.length), expected);
      assert.deepEqual(others, []);
    }
    assert.deepEqual(failures(client, { ...base, directAccessGrantsEnabled: true, webOrigins: ["https://a"] }), []);
  });

  it("that exists is only judged when it is written: what the program leaves out is Keycloak's", () => {
    const inputs = { ...base, validRedirectUris: ["https://a"] };
    assert.deepEqual(failures(client, inputs, base), []);
  });

  it("is compared with what Keycloak has, lists as sets", () => {
    const has = { ...base, validRedirectUris: ["https://a", "https://b"], rootUrl: "https://a", consentRequired: true };
    const given = { ...base, validRedirectUris: ["https://b", "https://a"] };
    const found = compared(client, has, given);
    assert.deepEqual(found?.olds, found?.news);
  });

  it("loses what has no value of Keycloak's own, and takes empty for not given", () => {
    const has = { ...base, pkceCodeChallengeMethod: "S256", loginTheme: "", description: "a", adminUrl: "https://a" };
    const found = compared(client, has, { ...base, loginTheme: "", description: "" });
    assert.deepEqual(found?.olds, { ...base, pkceCodeChallengeMethod: "S256", description: "a" });
    assert.deepEqual(found.news, { ...base, description: "" });
  });

  it("is not compared by a write-only secret", () => {
    const found = compared(client, base, { ...base, clientSecretWo: secret("a") });
    assert.deepEqual(found?.news, base);
  });
});

describe("ids for import", () => {
  const never = undefined as never;

  it("are refused in another form than the genuine plugin's", async () => {
    const cases: readonly [string, string, RegExp][] = [
      [
        client,
        "only-an-id",
        /^Error: Invalid import\. Supported import formats: \{\{realmId\}\}\/\{\{openidClientId\}\}$/,
      ],
      [role, "a/b/c", /^Error: Invalid import\. Supported import formats: \{\{realmId\}\}\/\{\{roleId\}\}$/],
      [mapper, "realm/clients/1/2", /^Error: invalid import\. supported import formats: \{\{realmId\}\}\/client\//],
      [scopeMapping, "realm/client/1/2", /^Error: Invalid import\. Supported import formats: .*scope-mappings/],
      ["keycloak:index/userRoles:UserRoles", "1", /^Error: Invalid import\. .*\{\{realm\}\}\/\{\{userId\}\}\.$/],
    ];
    for (const [token, id, expected] of cases) {
      await assert.rejects(async () => typeOf(token).read(id, {}, never, {}), expected);
    }
  });
});

describe("settings of the keycloak stand-in", () => {
  const password = { url: "https://k", clientId: "admin-cli", username: "u", password: "p" };
  const read = (config: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv = {}) =>
    readSettings(new Map(Object.entries(config)), environment);

  it("come from the stack, and then from the genuine plugin's variables", () => {
    const environment = {
      ...{ KEYCLOAK_URL: "https://env", KEYCLOAK_CLIENT_ID: "admin-cli", KEYCLOAK_USER: "u", KEYCLOAK_PASSWORD: "p" },
      ...{ KEYCLOAK_REALM: "other", KEYCLOAK_BASE_PATH: "/auth", KEYCLOAK_CLIENT_TIMEOUT: "60" },
      KEYCLOAK_ADMIN_URL: "https://admin",
    };
    assert.deepEqual(read({}, environment), {
      authUrl: "https://env/auth",
      adminUrl: "https://admin/auth",
      realm: "other",
      grant: { grant_type: "password", client_id: "admin-cli", username: "u", password: "p" },
      initialLogin: true,
      timeoutSeconds: 60,
      headers: {},
    });
    assert.equal(read({ url: "https://stack" }, environment).authUrl, "https://stack/auth");
  });

  it("log in with a user where there is one, else with the client's own secret", () => {
    assert.deepEqual(read(password).grant["grant_type"], "password");
    assert.equal(read(password).realm, "master");
    assert.equal(read(password).timeoutSeconds, 5);
    const service = { url: "https://k", clientId: "c", clientSecret: "s" };
    const expected = { client_id: "c", client_secret: "s", grant_type: "client_credentials" };
    assert.deepEqual(read(service).grant, expected);
    assert.equal(read({ ...password, clientSecret: "s" }).grant["client_secret"], "s");
  });

  it("are refused where only the genuine plugin can follow, without their values", () => {
    const refused = {
      ...{ accessToken: "t", jwtSigningKey: "k", jwtToken: "t", jwtTokenFile: "f", rootCaCertificate: "c" },
      ...{ tlsClientCertificate: "c", tlsClientPrivateKey: "k", tlsInsecureSkipVerify: "true", redHatSso: "true" },
    };
    for (const [key, value] of Object.entries(refused)) {
      const message = `stand-in plugin keycloak does not know ${key}; install the genuine plugin`;
      assert.throws(() => read({ ...password, [key]: value }), { message });
    }
    assert.throws(() => read(password, { KEYCLOAK_JWT_TOKEN: "hidden" }), {
      message: "stand-in plugin keycloak does not know jwtToken; install the genuine plugin",
    });
    assert.equal(read({ ...password, tlsInsecureSkipVerify: "false", keycloakVersion: "26.7.3" }).realm, "master");
  });

  it("are refused when they are wrong or missing, all at once", () => {
    assert.throws(
      () => read({ clientTimeout: "soon", realms: "x" }),
      (error: Error) => {
        const [unheardOf, url, timeout, login, ...others] = error.message.split("\n");
        assert.equal(unheardOf, "keycloak:realms: is no setting of the plugin keycloak");
        assert.equal(url, "no Keycloak URL: set keycloak:url or KEYCLOAK_URL");
        assert.equal(timeout, "keycloak:clientTimeout: must be whole seconds");
        assert.match(login ?? "", /^no Keycloak login: set keycloak:clientId with /);
        assert.deepEqual(others, []);
        return true;
      },
    );
    const { username, password: word, ...nobody } = password;
    assert.ok(username && word);
    assert.throws(() => read(nobody), /^Error: no Keycloak login/);
  });
});

describe("durations of a realm", () => {
  it("are in Go's notation", () => {
    assert.deepEqual([0, 59, 300, 3600, 5430].map(formatDuration), ["0s", "59s", "5m0s", "1h0m0s", "1h30m30s"]);
  });
});
