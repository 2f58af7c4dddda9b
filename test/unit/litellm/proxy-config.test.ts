import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import type { PlatformConfig } from "../../../config/platform.ts";
import { aclFile } from "../../../litellm/data/acl.ts";
import { gatewaySpec } from "../../../litellm/charts/gateway-spec.ts";
import { keyVariables, plainEnvironment } from "../../../litellm/proxy/environment.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { mergeOver } from "../../../litellm/shared/merge.ts";
import { decimal, proxyConfig, proxyConfigYaml, yamlForPython } from "../../../litellm/proxy/config.ts";
import { smallest, stackConfig, validConfig } from "../../support/configs.ts";
import { having, largest } from "../../support/change.ts";
import { proxySecrets } from "../../support/secrets.ts";

const examples = [validConfig(smallest()), validConfig(largest()), stackConfig("dev"), stackConfig("prod")];

const whole = (config: PlatformConfig) => mergeOver(proxyConfig(config), config.gateway.proxyConfig);

describe("the proxy's configuration", () => {
  it("of the smallest stack is exactly this", () => {
    const redis = {
      host: "os.environ/REDIS_HOST",
      port: "os.environ/REDIS_PORT",
      username: "os.environ/REDIS_USERNAME",
      password: "os.environ/REDIS_PASSWORD",
      namespace: "litellm",
    };
    assert.deepEqual(proxyConfig(validConfig(smallest())), {
      model_list: [
        {
          model_name: "gpt",
          litellm_params: { model: "openai/gpt-4o", api_key: "os.environ/OPENAI_API_KEY" },
          model_info: { id: "gpt-77ee1293" },
        },
      ],
      litellm_settings: {
        request_timeout: 600,
        num_retries: 2,
        json_logs: true,
        disable_hf_tokenizer_download: true,
        enable_redis_auth_cache: true,
        cache: true,
        cache_params: {
          type: "redis",
          ...redis,
          ttl: 600,
          mode: "default_off",
          supported_call_types: ["completion", "acompletion", "embedding", "aembedding"],
        },
      },
      router_settings: { routing_strategy: "simple-shuffle" },
      general_settings: {
        master_key: "os.environ/PROXY_MASTER_KEY",
        database_connection_pool_limit: 10,
        proxy_batch_write_at: 60,
        store_model_in_db: false,
        disable_error_logs: true,
        background_health_checks: false,
        health_check_skip_disabled_background_models: true,
        allow_requests_on_db_unavailable: false,
        user_api_key_cache_ttl: 60,
        use_redis_transaction_buffer: false,
        coordination_redis: redis,
      },
    });
  });

  it("refers only to variables that an attached Secret or the plain environment provides", () => {
    for (const config of examples) {
      const names = namesOf(config);
      const required = proxySecrets(config).map(({ variable = "" }) => variable);
      const further = required.length === 0 ? [] : ["providers"];
      const attached = gatewaySpec(config, names, { further, versions: "" }).environmentSecrets;
      const provided: Readonly<Record<string, readonly string[]>> = {
        [names.keysSecret]: Object.values(keyVariables),
        [names.cacheSecret]: ["REDIS_PASSWORD"],
        providers: required,
      };
      const known = [
        ...Object.keys(plainEnvironment(config, names)),
        ...attached.flatMap((secret) => provided[secret] ?? assert.fail(`unknown Secret ${secret}`)),
      ];
      const referred = strings(proxyConfig(config)).flatMap((text) => /^os\.environ\/(.*)$/s.exec(text)?.[1] ?? []);
      assert.ok(referred.length > 6);
      assert.deepEqual(
        referred.filter((variable) => !known.includes(variable)),
        [],
      );
    }
  });

  it("has a reference wherever a login belongs, and no reference that LiteLLM does not resolve", () => {
    for (const config of examples) {
      walk(proxyConfig(config), (key, value, inList) => {
        if (typeof value !== "string") return;
        if (/(^|_)(key|password|secret|token|credentials)$/i.test(key)) assert.match(value, /^os\.environ\//, key);
        // Only values of mappings are resolved, and only whole ones.
        if (value.includes("os.environ/")) assert.ok(value.startsWith("os.environ/") && !inList, value);
      });
    }
  });

  it("keeps every Redis client within the prefix that the ACL grants", () => {
    for (const config of examples) {
      assert.ok(config.cache.mode === "dedicated");
      const prefix = config.cache.keyPrefix;
      const { general_settings, litellm_settings, router_settings } = proxyConfig(config);
      assert.equal(general_settings.coordination_redis?.["namespace"], prefix);
      const { cache_params: cache } = litellm_settings as { cache_params?: { type: string; namespace?: string } };
      assert.equal(cache?.namespace, cache?.type === "s3" ? undefined : prefix);
      // A client of the router's own would have no prefix.
      assert.deepEqual(
        Object.keys(router_settings).filter((name) => /^(redis_|cache)/.test(name)),
        [],
      );
      const acl = aclFile({ username: "u", passwordHash: "p", defaultPasswordHash: "d", keyPrefix: prefix });
      assert.ok(acl.includes(` ~${prefix}:* &${prefix}:* `));
    }
  });

  it("has no response cache when responses are off, and keeps coordination", () => {
    const config = proxyConfig(validConfig(having({ "cache.responses": { mode: "off" } })));
    assert.deepEqual(Object.keys(config.litellm_settings), [
      "request_timeout",
      "num_retries",
      "json_logs",
      "disable_hf_tokenizer_download",
      "enable_redis_auth_cache",
    ]);
    assert.equal(config.general_settings.coordination_redis?.["namespace"], "litellm");
  });

  it("buffers spend in Redis when there may be several pods", () => {
    const buffer = (min: number, max: number) =>
      proxyConfig(validConfig(having({ "gateway.replicas": { min, max } }))).general_settings
        .use_redis_transaction_buffer;
    assert.deepEqual([buffer(1, 1), buffer(1, 2), buffer(2, 2)], [false, true, true]);
  });

  it("is the text of the same data with the raw settings over it, without exponents and line breaks within values", () => {
    for (const config of examples) {
      const text = proxyConfigYaml(config);
      assert.deepEqual(parse(text, { version: "1.1" }), JSON.parse(JSON.stringify(whole(config))));
      assert.doesNotMatch(text, /: -?\d+(\.\d+)?e[+-]?\d/i);
    }
  });

  it("has the metrics' callback with the metrics server only, and says where models live", () => {
    const of = (changes: Readonly<Record<string, unknown>>) => proxyConfig(validConfig(having(changes)));
    assert.equal("callbacks" in of({}).litellm_settings, false);
    const metrics = of({ "gateway.chart.version": "1.101.0", "gateway.metricsServer": {} });
    assert.deepEqual(metrics.litellm_settings.callbacks, ["prometheus"]);
    assert.equal(of({}).general_settings.store_model_in_db, false);
    assert.equal(of({ "gateway.storeModelsInDatabase": true }).general_settings.store_model_in_db, true);
    assert.equal(of({ "gateway.jsonLogs": false }).litellm_settings.json_logs, false);
  });

  it("writes the cost of a token as a number that PyYAML takes for one", () => {
    assert.match(proxyConfigYaml(validConfig(largest())), /^ +input_cost_per_token: 0\.000003$/m);
  });
});

describe("YAML for PyYAML", () => {
  const quoted: Readonly<Record<string, readonly string[]>> = {
    booleans: ["on", "off", "yes", "no", "On", "OFF", "Yes", "NO", "true", "False", "y", "N"],
    "nothing at all": ["null", "Null", "NULL", "~", ""],
    dates: ["2025-01-01", "2025-01-01 10:00:00", "2001-12-14t21:59:43.10-05:00"],
    "sexagesimal numbers": ["1:30", "190:20:30", "190:20:30.15"],
    "other numbers": [
      "0123",
      "007",
      "08",
      "0x1F",
      "0b11",
      "1_000",
      "685_230.15",
      "+1",
      "-1",
      ".5",
      "1.",
      ".inf",
      ".NaN",
    ],
    "exponents, with and without sign": ["3e-06", "3.0e-06", "1e3", "12e03", "6.85e+5"],
    "words of YAML 1.1 itself": ["=", "<<"],
    "signs of YAML": ["- a", "? a", "a: b", "a #b", "#a", "@a", "`a", "%a", "[a", "{a", "!a", "&a", "*a", "|", ">"],
    "outer space": [" a", "a ", "\ta"],
    "what PyYAML refuses to read": ["\u007f", "a\u0000", "\u0085", "\u2028", "\ufeff", "\uffff"],
  };
  for (const [title, texts] of Object.entries(quoted)) {
    it(`quotes texts that look like ${title}`, () => {
      for (const text of texts) {
        assert.match(yamlForPython({ key: text }), /^key: (".*"|'.*')\n$/, JSON.stringify(text));
        assert.match(yamlForPython([text]), /^- (".*"|'.*')\n$/, JSON.stringify(text));
        assert.match(yamlForPython({ [text]: 1 }), /^(\? )?(".*"|'.*')(\n)?: 1\n$/, JSON.stringify(text));
      }
    });
  }

  it("leaves ordinary texts as they are", () => {
    for (const text of [
      "os.environ/OPENAI_API_KEY",
      "gpt-4.1",
      "openai/gpt-4o",
      "https://a.example.com:8080/v1",
      "é 模型 😀",
    ])
      assert.equal(yamlForPython({ key: text }), `key: ${text}\n`);
  });

  it("escapes what cannot be printed", () => {
    assert.equal(yamlForPython(["a\u007fb\u0085\u2028\ufeff"]), '- "a\\u007fb\\u0085\\u2028\\ufeff"\n');
  });

  it("writes numbers as numbers, without exponent", () => {
    assert.equal(
      yamlForPython({ small: 3e-6, smaller: 1.25e-7, negative: -3e-9, large: 1e21, whole: 10_000_000, half: 0.5 }),
      [
        "small: 0.000003",
        "smaller: 0.000000125",
        "negative: -0.000000003",
        "large: 1000000000000000000000.0",
        "whole: 10000000",
        "half: 0.5",
        "",
      ].join("\n"),
    );
  });

  it("has no anchors and no folded lines", () => {
    const shared = { a: "word ".repeat(100).trim() };
    assert.equal(yamlForPython({ one: shared, two: shared }), `one:\n  a: ${shared.a}\ntwo:\n  a: ${shared.a}\n`);
  });

  it("reads back as what was written", () => {
    const value = fc
      .jsonValue({ maxDepth: 3, stringUnit: "grapheme" })
      .filter((json) => !JSON.stringify(json).includes("__proto__"));
    fc.assert(
      fc.property(value, (json) => {
        const expected: unknown = JSON.parse(JSON.stringify(json));
        assert.deepEqual(JSON.parse(JSON.stringify(parse(yamlForPython(json), { version: "1.1" }))), expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a decimal", () => {
  it("is the same number, and has no exponent", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = decimal(number);
        assert.match(text, /^-?\d+(\.\d+)?$/);
        // -0 is written as 0.
        assert.equal(Number(text), number === 0 ? 0 : number);
      }),
      { numRuns: 1000 },
    );
  });

  it("is written out at the ends of the range", () => {
    assert.equal(decimal(3e-6), "0.000003");
    assert.equal(decimal(1e21), "1000000000000000000000.0");
    assert.equal(decimal(-1.5e-7), "-0.00000015");
    assert.equal(Number(decimal(Number.MIN_VALUE)), Number.MIN_VALUE);
    assert.equal(Number(decimal(Number.MAX_VALUE)), Number.MAX_VALUE);
  });
});

type Visit = (key: string, value: unknown, inList: boolean) => void;

function walk(value: unknown, visit: Visit, key = "", inList = false): void {
  visit(key, value, inList);
  if (Array.isArray(value)) for (const entry of value) walk(entry, visit, "", true);
  else if (typeof value === "object" && value !== null)
    for (const [name, entry] of Object.entries(value)) walk(entry, visit, name);
}

function strings(value: unknown): string[] {
  const found: string[] = [];
  walk(value, (_key, entry) => {
    if (typeof entry === "string") found.push(entry);
  });
  return found;
}
