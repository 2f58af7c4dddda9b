import * as pulumi from "@pulumi/pulumi";
import { withModelsFile } from "../config/load.ts";
import { parseConfig } from "../config/parse.ts";
import type { PlatformConfig } from "../config/platform.ts";
import { formatProblems } from "../config/problems.ts";
import { checks } from "../litellm/checks.ts";
import type { PlatformOutputs } from "./outputs.ts";
import { LiteLLMPlatform } from "./platform.ts";
import { missingSecrets, preflightPaths } from "./preflight.ts";
import { type StoredSecrets, readStoredSecrets } from "./stored-secrets.ts";
import { vaultAccess } from "./vault-access.ts";
import { VaultError } from "./vault-client.ts";

/** The whole program: configuration, a look into Vault, the platform. Fails before anything is registered, or not. */
export async function deploy(projectDirectory: string): Promise<PlatformOutputs> {
  const config = loadConfig(projectDirectory);
  const stored = await lookIntoVault(config);
  const missing = missingSecrets(config, stored);
  if (missing.length > 0) throw new pulumi.RunError(formatProblems(missing));
  return new LiteLLMPlatform("litellm", { config, stored }).outputs;
}

/** The stack's configuration from Pulumi; every problem at once. */
export function loadConfig(projectDirectory: string): PlatformConfig {
  const { raw, problems } = withModelsFile(rawConfig(pulumi.getProject()), projectDirectory);
  const result = parseConfig(raw, { stack: pulumi.getStack(), checks });
  const all = [...problems, ...(result.ok ? [] : result.problems)];
  if (!result.ok || all.length > 0) throw new pulumi.RunError(formatProblems(all));
  return result.config;
}

/** Pulumi hands objects over as JSON and scalars as text. */
export function rawConfig(project: string): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), parseValue(text)]),
  );
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function lookIntoVault(config: PlatformConfig): Promise<StoredSecrets> {
  try {
    const sources = { settings: pulumi.runtime.allConfig(), environment: process.env, plugin: true };
    return await readStoredSecrets(vaultAccess(config, sources), preflightPaths(config));
  } catch (error) {
    throw error instanceof VaultError ? new pulumi.RunError(`vault: ${error.message}`) : error;
  }
}
