import type { PlatformConfig } from "../config/platform.ts";
import type { Problem } from "../config/problems.ts";
import { keyVariables } from "../litellm/proxy/environment.ts";
import { namesOf } from "../litellm/shared/names.ts";
import { databaseSecrets } from "../secrets/database.ts";
import { givenSecrets } from "../secrets/given.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { s3Properties } from "../secrets/properties.ts";
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
      { path: "vault.path", message: `the ${key} key ${what} in Vault, must be brought back: ${repair}` },
    ];
    if (found?.deleted === true && found.destroyed !== true)
      return gone("was deleted", `vault kv undelete -mount=${mount} -versions=${found.version} ${path}`);
    if (found?.deleted === true && found.version > 1)
      return gone("was destroyed", `vault kv rollback -mount=${mount} -version=${found.version - 1} ${path}`);
    const verb = found?.deleted === false ? "patch" : "put";
    const counted = key === "master" ? ` version=${config.keys.master.version}` : "";
    const put = `vault kv ${verb} -mount=${mount} ${path} key=-${counted}, the value on standard input, as Secret ${names.namespace}/${names.keysSecret} has it in ${keyVariables[key]}`;
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

/** Secrets that people must have put into Vault and that are not there, each with the command that puts them there. */
export function missingSecrets(config: PlatformConfig, stored: StoredSecrets): Problem[] {
  const place = config.vault;
  const missing = (path: string, property: string) => stored.get(path)?.properties.includes(property) !== true;
  const repair = (path: string, property: string) => {
    const verb = stored.get(path)?.deleted === false ? "patch" : "put";
    return `vault kv ${verb} -mount=${place.mount} ${path} ${property}=-`;
  };
  const given = givenSecrets(config)
    .filter(({ path, property }) => missing(path, property))
    .map(({ variable, path, property, setting, neededBy }) => ({
      path: setting,
      message: `${variable}${neededBy} is not in Vault, must be put there, the value on standard input: ${repair(path, property)}`,
    }));
  const database = databaseSecrets(config)
    .filter(({ path, property }) => missing(path, property))
    .map(({ path, property, setting, of }) => ({
      path: setting,
      message: `${property} of ${of} is not in Vault, must be put there, the value on standard input: ${repair(path, property)}`,
    }));
  const snapshotsPath = fullPath(place, secretPaths.cacheSnapshots);
  const snapshots =
    config.cache.mode === "dedicated" && config.cache.persistence?.kind === "s3"
      ? s3Properties
          .filter((property) => missing(snapshotsPath, property))
          .map((property) => ({
            path: "cache.persistence",
            message: `${property} of the bucket is not in Vault, must be put there, the value on standard input: ${repair(snapshotsPath, property)}`,
          }))
      : [];
  return [...lostKeys(config, stored), ...importProblems(config, stored), ...given, ...database, ...snapshots];
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
      const message = `comes too late: the stack has a ${key} key of its own in Vault, and ${consequence[key]}. Must be left out`;
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
