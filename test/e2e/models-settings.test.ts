import assert from "node:assert/strict";
import { validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";
import { json, serveModels } from "./support/served-models.ts";

const openai = { model: "openai/gpt-4o", api_key: "os.environ/OPENAI_API_KEY" };
const config = validConfig(
  having({
    "gateway.retries": 0,
    "models.list": [
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
    routing: { enable_tag_filtering: true },
  }),
);

describe("the models on a real LiteLLM", function () {
  this.timeout(60_000);
  const models = serveModels(config);

  it("by tags get the requests that have them", async () => {
    const tagged = (tag: string) => models.client().chat("hello", { model: "paid", metadata: { tags: [tag] } });
    for (let round = 0; round < 3; round += 1) {
      await json(tagged("paid"));
      await json(tagged("free"));
    }
    assert.deepEqual(
      models.upstream.requests.map(({ upstream: host }) => host),
      ["openai", "groq", "openai", "groq", "openai", "groq"],
    );
  });

  it("send the parameters and headers that the catalogue gives them, and the caller's before these", async () => {
    await json(models.ask("with-parameters"));
    await json(models.client().chat("hello", { model: "with-parameters", temperature: 0.9 }));
    const [first, second] = models.upstream.requests;
    assert.equal(first?.body["temperature"], 0.2);
    assert.equal(second?.body["temperature"], 0.9);
    assert.equal(first.headers["openai-organization"], "org-1");
    assert.equal(first.headers["x-team"], "ai");
  });

  describe("behind a guardrail", () => {
    const ask = (content: string, guardrails: string[]) =>
      models.client().chat(content, { model: "with-parameters", guardrails });

    it("get what it lets pass, and not what it blocks", async () => {
      await json(ask("allowed words", ["words"]));
      const blocked = await ask("forbidden words", ["words"]);
      assert.ok(blocked.status >= 400 && blocked.status < 500, `${blocked.status}`);
      assert.match(await blocked.text(), /forbidden|blocked/i);
      await json(ask("forbidden words", []));
      assert.equal(models.upstream.requests.length, 2);
    });
  });

  it("stand beside the MCP servers that the configuration names", async () => {
    const servers = await json<{ server_name: string; url: string; auth_type: string }[]>(
      models.client().get("/v1/mcp/server"),
    );
    assert.deepEqual(
      servers.map(({ server_name: name, url, auth_type: auth }) => [name, url, auth]),
      [["docs", "https://mcp.example.com/mcp", "bearer_token"]],
    );
  });
});
