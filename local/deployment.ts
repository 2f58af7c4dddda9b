import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { automation } from "@pulumi/pulumi";
import { gatewayStack } from "../automation/index.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { LocalKeycloak } from "./keycloak-realm.ts";
import type { StackSettings } from "./stack-settings.ts";
import { projectDirectory } from "./paths.ts";
import { type AttachedPlugins, attachPlugins } from "./plugins/attach.ts";
import { addPlugin } from "./pulumi-home.ts";
import { sdkVersion } from "./sdk-version.ts";
import { generatedSecret } from "./services/files.ts";
import type { Tools } from "./tools.ts";
import { rootToken } from "./vault-admin.ts";

/** The engine on the control plane: its plugins, its backend, and the way to a stack. */
export interface Deployment {
  readonly plugins: AttachedPlugins["used"];
  /** Variables that lead the plugins to the cluster, Vault and Keycloak; they hold secrets. */
  readonly access: Readonly<Record<string, string>>;
  /** Variables that lead the CLI to its state. */
  readonly backend: Readonly<Record<string, string>>;
  /** `PULUMI_HOME`, where plugins that were built here are in one of its own. */
  readonly home: Readonly<Record<string, string>>;
  /** Where the plugins run. */
  readonly workDirectory: string;
  /** The file with a stack's settings. */
  settingsFile(stack: string): string;
  /** The stack of this name with exactly these settings. */
  stack(name: string, settings: StackSettings): Promise<automation.Stack>;
  /** Ends the stand-in plugins. */
  close(): Promise<void>;
}

/** Opens the genuine Pulumi engine with a file backend below the state directory. */
export async function openDeployment(options: {
  readonly tools: Tools;
  readonly controlPlane: ControlPlane;
  readonly keycloak: Pick<LocalKeycloak, "access">;
  /** Token for Vault of whoever deploys. Default: the administrator's. */
  readonly vaultToken?: string | undefined;
  /** A plugin for Kubernetes that was built here. Default: the stand-in, where none can be downloaded. */
  readonly kubernetesPlugin?: string | undefined;
  readonly stateDirectory: string;
  readonly report: (line: string) => void;
}): Promise<Deployment> {
  const { tools, controlPlane } = options;
  const directory = join(options.stateDirectory, "pulumi");
  const work = join(directory, "work");
  await mkdir(join(directory, "backend"), { recursive: true });
  await mkdir(work, { recursive: true });
  const access = {
    KUBECONFIG: controlPlane.kubeconfig,
    VAULT_ADDR: controlPlane.vaultAddress,
    VAULT_TOKEN: options.vaultToken ?? rootToken(controlPlane.vaultInitFile),
    ...options.keycloak.access,
  };
  const home = builtPlugins(join(directory, "home"), options.kubernetesPlugin);
  const plugins = await attachPlugins({
    pulumiRoot: tools.binaries.pulumiRoot,
    helm: controlPlane.helm,
    report: options.report,
    environment: { ...access, ...home },
  });
  const backend = {
    // Without the files of attributes that it would write beside each state: a killed engine leaves them cut off, and
    // the state then counts as unreadable.
    PULUMI_BACKEND_URL: `file://${join(directory, "backend")}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(directory),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const environment = { ...plugins.env, ...access, ...backend, ...home };
  const pulumiCommand = await automation.PulumiCommand.get({ root: tools.binaries.pulumiRoot });
  return {
    plugins: plugins.used,
    access,
    backend,
    home,
    workDirectory: work,
    settingsFile: (name) => join(work, `Pulumi.${name}.yaml`),
    stack: (name, settings) =>
      gatewayStack({
        stack: name,
        config: settings,
        projectDirectory,
        workDirectory: work,
        environment,
        pulumiCommand,
      }),
    close: () => plugins.stop(),
  };
}

/** The engine's home with a plugin in place of what it would download. */
function builtPlugins(home: string, program: string | undefined): Record<string, string> {
  if (program === undefined) return {};
  addPlugin(home, { name: "kubernetes", version: sdkVersion("kubernetes"), program });
  return { PULUMI_HOME: home };
}

/** The passphrase that encrypts secrets in the local state, made once. */
function passphraseFile(directory: string): string {
  const file = join(directory, "passphrase");
  generatedSecret(file);
  return file;
}
