import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlatformConfig } from "../../config/platform.ts";
import { aclFile } from "../../litellm/data/acl.ts";
import { ensureS3Server } from "../../local/binaries.ts";
import { cacheVariables } from "../../litellm/data/cache.ts";
import { mustRun, run } from "../../local/services/run.ts";
import { type S3, startS3 } from "../../local/services/s3.ts";
import type { Login } from "../../local/services/redis.ts";
import { RespClient } from "../../local/services/resp.ts";
import { validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";
import {
  CacheLab,
  type Proxy,
  type RedisServer,
  inspect,
  inspector,
  newPassword,
  sha256,
} from "./support/cache-lab.ts";
import { GatewayClient } from "./support/gateway-client.ts";
import { refusals } from "./support/refusals.ts";

const minute = 60_000;
const answerKey = /^litellm:[0-9a-f]{64}$/;

const models = [
  {
    model_name: "echo",
    litellm_params: {
      model: "openai/echo-1",
      api_base: "http://model-backend.models.svc:8080/v1",
      api_key: "os.environ/MODEL_BACKEND_API_KEY",
    },
  },
];

function configOf(cache: object): PlatformConfig {
  return validConfig(having({ cache, "models.list": models }));
}

/**
 * LiteLLM looks limited keys up in its database, which cannot run here: this test-only lookup takes the limit from the
 * key itself, `sk-limit-<requests a minute>-<anything>`. The limiter behind it is LiteLLM's own.
 */
const limitedKeys = {
  settings: { custom_auth: "limited_keys.user_api_key_auth" },
  files: {
    "limited_keys.py": `import os
from litellm.proxy._types import UserAPIKeyAuth

async def user_api_key_auth(request, api_key):
    if api_key == os.environ["PROXY_MASTER_KEY"]:
        return UserAPIKeyAuth(api_key=api_key)
    word, kind, limit, name = api_key.split("-")
    if (word, kind) != ("sk", "limit"):
        raise Exception("unknown key")
    return UserAPIKeyAuth(api_key=api_key, rpm_limit=int(limit))
`,
  },
};

/** What LiteLLM sends to Redis, seen with MONITOR, and what it has in its sources. */
const allowed: readonly (readonly string[])[] = [
  ["GET", "litellm:a"],
  ["SET", "litellm:a", "1", "EX", "600", "NX"],
  ["MGET", "litellm:a", "litellm:b"],
  ["DEL", "litellm:a"],
  ["TTL", "litellm:a"],
  ["EXPIRE", "litellm:a", "60"],
  ["INCR", "litellm:a"],
  ["INCRBY", "litellm:a", "1"],
  ["INCRBYFLOAT", "litellm:a", "1"],
  ["EVAL", "return 1", "1", "litellm:a"],
  ["EVALSHA", "0".repeat(40), "1", "litellm:a"],
  ["SCRIPT", "LOAD", "return 1"],
  ["TIME"],
  ["ZADD", "litellm:a", "1", "m"],
  ["ZCARD", "litellm:a"],
  ["ZREM", "litellm:a", "m"],
  ["ZREMRANGEBYSCORE", "litellm:a", "0", "1"],
  ["RPUSH", "litellm:a", "1"],
  ["LPOP", "litellm:a"],
  ["LTRIM", "litellm:a", "0", "1"],
  ["SADD", "litellm:a", "m"],
  ["SCAN", "0"],
  ["MULTI"],
  ["EXEC"],
  ["SUBSCRIBE", "litellm:litellm_proxy.config_change"],
  ["UNSUBSCRIBE", "litellm:litellm_proxy.config_change"],
  ["PUBLISH", "litellm:litellm_proxy.auth_cache_invalidation", "m"],
  ["PING"],
  ["HELLO", "3"],
  ["INFO"],
];

const denied: readonly (readonly string[])[] = [
  ["GET", "neighbour:a"],
  ["SET", "litellm", "1"],
  ["SET", "litellm.caching:a", "1"],
  ["SET", "litellmx:a", "1"],
  ["DEL", "neighbour:a"],
  ["EVAL", "return 1", "1", "neighbour:a"],
  ["SUBSCRIBE", "neighbour"],
  ["PUBLISH", "litellm_proxy.config_change", "m"],
  ["KEYS", "*"],
  ["FLUSHALL"],
  ["FLUSHDB"],
  ["SWAPDB", "0", "1"],
  ["CONFIG", "GET", "*"],
  ["ACL", "LIST"],
  ["CLIENT", "SETNAME", "x"],
  ["CLIENT", "LIST"],
  ["CLIENT", "KILL", "ID", "1"],
  ["CLIENT", "PAUSE", "1"],
  ["CLIENT", "TRACKING", "on", "BCAST"],
  ["DBSIZE"],
  ["PUBSUB", "CHANNELS"],
  ["DEBUG", "OBJECT", "litellm:a"],
  ["MONITOR"],
  ["SHUTDOWN"],
  ["REPLICAOF", "example.com", "6379"],
  ["FUNCTION", "FLUSH"],
  ["FUNCTION", "DELETE", "theirs"],
  ["MIGRATE", "example.com", "6379", "litellm:a", "0", "1"],
];

/** The cache with real LiteLLM and real Redis: counting together, caching, and reaching nothing else. */
describe("the cache", function () {
  this.timeout(10 * minute);
  const lab = new CacheLab();
  after(() => lab.stop());

  const login: Login = { username: "litellm", password: newPassword() };
  const acl = aclFile({
    username: login.username,
    keyPrefix: "litellm",
    passwordHash: sha256(login.password),
    defaultPasswordHash: sha256(newPassword()),
  });

  async function noneDenied(server: RedisServer): Promise<void> {
    await inspect(server, async (redis) => {
      assert.deepEqual(await refusals(redis), []);
    });
  }

  /** How many answers the server holds. */
  async function answersIn(server: RedisServer): Promise<number> {
    return inspect(server, async (redis) => (await redis.keys()).filter((key) => answerKey.test(key)).length);
  }

  /** A repeated question is answered from the server, where the answer stands under the prefix. */
  async function cachedIn(server: RedisServer | readonly RedisServer[], proxy: Proxy, prefix = "litellm") {
    const client = new GatewayClient(proxy.url, proxy.masterKey);
    const question = `cached? ${newPassword()}`;
    const ask = () => client.chat(question, { cache: { "use-cache": true } });
    const first = await ask();
    assert.equal(first.status, 200, readFileSync(proxy.log, "utf8").slice(-2000));
    const { id } = (await first.json()) as { id: string };
    const servers = Array.isArray(server) ? (server as RedisServer[]) : [server as RedisServer];
    const found = await eventually(async () => {
      const second = await ask();
      const key = second.headers.get("x-litellm-cache-key") ?? "";
      assert.equal(((await second.json()) as { id: string }).id, id);
      assert.ok(key.startsWith(`${prefix}:`), key);
      const keys = (await Promise.all(servers.map((each) => inspect(each, (redis) => redis.keys())))).flat();
      return keys.includes(key) ? keys : undefined;
    });
    assert.deepEqual(
      found.filter((key) => !key.startsWith(`${prefix}:`)),
      [],
    );
  }

  /** Sends requests to the proxies in turn, one after another; how many were answered before the first refusal. */
  async function answeredBefore(refusal: number, proxies: readonly Proxy[], key: string, most: number) {
    const statuses: number[] = [];
    for (let index = 0; index < most; index++) {
      const proxy = proxies[index % proxies.length];
      assert.ok(proxy !== undefined);
      const { status } = await new GatewayClient(proxy.url, key).chat(`${key} ${index}`);
      statuses.push(status);
    }
    assert.deepEqual(
      statuses.filter((status) => status !== 200 && status !== refusal),
      [],
    );
    const first = statuses.indexOf(refusal);
    // Once the limit is reached no proxy answers, whichever is asked.
    if (first !== -1) assert.deepEqual([...new Set(statuses.slice(first))], [refusal]);
    return first === -1 ? most : first;
  }

  describe("of our own, with the program's ACL file", () => {
    const config = configOf({});
    let server: RedisServer;
    let proxies: readonly Proxy[];

    before("start Redis and two proxies", async () => {
      server = await lab.redis("redis", acl);
      const addresses = [
        { service: "litellm-cache", namespace: "litellm", port: 6379, localHost: server.host, localPort: server.port },
      ];
      const options = {
        secrets: { [cacheVariables.password]: login.password },
        addresses,
        further: limitedKeys,
      };
      proxies = [await lab.proxy("one", config, options), await lab.proxy("two", config, options)];
    });

    it("lets the proxy's user do what LiteLLM does, within its prefix, and nothing else", async () => {
      await inspect(server, async (redis) => {
        const ask = (words: readonly string[]) => redis.command("ACL", "DRYRUN", login.username, ...words);
        for (const words of allowed) assert.equal(await ask(words), "OK", words.join(" "));
        for (const words of denied) assert.match(String(await ask(words)), /no permissions|not exist/, words.join(" "));
      });
    });

    it("counts a limit over both proxies together: it holds, and not one more", async () => {
      const limit = 6;
      const answered = await answeredBefore(429, proxies, `sk-limit-${limit}-${newPassword()}`, limit + 4);
      assert.equal(answered, limit);
      await inspect(server, async (redis) => {
        const counters = (await redis.keys("litellm:*")).filter((key) => key.includes("api_key"));
        assert.notDeepEqual(counters, []);
        // What a neighbour may do: the limiters are loaded again.
        await redis.command("SCRIPT", "FLUSH");
      });
      assert.equal(await answeredBefore(429, proxies, `sk-limit-${limit}-${newPassword()}`, limit + 4), limit);
      await noneDenied(server);
    });

    it("answers from the cache when a request asks for it, at either proxy", async () => {
      const [one, two] = proxies;
      assert.ok(one !== undefined && two !== undefined);
      await cachedIn(server, one);
      const question = `shared ${newPassword()}`;
      const ask = async (proxy: Proxy, cache?: object) => {
        const response = await new GatewayClient(proxy.url, proxy.masterKey).chat(question, { cache });
        return ((await response.json()) as { id: string }).id;
      };
      const use = { "use-cache": true };
      const before = await answersIn(server);
      const id = await ask(one, use);
      // Asked too early, the other would answer itself, and keep that for itself.
      await eventually(async () => ((await answersIn(server)) > before ? true : undefined));
      assert.equal(await ask(two, use), id);
      // Without being asked for, no answer comes from it.
      assert.notEqual(await ask(two), id);
      await noneDenied(server);
    });

    it("carries messages between pods on its own channels, and on no others", async () => {
      const channel = "litellm:litellm_proxy.config_change";
      const subscriber = await RespClient.open(server.host, server.port, login);
      const publisher = await RespClient.open(server.host, server.port, login);
      try {
        assert.deepEqual(await subscriber.command("SUBSCRIBE", channel), ["subscribe", channel, 1]);
        assert.equal(await publisher.command("PUBLISH", channel, "changed"), 1);
        await assert.rejects(publisher.command("PUBLISH", "neighbour:channel", "x"), /NOPERM/);
        await assert.rejects(publisher.command("SUBSCRIBE", "neighbour:channel"), /NOPERM/);
        await assert.rejects(publisher.command("GET", "neighbour:key"), /NOPERM/);
      } finally {
        subscriber.close();
        publisher.close();
        await inspect(server, (redis) => redis.command("ACL", "LOG", "RESET"));
      }
    });

    it("lets nobody in who does not log in", async () => {
      const stranger = await RespClient.open(server.host, server.port);
      await assert.rejects(stranger.command("GET", "litellm:a"), /NOAUTH/);
      stranger.close();
    });
  });

  describe("of somebody else", () => {
    const external = (server: object, more: object = {}) =>
      configOf({ mode: "external", server, password: { vaultPath: "redis/litellm" }, ...more });
    const secrets = { [cacheVariables.password]: login.password };

    it("is reached by TLS with a CA of its own, as an ACL user", async () => {
      const certificate = await lab.certificate();
      // As the documentation says of a Redis that serves others too.
      const server = await lab.redis("tls", acl.replace(" +script ", " +script|load "), [], certificate);
      const caBundle = readFileSync(certificate.file).toString("base64");
      const config = external(
        { kind: "single", host: server.host, port: server.port },
        { username: login.username, tls: { caBundle } },
      );
      const proxy = await lab.proxy("by-tls", config, { secrets });
      const question = `by TLS ${newPassword()}`;
      const ask = () => new GatewayClient(proxy.url, proxy.masterKey).chat(question, { cache: { "use-cache": true } });
      await ask();
      const keys = await eventually(async () => {
        const key = (await ask()).headers.get("x-litellm-cache-key") ?? "";
        const seen = await scanByTls(server, certificate.file);
        return seen.includes(key) ? seen : undefined;
      });
      assert.deepEqual(
        keys.filter((key) => !key.startsWith("litellm:")),
        [],
      );
    });

    /** All keys of a Redis that speaks TLS only. */
    async function scanByTls({ host, port }: RedisServer, ca: string): Promise<string[]> {
      const at = ["--tls", "--cacert", ca, "-h", host, "-p", String(port), "--user", inspector.username];
      const { stdout } = await run("redis-cli", [...at, "--no-auth-warning", "--scan"], {
        env: { REDISCLI_AUTH: inspector.password, PATH: "/usr/bin:/bin" },
      });
      return stdout.split("\n").filter((line) => line !== "");
    }

    it("is found by Sentinels, as the default user", async () => {
      const primary = await lab.redis("primary", `user default on >${login.password} ~litellm:* &* +@all\n`);
      const sentinel = await lab.sentinel("sentinel", [
        `sentinel monitor mymaster ${primary.host} ${primary.port} 1`,
        `sentinel auth-pass mymaster ${login.password}`,
      ]);
      const config = external({ kind: "sentinel", service: "mymaster", nodes: [sentinel] });
      await cachedIn(primary, await lab.proxy("by-sentinel", config, { secrets }));
      await noneDenied(primary);
    });

    it("is found by Sentinels, as an ACL user that the Sentinels know by a password of their own", async () => {
      const monitors = newPassword();
      const primary = await lab.redis("primary-of-users", acl);
      const sentinel = await lab.sentinel("closed-sentinel", [
        `sentinel monitor mymaster ${primary.host} ${primary.port} 1`,
        `sentinel auth-user mymaster ${inspector.username}`,
        `sentinel auth-pass mymaster ${inspector.password}`,
        "user default off",
        `user ${login.username} on >${monitors} +@all`,
      ]);
      const config = external(
        { kind: "sentinel", service: "mymaster", nodes: [sentinel], password: { vaultPath: "redis/sentinel" } },
        { username: login.username },
      );
      const proxy = await lab.proxy("by-closed-sentinel", config, {
        secrets: { ...secrets, [cacheVariables.sentinelPassword]: monitors },
      });
      await cachedIn(primary, proxy);
      await noneDenied(primary);
    });

    it("is a cluster of three nodes, as an ACL user", async () => {
      const clusterAcl = acl.replace(/^(user litellm .*)$/m, "$1 +cluster|slots");
      const nodes: RedisServer[] = [];
      for (const name of ["node1", "node2", "node3"])
        nodes.push(await lab.redis(name, clusterAcl, ["--cluster-enabled", "yes"]));
      await mustRun(
        "making the cluster",
        "redis-cli",
        [
          ...["--user", inspector.username, "--no-auth-warning", "--cluster", "create"],
          ...nodes.map(({ host, port }) => `${host}:${port}`),
          ...["--cluster-replicas", "0", "--cluster-yes"],
        ],
        { env: { REDISCLI_AUTH: inspector.password, PATH: "/usr/bin:/bin" } },
      );
      const config = external({ kind: "cluster", nodes: nodes.slice(0, 2) }, { username: login.username });
      const proxy = await lab.proxy("by-cluster", config, { secrets, further: limitedKeys });
      await cachedIn(nodes, proxy);
      assert.equal(await answeredBefore(429, [proxy], `sk-limit-3-${newPassword()}`, 5), 3);
      for (const node of nodes) await noneDenied(node);
    });
  });

  describe("of responses in a bucket", () => {
    const keys = { accessKeyId: "litellm", secretAccessKey: newPassword() };
    let bucket: S3;
    let server: RedisServer;
    let proxies: readonly Proxy[];

    before("start an S3 server, Redis and two proxies", async function () {
      this.timeout(20 * minute);
      bucket = await startS3({
        processes: lab.processes,
        ports: lab.ports,
        stateDirectory: lab.directory,
        program: await ensureS3Server(),
        root: { accessKeyId: "root", secretAccessKey: newPassword() },
        buckets: ["responses"],
        tls: true,
        report: () => undefined,
      });
      await bucket.addUser(keys);
      // What the documentation asks for: a response that is not there is then "denied", which LiteLLM takes for a miss.
      const policy = {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: [keys.accessKeyId] },
            Action: ["s3:GetObject", "s3:PutObject"],
            Resource: ["arn:aws:s3:::responses/litellm/test/*"],
          },
        ],
      };
      await bucket.client.request("PUT", "/responses", { query: { policy: "" }, body: JSON.stringify(policy) });
      server = await lab.redis("beside-bucket", acl);
      const config = configOf({
        mode: "external",
        server: { kind: "single", ...server },
        username: login.username,
        password: { vaultPath: "redis/litellm" },
        responses: {
          mode: "default_on",
          ttl: 15,
          callTypes: ["acompletion"],
          s3: {
            bucket: "responses",
            endpoint: bucket.url,
            path: "litellm/test",
            caBundle: readFileSync(bucket.certificateFile ?? "").toString("base64"),
          },
        },
      });
      const options = {
        secrets: {
          [cacheVariables.password]: login.password,
          [cacheVariables.responsesKeyId]: keys.accessKeyId,
          [cacheVariables.responsesKey]: keys.secretAccessKey,
        },
        further: limitedKeys,
      };
      proxies = [await lab.proxy("bucket-one", config, options), await lab.proxy("bucket-two", config, options)];
    });

    const ask = async (index: number, question: string, more: object = {}) => {
      const { url, masterKey, log } = proxies[index] as Proxy;
      const response = await new GatewayClient(url, masterKey).chat(question, more);
      assert.equal(response.status, 200, readFileSync(log, "utf8").slice(-2000));
      return ((await response.json()) as { id: string }).id;
    };

    /** Asks the first proxy, until its answer is in the bucket. */
    const askAndKeep = async (question: string) => {
      const before = (await bucket.client.keys("responses")).length;
      const id = await ask(0, question);
      await eventually(async () => ((await bucket.client.keys("responses")).length > before ? true : undefined));
      return id;
    };

    it("answers at one proxy what another has kept, from objects below the path", async () => {
      // Its first request is slow, and kept answers do not last.
      await ask(1, "anything else");
      const question = `in the bucket ${newPassword()}`;
      const id = await askAndKeep(question);
      assert.equal(await ask(1, question), id);
      for (const key of await bucket.client.keys("responses")) assert.match(key, /^litellm\/test\/[0-9a-f/]+$/);
      assert.notEqual(await ask(1, question, { cache: { "no-cache": true } }), id);
    });

    it("keeps an answer no longer than its time", async () => {
      const question = `for a while ${newPassword()}`;
      const id = await askAndKeep(question);
      await sleep(16_000);
      assert.notEqual(await ask(1, question), id);
    });

    it("leaves counting to Redis, over both proxies together", async () => {
      assert.equal(await answeredBefore(429, proxies, `sk-limit-4-${newPassword()}`, 8), 4);
      await noneDenied(server);
      await inspect(server, async (redis) => {
        const all = await redis.keys();
        assert.ok(all.some((key) => key.includes("api_key")));
        assert.deepEqual(
          all.filter((key) => !key.startsWith("litellm:") || answerKey.test(key)),
          [],
        );
      });
    });
  });

  describe("of none", () => {
    it("serves, counts for each pod alone, and keeps nothing anywhere", async () => {
      const config = configOf({ mode: "none", responses: { mode: "off" } });
      const proxies = [
        await lab.proxy("alone-one", config, { secrets: {}, further: limitedKeys }),
        await lab.proxy("alone-two", config, { secrets: {}, further: limitedKeys }),
      ];
      // Each grants the limit of 3 anew, which is why several pods must be said out loud.
      assert.equal(await answeredBefore(429, proxies, `sk-limit-3-${newPassword()}`, 10), 6);
    });
  });

  /** Asks until there is something, for a few seconds: LiteLLM writes behind its answer. */
  async function eventually<Result>(ask: () => Promise<Result | undefined>): Promise<Result> {
    for (let attempt = 0; attempt < 40; attempt++) {
      const result = await ask();
      if (result !== undefined) return result;
      await sleep(250);
    }
    throw new Error("it did not happen in 10 s");
  }
});
