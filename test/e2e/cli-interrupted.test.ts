import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Processes } from "../../local/processes.ts";
import { changed } from "../../local/stack-settings.ts";
import { CommandLine, withModel } from "./support/command-line.ts";
import { type LocalPlatform, testDirectory } from "./support/local-platform.ts";

const minute = 60_000;
const namespace = "litellm-dev";

/** What comes after an `up` that was killed, or a lost state: one more `up`, and no hand work. Told in order. */
describe("pulumi on the command line, interrupted", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let line: CommandLine;
  let platform: LocalPlatform;

  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    line = await CommandLine.start("dev");
    platform = line.platform;
    line.configure(platform.settings);
    await line.succeed("stack", "init", "dev");
  });
  after(() => line.stop());

  /** Whether Helm says this of the release's newest revision. */
  async function isHelmAt(status: string): Promise<boolean> {
    const words = ["secret", "-n", namespace, "-l", `owner=helm,name=litellm,status=${status}`, "-o", "name"];
    return (await platform.kubectl("get", ...words)) !== "";
  }

  async function loseState(): Promise<void> {
    await line.succeed("stack", "rm", "dev", "--force", "--yes", "--preserve-config");
    await line.succeed("stack", "init", "dev");
  }

  it("converges with the same keys after an up was killed at four places, one of them while Helm installed", async () => {
    await line.killedUp(async () => (await platform.names("secretstore")).length > 0);
    const kept = await line.salt();
    for (const kind of ["dragonfly", "job"]) await line.killedUp(async () => (await platform.names(kind)).length > 0);
    await line.killedUp(() => isHelmAt("pending-install"));
    assert.match((await line.up()).output, /exists and is not in the Pulumi state \(pending-install\): adopting it/);
    assert.equal(await line.salt(), kept);
    assert.equal((await platform.cluster.secret(namespace, "litellm-keys-v1-1"))["LITELLM_SALT_KEY"], kept);
    await line.assertUnchanged();
  });

  it("is rid of the warning of pending operations as the documentation says", async () => {
    assert.match((await line.up()).output, /pending operations/);
    await line.succeed("refresh", "--clear-pending-creates", "--yes", "--skip-preview");
    const { output, changes } = await line.up("--expect-no-changes");
    assert.deepEqual(changes, []);
    assert.doesNotMatch(output, /warning/);
  });

  it("finishes a change in the middle of which Helm was killed", async () => {
    line.configure(withModel(platform.settings, "another"));
    await line.killedUp(() => isHelmAt("pending-upgrade"));
    assert.match((await line.up()).output, /is stuck in pending-upgrade: discarding revision \d+/);
    assert.ok((await line.outputs()).models.includes("another"));
    await line.assertUnchanged();
  });

  it("waits for plugins that have outlived their engine", async () => {
    const kwok = new Processes(testDirectory).pid("kwok");
    line.configure(withModel(platform.settings, "a third"));
    // Pods are ready no sooner than this goes on, and Helm waits for them.
    process.kill(kwok, "SIGSTOP");
    try {
      await line.killedUp(() => isHelmAt("pending-upgrade"), "alone");
      const next = line.up();
      await sleep(15_000);
      assert.ok(await isHelmAt("pending-upgrade"));
      process.kill(kwok, "SIGCONT");
      const { output } = await next;
      assert.match(output, /waiting for the Kubernetes plugin of a killed up \(process \d+\) to finish/);
      assert.doesNotMatch(output, /discarding revision/);
    } finally {
      process.kill(kwok, "SIGCONT");
    }
    await line.assertUnchanged();
  });

  it("takes everything over when its state is lost, with the same keys", async () => {
    const kept = await line.salt();
    await loseState();
    assert.match((await line.up()).output, /exists and is not in the Pulumi state \(deployed\): adopting it/);
    assert.equal(await line.salt(), kept);
    await line.assertUnchanged();
  });

  it("says what comes first, where the configuration has lost something besides", async () => {
    line.configure(
      changed(platform.settings, "litellm-platform:gateway", (gateway) => ({
        ...gateway,
        podAnnotations: { "example.com/team": "ai" },
      })),
    );
    await line.up();
    await loseState();
    line.configure(platform.settings);
    const { code, output } = await line.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(output, /the configuration no longer has values\.podAnnotations\.example\.com\/team/);
    const command = /then run up again: pulumi (import .* --yes)/.exec(output)?.[1] ?? assert.fail(output);
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = ""]) => quoted ?? plain);
    await line.succeed(...words);
    await line.up();
    const deployment = await platform.kubectl("get", "deployment", "litellm", "-n", namespace, "-o", "yaml");
    assert.doesNotMatch(deployment, /example\.com\/team/);
    await line.assertUnchanged();
  });
});
