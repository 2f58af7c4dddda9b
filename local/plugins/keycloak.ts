/** Stand-in for the plugin `keycloak`, over Keycloak's admin API. */
import { KeycloakClient } from "./keycloak/client.ts";
import { keycloakFunctions, keycloakTypes } from "./keycloak/resources.ts";
import { readSettings } from "./keycloak/settings.ts";
import type * as plugin from "./plugin.ts";
import { tableProvider } from "./resource-table.ts";
import type { ResourceTable } from "./resource-table.ts";
import { unwrap } from "./values.ts";

/** The stand-in for the plugin `keycloak`. */
export function keycloakPlugin(version: string, environment: () => NodeJS.ProcessEnv): plugin.StandIn {
  return {
    name: "keycloak",
    version,
    configure: async (config) => tableProvider(table, await KeycloakClient.open(readSettings(config, environment()))),
  };
}

const table: ResourceTable<KeycloakClient> = {
  plugin: "keycloak",
  system: "Keycloak",
  types: keycloakTypes,
  functions: keycloakFunctions,
  secrets: ["clientSecret", "clientSecretWo"],
  // Two of the same name cannot be there; a generated name is drawn anew for the replacement.
  oldGoesFirst: ({ autonamed }, { name, news }) =>
    autonamed.some((property) => {
      const given = unwrap(news[property]);
      return typeof given === "string" && !isGenerated(given, name);
    }),
};

function isGenerated(value: string, resource: string): boolean {
  return value.startsWith(`${resource}-`) && /^[0-9a-f]{7}$/.test(value.slice(resource.length + 1));
}
