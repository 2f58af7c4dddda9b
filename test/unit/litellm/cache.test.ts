import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cacheEnvironment,
  cacheServer,
  caFiles,
  coordinationRedis,
  firstNode,
  responseCache,
} from "../../../litellm/data/cache.ts";
import { dataMemory } from "../../../litellm/data/cache-checks.ts";
import { caConfigMap, gatewaySpec } from "../../../litellm/charts/gateway-spec.ts";
import { litellmHelm } from "../../../litellm/charts/litellm-helm/values.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { proxyConfig } from "../../../litellm/proxy/config.ts";
import { validConfig } from "../../support/configs.ts";
import { caBundle, certificate, having } from "../../support/change.ts";

const own = { host: "litellm-cache.litellm.svc" };
const password = { vaultPath: "redis/litellm" };

function cacheOf(cache: object) {
  return validConfig(having({ cache })).cache;
}

const credentials = { username: "os.environ/REDIS_USERNAME", password: "os.environ/REDIS_PASSWORD" };
const single = { host: "os.environ/REDIS_HOST", port: "os.environ/REDIS_PORT" };

interface Case {
  readonly cache: object;
  readonly environment: Readonly<Record<string, string>>;
  readonly redis: Readonly<Record<string, unknown>> | undefined;
  /** How `cache_params` differs from `coordination_redis`, besides its own settings. */
  readonly responses?: Readonly<Record<string, unknown>>;
}

const cases: Readonly<Record<string, Case>> = {
  "an own Dragonfly": {
    cache: {},
    environment: { REDIS_HOST: "litellm-cache.litellm.svc", REDIS_PORT: "6379", REDIS_USERNAME: "litellm" },
    redis: { ...single, ...credentials, namespace: "litellm" },
  },
  "a shared Dragonfly": {
    cache: {
      mode: "shared",
      name: "dragonfly",
      namespace: "cache",
      keyPrefix: "ai",
      username: "ai",
      tls: { caBundle },
    },
    environment: {
      REDIS_HOST: "dragonfly.cache.svc",
      REDIS_PORT: "6379",
      REDIS_USERNAME: "ai",
      REDIS_SSL_CA_CERTS: "/etc/litellm-ca/cache.crt",
    },
    redis: {
      ...single,
      ...credentials,
      ssl: true,
      ssl_ca_certs: "os.environ/REDIS_SSL_CA_CERTS",
      namespace: "ai",
    },
  },
  "any Redis, as its default user": {
    cache: { mode: "external", server: { kind: "single", host: "redis.example.com", port: 6380 }, password, tls: {} },
    environment: { REDIS_HOST: "redis.example.com", REDIS_PORT: "6380" },
    redis: { ...single, password: credentials.password, ssl: true, namespace: "litellm" },
  },
  Sentinels: {
    cache: {
      mode: "external",
      server: {
        kind: "sentinel",
        service: "mymaster",
        nodes: [{ host: "s1.example.com" }, { host: "s2.example.com", port: 26_380 }],
        password: { vaultPath: "redis/sentinel" },
      },
      password,
    },
    environment: {},
    redis: {
      sentinel_nodes: [
        ["s1.example.com", 26_379],
        ["s2.example.com", 26_380],
      ],
      service_name: "mymaster",
      sentinel_password: "os.environ/REDIS_SENTINEL_PASSWORD",
      password: credentials.password,
      namespace: "litellm",
    },
  },
  "a cluster": {
    cache: {
      mode: "external",
      server: { kind: "cluster", nodes: [{ host: "c1.example.com" }, { host: "c2.example.com", port: 7000 }] },
      username: "litellm",
      password,
    },
    environment: { REDIS_USERNAME: "litellm" },
    redis: {
      startup_nodes: [
        { host: "c1.example.com", port: 6379 },
        { host: "c2.example.com", port: 7000 },
      ],
      ...credentials,
      namespace: "litellm",
    },
    responses: {
      startup_nodes: undefined,
      redis_startup_nodes: [
        { host: "c1.example.com", port: 6379 },
        { host: "c2.example.com", port: 7000 },
      ],
    },
  },
  "no cache": { cache: { mode: "none", responses: { mode: "off" } }, environment: {}, redis: undefined },
};

