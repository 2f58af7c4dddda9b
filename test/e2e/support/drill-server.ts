import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Server, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Ports, Processes } from "../../../local/processes.ts";
import { findPostgres } from "../../../local/services/binaries.ts";
import { type Account, dataHome, initialise, serverAccount } from "../../../local/services/postgres.ts";
import { type PostgresAddress, mustPsql } from "../../../local/services/psql.ts";
import type { Barman } from "./barman.ts";

export interface DrillServerOptions {
  readonly name: string;
  readonly stateDirectory: string;
  readonly ports: Ports;
  /** Archive to write to. */
  readonly archive: Barman;
  /** Archive to recover from. */
  readonly origin?: Barman;
}

const password = "superuser-of-the-drill";

/**
 * A PostgreSQL whose WAL goes through a process beside it, as that of an instance goes through the plugin's sidecar:
 * the server's own account can reach neither the programs nor the keys.
 */
export class DrillServer {
  readonly #options: DrillServerOptions;
  readonly #programs: string;
  readonly #account: Account | undefined;
  readonly #home: string;
  readonly #sidecar: Server;
  readonly #processes: Processes;
  /** What the sidecar was asked and how it went. */
  readonly requests: string[] = [];

  private constructor(options: DrillServerOptions, programs: string, account: Account | undefined) {
    this.#options = options;
    this.#programs = programs;
    this.#account = account;
    this.#home = dataHome(join(options.stateDirectory, options.name), account);
    this.#processes = new Processes(options.stateDirectory);
    this.#sidecar = createServer((connection) => {
      connection.once("data", (line) => {
        void this.#serve(line.toString().trim()).then((answer) => connection.end(`${answer}\n`));
      });
      connection.on("error", () => connection.destroy());
    });
  }

  static async open(options: DrillServerOptions): Promise<DrillServer> {
    const programs = findPostgres();
    if (programs === undefined) throw new Error("the PostgreSQL server is not installed");
    const account = process.getuid?.() === 0 ? await serverAccount() : undefined;
    const server = new DrillServer(options, programs, account);
    await new Promise<void>((resolve) => server.#sidecar.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get data(): string {
    return join(this.#home, "data");
  }

  /** An empty database cluster. */
  async create(): Promise<void> {
    await initialise({
      programs: this.#programs,
      home: this.#home,
      data: this.data,
      account: this.#account,
      password,
    });
  }

  /** What is in the archive, to be replayed to the target when it is started. */
  async restore(target: { readonly targetTime?: string }): Promise<void> {
    const origin = this.#origin();
    const backup = await origin.findBackup(target.targetTime);
    mkdirSync(this.#home, { recursive: true, mode: 0o700 });
    const { code, stderr } = await origin.restore(backup, this.data);
    if (code !== 0) throw new Error(`barman-cloud-restore failed: ${stderr}`);
    const settings = [
      `restore_command = '${this.#ask("restore %f %p")}'`,
      "recovery_target_action = promote",
      // CloudNativePG takes a time over as it is, unless it has the form of RFC 3339.
      ...(target.targetTime === undefined ? [] : [`recovery_target_time = '${target.targetTime}'`]),
      "recovery_target_inclusive = true",
    ];
    writeFileSync(join(this.data, "postgresql.auto.conf"), `${settings.join("\n")}\n`);
    writeFileSync(join(this.data, "recovery.signal"), "");
    chmodSync(this.data, 0o700);
    this.#own(this.#home);
  }

  async start(): Promise<void> {
    const port = await this.#options.ports.get(this.#options.name);
    const settings = {
      port: String(port),
      archive_mode: "on",
      archive_command: this.#ask("archive %p"),
      wal_level: "replica",
      full_page_writes: "on",
    };
    await this.#processes.start({
      name: this.#options.name,
      command: join(this.#programs, "postgres"),
      args: ["-D", this.data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      env: { LANG: "C.UTF-8", LC_ALL: "C.UTF-8", PATH: "/usr/bin:/bin" },
      cwd: this.#home,
      ready: async () => (await this.sql("SELECT pg_is_in_recovery()")) === "f",
      timeoutSeconds: 120,
      ...this.#account,
    });
  }

  /** One statement or several; returns the rows. */
  async sql(script: string): Promise<string> {
    const address: PostgresAddress = {
      host: "127.0.0.1",
      port: await this.#options.ports.get(this.#options.name, true),
      program: join(this.#programs, "psql"),
      certificateFile: this.#certificate(),
    };
    return (
      await mustPsql("asking the drill's server", address, { user: "postgres", password, database: "postgres" }, script)
    ).trim();
  }

  /** How `barman-cloud-backup` connects. */
  async connection(): Promise<Record<string, string>> {
    const port = await this.#options.ports.get(this.#options.name, true);
    return { PGHOST: "127.0.0.1", PGPORT: String(port), PGPASSWORD: password, PGSSLMODE: "require" };
  }

  /** Ends the current file of WAL and waits until it is in the archive. */
  async archived(): Promise<void> {
    const wal = await this.sql("SELECT pg_walfile_name(pg_switch_wal())");
    const deadline = Date.now() + 60_000;
    while ((await this.sql(`SELECT coalesce(last_archived_wal, '') >= '${wal}' FROM pg_stat_archiver`)) !== "t") {
      if (Date.now() > deadline) throw new Error(`${wal} was not archived: ${this.requests.join("; ")}`);
      await sleep(200);
    }
  }

  /** Ends the server without a chance to write anything more, and deletes its volume. */
  async destroy(): Promise<void> {
    await this.#processes.stop(this.#options.name, "SIGKILL");
    rmSync(this.#home, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.#processes.stop(this.#options.name, "SIGQUIT");
    rmSync(this.#home, { recursive: true, force: true });
    await new Promise((resolve) => this.#sidecar.close(resolve));
  }

  /** A command of the shell that hands a request to the sidecar and succeeds when it says so. */
  #ask(request: string): string {
    const { port } = this.#sidecar.address() as AddressInfo;
    return `bash -c "exec 3<>/dev/tcp/127.0.0.1/${port} && echo ${request} >&3 && grep -q done <&3"`;
  }

  async #serve(request: string): Promise<string> {
    const [verb = "", file = "", target = ""] = request.split(" ");
    const { code } =
      verb === "archive"
        ? await this.#options.archive.archive(file, this.data)
        : await this.#origin().fetch(file, target, this.data);
    if (verb === "restore" && code === 0) this.#own(join(this.data, target));
    this.requests.push(`${request}: ${code}`);
    return code === 0 ? "done" : "failed";
  }

  #origin(): Barman {
    if (this.#options.origin === undefined) throw new Error(`${this.#options.name} recovers from nothing`);
    return this.#options.origin;
  }

  #own(path: string): void {
    if (this.#account === undefined) return;
    execFileSync("chown", ["-R", `${this.#account.uid}:${this.#account.gid}`, path]);
  }

  #certificate(): string {
    const copy = join(this.#options.stateDirectory, `${this.#options.name}.crt`);
    writeFileSync(copy, readFileSync(join(this.data, "server.crt")));
    return copy;
  }
}
