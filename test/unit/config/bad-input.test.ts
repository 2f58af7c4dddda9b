import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withModelsFile } from "../../../config/load.ts";
import { parseConfig } from "../../../config/parse.ts";
import { type Problem, formatProblems } from "../../../config/problems.ts";
import { providers } from "../../../litellm/providers.ts";
import { checks } from "../../../litellm/checks.ts";
import { problemsOf } from "../../support/configs.ts";
import { type Raw, badBundles, bundle, having, largest } from "./change.ts";

interface Case {
  readonly title: string;
  readonly change: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly string[];
}

const model = "models.list.0.litellm_params";
const at = "models.list[0].litellm_params";
const partNames =
  "cache, database, gateway, identity, keys, models, namespace, profile, protect, retain, routing, vault";
const label = "must be a DNS label: lower-case letters, digits and '-', at most 63 characters";
const url = "must be an http:// or https:// URL without credentials, query or fragment";
const reference = "os.environ/NAME (the program puts NAME there from Vault); a literal secret is refused";
const path =
  "must be a path such as litellm/prod: letters, digits, '_', '.', '-', single slashes between, none at the ends";
const quantity = "must be a whole number with Ki, Mi, Gi or Ti, for example 20Gi";
const variableName = "must be an environment variable name: capitals, digits and '_'";
const prefix = "must be lower-case letters, digits, '-' and single dots; no colon and no glob character";
const exactTag = "must be one exact release such as v1.108.12; moving tags such as latest or main-stable are refused";
const host = "must be a host name without scheme, port or path, for example litellm.example.com";
const unquoted = "must be a string, is a number: write it in quotes";
const knownProviders = Object.keys(providers).length;
const sameModel = { model_name: "gpt", litellm_params: { model: "openai/gpt-4o" } };

