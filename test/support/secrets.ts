import type { PlatformConfig } from "../../config/platform.ts";
import { type SecretRef, pathsOf, requiredSecrets } from "../../secrets/inventory.ts";

/** Paths that External Secrets reads for a stack. */
export const clusterPaths = (config: PlatformConfig): string[] =>
  pathsOf(requiredSecrets(config), "generated", "provided");

/** Every path in Vault that a stack is concerned with. */
export const allPaths = (config: PlatformConfig): string[] =>
  pathsOf(requiredSecrets(config), "generated", "provided", "imported");

/** Values that people store. */
export const providedSecrets = (config: PlatformConfig): SecretRef[] =>
  requiredSecrets(config).filter(({ owner }) => owner === "provided");

/** Those of them that become variables of the proxy. */
export const proxySecrets = (config: PlatformConfig): SecretRef[] =>
  providedSecrets(config).filter(({ variable }) => variable !== undefined);
