import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface RunOptions {
  /** The complete environment; left out, the caller's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Text for standard input: the way for anything that must not stand in an argument list. */
  readonly input?: string;
  /** After this many seconds the command is killed. Default: 60. */
  readonly timeoutSeconds?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Called with each line of either output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** Exit code; 127 when the command cannot be started, as in a shell, and 124 when its time was over. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and returns what it wrote. Whatever the exit code, it does not reject. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { env, cwd, uid, gid, onLine } = options;
  const timeoutSeconds = options.timeoutSeconds ?? 60;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
      if (onLine !== undefined) createInterface({ input: child[name] }).on("line", onLine);
    }
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutSeconds * 1000);
    const finish = (code: number, note = "") => {
      clearTimeout(timer);
      resolve({ code, stdout: output.stdout, stderr: output.stderr + note });
    };
    child.on("error", (error) => {
      finish(127, error.message);
    });
    child.on("close", (code) => {
      if (timedOut) finish(124, `\n${command} was stopped after ${timeoutSeconds} s`);
      else finish(code ?? 1);
    });
    // A command that ends without reading its input closes the pipe; its exit code says what happened.
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") child.emit("error", error);
    });
    child.stdin.end(options.input ?? "");
  });
}

/** Like {@link run}, and throws when the command fails, with the end of what it wrote. */
export async function mustRun(
  task: string,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${task} failed (exit code ${code}):\n${lastLines(stderr.trim() || stdout, 15)}`);
  return stdout;
}

/** The caller's environment without what is not set, to add something to it. */
export function callerEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The last lines of a text. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
