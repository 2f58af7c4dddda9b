import { existsSync, readFileSync } from "node:fs";
import {
  findChromium,
  findJava,
  findOnPath,
  findPostgres,
  findPython,
  findRedis,
  goVersion,
} from "./services/binaries.ts";
import { callerEnvironment } from "./services/run.ts";
import { type Steps, processSteps } from "./steps/steps.ts";

export type Need = "go" | "python" | "postgresql" | "redis" | "openssl" | "java" | "maven" | "browser";
export type PackageManager = "apt" | "brew" | "dnf" | "unknown";

/** What was found on this machine, as far as the decision needs it. */
export interface Machine {
  readonly packageManager: PackageManager;
  readonly root: boolean;
  /** systemd runs, so that an installed service would be started and enabled. */
  readonly systemd: boolean;
  readonly missing: readonly Need[];
}

/** What is missing, and what would install it. */
export interface Plan {
  /** One line per thing that is missing; empty when nothing is. */
  readonly problems: readonly string[];
  /** Commands that install what a package manager can install, as a person would type them. */
  readonly advice: readonly string[];
  /** The same commands for us to run; empty where a person has to. */
  readonly commands: readonly (readonly string[])[];
}

const purposes: Record<Need, string> = {
  go: "Go 1.26 or newer (`go`), which builds the control plane: https://go.dev/dl/",
  python: "Python 3.11 to 3.14 with venv, which LiteLLM runs on",
  postgresql: "the PostgreSQL server (`postgres`, `initdb`, `psql`), which runs in place of the CloudNativePG cluster",
  redis: "the Redis server (`redis-server`), which runs in place of Dragonfly",
  openssl: "`openssl`, which makes the local PostgreSQL's certificate",
  java: "Java 17 or newer (`java`), which Keycloak runs on",
  maven: "Maven (`mvn`), which gets Keycloak from Maven Central",
  browser: "Chromium or Google Chrome, in which the tests sign in",
};

const packages: Record<PackageManager, Partial<Record<Need, string>>> = {
  apt: {
    python: "python3-venv",
    postgresql: "postgresql",
    redis: "redis-server",
    openssl: "openssl",
    java: "default-jre-headless",
    maven: "maven",
    browser: "chromium",
  },
  brew: {
    go: "go",
    python: "python@3.13",
    postgresql: "postgresql@17",
    redis: "redis",
    openssl: "openssl",
    java: "openjdk",
    maven: "maven",
  },
  dnf: {
    go: "golang",
    python: "python3",
    postgresql: "postgresql-server",
    redis: "redis",
    openssl: "openssl",
    java: "java-21-openjdk-headless",
    maven: "maven",
    browser: "chromium",
  },
  unknown: {},
};

/** What Homebrew has as a cask, which is installed by a command of its own. */
const casks: Partial<Record<Need, string>> = { browser: "google-chrome" };

/** Debian's packages start and enable these; the local run has its own processes instead. */
const services: Partial<Record<Need, string>> = { postgresql: "postgresql", redis: "redis-server" };

/** Decides what to say and what to run. Pure. */
export function planPrerequisites(machine: Machine): Plan {
  const { packageManager, root, systemd, missing } = machine;
  const names = missing.map((need) => packages[packageManager][need]).filter((name) => name !== undefined);
  const problems = missing.map((need) => purposes[need]);
  if (packageManager === "brew") return { problems, advice: brewCommands(names, missing), commands: [] };
  if (names.length === 0) return { problems, advice: [], commands: [] };

  const sudo = root ? "" : "sudo ";
  if (packageManager !== "apt")
    return { problems, advice: [`${sudo}${packageManager} install ${names.join(" ")}`], commands: [] };

  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...names];
  const units = missing.map((need) => services[need]).filter((unit) => unit !== undefined);
  const disable = systemd && units.length > 0 ? [["systemctl", "disable", "--now", ...units]] : [];
  const commands = [["apt-get", "update"], install, ...disable];
  const advice = commands.map((command) => sudo + command.join(" "));
  // Nothing is installed where it would not be enough.
  const enough = names.length === missing.length;
  return { problems, advice, commands: root && enough ? commands : [] };
}

