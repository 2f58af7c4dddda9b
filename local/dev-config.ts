import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectDirectory } from "./paths.ts";

/** Configuration by full key, as in a `Pulumi.<stack>.yaml`. */
export type StackSettings = Readonly<Record<string, unknown>>;

/** The settings of the committed `Pulumi.dev.yaml`. */
export function devSettings(): StackSettings {
  const { config } = parse(readFileSync(join(projectDirectory, "Pulumi.dev.yaml"), "utf8")) as {
    config: StackSettings;
  };
  return config;
}

/** What of the dev stack is different on this machine: where Vault is, and where the chart comes from. */
export function withLocalAddresses(
  settings: StackSettings,
  local: { readonly vaultAddress: string; readonly chartSource: string },
): StackSettings {
  return changed(
    changed(settings, "litellm-platform:vault", (vault) => ({ ...vault, address: local.vaultAddress })),
    "litellm-platform:gateway",
    (gateway) => ({ ...gateway, chart: { ...(gateway["chart"] as object), source: local.chartSource } }),
  );
}

/** The settings with one part changed. */
export function changed(
  settings: StackSettings,
  key: string,
  change: (part: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): StackSettings {
  return { ...settings, [key]: change((settings[key] ?? {}) as Record<string, unknown>) };
}
