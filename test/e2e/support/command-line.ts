import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { survivingPlugins } from "../../../program/helm/survivors.ts";
import { projectDirectory } from "../../../local/paths.ts";
import type { DeployedOutputs } from "../../../local/runtime.ts";
import { callerEnvironment, run } from "../../../local/services/run.ts";
import { type StackSettings, changed } from "../../../local/stack-settings.ts";
import { killedOnce } from "./killed.ts";
import { LocalPlatform, testDirectory } from "./local-platform.ts";

/** What a command printed, and the resources that it changed: `created kubernetes:core/v1:Namespace litellm-namespace`. */
export interface Printed {
  readonly code: number;
  readonly output: string;
  readonly changes: readonly string[];
}

/**
 * `npx pulumi` as people run it, with the genuine CLI, language host and Kubernetes plugin, in a copy of the project whose
 * stack files may be edited.
 */
export class CommandLine {
  readonly platform: LocalPlatform;
  /** The copy. */
  readonly project = join(testDirectory, "project");
  readonly #stack: "dev" | "prod";
  readonly #shell: string;
  /** Everything that was printed. */
  printed = "";

  private constructor(platform: LocalPlatform, stack: "dev" | "prod", shell: string) {
    this.platform = platform;
    this.#stack = stack;
    this.#shell = shell;
  }

  /** Starts a control plane with empty state, on which no stack is yet. */
  static async start(stack: "dev" | "prod"): Promise<CommandLine> {
    const platform = await LocalPlatform.start({ fresh: true, stack, genuineKubernetes: true });
    const line = new CommandLine(platform, stack, await platform.commandLine());
    copyProject(line.project);
    return line;
  }

  async stop(): Promise<void> {
    for (const pid of await survivingPlugins(this.project)) process.kill(pid, "SIGKILL");
    await this.platform.stop();
  }

  /** Writes the stack's settings as a person edits them, and keeps what the CLI has added. */
  configure(settings: StackSettings): void {
    const salt = /^encryptionsalt: .*$/m.exec(readFileSync(this.#file, "utf8"))?.[0] ?? "";
    writeFileSync(this.#file, `${stringify({ config: settings })}${salt}\n`);
  }

  async pulumi(...words: readonly string[]): Promise<Printed> {
    const { code, stdout, stderr } = await this.#run([...words, "--color", "never"]);
    const output = stdout + stderr;
    this.printed += output;
    const lines = output.matchAll(/^\s+[+~-]+\s+(\S+:\S+) (\S+) (created|updated|replaced|deleted) \(/gm);
    return { code, output, changes: [...lines].map(([, type, name, what]) => `${what} ${type} ${name}`).sort() };
  }

  async succeed(...words: readonly string[]): Promise<Printed> {
    const result = await this.pulumi(...words);
    assert.equal(result.code, 0, result.output);
    return result;
  }

  /** An `up` that must succeed. */
  up(...words: readonly string[]): Promise<Printed> {
    return this.succeed("up", "--yes", "--skip-preview", ...words);
  }

  async assertUnchanged(): Promise<void> {
    assert.deepEqual((await this.up("--expect-no-changes")).changes, []);
  }

  /** An `up` that is killed once something is there; and the state unlocked, as a person does it. */
  async killedUp(isTime: () => Promise<boolean>, whole?: "with its plugins" | "alone"): Promise<void> {
    await killedOnce({ ...this.#start(["up", "--yes", "--skip-preview"]), cwd: this.project }, isTime, whole);
    await this.succeed("cancel", "--yes");
  }

  async outputs(): Promise<DeployedOutputs> {
    const { code, stdout, stderr } = await this.#run(["stack", "output", "--json", "--show-secrets"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as DeployedOutputs;
  }

  async salt(): Promise<string> {
    const stored = await this.platform.vault.read("secret", `litellm/${this.#stack}/keys/salt`);
    return stored?.["key"] ?? assert.fail("there is no salt key");
  }

  get #file(): string {
    return join(this.project, `Pulumi.${this.#stack}.yaml`);
  }

  #run(words: readonly string[]) {
    const { command, args, env } = this.#start(words);
    return run(command, args, { cwd: this.project, env, timeoutSeconds: 540 });
  }

  #start(words: readonly string[]): { command: string; args: string[]; env: Record<string, string> } {
    const own = Object.entries(callerEnvironment()).filter(
      ([name]) => !/^(PULUMI|VAULT|KEYCLOAK|KUBECONFIG)/.test(name),
    );
    // The stack's own file, in place of the one that `npm start` writes.
    const script = `. '${this.#shell}' && unset PULUMI_OPTION_CONFIG_FILE && exec npx pulumi "$@"`;
    return { command: "sh", args: ["-c", script, "sh", ...words], env: Object.fromEntries(own) };
  }
}

/** The settings with a further model, like the first one. */
export function withModel(settings: StackSettings, name: string): StackSettings {
  return changed(settings, "litellm-platform:models", (models) => {
    const list = models["list"] as readonly object[];
    return { ...models, list: [...list, { ...list[0], model_name: name }] };
  });
}

function copyProject(target: string): void {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: projectDirectory,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter((name) => name !== "" && !/^(test|bench)\//.test(name))) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(projectDirectory, file), join(target, file));
  }
  symlinkSync(join(projectDirectory, "node_modules"), join(target, "node_modules"));
}
