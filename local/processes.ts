import { spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signalGroup, statFields } from "./services/process-status.ts";

/** A server to run and how to tell that it serves. */
export interface ProcessSpec {
  /** Names its record and its log; unique within a state directory. */
  readonly name: string;
  /** Absolute path of the program. */
  readonly command: string;
  /** Arguments. Anyone on the machine can read them: secrets go into `env` or a file. */
  readonly args: readonly string[];
  /** The complete environment; nothing is inherited unless this is left out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether the server serves; asked again until it says so. A rejection counts as "not yet". */
  readonly ready: () => Promise<boolean>;
  readonly timeoutSeconds: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** What is remembered of a started process. The start time tells it from a later process with the same pid. */
interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string;
  readonly fingerprint: string;
  /** Nanoseconds, so that records sort by the order in which processes were started. */
  readonly order: string;
}

const GRACE_SECONDS = 15;
const POLL_MILLISECONDS = 100;
const LOG_LINES_SHOWN = 15;

/**
 * Starts and stops servers that outlive the program which starts them. Each is recorded in
 * `<stateDirectory>/run/<name>.json` and logs to `<stateDirectory>/log/<name>.log`.
 */
export class Processes {
  readonly #runDirectory: string;
  readonly #logDirectory: string;

  constructor(stateDirectory: string) {
    this.#runDirectory = join(stateDirectory, "run");
    this.#logDirectory = join(stateDirectory, "log");
  }

  /**
   * Starts a process and waits until it is ready. One that already runs with the same command, arguments and
   * environment is left alone; one that runs with others is stopped first.
   */
  async start(spec: ProcessSpec): Promise<"started" | "running"> {
    const fingerprint = fingerprintOf(spec);
    const known = this.#read(spec.name);
    if (known !== undefined && isAlive(known)) {
      if (known.fingerprint === fingerprint) {
        await this.#waitUntilReady(spec, known);
        return "running";
      }
      await this.stop(spec.name);
    }
    const record = await this.#spawn(spec, fingerprint);
    try {
      await this.#waitUntilReady(spec, record);
    } catch (error) {
      await this.stop(spec.name);
      throw error;
    }
    return "started";
  }

