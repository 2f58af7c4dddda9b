import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlatformConfig } from "../../config/platform.ts";
import { requiredVariables } from "../../litellm/models/providers.ts";
import { proxyConfig, yamlForPython } from "../../litellm/proxy/config.ts";
import { type LiteLLMEnvironment, ensureLiteLLM } from "../../local/services/litellm.ts";
import { type RunResult, run } from "../../local/services/run.ts";
import { problemsOf, stackConfig, validConfig } from "../support/configs.ts";
import { exampleConfig, exampleNames } from "../support/examples.ts";
import { having } from "../support/change.ts";
import { standaloneEnvironment } from "./support/litellm-process.ts";

/** What LiteLLM takes without a word, each with what we say of it. */
const missed: readonly { title: string; change: Record<string, unknown>; said: RegExp }[] = [
  {
    title: "an unknown parameter",
    change: { "models.list.0.litellm_params.rmp": 5 },
    said: /litellm_params\.rmp: unknown key, did you mean rpm\?/,
  },
  {
    title: "a text where a number belongs",
    change: { "models.list.0.litellm_params.num_retries": "abc" },
    said: /litellm_params\.num_retries: must be a number, is a string/,
  },
  {
    title: "a credential that is not there",
    change: { "models.list.0.litellm_params.litellm_credential_name": "nowhere" },
    said: /litellm_credential_name: must be the name of one in models\.credentials, is none/,
  },
  {
    title: "an unknown setting of the router",
    change: { routing: { fallback: [] } },
    said: /routing\.fallback: unknown key, did you mean fallbacks\?/,
  },
  {
    title: "a fallback that is no model",
    change: { routing: { fallbacks: [{ gpt: ["nowhere"] }] } },
    said: /routing\.fallbacks\[0\]\.gpt\[0\]: is no model/,
  },
  {
    title: "an alias of no model",
    change: { routing: { model_group_alias: { other: "nowhere" } } },
    said: /routing\.model_group_alias\.other: is no model/,
  },
  {
    title: "a literal key",
    change: { "models.list.0.litellm_params.api_key": "sk-literal" },
    said: /litellm_params\.api_key: must be os\.environ\/NAME/,
  },
  {
    title: "an unknown provider, of which it says OK and 0 models",
    change: { "models.list.0.litellm_params.model": "opnai/gpt-4o" },
    said: /litellm_params\.model: unknown provider "opnai", did you mean openai\?/,
  },
];

describe("LiteLLM's own validation", function () {
  this.timeout(900_000);
  const directory = mkdtempSync(join(tmpdir(), "litellm-validate-"));
  let venv: LiteLLMEnvironment;

  before(async function () {
    this.timeout(0);
    venv = await ensureLiteLLM();
    mkdirSync(join(directory, "home"));
  });

  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  function validate(name: string, config: PlatformConfig, rendered: unknown): Promise<RunResult> {
    const file = join(directory, `${name}.yaml`);
    writeFileSync(file, yamlForPython(rendered));
    return run(venv.litellm, ["--config", file, "--validate_config"], {
      // The cache is out of reach, which validation does not mind.
      env: {
        ...standaloneEnvironment(config, "sk-validation", join(directory, "home")),
        REDIS_HOST: "127.0.0.1",
        REDIS_PORT: "1",
        REDIS_USERNAME: "litellm",
        REDIS_PASSWORD: "password",
      },
      timeoutSeconds: 600,
    });
  }

  it("says OK of every example and both stacks, and the number of their models", async () => {
    const configs: readonly (readonly [string, PlatformConfig])[] = [
      ...exampleNames.map((name) => [name, exampleConfig(name)] as const),
      ["dev", stackConfig("dev")],
      ["prod", stackConfig("prod")],
    ];
    // At once: each waits most of its time for a cache that is not there.
    await Promise.all(
      configs.map(async ([name, config]) => {
        const { code, stdout, stderr } = await validate(name, config, proxyConfig(config));
        assert.equal(code, 0, `${name}: ${stderr.slice(-1000)}`);
        assert.match(stdout, new RegExp(`config OK \\(${countOf(config)} models\\)`), name);
        assert.doesNotMatch(stdout + stderr, /is not a valid argument for Router/, name);
      }),
    );
  });

  it("takes all of the following at once, so that ours has to find it", async () => {
    const config = exampleConfig("kserve");
    const good = proxyConfig(config);
    const [first] = good.model_list;
    const model = (params: object) => ({ model_name: "gpt", litellm_params: { model: "openai/gpt-4o", ...params } });
    const bad = {
      ...good,
      model_list: [
        first,
        model({ rmp: 5 }),
        model({ litellm_credential_name: "nowhere" }),
        model({ api_key: "sk-literal" }),
        model({ model: "opnai/gpt-4o" }),
        model({ api_key: "os.environ/NOBODY_SETS_API_KEY" }),
      ],
      router_settings: { fallback: [], fallbacks: [{ gpt: ["nowhere"] }], model_group_alias: { other: "nowhere" } },
    };
    const { code, stdout, stderr } = await validate("bad", config, bad);
    assert.equal(code, 0, stderr.slice(-1000));
    assert.match(stdout, /config OK \(5 models\)/);
  });

  it("misses a variable that nobody sets, and ours wants it from Vault before anything changes", () => {
    const params = { model: "openai/gpt-4o", api_key: "os.environ/NOBODY_SETS_API_KEY" };
    const config = validConfig(having({ "models.list": [{ model_name: "gpt", litellm_params: params }] }));
    assert.deepEqual(
      requiredVariables(config.models).map(({ variable, credential }) => [variable, credential]),
      [["NOBODY_SETS_API_KEY", "nobody-sets"]],
    );
  });

  for (const { title, change, said } of missed)
    it(`misses ${title}, and ours does not`, () => {
      const problems = problemsOf(having(change));
      assert.ok(
        problems.some((problem) => said.test(problem)),
        problems.join("\n"),
      );
    });
});

/** LiteLLM counts the deployments behind an alias once more, unless it is hidden. */
function countOf({ models, routing }: PlatformConfig): number {
  const aliased = Object.values(routing.model_group_alias).flatMap((entry) => {
    if (typeof entry !== "string" && entry.hidden) return [];
    const target = typeof entry === "string" ? entry : entry.model;
    return models.list.filter(({ model_name: name }) => name === target);
  });
  return models.list.length + aliased.length;
}
