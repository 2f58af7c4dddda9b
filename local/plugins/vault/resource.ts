/** What the resources of Vault have in common: how their inputs are called in its API. */
import type { ResourceType } from "../resource-table.ts";
import type { Plain, PlainObject, Properties, Value } from "../values.ts";
import { isPlainObject, plain } from "../values.ts";
import type { VaultClient } from "./client.ts";

/** One type of resource of Vault. */
export type VaultResource = ResourceType<VaultClient>;

/** How one input is called in Vault's API. */
export interface Field {
  readonly property: string;
  readonly field: string;
}

/** Fields whose names differ only in their notation: `tokenMaxTtl` and `token_max_ttl`. */
export function fields(...properties: readonly string[]): Field[] {
  return properties.map((property) => ({
    property,
    field: property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  }));
}

/** The inputs that say where a resource is, and those that Vault never tells. */
export function keepIdentity(known: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(known).filter(([key]) => keys.includes(key)));
}

/** What is told of those inputs that were asked for. */
export function onlyKnown(told: Properties, known: Properties): Properties {
  return Object.fromEntries(Object.entries(told).filter(([key]) => known[key] !== undefined));
}

/** The inputs as a request body, with those left out that are not set. */
export function toBody(inputs: Properties, fields: readonly Field[]): PlainObject {
  const body: PlainObject = {};
  for (const { property, field } of fields) {
    const value = inputs[property];
    const given = value === undefined ? undefined : plain(value);
    if (given !== undefined && given !== null) body[field] = given;
  }
  return body;
}

/** The inputs that an answer tells; those that are empty and were not asked for are left out. */
export function fromBody(body: PlainObject, fields: readonly Field[], known: Properties): Properties {
  const inputs: Record<string, Value> = {};
  for (const { property, field } of fields) {
    const value = body[field];
    if (value === undefined || (known[property] === undefined && isEmpty(value))) continue;
    inputs[property] = value;
  }
  return inputs;
}

/** Path without slashes at its ends. */
export function trimPath(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

function isEmpty(value: Plain): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isPlainObject(value)) return Object.keys(value).length === 0;
  return value === null || value === "" || value === 0 || value === false;
}
