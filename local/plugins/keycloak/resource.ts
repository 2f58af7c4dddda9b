/** What Keycloak's resources have in common: a realm, a table of properties, ids and import. */
import type { CheckFailure } from "../plugin.ts";
import type { LiveResource, Previous, ResourceType } from "../resource-table.ts";
import { inGivenOrder } from "../sets.ts";
import { plain, textOf, unwrap } from "../values.ts";
import type { PlainObject, Properties, Value } from "../values.ts";
import type { KeycloakClient } from "./client.ts";
import { comparedFields, fieldFailures, isZero, previewedFields } from "./fields.ts";
import type { Field, Fields } from "./fields.ts";

/** One type of resource of Keycloak. */
export type KeycloakType = ResourceType<KeycloakClient>;

/** The realm that a resource is in. */
export const realmId: Field = { kind: "text", required: true, replaces: true };

/** A type whose inputs are a table of properties. */
export function fieldType(
  fields: Fields,
  parts: Pick<KeycloakType, "read" | "remove" | "write"> & {
    readonly validate?: (inputs: Properties, olds: Properties) => CheckFailure[];
    /** Outputs that are no inputs: what a preview can promise of them. */
    readonly preview?: (inputs: Properties, previous: Previous | undefined) => Properties;
  },
): KeycloakType {
  const names = (test: (field: Field) => boolean) =>
    Object.keys(fields).filter((name) => fields[name] !== undefined && test(fields[name]));
  const defaults = Object.entries(fields).flatMap(([name, field]): [string, Value][] =>
    field.default === undefined ? [] : [[name, field.default]],
  );
  return {
    inputs: Object.keys(fields),
    required: names(({ required }) => required === true),
    autonamed: names(({ autonamed }) => autonamed === true),
    replacedBy: names(({ replaces }) => replaces === true),
    computed: [],
    defaults: Object.fromEntries(defaults),
    validate: (inputs, olds) => {
      const failures = fieldFailures(fields, inputs);
      return failures.length > 0 ? failures : (parts.validate?.(inputs, olds) ?? []);
    },
    compared: (request) => comparedFields(fields, request),
    preview: (inputs, previous) => ({
      ...previewedFields(fields, inputs, previous),
      ...parts.preview?.(inputs, previous),
    }),
    write: parts.write,
    read: parts.read,
    remove: parts.remove,
  };
}

/** Where a resource is; `imported` when only its id is known. */
export interface Location {
  readonly realm: string;
  readonly id: string;
  readonly imported: boolean;
}

/** Takes apart the id that a resource is imported by, `<realm>/<id>`; otherwise the realm is among what is known. */
export function locate(id: string, known: Properties, what: string): Location {
  const given = textOf(known["realmId"]);
  if (given !== "") return { realm: given, id, imported: false };
  const [realm = "", own = "", ...rest] = id.split("/");
  if (realm === "" || own === "" || rest.length > 0) {
    throw new Error(`Invalid import. Supported import formats: {{realmId}}/{{${what}}}`);
  }
  return { realm, id: own, imported: true };
}

/**
 * A resource as Keycloak tells it.
 *
 * @param told - Every property and every output beyond.
 */
export function describeLive(
  fields: Fields,
  { id, imported }: Pick<Location, "id" | "imported">,
  told: Properties,
  known: Properties,
): LiveResource {
  const ordered = inGivenOrder(told, known);
  const inputs = Object.entries(fields).flatMap(([name, field]): [string, Value][] => {
    const value = field.writeOnly === true ? known[name] : ordered[name];
    const wanted = imported ? !isZero(value) || field.required === true : known[name] !== undefined;
    return wanted && value !== undefined ? [[name, value]] : [];
  });
  return { id, inputs: Object.fromEntries(inputs), computed: ordered, complete: true };
}

/** Failures of inputs of which exactly one, or at most one, may be given. */
export function alternatives(inputs: Properties, names: readonly string[], least: 0 | 1): CheckFailure[] {
  const given = names.filter((name) => inputs[name] !== undefined);
  if (given.length >= least && given.length <= 1) return [];
  const [property = ""] = names;
  return [{ property, reason: `${least === 1 ? "exactly" : "at most"} one of ${names.join(", ")} must be given` }];
}

/** The texts of a map, joined to what Keycloak keeps as lists. */
export function toLists(map: Value | undefined): PlainObject {
  const texts = plain(map ?? {});
  const entries = typeof texts === "object" && texts !== null ? Object.entries(texts) : [];
  return Object.fromEntries(entries.map(([key, text]) => [key, textOf(text).split("##")]));
}

/** The reverse of {@link toLists}. */
export function fromLists(lists: Value | undefined): Properties {
  const given = unwrap(lists);
  const entries = typeof given === "object" && given !== null ? Object.entries(given) : [];
  return Object.fromEntries(
    entries.map(([key, list]): [string, string] => [key, Array.isArray(list) ? list.join("##") : ""]),
  );
}
