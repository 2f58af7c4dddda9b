import assert from "node:assert/strict";
import { keyOf } from "./support/litellm-process.ts";
import { assumedKey, serviceAccountToken } from "./support/recording-upstream.ts";
import { json, serveExample } from "./support/served-models.ts";
import { ServiceAccount, serviceAccountEmail } from "./support/service-account.ts";

describe("the models of many providers on a real LiteLLM", function () {
  this.timeout(60_000);
  let account: ServiceAccount;
  const models = serveExample("providers", ({ url }) => {
    account = new ServiceAccount(`${url}/oauth2/token`);
    return { values: { VERTEX_CREDENTIALS: account.json } };
  });

  describe("lists", () => {
    it("the providers' names, and for a wildcard the models that LiteLLM knows", async () => {
      const names = await models.listed();
      const plain = models.names.filter((name) => name !== "openai/*");
      assert.deepEqual(
        names.filter((name) => !name.startsWith("openai/")),
        plain.sort(),
      );
      assert.ok(names.includes("openai/gpt-4o"));
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
        const response = await models.ask(name);
        assert.equal(response.status, 200, await response.text());
        assert.deepEqual(models.lines(), requests);
      });

    it("gemini-pro is asked in its project and region, by a token that its service account has signed for", async () => {
      await json(models.ask("gemini-pro"));
      const [login, call, ...others] = models.upstream.requests;
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
      assert.deepEqual(asked.sort(), models.names.sort());
    });
  });

  describe("stream", () => {
    it("from gpt-4o piece by piece", async () => {
      assert.deepEqual(await models.pieces("gpt-4o"), ["one ", "two ", "three"]);
      assert.equal(models.upstream.requests[0]?.body["stream"], true);
    });
  });
});
