import { type VaultAccess, VaultClient } from "./client.ts";
import { type SecretRef, pathsOf } from "../secrets/inventory.ts";
import type { StoredSecret, StoredSecrets } from "../secrets/stored.ts";

/**
 * Reads which of the paths exist, their versions and the names of their values, and never a value. The program needs
 * the versions to roll pods, and the names to say what is missing before it changes anything.
 */
export async function readStoredSecrets(
  vault: VaultAccess | VaultClient,
  paths: readonly string[],
): Promise<StoredSecrets> {
  const client = vault instanceof VaultClient ? vault : new VaultClient(vault);
  const found = await Promise.all(
    [...new Set(paths)].map(async (path) => [path, await readSubkeys(client, path)] as const),
  );
  return new Map(found.flatMap(([path, secret]) => (secret === undefined ? [] : [[path, secret]])));
}

/** What is known of one secret; the `subkeys` endpoint of KV version 2 gives no values. */
export async function readSubkeys(client: VaultClient, path: string): Promise<StoredSecret | undefined> {
  const body = await client.request("GET", {
    path: `${client.mount}/subkeys/${path}`,
    capability: "read",
    mayBeMissing: true,
  });
  try {
    return parseSubkeys(body);
  } catch {
    throw client.noEngine();
  }
}

/** What Vault holds of a stack's secrets, with the values of those that the program generates or imports. */
export async function readSecrets(client: VaultClient, secrets: readonly SecretRef[]): Promise<StoredSecrets> {
  const found = await readStoredSecrets(client, pathsOf(secrets, "generated", "provided", "imported"));
  return withValues(client, found, pathsOf(secrets, "generated", "imported"));
}

/**
 * The same with the values of those of the paths that are there. They stay in the program's memory, and become secrets
 * of the engine where they are handed to it.
 */
async function withValues(
  client: VaultClient,
  stored: StoredSecrets,
  paths: readonly string[],
): Promise<StoredSecrets> {
  const read = await Promise.all(
    paths.map(async (path): Promise<(readonly [string, StoredSecret])[]> => {
      const secret = stored.get(path);
      if (secret?.deleted !== false) return [];
      return [[path, { ...secret, values: await readValues(client, path) }]];
    }),
  );
  return new Map([...stored, ...read.flat()]);
}

async function readValues(client: VaultClient, path: string): Promise<Record<string, string>> {
  const body = await client.request("GET", { path: `${client.mount}/data/${path}`, capability: "read" });
  const { data } = (body ?? {}) as { data?: { data?: Readonly<Record<string, unknown>> | null } };
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(data?.data ?? {}).map(([name, value]) => [name, text(value)]));
}

/** An answer of the `subkeys` endpoint; nothing when there is no such secret. Throws at what no such engine says. */
export function parseSubkeys(body: unknown): StoredSecret | undefined {
  const { data, errors } = body as {
    data?: {
      subkeys: Record<string, unknown> | null;
      metadata: { version: number; deletion_time: string; destroyed?: boolean };
    };
    errors?: readonly string[];
  };
  if (data === undefined) {
    if (errors?.length === 0) return undefined;
    throw new TypeError("no answer of a KV version 2 engine");
  }
  const deleted = data.subkeys === null || data.metadata.deletion_time !== "";
  return {
    version: data.metadata.version,
    properties: deleted ? [] : Object.keys(data.subkeys ?? {}).sort(),
    deleted,
    ...(data.metadata.destroyed === true && { destroyed: true }),
  };
}
