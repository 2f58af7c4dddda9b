/** Secret engines and auth methods, which Vault both calls mounts. */
import type { LiveResource } from "../resource-table.ts";
import { isPlainObject, omit, textOf, unwrap } from "../values.ts";
import type { PlainObject, Properties } from "../values.ts";
import { VaultError, namespaceOf } from "./client.ts";
import type { VaultClient } from "./client.ts";
import { fields, fromBody, onlyKnown, toBody, trimPath } from "./resource.ts";
import type { VaultResource } from "./resource.ts";

const mountFields = fields("type", "description", "options", "local", "sealWrap", "externalEntropyAccess");
const tuneFields = [
  { property: "defaultLeaseTtlSeconds", field: "default_lease_ttl" },
  { property: "maxLeaseTtlSeconds", field: "max_lease_ttl" },
  ...fields("allowedResponseHeaders", "listingVisibility", "passthroughRequestHeaders", "pluginVersion"),
];

/** A secret engine; its id is its path. */
export const mount: VaultResource = {
  required: ["path", "type"],
  autonamed: [],
  replacedBy: ["type", "local", "sealWrap", "externalEntropyAccess", "namespace"],
  computed: ["accessor", "sealWrap", "defaultLeaseTtlSeconds", "maxLeaseTtlSeconds"],
  defaults: {},
  compared: ({ oldInputs, news }) => {
    const [from, to] = [trimPath(textOf(oldInputs["path"])), trimPath(textOf(news["path"]))];
    // The genuine plugin moves a mount with all that is in it; a replacement would lose what is in it.
    if (from !== to)
      throw new Error(`stand-in plugin vault does not move mounts (${from}); install the genuine plugin`);
    return { olds: oldInputs, news };
  },
  write: async (inputs, client, previous) => {
    const path = trimPath(textOf(inputs["path"]));
    const namespace = namespaceOf(inputs);
    const config = toBody(inputs, tuneFields);
    if (previous === undefined) {
      const body = { ...toBody(inputs, mountFields), config };
      await client.send({ method: "POST", path: `sys/mounts/${path}`, namespace, body });
    } else {
      const changeable = { description: textOf(inputs["description"]), ...toBody(inputs, fields("options")) };
      await client.send({
        method: "POST",
        path: `sys/mounts/${path}/tune`,
        namespace,
        body: { ...config, ...changeable },
      });
    }
    return path;
  },
  read: async (id, known, client) => {
    const path = trimPath(id);
    const found = await findMount("sys/mounts", path, known, client);
    if (found === undefined) return undefined;
    const config = isPlainObject(found["config"]) ? found["config"] : {};
    const { inputs, computed } = describeMount(path, underAlias(found, known), known);
    return {
      id: path,
      inputs,
      computed: {
        ...computed,
        sealWrap: found["seal_wrap"] ?? false,
        defaultLeaseTtlSeconds: config["default_lease_ttl"] ?? 0,
        maxLeaseTtlSeconds: config["max_lease_ttl"] ?? 0,
      },
    };
  },
  remove: async (id, known, client) => {
    await client.send({ method: "DELETE", path: `sys/mounts/${id}`, namespace: namespaceOf(known) });
  },
};

/** An auth method; its id is its path, by default that of its type. */
export const authBackend: VaultResource = {
  required: ["type"],
  autonamed: [],
  replacedBy: ["path", "type", "local", "namespace"],
  computed: ["accessor"],
  defaults: {},
  derive: (inputs) => ({ path: inputs["path"] ?? inputs["type"] ?? "" }),
  write: async (inputs, client, previous) => {
    const path = trimPath(textOf(inputs["path"]));
    const namespace = namespaceOf(inputs);
    if (inputs["tune"] !== undefined)
      throw new Error("stand-in plugin vault does not know tune of an auth method; install the genuine plugin");
    const tuned = {
      method: "POST",
      path: `sys/auth/${path}/tune`,
      namespace,
      body: { description: textOf(inputs["description"]) },
    } as const;
    const enabled = { method: "POST", path: `sys/auth/${path}`, namespace, body: toBody(inputs, mountFields) } as const;
    await client.send(previous === undefined ? enabled : tuned);
    return path;
  },
  read: async (id, known, client) => {
    const found = await findMount("sys/auth", id, known, client);
    return found && describeMount(id, found, known);
  },
  remove: async (id, known, client) => {
    await client.send({ method: "DELETE", path: `sys/auth/${id}`, namespace: namespaceOf(known) });
  },
};

/** As the genuine plugin, by the mount's own path: a token that may list all mounts is not asked for. */
async function findMount(
  list: string,
  path: string,
  known: Properties,
  client: VaultClient,
): Promise<PlainObject | undefined> {
  try {
    return await client.find(`${list}/${path}`, namespaceOf(known));
  } catch (error) {
    // What Vault says of one that is not there.
    if (error instanceof VaultError && error.status === 400 && /No (secret|auth) engine/.test(error.message))
      return undefined;
    throw error;
  }
}

/** `kv-v2` is another name for `kv` with version 2, and Vault only tells the latter. */
function underAlias(found: PlainObject, known: Properties): PlainObject {
  const options = isPlainObject(found["options"]) ? found["options"] : {};
  if (unwrap(known["type"]) !== "kv-v2" || found["type"] !== "kv" || options["version"] !== "2") return found;
  const asked = unwrap(known["options"]) !== undefined;
  return { ...found, type: "kv-v2", options: asked ? options : omit(options, ["version"]) };
}

function describeMount(path: string, found: PlainObject, known: Properties): LiveResource {
  const told = fromBody(found, mountFields, known);
  const imported = Object.keys(known).length === 0;
  const inputs = imported ? { ...told, path } : { ...known, path: known["path"] ?? path, ...onlyKnown(told, known) };
  return { inputs, computed: { accessor: found["accessor"] ?? "", path } };
}
