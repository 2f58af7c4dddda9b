/** What every resource of Vault has in common: defaults, writing, reading back, deleting. */
import type { CheckFailure } from "../plugin.ts";
import type { Plain, PlainObject, Properties, Value } from "../values.ts";
import { isPlainObject, plain, unwrap } from "../values.ts";
import type { VaultClient } from "./client.ts";

/** One type of resource. */
export interface VaultResource {
  /** Inputs without which there is no such resource. */
  readonly required: readonly string[];
  /** Whether `name` is generated when it is not given. */
  readonly autonamed: boolean;
  /** Inputs whose change replaces the resource. */
  readonly replacedBy: readonly string[];
  /** Outputs that are not known before creation. */
  readonly computed: readonly string[];
  readonly defaults: Properties;
  /** Inputs whose default follows from another one. */
  derive?(inputs: Properties): Properties;
  /** Further checks of complete inputs. */
  validate?(inputs: Properties): CheckFailure[];
  /** Creates or changes it, and returns its id. */
  write(inputs: Properties, client: VaultClient, olds: Properties | undefined): Promise<string>;
  /** The live resource, by its id; `undefined` when it is gone. */
  read(id: string, known: Properties, client: VaultClient): Promise<LiveResource | undefined>;
  remove(id: string, known: Properties, client: VaultClient): Promise<void>;
}

/** A resource as Vault has it. */
export interface LiveResource {
  /** Those inputs that Vault tells, for finding drift and for import. */
  readonly inputs: Properties;
  /** What is known beyond the inputs. */
  readonly computed: Properties;
}

/** How one input is called in Vault's API, and its value when Vault has its own default. */
export interface Field {
  readonly property: string;
  readonly field: string;
}

/** Text as it is needed in a path or body. */
export function textOf(value: Value | undefined): string {
  const given = unwrap(value);
  return typeof given === "string" ? given : "";
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
