import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { KeycloakObjects } from "../../../components/identity.ts";
import { LiteLLMPlatform } from "../../../components/platform.ts";
import { preflightProblems } from "../../../program/preflight.ts";
import type { PlatformConfig } from "../../../config/platform.ts";
import { projectDirectory, validConfig } from "../../support/configs.ts";
import { recordPlatform, vaultWithProviderKeys } from "../../support/platform.ts";
import { type Registration, record } from "../../support/recorder.ts";
import { having, production as productionStack } from "../../support/change.ts";
import { find, inputsOf, isComponent, shortType, vaultWithAllKeys, written } from "../../support/registrations.ts";
import { missingMessage } from "../../support/missing.ts";

const issuer = "https://auth.example.com/realms/ai";
const managed = (settings: Readonly<Record<string, unknown>> = {}) =>
  validConfig(having({ identity: { mode: "managed", issuer, ...settings } }));

/** Everything of Keycloak, as `type name`. */
function ofKeycloak(registered: readonly Registration[]): string[] {
  return registered
    .filter(({ type }) => type.startsWith("keycloak:"))
    .map((entry) => `${shortType(entry)} ${entry.name}`);
}

function recordWith(config: PlatformConfig, keycloak: KeycloakObjects): Promise<readonly Registration[]> {
  const stored = vaultWithProviderKeys(config);
  return record(config.stack, () => new LiteLLMPlatform("litellm", { config, stored, keycloak }));
}

const description = "Managed by litellm-platform, secret in Vault at secret/litellm/test";
const optionsOf = ({ protect, retainOnDelete, ignoreChanges }: Registration) => ({
  protect,
  retainOnDelete,
  ignoreChanges,
});

