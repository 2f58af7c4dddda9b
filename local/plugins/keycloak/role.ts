/** `keycloak:index/role:Role`, of a realm or of a client, and the function that looks one up. */
import type { Previous } from "../resource-table.ts";
import { isPlainObject, textOf, textsOf, unwrap } from "../values.ts";
import type { Plain, PlainObject, Properties, Value } from "../values.ts";
import { at } from "./client.ts";
import type { KeycloakClient } from "./client.ts";
import { isZero, planned } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { describeLive, fieldType, fromLists, locate, realmId, toLists } from "./resource.ts";

const roleFields: Fields = {
  realmId,
  /** Id, not client id, of the client that has the role; a realm role has none. */
  clientId: { kind: "text", replaces: true },
  name: { kind: "text", autonamed: true },
  description: { kind: "text", unset: "computed" },
  compositeRoles: { kind: "set", unset: "computed" },
  attributes: { kind: "map", unset: "computed" },
  import: { kind: "flag", default: false, replaces: true },
};

/** A role; its id is the one that Keycloak gives it. */
export const role = fieldType(roleFields, {
  write,
  read: async (id, known, client) => {
    const place = locate(id, known, "roleId");
    const path = at`/realms/${place.realm}/roles-by-id/${place.id}`;
    const found = place.imported ? await client.object(path) : await client.find(path);
    if (found === undefined) return undefined;
    const told = { ...(await describe(found, place.realm, client)), import: known["import"] ?? false };
    return describeLive(roleFields, place, told, known);
  },
  remove: async (id, known, client) => {
    // What was taken over is left behind.
    if (unwrap(known["import"]) === true) return;
    await client.delete(at`/realms/${textOf(known["realmId"])}/roles-by-id/${id}`);
  },
});

/** Looks a role up by its name. */
export async function getRole(args: Properties, client: KeycloakClient): Promise<Properties> {
  const realm = textOf(args["realmId"]);
  const found = await client.object(byName(realm, textOf(args["clientId"]), textOf(args["name"])));
  return { ...(await describe(found, realm, client)), id: textOf(found["id"]) };
}

/** The roles with these ids. */
export function rolesById(realm: string, ids: readonly string[], client: KeycloakClient): Promise<PlainObject[]> {
  return Promise.all(ids.map((id) => client.object(at`/realms/${realm}/roles-by-id/${id}`)));
}

async function write(inputs: Properties, client: KeycloakClient, previous: Previous | undefined): Promise<string> {
  const values = planned(roleFields, inputs, previous);
  const [realm, owner, name] = ["realmId", "clientId", "name"].map((key) => textOf(values[key])) as [
    string,
    string,
    string,
  ];
  const composites = await rolesById(realm, textsOf(values["compositeRoles"]), client);
  if (previous !== undefined) {
    await client.put(at`/realms/${realm}/roles-by-id/${previous.id}`, representation(values));
    await setComposites(realm, previous.id, composites, client);
    return previous.id;
  }
  const takesOver = values["import"] === true;
  if (!takesOver) await client.post(collection(realm, owner), representation(values));
  const existing = await client.object(byName(realm, owner, name));
  const id = textOf(existing["id"]);
  const body = takesOver ? takenOver(values, await describe(existing, realm, client)) : values;
  // Keycloak leaves the attributes out when it makes a role.
  await client.put(at`/realms/${realm}/roles-by-id/${id}`, representation(body));
  if (!takesOver || composites.length > 0) await setComposites(realm, id, composites, client);
  return id;
}

/** What the program leaves empty, the existing role keeps; attributes are put together. */
function takenOver(values: Properties, told: Properties): Properties {
  const attributes = [told["attributes"], values["attributes"]].map(unwrap);
  return {
    ...values,
    description: isZero(values["description"]) ? (told["description"] ?? "") : (values["description"] ?? ""),
    attributes: Object.assign({}, ...attributes) as Properties,
  };
}

function representation(values: Properties): PlainObject {
  const owner = textOf(values["clientId"]);
  return {
    name: textOf(values["name"]),
    description: textOf(values["description"]),
    attributes: toLists(values["attributes"]),
    ...(owner !== "" && { clientRole: true, containerId: owner }),
  };
}

async function setComposites(
  realm: string,
  id: string,
  wanted: readonly PlainObject[],
  client: KeycloakClient,
): Promise<void> {
  const path = at`/realms/${realm}/roles-by-id/${id}/composites`;
  const current = await client.list(path);
  const without = (list: readonly PlainObject[], others: readonly PlainObject[]) =>
    list.filter((item) => !others.some((other) => other["id"] === item["id"]));
  const [removed, added] = [without(current, wanted), without(wanted, current)];
  if (removed.length > 0) await client.delete(path, removed);
  if (added.length > 0) await client.post(path, added);
}

async function describe(found: PlainObject, realm: string, client: KeycloakClient): Promise<Properties> {
  const id = textOf(found["id"]);
  const composites =
    found["composite"] === true ? await client.list(at`/realms/${realm}/roles-by-id/${id}/composites`) : [];
  return {
    realmId: realm,
    clientId: found["clientRole"] === true ? (found["containerId"] ?? "") : "",
    name: found["name"] ?? "",
    description: found["description"] ?? "",
    compositeRoles: composites.map((composite): Value => composite["id"] ?? ""),
    attributes: fromLists(attributesOf(found)),
  };
}

function attributesOf(found: PlainObject): Plain {
  return isPlainObject(found["attributes"]) ? found["attributes"] : {};
}

function collection(realm: string, owner: string): string {
  return owner === "" ? at`/realms/${realm}/roles` : at`/realms/${realm}/clients/${owner}/roles`;
}

function byName(realm: string, owner: string, name: string): string {
  return `${collection(realm, owner)}${at`/${name}`}`;
}
