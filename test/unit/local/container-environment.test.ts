import assert from "node:assert/strict";
import {
  CreateContainerConfigError,
  type EnvironmentSources,
  expand,
  referencedObjects,
  resolveEnv,
} from "../../../local/services/container-environment.ts";
import type { Container } from "../../../local/services/pod-types.ts";

const sources: EnvironmentSources = {
  secrets: { db: { username: "litellm", password: "secret" }, first: { A: "1", B: "1" } },
  configMaps: { second: { B: "2" } },
  pod: {
    name: "litellm",
    namespace: "ai",
    uid: "u-1",
    ip: "127.0.0.1",
    hostIp: "127.0.0.1",
    nodeName: "localhost",
    serviceAccountName: "litellm",
    labels: { "app.kubernetes.io/name": "litellm" },
    annotations: {},
  },
};

const resolve = (container: Partial<Container>) => resolveEnv({ name: "litellm", ...container }, sources);
const secret = (name: string, object: string, key: string, optional?: boolean) => ({
  name,
  valueFrom: { secretKeyRef: { name: object, key, ...(optional === undefined ? {} : { optional }) } },
});

describe("a container's environment", () => {
  it("takes envFrom first, the later source winning, and env over all", () => {
    const envFrom = [{ secretRef: { name: "first" } }, { configMapRef: { name: "second" } }];
    assert.deepEqual(resolve({ envFrom }), { A: "1", B: "2" });
    assert.deepEqual(resolve({ envFrom: envFrom.toReversed(), env: [{ name: "A", value: "3" }] }), { A: "3", B: "1" });
  });

  it("puts the prefix before names", () => {
    assert.deepEqual(resolve({ envFrom: [{ prefix: "X_", configMapRef: { name: "second" } }] }), { X_B: "2" });
  });

  it("expands variables from before, also those of envFrom, and leaves those that come later", () => {
    const env = [
      { name: "EARLY", value: "$(USER)" },
      secret("USER", "db", "username"),
      secret("PASSWORD", "db", "password"),
      { name: "URL", value: "postgresql://$(USER):$(PASSWORD)@host/$(A)" },
    ];
    const { EARLY, URL } = resolve({ envFrom: [{ secretRef: { name: "first" } }], env });
    assert.deepEqual([EARLY, URL], ["$(USER)", "postgresql://litellm:secret@host/1"]);
  });

  it("does not expand what comes from a Secret", () => {
    const withDollar = { ...sources, secrets: { odd: { key: "$(A)$$" } } };
    const env = [{ name: "A", value: "1" }, secret("B", "odd", "key")];
    assert.equal(resolveEnv({ name: "c", env }, withDollar)["B"], "$(A)$$");
  });

  it("reads ConfigMaps and the pod's own fields", () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const env = [
      { name: "B", valueFrom: { configMapKeyRef: { name: "second", key: "B" } } },
      field("NAME", "metadata.name"),
      field("NAMESPACE", "metadata.namespace"),
      field("IP", "status.podIP"),
      field("LABEL", "metadata.labels['app.kubernetes.io/name']"),
      field("NONE", "metadata.annotations['none']"),
    ];
    const expected = { B: "2", NAME: "litellm", NAMESPACE: "ai", IP: "127.0.0.1", LABEL: "litellm", NONE: "" };
    assert.deepEqual(resolve({ env }), expected);
  });

  it("keeps empty values, and leaves out what is optional and absent", () => {
    const env = [
      { name: "EMPTY", value: "" },
      secret("NO_KEY", "db", "none", true),
      secret("NO_SECRET", "none", "k", true),
    ];
    const envFrom = [{ secretRef: { name: "none", optional: true } }];
    assert.deepEqual(resolve({ env, envFrom }), { EMPTY: "" });
  });

  it("fails as the kubelet does when something is missing, without telling a value", () => {
    const fails = (container: Partial<Container>, message: string) => {
      assert.throws(() => resolve(container), new CreateContainerConfigError(message));
    };
    fails({ env: [secret("KEY", "none", "k")] }, "Secret ai/none not found");
    fails({ env: [secret("KEY", "db", "k")] }, "couldn't find key k in Secret ai/db (for KEY)");
    fails({ envFrom: [{ configMapRef: { name: "none" } }] }, "ConfigMap ai/none not found");
    fails(
      { env: [{ name: "X", valueFrom: { fieldRef: { fieldPath: "spec.none" } } }] },
      "X: there is no field spec.none",
    );
  });

  it("lists the objects it is made from, each once", () => {
    const env = [secret("A", "db", "username"), secret("B", "db", "password")];
    const envFrom = [{ secretRef: { name: "first" } }, { configMapRef: { name: "second" } }];
    assert.deepEqual(referencedObjects({ name: "c", env, envFrom }), {
      secrets: ["db", "first"],
      configMaps: ["second"],
    });
  });
});

describe("Kubernetes' $(NAME)", () => {
  const cases = {
    "$(A)-$(A)": "1-1",
    "$$(A)": "$(A)",
    "$$$(A)": "$1",
    "$(NONE)": "$(NONE)",
    "$A ${A} $": "$A ${A} $",
    "$(A": "$(A",
    a$$b: "a$b",
  };
  for (const [text, expected] of Object.entries(cases))
    it(`makes ${expected} of ${text}`, () => {
      assert.equal(expand(text, { A: "1" }), expected);
    });
});
