import assert from "node:assert/strict";
import { vaultPlugin } from "../../local/plugins/vault.ts";
import { type Properties, isSecret, isUnknown, secret, textOf, textsOf, unwrap } from "../../local/plugins/values.ts";
import { ProviderEngine, secretOutputs } from "./support/provider-engine.ts";
import { type VaultServer, startVaultServer } from "./support/vault-server.ts";

const minute = 60_000;

const mount = "vault:index/mount:Mount";
const authBackend = "vault:index/authBackend:AuthBackend";
const secretV2 = "vault:kv/secretV2:SecretV2";
const appRole = "vault:appRole/authBackendRole:AuthBackendRole";
const appRoleSecretId = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId";

/** Mounts and AppRole of the stand-in in a real Vault, told in order: each test begins where the last one ended. */
describe("the stand-in for the plugin vault in a real Vault", function () {
  this.timeout(minute);
  this.bail(true);

  let vault: VaultServer;
  let engine: ProviderEngine;

  before("start Vault", async function () {
    this.timeout(60 * minute);
    vault = await startVaultServer("plugin");
    const token = await vault.token({
      everything: 'path "*" { capabilities = ["sudo", "create", "read", "update", "delete", "list"] }',
    });
    const environment = { VAULT_ADDR: vault.address, VAULT_TOKEN: token };
    const provider = await vaultPlugin("7.8.0", () => environment).configure(new Map());
    engine = new ProviderEngine(provider);
  });
  after(() => vault.stop());

  describe("a mount", () => {
    const args: Properties = { path: "gateway", type: "kv", options: { version: "2" }, description: "Of the gateway" };

    it("has its version and description, and takes secrets at once", async () => {
      const { id, outputs } = await engine.up(mount, "gateway", args);
      assert.equal(id, "gateway");
      assert.match(textOf(outputs["accessor"]), /^kv_/);
      const written = { mount: "gateway", name: "litellm/keys", dataJson: secret('{"a":"b"}') };
      assert.equal((await engine.up(secretV2, "keys", written)).id, "gateway/data/litellm/keys");
      assert.deepEqual(await vault.admin.read("gateway", "litellm/keys"), { a: "b" });
    });

    it("stays as it is until its description changes, and is repaired", async () => {
      assert.equal((await engine.up(mount, "gateway", args)).step, "same");
      await engine.refresh(mount, "gateway");
      assert.equal((await engine.up(mount, "gateway", args)).step, "same");
      const { step, changed } = await engine.up(mount, "gateway", { ...args, description: "Other" });
      assert.deepEqual([step, changed], ["update", ["description"]]);
      await engine.refresh(mount, "gateway");
      assert.equal(engine.state(mount, "gateway").inputs["description"], "Other");
      await vault.admin.call("POST", "sys/mounts/gateway/tune", { description: "By hand" });
      await engine.refresh(mount, "gateway");
      assert.deepEqual((await engine.up(mount, "gateway", args)).changed, ["description"]);
      assert.deepEqual(await vault.admin.read("gateway", "litellm/keys"), { a: "b" });
    });

    it("is imported by its path with all that a program would say of it", async () => {
      const found = await engine.read(mount, "gateway");
      assert.deepEqual(found?.inputs, args);
      const twin = await engine.read(mount, "gateway/");
      assert.equal(twin?.id, "gateway");
      assert.equal(await engine.read(mount, "none"), undefined);
    });

    it("of type kv-v2 is one of version 2", async () => {
      const alias = { path: "alias", type: "kv-v2" };
      await engine.up(mount, "alias", alias);
      await engine.refresh(mount, "alias");
      assert.equal((await engine.up(mount, "alias", alias)).step, "same");
      assert.deepEqual((await engine.read(mount, "alias"))?.inputs, {
        path: "alias",
        type: "kv",
        options: { version: "2" },
      });
      await engine.destroy(mount, "alias");
    });

    it("is not moved, as that would lose what is in it", async () => {
      await assert.rejects(engine.preview(mount, "gateway", { ...args, path: "elsewhere" }), {
        message: "stand-in plugin vault does not move mounts (gateway); install the genuine plugin",
      });
    });
  });

  describe("AppRole", () => {
    const args: Properties = {
      backend: "approle",
      roleName: "gateway",
      tokenPolicies: ["b", "a"],
      tokenTtl: 600,
      secretIdTtl: 3600,
      tokenBoundCidrs: ["127.0.0.1/32"],
    };

    async function logIn(roleId: string, secretId: string): Promise<readonly string[]> {
      const body = { role_id: roleId, secret_id: secretId };
      const { auth } = (await vault.admin.call("POST", "auth/approle/login", body)) as { auth: { policies: string[] } };
      return auth.policies;
    }

    before(async () => {
      await engine.up(authBackend, "approle", { type: "approle" });
    });

    it("has roles with an id that Vault draws", async () => {
      const promised = await engine.preview(appRole, "gateway", args);
      assert.equal(isUnknown(promised.outputs["roleId"]), true);
      const { id, outputs } = await engine.up(appRole, "gateway", args);
      assert.equal(id, "auth/approle/role/gateway");
      assert.match(textOf(outputs["roleId"]), /^[0-9a-f-]{36}$/);
      assert.equal(outputs["bindSecretId"], true);
      assert.equal(outputs["tokenType"], "default");
      assert.deepEqual(outputs["tokenBoundCidrs"], ["127.0.0.1/32"]);
    });

    it("keeps them until something changes, and what is dropped is emptied", async () => {
      const { roleId } = engine.state(appRole, "gateway").outputs;
      await engine.refresh(appRole, "gateway");
      assert.equal((await engine.up(appRole, "gateway", { ...args, tokenPolicies: ["a", "b"] })).step, "same");
      const { tokenBoundCidrs, secretIdTtl, ...rest } = args;
      assert.ok(tokenBoundCidrs && secretIdTtl);
      const { step, changed } = await engine.up(appRole, "gateway", { ...rest, tokenTtl: 900 });
      assert.deepEqual([step, changed], ["update", ["secretIdTtl", "tokenBoundCidrs", "tokenTtl"]]);
      const { data } = (await vault.admin.call("GET", "auth/approle/role/gateway")) as {
        data: Record<string, unknown>;
      };
      assert.deepEqual([data["token_bound_cidrs"], data["secret_id_ttl"], data["token_ttl"]], [[], 0, 900]);
      await engine.up(appRole, "gateway", args);
      assert.deepEqual(engine.state(appRole, "gateway").outputs["roleId"], roleId);
    });

    it("gives them the id that is asked for", async () => {
      const { changed } = await engine.up(appRole, "gateway", { ...args, roleId: "gateway-role" });
      assert.deepEqual(changed, ["roleId"]);
      await engine.refresh(appRole, "gateway");
      assert.equal((await engine.up(appRole, "gateway", { ...args, roleId: "gateway-role" })).step, "same");
      assert.equal((await engine.up(appRole, "gateway", args)).step, "same");
      assert.equal(engine.state(appRole, "gateway").outputs["roleId"], "gateway-role");
      assert.equal((await engine.preview(appRole, "gateway", { ...args, roleName: "other" })).step, "replace");
    });

    it("imports them by path, and knows no others", async () => {
      const found = await engine.read(appRole, "auth/approle/role/gateway");
      assert.equal(found?.inputs["roleName"], "gateway");
      assert.deepEqual(textsOf(found.inputs["tokenPolicies"]).sort(), ["a", "b"]);
      assert.equal(await engine.read(appRole, "auth/approle/role/none"), undefined);
      assert.equal((await engine.read(authBackend, "approle"))?.inputs["type"], "approle");
      assert.equal(await engine.read(authBackend, "none"), undefined);
      await assert.rejects(engine.read(appRole, "gateway"), /^Error: gateway is no id of an AppRole/);
      await assert.rejects(engine.up(appRole, "typo", { roleName: "x", tokenPolicy: "a" }), {
        message: `tokenPolicy: is no input of ${appRole}, or one that only the genuine plugin knows`,
      });
    });

    it("makes secret ids to log in with, and tells them as secrets only", async () => {
      const login = { backend: "approle", roleName: "gateway", metadata: '{"of": "eso"}', cidrLists: ["127.0.0.1/32"] };
      const { id, outputs } = await engine.up(appRoleSecretId, "eso", login);
      const { accessor } = outputs;
      assert.equal(id, `backend=approle::role=gateway::accessor=${textOf(accessor)}`);
      assert.deepEqual(secretOutputs(engine.state(appRoleSecretId, "eso")), ["secretId", "wrappingToken"]);
      const secretId = textOf(outputs["secretId"]);
      assert.deepEqual(await logIn("gateway-role", secretId), ["a", "b", "default"]);
      assert.equal((await engine.up(appRoleSecretId, "eso", login)).step, "same");
      await engine.refresh(appRoleSecretId, "eso");
      assert.equal((await engine.up(appRoleSecretId, "eso", login)).step, "same");
      assert.equal(textOf(engine.state(appRoleSecretId, "eso").outputs["secretId"]), secretId);
      const renewed = await engine.up(appRoleSecretId, "eso", { ...login, metadata: '{"of":"another"}' });
      assert.equal(renewed.step, "replace");
      assert.equal(isSecret(renewed.outputs["secretId"]), true);
      assert.deepEqual(await logIn("gateway-role", textOf(renewed.outputs["secretId"])), ["a", "b", "default"]);
    });

    it("takes a secret id that is given", async () => {
      const given = { roleName: "gateway", secretId: secret("a-secret-id-of-our-own") };
      const { outputs } = await engine.up(appRoleSecretId, "own", given);
      assert.equal(unwrap(outputs["secretId"]), "a-secret-id-of-our-own");
      assert.deepEqual(await logIn("gateway-role", "a-secret-id-of-our-own"), ["a", "b", "default"]);
      assert.equal((await engine.up(appRoleSecretId, "own", given)).step, "same");
      await engine.destroy(appRoleSecretId, "own");
      await assert.rejects(logIn("gateway-role", "a-secret-id-of-our-own"));
    });

    it("finds secret ids gone, with their role too", async () => {
      const { id } = engine.state(appRoleSecretId, "eso");
      const gone = id.replace(/[^=]+$/, "00000000-0000-0000-0000-000000000000");
      assert.equal(await engine.read(appRoleSecretId, gone), undefined);
      await engine.destroy(appRole, "gateway");
      assert.equal(await engine.refresh(appRoleSecretId, "eso"), undefined);
      await assert.rejects(engine.up(appRoleSecretId, "x", { roleName: "gateway", metadata: "no json" }), {
        message: "metadata: must be the JSON text of an object",
      });
    });
  });
});
