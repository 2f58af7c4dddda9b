import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "./binaries.ts";
import { shortHash } from "./files.ts";
import { mustRun } from "./run.ts";

const requirementsFile = join(import.meta.dirname, "..", "barman-requirements.txt");

/**
 * Installs the programs that CloudNativePG's Barman Cloud plugin runs, as `barman-requirements.txt` pins them. Returns
 * the directory that has them.
 */
export async function ensureBarman(options: {
  readonly cacheDirectory: string;
  readonly report: (line: string) => void;
}): Promise<string> {
  const directory = join(options.cacheDirectory, `barman-${shortHash(readFileSync(requirementsFile, "utf8"))}`);
  const programs = join(directory, "bin");
  const complete = join(directory, "complete");
  if (existsSync(complete)) return programs;
  const python = await findPython();
  if (python === undefined) throw new Error("no Python 3.11 to 3.14 with venv was found");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(options.cacheDirectory, { recursive: true });
  options.report(`installing Barman's cloud programs from PyPI into ${directory}`);
  await mustRun("making the virtual environment", python, ["-m", "venv", directory], { timeoutSeconds: 120 });
  // --no-deps: all that is needed is listed, and psycopg2 comes as psycopg2-binary, which pip cannot know.
  const flags = ["--no-input", "--require-hashes", "--only-binary", ":all:", "--no-deps"];
  await mustRun(
    "installing Barman",
    join(programs, "python"),
    ["-m", "pip", "install", ...flags, "-r", requirementsFile],
    {
      timeoutSeconds: 600,
    },
  );
  writeFileSync(complete, "");
  return programs;
}
