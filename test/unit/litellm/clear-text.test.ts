import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

const secrets = [
  "sk-abcdefghijklmnop",
  "AKIAIOSFODNN7EXAMPLE",
  "ghp_abcdefghijklmnop",
  "hvs.abcdefghijklmnop",
  "Bearer eyJhbGciOi.e30.x",
  "http://bob:hunter2@proxy:3128",
  "amqp://:hunter2@rabbitmq.example.com",
  "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
];

const others = [
  "",
  "/var/secrets/key.json",
  "http://proxy.example.com:3128",
  "http://bob@proxy.example.com:3128",
  "http://bob:$(PROXY_WORD)@proxy.example.com:3128",
  "https://example.com:8443/@team/a:b@c",
  "localhost,127.0.0.1,.svc",
  // Langfuse's public key.
  "pk-lf-0123-4567-89ab",
  "sk-SK",
  "Bearer",
  "a request is sent with Bearer x",
];

const reference = "os.environ/TEAM_WORD";

/** Places of values whose names say nothing, by the paths that messages have. */
const places: Readonly<Record<string, (value: string) => Readonly<Record<string, unknown>>>> = {
  "models.list[0].litellm_params.extra_headers.X-Foo": (value) => ({
    "models.list.0.litellm_params.extra_headers": { "X-Foo": value },
  }),
  "models.list[0].litellm_params.extra_body.nested.list[0]": (value) => ({
    "models.list.0.litellm_params.extra_body": { nested: { list: [value] } },
  }),
  "models.list[0].model_info.description": (value) => ({
    "models.list.0.model_info": { description: value },
  }),
  "models.guardrails[0].litellm_params.server": (server) => ({
    "models.guardrails": [
      { guardrail_name: "pii", litellm_params: { guardrail: "presidio", mode: "pre_call", server } },
    ],
  }),
  "models.mcpServers.docs.static_headers.X-Foo": (value) => ({
    "models.mcpServers": { docs: { url: "https://mcp.example.com", static_headers: { "X-Foo": value } } },
  }),
};

const inModels = "looks like a secret, must be os.environ/NAME (the program puts NAME there from Vault)";
const inEnvironment = "looks like a secret, must come from Vault and not from clear text";

describe("a secret in clear text, whatever it is called", () => {
  for (const [path, setting] of Object.entries(places)) {
    it(`is refused at ${path}`, () => {
      for (const value of secrets)
        assert.deepEqual(problemsOf(having(setting(value))), [`${path}: ${inModels}`], value);
    });

    it(`is told from other texts at ${path}`, () => {
      // A description must not be empty.
      const texts = others.filter((text) => text !== "" || !path.endsWith("description"));
      for (const value of texts) assert.deepEqual(problemsOf(having(setting(value))), [], value);
    });
  }

  it("is no reference in a mapping", () => {
    for (const [path, setting] of Object.entries(places))
      if (!path.endsWith("]")) assert.deepEqual(problemsOf(having(setting(reference))), [], path);
  });

  it("is refused in a variable, and told from other texts there", () => {
    const variable = (value: string) => problemsOf(having({ "gateway.environment": { HTTPS_PROXY: value } }));
    for (const value of secrets)
      assert.deepEqual(variable(value), [`gateway.environment.HTTPS_PROXY: ${inEnvironment}`], value);
    for (const value of others) assert.deepEqual(variable(value), [], value);
  });
});
