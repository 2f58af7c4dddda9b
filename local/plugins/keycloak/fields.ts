/** Properties of Keycloak's resources: how they are checked, compared, and written in its representations. */
import type { CheckFailure, DiffRequest } from "../plugin.ts";
import type { Previous } from "../resource-table.ts";
import { sameSet } from "../sets.ts";
import { isPlainObject, isProperties, isUnknown, plain, textOf, textsOf, unknown, unwrap } from "../values.ts";
import type { Plain, PlainObject, Properties, Value } from "../values.ts";

/** Lists are sets: their order means nothing. */
export type Kind = "flag" | "map" | "number" | "set" | "text";

/** One property. */
export interface Field {
  readonly kind: Kind;
  readonly required?: true;
  /** Whether a change replaces the resource. */
  readonly replaces?: true;
  /** Whether it is generated when the program does not give it. */
  readonly autonamed?: true;
  readonly default?: boolean | string;
  readonly allowed?: readonly string[];
  /**
   * What becomes of it when the program does not, or no longer, give it: Keycloak keeps its own value (`kept`), which
   * for some counts as unknown before creation (`computed`). Anything else is cleared.
   */
  readonly unset?: "computed" | "kept";
  /** Whether it is sent and never told or stored. */
  readonly writeOnly?: true;
  /** Its name in the representation; the type itself takes care of a property that has neither this nor `entry`. */
  readonly member?: string;
  /** Its name among the representation's attributes, or a mapper's configuration, where every value is text. */
  readonly entry?: string;
  /** Whether it is left out of the representation, and not sent empty, when it is not given. */
  readonly omitted?: true;
}

export type Fields = Readonly<Record<string, Field>>;

/** The inputs that {@link Field.kind} and {@link Field.allowed} do not allow; what is not known yet passes. */
export function fieldFailures(fields: Fields, inputs: Properties): CheckFailure[] {
  return Object.entries(fields).flatMap(([property, field]) => {
    const value = unwrap(inputs[property]);
    if (value === undefined || isUnknown(value)) return [];
    if (!isOfKind(value, field.kind)) return [{ property, reason: `must be ${kindNames[field.kind]}` }];
    const { allowed } = field;
    if (allowed === undefined || allowed.includes(textOf(value))) return [];
    return [{ property, reason: `must be one of ${allowed.map((text) => JSON.stringify(text)).join(", ")}` }];
  });
}

/** Every property's value for a write: what the program gives, else what is kept, else nothing. */
export function planned(fields: Fields, inputs: Properties, previous: Previous | undefined): Properties {
  const entries = Object.entries(fields).flatMap(([property, field]): [string, Value][] => {
    const kept = field.unset === undefined ? undefined : previous?.outputs[property];
    const value = inputs[property] ?? kept ?? field.default;
    if (value === undefined && field.omitted === true) return [];
    return [[property, value ?? zeroOf(field.kind)]];
  });
  return Object.fromEntries(entries);
}

/** The representation's members and text entries of the given values. */
export function toRepresentation(fields: Fields, values: Properties): { members: PlainObject; entries: PlainObject } {
  const [members, entries]: [PlainObject, PlainObject] = [{}, {}];
  for (const [property, { kind, member, entry }] of Object.entries(fields)) {
    const value = values[property];
    if (value === undefined) continue;
    if (member !== undefined) members[member] = plain(value) ?? zeroOf(kind);
    if (entry !== undefined) entries[entry] = toEntry(kind, value);
  }
  return { members, entries };
}

/** The reverse of {@link toRepresentation}. */
export function fromRepresentation(fields: Fields, members: PlainObject, entries: Plain | undefined): Properties {
  const texts = isPlainObject(entries) ? entries : {};
  const told: Record<string, Value> = {};
  for (const [property, { kind, member, entry }] of Object.entries(fields)) {
    if (member !== undefined) told[property] = members[member] ?? zeroOf(kind);
    if (entry !== undefined) told[property] = fromEntry(kind, texts[entry]);
  }
  return told;
}

/** What the genuine plugin compares: the program's inputs with what Keycloak has. */
export function comparedFields(fields: Fields, { oldOutputs, news }: DiffRequest) {
  const [before, after]: [Record<string, Value>, Record<string, Value>] = [{}, {}];
  for (const [property, field] of Object.entries(fields)) {
    const [was, now] = [unwrap(oldOutputs[property]), unwrap(news[property])];
    const untouched = now === undefined && field.unset !== undefined;
    if (field.writeOnly === true || untouched || (isZero(was) && isZero(now))) continue;
    if (was !== undefined) before[property] = field.kind === "set" && sameItems(was, now) ? (now ?? was) : was;
    if (now !== undefined) after[property] = now;
  }
  return { olds: before, news: after };
}

/** The outputs that a preview can promise. */
export function previewedFields(fields: Fields, inputs: Properties, previous: Previous | undefined): Properties {
  const entries = Object.entries(fields).flatMap(([property, field]): [string, Value][] => {
    if (field.writeOnly === true) return [];
    const kept = field.unset === undefined ? undefined : previous?.outputs[property];
    const open = field.unset === "computed" ? unknown : undefined;
    const value = inputs[property] ?? kept ?? open;
    return value === undefined ? [] : [[property, value]];
  });
  return Object.fromEntries(entries);
}

/** Whether a value is what an unset property has. */
export function isZero(value: Value | undefined): boolean {
  const given = unwrap(value);
  if (given === undefined || given === null || given === "" || given === false || given === 0) return true;
  if (Array.isArray(given)) return given.length === 0;
  return isProperties(given) && Object.keys(given).length === 0;
}

/** The value of an unset property. */
export function zeroOf(kind: Kind): boolean | number | string | Plain[] | PlainObject {
  if (kind === "flag") return false;
  if (kind === "number") return 0;
  if (kind === "set") return [];
  return kind === "map" ? {} : "";
}

const kindNames: Readonly<Record<Kind, string>> = {
  flag: "true or false",
  map: "a map of texts",
  number: "a whole number",
  set: "a list of texts",
  text: "a text",
};

function isOfKind(value: Value, kind: Kind): boolean {
  const isText = (item: Value) => typeof unwrap(item) === "string" || isUnknown(unwrap(item));
  if (kind === "flag") return typeof value === "boolean";
  if (kind === "number") return Number.isInteger(value);
  if (kind === "set") return Array.isArray(value) && value.every(isText);
  return kind === "map" ? isProperties(value) && Object.values(value).every(isText) : typeof value === "string";
}

function sameItems(was: Value, now: Value | undefined): boolean {
  return now !== undefined && !isUnknown(now) && sameSet(was, now);
}

/** Keycloak drops an attribute that is sent as `null` or empty. */
function toEntry(kind: Kind, value: Value): Plain {
  if (kind === "set") return textsOf(value).join("##") || null;
  const given = unwrap(value);
  if (kind === "number") return typeof given === "number" && given !== 0 ? String(given) : "";
  return kind === "flag" ? String(given === true) : textOf(value);
}

function fromEntry(kind: Kind, text: Plain | undefined): Value {
  const given = typeof text === "string" ? text : "";
  if (kind === "flag") return given === "true";
  if (kind === "number") return Number(given);
  return kind === "set" ? given.split("##").filter((item) => item !== "") : given;
}
