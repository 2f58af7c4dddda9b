import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { diffProperties, formatPath } from "../../../local/plugins/diff.ts";
import { replaceRule } from "../../../local/plugins/kubernetes/replace-rules.ts";
import { secret, unknown } from "../../../local/plugins/values.ts";
import type { PlainObject, Properties } from "../../../local/plugins/values.ts";

const never = () => false;
const standard = { secrets: false, configMaps: false };

function replacedBy(object: PlainObject, olds: Properties, news: Properties, mutable = standard): string[] {
  const details = diffProperties(olds, news, replaceRule(object, mutable));
  return [...details].filter(([, { replace }]) => replace).map(([path]) => path);
}

describe("differences", () => {
  it("are named by paths as the engine writes them", () => {
    assert.equal(formatPath(["spec", "containers", 0, "image"]), "spec.containers[0].image");
    assert.equal(
      formatPath(["metadata", "annotations", "pulumi.com/waitFor"]),
      'metadata.annotations["pulumi.com/waitFor"]',
    );
  });

  it("are found where values are added, deleted and changed", () => {
    const details = diffProperties({ a: 1, b: [1, 2], c: { d: "x" } }, { b: [1, 3, 4], c: { d: "x", e: true } }, never);
    assert.deepEqual(Object.fromEntries([...details].map(([path, { kind }]) => [path, kind])), {
      a: "delete",
      "b[1]": "update",
      "b[2]": "add",
      "c.e": "add",
    });
  });

  it("do not count marks of secrets or nulls", () => {
    assert.equal(diffProperties({ a: "x", b: null }, { a: secret("x") }, never).size, 0);
  });

  it("count every unknown", () => {
    assert.deepEqual([...diffProperties({ a: "x" }, { a: unknown }, never).keys()], ["a"]);
  });
});

describe("replacement of Kubernetes objects", () => {
  const deployment = { apiVersion: "apps/v1", kind: "Deployment" };

  it("follows name and namespace", () => {
    const olds = { metadata: { name: "a", namespace: "x", labels: { a: "1" } } };
    const news = { metadata: { name: "b", namespace: "y", labels: { a: "2" } } };
    assert.deepEqual(replacedBy(deployment, olds, news), ["metadata.name", "metadata.namespace"]);
  });

  it("follows a Deployment's selector, not its template", () => {
    const spec = (app: string) => ({
      spec: { selector: { matchLabels: { app } }, template: { metadata: { labels: { app } } } },
    });
    assert.deepEqual(replacedBy(deployment, spec("a"), spec("b")), ["spec.selector.matchLabels.app"]);
  });

  it("follows a Job's template and completions, not its time to live", () => {
    const job = { apiVersion: "batch/v1", kind: "Job" };
    const olds = {
      spec: { completions: 1, ttlSecondsAfterFinished: 1, template: { spec: { containers: [{ image: "a" }] } } },
    };
    const news = {
      spec: { completions: 2, ttlSecondsAfterFinished: 2, template: { spec: { containers: [{ image: "b" }] } } },
    };
    assert.deepEqual(replacedBy(job, olds, news), ["spec.completions", "spec.template.spec.containers[0].image"]);
  });

  it("follows roleRef, clusterIP, volumeClaimTemplates and the claim's class", () => {
    const cases = [
      [
        { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
        { roleRef: { name: "a" } },
        { roleRef: { name: "b" } },
        "roleRef.name",
      ],
      [{ apiVersion: "v1", kind: "Service" }, { spec: { clusterIP: "None" } }, { spec: {} }, "spec.clusterIP"],
      [
        { apiVersion: "apps/v1", kind: "StatefulSet" },
        { spec: { volumeClaimTemplates: [{ spec: { storageClassName: "a" } }] } },
        { spec: { volumeClaimTemplates: [{ spec: { storageClassName: "b" } }] } },
        "spec.volumeClaimTemplates[0].spec.storageClassName",
      ],
      [
        { apiVersion: "v1", kind: "PersistentVolumeClaim" },
        { spec: { storageClassName: "a", resources: { requests: { storage: "1Gi" } } } },
        { spec: { storageClassName: "b", resources: { requests: { storage: "2Gi" } } } },
        "spec.storageClassName",
      ],
    ] as const;
    for (const [object, olds, news, path] of cases) assert.deepEqual(replacedBy(object, olds, news), [path]);
  });

  it("follows the data of Secrets and ConfigMaps unless the provider says they are mutable", () => {
    const secretKind = { apiVersion: "v1", kind: "Secret" };
    const configMap = { apiVersion: "v1", kind: "ConfigMap" };
    const [olds, news] = [{ data: { a: "1" } }, { data: { a: "2" } }];
    const mutable = { secrets: true, configMaps: true };
    assert.deepEqual(replacedBy(secretKind, olds, news), ["data.a"]);
    assert.deepEqual(replacedBy(configMap, olds, news), ["data.a"]);
    assert.deepEqual(replacedBy(secretKind, olds, news, mutable), []);
    assert.deepEqual(replacedBy(configMap, olds, news, mutable), []);
    assert.deepEqual(replacedBy({ ...configMap, immutable: true }, olds, news, mutable), ["data.a"]);
  });

  it("does not follow a custom resource's spec", () => {
    const cluster = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" };
    assert.deepEqual(replacedBy(cluster, { spec: { instances: 1 } }, { spec: { instances: 3 } }), []);
  });
});
