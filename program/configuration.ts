import { chartDirectoryProblems, withModelsFile } from "../config/load.ts";
import { parseConfig } from "../config/parse.ts";
import type { PlatformConfig } from "../config/platform.ts";
import { formatProblems } from "../config/problems.ts";
import { checks } from "../litellm/checks.ts";

/** A configuration that is not allowed, told with every problem at once. */
export class ConfigurationError extends Error {}

/**
 * A stack's checked configuration from settings by full key, as in a `Pulumi.<stack>.yaml`: mappings as they are or as
 * JSON, the form in which Pulumi keeps them.
 *
 * @throws ConfigurationError with every problem
 */
export function platformConfig(
  settings: Readonly<Record<string, unknown>>,
  context: { readonly project: string; readonly stack: string; readonly projectDirectory: string },
): PlatformConfig {
  const given = rawConfig(settings, context.project);
  const { raw, problems } = withModelsFile(given, context.projectDirectory);
  const result = parseConfig(raw, { stack: context.stack, checks });
  const directory = chartDirectoryProblems(given, context.projectDirectory);
  const all = [...problems, ...directory, ...(result.ok ? [] : result.problems)];
  if (!result.ok || all.length > 0) throw new ConfigurationError(formatProblems(all));
  return result.config;
}

/** The settings of one project by part; Pulumi hands objects over as JSON and scalars as text. */
export function rawConfig(settings: Readonly<Record<string, unknown>>, project: string): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), parsed(value)]),
  );
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
