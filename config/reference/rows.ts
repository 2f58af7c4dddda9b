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
  readonly oneOf?: readonly Node[];
  /** Present where nothing is allowed but a message is. */
  readonly not?: unknown;
  /** Whether it is told in one row whatever it has inside. */
  readonly "x-one-row"?: boolean;
}

/** The reference of all settings as Markdown: one table a part, made from the schemas that check them. */
export function settingsReference(): string {
  const { properties } = stackFileSchema() as { properties: { config: Node } };
  const sections = Object.entries(properties.config.properties ?? {}).map(([key, part]) => {
    const name = key.slice(key.indexOf(":") + 1);
    const required = properties.config.required?.includes(key) === true;
    const isScalar = part.properties === undefined && modesOf(part) === undefined;
    const rows = isScalar ? [row(name, part, required)] : rowsOf("", part);
    return [`## ${name}`, isScalar ? "" : (part.description ?? ""), table(rows)]
      .filter((text) => text !== "")
      .join("\n\n");
  });
  return `${sections.join("\n\n")}\n`;
}

type Row = readonly [setting: string, allowed: string, standard: string, meaning: string];

function rowsOf(prefix: string, node: Node): Row[] {
  const modes = modesOf(node);
  if (modes !== undefined) return rowsOfModes(prefix, modes, node.default);
  return together(node).flatMap(([key, child, names]) => {
    const path = join(prefix, key);
    if (names.length > 1) {
      const [, ...rest] = row(path, child, false);
      return [[[code(path), ...others(names.slice(1))].join(" "), ...rest] as const];
    }
    if (child["x-one-row"] === true) return [row(path, child, false)];
    const inner = child.items?.properties === undefined ? child : child.items;
    if (inner.properties === undefined && modesOf(inner) === undefined)
      return [row(path, child, node.required?.includes(key) === true)];
    return rowsOf(inner === child ? path : `${path}[]`, inner);
  });
}

/** Names beside a first one; of a long list the end is left to the editor's schema. */
function others(names: readonly string[]): string[] {
  const shown = names.length > 4 ? 3 : names.length;
  const left = names.length - shown;
  return [...names.slice(0, shown).map(code), ...(left === 0 ? [] : [`and ${left} more`])];
}

/** Properties with their names; many that are allowed the same and mean the same are told together. */
function together({ properties = {} }: Node): [key: string, child: Node, names: readonly string[]][] {
  const alike = new Map<string, string[]>();
  const entries = Object.entries(properties).filter(([, child]) => child.not === undefined);
  for (const [key, child] of entries) {
    const kind = child.description === undefined ? key : JSON.stringify(child);
    alike.set(kind, [...(alike.get(kind) ?? []), key]);
  }
  return entries.flatMap(([key, child]): [string, Node, readonly string[]][] => {
    const names = alike.get(JSON.stringify(child)) ?? [key];
    if (names.length < 3) return [[key, child, [key]]];
    return names[0] === key ? [[key, child, names]] : [];
  });
}

/** The branches of a part that is one of several modes. */
function modesOf(node: Node): readonly Node[] | undefined {
  const branches = node.oneOf ?? node.anyOf;
  return branches?.every(({ properties }) => properties !== undefined) === true ? branches : undefined;
}

/** A row that all modes share stands once; one that only some have says which. */
function rowsOfModes(prefix: string, modes: readonly Node[], standard: unknown): Row[] {
  const key = Object.keys(modes[0]?.properties ?? {}).find((name) =>
    modes.every(({ properties }) => properties?.[name]?.const !== undefined),
  );
  const modeOf = ({ properties }: Node) => String(properties?.[key ?? ""]?.const);
  const found = new Map<string, { row: Row; modes: string[] }>();
  for (const mode of modes) {
    for (const each of rowsOf(prefix, mode)) {
      if (each[0] === code(join(prefix, key ?? ""))) continue;
      const same = JSON.stringify(each);
      const known = found.get(same) ?? { row: each, modes: [] };
      found.set(same, { ...known, modes: [...known.modes, modeOf(mode)] });
    }
  }
  const chosen = (standard as Record<string, unknown> | undefined)?.[key ?? ""];
  const head: Row = [
    code(join(prefix, key ?? "")),
    modes.map((mode) => code(modeOf(mode))).join(", "),
    chosen === undefined ? "required" : code(JSON.stringify(chosen)),
    modes.map((mode) => `${code(modeOf(mode))}: ${mode.properties?.[key ?? ""]?.description ?? ""}`).join(" "),
  ];
  const rest = [...found.values()].map(({ row: [path, kind, value, meaning], modes: of }): Row => {
    const only = of.length === modes.length ? "" : `Only ${of.map(code).join(", ")}. `;
    return [path, kind, value, `${only}${meaning}`];
  });
  return [head, ...rest];
}

function join(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}

function row(path: string, node: Node, required: boolean): Row {
  const standard = node.default === undefined ? (required ? "required" : "") : code(JSON.stringify(node.default));
  return [code(path), allowed(node), standard, node.description ?? ""];
}

function allowed(node: Node): string {
  if (node.const !== undefined) return code(JSON.stringify(node.const));
  if (node.enum !== undefined) return [...new Set(node.enum.map((value) => code(String(value))))].join(", ");
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
