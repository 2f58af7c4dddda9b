import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { go, goDirectory, goEnvironment, moduleDirectory, pinnedVersion } from "./go-tool.ts";

/** The programs of the local control plane. */
export interface Binaries {
  /** Every server and kubectl in one program; the first argument chooses. See `go/controlplane/main.go`. */
  readonly controlPlane: string;
  readonly helm: string;
  readonly vault: string;
  /** Directory with `bin/pulumi`. */
  readonly pulumiRoot: string;
  /** Begin of the command line that runs the External Secrets Operator. */
  readonly externalSecrets: readonly string[];
}

/** One Go module under `go/` and the programs that are built from it together. */
interface Part {
  readonly name: string;
  readonly title: string;
  readonly packages: readonly string[];
  readonly linkerFlags: string;
  /** Where the programs go, below the cache directory; `hash` names everything they are made from. */
  readonly directory: (hash: string) => string;
  /** Below that directory. */
  readonly programs: readonly string[];
}

const externalSecretsSources = join(goDirectory, "external-secrets");
const externalSecretsModule = "github.com/external-secrets/external-secrets";
const pulumiModule = "github.com/pulumi/pulumi/pkg/v3";
const pulumiVersion = pinnedVersion("pulumi", pulumiModule);

/**
 * Files of External Secrets that are left out: they set up admission webhooks, which do not run here, through an
 * interface that the controller-runtime that goes with this Kubernetes version no longer has.
 */
const EXTERNAL_SECRETS_LEFT_OUT = [
  "apis/externalsecrets/v1/externalsecret_webhook.go",
  "apis/externalsecrets/v1/secretstore_webhook.go",
  "apis/externalsecrets/v1beta1/externalsecret_webhook.go",
  "apis/externalsecrets/v1beta1/secretstore_webhook.go",
  "cmd/controller/webhook.go",
];

const controlPlanePart: Part = {
  name: "controlplane",
  title: "Kubernetes control plane (etcd, kube-apiserver, controllers, KWOK, External Secrets, kubectl, helm)",
  packages: [".", "helm.sh/helm/v3/cmd/helm"],
  linkerFlags: linkerFlags({
    ...kubernetesVersion("k8s.io/component-base/version"),
    ...kubernetesVersion("k8s.io/client-go/pkg/version"),
    "helm.sh/helm/v3/internal/version.version": pinnedVersion("controlplane", "helm.sh/helm/v3"),
  }),
  directory: (hash) => join("bin", `controlplane-${hash}`),
  programs: ["controlplane", "helm"],
};

const vaultPart: Part = {
  name: "vault",
  title: "Vault",
  packages: ["."],
  linkerFlags: linkerFlags({}),
  directory: (hash) => join("bin", `vault-${hash}`),
  programs: ["vault"],
};

