import * as pulumi from "@pulumi/pulumi";
import type * as vault from "@pulumi/vault";
import type { PlatformConfig } from "../config/platform.ts";
import { formatProblems } from "../config/problems.ts";
import { ConfigurationError, platformConfig } from "./configuration.ts";
import { findKeycloakObjects } from "./keycloak-objects.ts";
import type { PlatformOutputs } from "./outputs.ts";
import { LiteLLMPlatform } from "./platform.ts";
import { missingSecrets, preflightPaths } from "./preflight.ts";
import { type StoredSecrets, readStoredSecrets } from "./stored-secrets.ts";
import { vaultAccess } from "./vault-access.ts";
import { NoSecretsEngine, VaultError } from "./vault-client.ts";
import { secretsEngine } from "./vault.ts";

/** The whole program: configuration, a look into Vault, the platform. Fails before anything is registered, or not. */
export async function deploy(projectDirectory: string): Promise<PlatformOutputs | undefined> {
  const config = loadConfig(projectDirectory);
  const [stored, keycloak] = await Promise.all([lookIntoVault(config), findKeycloakObjects(config)]);
  const missing = missingSecrets(config, stored ?? new Map());
  const missingText = formatProblems(missing);
  if (missing.length > 0 && stored !== undefined) throw new pulumi.RunError(missingText);

  const engine = config.vault.engine === "managed" ? secretsEngine("litellm-secrets-engine", config) : undefined;
  if (missing.length > 0 && engine !== undefined) return onlyTheEngine(engine, missingText);
  return new LiteLLMPlatform("litellm", { config, stored: stored ?? new Map(), keycloak, engine }).outputs;
}

/**
 * The first `up` of a stack that makes its secrets engine: people can put nothing into an engine that is not there, so
 * it ends with what they have to do before the second.
 */
async function onlyTheEngine(engine: vault.Mount, missing: string): Promise<undefined> {
  const next = `the secrets engine is made first. Then put there what it must hold, and run up again:\n${missing}`;
  if (pulumi.runtime.isDryRun()) {
    await pulumi.log.warn(next, engine);
    return undefined;
  }
  await new Promise((resolve) => engine.id.apply(resolve));
  throw new pulumi.RunError(next);
}

/** The stack's configuration from Pulumi; every problem at once. */
export function loadConfig(projectDirectory: string): PlatformConfig {
  const context = { project: pulumi.getProject(), stack: pulumi.getStack(), projectDirectory };
  try {
    return platformConfig(pulumi.runtime.allConfig(), context);
  } catch (error) {
    throw error instanceof ConfigurationError ? new pulumi.RunError(error.message) : error;
  }
}

/** What Vault holds; nothing to say where the program is still to make the secrets engine. */
async function lookIntoVault(config: PlatformConfig): Promise<StoredSecrets | undefined> {
  try {
    const sources = { settings: pulumi.runtime.allConfig(), environment: process.env, plugin: true };
    return await readStoredSecrets(vaultAccess(config, sources), preflightPaths(config));
  } catch (error) {
    if (error instanceof NoSecretsEngine && config.vault.engine === "managed") return undefined;
    throw error instanceof VaultError ? new pulumi.RunError(`vault: ${error.message}`) : error;
  }
}
