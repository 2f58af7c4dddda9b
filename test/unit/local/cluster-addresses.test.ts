import assert from "node:assert/strict";
import { type ClusterAddress, localConfig, localEnvironment, localText } from "../../../local/cluster-addresses.ts";

const localHost = "127.0.0.1";
const addresses: readonly ClusterAddress[] = [
  { service: "litellm-db-rw", namespace: "ai", port: 5432, localHost, localPort: 15432 },
  { service: "litellm-cache", namespace: "ai", port: 6379, localHost, localPort: 16379 },
  { service: "model-backend", namespace: "models", port: 8080, localHost, localPort: 18080 },
  { service: "web", namespace: "models", port: 80, localHost, localPort: 10080 },
];

describe("cluster addresses outside the cluster", () => {
  for (const suffix of ["", ".svc", ".svc.cluster.local"])
    it(`knows a Service as service.namespace${suffix}`, () => {
      assert.equal(localText(`model-backend.models${suffix}:8080`, addresses), "127.0.0.1:18080");
    });

  it("keeps everything of a URL but the address", () => {
    assert.equal(
      localText("postgresql://litellm:pw@litellm-db-rw.ai.svc:5432/litellm?sslmode=require", addresses),
      "postgresql://litellm:pw@127.0.0.1:15432/litellm?sslmode=require",
    );
    assert.equal(
      localText("http://model-backend.models.svc:8080/v1, http://model-backend.models:8080", addresses),
      "http://127.0.0.1:18080/v1, http://127.0.0.1:18080",
    );
  });

  it("takes a URL's default port", () => {
    assert.equal(localText("http://web.models.svc/v1", addresses), "http://127.0.0.1:10080/v1");
    assert.equal(localText("https://web.models.svc/v1", addresses), "https://web.models.svc/v1");
    assert.equal(localText("redis://litellm-cache.ai.svc/0", addresses), "redis://127.0.0.1:16379/0");
  });

  it("leaves what it does not know", () => {
    for (const text of [
      "https://api.openai.com/v1",
      "model-backend.models.svc:9090",
      "model-backend.models.svc",
      "model-backend.models.svc:80801",
      "my-model-backend.models.svc:8080",
      "model-backend.models.svc.example.com:8080",
      "litellm-cache.other.svc:6379",
    ])
      assert.equal(localText(text, addresses), text);
  });

  it("changes a pair of host and port together, and only a pair that matches", () => {
    const environment = {
      REDIS_HOST: "litellm-cache.ai.svc",
      REDIS_PORT: "6379",
      OTHER_HOST: "litellm-cache.ai.svc",
      OTHER_PORT: "6380",
      HOST: "0.0.0.0",
      PORT: "4000",
    };
    assert.deepEqual(localEnvironment(environment, addresses), {
      ...environment,
      REDIS_HOST: "127.0.0.1",
      REDIS_PORT: "16379",
    });
  });

  it("says the port when the pod leaves it to the default", () => {
    assert.deepEqual(localEnvironment({ DATABASE_HOST: "litellm-db-rw.ai.svc" }, addresses), {
      DATABASE_HOST: "127.0.0.1",
      DATABASE_PORT: "15432",
    });
  });

  it("changes LiteLLM's configuration in place, without touching the form of the rest", () => {
    const yaml = [
      "model_list:",
      "  - model_name: echo # the model",
      "    litellm_params: { api_base: http://model-backend.models.svc:8080/v1, input_cost_per_token: 0.00000030 }",
      "router_settings:",
      "  redis_host: litellm-cache.ai.svc",
      "  redis_port: 6379",
      "litellm_settings:",
      '  cache_params: { port: 6379, host: "litellm-cache.ai.svc", ssl: "on" }',
      "general_settings: { coordination_redis: { host: os.environ/REDIS_HOST, port: os.environ/REDIS_PORT } }",
      "",
    ].join("\n");
    const expected = yaml
      .replace("model-backend.models.svc:8080", "127.0.0.1:18080")
      .replace("redis_host: litellm-cache.ai.svc", "redis_host: 127.0.0.1")
      .replace('"litellm-cache.ai.svc"', "127.0.0.1")
      .replaceAll("port: 6379", "port: 16379");
    assert.equal(localConfig(yaml, addresses), expected);
  });
});
