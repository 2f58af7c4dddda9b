import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Listed, processes } from "../../../program/helm/survivors.ts";

/** A command to start, in a process group of its own. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a command and kills it once it is time.
 *
 * @param whole whether all that it has started is killed with it. Default: only the Pulumi CLI is, as a kernel that is
 * short of memory does, and its plugins go on
 */
export async function killedOnce(
  start: Command,
  isTime: () => Promise<boolean>,
  whole: "with its plugins" | "alone" = "with its plugins",
): Promise<void> {
  const { command, args, cwd, env } = start;
  const child = spawn(command, args, { cwd, env, detached: true, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  const deadline = Date.now() + 180_000;
  for (;;) {
    assert.ok(Date.now() < deadline && child.exitCode === null, "it ended before it could be killed");
    // What it is time for may be there already: the engine must be, too.
    if ((await isTime()) && (await killed(child.pid ?? 0, whole))) break;
    await sleep(50);
  }
  await ended;
}

/** Kills what a process has started; not before there is an engine. */
async function killed(root: number, whole: "with its plugins" | "alone"): Promise<boolean> {
  const started = await descendants(root);
  const engines = started.filter(({ command: [program = ""] }) => basename(program) === "pulumi");
  if (engines.length === 0) return false;
  // A plugin is in a process group of its own, to live through Ctrl-C.
  for (const { pid } of whole === "alone" ? engines : started) kill(pid);
  return true;
}

/** A process and all that it has started, directly or not. */
async function descendants(root: number): Promise<Listed[]> {
  const all = await processes();
  const below = (pid: number): Listed[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  return [...all.filter(({ pid }) => pid === root), ...below(root)];
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself, as what loses its parent may.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
