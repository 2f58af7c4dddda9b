import assert from "node:assert/strict";
import type { PlatformConfig } from "../../config/platform.ts";
import { type Registration, readable } from "./recorder.ts";
import type { StoredSecret, StoredSecrets } from "../../secrets/stored.ts";
import { providedSecrets } from "./secrets.ts";

/** A Vault that holds every key that the models need, whatever its name. */
export function vaultWithAllKeys(config: PlatformConfig): StoredSecrets {
  const stored = new Map<string, StoredSecret>();
  const put = (name: string, property: string) => {
    stored.set(name, { version: 1, properties: [...(stored.get(name)?.properties ?? []), property], deleted: false });
  };
  for (const { path, property } of providedSecrets(config)) put(path, property);

  return stored;
}

/** The one resource of this type (its last part) and name that is no component. */
export function find(registered: readonly Registration[], type: string, name: string): Registration {
  const found = registered.filter((entry) => !isComponent(entry) && shortType(entry) === type && entry.name === name);
  assert.equal(found.length, 1, `${found.length} of ${type} ${name}`);
  return found[0] as Registration;
}

/** `Release` of `kubernetes:helm.sh/v3:Release`. */
export function shortType({ type }: Registration): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

export function isComponent({ type }: Registration): boolean {
  return type.startsWith("litellm-platform:index:");
}

/** `Release litellm-gateway` of every resource that is no component, sorted. */
export function titles(registered: readonly Registration[]): string[] {
  return registered
    .filter((entry) => !isComponent(entry))
    .map((entry) => `${shortType(entry)} ${entry.name}`)
    .sort();
}

/** Inputs with secrets made visible, as the tests read them. */
export function inputsOf(entry: Registration): Record<string, unknown> {
  return readable(entry.inputs) as Record<string, unknown>;
}

/** What a SecretV2 writes. */
export function written(registered: readonly Registration[], name: string): Record<string, string> {
  const { dataJson } = inputsOf(find(registered, "SecretV2", name));
  return JSON.parse((dataJson as { secret: string }).secret) as Record<string, string>;
}
