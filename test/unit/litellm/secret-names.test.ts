import assert from "node:assert/strict";
import { isSecretName } from "../../../litellm/shared/secret-names.ts";
import { problemsOf } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

const secrets = [
  // Of LiteLLM's settings.
  "api_key",
  "apikey",
  "access_key",
  "secret_key",
  "key",
  "valkey_password",
  "azure_ad_token",
  "azure_password",
  "client_secret",
  "client_private_key",
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_web_identity_token",
  "s3_access_key_id",
  "vertex_credentials",
  "anthropic_identity_token",
  "authentication_token",
  "redis_password",
  "master_key",
  // Of headers.
  "Authorization",
  "Proxy-Authorization",
  "Cookie",
  "Set-Cookie",
  "X-Api-Key",
  "X-ApiKey",
  "X-Auth-Token",
  "x-goog-api-key",
  // Of other people's settings, such as an autoscaler's trigger.
  "apiKey",
  "APIKey",
  "openAIAPIKey",
  "accessToken",
  "IDToken",
  "awsAccessKeyID",
  "awsSecretAccessKey",
  "clientSecret",
  "privateKey",
  "passwd",
  "credential",
  // Of variables.
  "OPENAI_API_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "SLACK_API_TOKEN",
  "LANGFUSE_SECRET_KEY",
  "VERTEX_CREDENTIALS",
  "DB_PASSWORD",
  "DB_PASSWD",
  "AZURE_CLIENT_SECRET",
  "KEY",
  "SENTRY_APIKEY",
];

const others = [
  // Of LiteLLM's settings.
  "max_tokens",
  "max_completion_tokens",
  "input_cost_per_token_batches",
  "output_cost_per_token_above_200k_tokens",
  "token_uri",
  "token_url",
  "token_endpoint_auth_method",
  "auth_type",
  "client_id",
  "private_key_id",
  "s3_encryption_key_id",
  "aws_profile_name",
  "aws_role_name",
  "openai_identity_token_file",
  "litellm_credential_name",
  "default_api_key_rpm_limit",
  "allow_all_keys",
  "prompt_cache_key",
  "public_key",
  "public_key_ttl",
  "litellm_key_header_name",
  "vertex_project",
  "monkey",
  "turkey",
  "valkey",
  // Of an autoscaler's trigger.
  "passwordFromEnv",
  "keyPath",
  "listLength",
  "watchKey",
  "tokenizer",
  // Of variables.
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "AWS_REGION",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "LANGFUSE_PUBLIC_KEY",
  "LANGFUSE_HOST",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "MAX_TOKENS",
  "SECRETS_PATH",
];

describe("a name", () => {
  for (const name of secrets)
    it(`${name} is a secret's`, () => {
      assert.equal(isSecretName(name), true);
    });

  for (const name of others)
    it(`${name} is no secret's`, () => {
      assert.equal(isSecretName(name), false);
    });

  it("of a tag is no setting's", () => {
    const tags = {
      aws_session_tags: [{ Key: "team", Value: "ai" }],
      bedrock_tags: [{ key: "team", value: "ai" }],
    };
    const model = { model_name: "nova", litellm_params: { model: "bedrock/us.amazon.nova-pro-v1:0", ...tags } };
    assert.deepEqual(problemsOf(having({ "models.list": [model] })), []);
  });
});