describe("LiteLLM's settings for", () => {
  for (const [title, { cache, environment, redis, responses }] of Object.entries(cases)) {
    it(`${title} are exactly these`, () => {
      const config = cacheOf(cache);
      assert.deepEqual(cacheEnvironment(config, own), environment);
      assert.deepEqual(coordinationRedis(config), redis);
      const expected = {
        type: "redis",
        ...redis,
        ...responses,
        ttl: 600,
        mode: "default_off",
        supported_call_types: ["completion", "acompletion", "embedding", "aembedding"],
      };
      if ("startup_nodes" in expected && expected.startup_nodes === undefined) delete expected.startup_nodes;
      assert.deepEqual(responseCache(config), redis === undefined ? {} : { cache: true, cache_params: expected });
    });
  }

  it("responses in a bucket hold no secret and nothing that its client would choke on", () => {
    const config = cacheOf({
      responses: {
        mode: "default_on",
        ttl: 60,
        callTypes: ["acompletion"],
        s3: { bucket: "responses", endpoint: "https://s3.example.com", region: "eu-1", path: "litellm/test", caBundle },
      },
    });
    assert.deepEqual(responseCache(config), {
      cache: true,
      cache_params: {
        type: "s3",
        s3_bucket_name: "responses",
        s3_region_name: "eu-1",
        s3_endpoint_url: "https://s3.example.com",
        s3_aws_access_key_id: "os.environ/RESPONSE_CACHE_S3_ACCESS_KEY_ID",
        s3_aws_secret_access_key: "os.environ/RESPONSE_CACHE_S3_SECRET_ACCESS_KEY",
        s3_path: "litellm/test",
        s3_verify: "os.environ/RESPONSE_CACHE_S3_CA_FILE",
        ttl: 60,
        mode: "default_on",
        supported_call_types: ["acompletion"],
      },
    });
    assert.equal(cacheEnvironment(config, own)["RESPONSE_CACHE_S3_CA_FILE"], "/etc/litellm-ca/responses.crt");
    assert.deepEqual(caFiles(config), { "responses.crt": certificate });
    assert.equal(coordinationRedis(config)?.["namespace"], "litellm");
  });

  it("a bucket that is switched off need nothing of it", () => {
    const config = cacheOf({ responses: { mode: "off", s3: { bucket: "responses", caBundle } } });
    assert.deepEqual(responseCache(config), {});
    assert.deepEqual(caFiles(config), {});
  });
});

describe("the address that is told to others", () => {
  it("is the server's, or that of its first node, and none without a server", () => {
    const of = (cache: object) => {
      const server = cacheServer(cacheOf(cache), own);
      return server && firstNode(server);
    };
    assert.deepEqual(
      Object.values(cases).map(({ cache }) => of(cache)),
      [
        { host: "litellm-cache.litellm.svc", port: 6379 },
        { host: "dragonfly.cache.svc", port: 6379 },
        { host: "redis.example.com", port: 6380 },
        { host: "s1.example.com", port: 26_379 },
        { host: "c1.example.com", port: 6379 },
        undefined,
      ],
    );
  });
});

describe("a proxy without a cache", () => {
  it("is told of no Redis at all", () => {
    const config = validConfig(
      having({
        cache: { mode: "none", limitsPerPod: true, responses: { mode: "off" } },
        "gateway.replicas": { max: 3 },
      }),
    );
    const { litellm_settings, general_settings } = proxyConfig(config);
    assert.ok(!("coordination_redis" in general_settings));
    assert.equal(general_settings.use_redis_transaction_buffer, false);
    assert.ok(!("enable_redis_auth_cache" in litellm_settings) && !("cache" in litellm_settings));
    const names = namesOf(config);
    const { environment, environmentSecrets } = gatewaySpec(config, names, { further: [], versions: "" });
    assert.deepEqual(
      Object.keys(environment).filter((name) => name.startsWith("REDIS")),
      [],
    );
    assert.deepEqual(environmentSecrets, [names.keysSecret]);
  });
});

