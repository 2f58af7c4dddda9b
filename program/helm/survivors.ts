import { execFile } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { basename } from "node:path";
import { promisify } from "node:util";

/** A process as the system lists it. */
export interface Listed {
  readonly pid: number;
  readonly parent: number;
  /** The program's path and its arguments. */
  readonly command: readonly string[];
}

/**
 * Kubernetes plugins on this machine whose engine is gone. They finish their current work, and some never exit. Always
 * empty on Windows, which offers no such list.
 *
 * @param directory - the project whose plugins count (Linux only). Default: the working directory of this process
 */
export async function survivingPlugins(directory = process.cwd()): Promise<number[]> {
  const plugins = pluginsOf(await processes()).filter(({ pid }) => isIn(directory, pid));
  const gone = await Promise.all(plugins.map(async ({ port }) => !(await isListening(port))));
  return plugins.filter((_, index) => gone[index]).map(({ pid }) => pid);
}

/** Kubernetes plugins, each with the port that its engine listens on: its one argument. Pure. */
export function pluginsOf(listed: readonly Listed[]): { readonly pid: number; readonly port: number }[] {
  return listed.flatMap(({ pid, command: [program = "", engine = ""] }) => {
    const port = /^127\.0\.0\.1:(\d+)$/.exec(engine)?.[1];
    const isPlugin = basename(program).replace(/\.exe$/, "") === "pulumi-resource-kubernetes";
    return isPlugin && port !== undefined ? [{ pid, port: Number(port) }] : [];
  });
}

function isIn(directory: string, pid: number): boolean {
  if (process.platform !== "linux") return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === directory;
  } catch {
    // It has ended meanwhile, or is somebody else's.
    return false;
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 1000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => {
      end(true);
    });
    socket.once("timeout", () => {
      end(true);
    });
    socket.once("error", () => {
      end(false);
    });
  });
}

/** Every process of this machine. */
export async function processes(): Promise<Listed[]> {
  if (process.platform === "win32") return [];
  if (process.platform === "linux") return fromProc();
  return parseProcesses((await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,args="])).stdout);
}

/** Lines of `ps` with number, parent and command. Pure. */
export function parseProcesses(text: string): Listed[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(.+?)\s*$/gm)].map(([, pid, parent, command = ""]) => ({
    pid: Number(pid),
    parent: Number(parent),
    command: command.split(" "),
  }));
}

/** Containers often have no `ps`. */
function fromProc(): Listed[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): Listed[] => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        return parent === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}
