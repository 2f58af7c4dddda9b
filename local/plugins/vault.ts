/** Stand-in for the plugin `vault`, over Vault's HTTP API. */
import type * as plugin from "./plugin.ts";
import { tableProvider } from "./resource-table.ts";
import type { ResourceTable } from "./resource-table.ts";
import { textOf, unwrap } from "./values.ts";
import type { Properties } from "./values.ts";
import { namespaceOf, VaultClient } from "./vault/client.ts";
import { vaultResources } from "./vault/resources.ts";
import { getSecretV2 } from "./vault/secret-v2.ts";

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
  functions: new Map([
    ["vault:kv/getSecretV2:getSecretV2", getSecretV2],
    ["vault:generic/getSecret:getSecret", getSecret],
  ]),
  secrets: [
    ...["dataJson", "dataJsonWo", "data", "tokenReviewerJwt", "tokenReviewerJwtWo"],
    ...["secretId", "wrappingToken"],
  ],
  // Two resources at one path would undo each other, so the old one goes first when the path stays.
  oldGoesFirst: (_type, { oldInputs, news }) =>
    ["name", "path"].every((key) => unwrap(oldInputs[key]) === unwrap(news[key])),
};

async function getSecret(args: Properties, client: VaultClient): Promise<Properties> {
  const path = textOf(args["path"]);
  const found = await client.find(path, namespaceOf(args));
  if (found === undefined) throw new Error(`Vault has no secret at ${path}`);
  const data = Object.fromEntries(
    Object.entries(found).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  return { ...args, id: path, data, dataJson: JSON.stringify(found) };
}
