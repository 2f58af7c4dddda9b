import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { declarationScript, migrationScript } from "../../../local/services/database.ts";
import { dataHome } from "../../../local/services/postgres.ts";
import { identifier, literal } from "../../../local/services/psql.ts";

describe("the local database", () => {
  it("belongs to a role that can log in and nothing more", () => {
    const script = declarationScript("litellm", "owner", "pw");
    assert.match(script, /ALTER ROLE "owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD 'pw';/);
    assert.match(script, /ALTER DATABASE "litellm" OWNER TO "owner";/);
  });

  it("quotes names and texts", () => {
    assert.equal(literal("it's"), "'it''s'");
    assert.equal(literal("a\\'"), "E'a\\\\'''");
    assert.equal(identifier('a"b'), '"a""b"');
  });

  it("keeps its data in the state directory when the server runs as us", () => {
    assert.equal(dataHome("/somewhere/.local", undefined), "/somewhere/.local/postgres/server");
  });
});

describe("a migration", () => {
  const migration = { name: "20250101_add x", file: "/m/20250101_add x/migration.sql" };

  it("runs in a transaction with its record, which Prisma would read as its own", () => {
    const sql = 'ALTER TABLE "A" ADD COLUMN "b" TEXT;';
    const checksum = createHash("sha256").update(sql).digest("hex");
    const lines = migrationScript({ ...migration, sql }).split("\n");
    assert.deepEqual([lines[0], lines[1], lines[3]], ["BEGIN;", "\\i '/m/20250101_add x/migration.sql'", "COMMIT;"]);
    assert.ok(lines[2]?.includes(`'${checksum}', now(), '20250101_add x', 1)`));
  });

  it("runs outside one when PostgreSQL wants that", () => {
    const script = migrationScript({ ...migration, sql: "CREATE INDEX CONCURRENTLY i ON t (a);" });
    assert.ok(!script.includes("BEGIN;"));
    const block = migrationScript({ ...migration, sql: "DO $$\nBEGIN\n  NULL;\nEND $$;" });
    assert.ok(block.includes("BEGIN;\n\\i"), "a block of PL/pgSQL is no transaction");
  });
});
