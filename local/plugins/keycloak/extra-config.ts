/** `extraConfig`: attributes that no property stands for. */
import type { CheckFailure } from "../plugin.ts";
import type { Previous } from "../resource-table.ts";
import { isPlainObject, isProperties, plain, unwrap } from "../values.ts";
import type { Plain, PlainObject, Properties } from "../values.ts";
import type { Field, Fields } from "./fields.ts";

export const extraConfig: Field = { kind: "map" };

/** Attributes that properties stand for cannot be given here as well. */
export function extraConfigFailures(fields: Fields, inputs: Properties): CheckFailure[] {
  const taken = Object.values(fields).map(({ entry }) => entry);
  return namesOf(inputs)
    .filter((name) => taken.includes(name))
    .map((name) => ({
      property: "extraConfig",
      reason: `extra_config key "${name}" is not allowed, as it conflicts with a top-level schema attribute`,
    }));
}

/** The attributes to send: those that are no longer given are emptied, since Keycloak keeps what is not named. */
export function extraEntries(inputs: Properties, previous: Previous | undefined): PlainObject {
  const emptied = Object.fromEntries(namesOf(previous?.outputs ?? {}).map((name) => [name, ""]));
  const given = plain(inputs["extraConfig"] ?? {});
  return { ...emptied, ...(isPlainObject(given) ? given : {}) };
}

/** What Keycloak has of the attributes that are known: it adds others of its own. */
export function toldExtraConfig(attributes: Plain | undefined, known: Properties): PlainObject {
  const live = isPlainObject(attributes) ? attributes : {};
  const told = namesOf(known).map((name): [string, Plain] => [name, live[name] ?? ""]);
  return Object.fromEntries(told.filter(([, value]) => value !== ""));
}

function namesOf(properties: Properties): string[] {
  const given = unwrap(properties["extraConfig"]);
  return isProperties(given) ? Object.keys(given) : [];
}
