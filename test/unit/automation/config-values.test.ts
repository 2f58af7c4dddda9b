import assert from "node:assert/strict";
import { configMap, plainConfig } from "../../../automation/config-values.ts";

describe("the configuration of another program", () => {
  const config = {
    "litellm-platform:keys": { master: { version: 2 } },
    "litellm-platform:retain": false,
    "keycloak:url": { value: "https://auth.example.com", secret: true },
    "keycloak:initialLogin": { value: false, secret: true },
  };

  it("is handed to Pulumi as text, and encrypted where it says so", () => {
    assert.deepEqual(configMap(config), {
      "litellm-platform:keys": { value: '{"master":{"version":2}}', secret: false },
      "litellm-platform:retain": { value: "false", secret: false },
      "keycloak:url": { value: "https://auth.example.com", secret: true },
      "keycloak:initialLogin": { value: "false", secret: true },
    });
  });

  it("is the same values to whoever reads it here", () => {
    assert.deepEqual(plainConfig(config), {
      ...config,
      "keycloak:url": "https://auth.example.com",
      "keycloak:initialLogin": false,
    });
  });

  const secrets: Readonly<Record<string, unknown>> = {
    "vault:token": "x",
    "keycloak:clientSecret": "x",
    "keycloak:jwtSigningKey": "x",
    "keycloak:additionalHeaders": { Authorization: "x" },
    "kubernetes:kubeconfig": "x",
    "vault:authLogin": { path: "auth/approle/login", parameters: { secret_id: "x", password: "x" } },
  };
  for (const [key, value] of Object.entries(secrets))
    it(`has ${key} encrypted unasked`, () => {
      assert.equal(configMap({ [key]: value })[key]?.secret, true);
    });

  for (const key of ["vault:address", "vault:tokenName", "keycloak:clientId", "kubernetes:context"])
    it(`leaves ${key} readable`, () => {
      assert.equal(configMap({ [key]: "x" })[key]?.secret, false);
    });
});
