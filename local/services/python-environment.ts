import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Preparation } from "../preparation.ts";
import type { Step } from "../steps/steps.ts";
import { findPython } from "./binaries.ts";
import { shortHash } from "./files.ts";
import { callerEnvironment, run } from "./run.ts";

/** What a virtual environment is made of. */
export interface PythonPackages {
  /** Begin of the directory's name. */
  readonly name: string;
  /** What the step is called. */
  readonly title: string;
  /** File with every package, at one version and with its hashes. */
  readonly requirementsFile: string;
  /**
   * What {@link packageProblems} says of packages that are known to work together all the same. Default: none.
   */
  readonly knownProblems?: readonly string[];
}

const uvRequirementsFile = join(import.meta.dirname, "..", "uv-requirements.txt");

const advice =
  "check that the Python package index can be reached. An index of your own is taken from UV_DEFAULT_INDEX or pip's " +
  "settings (`pip config set global.index-url <url>`), a proxy from HTTPS_PROXY, a CA from SSL_CERT_FILE.";

/**
 * Makes a virtual environment with exactly the packages of a file, once per content of that file: nothing is resolved,
 * so what an index offers besides makes no difference. Returns its directory.
 */
export async function ensurePythonEnvironment(to: Preparation, packages: PythonPackages): Promise<string> {
  const { title, requirementsFile } = packages;
  const requirements = readFileSync(requirementsFile, "utf8");
  const directory = join(to.cacheDirectory, `${packages.name}-${shortHash(requirements)}`);
  const complete = join(directory, "complete");
  if (existsSync(complete)) return directory;
  await to.steps.run(
    title,
    async (step) => {
      // What an interrupted installation left is of no use.
      rmSync(directory, { recursive: true, force: true });
      const python = await usablePython();
      const index = await packageIndex(python);
      const uv = await ensureUv(to.cacheDirectory, python, step);
      const run = (task: string, ...args: readonly string[]) =>
        step.run(task, uv, args, {
          env: { ...callerEnvironment(), ...index },
          timeoutSeconds: 1800,
          log: join(to.cacheDirectory, "log", `${packages.name}.log`),
          onLine: step.progress,
        });
      // No settings of a project or user: they may name other versions, indexes or interpreters.
      await run("making a virtual environment", "venv", "--no-config", "--offline", "--python", python, directory);
      const target = ["--python", join(directory, "bin", "python")];
      const closed = ["--no-config", "--require-hashes", "--only-binary", ":all:"];
      await run("installing Python packages", "pip", "sync", ...closed, ...target, requirementsFile);
      await checkPackages(uv, target, packages.knownProblems ?? []);
      writeFileSync(complete, "");
    },
    advice,
  );
  return directory;
}

async function usablePython(): Promise<string> {
  const python = await findPython();
  if (python === undefined) throw new Error("no Python 3.11 to 3.14 with venv was found");
  return python;
}

/** Installations of uv in this process, by cache directory: several environments may be made side by side. */
const installedUv = new Map<string, Promise<string>>();

/** Installs uv, which installs the others, once per version. */
function ensureUv(cacheDirectory: string, python: string, step: Step): Promise<string> {
  const known = installedUv.get(cacheDirectory) ?? installUv(cacheDirectory, python, step);
  installedUv.set(cacheDirectory, known);
  return known;
}

async function installUv(cacheDirectory: string, python: string, step: Step): Promise<string> {
  const directory = join(cacheDirectory, `uv-${shortHash(readFileSync(uvRequirementsFile, "utf8"))}`);
  const complete = join(directory, "complete");
  if (!existsSync(complete)) {
    mkdirSync(cacheDirectory, { recursive: true });
    step.progress("uv");
    rmSync(directory, { recursive: true, force: true });
    await step.run("making a virtual environment for uv", python, ["-m", "venv", directory], { timeoutSeconds: 120 });
    const closed = ["--require-hashes", "--no-deps", "--only-binary", ":all:"];
    await step.run(
      "installing uv",
      join(directory, "bin", "python"),
      ["-m", "pip", "install", "--no-input", ...closed, "-r", uvRequirementsFile],
      { timeoutSeconds: 600, log: join(cacheDirectory, "log", "uv.log") },
    );
    writeFileSync(complete, "");
  }
  return join(directory, "bin", "uv");
}

/** Refuses an environment in which a package lacks what it needs, unless that is known to work. */
async function checkPackages(uv: string, target: readonly string[], known: readonly string[]): Promise<void> {
  const { code, stderr } = await run(uv, ["pip", "check", "--no-config", "--offline", ...target]);
  const unknown = packageProblems(stderr).filter((problem) => !known.includes(problem));
  if (unknown.length > 0) throw new Error(`the installed packages do not fit together:\n${unknown.join("\n")}`);
  if (code !== 0 && packageProblems(stderr).length === 0) throw new Error(`checking packages failed:\n${stderr}`);
}

/** The problems in what `uv pip check` says, such as `The package a requires b>=2, but 1 is installed`. Pure. */
export function packageProblems(text: string): string[] {
  return text
    .replaceAll("`", "")
    .split("\n")
    .filter((line) => line.startsWith("The package "));
}

/** Variables that lead uv to the index and the CA that pip is set up for, which uv does not read. */
async function packageIndex(python: string): Promise<Record<string, string>> {
  const { stdout } = await run(python, ["-m", "pip", "config", "list"]);
  return indexVariables(stdout, process.env);
}

/** What `pip config list` prints as variables of uv; what is set already wins. Pure. */
export function indexVariables(pipConfig: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const setting = (name: string) =>
    ["global", "install", ":env:"]
      .map((section) => new RegExp(`^${section}\\.${name}='(.*)'$`, "m").exec(pipConfig)?.[1])
      .findLast((value) => value !== undefined);
  const wanted = { UV_DEFAULT_INDEX: setting("index-url"), SSL_CERT_FILE: setting("cert") };
  return Object.fromEntries(
    Object.entries(wanted).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && env[entry[0]] === undefined,
    ),
  );
}
