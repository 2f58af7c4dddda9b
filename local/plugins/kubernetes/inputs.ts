/** Checks the inputs of an object: fills in the name and the namespace, and brings them into one form. */
import { autoname } from "../naming.ts";
import type { CheckRequest, CheckResult } from "../plugin.ts";
import { isProperties, isUnknown, unwrap } from "../values.ts";
import type { Properties, Value } from "../values.ts";
import type { Discovery } from "./discovery.ts";
import { markSecretData, normalizeSecret } from "./state.ts";

const autonamed = "pulumi.com/autonamed";

/** The inputs that the other requests work on. */
export async function checkObject(
  request: CheckRequest,
  discovery: Discovery,
  namespace: string,
): Promise<CheckResult> {
  const normal = normalizeSecret(withoutNulls(request.news));
  const metadata = unwrap(normal["metadata"] ?? {});
  if (!isProperties(metadata)) return { inputs: markSecretData(normal), failures: [] };
  const named = nameIfUnnamed(metadata, request);
  const placed = await placeInNamespace(named, normal, discovery, namespace);
  return { inputs: markSecretData({ ...normal, metadata: placed }), failures: [] };
}

function nameIfUnnamed(metadata: Properties, request: CheckRequest): Properties {
  if (isSet(metadata["name"])) return metadata;
  if (isSet(metadata["generateName"])) {
    throw new Error(`${request.name}: .metadata.generateName is not supported with server-side apply`);
  }
  const olds = unwrap(request.olds["metadata"]);
  const oldName = isProperties(olds) && isAutonamed(olds) ? olds["name"] : undefined;
  const annotations = unwrap(metadata["annotations"] ?? {});
  return {
    ...metadata,
    name: oldName ?? autoname(request, ".metadata.name"),
    ...(isProperties(annotations) && { annotations: { ...annotations, [autonamed]: "true" } }),
  };
}

async function placeInNamespace(
  metadata: Properties,
  object: Properties,
  discovery: Discovery,
  namespace: string,
): Promise<Properties> {
  if (isSet(metadata["namespace"])) return metadata;
  const [apiVersion, kind] = [unwrap(object["apiVersion"]), unwrap(object["kind"])];
  if (typeof apiVersion !== "string" || typeof kind !== "string") return metadata;
  const path = await discovery.find(apiVersion, kind);
  // A kind that is not there yet counts as namespaced; creation and diff correct it once the kind is known.
  return path === undefined || path.namespaced ? { ...metadata, namespace } : metadata;
}

function isAutonamed(metadata: Properties): boolean {
  const annotations = unwrap(metadata["annotations"]);
  return isProperties(annotations) && unwrap(annotations[autonamed]) === "true";
}

function isSet(value: Value | undefined): boolean {
  const given = unwrap(value);
  return isUnknown(given) || (typeof given === "string" && given !== "");
}

function withoutNulls(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}
