/** Protocol mappers of OpenID Connect, of a client or of a client scope. */
import type { CheckFailure } from "../plugin.ts";
import { isPlainObject, textOf } from "../values.ts";
import type { Properties } from "../values.ts";
import { at } from "./client.ts";
import type { KeycloakClient } from "./client.ts";
import { fromRepresentation, planned, toRepresentation } from "./fields.ts";
import type { Field, Fields } from "./fields.ts";
import { alternatives, describeLive, fieldType, realmId } from "./resource.ts";
import type { KeycloakType } from "./resource.ts";

const flag = (entry: string, ofDefault: boolean): Field => ({ kind: "flag", entry, default: ofDefault });
const text = (entry: string): Field => ({ kind: "text", entry });

const owners: Fields = {
  realmId,
  /** Id, not client id, of the client that has the mapper. */
  clientId: { kind: "text", replaces: true },
  clientScopeId: { kind: "text", replaces: true },
  name: { kind: "text", member: "name", autonamed: true },
};

const tokens: Fields = {
  addToIdToken: flag("id.token.claim", true),
  addToAccessToken: flag("access.token.claim", true),
};
const introspection: Fields = { addToTokenIntrospection: flag("introspection.token.claim", true) };

const claim: Fields = {
  addToUserinfo: flag("userinfo.token.claim", true),
  claimName: { ...text("claim.name"), required: true },
  claimValueType: {
    ...text("jsonType.label"),
    default: "String",
    allowed: ["JSON", "String", "long", "int", "boolean"],
  },
  multivalued: flag("multivalued", false),
};

/** `keycloak:openid/userClientRoleProtocolMapper:UserClientRoleProtocolMapper`. */
export const userClientRoleMapper = mapper("oidc-usermodel-client-role-mapper", {
  ...owners,
  ...tokens,
  ...claim,
  clientIdForRoleMappings: text("usermodel.clientRoleMapping.clientId"),
  clientRolePrefix: text("usermodel.clientRoleMapping.rolePrefix"),
});

/** `keycloak:openid/userRealmRoleProtocolMapper:UserRealmRoleProtocolMapper`. */
export const userRealmRoleMapper = mapper("oidc-usermodel-realm-role-mapper", {
  ...owners,
  ...tokens,
  ...introspection,
  ...claim,
  realmRolePrefix: text("usermodel.realmRoleMapping.rolePrefix"),
});

const audiences = ["includedClientAudience", "includedCustomAudience"];

/** `keycloak:openid/audienceProtocolMapper:AudienceProtocolMapper`. */
export const audienceMapper = mapper(
  "oidc-audience-mapper",
  {
    ...owners,
    ...tokens,
    ...introspection,
    includedClientAudience: text("included.client.audience"),
    includedCustomAudience: text("included.custom.audience"),
  },
  {
    validate: (inputs) => alternatives(inputs, audiences, 1),
    prepare: async (values, client) => {
      const clientId = textOf(values["includedClientAudience"]);
      if (clientId === "") return;
      const found = await client.list(at`/realms/${textOf(values["realmId"])}/clients`, { clientId });
      if (found.length === 0) {
        throw new Error(`validation error: generic client with name ${clientId} does not exist`);
      }
    },
  },
);

/** A mapper; its id is the one that Keycloak gives it. */
function mapper(
  provider: string,
  fields: Fields,
  rules: {
    readonly validate?: (inputs: Properties) => CheckFailure[];
    readonly prepare?: (values: Properties, client: KeycloakClient) => Promise<void>;
  } = {},
): KeycloakType {
  return fieldType(fields, {
    validate: (inputs) => [
      ...alternatives(inputs, ["clientId", "clientScopeId"], 1),
      ...(rules.validate?.(inputs) ?? []),
    ],
    write: async (inputs, client, previous) => {
      const values = planned(fields, inputs, previous);
      const path = collection(values);
      const name = textOf(values["name"]);
      const others = (await client.list(path)).filter(({ id }) => id !== previous?.id);
      if (others.some((other) => other["name"] === name)) {
        throw new Error(`validation error: a protocol mapper with name ${name} already exists for this client`);
      }
      await rules.prepare?.(values, client);
      const { members, entries } = toRepresentation(fields, values);
      const body = { ...members, protocol: "openid-connect", protocolMapper: provider, config: entries };
      if (previous === undefined) return (await client.post(path, body)).id;
      await client.put(`${path}${at`/${previous.id}`}`, { ...body, id: previous.id });
      return previous.id;
    },
    read: async (id, known, client) => {
      const imported = textOf(known["realmId"]) === "";
      const { owner, own } = imported ? await parseImportId(id, client) : { owner: known, own: id };
      const found = await client.find(`${collection(owner)}${at`/${own}`}`);
      if (found === undefined) return undefined;
      const place = Object.fromEntries(
        Object.entries(owner).filter(([key]) => ["realmId", "clientId", "clientScopeId"].includes(key)),
      );
      const config = isPlainObject(found["config"]) ? found["config"] : {};
      const told = { ...fromRepresentation(fields, found, config), ...place };
      return describeLive(fields, { id: own, imported }, told, known);
    },
    remove: async (id, known, client) => {
      await client.delete(`${collection(known)}${at`/${id}`}`);
    },
  });
}

function collection(owner: Properties): string {
  const [realm, scope] = [textOf(owner["realmId"]), textOf(owner["clientScopeId"])];
  const parent = scope === "" ? at`clients/${textOf(owner["clientId"])}` : at`client-scopes/${scope}`;
  return `${at`/realms/${realm}`}/${parent}/protocol-mappers/models`;
}

const importFormats = [
  "{{realmId}}/client/{{clientId}}/{{protocolMapperId}}",
  "{{realmId}}/client-scope/{{clientScopeId}}/{{protocolMapperId}}",
  "{{realmId}}/client/{{clientId}}/name/{{urlEncodedProtocolMapperName}}",
  "{{realmId}}/client-scope/{{clientScopeId}}/name/{{urlEncodedProtocolMapperName}}",
];

async function parseImportId(id: string, client: KeycloakClient): Promise<{ owner: Properties; own: string }> {
  const [, realm, kind, parent, byName, own] =
    /^([^/]+)\/(client|client-scope)\/([^/]+)\/(name\/)?([^/]+)$/.exec(id) ?? [];
  if (realm === undefined || kind === undefined || parent === undefined || own === undefined) {
    throw new Error(`invalid import. supported import formats: ${importFormats.join(", ")}`);
  }
  const owner = { realmId: realm, [kind === "client" ? "clientId" : "clientScopeId"]: parent };
  if (byName === undefined) return { owner, own };
  const name = decodeURIComponent(own);
  const found = (await client.list(collection(owner))).find((candidate) => candidate["name"] === name);
  if (found === undefined) throw new Error(`protocol mapper with name "${name}" not found`);
  return { owner, own: textOf(found["id"]) };
}
