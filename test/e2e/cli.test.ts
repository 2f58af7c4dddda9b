import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../local/api-server.ts";
import { Processes } from "../../local/processes.ts";
import { changed } from "../../local/stack-settings.ts";
import { CommandLine, withModel } from "./support/command-line.ts";
import { type LocalPlatform, testDirectory } from "./support/local-platform.ts";
import { assertNowhere, secretValues } from "./support/secret-search.ts";

const minute = 60_000;
const namespace = "litellm-dev";

/** The first of the three uses, as people do it. Told in order: each test begins where the last one ended. */
describe("pulumi on the command line", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let line: CommandLine;
  let platform: LocalPlatform;

  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    line = await CommandLine.start("dev");
    platform = line.platform;
    line.configure(platform.settings);
  });
  after(() => line.stop());

  it("makes a stack", async () => {
    await line.succeed("stack", "init", "dev");
    assert.match((await line.succeed("stack", "ls")).output, /^dev/m);
  });

  it("ends a wrong configuration before anything is registered, without a stack trace", async () => {
    line.configure(changed(platform.settings, "litellm-platform:gateway", (gateway) => ({ ...gateway, hst: "x" })));
    const { code, output } = await line.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /gateway\.hst: unknown key, did you mean host\?/);
    assert.doesNotMatch(output, /\n\s+at .*\.ts:\d+/);
    assert.deepEqual(await platform.names(`namespace/${namespace}`), []);
    line.configure(platform.settings);
  });

  it("previews and changes nothing", async () => {
    const { output } = await line.succeed("preview");
    assert.match(output, /\+ \d+ to create/);
    assert.deepEqual(await platform.names(`namespace/${namespace}`), []);
  });

  it("stands the stack up, and a second time changes nothing and warns of nothing", async () => {
    const { changes } = await line.up();
    assert.ok(changes.includes("created kubernetes:helm.sh/v3:Release litellm-gateway"), changes.join("\n"));
    const again = await line.up("--expect-no-changes");
    assert.deepEqual(again.changes, []);
    assert.doesNotMatch(again.output, /warning/);
  });

  it("gives outputs, with secrets only on demand", async () => {
    const { output } = await line.succeed("stack", "output");
    assert.match(output, /^\s*masterKey\s+\[secret\]$/m);
    assert.match((await line.outputs()).masterKey, /^sk-/);
  });

  it("changes for a model its ConfigMap and the release, and nothing else", async () => {
    line.configure(withModel(platform.settings, "another"));
    assert.deepEqual((await line.up()).changes, [
      "replaced kubernetes:core/v1:ConfigMap litellm-gateway-config",
      "updated kubernetes:helm.sh/v3:Release litellm-gateway",
    ]);
    line.configure(platform.settings);
    await line.up();
  });

  it("rotates the master key and leaves the salt key alone", async () => {
    const [before, kept] = [(await line.outputs()).masterKey, await line.salt()];
    await line.succeed("config", "set", "--path", "litellm-platform:keys.master.version", "2");
    await line.up();
    const after = await line.outputs();
    assert.notEqual(after.masterKey, before);
    assert.equal(after.masterKeySecret.name, "litellm-keys-v2-1");
    assert.equal(await line.salt(), kept);
  });

  it("rotates the database's password, and a second time changes nothing", async () => {
    await line.succeed("config", "set", "--path", "litellm-platform:database.password.version", "2");
    assert.deepEqual((await line.up()).changes, [
      // It logs in with the new password before the release does.
      "replaced kubernetes:batch/v1:Job litellm-gateway-migration",
      "replaced kubernetes:external-secrets.io/v1:ExternalSecret litellm-database-login",
      "replaced random:index:RandomPassword litellm-database-password",
      "updated kubernetes:external-secrets.io/v1:ExternalSecret litellm-database-owner",
      "updated kubernetes:helm.sh/v3:Release litellm-gateway",
      "updated vault:kv:SecretV2 litellm-database-vault",
    ]);
    const { password } = await platform.cluster.secret(namespace, "litellm-db-login-v2");
    assert.equal(password, (await platform.vault.read("secret", "litellm/dev/database"))?.["password"]);
    await until("the operator's Secret has it too", async () => {
      return (await platform.cluster.secret(namespace, "litellm-db-owner"))["password"] === password;
    });
    await line.assertUnchanged();
  });

  it("waits for a new password's Secret before pods roll onto it", async () => {
    const operator = new Processes(testDirectory).pid("external-secrets");
    const usedSecrets = () => platform.kubectl("get", "deployment", "litellm", "-n", namespace, "-o", "yaml");
    process.kill(operator, "SIGSTOP");
    try {
      await line.succeed("config", "set", "--path", "litellm-platform:database.password.version", "3");
      const rotation = line.up();
      await until("there is an ExternalSecret for it", async () =>
        (await platform.names("externalsecret")).some((name) => name.endsWith("/litellm-db-login-v3")),
      );
      assert.equal(await Promise.race([rotation.then(() => "done"), sleep(10_000, "waiting")]), "waiting");
      assert.match(await usedSecrets(), /litellm-db-login-v2/);
      process.kill(operator, "SIGCONT");
      await rotation;
    } finally {
      process.kill(operator, "SIGCONT");
    }
    assert.match(await usedSecrets(), /litellm-db-login-v3/);
    await line.assertUnchanged();
  });

  it("brings what was changed in Vault by hand to its Secrets, and records them as they then are", async () => {
    for (const [path, property] of [
      ["keys/ui", "password"],
      ["cache", "password"],
      ["identity", "client_secret"],
    ] as const) {
      const stored = await platform.vault.read("secret", `litellm/dev/${path}`);
      await platform.vault.write("secret", `litellm/dev/${path}`, {
        ...stored,
        [property]: `by-hand-${path}-0123456789`,
      });
    }
    const { changes } = await line.up();
    assert.equal(changes.filter((change) => change.includes("updated kubernetes:external-secrets.io")).length, 4);
    await line.assertUnchanged();
    assert.doesNotMatch(
      (await line.succeed("refresh", "--yes", "--skip-preview")).output,
      /ExternalSecret \S+ updated/,
    );
  });

  it("finds no drift", async () => {
    await line.succeed("refresh", "--yes", "--skip-preview");
    await line.assertUnchanged();
  });

  it("refuses to destroy a protected stack, as a whole", async () => {
    await line.succeed("config", "set", "litellm-platform:protect", "true");
    await line.up();
    const pods = await platform.names("pod");
    const { code, output } = await line.pulumi("destroy", "--yes");
    assert.notEqual(code, 0);
    assert.match(output, /protected/);
    assert.deepEqual(await platform.names("pod"), pods);
    await line.succeed("config", "set", "litellm-platform:protect", "false");
    await line.up();
  });

  it("leaves no secret in clear in state, history, objects, logs, arguments or what it prints", async () => {
    const exported = (await line.succeed("stack", "export")).output;
    assert.match(exported, /"ciphertext"/);
    await assertNowhere(await secretValues(platform, await line.outputs()), { platform, printed: line.printed });
  });

  it("destroys, keeps the keys, and takes them over again", async () => {
    const kept = await line.salt();
    await line.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await platform.names("deployment"), []);
    await line.up();
    assert.equal(await line.salt(), kept);
    assert.equal((await platform.cluster.secret(namespace, "litellm-keys-v2-1"))["LITELLM_SALT_KEY"], kept);
  });
});
