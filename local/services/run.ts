import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { signalGroup } from "./process-status.ts";

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
  /** Ends the command and everything that it started. */
  readonly signal?: AbortSignal;
  /** File that takes both outputs. */
  readonly log?: string;
  /** Called once with the processor time, in seconds, of the command and of all that it waited for. */
  readonly onCpu?: (seconds: number) => void;
}

export interface RunResult {
  /** Exit code; as in a shell 127 when the command cannot be started and 128 + n after signal n, 124 after a time-out. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** After this many seconds a command that does not end by SIGTERM is killed. */
const graceSeconds = 3;

/** Process groups of commands that run. */
const groups = new Set<number>();
process.on("exit", () => {
  for (const group of groups) signalGroup(group, "SIGKILL");
});

/** Runs a command to its end and returns what it wrote. Whatever the exit code, it does not reject. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { env, cwd, uid, gid, onLine, onCpu, signal } = options;
  const timeoutSeconds = options.timeoutSeconds ?? 60;
  // Node does not tell the processor time of a child; the shell that waits for it does.
  const [program, words] =
    onCpu === undefined
      ? [command, args]
      : ["/bin/sh", ["-c", '"$@" 3>&-; code=$?; times >&3; exit $code', "sh", command, ...args]];
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve({ code: 143, stdout: "", stderr: `${command} was not started` });
      return;
    }
    const child = spawn(program, words, {
      stdio: ["pipe", "pipe", "pipe", ...(onCpu === undefined ? [] : ["pipe" as const])],
      // A group of its own, so that it can be ended with all that it started.
      detached: true,
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    }) as ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream };
    const group = child.pid;
    if (group !== undefined) groups.add(group);
    const end = (how: NodeJS.Signals) => {
      if (group !== undefined) signalGroup(group, how);
    };
    const log = options.log === undefined ? undefined : createWriteStream(options.log, { mode: 0o600 });
    // What cannot be logged is still in what is returned.
    log?.on("error", () => undefined);

    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
        log?.write(text);
      });
      if (onLine !== undefined) createInterface({ input: child[name] }).on("line", onLine);
    }
    let times = "";
    (child.stdio[3] as NodeJS.ReadableStream | undefined)?.setEncoding("utf8").on("data", (text: string) => {
      times += text;
    });

    let ending: NodeJS.Timeout | undefined;
    const onAbort = () => {
      end("SIGTERM");
      ending = setTimeout(() => {
        end("SIGKILL");
      }, graceSeconds * 1000);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      end("SIGKILL");
    }, timeoutSeconds * 1000);

    const finish = (code: number, note = "") => {
      clearTimeout(timer);
      clearTimeout(ending);
      signal?.removeEventListener("abort", onAbort);
      // What it started and did not wait for.
      if (timedOut || signal?.aborted === true) end("SIGKILL");
      if (group !== undefined) groups.delete(group);
      log?.end();
      onCpu?.(childSeconds(times));
      resolve({ code, stdout: output.stdout, stderr: output.stderr + note });
    };
    child.on("error", (error) => {
      finish(127, error.message);
    });
    child.on("close", (code, ended) => {
      if (timedOut) finish(124, `\n${command} was stopped after ${timeoutSeconds} s`);
      else finish(code ?? 128 + signalNumber(ended));
    });
    // A command that ends without reading its input closes the pipe; its exit code says what happened.
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") child.emit("error", error);
    });
    child.stdin.end(options.input ?? "");
  });
}

/** {@link mustRun}, or the same as part of something. */
export type MustRun = typeof mustRun;

/** Like {@link run}, and throws when the command fails, with the end of what it wrote. */
export async function mustRun(
  task: string,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  const log = options.log === undefined ? "" : `\nAll of its output is in ${options.log}`;
  throw new Error(`${task} failed (exit code ${code}):\n${lastLines(stderr.trim() || stdout, 15)}${log}`);
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

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : constants.signals[name];
}

/** Seconds on the second line of the shell's `times`, such as `1m2.50s 0m0.25s`: user and system, of its children. */
function childSeconds(times: string): number {
  const fields = times.trim().split("\n")[1]?.split(/\s+/) ?? [];
  return fields.reduce((sum, field) => {
    const [, minutes = "0", seconds = "0"] = /^(\d+)m([\d.]+)s$/.exec(field) ?? [];
    return sum + Number(minutes) * 60 + Number(seconds);
  }, 0);
}
