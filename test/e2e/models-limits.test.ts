import assert from "node:assert/strict";
import { validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";
import { json, serveModels, untilMinuteHasRoom } from "./support/served-models.ts";

const openai = { model: "openai/gpt-4o", api_key: "os.environ/OPENAI_API_KEY" };

/** Models with tight limits, which no example should have. */
const config = validConfig(
  having({
    "gateway.retries": 0,
    "models.list": [
      { model_name: "two-a-minute", litellm_params: { ...openai, rpm: 2 } },
      { model_name: "six-tokens-a-minute", litellm_params: { ...openai, tpm: 6 } },
      { model_name: "two-at-once", litellm_params: { ...openai, max_parallel_requests: 2 } },
      { model_name: "two-at-once-by-rpm", litellm_params: { model: "groq/llama", rpm: 2 } },
      { model_name: "short", litellm_params: { ...openai, timeout: 1 } },
      { model_name: "short-stream", litellm_params: { ...openai, timeout: 30, stream_timeout: 1 } },
      { model_name: "one-strike", litellm_params: openai, model_info: { id: "one-strike" } },
    ],
    routing: {
      optional_pre_call_checks: ["enforce_model_rate_limits"],
      allowed_fails_policy: { InternalServerErrorAllowedFails: 0 },
      cooldown_time: 60,
    },
  }),
);

describe("the models on a real LiteLLM within limits", function () {
  this.timeout(60_000);
  const models = serveModels(config);

  it("are refused from the third request on that is one too many", async () => {
    await untilMinuteHasRoom();
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await models.ask("two-a-minute")).status);
    assert.deepEqual(statuses, [200, 200, 429]);
    assert.equal(models.upstream.requests.length, 2);
  });

  it("are refused once the tokens that their provider counted are used up", async () => {
    await untilMinuteHasRoom();
    const request = () => models.ask("six-tokens-a-minute");
    // An answer has 3 tokens, which LiteLLM counts a moment after it has given the answer.
    await json(request());
    await json(request());
    let refused = await request();
    for (const end = Date.now() + 10_000; refused.status === 200 && Date.now() < end;) refused = await request();
    const { error } = await json<{ error: { message: string } }>(Promise.resolve(refused), 429);
    const [, used = ""] = /TPM limit=6, current usage=(\d+)/.exec(error.message) ?? assert.fail(error.message);
    assert.ok(Number(used) >= 6 && Number(used) % 3 === 0, used);
    const { length } = models.upstream.requests;
    await json(request(), 429);
    assert.equal(models.upstream.requests.length, length);
  });

  /** Asks a third time while two requests are with the provider, who answers them only then. */
  async function askThirdInFlight(model: string): Promise<void> {
    const bothThere = Promise.withResolvers<undefined>();
    const answers = Promise.withResolvers<undefined>();
    models.upstream.disturb = () => {
      if (models.upstream.requests.length === 2) bothThere.resolve(undefined);
      return { until: answers.promise };
    };
    const first = [models.ask(model), models.ask(model)];
    await bothThere.promise;
    const { error } = await json<{ error: { message: string } }>(models.ask(model), 429);
    assert.match(error.message, /already has max_parallel_requests=2 requests in flight/);
    assert.equal(models.upstream.requests.length, 2);
    answers.resolve(undefined);
    await Promise.all(first.map((answer) => json(answer)));
  }

  it("are refused, and do not wait, while as many as allowed are in flight, and answer when these have ended", async () => {
    await askThirdInFlight("two-at-once");
    await json(models.ask("two-at-once"));
  });

  it("have no more in flight than they answer in a minute, where nothing else is said", async () => {
    await askThirdInFlight("two-at-once-by-rpm");
  });

  /** The upstream's answer: only LiteLLM's own time, of a second, can end a request. */
  const never = new Promise(() => undefined);

  it("end when their time is over", async () => {
    models.upstream.disturb = () => ({ until: never });
    const begin = Date.now();
    const response = await models.ask("short");
    assert.equal(response.status, 408, await response.text());
    assert.ok(Date.now() - begin < 30_000);
  });

  it("end when a stream does not begin in time", async () => {
    models.upstream.disturb = () => ({ until: never });
    const begin = Date.now();
    const response = await models.client().chat("hello", { model: "short-stream", stream: true });
    assert.equal(response.status, 408, await response.text());
    assert.ok(Date.now() - begin < 30_000);
  });

  it("cool down after more failures than allowed, and are not asked meanwhile", async () => {
    models.upstream.disturb = () => ({ status: 500 });
    const first = await models.ask("one-strike");
    assert.equal(first.status, 500, await first.text());
    models.upstream.reset();
    const second = await models.ask("one-strike");
    assert.equal(second.status, 429, await second.text());
    assert.deepEqual(models.upstream.requests, []);
  });
});
