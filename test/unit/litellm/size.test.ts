import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { proxyConfigYaml } from "../../../litellm/proxy/config.ts";
import { configMapLimit, valuesLimit } from "../../../litellm/proxy/size.ts";
import { problemsOf, validConfig } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

const deployment = (name: string, model: string, params: object = {}) => ({
  model_name: name,
  litellm_params: { model, ...params },
});

describe("a configuration that is too large", () => {
  const list = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      deployment(`model-${index}`, "openai/gpt-4o", { extra_headers: { "X-Filler": "x".repeat(900) } }),
    );

  it("fails early with the number of bytes", () => {
    const [problem = "", ...others] = problemsOf(having({ "models.list": list(1000) }));
    assert.deepEqual(others, []);
    const [, size] = /^models: make a configuration of (\d+) bytes, must be at most 1048576: /.exec(problem) ?? [];
    assert.ok(Number(size) > configMapLimit, problem);
  });

  it("is told in bytes and not in characters", () => {
    const wide = (filler: string) =>
      problemsOf(having({ "models.list": [deployment("a", "openai/a", { extra_headers: { "X-F": filler } })] }));
    assert.deepEqual(wide("x".repeat(600_000)), []);
    assert.equal(wide("é".repeat(600_000)).length, 1);
  });

  it("is a thousand ordinary models by far not", () => {
    const plain = Array.from({ length: 1000 }, (_, index) => deployment(`m-${index}`, "openai/gpt-4o", { rpm: 5 }));
    assert.ok(Buffer.byteLength(proxyConfigYaml(validConfig(having({ "models.list": plain })))) < configMapLimit / 4);
  });
});

describe("values that no Helm release can hold", () => {
  /** Text of this many bytes that nothing compresses to less than three quarters. */
  const noise = (length: number) =>
    createHash("shake256", { outputLength: Math.ceil((length * 3) / 4) })
      .update("noise")
      .digest("base64")
      .slice(0, length);
  const object = (text: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "further" },
    data: { text },
  });
  const withObjects = (...texts: string[]) =>
    problemsOf(having({ "gateway.values": { extraResources: texts.map(object) } }));

  it("fail early with the number of bytes", () => {
    const problems = problemsOf(having({ "gateway.values": { envVars: { NOISE: noise(1_100_000) } } }));
    assert.equal(problems.length, 1);
    const [, size, most] =
      /^gateway\.values: take at least (\d+) bytes of a Helm release, must be at most (\d+): /.exec(
        problems[0] ?? "",
      ) ?? assert.fail(problems[0]);
    assert.ok(Number(size) > 1_100_000 && Number(size) < 1_120_000, size);
    assert.equal(Number(most), valuesLimit);
  });

  it("are half as many where objects are, which a release holds twice", () => {
    assert.deepEqual(withObjects(noise(500_000)), []);
    assert.equal(withObjects(noise(530_000)).length, 1);
    assert.equal(withObjects(noise(265_000), noise(265_000).split("").reverse().join("")).length, 1);
  });

  it("are not what is long and the same throughout", () => {
    assert.deepEqual(withObjects("the same ".repeat(500_000)), []);
  });
});
