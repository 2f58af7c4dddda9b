import assert from "node:assert/strict";
import { readStoredSecrets } from "../../vault/stored-secrets.ts";
import { VaultError } from "../../vault/client.ts";
import { vaultPlugin } from "../../local/plugins/vault.ts";
import { validConfig } from "../support/configs.ts";
import { codeBlocks } from "../support/pages.ts";
import { having } from "../support/change.ts";
import { ProviderEngine } from "./support/provider-engine.ts";
import { type VaultServer, startVaultServer } from "./support/vault-server.ts";
import { allPaths } from "../support/secrets.ts";

const minute = 60_000;

/** Every setting that reads a secret outside of the stack's own path, as docs/install.md has them. */
const config = validConfig(
  having({
    "vault.path": "litellm/prod",
    database: {
      mode: "external",
      host: "db.example.com",
      name: "litellm",
      login: { vaultPath: "teams/ai/litellm-db" },
      maxConnections: 100,
    },
    cache: {
      mode: "external",
      username: "litellm",
      password: { vaultPath: "redis/litellm" },
      server: {
        kind: "sentinel",
        service: "mymaster",
        nodes: [{ host: "sentinel.example.com" }],
        password: { vaultPath: "redis/sentinel" },
      },
    },
    identity: {
      mode: "existing",
      issuer: "https://auth.example.com/realms/platform",
      client: { id: "litellm", vaultPath: "keycloak/litellm" },
    },
    "keys.salt.importFrom": { kind: "vault", path: "old/litellm", property: "salt" },
    "keys.master.importFrom": { kind: "vault", path: "old/litellm", property: "master" },
  }),
);

/** The policies of docs/install.md in a real Vault. A whole stack is deployed with the first one by the prod stack's test. */
describe("what docs/install.md asks of Vault for whoever deploys", function () {
  this.timeout(minute);
  this.bail(true);

  const [always = "", sometimes = ""] = codeBlocks("docs/install.md", "hcl");
  let vault: VaultServer;
  let token: string;
  let engine: ProviderEngine;
  const access = (of: string) => ({ address: vault.address, mount: "secret", token: of });

  before("start Vault", async function () {
    this.timeout(60 * minute);
    vault = await startVaultServer("deployer", "other");
    token = await vault.token({ always, sometimes });
    const environment = { VAULT_ADDR: vault.address, VAULT_TOKEN: token };
    engine = new ProviderEngine(await vaultPlugin("7.8.0", () => environment).configure(new Map()));
  });
  after(() => vault.stop());

  it("makes the secrets engine", async () => {
    const mount = "vault:index/mount:Mount";
    await engine.up(mount, "engine", { path: "secret", type: "kv", options: { version: "2" }, description: "Ours" });
    const { step } = await engine.up(mount, "engine", {
      ...engine.state(mount, "engine").inputs,
      description: "Other",
    });
    assert.equal(step, "update");
    assert.ok(await engine.refresh(mount, "engine"));
  });

  it("looks for every secret that the configuration names, and reads none of those outside but a key to import", async () => {
    const paths = allPaths(config);
    const outside = paths.filter((path) => !path.startsWith("litellm/prod/")).sort();
    assert.deepEqual(outside, [
      "keycloak/litellm",
      "old/litellm",
      "redis/litellm",
      "redis/sentinel",
      "teams/ai/litellm-db",
    ]);
    for (const path of paths) await vault.admin.write("secret", path, { key: "x" });
    assert.deepEqual([...(await readStoredSecrets(access(token), paths)).keys()].sort(), [...paths].sort());
    for (const path of outside) {
      const { status } = await fetch(`${vault.address}/v1/secret/data/${path}`, {
        headers: { "X-Vault-Token": token },
      });
      assert.equal(status, path === "old/litellm" ? 200 : 403, path);
    }
  });

  it("is refused each of them without the further lines", async () => {
    const less = await vault.token({ always });
    for (const path of allPaths(config)) {
      const asked = readStoredSecrets(access(less), [path]);
      if (path.startsWith("litellm/prod/")) assert.equal((await asked).size, 1);
      else await assert.rejects(asked, (error) => error instanceof VaultError && error.status === 403, path);
    }
  });

  it("makes an AppRole of the stack's own and a secret id, and takes both away", async () => {
    await vault.admin.call("POST", "sys/auth/approle", { type: "approle" });
    const role = "vault:appRole/authBackendRole:AuthBackendRole";
    const secretId = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId";
    const place = { backend: "approle", roleName: "litellm-prod" };
    await engine.up(role, "role", { ...place, tokenPolicies: ["litellm-prod"], tokenTtl: 600 });
    await engine.up(secretId, "secret-id", place);
    assert.ok(await engine.refresh(role, "role"));
    assert.ok(await engine.refresh(secretId, "secret-id"));
    await engine.destroy(secretId, "secret-id");
    await engine.destroy(role, "role");
  });
});
