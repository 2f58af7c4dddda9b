import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import {
  type ChatRequest,
  RequestError,
  countTokens,
  embed,
  errorBody,
  parseChat,
  parseEmbedding,
  replyTo,
  toBase64,
  usageOf,
} from "./openai.ts";

const bodyLimit = 4 * 1024 * 1024;

/**
 * An OpenAI-compatible server whose model repeats what it is told. It asks for a key as a provider does and counts
 * what it is asked, so that a test can tell an answer from the cache from one of the model.
 *
 * @param keyFile file with the key, read at each request so that a rotation takes effect at once
 */
export function createModelServer(keyFile: string): Server {
  let calls = 0;
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void> | void> = {
    "POST /v1/chat/completions": async (request, response) => {
      const chat = parseChat(await readJson(request));
      calls++;
      if (chat.stream) streamChat(response, chat, `chatcmpl-${calls}`);
      else sendJson(response, 200, chatCompletion(chat, `chatcmpl-${calls}`));
    },
    "POST /v1/embeddings": async (request, response) => {
      const body = parseEmbedding(await readJson(request));
      calls++;
      sendJson(response, 200, embeddings(body));
    },
    "GET /v1/models": (_, response) => {
      const data = ["echo", "embed"].map((id) => ({ id, object: "model", created: 0, owned_by: "litellm-platform" }));
      sendJson(response, 200, { object: "list", data });
    },
    "GET /stats": (_, response) => {
      sendJson(response, 200, { calls });
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const route = `${request.method ?? ""} ${new URL(request.url ?? "/", "http://localhost").pathname}`;
    if (route === "GET /health") {
      sendJson(response, 200, { status: "ok" });
      return;
    }
    checkKey(request.headers.authorization, readFileSync(keyFile, "utf8").trim());
    const handler = routes[route];
    if (handler === undefined) throw new RequestError(404, "not_found", `${route}: there is no such route`);
    await handler(request, response);
  };

  // A connection that is closed for idling may be the one on which a client asks next.
  return createServer({ keepAliveTimeout: 0 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const known = error instanceof RequestError;
      if (!known) console.error(error);
      const answer = known ? error : new RequestError(500, "server_error", "the model server failed, see its log");
      if (response.headersSent) {
        response.destroy();
        return;
      }
      // A body that was not read to its end would be taken for the next request.
      if (!request.complete) response.setHeader("connection", "close");
      sendJson(response, answer.status, errorBody(answer));
    });
  });
}

/** Refuses a wrong key, in a time that does not depend on where it is wrong. */
function checkKey(header: string | undefined, key: string): void {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const right = timingSafeEqual(digest(header ?? ""), digest(`Bearer ${key}`));
  if (key === "" || !right) throw new RequestError(401, "invalid_api_key", "Incorrect API key provided.");
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new RequestError(413, "too_large", `the body: at most ${bodyLimit} bytes are allowed`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new RequestError(400, "invalid_request", "the body: JSON is required");
    throw error;
  }
}

function chatCompletion(chat: ChatRequest, id: string) {
  const content = replyTo(chat);
  return {
    id,
    object: "chat.completion",
    created: now(),
    model: chat.model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop", logprobs: null }],
    usage: usageOf(chat.promptTokens, content),
  };
}

/** The same reply word by word, as server-sent events. */
function streamChat(response: ServerResponse, chat: ChatRequest, id: string): void {
  const content = replyTo(chat);
  const common = { id, object: "chat.completion.chunk", created: now(), model: chat.model };
  const usage = chat.includeUsage ? { usage: null } : {};
  const send = (fields: object) => response.write(`data: ${JSON.stringify({ ...common, ...fields })}\n\n`);
  const delta = (value: object, finish: string | null = null) =>
    send({ choices: [{ index: 0, delta: value, finish_reason: finish }], ...usage });

  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  delta({ role: "assistant", content: "" });
  for (const word of content.match(/\S+\s*|^\s+/g) ?? []) delta({ content: word });
  delta({}, "stop");
  if (chat.includeUsage) send({ choices: [], usage: usageOf(chat.promptTokens, content) });
  response.end("data: [DONE]\n\n");
}

function embeddings({ model, inputs, dimensions, base64 }: ReturnType<typeof parseEmbedding>) {
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  const data = inputs.map((input, index) => {
    const vector = embed(model, input, dimensions);
    return { object: "embedding", index, embedding: base64 ? toBase64(vector) : vector };
  });
  return { object: "list", model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
