import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { promisify } from "node:util";

/** A process as the system lists it. */
export interface Listed {
  readonly pid: number;
  readonly parent: number;
  /** The program's path. */
  readonly program: string;
}

/**
 * Kubernetes plugins on this machine whose engine is gone. A plugin notices that only every five minutes, and finishes
 * what it is at. None where the system does not tell, as on Windows.
 */
export async function survivingPlugins(): Promise<number[]> {
  return orphans(await processes());
}

/** Plugins whose parent is no engine. Pure. */
export function orphans(listed: readonly Listed[]): number[] {
  const engines = new Set(listed.filter(({ program }) => nameOf(program) === "pulumi").map(({ pid }) => pid));
  return listed
    .filter(({ program, parent }) => nameOf(program) === "pulumi-resource-kubernetes" && !engines.has(parent))
    .map(({ pid }) => pid);
}

function nameOf(program: string): string {
  return basename(program).replace(/\.exe$/, "");
}

/** Every process of this machine. */
export async function processes(): Promise<Listed[]> {
  if (process.platform === "win32") return [];
  if (process.platform === "linux") return fromProc();
  return parseProcesses((await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,comm="])).stdout);
}

/** Lines of `ps` with number, parent and program. Pure. */
export function parseProcesses(text: string): Listed[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(.+?)\s*$/gm)].map(([, pid, parent, program = ""]) => ({
    pid: Number(pid),
    parent: Number(parent),
    program,
  }));
}

/** Containers often have no `ps`, and the kernel cuts names off that are as long as ours. */
function fromProc(): Listed[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): Listed[] => {
      try {
        const [program = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        return parent === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), program }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}
