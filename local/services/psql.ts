import { type RunResult, lastLines, run } from "./run.ts";

/** A PostgreSQL server, and the program that talks to it. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** Path of `psql`. */
  readonly program: string;
  /** Certificate of the server, against which connections verify it. */
  readonly certificateFile: string;
}

export interface DatabaseLogin {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/**
 * Runs a psql script, given on standard input, over verified TLS. The password goes through the environment and
 * errors do not repeat the statement, so that no secret reaches an argument list or a message.
 */
export function psql(
  address: PostgresAddress,
  login: DatabaseLogin,
  script: string,
  timeoutSeconds = 30,
): Promise<RunResult> {
  const { host, port, program, certificateFile } = address;
  return run(program, ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse"], {
    input: script,
    timeoutSeconds,
    env: {
      PATH: "/usr/bin:/bin",
      LC_ALL: "C.UTF-8",
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: login.user,
      PGPASSWORD: login.password,
      PGDATABASE: login.database,
      PGCONNECT_TIMEOUT: "5",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: certificateFile,
    },
  });
}

/** Like {@link psql}, and throws when a statement fails. Returns the rows, one per line, without headings. */
export async function mustPsql(
  task: string,
  address: PostgresAddress,
  login: DatabaseLogin,
  script: string,
  timeoutSeconds?: number,
): Promise<string> {
  const { code, stdout, stderr } = await psql(address, login, script, timeoutSeconds);
  if (code !== 0) throw new Error(`${task} failed:\n${lastLines(stderr, 10)}`);
  return stdout;
}

/** An SQL string. */
export function literal(text: string): string {
  return text.includes("\\")
    ? `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;
}

/** An SQL name. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
