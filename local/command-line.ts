import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ensureLanguageHost } from "./binaries.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Deployment } from "./deployment.ts";
import type { LocalKeycloak } from "./keycloak-realm.ts";
import { Processes } from "./processes.ts";
import { addPulumi } from "./pulumi-home.ts";
import { writePrivateFile } from "./services/files.ts";
import { type ShellValue, shellExports } from "./shell-exports.ts";
import type { StackSettings } from "./stack-settings.ts";
import type { Tools } from "./tools.ts";

/**
 * Lets a person go on with `npx pulumi` and `kubectl` on what was deployed: starts what these need and writes a file for
 * a shell to read. Returns its path.
 */
export async function openCommandLine(options: {
  readonly tools: Tools;
  readonly controlPlane: ControlPlane;
  readonly keycloak: LocalKeycloak;
  readonly deployment: Deployment;
  /** The stack that the commands are about, with the settings that it was deployed with. */
  readonly stack: string;
  readonly settings: StackSettings;
  readonly stateDirectory: string;
}): Promise<string> {
  const { controlPlane, keycloak, deployment, stateDirectory } = options;
  const directory = join(stateDirectory, "command-line");
  const access: Record<string, ShellValue> = {
    ...deployment.access,
    VAULT_TOKEN: { file: controlPlane.vaultInitFile, field: "root_token" },
    KEYCLOAK_PASSWORD: { file: keycloak.administratorPasswordFile },
  };
  const variables: Record<string, ShellValue> = {
    ...access,
    ...deployment.backend,
    ...deployment.home,
    ...(await builtPulumi(options.tools, deployment.home["PULUMI_HOME"] ?? join(directory, "pulumi-home"))),
    PULUMI_STACK: options.stack,
    PULUMI_OPTION_CONFIG_FILE: stackFile(options, directory),
  };
  const standIns = join(directory, "stand-ins");
  const lines = [
    "# Leads pulumi, kubectl and vault to what was deployed on this machine.",
    shellExports(variables).trimEnd(),
    `export PATH='${kubectlDirectory(controlPlane, directory)}':"$PATH"`,
    ...((await serveStandIns(options, standIns)) ? [`. '${standIns}'`] : []),
    "",
  ];
  const file = join(stateDirectory, "env");
  writePrivateFile(file, lines.join("\n"));
  return file;
}

/** The settings as a person writes them; those that the Automation API keeps are JSON in text. */
function stackFile({ deployment, stack, settings }: Parameters<typeof openCommandLine>[0], directory: string): string {
  const engines = deployment.settingsFile(stack);
  // The salt of the state's encryption, once there is a state.
  const kept = existsSync(engines) ? (parse(readFileSync(engines, "utf8")) as { encryptionsalt?: string }) : {};
  const file = join(directory, `Pulumi.${stack}.yaml`);
  writePrivateFile(file, stringify({ config: settings, encryptionsalt: kept.encryptionsalt }));
  return file;
}

/**
 * Where `npx pulumi` finds a CLI that was built here, with its language host, in place of downloading one. A genuine one
 * is found without.
 */
async function builtPulumi({ binaries }: Tools, home: string): Promise<Record<string, string>> {
  const { pulumiIsBuilt, pulumiRoot } = binaries;
  if (!pulumiIsBuilt) return {};
  addPulumi(home, [join(pulumiRoot, "bin", "pulumi"), await ensureLanguageHost()]);
  return { PULUMI_HOME: home };
}

/** A directory with a `kubectl` that needs no settings. */
function kubectlDirectory({ kubectl, kubeconfig }: ControlPlane, directory: string): string {
  const programs = join(directory, "bin");
  mkdirSync(programs, { recursive: true });
  const words = kubectl.map((word) => `'${word}'`).join(" ");
  const script = `#!/bin/sh\nKUBECONFIG='${kubeconfig}' exec ${words} "$@"\n`;
  writeFileSync(join(programs, "kubectl"), script, { mode: 0o755 });
  return programs;
}

/** Serves the stand-ins of plugins that are not to be had here; says whether there are any. */
async function serveStandIns(
  { tools, controlPlane, deployment, stateDirectory }: Parameters<typeof openCommandLine>[0],
  file: string,
): Promise<boolean> {
  if (deployment.plugins.every(({ kind }) => kind === "genuine")) return false;
  const processes = new Processes(stateDirectory);
  // Written anew by a server that is started, and only then.
  if (!processes.isRunning("stand-ins")) rmSync(file, { force: true });
  await processes.start({
    name: "stand-ins",
    command: process.execPath,
    args: [join(import.meta.dirname, "plugins", "serve.ts"), file, tools.binaries.pulumiRoot, ...controlPlane.helm],
    // Nothing that differs from one shell to the next, or each would start another.
    env: { PATH: process.env["PATH"] ?? "", HOME: homedir(), ...deployment.access, ...deployment.home },
    cwd: deployment.workDirectory,
    ready: () => Promise.resolve(existsSync(file)),
    timeoutSeconds: 120,
  });
  return true;
}
