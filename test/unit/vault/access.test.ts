import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type VaultSources, vaultAccess } from "../../../vault/access.ts";
import { VaultClient, VaultError } from "../../../vault/client.ts";
import { validConfig } from "../../support/configs.ts";
import { having } from "../../support/change.ts";
import { listenJson, tlsFiles } from "../../support/loopback.ts";

const token = "hvs.hunter2hunter2";
const ca = readFileSync(tlsFiles.ca, "utf8");
const certificate = readFileSync(tlsFiles.certificate, "utf8");

describe("the way to Vault", () => {
  let home = "";
  const homeBefore = process.env["HOME"];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "litellm-platform-"));
    process.env["HOME"] = home;
  });
  afterEach(() => {
    if (homeBefore === undefined) delete process.env["HOME"];
    else process.env["HOME"] = homeBefore;
    rmSync(home, { recursive: true });
  });

  function access(vault: Record<string, unknown>, sources: Partial<VaultSources> = {}) {
    const changes = Object.fromEntries(Object.entries(vault).map(([key, value]) => [`vault.${key}`, value]));
    const environment = { VAULT_TOKEN: token, ...sources.environment };
    return vaultAccess(validConfig(having(changes)), { settings: {}, plugin: true, ...sources, environment });
  }

  function refuses(attempt: () => unknown, expected: string) {
    assert.throws(attempt, (error: unknown) => {
      assert.ok(error instanceof VaultError);
      assert.equal(error.message, expected);
      return true;
    });
  }

  it("is the platform's own when nothing else is set", () => {
    assert.deepEqual(access({ mount: "kv" }), {
      address: "https://vault.example.com",
      mount: "kv",
      namespace: undefined,
      token,
      ca: undefined,
    });
  });

  it("is the vault plugin's where it has one: its settings before the environment, and empty ones are none", () => {
    const environment = { VAULT_ADDR: "https://env.example.com", VAULT_NAMESPACE: "env", VAULT_TOKEN: "env" };
    const fromEnvironment = access({ namespace: "env" }, { environment });
    assert.deepEqual(
      [fromEnvironment.address, fromEnvironment.namespace, fromEnvironment.token],
      ["https://env.example.com", "env", "env"],
    );
    const settings = { "vault:address": "https://set.example.com", "vault:namespace": "set/", "vault:token": "set" };
    const fromSettings = access({ namespace: "set" }, { settings, environment });
    assert.deepEqual(
      [fromSettings.address, fromSettings.namespace, fromSettings.token],
      ["https://set.example.com", "set", "set"],
    );
    const empty = { "vault:address": "", "vault:namespace": "", "vault:token": "" };
    assert.deepEqual(access({ namespace: "env" }, { settings: empty, environment }), fromEnvironment);
  });

  it("takes the token of `vault login` when there is no other, and wants one", () => {
    const environment = { VAULT_TOKEN: "" };
    refuses(
      () => access({}, { environment }),
      "there is no token. Must be in VAULT_TOKEN, in the secret configuration vault:token, or from `vault login`",
    );
    writeFileSync(join(home, ".vault-token"), "from-login\n");
    assert.equal(access({}, { environment }).token, "from-login");
  });

  describe("to a namespace", () => {
    const refused = (where: string) =>
      `vault.namespace is platform and ${where} (vault:namespace, else VAULT_NAMESPACE), so External Secrets would not read what is written. Must be the same: pulumi config set vault:namespace platform`;

    it("is refused where the vault plugin would write to another", () => {
      const other = refused("the namespace of the vault provider is team");
      const namespace = "platform";
      refuses(() => access({ namespace }, { environment: { VAULT_NAMESPACE: "team" } }), other);
      refuses(() => access({ namespace }, { settings: { "vault:namespace": "team" } }), other);
      refuses(() => access({ namespace }, { settings: { "vault:namespace": "team" }, plugin: false }), other);
      refuses(() => access({ namespace }), refused("no namespace is set for the vault provider"));
      refuses(
        () => access({}, { environment: { VAULT_NAMESPACE: "team" } }),
        "the namespace of the vault provider is team (vault:namespace, else VAULT_NAMESPACE) and vault.namespace is not set, so External Secrets would not read what is written. Must be the same: set vault.namespace: team",
      );
    });

    it("is taken where both are the same, or where no plugin writes", () => {
      const namespace = "platform/ai";
      const settings = { "vault:namespace": "/platform/ai/" };
      assert.equal(access({ namespace }, { settings, environment: { VAULT_NAMESPACE: "team" } }).namespace, namespace);
      assert.equal(access({ namespace }, { environment: { VAULT_NAMESPACE: namespace } }).namespace, namespace);
      assert.equal(access({ namespace }, { plugin: false }).namespace, namespace);
    });
  });

  describe("with a private CA", () => {
    const bundle = Buffer.from(`# our own\n${ca}`).toString("base64");

    it("of the configuration, of the plugin's file, or of both, in this order", () => {
      const settings = { "vault:caCertFile": tlsFiles.certificate };
      const environment = { VAULT_CACERT: tlsFiles.certificate };
      const trimmed = [ca.trim(), certificate.trim()];
      assert.equal(access({ caBundle: bundle }).ca, trimmed[0]);
      assert.equal(access({}, { environment }).ca, trimmed[1]);
      assert.equal(access({}, { settings, environment: { VAULT_CACERT: "no-such-file" } }).ca, trimmed[1]);
      assert.equal(access({ caBundle: bundle }, { environment }).ca, trimmed.join("\n"));
      // The plugins run in the project's directory, and the program may not.
      const relative = { directory: dirname(tlsFiles.certificate), environment: { VAULT_CACERT: "server.pem" } };
      assert.equal(access({}, relative).ca, trimmed[1]);
    });

    it("leads to Vault", async () => {
      const server = await listenJson(() => [200, { data: 1 }], { tls: true });
      try {
        for (const way of [
          access({ address: server.address, caBundle: bundle }),
          access({ address: server.address }, { environment: { VAULT_CACERT: tlsFiles.ca } }),
          access(
            { address: server.address, caBundle: bundle },
            { environment: { VAULT_CACERT: tlsFiles.certificate } },
          ),
        ]) {
          assert.deepEqual(await new VaultClient(way).request("GET", { path: "a", capability: "read" }), { data: 1 });
        }
      } finally {
        await server.close();
      }
    });

    it("is refused when it is none, without what is there", () => {
      const environment = { VAULT_CACERT: tlsFiles.key };
      refuses(
        () => access({}, { environment }),
        `${tlsFiles.key}, the CA certificates of Vault, must be certificates in PEM`,
      );
      const missing = join(home, "ca.pem");
      refuses(
        () => access({}, { environment: { VAULT_CACERT: missing } }),
        `${missing}, the CA certificates of Vault, cannot be read (ENOENT)`,
      );
    });
  });
});
