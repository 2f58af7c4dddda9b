import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { preflightProblems } from "../../../program/preflight.ts";
import { aclLine } from "../../../litellm/data/acl.ts";
import { validConfig } from "../../support/configs.ts";
import { recordPlatform, vaultWithProviderKeys } from "../../support/platform.ts";
import type { Registration } from "../../support/recorder.ts";
import { having } from "../../support/change.ts";
import { find, inputsOf, titles, written } from "../../support/registrations.ts";
import { allPaths, clusterPaths } from "../../support/secrets.ts";
import { missingBucketMessage, missingMessage } from "../../support/missing.ts";

const configOf = (cache: object) => validConfig(having({ cache }));

/** What a platform registers below the cache's component. */
async function parts(cache: object): Promise<readonly Registration[]> {
  const registered = await recordPlatform(configOf(cache));
  return registered.filter(({ parent, name }) => parent === "litellm-cache" && name.startsWith("litellm-cache"));
}

const external = {
  mode: "external",
  server: { kind: "single", host: "redis.example.com" },
  password: { vaultPath: "teams/redis" },
};

describe("an own Dragonfly", () => {
  async function spec(cache: object): Promise<Record<string, unknown>> {
    const registered = await recordPlatform(configOf(cache));
    return inputsOf(find(registered, "Dragonfly", "litellm-cache"))["spec"] as Record<string, unknown>;
  }

  it("is given threads and memory that fit its limit, and keeps nothing unless it is told to", async () => {
    const { args, resources, snapshot, env } = await spec({ threads: 2 });
    assert.deepEqual(args, ["--proactor_threads=2", "--maxmemory=768mb", "--dbfilename="]);
    assert.deepEqual(resources, {
      requests: { cpu: "500m", memory: "1Gi" },
      limits: { cpu: "500m", memory: "1Gi" },
    });
    assert.deepEqual([snapshot, env], [undefined, undefined]);
  });

  it("writes snapshots to a volume", async () => {
    const { args, snapshot } = await spec({
      persistence: { kind: "volume", size: "2Gi", storageClass: "fast", schedule: "0 * * * *" },
    });
    assert.deepEqual(args, ["--proactor_threads=1", "--maxmemory=768mb", "--dbfilename=dump"]);
    assert.deepEqual(snapshot, {
      cron: "0 * * * *",
      persistentVolumeClaimSpec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "fast",
        resources: { requests: { storage: "2Gi" } },
      },
    });
  });

  it("writes snapshots to a bucket, with a login from Vault", async () => {
    const cache = {
      persistence: { kind: "s3", bucket: "snapshots", endpoint: "http://minio.storage.svc:9000", region: "eu-1" },
    };
    const { args, snapshot, env } = await spec(cache);
    assert.deepEqual(args, [
      "--proactor_threads=1",
      "--maxmemory=768mb",
      "--dbfilename=dump",
      "--s3_endpoint=minio.storage.svc:9000",
      "--s3_use_https=false",
    ]);
    assert.deepEqual(snapshot, { cron: "*/15 * * * *", dir: "s3://snapshots/test", enableOnMasterOnly: true });
    const key = (name: string) => ({ secretKeyRef: { name: "litellm-cache-snapshots-v1", key: name } });
    assert.deepEqual(env, [
      { name: "AWS_ACCESS_KEY_ID", valueFrom: key("access_key_id") },
      { name: "AWS_SECRET_ACCESS_KEY", valueFrom: key("secret_access_key") },
      { name: "AWS_REGION", value: "eu-1" },
    ]);
    const registered = await recordPlatform(configOf(cache));
    const dragonfly = find(registered, "Dragonfly", "litellm-cache");
    assert.ok(dragonfly.dependsOn.includes("litellm-cache-snapshots"));
    assert.ok(clusterPaths(configOf(cache)).includes("litellm/test/cache-snapshots"));
  });

  it("is reached by TLS's port when the bucket's URL says so", async () => {
    const { args } = await spec({
      persistence: { kind: "s3", bucket: "snapshots", endpoint: "https://s3.example.com" },
    });
    assert.deepEqual((args as string[]).slice(3), ["--s3_endpoint=s3.example.com", "--s3_use_https=true"]);
  });

  it("rolls its pods when the login in Vault changes", async () => {
    const { annotations } = await spec({});
    assert.deepEqual(annotations, { "litellm-platform/secret-versions": "cache=1" });
  });
});

describe("the password of the proxy's user", () => {
  const kept = { "litellm/test/cache": { username: "litellm", password: "old", defaultPassword: "operator" } };
  async function recorded(version: number, vault = kept): Promise<readonly Registration[]> {
    const config = configOf({ password: { version } });
    const stored = new Map(vaultWithProviderKeys(config));
    stored.set("litellm/test/cache", { version: 1, properties: ["password"], deleted: false });
    return recordPlatform(config, stored, vault);
  }

  it("stays while its version does, also what was written before there were versions", async () => {
    const registered = await recorded(1);
    assert.equal(written(registered, "litellm-cache-vault")["password"], "old");
    const generator = inputsOf(find(registered, "RandomPassword", "litellm-cache-password"));
    assert.deepEqual(generator["keepers"], { version: "1" });
  });

  it("is a new one with a higher version, and the default user's stays", async () => {
    const registered = await recorded(2);
    assert.deepEqual(written(registered, "litellm-cache-vault"), {
      username: "litellm",
      password: "generated(litellm-cache-password)",
      version: "2",
      defaultPassword: "operator",
    });
    const generator = inputsOf(find(registered, "RandomPassword", "litellm-cache-password"));
    assert.deepEqual(generator["keepers"], { version: "2" });
    const { metadata } = inputsOf(find(registered, "ExternalSecret", "litellm-cache-user")) as {
      metadata: { name: string };
    };
    assert.equal(metadata.name, "litellm-cache-user-v2");
  });

  it("once rotated stays as well", async () => {
    const rotated = { "litellm/test/cache": { ...kept["litellm/test/cache"], password: "second", version: "2" } };
    assert.equal(written(await recorded(2, rotated), "litellm-cache-vault")["password"], "second");
  });
});

