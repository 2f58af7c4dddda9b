import { type Refusal, areRefused } from "../../support/refusals.ts";

const objectName =
  "must be an object's name: lower-case letters, digits, '-' and '.', a letter or digit at both ends and around each '.'";
const quantity = "must be a whole number with Ki, Mi, Gi or Ti, for example 20Gi";
const variableName = "must be an environment variable name: capitals, digits and '_'";
const exactTag = "must be one exact release such as v1.108.17; moving tags such as latest or main-stable are refused";
const host = "must be a host name without scheme, port or path, for example litellm.example.com";
const unquoted = "must be a string, is a number: write it in quotes";

const cases: readonly Refusal[] = [
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
    expected: [`gateway.image.pullSecrets[1]: ${objectName}`],
  },
  {
    title: "a misspelt key three levels down",
    change: { "gateway.image.pullPolcy": "Always" },
    expected: [
      "gateway.image.pullPolcy: unknown key, did you mean pullPolicy? Known keys: digest, entrypoint, pullPolicy, pullSecrets, repository, tag",
    ],
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
      "gateway.environment.USE_PRISMA_MIGRATE: is read by no supported LiteLLM. Remove it.",
      "gateway.environment.SEPARATE_HEALTH_APP: is read by no supported LiteLLM. Remove it.",
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
];

describe("bad input of the gateway", () => {
  areRefused(cases);
});
