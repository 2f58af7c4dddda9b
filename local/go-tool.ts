import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MustRun, callerEnvironment } from "./services/run.ts";

/** Our own Go modules, one per directory. */
export const goDirectory = join(import.meta.dirname, "go");

/** Downloading and compiling can take this long on a slow machine. */
const timeoutSeconds = 3600;

/** The version that a module of ours requires of another: go.mod is where versions are pinned. */
export function pinnedVersion(ours: string, module: string): string {
  const text = readFileSync(join(goDirectory, ours, "go.mod"), "utf8");
  const version = text.match(new RegExp(`^(?:require )?\\s*${module.replaceAll(".", "\\.")} (v\\S+)`, "m"))?.[1];
  if (version === undefined) throw new Error(`${ours}/go.mod does not require ${module}`);
  return version;
}

/**
 * The environment of every `go` command: the user's own, less what would change what is built. A module that go.mod
 * does not name or whose hash go.sum does not have is an error, never looked up.
 */
export function goEnvironment(): Record<string, string> {
  return { ...callerEnvironment(), CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
}

/** A module's source and the hashes of it, as Go names them. */
export interface DownloadedModule {
  readonly Path: string;
  readonly Version: string;
  readonly Dir: string;
  readonly Sum: string;
  readonly GoModSum: string;
}

/**
 * A module's source, which a module of ours pins by version and hash; downloaded when it is missing.
 *
 * @throws Error when go.sum has no hash of it: `go mod download` adds what is missing and trusts what it got
 */
export async function downloadedModule(run: MustRun, ours: string, module: string): Promise<DownloadedModule> {
  const pinned = readFileSync(join(goDirectory, ours, "go.sum"), "utf8").split("\n");
  const text = await go(run, ["mod", "download", "-json", module], ours);
  const downloaded = JSON.parse(text) as DownloadedModule;
  const { Path, Version, Sum } = downloaded;
  if (!pinned.includes(`${Path} ${Version} ${Sum}`))
    throw new Error(`local/go/${ours}/go.sum had no hash of ${Path} ${Version}. Check the one that was added to it.`);
  return downloaded;
}

/** Where the source of such a module is. */
export async function moduleDirectory(run: MustRun, ours: string, module: string): Promise<string> {
  return (await downloadedModule(run, ours, module)).Dir;
}

/** Runs `go` in a module of ours and returns what it prints. */
export function go(
  run: MustRun,
  args: readonly string[],
  ours: string,
  options: { readonly log?: string; readonly onLine?: (line: string) => void } = {},
): Promise<string> {
  const task = `go ${args.slice(0, 2).join(" ")} in local/go/${ours}`;
  return run(task, "go", args, { cwd: join(goDirectory, ours), env: goEnvironment(), timeoutSeconds, ...options });
}
