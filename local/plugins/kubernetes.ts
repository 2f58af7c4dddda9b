/** Stand-in for the plugin `kubernetes`: objects of any kind, and Helm releases. */
import { diffProperties } from "./diff.ts";
import type { PropertyDiff } from "./diff.ts";
import { messageOf } from "./errors.ts";
import { createObject, previewCreation, updateObject } from "./kubernetes/apply.ts";
import type { Cluster, Written } from "./kubernetes/apply.ts";
import { Connection } from "./kubernetes/connection.ts";
import { Discovery } from "./kubernetes/discovery.ts";
import type { ChartOverride } from "./kubernetes/helm-chart.ts";
import { HelmCli } from "./kubernetes/helm-cli.ts";
import { helmReleases, releaseType } from "./kubernetes/helm-release.ts";
import { checkObject } from "./kubernetes/inputs.ts";
import { annotation, objectId, parseId, parseType, pruneTo, text, withoutServerFields } from "./kubernetes/objects.ts";
import { judge } from "./kubernetes/readiness.ts";
import { replaceRule } from "./kubernetes/replace-rules.ts";
import { readSettings } from "./kubernetes/settings.ts";
import { checkpoint, fieldManager, liveObject, markSecretData } from "./kubernetes/state.ts";
import { NotReady, readinessNow, waitUntilGone, waitUntilReady } from "./kubernetes/waiting.ts";
import { InitFailed, unsupported } from "./plugin.ts";
import type * as plugin from "./plugin.ts";
import { redact } from "./redact.ts";
import { containsUnknown, isPlainObject, omit, plainObject, secretLike } from "./values.ts";
import type { PlainObject, Properties } from "./values.ts";

export interface KubernetesPluginOptions {
  readonly version: string;
  /** Argv prefix of the Helm CLI. */
  readonly helm: readonly string[];
  /** Charts to take from this machine instead of from where the program says. */
  readonly chartOverride?: ChartOverride | undefined;
  /** Environment as it is when a provider is configured. */
  readonly environment: () => NodeJS.ProcessEnv;
}

/** The stand-in for the plugin `kubernetes`. */
export function kubernetesPlugin(options: KubernetesPluginOptions): plugin.StandIn {
  const { version, helm, chartOverride = () => undefined } = options;
  return {
    name: "kubernetes",
    version,
    configure: async (config) => {
      const settings = readSettings(config, options.environment());
      const connection = await Connection.open(settings);
      const cluster: Cluster = { connection, discovery: new Discovery(connection), settings };
      const namespace = settings.namespace ?? connection.namespace ?? "default";
      const releases = helmReleases({
        helm: new HelmCli(helm, connection.kubeconfig),
        namespace,
        override: chartOverride,
      });
      return withReleases(objectProvider(cluster, namespace), releases);
    },
  };
}

/** Sends requests for Helm releases to one provider and all others to the other. */
function withReleases(objects: plugin.Provider, releases: plugin.Provider): plugin.Provider {
  const choose = ({ type }: plugin.ResourceIdentity) => {
    if (type === releaseType) return releases;
    if (!isObjectType(type)) throw unsupported("kubernetes", type);
    return objects;
  };
  // Asynchronous, so that what `choose` throws is a rejection like every other error.
  return {
    check: async (request) => choose(request).check(request),
    diff: async (request) => choose(request).diff(request),
    create: async (request) => choose(request).create(request),
    update: async (request) => choose(request).update(request),
    read: async (request) => choose(request).read(request),
    delete: async (request) => choose(request).delete(request),
    invoke: (token) => Promise.reject(unsupported("kubernetes", token)),
  };
}

/** Whether a type is one kind of one API group; lists, patches and the rendering types are not. */
function isObjectType(type: string): boolean {
  const { apiVersion, kind } = parseType(type);
  if (/(List|Patch)$/.test(kind) || /^(helm\.sh|yaml|kustomize)\b/.test(apiVersion)) return false;
  return /^([a-z0-9.-]+\/)?v\d+((alpha|beta)\d+)?$/.test(apiVersion) && kind !== "";
}

function objectProvider(cluster: Cluster, namespace: string): plugin.Provider {
  return {
    check: (request) => checkObject(request, cluster.discovery, namespace),
    diff: (request) => diff(request, cluster),
    create: (request) => guarded(request, () => create(request, cluster)),
    update: (request) => guarded(request, () => update(request, cluster)),
    read: (request) => read(request, cluster),
    delete: (request) => remove(request, cluster),
    invoke: (token) => Promise.reject(unsupported("kubernetes", token)),
  };
}

/** Keeps the secrets among the inputs out of whatever goes wrong. */
async function guarded<Result>(request: { inputs: Properties }, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const message = redact(messageOf(error), markSecretData(request.inputs));
    throw error instanceof InitFailed ? new InitFailed(message, error) : new Error(message);
  }
}

async function diff(request: plugin.DiffRequest, cluster: Cluster): Promise<plugin.DiffResult> {
  const news = plainObject(request.news);
  const rule = replaceRule(news, cluster.settings.mutable);
  const details = diffProperties(request.oldInputs, request.news, rule);
  const path = await cluster.discovery.findFor(news);
  if (path !== undefined && !path.namespaced) details.delete("metadata.namespace");
  if (await mustReplaceUnready(request, news, cluster)) {
    details.set('metadata.annotations["pulumi.com/replaceUnready"]', { kind: "update", replace: true });
  }
  return { details, deleteBeforeReplace: keepsName(request, news, details) };
}

