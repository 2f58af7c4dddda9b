import { shortHash } from "../litellm/shared/hash.ts";
import type { SecretRef } from "./inventory.ts";
import type { StoredSecrets } from "./stored.ts";

/**
 * The Kubernetes Secret with the provided values that become variables of the proxy, or nothing if there are none. Its
 * name changes with their versions in Vault, so that pods roll onto the new one while running pods keep the old one.
 */
export function providedSecret(secrets: readonly SecretRef[], stored: StoredSecrets) {
  const entries = secrets.flatMap(({ owner, variable, path, property }) =>
    owner === "provided" && variable !== undefined ? [{ key: variable, path, property }] : [],
  );
  if (entries.length === 0) return undefined;
  const versions = [...new Set(entries.map(({ path }) => path))]
    .map((path) => `${path.slice(path.lastIndexOf("/") + 1)}=${stored.get(path)?.version ?? 0}`)
    .join(",");
  return { name: `litellm-providers-${shortHash({ entries, versions })}`, entries, versions };
}
