import assert from "node:assert/strict";
import { providers } from "../../../litellm/models/providers.ts";
import { problemsOf } from "../../support/configs.ts";
import { having } from "../../support/change.ts";
import { type Refusal, areRefused } from "../../support/refusals.ts";

const model = "models.list.0.litellm_params";
const at = "models.list[0].litellm_params";
const label = "must be a DNS label: lower-case letters, digits and '-', at most 63 characters";
const url = "must be an http:// or https:// URL without credentials, query or fragment";
const reference = "os.environ/NAME (the program puts NAME there from Vault); a literal secret is refused";
const variableName = "must be an environment variable name: capitals, digits and '_'";
const unquoted = "must be a string, is a number: write it in quotes";
const knownProviders = Object.keys(providers).length;
const sameModel = { model_name: "gpt", litellm_params: { model: "openai/gpt-4o" } };

const cases: readonly Refusal[] = [
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
    expected: [
      `${at}.apikey: unknown key, did you mean api_key? 344 keys are known, see docs/settings.md; models.furtherParams lets others through`,
    ],
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
];

describe("bad input of the list of models", () => {
  areRefused(cases);
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
