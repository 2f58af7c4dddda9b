import assert from "node:assert/strict";
import type { Properties } from "../../../local/plugins/values.ts";
import { ProviderEngine } from "../support/provider-engine.ts";
import {
  type Of,
  audienceMapper,
  client,
  clientRoleMapper,
  clientScope,
  defaultScopes,
  idIn,
  optionalScopes,
  realm,
  realmRoleMapper,
  role,
  roleMapper,
} from "./context.ts";

/** Client scopes, the lists of a client, and what puts claims and roles into tokens. */
export function describeScopes(of: Of): void {
  describe("client scopes", () => {
    const args: Properties = { realmId: realm, name: "litellm_proxy_admin", description: "Administers the gateway" };

    it("are made, changed, repaired and imported", async () => {
      await of().engine.up(clientScope, "scope", { ...args, consentScreenText: "Administer", guiOrder: 3 });
      const live = await of().admin.clientScope("litellm_proxy_admin");
      assert.equal(live?.attributes["display.on.consent.screen"], "true");
      assert.equal(live.attributes["include.in.token.scope"], "true");
      assert.equal(live.attributes["gui.order"], "3");
      const { changed } = await of().engine.up(clientScope, "scope", { ...args, includeInTokenScope: false });
      assert.deepEqual(changed, ["consentScreenText", "guiOrder", "includeInTokenScope"]);
      const after = await of().admin.clientScope("litellm_proxy_admin");
      assert.equal(after?.attributes["display.on.consent.screen"], "false");
      assert.equal((await of().engine.up(clientScope, "scope", { ...args, includeInTokenScope: false })).step, "same");
      assert.equal((await of().engine.up(clientScope, "scope", args)).step, "update");
      const found = await of().engine.read(clientScope, `${realm}/${idIn(of(), clientScope, "scope")}`);
      assert.equal(found?.id, idIn(of(), clientScope, "scope"));
      assert.equal(found.inputs["name"], "litellm_proxy_admin");
      const told = await of().engine.invoke("keycloak:openid/getClientScope:getClientScope", {
        realmId: realm,
        name: "litellm_proxy_admin",
      });
      assert.deepEqual([told["id"], told["description"]], [found.id, "Administers the gateway"]);
    });

    it("are in a client's lists exactly as given", async () => {
      const scopes = { realmId: realm, clientId: idIn(of(), client, "gateway") };
      const optional = ["offline_access", "litellm_proxy_admin"];
      await of().engine.up(optionalScopes, "optional", { ...scopes, optionalScopes: optional });
      await of().engine.up(defaultScopes, "default", { ...scopes, defaultScopes: ["basic", "profile", "email"] });
      const live = await of().admin.client("gateway");
      assert.deepEqual([...(live?.optionalClientScopes ?? [])].sort(), optional.toSorted());
      assert.deepEqual([...(live?.defaultClientScopes ?? [])].sort(), ["basic", "email", "profile"]);
      assert.equal(idIn(of(), optionalScopes, "optional"), `${realm}/${idIn(of(), client, "gateway")}`);
      const reordered = { ...scopes, optionalScopes: optional.toReversed() };
      assert.equal((await of().engine.up(optionalScopes, "optional", reordered)).step, "same");
    });

    it("added to a client by hand are taken away", async () => {
      const [owner, scope] = [idIn(of(), client, "gateway"), await of().admin.clientScope("phone")];
      await of().admin.call("PUT", `clients/${owner}/optional-client-scopes/${scope?.id ?? ""}`);
      await of().engine.refresh(optionalScopes, "optional");
      const args = { realmId: realm, clientId: owner, optionalScopes: ["offline_access", "litellm_proxy_admin"] };
      assert.equal((await of().engine.up(optionalScopes, "optional", args)).step, "update");
      assert.equal((await of().admin.client("gateway"))?.optionalClientScopes.includes("phone"), false);
    });

    it("must exist, and be in one list only", async () => {
      const scopes = { realmId: realm, clientId: idIn(of(), client, "gateway") };
      const twin = new ProviderEngine(of().provider);
      await assert.rejects(twin.up(optionalScopes, "x", { ...scopes, optionalScopes: ["nope"] }), {
        message: "validation error: scope nope does not exist",
      });
      await assert.rejects(twin.up(optionalScopes, "x", { ...scopes, optionalScopes: ["email"] }), {
        message: "validation error: scope email is already attached to client as a default scope",
      });
      const missing = { realmId: realm, clientId: "none", optionalScopes: ["email"] };
      await assert.rejects(twin.up(optionalScopes, "x", missing), {
        message: "validation error: client with id none does not exist",
      });
      await assert.rejects(
        of().engine.read(optionalScopes, `${realm}/${idIn(of(), client, "gateway")}`),
        /cannot be imported/,
      );
    });
  });
  describe("protocol mappers", () => {
    it("of a client and of a client scope are made, changed, repaired and imported", async () => {
      const scope = idIn(of(), clientScope, "scope");
      const owner = idIn(of(), client, "gateway");
      const cases: readonly [string, Properties, Properties, string][] = [
        [
          clientRoleMapper,
          { clientId: owner, claimName: "litellm_roles", clientIdForRoleMappings: "gateway", multivalued: true },
          { claimName: "roles" },
          `client/${owner}`,
        ],
        [
          realmRoleMapper,
          { clientScopeId: scope, claimName: "realm_roles", realmRolePrefix: "kc_", multivalued: true },
          { addToIdToken: false },
          `client-scope/${scope}`,
        ],
        [
          audienceMapper,
          { clientScopeId: scope, includedClientAudience: "gateway" },
          { addToIdToken: false },
          `client-scope/${scope}`,
        ],
      ];
      for (const [type, own, change, path] of cases) {
        const args = { realmId: realm, name: "mapper-of-" + (type.split(":")[2] ?? ""), ...own };
        assert.equal((await of().engine.up(type, "mapper", args)).step, "create", type);
        assert.equal((await of().engine.up(type, "mapper", args)).step, "same", type);
        const before = idIn(of(), type, "mapper");
        const { step, changed } = await of().engine.up(type, "mapper", { ...args, ...change });
        assert.deepEqual([step, changed], ["update", Object.keys(change)], type);
        assert.equal(idIn(of(), type, "mapper"), before);
        await of().engine.refresh(type, "mapper");
        assert.equal((await of().engine.up(type, "mapper", { ...args, ...change })).step, "same", type);
        assert.equal((await of().engine.up(type, "mapper", args)).step, "update", type);
        for (const reference of [before, `name/${encodeURIComponent(args.name)}`]) {
          const found = await of().engine.read(type, `${realm}/${path}/${reference}`);
          assert.equal(found?.id, before);
          const twin = new ProviderEngine(of().provider);
          await twin.import(type, "mapper", `${realm}/${path}/${reference}`);
          assert.equal((await twin.up(type, "mapper", args)).step, "same", type);
        }
        await assert.rejects(new ProviderEngine(of().provider).up(type, "mapper", args), {
          message: `validation error: a protocol mapper with name ${args.name} already exists for this client`,
        });
      }
    });

    it("are replaced when they move, and need a client for an audience", async () => {
      const args = { realmId: realm, name: "mapper-of-AudienceProtocolMapper", includedClientAudience: "gateway" };
      const moved = await of().engine.preview(audienceMapper, "mapper", {
        ...args,
        clientId: idIn(of(), client, "gateway"),
      });
      assert.equal(moved.step, "replace");
      const wrong = {
        realmId: realm,
        clientId: idIn(of(), client, "gateway"),
        name: "a",
        includedClientAudience: "nobody",
      };
      await assert.rejects(of().engine.up(audienceMapper, "wrong", wrong), {
        message: "validation error: generic client with name nobody does not exist",
      });
    });

    it("write the configuration that Keycloak's own console writes", async () => {
      const { protocolMappers = [] } = (await of().admin.client("gateway")) ?? {};
      const found = protocolMappers.find(({ name }) => name === "mapper-of-UserClientRoleProtocolMapper");
      assert.equal(found?.protocolMapper, "oidc-usermodel-client-role-mapper");
      assert.deepEqual(found.config, {
        "access.token.claim": "true",
        "claim.name": "litellm_roles",
        "id.token.claim": "true",
        "jsonType.label": "String",
        multivalued: "true",
        "userinfo.token.claim": "true",
        "usermodel.clientRoleMapping.clientId": "gateway",
      });
    });

    it("that are gone are made again", async () => {
      const args = { realmId: realm, clientId: idIn(of(), client, "gateway"), name: "short-lived", claimName: "roles" };
      await of().engine.up(realmRoleMapper, "short", args);
      const path = `clients/${idIn(of(), client, "gateway")}/protocol-mappers/models/${idIn(of(), realmRoleMapper, "short")}`;
      await of().admin.call("DELETE", path);
      assert.equal(await of().engine.refresh(realmRoleMapper, "short"), undefined);
      assert.equal((await of().engine.up(realmRoleMapper, "short", args)).step, "create");
      await of().engine.destroy(realmRoleMapper, "short");
    });
  });
  describe("scope mappings of roles", () => {
    it("are made, imported and found missing", async () => {
      const [scope, own] = [idIn(of(), clientScope, "scope"), idIn(of(), role, "admin")];
      const args = { realmId: realm, clientScopeId: scope, roleId: own };
      await of().engine.up(roleMapper, "admin", args);
      const expected = `${realm}/client-scope/${scope}/scope-mappings/${idIn(of(), client, "gateway")}/${own}`;
      assert.equal(idIn(of(), roleMapper, "admin"), expected);
      assert.equal((await of().engine.up(roleMapper, "admin", args)).step, "same");
      assert.deepEqual((await of().engine.read(roleMapper, expected))?.inputs, args);
      const ofRealm = { realmId: realm, clientId: idIn(of(), client, "gateway"), roleId: idIn(of(), role, "user") };
      await of().engine.up(roleMapper, "user", ofRealm);
      const bare = `${realm}/client/${idIn(of(), client, "gateway")}/scope-mappings//${idIn(of(), role, "user")}`;
      assert.equal(idIn(of(), roleMapper, "user"), bare);
      assert.deepEqual((await of().engine.read(roleMapper, bare))?.inputs, ofRealm);
      assert.equal((await of().engine.preview(roleMapper, "user", { ...ofRealm, roleId: own })).step, "replace");
      await of().engine.destroy(roleMapper, "user");
      assert.equal(await of().engine.read(roleMapper, bare), undefined);
    });

    it("of one client's roles all go with the first that is deleted, as with the genuine plugin", async () => {
      const owner = idIn(of(), client, "gateway");
      await of().engine.up(role, "second", { realmId: realm, clientId: owner, name: "AI_SECOND" });
      const args = {
        realmId: realm,
        clientScopeId: idIn(of(), clientScope, "scope"),
        roleId: idIn(of(), role, "second"),
      };
      await of().engine.up(roleMapper, "second", args);
      await of().engine.destroy(roleMapper, "second");
      assert.equal(await of().engine.refresh(roleMapper, "admin"), undefined);
      await of().engine.destroy(role, "second");
    });
  });
}