function brewCommands(names: readonly string[], missing: readonly Need[]): string[] {
  const applications = missing.map((need) => casks[need]).filter((name) => name !== undefined);
  return [
    ...(names.length === 0 ? [] : [`brew install ${names.join(" ")}`]),
    ...(applications.length === 0 ? [] : [`brew install --cask ${applications.join(" ")}`]),
  ];
}

/** The error's text: everything that is missing, then what to do about it. */
export function missingMessage(plan: Plan): string {
  const lines = ["This machine lacks:", ...plan.problems.map((problem) => `  - ${problem}`)];
  if (plan.advice.length > 0) lines.push("Install with:", ...plan.advice.map((line) => `  ${line}`));
  return lines.join("\n");
}

/** Which of the things that are not always needed are. */
export interface OptionalNeeds {
  /** Go; not when all control plane binaries are there already. Default: true. */
  readonly go?: boolean;
  /** Maven; not when Keycloak is there already. Default: true. */
  readonly maven?: boolean;
  /** A browser, which only tests use. Default: false. */
  readonly browser?: boolean;
}

export interface PrerequisiteOptions extends OptionalNeeds {
  /** Default: those of this process. */
  readonly steps?: Steps;
  /** Whether missing Debian packages may be installed, which also takes root. Default: true. */
  readonly install?: boolean;
}

/**
 * Makes sure that everything the local run needs is on the machine. As root on Debian and Ubuntu it installs the
 * packages that are missing; otherwise it throws one error that names all that is missing and the commands for it.
 */
export async function ensurePrerequisites(options: PrerequisiteOptions = {}): Promise<void> {
  const { steps = processSteps() } = options;
  const plan = planPrerequisites(await inspectMachine(options));
  if (plan.problems.length === 0) return;
  if (options.install === false || plan.commands.length === 0) throw new Error(missingMessage(plan));

  for (const command of plan.commands) await install(command, steps);
  const after = planPrerequisites(await inspectMachine(options));
  if (after.problems.length > 0) throw new Error(missingMessage(after));
}

/** Looks at the machine. */
export async function inspectMachine(optional: OptionalNeeds): Promise<Machine> {
  const { go: needGo = true, maven: needMaven = true, browser: needBrowser = false } = optional;
  const [go, python, java] = await Promise.all([needGo ? goVersion() : undefined, findPython(), findJava()]);
  const goIsOld = go === undefined || go[0] < 1 || (go[0] === 1 && go[1] < 26);
  const missing: Need[] = [];
  if (needGo && goIsOld) missing.push("go");
  if (python === undefined) missing.push("python");
  if (findPostgres() === undefined) missing.push("postgresql");
  if (findRedis() === undefined) missing.push("redis");
  if (findOnPath("openssl") === undefined) missing.push("openssl");
  if (java === undefined) missing.push("java");
  if (needMaven && findOnPath("mvn") === undefined) missing.push("maven");
  if (needBrowser && findChromium() === undefined) missing.push("browser");
  return {
    packageManager: packageManager(),
    root: process.getuid?.() === 0,
    systemd: existsSync("/run/systemd/system"),
    missing,
  };
}

function packageManager(): PackageManager {
  if (process.platform === "darwin") return "brew";
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)) return "apt";
  return findOnPath("dnf") === undefined ? "unknown" : "dnf";
}

async function install(command: readonly string[], steps: Steps): Promise<void> {
  const [program = "", ...args] = command;
  const text = command.join(" ");
  await steps.run(
    text,
    (step) =>
      step.run(text, program, args, {
        timeoutSeconds: 600,
        onLine: (line) => {
          step.progress(line.slice(0, 100));
        },
        // In runlevel 1 no service is started by its package, where there is no systemd to ask.
        env: { ...callerEnvironment(), DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
      }),
    "check that the package manager works: run the command yourself.",
  );
}
