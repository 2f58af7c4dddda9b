import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { tlsFiles } from "../support/loopback.ts";
import { keyOf } from "./support/litellm-process.ts";
import { json, serveExample } from "./support/served-models.ts";

describe("the models of the Azure catalogue on a real LiteLLM", function () {
  this.timeout(60_000);
  const models = serveExample("azure-catalogue", ({ sessionsUrl }) => ({
    values: { SSL_CERT_FILE: tlsFiles.ca },
    sessions: sessionsUrl,
  }));

  // Before anything else: the first check in the background would follow the start at once, the next one minutes later.
  it("are never checked in the background: nobody asks a provider unasked", async () => {
    await sleep(2000);
    assert.deepEqual(models.upstream.requests, []);
  });

  describe("lists", () => {
    it("exactly the 25 names of the Azure catalogue", async () => {
      assert.equal(models.names.length, 25);
      assert.deepEqual(await models.listed(), models.names.sort());
    });

    it("every deployment under the access groups and the identity that it was given", async () => {
      const { data } = await json<{
        data: { model_name: string; model_info: { id: string; access_groups: string[] } }[];
      }>(models.client().get("/v1/model/info"));
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

  const azureRegions: Readonly<Record<string, readonly [host: string, version: string, key: string]>> = {
    "azure-us-east": ["example-east", "2025-01-01-preview", "AZURE_US_EAST_API_KEY"],
    "azure-us-east2": ["example-east2", "2025-04-01-preview", "AZURE_US_EAST2_API_KEY"],
  };
  const azurePaths: Readonly<Record<string, string>> = {
    embedding: "embeddings",
    image_generation: "images/generations",
  };

  describe("of Azure", () => {
    for (const { model_name: name, litellm_params: params, model_info: info } of models.config.models.list) {
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
        const response = await models.ask(name, mode);
        assert.equal(response.status, 200, await response.text());
        assert.deepEqual(models.lines(), [line]);
      });
    }

    for (const name of ["gpt-realtime", "gpt-realtime-mini"])
      it(`${name} holds a session at its resource, with its key`, async () => {
        const session = new WebSocket(`${models.proxy.url.replace("http", "ws")}/v1/realtime?model=${name}`, {
          headers: { Authorization: `Bearer ${models.proxy.masterKey}` },
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
        assert.deepEqual(models.lines(), [
          `example-east2.openai.azure.com/openai/v1/realtime ${keyOf("AZURE_US_EAST2_API_KEY")}`,
        ]);
        assert.deepEqual(models.upstream.requests[0]?.query, { model: name });
      });

    it("the embedding model gets the parameter that the catalogue gives it", async () => {
      await json(models.ask("cohere-embed-v-4-0", "embedding"));
      assert.equal(models.upstream.requests[0]?.body["input_type"], "text");
    });
  });

  describe("stream", () => {
    for (const model of ["gpt-4.1", "claude-sonnet-4-5"])
      it(`from ${model} piece by piece`, async () => {
        assert.deepEqual(await models.pieces(model), ["one ", "two ", "three"]);
        assert.equal(models.upstream.requests[0]?.body["stream"], true);
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
        assert.equal((await models.client().get(path)).status, 200);
      assert.deepEqual(models.upstream.requests, []);
    });

    it("are checked, but for realtime, audio chat and Azure AI's embeddings", async () => {
      const health = await json<Health>(models.client().get("/health"));
      assert.deepEqual(health.unhealthy_endpoints, []);
      const left = ["azure/gpt-audio", "azure/gpt-audio-mini", "azure/gpt-realtime", "azure/gpt-realtime-mini"];
      const unchecked = [...left, "azure_ai/cohere-embed-v-4-0"];
      const all = models.config.models.list.map(({ litellm_params: params }) => params.model);
      assert.deepEqual(modelsOf(health.healthy_endpoints), all.filter((model) => !unchecked.includes(model)).sort());
      assert.equal(health.healthy_endpoints.length, 20);
    });
  });
});
