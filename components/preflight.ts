import type { PlatformConfig } from "../config/platform.ts";
import type { Problem } from "../config/problems.ts";
import { requiredVariables } from "../litellm/providers.ts";
import { backupProperties } from "./database.ts";
import { readPaths } from "./platform.ts";
import type { StoredSecrets } from "./stored-secrets.ts";
import { fullPath, secretPaths } from "./vault-secrets.ts";

/** Paths in Vault of which the program must know whether they exist before it registers anything. */
export function preflightPaths(config: PlatformConfig): string[] {
  return readPaths(config, requiredVariables(config.models.list, config.models.vaultPaths));
}

/** A salt key that was deleted in Vault and can be brought back: a new one would void what it has encrypted. */
function deletedSalt(config: PlatformConfig, stored: StoredSecrets): Problem[] {
  const path = fullPath(config.vault, secretPaths.salt);
  const salt = stored.get(path);
  if (salt?.deleted !== true) return [];
  const repair = `vault kv undelete -mount=${config.vault.mount} -versions=${salt.version} ${path}`;
  return [{ path: "vault.path", message: `the salt key was deleted in Vault, must be brought back: ${repair}` }];
}

/** Secrets that people must have put into Vault and that are not there, each with the command that puts them there. */
export function missingSecrets(config: PlatformConfig, stored: StoredSecrets): Problem[] {
  const place = config.vault;
  const missing = (path: string, property: string) =>
    stored.get(fullPath(place, path))?.properties.includes(property) !== true;
  const repair = (path: string, property: string) => {
    const verb = stored.get(fullPath(place, path))?.deleted === false ? "patch" : "put";
    return `vault kv ${verb} -mount=${place.mount} ${fullPath(place, path)} ${property}=-`;
  };
  const providers = requiredVariables(config.models.list, config.models.vaultPaths).flatMap((required) => {
    const path = secretPaths.provider(required.credential);
    if (!missing(path, required.property)) return [];
    const users = required.models.length === 1 ? "model" : "models";
    return [
      {
        path: "models",
        message: `${required.variable} of ${users} ${required.models.join(", ")} is not in Vault, must be put there, the value on standard input: ${repair(path, required.property)}`,
      },
    ];
  });
  const backup =
    config.database.backup === undefined
      ? []
      : backupProperties
          .filter((property) => missing(secretPaths.backup, property))
          .map((property) => ({
            path: "database.backup",
            message: `${property} of the object store is not in Vault, must be put there, the value on standard input: ${repair(secretPaths.backup, property)}`,
          }));
  return [...deletedSalt(config, stored), ...providers, ...backup];
}
