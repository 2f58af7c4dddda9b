import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../local/services/run.ts";
import { shellExports } from "../../../local/shell-exports.ts";

describe("variables for a shell", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "shell-exports-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it("have their values whatever is in them, and secrets stay in their files", async () => {
    const [plain, json] = [join(directory, "it's a file"), join(directory, "init.json")];
    writeFileSync(plain, "s3cret word");
    writeFileSync(json, `{"unseal_key":"other","root_token":"hvs.token"}`);
    const text = shellExports({
      QUOTED: `it's "$HOME" and \`id\``,
      PASSWORD: { file: plain },
      TOKEN: { file: json, field: "root_token" },
    });
    assert.doesNotMatch(text, /s3cret|hvs\.token/);
    writeFileSync(join(directory, "env"), text);
    const { stdout, stderr } = await run("sh", [
      "-c",
      `. '${directory}/env' && printf '%s\\n' "$QUOTED" "$PASSWORD" "$TOKEN"`,
    ]);
    assert.equal(stderr, "");
    assert.deepEqual(stdout.trim().split("\n"), [`it's "$HOME" and \`id\``, "s3cret word", "hvs.token"]);
  });
});
