import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, it } from "mocha";
import { keycloakPlugin } from "../../../local/plugins/keycloak.ts";
import { InitFailed } from "../../../local/plugins/plugin.ts";
import type { CreateRequest, Provider } from "../../../local/plugins/plugin.ts";
import { isSecret, secret } from "../../../local/plugins/values.ts";
import type { Properties } from "../../../local/plugins/values.ts";

type Answer = readonly [status: number, body?: unknown, headers?: Readonly<Record<string, string>>];

/** A server that fails when it is told to: what a healthy Keycloak answers is tested on a real one. */
describe("the keycloak stand-in with a server in trouble", () => {
  let logins = 0;
  let answer: (request: IncomingMessage, body: string) => Answer;
  let url = "";
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const isLogin = request.url?.endsWith("/protocol/openid-connect/token") === true;
      if (isLogin) logins += 1;
      reply(response, isLogin ? [200, { access_token: `token-${logins}` }] : answer(request, body));
    });
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    logins = 0;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  function configure(config: Readonly<Record<string, string>> = {}): Promise<Provider> {
    const login = { url, clientId: "admin-cli", username: "admin", password: "a-password" };
    return keycloakPlugin("6.13.0", () => ({})).configure(new Map(Object.entries({ ...login, ...config })));
  }

  function creation(inputs: Properties): CreateRequest {
    const type = "keycloak:openid/clientScope:ClientScope";
    const { signal } = new AbortController();
    return { urn: `urn:pulumi:s::p::${type}::x`, type, name: "x", inputs, timeout: 0, preview: false, signal };
  }

  it("logs in once for many requests, and again when its token has expired", async () => {
    let valid = "Bearer token-1";
    answer = (request) => (request.headers.authorization === valid ? [200, []] : [401, { error: "expired" }]);
    const provider = await configure();
    const lookup = () =>
      provider.invoke("keycloak:index/getUser:getUser", { realmId: "r", username: "u" }).catch((error: unknown) => {
        assert.equal((error as Error).message, "user with username u not found");
      });
    await Promise.all([lookup(), lookup(), lookup()]);
    assert.equal(logins, 1);
    valid = "Bearer token-2";
    await lookup();
    await lookup();
    assert.equal(logins, 2);
  });

  it("gives up when a new token does not help", async () => {
    answer = () => [403, { error: "HTTP 403 Forbidden" }];
    const provider = await configure();
    await assert.rejects(provider.invoke("keycloak:index/getRealm:getRealm", { realm: "r" }), {
      message:
        "error sending GET request to /admin/realms/r: 403 Forbidden. " +
        'Response body: {"error":"HTTP 403 Forbidden"}',
    });
    assert.equal(logins, 2);
  });

  it("waits with logging in when it is told so", async () => {
    answer = () => [200, { realm: "r" }];
    const provider = await configure({ initialLogin: "false" });
    assert.equal(logins, 0);
    assert.equal((await provider.invoke("keycloak:index/getRealm:getRealm", { realm: "r" }))["id"], "r");
    assert.equal(logins, 1);
  });

  it("keeps secrets out of what the server repeats", async () => {
    answer = (_request, body) => [400, { errorMessage: `cannot take ${body}` }];
    const provider = await configure();
    const inputs = { realmId: "r", name: "scope", description: secret("a-secret-text") };
    await assert.rejects(provider.create(creation(inputs)), (error: Error) => {
      assert.match(
        error.message,
        /^error sending POST request to \/admin\/realms\/r\/client-scopes: 400 Bad Request\./,
      );
      assert.equal(error.message.includes("a-secret-text"), false);
      assert.equal(error.message.includes("[secret]"), true);
      return true;
    });
  });

  it("keeps in the state what was made and cannot be read", async () => {
    answer = (request) =>
      request.method === "POST" ? [201, undefined, { Location: `${url}/admin/realms/r/client-scopes/id-1` }] : [500];
    const provider = await configure();
    const inputs = { realmId: "r", name: "scope", description: secret("a-secret-text") };
    await assert.rejects(provider.create(creation(inputs)), (error) => {
      assert.ok(error instanceof InitFailed);
      assert.equal(error.id, "id-1");
      assert.equal(error.outputs["name"], "scope");
      assert.equal(isSecret(error.outputs["description"]), true);
      assert.match(error.message, /: 500 Internal Server Error\.$/);
      return true;
    });
  });

  it("says what a server in between answers, without its page", async () => {
    answer = () => [502];
    const provider = await configure({ basePath: "/auth" });
    await assert.rejects(provider.invoke("keycloak:index/getRealm:getRealm", { realm: "a b" }), {
      message: "error sending GET request to /auth/admin/realms/a b: 502 Bad Gateway.",
    });
  });

  it("says when there is no answer in time", async () => {
    answer = () => [0];
    const provider = await configure({ clientTimeout: "1" });
    await assert.rejects(provider.invoke("keycloak:index/getRealm:getRealm", { realm: "r" }), {
      message: `Keycloak at ${url} is unreachable: no answer in time`,
    });
  });

  it("says when there is no server", async () => {
    await assert.rejects(
      configure({ url: "http://127.0.0.1:1" }),
      /^Error: Keycloak at http:\/\/127\.0\.0\.1:1 is unreachable: /,
    );
  });

  it("knows neither other types nor other functions", async () => {
    const provider = await configure();
    const type = "keycloak:saml/client:Client";
    const message = `stand-in plugin keycloak does not know type ${type}; install the genuine plugin`;
    await assert.rejects(provider.create({ ...creation({}), type }), { message });
    await assert.rejects(provider.invoke("keycloak:index/getOrganization:getOrganization", {}), /does not know type/);
  });
});

/** Status 0 is no answer at all. */
function reply(response: ServerResponse, [status, body, headers]: Answer): void {
  if (status === 0) return;
  response.writeHead(status, { ...headers }).end(body === undefined ? "" : JSON.stringify(body));
}
