import assert from "node:assert/strict";
import { parseSubkeys, readStoredSecrets } from "../../../vault/stored-secrets.ts";
import { type VaultAccess, VaultError } from "../../../vault/client.ts";
import { type FakeVault, fakeVault, subkeys } from "../../support/fake-vault.ts";

const token = "hvs.hunter2hunter2";

describe("a look into Vault", () => {
  let vault: FakeVault;
  let access: VaultAccess;
  beforeEach(async () => {
    vault = await fakeVault({
      "/v1/secret/subkeys/litellm/test/providers/openai": subkeys(3, { organization: null, api_key: null }),
      "/v1/secret/subkeys/litellm/test/deleted": [404, subkeys(2, null, "2026-01-01T00:00:00Z")[1]],
      "/v1/secret/subkeys/litellm/test/deleted-but-200": subkeys(2, null, "2026-01-01T00:00:00Z"),
      "/v1/secret/subkeys/litellm/test/forbidden": [403, { errors: ["permission denied"] }],
      "/v1/secret/subkeys/litellm/test/other": [200, "<html>a login page</html>"],
      "/v1/secret/subkeys/litellm/test/sealed": [503, { errors: ["Vault is sealed"] }],
    });
    access = { address: vault.address, mount: "secret", token };
  });
  afterEach(() => vault.close());

  it("tells versions and names of values, and leaves out what is missing", async () => {
    const found = await readStoredSecrets(
      access,
      ["providers/openai", "providers/none", "deleted", "deleted-but-200"].map((path) => `litellm/test/${path}`),
    );
    assert.deepEqual(
      [...found],
      [
        ["litellm/test/providers/openai", { version: 3, properties: ["api_key", "organization"], deleted: false }],
        ["litellm/test/deleted", { version: 2, properties: [], deleted: true }],
        ["litellm/test/deleted-but-200", { version: 2, properties: [], deleted: true }],
      ],
    );
  });

  it("asks once for each path, and never for a value", async () => {
    await readStoredSecrets(access, ["litellm/test/a", "litellm/test/b", "litellm/test/a"]);
    assert.deepEqual(vault.requests.map(({ url, method }) => `${method} ${url}`).sort(), [
      "GET /v1/secret/subkeys/litellm/test/a",
      "GET /v1/secret/subkeys/litellm/test/b",
    ]);
  });

  it("sends the token, and the namespace where there is one", async () => {
    await readStoredSecrets(access, ["a"]);
    await readStoredSecrets({ ...access, address: `${access.address}/`, namespace: "team" }, ["a"]);
    assert.deepEqual(
      vault.requests.map(({ url, headers }) => [url, headers["x-vault-token"], headers["x-vault-namespace"]]),
      [
        ["/v1/secret/subkeys/a", token, undefined],
        ["/v1/secret/subkeys/a", token, "team"],
      ],
    );
  });

  it("that is refused says what the token needs, and not the token", async () => {
    await assert.rejects(readStoredSecrets(access, ["litellm/test/forbidden"]), (error: unknown) => {
      assert.ok(error instanceof VaultError);
      assert.equal(
        error.message,
        `Vault at ${vault.address} answers 403 for secret/subkeys/litellm/test/forbidden; the token needs read on secret/subkeys/litellm/test/forbidden`,
      );
      return withoutToken(error);
    });
  });

  it("that fails says with what", async () => {
    await assert.rejects(readStoredSecrets(access, ["litellm/test/sealed"]), (error: unknown) => {
      assert.ok(error instanceof VaultError);
      assert.equal(error.message, `Vault at ${vault.address} answers 503 for secret/subkeys/litellm/test/sealed`);
      return withoutToken(error);
    });
  });

  it("that is answered by something else says so", async () => {
    await assert.rejects(readStoredSecrets(access, ["litellm/test/other"]), (error: unknown) => {
      assert.ok(error instanceof VaultError);
      assert.equal(error.message, `Vault at ${vault.address} has no KV version 2 engine at secret, or is no Vault`);
      return withoutToken(error);
    });
  });

  it("at a Vault that is not there says so, without the token", async () => {
    await vault.close();
    await assert.rejects(readStoredSecrets(access, ["a"]), (error: unknown) => {
      assert.ok(error instanceof VaultError);
      assert.match(error.message, /^Vault at http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
      return withoutToken(error);
    });
  });

  it("with a token that no header can carry does not show the token", async () => {
    for (const broken of ["", " ", `${token}\u0000`, `${token} ${token}`, `${token}\n${token}`, `${token}é模`]) {
      await assert.rejects(readStoredSecrets({ ...access, token: broken }, ["a"]), (error: unknown) => {
        assert.ok(error instanceof VaultError);
        assert.equal(error.message, "the token for Vault is empty or has characters that no token has");
        return withoutToken(error);
      });
    }
    assert.deepEqual(vault.requests, []);
  });

  it("takes a token with a line break behind it, as files have it", async () => {
    await readStoredSecrets({ ...access, token: `${token}\n` }, ["a"]);
    assert.equal(vault.requests[0]?.headers["x-vault-token"], token);
  });

  it("of nothing asks nothing", async () => {
    assert.equal((await readStoredSecrets(access, [])).size, 0);
    assert.deepEqual(vault.requests, []);
  });
});

describe("an answer of the subkeys endpoint", () => {
  it("with a deletion in time or without subkeys is of a deleted secret", () => {
    assert.equal(parseSubkeys(subkeys(1, null)[1])?.deleted, true);
    assert.equal(parseSubkeys(subkeys(1, { a: null }, "2026-01-01T00:00:00Z")[1])?.deleted, true);
  });

  it("says of a destroyed one that nothing brings it back", () => {
    const metadata = { version: 2, deletion_time: "", destroyed: true };
    const expected = { version: 2, properties: [], deleted: true, destroyed: true };
    assert.deepEqual(parseSubkeys({ data: { subkeys: null, metadata } }), expected);
  });

  it("without errors is of a missing secret, and with errors of a missing engine", () => {
    assert.equal(parseSubkeys({ errors: [] }), undefined);
    assert.throws(() => parseSubkeys({ errors: ["no handler for route"] }), TypeError);
  });

  it("names top-level values, sorted", () => {
    assert.deepEqual(parseSubkeys(subkeys(4, { b: null, a: { deep: null } })[1]), {
      version: 4,
      properties: ["a", "b"],
      deleted: false,
    });
  });
});

function withoutToken(error: unknown): boolean {
  const { message, stack, cause } = error as Error;
  assert.doesNotMatch(`${message} ${stack ?? ""} ${String(cause)}`, /hunter2/);
  return true;
}
