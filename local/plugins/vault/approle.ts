/** Roles of the AppRole auth method, and the secret ids to log in with. */
import { sameSet, inGivenOrder } from "../sets.ts";
import { isPlainObject, omit, optionalText, textOf, textsOf, unwrap } from "../values.ts";
import type { Plain, PlainObject, Properties, Value } from "../values.ts";
import { namespaceOf, VaultError } from "./client.ts";
import type { VaultClient } from "./client.ts";
import { parseJson, sameJson } from "./json.ts";
import { fields, fromBody, keepIdentity, onlyKnown, toBody, trimPath } from "./resource.ts";
import type { VaultResource } from "./resource.ts";

const roleFields = fields(
  ...["bindSecretId", "secretIdBoundCidrs", "secretIdNumUses", "secretIdTtl", "localSecretIds", "aliasMetadata"],
  ...["tokenBoundCidrs", "tokenExplicitMaxTtl", "tokenMaxTtl", "tokenNoDefaultPolicy", "tokenNumUses"],
  ...["tokenPeriod", "tokenPolicies", "tokenTtl", "tokenType"],
);
const roleDefaults = { backend: "approle", bindSecretId: true, localSecretIds: false, tokenType: "default" };
/** What a field that is no longer set goes back to: Vault keeps what a request does not name. */
const emptied: Readonly<Record<string, Plain>> = {
  secret_id_bound_cidrs: [],
  token_bound_cidrs: [],
  token_policies: [],
  token_no_default_policy: false,
};

/** A role; its id is `auth/<backend>/role/<name>`. */
export const appRole: VaultResource = {
  inputs: ["backend", "namespace", "roleId", "roleName", ...roleFields.map(({ property }) => property)],
  required: ["roleName"],
  autonamed: [],
  replacedBy: ["backend", "roleName", "namespace"],
  computed: ["roleId"],
  defaults: roleDefaults,
  // Without `roleId` in the program the role keeps the one it has.
  compared: ({ oldInputs, oldOutputs, news }) =>
    news["roleId"] === undefined
      ? { olds: inGivenOrder(omit(oldInputs, ["roleId"]), news), news }
      : { olds: inGivenOrder({ ...oldInputs, roleId: oldOutputs["roleId"] ?? null }, news), news },
  write: async (inputs, client, previous) => {
    const path = rolePath(inputs);
    const namespace = namespaceOf(inputs);
    const body = changedBody(inputs, previous?.inputs);
    if (previous === undefined || Object.keys(body).length > 0) {
      await client.send({ method: "POST", path, namespace, body });
    }
    const roleId = optionalText(inputs, "roleId");
    if (roleId !== undefined && roleId !== unwrap(previous?.outputs["roleId"])) {
      await client.send({ method: "POST", path: `${path}/role-id`, namespace, body: { role_id: roleId } });
    }
    return path;
  },
  read: async (id, known, client) => {
    const namespace = namespaceOf(known);
    const [, backend, roleName] = /^auth\/(.+)\/role\/(.+)$/.exec(id) ?? [];
    if (backend === undefined || roleName === undefined) {
      throw new Error(`${id} is no id of an AppRole: expected auth/<backend>/role/<role name>`);
    }
    const found = await client.find(id, namespace);
    if (found === undefined) return undefined;
    const { role_id: roleId = "" } = await client.send({ method: "GET", path: `${id}/role-id`, namespace });
    const told = fromBody(withPrefixes(found, known), roleFields, { ...roleDefaults, ...known });
    const imported = Object.keys(known).length === 0;
    const inputs = imported
      ? { ...told, backend, roleName }
      : { ...keepIdentity(known, ["namespace"]), backend, roleName, ...onlyKnown({ ...told, roleId }, known) };
    return { inputs: inGivenOrder(inputs, known), computed: { ...told, roleId } };
  },
  remove: async (id, known, client) => {
    await client.send({ method: "DELETE", path: id, namespace: namespaceOf(known) });
  },
};

const secretIdInputs = ["backend", "cidrLists", "metadata", "namespace", "numUses", "roleName", "secretId"];

