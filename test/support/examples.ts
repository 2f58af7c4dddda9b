import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { PlatformConfig } from "../../config/platform.ts";
import { projectDirectory, validConfig } from "./configs.ts";

const directory = join(projectDirectory, "examples");
const prefix = "litellm-platform:";

/** Names of the worked examples, without their ending. */
export const exampleNames: readonly string[] = readdirSync(directory)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();

/** The configuration of an example as it is written there, without the namespace of its keys. */
export function rawExample(name: string): Record<string, unknown> {
  const { config } = parse(readFileSync(join(directory, `${name}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.slice(prefix.length), value]));
}

export function exampleConfig(name: string): PlatformConfig {
  return validConfig(rawExample(name), name);
}
