import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectDirectory } from "./paths.ts";

const run = promisify(execFile);

/** The stand-in of an official chart, for networks where that cannot be pulled. */
export function standInChart(kind: "litellm-helm" | "litellm"): string {
  return join(projectDirectory, "local", "charts", kind);
}

/** The official chart where it can be pulled, else our stand-in. */
export async function chartSource(options: {
  readonly helm: readonly string[];
  readonly kind: "litellm-helm" | "litellm";
  readonly source: string;
  readonly version: string;
  readonly report: (line: string) => void;
}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "litellm-chart-"));
  const [command = "helm", ...prefix] = options.helm;
  try {
    await run(command, [...prefix, "pull", options.source, "--version", options.version, "--destination", directory], {
      timeout: 30_000,
    });
    options.report(`chart: the official ${options.source} ${options.version}`);
    return options.source;
  } catch {
    options.report(`chart: ${options.source} cannot be pulled here; a stand-in that takes the same values is used`);
    return standInChart(options.kind);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
