import assert from "node:assert/strict";
import { KeycloakAdmin } from "../../../local/keycloak-admin.ts";
import { type Properties, isSecret, isUnknown, secret, unknown, unwrap } from "../../../local/plugins/values.ts";
import { ProviderEngine, secretOutputs } from "../support/provider-engine.ts";
import { type Of, client, idIn, realm, textIn } from "./context.ts";

/** Clients: made, changed, repaired, imported and taken over. */
export function describeClients(of: Of): void {
  describe("a client", () => {
    const args: Properties = {
      realmId: realm,
      clientId: "gateway",
      name: "Gateway",
      accessType: "CONFIDENTIAL",
      standardFlowEnabled: true,
      directAccessGrantsEnabled: true,
      pkceCodeChallengeMethod: "S256",
      validRedirectUris: ["https://gateway.example.com/sso/callback", "http://localhost:4000/sso/callback"],
      validPostLogoutRedirectUris: ["https://gateway.example.com/*", "http://localhost:4000/*"],
      webOrigins: ["https://gateway.example.com"],
      rootUrl: "https://gateway.example.com",
      baseUrl: "/ui",
      fullScopeAllowed: false,
      accessTokenLifespan: "600",
      extraConfig: { "acr.loa.map": '{"gold":"2"}' },
    };

    it("is promised by a preview with what Keycloak decides left open", async () => {
      const { id: promised, outputs, step } = await of().engine.preview(client, "gateway", args);
      assert.equal(step, "create");
      assert.equal(promised, "");
      const open = Object.keys(outputs).filter((name) => isUnknown(unwrap(outputs[name])));
      assert.deepEqual(open.sort(), [
        ...["clientOfflineSessionIdleTimeout", "clientOfflineSessionMaxLifespan", "clientSecret"],
        ...["clientSessionIdleTimeout", "clientSessionMaxLifespan", "consentRequired", "displayOnConsentScreen"],
        ...["excludeIssuerFromAuthResponse", "excludeSessionStateFromAuthResponse", "frontchannelLogoutEnabled"],
        ...["implicitFlowEnabled", "requireDpopBoundTokens", "resourceServerId", "serviceAccountUserId"],
        "serviceAccountsEnabled",
      ]);
      assert.equal(await of().admin.client("gateway"), undefined);
    });

    it("may be given what is not known yet", async () => {
      const args = { realmId: unknown, clientId: "later", accessType: "CONFIDENTIAL", validRedirectUris: [unknown] };
      const { step } = await new ProviderEngine(of().provider).preview(client, "later", args);
      assert.equal(step, "create");
    });

    it("is made as asked, with Keycloak's own secret", async () => {
      const { step, outputs, id: own } = await of().engine.up(client, "gateway", args);
      assert.equal(step, "create");
      const live = await of().admin.client("gateway");
      assert.equal(own, live?.id);
      assert.equal(live?.standardFlowEnabled, true);
      assert.equal(live.implicitFlowEnabled, false);
      assert.equal(live.serviceAccountsEnabled, false);
      assert.equal(live.attributes["pkce.code.challenge.method"], "S256");
      assert.equal(live.attributes["access.token.lifespan"], "600");
      assert.equal(live.attributes["acr.loa.map"], '{"gold":"2"}');
      assert.equal(live.attributes["backchannel.logout.session.required"], "true");
      assert.deepEqual(new Set(live.redirectUris), new Set(args["validRedirectUris"] as string[]));
      assert.deepEqual(secretOutputs(of().engine.state(client, "gateway")), ["clientSecret"]);
      assert.equal(unwrap(outputs["clientSecret"]), await of().admin.clientSecret("gateway"));
      assert.equal(outputs["serviceAccountUserId"], "");
      assert.equal(outputs["resourceServerId"], "");
      assert.deepEqual(outputs["validRedirectUris"], args["validRedirectUris"]);
      assert.deepEqual(outputs["validPostLogoutRedirectUris"], args["validPostLogoutRedirectUris"]);
      assert.equal(outputs["useRefreshTokens"], true);
    });

    it("stays as it is when nothing, or only the order of a list, or only what has a default changes", async () => {
      const secretBefore = textIn(of(), client, "gateway", "clientSecret");
      assert.equal((await of().engine.up(client, "gateway", args)).step, "same");
      const reordered = (args["validRedirectUris"] as string[]).toReversed();
      const others = { validRedirectUris: reordered, enabled: true, implicitFlowEnabled: false };
      assert.equal((await of().engine.up(client, "gateway", { ...args, ...others })).step, "same");
      await of().engine.refresh(client, "gateway");
      assert.equal((await of().engine.up(client, "gateway", args)).step, "same");
      assert.equal(textIn(of(), client, "gateway", "clientSecret"), secretBefore);
    });

    it("keeps what the program no longer gives where the genuine plugin does, and loses the rest", async () => {
      const { rootUrl, standardFlowEnabled, pkceCodeChallengeMethod, extraConfig, ...rest } = args;
      assert.ok(rootUrl && standardFlowEnabled && pkceCodeChallengeMethod && extraConfig);
      const promised = await of().engine.preview(client, "gateway", rest);
      assert.deepEqual(promised.changed, ["extraConfig", "pkceCodeChallengeMethod"]);
      assert.equal(isUnknown(unwrap(promised.outputs["clientSecret"])), false);
      assert.equal((await of().engine.up(client, "gateway", rest)).step, "update");
      const live = await of().admin.client("gateway");
      assert.equal(live?.standardFlowEnabled, true);
      assert.equal(live.attributes["pkce.code.challenge.method"], undefined);
      assert.equal(live.attributes["acr.loa.map"], undefined);
      assert.equal(textIn(of(), client, "gateway", "rootUrl"), rootUrl);
      assert.equal(textIn(of(), client, "gateway", "clientSecret"), await of().admin.clientSecret("gateway"));
      await of().engine.up(client, "gateway", args);
    });

    it("is changed in place, its secret and id kept", async () => {
      const [secretBefore, idBefore] = [textIn(of(), client, "gateway", "clientSecret"), idIn(of(), client, "gateway")];
      const changed = { ...args, clientId: "gateway-2", serviceAccountsEnabled: true, description: "The gateway" };
      const promised = await of().engine.preview(client, "gateway", changed);
      assert.equal(isUnknown(promised.outputs["serviceAccountUserId"]), true);
      const { step, changed: paths, outputs } = await of().engine.up(client, "gateway", changed);
      assert.equal(step, "update");
      assert.deepEqual(paths, ["clientId", "description", "serviceAccountsEnabled"]);
      assert.equal(idIn(of(), client, "gateway"), idBefore);
      assert.equal(textIn(of(), client, "gateway", "clientSecret"), secretBefore);
      assert.notEqual(outputs["serviceAccountUserId"], "");
      assert.equal((await of().engine.up(client, "gateway", args)).step, "update");
    });

    it("gets the secret that it is given, or another when a trigger changes", async () => {
      const given = { ...args, clientSecret: secret("a-secret-of-our-own") };
      assert.equal((await of().engine.up(client, "gateway", given)).step, "update");
      assert.equal(await of().admin.clientSecret("gateway"), "a-secret-of-our-own");
      const rotated = { ...args, clientSecretRegenerateWhenChanged: { version: "2" } };
      const promised = await of().engine.preview(client, "gateway", rotated);
      assert.equal(isUnknown(unwrap(promised.outputs["clientSecret"])), true);
      assert.equal((await of().engine.up(client, "gateway", rotated)).step, "update");
      const drawn = await of().admin.clientSecret("gateway");
      assert.notEqual(drawn, "a-secret-of-our-own");
      assert.equal(textIn(of(), client, "gateway", "clientSecret"), drawn);
      assert.equal((await of().engine.up(client, "gateway", rotated)).step, "same");
    });

    it("gets a write-only secret when its version changes, and keeps it out of the state", async () => {
      const written = (value: string, version: string) => ({
        ...args,
        clientSecretWo: secret(value),
        clientSecretWoVersion: version,
      });
      // The trigger of the last test goes, which draws a secret once more.
      await of().engine.up(client, "gateway", args);
      await of().engine.up(client, "gateway", written("first-write-only", "1"));
      assert.equal(await of().admin.clientSecret("gateway"), "first-write-only");
      assert.equal(JSON.stringify(of().engine.state(client, "gateway").outputs).includes("first-write-only"), false);
      assert.equal((await of().engine.up(client, "gateway", written("not-sent", "1"))).step, "same");
      await of().engine.up(client, "gateway", { ...written("not-sent", "1"), description: "other" });
      assert.equal(await of().admin.clientSecret("gateway"), "first-write-only");
      await of().engine.up(client, "gateway", written("second-write-only", "2"));
      assert.equal(await of().admin.clientSecret("gateway"), "second-write-only");
      await of().engine.up(client, "gateway", args);
      await of().engine.refresh(client, "gateway");
      assert.equal(textIn(of(), client, "gateway", "clientSecret"), "second-write-only");
    });

    it("is repaired when somebody changed it by hand", async () => {
      const live = await of().admin.client("gateway");
      assert.ok(live);
      await of().admin.call("PUT", `clients/${live.id}`, { ...live, redirectUris: ["https://evil.example.com/*"] });
      const found = await of().engine.refresh(client, "gateway");
      assert.deepEqual(found?.inputs["validRedirectUris"], ["https://evil.example.com/*"]);
      const { step, changed } = await of().engine.up(client, "gateway", args);
      assert.equal(step, "update");
      assert.deepEqual(changed, ["validRedirectUris[0]", "validRedirectUris[1]"]);
      assert.deepEqual(
        new Set((await of().admin.client("gateway"))?.redirectUris),
        new Set(args["validRedirectUris"] as string[]),
      );
    });

    it("is replaced in another realm, the old one gone first", async () => {
      const other = new KeycloakAdmin(of().keycloak.url, "plugin-other", of().keycloak.administrator);
      await other.ensureRealm();
      const idBefore = idIn(of(), client, "gateway");
      const { step, changed } = await of().engine.up(client, "gateway", { ...args, realmId: "plugin-other" });
      assert.equal(step, "replace");
      assert.deepEqual(changed, ["realmId"]);
      assert.equal(await of().admin.client("gateway"), undefined);
      assert.notEqual(idIn(of(), client, "gateway"), idBefore);
      await of().engine.up(client, "gateway", args);
      assert.equal(await other.client("gateway"), undefined);
    });

    it("is read and imported by realm and id", async () => {
      const own = idIn(of(), client, "gateway");
      const found = await of().engine.read(client, `${realm}/${own}`);
      assert.equal(found?.id, own);
      assert.equal(isSecret(found.outputs["clientSecret"]), true);
      assert.equal(unwrap(found.inputs["clientId"]), "gateway");
      const twin = new ProviderEngine(of().provider);
      await twin.import(client, "gateway", `${realm}/${own}`);
      const { clientSecret } = twin.state(client, "gateway").inputs;
      assert.equal(isSecret(clientSecret), true);
      // `extraConfig` is only told where it is known.
      const { changed } = await twin.preview(client, "gateway", args);
      assert.deepEqual(changed, ['extraConfig["acr.loa.map"]']);
      await assert.rejects(of().engine.read(client, own), {
        message: "Invalid import. Supported import formats: {{realmId}}/{{openidClientId}}",
      });
      await assert.rejects(
        of().engine.read(client, `${realm}/none`),
        /^Error: error sending GET request to .*404 Not Found/,
      );
    });

    it("cannot be made twice, nor from settings that contradict each other", async () => {
      const twin = new ProviderEngine(of().provider);
      await assert.rejects(twin.up(client, "twin", args), (error: Error) => {
        assert.match(error.message, /^error sending POST request to \/admin\/realms\/plugin\/clients: 409 Conflict\./);
        return true;
      });
      const { validRedirectUris, ...rest } = args;
      assert.ok(validRedirectUris);
      await assert.rejects(twin.up(client, "twin", rest), {
        message:
          "validRedirectUris: validation error: standard (authorization code) and implicit flows require at least " +
          "one valid redirect uri",
      });
      const themed = { ...args, clientId: "themed", loginTheme: "none-such" };
      const message = 'validation error: theme "none-such" does not exist on the server';
      await assert.rejects(twin.up(client, "twin", themed), { message });
    });

    it("never has its secret in an error", async () => {
      const twin = new ProviderEngine(of().provider);
      const long = secret("x".repeat(5000));
      await assert.rejects(
        twin.up(client, "twin", { ...args, clientId: "long", clientSecret: long }),
        (error: Error) => {
          assert.equal(error.message.includes("xxxx"), false);
          return true;
        },
      );
    });
  });
  describe("a client taken over with `import`", () => {
    const args: Properties = {
      realmId: realm,
      clientId: "by-hand",
      name: "Taken over",
      accessType: "CONFIDENTIAL",
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      validRedirectUris: ["https://gateway.example.com/sso/callback"],
      import: true,
    };

    it("must be there", async () => {
      await assert.rejects(of().engine.up(client, "by-hand", args), {
        message: "openid client with name by-hand does not exist",
      });
    });

    it("keeps its id, its secret and what the program leaves out, and gets the rest", async () => {
      await of().admin.call("POST", "clients", {
        ...{ clientId: "by-hand", name: "By hand", description: "Made by hand", secret: "secret-by-hand" },
        ...{ implicitFlowEnabled: true, redirectUris: ["https://old.example.com/*"], baseUrl: "/old" },
        attributes: { "acr.loa.map": "{}" },
      });
      const before = await of().admin.client("by-hand");
      const { id: own, outputs } = await of().engine.up(client, "by-hand", args);
      assert.equal(own, before?.id);
      assert.equal(unwrap(outputs["clientSecret"]), "secret-by-hand");
      const live = await of().admin.client("by-hand");
      assert.deepEqual(live?.redirectUris, ["https://gateway.example.com/sso/callback"]);
      assert.equal(outputs["name"], "Taken over");
      assert.equal(outputs["description"], "Made by hand");
      assert.equal(outputs["baseUrl"], "/old");
      assert.equal(live.attributes["acr.loa.map"], "{}");
    });

    it("gets what is `false` in the program with the update that follows, as with the genuine plugin", async () => {
      assert.equal((await of().admin.client("by-hand"))?.implicitFlowEnabled, true);
      const { step, changed } = await of().engine.up(client, "by-hand", args);
      assert.equal(step, "update");
      assert.deepEqual(changed, ["implicitFlowEnabled"]);
      assert.equal((await of().admin.client("by-hand"))?.implicitFlowEnabled, false);
      assert.equal((await of().engine.up(client, "by-hand", args)).step, "same");
    });

    it("is left behind when it is deleted", async () => {
      await of().engine.destroy(client, "by-hand");
      assert.equal(await of().admin.clientSecret("by-hand"), "secret-by-hand");
    });
  });
}
