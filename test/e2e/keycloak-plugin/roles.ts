import assert from "node:assert/strict";
import { type Properties, textOf } from "../../../local/plugins/values.ts";
import { type Of, client, idIn, realm, role } from "./context.ts";

/** Roles of a realm and of a client. */
export function describeRoles(of: Of): void {
  describe("roles", () => {
    const realmArgs: Properties = { realmId: realm, name: "AI_USER", description: "May use models" };

    it("of a realm and of a client are made, changed and found again", async () => {
      const made = await of().engine.up(role, "user", { ...realmArgs, attributes: { tier: "gold##silver" } });
      assert.deepEqual(made.outputs["attributes"], { tier: "gold##silver" });
      const ofClient = { realmId: realm, clientId: idIn(of(), client, "gateway"), name: "AI_ADMIN" };
      assert.equal((await of().engine.up(role, "admin", ofClient)).outputs["clientId"], idIn(of(), client, "gateway"));
      assert.deepEqual(await of().admin.roles("gateway"), ["AI_ADMIN"]);
      for (const name of ["user", "admin"]) {
        assert.deepEqual((await of().engine.refresh(role, name))?.outputs, of().engine.state(role, name).outputs);
      }
      // Attributes that are no longer given stay; a new name is no new role.
      const { step, changed, outputs } = await of().engine.up(role, "user", { ...realmArgs, name: "AI_READER" });
      assert.equal(step, "update");
      assert.deepEqual(changed, ["name"]);
      assert.deepEqual(outputs["attributes"], { tier: "gold##silver" });
      assert.equal((await of().admin.roles()).includes("AI_READER"), true);
      await of().engine.up(role, "user", realmArgs);
      assert.equal((await of().engine.up(role, "user", realmArgs)).step, "same");
    });

    it("contain other roles", async () => {
      const composed = { ...realmArgs, compositeRoles: [idIn(of(), role, "admin")] };
      assert.deepEqual((await of().engine.up(role, "user", composed)).changed, ["compositeRoles[0]"]);
      assert.equal((await of().engine.up(role, "user", composed)).step, "same");
      assert.equal((await of().engine.up(role, "user", realmArgs)).step, "same");
      assert.deepEqual(
        (await of().engine.up(role, "user", { ...realmArgs, compositeRoles: [] })).outputs["compositeRoles"],
        [],
      );
    });

    it("are replaced when they move to another client", async () => {
      const own = idIn(of(), role, "admin");
      const moved = await of().engine.preview(role, "admin", { realmId: realm, name: "AI_ADMIN" });
      assert.equal(moved.step, "replace");
      assert.equal(idIn(of(), role, "admin"), own);
    });

    it("are taken over and left behind with `import`", async () => {
      await assert.rejects(
        of().engine.up(role, "taken", { realmId: realm, name: "BY_HAND", import: true }),
        /GET request to \/admin\/realms\/plugin\/roles\/BY_HAND: 404 Not Found\. Response body: /,
      );
      await of().admin.call("POST", "roles", { name: "BY_HAND", description: "Made by hand" });
      const { outputs } = await of().engine.up(role, "taken", { realmId: realm, name: "BY_HAND", import: true });
      assert.equal(outputs["description"], "Made by hand");
      await of().engine.destroy(role, "taken");
      assert.equal((await of().admin.roles()).includes("BY_HAND"), true);
    });

    it("are imported by realm and id", async () => {
      const found = await of().engine.read(role, `${realm}/${idIn(of(), role, "user")}`);
      assert.deepEqual(found?.inputs, {
        ...realmArgs,
        attributes: { tier: "gold##silver" },
      });
    });

    it("get a name of their own when the program gives none", async () => {
      const { outputs } = await of().engine.up(role, "unnamed", { realmId: realm });
      assert.match(textOf(outputs["name"]), /^unnamed-[0-9a-f]{7}$/);
      await of().engine.destroy(role, "unnamed");
    });
  });
}
