import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clusterSpec } from "../../components/database-cluster.ts";
import { namesOf } from "../../litellm/shared/names.ts";
import { processSteps } from "../../local/steps/steps.ts";
import { localDirectory } from "../../local/paths.ts";
import { ensurePrerequisites } from "../../local/prerequisites.ts";
import { Ports, Processes } from "../../local/processes.ts";
import { applyMigrations, declareDatabase, readMigrations } from "../../local/services/database.ts";
import { ensureLiteLLM } from "../../local/services/litellm.ts";
import { type Postgres, removePostgresData, startPostgres } from "../../local/services/postgres.ts";
import { type DatabaseLogin, mustPsql, psql } from "../../local/services/psql.ts";
import { run } from "../../local/services/run.ts";
import { ownDatabase, stackConfig } from "../support/configs.ts";

const minute = 60_000;

/** The role that the program has CloudNativePG make, on a real PostgreSQL: its rights suffice, and are no more. */
describe("the database's role", function () {
  this.timeout(2 * minute);
  this.bail(true);

  const stateDirectory = join(localDirectory, "e2e-database-role");
  const config = stackConfig("prod");
  const initdb = clusterSpec(ownDatabase(config), namesOf(config)).bootstrap?.initdb;
  const [database, owner] = [initdb?.database ?? "", initdb?.owner ?? ""];
  const login: DatabaseLogin = { user: owner, password: "first", database };
  const neighbour: DatabaseLogin = { user: "neighbour", password: "neighbours", database: "theirs" };
  let postgres: Postgres;
  let migrationsDirectory = "";

  before("start PostgreSQL", async function () {
    this.timeout(30 * minute);
    const { report } = processSteps();
    await clear();
    await ensurePrerequisites();
    ({ migrationsDirectory } = await ensureLiteLLM());
    const processes = new Processes(stateDirectory);
    postgres = await startPostgres({ processes, ports: Ports.of(stateDirectory), stateDirectory, report });
    await declareDatabase({ postgres, database, owner, password: login.password });
    await declareDatabase({
      postgres,
      database: neighbour.database,
      owner: neighbour.user,
      password: neighbour.password,
    });
    await mustPsql(
      "making the neighbour's table",
      postgres,
      neighbour,
      "CREATE TABLE secrets AS SELECT 'theirs' AS value;",
    );
  });
  after(clear);

  async function clear(): Promise<void> {
    await new Processes(stateDirectory).stopAll();
    await removePostgresData(stateDirectory);
    rmSync(stateDirectory, { recursive: true, force: true });
  }

  const as = (who: DatabaseLogin, script: string) => psql(postgres, who, script);

  it("may apply all of LiteLLM's migrations, and what they make is its own", async () => {
    const all = readMigrations(migrationsDirectory).length;
    const done = await applyMigrations({ postgres, login, migrationsDirectory, report: () => undefined });
    assert.deepEqual(done, { applied: all, present: 0 });
    const foreign = await as(
      login,
      `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND pg_get_userbyid(c.relowner) <> '${owner}';`,
    );
    assert.equal(foreign.stdout.trim(), "0");
  });

  it("may read and write LiteLLM's tables", async () => {
    const script = [
      `INSERT INTO "LiteLLM_Config" (param_name, param_value) VALUES ('drill', '{}');`,
      `SELECT count(*) FROM "LiteLLM_Config";`,
      `DELETE FROM "LiteLLM_Config";`,
    ].join("\n");
    const { code, stdout, stderr } = await as(login, script);
    assert.deepEqual([code, stdout.trim(), stderr], [0, "1", ""]);
  });

  const refused: Readonly<Record<string, readonly [statement: string, reason: RegExp]>> = {
    "make a role": ["CREATE ROLE another;", /permission denied to create role/],
    "make itself more than it is": [`ALTER ROLE ${owner} SUPERUSER;`, /must be superuser|permission denied/],
    "become the superuser": ["SET ROLE postgres;", /permission denied to set role/],
    "make a database": ["CREATE DATABASE another;", /permission denied to create database/],
    "read a file of the server": ["SELECT pg_read_file('/etc/passwd');", /permission denied for function pg_read_file/],
    "write a file of the server": [
      "COPY (SELECT 1) TO '/tmp/litellm-role';",
      /permission denied to COPY|must be superuser or have privileges/,
    ],
    "run a program": [
      "COPY (SELECT 1) TO PROGRAM 'true';",
      /permission denied to COPY|must be superuser or have privileges/,
    ],
    "see passwords": ["SELECT rolpassword FROM pg_authid;", /permission denied for table pg_authid/],
    "change the server's settings": ["ALTER SYSTEM SET work_mem = '1GB';", /permission denied|must be superuser/],
    "end another's connection": [
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' OR backend_type = 'checkpointer';",
      /must be a superuser|permission denied|must be a member/,
    ],
  };
  for (const [what, [statement, reason]] of Object.entries(refused)) {
    it(`may not ${what}`, async () => {
      const { code, stderr } = await as(login, statement);
      assert.notEqual(code, 0, "it was allowed");
      assert.match(stderr, reason);
    });
  }

  it("may not read or change another database's tables", async () => {
    const there = { ...login, database: neighbour.database };
    for (const statement of ["SELECT * FROM secrets;", "DELETE FROM secrets;", "CREATE TABLE mine (id int);"]) {
      const { code, stderr } = await as(there, statement);
      assert.notEqual(code, 0, statement);
      assert.match(stderr, /permission denied/, statement);
    }
    assert.equal((await as(neighbour, "SELECT value FROM secrets;")).stdout.trim(), "theirs");
  });

  it("gets in by its new password after a rotation, and no more by the old one", async () => {
    await declareDatabase({ postgres, database, owner, password: "second" });
    assert.equal((await as({ ...login, password: "second" }, "SELECT 1;")).code, 0);
    const { code, stderr } = await as(login, "SELECT 1;");
    assert.notEqual(code, 0);
    assert.match(stderr, /password authentication failed/);
  });

  it("is told another server from its own by the certificate", async () => {
    const stranger = { ...postgres, certificateFile: join(stateDirectory, "postgres", "stranger.crt") };
    const made = await run("openssl", [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=localhost",
      ],
      ...["-keyout", `${stranger.certificateFile}.key`, "-out", stranger.certificateFile],
    ]);
    assert.equal(made.code, 0);
    assert.notEqual(readFileSync(stranger.certificateFile, "utf8"), readFileSync(postgres.certificateFile, "utf8"));
    const { code, stderr } = await psql(stranger, { ...login, password: "second" }, "SELECT 1;");
    assert.notEqual(code, 0);
    assert.match(stderr, /certificate verify failed/);
  });
});
