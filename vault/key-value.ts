import { readSubkeys } from "./stored-secrets.ts";
import { type VaultClient, VaultError } from "./client.ts";
import type { StoredSecret } from "../secrets/stored.ts";

/** New values by name; null takes the name away. */
export type Changes = Readonly<Record<string, string | null>>;

/** What a policy must allow to change a secret that exists. */
const changing = "patch, or read and update,";

/** How often a change is tried again when somebody else writes the same secret at the same time. */
const attempts = 3;

/** Names of the secrets directly below a path, deleted ones included. */
export async function listSecrets(client: VaultClient, path: string): Promise<string[]> {
  const body = await client.request("GET", {
    path: `${client.mount}/metadata/${path}`,
    query: "?list=true",
    capability: "list",
    mayBeMissing: true,
  });
  const { data } = (body ?? {}) as { data?: { keys: readonly string[] } };
  return (data?.keys ?? []).filter((name) => !name.endsWith("/")).sort();
}

/**
 * Changes some values of a secret and keeps the others, as a new version: earlier ones stay as they are. It takes
 * `create` and `update` where there is no secret, else `patch`, or `read` and `update`.
 *
 * @returns the new version
 */
export async function changeSecret(client: VaultClient, path: string, changes: Changes): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const stored = await readSubkeys(client, path);
    try {
      return await (stored === undefined || stored.deleted
        ? write(client, path, { version: stored?.version ?? 0, values: changes }, "create and update")
        : merge(client, path, { stored, changes }));
    } catch (error) {
      if (attempt === attempts || !(error instanceof VaultError && error.outdated)) throw error;
    }
  }
}

/** Deletes the newest version of a secret, which can be brought back. */
export async function deleteSecret(client: VaultClient, path: string): Promise<void> {
  await client.request("DELETE", { path: dataPath(client, path), capability: "delete" });
}

async function merge(
  client: VaultClient,
  path: string,
  { stored, changes }: { readonly stored: StoredSecret; readonly changes: Changes },
): Promise<number> {
  try {
    const body = await client.request("PATCH", {
      path: dataPath(client, path),
      body: { options: { cas: stored.version }, data: changes },
      capability: changing,
    });
    return versionOf(client, body);
  } catch (error) {
    // Not in the token's policies, or a method that something in between does not let through.
    if (!(error instanceof VaultError) || (error.status !== 403 && error.status !== 405)) throw error;
  }
  const body = await client.request("GET", { path: dataPath(client, path), capability: changing });
  const { data } = body as { data: { data: Readonly<Record<string, unknown>>; metadata: { version: number } } };
  const current = { version: data.metadata.version, values: { ...data.data, ...changes } };
  return write(client, path, current, changing);
}

/** Writes a whole secret, unless it has another version by now. */
async function write(
  client: VaultClient,
  path: string,
  secret: { readonly version: number; readonly values: Readonly<Record<string, unknown>> },
  capability: string,
): Promise<number> {
  const data = Object.fromEntries(Object.entries(secret.values).filter(([, value]) => value !== null));
  const body = await client.request("POST", {
    path: dataPath(client, path),
    body: { options: { cas: secret.version }, data },
    capability,
  });
  return versionOf(client, body);
}

function versionOf(client: VaultClient, body: unknown): number {
  const { data } = (body ?? {}) as { data?: { version?: unknown } };
  if (typeof data?.version !== "number") throw client.noEngine();
  return data.version;
}

function dataPath(client: VaultClient, path: string): string {
  return `${client.mount}/data/${path}`;
}
