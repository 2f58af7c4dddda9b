import assert from "node:assert/strict";
import { type Properties, isSecret, textOf } from "../../../local/plugins/values.ts";
import { ProviderEngine } from "../support/provider-engine.ts";
import { type Of, client, groupRoles, idIn, realm, role, userRoles } from "./context.ts";

/** Who has which roles, and looking things up. */
export function describePeople(of: Of): void {
  describe("roles of users and groups", () => {
    let ada = "";

    before(async () => {
      ada = textOf(
        (await of().engine.invoke("keycloak:index/getUser:getUser", { realmId: realm, username: "ada" }))["id"],
      );
    });

    it("are added and taken away, and others are left alone, when the list is not exhaustive", async () => {
      const ids = [idIn(of(), role, "user"), idIn(of(), role, "admin")];
      const args = { realmId: realm, userId: ada, roleIds: ids, exhaustive: false };
      await of().engine.up(userRoles, "ada", args);
      assert.equal(idIn(of(), userRoles, "ada"), `${realm}/${ada}`);
      assert.equal((await of().admin.rolesOf("ada")).includes("AI_USER"), true);
      assert.equal((await of().admin.rolesOf("ada")).includes(`default-roles-${realm}`), true);
      assert.deepEqual(await of().admin.rolesOf("ada", "gateway"), ["AI_ADMIN"]);
      assert.equal((await of().engine.up(userRoles, "ada", { ...args, roleIds: ids.toReversed() })).step, "same");
      await of().engine.up(userRoles, "ada", { ...args, roleIds: [idIn(of(), role, "user")] });
      assert.deepEqual(await of().admin.rolesOf("ada", "gateway"), []);
      assert.equal((await of().admin.rolesOf("ada")).includes(`default-roles-${realm}`), true);
    });

    it("are the only ones when the list is exhaustive", async () => {
      const args = { realmId: realm, userId: ada, roleIds: [idIn(of(), role, "user")] };
      const { outputs } = await of().engine.up(userRoles, "ada", args);
      assert.equal(outputs["exhaustive"], true);
      assert.deepEqual(await of().admin.rolesOf("ada"), ["AI_USER"]);
      await of().admin.assignRole("ada", "AI_ADMIN", "gateway");
      await of().engine.refresh(userRoles, "ada");
      assert.equal((await of().engine.up(userRoles, "ada", args)).step, "update");
      assert.deepEqual(await of().admin.rolesOf("ada", "gateway"), []);
      const found = await of().engine.read(userRoles, `${realm}/${ada}`);
      assert.deepEqual(found?.inputs, { ...args, exhaustive: true });
    });

    it("must exist, as must who has them", async () => {
      const twin = new ProviderEngine(of().provider);
      const missing = "00000000-0000-0000-0000-000000000000";
      for (const args of [
        { realmId: realm, userId: ada, roleIds: [missing] },
        { realmId: realm, userId: missing, roleIds: [] },
      ]) {
        await assert.rejects(twin.up(userRoles, "x", args), /: 404 Not Found\./);
      }
    });

    it("of a group reach its members", async () => {
      const team = await of().engine.invoke("keycloak:index/getGroup:getGroup", { realmId: realm, name: "team" });
      const args = {
        realmId: realm,
        groupId: team["id"] ?? "",
        roleIds: [idIn(of(), role, "admin")],
        exhaustive: false,
      };
      await of().engine.up(groupRoles, "team", args);
      assert.deepEqual(await of().admin.rolesOf("ada", "gateway"), ["AI_ADMIN"]);
      assert.equal((await of().engine.up(groupRoles, "team", args)).step, "same");
      assert.equal(
        (await of().engine.preview(groupRoles, "team", { ...args, realmId: "plugin-other" })).step,
        "replace",
      );
      await of().engine.destroy(groupRoles, "team");
      assert.deepEqual(await of().admin.rolesOf("ada", "gateway"), []);
    });

    it("are gone after deletion, with the user still there", async () => {
      await of().engine.destroy(userRoles, "ada");
      assert.deepEqual(await of().admin.rolesOf("ada"), []);
    });
  });
  describe("functions", () => {
    const lookup = (name: string, args: Properties) => of().engine.invoke(name, args);

    it("find a realm, a user, a group, a role and a client", async () => {
      const found = await lookup("keycloak:index/getRealm:getRealm", { realm });
      assert.equal(found["id"], realm);
      assert.equal(found["accessTokenLifespan"], "5m0s");
      const ada = await lookup("keycloak:index/getUser:getUser", { realmId: realm, username: "ada" });
      assert.deepEqual([ada["email"], ada["firstName"], ada["enabled"]], ["ada@example.com", "Ada", true]);
      const byPath = await lookup("keycloak:index/getGroup:getGroup", { realmId: realm, groupPath: "/team" });
      const byName = await lookup("keycloak:index/getGroup:getGroup", { realmId: realm, name: "team" });
      assert.equal(byPath["id"], byName["id"]);
      const ofRealm = await lookup("keycloak:index/getRole:getRole", { realmId: realm, name: "AI_USER" });
      assert.equal(ofRealm["id"], idIn(of(), role, "user"));
      const owner = idIn(of(), client, "gateway");
      const args = { realmId: realm, clientId: owner, name: "AI_ADMIN" };
      assert.equal((await lookup("keycloak:index/getRole:getRole", args))["id"], idIn(of(), role, "admin"));
      const gateway = await lookup("keycloak:openid/getClient:getClient", { realmId: realm, clientId: "gateway" });
      assert.equal(gateway["id"], owner);
      assert.equal(isSecret(gateway["clientSecret"]), true);
      assert.equal(gateway["accessType"], "CONFIDENTIAL");
    });

    it("find a group below another", async () => {
      const team = await lookup("keycloak:index/getGroup:getGroup", { realmId: realm, name: "team" });
      await of().admin.call("POST", `groups/${textOf(team["id"])}/children`, { name: "leads" });
      const leads = await lookup("keycloak:index/getGroup:getGroup", { realmId: realm, name: "leads" });
      assert.deepEqual([leads["path"], leads["parentId"]], ["/team/leads", team["id"]]);
    });

    it("say what there is not, in the genuine plugin's words", async () => {
      const cases: readonly [string, Properties, string | RegExp][] = [
        ["index/getUser:getUser", { realmId: realm, username: "nobody" }, "user with username nobody not found"],
        // Keycloak has usernames in lower case, and the genuine plugin compares exactly.
        ["index/getUser:getUser", { realmId: realm, username: "Ada" }, "user with username Ada not found"],
        ["index/getGroup:getGroup", { realmId: realm, name: "none" }, "no group with name none found"],
        ["index/getGroup:getGroup", { realmId: realm, groupPath: "/none" }, "group not found at path: /none"],
        [
          "openid/getClient:getClient",
          { realmId: realm, clientId: "none" },
          "openid client with name none does not exist",
        ],
        [
          "index/getRole:getRole",
          { realmId: realm, name: "none" },
          /^error sending GET .*\/roles\/none: 404 Not Found\./,
        ],
        ["index/getRealm:getRealm", { realm: "none" }, /^error sending GET .*\/admin\/realms\/none: 404 Not Found\./],
      ];
      for (const [name, args, expected] of cases) {
        await assert.rejects(lookup(`keycloak:${name}`, args), (error: Error) => {
          if (typeof expected === "string") assert.equal(error.message, expected);
          else assert.match(error.message, expected);
          return true;
        });
      }
    });
  });
}
