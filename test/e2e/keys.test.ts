import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as vault from "@pulumi/vault";
import { LiteLLMPlatform } from "../../components/platform.ts";
import { loadConfig } from "../../program/deploy.ts";
import { readSecrets } from "../../vault/stored-secrets.ts";
import { VaultClient } from "../../vault/client.ts";
import { requiredSecrets } from "../../secrets/inventory.ts";
import { vaultAccess } from "../../vault/access.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { projectDirectory } from "../../local/paths.ts";
import type { DeployedOutputs, Runtime } from "../../local/runtime.ts";
import { type StackSettings, changed } from "../../local/stack-settings.ts";
import { rootToken } from "../../local/vault-admin.ts";
import { litellmFunction } from "./support/litellm-functions.ts";
import { LocalPlatform } from "./support/local-platform.ts";
import type { StoredSecrets } from "../../secrets/stored.ts";

const namespace = "litellm-dev";
const minute = 60_000;

/** An installation that came from elsewhere, with line break and all. */
const legacy = { salt: "their+salt/key=\n", master: "sk-their-master-key" };

/** The life of the generated keys on a real Vault, under the genuine engine, told in order. */
describe("the life of the keys", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  let outputs: DeployedOutputs;
  let settings: StackSettings;

  const part = (
    name: string,
    change: Readonly<Record<string, unknown>>,
    base: StackSettings = settings,
  ): StackSettings => changed(base, `litellm-platform:${name}`, (old) => ({ ...old, ...change }));

  async function up(to: StackSettings = settings): Promise<readonly string[]> {
    const report = await platform.up(to);
    outputs = report.outputs;
    return report.steps;
  }

  const stored = (path: string) => platform.vault.read("secret", `litellm/dev/${path}`);
  const deployedKeys = () => platform.cluster.secret(namespace, outputs.masterKeySecret.name);

  before("start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true });
    // Sign-in has a test of its own.
    settings = { ...platform.settings, "litellm-platform:identity": { mode: "none" } };
  });
  after(async () => {
    await platform.stop();
  });

  describe("of an existing installation", () => {
    const imports = {
      master: { version: 1, importFrom: { kind: "vault", path: "legacy/litellm", property: "master" } },
      salt: { importFrom: { kind: "secret", namespace: "legacy", name: "litellm-secrets", key: "LITELLM_SALT_KEY" } },
    };

    it("are missed when they are not there, and nothing is made instead", async () => {
      await assert.rejects(
        up(part("keys", imports)),
        /keys\.master\.importFrom: Vault legacy\/litellm master is not in Vault \(there is no such secret\)/,
      );
      await platform.vault.write("secret", "legacy/litellm", { master: legacy.master });
      await assert.rejects(up(part("keys", imports)), /legacy\/litellm-secrets/);
      assert.equal(await stored("keys/salt"), undefined);
    });

    it("are missed in a Secret that has others, or an empty one", async () => {
      await platform.kubectl("create", "namespace", "legacy");
      for (const literal of ["OTHER=x", "LITELLM_SALT_KEY="]) {
        await platform.kubectl(
          ...["create", "secret", "generic", "litellm-secrets", "-n", "legacy", `--from-literal=${literal}`],
        );
        await assert.rejects(
          up(part("keys", imports)),
          /Secret legacy\/litellm-secrets LITELLM_SALT_KEY is empty or not there, must hold the key to import/,
        );
        await platform.kubectl("delete", "secret", "litellm-secrets", "-n", "legacy");
      }
      assert.equal(await stored("keys/salt"), undefined);
      assert.deepEqual(await platform.names("namespace/litellm-dev"), []);
    });

    it("become the stack's own, to the last character", async () => {
      await platform.kubectl(
        ...["create", "secret", "generic", "litellm-secrets", "-n", "legacy"],
        `--from-literal=LITELLM_SALT_KEY=${legacy.salt}`,
      );
      await up(part("keys", imports));
      const { LITELLM_SALT_KEY: salt, PROXY_MASTER_KEY: master } = await deployedKeys();
      assert.deepEqual({ salt, master }, legacy);
      assert.deepEqual(await stored("keys/salt"), {
        key: legacy.salt,
        importedFrom: "Secret legacy/litellm-secrets LITELLM_SALT_KEY",
      });
    });

    it("are the stack's when their old places are gone, with the setting and without", async () => {
      await platform.kubectl("delete", "namespace", "legacy");
      await platform.vault.remove("secret", "legacy/litellm");
      assert.deepEqual(await up(part("keys", imports)), ["discard kubernetes:core/v1:Secret litellm-keys-salt-import"]);
      assert.deepEqual((await platform.up(settings, { expectNoChanges: true })).steps, []);
    });

    it("are refused for a stack that has generated its own", async () => {
      const own = { ...(await stored("keys/salt")) };
      await platform.vault.write("secret", "litellm/dev/keys/salt", { key: own["key"] ?? "" });
      await assert.rejects(up(part("keys", imports)), /keys\.salt\.importFrom: cannot import: this stack already has/);
      await platform.vault.write("secret", "litellm/dev/keys/salt", own);
      await up();
    });
  });

  describe("a rotation of the master key", () => {
    interface Answer {
      readonly hash: string;
      readonly encrypted?: string;
      readonly decrypted?: string | null;
    }
    let runtime: Runtime;
    let before: Answer;
    const virtualKey = "sk-virtual-key-of-a-team";
    const litellm = (input: object, change: Readonly<Record<string, string>> = {}) =>
      litellmFunction<Answer>(
        platform.litellm,
        "stored_credentials",
        { ...runtime.gateway.environment, ...change },
        { virtual_key: virtualKey, ...input },
      );

    it("begins with what LiteLLM has stored under the keys of before", async () => {
      runtime = await platform.serve(outputs);
      before = await litellm({ encrypt: "sk-of-a-provider" });
      assert.ok(before.encrypted !== undefined && !before.encrypted.includes("sk-of-a-provider"));
    });

    it("leaves the salt key alone, stored credentials readable and virtual keys valid", async () => {
      const salt = await stored("keys/salt");
      const steps = await up(part("keys", { master: { version: 2 } }));
      assert.ok(steps.includes("update kubernetes:helm.sh/v3:Release litellm-gateway"));
      assert.notEqual(outputs.masterKey, legacy.master);
      assert.deepEqual(await stored("keys/salt"), salt);
      runtime = await platform.serve(outputs);
      assert.equal(runtime.gateway.environment["PROXY_MASTER_KEY"], outputs.masterKey);
      const after = await litellm({ decrypt: before.encrypted });
      assert.deepEqual(after, { hash: before.hash, decrypted: "sk-of-a-provider" });
    });

    it("would not be one with another salt key, which makes stored credentials unreadable", async () => {
      const { decrypted } = await litellm({ decrypt: before.encrypted }, { LITELLM_SALT_KEY: "another" });
      assert.notEqual(decrypted, "sk-of-a-provider");
    });

    it("voids the old key, and keeps it in Vault's history for who must look back", async () => {
      const asked = (key: string) =>
        fetch(`${runtime.gateway.url}/v1/models`, { headers: { Authorization: `Bearer ${key}` } });
      assert.equal((await asked(outputs.masterKey)).status, 200);
      assert.notEqual((await asked(legacy.master)).status, 200);
      const old = (await platform.vault.call("GET", "secret/data/litellm/dev/keys/master?version=1")) as {
        data: { data: Record<string, string> };
      };
      assert.equal(old.data.data["key"], legacy.master);
    });

    it("of the dashboard's password makes another one, and nothing else", async () => {
      const password = (await deployedKeys())["UI_PASSWORD"];
      settings = part("keys", { master: { version: 2 }, ui: { version: 2 } });
      await up();
      const keys = await deployedKeys();
      assert.notEqual(keys["UI_PASSWORD"], password);
      assert.deepEqual([keys["LITELLM_SALT_KEY"], keys["PROXY_MASTER_KEY"]], [legacy.salt, outputs.masterKey]);
    });
  });

  describe("a secret that somebody changes in Vault by hand", () => {
    it("reaches its Secret and rolls the pods at the next up", async () => {
      const cache = await stored("cache");
      await platform.vault.write("secret", "litellm/dev/cache", { ...cache, password: "changedByHand0123456789" });
      const steps = await up();
      assert.ok(steps.includes("update kubernetes:helm.sh/v3:Release litellm-gateway"), steps.join("\n"));
      const { REDIS_PASSWORD: password } = await platform.cluster.secret(namespace, "litellm-cache-user-v1");
      assert.equal(password, "changedByHand0123456789");
      assert.deepEqual((await platform.up(settings, { expectNoChanges: true })).steps, []);
    });
  });

  describe("the salt key", () => {
    const ofSalt = (urn: string) => /::litellm-keys-salt(-vault)?$/.test(urn);

    /** What a change would do to the salt key's resources. */
    async function stepsOnSalt(to: StackSettings): Promise<string[]> {
      const steps: string[] = [];
      await (
        await platform.stack(to)
      ).preview({
        color: "never",
        onEvent: ({ resourcePreEvent }) => {
          const step = resourcePreEvent?.metadata;
          if (step !== undefined && ofSalt(step.urn)) steps.push(step.op);
        },
      });
      return steps;
    }

    const changes: Readonly<Record<string, () => StackSettings>> = {
      "the master key's version": () => part("keys", { master: { version: 9 }, ui: { version: 9 } }),
      "release and chart": () =>
        part("gateway", {
          image: { tag: "v1.109.0" },
          chart: { ...(settings["litellm-platform:gateway"] as { chart: object }).chart, version: "1.91.0" },
        }),
      "host, replicas and timeout": () =>
        part("gateway", { host: "other.example.com", replicas: { min: 2, max: 4 }, requestTimeout: 60 }),
      "the namespace": () => part("namespace", { name: "litellm-elsewhere", podSecurity: "baseline" }),
      "the database": () => part("database", { name: "other", owner: "other", instances: 3 }),
      "the cache": () => part("cache", { keyPrefix: "other", replicas: 2 }),
      "the way to log in to Vault": () => part("vault", { auth: { method: "token", secretName: "vault-token" } }),
      "the kind of stack": () => ({
        ...part("database", { backup: { mode: "none", reason: "a stack of the tests" } }),
        "litellm-platform:profile": "production",
      }),
      retain: () => ({ ...settings, "litellm-platform:retain": false }),
    };
    for (const [title, change] of Object.entries(changes)) {
      it(`is not replaced by another setting of ${title}`, async () => {
        assert.deepEqual(await stepsOnSalt(change()), ["same", "same"]);
      });
    }

    it("moves to no other path in Vault while it is protected", async () => {
      await platform.vault.write("secret", "litellm/moved/providers/model-backend", { api_key: "sk-moved" });
      const guarded = { ...settings, "litellm-platform:protect": true };
      await up(guarded);
      await assert.rejects(up(part("vault", { path: "litellm/moved" }, guarded)), /protect/);
      assert.equal(await platform.vault.read("secret", "litellm/moved/keys/salt"), undefined);
      await up();
    });

    it("moves with the stack to another path in Vault, and stays where it was", async () => {
      await up(part("vault", { path: "litellm/moved" }));
      assert.equal((await platform.vault.read("secret", "litellm/moved/keys/salt"))?.["key"], legacy.salt);
      assert.equal((await stored("keys/salt"))?.["key"], legacy.salt);
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
      await up();
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
    });

    const access = () => ({
      VAULT_ADDR: platform.controlPlane.vaultAddress,
      VAULT_TOKEN: rootToken(platform.controlPlane.vaultInitFile),
    });

    /** An `up` of the same stack by a program that builds the platform in its own way. */
    async function upBy(build: (config: PlatformConfig, stored: StoredSecrets) => LiteLLMPlatform): Promise<void> {
      const program = async () => {
        const config = loadConfig(projectDirectory);
        const sources = { settings: pulumi.runtime.allConfig(), environment: access(), plugin: true };
        const client = new VaultClient(vaultAccess(config, sources));
        return build(config, await readSecrets(client, requiredSecrets(config))).outputs;
      };
      await (await platform.stack(settings)).up({ color: "never", program });
    }

    it("outlives other providers of its resources", async () => {
      await upBy((config, known) => {
        const providers = [
          new random.Provider("another-random"),
          new vault.Provider("another-vault", {
            address: access().VAULT_ADDR,
            token: pulumi.secret(access().VAULT_TOKEN),
          }),
        ];
        return new LiteLLMPlatform("litellm", { config, stored: known }, { providers });
      });
      assert.equal((await stored("keys/salt"))?.["key"], legacy.salt);
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
      await up();
    });

    it("outlives another name of the platform in the program", async () => {
      // Another name makes every resource another one, and Helm gives the name of a release to one only.
      await assert.rejects(
        upBy((config, known) => new LiteLLMPlatform("gateway", { config, stored: known })),
        /cannot re-use a name that is still in use/,
      );
      assert.equal((await stored("keys/salt"))?.["key"], legacy.salt);
      await up();
      assert.equal((await stored("keys/salt"))?.["key"], legacy.salt);
      await (await platform.stack(settings)).up({ color: "never", refresh: true });
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
    });

    it("is missed where every trace of it was erased in Vault, and put back from the cluster", async () => {
      const salt = await stored("keys/salt");
      await platform.vault.call("DELETE", "secret/metadata/litellm/dev/keys/salt");
      await assert.rejects(up(), (error: Error) => {
        assert.match(
          error.message,
          /the salt key is missing in Vault\. Restore it with: kubectl get secret .* \| base64 -d \| vault kv put -mount=secret /,
        );
        const { name } = outputs.masterKeySecret;
        assert.ok(
          error.message.includes(
            `kubectl get secret ${name} -n ${namespace} -o jsonpath='{.data.LITELLM_SALT_KEY}' | base64 -d`,
          ),
        );
        return true;
      });
      const key = (await deployedKeys())["LITELLM_SALT_KEY"] ?? "";
      await platform.vault.write("secret", "litellm/dev/keys/salt", { key });
      await up();
      assert.equal((await stored("keys/salt"))?.["key"], salt?.["key"]);
      assert.deepEqual((await platform.up(settings, { expectNoChanges: true })).steps, []);
    });

    it("is written back from the state by a refresh, where every key was erased", async () => {
      for (const key of ["salt", "master", "ui"])
        await platform.vault.call("DELETE", `secret/metadata/litellm/dev/keys/${key}`);
      await (await platform.stack(settings)).up({ color: "never", refresh: true });
      assert.equal((await stored("keys/salt"))?.["key"], legacy.salt);
      await up();
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
    });

    it("that is empty in Vault is refused", async () => {
      const salt = { ...(await stored("keys/salt")) };
      await platform.vault.write("secret", "litellm/dev/keys/salt", { ...salt, key: "" });
      await assert.rejects(up(), /the salt key at litellm\/dev\/keys\/salt in Vault is empty, must be put back/);
      await platform.vault.write("secret", "litellm/dev/keys/salt", salt);
      await up();
    });

    it("outlives the loss of the stack's whole state", async () => {
      const masterKey = outputs.masterKey;
      await platform.loseState(settings);
      await up();
      assert.equal((await stored("keys/salt"))?.["key"], legacy.salt);
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
      assert.equal(outputs.masterKey, masterKey);
    });

    it("is deleted with the stack only when asked, and can then be brought back", async () => {
      const unkept = { ...settings, "litellm-platform:retain": false };
      await up(unkept);
      await (await platform.stack(unkept)).destroy({ color: "never" });
      assert.equal(await stored("keys/salt"), undefined);
      let version = 0;
      await assert.rejects(up(unkept), (error: Error) => {
        const command = /vault kv undelete -mount=secret -versions=(\d+) litellm\/dev\/keys\/salt/.exec(error.message);
        assert.ok(command !== null, error.message);
        version = Number(command[1]);
        return true;
      });
      await platform.vault.restore("secret", "litellm/dev/keys/salt", version);
      await assert.rejects(up(unkept), /the master key was deleted in Vault\. Restore it with: vault kv undelete/);
      await platform.vault.restoreNewest("secret", "litellm/dev/keys/master");
      await up(unkept);
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
    });
  });

  describe("Vault", () => {
    const model = (settings_: StackSettings) => settings_["litellm-platform:models"] as { list: object[] };
    const policyPaths = async () => {
      const { data } = (await platform.vault.call("GET", "sys/policies/acl/litellm-dev")) as {
        data: { policy: string };
      };
      return [...data.policy.matchAll(/path "([^"]+)"/g)].map(([, path = ""]) => path);
    };

    async function statusOf(token: string, method: string, path: string): Promise<number> {
      const { status } = await fetch(`${platform.controlPlane.vaultAddress}/v1/${path}`, {
        method,
        headers: { "X-Vault-Token": token },
        ...(method === "POST" ? { body: JSON.stringify({ data: { key: "x" } }) } : {}),
      });
      return status;
    }

    /** The token reads the stack's own paths, and neither a neighbour's nor a list, and writes nothing. */
    async function assertNarrow(token: string): Promise<void> {
      await platform.vault.write("secret", "litellm/neighbour/keys/master", { key: "theirs" });
      for (const path of await policyPaths()) {
        assert.equal(await statusOf(token, "GET", path), 200, path);
        assert.equal(await statusOf(token, "POST", path), 403, path);
        assert.equal(await statusOf(token, "DELETE", path), 403, path);
      }
      for (const path of ["data/litellm/neighbour/keys/master", "metadata/litellm/dev/keys?list=true", "config"])
        assert.equal(await statusOf(token, "GET", `secret/${path}`), 403, path);
    }

    it("is read by an AppRole of the stack's own, whose secret id stands in a Secret", async () => {
      await platform.vault.call("POST", "sys/auth/approle", { type: "approle" });
      const byRole = part("vault", { auth: { method: "appRole" } });
      await up(byRole);
      assert.deepEqual((await platform.up(byRole, { expectNoChanges: true })).steps, []);
      const { spec } = await platform.cluster.read<{
        spec: { provider: { vault: { auth: { appRole: { roleId: string } } } } };
      }>("external-secrets.io/v1", "SecretStore", namespace, "litellm");
      const { secretId } = await platform.cluster.secret(namespace, "litellm-vault-login");
      const login = await fetch(`${platform.controlPlane.vaultAddress}/v1/auth/approle/login`, {
        method: "POST",
        body: JSON.stringify({ role_id: spec.provider.vault.auth.appRole.roleId, secret_id: secretId }),
      });
      assert.equal(login.status, 200);
      const { auth } = (await login.json()) as { auth: { client_token: string; lease_duration: number } };
      assert.equal(auth.lease_duration, 600);
      await assertNarrow(auth.client_token);
      await assertRefreshes("approle");
    });

    it("is read by a token that somebody keeps in a Secret", async () => {
      const { auth } = (await platform.vault.call("POST", "auth/token/create", { policies: ["litellm-dev"] })) as {
        auth: { client_token: string };
      };
      await platform.kubectl(
        ...["create", "secret", "generic", "vault-token", "-n", namespace],
        `--from-literal=token=${auth.client_token}`,
      );
      await up(part("vault", { auth: { method: "token", secretName: "vault-token" } }));
      await assertNarrow(auth.client_token);
      await assertRefreshes("token");
    });

    /** External Secrets really reads by this login: a new value arrives. */
    async function assertRefreshes(value: string): Promise<void> {
      await platform.vault.write("secret", "litellm/dev/providers/model-backend", { api_key: `sk-${value}` });
      const auth = value === "token" ? { method: "token", secretName: "vault-token" } : { method: "appRole" };
      await up(part("vault", { auth }));
      const secrets = (await platform.names("secret")).filter((name) => name.includes("litellm-providers-"));
      const found = await Promise.all(
        secrets.map((name) => platform.cluster.secret(namespace, name.slice("secret/".length))),
      );
      assert.ok(found.some(({ MODEL_BACKEND_API_KEY: key }) => key === `sk-${value}`));
    }

    it("gets its secrets engine from the stack, which ends its first up with what must be put there", async () => {
      const managed = part("vault", { mount: "gateways", engine: "managed", path: "litellm/managed" });
      assert.ok(model(managed).list.length > 0);
      await (await platform.stack(managed)).preview({ color: "never" });
      await assert.rejects(up(managed), (error: Error) => {
        assert.match(error.message, /the secrets engine is made first\. Then put there what it must hold/);
        assert.match(
          error.message,
          /vault kv put -mount=gateways litellm\/managed\/providers\/model-backend api_key=-/,
        );
        return true;
      });
      await platform.vault.write("gateways", "litellm/managed/providers/model-backend", { api_key: "sk-managed" });
      await up(managed);
      assert.equal((await platform.vault.read("gateways", "litellm/managed/keys/salt"))?.["key"], legacy.salt);
      assert.deepEqual((await platform.up(managed, { expectNoChanges: true })).steps, []);

      // A destroy leaves the engine, and what is made again takes it over.
      await (await platform.stack(managed)).destroy({ color: "never" });
      const steps = await up(managed);
      assert.ok(steps.includes("import vault:index/mount:Mount litellm-secrets-engine"), steps.join("\n"));
      assert.equal((await deployedKeys())["LITELLM_SALT_KEY"], legacy.salt);
      assert.deepEqual((await platform.up(managed, { expectNoChanges: true })).steps, []);
    });
  });
});
