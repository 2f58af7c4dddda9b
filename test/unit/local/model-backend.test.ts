import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createModelServer } from "../../../local/services/model-server.ts";

describe("the local model backend", () => {
  const directory = mkdtempSync(join(tmpdir(), "model-backend-"));
  const keyFile = join(directory, "key");
  const server = createModelServer(keyFile);
  let url = "";

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    writeFileSync(keyFile, "sk-one\n");
  });
  after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  async function call(path: string, body?: unknown, key = "sk-one") {
    const init =
      body === undefined ? {} : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await fetch(url + path, { ...init, headers: { authorization: `Bearer ${key}` } });
    const text = await response.text();
    const json = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: response.status, text, json };
  }

  const messages = [
    { role: "system", content: "be brief" },
    { role: "user", content: [{ type: "text", text: "hello there" }] },
  ];

  it("repeats the last message and says which model it is", async () => {
    const { status, json } = await call("/v1/chat/completions", { model: "echo", messages });
    assert.equal(status, 200);
    assert.deepEqual(json["choices"], [
      {
        index: 0,
        message: { role: "assistant", content: "echo heard: hello there" },
        finish_reason: "stop",
        logprobs: null,
      },
    ]);
    assert.deepEqual(json["usage"], { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 });
  });

  it("streams the same reply, with the usage at the end", async () => {
    const options = { stream: true, stream_options: { include_usage: true } };
    const { text } = await call("/v1/chat/completions", { model: "echo", messages, ...options });
    const events = text.trim().split("\n\n");
    assert.equal(events.pop(), "data: [DONE]");
    const chunks = events.map(
      (event) =>
        JSON.parse(event.slice("data: ".length)) as { choices: { delta: { content?: string } }[]; usage: unknown },
    );
    const content = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? "")).join("");
    assert.equal(content, "echo heard: hello there");
    assert.deepEqual(chunks.at(-1)?.usage, { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 });
  });

  it("gives the same text the same vector, in either encoding", async () => {
    const vectors = async (format: string) => {
      const body = { model: "embed", input: ["a", "b", "a"], dimensions: 3, encoding_format: format };
      const { json } = await call("/v1/embeddings", body);
      return (json["data"] as { embedding: unknown }[]).map(({ embedding }) => embedding);
    };
    const floats = (await vectors("float")) as number[][];
    assert.deepEqual(floats[0], floats[2]);
    assert.notDeepEqual(floats[0], floats[1]);
    assert.ok(Math.abs(Math.hypot(...(floats[0] ?? [])) - 1) < 1e-9);
    const [encoded] = (await vectors("base64")) as string[];
    const bytes = Buffer.from(encoded ?? "", "base64");
    assert.deepEqual(
      [0, 4, 8].map((offset) => bytes.readFloatLE(offset)),
      floats[0]?.map(Math.fround),
    );
  });

  it("counts what the model was asked, and nothing else", async () => {
    const before = (await call("/stats")).json["calls"] as number;
    await call("/v1/models");
    await call("/v1/chat/completions", { model: "echo", messages: [] });
    await call("/v1/chat/completions", { model: "echo", messages }, "sk-wrong");
    await call("/v1/chat/completions", { model: "echo", messages });
    assert.equal((await call("/stats")).json["calls"], before + 1);
  });

  it("takes a rotated key at once, and the old one no longer", async () => {
    writeFileSync(keyFile, "sk-two");
    assert.equal((await call("/v1/models", undefined, "sk-one")).status, 401);
    assert.equal((await call("/v1/models", undefined, "sk-two")).status, 200);
    writeFileSync(keyFile, "");
    assert.equal((await call("/v1/models", undefined, "")).status, 401);
  });

  it("tells its health without a key", async () => {
    assert.equal((await fetch(`${url}/health`)).status, 200);
  });

  const refused: [string, string, unknown, number, RegExp][] = [
    ["no messages", "/v1/chat/completions", { model: "m" }, 400, /^messages: /],
    ["a bad role", "/v1/chat/completions", { model: "m", messages: [{ role: "x" }] }, 400, /^messages\[0\]\.role: /],
    [
      "no content",
      "/v1/chat/completions",
      { model: "m", messages: [{ role: "user" }] },
      400,
      /^messages\[0\]\.content: /,
    ],
    ["no model", "/v1/chat/completions", { messages }, 400, /^model: /],
    ["a bad stream", "/v1/chat/completions", { model: "m", messages, stream: "yes" }, 400, /^stream: /],
    ["no input", "/v1/embeddings", { model: "m", input: [] }, 400, /^input: /],
    ["bad dimensions", "/v1/embeddings", { model: "m", input: "a", dimensions: 0 }, 400, /^dimensions: /],
    ["a body that is no JSON", "/v1/embeddings", "{", 400, /^the body: /],
    ["too long a body", "/v1/embeddings", "x".repeat(5_000_000), 413, /^the body: at most/],
    ["an unknown route", "/v1/none", {}, 404, /^POST \/v1\/none: /],
  ];
  for (const [what, path, body, status, message] of refused)
    it(`refuses ${what} in OpenAI's words`, async () => {
      const answer = await call(path, body);
      assert.equal(answer.status, status);
      assert.match((answer.json["error"] as { message: string }).message, message);
    });
});
