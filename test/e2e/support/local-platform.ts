import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { automation } from "@pulumi/pulumi";
import { ensureKubernetesPlugin } from "../../../local/binaries.ts";
import { Cluster } from "../../../local/cluster.ts";
import { standInChart } from "../../../local/chart-source.ts";
import { openCommandLine } from "../../../local/command-line.ts";
import type { ControlPlane } from "../../../local/control-plane.ts";
import type { Deployment } from "../../../local/deployment.ts";
import { type StackSettings, stackSettings, withLocalAddresses } from "../../../local/stack-settings.ts";
import { processSteps } from "../../../local/steps/steps.ts";
import { type Local, openLocal } from "../../../local/open.ts";
import type { LocalKeycloak } from "../../../local/keycloak-realm.ts";
import { localDirectory } from "../../../local/paths.ts";
import { Processes } from "../../../local/processes.ts";
import { type DeployedOutputs, type Runtime, deployedOutputs, startRuntime } from "../../../local/runtime.ts";
import type { LiteLLMEnvironment } from "../../../local/services/litellm.ts";
import { removePostgresData } from "../../../local/services/postgres.ts";
import { type Tools, prepareTools } from "../../../local/tools.ts";
import type { VaultAdmin } from "../../../local/vault-admin.ts";

/** State of the control plane that the tests run on, apart from that of `npm start`. */
export const testDirectory = join(localDirectory, "e2e");

type StackName = "dev" | "prod";

/** What an `up` did: one line for each step that was not `same`, and everything that the engine printed. */
export interface UpReport {
  readonly steps: readonly string[];
  readonly output: string;
  readonly outputs: DeployedOutputs;
}

/** A control plane with the dev stack's engine, and hands to look inside. */
export class LocalPlatform {
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  readonly vault: VaultAdmin;
  readonly keycloak: LocalKeycloak;
  /** The dev stack's settings on this machine. */
  readonly settings: StackSettings;
  backendKey: string;
  readonly #stack: StackName;
  readonly #tools: Tools;
  readonly #deployment: Deployment;
  readonly #report: (line: string) => void;

  private constructor(parts: Local & { tools: Tools; report: (line: string) => void; stack: StackName }) {
    this.#stack = parts.stack;
    this.controlPlane = parts.controlPlane;
    this.cluster = new Cluster(parts.controlPlane.kubeconfig);
    this.vault = parts.vault;
    this.keycloak = parts.keycloak;
    this.backendKey = parts.backendKey;
    this.settings = withLocalAddresses(stackSettings(parts.stack), {
      vaultAddress: parts.controlPlane.vaultAddress,
      issuer: parts.keycloak.issuer,
      chartSource: standInChart("litellm-helm"),
    });
    this.#tools = parts.tools;
    this.#deployment = parts.deployment;
    this.#report = parts.report;
  }

  /** Starts with empty state, or with what an earlier start left (`fresh: false`). */
  static async start(options: {
    readonly fresh: boolean;
    readonly stack?: StackName;
    /** Whether the genuine plugin for Kubernetes is used. Default: only where one can be downloaded. */
    readonly genuineKubernetes?: boolean;
    /** Makes the token for Vault of whoever deploys. Default: it is the administrator's. */
    readonly deployer?: (vault: VaultAdmin) => Promise<string>;
  }): Promise<LocalPlatform> {
    const { report } = processSteps();
    const tools = await prepareTools({ browser: true });
    if (options.fresh) await LocalPlatform.remove();
    const kubernetesPlugin =
      options.genuineKubernetes === true && tools.binaries.pulumiIsBuilt ? await ensureKubernetesPlugin() : undefined;
    const { deployer } = options;
    const local = await openLocal({ tools, stateDirectory: testDirectory, report, deployer, kubernetesPlugin });
    return new LocalPlatform({ ...local, tools, report, stack: options.stack ?? "dev" });
  }

  /** Ends every process and deletes all state. */
  static async remove(): Promise<void> {
    await new Processes(testDirectory).stopAll();
    await removePostgresData(testDirectory);
    await rm(testDirectory, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.#deployment.close();
    await LocalPlatform.remove();
  }

  stack(settings: StackSettings = this.settings): Promise<automation.Stack> {
    return this.#deployment.stack(this.#stack, settings);
  }

  async up(settings: StackSettings = this.settings, options: { expectNoChanges?: boolean } = {}): Promise<UpReport> {
    const stack = await this.stack(settings);
    const steps: string[] = [];
    let output = "";
    const result = await stack.up({
      color: "never",
      ...options,
      onOutput: (text) => (output += text),
      onError: (text) => (output += text),
      onEvent: (event) => {
        const step = event.resourcePreEvent?.metadata;
        if (step === undefined || step.op === "same") return;
        steps.push(`${step.op} ${step.type} ${step.urn.slice(step.urn.lastIndexOf("::") + 2)}`);
      },
    });
    return { steps: steps.sort(), output, outputs: deployedOutputs(result.outputs) };
  }

  /** File for a shell to read, which leads `npx pulumi` and `kubectl` here. */
  commandLine(): Promise<string> {
    return openCommandLine({
      tools: this.#tools,
      controlPlane: this.controlPlane,
      keycloak: this.keycloak,
      deployment: this.#deployment,
      stack: this.#stack,
      settings: this.settings,
      stateDirectory: testDirectory,
    });
  }

  /** LiteLLM's virtual environment. */
  get litellm(): LiteLLMEnvironment {
    return this.#tools.litellm;
  }

  /** Starts or adapts the processes that pods would be. */
  serve(outputs: DeployedOutputs, breakAcl?: (deployed: string) => string): Promise<Runtime> {
    return startRuntime({
      tools: this.#tools,
      controlPlane: this.controlPlane,
      keycloak: this.keycloak,
      stateDirectory: testDirectory,
      report: this.#report,
      outputs,
      backendKey: this.backendKey,
      ...(breakAcl === undefined ? {} : { breakAcl }),
    });
  }

  /** What kubectl prints. */
  kubectl(...words: readonly string[]): Promise<string> {
    return this.#run([...this.controlPlane.kubectl, ...words]);
  }

  /** Forgets the stack's state and leaves what it has made. */
  async loseState(settings: StackSettings = this.settings): Promise<void> {
    const stack = await this.stack(settings);
    await stack.workspace.removeStack(stack.name, { force: true });
  }

  async #run([command = "", ...words]: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(command, words, {
      env: { ...process.env, KUBECONFIG: this.controlPlane.kubeconfig },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  /** The objects of a kind in the stack's namespace. */
  async names(kind: string, namespace = "litellm-dev"): Promise<string[]> {
    const text = await this.kubectl("get", kind, "-n", namespace, "-o", "name", "--ignore-not-found");
    return text.split("\n").filter((line) => line !== "");
  }
}