const pulumiPart: Part = {
  name: "pulumi",
  title: `Pulumi CLI ${pulumiVersion}`,
  packages: [`${pulumiModule}/cmd/pulumi`],
  linkerFlags: linkerFlags({ "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumiVersion }),
  directory: (hash) => join(`pulumi-${pulumiVersion.slice(1)}-${hash}`, "bin"),
  programs: ["pulumi"],
};

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

/**
 * Builds what is not in the cache yet and says how it goes.
 *
 * @param options.cacheDirectory where programs are kept, named by a hash of all they are made from
 * @param options.report takes one line of progress at a time
 */
export async function ensureBinaries(options: {
  cacheDirectory: string;
  report: (line: string) => void;
}): Promise<Binaries> {
  const installed = await installedPulumi();
  if (installed !== undefined) options.report(`using the Pulumi CLI ${pulumiVersion} in ${installed}`);
  const parts = [controlPlanePart, vaultPart, ...(installed === undefined ? [pulumiPart] : [])];
  const missing = parts.filter((part) => !isBuilt(part, options.cacheDirectory));
  if (missing.length > 0) {
    await checkGo();
    // The modules of later parts are downloaded while earlier ones compile; the compiler keeps all cores busy by itself.
    const prepared = missing.map((part) => ({ part, plan: prepare(part, options.cacheDirectory, options.report) }));
    for (const { plan } of prepared) plan.catch(() => undefined);
    for (const { part, plan } of prepared) await build(part, await plan, options);
  }
  const directory = (part: Part): string => resultDirectory(part, options.cacheDirectory);
  const controlPlane = join(directory(controlPlanePart), "controlplane");
  return {
    controlPlane,
    helm: join(directory(controlPlanePart), "helm"),
    vault: join(directory(vaultPart), "vault"),
    pulumiRoot: installed ?? dirname(directory(pulumiPart)),
    externalSecrets: [controlPlane, "external-secrets"],
  };
}

/** No debugger will look at these programs, so they carry no symbols; some learn their version only from the linker. */
function linkerFlags(variables: Readonly<Record<string, string>>): string {
  return ["-s -w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

function kubernetesVersion(versionPackage: string): Record<string, string> {
  const version = pinnedVersion("controlplane", "k8s.io/kubernetes");
  const [major = "", minor = ""] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${versionPackage}.${name}`, value]));
}

function sourceFiles(part: Part): string[] {
  const own = globSync(join(goDirectory, part.name, "**/*.{go,mod,sum}"));
  return [...own, ...(part === controlPlanePart ? globSync(join(externalSecretsSources, "**/*.go")) : [])].sort();
}

function hashOf(part: Part): string {
  const hash = createHash("sha256");
  hash.update(
    JSON.stringify([part.packages, buildFlags(part), EXTERNAL_SECRETS_LEFT_OUT, process.platform, process.arch]),
  );
  for (const file of sourceFiles(part)) hash.update(relative(goDirectory, file)).update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

function resultDirectory(part: Part, cacheDirectory: string): string {
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

/** The root of an installed Pulumi CLI of exactly the pinned version: where `npx pulumi` keeps it, or on PATH. */
async function installedPulumi(): Promise<string | undefined> {
  const npmKeepsIt = join(homedir(), ".pulumi", "versions", pulumiVersion.slice(1), "bin");
  const searched = [npmKeepsIt, ...(process.env["PATH"] ?? "").split(delimiter)];
  for (const directory of searched) {
    const program = join(directory, "pulumi");
    // npm's `pulumi` is a script that downloads the CLI.
    if (directory === "" || directory.includes("node_modules") || !existsSync(program)) continue;
    const version = await promisify(execFile)(program, ["version"], { timeout: 10_000 }).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
    if (version === pulumiVersion) return dirname(dirname(realpathSync(program)));
  }
  return undefined;
}

async function checkGo(): Promise<void> {
  try {
    await go(["list", "-m"], join(goDirectory, controlPlanePart.name));
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
  const flags = [...buildFlags(part), ...(part === controlPlanePart ? await externalSecretsFlags(cacheDirectory) : [])];
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

/**
 * Go cannot overlay files of its module cache, so External Secrets is compiled from a copy of its module with our
 * files in place of the same ones there. The copy is named in a go.mod of its own, because its path is the machine's.
 */
async function externalSecretsFlags(cacheDirectory: string): Promise<string[]> {
  const part = controlPlanePart;
  const original = await moduleDirectory(externalSecretsModule, pinnedVersion(part.name, externalSecretsModule));
  const directory = sourceDirectory(part, cacheDirectory);
  const copy = join(directory, "external-secrets");
  rmSync(directory, { recursive: true, force: true });
  for (const name of ["apis", "cmd", "pkg", "go.mod"]) {
    cpSync(join(original, name), join(copy, name), {
      recursive: true,
      filter: (path) => !path.endsWith("_test.go") && !EXTERNAL_SECRETS_LEFT_OUT.includes(relative(original, path)),
    });
  }
  // Files of the module cache are read-only, and so are their copies.
  for (const file of globSync(join(externalSecretsSources, "**/*.go"))) {
    const target = join(copy, relative(externalSecretsSources, file));
    rmSync(target);
    cpSync(file, target);
  }
  const ours = join(goDirectory, part.name);
  const goMod = readFileSync(join(ours, "go.mod"), "utf8");
  writeFileSync(join(directory, "go.mod"), `${goMod}\nreplace ${externalSecretsModule} => ${copy}\n`);
  cpSync(join(ours, "go.sum"), join(directory, "go.sum"));
  return [`-modfile=${join(directory, "go.mod")}`];
}

async function build(
  part: Part,
  plan: Plan,
  options: { cacheDirectory: string; report: (line: string) => void },
): Promise<void> {
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
