/** Writes objects to the API server: creation by POST, changes by server-side apply, both with strict field checks. */
import { setTimeout as sleep } from "node:timers/promises";
import { isPlainObject } from "../values.ts";
import type { Plain, PlainObject } from "../values.ts";
import { ApiError } from "./connection.ts";
import type { Connection } from "./connection.ts";
import type { Discovery, ResourcePath } from "./discovery.ts";
import { annotation, describe, member, objectId, objects, text, withMetadata } from "./objects.ts";
import type { KubernetesSettings } from "./settings.ts";

/** What every write needs. */
export interface Cluster {
  readonly connection: Connection;
  readonly discovery: Discovery;
  readonly settings: KubernetesSettings;
}

/** An object as the server has it, and where it lives. */
export interface Written {
  readonly live: PlainObject;
  readonly path: ResourcePath;
}

/** The manager of an object's fields between its creation and its first change, as with the genuine plugin. */
const creator = "pulumi-kubernetes";
/** Managers whose fields pass to ours at the first change: the creator, and people who used kubectl. */
const formerManagers = [creator, "kubectl", "before-first-apply"];
/** Pauses before the next attempt while a namespace or a definition is not there yet. */
const retryPauses = [500, 1000, 2000, 4000, 8000];

/** Creates an object. Its namespace and its kind may appear in the meantime. */
export async function createObject(object: PlainObject, manager: string, cluster: Cluster): Promise<Written> {
  for (const pause of [...retryPauses, undefined]) {
    const path = await cluster.discovery.findFor(object);
    try {
      if (path !== undefined) return { live: await write(object, path, manager, cluster, false), path };
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404) || pause === undefined)
        throw creationError(object, error);
    }
    if (pause !== undefined) await sleep(pause);
  }
  throw new Error(
    `${describe(object)} was not created: the API server does not know this apiVersion and kind; ` +
      "verify that the custom resource definition is installed",
  );
}

/**
 * What the object would be after its creation.
 *
 * @returns `undefined` when the server cannot tell yet, because something is missing that the same update may create.
 */
export async function previewCreation(
  object: PlainObject,
  manager: string,
  cluster: Cluster,
): Promise<PlainObject | undefined> {
  const path = await cluster.discovery.findFor(object);
  if (path === undefined) return undefined;
  try {
    return await write(object, path, manager, cluster, true);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isMissingNamespace(error)) return checkFieldsElsewhere(object, path, cluster);
    // An object that exists may be about to be deleted for its replacement.
    if (error.status === 403 || error.reason === "AlreadyExists") return undefined;
    throw creationError(object, error);
  }
}

/** Changes an object, or in a preview computes what the change would make of it. */
export async function updateObject(
  object: PlainObject,
  options: { manager: string; ignoreChanges: readonly string[]; preview: boolean; cluster: Cluster },
): Promise<Written | undefined> {
  const { connection, discovery, settings } = options.cluster;
  const path = await discovery.findFor(object);
  if (path === undefined)
    throw new Error(`${describe(object)} was not changed: the API server does not know this kind`);
  const location = path.object(objectId(object));
  const current = await connection.find(location);
  if (current === undefined) throw new Error(`${describe(object)} was not changed: it no longer exists; run a refresh`);
  if (!options.preview) await takeOverFields(current, location, options.manager, connection);
  const force = mustForce(object, settings) || (options.preview && formerEntries(current).length > 0);
  try {
    const body = keepIgnored(object, current, options.ignoreChanges);
    const query = { ...applyQuery(options.manager, force), ...dryRun(options.preview) };
    const live = await connection.send({ method: "PATCH", path: location, query, body, contentType: applyPatch });
    return { live, path };
  } catch (error) {
    if (options.preview && error instanceof ApiError && error.status === 403) return undefined;
    throw changeError(object, error, "changed");
  }
}

const applyPatch = "application/apply-patch+yaml";

async function write(
  object: PlainObject,
  path: ResourcePath,
  manager: string,
  { connection, settings }: Cluster,
  preview: boolean,
): Promise<PlainObject> {
  const placed = path.namespaced ? object : withMetadata(object, { namespace: undefined });
  if (settings.upsertExistingObjects) {
    const query = { ...applyQuery(manager, preview || mustForce(object, settings)), ...dryRun(preview) };
    const location = path.object(objectId(placed));
    return connection.send({ method: "PATCH", path: location, query, body: placed, contentType: applyPatch });
  }
  const query = { fieldManager: creator, fieldValidation: "Strict", ...dryRun(preview) };
  const collection = path.collection(text(placed, "metadata", "namespace"));
  return connection.send({ method: "POST", path: collection, query, body: placed });
}

