import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Our own Go modules, one per directory. */
export const goDirectory = join(import.meta.dirname, "go");

/** The version that a module of ours requires of another: go.mod is where versions are pinned. */
export function pinnedVersion(ours: string, module: string): string {
  const text = readFileSync(join(goDirectory, ours, "go.mod"), "utf8");
  const version = text.match(new RegExp(`^(?:require )?\\s*${module.replaceAll(".", "\\.")} (v\\S+)`, "m"))?.[1];
  if (version === undefined) throw new Error(`${ours}/go.mod does not require ${module}`);
  return version;
}

/**
 * The environment of every `go` command: the user's own, less what would change what is built.
 */
export function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };
}

/** The directory of a module's source, downloaded and verified by the `go` command. */
export async function moduleDirectory(module: string, version: string): Promise<string> {
  const text = await go(["mod", "download", "-json", `${module}@${version}`], "/");
  const { Dir: directory } = JSON.parse(text) as { Dir?: string };
  if (directory === undefined) throw new Error(`go mod download named no directory for ${module}@${version}`);
  return directory;
}

/** Runs `go` and returns what it prints. */
export async function go(args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await run("go", args, { cwd, env: goEnvironment(), maxBuffer: 256 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new Error("The command `go` is not on PATH. Install Go 1.26 or newer, then run this again.", {
        cause: error,
      });
    }
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    // `go mod download -json` reports its errors in the JSON on its standard output.
    const said = `${stderr ?? ""}${stdout ?? ""}`.trim().split("\n").slice(-15).join("\n");
    throw new Error(`go ${args.slice(0, 3).join(" ")} failed:\n${said === "" ? message : said}`, { cause: error });
  }
}
