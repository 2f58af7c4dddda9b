import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Ports, Processes } from "../processes.ts";
import { findRedis } from "./binaries.ts";
import { removeOthers, writeVersionedFile } from "./files.ts";
import type { Login } from "./login.ts";
import { RespClient, RespError } from "./resp.ts";

export type { Login };

export interface RedisOptions {
  readonly processes: Processes;
  readonly ports: Ports;
  readonly stateDirectory: string;
  /** Content of the ACL file, exactly as the deployed Secret holds it. */
  readonly aclFile: string;
  /** The proxy's user; that it can log in is checked before Redis counts as started. */
  readonly login: Login;
  /**
   * A user of the local run's own who may do anything. It is for looking inside (keys, `ACL LOG`), is added to the
   * local copy of the file, and exists in no cluster.
   */
  readonly inspector?: Login;
  readonly report: (line: string) => void;
}

export interface Redis {
  readonly host: string;
  readonly port: number;
  readonly changed: boolean;
}

/** Runs Redis, in place of Dragonfly, with the ACL file that the program deployed. A changed file restarts it. */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const { processes, ports, report } = options;
  const command = findRedis();
  if (command === undefined) throw new Error("redis-server is not installed");
  const directory = resolve(options.stateDirectory, "redis");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = writeVersionedFile(directory, "users", ".acl", localAclFile(options.aclFile, options.inspector));

  const host = "127.0.0.1";
  const port = await ports.get("redis", processes.isRunning("redis"));
  const outcome = await processes.start({
    name: "redis",
    command,
    args: [
      ...["--bind", host, "--port", String(port), "--protected-mode", "yes", "--daemonize", "no"],
      ...["--aclfile", file, "--dir", directory, "--appendonly", "no", "--save", "", "--maxmemory", "256mb"],
    ],
    env: { LANG: "C.UTF-8" },
    cwd: directory,
    ready: () => answers(host, port),
    timeoutSeconds: 30,
  });
  removeOthers(directory, "users-", [basename(file)]);
  await checkLogin(host, port, options.login);
  report(`Redis ${outcome === "started" ? "started" : "is running"} on ${host}:${port}, with the deployed ACL file`);
  return { host, port, changed: outcome === "started" };
}

/** The deployed ACL file, with the inspector's line when there is one. Pure. */
export function localAclFile(deployed: string, inspector?: Login): string {
  if (inspector === undefined) return deployed;
  const hash = createHash("sha256").update(inspector.password).digest("hex");
  const separator = deployed === "" || deployed.endsWith("\n") ? "" : "\n";
  return `${deployed}${separator}user ${inspector.username} on #${hash} ~* &* +@all\n`;
}

/** Whether a server answers; being asked to log in is an answer. */
async function answers(host: string, port: number): Promise<boolean> {
  try {
    const client = await RespClient.open(host, port);
    try {
      await client.command("PING");
    } finally {
      client.close();
    }
    return true;
  } catch (error) {
    if (error instanceof RespError) return error.message.startsWith("NOAUTH");
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return false;
    throw error;
  }
}

async function checkLogin(host: string, port: number, login: Login): Promise<void> {
  try {
    const client = await RespClient.open(host, port, login);
    client.close();
  } catch (error) {
    if (!(error instanceof RespError)) throw error;
    throw new Error(`the deployed ACL file does not let ${login.username} in: ${error.message}`, { cause: error });
  }
}
