/** What is known of a secret in Vault without its values. */
export interface StoredSecret {
  /** Version of the KV version 2 secret; it grows with every write. */
  readonly version: number;
  /** Names of the values, for example `api_key`; none when the newest version was deleted. */
  readonly properties: readonly string[];
  /** Whether the newest version was deleted and can still be brought back. */
  readonly deleted: boolean;
}

/** Secrets that exist in Vault, by full path below the mount. A missing path has none. */
export type StoredSecrets = ReadonlyMap<string, StoredSecret>;

export interface VaultAccess {
  readonly address: string;
  readonly mount: string;
  readonly namespace?: string | undefined;
  readonly token: string;
}

/** A refusal or failure of Vault, told without any secret. */
export class VaultError extends Error {}

/**
 * Reads which of the paths exist, their versions and the names of their values, and never a value: the `subkeys`
 * endpoint of KV version 2 gives no more. The program needs the versions to roll pods, and the names to say what is
 * missing before it changes anything.
 */
export async function readStoredSecrets(access: VaultAccess, paths: readonly string[]): Promise<StoredSecrets> {
  // A header's own refusal would repeat the token.
  const token = access.token.trim();
  if (!/^[!-~]+$/.test(token)) throw new VaultError("the token for Vault is empty or has characters that no token has");
  const found = await Promise.all(
    [...new Set(paths)].map(async (path) => [path, await readSubkeys({ ...access, token }, path)] as const),
  );
  return new Map(found.flatMap(([path, secret]) => (secret === undefined ? [] : [[path, secret]])));
}

async function readSubkeys(access: VaultAccess, path: string): Promise<StoredSecret | undefined> {
  const where = `${access.mount}/subkeys/${path}`;
  let response: Response;
  try {
    response = await fetch(`${access.address.replace(/\/$/, "")}/v1/${where}`, {
      headers: {
        "X-Vault-Token": access.token,
        "X-Vault-Request": "true",
        ...(access.namespace === undefined ? {} : { "X-Vault-Namespace": access.namespace }),
      },
      signal: AbortSignal.timeout(15_000),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new VaultError(
      `Vault at ${access.address} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  if (!response.ok && response.status !== 404) {
    const hint = response.status === 403 ? `; the token needs read on ${where}` : "";
    throw new VaultError(`Vault at ${access.address} answers ${response.status} for ${where}${hint}`);
  }
  try {
    return parseSubkeys(await response.json());
  } catch {
    throw new VaultError(`Vault at ${access.address} has no KV version 2 engine at ${access.mount}, or is no Vault`);
  }
}

/** An answer of the `subkeys` endpoint; nothing when there is no such secret. Throws at what no such engine says. */
export function parseSubkeys(body: unknown): StoredSecret | undefined {
  const { data, errors } = body as {
    data?: { subkeys: Record<string, unknown> | null; metadata: { version: number; deletion_time: string } };
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
  };
}
