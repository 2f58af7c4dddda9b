import type { automation } from "@pulumi/pulumi";
import { isMapping } from "../config/mapping.ts";
import { isSecretName } from "../litellm/shared/secret-names.ts";
import { projectName } from "./project.ts";

/** A value that Pulumi is to encrypt, whatever its name. */
interface SecretValue {
  readonly value: unknown;
  readonly secret: true;
}

type Config = Readonly<Record<string, unknown>>;

/** The configuration with nothing but values. */
export function plainConfig(config: Config): Config {
  return Object.fromEntries(Object.entries(config).map(([key, given]) => [key, valueOf(given)]));
}

/** The configuration as Pulumi takes it: mappings as JSON, secrets to be encrypted. */
export function configMap(config: Config): automation.ConfigMap {
  return Object.fromEntries(
    Object.entries(config).map(([key, given]) => {
      const value = valueOf(given);
      const secret = isSecretValue(given) || holdsSecret(key, value);
      return [key, { value: typeof value === "string" ? value : JSON.stringify(value), secret }];
    }),
  );
}

function valueOf(given: unknown): unknown {
  return isSecretValue(given) ? given.value : given;
}

function isSecretValue(value: unknown): value is SecretValue {
  return isMapping(value) && value["secret"] === true && Object.hasOwn(value, "value");
}

/** Whether a plugin's setting is, or has anywhere, a secret. The program's own have none in clear text. */
function holdsSecret(key: string, value: unknown): boolean {
  const [namespace, name = key] = key.split(":");
  if (namespace === projectName) return false;
  // What kubectl logs in with.
  return name === "kubeconfig" || isSecretName(name) || hasSecretKey(value);
}

function hasSecretKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => isSecretName(key) || hasSecretKey(inner));
}
