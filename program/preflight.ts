import type { PlatformConfig } from "../config/platform.ts";
import type { Problem } from "../config/problems.ts";
import { keyVariables } from "../litellm/proxy/environment.ts";
import { namesOf } from "../litellm/shared/names.ts";
import { type SecretRef, requiredSecrets } from "../secrets/inventory.ts";
import { missingSecrets } from "../secrets/missing.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { exampleKey, importedFrom, isExampleKey, sourceText } from "../secrets/key-source.ts";

/**
 * Keys that stood in Vault and are gone. None is made in their place: a new salt key would void what the old one has
 * encrypted, and a new master key might replace one that was imported.
 */
function lostKeys(config: PlatformConfig, stored: StoredSecrets): Problem[] {
  const { mount } = config.vault;
  const names = namesOf(config);
  return (["salt", "master"] as const).flatMap((key): Problem[] => {
    const path = fullPath(config.vault, secretPaths[key]);
    const found = stored.get(path);
    const gone = (what: string, repair: string): Problem[] => [
      { path: "vault.path", message: `the ${key} key ${what} in Vault. Restore it with: ${repair}` },
    ];
    if (found?.deleted === true && found.destroyed !== true)
      return gone("was deleted", `vault kv undelete -mount=${mount} -versions=${found.version} ${path}`);
    if (found?.deleted === true && found.version > 1)
      return gone("was destroyed", `vault kv rollback -mount=${mount} -version=${found.version - 1} ${path}`);
    const verb = found?.deleted === false ? "patch" : "put";
    const counted = key === "master" ? ` version=${config.keys.master.version}` : "";
    const live = `kubectl get secret ${names.keysSecret} -n ${names.namespace} -o jsonpath='{.data.${keyVariables[key]}}' | base64 -d`;
    const put = `${live} | vault kv ${verb} -mount=${mount} ${path} key=-${counted}`;
    if (found?.deleted === true) return gone("was destroyed", put);
    if (key === "salt" && found?.properties.includes("key") === false) return gone("is not in its secret", put);
    return key === "salt" && found === undefined && hadSalt(config, stored) ? gone("is missing", put) : [];
  });
}

/** The stack's own master key is written after the salt key, so that it is never there alone. */
function hadSalt(config: PlatformConfig, stored: StoredSecrets): boolean {
  const master = stored.get(fullPath(config.vault, secretPaths.master));
  return config.keys.salt.importFrom === undefined && master?.properties.includes("version") === true;
}

/** What only the values of the keys tell. */
export function unusableKeys(config: PlatformConfig, stored: StoredSecrets): Problem[] {
  const saltPath = fullPath(config.vault, secretPaths.salt);
  const masterPath = fullPath(config.vault, secretPaths.master);
  const [salt = {}, master = {}] = [saltPath, masterPath].map((path) => stored.get(path)?.values);
  const problems: Problem[] = [];
  // LiteLLM would encrypt with it.
  if (salt["key"] === "")
    problems.push({ path: "vault.path", message: `the salt key at ${saltPath} in Vault is empty, must be put back` });
  const { version } = config.keys.master;
  const written = Number(master["version"] ?? version);
  if (written > version)
    problems.push({
      path: "keys.master.version",
      message: `${version} is lower than that of the key in Vault and would make another one, must be ${written} or higher`,
    });
  if (written === version && isExampleKey(master["key"]))
    problems.push({
      path: "keys.master.version",
      message: `the master key at ${masterPath} in Vault is ${exampleKey}, LiteLLM's public example, with which no proxy starts, must be ${version + 1}, for another key`,
    });
  return problems;
}

/** Why a deployment must not begin: lost keys, imports that cannot work, and provided values that are missing. */
export function preflightProblems(
  config: PlatformConfig,
  stored: StoredSecrets,
  secrets: readonly SecretRef[] = requiredSecrets(config),
): Problem[] {
  return [
    ...lostKeys(config, stored),
    ...importProblems(config, stored),
    ...missingSecrets(config.vault.mount, secrets, stored),
  ];
}

/** Imports that would do nothing, or find nothing. */
function importProblems(config: PlatformConfig, stored: StoredSecrets): Problem[] {
  return (["master", "salt"] as const).flatMap((key): Problem[] => {
    const source = config.keys[key].importFrom;
    if (source === undefined) return [];
    const path = `keys.${key}.importFrom`;
    const own = stored.get(fullPath(config.vault, secretPaths[key]));
    if (own !== undefined) {
      if (own.deleted || own.properties.includes(importedFrom)) return [];
      const message = `cannot import: this stack already has a ${key} key in Vault, and ${consequence[key]}. Remove it.`;
      return [{ path, message }];
    }
    if (source.kind === "secret" || stored.get(source.path)?.properties.includes(source.property) === true) return [];
    const names = stored.get(source.path)?.properties ?? [];
    const there = names.length === 0 ? "there is no such secret" : `it has ${names.join(", ")}`;
    return [{ path, message: `${sourceText(source)} is not in Vault (${there}), must hold the key to import` }];
  });
}

const consequence = {
  master: "another one comes from raising keys.master.version",
  salt: "what LiteLLM has stored may be encrypted with it",
} as const;
