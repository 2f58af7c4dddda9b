/** The annotation `pulumi.com/waitFor`: conditions and JSONPath expressions that an object must meet. */
import { isPlainObject } from "../values.ts";
import type { Plain, PlainObject } from "../values.ts";
import { amount, objects, scalarText, text } from "./objects.ts";

/** One thing to wait for. */
export interface WaitCondition {
  /** As it was written. */
  readonly expression: string;
  isMet(object: PlainObject): boolean;
}

/** Reads the annotation: one expression, or a JSON list of several that must all be met. */
export function parseWaitFor(value: string): readonly WaitCondition[] {
  const expressions = parseList(value);
  if (expressions.length === 0) throw new Error("pulumi.com/waitFor: at least one condition must be specified");
  return expressions.map(parseExpression);
}

/** The values that a JSONPath such as `.status.conditions[?(@.type=="Ready")].status` selects. */
export function selectPath(object: Plain, path: string): Plain[] {
  let selected: Plain[] = [object];
  for (const step of parseSteps(path)) selected = selected.flatMap((value) => applyStep(value, step));
  return selected;
}

function parseList(value: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    // Not JSON: the annotation is a single expression.
    return [value];
  }
  return Array.isArray(parsed) && parsed.every((item) => typeof item === "string") ? parsed : [value];
}

function parseExpression(expression: string): WaitCondition {
  if (expression.startsWith("condition=")) return statusCondition(expression);
  if (expression.startsWith("jsonpath=")) return pathCondition(expression);
  throw new Error(`pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
}

function statusCondition(expression: string): WaitCondition {
  const [type = "", status = "True"] = expression.slice("condition=".length).split("=");
  return {
    expression,
    isMet: (object) => {
      const condition = objects(object, "status", "conditions").find((candidate) =>
        sameText(text(candidate, "type"), type),
      );
      if (condition === undefined) return false;
      const observed = amount(condition, "observedGeneration") ?? amount(object, "status", "observedGeneration");
      return isCurrent(object, observed) && sameText(text(condition, "status"), status);
    },
  };
}

function pathCondition(expression: string): WaitCondition {
  // A single "=" separates path and value; "==" belongs to a filter.
  const [, path = "", , value] = /^jsonpath=\{\s*(.*?)\s*\}(=(.*))?$/s.exec(expression) ?? [];
  if (path === "") {
    throw new Error(
      `pulumi.com/waitFor: format should be jsonpath={.path} or jsonpath={.path}=value, got "${expression}"`,
    );
  }
  if (value === "") throw new Error(`pulumi.com/waitFor: "${expression}" requires a value after "="`);
  parseSteps(path);
  return {
    expression,
    isMet: (object) => {
      if (!isCurrent(object, amount(object, "status", "observedGeneration"))) return false;
      const [found] = selectPath(object, path);
      if (found === undefined) return false;
      if (value === undefined) return true;
      if (typeof found === "object" && found !== null)
        throw new Error(`${expression}: {${path}} is not a single value`);
      return scalarText(found) === value;
    },
  };
}

function isCurrent(object: PlainObject, observed: number | undefined): boolean {
  const generation = amount(object, "metadata", "generation");
  return generation === undefined || observed === undefined || observed >= generation;
}

function sameText(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly path: string; readonly value: string };

const stepForms: readonly (readonly [RegExp, (match: RegExpExecArray) => Step])[] = [
  [
    /^\[\?\(\s*@([^=\s]+)\s*==\s*["']([^"']*)["']\s*\)\]/,
    ([, path = "", value = ""]) => ({ kind: "filter", path, value }),
  ],
  [/^\[(-?\d+)\]/, ([, index]) => ({ kind: "index", index: Number(index) })],
  [/^(?:\[\*\]|\.\*)/, () => ({ kind: "all" })],
  [/^\[(?:'([^']+)'|"([^"]+)")\]/, ([, single, double]) => ({ kind: "member", name: single ?? double ?? "" })],
  [/^\.((?:\\.|[^.[\]\\])+)/, ([, name = ""]) => ({ kind: "member", name: name.replace(/\\(.)/g, "$1") })],
];

function parseSteps(path: string): Step[] {
  const steps: Step[] = [];
  let rest = path.replace(/^\$/, "");
  while (rest !== "") {
    const [step, length] = parseStep(rest);
    if (step === undefined) throw new Error(`pulumi.com/waitFor: cannot read "${rest}" in the JSONPath "${path}"`);
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function parseStep(rest: string): readonly [Step | undefined, number] {
  for (const [form, build] of stepForms) {
    const match = form.exec(rest);
    if (match !== null) return [build(match), match[0].length];
  }
  return [undefined, 0];
}

function applyStep(value: Plain, step: Step): Plain[] {
  if (step.kind === "member") return isPlainObject(value) ? defined(value[step.name]) : [];
  const items = Array.isArray(value) ? value : [];
  switch (step.kind) {
    case "index":
      return defined(items.at(step.index));
    case "all":
      return isPlainObject(value) ? Object.values(value) : items;
    case "filter":
      return items.filter((item) => selectPath(item, step.path).some((found) => scalarText(found) === step.value));
  }
}

function defined(value: Plain | undefined): Plain[] {
  return value === undefined ? [] : [value];
}
