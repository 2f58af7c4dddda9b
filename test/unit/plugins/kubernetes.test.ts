import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resourceNames } from "../../../local/plugins/kubernetes/helm-state.ts";
import { installArguments, valuesOf } from "../../../local/plugins/kubernetes/helm-arguments.ts";
import { parseType, pruneTo, sameQuantity, withoutServerFields } from "../../../local/plugins/kubernetes/objects.ts";
import { conditionsOf, judge } from "../../../local/plugins/kubernetes/readiness.ts";
import { readSettings } from "../../../local/plugins/kubernetes/settings.ts";
import { checkpoint, liveObject, normalizeSecret } from "../../../local/plugins/kubernetes/state.ts";
import { parseWaitFor, selectPath } from "../../../local/plugins/kubernetes/wait-for.ts";
import { isSecret, plainObject, secret, unknown } from "../../../local/plugins/values.ts";
import type { PlainObject } from "../../../local/plugins/values.ts";

function cluster(status: PlainObject, generation = 1): PlainObject {
  return { metadata: { name: "db", generation }, status };
}

function isMet(annotation: string, object: PlainObject): boolean {
  return parseWaitFor(annotation).every((condition) => condition.isMet(object));
}

describe("pulumi.com/waitFor", () => {
  const ready = cluster({ phase: "healthy", instances: 3, conditions: [{ type: "Ready", status: "True" }] });
  const unready = cluster({ phase: "starting", conditions: [{ type: "Ready", status: "False" }] });

  it("waits for a condition, by default for True", () => {
    assert.equal(isMet("condition=Ready", ready), true);
    assert.equal(isMet("condition=ready=true", ready), true);
    assert.equal(isMet("condition=Ready", unready), false);
    assert.equal(isMet("condition=Ready=False", unready), true);
    assert.equal(isMet("condition=Ready", { metadata: { name: "db" } }), false);
  });

  it("does not believe a condition of an older generation", () => {
    const stale = cluster({ conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }] }, 2);
    assert.equal(isMet("condition=Ready", stale), false);
  });

  it("waits for a value at a path, or for the path to exist", () => {
    assert.equal(isMet("jsonpath={.status.phase}=healthy", ready), true);
    assert.equal(isMet("jsonpath={.status.phase}=healthy", unready), false);
    assert.equal(isMet("jsonpath={.status.instances}=3", ready), true);
    assert.equal(isMet("jsonpath={.status.instances}", unready), false);
    assert.equal(isMet('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', ready), true);
  });

  it("waits for all of a list", () => {
    const both = JSON.stringify(["condition=Ready", "jsonpath={.status.phase}=healthy"]);
    assert.equal(isMet(both, ready), true);
    assert.equal(isMet(both, cluster({ phase: "x", conditions: [{ type: "Ready", status: "True" }] })), false);
  });

  it("refuses what it cannot read", () => {
    assert.throws(() => parseWaitFor("Ready"), {
      message: 'pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got "Ready"',
    });
    assert.throws(() => parseWaitFor("[]"), {
      message: "pulumi.com/waitFor: at least one condition must be specified",
    });
    assert.throws(() => parseWaitFor("jsonpath=.status.phase"), /format should be jsonpath=\{\.path\}/);
    assert.throws(() => parseWaitFor("jsonpath={.status.phase}="), /requires a value/);
    assert.throws(() => parseWaitFor("jsonpath={status}"), /cannot read "status"/);
  });

  it("selects by index, quoted name, escaped name and wildcard", () => {
    const object = { a: [{ "b.c": 1 }, { "b.c": 2 }] };
    assert.deepEqual(selectPath(object, ".a[1]['b.c']"), [2]);
    assert.deepEqual(selectPath(object, "$.a[-1].b\\.c"), [2]);
    assert.deepEqual(selectPath(object, '.a[*]["b.c"]'), [1, 2]);
  });
});