/** A secret id of a role; its id is `backend=<backend>::role=<role>::accessor=<accessor>`. Every change makes a new one. */
export const appRoleSecretId: VaultResource = {
  inputs: [...secretIdInputs, "tokenBoundCidrs", "ttl"],
  required: ["roleName"],
  autonamed: [],
  replacedBy: [...secretIdInputs, "tokenBoundCidrs", "ttl"],
  computed: ["accessor", "secretId", "wrappingAccessor", "wrappingToken"],
  defaults: { backend: "approle" },
  validate: (inputs) => {
    const text = unwrap(inputs["metadata"]);
    if (typeof text !== "string" || isPlainObject(parseJson(text))) return [];
    return [{ property: "metadata", reason: "must be the JSON text of an object" }];
  },
  compared: ({ oldInputs, news }) => ({ olds: inGivenOrder(oldInputs, news), news }),
  write: async (inputs, client) => {
    const custom = optionalText(inputs, "secretId");
    const told = await client.send({
      method: "POST",
      path: `${rolePath(inputs)}/${custom === undefined ? "secret-id" : "custom-secret-id"}`,
      namespace: namespaceOf(inputs),
      body: {
        ...(custom !== undefined && { secret_id: custom }),
        cidr_list: textsOf(inputs["cidrLists"]).join(","),
        token_bound_cidrs: textsOf(inputs["tokenBoundCidrs"]).join(","),
        metadata: textOf(inputs["metadata"]),
        ...toBody(inputs, fields("ttl", "numUses")),
      },
    });
    const place = `backend=${trimPath(textOf(inputs["backend"]))}::role=${trimPath(textOf(inputs["roleName"]))}`;
    const accessor = told["secret_id_accessor"];
    if (typeof accessor !== "string") throw new Error("Vault made a secret id and did not tell its accessor");
    return { id: `${place}::accessor=${accessor}`, told: { secretId: told["secret_id"] ?? "" } };
  },
  read: async (id, known, client, state) => {
    const { backend, roleName, accessor } = parseSecretId(id);
    const found = await lookUp(id, known, client);
    if (found === undefined) return undefined;
    const metadata = JSON.stringify(found["metadata"] ?? {});
    const given = textOf(known["metadata"]);
    const told: Properties = {
      cidrLists: found["cidr_list"] ?? [],
      tokenBoundCidrs: found["token_bound_cidrs"] ?? [],
      metadata: sameJson(parseJson(given), found["metadata"]) ? given : metadata,
      ttl: found["secret_id_ttl"] ?? 0,
      numUses: found["secret_id_num_uses"] ?? 0,
    };
    const kept = keepIdentity(known, ["namespace", "secretId"]);
    const inputs = inGivenOrder({ ...kept, backend, roleName, ...onlyKnown(told, known) }, known);
    // Vault tells a secret id once, when it makes it.
    const secretId: Value = state["secretId"] ?? "";
    return { inputs, computed: { ...told, accessor, secretId, wrappingAccessor: "", wrappingToken: "" } };
  },
  remove: async (id, known, client) => {
    const { path, accessor } = parseSecretId(id);
    const body = { secret_id_accessor: accessor };
    await client.send({ method: "POST", path: `${path}/destroy`, namespace: namespaceOf(known), body });
  },
};

function rolePath(inputs: Properties): string {
  return `auth/${trimPath(textOf(inputs["backend"]))}/role/${trimPath(textOf(inputs["roleName"]))}`;
}

/** All fields of a new role, those that changed of an existing one. */
function changedBody(inputs: Properties, olds: Properties | undefined): PlainObject {
  const body = toBody(inputs, roleFields);
  if (olds === undefined) return body;
  const before = toBody(olds, roleFields);
  const changed = Object.entries(body).filter(([field, value]) => !sameSet(before[field] ?? null, value));
  const dropped = Object.keys(before).filter((field) => body[field] === undefined);
  return Object.fromEntries([
    ...changed,
    ...dropped.map((field): [string, Plain] => [field, field === "alias_metadata" ? {} : (emptied[field] ?? 0)]),
  ]);
}

/** Vault leaves out the prefix of a single address; it counts as told unless the program leaves it out as well. */
function withPrefixes(found: PlainObject, known: Properties): PlainObject {
  const asked = textsOf(known["tokenBoundCidrs"]);
  const completed = textsOf(found["token_bound_cidrs"]).map((address) => {
    if (address.includes("/") || asked.includes(address)) return address;
    return address.includes(":") ? `${address}/128` : `${address}/32`;
  });
  return { ...found, token_bound_cidrs: completed };
}

function parseSecretId(id: string) {
  const [, backend, roleName, accessor] = /^backend=(.+)::role=(.+)::accessor=(.+)$/.exec(id) ?? [];
  if (backend === undefined || roleName === undefined || accessor === undefined) {
    throw new Error(`${id} is no id of a secret id: expected backend=<backend>::role=<role>::accessor=<accessor>`);
  }
  return { backend, roleName, accessor, path: `${rolePath({ backend, roleName })}/secret-id-accessor` };
}

async function lookUp(id: string, known: Properties, client: VaultClient): Promise<PlainObject | undefined> {
  const { path, accessor, roleName } = parseSecretId(id);
  const body = { secret_id_accessor: accessor };
  try {
    return await client.send({ method: "POST", path: `${path}/lookup`, namespace: namespaceOf(known), body });
  } catch (error) {
    const gone = error instanceof VaultError && (error.status === 404 || error.message.includes(noRole(roleName)));
    if (gone) return undefined;
    throw error;
  }
}

function noRole(roleName: string): string {
  return `role "${roleName}" does not exist`;
}
