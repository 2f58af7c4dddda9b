import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { badBundles, bundle, caBundle, certificate, having } from "../../support/change.ts";

interface Case {
  readonly title: string;
  /** The whole part. */
  readonly cache: object;
  readonly and?: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly string[];
}

const redis = { mode: "external", server: { kind: "single", host: "redis.example.com" }, password: { vaultPath: "r" } };
const sentinel = { kind: "sentinel", service: "mymaster", nodes: [{ host: "s.example.com" }] };
const shared = { mode: "shared", name: "dragonfly", namespace: "cache", keyPrefix: "ai", username: "ai" };
const none = { mode: "none", responses: { mode: "off" } };
const several = { "gateway.replicas": { min: 1, max: 3 } };

const label = "must be a DNS label: lower-case letters, digits and '-', at most 63 characters";
const host = "must be a host name without scheme, port or path, for example litellm.example.com";
const path =
  "must be a path such as litellm/prod: letters, digits, '_', '.', '-', single slashes between, none at the ends";
const quantity = "must be a whole number with Ki, Mi, Gi or Ti, for example 20Gi";
const url = "must be an http:// or https:// URL without credentials, query or fragment";
const bucket =
  "must be a bucket name: 3 to 63 lower-case letters, digits, '-' and single dots, a letter or digit at both ends";
const cron = 'must be a cron line of five fields, minutes first, for example "*/15 * * * *"';
const dedicatedKeys = "keyPrefix, mode, password, persistence, replicas, resources, responses, threads, username";
const externalKeys = "keyPrefix, mode, password, responses, server, tls, username";

const cases: readonly Case[] = [
  // Modes.
  {
    title: "an unknown mode",
    cache: { mode: "valkey" },
    expected: ["cache.mode: must be one of dedicated, shared, external, none"],
  },
  {
    title: "a mode that is no text",
    cache: { mode: ["dedicated"] },
    expected: ["cache.mode: must be one of dedicated, shared, external, none"],
  },
  {
    title: "a misspelt key of the usual mode, which need not be named",
    cache: { replica: 2 },
    expected: [`cache.replica: unknown key, did you mean replicas? Known keys: ${dedicatedKeys}`],
  },
  {
    title: "a key of another mode",
    cache: { ...redis, replicas: 2 },
    expected: [`cache.replicas: unknown key. Known keys: ${externalKeys}`],
  },
  {
    title: "a shared cache without the Dragonfly",
    cache: { mode: "shared" },
    expected: [
      "cache.name: is missing, must be a string",
      "cache.namespace: is missing, must be a string",
      "cache.keyPrefix: is missing, must be a string",
      "cache.username: is missing, must be a string",
    ],
  },
  {
    title: "a shared cache with names that no object has",
    cache: { ...shared, name: "Dragonfly", namespace: "a/b" },
    expected: [`cache.name: ${label}`, `cache.namespace: ${label}`],
  },

  // dedicated
  {
    title: "a version of the password that is none",
    cache: { password: { version: 0 } },
    expected: ["cache.password.version: must be at least 1"],
  },
  {
    title: "a password in the configuration",
    cache: { password: "hunter2" },
    expected: ["cache.password: must be a mapping, is a string"],
  },
  {
    title: "replicas out of range",
    cache: { replicas: 0 },
    expected: ["cache.replicas: must be at least 1"],
  },
  {
    title: "more threads than the memory is for",
    cache: { threads: 4, resources: { memory: "1Gi" } },
    expected: [
      "cache.resources.memory: is 1Gi, must be at least 1366Mi for threads 4: Dragonfly wants 256 MiB for each, of three quarters of the memory",
    ],
  },
  {
    title: "less memory than one thread wants",
    cache: { resources: { memory: "256Mi" } },
    expected: [
      "cache.resources.memory: is 256Mi, must be at least 342Mi for threads 1: Dragonfly wants 256 MiB for each, of three quarters of the memory",
    ],
  },
  {
    title: "persistence of no kind",
    cache: { persistence: { size: "5Gi" } },
    expected: ["cache.persistence.kind: is missing, must be one of volume, s3"],
  },
  {
    title: "a volume of no size and a schedule with seconds",
    cache: { persistence: { kind: "volume", schedule: "0 0 * * * *" } },
    expected: ["cache.persistence.size: is missing, must be a string", `cache.persistence.schedule: ${cron}`],
  },
  {
    title: "snapshots at minutes that there are not",
    cache: { persistence: { kind: "volume", size: "5Gi", schedule: "60 */0 1,,2 JAN-13 SAT-SUN" } },
    expected: [
      "minutes *, or 0 to 59",
      "hours *, or 0 to 23",
      "days *, or 1 to 31",
      "months *, or 1 to 12 or JAN to DEC",
      "weekdays *, or 0 to 6 or SUN to SAT",
    ].map(
      (what) =>
        `cache.persistence.schedule: must have as ${what}: values, ranges and steps such as 1-5 or */2, with commas between`,
    ),
  },
  {
    title: "a volume with a size in gigabytes",
    cache: { persistence: { kind: "volume", size: "5GB" } },
    expected: [`cache.persistence.size: ${quantity}`],
  },
  {
    title: "a volume smaller than the memory",
    cache: { persistence: { kind: "volume", size: "512Mi" } },
    expected: [
      "cache.persistence.size: is 512Mi, must be at least resources.memory, which is 1Gi: a snapshot holds all of it",
    ],
  },
  {
    title: "snapshots to a bucket that cannot be",
    cache: { persistence: { kind: "s3", bucket: "Bad_Bucket", endpoint: "s3.example.com", path: "/a" } },
    expected: [
      `cache.persistence.bucket: ${bucket}`,
      `cache.persistence.endpoint: ${url}`,
      "cache.persistence.path: must be a path within the bucket such as litellm/prod, without slashes at the ends",
    ],
  },
  {
    title: "a volume's key for a bucket",
    cache: { persistence: { kind: "s3", bucket: "snapshots", size: "5Gi" } },
    expected: ["cache.persistence.size: unknown key. Known keys: bucket, endpoint, kind, path, region, schedule"],
  },

  // external
  {
    title: "an external cache without anything",
    cache: { mode: "external" },
    expected: ["cache.server: is missing, must be a mapping", "cache.password: is missing, must be a mapping"],
  },
  {
    title: "an external cache of no kind",
    cache: { ...redis, server: { host: "redis.example.com" } },
    expected: ["cache.server.kind: is missing, must be one of single, sentinel, cluster"],
  },
  {
    title: "an address with scheme and a port out of range",
    cache: { ...redis, server: { kind: "single", host: "redis://redis.example.com", port: 0 } },
    expected: [`cache.server.host: ${host}`, "cache.server.port: must be at least 1"],
  },
  {
    title: "a password given as the Vault's answer",
    cache: { ...redis, password: { vaultPath: "/redis/", value: "hunter2" } },
    expected: [
      `cache.password.vaultPath: ${path}`,
      "cache.password.value: unknown key. Known keys: property, vaultPath",
    ],
  },
  {
    title: "Sentinels without a name and nodes",
    cache: { ...redis, server: { kind: "sentinel", nodes: [] } },
    expected: ["cache.server.service: is missing, must be a string", "cache.server.nodes: must not be empty"],
  },
  {
    title: "Sentinels that LiteLLM would log in to as a user they do not have",
    cache: { ...redis, server: sentinel, username: "litellm" },
    expected: [
      "cache.server.password: is missing, must be there beside username: LiteLLM logs in to the Sentinels as litellm too",
    ],
  },
  {
    title: "nodes of a cluster as texts",
    cache: { ...redis, server: { kind: "cluster", nodes: ["a.example.com:6379"] } },
    expected: ["cache.server.nodes[0]: must be a mapping, is a string"],
  },
  ...Object.entries(badBundles).map(([title, caBundle]) => ({
    title: `a CA that is ${title}`,
    cache: { ...redis, tls: { caBundle }, responses: { s3: { bucket: "responses", caBundle } } },
    expected: [`cache.tls.caBundle: ${bundle}`, `cache.responses.s3.caBundle: ${bundle}`],
  })),
  {
    title: "TLS as a switch",
    cache: { ...redis, tls: true },
    expected: ["cache.tls: must be a mapping, is true or false"],
  },

  // none
  {
    title: "no cache and cached responses",
    cache: { mode: "none" },
    expected: ["cache.responses.mode: is default_off, must be off without a cache, or have s3 to keep responses in"],
  },
  {
    title: "no cache for several pods",
    cache: none,
    and: several,
    expected: [
      "cache.mode: is none while gateway.replicas.max is 3: each pod would grant every rate limit and budget anew. Must be another mode, or limitsPerPod must be true",
    ],
  },
  {
    title: "no cache for several pods at which people sign in",
    cache: { ...none, limitsPerPod: true },
    and: {
      ...several,
      identity: { mode: "managed", issuer: "https://auth.example.com/realms/platform" },
    },
    expected: [
      "cache.mode: is none while identity signs people in at 3 pods: a sign-in that begins at one pod ends at another, which knows of it by the cache only. Must be another mode",
    ],
  },

  // responses
  {
    title: "a bucket for responses without a name",
    cache: { responses: { s3: {} } },
    expected: ["cache.responses.s3.bucket: is missing, must be a string"],
  },
  {
    title: "keys of the bucket in the configuration",
    cache: { responses: { s3: { bucket: "responses", accessKeyId: "AKIA", region: "EU West" } } },
    expected: [
      "cache.responses.s3.region: must be a region such as eu-central-1",
      "cache.responses.s3.accessKeyId: unknown key. Known keys: bucket, caBundle, endpoint, path, region",
    ],
  },
];

