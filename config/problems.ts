import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";

/** One thing wrong with a configuration. */
export interface Problem {
  /** Dotted path as a user writes it, for example `gateway.image.tag`. */
  readonly path: string;
  /** What is wrong and what is allowed; never a secret's value. */
  readonly message: string;
}

/** `path: what is wrong, what is allowed`, one line a problem, in the order of the paths. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = [...new Set(problems.map(({ path, message }) => `  ${path}: ${message}`))].sort();
  const count = lines.length === 1 ? "1 problem" : `${lines.length} problems`;
  return [`The configuration has ${count}:`, ...lines].join("\n");
}

/** The known name nearest to a misspelt one, if any is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(name, known);
  return distance(name, candidate) <= Math.max(2, Math.floor(name.length / 3)) ? candidate : undefined;
}

/** What follows `unknown ...`: the name that was probably meant, if any. */
export function hintOf(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  return guess === undefined ? "." : `, did you mean ${guess}?`;
}

/** `escape` says how to set a key that is unknown and right. */
export function unknownKey(path: string, name: string, known: readonly string[], escape = ""): Problem {
  const key = joinPath(name);
  return {
    path: path === "" ? key : `${path}.${key}`,
    message: `unknown key${hintOf(name, known)} ${knownKeys(known)}${escape}`,
  };
}

/** More than a screen of names helps nobody; the page of settings has them with their meanings. */
function knownKeys(known: readonly string[]): string {
  return known.length > 60
    ? `${known.length} keys are known, see docs/settings.md`
    : `Known keys: ${[...known].sort().join(", ")}`;
}

/** `models.list[0].model_name`; a key that is no plain word is quoted. */
export function joinPath(...segments: readonly PropertyKey[]): string {
  return segments.reduce<string>((path, segment) => {
    if (typeof segment === "number") return `${path}[${segment}]`;
    const name = String(segment);
    const part = /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
    return path === "" ? part : `${path}.${part}`;
  }, "");
}

/** A path of keys and places below one that is written already. */
export function pathBelow(prefix: string, ...segments: readonly PropertyKey[]): string {
  const rest = joinPath(...segments);
  return rest === "" || rest.startsWith("[") ? `${prefix}${rest}` : `${prefix}.${rest}`;
}

/** Problems from what a schema found, in our words; a value is named by its kind, since it may be a secret. */
export function problemsFromIssues(
  prefix: string,
  issues: readonly z.core.$ZodIssue[],
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
  escape: (path: readonly PropertyKey[]) => string = () => "",
): Problem[] {
  return withoutSafeRange(issues).flatMap((issue): Problem[] => {
    const path = joinPath(prefix, ...issue.path);
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownKey(path, key, knownKeys(issue.path), escape(issue.path)));
    return [{ path, message: messageOf(issue) }];
  });
}

/** zod tells of a whole number beyond the exact ones besides the range that we gave; the latter says enough. */
function withoutSafeRange(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const samePath = (a: z.core.$ZodIssue, b: z.core.$ZodIssue) => joinPath(...a.path) === joinPath(...b.path);
  return issues.filter(
    (issue) => !("note" in issue) || !issues.some((other) => !("note" in other) && samePath(issue, other)),
  );
}

function messageOf(issue: Exclude<z.core.$ZodIssue, z.core.$ZodIssueUnrecognizedKeys>): string {
  if (isOurs(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return wrongType(issue.expected, issue.input);
    case "invalid_value":
      return oneOf(issue.values, issue.input);
    case "too_small":
      return outOfRange(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return outOfRange(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    case "invalid_union":
      return unionMessage(issue);
    case "invalid_key":
      return issue.issues.map((inner) => `the name ${inner.message}`).join("; ");
    case "invalid_format":
      return `must have the format ${issue.format}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_element":
    case "custom":
      return "is not allowed here";
  }
}

/** Messages of our own schemas say what must be; zod's start otherwise. */
function isOurs(message: string): boolean {
  return message.startsWith("must ");
}

function oneOf(values: readonly unknown[], input: unknown): string {
  const missing = input === undefined ? "is missing, " : "";
  return `${missing}must be ${values.length === 1 ? "" : "one of "}${values.map(String).join(", ")}`;
}

/** What every branch wants, once: `must be a URL, or os.environ/NAME`. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  // A part that is one of several modes, and says none that there is.
  if (issue.discriminator !== undefined && "options" in issue) {
    const { [issue.discriminator]: mode } = (issue.input ?? {}) as Record<string, unknown>;
    return oneOf(issue.options, mode);
  }
  const messages = issue.errors.flatMap((branch) =>
    branch.flatMap((inner) => (inner.code === "unrecognized_keys" ? [] : [messageOf(inner)])),
  );
  const [first = "must have another form", ...others] = new Set(messages);
  return [first, ...others.map((message) => message.replace(/^must (be )?/, ""))].join(", or ");
}

const kinds: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a string",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

function wrongType(expected: string, input: unknown): string {
  const wanted = kinds[expected] ?? `a ${expected}`;
  if (input === undefined) return `is missing, must be ${wanted}`;
  // A number in place of a number is no secret; in place of a string it may be one that someone forgot to quote.
  if (typeof input === "number" && expected === "number") return `must be a finite number, is ${input}`;
  if (typeof input === "number" && expected === "int") return `must be ${wanted}, is ${input}`;
  const quotes = expected === "string" && ["number", "boolean"].includes(typeof input) ? ": write it in quotes" : "";
  return `must be ${wanted}, is ${kindOf(input)}${quotes}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return kinds[typeof value] ?? `a ${typeof value}`;
}

function outOfRange(origin: string, relation: string, limit: number | bigint): string {
  const unit = { string: "character", array: "entry" }[origin];
  if (unit === undefined) return `must be ${relation} ${limit}`;
  if (relation === "at least" && Number(limit) === 1) return "must not be empty";
  const plural = unit === "entry" ? "entries" : `${unit}s`;
  return `must have ${relation} ${limit} ${Number(limit) === 1 ? unit : plural}`;
}
