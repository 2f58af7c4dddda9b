/** When an object of a built-in kind counts as ready, judged as the genuine plugin judges it. */
import type { PlainObject } from "../values.ts";
import { sameValue } from "../diff.ts";
import { amount, member, objects, text } from "./objects.ts";

/** The verdict on one object at one moment. */
export interface Readiness {
  readonly state: "ready" | "waiting" | "failed";
  /** What is being waited for, or why it failed. */
  readonly message: string;
}

/** What the verdict on some kinds needs beyond the object itself. */
export interface Surroundings {
  /** The Endpoints of a Service; `undefined` while there are none. */
  readonly endpoints?: PlainObject | undefined;
  /** The StorageClass of a claim. */
  readonly storageClass?: PlainObject | undefined;
}

type Judge = (object: PlainObject, surroundings: Surroundings) => Readiness;

const ready: Readiness = { state: "ready", message: "" };

const judges: Readonly<Record<string, Judge>> = {
  "apps/v1 Deployment": deployment,
  "apps/v1 StatefulSet": statefulSet,
  "apps/v1 DaemonSet": daemonSet,
  "batch/v1 Job": job,
  "networking.k8s.io/v1 Ingress": ingress,
  "v1 PersistentVolume": persistentVolume,
  "v1 PersistentVolumeClaim": persistentVolumeClaim,
  "v1 Pod": pod,
  "v1 ResourceQuota": resourceQuota,
  "v1 Secret": secret,
  "v1 Service": service,
};

/** Judges an object; kinds without a rule are ready as soon as they exist. */
export function judge(object: PlainObject, surroundings: Surroundings = {}): Readiness {
  const rule = judges[`${text(object, "apiVersion")} ${text(object, "kind")}`];
  return rule === undefined ? ready : rule(object, surroundings);
}

/** The object's conditions in one line, for error messages. */
export function conditionsOf(object: PlainObject): string {
  const conditions = objects(object, "status", "conditions").map((condition) => {
    const why = [text(condition, "reason"), text(condition, "message")].filter((part) => part !== "").join(": ");
    return `${text(condition, "type")}=${text(condition, "status")}${why === "" ? "" : ` (${why})`}`;
  });
  if (conditions.length > 0) return conditions.join("; ");
  const phase = text(object, "status", "phase");
  return phase === "" ? "none" : `phase ${phase}`;
}

function waiting(message: string): Readiness {
  return { state: "waiting", message };
}

function when(met: boolean, message: string): Readiness {
  return met ? ready : waiting(message);
}

function condition(object: PlainObject, type: string): PlainObject | undefined {
  return objects(object, "status", "conditions").find((candidate) => text(candidate, "type") === type);
}

function isTrue(object: PlainObject, type: string): boolean {
  return text(condition(object, type), "status") === "True";
}

function isObserved(object: PlainObject): boolean {
  return (amount(object, "status", "observedGeneration") ?? 0) >= (amount(object, "metadata", "generation") ?? 0);
}

function deployment(object: PlainObject): Readiness {
  if (!isObserved(object)) return waiting("the rollout to be started");
  const wanted = amount(object, "spec", "replicas") ?? 1;
  const updated = amount(object, "status", "updatedReplicas") ?? 0;
  const available = amount(object, "status", "availableReplicas") ?? 0;
  const present = amount(object, "status", "replicas") ?? 0;
  const complete = updated >= wanted && available >= wanted && present <= updated && isTrue(object, "Available");
  return when(complete, `the rollout to complete (${updated} of ${wanted} updated, ${available} available)`);
}

function statefulSet(object: PlainObject): Readiness {
  if (!isObserved(object)) return waiting("the rollout to be started");
  const wanted = amount(object, "spec", "replicas") ?? 1;
  const readyPods = amount(object, "status", "readyReplicas") ?? 0;
  if (readyPods < wanted) return waiting(`the Pods to be ready (${readyPods} of ${wanted})`);
  const rolling = text(object, "spec", "updateStrategy", "type") !== "OnDelete";
  const current = text(object, "status", "currentRevision") === text(object, "status", "updateRevision");
  return when(!rolling || current, "the update of its Pods to complete");
}

function daemonSet(object: PlainObject): Readiness {
  if (!isObserved(object)) return waiting("the rollout to be started");
  const wanted = amount(object, "status", "desiredNumberScheduled") ?? 0;
  const updated = amount(object, "status", "updatedNumberScheduled") ?? 0;
  const available = amount(object, "status", "numberAvailable") ?? 0;
  return when(updated >= wanted && available >= wanted, `the Pods to be available (${available} of ${wanted})`);
}

function job(object: PlainObject): Readiness {
  const failure = condition(object, "Failed");
  if (text(failure, "status") === "True") {
    return { state: "failed", message: `[${text(failure, "reason")}] ${text(failure, "message")}` };
  }
  const [active, succeeded, failed] = ["active", "succeeded", "failed"].map(
    (key) => amount(object, "status", key) ?? 0,
  );
  return when(
    isTrue(object, "Complete"),
    `the Job to succeed (active ${active}, succeeded ${succeeded}, failed ${failed})`,
  );
}

function pod(object: PlainObject): Readiness {
  const succeeded = text(object, "status", "phase") === "Succeeded";
  return when(succeeded || isTrue(object, "Ready"), "the Pod to be ready");
}

function persistentVolume(object: PlainObject): Readiness {
  return when(["Available", "Bound"].includes(text(object, "status", "phase")), "the volume to be available or bound");
}

function persistentVolumeClaim(object: PlainObject, { storageClass }: Surroundings): Readiness {
  const phase = text(object, "status", "phase");
  const late = text(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
  return when(phase === "Bound" || (late && phase === "Pending"), "the claim to be bound");
}

function resourceQuota(object: PlainObject): Readiness {
  const same = sameValue(member(object, "spec", "hard"), member(object, "status", "hard"));
  return when(same, "the quota to be in effect");
}

function secret(object: PlainObject): Readiness {
  const filled = member(object, "data") !== undefined || text(object, "type") !== "kubernetes.io/service-account-token";
  return when(filled, "the token to be issued");
}

function ingress(object: PlainObject): Readiness {
  return when(objects(object, "status", "loadBalancer", "ingress").length > 0, "an address to be assigned");
}

function service(object: PlainObject, { endpoints }: Surroundings): Readiness {
  if (
    text(object, "spec", "type") === "LoadBalancer" &&
    objects(object, "status", "loadBalancer", "ingress").length === 0
  ) {
    return waiting("an address to be assigned");
  }
  if (!targetsPods(object)) return ready;
  if (endpoints === undefined) return waiting("its endpoints to be created");
  // As with the genuine plugin: no endpoint at all is fine, one that is not ready is not.
  const pending = objects(endpoints, "subsets").some((subset) => objects(subset, "notReadyAddresses").length > 0);
  return when(!pending, "its endpoints to be ready");
}

/** Whether a Service has endpoints to wait for. */
export function targetsPods(object: PlainObject): boolean {
  const selector = member(object, "spec", "selector");
  const selects = typeof selector === "object" && selector !== null && Object.keys(selector).length > 0;
  return selects && text(object, "spec", "clusterIP") !== "None" && text(object, "spec", "type") !== "ExternalName";
}