const cases: readonly Case[] = [
  // The parts themselves.
  {
    title: "no kind of stack",
    change: { profile: undefined },
    expected: ["profile: is missing, must be one of development, production"],
  },
  {
    title: "an unknown kind of stack",
    change: { profile: "prod" },
    expected: ["profile: must be one of development, production"],
  },
  {
    title: "a text where true or false belongs",
    change: { protect: "yes" },
    expected: ["protect: must be true or false, is a string"],
  },
  {
    title: "a number where true or false belongs",
    change: { retain: 1 },
    expected: ["retain: must be true or false, is a number"],
  },
  {
    title: "a misspelt part",
    change: { gatway: {} },
    expected: [`gatway: unknown key, did you mean gateway? Known keys: ${partNames}`],
  },
  {
    title: "a part that is like no other",
    change: { observability: {} },
    expected: [`observability: unknown key. Known keys: ${partNames}`],
  },
  {
    title: "a part named as something that every object has",
    change: { constructor: {}, toString: {} },
    expected: [`constructor: unknown key. Known keys: ${partNames}`, `toString: unknown key. Known keys: ${partNames}`],
  },
  {
    title: "a part without a name",
    change: { "": {} },
    expected: [`"": unknown key. Known keys: ${partNames}`],
  },
  {
    title: "parts that must be there",
    change: { vault: undefined, gateway: undefined, models: undefined },
    expected: [
      "vault.address: is missing, must be a string",
      "gateway.host: is missing, must be a string",
      "models: has no model, must list at least one in list or file",
    ],
  },
  {
    title: "parts of another kind",
    change: { namespace: "litellm", vault: ["a"], gateway: 3, database: true },
    expected: [
      "namespace: must be a mapping, is a string",
      "vault: must be a mapping, is a list",
      "gateway: must be a mapping, is a number",
      "database: must be a mapping, is true or false",
    ],
  },

  // namespace
  {
    title: "a namespace that is no label",
    change: { "namespace.name": "Litellm_dev" },
    expected: [`namespace.name: ${label}`],
  },
  {
    title: "a namespace too long",
    change: { "namespace.name": "a".repeat(64) },
    expected: [`namespace.name: ${label}`],
  },
  {
    title: "a namespace that is a number",
    change: { "namespace.name": 7 },
    expected: [`namespace.name: ${unquoted}`],
  },
  {
    title: "an empty namespace",
    change: { "namespace.name": null },
    expected: ["namespace.name: must be a string, is empty"],
  },
  {
    title: "an unknown Pod Security Standard",
    change: { "namespace.podSecurity": "strict" },
    expected: ["namespace.podSecurity: must be one of restricted, baseline, privileged"],
  },
  {
    title: "labels that Kubernetes refuses",
    change: { "namespace.labels": { "no label": "x", team: "-x-", ok: "ok" } },
    expected: [
      'namespace.labels."no label": the name must be a label name such as team or example.com/team',
      "namespace.labels.team: must be a label value: at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends",
    ],
  },
  {
    title: "a misspelt key of the namespace",
    change: { "namespace.lables": {} },
    expected: ["namespace.lables: unknown key, did you mean labels? Known keys: labels, name, podSecurity"],
  },

  // vault
  {
    title: "an address without scheme",
    change: { "vault.address": "vault.example.com" },
    expected: [`vault.address: ${url}`],
  },
  {
    title: "an address with credentials",
    change: { "vault.address": "https://root:hunter2@vault.example.com" },
    expected: [`vault.address: ${url}`],
  },
  {
    title: "an address with a query",
    change: { "vault.address": "https://vault.example.com/?token=hunter2" },
    expected: [`vault.address: ${url}`],
  },
  {
    title: "an address with a port that is none",
    change: { "vault.address": "https://vault.example.com:99999" },
    expected: ["vault.address: must be a URL that can be parsed"],
  },
  {
    title: "a Vault path with slashes at the ends",
    change: { "vault.path": "/litellm/" },
    expected: [`vault.path: ${path}`],
  },
  {
    title: "a Vault path that climbs",
    change: { "vault.path": "litellm/../other" },
    expected: [`vault.path: ${path}`],
  },
  { title: "a Vault path with a glob", change: { "vault.path": "litellm/*" }, expected: [`vault.path: ${path}`] },
  { title: "an empty Vault mount", change: { "vault.mount": "" }, expected: [`vault.mount: ${path}`] },
  ...Object.entries(badBundles).map(([title, caBundle]) => ({
    title: `a CA that is ${title}`,
    change: { "vault.caBundle": caBundle },
    expected: [`vault.caBundle: ${bundle}`],
  })),
  {
    title: "an unknown way to log in",
    change: { "vault.auth": { method: "approle" } },
    expected: ["vault.auth.method: must be one of kubernetes, appRole, token"],
  },
  {
    title: "a misspelt key three levels down",
    change: { "gateway.image.pullPolcy": "Always" },
    expected: [
      "gateway.image.pullPolcy: unknown key, did you mean pullPolicy? Known keys: digest, entrypoint, pullPolicy, pullSecrets, repository, tag",
    ],
  },
  {
    title: "a misspelt key of one of several modes",
    change: { "vault.auth": { method: "kubernetes", mout: "kubernetes" } },
    expected: ["vault.auth.mout: unknown key, did you mean mount? Known keys: method, mount"],
  },
  {
    title: "a way to log in without its method",
    change: { "vault.auth": { mount: "kubernetes" } },
    expected: ["vault.auth.method: is missing, must be one of kubernetes, appRole, token"],
  },
  {
    title: "a duration without unit",
    change: { "vault.refreshInterval": "15" },
    expected: ["vault.refreshInterval: must be a duration such as 30s, 15m or 1h"],
  },

  // gateway
  {
    title: "a host with a scheme",
    change: { "gateway.host": "https://litellm.example.com" },
    expected: [`gateway.host: ${host}`],
  },
  {
    title: "a host with a port",
    change: { "gateway.host": "litellm.example.com:8443" },
    expected: [`gateway.host: ${host}`],
  },
  {
    title: "a host that is too long",
    change: { "gateway.host": `${"a".repeat(63)}.`.repeat(4) + "com" },
    expected: ["gateway.host: must have at most 253 characters"],
  },
  { title: "a moving tag", change: { "gateway.image.tag": "latest" }, expected: [`gateway.image.tag: ${exactTag}`] },
  {
    title: "a moving tag of LiteLLM",
    change: { "gateway.image.tag": "main-stable" },
    expected: [`gateway.image.tag: ${exactTag}`],
  },
  {
    title: "a tag that YAML reads as a number",
    change: { "gateway.image.tag": 1.1 },
    expected: [`gateway.image.tag: ${unquoted}`],
  },
  {
    title: "an image that is too old",
    change: { "gateway.image.tag": "v1.93.9" },
    expected: [
      "gateway.image.tag: is 1.93.9, must be 1.94.0 or newer: older images download their database engine at start and use cache keys outside their namespace",
    ],
  },
  {
    title: "a short digest",
    change: { "gateway.image.digest": "sha256:abc" },
    expected: ["gateway.image.digest: must be sha256: and 64 hexadecimal digits"],
  },
  {
    title: "a repository with a tag",
    change: { "gateway.image.repository": "ghcr.io/berriai/litellm:v1" },
    expected: ["gateway.image.repository: must be an image repository without tag or digest"],
  },
  {
    title: "one pull Secret where a list belongs",
    change: { "gateway.image.pullSecrets": "registry" },
    expected: ["gateway.image.pullSecrets: must be a list, is a string"],
  },
  {
    title: "a bad name within a list",
    change: { "gateway.image.pullSecrets": ["ok", "Not_ok"] },
    expected: [`gateway.image.pullSecrets[1]: ${label}`],
  },
  {
    title: "a range as chart version",
    change: { "gateway.chart.version": "^1.90.2" },
    expected: ["gateway.chart.version: must be one exact version such as 1.90.2, not a range"],
  },
  {
    title: "a chart that is not supported",
    change: { "gateway.chart.kind": "litellm-proxy" },
    expected: ["gateway.chart.kind: must be one of litellm-helm, litellm"],
  },
  {
    title: "no chart source",
    change: { "gateway.chart.source": "" },
    expected: ["gateway.chart.source: must be an oci:// reference or a directory such as ./charts/litellm"],
  },
  {
    title: "more pods at least than at most",
    change: { "gateway.replicas": { min: 3, max: 2 } },
    expected: ["gateway.replicas.max: is 2, must be at least gateway.replicas.min, which is 3"],
  },
  {
    title: "pods out of range",
    change: { "gateway.replicas": { min: 0, max: 101 } },
    expected: ["gateway.replicas.min: must be at least 1", "gateway.replicas.max: must be at most 100"],
  },
  {
    title: "half a pod",
    change: { "gateway.replicas": { min: 1.5, max: 2 } },
    expected: ["gateway.replicas.min: must be a whole number, is 1.5"],
  },
  {
    title: "numbers that are none",
    change: { "gateway.replicas": { min: NaN, max: Infinity } },
    expected: [
      "gateway.replicas.min: must be a finite number, is NaN",
      "gateway.replicas.max: must be a finite number, is Infinity",
    ],
  },
  {
    title: "a number beyond the exact ones",
    change: { "gateway.requestTimeout": 1e300 },
    expected: ["gateway.requestTimeout: must be at most 3600"],
  },
  {
    title: "a number as text",
    change: { "keys.master.version": "2" },
    expected: ["keys.master.version: must be a number, is a string"],
  },
  {
    title: "a version below the first",
    change: { "keys.master.version": 0 },
    expected: ["keys.master.version: must be at least 1"],
  },
  {
    title: "memory in other units",
    change: { "gateway.resources.memory": "4GB" },
    expected: [`gateway.resources.memory: ${quantity}`],
  },
  {
    title: "CPUs as a number",
    change: { "gateway.resources.cpu": 1 },
    expected: [`gateway.resources.cpu: ${unquoted}`],
  },
  {
    title: "no CPU at all",
    change: { "gateway.resources.cpu": "0" },
    expected: ['gateway.resources.cpu: must be CPUs such as "1", "0.5" or "500m"'],
  },
  {
    title: "an empty user name",
    change: { "gateway.uiUsername": "" },
    expected: ["gateway.uiUsername: must not be empty"],
  },
  {
    title: "a log level in small letters",
    change: { "gateway.logLevel": "debug" },
    expected: ["gateway.logLevel: must be one of ERROR, WARNING, INFO, DEBUG"],
  },
  {
    title: "environment that is not for people to set",
    change: {
      "gateway.environment": {
        DATABASE_URL: "postgres://",
        LITELLM_SALT_KEY: "x",
        USE_PRISMA_MIGRATE: "true",
        SEPARATE_HEALTH_APP: "1",
        SLACK_API_TOKEN: "x",
        REDIS_URL: "redis://elsewhere",
        DIRECT_URL: "postgres://",
        OPENAI_API_KEY: "x",
      },
    },
    expected: [
      "gateway.environment.DATABASE_URL: is set by the program, must not be set here",
      "gateway.environment.LITELLM_SALT_KEY: is set by the program, must not be set here",
      "gateway.environment.USE_PRISMA_MIGRATE: is read by no supported LiteLLM, must be left out",
      "gateway.environment.SEPARATE_HEALTH_APP: is read by no supported LiteLLM, must be left out",
      "gateway.environment.SLACK_API_TOKEN: looks like a secret, must come from Vault and not from clear text",
      "gateway.environment.REDIS_URL: decides where the proxy connects, must be left to database and cache",
      "gateway.environment.DIRECT_URL: decides where the proxy connects, must be left to database and cache",
      "gateway.environment.OPENAI_API_KEY: is a model's key, must come from Vault",
    ],
  },
  {
    title: "names that are no variables, and values that are no text",
    change: { "gateway.environment": { "a-b": "x", "1": "x", A: true } },
    expected: [
      `gateway.environment.1: the name ${variableName}`,
      `gateway.environment.a-b: the name ${variableName}`,
      "gateway.environment.A: must be a string, is true or false: write it in quotes",
    ],
  },

  // models
  {
    title: "half of an AWS key, the other half of which would be another account's",
    change: {
      "models.list": [
        { model_name: "claude", litellm_params: { model: "bedrock/claude", aws_access_key_id: "os.environ/EAST_ID" } },
      ],
    },
    expected: [
      "models.list[0].litellm_params.aws_secret_access_key: is missing, must be given together with aws_access_key_id",
    ],
  },
  {
    title: "no model",
    change: { "models.list": [] },
    expected: ["models: has no model, must list at least one in list or file"],
  },
  {
    title: "models that are no list",
    change: { "models.list": {} },
    expected: ["models.list: must be a list, is a mapping"],
  },
  {
    title: "a model that is only a name",
    change: { "models.list": ["gpt"] },
    expected: ["models.list[0]: must be a mapping, is a string"],
  },
  {
    title: "a model without its parts",
    change: { "models.list": [{}] },
    expected: [
      "models.list[0].model_name: is missing, must be a string",
      "models.list[0].litellm_params: is missing, must be a mapping",
    ],
  },
  {
    title: "a model name of no or too many characters",
    change: {
      "models.list": [
        { ...sameModel, model_name: "" },
        { ...sameModel, model_name: "x".repeat(201) },
      ],
    },
    expected: [
      "models.list[0].model_name: must not be empty",
      "models.list[1].model_name: must have at most 200 characters",
    ],
  },
  {
    title: "a model without provider",
    change: { [`${model}.model`]: "gpt-4o" },
    expected: [
      `${at}.model: must be <provider>/<model>, for example openai/gpt-4o or hosted_vllm/meta-llama/Llama-3.3-70B-Instruct`,
    ],
  },
  {
    title: "a misspelt provider",
    change: { [`${model}.model`]: "opnai/gpt-4o" },
    expected: [
      `${at}.model: unknown provider "opnai", did you mean openai? LiteLLM knows ${knownProviders}, see docs/models.md`,
    ],
  },
  {
    title: "a provider that is like no other",
    change: { [`${model}.model`]: "skynet/t-800" },
    expected: [`${at}.model: unknown provider "skynet". LiteLLM knows ${knownProviders}, see docs/models.md`],
  },
  {
    title: "a provider named as something that every object has",
    change: { [`${model}.model`]: "constructor/x" },
    expected: [`${at}.model: unknown provider "constructor". LiteLLM knows ${knownProviders}, see docs/models.md`],
  },
  {
    title: "an own server without address",
    change: { [`${model}.model`]: "hosted_vllm/llama" },
    expected: [`${at}.api_base: is missing, must be the URL of the hosted_vllm server`],
  },
  {
    title: "a misspelt parameter",
    change: { [`${model}.apikey`]: "x" },
    expected: [`${at}.apikey: unknown key, did you mean api_key? 304 keys are known, see docs/settings.md`],
  },
  {
    title: "parameters out of range or of another kind",
    change: {
      [`${model}.rpm`]: 0,
      [`${model}.timeout`]: 0,
      [`${model}.temperature`]: 2.5,
      [`${model}.max_tokens`]: "many",
      [`${model}.drop_params`]: "true",
      [`${model}.tags`]: ["", 1],
    },
    expected: [
      `${at}.rpm: must be at least 1`,
      `${at}.timeout: must be more than 0`,
      `${at}.tags[0]: must not be empty`,
      `${at}.tags[1]: ${unquoted}`,
      `${at}.drop_params: must be true or false, is a string`,
      `${at}.temperature: must be at most 2`,
      `${at}.max_tokens: must be a number, is a string`,
    ],
  },
  {
    title: "an address that is none",
    change: { [`${model}.api_base`]: "east" },
    expected: [`${at}.api_base: ${url}, or ${reference}`],
  },
  {
    title: "an address of another kind",
    change: { [`${model}.api_base`]: 5 },
    expected: [`${at}.api_base: ${unquoted}`],
  },
  {
    title: "an unknown mode, and an identity with spaces",
    change: { "models.list.0.model_info": { mode: "talk", id: "a b" } },
    expected: [
      "models.list[0].model_info.id: must be letters, digits, '_', '.' and '-'",
      "models.list[0].model_info.mode: must be one of chat, completion, responses, anthropic_messages, embedding, rerank, image_generation, image_edit, video_generation, audio_speech, audio_transcription, realtime, batch, ocr, decisions",
    ],
  },
  {
    title: "a deployment twice",
    change: { "models.list": [sameModel, sameModel] },
    expected: [
      "models.list[1].model_info.id: is gpt-77ee1293, as in models.list[0], must be unique: give one of the two a model_info.id of its own",
    ],
  },
  {
    title: "an identity twice",
    change: {
      "models.list": [
        { ...sameModel, model_info: { id: "one" } },
        { model_name: "other", litellm_params: { model: "openai/other" }, model_info: { id: "one" } },
      ],
    },
    expected: [
      "models.list[1].model_info.id: is one, as in models.list[0], must be unique: give one of the two a model_info.id of its own",
    ],
  },
  {
    title: "a variable that the program sets",
    change: { [`${model}.api_key`]: "os.environ/DATABASE_PASSWORD" },
    expected: [
      `${at}: refers to DATABASE_PASSWORD, which the program sets itself; must be the name of a provider's key`,
    ],
  },
  {
    title: "a variable that is a way out of the stack's paths",
    change: { [`${model}.organization`]: "os.environ/../../other" },
    expected: [`${at}: refers to "../../other", ${variableName}`],
  },
  {
    title: "a Vault path for a variable without its parts",
    change: { "models.vaultPaths": { A_KEY: {}, "b-key": { credential: "b" }, C_KEY: { credential: "../c" } } },
    expected: [
      "models.vaultPaths.A_KEY.credential: is missing, must be a string",
      `models.vaultPaths.b-key: the name ${variableName}`,
      `models.vaultPaths.C_KEY.credential: ${label}`,
    ],
  },
  { title: "a file of another kind", change: { "models.file": 7 }, expected: [`models.file: ${unquoted}`] },
  { title: "a file without name", change: { "models.file": "" }, expected: ["models.file: must not be empty"] },
  {
    title: "a file that is not there",
    change: { "models.file": "no-such-models.yaml" },
    expected: ["models.file: no-such-models.yaml does not exist, must be a YAML list of models"],
  },
  {
    title: "a directory as file",
    change: { "models.file": "config" },
    expected: ["models.file: config cannot be read (EISDIR), must be a YAML list of models"],
  },
  {
    title: "a file with another kind of content",
    change: { "models.file": "Pulumi.yaml" },
    expected: ["models.file: Pulumi.yaml must be a YAML list of models"],
  },

  // cache
  {
    title: "a key prefix with a glob",
    change: { "cache.keyPrefix": "litellm*" },
    expected: [`cache.keyPrefix: ${prefix}`],
  },
  {
    title: "a key prefix with a colon",
    change: { "cache.keyPrefix": "litellm:" },
    expected: [`cache.keyPrefix: ${prefix}`],
  },
  {
    title: "a key prefix with a space",
    change: { "cache.keyPrefix": "a ~b" },
    expected: [`cache.keyPrefix: ${prefix}`],
  },
  {
    title: "the server's own user",
    change: { "cache.username": "default" },
    expected: ["cache.username: must not be default, which is the server's own user"],
  },
  {
    title: "a user with a space",
    change: { "cache.username": "a on nopass" },
    expected: ["cache.username: must be lower-case letters, digits and '-'"],
  },
  {
    title: "response cache settings that do not exist",
    change: { "cache.responses": { mode: "on", ttl: 0, callTypes: [] } },
    expected: [
      "cache.responses.mode: must be one of off, default_off, default_on",
      "cache.responses.ttl: must be at least 1",
      "cache.responses.callTypes: must not be empty",
    ],
  },
];

