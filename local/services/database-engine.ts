import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LiteLLMEnvironment } from "./litellm.ts";
import { type RunResult, lastLines, run } from "./run.ts";

/** Where Prisma keeps its command line tool and its engines: in the virtual environment, not in someone's home. */
export function prismaEnvironment(venv: LiteLLMEnvironment): Record<string, string> {
  const home = join(venv.directory, "prisma");
  return { PRISMA_HOME_DIR: home, PRISMA_NODEENV_CACHE_DIR: join(home, "nodeenv") };
}

/**
 * Whether LiteLLM can use a database here. Its database engine is a program of Prisma's that no package registry has;
 * it is fetched from Prisma's own server, once. Where that is out of reach, which takes a moment to find out, LiteLLM
 * runs without a database. Success is remembered, failure is not.
 */
export async function databaseEngine(options: {
  readonly venv: LiteLLMEnvironment;
  readonly report: (line: string) => void;
}): Promise<boolean> {
  const { venv, report } = options;
  const complete = join(venv.directory, "database-engine");
  if (existsSync(complete)) return true;
  if (!(await canReachEngines(venv))) {
    report("LiteLLM runs without its database: the engine it needs comes from binaries.prisma.sh, out of reach here");
    return false;
  }
  report("Fetching LiteLLM's database engine (once, at most a minute)");
  const failure = await generateClient(venv);
  if (failure !== undefined) {
    report(`LiteLLM runs without its database: its engine could not be had: ${failure}`);
    return false;
  }
  writeFileSync(complete, "");
  return true;
}

/** Asks for the smallest file of the engine, through the proxy that Python would use. */
async function canReachEngines(venv: LiteLLMEnvironment): Promise<boolean> {
  const settings = readFileSync(join(venv.sitePackages, "prisma", "_config.py"), "utf8");
  const version = /\b[0-9a-f]{40}\b/.exec(settings)?.[0] ?? "";
  const server = process.env["PRISMA_ENGINES_MIRROR"] ?? "https://binaries.prisma.sh";
  const url = `${server}/all_commits/${version}/debian-openssl-3.0.x/query-engine.gz.sha256`;
  const script = "import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1], method='HEAD'), timeout=3)";
  return (await run(venv.python, ["-c", script, url], { timeoutSeconds: 6 })).code === 0;
}

/** Generates Prisma's client with the engine of this machine only, and runs that. Returns why it failed, if it did. */
async function generateClient(venv: LiteLLMEnvironment): Promise<string | undefined> {
  const original = readFileSync(join(venv.sitePackages, "litellm_proxy_extras", "schema.prisma"), "utf8");
  const schema = join(venv.directory, "schema.prisma");
  writeFileSync(schema, original.replace(/binaryTargets\s*=\s*\[[^\]]*\]/, 'binaryTargets = ["native"]'));
  const env = {
    ...prismaEnvironment(venv),
    // Prisma's tool runs on Node, which it takes from the PATH.
    PATH: [join(venv.directory, "bin"), dirname(process.execPath), process.env["PATH"] ?? ""].join(":"),
    ...forwarded("HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "PRISMA_ENGINES_MIRROR"),
  };
  const generated = await run(venv.python, ["-m", "prisma", "generate", "--schema", schema], {
    env,
    timeoutSeconds: 60,
  });
  if (generated.code !== 0) return reason(generated);
  const check =
    "from prisma.client import BINARY_PATHS; from prisma.engine import utils; utils.ensure(BINARY_PATHS.query_engine)";
  const checked = await run(venv.python, ["-c", check], { env, timeoutSeconds: 60 });
  return checked.code === 0 ? undefined : reason(checked);
}

function forwarded(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The line that says what went wrong, which advice may follow. */
function reason({ stdout, stderr }: RunResult): string {
  const text = stderr.trim() || stdout;
  const line = text.split("\n").find((candidate) => /error|fail/i.test(candidate)) ?? lastLines(text, 1);
  return line.trim().slice(0, 300);
}
