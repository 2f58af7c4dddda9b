import assert from "node:assert/strict";
import { parseConfig } from "../../../config/parse.ts";
import { type Problem, formatProblems } from "../../../config/problems.ts";
import { checks } from "../../../litellm/checks.ts";
import { problemsOf } from "../../support/configs.ts";
import { type Raw, badBundles, bundle, having, largest } from "../../support/change.ts";
import { type Refusal, areRefused } from "../../support/refusals.ts";

const model = "models.list.0.litellm_params";
const partNames =
  "cache, database, gateway, identity, keys, models, namespace, profile, protect, retain, routing, vault";
const label = "must be a DNS label: lower-case letters, digits and '-', at most 63 characters";
const url = "must be an http:// or https:// URL without credentials, query or fragment";
const path =
  "must be a path such as litellm/prod: letters, digits, '_', '.', '-', single slashes between, none at the ends";
const prefix = "must be lower-case letters, digits, '-' and single dots; no colon and no glob character";
const host = "must be a host name without scheme, port or path, for example litellm.example.com";
const unquoted = "must be a string, is a number: write it in quotes";

const cases: readonly Refusal[] = [
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

  // keys
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

  areRefused(cases);

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
