import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { KeycloakAdmin, KeycloakError, passwordGrant } from "../../../local/keycloak-admin.ts";
import { localUsers, providerEnvironment } from "../../../local/keycloak-realm.ts";

const tokenPath = "/realms/master/protocol/openid-connect/token";
const ada = { username: "ada", password: "pw", email: "ada@example.com", firstName: "Ada", lastName: "Admin" };

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** A server with these answers, by method and path; it records the requests that it gets. */
async function withKeycloak(
  answers: Readonly<Record<string, Answer>>,
  use: (url: string, requests: { request: string; body: string; authorization: string }[]) => Promise<void>,
): Promise<void> {
  const requests: { request: string; body: string; authorization: string }[] = [];
  const server = createServer((incoming, response) => {
    let body = "";
    incoming.on("data", (part: Buffer) => (body += part.toString()));
    incoming.on("end", () => {
      const request = `${incoming.method ?? ""} ${incoming.url ?? ""}`;
      requests.push({ request, body, authorization: incoming.headers.authorization ?? "" });
      const answer = answers[request] ?? { status: 404, body: { error: "not found" } };
      response.writeHead(answer.status).end(answer.body === undefined ? "" : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const tokens: Answer = { status: 200, body: { access_token: "token-1", expires_in: 60, scope: "" } };
const administrator = { username: "admin", password: "secret" };

describe("Keycloak's administrator", () => {
  it("signs in to master once for several requests", async () => {
    const answers = { [`POST ${tokenPath}`]: tokens, "GET /admin/realms/platform/roles": { status: 200, body: [] } };
    await withKeycloak(answers, async (url, requests) => {
      const admin = new KeycloakAdmin(url, "platform", administrator);
      await admin.roles();
      await admin.roles();
      const get = { request: "GET /admin/realms/platform/roles", body: "", authorization: "Bearer token-1" };
      const login = "grant_type=password&client_id=admin-cli&username=admin&password=secret";
      assert.deepEqual(requests, [{ request: `POST ${tokenPath}`, body: login, authorization: "" }, get, get]);
    });
  });

  it("signs in again before the token ends", async () => {
    const ended: Answer = { status: 200, body: { access_token: "token-1", expires_in: 0, scope: "" } };
    const answers = { [`POST ${tokenPath}`]: ended, "GET /admin/realms/platform/roles": { status: 200, body: [] } };
    await withKeycloak(answers, async (url, requests) => {
      const admin = new KeycloakAdmin(url, "platform", administrator);
      await admin.roles();
      await admin.roles();
      assert.equal(requests.filter(({ request }) => request === `POST ${tokenPath}`).length, 2);
    });
  });

  it("makes the realm and a user who can sign in at once", async () => {
    const users = "/admin/realms/platform/users";
    const answers = {
      [`POST ${tokenPath}`]: tokens,
      "POST /admin/realms": { status: 201 },
      [`GET ${users}?username=ada&exact=true`]: { status: 200, body: [] },
      [`POST ${users}`]: { status: 201 },
    };
    await withKeycloak(answers, async (url, requests) => {
      const admin = new KeycloakAdmin(url, "platform", administrator);
      assert.equal(await admin.ensureRealm({ displayName: "Platform" }), "created");
      assert.equal(await admin.ensureUser({ ...ada, groups: ["gateway-admins"] }), "created");
      const bodies = requests.filter(({ request }) => request.startsWith("POST /admin")).map(({ body }) => body);
      assert.deepEqual(
        bodies.map((body) => JSON.parse(body) as unknown),
        [
          { realm: "platform", enabled: true, displayName: "Platform" },
          {
            username: "ada",
            email: "ada@example.com",
            firstName: "Ada",
            lastName: "Admin",
            groups: ["/gateway-admins"],
            enabled: true,
            emailVerified: true,
            credentials: [{ type: "password", value: "pw", temporary: false }],
          },
        ],
      );
    });
  });

  it("leaves a realm, a group and a user that are there", async () => {
    const answers = {
      [`POST ${tokenPath}`]: tokens,
      "GET /admin/realms/platform": { status: 200, body: {} },
      "GET /admin/realms/platform/group-by-path/staff": { status: 200, body: { id: "1", name: "staff" } },
      "GET /admin/realms/platform/users?username=ada&exact=true": { status: 200, body: [{ id: "1" }] },
    };
    await withKeycloak(answers, async (url, requests) => {
      const admin = new KeycloakAdmin(url, "platform", administrator);
      assert.equal(await admin.ensureRealm(), "present");
      assert.equal(await admin.ensureGroup("staff"), "present");
      assert.equal(await admin.ensureUser(ada), "present");
      assert.equal(requests.filter(({ request }) => request.startsWith("POST /admin")).length, 0);
    });
  });

  it("says what Keycloak says and what was asked for, and no password", async () => {
    const refused = { error: "invalid_grant", error_description: "Invalid user credentials" };
    await withKeycloak({ [`POST ${tokenPath}`]: { status: 401, body: refused } }, async (url) => {
      await assert.rejects(new KeycloakAdmin(url, "platform", administrator).user("ada"), (error: unknown) => {
        assert.ok(error instanceof KeycloakError);
        assert.equal(error.status, 401);
        assert.equal(error.message, `Keycloak answers 401 for POST ${tokenPath}: Invalid user credentials`);
        return true;
      });
    });
    const found = { status: 200, body: [] };
    const answers = { [`POST ${tokenPath}`]: tokens, "GET /admin/realms/platform/clients?clientId=x": found };
    await withKeycloak(answers, async (url) => {
      const admin = new KeycloakAdmin(url, "platform", administrator);
      await assert.rejects(admin.roles("x"), { message: "realm platform has no client x" });
    });
  });

  it("shows a client without its secret", async () => {
    const client = { id: "1", clientId: "litellm", secret: "hidden" };
    const answers = {
      [`POST ${tokenPath}`]: tokens,
      "GET /admin/realms/platform/clients?clientId=litellm": { status: 200, body: [client] },
    };
    await withKeycloak(answers, async (url) => {
      const shown = await new KeycloakAdmin(url, "platform", administrator).client("litellm");
      assert.equal(shown?.clientId, "litellm");
      assert.ok(!JSON.stringify(shown).includes("hidden"));
    });
  });
});

describe("the password grant", () => {
  it("sends a client's secret and scope only where there are such", async () => {
    await withKeycloak({ "POST /realms/platform/protocol/openid-connect/token": tokens }, async (url, requests) => {
      const request = { clientId: "litellm", username: "ulf", password: "pw" };
      await passwordGrant(url, "platform", request);
      await passwordGrant(url, "platform", { ...request, clientSecret: "s", scope: "openid" });
      assert.deepEqual(
        requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body))),
        [
          { grant_type: "password", client_id: "litellm", username: "ulf", password: "pw" },
          {
            grant_type: "password",
            client_id: "litellm",
            client_secret: "s",
            username: "ulf",
            password: "pw",
            scope: "openid",
          },
        ],
      );
    });
  });
});

describe("access to the local Keycloak", () => {
  it("has the names that Pulumi's provider reads", () => {
    assert.deepEqual(providerEnvironment("http://127.0.0.1:8180", administrator), {
      KEYCLOAK_URL: "http://127.0.0.1:8180",
      KEYCLOAK_REALM: "master",
      KEYCLOAK_CLIENT_ID: "admin-cli",
      KEYCLOAK_USER: "admin",
      KEYCLOAK_PASSWORD: "secret",
      KEYCLOAK_CLIENT_TIMEOUT: "60",
    });
  });

  it("knows an administrator and a plain user, in groups of their own", () => {
    const { administrator: first, user: second } = localUsers;
    assert.deepEqual([first.username, first.group], ["ada", "gateway-admins"]);
    assert.deepEqual([second.username, second.group], ["ulf", "gateway-users"]);
  });
});
