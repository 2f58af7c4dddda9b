/** Which roles a user, or a group, has. */
import { isPlainObject, textOf, textsOf, unwrap } from "../values.ts";
import type { PlainObject, Properties } from "../values.ts";
import { at, isNotFound } from "./client.ts";
import type { KeycloakClient } from "./client.ts";
import type { Fields } from "./fields.ts";
import { describeLive, fieldType, realmId } from "./resource.ts";
import type { KeycloakType } from "./resource.ts";
import { rolesById } from "./role.ts";

/** `keycloak:index/userRoles:UserRoles`. */
export const userRoles = roleAssignment("user");

/** `keycloak:index/groupRoles:GroupRoles`. */
export const groupRoles = roleAssignment("group");

/** The roles of one holder; its id is `<realm>/<id of the user or group>`. */
function roleAssignment(holder: "group" | "user"): KeycloakType {
  const property = `${holder}Id`;
  const fields: Fields = {
    realmId,
    [property]: { kind: "text", required: true, replaces: true },
    roleIds: { kind: "set", required: true },
    /** Whether the holder has no other roles: those that it has otherwise are taken away. */
    exhaustive: { kind: "flag", default: true },
  };
  const place = (properties: Properties) => {
    const [realm, id] = [textOf(properties["realmId"]), textOf(properties[property])];
    return { realm, id, path: `${at`/realms/${realm}`}/${holder}s${at`/${id}`}` };
  };
  return fieldType(fields, {
    write: async (inputs, client, previous) => {
      const { realm, id, path } = place(inputs);
      await client.object(path);
      const wanted = await rolesById(realm, textsOf(inputs["roleIds"]), client);
      const current = await assigned(path, client);
      const dropped = textsOf(previous?.outputs["roleIds"]);
      const unwanted = without(current, wanted).filter(
        (role) => unwrap(inputs["exhaustive"]) !== false || dropped.includes(textOf(role["id"])),
      );
      await change("POST", path, without(wanted, current), client);
      await change("DELETE", path, unwanted, client);
      return `${realm}/${id}`;
    },
    read: async (id, known, client) => {
      const imported = textOf(known["realmId"]) === "";
      const described = imported ? parseImportId(id, property) : known;
      const { realm, id: holderId, path } = place(described);
      const exists = imported ? await client.object(path) : await client.find(path);
      if (exists === undefined) return undefined;
      const exhaustive = unwrap(described["exhaustive"]) !== false;
      const listed = textsOf(described["roleIds"]);
      const roleIds = (await assigned(path, client))
        .map((role) => textOf(role["id"]))
        .filter((role) => exhaustive || listed.includes(role));
      const told = { realmId: realm, [property]: holderId, roleIds, exhaustive };
      return describeLive(fields, { id: `${realm}/${holderId}`, imported }, told, known);
    },
    remove: async (_id, known, client) => {
      const { realm, path } = place(known);
      if ((await client.find(path)) === undefined) return;
      // Roles that are gone by now have taken their assignments with them.
      const roles = await Promise.all(textsOf(known["roleIds"]).map((role) => existingRole(realm, role, client)));
      await change("DELETE", path, roles.flat(), client);
    },
  });
}

function parseImportId(id: string, property: string): Properties {
  const [realm = "", holder = "", ...rest] = id.split("/");
  if (realm === "" || holder === "" || rest.length > 0) {
    throw new Error(`Invalid import. Supported import format: {{realm}}/{{${property}}}.`);
  }
  return { realmId: realm, [property]: holder };
}

async function existingRole(realm: string, id: string, client: KeycloakClient): Promise<PlainObject[]> {
  try {
    return await rolesById(realm, [id], client);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** The roles that a holder has itself, and not through groups or other roles. */
async function assigned(path: string, client: KeycloakClient): Promise<PlainObject[]> {
  const { realmMappings, clientMappings } = await client.object(`${path}/role-mappings`);
  const ofClients = isPlainObject(clientMappings) ? Object.values(clientMappings).filter(isPlainObject) : [];
  return [realmMappings, ...ofClients.map(({ mappings }) => mappings)].flatMap((roles) =>
    Array.isArray(roles) ? roles.filter(isPlainObject) : [],
  );
}

function without(roles: readonly PlainObject[], others: readonly PlainObject[]): PlainObject[] {
  return roles.filter((role) => !others.some((other) => other["id"] === role["id"]));
}

/** Roles of the realm and of every client are at a path of their own. */
async function change(
  method: "DELETE" | "POST",
  path: string,
  roles: readonly PlainObject[],
  client: KeycloakClient,
): Promise<void> {
  const byOwner = Map.groupBy(roles, (role) => (role["clientRole"] === true ? textOf(role["containerId"]) : ""));
  for (const [owner, owned] of byOwner) {
    const url = `${path}/role-mappings/${owner === "" ? "realm" : at`clients/${owner}`}`;
    if (method === "POST") await client.post(url, owned);
    else await client.delete(url, owned);
  }
}