describe("readiness", () => {
  const deployment = (status: PlainObject): PlainObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { generation: 2 },
    spec: { replicas: 2 },
    status,
  });
  const available = [{ type: "Available", status: "True" }];

  it("of a Deployment is a completed rollout", () => {
    const done = {
      observedGeneration: 2,
      replicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      conditions: available,
    };
    assert.equal(judge(deployment(done)).state, "ready");
    assert.equal(judge(deployment({ ...done, observedGeneration: 1 })).state, "waiting");
    assert.equal(judge(deployment({ ...done, updatedReplicas: 1 })).state, "waiting");
    assert.equal(judge(deployment({ ...done, replicas: 3 })).state, "waiting");
    assert.equal(judge(deployment({ ...done, availableReplicas: 1 })).state, "waiting");
  });

  it("of a Job is its completion, and its failure is final", () => {
    const job = (conditions: PlainObject[]): PlainObject => ({
      apiVersion: "batch/v1",
      kind: "Job",
      status: { conditions },
    });
    assert.equal(judge(job([])).state, "waiting");
    assert.equal(judge(job([{ type: "Complete", status: "True" }])).state, "ready");
    const failed = judge(job([{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "gave up" }]));
    assert.deepEqual(failed, { state: "failed", message: "[BackoffLimitExceeded] gave up" });
  });

  it("of a Service is that none of its endpoints is pending", () => {
    const service = (spec: PlainObject): PlainObject => ({ apiVersion: "v1", kind: "Service", spec });
    const selecting = service({ selector: { app: "a" } });
    assert.equal(judge(selecting).state, "waiting");
    assert.equal(judge(selecting, { endpoints: {} }).state, "ready");
    assert.equal(judge(selecting, { endpoints: { subsets: [{ addresses: [{ ip: "10.0.0.1" }] }] } }).state, "ready");
    assert.equal(
      judge(selecting, { endpoints: { subsets: [{ notReadyAddresses: [{ ip: "10.0.0.1" }] }] } }).state,
      "waiting",
    );
    for (const spec of [{ selector: { app: "a" }, clusterIP: "None" }, { type: "ExternalName" }, {}]) {
      assert.equal(judge(service(spec)).state, "ready");
    }
  });

  it("of a claim is to be bound, or to wait for its first consumer", () => {
    const claim: PlainObject = { apiVersion: "v1", kind: "PersistentVolumeClaim", status: { phase: "Pending" } };
    assert.equal(judge(claim).state, "waiting");
    assert.equal(judge(claim, { storageClass: { volumeBindingMode: "WaitForFirstConsumer" } }).state, "ready");
  });

  it("of other kinds is their existence", () => {
    assert.equal(judge({ apiVersion: "v1", kind: "ConfigMap" }).state, "ready");
  });

  it("is explained by the object's conditions", () => {
    const conditions = [{ type: "Available", status: "False", reason: "Minimum", message: "too few" }];
    assert.equal(conditionsOf({ status: { conditions } }), "Available=False (Minimum: too few)");
  });
});

