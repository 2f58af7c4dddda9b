import { z } from "zod";
import { datesIn } from "./dates.ts";
import { isMapping } from "./mapping.ts";
import { type PartName, type PlatformConfig, type Profile, parts, profileDefaults } from "./platform.ts";
import { escapeAt, modelsSchemaOf, withDefaultParams } from "./models.ts";
import { type Problem, problemsFromIssues, unknownKey } from "./problems.ts";

/** A check over parts that are valid by themselves; a part that is not is left out. */
export type Check = (config: Partial<PlatformConfig> & { readonly stack: string }) => readonly Problem[];

export type ParseResult =
  | { readonly ok: true; readonly config: PlatformConfig }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A stack's configuration from its raw values: defaults filled in, every part checked by its schema, then all checks
 * across parts. Pure; reports every problem at once.
 */
export function parseConfig(
  raw: Readonly<Record<string, unknown>>,
  context: { readonly stack: string; readonly checks: readonly Check[] },
): ParseResult {
  const names = Object.keys(parts) as PartName[];
  const problems: Problem[] = Object.keys(raw)
    .filter((name) => !Object.hasOwn(parts, name))
    .map((name) => unknownKey("", name, names));

  const profile = parts.profile.safeParse(raw["profile"]);
  const defaults: Readonly<Record<string, unknown>> =
    profileDefaults[profile.success ? profile.data : ("development" satisfies Profile)];

  const parsed: Record<string, unknown> = {};
  for (const name of names) {
    const value = withDefaults(defaultsOf(defaults[name], raw[name]), raw[name] ?? emptyPart(name));
    const isModels = name === "models";
    const schema = isModels ? modelsSchemaOf(value) : parts[name];
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) parsed[name] = result.data;
    else {
      const known = (path: readonly PropertyKey[]) => keysAt(schema, path, value);
      problems.push(...problemsFromIssues(name, result.error.issues, known, isModels ? escapeAt : undefined));
    }
  }

  const vault = parsed["vault"] as z.output<typeof parts.vault> | undefined;
  const models = parsed["models"] as z.output<typeof parts.models> | undefined;
  const config = {
    ...parsed,
    ...(models === undefined ? {} : { models: withDefaultParams(models) }),
    ...(vault === undefined ? {} : { vault: { ...vault, path: vault.path ?? `litellm/${context.stack}` } }),
    stack: context.stack,
  } as PlatformConfig;
  for (const check of context.checks) problems.push(...check(config));
  const dates = datesIn(raw);
  // What the schemas say of such a value is about one that nobody has written.
  const all = [...dates, ...problems.filter(({ path }) => !dates.some((date) => date.path === path))];
  return all.length === 0 ? { ok: true, config } : { ok: false, problems: all };
}

/** Parts whose every setting has a default may be left out as a whole. */
function emptyPart(name: PartName): object | undefined {
  return parts[name] instanceof z.ZodObject || parts[name] instanceof z.ZodDiscriminatedUnion ? {} : undefined;
}

/** The defaults of a part; of one that is one of several modes, those of the mode that the value asks for. */
export function defaultsOf(defaults: unknown, value: unknown): unknown {
  if (!isMapping(defaults) || !isMapping(defaults["modes"])) return defaults;
  const { modes, ...common } = defaults;
  const mode = isMapping(value) && value["mode"] !== undefined ? value["mode"] : common["mode"];
  return withDefaults(isMapping(modes) ? modes[String(mode)] : undefined, common);
}

/** `value` with what `defaults` has and it lacks; lists and scalars are taken whole. */
function withDefaults(defaults: unknown, value: unknown): unknown {
  if (value === undefined) return defaults;
  if (!isMapping(defaults) || !isMapping(value)) return value;
  const merged: Record<string, unknown> = { ...value };
  for (const [key, entry] of Object.entries(defaults)) merged[key] = withDefaults(entry, value[key]);
  return merged;
}

/** The keys that a schema knows at a path within it; of several modes, those of the one that the value has. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value?: unknown): readonly string[] {
  let current: z.ZodType = schema;
  let here = value;
  for (const segment of path) {
    current = modeOf(unwrap(current), here);
    here = isMapping(here) || Array.isArray(here) ? (here as Record<PropertyKey, unknown>)[segment] : undefined;
    if (current instanceof z.ZodObject) {
      const next = (current.shape as Record<string, z.ZodType>)[String(segment)];
      if (next === undefined) return [];
      current = next;
    } else if (current instanceof z.ZodArray) current = current.element as z.ZodType;
    else if (current instanceof z.ZodRecord) current = current.valueType as z.ZodType;
    else return [];
  }
  const last = modeOf(unwrap(current), here);
  if (!(last instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.ZodType>> = last.shape;
  return Object.entries(shape)
    .filter(([, field]) => !(unwrap(field) instanceof z.ZodNever))
    .map(([name]) => name);
}

/** Of a part that is one of several modes, the mode that a value says it is. */
function modeOf(schema: z.ZodType, value: unknown): z.ZodType {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator } = schema.def;
  const mode = isMapping(value) ? value[discriminator] : undefined;
  const modes = schema.options as readonly z.ZodObject<Record<string, z.ZodLiteral>>[];
  return modes.find(({ shape }) => shape[discriminator]?.value === mode) ?? schema;
}

function unwrap(schema: z.ZodType): z.ZodType {
  let current = schema;
  while (current instanceof z.ZodOptional || current instanceof z.ZodDefault || current instanceof z.ZodPrefault)
    current = current.unwrap() as z.ZodType;
  return current;
}
