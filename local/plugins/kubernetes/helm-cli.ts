/** Runs the Helm CLI. Credentials and values go through files that only this user can read, never through arguments. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How a run of Helm ended. */
export interface HelmResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** The last lines of what Helm complained about. */
  readonly complaint: string;
}

export interface HelmOptions {
  /** Values as YAML or JSON texts; a later one overrides an earlier one. */
  readonly values?: readonly string[];
  readonly signal?: AbortSignal;
}

/** The Helm CLI, bound to one cluster. */
export class HelmCli {
  readonly #argv: readonly string[];
  readonly #kubeconfig: string;

  constructor(argv: readonly string[], kubeconfig: string) {
    this.#argv = argv;
    this.#kubeconfig = kubeconfig;
  }

  /** Runs Helm with these arguments; the values' files are appended to them. */
  async run(args: readonly string[], options: HelmOptions = {}): Promise<HelmResult> {
    const directory = await mkdtemp(join(tmpdir(), "helm-"));
    try {
      const kubeconfig = await writePrivate(directory, "kubeconfig", this.#kubeconfig);
      const files = await Promise.all(
        (options.values ?? []).map((text, index) => writePrivate(directory, `values-${index}.yaml`, text)),
      );
      const all = [...args, ...files.flatMap((file) => ["--values", file])];
      return await this.#spawn(all, kubeconfig, options.signal);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  #spawn(args: readonly string[], kubeconfig: string, signal: AbortSignal | undefined): Promise<HelmResult> {
    const [command, ...prefix] = this.#argv;
    if (command === undefined) throw new Error("no Helm CLI is given");
    return new Promise((resolve, reject) => {
      const child = spawn(command, [...prefix, ...args], {
        env: { ...process.env, KUBECONFIG: kubeconfig },
        stdio: ["ignore", "pipe", "pipe"],
        // SIGTERM: Helm then marks the release as failed instead of leaving it pending.
        ...(signal && { signal, killSignal: "SIGTERM" }),
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
      child.on("error", (error) => {
        if (error.name !== "AbortError") reject(new Error(`the Helm CLI cannot be run: ${error.message}`));
      });
      child.on("close", (code) => {
        resolve({ ok: code === 0, stdout, complaint: lastLines(stderr) });
      });
    });
  }
}

async function writePrivate(directory: string, name: string, text: string): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

function lastLines(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("WARNING:"));
  return lines.slice(-5).join("\n");
}
