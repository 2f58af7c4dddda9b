import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ImportSource } from "../config/keys.ts";
import type { PlatformConfig } from "../config/platform.ts";
import { settled } from "./settled.ts";
import { fullPath, secretPaths } from "../secrets/paths.ts";
import type { StoredSecrets } from "../secrets/stored.ts";
import { exampleKey, isExampleKey, sourceText } from "../secrets/key-source.ts";
import type { ImportedKey } from "../components/imported-key.ts";

/**
 * Reads the keys that are to be taken over, before anything else is registered: the engine would wait for ever for what
 * is made of a key that is not there.
 *
 * @throws RunError when a source is without the key: going on with a new salt key would void what the old installation
 * has stored; and when no proxy would start with a key
 */
export async function readImports({ keys, vault: { path } }: PlatformConfig, stored: StoredSecrets) {
  const sources = [
    ["salt", keys.salt.importFrom, secretPaths.salt],
    ["master", keys.master.importFrom, secretPaths.master],
  ] as const;
  const read = sources.map(async ([name, source, ofKey]): Promise<(readonly [string, ImportedKey])[]> => {
    if (source === undefined || stored.has(fullPath({ path }, ofKey))) return [];
    const key =
      source.kind === "vault"
        ? (stored.get(source.path)?.values?.[source.property] ?? "")
        : await settled(fromSecret(`litellm-keys-${name}-import`, source));
    if (key === "")
      throw new pulumi.RunError(`${sourceText(source)} is empty or not there, must hold the key to import`);
    if (name === "master" && isExampleKey(key))
      throw new pulumi.RunError(
        `${sourceText(source)} is ${exampleKey}, LiteLLM's public example, with which no proxy starts: remove keys.master.importFrom, and if there was no salt key, set keys.salt.importFrom to it`,
      );
    return [[ofKey, { value: pulumi.secret(key), source: sourceText(source) }]];
  });
  return new Map((await Promise.all(read)).flat());
}

function fromSecret(name: string, { namespace, name: secret, key }: Extract<ImportSource, { kind: "secret" }>) {
  const { data } = kubernetes.core.v1.Secret.get(name, `${namespace}/${secret}`);
  return data.apply((values: Record<string, string> | undefined) =>
    // As it is, line break and all: that is what the old installation has encrypted with.
    Buffer.from(values?.[key] ?? "", "base64").toString("utf8"),
  );
}
