import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { downloadedModule, go, goDirectory } from "./go-tool.ts";
import type { Preparation } from "./preparation.ts";
import type { Step } from "./steps/steps.ts";

/** One Go module under `go/` and the programs that are built from it together. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly packages: readonly string[];
  readonly linkerFlags: string;
  /** Build tags: what the packages let one choose. */
  readonly tags?: readonly string[];
  /** Where the programs go, below the cache directory; `hash` names everything they are made from. */
  readonly directory: (hash: string) => string;
  /** Below that directory. */
  readonly programs: readonly string[];
  /** What else it is made from: texts that the result depends on. */
  readonly ingredients?: readonly string[];
  /** Prepares other sources in this directory, which is removed after the build, and returns the flags that use them. */
  readonly prepare?: (step: Step, directory: string) => Promise<readonly string[]>;
}

/** What a step that needs Go modules advises. */
export const goAdvice =
  "check that the Go module proxy can be reached. One of your own is taken from GOPROXY (`go env -w GOPROXY=<url>`), " +
  "a proxy from HTTPS_PROXY.";

/**
 * What every build is made with. Part of the hash that names the result.
 *
 * Without inlining (`-l`) the compiler needs a quarter less time (client-go: 91 s of CPU in place of 119 s), which a first
 * start waits for; these servers are idle most of theirs. Debug information costs another 11 %, and `-s -w` would throw it
 * away in the end.
 */
function buildFlags(part: Part): string[] {
  const tags = part.tags === undefined ? [] : [`-tags=${part.tags.join(",")}`];
  return ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false -l", `-ldflags=${part.linkerFlags}`, ...tags];
}

/** Builds the parts that are not in the cache yet. */
export async function ensureBuilt(parts: readonly Part[], to: Preparation): Promise<void> {
  const missing = parts.filter((part) => !isBuilt(part, to.cacheDirectory));
  // The compiler keeps all cores busy by itself, and parts share packages: one compiles at a time, the first whose
  // modules are there. The linker uses one core, so meanwhile the next part compiles.
  let compiler: Promise<unknown> = Promise.resolve();
  const build = async (part: Part) => {
    const plan = await to.steps.run(`download Go modules of ${part.name}`, (step) => prepare(part, to, step), goAdvice);
    const turn = compiler.then(() =>
      to.steps.run(`compile ${part.title}`, (step) => compile(part, plan, to, step), goAdvice),
    );
    compiler = turn.catch(() => undefined);
    await turn;
    await to.steps.run(`link ${part.name}`, (step) => link(part, plan, to, step));
  };
  await to.steps.all(missing.map(build));
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

/** Whether a part's programs are in the cache. */
export function isBuilt(part: Part, cacheDirectory: string): boolean {
  const directory = resultDirectory(part, cacheDirectory);
  return part.programs.every((program) => existsSync(join(directory, program)));
}

/** What is known of a build before it begins. */
interface Plan {
  readonly flags: readonly string[];
  readonly packageCount: number;
}

/** Downloads the part's modules. */
async function prepare(part: Part, to: Preparation, step: Step): Promise<Plan> {
  const prepared = (await part.prepare?.(step, sourceDirectory(part, to.cacheDirectory))) ?? [];
  const flags = [...buildFlags(part), ...prepared];
  const packages = await go(step.run, ["list", "-deps", ...flags, ...part.packages], part.name);
  return { flags, packageCount: packages.trim().split("\n").length };
}

/** Brings go.mod and go.sum of a part in line with what is really compiled: for when a version was changed. */
export async function tidy(part: Part, to: Preparation): Promise<void> {
  const directory = sourceDirectory(part, to.cacheDirectory);
  await to.steps.run(`tidy the Go modules of ${part.name}`, async (step) => {
    const flags = (await part.prepare?.(step, directory)) ?? [];
    // Vault's tests need modules that are not published any more.
    await go(step.run, ["mod", "tidy", "-e", ...flags], part.name);
    if (flags.length > 0) await takeTidied(part, step, directory);
  });
}

/** Takes over what was tidied with changed modules, less these and with the hashes of what they are copied from. */
async function takeTidied(part: Part, step: Step, directory: string): Promise<void> {
  const ours = join(goDirectory, part.name);
  const replacements = async (goMod: string) => {
    const text = await go(step.run, ["mod", "edit", "-json", goMod], part.name);
    const { Replace } = JSON.parse(text) as { Replace: { Old: { Path: string }; New: Replacement }[] | null };
    return new Map((Replace ?? []).map(({ Old, New }) => [Old.Path, New]));
  };
  const before = await replacements(join(ours, "go.mod"));
  const tidied = join(directory, "go.mod");
  const changed = [...(await replacements(tidied))]
    .filter(([, { Path }]) => isAbsolute(Path))
    .map(([module]) => module);
  const edits = changed.map((module) => {
    const original = before.get(module);
    return original === undefined
      ? `-dropreplace=${module}`
      : `-replace=${module}=${original.Path}@${original.Version ?? ""}`;
  });
  await go(step.run, ["mod", "edit", ...edits, tidied], part.name);
  const sums = readFileSync(join(directory, "go.sum"), "utf8").trim().split("\n");
  for (const module of changed) {
    const { Path, Version, Sum, GoModSum } = await downloadedModule(step.run, part.name, module);
    sums.push(`${Path} ${Version} ${Sum}`, `${Path} ${Version}/go.mod ${GoModSum}`);
  }
  const module = (line: string): string => line.split(" ", 1)[0] ?? "";
  const sorted = [...new Set(sums)].sort((a, b) => (module(a) < module(b) ? -1 : Number(module(a) > module(b))));
  cpSync(tidied, join(ours, "go.mod"));
  writeFileSync(join(ours, "go.sum"), [...sorted, ""].join("\n"));
  rmSync(directory, { recursive: true, force: true });
}

interface Replacement {
  readonly Path: string;
  readonly Version?: string;
}

/** Compiles every package into Go's own cache. */
async function compile(part: Part, plan: Plan, to: Preparation, step: Step): Promise<void> {
  let compiled = 0;
  await go(step.run, ["list", "-export", "-v", ...plan.flags, ...part.packages], part.name, {
    log: logFile(part, to),
    // One import path per line; messages have spaces.
    onLine: (line) => {
      if (!/^[\w.~/-]+$/.test(line)) return;
      compiled += 1;
      step.progress(`${compiled} of at most ${plan.packageCount} packages`);
    },
  });
}

async function link(part: Part, plan: Plan, to: Preparation, step: Step): Promise<void> {
  const result = resultDirectory(part, to.cacheDirectory);
  const unfinished = join(dirname(result), `.${basename(result)}.${process.pid}`);
  mkdirSync(unfinished, { recursive: true });
  try {
    await go(step.run, ["build", ...plan.flags, "-o", `${unfinished}/`, ...part.packages], part.name, {
      log: logFile(part, to),
    });
    rmSync(result, { recursive: true, force: true });
    renameSync(unfinished, result);
    rmSync(sourceDirectory(part, to.cacheDirectory), { recursive: true, force: true });
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function logFile(part: Part, to: Preparation): string {
  return join(to.cacheDirectory, "log", `build-${part.name}.log`);
}
