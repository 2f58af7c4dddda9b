import assert from "node:assert/strict";
import { type AdminApi, adminApi } from "../../../program/keycloak/admin-api.ts";
import { roomForMapper, roomForScope } from "../../../program/keycloak/hooks.ts";
import { type Loopback, listen } from "../../support/loopback.ts";

const own = { realm: "platform", clientId: "litellm", description: "ours" };

/** A Keycloak with these lists, and what was removed from it. */
function keycloak(lists: Readonly<Record<string, readonly object[]>>): { api: AdminApi; removed: string[] } {
  const removed: string[] = [];
  const list = <Part>(path: string, { clientId }: Readonly<Record<string, string>> = {}) => {
    const isAsked = (each: object) => clientId === undefined || ("clientId" in each && each.clientId === clientId);
    return Promise.resolve((lists[path] ?? []).filter(isAsked) as unknown as readonly Part[]);
  };
  return { api: { list, remove: (path) => Promise.resolve(void removed.push(path)) }, removed };
}

const mappers = [
  { id: "m1", name: "LiteLLM roles" },
  { id: "m2", name: "of somebody else" },
];

describe("before a mapper is made in Keycloak", () => {
  it("one of its name goes, of the stack's own client", async () => {
    const client = { id: "c", clientId: "litellm", description: "ours", protocolMappers: mappers };
    const { api, removed } = keycloak({ clients: [client, { ...client, id: "d", clientId: "another" }] });
    await roomForMapper(api, "LiteLLM roles", own);
    assert.deepEqual(removed, ["clients/c/protocol-mappers/models/m1"]);
  });

  it("none goes of a client that is somebody else's, or of none", async () => {
    for (const clients of [[{ id: "c", clientId: "litellm", description: "theirs", protocolMappers: mappers }], []]) {
      const { api, removed } = keycloak({ clients });
      await roomForMapper(api, "LiteLLM roles", own);
      assert.deepEqual(removed, []);
    }
  });
});

describe("before a client scope is made in Keycloak", () => {
  const scope = { id: "s", name: "admin", description: "ours" };

  it("one of its name and of this stack goes, which the stack's own client has", async () => {
    const clients = [
      { id: "c", clientId: "litellm", optionalClientScopes: ["admin"] },
      { id: "d", clientId: "other" },
    ];
    const { api, removed } = keycloak({ "client-scopes": [{ ...scope, id: "t", name: "email" }, scope], clients });
    await roomForScope(api, "admin", own);
    assert.deepEqual(removed, ["client-scopes/s"]);
  });

  it("one of somebody else stays", async () => {
    const { api, removed } = keycloak({ "client-scopes": [{ ...scope, description: "theirs" }] });
    await roomForScope(api, "admin", own);
    assert.deepEqual(removed, []);
  });

  it("one that other clients have ends the up, with their names", async () => {
    const clients = [
      { id: "c", clientId: "a", optionalClientScopes: ["admin"] },
      { id: "d", clientId: "b", defaultClientScopes: ["admin"] },
      { id: "e", clientId: "c", defaultClientScopes: ["email"] },
    ];
    const { api, removed } = keycloak({ "client-scopes": [scope], clients });
    await assert.rejects(roomForScope(api, "admin", own), {
      message:
        "client scope admin in realm platform exists and is not in the Pulumi state, and other clients use it: a, b. Delete it in Keycloak, run up again, and assign the new one to them",
    });
    assert.deepEqual(removed, []);
  });
});

/** A server that answers everything with a token, and tells what it was asked. */
function answering(status: number, tell: (text: string) => void = () => undefined): Promise<Loopback> {
  return listen((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      tell(`${request.method} ${request.url} ${request.headers.authorization ?? body}`);
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(request.method === "POST" ? '{"access_token":"token"}' : "[]");
    });
  });
}

describe("the way to Keycloak's admin API", () => {
  const [password, secret] = ["hunter2-password", "hunter2-secret"];

  it("is the plugin's: its configuration, then the environment", async () => {
    const seen: string[] = [];
    const server = await answering(200, (text) => seen.push(text));
    const environment = {
      KEYCLOAK_URL: "http://127.0.0.1:1",
      KEYCLOAK_CLIENT_ID: "pulumi",
      KEYCLOAK_CLIENT_SECRET: secret,
    };
    const settings = { "keycloak:url": server.address, "keycloak:realm": "ours", "keycloak:basePath": "/auth" };
    await (await adminApi({ settings, environment }, "plat form")).list("clients", { clientId: "x" });
    const user = { "keycloak:clientId": "admin-cli", "keycloak:username": "ada", "keycloak:password": password };
    await (
      await adminApi({ settings: { "keycloak:url": server.address, ...user }, environment: {} }, "p")
    ).remove("x/1");
    await server.close();
    assert.deepEqual(seen, [
      `POST /auth/realms/ours/protocol/openid-connect/token client_id=pulumi&client_secret=${secret}&grant_type=client_credentials`,
      "GET /auth/admin/realms/plat%20form/clients?clientId=x Bearer token",
      `POST /realms/master/protocol/openid-connect/token client_id=admin-cli&grant_type=password&username=ada&password=${password}`,
      "DELETE /admin/realms/p/x/1 Bearer token",
    ]);
  });

  it("fails without a word of what it logs in with", async () => {
    const server = await answering(401);
    const settings = { "keycloak:url": server.address, "keycloak:clientId": "pulumi", "keycloak:clientSecret": secret };
    await assert.rejects(adminApi({ settings, environment: {} }, "p"), {
      message: "Keycloak answers 401 for POST /realms/master/protocol/openid-connect/token",
    });
    await assert.rejects(adminApi({ settings: { "keycloak:url": server.address }, environment: {} }, "p"), {
      message: "the login is neither by a client's secret nor by a user's password",
    });
    await server.close();
  });
});
