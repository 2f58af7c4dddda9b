/** What is known of a secret in Vault. */
export interface StoredSecret {
  /** Version of the KV version 2 secret; it grows with every write. */
  readonly version: number;
  /** Names of the values, for example `api_key`; none when the newest version was deleted. */
  readonly properties: readonly string[];
  /** Whether the newest version was deleted. */
  readonly deleted: boolean;
  /** Whether it was deleted for good. Default: it can still be brought back. */
  readonly destroyed?: true;
  /** Its values, of the stack's own secrets and of keys to import. Default: nobody has asked for them. */
  readonly values?: Readonly<Record<string, string>>;
}

/** Secrets that exist in Vault, by full path below the mount. A missing path has none. */
export type StoredSecrets = ReadonlyMap<string, StoredSecret>;
