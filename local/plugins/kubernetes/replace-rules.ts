/** Which changes cannot be made to an existing object, so that it must be replaced. */
import type { PathStep, ReplaceRule } from "../diff.ts";
import type { PlainObject } from "../values.ts";
import { text } from "./objects.ts";

/** What the provider's configuration says about Secrets and ConfigMaps, which it replaces by default. */
export interface MutableData {
  readonly secrets: boolean;
  readonly configMaps: boolean;
}

const identity = ["kind", "metadata.name", "metadata.namespace"];
const podSpec = [
  ...["affinity", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases", "hostIPC", "hostNetwork", "hostPID"],
  ...["hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead", "preemptionPolicy", "priority"],
  ...["priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName", "schedulerName", "securityContext"],
  ...["serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain", "terminationGracePeriodSeconds"],
  ...["volumes", "automountServiceAccountToken", "containers", "initContainers"],
].map((field) => `spec.${field}`);
const volumeSources = [
  ...["awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"],
  ...["gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk"],
  ...["portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
].map((field) => `spec.${field}`);

const immutable: Readonly<Record<string, readonly string[]>> = {
  "apps/v1 Deployment": ["spec.selector"],
  "apps/v1 DaemonSet": ["spec.selector"],
  "apps/v1 StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/v1 Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/v1 RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": ["roleRef"],
  "storage.k8s.io/v1 StorageClass": ["parameters", "provisioner"],
  "v1 PersistentVolume": volumeSources,
  "v1 PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "v1 Pod": podSpec,
  "v1 ResourceQuota": ["spec.scopes"],
  "v1 Service": ["spec.clusterIP"],
};

/** The rule for an object; it is the one of the genuine plugin, table for table. */
export function replaceRule(object: PlainObject, mutable: MutableData): ReplaceRule {
  const forced = [...identity, ...immutableFields(object, mutable)];
  return (path) => {
    const changed = fieldPath(path);
    // A whole added or removed parent changes the field, too.
    return forced.some((field) => isWithin(changed, field) || isWithin(field, changed));
  };
}

function immutableFields(object: PlainObject, mutable: MutableData): readonly string[] {
  const kind = `${text(object, "apiVersion")} ${text(object, "kind")}`;
  const frozen = object["immutable"] === true;
  if (kind === "v1 Secret") return !mutable.secrets || frozen ? ["type", "data", "stringData"] : ["type"];
  if (kind === "v1 ConfigMap") return !mutable.configMaps || frozen ? ["data", "binaryData"] : [];
  return immutable[kind] ?? [];
}

function fieldPath(path: readonly PathStep[]): string {
  return path.filter((step) => typeof step === "string").join(".");
}

function isWithin(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`);
}