/** Checks the fields of an object whose namespace does not exist yet, by pretending it were in another one. */
async function checkFieldsElsewhere(
  object: PlainObject,
  path: ResourcePath,
  { connection }: Cluster,
): Promise<undefined> {
  const moved = withMetadata(object, { namespace: "default" });
  try {
    const query = { fieldValidation: "Strict", ...dryRun(true) };
    await connection.send({ method: "POST", path: path.collection("default"), query, body: moved });
  } catch (error) {
    // Only what is wrong with the object itself counts; quotas, permissions and names belong to the other namespace.
    if (error instanceof ApiError && (error.status === 400 || error.status === 422)) throw creationError(object, error);
    if (!(error instanceof ApiError)) throw error;
  }
  return undefined;
}

function applyQuery(manager: string, force: boolean) {
  return { fieldManager: manager, force: String(force), fieldValidation: "Strict" };
}

function dryRun(preview: boolean): { dryRun?: string } {
  return preview ? { dryRun: "All" } : {};
}

function mustForce(object: PlainObject, settings: KubernetesSettings): boolean {
  return settings.enablePatchForce || annotation(object, "pulumi.com/patchForce") === "true";
}

function isMissingNamespace(error: ApiError): boolean {
  return error.status === 404 && error.message.startsWith("namespaces ");
}

function formerEntries(live: PlainObject): readonly PlainObject[] {
  return objects(live, "metadata", "managedFields").filter(
    (entry) =>
      text(entry, "operation") === "Update" &&
      text(entry, "subresource") === "" &&
      formerManagers.includes(text(entry, "manager")),
  );
}

/** Makes the fields of the former managers ours, so that applying can also remove them. */
async function takeOverFields(seen: PlainObject, path: string, manager: string, connection: Connection): Promise<void> {
  let live: PlainObject | undefined = seen;
  for (let attempts = 5; live !== undefined; attempts--) {
    try {
      await patchManagers(live, path, manager, connection);
      return;
    } catch (error) {
      // Somebody else, such as a controller, wrote the object in between.
      if (!(error instanceof ApiError && error.status === 409) || attempts === 0) throw error;
      live = await connection.find(path);
    }
  }
}

async function patchManagers(live: PlainObject, path: string, manager: string, connection: Connection): Promise<void> {
  const former = formerEntries(live);
  const [first] = former;
  if (first === undefined) return;
  const entries = objects(live, "metadata", "managedFields");
  const isOurs = (entry: PlainObject) => text(entry, "manager") === manager && text(entry, "operation") === "Apply";
  const merged = [...entries.filter(isOurs), ...former]
    .map((entry) => entry["fieldsV1"] ?? {})
    .reduce<Plain>(mergeFields, {});
  const kept: Plain[] = entries.filter((entry) => !former.includes(entry) && !isOurs(entry));
  const ours: PlainObject = { ...first, manager, operation: "Apply", fieldsV1: merged };
  const body: Plain = [
    { op: "replace", path: "/metadata/managedFields", value: [...kept, ours] },
    { op: "replace", path: "/metadata/resourceVersion", value: text(live, "metadata", "resourceVersion") },
  ];
  await connection.send({ method: "PATCH", path, body, contentType: "application/json-patch+json" });
}

function mergeFields(left: Plain, right: Plain): Plain {
  if (!isPlainObject(left) || !isPlainObject(right)) return right;
  const merged: PlainObject = { ...left };
  for (const [key, value] of Object.entries(right)) merged[key] = mergeFields(merged[key] ?? {}, value);
  return merged;
}

/** The object with the live values of what the program ignores, so that applying changes none of them. */
function keepIgnored(object: PlainObject, live: PlainObject, ignoreChanges: readonly string[]): PlainObject {
  const kept = structuredClone(object);
  for (const ignored of ignoreChanges) {
    const steps = [...ignored.matchAll(/\["([^"]+)"\]|([^.[\]]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    const last = steps.pop();
    const parent = member(kept, ...steps);
    const value = last === undefined ? undefined : member(live, ...steps, last);
    if (last !== undefined && value !== undefined && isPlainObject(parent)) parent[last] = value;
  }
  return kept;
}

function creationError(object: PlainObject, error: unknown): unknown {
  if (error instanceof ApiError && error.reason === "AlreadyExists") {
    return new Error(
      `${describe(object)} was not created: ${error.message}. To take over an existing object use \`pulumi import\`, ` +
        "or set upsertExistingObjects on the provider",
    );
  }
  return changeError(object, error, "created");
}

function changeError(object: PlainObject, error: unknown, done: "created" | "changed"): unknown {
  if (!(error instanceof ApiError)) return error;
  const hint =
    error.reason === "Conflict"
      ? '; to take over the fields annotate the object with pulumi.com/patchForce: "true"'
      : "";
  return new Error(`${describe(object)} was not ${done}: ${error.message}${hint}`);
}