describe("a managed identity", () => {
  let registered: readonly Registration[] = [];
  before(async () => {
    registered = await recordPlatform(managed());
  });

  it("is a confidential client with PKCE and the standard flow only", () => {
    const client = find(registered, "Client", "litellm-identity-client");
    assert.deepEqual(inputsOf(client), {
      realmId: "ai",
      clientId: "litellm",
      name: "LiteLLM",
      description,
      accessType: "CONFIDENTIAL",
      clientSecret: { secret: "generated(litellm-identity-client-secret)" },
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      pkceCodeChallengeMethod: "S256",
      baseUrl: "https://litellm.example.com/ui",
      validRedirectUris: ["https://litellm.example.com/sso/callback"],
      validPostLogoutRedirectUris: ["https://litellm.example.com/ui"],
      webOrigins: ["https://litellm.example.com"],
      fullScopeAllowed: false,
      import: false,
    });
    assert.deepEqual(optionsOf(client), { protect: false, retainOnDelete: true, ignoreChanges: ["import"] });
  });

  it("keeps the client's secret in Vault, where a stack that is made again finds it", async () => {
    assert.deepEqual(written(registered, "litellm-identity-client-secret-vault"), {
      client_secret: "generated(litellm-identity-client-secret)",
      version: "1",
    });
    const config = managed();
    const path = "litellm/test/identity";
    const stored = new Map([
      ...vaultWithProviderKeys(config),
      [path, { version: 3, properties: ["client_secret", "version"], deleted: false }] as const,
    ]);
    const again = await recordPlatform(config, stored, { [path]: { client_secret: "old", version: "1" } });
    assert.deepEqual(inputsOf(find(again, "Client", "litellm-identity-client"))["clientSecret"], { secret: "old" });
    const rotated = managed({ client: { secretVersion: 2 } });
    const after = await recordPlatform(rotated, stored, { [path]: { client_secret: "old", version: "1" } });
    const fresh = { secret: "generated(litellm-identity-client-secret)" };
    assert.deepEqual(inputsOf(find(after, "Client", "litellm-identity-client"))["clientSecret"], fresh);
  });

  it("has the two roles as roles of the client", () => {
    for (const [key, name, meaning] of [
      ["admin", "AI_ADMIN", "proxy_admin"],
      ["user", "AI_USER", "internal_user"],
    ] as const) {
      const role = find(registered, "Role", `litellm-identity-role-${key}`);
      assert.deepEqual(inputsOf(role), {
        realmId: "ai",
        clientId: "litellm-identity-client-id",
        name,
        description: `${meaning} of LiteLLM`,
        import: false,
      });
      assert.deepEqual(optionsOf(role), { protect: false, retainOnDelete: true, ignoreChanges: ["import"] });
    }
  });

  it("tells the roles in the claim that the proxy reads", () => {
    assert.deepEqual(inputsOf(find(registered, "UserClientRoleProtocolMapper", "litellm-identity-roles-mapper")), {
      realmId: "ai",
      clientId: "litellm-identity-client-id",
      clientIdForRoleMappings: "litellm",
      name: "LiteLLM roles",
      claimName: "litellm_roles",
      claimValueType: "String",
      multivalued: true,
      addToIdToken: true,
      addToAccessToken: true,
      addToUserinfo: true,
    });
  });

  it("gives the administrators' scope to holders of the admin role only, and no other optional scope to anybody", () => {
    assert.deepEqual(inputsOf(find(registered, "ClientScope", "litellm-identity-admin-scope")), {
      realmId: "ai",
      name: "litellm_proxy_admin",
      description,
      includeInTokenScope: true,
    });
    assert.deepEqual(inputsOf(find(registered, "GenericRoleMapper", "litellm-identity-admin-scope-role")), {
      realmId: "ai",
      clientScopeId: "litellm-identity-admin-scope-id",
      roleId: "litellm-identity-role-admin-id",
    });
    const optional = find(registered, "ClientOptionalScopes", "litellm-identity-optional-scopes");
    assert.deepEqual(inputsOf(optional), {
      realmId: "ai",
      clientId: "litellm-identity-client-id",
      optionalScopes: ["litellm_proxy_admin"],
    });
    assert.ok(
      optional.dependsOn.includes("litellm-identity-admin-scope-role"),
      "asked for before it is tied to the role",
    );
  });

  it("makes nothing else in Keycloak", () => {
    assert.deepEqual(ofKeycloak(registered).sort(), [
      "Client litellm-identity-client",
      "ClientOptionalScopes litellm-identity-optional-scopes",
      "ClientScope litellm-identity-admin-scope",
      "GenericRoleMapper litellm-identity-admin-scope-role",
      "Role litellm-identity-role-admin",
      "Role litellm-identity-role-user",
      "UserClientRoleProtocolMapper litellm-identity-roles-mapper",
    ]);
  });

  it("gives the proxy the client's secret, and waits for it", () => {
    const release = find(registered, "Release", "litellm-gateway");
    const { values } = release.inputs as { values: { environmentSecrets: string[]; envVars: Record<string, string> } };
    assert.ok(values.environmentSecrets.includes("litellm-identity-v1"));
    assert.equal(values.envVars["GENERIC_CLIENT_ID"], "litellm");
    assert.ok(release.dependsOn.includes("litellm-identity-login"));
  });

  it("has what is configured besides", async () => {
    const config = managed({
      client: {
        id: "gateway",
        redirectUris: ["https://litellm.example.com/sso/debug/callback", "https://litellm.example.com/sso/callback"],
        webOrigins: ["https://chat.example.com"],
        directAccessGrants: true,
      },
    });
    const inputs = inputsOf(find(await recordPlatform(config), "Client", "litellm-identity-client"));
    assert.equal(inputs["clientId"], "gateway");
    assert.deepEqual(inputs["validRedirectUris"], [
      "https://litellm.example.com/sso/callback",
      "https://litellm.example.com/sso/debug/callback",
    ]);
    assert.deepEqual(inputs["webOrigins"], ["https://litellm.example.com", "https://chat.example.com"]);
    assert.equal(inputs["directAccessGrantsEnabled"], true);
  });

  it("of roles of the realm puts just these into the client's scope", async () => {
    const realm = await recordPlatform(managed({ roles: { type: "realm", adminViewer: { name: "AI_AUDITOR" } } }));
    for (const key of ["admin", "adminViewer", "user"]) {
      assert.equal(inputsOf(find(realm, "Role", `litellm-identity-role-${key}`))["clientId"], undefined);
      assert.deepEqual(inputsOf(find(realm, "GenericRoleMapper", `litellm-identity-role-${key}-in-scope`)), {
        realmId: "ai",
        clientId: "litellm-identity-client-id",
        roleId: `litellm-identity-role-${key}-id`,
      });
    }
    const mapper = inputsOf(find(realm, "UserRealmRoleProtocolMapper", "litellm-identity-roles-mapper"));
    assert.equal(mapper["claimName"], "litellm_roles");
    assert.equal(ofKeycloak(realm).length, 4 + 3 + 3 + 1);
  });

  it("adds its roles to the named users and groups and takes none away", async () => {
    const assigned = await recordPlatform(
      managed({ roles: { admin: { name: "AI_ADMIN", users: ["ada"], groups: ["ops"] }, user: { name: "AI_USER" } } }),
    );
    assert.deepEqual(inputsOf(find(assigned, "UserRoles", "litellm-identity-role-admin-user-ada")), {
      realmId: "ai",
      userId: "user ada",
      roleIds: ["litellm-identity-role-admin-id"],
      exhaustive: false,
    });
    assert.deepEqual(inputsOf(find(assigned, "GroupRoles", "litellm-identity-role-admin-group-ops")), {
      realmId: "ai",
      groupId: "group ops",
      roleIds: ["litellm-identity-role-admin-id"],
      exhaustive: false,
    });
  });

  it("puts the audience into tokens where they are API keys, unless another audience is named", async () => {
    const config = validConfig(having({ identity: { mode: "managed", issuer, jwt: {} }, "gateway.license": true }));
    const withAudience = await recordPlatform(config, vaultWithAllKeys(config));
    assert.deepEqual(inputsOf(find(withAudience, "AudienceProtocolMapper", "litellm-identity-audience-mapper")), {
      realmId: "ai",
      clientId: "litellm-identity-client-id",
      name: "LiteLLM audience",
      includedClientAudience: "litellm",
      addToIdToken: false,
    });
    const other = validConfig(
      having({ identity: { mode: "managed", issuer, jwt: { audience: "api" } }, "gateway.license": true }),
    );
    const without = await recordPlatform(other, vaultWithAllKeys(other));
    assert.equal(without.filter((entry) => shortType(entry) === "AudienceProtocolMapper").length, 0);
  });

  it("takes over what an earlier installation of the stack left", async () => {
    const found = await recordWith(managed(), { client: true, roles: new Set(["AI_USER"]) });
    assert.equal(inputsOf(find(found, "Client", "litellm-identity-client"))["import"], true);
    assert.equal(inputsOf(find(found, "Role", "litellm-identity-role-admin"))["import"], false);
    assert.equal(inputsOf(find(found, "Role", "litellm-identity-role-user"))["import"], true);
  });

  it("is protected in production with its roles", async () => {
    const config = validConfig(having({ identity: { mode: "managed", issuer }, ...productionStack }));
    const production = await recordPlatform(config);
    const ofIdentity = production.filter((entry) => entry.type.startsWith("keycloak:") && entry.protect);
    assert.deepEqual(
      ofIdentity.map(({ name }) => name),
      ["litellm-identity-client", "litellm-identity-role-admin", "litellm-identity-role-user"],
    );
  });
});

