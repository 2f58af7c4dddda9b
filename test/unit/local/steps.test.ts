import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { adviceFor } from "../../../local/steps/advice.ts";
import { type Display, plainDisplay } from "../../../local/steps/display.ts";
import { duration } from "../../../local/steps/duration.ts";
import { StepFailure, Steps } from "../../../local/steps/steps.ts";
import { assertGone } from "../../support/gone.ts";

/** A display that remembers. */
function remembering(): Display & { readonly lines: string[]; readonly rows: (readonly string[])[] } {
  const lines: string[] = [];
  const rows: (readonly string[])[] = [];
  return {
    lines,
    rows,
    line: (text) => lines.push(text),
    text: (text) => lines.push(text),
    running: (now) => rows.push(now),
  };
}

const node = process.execPath;
const forever = ["-e", "setInterval(() => {}, 1000)"];

describe("the steps of a run", () => {
  it("return what their work returns, and end with one line: what, how long, processor time", async () => {
    const display = remembering();
    const burn = "const end = Date.now() + 800; while (Date.now() < end);";
    const result = await new Steps(display).run("burn", async ({ run }) => {
      await run("burning", node, ["-e", burn]);
      return 7;
    });
    assert.equal(result, 7);
    assert.equal(display.lines.length, 1);
    assert.match(display.lines[0] ?? "", /^burn +[1-9]\d* s {2}CPU [1-9]\d* s$/);
  });

  it("show what is going on", async () => {
    const display = remembering();
    const steps = new Steps(display);
    await Promise.all([
      steps.run("one", async ({ progress }) => {
        progress("3 of 7");
        await sleep(1100);
      }),
      steps.run("two", () => sleep(1100)),
    ]);
    assert.ok(
      display.rows.some(([one = "", two = ""]) => one === "one, 1 s: 3 of 7" && two === "two, 1 s"),
      JSON.stringify(display.rows),
    );
    assert.deepEqual(display.rows.at(-1), []);
  });

  it("end within seconds when one fails, with every process that they started", async () => {
    const steps = new Steps(remembering());
    const pids: number[] = [];
    const begin = Date.now();
    // A child of a child, as compilers of `go build` are.
    const script = `const { spawn } = require("child_process");
      const child = spawn(process.execPath, ${JSON.stringify(forever)});
      console.log(process.pid); console.log(child.pid); setInterval(() => {}, 1000);`;
    const long = steps.run("long", ({ run }) =>
      run("waiting", node, ["-e", script], { onLine: (line) => pids.push(Number(line)), timeoutSeconds: 60 }),
    );
    const broken = steps.run(
      "broken",
      async ({ run }) => {
        while (pids.length < 2) await sleep(20);
        await run("breaking", node, ["-e", "console.error('the reason'); process.exitCode = 3"]);
      },
      "mend it.",
    );
    await assert.rejects(steps.all([long, broken]), (error: Error) => {
      assert.ok(error instanceof StepFailure);
      assert.equal(
        error.message,
        [
          'Step "broken" failed. breaking failed (exit code 3):\nthe reason',
          "What to do: mend it.",
          "What other steps have finished is kept. Run the same command again after that: it continues from there.",
        ].join("\n\n"),
      );
      return true;
    });
    assert.ok(Date.now() - begin < 10_000);
    assert.equal(pids.length, 2);
    await assertGone(pids);
  });

  it("end when something between them fails", async () => {
    const steps = new Steps(remembering());
    const long = steps.run("long", ({ run }) => run("waiting", node, forever));
    await assert.rejects(steps.all([long, Promise.reject(new Error("no Java"))]), /^Error: no Java$/);
  });

  it("are refused after a failure, with that failure", async () => {
    const steps = new Steps(remembering(), "");
    await assert.rejects(steps.run("first", () => Promise.reject(new Error("out of luck"))));
    await assert.rejects(
      steps.run("second", () => assert.fail("it must not begin")),
      { message: 'Step "first" failed. out of luck\n\nWhat to do: read the message above.' },
    );
  });

  it("kill a command that does not mind SIGTERM", async () => {
    const steps = new Steps(remembering());
    const ready = Promise.withResolvers<unknown>();
    const stubborn = "process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)";
    const work = steps.run("stubborn", ({ run }) =>
      run("waiting", node, ["-e", stubborn], { onLine: ready.resolve, timeoutSeconds: 60 }),
    );
    work.catch(() => undefined);
    await ready.promise;
    const begin = Date.now();
    steps.fail(new Error("interrupted"));
    await assert.rejects(work, { message: "interrupted" });
    assert.ok(Date.now() - begin < 10_000);
  });
});

describe("what to do about a failure", () => {
  it("is told by what the message says, else by the step", () => {
    const disk = /^make room on the disk/;
    assert.match(adviceFor("write /tmp/x: no space left on device", "check the network."), disk);
    assert.match(adviceFor("ENOSPC: no space left on device, write"), disk);
    assert.match(adviceFor("go build failed (exit code 137):"), /memory/);
    assert.match(adviceFor("compile: signal: killed"), /memory/);
    assert.match(adviceFor("error: Hash mismatch for `a==1`"), /not the one that is pinned/);
    assert.match(adviceFor("verifying m@v1: checksum mismatch"), /not the one that is pinned/);
    assert.equal(adviceFor("connection refused", "check the network."), "check the network.");
  });
});

describe("progress without a terminal", () => {
  it("gives a sign of life after 25 seconds of silence and not before", () => {
    let time = 0;
    let written = "";
    const display = plainDisplay(
      (text) => (written += text),
      () => time,
    );
    const rows = ["compile vault, 20 s: 3 of 7 packages", "install LiteLLM, 20 s"];
    for (time = 0; time <= 60_000; time += 1000) {
      if (time === 20_000) display.line("install Keycloak  19 s");
      display.running(rows);
    }
    assert.equal(
      written,
      ["   20 s  install Keycloak  19 s", `   45 s  still running: ${rows.join("; ")}`, ""].join("\n"),
    );
  });

  it("writes durations for people", () => {
    assert.deepEqual([400, 7000, 99_000, 245_000].map(duration), ["0 s", "7 s", "99 s", "4 min 05 s"]);
  });
});