describe("objects", () => {
  it("are found by their type token", () => {
    assert.deepEqual(parseType("kubernetes:core/v1:Secret"), { apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(parseType("kubernetes:postgresql.cnpg.io/v1:Cluster"), {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
    });
  });

  it("are pruned to what was asked for, in the notation in which it was asked", () => {
    const live = { spec: { cpu: "500m", memory: "1Gi", extra: true, replicas: 3 }, status: {} };
    const asked = { spec: { cpu: "0.5", memory: "1024Mi", replicas: 2, gone: "x", empty: [] } };
    assert.deepEqual(pruneTo(live, asked), { spec: { cpu: "0.5", memory: "1024Mi", replicas: 3, empty: [] } });
  });

  it("count quantities as the same only when they are", () => {
    assert.equal(sameQuantity("1", 1), true);
    assert.equal(sameQuantity("0.1", "100m"), true);
    assert.equal(sameQuantity("1G", "1Gi"), false);
    assert.equal(sameQuantity("v1", "v1.0"), false);
  });

  it("lose what the server set", () => {
    const live = {
      kind: "ConfigMap",
      metadata: { name: "a", uid: "u", managedFields: [], annotations: { "deployment.kubernetes.io/revision": "1" } },
      status: {},
    };
    assert.deepEqual(withoutServerFields(live), { kind: "ConfigMap", metadata: { name: "a" } });
  });

  it("of kind Secret keep their text as data, and all of it is secret", () => {
    const inputs = normalizeSecret({ apiVersion: "v1", kind: "Secret", data: { a: "eA==" }, stringData: { b: "y" } });
    assert.deepEqual(plainObject(inputs), { apiVersion: "v1", kind: "Secret", data: { a: "eA==", b: "eQ==" } });
    assert.equal(isSecret(inputs["data"]), true);
    const open = { apiVersion: "v1", kind: "Secret", stringData: { b: unknown } };
    assert.equal(normalizeSecret(open), open);
  });

  it("are kept in the state with their inputs, and with the secrets of those marked", () => {
    const live = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { password: "x" } };
    const outputs = checkpoint(live, { ...live, data: { password: secret("x") } }, "manager");
    assert.deepEqual(outputs["data"], { password: secret("x") });
    assert.deepEqual(outputs["__fieldManager"], "manager");
    assert.deepEqual(liveObject(outputs), live);
  });
});

describe("settings of the Kubernetes provider", () => {
  it("read flags as text, and the environment as default", () => {
    const settings = readSettings(
      new Map([
        ["enableServerSideApply", "true"],
        ["namespace", "ns"],
      ]),
      {
        KUBECONFIG: "/dev/null",
        PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true",
      },
    );
    assert.equal(settings.kubeconfig, "/dev/null");
    assert.equal(settings.namespace, "ns");
    assert.equal(settings.upsertExistingObjects, true);
    assert.deepEqual(settings.mutable, { secrets: false, configMaps: false });
  });

  it("refuse client-side apply", () => {
    assert.throws(() => readSettings(new Map([["enableServerSideApply", "false"]]), {}), /needs enableServerSideApply/);
  });
});

describe("Helm releases", () => {
  const name = { name: "gw", namespace: "ai" };

  it("become arguments without values", () => {
    const inputs = { atomic: true, createNamespace: false, timeout: 60, values: { key: secret("hunter2") } };
    const args = installArguments("upgrade", inputs, name, ["./chart"]);
    assert.deepEqual(args, ["upgrade", "gw", "./chart", "--namespace", "ai", "--timeout", "60s", "--atomic", "--wait"]);
    const unawaited = { skipAwait: true, waitForJobs: true };
    assert.equal(installArguments("install", unawaited, name, ["./chart"]).includes("--wait"), false);
    const chosen = (verb: "install" | "upgrade") =>
      installArguments(verb, { createNamespace: true, resetValues: true, maxHistory: 3 }, name, []).slice(6);
    assert.deepEqual(chosen("install"), ["--create-namespace", "--wait"]);
    assert.deepEqual(chosen("upgrade"), ["--reset-values", "--history-max", "3", "--wait"]);
  });

  it("take their values from files first, then from the program", async () => {
    const file = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text: "a: 1" };
    assert.deepEqual(await valuesOf({ valueYamlFiles: [file], values: { a: secret(2) } }), ["a: 1", '{"a":2}']);
  });

  it("group the objects of their manifest", () => {
    const manifest = [
      { apiVersion: "v1", kind: "Service", metadata: { name: "b", namespace: "ai" } },
      { apiVersion: "v1", kind: "Service", metadata: { name: "a", namespace: "ai" } },
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "gw" } },
    ];
    const text = manifest.map((object) => `---\n# Source: x\n${JSON.stringify(object)}\n`).join("");
    assert.deepEqual(resourceNames(text), { "Service/v1": ["ai/a", "ai/b"], "Deployment.apps/apps/v1": ["gw"] });
  });
});
