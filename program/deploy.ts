import * as pulumi from "@pulumi/pulumi";
import type * as vault from "@pulumi/vault";
import type { PlatformConfig } from "../config/platform.ts";
import { formatProblems } from "../config/problems.ts";
import { ownerDescription, realmOf } from "../litellm/proxy/identity.ts";
import { ConfigurationError, platformConfig } from "./configuration.ts";
import { releaseHooks } from "./helm/hooks.ts";
import { readImports } from "./key-import.ts";
import { keycloakHooks } from "./keycloak/hooks.ts";
import { findKeycloakObjects } from "./keycloak/existing.ts";
import type { PlatformOutputs } from "../components/outputs.ts";
import { LiteLLMPlatform, type LiteLLMPlatformArgs } from "../components/platform.ts";
import { preflightProblems, unusableKeys } from "./preflight.ts";
import { readSecrets } from "../vault/stored-secrets.ts";
import { type VaultSources, vaultAccess } from "../vault/access.ts";
import { NoSecretsEngine, VaultClient, VaultError } from "../vault/client.ts";
import { secretsEngine } from "../components/vault.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { type SecretRef, requiredSecrets } from "../secrets/inventory.ts";
import { hasOwnEngine } from "../vault/engine.ts";

/**
 * The whole program: configuration, a look into Vault, the platform. Fails before anything is registered, or not.
 *
 * @param environment - what the engine's plugins see: a look into Vault takes the way of what is written there
 */
export async function deploy(
  projectDirectory: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<PlatformOutputs | undefined> {
  const config = loadConfig(projectDirectory);
  const secrets = requiredSecrets(config);
  const [{ stored, hasEngine }, keycloak] = await Promise.all([
    lookIntoVault(config, secrets, { directory: projectDirectory, environment }),
    findKeycloakObjects(config),
  ]);
  const known: StoredSecrets = stored ?? new Map<string, never>();
  const missing = [...preflightProblems(config, known, secrets), ...unusableKeys(config, known)];
  const missingText = formatProblems(missing);
  if (missing.length > 0 && stored !== undefined) throw new pulumi.RunError(missingText);

  const engine =
    config.vault.engine === "managed" ? secretsEngine("litellm-secrets-engine", config, hasEngine) : undefined;
  if (missing.length > 0 && engine !== undefined) return onlyTheEngine(engine, missingText);
  const found = { secrets, stored: known, keycloak, engine };
  const imports = await readImports(config, known);
  return new LiteLLMPlatform("litellm", { config, ...found, imports, ...hooksOf(config, environment) }).outputs;
}

/** What comes before resources that an interrupted `up` may have made already, and that nobody makes twice. */
function hooksOf(
  { identity, vault }: PlatformConfig,
  environment: NodeJS.ProcessEnv,
): Pick<LiteLLMPlatformArgs, "keycloakHooks" | "releaseHooks"> {
  const sources = { settings: pulumi.runtime.allConfig(), environment };
  const releases = { releaseHooks: releaseHooks(sources) };
  if (identity.mode !== "managed") return releases;
  const own = { realm: realmOf(identity), clientId: identity.client.id, description: ownerDescription(vault) };
  return { ...releases, keycloakHooks: keycloakHooks(sources, own) };
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

interface VaultFindings {
  /** What Vault holds; nothing to say where the program is still to make the secrets engine. */
  readonly stored: StoredSecrets | undefined;
  /** Whether the secrets engine is there that the program is to make. */
  readonly hasEngine: boolean;
}

async function lookIntoVault(
  config: PlatformConfig,
  secrets: readonly SecretRef[],
  place: Pick<VaultSources, "directory" | "environment">,
): Promise<VaultFindings> {
  const managed = config.vault.engine === "managed";
  try {
    const sources = { ...place, settings: pulumi.runtime.allConfig(), plugin: true };
    const client = new VaultClient(vaultAccess(config, sources));
    const stored = await readSecrets(client, secrets);
    return { stored, hasEngine: managed && (await hasOwnEngine(client)) };
  } catch (error) {
    if (error instanceof NoSecretsEngine && managed) return { stored: undefined, hasEngine: false };
    throw error instanceof VaultError ? new pulumi.RunError(`vault: ${error.message}`) : error;
  }
}