  /** Stops a process and its process group, and waits until they are gone. A process that does not run is no error. */
  async stop(name: string, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const record = this.#read(name);
    if (record !== undefined) await endProcess(record, signal);
    rmSync(this.#recordFile(name), { force: true });
  }

  /** Stops everything, the last started first, and says whether there was anything. */
  async stopAll(): Promise<boolean> {
    const started = this.#names()
      .map((name) => ({ name, order: BigInt(this.#read(name)?.order ?? 0) }))
      .sort((a, b) => (a.order < b.order ? 1 : -1));
    for (const { name } of started) await this.stop(name);
    return started.length > 0;
  }

  /** Whether any of the recorded processes is alive. */
  anyRunning(): boolean {
    return this.#names().some((name) => this.isRunning(name));
  }

  /** Whether the recorded process is alive. */
  isRunning(name: string): boolean {
    const record = this.#read(name);
    return record !== undefined && isAlive(record);
  }

  /** The pid of a process that was started. */
  pid(name: string): number {
    const record = this.#read(name);
    if (record === undefined) throw new Error(`${name} was not started`);
    return record.pid;
  }

  /** The file that takes the process's output. */
  logFile(name: string): string {
    return join(this.#logDirectory, `${name}.log`);
  }

  /** Names of the processes that were started and not stopped since. */
  #names(): string[] {
    if (!existsSync(this.#runDirectory)) return [];
    return readdirSync(this.#runDirectory)
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.slice(0, -".json".length));
  }

  #recordFile(name: string): string {
    return join(this.#runDirectory, `${name}.json`);
  }

  #read(name: string): ProcessRecord | undefined {
    const file = this.#recordFile(name);
    if (!existsSync(file)) return undefined;
    return JSON.parse(readFileSync(file, "utf8")) as ProcessRecord;
  }

  async #spawn(spec: ProcessSpec, fingerprint: string): Promise<ProcessRecord> {
    mkdirSync(this.#runDirectory, { recursive: true, mode: 0o700 });
    mkdirSync(this.#logDirectory, { recursive: true, mode: 0o700 });
    const logFile = this.logFile(spec.name);
    const log = openSync(logFile, "w", 0o600);
    chmodSync(logFile, 0o600);
    try {
      const child = spawn(spec.command, spec.args, {
        // A group of its own, so that it outlives this program and can be stopped with its children.
        detached: true,
        stdio: ["ignore", log, log],
        ...(spec.env === undefined ? {} : { env: { ...spec.env } }),
        ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
        ...(spec.uid === undefined ? {} : { uid: spec.uid }),
        ...(spec.gid === undefined ? {} : { gid: spec.gid }),
      });
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", (error) => {
          reject(new Error(`${spec.name}: cannot start ${spec.command}: ${error.message}`));
        });
      });
      child.unref();
      const pid = child.pid as number;
      const record: ProcessRecord = {
        pid,
        // Empty if it has ended already, which the wait for readiness reports with its log.
        startTime: startTimeOf(pid) ?? "",
        fingerprint,
        order: process.hrtime.bigint().toString(),
      };
      writeAtomically(this.#recordFile(spec.name), JSON.stringify(record));
      return record;
    } finally {
      closeSync(log);
    }
  }

  async #waitUntilReady(spec: ProcessSpec, record: ProcessRecord): Promise<void> {
    const deadline = Date.now() + spec.timeoutSeconds * 1000;
    for (;;) {
      if (!isAlive(record)) throw this.#failure(spec, "ended before it was ready");
      if (await spec.ready().catch(() => false)) return;
      if (Date.now() > deadline) throw this.#failure(spec, `was not ready after ${spec.timeoutSeconds} s`);
      await sleep(POLL_MILLISECONDS);
    }
  }

  #failure(spec: ProcessSpec, what: string): Error {
    const logFile = this.logFile(spec.name);
    const lines = lastLines(logFile, LOG_LINES_SHOWN).map((line) => `  ${line}`);
    return new Error([`${spec.name} ${what}. The end of its log, ${logFile}:`, ...lines].join("\n"));
  }
}

/**
 * Where ports are chosen from: below the kernel's own range (32768 to 60999, ip_local_port_range in ip(7)), of which an
 * outgoing connection may take a port between its choice and the server's start. A server of a Redis cluster has a
 * second one, 10,000 above.
 */
export const portRange = { from: 12_000, to: 21_999 };

/** A port of the loopback interface that nothing listens on at the moment, chosen at random. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(portRange.from, portRange.to + 1);
    if (await isFree(port)) return port;
  }
}

/** Ports by name, chosen once and kept in a file, so that addresses stay the same from one start to the next. */
export class Ports {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** The ports that everything of a state directory shares. */
  static of(stateDirectory: string): Ports {
    return new Ports(join(stateDirectory, "ports.json"));
  }

  /**
   * The port of this name. It is chosen anew when something listens on the kept one while `inUseByUs` is false.
   *
   * @param inUseByUs whether our own process may be listening there; default false
   */
  async get(name: string, inUseByUs = false): Promise<number> {
    const ports = this.#read();
    const kept = ports[name];
    if (kept !== undefined && (inUseByUs || (await isFree(kept)))) return kept;
    const others = new Set(Object.values(ports));
    let port = await freePort();
    while (others.has(port)) port = await freePort();
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    writeAtomically(this.#file, JSON.stringify({ ...this.#read(), [name]: port }, undefined, 2));
    return port;
  }

  #read(): Record<string, number> {
    return existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, "utf8")) as Record<string, number>) : {};
  }
}

/** Whether a server can listen on a loopback port: one does for a moment. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

function fingerprintOf(spec: ProcessSpec): string {
  const env = spec.env === undefined ? undefined : Object.entries(spec.env).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([spec.command, spec.args, env, spec.cwd, spec.uid, spec.gid]))
    .digest("hex");
}

/** The kernel's start time of a process, undefined if there is none. A zombie has ended. */
function startTimeOf(pid: number): string | undefined {
  const fields = statFields(pid);
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

function isAlive(record: ProcessRecord): boolean {
  return record.startTime !== "" && startTimeOf(record.pid) === record.startTime;
}

/** Whether a member of the process group still runs; each recorded process leads a group of its own. */
function groupIsAlive(group: number): boolean {
  return readdirSync("/proc").some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const fields = statFields(entry);
    return fields !== undefined && fields[0] !== "Z" && fields[2] === String(group);
  });
}

async function endProcess(record: ProcessRecord, signal: NodeJS.Signals): Promise<void> {
  // Only the live leader proves that the group is ours: its number may belong to a stranger once it is gone.
  if (!isAlive(record)) return;
  for (const [current, seconds] of [[signal, GRACE_SECONDS] as const, ["SIGKILL", GRACE_SECONDS] as const]) {
    if (!signalGroup(record.pid, current)) return;
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline) {
      if (!groupIsAlive(record.pid)) return;
      await sleep(POLL_MILLISECONDS / 2);
    }
  }
  throw new Error(`process ${record.pid} does not end, not even by SIGKILL`);
}

function lastLines(file: string, count: number): string[] {
  if (!existsSync(file) || statSync(file).size === 0) return ["(it is empty)"];
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count);
}

function writeAtomically(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${text}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}
