import assert from "node:assert/strict";
import { mustRun, run } from "../../../local/services/run.ts";

describe("running a command", () => {
  const node = process.execPath;

  it("gives it its input and returns both outputs and the code", async () => {
    const script = "process.stdin.pipe(process.stdout); console.error('warned'); process.exitCode = 3";
    const seen: string[] = [];
    const result = await run(node, ["-e", script], { input: "hello", onLine: (line) => seen.push(line) });
    assert.deepEqual(result, { code: 3, stdout: "hello", stderr: "warned\n" });
    assert.deepEqual(seen.sort(), ["hello", "warned"]);
  });

  it("does not mind a command that reads no input", async () => {
    assert.equal((await run(node, ["-e", "0"], { input: "x".repeat(1_000_000) })).code, 0);
  });

  it("stops a command that takes too long", async () => {
    const result = await run(node, ["-e", "setInterval(() => {}, 1000)"], { timeoutSeconds: 0.2 });
    assert.equal(result.code, 124);
  });

  it("tells of a command that is not there", async () => {
    assert.equal((await run("/nonexistent/program", [])).code, 127);
    await assert.rejects(mustRun("the task", "/nonexistent/program", []), /^Error: the task failed \(exit code 127\)/);
  });
});