describe("bad input", () => {
  it("starts from a configuration without problems", () => {
    assert.deepEqual(problemsOf(having({})), []);
    assert.deepEqual(problemsOf(largest()), []);
  });

  for (const { title, change, expected } of cases) {
    it(title, () => {
      assert.deepEqual(problemsOf(having(change)), expected);
    });
  }

  it("is told in our words throughout", () => {
    for (const line of cases.flatMap(({ change }) => problemsOf(having(change)))) {
      assert.doesNotMatch(line, /Invalid|expected|received|Too (big|small)|undefined|\[object|at \//, line);
      assert.match(line, /[Mm]ust |unknown (key|provider)|looks like/, line);
    }
  });

  it("is reported at once, sorted by path, each problem once", () => {
    const problems = (raw: Raw): readonly Problem[] => {
      const result = parseConfig(raw, { stack: "test", checks });
      return result.ok ? [] : result.problems;
    };
    const found = problems(
      having({
        zone: 1,
        profile: "prod",
        "gateway.host": "UPPER",
        "gateway.replicas": { min: 2, max: 1 },
        "vault.path": "/",
        [`${model}.model`]: "hosted_vllm/x",
        "cache.keyPrefix": "*",
      }),
    );
    assert.equal(
      formatProblems([...found, ...found]),
      [
        "The configuration has 6 problems:",
        `  cache.keyPrefix: ${prefix}`,
        `  gateway.host: ${host}`,
        `  models.list[0].litellm_params.api_base: is missing, must be the URL of the hosted_vllm server`,
        "  profile: must be one of development, production",
        `  vault.path: ${path}`,
        `  zone: unknown key. Known keys: ${partNames}`,
      ].join("\n"),
    );
    assert.equal(
      formatProblems(problems(having({ "gateway.host": "UPPER" }))),
      `The configuration has 1 problem:\n  gateway.host: ${host}`,
    );
  });

  it("in one part does not hide what is wrong across the others", () => {
    const lines = problemsOf(having({ "namespace.name": "-", "gateway.replicas": { min: 3, max: 2 } }));
    assert.deepEqual(lines, [
      `namespace.name: ${label}`,
      "gateway.replicas.max: is 2, must be at least gateway.replicas.min, which is 3",
    ]);
  });
});

describe("a literal secret", () => {
  const literal = "sk-ant-api03-hunter2";
  for (const parameter of ["api_key", "aws_access_key_id", "aws_secret_access_key", "vertex_credentials"]) {
    it(`is refused as ${parameter}, and not repeated`, () => {
      assert.deepEqual(problemsOf(having({ [`${model}.${parameter}`]: literal })), [
        `${at}.${parameter}: must be ${reference}`,
      ]);
    });
  }

  it("is refused as header, and not repeated", () => {
    const headers = { Authorization: `Bearer ${literal}`, "X-Api-Key": literal, "X-Team": "ai" };
    const message = "looks like a secret, must be os.environ/NAME (the program puts NAME there from Vault)";
    assert.deepEqual(problemsOf(having({ [`${model}.extra_headers`]: headers })), [
      `${at}.extra_headers.Authorization: ${message}`,
      `${at}.extra_headers.X-Api-Key: ${message}`,
    ]);
  });

  it("of digits only, which YAML reads as a number, is not repeated either", () => {
    assert.deepEqual(problemsOf(having({ [`${model}.api_key`]: 1234567890123 })), [`${at}.api_key: ${unquoted}`]);
  });
});

describe("the models file", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "litellm-platform-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const load = (text: string, list?: unknown) => {
    writeFileSync(join(directory, "models.yaml"), text);
    return withModelsFile({ models: { file: "models.yaml", ...(list === undefined ? {} : { list }) } }, directory);
  };

  it("is appended to the list", () => {
    const { raw, problems } = load("- model_name: b\n", [{ model_name: "a" }]);
    assert.deepEqual(problems, []);
    assert.deepEqual(raw["models"], { file: "models.yaml", list: [{ model_name: "a" }, { model_name: "b" }] });
  });

  it("is the whole list where there is no other", () => {
    assert.deepEqual(load("[]").raw["models"], { file: "models.yaml", list: [] });
  });

  it("leaves a list that is none to the schema", () => {
    assert.deepEqual(load("[]", "gpt").raw["models"], { file: "models.yaml", list: "gpt" });
  });

  const broken: Readonly<Record<string, string>> = {
    "an unclosed quote": '- model_name: "sk-hunter2\n',
    "a token in the wrong place": "- [a] sk-hunter2\n",
    "an unknown alias": "- *sk-hunter2\n",
    "a list in a mapping": "a: - sk-hunter2\n",
    "a reserved character": "- @sk-hunter2\n",
  };
  for (const [title, text] of Object.entries(broken)) {
    it(`with ${title} is refused without quoting it`, () => {
      const { problems } = load(text);
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.path, "models.file");
      assert.match(problems[0].message, /^models\.yaml is no YAML \(.+\), must be a YAML list of models$/);
      assert.doesNotMatch(problems[0].message, /hunter2/);
    });
  }

  it("that is empty or a mapping is refused", () => {
    for (const text of ["", "a: 1\n"])
      assert.deepEqual(load(text).problems, [
        { path: "models.file", message: "models.yaml must be a YAML list of models" },
      ]);
  });
});
