import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { KeycloakAdmin } from "../../local/keycloak-admin.ts";
import { providerEnvironment } from "../../local/keycloak-realm.ts";
import { processSteps } from "../../local/steps/steps.ts";
import { localDirectory } from "../../local/paths.ts";
import { keycloakPlugin } from "../../local/plugins/keycloak.ts";
import { Ports, Processes } from "../../local/processes.ts";
import { startKeycloak } from "../../local/services/keycloak.ts";
import { ensureKeycloak } from "../../local/services/keycloak-distribution.ts";
import { describeClients } from "./keycloak-plugin/clients.ts";
import {
  type Context,
  audienceMapper,
  client,
  clientRoleMapper,
  clientScope,
  defaultScopes,
  optionalScopes,
  realm,
  realmRoleMapper,
  role,
} from "./keycloak-plugin/context.ts";
import { describeLogins } from "./keycloak-plugin/logins.ts";
import { describePeople } from "./keycloak-plugin/people.ts";
import { describeRoles } from "./keycloak-plugin/roles.ts";
import { describeScopes } from "./keycloak-plugin/scopes.ts";
import { ProviderEngine } from "./support/provider-engine.ts";

const minute = 60_000;
const stateDirectory = join(localDirectory, "e2e-keycloak-plugin");

/** Every type of the stand-in against a real Keycloak, told in order: each test begins where the last one ended. */
describe("the stand-in for the plugin keycloak on a real Keycloak", function () {
  this.timeout(minute);
  this.bail(true);

  const processes = new Processes(stateDirectory);
  let context: Context;

  before("start Keycloak with a realm, a user and a group", async function () {
    this.timeout(60 * minute);
    const { report } = processSteps();
    const distribution = await ensureKeycloak();
    await processes.stopAll();
    await rm(stateDirectory, { recursive: true, force: true });
    const ports = Ports.of(stateDirectory);
    const keycloak = await startKeycloak({ processes, ports, stateDirectory, distribution, report });
    const admin = new KeycloakAdmin(keycloak.url, realm, keycloak.administrator);
    await admin.ensureRealm();
    await admin.ensureGroup("team");
    const person = { email: "ada@example.com", firstName: "Ada", lastName: "Admin" };
    await admin.ensureUser({ username: "ada", password: "not-used", ...person, groups: ["team"] });
    const environment = providerEnvironment(keycloak.url, keycloak.administrator);
    const provider = await keycloakPlugin("6.13.0", () => environment).configure(new Map());
    context = { keycloak, admin, provider, engine: new ProviderEngine(provider) };
  });

  after("stop Keycloak", async () => {
    await processes.stopAll();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  const of = () => context;
  describeClients(of);
  describeRoles(of);
  describeScopes(of);
  describePeople(of);
  describeLogins(of);

  describe("in the end", () => {
    it("everything is deleted", async () => {
      for (const [type, name] of [
        [optionalScopes, "optional"],
        [defaultScopes, "default"],
        [clientRoleMapper, "mapper"],
        [realmRoleMapper, "mapper"],
        [audienceMapper, "mapper"],
        [clientScope, "scope"],
        [role, "admin"],
        [role, "user"],
        [client, "gateway"],
      ] as const) {
        await context.engine.destroy(type, name);
      }
      assert.equal(await context.admin.client("gateway"), undefined);
      assert.equal(await context.admin.clientScope("litellm_proxy_admin"), undefined);
      assert.equal((await context.admin.roles()).includes("AI_USER"), false);
    });
  });
});