describe("a CA of one's own", () => {
  it("is a file in the proxy's pods, from a ConfigMap that is named by its content", () => {
    const of = (bundle: string) => {
      const config = validConfig(
        having({
          cache: {
            mode: "shared",
            name: "d",
            namespace: "cache",
            keyPrefix: "a",
            username: "a",
            tls: { caBundle: bundle },
          },
        }),
      );
      const spec = gatewaySpec(config, namesOf(config), { further: [], versions: "" });
      return { files: caConfigMap(config, namesOf(config)), values: litellmHelm(spec).values };
    };
    const { files, values } = of(caBundle);
    const name = files?.name ?? "";
    assert.match(name, /^litellm-ca-[0-9a-f]{10}$/);
    assert.deepEqual(values["volumes"], [{ name: "ca", configMap: { name } }]);
    assert.deepEqual(values["volumeMounts"], [{ name: "ca", mountPath: "/etc/litellm-ca", readOnly: true }]);
    assert.notEqual(of(Buffer.from(certificate + certificate).toString("base64")).files?.name, name);
  });

  it("has a volume and a directory of its own beside the database's", () => {
    const config = validConfig(
      having({
        ...{
          profile: "production",
          "gateway.replicas": { min: 1, max: 1 },
          "database.backup": { mode: "none", reason: "nothing is kept here" },
        },
        cache: { responses: { s3: { bucket: "responses", caBundle } } },
      }),
    );
    const { values } = litellmHelm(gatewaySpec(config, namesOf(config), { further: [], versions: "" }));
    const volumes = values["volumes"] as { name: string }[];
    const mounts = values["volumeMounts"] as { name: string; mountPath: string }[];
    assert.equal(volumes.length, 2);
    assert.equal(new Set(volumes.map(({ name }) => name)).size, 2);
    assert.equal(new Set(mounts.map(({ mountPath }) => mountPath)).size, 2);
    assert.deepEqual(
      mounts.map(({ name }) => name),
      volumes.map(({ name }) => name),
    );
  });

  it("makes no volume where there is none", () => {
    const config = validConfig(having({}));
    const { values } = litellmHelm(gatewaySpec(config, namesOf(config), { further: [], versions: "" }));
    assert.ok(!("volumes" in values) && !("volumeMounts" in values));
  });
});

describe("names of the cache's Secrets", () => {
  const of = (cache: object) => namesOf(validConfig(having({ cache })));
  it("change with the password's version, so that the pods of proxy and Dragonfly roll", () => {
    const before = of({});
    const after = of({ password: { version: 2 } });
    assert.equal(after.cacheSecret, "litellm-cache-user-v2");
    assert.notEqual(after.cacheAclSecret, before.cacheAclSecret);
    assert.equal(of({ replicas: 3 }).cacheAclSecret, before.cacheAclSecret);
  });

  it("of the ACL change with its rules", () => {
    const all = [{}, { keyPrefix: "other" }, { username: "other" }].map((cache) => of(cache).cacheAclSecret);
    assert.equal(new Set(all).size, 3);
  });

  const shared = { mode: "shared", name: "d", namespace: "cache", keyPrefix: "a", username: "a" };
  const line = (path: string) => namesOf(validConfig(having({ cache: shared, "vault.path": path }))).cacheLineSecret;

  it("beside a shared Dragonfly differ between stacks", () => {
    assert.equal(line("litellm/prod"), "dragonfly-acl-litellm-prod");
    assert.equal(line("litellm/v1.2"), "dragonfly-acl-litellm-v1.2");
    assert.equal(new Set(["a/b", "a-b", "A/b", "a/_b", "a/b_", "a_b", "a__b", "a.b", "a.-b"].map(line)).size, 9);
  });

  it("beside a shared Dragonfly are such as Kubernetes takes, whatever the path in Vault", () => {
    assert.match(line("teams/ml_platform"), /^dragonfly-acl-teams-ml-platform-[0-9a-f]{6}$/);
    const segment = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,90}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const name = line(segments.join("/"));
        assert.ok(name.length <= 253, name);
        for (const label of name.split(".")) assert.match(label, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, name);
      }),
    );
  });
});

describe("Dragonfly's memory", () => {
  it("is for data by three quarters", () => {
    assert.equal(dataMemory("1Gi"), 768);
    assert.equal(dataMemory("512Mi"), 384);
  });
});
