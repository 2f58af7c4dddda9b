/** Which scopes a client has by default, and which on request; each of the two resources stands for the whole list. */
import { textOf, textsOf } from "../values.ts";
import type { Properties } from "../values.ts";
import { at, isNotFound } from "./client.ts";
import type { KeycloakClient } from "./client.ts";
import { scopesByName } from "./client-scope.ts";
import type { Fields } from "./fields.ts";
import { describeLive, fieldType, realmId } from "./resource.ts";
import type { KeycloakType } from "./resource.ts";

/** `keycloak:openid/clientDefaultScopes:ClientDefaultScopes`. */
export const clientDefaultScopes = scopeList("default");

/** `keycloak:openid/clientOptionalScopes:ClientOptionalScopes`. */
export const clientOptionalScopes = scopeList("optional");

/** A client's list; its id is `<realm>/<id of the client>`. */
function scopeList(kind: "default" | "optional"): KeycloakType {
  const property = `${kind}Scopes`;
  const fields: Fields = {
    realmId,
    clientId: { kind: "text", required: true, replaces: true },
    [property]: { kind: "set", required: true },
  };
  return fieldType(fields, {
    write: async (inputs, client) => {
      const { realm, owner, path } = place(inputs, kind);
      const wanted = textsOf(inputs[property]);
      const current = await attached(realm, owner, kind, client);
      const without = (names: readonly string[], others: readonly string[]) =>
        names.filter((name) => !others.includes(name));
      const added = await scopesByName(realm, without(wanted, current), client);
      await detach(realm, path, without(current, wanted), client);
      if (added.length > 0) await requireFree(realm, owner, kind, without(wanted, current), client);
      for (const { id } of added) await client.put(`${path}${at`/${textOf(id)}`}`);
      return `${realm}/${owner}`;
    },
    read: async (id, known, client) => {
      if (textOf(known["realmId"]) === "") throw new Error(`${property} of a client cannot be imported (${id})`);
      const { realm, owner, path } = place(known, kind);
      try {
        const scopes = await client.list(path);
        const told = { realmId: realm, clientId: owner, [property]: scopes.map(({ name }) => textOf(name)) };
        return describeLive(fields, { id, imported: false }, told, known);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    remove: async (_id, known, client) => {
      const { realm, path } = place(known, kind);
      await detach(realm, path, textsOf(known[property]), client);
    },
  });
}

function place(properties: Properties, kind: string) {
  const [realm, owner] = [textOf(properties["realmId"]), textOf(properties["clientId"])];
  return { realm, owner, path: `${at`/realms/${realm}/clients/${owner}`}/${kind}-client-scopes` };
}

async function attached(realm: string, owner: string, kind: string, client: KeycloakClient): Promise<string[]> {
  try {
    const scopes = await client.list(`${at`/realms/${realm}/clients/${owner}`}/${kind}-client-scopes`);
    return scopes.map(({ name }) => textOf(name));
  } catch (error) {
    if (isNotFound(error))
      throw new Error(`validation error: client with id ${owner} does not exist`, { cause: error });
    throw error;
  }
}

/** A scope can be in one of a client's two lists only. */
async function requireFree(
  realm: string,
  owner: string,
  kind: "default" | "optional",
  names: readonly string[],
  client: KeycloakClient,
): Promise<void> {
  const { bearerOnly } = await client.object(at`/realms/${realm}/clients/${owner}`);
  if (bearerOnly === true) {
    const why = "uses access type BEARER-ONLY which does not use scopes";
    throw new Error(`validation error: client with id ${owner} ${why}`);
  }
  const [other, called] = kind === "default" ? ["optional", "an optional"] : ["default", "a default"];
  const taken = (await attached(realm, owner, other, client)).find((name) => names.includes(name));
  if (taken !== undefined) {
    throw new Error(`validation error: scope ${taken} is already attached to client as ${called} scope`);
  }
}

async function detach(realm: string, path: string, names: readonly string[], client: KeycloakClient): Promise<void> {
  const scopes = await client.list(at`/realms/${realm}/client-scopes`);
  for (const { id, name } of scopes) {
    if (names.includes(textOf(name))) await client.delete(`${path}${at`/${textOf(id)}`}`);
  }
}