describe("an existing client", () => {
  const config = validConfig(
    having({
      identity: { mode: "existing", issuer, client: { id: "shared", vaultPath: "platform/keycloak/litellm" } },
    }),
  );

  it("makes nothing in Keycloak, and brings the client's secret from where it is stored in Vault", async () => {
    const registered = await recordPlatform(config, vaultWithAllKeys(config));
    assert.deepEqual(ofKeycloak(registered), []);
    assert.equal(registered.filter((entry) => isComponent(entry) && shortType(entry) === "Identity").length, 0);
    const { spec } = inputsOf(find(registered, "ExternalSecret", "litellm-providers")) as {
      spec: { data: { secretKey: string; remoteRef: object }[] };
    };
    assert.deepEqual(spec.data[0], {
      secretKey: "GENERIC_CLIENT_SECRET",
      remoteRef: { key: "platform/keycloak/litellm", property: "client_secret" },
    });
    const policy = String(find(registered, "Policy", "litellm-vault-policy").inputs["policy"]);
    assert.match(policy, /path "secret\/data\/platform\/keycloak\/litellm" \{\n {2}capabilities = \["read"\]\n\}/);
  });

  it("whose secret is not in Vault is told with the command that puts it there", () => {
    const [problem] = preflightProblems(config, new Map()).filter(({ path }) => path === "identity.client.vaultPath");
    assert.equal(
      problem?.message,
      missingMessage("GENERIC_CLIENT_SECRET", "client shared", {
        path: "platform/keycloak/litellm",
        property: "client_secret",
      }),
    );
  });
});

describe("a licence of LiteLLM Enterprise", () => {
  const config = validConfig(having({ "gateway.license": true }));

  it("comes from Vault to the proxy's variables, and the program never sees it", async () => {
    const registered = await recordPlatform(config, vaultWithAllKeys(config));
    const { spec } = inputsOf(find(registered, "ExternalSecret", "litellm-providers")) as { spec: { data: unknown[] } };
    assert.deepEqual(spec.data[0], {
      secretKey: "LITELLM_LICENSE",
      remoteRef: { key: "litellm/test/license", property: "key" },
    });
  });

  it("that is not there is told with the command that puts it there", () => {
    const [problem] = preflightProblems(config, new Map()).filter(({ path }) => path === "gateway.license");
    assert.equal(
      problem?.message,
      missingMessage("LITELLM_LICENSE", "", { path: "litellm/test/license", property: "key" }),
    );
  });
});

describe("the Keycloak package", () => {
  const loadedBy = (mode: string) => {
    const program = `
      import { createRequire } from "node:module";
      const { recordPlatform } = await import("./test/support/platform.ts");
      const { validConfig } = await import("./test/support/configs.ts");
      const { having } = await import("./test/support/change.ts");
      const identity = ${JSON.stringify(mode === "managed" ? { mode, issuer } : { mode })};
      await recordPlatform(validConfig(having({ identity })));
      console.log(Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes("@pulumi/keycloak")));
      process.exit(0);`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: projectDirectory,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout.trim();
  };

  it("is loaded where a client is managed, and nowhere else", function () {
    this.timeout(60_000);
    assert.equal(loadedBy("managed"), "true");
    assert.equal(loadedBy("none"), "false");
  });
});

describe("no identity", () => {
  it("makes nothing in Keycloak and sets no variable of it", async () => {
    const registered = await recordPlatform(validConfig(having({})));
    assert.deepEqual(ofKeycloak(registered), []);
    const { values } = find(registered, "Release", "litellm-gateway").inputs as { values: { envVars: object } };
    assert.deepEqual(
      Object.keys(values.envVars).filter((name) => /^(GENERIC|JWT)_/.test(name)),
      [],
    );
  });
});
