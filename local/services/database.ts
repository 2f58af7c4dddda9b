import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Postgres } from "./postgres.ts";
import { type DatabaseLogin, type PostgresAddress, identifier, literal, mustPsql } from "./psql.ts";

export interface DatabaseDeclaration {
  readonly postgres: Postgres;
  /** `spec.bootstrap.initdb.database` of the deployed Cluster. */
  readonly database: string;
  /** `spec.bootstrap.initdb.owner` of the deployed Cluster. */
  readonly owner: string;
  /** `password` of the Secret that `spec.bootstrap.initdb.secret` names. */
  readonly password: string;
}

/**
 * Makes the owner's role and the database as CloudNativePG makes them from a Cluster: a role that can log in and
 * nothing more, and a database that belongs to it. Again with another password, it changes the password.
 */
export async function declareDatabase(declaration: DatabaseDeclaration): Promise<"created" | "present"> {
  const { postgres, database, owner, password } = declaration;
  const superuserPassword = readFileSync(postgres.superuserPasswordFile, "utf8");
  const login: DatabaseLogin = { user: postgres.superuser, password: superuserPassword, database: "postgres" };
  const output = await mustPsql(
    "declaring the database",
    postgres,
    login,
    declarationScript(database, owner, password),
  );
  return output.includes("created") ? "created" : "present";
}

/** The statements; `\gexec` runs what the query before it returns. Pure. */
export function declarationScript(database: string, owner: string, password: string): string {
  const [role, roleName] = [literal(owner), identifier(owner)];
  const [base, baseName] = [literal(database), identifier(database)];
  return [
    `SELECT format('CREATE ROLE %I', ${role}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${role}) \\gexec`,
    `ALTER ROLE ${roleName} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${literal(password)};`,
    `SELECT 'created' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${base});`,
    `SELECT format('CREATE DATABASE %I', ${base}) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${base}) \\gexec`,
    `ALTER DATABASE ${baseName} OWNER TO ${roleName};`,
    "",
  ].join("\n");
}

export interface MigrationOptions {
  readonly postgres: PostgresAddress;
  /** The role that owns the database: migrations run with no other rights. */
  readonly login: DatabaseLogin;
  /** Directory of litellm-proxy-extras with one directory per migration. */
  readonly migrationsDirectory: string;
  readonly report: (line: string) => void;
}

export interface MigrationResult {
  readonly applied: number;
  readonly present: number;
}

export interface Migration {
  readonly name: string;
  readonly file: string;
  readonly sql: string;
}

/**
 * Applies LiteLLM's migrations in order, each in a transaction, and records them in the table in which Prisma records
 * them, so that `prisma migrate deploy` finds nothing left to do. What is recorded is not applied again.
 */
export async function applyMigrations(options: MigrationOptions): Promise<MigrationResult> {
  const { postgres, login, migrationsDirectory, report } = options;
  const rows = await mustPsql("reading the migrations' table", postgres, login, migrationTable);
  const present = new Set(rows.split("\n"));
  const all = readMigrations(migrationsDirectory);
  const pending = all.filter(({ name }) => !present.has(name));
  if (pending.length === 0) {
    report(`Database schema: all ${all.length} migrations are there`);
    return { applied: 0, present: all.length };
  }
  report(`Database schema: applying ${pending.length} of ${all.length} migrations as ${login.user}`);
  await mustPsql("applying LiteLLM's migrations", postgres, login, pending.map(migrationScript).join("\n"), 300);
  return { applied: pending.length, present: all.length - pending.length };
}

/** Migrations in the order of their names, which begin with a time. */
export function readMigrations(directory: string): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const file = join(directory, name, "migration.sql");
      return { name, file, sql: readFileSync(file, "utf8") };
    });
}

/** One migration and its record. What PostgreSQL refuses inside a transaction runs without one. Pure. */
export function migrationScript({ name, file, sql }: Migration): string {
  const checksum = createHash("sha256").update(sql).digest("hex");
  const alone = /\bCONCURRENTLY\b|^\s*(BEGIN|COMMIT)\s*;/im.test(sql);
  // \i rather than the text itself: an error then names the file and the line in it.
  const include = `\\i '${file.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
  const record =
    "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) " +
    `VALUES (gen_random_uuid()::text, '${checksum}', now(), ${literal(name)}, 1);`;
  return alone ? [include, record].join("\n") : ["BEGIN;", include, record, "COMMIT;"].join("\n");
}

/** Prisma's own table, and the names of what is applied. */
const migrationTable = `
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
);
SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL;
`;
