import { accessSync, constants, globSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { run } from "./run.ts";

/** The first executable file of this name on the PATH. */
export function findOnPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** The directory with PostgreSQL's server programs, which most systems keep off the PATH; the newest version wins. */
export function findPostgres(): string | undefined {
  const onPath = findOnPath("postgres");
  const usual = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
  ].flatMap((pattern) => globSync(pattern).sort((a, b) => majorVersion(b) - majorVersion(a)));
  const directories = [...(onPath === undefined ? [] : [dirname(realpathSync(onPath))]), ...usual];
  return directories.find((directory) =>
    ["postgres", "initdb", "psql"].every((name) => isExecutable(join(directory, name))),
  );
}

export function findRedis(): string | undefined {
  return ["", "/opt/homebrew/bin", "/usr/local/bin"]
    .map((directory) => (directory === "" ? findOnPath("redis-server") : executable(join(directory, "redis-server"))))
    .find((path) => path !== undefined);
}

/** Versions of Python that LiteLLM and everything it needs run on. */
export const pythonVersions = { atLeast: [3, 11], below: [3, 15] } as const;

/** A Python of a usable version that can make virtual environments. */
export async function findPython(): Promise<string | undefined> {
  for (const name of ["python3", "python3.13", "python3.12", "python3.11", "python3.14"]) {
    const path = findOnPath(name);
    if (path !== undefined && (await canMakeEnvironments(path))) return path;
  }
  return undefined;
}

async function canMakeEnvironments(python: string): Promise<boolean> {
  // Debian ships venv without ensurepip, which a usable environment needs; python3-venv brings it.
  const probe = "import sys, venv, ensurepip; print(*sys.version_info[:2])";
  const { code, stdout } = await run(python, ["-c", probe], { timeoutSeconds: 20 });
  const [major = 0, minor = 0] = stdout.trim().split(" ").map(Number);
  const { atLeast, below } = pythonVersions;
  return code === 0 && major === atLeast[0] && minor >= atLeast[1] && minor < below[1];
}

/** Version of the `go` on the PATH, such as `[1, 26]`. */
export async function goVersion(): Promise<readonly [number, number] | undefined> {
  const go = findOnPath("go");
  if (go === undefined) return undefined;
  // Outside a module, and without fetching the toolchain of another version.
  const { stdout } = await run(go, ["env", "GOVERSION"], { cwd: "/", timeoutSeconds: 20 });
  const match = /go(\d+)\.(\d+)/.exec(stdout);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** The oldest Java that Keycloak runs on. */
const javaAtLeast = 17;

/** A Java of a usable version. */
export async function findJava(): Promise<string | undefined> {
  const home = process.env["JAVA_HOME"] ?? "";
  const candidates = [
    ...(home === "" ? [] : [join(home, "bin", "java")]),
    findOnPath("java"),
    "/opt/homebrew/opt/openjdk/bin/java",
    "/usr/local/opt/openjdk/bin/java",
    // Where a newer one than the default may be.
    ...globSync("/usr/lib/jvm/*/bin/java"),
  ];
  for (const path of candidates) {
    if (path === undefined || !isExecutable(path)) continue;
    const { code, stderr } = await run(path, ["-version"], { timeoutSeconds: 20 });
    if (code === 0 && javaMajorVersion(stderr) >= javaAtLeast) return realpathSync(path);
  }
  return undefined;
}

/** The major version in what `java -version` says; 0 when there is none. Those up to 8 said `1.8`. Pure. */
export function javaMajorVersion(text: string): number {
  return Number(/version "(\d+)/.exec(text)?.[1] ?? 0);
}

/** A browser that Playwright can drive: Chromium, or Google Chrome, which is the same for it. */
export function findChromium(): string | undefined {
  const onPath = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].map(findOnPath);
  const applications = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ].map(executable);
  return [...onPath, ...applications].find((path) => path !== undefined);
}

function majorVersion(directory: string): number {
  return Number(/(\d+)\/bin$/.exec(directory)?.[1] ?? 0);
}

function executable(path: string): string | undefined {
  return isExecutable(path) ? path : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent or not executable: both mean that it cannot be used.
    return false;
  }
}
