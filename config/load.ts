import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { isMapping } from "./mapping.ts";
import { type Problem, joinPath } from "./problems.ts";

// The only place where configuration reads files.

/** Keys of LiteLLM's `config.yaml` that a file may have, and where they stand in a stack's configuration. */
const fileKeys = {
  model_list: ["models", "list"],
  credential_list: ["models", "credentials"],
  router_settings: ["routing"],
  guardrails: ["models", "guardrails"],
  mcp_servers: ["models", "mcpServers"],
} as const;

/**
 * The raw configuration with what stands in `models.file` behind that of the stack's file, so that both go through the
 * same checks. The file has a list of models, or the sections of LiteLLM's `config.yaml` that say what is served.
 */
export function withModelsFile(
  raw: Readonly<Record<string, unknown>>,
  projectDirectory: string,
): { readonly raw: Readonly<Record<string, unknown>>; readonly problems: readonly Problem[] } {
  const models = raw["models"];
  if (typeof models !== "object" || models === null || !("file" in models)) return { raw, problems: [] };
  if (typeof models.file !== "string" || models.file === "") return { raw, problems: [] };
  const path = joinPath("models", "file");
  const problem = (message: string) => ({ raw, problems: [{ path, message: `${String(models.file)} ${message}` }] });
  let content: unknown;
  try {
    content = parse(readFileSync(resolve(projectDirectory, models.file), "utf8"), { logLevel: "error" });
  } catch (error) {
    return problem(`${reasonOf(error)}, must be a YAML list of models`);
  }
  const sections: unknown = Array.isArray(content) ? { model_list: content } : content;
  if (!isMapping(sections) || !Object.hasOwn(sections, "model_list")) return problem("must be a YAML list of models");
  const unknown = Object.keys(sections).find((key) => !Object.hasOwn(fileKeys, key));
  if (unknown !== undefined) {
    const known = Object.keys(fileKeys).join(", ");
    return problem(`has ${JSON.stringify(unknown)}, must have nothing but ${known}: the rest is the program's`);
  }
  if (!Array.isArray(sections["model_list"])) return problem("must have a list of models in model_list");
  let merged = raw;
  for (const [key, place] of Object.entries(fileKeys)) merged = added(merged, place, sections[key]);
  return { raw: merged, problems: [] };
}

/** What is wrong with a chart that is a directory: Helm takes any there, whatever its name and version. */
export function chartDirectoryProblems(
  raw: Readonly<Record<string, unknown>>,
  projectDirectory: string,
): readonly Problem[] {
  const gateway = raw["gateway"];
  const chart = isMapping(gateway) && isMapping(gateway["chart"]) ? gateway["chart"] : {};
  const { kind = "litellm-helm", source } = chart;
  if (typeof source !== "string" || !/^\.{0,2}\//.test(source)) return [];
  const path = joinPath("gateway", "chart", "source");
  const problem = (message: string) => [{ path, message: `${source} ${message}` }];
  let content: unknown;
  try {
    content = parse(readFileSync(resolve(projectDirectory, source, "Chart.yaml"), "utf8"), { logLevel: "error" });
  } catch (error) {
    return problem(`has a Chart.yaml that ${reasonOf(error)}, must be the directory of a chart`);
  }
  const name = isMapping(content) ? content["name"] : undefined;
  return name === kind ? [] : problem(`is chart ${String(name)}, must be ${String(kind)} as gateway.chart.kind says`);
}

/** `raw` with a value behind what stands at a place: lists follow each other, of mappings the stack's own wins. */
function added(
  raw: Readonly<Record<string, unknown>>,
  [key, ...rest]: readonly string[],
  value: unknown,
): Readonly<Record<string, unknown>> {
  if (key === undefined || value === undefined || value === null) return raw;
  const here = raw[key];
  if (rest.length > 0) return isMapping(here) ? { ...raw, [key]: added(here, rest, value) } : raw;
  if (here === undefined) return { ...raw, [key]: value };
  if (Array.isArray(here) && Array.isArray(value))
    return { ...raw, [key]: [...(here as unknown[]), ...(value as unknown[])] };
  // Of another kind: what is wrong is told of the stack's own.
  return isMapping(here) && isMapping(value) ? { ...raw, [key]: { ...value, ...here } } : raw;
}

/** Why a file cannot be used, without any of its contents: a parser's message may quote them behind a colon. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "syscall" in error) {
    const code = "code" in error ? String(error.code) : "";
    return code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
  }
  const message = error instanceof Error ? (error.message.split(/[:\n]/, 1)[0] ?? "") : "";
  return `is no YAML (${message})`;
}
