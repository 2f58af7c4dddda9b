import { LiteLLMPlatform } from "../../components/platform.ts";
import { readImports } from "../../program/key-import.ts";
import { preflightProblems } from "../../program/preflight.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { type ClusterContents, type Registration, type VaultContents, record } from "./recorder.ts";
import type { StoredSecret, StoredSecrets } from "../../secrets/stored.ts";
import { providedSecrets } from "./secrets.ts";

/** A Vault in which people have put what the configuration asks of them, and nothing else is yet. */
export function vaultWithProviderKeys(config: PlatformConfig, version = 1): StoredSecrets {
  const stored = new Map<string, StoredSecret>();
  const put = (path: string, properties: readonly string[]) => {
    const known = stored.get(path)?.properties ?? [];
    stored.set(path, { version, properties: [...new Set([...known, ...properties])].sort(), deleted: false });
  };
  for (const { path, property } of providedSecrets(config)) put(path, [property]);
  const missing = preflightProblems(config, stored);
  if (missing.length > 0) throw new Error(missing.map(({ message }) => message).join("\n"));
  return stored;
}

/** What a stack of this configuration registers. */
export function recordPlatform(
  config: PlatformConfig,
  stored: StoredSecrets = vaultWithProviderKeys(config),
  vault: VaultContents = {},
  cluster: ClusterContents = {},
): Promise<readonly Registration[]> {
  const known = withValues(stored, vault);
  const program = async () =>
    new LiteLLMPlatform("litellm", { config, stored: known, imports: await readImports(config, known) });
  return record(config.stack, program, cluster);
}

/** The same with the values that were read. */
export function withValues(stored: StoredSecrets, contents: VaultContents): StoredSecrets {
  return new Map([...stored].map(([path, secret]) => [path, { ...secret, values: contents[path] ?? {} }]));
}
