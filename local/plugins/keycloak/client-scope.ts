/** `keycloak:openid/clientScope:ClientScope`. */
import type { Previous } from "../resource-table.ts";
import { at } from "./client.ts";
import type { KeycloakClient } from "./client.ts";
import { extraConfig, extraConfigFailures, extraEntries, toldExtraConfig } from "./extra-config.ts";
import { fromRepresentation, planned, toRepresentation } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { describeLive, fieldType, locate, realmId } from "./resource.ts";
import { textOf } from "../values.ts";
import type { PlainObject, Properties } from "../values.ts";

const scopeFields: Fields = {
  realmId,
  name: { kind: "text", member: "name", autonamed: true },
  description: { kind: "text", member: "description", unset: "kept" },
  /** Also says whether the scope is shown on the consent screen. */
  consentScreenText: { kind: "text", entry: "consent.screen.text" },
  includeInTokenScope: { kind: "flag", entry: "include.in.token.scope", default: true },
  includeInOpenidProviderMetadata: { kind: "flag", entry: "include.in.openid.provider.metadata", default: true },
  guiOrder: { kind: "number", entry: "gui.order" },
  extraConfig,
};

const displayEntry = "display.on.consent.screen";
/** Attributes that `extraConfig` may not set: those of the properties, and the one that follows from them. */
const takenEntries: Fields = { ...scopeFields, displayOnConsentScreen: { kind: "flag", entry: displayEntry } };

/** A client scope; its id is the one that Keycloak gives it. */
export const clientScope = fieldType(scopeFields, {
  validate: (inputs) => extraConfigFailures(takenEntries, inputs),
  write: async (inputs, client, previous) => {
    const { realm, body } = representation(inputs, previous);
    if (previous === undefined) return (await client.post(at`/realms/${realm}/client-scopes`, body)).id;
    await client.put(at`/realms/${realm}/client-scopes/${previous.id}`, body);
    return previous.id;
  },
  read: async (id, known, client) => {
    const place = locate(id, known, "openidClientScopeId");
    const found = await client.find(at`/realms/${place.realm}/client-scopes/${place.id}`);
    if (found === undefined) return undefined;
    const told = {
      ...fromRepresentation(scopeFields, found, found["attributes"]),
      realmId: place.realm,
      extraConfig: toldExtraConfig(found["attributes"], known),
    };
    return describeLive(scopeFields, place, told, known);
  },
  remove: async (id, known, client) => {
    await client.delete(at`/realms/${textOf(known["realmId"])}/client-scopes/${id}`);
  },
});

/** Looks a client scope up by its name. */
export async function getClientScope(args: Properties, client: KeycloakClient): Promise<Properties> {
  const [realm, name] = [textOf(args["realmId"]), textOf(args["name"])];
  const scopes = await client.list(at`/realms/${realm}/client-scopes`);
  const found = scopes.find((scope) => scope["name"] === name && scope["protocol"] === "openid-connect");
  if (found === undefined) throw new Error(`openid client scope with name ${name} not found`);
  return {
    ...fromRepresentation(scopeFields, found, found["attributes"]),
    id: textOf(found["id"]),
    realmId: realm,
    extraConfig: toldExtraConfig(found["attributes"], {}),
  };
}

/** The realm's client scopes of OpenID Connect with these names; every name must be one. */
export async function scopesByName(
  realm: string,
  names: readonly string[],
  client: KeycloakClient,
): Promise<PlainObject[]> {
  const scopes = await client.list(at`/realms/${realm}/client-scopes`);
  return names.map((name) => {
    const found = scopes.find((scope) => scope["name"] === name && scope["protocol"] === "openid-connect");
    if (found === undefined) throw new Error(`validation error: scope ${name} does not exist`);
    return found;
  });
}

function representation(inputs: Properties, previous: Previous | undefined) {
  const values = planned(scopeFields, inputs, previous);
  const { members, entries } = toRepresentation(scopeFields, values);
  const displayed = String(textOf(values["consentScreenText"]) !== "");
  const attributes = { ...extraEntries(inputs, previous), ...entries, [displayEntry]: displayed };
  return { realm: textOf(values["realmId"]), body: { ...members, protocol: "openid-connect", attributes } };
}
