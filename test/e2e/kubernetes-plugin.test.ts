import assert from "node:assert/strict";
import type { ControlPlane } from "../../local/control-plane.ts";
import { kubernetesPlugin } from "../../local/plugins/kubernetes.ts";
import { type Properties, isProperties, secret, unwrap } from "../../local/plugins/values.ts";
import { startBareControlPlane } from "./support/bare-control-plane.ts";
import { ProviderEngine, secretOutputs } from "./support/provider-engine.ts";

const minute = 60_000;
const secretType = "kubernetes:core/v1:Secret";

/** What `kubernetes.core.v1.Secret.get` and `pulumi import` ask the stand-in for: an object by its id alone. */
describe("a Secret of a real API server that is only known by its id", function () {
  this.timeout(minute);

  const given: Properties = {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: { name: "litellm-keys", namespace: "default", labels: { app: "litellm" } },
    stringData: secret({ "master-key": "sk-an-existing-key" }),
  };
  const encoded = Buffer.from("sk-an-existing-key").toString("base64");
  let controlPlane: ControlPlane;
  let remove: (() => Promise<void>) | undefined;

  function engine(): Promise<ProviderEngine> {
    const environment = () => ({ KUBECONFIG: controlPlane.kubeconfig });
    const plugin = kubernetesPlugin({ version: "4.34.2", helm: controlPlane.helm, environment });
    return plugin.configure(new Map()).then((provider) => new ProviderEngine(provider));
  }

  before("start a control plane with a Secret", async function () {
    this.timeout(60 * minute);
    ({ controlPlane, remove } = await startBareControlPlane("e2e-kubernetes-plugin"));
    await (await engine()).up(secretType, "keys", given);
  });

  after("end it", async () => {
    await remove?.();
  });

  it("comes with its contents marked as secret, in the outputs and in what they were made from", async () => {
    const found = await (await engine()).read(secretType, "default/litellm-keys");
    assert.equal(found?.id, "default/litellm-keys");
    assert.deepEqual(secretOutputs(found), ["__inputs", "data"]);
    assert.deepEqual(unwrap(found.outputs["data"]), { "master-key": encoded });
    assert.deepEqual(found.inputs["data"], secret({ "master-key": encoded }));
    const kept = found.outputs["__inputs"];
    assert.ok(isProperties(kept));
    assert.deepEqual(kept["data"], secret({ "master-key": encoded }));
    // Nothing else may repeat it: the engine writes what is not marked in clear.
    const { data, __inputs, ...rest } = found.outputs;
    assert.ok(data && __inputs);
    for (const text of [encoded, "sk-an-existing-key"]) assert.equal(JSON.stringify(rest).includes(text), false);
  });

  it("is taken over as it is by a program that says the same", async () => {
    const taker = await engine();
    await taker.import(secretType, "keys", "default/litellm-keys");
    assert.equal((await taker.up(secretType, "keys", given)).step, "same");
  });

  it("may not be there", async () => {
    assert.equal(await (await engine()).read(secretType, "default/none"), undefined);
  });
});
