import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { isMapping } from "../../../config/mapping.ts";
import { mergeOver, valueAt } from "../../../litellm/shared/merge.ts";
import { proxyConfigVariables } from "../../../litellm/proxy/overrides.ts";
import { proxyConfigYaml } from "../../../litellm/proxy/config.ts";
import { warningsOf } from "../../../litellm/warnings.ts";
import { stackConfig, validConfig } from "../../support/configs.ts";
import { having } from "../../support/change.ts";
import { proxySecrets } from "../../support/secrets.ts";

describe("one mapping over another", () => {
  it("merges mappings, replaces the rest, and takes away what is null", () => {
    const base = { a: { b: 1, c: [1, 2], d: { e: 1 } }, f: 1, g: 2 };
    const over = { a: { c: [3], d: null, h: { i: null, j: 1 } }, f: { k: 1 }, g: null, l: undefined };
    assert.deepEqual(mergeOver(base, over), { a: { b: 1, c: [3], h: { j: 1 } }, f: { k: 1 } });
    assert.deepEqual(base, { a: { b: 1, c: [1, 2], d: { e: 1 } }, f: 1, g: 2 });
  });

  it("takes a value that is not known yet as it is", () => {
    const later = Promise.resolve({ a: 1 });
    assert.equal(mergeOver({ a: later, b: 1 }, { b: 2 })["a"], later);
    assert.equal(mergeOver({ a: { b: 1 } }, { a: later })["a"], later);
  });

  it("of anything is what stands on top, and below it what was there", () => {
    const mapping = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    fc.assert(
      fc.property(mapping, mapping, (base, over) => {
        const merged = mergeOver(base, over);
        assert.equal(Object.getPrototypeOf(merged), Object.prototype);
        for (const key of new Set([...Object.keys(base), ...Object.keys(over)])) {
          const value = valueAt(merged, [key]);
          const top = valueAt(over, [key]);
          if (!Object.hasOwn(over, key)) assert.deepEqual(value, base[key]);
          else if (top === null) assert.equal(Object.hasOwn(merged, key), false);
          else if (isMapping(top)) assert.ok(isMapping(value));
          else assert.deepEqual(value, top);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("one mapping over another that somebody else reads", () => {
  it("keeps what is null, at any depth", () => {
    assert.deepEqual(mergeOver({ a: { b: 1 }, c: 1 }, { a: { b: null, d: { e: null } }, c: null }, "keep"), {
      a: { b: null, d: { e: null } },
      c: null,
    });
  });
});

describe("raw settings of LiteLLM", () => {
  const raw = {
    litellm_settings: { drop_params: true, json_logs: null },
    general_settings: { alerting: ["slack"], proxy_batch_write_at: 10 },
    guardrails: [{ guardrail_name: "g", litellm_params: { api_key: "os.environ/LAKERA_API_KEY" } }],
    callback_settings: { own: { key: "os.environ/FROM_SECRET" } },
  };
  const config = validConfig(
    having({
      "gateway.proxyConfig": raw,
      "gateway.environment": { REGION: "eu" },
      "gateway.values": {
        extraEnvVars: [{ name: "FROM_SECRET", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
      },
    }),
  );

  it("stand over ours in what LiteLLM reads", () => {
    const settings = parse(proxyConfigYaml(config), { version: "1.1" }) as Record<string, Record<string, unknown>>;
    assert.equal(settings["litellm_settings"]?.["drop_params"], true);
    assert.equal("json_logs" in settings["litellm_settings"], false);
    assert.equal(settings["litellm_settings"]["request_timeout"], 600);
    assert.equal(settings["general_settings"]?.["proxy_batch_write_at"], 10);
    assert.equal(settings["general_settings"]["master_key"], "os.environ/PROXY_MASTER_KEY");
    assert.deepEqual(settings["guardrails"], raw.guardrails);
  });

  it("take what they refer to from Vault, unless something else sets it", () => {
    assert.deepEqual(proxyConfigVariables(config), [
      {
        variable: "LAKERA_API_KEY",
        credential: "lakera",
        property: "api_key",
        models: [],
        others: ["gateway.proxyConfig"],
      },
    ]);
    assert.deepEqual(
      proxySecrets(config).map(({ variable, path, setting }) => ({ variable, path, setting })),
      [
        { variable: "LAKERA_API_KEY", path: "litellm/test/providers/lakera", setting: "gateway.proxyConfig" },
        { variable: "OPENAI_API_KEY", path: "litellm/test/providers/openai", setting: "models" },
      ],
    );
    const shared = validConfig(
      having({ "gateway.proxyConfig": { guardrails: [{ litellm_params: { api_key: "os.environ/OPENAI_API_KEY" } }] } }),
    );
    assert.deepEqual(
      proxySecrets(shared).map(({ variable, setting }) => [variable, setting]),
      [["OPENAI_API_KEY", "models"]],
    );
  });
});

describe("warnings", () => {
  it("are none for the stacks that are committed", () => {
    for (const stack of ["dev", "prod"] as const) assert.deepEqual(warningsOf(stackConfig(stack)), []);
  });

  for (const [path, changes] of [
    ["namespace.podSecurity", { "namespace.podSecurity": "privileged" }],
    ["gateway.security.writableRoot", { "gateway.security": { writableRoot: true } }],
    ["gateway.logLevel", { "gateway.logLevel": "DEBUG" }],
    ["gateway.storeModelsInDatabase", { "gateway.storeModelsInDatabase": true }],
  ] as const) {
    it(`tell what ${path} costs`, () => {
      const warnings = warningsOf(validConfig(having(changes)));
      assert.equal(warnings.length, 1);
      assert.ok(warnings[0]?.startsWith(`${path}: `), warnings[0]);
    });
  }

  it("tell of root beside the standard that lets it", () => {
    const config = validConfig(
      having({ "namespace.podSecurity": "baseline", "gateway.security": { runAsRoot: true } }),
    );
    assert.deepEqual(
      warningsOf(config).map((text) => text.split(":", 1)[0]),
      ["namespace.podSecurity", "gateway.security.runAsRoot"],
    );
  });
});
