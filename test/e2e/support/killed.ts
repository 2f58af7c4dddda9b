import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

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
  while (!(await isTime())) {
    assert.ok(Date.now() < deadline && child.exitCode === null, "it ended before it could be killed");
    await sleep(50);
  }
  assert.ok(child.pid !== undefined && child.exitCode === null, "it ended before it could be killed");
  process.kill(whole === "alone" ? engineOf(child.pid) : -child.pid, "SIGKILL");
  await ended;
}

/** The Pulumi CLI in a process group. */
function engineOf(group: number): number {
  const engines = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [program = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        // pid (name) state parent group
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
        return basename(program) === "pulumi" && fields[2] === String(group);
      } catch {
        return false;
      }
    });
  assert.equal(engines.length, 1, "one engine is at work");
  return Number(engines[0]);
}
