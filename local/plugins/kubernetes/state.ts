/** What the stack's state holds of an object, in the same form as the genuine plugin writes it. */
import { randomBytes } from "node:crypto";
import {
  containsUnknown,
  isPlainObject,
  isProperties,
  isSecret,
  omit,
  optionalText,
  plain,
  secret,
  secretLike,
  unwrap,
} from "../values.ts";
import type { Plain, PlainObject, Properties, Value } from "../values.ts";
import { annotation, scalarText, text } from "./objects.ts";

/** The outputs of an object: the live object, the inputs it came from, and who manages its fields. */
export function checkpoint(live: PlainObject, inputs: Properties, fieldManager: string): Properties {
  const marked: Properties = markSecretData(secretLike(live, inputs));
  return {
    ...marked,
    __inputs: markSecretData(inputs),
    __initialApiVersion: text(live, "apiVersion"),
    __fieldManager: fieldManager,
  };
}

/** The live object inside the outputs. */
export function liveObject(outputs: Properties): PlainObject {
  const object = plain(omit(outputs, ["__inputs", "__initialApiVersion", "__fieldManager"]));
  return isPlainObject(object) ? object : {};
}

/** The name under which an object's fields are managed: given by annotation, kept in the state, or drawn once. */
export function fieldManager(object: PlainObject, outputs: Properties = {}): string {
  const annotated = annotation(object, "pulumi.com/patchFieldManager");
  if (annotated !== "") return annotated;
  return optionalText(outputs, "__fieldManager") ?? `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

/** Marks the contents of a Secret as secret, whoever wrote them. */
export function markSecretData(object: Properties): Properties {
  if (unwrap(object["kind"]) !== "Secret") return object;
  const marked: Record<string, Value> = { ...object };
  for (const key of ["data", "stringData"]) {
    const value = marked[key];
    if (value !== undefined && !isSecret(value)) marked[key] = secret(value);
  }
  return marked;
}

/** A Secret's `stringData` written as `data`, which is all that the API server keeps of it. */
export function normalizeSecret(inputs: Properties): Properties {
  const { stringData, ...rest } = inputs;
  const isSecretKind = unwrap(inputs["kind"]) === "Secret" && unwrap(inputs["apiVersion"]) === "v1";
  if (!isSecretKind || stringData === undefined || containsUnknown(stringData)) return inputs;
  const given = plain(stringData);
  if (!isPlainObject(given)) return inputs;
  const encoded = Object.entries(given).map(([key, value]): [string, Plain] => [
    key,
    Buffer.from(scalarText(value), "utf8").toString("base64"),
  ]);
  const data = unwrap(rest["data"]);
  return { ...rest, data: secret({ ...(isProperties(data) ? data : {}), ...Object.fromEntries(encoded) }) };
}
