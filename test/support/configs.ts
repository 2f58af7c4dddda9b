import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { withModelsFile } from "../../config/load.ts";
import { parseConfig } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { formatProblems } from "../../config/problems.ts";
import { checks } from "../../litellm/checks.ts";

export const projectDirectory = join(import.meta.dirname, "..", "..");

/** The configuration of a committed stack file as it is written there, without the namespace of its keys. */
export function rawStackConfig(stack: "dev" | "prod"): Record<string, unknown> {
  const text = readFileSync(join(projectDirectory, `Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  const prefix = "litellm-platform:";
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
    ),
  );
}

export function problemsOf(raw: Record<string, unknown>, stack = "test"): string[] {
  const loaded = withModelsFile(raw, projectDirectory);
  const result = parseConfig(loaded.raw, { stack, checks });
  return [...loaded.problems, ...(result.ok ? [] : result.problems)].map(({ path, message }) => `${path}: ${message}`);
}

export function validConfig(raw: Record<string, unknown>, stack = "test"): PlatformConfig {
  const loaded = withModelsFile(raw, projectDirectory);
  const result = parseConfig(loaded.raw, { stack, checks });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config;
}

export function stackConfig(stack: "dev" | "prod"): PlatformConfig {
  return validConfig(rawStackConfig(stack), stack);
}

/** The smallest configuration that is allowed. */
export function smallest(): Record<string, unknown> {
  return {
    profile: "development",
    vault: { address: "https://vault.example.com" },
    gateway: { host: "litellm.example.com" },
    models: { list: [{ model_name: "gpt", litellm_params: { model: "openai/gpt-4o" } }] },
  };
}

/** The database of a configuration that has one of its own. */
export function ownDatabase({ database }: PlatformConfig): Extract<PlatformConfig["database"], { mode: "cluster" }> {
  if (database.mode !== "cluster") throw new Error(`the database is ${database.mode}`);
  return database;
}