describe("bad input of the cache", () => {
  for (const { title, cache, and = {}, expected } of cases) {
    it(title, () => {
      assert.deepEqual(problemsOf(having({ cache, ...and })), expected);
    });
  }

  it("is told in our words throughout, and never with a secret", () => {
    for (const line of cases.flatMap(({ cache, and = {} }) => problemsOf(having({ cache, ...and })))) {
      assert.doesNotMatch(
        line,
        /Invalid|expected|received|Too (big|small)|undefined|\[object|at \/|hunter2|AKIA/,
        line,
      );
      assert.match(line, /[Mm]ust |unknown key/, line);
    }
  });

  it("is told from what is allowed", () => {
    for (const cache of [
      {},
      { threads: 3 },
      { persistence: { kind: "volume", size: "1Gi" } },
      { persistence: { kind: "s3", bucket: "snapshots", endpoint: "http://minio.storage.svc:9000" } },
      shared,
      redis,
      { ...redis, server: sentinel },
      { ...redis, server: { ...sentinel, password: { vaultPath: "s" } }, username: "litellm" },
      { ...redis, server: { kind: "cluster", nodes: [{ host: "c.example.com" }] }, tls: {} },
      { ...redis, tls: { caBundle } },
      { ...redis, tls: { caBundle: Buffer.from(`# our own\n${certificate}\n${certificate}`).toString("base64") } },
      none,
      { ...none, responses: { mode: "default_on", s3: { bucket: "responses" } } },
    ])
      assert.deepEqual(problemsOf(having({ cache })), [], JSON.stringify(cache));
    assert.deepEqual(problemsOf(having({ cache: { ...none, limitsPerPod: true }, ...several })), []);
  });
});
