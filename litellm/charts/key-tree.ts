import { hintOf } from "../../config/problems.ts";

/**
 * What a chart's templates do with one value.
 *
 * - `scalar`: one string, number or boolean.
 * - `map`: a free-form map; the chart passes on whatever is below it.
 * - `list`: a list; the chart passes on its items.
 * - `ignored`: stands in the chart's values.yaml, but no template reads it.
 */
export type KeyKind = "scalar" | "map" | "list" | "ignored";

/** The value keys of a chart, nested as in its values.yaml. A nested tree is closed: it has these keys and no others. */
export interface KeyTree {
  readonly [key: string]: KeyKind | KeyTree;
}

/** The part of JSON Schema (draft 7) that {@link schemaOf} writes. */
export interface ValuesSchema {
  $schema?: string;
  $ref?: string;
  type?: string | string[];
  additionalProperties?: boolean;
  properties?: Record<string, ValuesSchema>;
  definitions?: Record<string, ValuesSchema>;
}

/**
 * Finds what the user set and the chart never reads. Helm accepts such values silently, so a misspelt key otherwise
 * shows up as a setting without effect.
 *
 * @returns dotted paths, in the order of `values`
 */
export function unknownKeysIn(tree: KeyTree, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    // An absent value never reaches the chart, and a null takes a default away: neither is a setting.
    if (value === undefined) return [];
    const kind = Object.hasOwn(tree, key) ? tree[key] : undefined;
    if (kind === undefined || kind === "ignored") return [key];
    if (kind === "map" || value === null) return [];
    if (isPlainObject(value)) {
      const below = unknownKeysIn(typeof kind === "string" ? {} : kind, value);
      return below.map((path) => `${key}.${path}`);
    }
    // The chart reads below this key, so a scalar or a list in its place is read by nobody.
    return typeof kind === "string" || isOpaque(value) ? [] : [key];
  });
}

/** What stands at a key where the chart reads something of another kind. */
export interface Misplaced {
  readonly path: string;
  /** What must stand there, in words. */
  readonly wanted: string;
}

/** Values of another kind than the chart reads: Helm renders them, and the API server refuses what comes out. */
export function misplacedIn(tree: KeyTree, values: Readonly<Record<string, unknown>>): Misplaced[] {
  return Object.entries(values).flatMap(([key, value]): Misplaced[] => {
    const kind = Object.hasOwn(tree, key) ? tree[key] : undefined;
    if (kind === undefined || kind === "ignored" || value === undefined || value === null || isOpaque(value)) return [];
    if (typeof kind !== "string")
      return isPlainObject(value)
        ? misplacedIn(kind, value).map(({ path, wanted }) => ({ path: `${key}.${path}`, wanted }))
        : [];
    if (kind === "map") return isPlainObject(value) ? [] : [{ path: key, wanted: "a mapping" }];
    if (kind === "list") return Array.isArray(value) ? [] : [{ path: key, wanted: "a list" }];
    return Array.isArray(value) ? [{ path: key, wanted: "one value" }] : [];
  });
}

/** Writes the tree as a JSON Schema that refuses unknown keys, for a chart's values.schema.json. */
export function schemaOf(tree: KeyTree): ValuesSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...closedObject(tree),
    definitions: {
      scalar: { type: ["string", "number", "boolean", "null"] },
      map: { type: ["object", "null"] },
      list: { type: ["array", "null"] },
    },
  };
}

function closedObject(tree: KeyTree): ValuesSchema {
  const properties: Record<string, ValuesSchema> = {};
  for (const [key, kind] of Object.entries(tree)) {
    if (kind === "ignored") continue;
    properties[key] = typeof kind === "string" ? { $ref: `#/definitions/${kind}` } : closedObject(kind);
  }
  return { type: "object", additionalProperties: false, properties };
}

/** Whether the chart reads something at or below a dotted path. */
export function isKeyIn(tree: KeyTree, path: string): boolean {
  return siblingsIn(tree, path).includes(lastOf(path));
}

/** What follows a key that the chart does not read: the one that was probably meant, if any. */
export function keyHintIn(tree: KeyTree, path: string): string {
  return hintOf(lastOf(path), siblingsIn(tree, path));
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

/** The keys that the chart reads beside the one at a dotted path. */
function siblingsIn(tree: KeyTree, path: string): string[] {
  const above = path.split(".").slice(0, -1);
  const level = above.reduce<KeyKind | KeyTree | undefined>(
    (here, key) => (typeof here === "object" && Object.hasOwn(here, key) ? here[key] : undefined),
    tree,
  );
  return typeof level === "object" ? Object.keys(level).filter((key) => level[key] !== "ignored") : [];
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value that is not known yet (a promise, an engine's output): nothing can be said about what it will hold. */
function isOpaque(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isPlainObject(value);
}
