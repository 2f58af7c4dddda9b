import assert from "node:assert/strict";
import { keycloakPlugin } from "../../../local/plugins/keycloak.ts";
import { secret, unwrap } from "../../../local/plugins/values.ts";
import { ProviderEngine } from "../support/provider-engine.ts";
import { type Of, client, idIn, realm, role, userRoles } from "./context.ts";

/** Ways for the provider to log in. */
export function describeLogins(of: Of): void {
  describe("logging in", () => {
    const configure = (config: Readonly<Record<string, string>>) =>
      keycloakPlugin("6.13.0", () => ({})).configure(new Map(Object.entries(config)));

    it("works with a client's own credentials", async () => {
      const service = {
        ...{ realmId: realm, clientId: "automation", accessType: "CONFIDENTIAL", serviceAccountsEnabled: true },
        clientSecret: secret("automation-secret"),
      };
      const { outputs } = await of().engine.up(client, "automation", service);
      const management = await of().engine.invoke("keycloak:openid/getClient:getClient", {
        ...{ realmId: realm, clientId: "realm-management" },
      });
      const right = await of().engine.invoke("keycloak:index/getRole:getRole", {
        ...{ realmId: realm, clientId: management["id"] ?? "", name: "view-clients" },
      });
      const userId = unwrap(outputs["serviceAccountUserId"]) ?? "";
      await of().engine.up(userRoles, "automation", {
        realmId: realm,
        userId,
        roleIds: [right["id"] ?? ""],
        exhaustive: false,
      });
      const own = await configure({
        url: of().keycloak.url,
        realm,
        clientId: "automation",
        clientSecret: "automation-secret",
      });
      const found = await own.invoke("keycloak:openid/getClient:getClient", { realmId: realm, clientId: "gateway" });
      assert.equal(found["id"], idIn(of(), client, "gateway"));
      await assert.rejects(new ProviderEngine(own).up(role, "x", { realmId: realm, name: "x" }), /: 403 Forbidden\./);
    });

    it("fails at once with a wrong password, which is not told", async () => {
      const login = { url: of().keycloak.url, clientId: "admin-cli", username: "admin", password: "wrong-password" };
      await assert.rejects(configure(login), (error: Error) => {
        assert.match(
          error.message,
          /^cannot log in to Keycloak: POST http.*: 400 Bad Request \(Invalid user credentials\)$/,
        );
        return true;
      });
    });
  });
}
