import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { go, goDirectory, goEnvironment } from "./go-tool.ts";

/** One Go module under `go/` and the programs that are built from it together. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly packages: readonly string[];
  readonly linkerFlags: string;
  /** Where the programs go, below the cache directory; `hash` names everything they are made from. */
  readonly directory: (hash: string) => string;
  /** Below that directory. */
  readonly programs: readonly string[];
  /** What else it is made from: texts that the result depends on. */
  readonly ingredients?: readonly string[];
  /** Prepares other sources in this directory, which is removed after the build, and returns the flags that use them. */
  readonly prepare?: (directory: string) => Promise<readonly string[]>;
}

const PROGRESS_SECONDS = 10;
const LOG_LINES_SHOWN = 15;

/**
 * What every build is made with. Part of the hash that names the result.
 *
 * Debug information costs 11 % of the compiler's time (client-go: 105 s of CPU with it, 94 s without) and `-s -w` would
 * throw it away in the end. From empty caches all three parts took 17 minutes of CPU, downloads included.
 */
function buildFlags(part: Part): string[] {
  return ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", `-ldflags=${part.linkerFlags}`];
}

export interface BuildOptions {
  /** Where programs are kept, named by a hash of all they are made from. */
  readonly cacheDirectory: string;
  /** Takes one line of progress at a time. */
  readonly report: (line: string) => void;
}

/** Builds the parts that are not in the cache yet and says how it goes. */
export async function ensureBuilt(parts: readonly Part[], options: BuildOptions): Promise<void> {
  const missing = parts.filter((part) => !isBuilt(part, options.cacheDirectory));
  const [first] = missing;
  if (first === undefined) return;
  await checkGo(first);
  // The modules of later parts are downloaded while earlier ones compile; the compiler keeps all cores busy by itself.
  const prepared = missing.map((part) => ({ part, plan: prepare(part, options.cacheDirectory, options.report) }));
  for (const { plan } of prepared) plan.catch(() => undefined);
  for (const { part, plan } of prepared) await build(part, await plan, options);
}

/** No debugger will look at these programs, so they carry no symbols; some learn their version only from the linker. */
export function linkerFlags(variables: Readonly<Record<string, string>>): string {
  return ["-s -w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

function hashOf(part: Part): string {
  const hash = createHash("sha256");
  hash.update(
    JSON.stringify([part.packages, buildFlags(part), part.ingredients ?? [], process.platform, process.arch]),
  );
  for (const file of globSync(join(goDirectory, part.name, "**/*.{go,mod,sum}")).sort())
    hash.update(relative(goDirectory, file)).update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

/** Where a part's programs are. */
export function resultDirectory(part: Part, cacheDirectory: string): string {
  return join(cacheDirectory, part.directory(hashOf(part)));
}

/** What is made for a build and needed only during it. */
function sourceDirectory(part: Part, cacheDirectory: string): string {
  return join(cacheDirectory, "build", `${part.name}-${hashOf(part)}`);
}

function isBuilt(part: Part, cacheDirectory: string): boolean {
  const directory = resultDirectory(part, cacheDirectory);
  return part.programs.every((program) => existsSync(join(directory, program)));
}

async function checkGo(part: Part): Promise<void> {
  try {
    await go(["list", "-m"], join(goDirectory, part.name));
  } catch (error) {
    const found = await go(["version"], "/");
    throw new Error(
      `${found.trim()} cannot build the local control plane, install 1.26 or newer. ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** What is known of a build before it begins. */
interface Plan {
  readonly flags: readonly string[];
  readonly packageCount: number;
}

/** Downloads the part's modules. */
async function prepare(part: Part, cacheDirectory: string, report: (line: string) => void): Promise<Plan> {
  const started = Date.now();
  const flags = [...buildFlags(part), ...((await part.prepare?.(sourceDirectory(part, cacheDirectory))) ?? [])];
  const working = setInterval(() => {
    report(`${part.name}: downloading Go modules, ${seconds(started)}`);
  }, PROGRESS_SECONDS * 1000);
  try {
    const packages = await go(["list", "-deps", ...flags, ...part.packages], join(goDirectory, part.name));
    return { flags, packageCount: packages.trim().split("\n").length };
  } catch (error) {
    throw new Error(`The modules of ${part.name} cannot be had. ${(error as Error).message}`, { cause: error });
  } finally {
    clearInterval(working);
  }
}

async function build(part: Part, plan: Plan, options: BuildOptions): Promise<void> {
  const started = Date.now();
  const result = resultDirectory(part, options.cacheDirectory);
  const unfinished = join(dirname(result), `.${basename(result)}.${process.pid}`);
  const logFile = join(options.cacheDirectory, "log", `build-${part.name}.log`);
  for (const directory of [unfinished, dirname(logFile)]) mkdirSync(directory, { recursive: true });
  options.report(`building ${part.title} ...`);
  const compiled = { count: 0 };
  const working = setInterval(() => {
    const progress = `${compiled.count} of at most ${plan.packageCount} packages compiled`;
    options.report(`${part.name}: ${progress}, ${seconds(started)}`);
  }, PROGRESS_SECONDS * 1000);
  const args = ["build", "-v", ...plan.flags, "-o", `${unfinished}/`, ...part.packages];
  try {
    const status = await runLogged(args, join(goDirectory, part.name), logFile, () => (compiled.count += 1));
    if (status !== 0) throw buildFailure(part, logFile);
    rmSync(result, { recursive: true, force: true });
    renameSync(unfinished, result);
    rmSync(sourceDirectory(part, options.cacheDirectory), { recursive: true, force: true });
  } finally {
    clearInterval(working);
    rmSync(unfinished, { recursive: true, force: true });
  }
  options.report(`built ${part.name} in ${seconds(started)}`);
}

/** Runs `go` with its output in a file; `onPackage` is called for every package it begins to compile. */
function runLogged(args: readonly string[], cwd: string, logFile: string, onPackage: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const log = openSync(logFile, "w", 0o600);
    const child = spawn("go", args, { cwd, env: goEnvironment(), stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      writeSync(log, text);
      // `go build -v` prints one import path per line; messages have spaces.
      for (const line of text.split("\n")) if (/^[\w.~/-]+$/.test(line)) onPackage();
    });
    child.once("error", reject);
    child.once("close", (status) => {
      closeSync(log);
      resolve(status ?? 1);
    });
  });
}

function buildFailure(part: Part, logFile: string): Error {
  const lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-LOG_LINES_SHOWN);
  return new Error(
    [
      `Building ${part.name} failed. The end of what go said, all of it is in ${logFile}:`,
      ...lines.map((line) => `  ${line}`),
      "If it was killed or ran out of disk, make room (4 GB of memory, 10 GB of disk) and run this again:",
      "what has been compiled is kept.",
    ].join("\n"),
  );
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}
