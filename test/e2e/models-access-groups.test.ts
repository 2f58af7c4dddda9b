import assert from "node:assert/strict";
import { json, serveExample } from "./support/served-models.ts";

// LiteLLM keeps keys in its database, whose engine this installation has not. Its functions for what a key may see and
// call are the same for a key that a function of ours hands it.
describe("the models on a real LiteLLM to a key of an access group", function () {
  this.timeout(60_000);
  const models = serveExample("azure-catalogue", () => ({
    overlay: {
      litellm_settings: { enable_post_custom_auth_checks: true },
      router_settings: { fallbacks: [{ "o4-mini": ["gpt-4.1", "o3"] }] },
      general_settings: {
        custom_auth: "group_keys.user_api_key_auth",
        custom_auth_run_common_checks: true,
        enforce_fallback_model_access: true,
      },
    },
    module: "group_keys.py",
  }));

  const inGroup = (group: string) =>
    models.config.models.list
      .filter(({ model_info: info }) => info?.access_groups?.includes(group))
      .map(({ model_name: name }) => name)
      .sort();

  for (const [group, count] of [
    ["chat", 13],
    ["reasoning", 6],
    ["embeddings", 5],
    ["audio", 4],
    ["images", 1],
  ] as const)
    it(`${group} are its ${count} models, and no other`, async () => {
      assert.equal(inGroup(group).length, count);
      assert.deepEqual(await models.listed(`sk-${group}`), inGroup(group));
    });

  it("of two groups are those of both, each once", async () => {
    const both = new Set([...inGroup("chat"), ...inGroup("reasoning")]);
    assert.deepEqual(await models.listed("sk-chat+reasoning"), [...both].sort());
  });

  it("answer when they are of its group, and only then", async () => {
    const gateway = models.client("sk-reasoning");
    await json(gateway.chat("hello", { model: "o3" }));
    const refused = await json<{ error: { message: string; type: string } }>(
      gateway.chat("hello", { model: "gpt-4.1" }),
      403,
    );
    assert.equal(refused.error.type, "key_model_access_denied");
    assert.match(refused.error.message, /gpt-4\.1/);
    assert.deepEqual(
      models.upstream.requests.map(({ path }) => path),
      ["/openai/deployments/o3/chat/completions"],
    );
  });

  it("are no fallbacks of a request either when they are of another group", async () => {
    const request = models.client("sk-reasoning").chat("hello", { model: "o3", fallbacks: ["gpt-4.1"] });
    await json(request, 403);
    assert.deepEqual(models.upstream.requests, []);
  });

  it("are its fallbacks too, where LiteLLM is told so", async () => {
    models.upstream.disturb = ({ path }) => (path.includes("/o4-mini/") ? { status: 401 } : undefined);
    await json(models.client("sk-reasoning").chat("hello", { model: "o4-mini" }));
    assert.deepEqual(
      models.upstream.requests.map(({ path }) => path.split("/")[3]),
      ["o4-mini", "o3"],
    );
  });

  it("are for known keys only", async () => {
    assert.equal((await models.client("wrong").get("/v1/models")).status, 401);
  });
});
