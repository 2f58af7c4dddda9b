import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findOnPath } from "../../local/services/binaries.ts";
import { projectDirectory } from "../../local/paths.ts";
import { assertGone } from "../support/gone.ts";
import { callerEnvironment } from "../../local/services/run.ts";

const continues =
  /What other steps have finished is kept\. Run the same command again after that: it continues from there\.$/;

/** A `go` that seems to work for long, with a child, as compilers of a build are. */
const busyGo = `sleep 600 & echo $! >> "$PIDS"; echo $$ >> "$PIDS"; wait`;

/** Something breaks while the tools are prepared: the message says what and what to do, and nothing goes on. */
describe("a preparation that fails", function () {
  this.timeout(180_000);

  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "preparation-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  interface Outcome {
    readonly code: number | null;
    readonly errors: string;
    /** Seconds from the first sign of the failure to the end. */
    readonly secondsAfter: number;
    readonly pids: readonly number[];
  }

  /** Prepares the tools into an empty cache with a `go` of this test's. */
  async function prepare(
    goScript: string,
    env: Readonly<Record<string, string>> = {},
    options: { readonly under?: readonly string[]; readonly interruptOnce?: (pids: readonly number[]) => boolean } = {},
  ): Promise<Outcome> {
    const programs = join(directory, "programs");
    const pidFile = join(directory, "pids");
    mkdirSync(programs);
    const script = `#!/bin/sh\ncase "$1" in env) echo go1.26.8;; *) ${goScript};; esac\n`;
    writeFileSync(join(programs, "go"), script, { mode: 0o755 });
    writeFileSync(pidFile, "");
    const pids = () => readFileSync(pidFile, "utf8").split("\n").filter(Boolean).map(Number);
    const [command, ...args] = [
      ...(options.under ?? []),
      process.execPath,
      join(projectDirectory, "local", "prepare.ts"),
    ];
    const child = spawn(command, args, {
      env: {
        ...callerEnvironment(),
        LITELLM_PLATFORM_CACHE: join(directory, "cache"),
        PATH: `${programs}${delimiter}${process.env["PATH"] ?? ""}`,
        PIDS: pidFile,
        ...env,
      },
    });
    let [errors, failedAt] = ["", 0];
    child.stdout.resume();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (failedAt === 0) failedAt = Date.now();
      errors += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    if (options.interruptOnce !== undefined) {
      while (!options.interruptOnce(pids())) await sleep(50);
      failedAt = Date.now();
      child.kill("SIGINT");
    }
    const code = await ended;
    return { code, errors: errors.trim(), secondsAfter: (Date.now() - failedAt) / 1000, pids: pids() };
  }

  async function assertEnded({ code, secondsAfter, pids }: Outcome, expected: number): Promise<void> {
    assert.equal(code, expected);
    assert.ok(secondsAfter < 10, `${secondsAfter} s`);
    await assertGone(pids);
  }

  it("tells of an index that cannot be reached, and ends the compilers", async () => {
    const nowhere = "http://127.0.0.1:9/simple";
    const index = { UV_DEFAULT_INDEX: nowhere, PIP_INDEX_URL: nowhere, PIP_RETRIES: "1" };
    const outcome = await prepare(busyGo, index);
    await assertEnded(outcome, 1);
    assert.ok(outcome.pids.length >= 2);
    assert.match(outcome.errors, /^Preparing the tools failed\. Step "install LiteLLM" failed\. installing uv failed/);
    assert.match(outcome.errors, /Connection refused[^]*\nAll of its output is in .*log\/uv\.log/);
    assert.match(
      outcome.errors,
      /\n\nWhat to do: check that the Python package index can be reached\. .*UV_DEFAULT_INDEX/,
    );
    assert.match(outcome.errors, continues);
  });

  it("tells of a compiler that was killed", async () => {
    const outcome = await prepare(`kill -9 $$`);
    await assertEnded(outcome, 1);
    assert.match(
      outcome.errors,
      /^Preparing the tools failed\. Step "[^"]+" failed\. go \S+ \S+ in local\/go\/[^]* \(exit code 137\)/,
    );
    assert.match(outcome.errors, /What to do: find out what killed the command\. .*memory/);
    assert.match(outcome.errors, continues);
  });

  it("tells what a compiler says last", async () => {
    const outcome = await prepare(`for i in $(seq 40); do echo "line $i" >&2; done; exit 1`);
    await assertEnded(outcome, 1);
    assert.match(outcome.errors, /\(exit code 1\):\nline 26\n[^]*\nline 40\n/);
    assert.doesNotMatch(outcome.errors, /line 25\n/);
    assert.match(outcome.errors, /What to do: check that the Go module proxy can be reached/);
  });

  it("tells of a compiler that is missing, before anything begins", async () => {
    // Everything else that is on the PATH now.
    const needed = "sh env python3 postgres initdb psql redis-server openssl java mvn id chromium google-chrome".split(
      " ",
    );
    const others = join(directory, "others");
    mkdirSync(others);
    for (const name of needed) {
      const found = findOnPath(name);
      if (found !== undefined) symlinkSync(found, join(others, name));
    }
    const outcome = await prepare("exit 1", { PATH: others });
    await assertEnded(outcome, 1);
    assert.match(
      outcome.errors,
      /^Preparing the tools failed\. This machine lacks:\n {2}- Go 1\.26 or newer \(`go`\), which builds the control plane: https:\/\/go\.dev\/dl\//,
    );
    assert.ok(!existsSync(join(directory, "cache")));
  });

  it("tells of a full disk", async function () {
    // A file system of 1 MB, in a namespace of its own.
    const cache = join(directory, "cache");
    const mount = `mkdir -p '${cache}' && mount -t tmpfs -o size=1m tmpfs '${cache}' && exec "$@"`;
    const outcome = await prepare(busyGo, {}, { under: ["unshare", "-rm", "sh", "-c", mount, "sh"] });
    await assertEnded(outcome, 1);
    assert.match(outcome.errors, /What to do: make room on the disk\. The tools take 10 GB/);
    assert.match(outcome.errors, continues);
  });

  it("is ended by Ctrl-C with all that it started", async () => {
    const outcome = await prepare(busyGo, {}, { interruptOnce: (pids) => pids.length >= 2 });
    await assertEnded(outcome, 130);
    assert.equal(outcome.errors, "Preparing the tools was interrupted: ending every process");
  });
});
