import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalPlatform } from "./support/local-platform.ts";

const namespace = "litellm";
const minute = 60_000;

/** What only the committed production stack has, on the real API server with strict validation. */
describe("the prod stack on the embedded control plane", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true, stack: "prod" });
  });
  after(async () => {
    await platform.stop();
  });

  async function readyReplicas(): Promise<number> {
    const { status } = await platform.cluster.read<{ status: { readyReplicas: number } }>(
      "apps/v1",
      "Deployment",
      namespace,
      "litellm",
    );
    return status.readyReplicas;
  }

  it("names every key that is missing, and nothing is there yet", async () => {
    await assert.rejects(platform.up(), (error: Error) => {
      for (const path of ["providers/openai", "providers/anthropic", "providers/azure-east", "backup"]) {
        assert.match(error.message, new RegExp(`vault kv put -mount=secret litellm/prod/${path} `));
      }
      return true;
    });
    assert.deepEqual(await platform.names(`namespace/${namespace}`), []);
  });

  it("stands up with backups, autoscaler and disruption budget, and a second up changes nothing", async () => {
    for (const provider of ["openai", "anthropic", "azure-east"]) {
      await platform.vault.write("secret", `litellm/prod/providers/${provider}`, { api_key: `sk-of-${provider}` });
    }
    await platform.vault.write("secret", "litellm/prod/backup", { access_key_id: "id", secret_access_key: "secret" });
    await platform.up();
    const kinds = ["objectstore", "scheduledbackup", "horizontalpodautoscaler", "poddisruptionbudget"];
    const names = await Promise.all(kinds.map((kind) => platform.names(kind, namespace)));
    assert.deepEqual(
      names.map((found) => found.length),
      [1, 1, 1, 1],
    );
    // The chart leaves the number to the autoscaler, which brings it from one to its minimum.
    const deadline = Date.now() + minute;
    while ((await readyReplicas()) !== 2) {
      assert.ok(Date.now() < deadline, "the autoscaler has not brought up its minimum of pods");
      await sleep(500);
    }
    await platform.up(platform.settings, { expectNoChanges: true });
  });

  it("is refused its destruction while it is protected", async () => {
    const stack = await platform.stack();
    await assert.rejects(stack.destroy(), /protect/);
    assert.equal((await platform.names("cluster", namespace)).length, 1);
    assert.equal((await platform.names("deployment", namespace)).length, 1);
    await platform.up(platform.settings, { expectNoChanges: true });
  });

  it("refuses a deployment over a salt key that was deleted, until it is brought back", async () => {
    const salt = (await platform.vault.read("secret", "litellm/prod/keys/salt"))?.["key"];
    await platform.vault.remove("secret", "litellm/prod/keys/salt");
    await assert.rejects(
      platform.up(),
      /the salt key was deleted in Vault, must be brought back: vault kv undelete -mount=secret -versions=1 litellm\/prod\/keys\/salt/,
    );
    await platform.vault.restore("secret", "litellm/prod/keys/salt", 1);
    await platform.up(platform.settings, { expectNoChanges: true });
    assert.equal((await platform.vault.read("secret", "litellm/prod/keys/salt"))?.["key"], salt);
  });
});
