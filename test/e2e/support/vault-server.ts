import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBinaries } from "../../../local/binaries.ts";
import { request } from "../../../local/http.ts";
import { localDirectory } from "../../../local/paths.ts";
import { Processes, freePort } from "../../../local/processes.ts";
import { VaultAdmin, rootToken } from "../../../local/vault-admin.ts";

/** A real Vault by itself, without the rest of the control plane. */
export interface VaultServer {
  readonly address: string;
  readonly admin: VaultAdmin;
  /** Directory of its log, the only thing that it prints. */
  readonly logDirectory: string;
  /** A token with these policies and no other, named by what they are for. */
  token(policies: Readonly<Record<string, string>>): Promise<string>;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a Vault with empty state and one KV version 2 mount.
 *
 * @param name of the test, so that several can run at once
 * @param mount default: `secret`
 */
export async function startVaultServer(name: string, mount = "secret"): Promise<VaultServer> {
  const { vault: command } = await ensureBinaries();
  const stateDirectory = join(localDirectory, `e2e-vault-${name}`);
  const processes = new Processes(stateDirectory);
  const stop = async () => {
    await processes.stopAll();
    await rm(stateDirectory, { recursive: true, force: true });
  };
  await stop();
  const listen = `127.0.0.1:${await freePort()}`;
  const address = `http://${listen}`;
  const initFile = join(stateDirectory, "vault-init.json");
  await processes.start({
    name: "vault",
    command,
    args: [`--listen=${listen}`, `--data=${join(stateDirectory, "data")}`, `--init=${initFile}`],
    env: { HOME: stateDirectory },
    ready: () => request("GET", `${address}/v1/sys/health`, {}).then(() => true),
    timeoutSeconds: 60,
  });
  try {
    const admin = new VaultAdmin(address, rootToken(initFile));
    await admin.call("POST", `sys/mounts/${mount}`, { type: "kv", options: { version: "2" } });
    await untilReady(admin, mount);
    return {
      address,
      admin,
      logDirectory: join(stateDirectory, "log"),
      async token(policies) {
        for (const [policy, text] of Object.entries(policies))
          await admin.call("POST", `sys/policies/acl/${policy}`, { policy: text });
        const body = { policies: Object.keys(policies), no_default_policy: true, ttl: "1h" };
        const { auth } = (await admin.call("POST", "auth/token/create", body)) as { auth: { client_token: string } };
        return auth.client_token;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A new KV version 2 mount refuses requests until it has set itself up. */
async function untilReady(admin: VaultAdmin, mount: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const refusal = await admin.call("GET", `${mount}/config`).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal === undefined) return;
    if (Date.now() > deadline) throw refusal as Error;
    await sleep(100);
  }
}
