import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runtime } from "../../../local/runtime.ts";
import { RespClient } from "../../../local/services/resp.ts";
import type { GatewayClient } from "./gateway-client.ts";
import { refusals } from "./refusals.ts";

/** Runs something with a connection that sees all of Redis. */
export async function withRedis<Result>(
  runtime: Runtime,
  use: (redis: RespClient) => Promise<Result>,
): Promise<Result> {
  const redis = await RespClient.open(runtime.redis.host, runtime.redis.port, runtime.inspector);
  try {
    return await use(redis);
  } finally {
    redis.close();
  }
}

/**
 * A repeated request is answered from Redis: its key is there under the prefix, there is no other key, and nothing was
 * denied. Answers alone prove nothing, since LiteLLM falls back to its own memory without a word.
 */
export async function assertCached(runtime: Runtime, client: GatewayClient, prefix: string): Promise<void> {
  const question = `cached? ${Math.random()}`;
  const first = await client.chat(question);
  assert.equal(first.status, 200);
  const second = await client.chat(question);
  const cacheKey = second.headers.get("x-litellm-cache-key") ?? "";
  assert.ok(cacheKey.startsWith(`${prefix}:`), `the answer's cache key is ${cacheKey}`);
  const [a, b] = [(await first.json()) as { id: string }, (await second.json()) as { id: string }];
  assert.equal(b.id, a.id);
  await withRedis(runtime, async (redis) => {
    const keys = await keysWhen(redis, (all) => all.includes(cacheKey));
    assert.ok(keys.includes(cacheKey), `Redis has ${keys.length} keys and not the answer's`);
    assert.deepEqual(
      keys.filter((key) => !key.startsWith(`${prefix}:`)),
      [],
    );
    assert.deepEqual(await refusals(redis), []);
  });
}

/** LiteLLM writes behind the answer; waits a few seconds for what it shall have written. */
async function keysWhen(redis: RespClient, enough: (keys: string[]) => boolean): Promise<string[]> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const keys = await redis.keys("*");
    if (enough(keys)) return keys;
    await sleep(250);
  }
  return redis.keys("*");
}
