/** Waiting for objects to become ready, or to be gone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PlainObject } from "../values.ts";
import type { Connection } from "./connection.ts";
import type { ResourcePath } from "./discovery.ts";
import { annotation, describe, member, objectId, objects, scalarText, text } from "./objects.ts";
import { conditionsOf, judge, targetsPods } from "./readiness.ts";
import type { Readiness, Surroundings } from "./readiness.ts";
import { parseWaitFor } from "./wait-for.ts";

const pollMilliseconds = 300;
/** A Service's endpoints count once they have stayed the same this long. The genuine plugin takes ten seconds. */
const settleMilliseconds = 1_500;
const defaultTimeoutSeconds = 600;

/** An object exists but did not get ready. */
export class NotReady extends Error {
  /** The object as it was last seen. */
  readonly live: PlainObject;

  constructor(message: string, live: PlainObject) {
    super(message);
    this.name = "NotReady";
    this.live = live;
  }
}

export interface WaitOptions {
  readonly connection: Connection;
  readonly path: ResourcePath;
  /** The resource's own timeout in seconds, 0 for none. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Waits until an object is ready and returns it; throws {@link NotReady} when it failed or time is over. */
export async function waitUntilReady(object: PlainObject, options: WaitOptions): Promise<PlainObject> {
  if (annotation(object, "pulumi.com/skipAwait") === "true") return object;
  const assess = assessor(object, options);
  const seconds = timeoutSeconds(object, options.timeout);
  const deadline = Date.now() + seconds * 1000;
  for (let live = object; ; live = await reload(live, options)) {
    const verdict = await assess(live);
    if (verdict.state === "ready") return live;
    if (verdict.state === "failed") {
      throw new NotReady(`${describe(live)} failed: ${verdict.message}${await podMessages(live, options)}`, live);
    }
    if (options.signal.aborted) throw new NotReady(`waiting for ${describe(live)} was cancelled`, live);
    if (Date.now() >= deadline) {
      throw new NotReady(
        `${describe(live)} was not ready after ${seconds} s: still waiting for ${verdict.message}; ` +
          `conditions: ${conditionsOf(live)}${await podMessages(live, options)}`,
        live,
      );
    }
    await sleep(pollMilliseconds);
  }
}

/** Judges a live object once, for a refresh. */
export async function readinessNow(live: PlainObject, options: Omit<WaitOptions, "timeout">): Promise<Readiness> {
  if (annotation(live, "pulumi.com/skipAwait") === "true") return { state: "ready", message: "" };
  return judge(live, await surroundings(live, options));
}

/** Waits until an object is gone, or replaced by one of the same name. */
export async function waitUntilGone(object: PlainObject, id: string, options: WaitOptions): Promise<void> {
  const seconds = timeoutSeconds(object, options.timeout);
  const deadline = Date.now() + seconds * 1000;
  const uid = text(object, "metadata", "uid");
  for (;;) {
    const live = await options.connection.find(options.path.object(id));
    if (live === undefined || (uid !== "" && text(live, "metadata", "uid") !== uid)) return;
    if (options.signal.aborted) throw new NotReady(`waiting for the deletion of ${describe(live)} was cancelled`, live);
    if (Date.now() >= deadline) throw new NotReady(stillThere(live, seconds), live);
    await sleep(pollMilliseconds);
  }
}

function stillThere(live: PlainObject, seconds: number): string {
  const finalizers = member(live, "metadata", "finalizers");
  const held = Array.isArray(finalizers)
    ? `; finalizers might be preventing it: ${finalizers.map(scalarText).join(", ")}`
    : "";
  return `${describe(live)} was not deleted after ${seconds} s${held}; conditions: ${conditionsOf(live)}`;
}

function timeoutSeconds(object: PlainObject, own: number): number {
  if (own > 0) return own;
  const annotated = annotation(object, "pulumi.com/timeoutSeconds");
  return /^\d+$/.test(annotated) ? Number(annotated) : defaultTimeoutSeconds;
}

async function reload(object: PlainObject, { connection, path }: WaitOptions): Promise<PlainObject> {
  const live = await connection.find(path.object(objectId(object)));
  if (live === undefined) throw new NotReady(`${describe(object)} was deleted while waiting for it`, object);
  return live;
}

type Assess = (live: PlainObject) => Promise<Readiness>;

function assessor(object: PlainObject, options: WaitOptions): Assess {
  const annotated = annotation(object, "pulumi.com/waitFor");
  if (annotated !== "") return customAssessor(annotated, object);
  if (text(object, "kind") === "Service" && targetsPods(object)) return settledAssessor(options);
  return async (live) => judge(live, await surroundings(live, options));
}

function customAssessor(annotated: string, object: PlainObject): Assess {
  const conditions = parseOrNotReady(annotated, object);
  return (live) => {
    const open = conditions.filter((condition) => !condition.isMet(live)).map(({ expression }) => expression);
    return Promise.resolve({ state: open.length === 0 ? "ready" : "waiting", message: open.join(", ") });
  };
}

function parseOrNotReady(annotated: string, object: PlainObject) {
  try {
    return parseWaitFor(annotated);
  } catch (error) {
    // The object exists already: it has to stay in the state.
    throw new NotReady(`${describe(object)}: ${error instanceof Error ? error.message : String(error)}`, object);
  }
}

function settledAssessor(options: WaitOptions): Assess {
  let seen: string | undefined;
  let since = Date.now();
  return async (live) => {
    const around = await surroundings(live, options);
    const version = text(around.endpoints, "metadata", "resourceVersion");
    if (version !== seen) {
      seen = version;
      since = Date.now();
    }
    const verdict = judge(live, around);
    const settled = Date.now() - since >= settleMilliseconds;
    return verdict.state !== "ready" || settled ? verdict : { state: "waiting", message: "its endpoints to settle" };
  };
}

type Lookup = Pick<WaitOptions, "connection">;

async function surroundings(live: PlainObject, { connection }: Lookup): Promise<Surroundings> {
  const namespace = text(live, "metadata", "namespace");
  switch (`${text(live, "apiVersion")} ${text(live, "kind")}`) {
    case "v1 Service":
      return {
        endpoints: await connection.find(`/api/v1/namespaces/${namespace}/endpoints/${text(live, "metadata", "name")}`),
      };
    case "v1 PersistentVolumeClaim": {
      const name = text(live, "spec", "storageClassName");
      if (name === "") return {};
      return { storageClass: await connection.find(`/apis/storage.k8s.io/v1/storageclasses/${name}`) };
    }
    default:
      return {};
  }
}

/** What the Pods of a workload complain about. */
async function podMessages(live: PlainObject, { connection }: Lookup): Promise<string> {
  const labels = member(live, "spec", "selector", "matchLabels");
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) return "";
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${scalarText(value)}`)
    .join(",");
  const path = `/api/v1/namespaces/${text(live, "metadata", "namespace")}/pods`;
  const pods = objects(await connection.send({ method: "GET", path, query: { labelSelector } }), "items");
  const complaints = pods.flatMap(podComplaints);
  return complaints.length === 0 ? "" : `; Pods: ${[...new Set(complaints)].slice(0, 5).join("; ")}`;
}

function podComplaints(pod: PlainObject): string[] {
  const name = text(pod, "metadata", "name");
  const complaints = objects(pod, "status", "conditions")
    .filter((condition) => text(condition, "status") === "False" && text(condition, "message") !== "")
    .map((condition) => `${name}: [${text(condition, "reason")}] ${text(condition, "message")}`);
  for (const container of objects(pod, "status", "containerStatuses")) {
    const state = member(container, "state", "waiting") ?? member(container, "state", "terminated");
    const why = [text(state, "reason"), text(state, "message")].filter((part) => part !== "").join(": ");
    if (why !== "") complaints.push(`${name}/${text(container, "name")}: ${why}`);
  }
  return complaints;
}
