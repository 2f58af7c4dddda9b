import assert from "node:assert/strict";
import { keyOf } from "./support/litellm-process.ts";
import type { Recorded } from "./support/recording-upstream.ts";
import { json, serveExample } from "./support/served-models.ts";

describe("the models that stand in for each other on a real LiteLLM", function () {
  this.timeout(60_000);
  const models = serveExample("load-balancing");

  describe("lists", () => {
    it("a name of several deployments once, an alias, and no hidden one", async () => {
      assert.deepEqual(await models.listed(), [
        "embeddings",
        "gpt-3.5-turbo",
        "gpt-4o-mini",
        "long-context",
        "production-gpt4",
        "production-gpt4-fallback",
      ]);
    });
  });

  describe("with fallbacks", () => {
    const from = (host: string) => (request: Recorded) => request.upstream === host;

    // In this order: a request that is wrong by itself lets no deployment cool down, a provider that fails does.
    it("hand a prompt that is too long to the model for long ones", async () => {
      const message = "This model's maximum context length is 10 tokens.";
      models.upstream.disturb = (request) =>
        from("openai")(request) ? { status: 400, code: "context_length_exceeded", message } : undefined;
      await json(models.ask("production-gpt4"));
      assert.deepEqual(
        models.upstream.requests.map(({ upstream: host }) => host),
        ["openai", "gemini"],
      );
    });

    it("hand what a filter refuses to another provider", async () => {
      const message = "Your request was rejected as a result of our safety system.";
      models.upstream.disturb = (request) =>
        from("openai")(request) ? { status: 400, code: "content_policy_violation", message } : undefined;
      await json(models.ask("production-gpt4"));
      assert.deepEqual(
        models.upstream.requests.map(({ upstream: host }) => host),
        ["openai", "anthropic"],
      );
    });

    it("are tried again, and then another answers", async () => {
      models.upstream.disturb = (request) => (from("openai")(request) ? { status: 500 } : undefined);
      await json(models.ask("production-gpt4"));
      assert.deepEqual(
        models.upstream.requests.map(({ upstream: host }) => host),
        ["openai", "openai", "anthropic"],
      );
    });

    it("are not tried again after a wrong key", async () => {
      models.upstream.disturb = (request) => (from("openai")(request) ? { status: 401 } : undefined);
      await json(models.ask("production-gpt4"));
      assert.deepEqual(
        models.upstream.requests.map(({ upstream: host }) => host),
        ["openai", "anthropic"],
      );
    });

    it("of every model take over where a model has none of its own", async () => {
      models.upstream.disturb = (request) => (from("gemini")(request) ? { status: 500 } : undefined);
      await json(models.ask("long-context"));
      assert.equal(models.upstream.requests.at(-1)?.body["model"], "gpt-4o-mini");
    });
  });

  describe("of several deployments", () => {
    it("are shared by weight among all of them", async () => {
      for (let round = 0; round < 8; round += 1)
        await Promise.all(Array.from({ length: 10 }, () => json(models.ask("gpt-3.5-turbo"))));
      const counts = new Map<string, number>();
      for (const line of models.lines()) counts.set(line, (counts.get(line) ?? 0) + 1);
      const [first, ...others] = [...counts].sort(([, a], [, b]) => b - a);
      assert.equal(first?.[0], `openai/v1/chat/completions ${keyOf("OPENAI_API_KEY")}`);
      assert.deepEqual(others.map(([line]) => line).sort(), [
        `example-east.openai.azure.com/openai/deployments/gpt-4o-mini/chat/completions 2025-01-01-preview ${keyOf("AZURE_API_KEY")}`,
        `openai/v1/chat/completions ${keyOf("OPENAI_BACKUP_API_KEY")}`,
      ]);
    });

    it("go to the first by order, and to the second when that fails", async () => {
      await json(models.ask("embeddings", "embedding"));
      assert.deepEqual(models.lines(), [`openai/v1/embeddings ${keyOf("OPENAI_API_KEY")}`]);
      models.upstream.disturb = ({ upstream: host }) => (host === "openai" ? { status: 500 } : undefined);
      await json(models.ask("embeddings", "embedding"));
      assert.equal(models.upstream.requests.at(-1)?.upstream, "example-east.openai.azure.com");
    });
  });
});
