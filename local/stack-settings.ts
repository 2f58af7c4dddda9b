import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectDirectory } from "./paths.ts";

/** Configuration by full key, as in a `Pulumi.<stack>.yaml`. */
export type StackSettings = Readonly<Record<string, unknown>>;

/** The settings of a committed stack file. */
export function stackSettings(stack: "dev" | "prod"): StackSettings {
  const { config } = parse(readFileSync(join(projectDirectory, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: StackSettings;
  };
  return config;
}

/** What of a stack is different on this machine: where Vault and Keycloak are, and where the chart comes from. */
export function withLocalAddresses(
  settings: StackSettings,
  local: { readonly vaultAddress: string; readonly issuer: string; readonly chartSource: string },
): StackSettings {
  const here = {
    "litellm-platform:vault": (vault: object) => ({ ...vault, address: local.vaultAddress }),
    // The internal one stays: it is a Service, whose address is replaced as in every other variable.
    "litellm-platform:identity": (identity: object) => ({ ...identity, issuer: local.issuer }),
    "litellm-platform:gateway": (gateway: Readonly<Record<string, unknown>>) => ({
      ...gateway,
      chart: { ...(gateway["chart"] as object), source: local.chartSource },
    }),
  };
  return Object.entries(here).reduce((result, [key, change]) => changed(result, key, change), settings);
}

/** The settings with one part changed. */
export function changed(
  settings: StackSettings,
  key: string,
  change: (part: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): StackSettings {
  return { ...settings, [key]: change((settings[key] ?? {}) as Record<string, unknown>) };
}
