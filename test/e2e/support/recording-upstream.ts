import { readFileSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { tlsFiles } from "../../support/loopback.ts";

/** A request as a provider would have got it. */
export interface Recorded {
  /** Host that the deployment names, or the provider's prefix where it names none. */
  readonly upstream: string;
  readonly method: string;
  /** Path behind the upstream, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** JSON or a form. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a test makes an upstream do in place of answering well. */
export interface Disturbance {
  readonly status?: number;
  /** OpenAI's code of the error. */
  readonly code?: string;
  readonly message?: string;
  /** What the answer waits for. */
  readonly until?: Promise<unknown>;
}

/**
 * All providers in one server: `http://<address>/<upstream>/<path>`. It answers in the protocol that the path belongs
 * to and keeps every request.
 */
export class RecordingUpstream {
  readonly requests: Recorded[] = [];
  /** Asked for every request; nothing is a good answer at once. */
  disturb: (request: Recorded) => Disturbance | undefined = () => undefined;
  readonly #server: Server;
  readonly #sessions: Server;

  private constructor(server: Server, sessions: Server) {
    this.#server = server;
    this.#sessions = sessions;
  }

  static async start(): Promise<RecordingUpstream> {
    // A connection that is closed for idling may be the one on which LiteLLM asks next.
    const server = createServer({ keepAliveTimeout: 0 });
    const sessions = createSecureServer({
      cert: readFileSync(tlsFiles.certificate),
      key: readFileSync(tlsFiles.key),
    });
    const upstream = new RecordingUpstream(server, sessions);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      upstream.#handle(request, response).catch(() => response.destroy());
    });
    const sockets = new WebSocketServer({ noServer: true });
    sessions.on("upgrade", (request: IncomingMessage, socket, head) => {
      upstream.requests.push(recordOf(request, ""));
      sockets.handleUpgrade(request, socket, head, holdSession);
    });
    for (const each of [server, sessions]) await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where realtime sessions are held: by TLS, which LiteLLM insists on, under the tests' own CA. */
  get sessionsUrl(): string {
    return `https://127.0.0.1:${(this.#sessions.address() as AddressInfo).port}`;
  }

  /** Forgets requests and disturbances. */
  reset(): void {
    this.requests.length = 0;
    this.disturb = () => undefined;
  }

  stop(): void {
    for (const server of [this.#server, this.#sessions]) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const recorded = recordOf(request, Buffer.concat(chunks).toString("utf8"));
    this.requests.push(recorded);
    const { status = 200, code = null, message = "disturbed", until } = this.disturb(recorded) ?? {};
    await until;
    const answer = status === 200 ? answerTo(recorded) : { error: { message, type: "error", param: null, code } };
    if (recorded.upstream === "sts") sendAssumedRole(response);
    else if (answer === undefined) send(response, 404, { error: { message: `no answer for ${recorded.path}` } });
    else if (status === 200 && recorded.body["stream"] === true) stream(response, recorded);
    else send(response, status, answer);
  }
}

/** A realtime session, which answers what it is asked for. */
function holdSession(session: WebSocket): void {
  const tell = (event: object) => {
    session.send(JSON.stringify({ event_id: "1", ...event }));
  };
  tell({ type: "session.created", session: { id: "session-1" } });
  session.on("message", (data: Buffer) => {
    if ((JSON.parse(data.toString("utf8")) as { type: string }).type !== "response.create") return;
    tell({ type: "response.text.delta", delta: content });
    tell({ type: "response.done", response: { id: "1", usage: null } });
  });
}

function recordOf(request: IncomingMessage, text: string): Recorded {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const [, upstream = "", ...rest] = pathname.split("/");
  return {
    upstream,
    method: request.method ?? "",
    path: `/${rest.join("/")}`,
    query: Object.fromEntries(searchParams),
    headers: request.headers,
    body: text.startsWith("{")
      ? (JSON.parse(text) as Record<string, unknown>)
      : Object.fromEntries(new URLSearchParams(text)),
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** AWS' answer to AssumeRole: keys for a time. */
function sendAssumedRole(response: ServerResponse): void {
  const credentials = `<AccessKeyId>${assumedKey}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>`;
  const user =
    "<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn><AssumedRoleId>id:s</AssumedRoleId></AssumedRoleUser>";
  const result = `<AssumeRoleResult><Credentials>${credentials}</Credentials>${user}</AssumeRoleResult>`;
  response.writeHead(200, { "content-type": "text/xml" });
  response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</AssumeRoleResponse>`);
}

/** The token that stands for a service account. */
export const serviceAccountToken = "token-of-the-service-account";

/** The access key that stands for a role. */
export const assumedKey = "key-of-the-role";

const words = ["one ", "two ", "three"];

function stream(response: ServerResponse, { body, path }: Recorded): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const event = (name: string | undefined, data: object) =>
    response.write(`${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
  if (path.endsWith("/messages")) {
    const message = { id: "msg_1", type: "message", role: "assistant", model: body["model"], content: [] };
    const usage = { input_tokens: 1, output_tokens: 1 };
    event("message_start", { type: "message_start", message: { ...message, usage } });
    event("content_block_start", { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
    for (const text of words)
      event("content_block_delta", { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
    event("content_block_stop", { type: "content_block_stop", index: 0 });
    event("message_delta", { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } });
    event("message_stop", { type: "message_stop" });
    response.end();
    return;
  }
  const chunk = (delta: object, finish: string | null) => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: body["model"] ?? "model",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  event(undefined, chunk({ role: "assistant", content: "" }, null));
  for (const content of words) event(undefined, chunk({ content }, null));
  event(undefined, chunk({}, "stop"));
  response.end("data: [DONE]\n\n");
}

const answers: readonly (readonly [RegExp, (request: Recorded) => unknown])[] = [
  [/\/chat\/completions$/, openaiChat],
  [/\/embeddings$/, embeddings],
  [/\/images\/generations$/, () => ({ created: 1, data: [{ b64_json: "aW1hZ2U=" }] })],
  [/\/messages$/, anthropicMessage],
  [
    /\/rerank$/,
    () => ({ id: "1", results: [{ index: 0, relevance_score: 0.9 }], meta: { billed_units: { search_units: 1 } } }),
  ],
  [/:generateContent$/, geminiContent],
  [/^\/token$/, () => ({ access_token: serviceAccountToken, expires_in: 3600, token_type: "Bearer" })],
  [/\/converse$/, bedrockConverse],
  [/\/api\/chat$/, ollamaChat],
  [/\/v[12]\/chat$|\/cohere_chat$/, cohereChat],
];

function answerTo(request: Recorded): unknown {
  return answers.find(([pattern]) => pattern.test(request.path))?.[1](request);
}

const content = "an answer";

function openaiChat({ body }: Recorded) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: body["model"] ?? "model",
    service_tier: "default",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  };
}

function embeddings({ body }: Recorded) {
  return {
    object: "list",
    model: body["model"] ?? "model",
    data: [{ object: "embedding", index: 0, embedding: [0.5, 0.5] }],
    usage: { prompt_tokens: 1, total_tokens: 1 },
  };
}

function anthropicMessage({ body }: Recorded) {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: body["model"],
    content: [{ type: "text", text: content }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 2 },
  };
}

function geminiContent() {
  return {
    candidates: [{ content: { role: "model", parts: [{ text: content }] }, finishReason: "STOP", index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
  };
}

function bedrockConverse() {
  return {
    output: { message: { role: "assistant", content: [{ text: content }] } },
    stopReason: "end_turn",
    usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
    metrics: { latencyMs: 1 },
  };
}

function ollamaChat({ body }: Recorded) {
  return {
    model: body["model"],
    created_at: "2025-01-01T00:00:00Z",
    message: { role: "assistant", content },
    done: true,
    prompt_eval_count: 1,
    eval_count: 2,
  };
}

function cohereChat() {
  return {
    id: "1",
    finish_reason: "COMPLETE",
    message: { role: "assistant", content: [{ type: "text", text: content }] },
    usage: { billed_units: { input_tokens: 1, output_tokens: 2 }, tokens: { input_tokens: 1, output_tokens: 2 } },
  };
}
