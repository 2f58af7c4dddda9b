import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { changed } from "../../local/stack-settings.ts";
import type { VaultAdmin } from "../../local/vault-admin.ts";
import { codeBlocks, page } from "../support/pages.ts";
import { LocalPlatform } from "./support/local-platform.ts";

const namespace = "litellm";
const minute = 60_000;

/** The token that docs/install.md asks for, of exactly the policy that stands there. */
async function deployer(vault: VaultAdmin): Promise<string> {
  const [policy = assert.fail("the page has no policy")] = codeBlocks("docs/install.md", "hcl");
  await vault.call("POST", "sys/policies/acl/deployer", { policy });
  const { auth } = (await vault.call("POST", "auth/token/create", { policies: ["deployer"] })) as {
    auth: { client_token: string };
  };
  return auth.client_token;
}

/**
 * What only the committed production stack has, on the real API server with strict validation, deployed with the rights
 * in Vault that the documentation asks for.
 */
describe("the prod stack on the embedded control plane", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true, stack: "prod", deployer });
  });
  after(async () => {
    await platform.stop();
  });

  interface Deployed {
    readonly spec: { readonly replicas: number };
    readonly status: { readonly readyReplicas?: number };
  }
  const deployment = () => platform.cluster.read<Deployed>("apps/v1", "Deployment", namespace, "litellm");

  async function untilReady(pods: number): Promise<void> {
    const deadline = Date.now() + minute;
    for (;;) {
      const { readyReplicas = 0 } = (await deployment()).status;
      if (readyReplicas === pods) return;
      assert.ok(Date.now() < deadline, `${readyReplicas} pods are ready and not ${pods}`);
      await sleep(500);
    }
  }

  /** Scales as docs/recover.md says. */
  async function scale(replicas: "0" | "<replicas.min>"): Promise<void> {
    const command = `kubectl -n <namespace> scale deployment litellm --replicas=${replicas}`;
    assert.ok(page("docs/recover.md").includes(command));
    const words = command.replace("<namespace>", namespace).replace("<replicas.min>", "2").split(" ");
    await platform.kubectl(...words.slice(1));
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
    await untilReady(2);
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
      /the salt key was deleted in Vault\. Restore it with: vault kv undelete -mount=secret -versions=1 litellm\/prod\/keys\/salt/,
    );
    await platform.vault.restore("secret", "litellm/prod/keys/salt", 1);
    await platform.up(platform.settings, { expectNoChanges: true });
    assert.equal((await platform.vault.read("secret", "litellm/prod/keys/salt"))?.["key"], salt);
  });

  it("turns backups off in the two steps of the documentation, which leave nothing behind, and on again", async () => {
    const kinds = "scheduledbackup,objectstore,externalsecret";
    const before = await platform.names(kinds, namespace);
    const ofBackups = before.filter((name) => !name.startsWith("externalsecret") || name.endsWith("/litellm-backup"));
    await platform.up({ ...platform.settings, "litellm-platform:protect": false, "litellm-platform:retain": false });
    const without = changed(platform.settings, "litellm-platform:database", (database) => ({
      ...database,
      backup: { mode: "none", reason: "a test turns them off" },
    }));
    await platform.up(without);
    assert.equal(ofBackups.length, 3);
    assert.deepEqual(
      await platform.names(kinds, namespace),
      before.filter((name) => !ofBackups.includes(name)),
    );
    await platform.up(platform.settings);
    assert.deepEqual(await platform.names(kinds, namespace), before);
  });

  it("is recovered with its pods stopped, which come back as the documentation says and not before", async () => {
    const unprotected = { ...platform.settings, "litellm-platform:protect": false };
    await platform.up(unprotected);
    await scale("0");
    await untilReady(0);
    const recovered = changed(unprotected, "litellm-platform:database", (database) => ({
      ...database,
      clusterName: "litellm-db-2",
      recovery: { serverName: "litellm-db", target: { kind: "time", time: "2026-11-21T04:05:06Z" } },
    }));
    await platform.up(recovered);
    assert.equal((await platform.names("cluster", namespace)).length, 2);
    assert.equal((await deployment()).spec.replicas, 0);
    await platform.up(recovered, { expectNoChanges: true });
    assert.equal((await deployment()).spec.replicas, 0);
    await scale("<replicas.min>");
    await untilReady(2);
    await platform.up({ ...recovered, "litellm-platform:protect": true });
    await untilReady(2);
  });
});