/** A replacement of the same name can only be created when the old object is gone. */
function keepsName(
  request: plugin.DiffRequest,
  news: PlainObject,
  details: ReadonlyMap<string, PropertyDiff>,
): boolean {
  const replaced = [...details.values()].some(({ replace }) => replace);
  const autonamed = annotation(news, "pulumi.com/autonamed") === "true";
  return replaced && !autonamed && objectId(news) === objectId(plainObject(request.oldInputs));
}

async function mustReplaceUnready(request: plugin.DiffRequest, news: PlainObject, cluster: Cluster): Promise<boolean> {
  if (text(news, "kind") !== "Job" || annotation(news, "pulumi.com/replaceUnready") !== "true") return false;
  const path = await cluster.discovery.findFor(news);
  const live = path && (await cluster.connection.find(path.object(request.id)));
  return live !== undefined && judge(live).state !== "ready";
}

async function create(request: plugin.CreateRequest, cluster: Cluster): Promise<plugin.Created> {
  const object = plainObject(request.inputs);
  const manager = fieldManager(object);
  if (request.preview) {
    const live = containsUnknown(request.inputs) ? undefined : await previewCreation(object, manager, cluster);
    return { id: "", outputs: previewOutputs(live, request.inputs, manager) };
  }
  const written = await createObject(object, manager, cluster);
  return { id: objectId(written.live), outputs: await settle(written, request, manager, cluster) };
}

async function update(request: plugin.UpdateRequest, cluster: Cluster): Promise<Properties> {
  const object = plainObject(request.inputs);
  const manager = fieldManager(object, request.oldOutputs);
  const { preview, ignoreChanges } = request;
  if (preview && (containsUnknown(request.inputs) || (await cluster.discovery.findFor(object)) === undefined)) {
    return request.inputs;
  }
  const written = await updateObject(object, { manager, ignoreChanges, preview, cluster });
  if (written === undefined || preview) return previewOutputs(written?.live, request.inputs, manager);
  return settle(written, request, manager, cluster);
}

/** Outputs that a preview can promise: all of a dry run but its status, which is only a beginning. */
function previewOutputs(live: PlainObject | undefined, inputs: Properties, manager: string): Properties {
  if (live === undefined) return markSecretData(inputs);
  return checkpoint(omit(live, ["status"]), inputs, manager);
}

async function settle(
  { live, path }: Written,
  request: plugin.CreateRequest,
  manager: string,
  { connection }: Cluster,
): Promise<Properties> {
  try {
    const { timeout, signal } = request;
    return checkpoint(await waitUntilReady(live, { connection, path, timeout, signal }), request.inputs, manager);
  } catch (error) {
    const last = error instanceof NotReady ? error.live : live;
    const outputs = checkpoint(last, request.inputs, manager);
    throw new InitFailed(messageOf(error), { id: objectId(live), outputs });
  }
}

async function read(request: plugin.ReadRequest, cluster: Cluster): Promise<plugin.ReadResult | undefined> {
  const known = plainObject(request.inputs);
  const { apiVersion, kind } =
    text(known, "kind") === ""
      ? parseType(request.type)
      : { apiVersion: text(known, "apiVersion"), kind: text(known, "kind") };
  const path = await cluster.discovery.find(apiVersion, kind);
  const live = path && (await cluster.connection.find(path.object(request.id), request.signal));
  if (path === undefined || live === undefined) return undefined;
  const imported = Object.keys(known).length === 0;
  const inputs = imported ? markSecretData(withoutServerFields(live)) : liveInputs(live, request.inputs);
  const outputs = checkpoint(live, inputs, fieldManager(live, request.outputs));
  const { connection } = cluster;
  const verdict = await readinessNow(live, { connection, path, signal: request.signal });
  if (!imported && verdict.state !== "ready") {
    const message = `${kind} ${request.id} is not ready: waiting for ${verdict.message}`;
    throw new InitFailed(message, { id: request.id, outputs, inputs });
  }
  return { id: request.id, inputs, outputs };
}

/** The inputs that would have made the live object, with the secrets of those that did. */
function liveInputs(live: PlainObject, inputs: Properties): Properties {
  const pruned = pruneTo(live, plainObject(inputs));
  return markSecretData(secretLike(isPlainObject(pruned) ? pruned : {}, inputs));
}

async function remove(request: plugin.DeleteRequest, { connection, discovery }: Cluster): Promise<void> {
  const object = liveObject(request.outputs);
  const path = await discovery.findFor(object);
  // Without its definition the kind, and with it the object, is gone.
  if (path === undefined) return;
  const location = path.object(parseId(request.id).namespace === "" ? objectId(object) : request.id);
  if ((await connection.find(location)) === undefined) return;
  const policies: Readonly<Record<string, string>> = { orphan: "Orphan", background: "Background" };
  const chosen = annotation(object, "pulumi.com/deletionPropagationPolicy").toLowerCase();
  const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: policies[chosen] ?? "Foreground" };
  await connection.send({ method: "DELETE", path: location, body, signal: request.signal });
  if (skipsDeletionWait(object)) return;
  const { timeout, signal } = request;
  await waitUntilGone(object, request.id, { connection, path, timeout, signal });
}

/** The kinds that the genuine plugin does not wait for when their readiness is not waited for either. */
function skipsDeletionWait(object: PlainObject): boolean {
  const kinds = ["Namespace", "Pod", "ReplicationController", "DaemonSet", "Deployment", "StatefulSet", "Job"];
  return annotation(object, "pulumi.com/skipAwait") === "true" && kinds.includes(text(object, "kind"));
}
