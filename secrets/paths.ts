/** Mount of the KV version 2 secrets engine, and the stack's own path below it. */
export interface SecretPlace {
  readonly mount: string;
  readonly path: string;
}

/** Paths below the stack's own, one a secret, so that one can change without a new version of another. */
export const secretPaths = {
  master: "keys/master",
  salt: "keys/salt",
  ui: "keys/ui",
  database: "database",
  cache: "cache",
  cacheSnapshots: "cache-snapshots",
  responses: "responses",
  backup: "backup",
  recovery: "recovery",
  identity: "identity",
  license: "license",
  provider: (credential: string) => `providers/${credential}`,
} as const;

export function fullPath(place: Pick<SecretPlace, "path">, path: string): string {
  return `${place.path}/${path}`;
}

/** By this a stack knows a mount that it has made, when it has no state of it. */
export const engineDescription = "Secrets of LiteLLM gateways";
