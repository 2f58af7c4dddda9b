/**
 * Both commands of the README as on a new machine: in a fresh clone, with every cache empty. Run before a release.
 *
 *     npm run test:fresh [-- --only start|test] [-- --newer-index]
 *
 * With `--newer-index`, Python packages come by an index on loopback that offers a newer release of each.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runMain } from "../local/main.ts";
import { projectDirectory } from "../local/paths.ts";
import { findPython } from "../local/services/binaries.ts";
import { callerEnvironment, mustRun, run } from "../local/services/run.ts";
import { duration } from "../local/steps/duration.ts";
import { NewerIndex } from "./support/package-index.ts";

interface Command {
  readonly name: "start" | "test";
  readonly script: string;
  /** After this many minutes it is ended. */
  readonly minutes: number;
  /** Ends what it leaves running. */
  readonly cleanUp?: string;
}

const commands: readonly Command[] = [
  { name: "start", script: "npm ci && npm start", minutes: 45, cleanUp: "npm run local:down -- --purge" },
  { name: "test", script: "npm ci && npm test", minutes: 120 },
];

interface Outcome {
  readonly script: string;
  readonly code: number;
  readonly wall: string;
  readonly cpu: string;
}

const { values } = parseArgs({ options: { only: { type: "string" }, "newer-index": { type: "boolean" } } });

await runMain("npm run test:fresh", async () => {
  const chosen = commands.filter(({ name }) => values.only === undefined || values.only === name);
  assert.ok(chosen.length > 0, `--only must be one of ${commands.map(({ name }) => name).join(", ")}`);
  const changes = execFileSync("git", ["status", "--porcelain"], { cwd: projectDirectory, encoding: "utf8" });
  if (changes !== "") console.log("What is not committed is not in the clone.");
  const index = values["newer-index"] === true ? await newerIndex() : undefined;
  const outcomes: Outcome[] = [];
  for (const command of chosen) outcomes.push(await inFreshClone(command, index));
  index?.stop();
  console.log("");
  console.table(outcomes);
  if (index !== undefined) {
    assert.deepEqual(index.newerAsked, [], "an installation asked for a release that is not pinned");
    assert.ok(index.projects.size > 100, `the index was asked for ${index.projects.size} projects only`);
    console.log(
      `The index with newer releases was asked for ${index.projects.size} projects, and for no newer release.`,
    );
  }
  assert.ok(
    outcomes.every(({ code }) => code === 0),
    "a command failed",
  );
});

async function inFreshClone({ script, minutes, cleanUp }: Command, index: NewerIndex | undefined): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), "litellm-platform-fresh-"));
  const clone = join(directory, "clone");
  await mustRun("cloning", "git", ["clone", "--quiet", projectDirectory, clone]);
  const env = { ...callerEnvironment(), ...emptyCaches(directory), ...indexEnvironment(index) };
  let cpuSeconds = 0;
  const begin = Date.now();
  console.log(`\n$ ${script}`);
  try {
    const { code } = await run("sh", ["-c", script], {
      cwd: clone,
      env,
      timeoutSeconds: minutes * 60,
      onLine: console.log,
      onCpu: (seconds) => (cpuSeconds = seconds),
    });
    const wall = duration(Date.now() - begin);
    if (cleanUp !== undefined) await mustRun(cleanUp, "sh", ["-c", cleanUp], { cwd: clone, env, timeoutSeconds: 120 });
    return { script, code, wall, cpu: duration(cpuSeconds * 1000) };
  } finally {
    // Go makes its modules read-only.
    execFileSync("chmod", ["-R", "u+w", directory]);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Every cache that the commands use, in empty directories. */
function emptyCaches(directory: string): Record<string, string> {
  const names = {
    npm_config_cache: "npm",
    GOCACHE: "go-build",
    GOMODCACHE: "go-modules",
    PIP_CACHE_DIR: "pip",
    UV_CACHE_DIR: "uv",
    PULUMI_HOME: "pulumi",
    XDG_CACHE_HOME: "cache",
    LITELLM_PLATFORM_CACHE: "litellm-platform",
  };
  return Object.fromEntries(
    Object.entries(names).map(([variable, name]) => {
      const cache = join(directory, name);
      mkdirSync(cache);
      return [variable, cache];
    }),
  );
}

function indexEnvironment(index: NewerIndex | undefined): Record<string, string> {
  return index === undefined ? {} : { UV_DEFAULT_INDEX: index.url, PIP_INDEX_URL: index.url };
}

/** The index that pip uses, with a newer release of everything. */
async function newerIndex(): Promise<NewerIndex> {
  const python = (await findPython()) ?? assert.fail("there is no Python");
  const configured = await run(python, ["-m", "pip", "config", "get", "global.index-url"]);
  const usual = ["-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"];
  const text = configured.code === 0 ? configured.stdout : await mustRun("asking pip for its index", python, usual);
  const upstream = text.trim().replace(/\/?$/, "/");
  return NewerIndex.start({
    file: () => Promise.resolve(undefined),
    page: async (project) => {
      const response = await fetch(`${upstream}${project}/`, { headers: { Accept: "text/html" } });
      if (response.status === 404) return undefined;
      assert.equal(response.status, 200, `${project}: ${response.status}`);
      const links = (await response.text()).match(/<a [^]*?<\/a>/g) ?? [];
      return links
        .map((link) =>
          link.replace(/href="([^"]+)"/, (_, href: string) => `href="${new URL(href, response.url).href}"`),
        )
        .join("\n");
    },
  });
}
