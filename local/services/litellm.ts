import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "./binaries.ts";
import { shortHash } from "./files.ts";
import { lastLines, mustRun, run } from "./run.ts";

/** An installed LiteLLM. */
export interface LiteLLMEnvironment {
  /** The virtual environment. */
  readonly directory: string;
  readonly python: string;
  /** The `litellm` command. */
  readonly litellm: string;
  readonly sitePackages: string;
  /** LiteLLM's migrations, one directory each. */
  readonly migrationsDirectory: string;
}

export interface LiteLLMOptions {
  readonly cacheDirectory: string;
  readonly report: (line: string) => void;
}

const requirementsFile = join(import.meta.dirname, "..", "requirements.txt");
const progressSeconds = 10;

/** Installs LiteLLM as `requirements.txt` pins it, once per version of that file. */
export async function ensureLiteLLM(options: LiteLLMOptions): Promise<LiteLLMEnvironment> {
  const requirements = readFileSync(requirementsFile, "utf8");
  const directory = join(options.cacheDirectory, `litellm-${shortHash(requirements)}`);
  const complete = join(directory, "complete");
  if (!existsSync(complete)) {
    // What an interrupted installation left is of no use.
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(options.cacheDirectory, { recursive: true });
    await install(directory, requirements, options.report);
    writeFileSync(complete, "");
  }
  return describe(directory);
}

async function install(directory: string, requirements: string, report: (line: string) => void): Promise<void> {
  const python = await findPython();
  if (python === undefined) throw new Error("no Python 3.11 to 3.14 with venv was found");
  const log = `${directory}.log`;
  const total = requirements.match(/^[A-Za-z0-9]/gm)?.length ?? 0;
  const begin = Date.now();
  const seconds = () => Math.round((Date.now() - begin) / 1000);
  report(`Installing LiteLLM from PyPI into ${directory} (${total} packages; about two minutes the first time)`);
  await mustRun("making the virtual environment", python, ["-m", "venv", directory], { timeoutSeconds: 120 });

  let collected = 0;
  let state = "";
  const lines: string[] = [];
  const progress = setInterval(() => {
    report(`  LiteLLM: ${state}, ${seconds()} s`);
  }, progressSeconds * 1000);
  const { code } = await run(
    join(directory, "bin", "python"),
    ["-m", "pip", "install", "--no-input", "--require-hashes", "--only-binary", ":all:", "-r", requirementsFile],
    {
      timeoutSeconds: 1800,
      onLine: (line) => {
        lines.push(line);
        if (line.startsWith("Collecting ")) state = `package ${++collected} of ${total}`;
        if (line.startsWith("Installing collected packages")) state = "unpacking";
      },
    },
  );
  clearInterval(progress);
  writeFileSync(log, lines.join("\n"));
  if (code !== 0)
    throw new Error(
      `installing LiteLLM failed (exit code ${code}). The end of ${log}:\n${lastLines(lines.join("\n"), 10)}`,
    );
  report(`LiteLLM installed in ${seconds()} s`);
}

function describe(directory: string): LiteLLMEnvironment {
  const [sitePackages] = globSync(join(directory, "lib", "python3.*", "site-packages"));
  if (sitePackages === undefined) throw new Error(`${directory} is no virtual environment: remove it and start again`);
  return {
    directory,
    python: join(directory, "bin", "python"),
    litellm: join(directory, "bin", "litellm"),
    sitePackages,
    migrationsDirectory: join(sitePackages, "litellm_proxy_extras", "migrations"),
  };
}
