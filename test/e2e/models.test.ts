import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { PlatformConfig } from "../../config/platform.ts";
import { cacheDirectory } from "../../local/paths.ts";
import { type LiteLLMEnvironment, ensureLiteLLM } from "../../local/services/litellm.ts";
import { validConfig } from "../support/configs.ts";
import { exampleConfig, exampleNames } from "../support/examples.ts";
import { tlsFiles } from "../unit/components/loopback.ts";
import { having } from "../unit/config/change.ts";
import { GatewayClient } from "./support/gateway-client.ts";
import { type Additions, type StandaloneProxy, keyOf, startStandalone } from "./support/litellm-process.ts";
import { type Recorded, RecordingUpstream, assumedKey, serviceAccountToken } from "./support/recording-upstream.ts";
import { ServiceAccount, serviceAccountEmail } from "./support/service-account.ts";

/** Models with tight limits, which no example should have. */
function limits(): PlatformConfig {
  const openai = { model: "openai/gpt-4o", api_key: "os.environ/OPENAI_API_KEY" };
  return validConfig(
    having({
      "gateway.retries": 0,
      "models.list": [
        { model_name: "two-a-minute", litellm_params: { ...openai, rpm: 2 } },
        { model_name: "six-tokens-a-minute", litellm_params: { ...openai, tpm: 6 } },
        { model_name: "two-at-once", litellm_params: { ...openai, max_parallel_requests: 2 } },
        { model_name: "two-at-once-by-rpm", litellm_params: { model: "groq/llama", rpm: 2 } },
        { model_name: "short", litellm_params: { ...openai, timeout: 1 } },
        { model_name: "short-stream", litellm_params: { ...openai, timeout: 30, stream_timeout: 1 } },
        { model_name: "one-strike", litellm_params: openai, model_info: { id: "one-strike" } },
        { model_name: "paid", litellm_params: { ...openai, tags: ["paid"] }, model_info: { id: "paid" } },
        { model_name: "paid", litellm_params: { model: "groq/llama", tags: ["free"] }, model_info: { id: "free" } },
        {
          model_name: "with-parameters",
          litellm_params: { ...openai, temperature: 0.2, organization: "org-1", extra_headers: { "X-Team": "ai" } },
          model_info: { id: "with-parameters" },
        },
      ],
      "models.guardrails": [
        {
          guardrail_name: "words",
          litellm_params: {
            guardrail: "litellm_content_filter",
            mode: "pre_call",
            blocked_words: [{ keyword: "forbidden", action: "BLOCK" }],
          },
        },
      ],
      "models.mcpServers": {
        docs: {
          url: "https://mcp.example.com/mcp",
          auth_type: "bearer_token",
          auth_value: "os.environ/DOCS_MCP_TOKEN",
        },
      },
      routing: {
        optional_pre_call_checks: ["enforce_model_rate_limits"],
        allowed_fails_policy: { InternalServerErrorAllowedFails: 0 },
        cooldown_time: 60,
        enable_tag_filtering: true,
      },
    }),
  );
}

/** Keys that stand for an access group each, in place of those that LiteLLM would look up in its database. */
const groupKeys: Additions = {
  overlay: {
    litellm_settings: { enable_post_custom_auth_checks: true },
    router_settings: { fallbacks: [{ "o4-mini": ["gpt-4.1", "o3"] }] },
    general_settings: {
      custom_auth: "group_keys.user_api_key_auth",
      custom_auth_run_common_checks: true,
      enforce_fallback_model_access: true,
    },
  },
  module: "group_keys.py",
};

