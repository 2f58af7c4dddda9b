import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlatformConfig } from "../../../config/platform.ts";
import { ensureLiteLLM } from "../../../local/services/litellm.ts";
import { exampleConfig } from "../../support/examples.ts";
import { GatewayClient } from "./gateway-client.ts";
import { type Additions, type StandaloneProxy, startStandalone } from "./litellm-process.ts";
import { type Recorded, RecordingUpstream } from "./recording-upstream.ts";

type AdditionsFor = (upstream: RecordingUpstream) => Additions;

/** Serves a configuration's models while the tests of a suite run. */
export function serveModels(config: PlatformConfig, additions?: AdditionsFor): ServedModels {
  const models = new ServedModels(config);

  before(async function () {
    this.timeout(0);
    await models.start(additions);
  });

  after(() => models.stop());

  beforeEach(() => {
    models.upstream.reset();
  });

  return models;
}

/** Serves the models of a worked example while the tests of a suite run. */
export function serveExample(name: string, additions?: AdditionsFor): ServedModels {
  return serveModels(exampleConfig(name), additions);
}

/** A configuration's models on a real LiteLLM, with one upstream in place of every provider. */
class ServedModels {
  readonly config: PlatformConfig;
  #upstream: RecordingUpstream | undefined;
  #proxy: StandaloneProxy | undefined;

  constructor(config: PlatformConfig) {
    this.config = config;
  }

  async start(additions: AdditionsFor = () => ({})): Promise<void> {
    const venv = await ensureLiteLLM();
    this.#upstream = await RecordingUpstream.start();
    this.#proxy = await startStandalone(venv, this.config, this.#upstream.url, additions(this.#upstream));
  }

  async stop(): Promise<void> {
    await this.#proxy?.stop();
    this.#upstream?.stop();
  }

  get upstream(): RecordingUpstream {
    return this.#upstream ?? assert.fail("there is no upstream");
  }

  get proxy(): StandaloneProxy {
    return this.#proxy ?? assert.fail("LiteLLM does not run");
  }

  /** Names that the configuration gives, each once. */
  get names(): string[] {
    return [...new Set(this.config.models.list.map((model) => model.model_name))];
  }

  client(key = this.proxy.masterKey): GatewayClient {
    return new GatewayClient(this.proxy.url, key);
  }

  /** Names that LiteLLM lists for a key, sorted. */
  async listed(key?: string): Promise<string[]> {
    const { data } = await json<{ data: { id: string }[] }>(this.client(key).get("/v1/models"));
    return data.map(({ id }) => id).sort();
  }

  /** Asks a model for what its mode is about. */
  ask(model: string, mode = "chat"): Promise<Response> {
    const gateway = this.client();
    if (mode === "embedding") return gateway.post("/v1/embeddings", { model, input: "hello" });
    if (mode === "rerank") return gateway.post("/v1/rerank", { model, query: "q", documents: ["a"] });
    if (mode === "image_generation") return gateway.post("/v1/images/generations", { model, prompt: "a cat" });
    return gateway.chat("hello", { model });
  }

  /** Asks a model for a stream, and says in which pieces the answer came. */
  async pieces(model: string): Promise<string[]> {
    const response = await this.client().chat("hello", { model, stream: true });
    assert.equal(response.headers.get("content-type")?.split(";")[0], "text/event-stream");
    const events = (await response.text()).split("\n\n").filter((event) => event.startsWith("data: "));
    assert.equal(events.pop(), "data: [DONE]");
    const pieces = events.map((event) => {
      const { choices } = JSON.parse(event.slice("data: ".length)) as {
        choices: { delta: { content?: string } }[];
      };
      return choices[0]?.delta.content ?? "";
    });
    return pieces.filter(Boolean);
  }

  /** Where each request went and with whose key. */
  lines(): string[] {
    return this.upstream.requests.map(lineOf);
  }
}

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

/** An answer's body, once its status is the expected one. */
export async function json<T>(response: Promise<Response>, status = 200): Promise<T> {
  const answer = await response;
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return JSON.parse(text) as T;
}

/** LiteLLM counts by the minute of the clock: a test that counts needs one to itself. */
export async function untilMinuteHasRoom(): Promise<void> {
  const second = new Date().getSeconds();
  if (second > 45) await sleep((61 - second) * 1000);
}
