import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, parseAllDocuments, stringify } from "yaml";
import { aclLine } from "../../litellm/data/acl.ts";
import { projectDirectory } from "../../local/paths.ts";
import { changed } from "../../local/stack-settings.ts";
import { caBundle } from "../support/change.ts";
import { CacheLab, inspect, newPassword, sha256 } from "./support/cache-lab.ts";
import { assertCached } from "./support/checks.ts";
import { GatewayClient } from "./support/gateway-client.ts";
import { LocalPlatform } from "./support/local-platform.ts";

const namespace = "litellm-dev";
const minute = 60_000;

interface DragonflyObject {
  readonly spec: {
    readonly args: readonly string[];
    readonly aclFromSecret: { readonly name: string; readonly key: string };
    readonly snapshot?: object;
    readonly env?: readonly { readonly name: string }[];
  };
}

/** Every mode of the cache on the real API server with strict validation, one after another on the same stack. */
describe("the cache's objects on the embedded control plane", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  const lab = new CacheLab();
  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true });
  });
  after(async () => {
    await lab.stop();
    await platform.stop();
  });

  /** The dev stack with another cache. */
  const withCache = (cache: object) => changed(platform.settings, "litellm-platform:cache", () => ({ ...cache }));

  const dragonfly = () =>
    platform.cluster.read<DragonflyObject>("dragonflydb.io/v1alpha1", "Dragonfly", namespace, "litellm-cache");

  const small = { resources: { cpu: "250m", memory: "512Mi" }, responses: { mode: "default_on" } };

  describe("of an own Dragonfly", () => {
    it("has snapshots on a volume", async () => {
      await platform.up(withCache({ ...small, persistence: { kind: "volume", size: "1Gi" } }));
      const { spec } = await dragonfly();
      assert.deepEqual(spec.args, ["--proactor_threads=1", "--maxmemory=384mb", "--dbfilename=dump"]);
      assert.deepEqual(spec.snapshot, {
        cron: "*/15 * * * *",
        persistentVolumeClaimSpec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      });
    });

    it("has snapshots in a bucket, with the login that people put into Vault", async () => {
      const settings = withCache({
        ...small,
        persistence: { kind: "s3", bucket: "snapshots", endpoint: "http://minio.storage.svc:9000" },
      });
      await assert.rejects(platform.up(settings), /vault kv put -mount=secret litellm\/dev\/cache-snapshots -/);
      await platform.vault.write("secret", "litellm/dev/cache-snapshots", {
        access_key_id: "snapshots",
        secret_access_key: "of-the-bucket",
      });
      const { steps } = await platform.up(settings);
      // A StatefulSet cannot be given other volumes, so the operator must begin anew.
      assert.deepEqual(
        steps.filter((step) => step.startsWith("replace ")),
        ["replace kubernetes:dragonflydb.io/v1alpha1:Dragonfly litellm-cache"],
      );
      assert.deepEqual(
        (await dragonfly()).spec.env?.map(({ name }) => name),
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"],
      );
      assert.deepEqual(await platform.cluster.secret(namespace, "litellm-cache-snapshots-v1"), {
        access_key_id: "snapshots",
        secret_access_key: "of-the-bucket",
      });
    });
  });

  describe("a rotated password", () => {
    const passwordOf = async (secret: string) =>
      (await platform.cluster.secret(namespace, secret))["REDIS_PASSWORD"] ?? "";

    it("rolls the pods of Dragonfly and proxy onto new Secrets, and the old one lets nobody in", async () => {
      let { outputs } = await platform.up(withCache(small));
      let runtime = await platform.serve(outputs);
      await assertCached(runtime, new GatewayClient(runtime.gateway.url, outputs.masterKey), "litellm");
      const before = { password: await passwordOf("litellm-cache-user-v1"), dragonfly: await dragonfly() };

      const rotated = withCache({ ...small, password: { version: 2 } });
      const report = await platform.up(rotated);
      assert.deepEqual(
        report.steps.filter((step) => !/^(create-replacement|delete-replaced) /.test(step)),
        [
          "replace kubernetes:external-secrets.io/v1:ExternalSecret litellm-cache-acl",
          "replace kubernetes:external-secrets.io/v1:ExternalSecret litellm-cache-user",
          "replace random:index/randomPassword:RandomPassword litellm-cache-password",
          "update kubernetes:dragonflydb.io/v1alpha1:Dragonfly litellm-cache",
          "update kubernetes:helm.sh/v3:Release litellm-gateway",
          "update vault:kv/secretV2:SecretV2 litellm-cache-vault",
        ],
      );
      outputs = report.outputs;
      const after = { password: await passwordOf("litellm-cache-user-v2"), dragonfly: await dragonfly() };
      assert.notEqual(after.password, before.password);
      assert.notEqual(after.dragonfly.spec.aclFromSecret.name, before.dragonfly.spec.aclFromSecret.name);
      const { name, key } = after.dragonfly.spec.aclFromSecret;
      const acl = (await platform.cluster.secret(namespace, name))[key] ?? "";
      assert.ok(acl.includes(` #${sha256(after.password)} `) && !acl.includes(after.password));

      runtime = await platform.serve(outputs);
      assert.ok(runtime.gateway.changed && runtime.redis.changed);
      await assertCached(runtime, new GatewayClient(runtime.gateway.url, outputs.masterKey), "litellm");
      const old = { username: "litellm", password: before.password };
      await assert.rejects(
        inspect(runtime.redis, (redis) => redis.command("PING"), old),
        /WRONGPASS/,
      );
      assert.deepEqual((await platform.up(rotated, { expectNoChanges: true })).steps, []);
      const names = await platform.names("secret");
      assert.ok(!names.includes("secret/litellm-cache-user-v1"));
    });
  });

  describe("of a shared Dragonfly", () => {
    const neighbour = { username: "neighbour", password: newPassword() };
    const settings = () =>
      withCache({ mode: "shared", name: "dragonfly", namespace: "cache", keyPrefix: "dev", username: "dev" });
    const file = async () => (await platform.cluster.secret("cache", "dragonfly-acl"))["acl.conf"] ?? "";

    async function apply(objects: readonly object[]): Promise<void> {
      const path = join(lab.directory, "objects.yaml");
      writeFileSync(path, objects.map((object) => stringify(object)).join("---\n"));
      await platform.kubectl("apply", "-f", path);
    }

    /** External Secrets reads the lines again when it is told to, and else once a minute. */
    async function gathered(enough: (text: string) => boolean): Promise<string> {
      await platform.kubectl(
        ...["annotate", "externalsecret", "dragonfly-acl", "-n", "cache", "--overwrite"],
        `force-sync=${newPassword()}`,
      );
      for (let attempt = 0; attempt < 60; attempt++) {
        const text = await file().catch(() => "");
        if (enough(text)) return text;
        await sleep(500);
      }
      throw new Error(`External Secrets has not gathered the lines; there is: ${await file().catch(String)}`);
    }

    before("set up the owner's side, as the documentation has it, and another tenant", async () => {
      const { apiServer: url, kubeconfig } = platform.controlPlane;
      const { clusters } = parse(readFileSync(kubeconfig, "utf8")) as {
        clusters: { cluster: { "certificate-authority-data": string } }[];
      };
      const documents = parseAllDocuments(
        readFileSync(join(projectDirectory, "docs", "shared-dragonfly.yaml"), "utf8"),
      ).map(
        (document) => document.toJS() as { kind: string; spec?: { provider?: { kubernetes: { server: object } } } },
      );
      const store = documents.find(({ kind }) => kind === "SecretStore")?.spec?.provider?.kubernetes;
      assert.ok(store !== undefined);
      // External Secrets runs outside of the cluster here, where its Service has no address.
      store.server = { url, caBundle: clusters[0]?.cluster["certificate-authority-data"] };
      const line = aclLine({
        username: neighbour.username,
        passwordHash: sha256(neighbour.password),
        keyPrefix: "neighbour",
      });
      await apply([
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "cache" } },
        {
          ...{ apiVersion: "v1", kind: "Secret" },
          metadata: { name: "dragonfly-default", namespace: "cache" },
          stringData: { password: newPassword() },
        },
        {
          ...{ apiVersion: "v1", kind: "Secret" },
          metadata: {
            name: "dragonfly-acl-neighbour",
            namespace: "cache",
            labels: { "litellm-platform/dragonfly-acl": "dragonfly" },
          },
          stringData: { line },
        },
        ...documents,
      ]);
      await gathered((text) => text.includes("user neighbour on "));
    });

    it("owns one Secret with its line there, from which the owner's file is gathered", async () => {
      const { outputs } = await platform.up(settings());
      assert.deepEqual(outputs.cache, { host: "dragonfly.cache.svc", port: 6379, keyPrefix: "dev" });
      assert.deepEqual(await platform.names("dragonfly"), []);
      const text = await gathered((all) => all.includes("user dev on "));
      assert.deepEqual(
        text.split("\n").map((line) => line.split(" ").slice(0, 3).join(" ")),
        ["user default on", "user dev on", "user neighbour on", ""].sort((a, b) => (a === "" ? 1 : b === "" ? -1 : 0)),
      );
    });

    it("can use it beside the other tenant, each within its own keys", async () => {
      const server = await lab.redis("shared", await file());
      const password = (await platform.cluster.secret(namespace, "litellm-cache-user-v1"))["REDIS_PASSWORD"] ?? "";
      for (const [login, own, other] of [
        [{ username: "dev", password }, "dev:a", "neighbour:a"],
        [neighbour, "neighbour:a", "dev:a"],
      ] as const) {
        await inspect(
          server,
          async (redis) => {
            assert.equal(await redis.command("SET", own, "1"), "OK");
            await assert.rejects(redis.command("GET", other), /NOPERM/);
          },
          login,
        );
      }
    });

    it("leaves with its line alone", async () => {
      const neighbours = (await file()).split("\n").find((line) => line.startsWith("user neighbour "));
      await platform.up(withCache(small));
      const text = await gathered((all) => !all.includes("user dev on "));
      assert.equal(
        text.split("\n").find((line) => line.startsWith("user neighbour ")),
        neighbours,
      );
      assert.deepEqual(await platform.names("dragonfly"), ["dragonfly.dragonflydb.io/litellm-cache"]);
    });
  });

  describe("of a server that is somebody else's", () => {
    it("are the proxy's variables and its password from Vault, and a file with the CA", async () => {
      const settings = withCache({
        mode: "external",
        server: { kind: "single", host: "redis.example.com" },
        password: { vaultPath: "teams/redis" },
        tls: { caBundle },
        responses: { s3: { bucket: "responses" } },
      });
      await assert.rejects(platform.up(settings), (error: Error) => {
        for (const words of ["teams/redis password=-", "litellm/dev/responses -"])
          assert.ok(error.message.includes(`vault kv put -mount=secret ${words}`), words);
        return true;
      });
      await platform.vault.write("secret", "teams/redis", { password: "theirs" });
      await platform.vault.write("secret", "litellm/dev/responses", { access_key_id: "a", secret_access_key: "b" });
      await platform.up(settings);
      assert.deepEqual(await platform.names("dragonfly"), []);
      const { spec } = await platform.cluster.read<{
        spec: { template: { spec: { containers: { env: object[]; volumeMounts: { mountPath: string }[] }[] } } };
      }>("apps/v1", "Deployment", namespace, "litellm");
      const [container] = spec.template.spec.containers;
      assert.ok(container !== undefined);
      assert.ok(
        container.env.some((entry) => JSON.stringify(entry) === '{"name":"REDIS_HOST","value":"redis.example.com"}'),
      );
      assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === "/etc/litellm-ca"));
      const given = (await platform.names("secret")).filter((name) => name.includes("litellm-providers-"));
      assert.equal(given.length, 1);
      const values = await platform.cluster.secret(namespace, (given[0] ?? "").slice("secret/".length));
      assert.equal(values["REDIS_PASSWORD"], "theirs");
      assert.equal(values["RESPONSE_CACHE_S3_SECRET_ACCESS_KEY"], "b");
    });
  });

  describe("of none", () => {
    it("are none", async () => {
      const { outputs } = await platform.up(withCache({ mode: "none", responses: { mode: "off" } }));
      assert.equal(outputs.cache, null);
      assert.deepEqual(await platform.names("dragonfly"), []);
      assert.ok(!(await platform.names("externalsecret")).some((name) => name.includes("cache")));
    });
  });
});
