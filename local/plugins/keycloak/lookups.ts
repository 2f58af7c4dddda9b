/** Functions that look up a user or a group. */
import type { PlainObject, Properties } from "../values.ts";
import { at, isNotFound } from "./client.ts";
import type { KeycloakClient } from "./client.ts";
import { fromLists } from "./resource.ts";
import { isPlainObject, textOf } from "../values.ts";

/** A user by exact username; Keycloak keeps usernames in lower case. */
export async function getUser(args: Properties, client: KeycloakClient): Promise<Properties> {
  const [realm, username] = [textOf(args["realmId"]), textOf(args["username"])];
  const query = { username: username.replaceAll("\\", "\\\\") };
  const users = await client.list(at`/realms/${realm}/users`, query);
  // Keycloak also finds users whose name only begins like this.
  const found = users.find((user) => user["username"] === username);
  if (found === undefined) throw new Error(`user with username ${username} not found`);
  const identities = Array.isArray(found["federatedIdentities"]) ? found["federatedIdentities"] : [];
  return {
    id: textOf(found["id"]),
    realmId: realm,
    username,
    email: textOf(found["email"]),
    emailVerified: found["emailVerified"] === true,
    firstName: textOf(found["firstName"]),
    lastName: textOf(found["lastName"]),
    enabled: found["enabled"] === true,
    attributes: fromLists(found["attributes"]),
    requiredActions: found["requiredActions"] ?? [],
    federatedIdentities: identities.filter(isPlainObject).map(({ identityProvider }) => textOf(identityProvider)),
  };
}

/** A group by its name, also below other groups, or by its full path. */
export async function getGroup(args: Properties, client: KeycloakClient): Promise<Properties> {
  const [realm, name, path] = [textOf(args["realmId"]), textOf(args["name"]), textOf(args["groupPath"])];
  if (args["organizationId"] !== undefined) {
    throw new Error("stand-in plugin keycloak does not know organizationId of a group; install the genuine plugin");
  }
  if ((name === "") === (path === "")) throw new Error("one of `name` or `group_path` must be specified");
  const found = path === "" ? await groupByName(realm, name, client) : await groupByPath(realm, path, client);
  const parent = textOf(found["path"]).split("/").slice(0, -1).join("/");
  const above = parent === "" ? {} : await groupByPath(realm, parent, client);
  return {
    id: textOf(found["id"]),
    realmId: realm,
    name: textOf(found["name"]),
    ...(path !== "" && { groupPath: path }),
    description: textOf(found["description"]),
    path: textOf(found["path"]),
    parentId: textOf(above["id"]),
    attributes: fromLists(found["attributes"]),
  };
}

async function groupByName(realm: string, name: string, client: KeycloakClient): Promise<PlainObject> {
  const groups = await client.list(at`/realms/${realm}/groups`, { search: name });
  const found = firstNamed(name, groups);
  if (found === undefined) throw new Error(`no group with name ${name} found`);
  return found;
}

function firstNamed(name: string, groups: readonly PlainObject[]): PlainObject | undefined {
  for (const group of groups) {
    if (group["name"] === name) return group;
    const below = Array.isArray(group["subGroups"]) ? group["subGroups"].filter(isPlainObject) : [];
    const found = firstNamed(name, below);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function groupByPath(realm: string, path: string, client: KeycloakClient): Promise<PlainObject> {
  const names = path.replace(/^\//, "").split("/").map(encodeURIComponent);
  try {
    return await client.object(`${at`/realms/${realm}`}/group-by-path/${names.join("/")}`);
  } catch (error) {
    if (isNotFound(error)) throw new Error(`group not found at path: ${path}`, { cause: error });
    throw error;
  }
}
