/**
 * Chooses, for each resource plugin that the project needs, between the genuine one and its stand-in. Stand-ins are
 * for trying and testing on a network from which Pulumi's plugins cannot be downloaded.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { downloadServer, isOpenNetwork, pulumiHome } from "../pulumi-downloads.ts";
import { installedVersion, sdkVersion } from "../sdk-version.ts";
import { messageOf } from "./errors.ts";
import { keycloakPlugin } from "./keycloak.ts";
import { kubernetesPlugin } from "./kubernetes.ts";
import type { ChartOverride } from "./kubernetes/helm-chart.ts";
import type { StandIn } from "./plugin.ts";
import { randomPlugin } from "./random.ts";
import { servePlugin } from "./server.ts";
import type { PluginServer } from "./server.ts";
import { vaultPlugin } from "./vault.ts";

export type { ChartOverride, ChartReference } from "./kubernetes/helm-chart.ts";

/** Which plugin is used for one package. */
export interface UsedPlugin {
  readonly name: string;
  /** Version of the npm SDK, and so of the plugin. */
  readonly version: string;
  readonly kind: "genuine" | "stand-in";
  readonly reason: string;
}

/** The plugins for one or more runs of Pulumi. */
export interface AttachedPlugins {
  /** Environment for the Pulumi CLI: `PULUMI_DEBUG_PROVIDERS` and its like when a stand-in is used, else empty. */
  readonly env: Readonly<Record<string, string>>;
  readonly used: readonly UsedPlugin[];
  /** Stops the stand-ins. */
  stop(): Promise<void>;
}

export interface AttachOptions {
  /** Directory that holds `bin/pulumi`. */
  readonly pulumiRoot: string;
  /** Argv prefix of the Helm CLI. */
  readonly helm: readonly string[];
  /** Takes one line of progress. */
  readonly report: (line: string) => void;
  /**
   * Gives the local chart directory or archive to install instead of the chart that a release names, or `undefined`
   * to leave it. Only the stand-in honours it.
   */
  readonly chartOverride?: ChartOverride;
  /** Environment that the stand-ins see on top of this process's own, as the genuine plugins see that of the CLI. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface Choice {
  readonly used: UsedPlugin;
  readonly server?: PluginServer;
}

const installSeconds = 60;
/** Installations that failed in this process; another attempt would fail the same way. */
const failedInstalls = new Map<string, string>();
const run = promisify(execFile);

/** Finds or installs the genuine plugins, and starts stand-ins for the others. */
export async function attachPlugins(options: AttachOptions): Promise<AttachedPlugins> {
  const { helm, chartOverride } = options;
  const environment = () => ({ ...process.env, ...options.environment });
  const keycloakVersion = installedVersion("keycloak");
  const standIns = [
    kubernetesPlugin({ version: sdkVersion("kubernetes"), helm, chartOverride, environment }),
    randomPlugin(sdkVersion("random")),
    vaultPlugin(sdkVersion("vault"), environment),
    // Its SDK is an optional dependency: without it no program can ask for the plugin.
    ...(keycloakVersion === undefined ? [] : [keycloakPlugin(keycloakVersion, environment)]),
  ];
  const choices = await Promise.all(standIns.map((standIn) => choose(standIn, options)));
  for (const { used } of choices) {
    options.report(`plugin ${used.name} ${used.version}: ${used.kind} (${used.reason})`);
  }
  const ports = choices.flatMap(({ used, server }) => (server === undefined ? [] : [`${used.name}:${server.port}`]));
  return {
    env: ports.length === 0 ? {} : standInEnvironment(ports),
    used: choices.map(({ used }) => used),
    stop: async () => {
      await Promise.all(choices.flatMap(({ server }) => (server === undefined ? [] : [server.stop()])));
    },
  };
}

function standInEnvironment(ports: readonly string[]): Record<string, string> {
  return {
    PULUMI_DEBUG_PROVIDERS: ports.join(","),
    // The engine would try to download, for seconds at every run, what has just been found not to be available.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

async function choose(standIn: StandIn, { pulumiRoot, report, environment }: AttachOptions): Promise<Choice> {
  const { name, version } = standIn;
  const home = environment?.["PULUMI_HOME"] ?? pulumiHome();
  const genuine = (reason: string): Choice => ({ used: { name, version, kind: "genuine", reason } });
  if (isInstalled(home, name, version)) return genuine("installed");
  const failure = await install(name, version, pulumiRoot, report);
  if (failure === undefined) return genuine("downloaded");
  const server = await servePlugin(standIn);
  return {
    used: { name, version, kind: "stand-in", reason: `the genuine plugin cannot be installed: ${failure}` },
    server,
  };
}

function isInstalled(home: string, name: string, version: string): boolean {
  const directory = join(home, "plugins", `resource-${name}-v${version}`);
  // The CLI marks an installation that has not been finished with a file of this name beside it.
  return existsSync(directory) && !existsSync(`${directory}.partial`);
}

/** Why the installation failed; `undefined` when it did not. */
async function install(
  name: string,
  version: string,
  pulumiRoot: string,
  report: (line: string) => void,
): Promise<string | undefined> {
  const key = `${name} ${version}`;
  const known = failedInstalls.get(key);
  if (known !== undefined) return known;
  if (!(await isOpenNetwork())) return remember(key, `${downloadServer} is out of reach`);
  report(`plugin ${name} ${version}: installing`);
  try {
    await run(join(pulumiRoot, "bin", "pulumi"), ["plugin", "install", "resource", name, version], {
      timeout: installSeconds * 1000,
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return isInstalled(pulumiHome(), name, version)
      ? undefined
      : remember(key, "the Pulumi CLI installed something else");
  } catch (error) {
    return remember(key, shortReason(error));
  }
}

function remember(key: string, reason: string): string {
  failedInstalls.set(key, reason);
  return reason;
}

function shortReason(error: unknown): string {
  if (error instanceof Error && "killed" in error && error.killed === true) return `no answer in ${installSeconds} s`;
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const line = stderr.split("\n").find((candidate) => candidate.startsWith("error:"));
  return (line ?? messageOf(error).split("\n")[0] ?? "").replace(/^error:\s*(\[[^\]]*\]\s*)?/, "").slice(0, 200);
}
