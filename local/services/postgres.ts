import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Ports, Processes } from "../processes.ts";
import { findPostgres } from "./binaries.ts";
import { generatedSecret, shortHash, writePrivateFile } from "./files.ts";
import { type PostgresAddress, psql } from "./psql.ts";
import { mustRun, run } from "./run.ts";

export interface PostgresOptions {
  readonly processes: Processes;
  readonly ports: Ports;
  readonly stateDirectory: string;
  readonly report: (line: string) => void;
}

export interface Postgres extends PostgresAddress {
  readonly superuser: string;
  /** A file with the superuser's password that only its owner may read. */
  readonly superuserPasswordFile: string;
}

/** The account that the server runs as when we are root, which PostgreSQL refuses to be. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const host = "127.0.0.1";
const superuser = "postgres";

/**
 * Runs PostgreSQL, in place of the CloudNativePG cluster: loopback only, TLS as CloudNativePG has it, a password for
 * everyone, no sockets. Its data is throw-away, so it does not wait for the disk.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { processes, ports, report } = options;
  const programs = findPostgres();
  if (programs === undefined) throw new Error("the PostgreSQL server is not installed");
  const account = process.getuid?.() === 0 ? await serverAccount() : undefined;
  const state = resolve(options.stateDirectory, "postgres");
  mkdirSync(state, { recursive: true });
  const superuserPasswordFile = join(state, "superuser-password");
  const home = dataHome(options.stateDirectory, account);
  const data = join(home, "data");

  const complete = join(home, "complete");
  if (!existsSync(complete) || !existsSync(superuserPasswordFile)) {
    report(`Creating a PostgreSQL cluster with ${programs}/initdb`);
    await initialise({ programs, home, data, account, password: generatedSecret(superuserPasswordFile) });
    writeFileSync(complete, "");
  }
  await checkVersion(programs, data);

  const port = await ports.get("postgres", processes.isRunning("postgres"));
  const address: PostgresAddress = {
    host,
    port,
    program: join(programs, "psql"),
    certificateFile: join(state, "server.crt"),
  };
  writePrivateFile(address.certificateFile, readFileSync(join(data, "server.crt"), "utf8"));
  const login = { user: superuser, password: readFileSync(superuserPasswordFile, "utf8"), database: "postgres" };
  const outcome = await processes.start({
    name: "postgres",
    command: join(programs, "postgres"),
    args: ["-D", data, "-c", `port=${port}`],
    env: { LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
    cwd: home,
    ready: async () => (await psql(address, login, "SELECT 1")).code === 0,
    timeoutSeconds: 60,
    ...account,
  });
  report(`PostgreSQL ${outcome === "started" ? "started" : "is running"} on ${host}:${port}`);
  return { ...address, superuser, superuserPasswordFile };
}

/** Where the data is; outside the state directory when the server's account cannot enter that. */
export function dataHome(stateDirectory: string, account: Account | undefined): string {
  const inside = join(resolve(stateDirectory), "postgres");
  if (account === undefined || canEnter(inside, account)) return join(inside, "server");
  return join("/var/tmp", `litellm-platform-${shortHash(inside)}`);
}

/** Removes the data, wherever it is. The server must not be running. */
export async function removePostgresData(stateDirectory: string): Promise<void> {
  const account = process.getuid?.() === 0 ? await serverAccount() : undefined;
  rmSync(dataHome(stateDirectory, account), { recursive: true, force: true });
}

/** Whether every directory down to this one (as far as it exists) may be entered by the account. */
function canEnter(directory: string, account: Account): boolean {
  const parent = dirname(directory);
  if (parent !== directory && !canEnter(parent, account)) return false;
  if (!existsSync(directory)) return true;
  const { mode, uid, gid } = statSync(directory);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** The account that a server runs as when we are root. */
export async function serverAccount(): Promise<Account> {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error("PostgreSQL refuses to run as root, and there is no account named postgres or nobody to run it as");
}

export interface NewCluster {
  readonly programs: string;
  readonly home: string;
  readonly data: string;
  readonly account: Account | undefined;
  readonly password: string;
}

/** Makes a data directory as `startPostgres` wants it. */
export async function initialise({ programs, home, data, account, password }: NewCluster): Promise<void> {
  const own = (path: string) => {
    if (account !== undefined) chownSync(path, account.uid, account.gid);
  };
  claimDirectory(home, account);
  rmSync(data, { recursive: true, force: true });
  const passwordFile = join(home, "initial-password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  own(passwordFile);
  // Encoding and locale are CloudNativePG's defaults.
  const settings = ["--encoding=UTF8", "--locale=C", "--data-checksums", "--no-sync", "--auth=scram-sha-256"];
  await mustRun(
    "initdb",
    join(programs, "initdb"),
    ["-D", data, "-U", superuser, `--pwfile=${passwordFile}`, ...settings],
    { env: { LC_ALL: "C.UTF-8", PATH: "/usr/bin:/bin" }, cwd: home, ...account },
  );
  rmSync(passwordFile);
  await makeCertificate(data, own);
  for (const [name, content] of Object.entries(serverFiles)) {
    writeFileSync(join(data, name), content, { mode: 0o600 });
    own(join(data, name));
  }
}

const serverFiles = {
  "pg_hba.conf": "hostssl all all 127.0.0.1/32 scram-sha-256\n",
  "postgresql.conf": [
    `listen_addresses = '${host}'`,
    "unix_socket_directories = ''",
    "ssl = on",
    "password_encryption = 'scram-sha-256'",
    "max_connections = 60",
    "shared_buffers = '32MB'",
    "# Throw-away data: a crash of the machine may lose it.",
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "# Statements that fail are not logged, for they may carry a password.",
    "log_min_error_statement = panic",
    "",
  ].join("\n"),
} as const;

/** Makes the directory for the server's account, or makes sure that nobody else made it before us. */
function claimDirectory(home: string, account: Account | undefined): void {
  if (!existsSync(home)) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    if (account !== undefined) chownSync(home, account.uid, account.gid);
  }
  const { uid } = lstatSync(home);
  if (!lstatSync(home).isDirectory() || uid !== (account?.uid ?? process.getuid?.()))
    throw new Error(`${home} belongs to someone else: remove it, or ask its owner to`);
}

async function makeCertificate(data: string, own: (path: string) => void): Promise<void> {
  const key = join(data, "server.key");
  const certificate = join(data, "server.crt");
  await mustRun("making PostgreSQL's certificate", "openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"],
    ...["-subj", "/CN=localhost", "-addext", `subjectAltName=DNS:localhost,IP:${host}`],
    ...["-keyout", key, "-out", certificate],
  ]);
  own(key);
  own(certificate);
}

async function checkVersion(programs: string, data: string): Promise<void> {
  const made = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
  const output = await mustRun("postgres --version", join(programs, "postgres"), ["--version"]);
  const installed = /(\d+)/.exec(output)?.[1] ?? "";
  if (made !== installed)
    throw new Error(
      `the local database was made by PostgreSQL ${made} and this machine now has ${installed}: ` +
        `remove ${dirname(data)} (it is throw-away data) and start again`,
    );
}
