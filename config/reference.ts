import { stackFileSchema } from "./json-schema.ts";

/** A node of the JSON Schema that we write. */
interface Node {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** The reference of all settings as Markdown: one table a part, made from the schemas that check them. */
export function settingsReference(): string {
  const { properties } = stackFileSchema() as { properties: { config: Node } };
  const sections = Object.entries(properties.config.properties ?? {}).map(([key, part]) => {
    const name = key.slice(key.indexOf(":") + 1);
    const required = properties.config.required?.includes(key) === true;
    const rows = part.properties === undefined ? [row(name, part, required)] : rowsOf("", part);
    return [`## ${name}`, part.properties === undefined ? "" : (part.description ?? ""), table(rows)]
      .filter((text) => text !== "")
      .join("\n\n");
  });
  return `${sections.join("\n\n")}\n`;
}

type Row = readonly [setting: string, allowed: string, standard: string, meaning: string];

function rowsOf(prefix: string, node: Node): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    const inner = child.items?.properties === undefined ? child : child.items;
    if (inner.properties === undefined) return [row(path, child, node.required?.includes(key) === true)];
    return rowsOf(inner === child ? path : `${path}[]`, inner);
  });
}

function row(path: string, node: Node, required: boolean): Row {
  const standard = node.default === undefined ? (required ? "required" : "") : code(JSON.stringify(node.default));
  return [code(path), allowed(node), standard, node.description ?? ""];
}

function allowed(node: Node): string {
  if (node.const !== undefined) return code(JSON.stringify(node.const));
  if (node.enum !== undefined) return node.enum.map((value) => code(String(value))).join(", ");
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(allowed))].join(" or ");
  if (node.type === "integer" || node.type === "number") return range(node);
  if (node.type === "array") return "list";
  if (node.type === "object") return "mapping";
  return typeof node.type === "string" ? node.type : "";
}

function range(node: Node): string {
  const kind = node.type === "integer" ? "whole number" : "number";
  const { minimum, maximum } = node;
  const isBound = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isBound(minimum) && isBound(maximum)) return `${kind}, ${String(minimum)} to ${String(maximum)}`;
  return isBound(minimum) ? `${kind}, at least ${String(minimum)}` : kind;
}

function table(rows: readonly Row[]): string {
  const head: Row = ["setting", "allowed", "default", "meaning"];
  const lines = [head, ["---", "---", "---", "---"] as const, ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
