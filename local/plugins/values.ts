/**
 * Conversion between the engine's property bags (protobuf Structs in which secrets and unknowns are marked by
 * well-known signatures) and plain JavaScript values.
 */
import structs from "google-protobuf/google/protobuf/struct_pb.js";

/** Tells secrets and unknowns from objects; a symbol, so that no member of an object can be taken for it. */
const mark = Symbol("mark");

/** A value that is known to be a secret. */
export interface Secret {
  readonly [mark]: "secret";
  readonly value: Value;
}

/** A value that is not known yet; it appears in previews only. */
export interface Unknown {
  readonly [mark]: "unknown";
}

/** The one instance of {@link Unknown}. */
export const unknown: Unknown = { [mark]: "unknown" };

/** Marks a value as secret. */
export function secret(value: Value): Secret {
  return { [mark]: "secret", value };
}

/** Whether a value is marked as secret. */
export function isSecret(value: Value | undefined): value is Secret {
  return hasMark(value, "secret");
}

/** Whether a value is unknown as a whole. */
export function isUnknown(value: Value | undefined): value is Unknown {
  return hasMark(value, "unknown");
}

function hasMark(value: Value | undefined, kind: "secret" | "unknown"): boolean {
  return typeof value === "object" && value !== null && mark in value && value[mark] === kind;
}

/** A property value as the engine knows it. */
export type Value = null | boolean | number | string | Secret | Unknown | readonly Value[] | Properties;

/** A property bag. */
export interface Properties {
  readonly [key: string]: Value;
}

/** A value without secrets and unknowns: what an API understands. */
export type Plain = null | boolean | number | string | Plain[] | PlainObject;

/** An object of {@link Plain} values. */
export interface PlainObject {
  [key: string]: Plain;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownSentinels: ReadonlySet<string> = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Reads a property bag sent by the engine. */
export function fromStruct(struct: structs.Struct | undefined): Properties {
  if (struct === undefined) return {};
  return decodeMembers(struct.toJavaScript());
}

/** Writes a property bag for the engine. */
export function toStruct(properties: Properties): structs.Struct {
  return structs.Struct.fromJavaScript(encodeMembers(properties));
}

/** Whether a value is an object with members, and not a list, a secret or an unknown. */
export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(mark in value);
}

/** Whether a plain value is an object. */
export function isPlainObject(value: Plain | undefined): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether any part of a value is unknown. */
export function containsUnknown(value: Value | undefined): boolean {
  return contains(value, isUnknown);
}

/** Whether any part of a value is a secret. */
export function containsSecret(value: Value | undefined): boolean {
  return contains(value, isSecret);
}

/** The value inside a secret, or the value itself. */
export function unwrap(value: Value | undefined): Value | undefined {
  return isSecret(value) ? unwrap(value.value) : value;
}

/**
 * A value without its secret marks; what is unknown is left out.
 *
 * @returns `undefined` when the value itself is unknown.
 */
export function plain(value: Value): Plain | undefined {
  if (isSecret(value)) return plain(value.value);
  if (isUnknown(value)) return undefined;
  if (isList(value)) return value.map((item) => plain(item) ?? null);
  if (value !== null && typeof value === "object") return plainObject(value);
  return value;
}

/** {@link plain} of a property bag. */
export function plainObject(properties: Properties): PlainObject {
  const object: PlainObject = {};
  for (const [key, value] of Object.entries(properties)) {
    const member = plain(value);
    if (member !== undefined) object[key] = member;
  }
  return object;
}

/** Marks those parts of `outputs` as secret whose counterpart in `inputs` is or holds a secret. */
export function secretLike(outputs: Properties, inputs: Properties): Properties {
  const marked: Record<string, Value> = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = marked[key];
    if (output === undefined || isSecret(output)) continue;
    if (isProperties(output) && isProperties(input)) marked[key] = secretLike(output, input);
    else if (containsSecret(input)) marked[key] = secret(output);
  }
  return marked;
}

/** A copy without some members. */
export function omit<Member>(
  object: Readonly<Record<string, Member>>,
  keys: readonly string[],
): Record<string, Member> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** A member that must be text, or absent. */
export function optionalText(properties: Properties, key: string): string | undefined {
  const value = unwrap(properties[key]);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A text, as it is needed in a path or body; empty when it is none. */
export function textOf(value: Value | undefined): string {
  const given = unwrap(value);
  return typeof given === "string" ? given : "";
}

/** The texts in a list; none when it is no list. */
export function textsOf(value: Value | undefined): string[] {
  const given = unwrap(value);
  return isList(given) ? given.map((item) => unwrap(item)).filter((item) => typeof item === "string") : [];
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function contains(value: Value | undefined, test: (part: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (isSecret(value)) return contains(value.value, test);
  if (isList(value)) return value.some((item) => contains(item, test));
  return isProperties(value) && Object.values(value).some((member) => contains(member, test));
}

function decodeMembers(members: Record<string, unknown>): Properties {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, decode(value)]));
}

function decode(value: unknown): Value {
  if (typeof value === "string") return unknownSentinels.has(value) ? unknown : value;
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value === "object" && value !== null) return decodeObject(value as Record<string, unknown>);
  if (typeof value === "boolean" || typeof value === "number") return value;
  return null;
}

function decodeObject(members: Record<string, unknown>): Value {
  const signature = members[signatureKey];
  if (signature === secretSignature) return secret(decode(members["value"]));
  if (signature === outputSignature) {
    const value = "value" in members ? decode(members["value"]) : unknown;
    return members["secret"] === true ? secret(value) : value;
  }
  // Assets and archives stay as the engine wrote them: they only travel through, or are read by who expects them.
  return decodeMembers(members);
}

function encodeMembers(properties: Properties): Record<string, structs.JavaScriptValue> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, encode(value)]));
}

function encode(value: Value): structs.JavaScriptValue {
  if (isUnknown(value)) return unknownString;
  if (isSecret(value)) return { [signatureKey]: secretSignature, value: encode(value.value) };
  if (isList(value)) return value.map(encode);
  return isProperties(value) ? encodeMembers(value) : value;
}
