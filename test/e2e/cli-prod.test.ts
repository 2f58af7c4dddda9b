import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeBlocks } from "../support/pages.ts";
import { CommandLine } from "./support/command-line.ts";
import type { LocalPlatform } from "./support/local-platform.ts";

const minute = 60_000;
const namespace = "litellm";

/** The committed production stack by the words of docs/install.md. Told in order. */
describe("pulumi on the command line, in production", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let line: CommandLine;
  let platform: LocalPlatform;

  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    line = await CommandLine.start("prod");
    platform = line.platform;
  });
  after(() => line.stop());

  const deployments = () => platform.names("deployment", namespace);

  it("makes a stack of the committed file, with addresses of its own", async () => {
    const block = codeBlocks("docs/install.md", "sh").find((text) => text.includes("stack init")) ?? assert.fail();
    assert.deepEqual(
      block
        .trim()
        .split("\n")
        .map((text) => text.replace(/\s*#.*/, "")),
      [
        "npm ci",
        "npx pulumi stack init prod",
        'printf %s "$OPENAI_API_KEY" | vault kv put -mount=secret litellm/prod/providers/openai api_key=-',
        "npx pulumi up",
      ],
    );
    await line.succeed("stack", "init", "prod");
    const { "litellm-platform:vault": vault, "litellm-platform:identity": identity } = platform.settings as {
      readonly [part: string]: Readonly<Record<string, string>>;
    };
    const { chart } = platform.settings["litellm-platform:gateway"] as { chart: { source: string } };
    const own = { "vault.address": vault?.["address"], "identity.issuer": identity?.["issuer"] };
    for (const [path, value] of Object.entries({ ...own, "gateway.chart.source": chart.source }))
      await line.succeed("config", "set", "--path", `litellm-platform:${path}`, value ?? assert.fail(path));
  });

  it("names every key that is missing, with the command that puts it there", async () => {
    const { code, output } = await line.pulumi("up", "--yes");
    assert.notEqual(code, 0);
    // One value by its name, or several as JSON.
    const commands = [...output.matchAll(/printf (%s|'\S+') .* \| vault kv put -mount=secret (\S+) (?:(\w+)=)?-/g)];
    assert.deepEqual([...new Set(commands.map(([, , path]) => path))].sort(), [
      "litellm/prod/backup",
      "litellm/prod/providers/anthropic",
      "litellm/prod/providers/azure-east",
      "litellm/prod/providers/openai",
    ]);
    assert.deepEqual(await platform.names(`namespace/${namespace}`), []);
    assert.equal(commands.length, 4);
    for (const [, json = "", path = "", property] of commands) {
      const names = property === undefined ? [...json.matchAll(/"(\w+)":/g)].map(([, name = ""]) => name) : [property];
      const values = names.map((name) => [name, `sk-for-${name}-of-${path}`] as const);
      await platform.vault.write("secret", path, Object.fromEntries(values));
    }
  });

  it("stands the stack up, after a preview, and a second time changes nothing", async () => {
    const { changes } = await line.succeed("up", "--yes");
    assert.ok(changes.includes("created kubernetes:helm.sh/v3:Release litellm-gateway"), changes.join("\n"));
    assert.deepEqual((await line.succeed("up", "--yes", "--expect-no-changes")).changes, []);
    assert.equal((await line.outputs()).url, "https://litellm.example.com");
  });

  it("changes for a model its ConfigMap and the release, and nothing else", async () => {
    const file = join(line.project, "models.example.yaml");
    const models = readFileSync(file, "utf8");
    const another =
      "- model_name: another\n  litellm_params: { model: openai/gpt-5, api_key: os.environ/OPENAI_API_KEY }\n";
    writeFileSync(file, `${models.trimEnd()}\n${another}`);
    assert.deepEqual((await line.up()).changes, [
      "replaced kubernetes:core/v1:ConfigMap litellm-gateway-config",
      "updated kubernetes:helm.sh/v3:Release litellm-gateway",
    ]);
    assert.ok((await line.outputs()).models.includes("another"));
  });

  it("rotates the master key and leaves the salt key alone", async () => {
    const [before, kept] = [(await line.outputs()).masterKey, await line.salt()];
    await line.succeed("config", "set", "--path", "litellm-platform:keys.master.version", "2");
    await line.up();
    assert.notEqual((await line.outputs()).masterKey, before);
    assert.equal(await line.salt(), kept);
  });

  it("finds no drift", async () => {
    await line.succeed("refresh", "--yes", "--skip-preview");
    await line.assertUnchanged();
  });

  it("refuses to be destroyed, as a whole, with and without a preview", async () => {
    for (const words of [[], ["--skip-preview"]]) {
      const { code, output } = await line.pulumi("destroy", "--yes", ...words);
      assert.notEqual(code, 0);
      assert.match(output, /protected/);
      assert.deepEqual(await deployments(), ["deployment.apps/litellm"]);
    }
    await line.assertUnchanged();
  });

  it("is destroyed once its protection is taken away, and takes over again what it kept", async () => {
    const kept = await line.salt();
    await line.succeed("config", "set", "litellm-platform:protect", "false");
    await line.up();
    await line.succeed("destroy", "--yes");
    assert.deepEqual(await deployments(), []);
    assert.deepEqual(await platform.names("cluster", namespace), ["cluster.postgresql.cnpg.io/litellm-db"]);
    await line.succeed("config", "set", "litellm-platform:protect", "true");
    await line.up();
    assert.equal(await line.salt(), kept);
    assert.equal((await platform.cluster.secret(namespace, "litellm-keys-v2-1"))["LITELLM_SALT_KEY"], kept);
    await line.assertUnchanged();
  });

  it("has no secret in clear in its state, nor in anything that was printed", async () => {
    const { output } = await line.succeed("stack", "export");
    const secrets = [await line.salt(), (await line.outputs()).masterKey, "sk-for-"];
    for (const [place, text] of Object.entries({ state: output, printed: line.printed }))
      for (const secret of secrets) assert.ok(!text.includes(secret), place);
  });
});
