import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { type Problem, joinPath } from "./problems.ts";

/**
 * The raw configuration with the list of `models.file` behind that of `models.list`, so that both go through the same
 * checks. The only place where configuration reads a file.
 */
export function withModelsFile(
  raw: Readonly<Record<string, unknown>>,
  projectDirectory: string,
): { readonly raw: Readonly<Record<string, unknown>>; readonly problems: readonly Problem[] } {
  const models = raw["models"];
  if (typeof models !== "object" || models === null || !("file" in models)) return { raw, problems: [] };
  if (typeof models.file !== "string" || models.file === "") return { raw, problems: [] };
  const path = joinPath("models", "file");
  let list: unknown;
  try {
    list = parse(readFileSync(resolve(projectDirectory, models.file), "utf8"), { logLevel: "error" });
  } catch (error) {
    return { raw, problems: [{ path, message: `${models.file} ${reasonOf(error)}, must be a YAML list of models` }] };
  }
  if (!Array.isArray(list))
    return { raw, problems: [{ path, message: `${models.file} must be a YAML list of models` }] };
  const inline: unknown = "list" in models ? models.list : [];
  if (!Array.isArray(inline)) return { raw, problems: [] };
  return {
    raw: { ...raw, models: { ...models, list: [...(inline as unknown[]), ...(list as unknown[])] } },
    problems: [],
  };
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