describe("the models on a real LiteLLM", function () {
  this.timeout(60_000);
  const proxies = new Map<string, StandaloneProxy>();
  let upstream: RecordingUpstream;
  let account: ServiceAccount;

  before(async function () {
    this.timeout(0);
    const venv: LiteLLMEnvironment = await ensureLiteLLM({ cacheDirectory: cacheDirectory(), report: console.log });
    upstream = await RecordingUpstream.start();
    account = new ServiceAccount(`${upstream.url}/oauth2/token`);
    const additions: Readonly<Record<string, Additions>> = {
      providers: { values: { VERTEX_CREDENTIALS: account.json } },
      "azure-catalogue": { values: { SSL_CERT_FILE: tlsFiles.ca }, sessions: upstream.sessionsUrl },
    };
    const start = async (name: string, config: PlatformConfig, additions?: Additions) => {
      proxies.set(name, await startStandalone(venv, config, upstream.url, additions));
    };
    const starts = [
      ...exampleNames.map((name) => start(name, exampleConfig(name), additions[name])),
      start("limits", limits()),
      start("group-keys", exampleConfig("azure-catalogue"), groupKeys),
    ];
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  });

  after(async () => {
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
    upstream.stop();
  });

  beforeEach(() => {
    upstream.reset();
  });

  function client(example: string, key?: string): GatewayClient {
    const proxy = proxies.get(example);
    assert.ok(proxy !== undefined, `${example} does not run`);
    return new GatewayClient(proxy.url, key ?? proxy.masterKey);
  }

  async function json<T>(response: Promise<Response>, status = 200): Promise<T> {
    const answer = await response;
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    return JSON.parse(text) as T;
  }

  async function listed(example: string, key?: string): Promise<string[]> {
    const { data } = await json<{ data: { id: string }[] }>(client(example, key).get("/v1/models"));
    return data.map(({ id }) => id).sort();
  }

  const namesOf = (example: string) => [
    ...new Set(exampleConfig(example).models.list.map((model) => model.model_name)),
  ];

  describe("lists", () => {
    it("exactly the 25 names of the Azure catalogue", async () => {
      assert.equal(namesOf("azure-catalogue").length, 25);
      assert.deepEqual(await listed("azure-catalogue"), namesOf("azure-catalogue").sort());
    });

    it("the names and the alias of KServe's models", async () => {
      assert.deepEqual(await listed("kserve"), ["gpt-4", "llama-70b", "llama-70b-direct", "llama-70b-limited"]);
    });

    it("a name of several deployments once, an alias, and no hidden one", async () => {
      assert.deepEqual(await listed("load-balancing"), [
        "embeddings",
        "gpt-3.5-turbo",
        "gpt-4o-mini",
        "long-context",
        "production-gpt4",
        "production-gpt4-fallback",
      ]);
    });

    it("the providers' names, and for a wildcard the models that LiteLLM knows", async () => {
      const names = await listed("providers");
      const plain = namesOf("providers").filter((name) => name !== "openai/*");
      assert.deepEqual(
        names.filter((name) => !name.startsWith("openai/")),
        plain.sort(),
      );
      assert.ok(names.includes("openai/gpt-4o"));
    });

    it("every deployment under the access groups and the identity that it was given", async () => {
      const { data } = await json<{
        data: { model_name: string; model_info: { id: string; access_groups: string[] } }[];
      }>(client("azure-catalogue").get("/v1/model/info"));
      const groups = new Map<string, string[]>();
      for (const { model_name: name, model_info: info } of data)
        for (const group of info.access_groups) groups.set(group, [...(groups.get(group) ?? []), name].sort());
      assert.deepEqual(Object.fromEntries([...groups].map(([group, names]) => [group, names.length])), {
        chat: 13,
        reasoning: 6,
        embeddings: 5,
        audio: 4,
        images: 1,
      });
      assert.deepEqual(groups.get("audio"), ["gpt-audio", "gpt-audio-mini", "gpt-realtime", "gpt-realtime-mini"]);
      assert.ok(data.every(({ model_name: name, model_info: { id } }) => id.startsWith(`${name}-`)));
    });
  });

  // LiteLLM keeps keys in its database, whose engine this installation has not. Its functions for what a key may see and
  // call are the same for a key that a function of ours hands it.
  describe("to a key of an access group", () => {
    const inGroup = (group: string) =>
      exampleConfig("azure-catalogue")
        .models.list.filter(({ model_info: info }) => info?.access_groups?.includes(group))
        .map(({ model_name: name }) => name)
        .sort();

    for (const [group, count] of [
      ["chat", 13],
      ["reasoning", 6],
      ["embeddings", 5],
      ["audio", 4],
      ["images", 1],
    ] as const)
      it(`${group} are its ${count} models, and no other`, async () => {
        assert.equal(inGroup(group).length, count);
        assert.deepEqual(await listed("group-keys", `sk-${group}`), inGroup(group));
      });

    it("of two groups are those of both, each once", async () => {
      const both = new Set([...inGroup("chat"), ...inGroup("reasoning")]);
      assert.deepEqual(await listed("group-keys", "sk-chat+reasoning"), [...both].sort());
    });

    it("answer when they are of its group, and only then", async () => {
      const gateway = client("group-keys", "sk-reasoning");
      await json(gateway.chat("hello", { model: "o3" }));
      const refused = await json<{ error: { message: string; type: string } }>(
        gateway.chat("hello", { model: "gpt-4.1" }),
        403,
      );
      assert.equal(refused.error.type, "key_model_access_denied");
      assert.match(refused.error.message, /gpt-4\.1/);
      assert.deepEqual(
        upstream.requests.map(({ path }) => path),
        ["/openai/deployments/o3/chat/completions"],
      );
    });

    it("are no fallbacks of a request either when they are of another group", async () => {
      const request = client("group-keys", "sk-reasoning").chat("hello", { model: "o3", fallbacks: ["gpt-4.1"] });
      await json(request, 403);
      assert.deepEqual(upstream.requests, []);
    });

    it("are its fallbacks too, where LiteLLM is told so", async () => {
      upstream.disturb = ({ path }) => (path.includes("/o4-mini/") ? { status: 401 } : undefined);
      await json(client("group-keys", "sk-reasoning").chat("hello", { model: "o4-mini" }));
      assert.deepEqual(
        upstream.requests.map(({ path }) => path.split("/")[3]),
        ["o4-mini", "o3"],
      );
    });

    it("are for known keys only", async () => {
      assert.equal((await client("group-keys", "wrong").get("/v1/models")).status, 401);
    });
  });

  /** Asks a model for what its mode is about. */
  function ask(example: string, model: string, mode = "chat"): Promise<Response> {
    const gateway = client(example);
    if (mode === "embedding") return gateway.post("/v1/embeddings", { model, input: "hello" });
    if (mode === "rerank") return gateway.post("/v1/rerank", { model, query: "q", documents: ["a"] });
    if (mode === "image_generation") return gateway.post("/v1/images/generations", { model, prompt: "a cat" });
    return gateway.chat("hello", { model });
  }

  /** Where a request went and with whose key, in one line. */
  function lineOf({ upstream: host, path, query, headers }: Recorded): string {
    const { authorization = "", ...others } = headers;
    const key = [others["api-key"], others["x-api-key"], others["x-goog-api-key"], authorization].find(Boolean) ?? "";
    const name = String(key)
      .replace(/^Bearer /, "")
      .replace(/^AWS4-HMAC-SHA256 Credential=([^,]+),.*$/, "$1")
      .replace(/\/\d{8}\//, "/");
    const version = query["api-version"] === undefined ? "" : ` ${query["api-version"]}`;
    return `${host}${decodeURIComponent(path)}${version} ${name}`;
  }

  function lines(): string[] {
    return upstream.requests.map(lineOf);
  }

  const azureRegions: Readonly<Record<string, readonly [host: string, version: string, key: string]>> = {
    "azure-us-east": ["example-east", "2025-01-01-preview", "AZURE_US_EAST_API_KEY"],
    "azure-us-east2": ["example-east2", "2025-04-01-preview", "AZURE_US_EAST2_API_KEY"],
  };
  const azurePaths: Readonly<Record<string, string>> = {
    embedding: "embeddings",
    image_generation: "images/generations",
  };

  describe("of Azure", () => {
    for (const { model_name: name, litellm_params: params, model_info: info } of exampleConfig("azure-catalogue").models
      .list) {
      const mode = info?.mode ?? "chat";
      if (mode === "realtime") continue;
      it(`${name} is asked at its resource, with its key and version`, async () => {
        const expected: Readonly<Record<string, string>> = {
          "azure-anthropic": `example-ai.services.ai.azure.com/anthropic/v1/messages ${keyOf("AZURE_ANTHROPIC_API_KEY")}`,
          "azure-cohere-embed": `example-embed.services.ai.azure.com/embeddings ${keyOf("AZURE_COHERE_EMBED_API_KEY")}`,
          "azure-cohere-rerank": `example-rerank.services.ai.azure.com/v2/rerank ${keyOf("AZURE_COHERE_RERANK_API_KEY")}`,
        };
        const credential = params.litellm_credential_name ?? "";
        const region = azureRegions[credential];
        const line =
          region === undefined
            ? expected[credential]
            : `${region[0]}.openai.azure.com/openai/deployments/${name}/${azurePaths[mode] ?? "chat/completions"} ${region[1]} ${keyOf(region[2])}`;
        const response = await ask("azure-catalogue", name, mode);
        assert.equal(response.status, 200, await response.text());
        assert.deepEqual(lines(), [line]);
      });
    }

    for (const name of ["gpt-realtime", "gpt-realtime-mini"])
      it(`${name} holds a session at its resource, with its key`, async () => {
        const proxy = proxies.get("azure-catalogue");
        assert.ok(proxy);
        const session = new WebSocket(`${proxy.url.replace("http", "ws")}/v1/realtime?model=${name}`, {
          headers: { Authorization: `Bearer ${proxy.masterKey}` },
        });
        const types: string[] = [];
        await new Promise<void>((resolve, reject) => {
          session.on("error", reject);
          session.on("close", (code, reason) => {
            reject(new Error(`closed with ${code}: ${reason.toString("utf8")}, after ${types.join(", ")}`));
          });
          session.on("message", (data: Buffer) => {
            const { type } = JSON.parse(data.toString("utf8")) as { type: string };
            types.push(type);
            if (type === "session.created") session.send(JSON.stringify({ type: "response.create" }));
            if (type === "response.done") resolve();
          });
        });
        session.removeAllListeners("close").close();
        assert.deepEqual(types, ["session.created", "response.text.delta", "response.done"]);
        assert.deepEqual(lines(), [
          `example-east2.openai.azure.com/openai/v1/realtime ${keyOf("AZURE_US_EAST2_API_KEY")}`,
        ]);
        assert.deepEqual(upstream.requests[0]?.query, { model: name });
      });

    it("the embedding model gets the parameter that the catalogue gives it", async () => {
      await json(ask("azure-catalogue", "cohere-embed-v-4-0", "embedding"));
      assert.equal(upstream.requests[0]?.body["input_type"], "text");
    });
  });

  describe("of a provider", () => {
    const expected: Readonly<Record<string, readonly string[]>> = {
      "claude-sonnet": [`anthropic/v1/messages ${keyOf("ANTHROPIC_API_KEY")}`],
      "claude-haiku": [`anthropic/v1/messages ${keyOf("ANTHROPIC_API_KEY")}`],
      "gpt-4o": [`openai/v1/chat/completions ${keyOf("OPENAI_API_KEY")}`],
      "gpt-4o-research": [`openai/v1/chat/completions ${keyOf("OPENAI_RESEARCH_API_KEY")}`],
      "mistral-large": [`mistral/v1/chat/completions ${keyOf("MISTRAL_API_KEY")}`],
      "llama-fast": [`groq/openai/v1/chat/completions ${keyOf("GROQ_API_KEY")}`],
      "command-r": [`cohere_chat/v2/chat ${keyOf("COHERE_API_KEY")}`],
      "gemini-flash": [`gemini/models/gemini-2.5-flash:generateContent ${keyOf("GEMINI_API_KEY")}`],
      "gpt-4.1": [
        `example-east.openai.azure.com/openai/deployments/gpt-4.1/chat/completions 2025-01-01-preview ${keyOf("AZURE_API_KEY")}`,
      ],
      nova: [
        `bedrock/model/us.amazon.nova-pro-v1:0/converse ${keyOf("AWS_ACCESS_KEY_ID")}/us-east-1/bedrock/aws4_request`,
      ],
      "nova-eu": [
        `bedrock/model/eu.amazon.nova-pro-v1:0/converse ${keyOf("AWS_EU_ACCESS_KEY_ID")}/eu-central-1/bedrock/aws4_request`,
      ],
      "nova-role": [
        `sts/ ${keyOf("AWS_ACCESS_KEY_ID")}/us-east-1/sts/aws4_request`,
        `bedrock/model/us.amazon.nova-lite-v1:0/converse ${assumedKey}/us-east-1/bedrock/aws4_request`,
      ],
      llama3: ["ollama.ollama-11434/api/chat "],
      qwen: ["qwen.models.svc-8000/v1/chat/completions fake-api-key"],
      kimi: [`openrouter/v1/chat/completions ${keyOf("OPENROUTER_API_KEY")}`],
      "own-gateway": [`llm.example.com/v1/chat/completions ${keyOf("OWN_GATEWAY_API_KEY")}`],
      "openai/gpt-4.1-mini": [`openai/v1/chat/completions ${keyOf("OPENAI_API_KEY")}`],
    };
    for (const [name, requests] of Object.entries(expected))
      it(`${name} is asked where it is, by its own login`, async () => {
        const response = await ask("providers", name);
        assert.equal(response.status, 200, await response.text());
        assert.deepEqual(lines(), requests);
      });

    it("gemini-pro is asked in its project and region, by a token that its service account has signed for", async () => {
      await json(ask("providers", "gemini-pro"));
      const [login, call, ...others] = upstream.requests;
      assert.equal(login?.body["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
      const { iss, aud, scope } = account.claimsOf(String(login.body["assertion"]));
      assert.deepEqual(
        { iss, aud, scope },
        {
          iss: serviceAccountEmail,
          // Google's client names Google's, wherever the account gets its tokens.
          aud: "https://oauth2.googleapis.com/token",
          scope: "https://www.googleapis.com/auth/cloud-platform",
        },
      );
      assert.equal(
        `/${call?.upstream}${call?.path}`,
        "/v1/projects/example/locations/europe-west1/publishers/google/models/gemini-2.5-pro:generateContent",
      );
      assert.equal(call?.headers.authorization, `Bearer ${serviceAccountToken}`);
      assert.deepEqual(others, []);
    });

    it("has every model of the example", () => {
      const asked = [...Object.keys(expected).filter((name) => !name.startsWith("openai/")), "openai/*", "gemini-pro"];
      assert.deepEqual(asked.sort(), namesOf("providers").sort());
    });
  });

  describe("in the cluster", () => {
    it("are asked at the predictor, at the gateway, and by the name that OpenAI's clients use", async () => {
      for (const name of ["llama-70b-direct", "llama-70b", "gpt-4"]) await json(ask("kserve", name));
      assert.deepEqual(
        upstream.requests.map(({ upstream: host, path }) => `${host}${path}`),
        [
          "llama-70b-predictor.llm-platform.svc.cluster.local/v1/chat/completions",
          "inference-gateway.llm-platform.svc.cluster.local/v1/chat/completions",
          "inference-gateway.llm-platform.svc.cluster.local/v1/chat/completions",
        ],
      );
      assert.ok(upstream.requests.every(({ body }) => body["model"] === "meta-llama/Llama-3.3-70B-Instruct"));
    });

    it("are answered by the predictor while the gateway has no pod", async () => {
      upstream.disturb = ({ upstream: host }) => (host.startsWith("inference-gateway") ? { status: 503 } : undefined);
      await json(ask("kserve", "llama-70b"));
      assert.equal(upstream.requests.at(-1)?.upstream, "llama-70b-predictor.llm-platform.svc.cluster.local");
    });
  });

  describe("with fallbacks", () => {
    const from = (host: string) => (request: Recorded) => request.upstream === host;

    // In this order: a request that is wrong by itself lets no deployment cool down, a provider that fails does.
    it("hand a prompt that is too long to the model for long ones", async () => {
      const message = "This model's maximum context length is 10 tokens.";
      upstream.disturb = (request) =>
        from("openai")(request) ? { status: 400, code: "context_length_exceeded", message } : undefined;
      await json(ask("load-balancing", "production-gpt4"));
      assert.deepEqual(
        upstream.requests.map(({ upstream: host }) => host),
        ["openai", "gemini"],
      );
    });

    it("hand what a filter refuses to another provider", async () => {
      const message = "Your request was rejected as a result of our safety system.";
      upstream.disturb = (request) =>
        from("openai")(request) ? { status: 400, code: "content_policy_violation", message } : undefined;
      await json(ask("load-balancing", "production-gpt4"));
      assert.deepEqual(
        upstream.requests.map(({ upstream: host }) => host),
        ["openai", "anthropic"],
      );
    });

    it("are tried again, and then another answers", async () => {
      upstream.disturb = (request) => (from("openai")(request) ? { status: 500 } : undefined);
      await json(ask("load-balancing", "production-gpt4"));
      assert.deepEqual(
        upstream.requests.map(({ upstream: host }) => host),
        ["openai", "openai", "anthropic"],
      );
    });

    it("are not tried again after a wrong key", async () => {
      upstream.disturb = (request) => (from("openai")(request) ? { status: 401 } : undefined);
      await json(ask("load-balancing", "production-gpt4"));
      assert.deepEqual(
        upstream.requests.map(({ upstream: host }) => host),
        ["openai", "anthropic"],
      );
    });

    it("of every model take over where a model has none of its own", async () => {
      upstream.disturb = (request) => (from("gemini")(request) ? { status: 500 } : undefined);
      await json(ask("load-balancing", "long-context"));
      assert.equal(upstream.requests.at(-1)?.body["model"], "gpt-4o-mini");
    });
  });

  describe("of several deployments", () => {
    it("are shared by weight among all of them", async () => {
      for (let round = 0; round < 8; round += 1)
        await Promise.all(Array.from({ length: 10 }, () => json(ask("load-balancing", "gpt-3.5-turbo"))));
      const counts = new Map<string, number>();
      for (const line of lines()) counts.set(line, (counts.get(line) ?? 0) + 1);
      const [first, ...others] = [...counts].sort(([, a], [, b]) => b - a);
      assert.equal(first?.[0], `openai/v1/chat/completions ${keyOf("OPENAI_API_KEY")}`);
      assert.deepEqual(others.map(([line]) => line).sort(), [
        `example-east.openai.azure.com/openai/deployments/gpt-4o-mini/chat/completions 2025-01-01-preview ${keyOf("AZURE_API_KEY")}`,
        `openai/v1/chat/completions ${keyOf("OPENAI_BACKUP_API_KEY")}`,
      ]);
    });

    it("go to the first by order, and to the second when that fails", async () => {
      await json(ask("load-balancing", "embeddings", "embedding"));
      assert.deepEqual(lines(), [`openai/v1/embeddings ${keyOf("OPENAI_API_KEY")}`]);
      upstream.disturb = ({ upstream: host }) => (host === "openai" ? { status: 500 } : undefined);
      await json(ask("load-balancing", "embeddings", "embedding"));
      assert.equal(upstream.requests.at(-1)?.upstream, "example-east.openai.azure.com");
    });
  });

  /** LiteLLM counts by the minute of the clock: a test that counts needs one to itself. */
  async function untilMinuteHasRoom(): Promise<void> {
    const second = new Date().getSeconds();
    if (second > 45) await sleep((61 - second) * 1000);
  }

  describe("within limits", () => {
    it("are refused from the third request on that is one too many", async () => {
      await untilMinuteHasRoom();
      const statuses: number[] = [];
      for (let count = 0; count < 3; count += 1) statuses.push((await ask("limits", "two-a-minute")).status);
      assert.deepEqual(statuses, [200, 200, 429]);
      assert.equal(upstream.requests.length, 2);
    });

    it("are refused once the tokens that their provider counted are used up", async () => {
      await untilMinuteHasRoom();
      const request = () => ask("limits", "six-tokens-a-minute");
      // An answer has 3 tokens, which LiteLLM counts a moment after it has given the answer.
      await json(request());
      await json(request());
      let refused = await request();
      for (const end = Date.now() + 10_000; refused.status === 200 && Date.now() < end;) refused = await request();
      const { error } = await json<{ error: { message: string } }>(Promise.resolve(refused), 429);
      const [, used = ""] = /TPM limit=6, current usage=(\d+)/.exec(error.message) ?? assert.fail(error.message);
      assert.ok(Number(used) >= 6 && Number(used) % 3 === 0, used);
      const { length } = upstream.requests;
      await json(request(), 429);
      assert.equal(upstream.requests.length, length);
    });

    /** Asks a third time while two requests are with the provider, who answers them only then. */
    async function askThirdInFlight(model: string): Promise<void> {
      const bothThere = Promise.withResolvers<undefined>();
      const answers = Promise.withResolvers<undefined>();
      upstream.disturb = () => {
        if (upstream.requests.length === 2) bothThere.resolve(undefined);
        return { until: answers.promise };
      };
      const first = [ask("limits", model), ask("limits", model)];
      await bothThere.promise;
      const { error } = await json<{ error: { message: string } }>(ask("limits", model), 429);
      assert.match(error.message, /already has max_parallel_requests=2 requests in flight/);
      assert.equal(upstream.requests.length, 2);
      answers.resolve(undefined);
      await Promise.all(first.map((answer) => json(answer)));
    }

    it("are refused, and do not wait, while as many as allowed are in flight, and answer when these have ended", async () => {
      await askThirdInFlight("two-at-once");
      await json(ask("limits", "two-at-once"));
    });

    it("have no more in flight than they answer in a minute, where nothing else is said", async () => {
      await askThirdInFlight("two-at-once-by-rpm");
    });

    it("are refused at the 101st request of the KServe example", async () => {
      await untilMinuteHasRoom();
      const responses = [];
      for (let round = 0; round < 11; round += 1) {
        const wave = Array.from({ length: round === 10 ? 1 : 10 }, () => ask("kserve", "llama-70b-limited"));
        responses.push(...(await Promise.all(wave)));
      }
      assert.deepEqual(
        responses.map(({ status }) => status),
        [...Array.from({ length: 100 }, () => 200), 429],
      );
    });

    it("end when their time is over", async () => {
      upstream.disturb = () => ({ delayMilliseconds: 5000 });
      const begin = Date.now();
      const response = await ask("limits", "short");
      assert.equal(response.status, 408, await response.text());
      assert.ok(Date.now() - begin < 4000);
    });

    it("end when a stream does not begin in time", async () => {
      upstream.disturb = () => ({ delayMilliseconds: 5000 });
      const begin = Date.now();
      const response = await client("limits").chat("hello", { model: "short-stream", stream: true });
      assert.equal(response.status, 408, await response.text());
      assert.ok(Date.now() - begin < 4000);
    });

    it("cool down after more failures than allowed, and are not asked meanwhile", async () => {
      upstream.disturb = () => ({ status: 500 });
      const first = await ask("limits", "one-strike");
      assert.equal(first.status, 500, await first.text());
      upstream.reset();
      const second = await ask("limits", "one-strike");
      assert.equal(second.status, 429, await second.text());
      assert.deepEqual(upstream.requests, []);
    });

    it("by tags get the requests that have them", async () => {
      const tagged = (tag: string) => client("limits").chat("hello", { model: "paid", metadata: { tags: [tag] } });
      for (let round = 0; round < 3; round += 1) {
        await json(tagged("paid"));
        await json(tagged("free"));
      }
      assert.deepEqual(
        upstream.requests.map(({ upstream: host }) => host),
        ["openai", "groq", "openai", "groq", "openai", "groq"],
      );
    });

    it("send the parameters and headers that the catalogue gives them, and the caller's before these", async () => {
      await json(ask("limits", "with-parameters"));
      await json(client("limits").chat("hello", { model: "with-parameters", temperature: 0.9 }));
      const [first, second] = upstream.requests;
      assert.equal(first?.body["temperature"], 0.2);
      assert.equal(second?.body["temperature"], 0.9);
      assert.equal(first.headers["openai-organization"], "org-1");
      assert.equal(first.headers["x-team"], "ai");
    });
  });

  describe("behind a guardrail", () => {
    const ask = (content: string, guardrails: string[]) =>
      client("limits").chat(content, { model: "with-parameters", guardrails });

    it("get what it lets pass, and not what it blocks", async () => {
      await json(ask("allowed words", ["words"]));
      const blocked = await ask("forbidden words", ["words"]);
      assert.ok(blocked.status >= 400 && blocked.status < 500, `${blocked.status}`);
      assert.match(await blocked.text(), /forbidden|blocked/i);
      await json(ask("forbidden words", []));
      assert.equal(upstream.requests.length, 2);
    });
  });

  it("stand beside the MCP servers that the configuration names", async () => {
    const servers = await json<{ server_name: string; url: string; auth_type: string }[]>(
      client("limits").get("/v1/mcp/server"),
    );
    assert.deepEqual(
      servers.map(({ server_name: name, url, auth_type: auth }) => [name, url, auth]),
      [["docs", "https://mcp.example.com/mcp", "bearer_token"]],
    );
  });

  describe("stream", () => {
    for (const [example, model] of [
      ["azure-catalogue", "gpt-4.1"],
      ["azure-catalogue", "claude-sonnet-4-5"],
      ["providers", "gpt-4o"],
      ["kserve", "llama-70b-direct"],
    ] as const)
      it(`from ${model} piece by piece`, async () => {
        const response = await client(example).chat("hello", { model, stream: true });
        assert.equal(response.headers.get("content-type")?.split(";")[0], "text/event-stream");
        const events = (await response.text()).split("\n\n").filter((event) => event.startsWith("data: "));
        assert.equal(events.pop(), "data: [DONE]");
        const pieces = events.map((event) => {
          const { choices } = JSON.parse(event.slice("data: ".length)) as {
            choices: { delta: { content?: string } }[];
          };
          return choices[0]?.delta.content ?? "";
        });
        assert.deepEqual(pieces.filter(Boolean), ["one ", "two ", "three"]);
        assert.equal(upstream.requests[0]?.body["stream"], true);
      });
  });

  describe("and their health", () => {
    interface Health {
      healthy_endpoints: { model: string }[];
      unhealthy_endpoints: { model: string }[];
    }
    const modelsOf = (endpoints: readonly { model: string }[]) => endpoints.map(({ model }) => model).sort();

    it("are alive and ready without asking a provider", async () => {
      for (const path of ["/health/liveliness", "/health/readiness"])
        assert.equal((await client("azure-catalogue").get(path)).status, 200);
      assert.deepEqual(upstream.requests, []);
    });

    it("are checked, but for realtime, audio chat and Azure AI's embeddings", async () => {
      const health = await json<Health>(client("azure-catalogue").get("/health"));
      assert.deepEqual(health.unhealthy_endpoints, []);
      const left = ["azure/gpt-audio", "azure/gpt-audio-mini", "azure/gpt-realtime", "azure/gpt-realtime-mini"];
      const unchecked = [...left, "azure_ai/cohere-embed-v-4-0"];
      const all = exampleConfig("azure-catalogue").models.list.map(({ litellm_params: params }) => params.model);
      assert.deepEqual(modelsOf(health.healthy_endpoints), all.filter((model) => !unchecked.includes(model)).sort());
      assert.equal(health.healthy_endpoints.length, 20);
    });

    it("are told unhealthy when their provider fails", async () => {
      upstream.disturb = ({ upstream: host }) => (host.startsWith("llama-70b-predictor") ? { status: 500 } : undefined);
      const health = await json<{ unhealthy_endpoints: { model_id: string }[]; healthy_count: number }>(
        client("kserve").get("/health"),
      );
      assert.deepEqual(
        health.unhealthy_endpoints.map(({ model_id: id }) => id),
        ["llama-70b-direct"],
      );
      assert.equal(health.healthy_count, 2);
    });

    it("are never checked in the background: nobody asks a provider unasked", async () => {
      await sleep(2000);
      assert.deepEqual(upstream.requests, []);
    });
  });
});
