import { createHash } from "node:crypto";
import { createReadStream, existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Preparation, preparation } from "../preparation.ts";
import type { Step } from "../steps/steps.ts";
import { findJava, findOnPath } from "./binaries.ts";
import { shortHash } from "./files.ts";
import { isAlive } from "./process-status.ts";
import { callerEnvironment } from "./run.ts";

/** An unpacked Keycloak, built for the way in which the local run starts it. Nothing writes into it any more. */
export interface KeycloakDistribution {
  readonly version: string;
  readonly directory: string;
  /** The Java that it runs on. */
  readonly java: string;
}

/** The release, as Maven Central has it. The checksum is of the archive. */
const release = {
  group: "org.keycloak",
  artifact: "keycloak-quarkus-dist",
  version: "26.7.3",
  sha256: "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47",
  megabytes: 176,
} as const;

const mavenPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1";

/** What Keycloak fixes at build time. A start with `--optimized` refuses other values of these. */
const buildOptions = ["--db=dev-file", "--health-enabled=true", "--http-management-health-enabled=false"] as const;

const advice =
  "check that Maven Central can be reached. A mirror or a proxy is taken from Maven's settings (~/.m2/settings.xml).";

/** For quick starts of a small server: no optimizing compiler, no garbage collector with threads of its own. */
const javaOptions = [
  ...["-Xms64m", "-Xmx512m", "-XX:MaxMetaspaceSize=256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  ...["-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", "-Dfile.encoding=UTF-8"],
].join(" ");

/** The environment of `kc.sh`. It is complete: a `KC_` variable of the user's would change what is built and run. */
export function keycloakEnvironment(java: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", JAVA: java, JAVA_OPTS: javaOptions };
}

/** Whether {@link ensureKeycloak} has nothing to fetch. */
export function hasKeycloak(cacheDirectory: string): boolean {
  return existsSync(distributionDirectory(cacheDirectory));
}

/** Gets Keycloak from Maven Central and builds it, once per release. */
export async function ensureKeycloak(to: Preparation = preparation()): Promise<KeycloakDistribution> {
  const java = await findJava();
  if (java === undefined) throw new Error("no Java of a version that Keycloak runs on was found");
  const directory = distributionDirectory(to.cacheDirectory);
  removeAbandoned(directory);
  if (!existsSync(directory))
    await to.steps.run(`install Keycloak ${release.version}`, (step) => install(directory, java, step), advice);
  return { version: release.version, directory, java };
}

/** Named by everything the result is made from. */
function distributionDirectory(cacheDirectory: string): string {
  const hash = shortHash(JSON.stringify([release.sha256, buildOptions]));
  return join(cacheDirectory, `keycloak-${release.version}-${hash}`);
}

/** Where an installation is made; the process that makes it is in the name. */
function unfinishedDirectory(directory: string, pid: number): string {
  return join(dirname(directory), `.${basename(directory)}.${pid}`);
}

/** Removes what installations that were killed left behind: the archive and the unpacked files are large. */
function removeAbandoned(directory: string): void {
  if (!existsSync(dirname(directory))) return;
  const prefix = `.${basename(directory)}.`;
  for (const name of readdirSync(dirname(directory))) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    try {
      rmSync(join(dirname(directory), name), { recursive: true, force: true });
    } catch {
      // Maven outlived the process that started it and still writes there. The next start finds it ended.
    }
  }
}

async function install(directory: string, java: string, step: Step): Promise<void> {
  const unfinished = unfinishedDirectory(directory, process.pid);
  rmSync(unfinished, { recursive: true, force: true });
  const unpacked = join(unfinished, "keycloak");
  mkdirSync(unpacked, { recursive: true });
  const log = join(dirname(directory), "log", "keycloak.log");
  try {
    // A repository of its own, so that no second copy of the archive stays in the user's.
    const repository = join(unfinished, "repository");
    const archive = await download({ repository, java, log, step });
    await checkArchive(archive, release.sha256);
    step.progress("unpacking");
    await step.run("unpacking Keycloak", "tar", ["-xzf", archive, "-C", unpacked, "--strip-components=1"], {
      timeoutSeconds: 300,
    });
    rmSync(repository, { recursive: true });
    step.progress("building");
    await step.run("building Keycloak", join(unpacked, "bin", "kc.sh"), ["build", ...buildOptions], {
      env: keycloakEnvironment(java),
      timeoutSeconds: 600,
      log,
    });
    // Another run may have been quicker; its result is the same.
    if (!existsSync(directory)) renameSync(unpacked, directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

interface Download {
  readonly repository: string;
  readonly java: string;
  readonly log: string;
  readonly step: Step;
}

/** Lets Maven, with the user's settings, get the archive into the repository; returns its path. */
async function download({ repository, java, log, step }: Download): Promise<string> {
  const maven = findOnPath("mvn");
  if (maven === undefined) throw new Error("Maven (`mvn`), which gets Keycloak from Maven Central, is not installed");
  const { group, artifact, version, megabytes } = release;
  const directory = join(repository, ...group.split("."), artifact, version);
  let files = 0;
  const progress = setInterval(() => {
    const megabytesReceived = received(directory);
    const state = megabytesReceived > 0 ? `${megabytesReceived} of ${megabytes} MB` : `${files} files of Maven's own`;
    step.progress(state);
  }, 1000);
  const coordinates = `${group}:${artifact}:${version}:tar.gz`;
  try {
    await step.run(
      `getting ${coordinates} with Maven`,
      maven,
      [
        ...["--batch-mode", "--strict-checksums", "-Dstyle.color=never", `-Dmaven.repo.local=${repository}`],
        ...[`${mavenPlugin}:get`, `-Dartifact=${coordinates}`, "-Dtransitive=false"],
      ],
      {
        env: { ...callerEnvironment(), JAVA_HOME: dirname(dirname(java)) },
        timeoutSeconds: 1800,
        log,
        onLine: (line) => {
          if (line.includes("Downloaded from ")) files += 1;
        },
      },
    );
  } finally {
    clearInterval(progress);
  }
  return join(directory, `${artifact}-${version}.tar.gz`);
}

/** Refuses an archive that is not the pinned one. */
export async function checkArchive(archive: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest("hex");
  if (found !== sha256)
    throw new Error(`${basename(archive)} has the SHA-256 ${found}, and the release that is pinned has ${sha256}`);
}

/** Megabytes of the archive so far; Maven gives it another name while it comes. */
function received(directory: string): number {
  const sizes = globSync(join(directory, "*.tar.gz*")).map((file) => statSync(file, { throwIfNoEntry: false })?.size);
  return Math.round(Math.max(0, ...sizes.map((size) => size ?? 0)) / 1e6);
}
