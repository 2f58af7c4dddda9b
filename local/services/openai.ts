import { createHash } from "node:crypto";

/** A request that the OpenAI API would refuse, with the status and the code it would answer. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The body of an error, in OpenAI's shape. */
export function errorBody({ status, code, message }: RequestError) {
  const type = status === 401 ? "authentication_error" : "invalid_request_error";
  return { error: { message, type, param: null, code } };
}

export interface ChatRequest {
  readonly model: string;
  /** The text of the last message of the user. */
  readonly prompt: string;
  readonly promptTokens: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Reads the body of a chat completion; throws a {@link RequestError} that names the field. */
export function parseChat(body: unknown): ChatRequest {
  const request = asObject(body, "the body");
  const { messages, stream, stream_options: streamOptions } = request;
  if (!Array.isArray(messages) || messages.length === 0) throw invalid("messages: a list with a message is required");
  const parsed = messages.map((message: unknown, index) => parseMessage(message, `messages[${index}]`));
  if (stream !== undefined && stream !== null && typeof stream !== "boolean")
    throw invalid("stream: true or false is allowed");
  const options =
    streamOptions === undefined || streamOptions === null ? {} : asObject(streamOptions, "stream_options");
  return {
    model: modelOf(request),
    prompt: parsed.findLast(({ role }) => role === "user")?.text ?? "",
    promptTokens: parsed.reduce((sum, { text }) => sum + countTokens(text), 0),
    stream: stream === true,
    includeUsage: options["include_usage"] === true,
  };
}

const roles = ["system", "developer", "user", "assistant", "tool"];

function parseMessage(value: unknown, path: string): { role: string; text: string } {
  const { role, content } = asObject(value, path);
  if (typeof role !== "string" || !roles.includes(role))
    throw invalid(`${path}.role: one of ${roles.join(", ")} is allowed`);
  if (typeof content === "string") return { role, text: content };
  if (content === undefined || content === null) {
    if (role === "assistant") return { role, text: "" };
    throw invalid(`${path}.content: text is required`);
  }
  if (!Array.isArray(content)) throw invalid(`${path}.content: text or a list of parts is allowed`);
  const texts = content.map((part: unknown, index) => {
    const { type, text } = asObject(part, `${path}.content[${index}]`);
    if (type === "text" && typeof text !== "string") throw invalid(`${path}.content[${index}].text: text is required`);
    return typeof text === "string" ? text : "";
  });
  return { role, text: texts.join(" ") };
}

export interface EmbeddingRequest {
  readonly model: string;
  readonly inputs: readonly string[];
  readonly dimensions: number;
  readonly base64: boolean;
}

/** Reads the body of an embedding request; throws a {@link RequestError} that names the field. */
export function parseEmbedding(body: unknown): EmbeddingRequest {
  const request = asObject(body, "the body");
  const { input, dimensions = 8, encoding_format: format = "float" } = request;
  const inputs: unknown[] = Array.isArray(input) ? input : [input];
  if (inputs.length === 0 || !inputs.every((item) => typeof item === "string" && item !== ""))
    throw invalid("input: text or a list of texts is required");
  if (typeof dimensions !== "number" || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > 4096)
    throw invalid("dimensions: a whole number from 1 to 4096 is allowed");
  if (format !== "float" && format !== "base64") throw invalid("encoding_format: float or base64 is allowed");
  return { model: modelOf(request), inputs: inputs as string[], dimensions, base64: format === "base64" };
}

/** What the model says: which model it is, and what it was told. */
export function replyTo({ model, prompt }: ChatRequest): string {
  return `${model} heard: ${prompt}`;
}

/** A vector of length 1 that depends on model and text only. */
export function embed(model: string, text: string, dimensions: number): number[] {
  const values = Array.from({ length: dimensions }, (_, index) => {
    const digest = createHash("sha256")
      .update(JSON.stringify([model, text, index]))
      .digest();
    return digest.readInt32BE(0) / 0x8000_0000;
  });
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** A vector as OpenAI's `base64` encoding has it: little-endian 32-bit floats. */
export function toBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}

/** Words stand in for tokens. */
export function countTokens(text: string): number {
  return text.split(/\s+/).filter((word) => word !== "").length;
}

export function usageOf(promptTokens: number, completion: string) {
  const completionTokens = countTokens(completion);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function modelOf({ model }: Record<string, unknown>): string {
  if (typeof model !== "string" || model === "") throw invalid("model: a name is required");
  return model;
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(`${path}: an object is required`);
  return value as Record<string, unknown>;
}

function invalid(message: string): RequestError {
  return new RequestError(400, "invalid_request", message);
}