describe("a shared Dragonfly", () => {
  const cache = { mode: "shared", name: "dragonfly", namespace: "cache", keyPrefix: "ai", username: "ai" };

  it("gets one Secret with our user's line, and no password", async () => {
    const registered = await recordPlatform(configOf(cache));
    assert.deepEqual(titles(await parts(cache)), [
      "ExternalSecret litellm-cache-user",
      "RandomPassword litellm-cache-password",
      "Secret litellm-cache-line",
      "SecretV2 litellm-cache-vault",
    ]);
    const { metadata, stringData } = inputsOf(find(registered, "Secret", "litellm-cache-line"));
    assert.deepEqual(metadata, {
      name: "dragonfly-acl-litellm-test",
      namespace: "cache",
      labels: {
        "app.kubernetes.io/part-of": "litellm-platform",
        "app.kubernetes.io/managed-by": "pulumi",
        "litellm-platform/dragonfly-acl": "dragonfly",
      },
    });
    const passwordHash = createHash("sha256").update("generated(litellm-cache-password)").digest("hex");
    assert.deepEqual(stringData, { secret: { line: aclLine({ username: "ai", keyPrefix: "ai", passwordHash }) } });
    assert.doesNotMatch(JSON.stringify(inputsOf(find(registered, "Secret", "litellm-cache-line"))), /generated\(/);
  });

  it("must be there before the proxy", async () => {
    const registered = await recordPlatform(configOf(cache));
    const { dependsOn } = find(registered, "Release", "litellm-gateway");
    for (const name of ["litellm-cache-line", "litellm-cache-user"]) assert.ok(dependsOn.includes(name), name);
  });
});

describe("a cache that is not ours", () => {
  it("gets no object in the cluster", async () => {
    assert.deepEqual(await parts(external), []);
    assert.deepEqual(await parts({ mode: "none", responses: { mode: "off" } }), []);
  });

  it("is reached with a password that comes from its own place in Vault", async () => {
    const config = configOf({
      ...external,
      server: {
        kind: "sentinel",
        service: "mymaster",
        nodes: [{ host: "s.example.com" }],
        password: { vaultPath: "teams/sentinel", property: "pw" },
      },
    });
    const registered = await recordPlatform(config);
    const { spec } = inputsOf(find(registered, "ExternalSecret", "litellm-providers")) as {
      spec: { data: { secretKey: string; remoteRef: { key: string; property: string } }[] };
    };
    const found = spec.data.map(({ secretKey, remoteRef }) => `${secretKey} ${remoteRef.key} ${remoteRef.property}`);
    assert.ok(found.includes("REDIS_PASSWORD teams/redis password"));
    assert.ok(found.includes("REDIS_SENTINEL_PASSWORD teams/sentinel pw"));
    assert.ok(!clusterPaths(config).includes("litellm/test/cache"));
  });
});

describe("what the cache needs people to put into Vault", () => {
  const problems = (cache: object) => {
    const config = configOf({ ...cache });
    const stored = new Map(vaultWithProviderKeys(config));
    for (const path of allPaths(config)) if (!path.includes("/providers/")) stored.delete(path);
    return preflightProblems(config, stored).map(({ path, message }) => `${path}: ${message}`);
  };

  it("is the password of an external one", () => {
    assert.deepEqual(problems(external), [
      `cache.password.vaultPath: ${missingMessage("REDIS_PASSWORD", "the cache", { path: "teams/redis", property: "password" })}`,
    ]);
  });

  it("is the login to the bucket of responses", () => {
    assert.deepEqual(problems({ responses: { s3: { bucket: "responses" } } }), [
      `cache.responses.s3: ${missingBucketMessage(["RESPONSE_CACHE_S3_ACCESS_KEY_ID", "RESPONSE_CACHE_S3_SECRET_ACCESS_KEY"], "bucket responses", { path: "litellm/test/responses" })}`,
    ]);
    assert.deepEqual(problems({ responses: { mode: "off", s3: { bucket: "responses" } } }), []);
  });

  it("is the login to the bucket of snapshots", () => {
    assert.deepEqual(problems({ persistence: { kind: "s3", bucket: "snapshots" } }), [
      `cache.persistence: ${missingBucketMessage(["access_key_id", "secret_access_key"], "the object store", { path: "litellm/test/cache-snapshots" })}`,
    ]);
  });

  it("is nothing for one of our own", () => {
    assert.deepEqual(problems({}), []);
  });
});
