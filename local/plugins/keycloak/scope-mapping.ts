/** `keycloak:index/genericRoleMapper:GenericRoleMapper`: a role that a client, or a client scope, may put into tokens. */
import { omit, textOf } from "../values.ts";
import type { PlainObject, Properties } from "../values.ts";
import { at } from "./client.ts";
import type { Fields } from "./fields.ts";
import { alternatives, describeLive, fieldType, realmId } from "./resource.ts";

const fields: Fields = {
  realmId,
  clientId: { kind: "text", replaces: true },
  clientScopeId: { kind: "text", replaces: true },
  roleId: { kind: "text", required: true, replaces: true },
};

/** A scope mapping; its id is `<realm>/client/<client>/scope-mappings/<client of the role, or nothing>/<role>`. */
export const genericRoleMapper = fieldType(fields, {
  validate: (inputs) => alternatives(inputs, ["clientId", "clientScopeId"], 1),
  write: async (inputs, client) => {
    const role = await client.object(rolePath(inputs));
    await client.post(mappings(inputs, role), [role]);
    const scope = textOf(inputs["clientScopeId"]);
    const owner = scope === "" ? `client/${textOf(inputs["clientId"])}` : `client-scope/${scope}`;
    return `${textOf(inputs["realmId"])}/${owner}/scope-mappings/${roleOwner(role)}/${textOf(role["id"])}`;
  },
  read: async (id, known, client) => {
    const imported = textOf(known["realmId"]) === "";
    const told = imported ? parseImportId(id) : known;
    const role = await client.find(rolePath(told));
    if (role === undefined) return undefined;
    const mapped = await client.list(mappings(told, role));
    if (!mapped.some((other) => other["id"] === role["id"])) return undefined;
    return describeLive(fields, { id, imported }, told, known);
  },
  remove: async (_id, known, client) => {
    const role = await client.object(rolePath(known));
    // Without a body Keycloak removes every role of that client: so does the genuine plugin.
    await client.delete(mappings(known, role), roleOwner(role) === "" ? [omit(role, ["attributes"])] : undefined);
  },
});

function rolePath(properties: Properties): string {
  return at`/realms/${textOf(properties["realmId"])}/roles-by-id/${textOf(properties["roleId"])}`;
}

function roleOwner(role: PlainObject): string {
  return role["clientRole"] === true ? textOf(role["containerId"]) : "";
}

function mappings(properties: Properties, role: PlainObject): string {
  const [realm, scope] = [textOf(properties["realmId"]), textOf(properties["clientScopeId"])];
  const owner = scope === "" ? at`clients/${textOf(properties["clientId"])}` : at`client-scopes/${scope}`;
  const of = roleOwner(role);
  return `${at`/realms/${realm}`}/${owner}/scope-mappings/${of === "" ? "realm" : at`clients/${of}`}`;
}

function parseImportId(id: string): Properties {
  const [, realm, kind, owner, , role] =
    /^([^/]+)\/(client|client-scope)\/([^/]+)\/scope-mappings\/([^/]*)\/([^/]+)$/.exec(id) ?? [];
  if (realm === undefined || kind === undefined || owner === undefined || role === undefined) {
    const form = (parent: string) => `{{realmId}}/${parent}/scope-mappings/{{roleClientId}}/{{roleId}}`;
    const formats = [form("client/{{clientId}}"), form("client-scope/{{clientScopeId}}")];
    throw new Error(`Invalid import. Supported import formats: ${formats.join(", ")}`);
  }
  return { realmId: realm, [kind === "client" ? "clientId" : "clientScopeId"]: owner, roleId: role };
}
