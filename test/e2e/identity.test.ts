import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { V1Deployment } from "@kubernetes/client-node";
import { parse } from "yaml";
import { localUsers } from "../../local/keycloak-realm.ts";
import { localEnvironment } from "../../local/cluster-addresses.ts";
import { localDirectory } from "../../local/paths.ts";
import { type DeployedOutputs, type Runtime, keycloakAddress } from "../../local/runtime.ts";
import { findChromium } from "../../local/services/binaries.ts";
import { generatedSecret } from "../../local/services/files.ts";
import type { Login } from "../../local/services/login.ts";
import { type StackSettings, changed } from "../../local/stack-settings.ts";
import { GatewayClient } from "./support/gateway-client.ts";
import { litellmFunction } from "./support/litellm-functions.ts";
import { LocalPlatform, testDirectory } from "./support/local-platform.ts";
import { RelyingParty, type SignedIn } from "./support/relying-party.ts";
import { assertNowhere, secretValues } from "./support/secret-search.ts";

const namespace = "litellm-dev";
const minute = 60_000;
const picture = join(localDirectory, "pictures", "sign-in.png");

/** Signing in at a real Keycloak by a client that the program made, told in order. */
describe("signing in by Keycloak", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  let outputs: DeployedOutputs;
  let runtime: Runtime;
  let party: RelyingParty;
  let printed = "";
  let nobody: Login;
  const people = new Map<"ada" | "ulf" | "nora", SignedIn>();

  /** The dev stack, with people who have its roles: one by name, one by group. */
  const withIdentity = (change: Readonly<Record<string, unknown>> = {}): StackSettings =>
    changed(platform.settings, "litellm-platform:identity", (identity) => ({
      ...identity,
      roles: {
        admin: { name: "AI_ADMIN", users: [localUsers.administrator.username] },
        user: { name: "AI_USER", groups: [localUsers.user.group] },
      },
      ...change,
    }));

  async function up(settings: StackSettings): Promise<readonly string[]> {
    const report = await platform.up(settings);
    printed += report.output;
    outputs = report.outputs;
    return report.steps;
  }

  /** LiteLLM's general settings and variables as the API server holds them, for this machine. */
  async function deployed() {
    const { spec } = await platform.cluster.read<V1Deployment>("apps/v1", "Deployment", namespace, "litellm");
    const variables = spec?.template.spec?.containers[0]?.env ?? [];
    const volumes = spec?.template.spec?.volumes ?? [];
    const name = volumes.find(({ configMap }) => configMap !== undefined)?.configMap?.name ?? "";
    const { data } = await platform.cluster.read<{ data: Record<string, string> }>("v1", "ConfigMap", namespace, name);
    const plain = Object.fromEntries(variables.flatMap(({ name: key, value }) => (value ? [[key, value]] : [])));
    return {
      settings: (parse(data["config.yaml"] ?? "") as { general_settings: Record<string, unknown> }).general_settings,
      environment: localEnvironment(plain, [keycloakAddress(platform.keycloak)]),
    };
  }

  before("deploy, and start LiteLLM and a browser", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true });
    const { admin } = platform.keycloak;
    nobody = { username: "nora", password: generatedSecret(join(testDirectory, "nora")) };
    await admin.ensureUser({ ...nobody, email: "nora@example.com", firstName: "Nora", lastName: "Nobody" });
    await up(withIdentity());
    runtime = await platform.serve(outputs);
    const chromium = findChromium();
    assert.ok(chromium !== undefined);
    party = await RelyingParty.start(chromium, runtime.gateway.environment, platform.keycloak.issuer);
  });
  after(async () => {
    await party.stop();
    await platform.stop();
  });

  describe("Keycloak", () => {
    it("holds the client, its roles, scope and mappers as configured, and the roles of the named people", async () => {
      const { admin } = platform.keycloak;
      const client = await admin.client("litellm");
      assert.ok(client !== undefined);
      assert.deepEqual(
        {
          publicClient: client.publicClient,
          standardFlowEnabled: client.standardFlowEnabled,
          implicitFlowEnabled: client.implicitFlowEnabled,
          directAccessGrantsEnabled: client.directAccessGrantsEnabled,
          serviceAccountsEnabled: client.serviceAccountsEnabled,
          redirectUris: client.redirectUris,
          webOrigins: client.webOrigins,
          optionalClientScopes: client.optionalClientScopes,
          pkce: client.attributes["pkce.code.challenge.method"],
          afterLogout: client.attributes["post.logout.redirect.uris"],
          mappers: client.protocolMappers?.map(({ name }) => name),
        },
        {
          publicClient: false,
          standardFlowEnabled: true,
          implicitFlowEnabled: false,
          directAccessGrantsEnabled: false,
          serviceAccountsEnabled: false,
          redirectUris: ["https://litellm.dev.example.com/sso/callback"],
          webOrigins: ["https://litellm.dev.example.com"],
          optionalClientScopes: ["litellm_proxy_admin"],
          pkce: "S256",
          afterLogout: "https://litellm.dev.example.com/ui",
          mappers: ["LiteLLM roles"],
        },
      );
      assert.deepEqual(await admin.roles("litellm"), ["AI_ADMIN", "AI_USER"]);
      assert.deepEqual(await admin.rolesOf("ada", "litellm"), ["AI_ADMIN"]);
      assert.deepEqual(await admin.rolesOf("ulf", "litellm"), ["AI_USER"]);
      assert.deepEqual(await admin.rolesOf("nora", "litellm"), []);
    });

    it("is asked for nothing by a second up", async () => {
      assert.deepEqual((await platform.up(withIdentity(), { expectNoChanges: true })).steps, []);
    });

    it("has the secret that Vault and the proxy have", async () => {
      const stored = await platform.vault.read("secret", "litellm/dev/identity");
      const secret = await platform.keycloak.admin.clientSecret("litellm");
      assert.match(secret, /^[A-Za-z0-9]{48}$/);
      assert.equal(stored?.["client_secret"], secret);
      assert.equal(runtime.gateway.environment["GENERIC_CLIENT_SECRET"], secret);
    });
  });

  describe("LiteLLM", () => {
    it("says that sign-in is ready, under the deployed environment", async () => {
      const response = await new GatewayClient(runtime.gateway.url, outputs.masterKey).get("/sso/readiness");
      assert.equal(response.status, 200);
      const { status, provider, sso_configured: configured } = (await response.json()) as Record<string, unknown>;
      assert.deepEqual({ status, provider, configured }, { status: "healthy", provider: "generic", configured: true });
    });

    it("has a dashboard password of its own, which is not the master key", () => {
      const { UI_PASSWORD: password, PROXY_MASTER_KEY: masterKey } = runtime.gateway.environment;
      assert.match(password ?? "", /^[A-Za-z0-9]{32}$/);
      assert.notEqual(password, masterKey);
      assert.equal(masterKey, outputs.masterKey);
    });
  });

  describe("in a browser", () => {
    it("shows the realm's sign-in page, and brings an administrator back with the admin role", async () => {
      const ada = await party.signIn(platform.keycloak.users.administrator, { screenshot: picture });
      assert.ok(statSync(picture).size > 5000, "no picture of the sign-in page");
      for (const claims of [ada.idToken, ada.accessToken, ada.userinfo])
        assert.deepEqual(claims["litellm_roles"], ["AI_ADMIN"]);
      assert.equal(ada.userinfo["email"], localUsers.administrator.email);
      people.set("ada", ada);
    });

    it("brings a plain user back with the user role, and a stranger with none", async () => {
      const ulf = await party.signIn(platform.keycloak.users.user);
      assert.deepEqual(ulf.userinfo["litellm_roles"], ["AI_USER"]);
      people.set("ulf", ulf);
      const nora = await party.signIn(nobody);
      assert.ok(!("litellm_roles" in nora.userinfo));
      people.set("nora", nora);
    });

    it("tells no other role of the user", () => {
      for (const { accessToken } of people.values()) {
        assert.equal(accessToken["realm_access"], undefined);
        const access = accessToken["resource_access"] ?? {};
        assert.deepEqual(
          Object.keys(access).filter((client) => client !== "litellm"),
          [],
        );
      }
    });

    it("is refused for another redirect URI", async () => {
      for (const redirectUri of ["https://litellm.dev.example.com/", "https://evil.example.com/sso/callback"]) {
        const { status, text } = await party.refusal({ redirectUri });
        assert.equal(status, 400);
        assert.match(text, /Invalid parameter: redirect_uri/);
      }
    });

    it("is refused without a code challenge, and with a wrong verifier", async () => {
      const { url } = await party.refusal({ challenge: false });
      assert.equal(url.searchParams.get("error"), "invalid_request");
      assert.match(url.searchParams.get("error_description") ?? "", /code_challenge_method/);
      await assert.rejects(party.signIn(platform.keycloak.users.user, { codeVerifier: "x".repeat(43) }), {
        error: "invalid_grant",
      });
    });

    it("is refused with a wrong client secret", async () => {
      await assert.rejects(party.signIn(platform.keycloak.users.user, { clientSecret: "wrong" }), {
        error: "unauthorized_client",
      });
    });

    it("gives the administrators' scope to an administrator who asks, and to nobody else who does", async () => {
      const scope = "openid profile email litellm_proxy_admin";
      const scopesOf = async (login: Login) =>
        String((await party.signIn(login, { scope })).accessToken["scope"]).split(" ");
      assert.ok((await scopesOf(platform.keycloak.users.administrator)).includes("litellm_proxy_admin"));
      assert.ok(!(await scopesOf(platform.keycloak.users.user)).includes("litellm_proxy_admin"));
      assert.ok(!(await scopesOf(nobody)).includes("litellm_proxy_admin"));
      assert.ok(!String(people.get("ada")?.accessToken["scope"]).split(" ").includes("litellm_proxy_admin"), "unasked");
    });

    it("leads to the realm's logout, and back to the dashboard only", async () => {
      const logout = new URL(runtime.gateway.environment["PROXY_LOGOUT_URL"] ?? "");
      const back = await fetch(logout, { redirect: "manual" });
      assert.equal(back.headers.get("location"), "https://litellm.dev.example.com/ui");
      logout.searchParams.set("post_logout_redirect_uri", "https://evil.example.com/");
      assert.equal((await fetch(logout)).status, 400);
    });
  });

  describe("LiteLLM's own role mapping", () => {
    interface Person {
      readonly id: string;
      readonly email: string;
      readonly name: string;
      readonly first: string;
      readonly last: string;
      readonly role: string;
    }
    const claims = () => [...people.values()].map(({ userinfo }) => userinfo);
    const mapped = (environment: Readonly<Record<string, string>>) =>
      litellmFunction<Person[]>(platform.litellm, "sso_roles", environment, claims());

    it("makes of these people what they shall be, under the deployed environment", async () => {
      const found = await mapped(runtime.gateway.environment);
      assert.deepEqual(
        found.map(({ role }) => role),
        ["proxy_admin", "internal_user", "internal_user_viewer"],
      );
      const [ada] = found;
      assert.deepEqual(ada, {
        id: people.get("ada")?.userinfo["sub"],
        email: "ada@example.com",
        name: "Ada Admin",
        first: "Ada",
        last: "Admin",
        role: "proxy_admin",
      });
    });

    it("makes nobody an administrator by a claim that happens to be called role", async () => {
      const stranger = { ...people.get("nora")?.userinfo, role: "proxy_admin" };
      const [found] = await litellmFunction<Person[]>(platform.litellm, "sso_roles", runtime.gateway.environment, [
        stranger,
      ]);
      assert.equal(found?.role, "internal_user_viewer");
    });

    it("fails an administrator in the way that is found in the field: AI_ADMIN by GENERIC_USER_ROLE_ATTRIBUTE", async () => {
      const fieldWay = Object.fromEntries(
        Object.entries(runtime.gateway.environment).filter(([name]) => !name.startsWith("GENERIC_ROLE_MAPPINGS_")),
      );
      const found = await mapped({ ...fieldWay, GENERIC_USER_ROLE_ATTRIBUTE: "litellm_roles" });
      assert.deepEqual(
        found.map(({ role }) => role),
        ["internal_user_viewer", "internal_user_viewer", "internal_user_viewer"],
      );
    });
  });

  describe("access tokens as API keys", () => {
    interface Verdict {
      readonly refused?: string;
      readonly role?: string;
      readonly user?: string;
      readonly admin?: boolean;
    }
    let judge: (tokens: readonly string[], change?: Readonly<Record<string, string>>) => Promise<Verdict[]>;

    before("turn them on; the licence is none, so LiteLLM itself would refuse them", async () => {
      await platform.vault.write("secret", "litellm/dev/license", { key: "no licence" });
      const licensed = changed(withIdentity({ jwt: {} }), "litellm-platform:gateway", (gateway) => ({
        ...gateway,
        license: true,
      }));
      await up(licensed);
      const { settings, environment } = await deployed();
      assert.equal(settings["enable_jwt_auth"], true);
      judge = (tokens, change = {}) =>
        litellmFunction(
          platform.litellm,
          "jwt_roles",
          { ...environment, ...change },
          { litellm_jwtauth: settings["litellm_jwtauth"], tokens },
        );
    });

    it("are a user's for holders of a role, an administrator's by the scope, and nobody's else", async () => {
      const plain = await party.signIn(platform.keycloak.users.user);
      const ada = await party.signIn(platform.keycloak.users.administrator);
      const asAdministrator = await party.signIn(platform.keycloak.users.administrator, {
        scope: "openid profile email litellm_proxy_admin",
      });
      const nora = await party.signIn(nobody);
      const verdicts = await judge([plain, ada, asAdministrator, nora].map(({ token }) => token));
      assert.deepEqual(verdicts.slice(0, 3), [
        { role: "internal_user", user: plain.idToken["sub"], admin: false },
        { role: "internal_user", user: ada.idToken["sub"], admin: false },
        { role: "proxy_admin", user: ada.idToken["sub"], admin: true },
      ]);
      assert.match(verdicts[3]?.refused ?? "", /enforce_rbac/);
    });

    it("are refused for another audience, from another issuer, and when somebody has changed them", async () => {
      const { token } = await party.signIn(platform.keycloak.users.user);
      const [head, , signature] = token.split(".");
      const forged = Buffer.from(JSON.stringify({ sub: "x", litellm_roles: ["AI_USER"] })).toString("base64url");
      const refusals = [
        ...(await judge([token], { JWT_AUDIENCE: "other" })),
        ...(await judge([token], { JWT_ISSUER: "https://other.example.com/realms/platform" })),
        ...(await judge([`${head}.${forged}.${signature}`])),
      ];
      for (const { refused } of refusals) assert.ok(refused !== undefined);
      assert.match(refusals[0]?.refused ?? "", /[Aa]udience/);
      assert.match(refusals[1]?.refused ?? "", /[Ii]ssuer/);
      assert.match(refusals[2]?.refused ?? "", /[Ss]ignature/);
    });
  });

  describe("the client's secret", () => {
    it("is rotated by its version: the new one works, the old one is void, the client and its people stay", async () => {
      const before = await platform.keycloak.admin.client("litellm");
      const old = await platform.keycloak.admin.clientSecret("litellm");
      const steps = await up(withIdentity({ client: { secretVersion: 2 } }));
      assert.deepEqual(
        steps.filter((step) => step.includes("keycloak:") && !step.includes("Mapper")),
        ["update keycloak:openid/client:Client litellm-identity-client"],
      );
      assert.ok(steps.includes("update kubernetes:helm.sh/v3:Release litellm-gateway"), "the pods do not roll");
      runtime = await platform.serve(outputs);
      const renewed = party.with(runtime.gateway.environment);
      assert.notEqual(runtime.gateway.environment["GENERIC_CLIENT_SECRET"], old);
      const ulf = await renewed.signIn(platform.keycloak.users.user);
      assert.deepEqual(ulf.userinfo["litellm_roles"], ["AI_USER"]);
      await assert.rejects(renewed.signIn(platform.keycloak.users.user, { clientSecret: old }), {
        error: "unauthorized_client",
      });
      assert.equal((await platform.keycloak.admin.client("litellm"))?.id, before?.id);
    });

    it("and every other secret stand in clear text in no state, object, log, argument or printed line", async () => {
      const values = await secretValues(platform, outputs);
      await assertNowhere(values, { platform, printed });
    });
  });

  describe("a client that belongs to somebody else", () => {
    it("is refused before anything changes, with what can be done", async () => {
      await platform.keycloak.admin.call("POST", "clients", {
        clientId: "taken",
        description: "theirs",
        enabled: true,
      });
      await assert.rejects(up(withIdentity({ client: { id: "taken" } })), (error: Error) => {
        assert.match(
          error.message,
          /identity\.client\.id: taken is there already in realm platform and not of this stack/,
        );
        assert.match(
          error.message,
          /give it the description \\?"Managed by litellm-platform, secret in Vault at secret\/litellm\/dev\\?"/,
        );
        return true;
      });
      const { description } = (await platform.keycloak.admin.client("taken")) as unknown as { description: string };
      assert.equal(description, "theirs");
    });
  });

  describe("a scope that belongs to somebody else", () => {
    it("is refused as well, and not to be handed over", async () => {
      const scope = { name: "taken", description: "theirs", protocol: "openid-connect" };
      await platform.keycloak.admin.call("POST", "client-scopes", scope);
      await assert.rejects(
        up(withIdentity({ adminScope: "taken" })),
        /identity\.adminScope: taken is there already in realm platform and not of this stack, must be another name; or delete it there; where this stack has made it/,
      );
    });
  });

  describe("destroy", () => {
    it("keeps the client, its secret and people's roles, and a later up takes them over", async () => {
      const before = await platform.keycloak.admin.client("litellm");
      const secret = await platform.keycloak.admin.clientSecret("litellm");
      // A role that somebody was given by hand.
      await platform.keycloak.admin.assignRole("nora", "AI_USER", "litellm");
      const stack = await platform.stack(withIdentity({ client: { secretVersion: 2 } }));
      await stack.destroy({ color: "never" });
      assert.equal((await platform.keycloak.admin.client("litellm"))?.id, before?.id);
      await up(withIdentity({ client: { secretVersion: 2 } }));
      assert.equal((await platform.keycloak.admin.client("litellm"))?.id, before?.id);
      assert.equal(await platform.keycloak.admin.clientSecret("litellm"), secret);
      assert.deepEqual(await platform.keycloak.admin.rolesOf("nora", "litellm"), ["AI_USER"]);
      const settings = withIdentity({ client: { secretVersion: 2 } });
      assert.deepEqual((await platform.up(settings, { expectNoChanges: true })).steps, []);
      runtime = await platform.serve(outputs);
      const ada = await party.with(runtime.gateway.environment).signIn(platform.keycloak.users.administrator);
      assert.deepEqual(ada.userinfo["litellm_roles"], ["AI_ADMIN"]);
    });
  });

  describe("the loss of the stack's state", () => {
    it("leaves client, secret, roles and who has them, once scope and mapper are out of the way", async () => {
      const { admin } = platform.keycloak;
      const settings = withIdentity({ client: { secretVersion: 2 } });
      const before = await admin.client("litellm");
      const secret = await admin.clientSecret("litellm");
      await platform.loseState(settings);
      // A client of somebody else would lose the scope, which is made anew.
      await admin.call("POST", "clients", { clientId: "theirs", optionalClientScopes: ["litellm_proxy_admin"] });
      await assert.rejects(up(settings), /other clients use it: theirs\. Delete it in Keycloak/);
      await admin.call("DELETE", `clients/${(await admin.client("theirs"))?.id ?? ""}`);
      await up(settings);
      assert.equal((await admin.client("litellm"))?.id, before?.id);
      assert.equal(await admin.clientSecret("litellm"), secret);
      assert.deepEqual(await admin.rolesOf("nora", "litellm"), ["AI_USER"]);
      assert.deepEqual((await platform.up(settings, { expectNoChanges: true })).steps, []);
      runtime = await platform.serve(outputs);
      const ada = await party
        .with(runtime.gateway.environment)
        .signIn(platform.keycloak.users.administrator, { scope: "openid profile email litellm_proxy_admin" });
      assert.deepEqual(ada.userinfo["litellm_roles"], ["AI_ADMIN"]);
      assert.ok(String(ada.accessToken["scope"]).split(" ").includes("litellm_proxy_admin"));
    });
  });

  describe("without retain", () => {
    const unkept = (change: Readonly<Record<string, unknown>>): StackSettings => ({
      ...withIdentity(change),
      "litellm-platform:retain": false,
    });
    const destroy = async (settings: StackSettings) => (await platform.stack(settings)).destroy({ color: "never" });

    it("leaves a client that was taken over, and takes the scope away", async () => {
      const settings = unkept({ client: { secretVersion: 2 } });
      await up(settings);
      await destroy(settings);
      assert.notEqual(await platform.keycloak.admin.client("litellm"), undefined);
      assert.equal(await platform.keycloak.admin.clientScope("litellm_proxy_admin"), undefined);
    });

    it("takes a client away that the stack has made", async () => {
      for (const key of ["salt", "master"]) await platform.vault.restoreNewest("secret", `litellm/dev/keys/${key}`);
      const settings = unkept({ client: { id: "short-lived" } });
      await up(settings);
      assert.notEqual(await platform.keycloak.admin.client("short-lived"), undefined);
      await destroy(settings);
      assert.equal(await platform.keycloak.admin.client("short-lived"), undefined);
    });
  });
});
