import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Preparation } from "../../local/preparation.ts";
import { findPython } from "../../local/services/binaries.ts";
import { ensurePythonEnvironment } from "../../local/services/python-environment.ts";
import { mustRun } from "../../local/services/run.ts";
import { plainDisplay } from "../../local/steps/display.ts";
import { Steps } from "../../local/steps/steps.ts";
import { NewerIndex } from "../support/package-index.ts";

/** `host` asks for `guest` with an extra, and the index has a newer guest than the pinned one. */
const wheels = [
  { name: "host", version: "1.0", requires: ["guest[mail]>=1.0"] },
  { name: "guest", version: "1.0", extras: ["mail"] },
  { name: "guest", version: "2.0", extras: ["mail"] },
];

describe("an installation of Python packages", function () {
  this.timeout(300_000);

  const directory = mkdtempSync(join(tmpdir(), "closed-installation-"));
  const environment = { ...process.env };
  let hashes: Record<string, string>;
  let index: NewerIndex;

  before(async () => {
    const python = (await findPython()) ?? assert.fail("there is no Python");
    const script = join(import.meta.dirname, "support", "python", "make_wheels.py");
    const made = await mustRun("making wheels", python, [script, directory], { input: JSON.stringify(wheels) });
    hashes = JSON.parse(made) as Record<string, string>;
    index = await NewerIndex.start({
      page: (project) =>
        Promise.resolve(
          Object.entries(hashes)
            .filter(([file]) => file.startsWith(`${project}-`))
            .map(([file, sha256]) => `<a href="/files/${file}#sha256=${sha256}">${file}</a>`)
            .join("\n"),
        ),
      file: (name) => (name in hashes ? readFile(join(directory, name)) : Promise.resolve(undefined)),
    });
    Object.assign(process.env, { UV_DEFAULT_INDEX: index.url, UV_CACHE_DIR: join(directory, "uv-cache") });
  });
  after(() => {
    index.stop();
    process.env = environment;
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    index.asked.length = 0;
  });

  /** Installs exactly these wheels; returns what is in the environment. */
  async function install(name: string, files: readonly string[], change = (text: string) => text): Promise<string[]> {
    const lines = files.map((file) => {
      const [project, version] = file.split("-");
      return `${project}==${version} --hash=sha256:${hashes[`${file}-py3-none-any.whl`]}\n`;
    });
    const requirementsFile = join(directory, `${name}.txt`);
    writeFileSync(requirementsFile, change(lines.join("")));
    // A cache of its own; steps are refused after a failure.
    const to: Preparation = {
      cacheDirectory: join(directory, "cache"),
      steps: new Steps(plainDisplay(() => undefined)),
    };
    const made = await ensurePythonEnvironment(to, { name, title: `install ${name}`, requirementsFile });
    return globSync(join(made, "lib", "python3.*", "site-packages", "*.dist-info")).map((path) => basename(path));
  }

  it("takes the pinned release, asks for no other, and leaves out nothing", async () => {
    const installed = await install("closed", ["host-1.0", "guest-1.0"]);
    assert.deepEqual(installed.sort(), ["guest-1.0.dist-info", "host-1.0.dist-info"]);
    assert.deepEqual([...new Set(index.asked)].sort(), ["guest-1.0-py3-none-any.whl", "host-1.0-py3-none-any.whl"]);
  });

  it("refuses a list in which a requirement of a package is missing", async () => {
    await assert.rejects(
      install("open", ["host-1.0"]),
      /the installed packages do not fit together:\nThe package host requires guest\[mail\]>=1\.0, but it's not installed/,
    );
    assert.deepEqual(
      index.asked.filter((file) => file.startsWith("guest")),
      [],
    );
  });

  it("refuses a file that is not the pinned one, and says so", async () => {
    const forged = install("forged", ["guest-1.0"], (text) => text.replace(/[0-9a-f]{64}/, "0".repeat(64)));
    await assert.rejects(forged, /Hash mismatch[^]*What to do: do not use the file: it is not the one that is pinned/i);
  });

  it("refuses a package without a hash", async () => {
    await assert.rejects(
      install("unpinned", ["guest-1.0"], (text) => text.replace(/ --hash.*/, "")),
      /all requirements must have a hash, but none were provided for: guest==1\.0/,
    );
  });

  it("is made of exact versions with hashes, all of them", () => {
    for (const name of ["requirements", "barman-requirements", "uv-requirements"]) {
      const text = readFileSync(join(import.meta.dirname, "..", "..", "local", `${name}.txt`), "utf8");
      const entries = text
        .replaceAll(" \\\n", " ")
        .split("\n")
        .filter((line) => /^[a-z]/i.test(line));
      assert.ok(entries.length > 0);
      for (const entry of entries)
        assert.match(entry, /^[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ;]+ (; .+ )?( *--hash=sha256:[0-9a-f]{64})+$/, name);
    }
  });
});
