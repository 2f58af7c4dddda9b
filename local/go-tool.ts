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

/** The directory of a module's source, which a module of ours pins by version and hash; downloaded when it is missing. */
export async function moduleDirectory(run: MustRun, ours: string, module: string): Promise<string> {
  // `go mod download` would add a missing hash to go.sum and trust what it got.
  const pin = `${module} ${pinnedVersion(ours, module)} h1:`;
  const sums = readFileSync(join(goDirectory, ours, "go.sum"), "utf8").split("\n");
  if (!sums.some((line) => line.startsWith(pin)))
    throw new Error(`local/go/${ours}/go.sum has no hash of ${module}. Add it with \`go get\` in that directory.`);
  const text = await go(run, ["mod", "download", "-json", module], ours);
  const { Dir: directory } = JSON.parse(text) as { Dir?: string };
  if (directory === undefined) throw new Error(`go mod download named no directory for ${module}`);
  return directory;
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
