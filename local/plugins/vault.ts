/** Stand-in for the plugin `vault`, over Vault's HTTP API. */
import type * as plugin from "./plugin.ts";
import { tableProvider } from "./resource-table.ts";
import type { ResourceTable } from "./resource-table.ts";
import { unwrap } from "./values.ts";
import { VaultClient } from "./vault/client.ts";
import { vaultResources } from "./vault/resources.ts";

/** The stand-in for the plugin `vault`. */
export function vaultPlugin(version: string, environment: () => NodeJS.ProcessEnv): plugin.StandIn {
  return {
    name: "vault",
    version,
    configure: (config) => Promise.resolve(tableProvider(table, new VaultClient(config, environment()))),
  };
}

const table: ResourceTable<VaultClient> = {
  plugin: "vault",
  system: "Vault",
  types: vaultResources,
  functions: new Map(),
  secrets: [
    ...["dataJson", "dataJsonWo", "data", "tokenReviewerJwt", "tokenReviewerJwtWo"],
    ...["secretId", "wrappingToken"],
  ],
  // Two resources at one path would undo each other, so the old one goes first when the path stays.
  oldGoesFirst: (_type, { oldInputs, news }) =>
    ["name", "path"].every((key) => unwrap(oldInputs[key]) === unwrap(news[key])),
};
