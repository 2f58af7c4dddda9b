import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { inspect, promisify } from "node:util";
import { type VaultAccess, VaultClient, VaultError } from "../../../vault/client.ts";
import { type Loopback, type Received, listen, listenJson, tlsFiles } from "../../support/loopback.ts";

const token = "hvs.hunter2hunter2";
const request = { path: "secret/data/a", capability: "read" };

describe("the client of Vault", () => {
  const servers: Loopback[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  async function serving(...args: Parameters<typeof listenJson>): Promise<VaultAccess> {
    const server = await listenJson(...args);
    servers.push(server);
    return { address: server.address, mount: "secret", token };
  }

  /** Fails with this, and shows the token nowhere. */
  async function refuses(attempt: () => unknown, expected: string | RegExp): Promise<VaultError> {
    let thrown: unknown;
    await assert.rejects(
      async () => {
        await attempt();
      },
      (error: unknown) => {
        thrown = error;
        assert.ok(error instanceof VaultError, inspect(error));
        if (typeof expected === "string") assert.equal(error.message, expected);
        else assert.match(error.message, expected);
        assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter2/);
        return true;
      },
    );
    return thrown as VaultError;
  }

  it("sends method, path, query, token, namespace and JSON, and returns the JSON of the answer", async () => {
    const seen: Received[] = [];
    const access = await serving((received) => {
      seen.push(received);
      return [200, { data: 1 }];
    });
    const client = new VaultClient({ ...access, address: `${access.address}/`, namespace: "team" });
    assert.deepEqual(await client.request("POST", { ...request, query: "?b=c", body: { d: "ä" } }), { data: 1 });
    assert.deepEqual(await client.request("PATCH", { ...request, path: "secret/data/a b?c", body: {} }), { data: 1 });
    assert.deepEqual(
      seen.map(({ method, url, headers, body }) => [
        method,
        url,
        headers["x-vault-token"],
        headers["x-vault-namespace"],
        headers["x-vault-request"],
        headers["content-type"],
        body,
      ]),
      [
        ["POST", "/v1/secret/data/a?b=c", token, "team", "true", "application/json", { d: "ä" }],
        ["PATCH", "/v1/secret/data/a%20b%3Fc", token, "team", "true", "application/merge-patch+json", {}],
      ],
    );
  });

  it("returns nothing for an answer without a body", async () => {
    const access = await serving(() => [204]);
    assert.equal(await new VaultClient(access).request("DELETE", request), undefined);
  });

  it("takes a 404 for an answer only where one is expected", async () => {
    const access = await serving(() => [404, { errors: [] }]);
    const client = new VaultClient(access);
    assert.deepEqual(await client.request("GET", { ...request, mayBeMissing: true }), { errors: [] });
    const error = await refuses(
      () => client.request("GET", request),
      `Vault at ${access.address} answers 404 for secret/data/a`,
    );
    assert.deepEqual([error.status, error.outdated], [404, false]);
  });

  it("tells what the token lacks, and nothing that was sent or answered", async () => {
    const access = await serving(() => [403, { errors: ["hunter2"] }]);
    const client = new VaultClient(access);
    const error = await refuses(
      () => client.request("POST", { path: "secret/data/a", body: { api_key: "hunter2" }, capability: "create" }),
      `Vault at ${access.address} answers 403 for secret/data/a; the token needs create on secret/data/a`,
    );
    assert.equal(error.status, 403);
  });

  it("tells a write that came too late from other refusals", async () => {
    const errors = ["check-and-set parameter did not match the current version", "no data provided"];
    const access = await serving(() => [400, { errors: [errors.shift()] }]);
    const client = new VaultClient(access);
    const expected = `Vault at ${access.address} answers 400 for secret/data/a`;
    assert.equal((await refuses(() => client.request("POST", request), expected)).outdated, true);
    assert.equal((await refuses(() => client.request("POST", request), expected)).outdated, false);
  });

  it("gives up after its time", async () => {
    const server = await listen(() => undefined);
    servers.push(server);
    const client = new VaultClient({ address: server.address, mount: "secret", token, timeoutSeconds: 0.1 });
    const expected = `Vault at ${server.address} cannot be reached: no answer within 0.1 s`;
    assert.equal((await refuses(() => client.request("GET", request), expected)).status, undefined);
  });

  it("gives up when the answer stops in its middle", async () => {
    const server = await listen((_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("{");
      setTimeout(() => response.destroy(), 20);
    });
    servers.push(server);
    const client = new VaultClient({ address: server.address, mount: "secret", token });
    await refuses(
      () => client.request("GET", request),
      /^Vault at http:\/\/127\.0\.0\.1:\d+ cannot be reached: aborted$/,
    );
  });

  it("wants an address that is a URL without credentials, and repeats none", async () => {
    for (const address of ["", "vault:8200", "ftp://vault", "https://", "https://me:hunter2@vault.example.com"]) {
      await refuses(
        () => new VaultClient({ address, mount: "secret", token }),
        "the address of Vault must be an http:// or https:// URL without credentials",
      );
    }
  });

  describe("follows a redirect", () => {
    it("once, with method and body", async () => {
      const seen: Received[] = [];
      const active = await serving((received) => {
        seen.push(received);
        return [200, { data: 1 }];
      });
      const standby = await serving(({ url }) => [307, undefined, { location: `${active.address}${url}` }]);
      const client = new VaultClient(standby);
      assert.deepEqual(await client.request("POST", { ...request, body: { a: 1 } }), { data: 1 });
      assert.deepEqual(
        seen.map(({ method, url, headers, body }) => [method, url, headers["x-vault-token"], body]),
        [["POST", "/v1/secret/data/a", token, { a: 1 }]],
      );
      const lost = await serving(({ url }) => [307, undefined, { location: `${standby.address}${url}` }]);
      await refuses(
        () => new VaultClient(lost).request("GET", request),
        `Vault at ${lost.address} answers 307 for secret/data/a`,
      );
    });

    it("never from https to http", async () => {
      const seen: Received[] = [];
      const open = await serving((received) => {
        seen.push(received);
        return [200, {}];
      });
      const access = await serving(() => [307, undefined, { location: open.address }], { tls: true });
      await refuses(
        () => new VaultClient({ ...access, ca: readFileSync(tlsFiles.ca, "utf8") }).request("GET", request),
        `Vault at ${access.address} redirects to an address that is not https://`,
      );
      assert.deepEqual(seen, []);
    });
  });

  describe("of a Vault whose certificate is of a private CA", () => {
    it("trusts it with the CA, and by the name that is in the certificate only", async () => {
      const access = await serving(() => [200, { data: 1 }], { tls: true });
      const ca = readFileSync(tlsFiles.ca, "utf8");
      assert.deepEqual(await new VaultClient({ ...access, ca }).request("GET", request), { data: 1 });
      const elsewhere = access.address.replace("127.0.0.1", "localhost");
      await refuses(
        () => new VaultClient({ ...access, ca, address: elsewhere }).request("GET", request),
        /^Vault at https:\/\/localhost:\d+ cannot be reached: Hostname\/IP does not match certificate's altnames: /,
      );
    });

    for (const variable of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
      it(`trusts it when this machine does, by ${variable}, whatever CA is given besides`, async () => {
        const access = await serving(() => [200, { data: 1 }], { tls: true });
        const program = `
          import { rootCertificates } from "node:tls";
          import { VaultClient } from ${JSON.stringify(import.meta.resolve("../../../vault/client.ts"))};
          const client = new VaultClient({ ...${JSON.stringify(access)}, ca: rootCertificates[0] });
          console.log(JSON.stringify(await client.request("GET", ${JSON.stringify(request)})));`;
        const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
          env: { ...process.env, [variable]: tlsFiles.ca },
        });
        assert.deepEqual(JSON.parse(stdout), { data: 1 });
      });
    }

    it("refuses it without the CA, sends nothing, and says where the CA belongs", async () => {
      const seen: Received[] = [];
      const access = await serving(
        (received) => {
          seen.push(received);
          return [200, {}];
        },
        { tls: true },
      );
      await refuses(
        () => new VaultClient(access).request("GET", request),
        `Vault at ${access.address} cannot be reached: unable to verify the first certificate; its CA must be in vault.caBundle, vault:caCertFile or VAULT_CACERT`,
      );
      assert.deepEqual(seen, []);
    });
  });
});
