import assert from "node:assert/strict";
import { json, serveExample, untilMinuteHasRoom } from "./support/served-models.ts";

describe("the models of KServe on a real LiteLLM", function () {
  this.timeout(60_000);
  const models = serveExample("kserve");

  describe("lists", () => {
    it("the names and the alias of KServe's models", async () => {
      assert.deepEqual(await models.listed(), ["gpt-4", "llama-70b", "llama-70b-direct", "llama-70b-limited"]);
    });
  });

  describe("in the cluster", () => {
    it("are asked at the predictor, at the gateway, and by the name that OpenAI's clients use", async () => {
      for (const name of ["llama-70b-direct", "llama-70b", "gpt-4"]) await json(models.ask(name));
      assert.deepEqual(
        models.upstream.requests.map(({ upstream: host, path }) => `${host}${path}`),
        [
          "llama-70b-predictor.llm-platform.svc.cluster.local/v1/chat/completions",
          "inference-gateway.llm-platform.svc.cluster.local/v1/chat/completions",
          "inference-gateway.llm-platform.svc.cluster.local/v1/chat/completions",
        ],
      );
      assert.ok(models.upstream.requests.every(({ body }) => body["model"] === "meta-llama/Llama-3.3-70B-Instruct"));
    });

    it("are answered by the predictor while the gateway has no pod", async () => {
      models.upstream.disturb = ({ upstream: host }) =>
        host.startsWith("inference-gateway") ? { status: 503 } : undefined;
      await json(models.ask("llama-70b"));
      assert.equal(models.upstream.requests.at(-1)?.upstream, "llama-70b-predictor.llm-platform.svc.cluster.local");
    });
  });

  describe("within limits", () => {
    it("are refused at the 101st request of the KServe example", async () => {
      await untilMinuteHasRoom();
      const responses = [];
      for (let round = 0; round < 11; round += 1) {
        const wave = Array.from({ length: round === 10 ? 1 : 10 }, () => models.ask("llama-70b-limited"));
        responses.push(...(await Promise.all(wave)));
      }
      assert.deepEqual(
        responses.map(({ status }) => status),
        [...Array.from({ length: 100 }, () => 200), 429],
      );
    });
  });

  describe("stream", () => {
    it("from llama-70b-direct piece by piece", async () => {
      assert.deepEqual(await models.pieces("llama-70b-direct"), ["one ", "two ", "three"]);
      assert.equal(models.upstream.requests[0]?.body["stream"], true);
    });
  });

  describe("and their health", () => {
    it("are told unhealthy when their provider fails", async () => {
      models.upstream.disturb = ({ upstream: host }) =>
        host.startsWith("llama-70b-predictor") ? { status: 500 } : undefined;
      const health = await json<{ unhealthy_endpoints: { model_id: string }[]; healthy_count: number }>(
        models.client().get("/health"),
      );
      assert.deepEqual(
        health.unhealthy_endpoints.map(({ model_id: id }) => id),
        ["llama-70b-direct"],
      );
      assert.equal(health.healthy_count, 2);
    });
  });
});
