import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pinnedVersion } from "./go-tool.ts";
import { projectDirectory } from "./paths.ts";
import { run } from "./services/run.ts";
import type { Steps } from "./steps/steps.ts";

/** Where the Pulumi CLI and its plugins are downloaded from. */
export const downloadServer = "https://get.pulumi.com";

/** The Pulumi CLI's version, with its `v`. */
export const pulumiVersion = pinnedVersion("pulumi", "github.com/pulumi/pulumi/pkg/v3");

/** Where the CLI and `npx pulumi` keep what they download. */
export function pulumiHome(): string {
  return process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
}

/**
 * Whether a download is worth a try. The CLI tries five times over ten seconds before it gives up; one question tells
 * sooner. Behind a proxy, which the CLI knows how to use and `fetch` does not, there is no telling.
 */
export async function isOpenNetwork(server = downloadServer): Promise<boolean> {
  if ((process.env["HTTPS_PROXY"] ?? process.env["https_proxy"] ?? "") !== "") return true;
  try {
    await fetch(server, { method: "HEAD", signal: AbortSignal.timeout(3000) });
    return true;
  } catch {
    return false;
  }
}

/** The root of an installed Pulumi CLI of exactly the pinned version: where `npx pulumi` keeps it, or on PATH. */
export async function installedPulumi(): Promise<string | undefined> {
  const npmKeepsIt = join(pulumiHome(), "versions", pulumiVersion.slice(1), "bin");
  const searched = [npmKeepsIt, ...(process.env["PATH"] ?? "").split(delimiter)];
  for (const directory of searched) {
    const program = join(directory, "pulumi");
    // npm's `pulumi` is a script that downloads the CLI.
    if (directory === "" || directory.includes("node_modules") || !existsSync(program)) continue;
    const { code, stdout } = await run(program, ["version"], { timeoutSeconds: 10 });
    if (code === 0 && stdout.trim() === pulumiVersion) return dirname(dirname(realpathSync(program)));
  }
  return undefined;
}

/**
 * The root of the pinned CLI, downloaded as `npx pulumi` downloads it; `undefined` where it cannot be, so that it is
 * built.
 *
 * @param npmPulumi npm's `pulumi`. Default: the project's
 * @param server what is asked whether the network is open. Default: Pulumi's
 */
export async function downloadedPulumi(
  steps: Steps,
  npmPulumi = join(projectDirectory, "node_modules", ".bin", "pulumi"),
  server = downloadServer,
): Promise<string | undefined> {
  if (!(await isOpenNetwork(server))) return undefined;
  return steps.run(`download the Pulumi CLI ${pulumiVersion}`, async ({ signal, report }) => {
    const { code, stderr } = await run(npmPulumi, ["version"], { timeoutSeconds: 300, signal });
    if (code === 0) return installedPulumi();
    report(`the Pulumi CLI cannot be downloaded and is built instead: ${stderr.trim().split("\n").at(-1) ?? ""}`);
    return undefined;
  });
}
