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
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`).sort();
  const count = lines.length === 1 ? "1 problem" : `${lines.length} problems`;
  return [`The configuration has ${count}:`, ...new Set(lines)].join("\n");
}

/** The known name nearest to a misspelt one, if any is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(name, known);
  return distance(name, candidate) <= Math.max(2, Math.floor(name.length / 3)) ? candidate : undefined;
}

export function unknownKey(path: string, name: string, known: readonly string[]): Problem {
  const guess = nearest(name, known);
  const hint = guess === undefined ? "." : `, did you mean ${guess}?`;
  const key = joinPath(name);
  return {
    path: path === "" ? key : `${path}.${key}`,
    message: `unknown key${hint} Known keys: ${[...known].sort().join(", ")}`,
  };
}

export function joinPath(...segments: readonly PropertyKey[]): string {
  return segments
    .filter((segment) => segment !== "")
    .map(String)
    .reduce((path, segment) => {
      if (/^\d+$/.test(segment)) return `${path}[${segment}]`;
      const part = /^[A-Za-z0-9_-]+$/.test(segment) ? segment : JSON.stringify(segment);
      return path === "" ? part : `${path}.${part}`;
    }, "");
}

/** Problems from what a schema found, in our words; a value is named by its kind, since it may be a secret. */
export function problemsFromIssues(
  prefix: string,
  issues: readonly z.core.$ZodIssue[],
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = joinPath(prefix, ...issue.path);
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) => unknownKey(path, key, knownKeys(issue.path)));
      case "invalid_type":
        return [{ path, message: issue.input === undefined ? `is missing, must be ${article(issue.expected)}` : `must be ${article(issue.expected)}, is ${kindOf(issue.input)}` }];
      case "invalid_value":
        return [{ path, message: `must be one of ${issue.values.map(String).join(", ")}` }];
      case "too_small":
        return [{ path, message: isFormat(issue.message) ? issue.message : `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unit(issue.origin)}` }];
      case "too_big":
        return [{ path, message: isFormat(issue.message) ? issue.message : `must be ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unit(issue.origin)}` }];
      case "invalid_union":
        return [{ path, message: unionMessage(issue) }];
      case "invalid_key":
        return [{ path, message: issue.issues.map((inner) => `the name ${inner.message}`).join("; ") }];
      case "invalid_format":
      case "not_multiple_of":
      case "invalid_element":
      case "custom":
        return [{ path, message: issue.message }];
    }
  });
}

function isFormat(message: string): boolean {
  return message.startsWith("must ");
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const messages = issue.errors.flatMap((branch) => branch.map((inner) => inner.message));
  return [...new Set(messages.filter(isFormat))].join(", or ") || "does not fit any of the allowed forms";
}

function article(expected: string): string {
  const names: Record<string, string> = {
    int: "a whole number",
    number: "a number",
    string: "a string",
    boolean: "true or false",
    object: "a mapping",
    record: "a mapping",
    array: "a list",
  };
  return names[expected] ?? `a ${expected}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "number" ? String(value) : article(typeof value);
}

function unit(origin: string): string {
  if (origin === "string") return " characters long";
  if (origin === "array") return " entries long";
  return "";
}
