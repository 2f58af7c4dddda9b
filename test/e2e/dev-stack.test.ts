import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../local/api-server.ts";
import { projectDirectory } from "../../local/paths.ts";
import { changed } from "../../local/stack-settings.ts";
import type { DeployedOutputs, Runtime } from "../../local/runtime.ts";
import { run } from "../../local/services/run.ts";
import { mustPsql, psql } from "../../local/services/psql.ts";
import { assertCached, withRedis } from "./support/checks.ts";
import { GatewayClient } from "./support/gateway-client.ts";
import { killedOnce } from "./support/killed.ts";
import { LocalPlatform } from "./support/local-platform.ts";
import { refusals } from "./support/refusals.ts";
import { assertNowhere, secretValues } from "./support/secret-search.ts";

const namespace = "litellm-dev";
const minute = 60_000;

/** The life of a dev stack on the embedded control plane, told in order: each test begins where the last one ended. */
describe("the dev stack on the embedded control plane", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  let outputs: DeployedOutputs;
  let runtime: Runtime;
  let client: GatewayClient;
  /** Everything that the engine printed. */
  let printed = "";

  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true });
  });
  after(async () => {
    await platform.stop();
  });

  async function up(settings = platform.settings): Promise<readonly string[]> {
    const report = await platform.up(settings);
    printed += report.output;
    outputs = report.outputs;
    return report.steps;
  }

  async function serve(): Promise<void> {
    runtime = await platform.serve(outputs);
    client = new GatewayClient(runtime.gateway.url, outputs.masterKey);
  }

  const withModel = (model: object) =>
    changed(platform.settings, "litellm-platform:models", (models) => ({
      ...models,
      list: [...(models["list"] as object[]), model],
    }));

  describe("before anything is registered", () => {
    it("refuses a wrong configuration with every problem at once", async () => {
      const wrong = changed(
        changed(platform.settings, "litellm-platform:gateway", (gateway) => ({ ...gateway, hst: "x" })),
        "litellm-platform:cache",
        (cache) => ({ ...cache, keyPrefix: "litellm:*" }),
      );
      await assert.rejects(platform.up(wrong), (error: Error) => {
        assert.match(error.message, /The configuration has 2 problems:/);
        assert.match(error.message, /gateway\.hst: unknown key, did you mean host\?/);
        assert.match(error.message, /cache\.keyPrefix: must be /);
        return true;
      });
      assert.deepEqual(await platform.names(`namespace/${namespace}`), []);
    });

    it("names a key that is not in Vault, with the command that puts it there", async () => {
      const model = { model_name: "claude", litellm_params: { model: "anthropic/claude-sonnet-4-5" } };
      await assert.rejects(
        platform.up(withModel(model)),
        /vault kv put -mount=secret litellm\/dev\/providers\/anthropic api_key=-/,
      );
      assert.deepEqual(await platform.names(`namespace/${namespace}`), []);
    });

    it("finds at preview what the API server refuses", async () => {
      // A label value that the program lets through and the API server refuses.
      const label = changed(platform.settings, "litellm-platform:namespace", (part) => ({
        ...part,
        labels: { "a/b/c": "x" },
      }));
      await assert.rejects((await platform.stack(label)).preview());
    });
  });

  describe("up", () => {
    it("stands the stack up", async () => {
      const steps = await up();
      const created = steps.filter((step) => step.startsWith("create "));
      assert.deepEqual(
        steps.filter((step) => !step.startsWith("create ")),
        [],
      );
      assert.equal(created.filter((step) => step.includes("ExternalSecret")).length, 7);
      const deployment = await platform.cluster.read<{ status: { readyReplicas: number } }>(
        "apps/v1",
        "Deployment",
        namespace,
        "litellm",
      );
      assert.equal(deployment.status.readyReplicas, 1);
    });

    it("is what npx pulumi goes on with, led by the file that npm start leaves", async () => {
      const shell = await platform.commandLine();
      const script = `. '${shell}' && npx pulumi preview --expect-no-changes && kubectl get pods -n ${namespace} -o name`;
      const { code, stdout, stderr } = await run("sh", ["-c", script], { cwd: projectDirectory, timeoutSeconds: 300 });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /\d+ unchanged/);
      assert.match(stdout, /^pod\/litellm-/m);
      assert.equal(statSync(shell).mode & 0o777, 0o600);
      printed += stdout + stderr + readFileSync(shell, "utf8");
    });

    it("changes nothing when run again", async () => {
      const { steps } = await platform.up(platform.settings, { expectNoChanges: true });
      assert.deepEqual(steps, []);
    });

    it("runs a migration again that has failed, once the cause is repaired", async () => {
      const jobs = () => platform.names("job");
      const before = await jobs();
      const elsewhere = changed(platform.settings, "litellm-platform:gateway", (gateway) => ({
        ...gateway,
        nodeSelector: { "kubernetes.io/os": "linux" },
      }));
      const nodes = (await platform.kubectl("get", "node", "-o", "name")).trim().split("\n");
      // No pod finds a place, until the migration's time is over.
      for (const node of nodes) await platform.kubectl("cordon", node);
      const failed = assert.rejects(up(elsewhere), /DeadlineExceeded/);
      const made = async () => (await jobs()).filter((one) => !before.includes(one));
      await until("there is a new migration", async () => (await made()).length > 0);
      const [job = ""] = await made();
      await platform.kubectl("patch", job, "-n", namespace, "-p", '{"spec":{"activeDeadlineSeconds":1}}');
      await failed;
      for (const node of nodes) await platform.kubectl("uncordon", node);
      const migration = (await up(elsewhere)).filter((step) => step.endsWith(" litellm-gateway-migration"));
      assert.ok(migration.some((step) => step.startsWith("replace ")));
      assert.deepEqual(await jobs(), [job]);
      await up();
    });
  });

  describe("LiteLLM, started from the deployed objects", () => {
    before(serve);

    it("is ready and answers with the master key through the provider's key from Vault", async () => {
      assert.equal((await client.get("/health/readiness")).status, 200);
      assert.equal(await client.answer("hello"), "echo-1 heard: hello");
    });

    it("streams, embeds and lists the models", async () => {
      const stream = await client.chat("flow", { stream: true });
      assert.match(await stream.text(), /data: \[DONE\]/);
      const embedding = await client.post("/v1/embeddings", { model: "echo-embedding", input: "hello" });
      const { data } = (await embedding.json()) as { data: { embedding: number[] }[] };
      assert.ok((data[0]?.embedding.length ?? 0) > 0);
      const { data: models } = (await (await client.get("/v1/models")).json()) as { data: { id: string }[] };
      assert.deepEqual(models.map(({ id }) => id).sort(), outputs.models);
    });

    it("refuses a wrong key and none", async () => {
      // Without its database LiteLLM cannot look a key up, and says so with 400.
      const refused = runtime.database ? 401 : 400;
      const wrong = new GatewayClient(runtime.gateway.url, `sk-${"0".repeat(32)}`);
      assert.equal((await wrong.chat("hello")).status, refused);
      assert.equal((await fetch(`${runtime.gateway.url}/v1/models`)).status, 401);
    });

    it("answers a repeated request from Redis, under the program's prefix, with nothing denied", async () => {
      assert.ok(outputs.cache !== null);
      await assertCached(runtime, client, outputs.cache.keyPrefix);
    });

    it("reaches no key of a neighbour and no administrative command as the proxy's user", async () => {
      const password = (await platform.cluster.secret(namespace, "litellm-cache-user-v1"))["REDIS_PASSWORD"] ?? "";
      const asProxy = { ...runtime, inspector: { username: "litellm", password } };
      await withRedis(asProxy, async (redis) => {
        await redis.command("SET", "litellm:own", "1");
        for (const words of [
          ["GET", "neighbour:key"],
          ["SET", "litellm.caching:key", "1"],
          ["CONFIG", "GET", "*"],
          ["FLUSHALL"],
          ["PUBLISH", "neighbour", "x"],
        ]) {
          await assert.rejects(redis.command(...words), /NOPERM/, words.join(" "));
        }
      });
      await withRedis(runtime, async (redis) => {
        await redis.command("DEL", "litellm:own");
        await redis.command("ACL", "LOG", "RESET");
      });
    });
  });

  describe("the database, as the program declares it", () => {
    it("takes every migration from a role that owns it and may do nothing else", async () => {
      assert.ok(runtime.migrations.applied + runtime.migrations.present > 200);
      const secret = await platform.cluster.secret(namespace, "litellm-db-owner");
      const login = { user: secret["username"] ?? "", password: secret["password"] ?? "", database: "litellm" };
      const rights = await mustPsql(
        "read the role",
        runtime.postgres,
        login,
        "select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = current_user;",
      );
      assert.match(rights, /f\|f\|f\|f\|f/);
      const tables = await mustPsql(
        "count tables",
        runtime.postgres,
        login,
        "select count(*) > 50 and bool_and(tableowner = current_user) from pg_tables where schemaname = 'public';",
      );
      assert.match(tables, /t/);
      for (const forbidden of ["create role other;", "create database other;", "copy (select 1) to '/tmp/x';"]) {
        const result = await psql(runtime.postgres, login, forbidden);
        assert.notEqual(result.code, 0, forbidden);
      }
    });
  });

  describe("Vault", () => {
    it("lets the stack's account read its own paths and nothing more", async () => {
      const login = async (account: string, audience: string) => {
        const jwt = (
          await platform.kubectl("create", "token", account, "-n", namespace, "--audience", audience)
        ).trim();
        return fetch(`${platform.controlPlane.vaultAddress}/v1/auth/kubernetes/login`, {
          method: "POST",
          body: JSON.stringify({ role: "litellm-dev", jwt }),
        });
      };
      assert.notEqual((await login("litellm", "vault")).status, 200);
      assert.notEqual((await login("litellm-vault", "https://kubernetes.default.svc")).status, 200);
      const accepted = await login("litellm-vault", "vault");
      assert.equal(accepted.status, 200);
      const { auth } = (await accepted.json()) as { auth: { client_token: string } };
      const ask = (method: string, path: string) =>
        fetch(`${platform.controlPlane.vaultAddress}/v1/secret/${path}`, {
          method,
          headers: { "X-Vault-Token": auth.client_token },
          ...(method === "POST" ? { body: JSON.stringify({ data: { key: "x" } }) } : {}),
        }).then(({ status }) => status);
      await platform.vault.write("secret", "litellm/neighbour/keys/master", { key: "theirs" });
      assert.equal(await ask("GET", "data/litellm/dev/keys/master"), 200);
      assert.equal(await ask("GET", "data/litellm/neighbour/keys/master"), 403);
      assert.equal(await ask("POST", "data/litellm/dev/keys/master"), 403);
      assert.equal(await ask("GET", "metadata/litellm/dev/keys?list=true"), 403);
    });
  });

  describe("a change", () => {
    it("of the models changes the ConfigMap and rolls the Deployment, and nothing else", async () => {
      const model = {
        model_name: "llama",
        litellm_params: { model: "hosted_vllm/llama", api_base: "http://llama.models.svc/v1" },
      };
      assert.deepEqual(await up(withModel(model)), [
        ...replaced("kubernetes:core/v1:ConfigMap litellm-gateway-config"),
        "update kubernetes:helm.sh/v3:Release litellm-gateway",
      ]);
      assert.deepEqual(outputs.models, ["echo", "echo-embedding", "llama"]);
      await serve();
      assert.ok(runtime.gateway.changed);
      assert.deepEqual(await up(), [
        ...replaced("kubernetes:core/v1:ConfigMap litellm-gateway-config"),
        "update kubernetes:helm.sh/v3:Release litellm-gateway",
      ]);
    });

    it("of a provider's key in Vault reaches the Secret and rolls the pods at the next up", async () => {
      const before = await rolledTo();
      platform.backendKey = "sk-another-key-of-the-model-server";
      await platform.vault.write("secret", "litellm/dev/providers/model-backend", { api_key: platform.backendKey });
      assert.deepEqual(await up(), [
        ...replaced("kubernetes:external-secrets.io/v1:ExternalSecret litellm-providers"),
        "update kubernetes:helm.sh/v3:Release litellm-gateway",
      ]);
      assert.notEqual(await rolledTo(), before);
      const secrets = (await platform.names("secret")).filter((name) => name.includes("litellm-providers-"));
      assert.equal(secrets.length, 1, "the old Secret is gone");
      await serve();
      assert.equal(await client.answer("new key"), "echo-1 heard: new key");
    });

    it("of the master key's version rotates the key, voids the old one and leaves the salt key alone", async () => {
      const salt = (await platform.vault.read("secret", "litellm/dev/keys/salt"))?.["key"];
      const old = outputs.masterKey;
      const rotate = (version: number) =>
        changed(platform.settings, "litellm-platform:keys", (keys) => ({ ...keys, master: { version } }));
      const steps = await up(rotate(2));
      assert.deepEqual(
        steps,
        [
          ...replaced("kubernetes:external-secrets.io/v1:ExternalSecret litellm-keys-secret"),
          ...replaced("random:index/randomPassword:RandomPassword litellm-keys-master"),
          "update kubernetes:helm.sh/v3:Release litellm-gateway",
          "update vault:kv/secretV2:SecretV2 litellm-keys-master-vault",
        ].sort(),
      );
      assert.match(outputs.masterKey, /^sk-[A-Za-z0-9]{32}$/);
      assert.notEqual(outputs.masterKey, old);
      assert.equal((await platform.cluster.secret(namespace, "litellm-keys-v2-1"))["LITELLM_SALT_KEY"], salt);
      await serve();
      assert.equal(await client.answer("rotated"), "echo-1 heard: rotated");
      assert.notEqual((await new GatewayClient(runtime.gateway.url, old).chat("old")).status, 200);
      assert.deepEqual((await platform.up(rotate(2), { expectNoChanges: true })).steps, []);
      await assert.rejects(up(), /keys\.master\.version: 1 is lower than that of the key in Vault/);
      // The tests that follow go on with version 1, which is what Vault says it is.
      await platform.vault.write("secret", "litellm/dev/keys/master", { key: outputs.masterKey, version: "1" });
      await up();
      await serve();
    });

    /** The steps of an object whose name follows its content: the new one is made before the old one goes. */
    function replaced(resource: string): string[] {
      return ["create-replacement", "delete-replaced", "replace"].map((step) => `${step} ${resource}`);
    }

    /** What the Deployment has rolled to. */
    async function rolledTo(): Promise<string> {
      const deployment = await platform.cluster.read<{ metadata: { generation: number }; spec: { template: unknown } }>(
        "apps/v1",
        "Deployment",
        namespace,
        "litellm",
      );
      return JSON.stringify(deployment.spec.template);
    }
  });

  describe("secrets", () => {
    it("stand in clear text in no state, object, log, argument or printed line", async () => {
      await assertNowhere(await secretValues(platform, outputs), { platform, printed });
    });
  });

  describe("the pairing of ACL and cache namespace that is found in the field", () => {
    it("looks healthy from outside, and fails the very check that the program's own passes", async () => {
      const prefixed = changed(platform.settings, "litellm-platform:cache", (cache) => ({
        ...cache,
        keyPrefix: "litellm.caching",
      }));
      await up(prefixed);
      runtime = await platform.serve(outputs, (acl) => acl.replaceAll("litellm.caching:*", "litellm:*"));
      client = new GatewayClient(runtime.gateway.url, outputs.masterKey);
      assert.equal(await client.answer("looks fine"), "echo-1 heard: looks fine");
      assert.equal((await client.get("/health/readiness")).status, 200);
      await assert.rejects(assertCached(runtime, client, "litellm.caching"), /Redis has \d+ keys and not the answer's/);
      await withRedis(runtime, async (redis) => {
        assert.notDeepEqual(await refusals(redis), []);
      });
      // And with its own pattern the other prefix works as well.
      await serve();
      await assertCached(runtime, client, "litellm.caching");
      await up();
    });
  });

  describe("destroy", () => {
    let salt: string | undefined;

    it("keeps database, keys and Vault's data, and removes the rest", async () => {
      salt = (await platform.vault.read("secret", "litellm/dev/keys/salt"))?.["key"];
      assert.ok(salt !== undefined && salt.length >= 32);
      const stack = await platform.stack();
      await stack.destroy({ color: "never", onOutput: (text) => (printed += text) });
      assert.deepEqual(await platform.names("deployment,dragonfly,job,secretstore"), []);
      assert.deepEqual(await platform.names("cluster"), ["cluster.postgresql.cnpg.io/litellm-db"]);
      assert.ok((await platform.names("secret")).includes("secret/litellm-db-owner"));
      assert.equal((await platform.vault.read("secret", "litellm/dev/keys/salt"))?.["key"], salt);
    });

    it("is followed by an up that was killed twice, and one that repairs it with the same keys", async () => {
      const { masterKey } = outputs;
      await killedUp(async () => (await platform.names("secretstore")).length > 0);
      await (await platform.stack()).cancel();
      await killedUp(async () => (await platform.names("deployment")).length > 0);
      await (await platform.stack()).cancel();
      await up();
      assert.equal(outputs.masterKey, masterKey);
      assert.equal((await platform.vault.read("secret", "litellm/dev/keys/salt"))?.["key"], salt);
      assert.equal((await platform.cluster.secret(namespace, "litellm-keys-v1-1"))["LITELLM_SALT_KEY"], salt);
      await platform.up(platform.settings, { expectNoChanges: true });
      await serve();
      assert.equal(await client.answer("still here"), "echo-1 heard: still here");
      assert.equal(runtime.migrations.applied, 0);
    });

    /** An `up` that is killed, engine and all, once something is there. */
    function killedUp(isTime: () => Promise<boolean>): Promise<void> {
      return killedOnce(
        { command: process.execPath, args: [join(import.meta.dirname, "support", "up-child.ts")] },
        isTime,
      );
    }
  });
});
