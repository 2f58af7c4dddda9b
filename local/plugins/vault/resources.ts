/** Policies, mounts, auth methods and the roles of the Kubernetes auth method. */
import { isPlainObject, plain, secret, unwrap } from "../values.ts";
import type { Plain, Properties, Value } from "../values.ts";
import { namespaceOf } from "./client.ts";
import type { VaultClient } from "./client.ts";
import { fromBody, textOf, toBody, trimPath } from "./resource.ts";
import type { Field, VaultResource } from "./resource.ts";
import { secretV2 } from "./secret-v2.ts";

/** Fields whose names differ only in their notation: `tokenMaxTtl` and `token_max_ttl`. */
function fields(...properties: readonly string[]): Field[] {
  return properties.map((property) => ({
    property,
    field: property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  }));
}

const policy: VaultResource = {
  required: ["policy"],
  autonamed: true,
  replacedBy: ["name", "namespace"],
  computed: [],
  defaults: {},
  write: async (inputs, client) => {
    const name = textOf(inputs["name"]);
    const body = { policy: textOf(inputs["policy"]) };
    await client.send({ method: "PUT", path: `sys/policies/acl/${name}`, namespace: namespaceOf(inputs), body });
    return name;
  },
  read: async (id, known, client) => {
    const found = await client.find(`sys/policies/acl/${id}`, namespaceOf(known));
    return found && { inputs: { ...known, name: id, policy: found["policy"] ?? "" }, computed: {} };
  },
  remove: async (id, known, client) => {
    await client.send({ method: "DELETE", path: `sys/policies/acl/${id}`, namespace: namespaceOf(known) });
  },
};

const roleFields = fields(
  ...["boundServiceAccountNames", "boundServiceAccountNamespaces", "boundServiceAccountNamespaceSelector"],
  ...["audience", "aliasNameSource", "aliasMetadata", "tokenBoundCidrs", "tokenExplicitMaxTtl", "tokenMaxTtl"],
  ...["tokenNoDefaultPolicy", "tokenNumUses", "tokenPeriod", "tokenPolicies", "tokenTtl", "tokenType"],
);
/** What Vault sets itself, so that it is no drift when a program does not set it. */
const roleDefaults: Readonly<Record<string, Plain>> = { aliasNameSource: "serviceaccount_uid", tokenType: "default" };

const kubernetesRole: VaultResource = {
  required: ["roleName", "boundServiceAccountNames"],
  autonamed: false,
  replacedBy: ["backend", "roleName", "namespace"],
  computed: ["aliasNameSource"],
  defaults: { backend: "kubernetes" },
  write: async (inputs, client, olds) => {
    const path = `auth/${trimPath(textOf(inputs["backend"]))}/role/${textOf(inputs["roleName"])}`;
    // What was set and no longer is must be emptied: Vault keeps what a request does not name.
    const emptied = Object.fromEntries(
      roleFields.filter(({ property }) => olds?.[property] !== undefined).map(({ field }) => [field, null]),
    );
    const body = { ...emptied, ...toBody(inputs, roleFields) };
    await client.send({ method: "POST", path, namespace: namespaceOf(inputs), body });
    return path;
  },
  read: async (id, known, client) => {
    const found = await client.find(id, namespaceOf(known));
    if (found === undefined) return undefined;
    const [, backend = "", roleName = ""] = /^auth\/(.+)\/role\/([^/]+)$/.exec(id) ?? [];
    const told = fromBody(found, roleFields, known);
    const kept = Object.entries(told).filter(([key, value]) => known[key] !== undefined || roleDefaults[key] !== value);
    const inputs: Properties = {
      ...keepIdentity(known, ["namespace"]),
      backend,
      roleName,
      ...Object.fromEntries(kept),
    };
    return { inputs: withSetOrder(inputs, known), computed: { aliasNameSource: told["aliasNameSource"] ?? "" } };
  },
  remove: async (id, known, client) => {
    await client.send({ method: "DELETE", path: id, namespace: namespaceOf(known) });
  },
};

const configFields: Field[] = [
  ...fields("kubernetesHost", "kubernetesCaCert", "issuer", "pemKeys", "disableIssValidation"),
  ...fields("useAnnotationsAsAliasMetadata"),
  { property: "disableLocalCaJwt", field: "disable_local_ca_jwt" },
];
const reviewerFields = fields("tokenReviewerJwt");

const kubernetesConfig: VaultResource = {
  required: ["kubernetesHost"],
  autonamed: false,
  replacedBy: ["backend", "namespace"],
  computed: ["disableIssValidation", "disableLocalCaJwt", "kubernetesCaCert", "useAnnotationsAsAliasMetadata"],
  defaults: { backend: "kubernetes" },
  write: async (inputs, client) => {
    const path = `auth/${trimPath(textOf(inputs["backend"]))}/config`;
    const body = { ...toBody(inputs, configFields), ...toBody(inputs, reviewerFields) };
    await client.send({ method: "POST", path, namespace: namespaceOf(inputs), body });
    return path;
  },
  read: async (id, known, client) => {
    const found = await client.find(id, namespaceOf(known));
    if (found === undefined) return undefined;
    const told = fromBody(found, configFields, known);
    // Vault never tells the reviewer's token.
    const kept = keepIdentity(known, ["namespace", "tokenReviewerJwt", "tokenReviewerJwtWoVersion"]);
    const inputs = { ...kept, backend: id.replace(/^auth\/|\/config$/g, ""), ...onlyKnown(told, known) };
    return { inputs, computed: told };
  },
  // As with the genuine plugin: the configuration goes with its auth method.
  remove: () => Promise.resolve(),
};

const mountFields = fields("type", "description", "options", "local", "sealWrap", "externalEntropyAccess");

const mount: VaultResource = {
  required: ["path", "type"],
  autonamed: false,
  replacedBy: ["path", "type", "local", "sealWrap", "externalEntropyAccess", "namespace"],
  computed: ["accessor", "sealWrap", "defaultLeaseTtlSeconds", "maxLeaseTtlSeconds"],
  defaults: {},
  write: async (inputs, client, olds) => {
    const path = trimPath(textOf(inputs["path"]));
    const namespace = namespaceOf(inputs);
    const config = tuning(inputs);
    const body =
      olds === undefined
        ? { ...toBody(inputs, mountFields), config }
        : { ...config, description: textOf(inputs["description"]) };
    await client.send({
      method: "POST",
      path: olds === undefined ? `sys/mounts/${path}` : `sys/mounts/${path}/tune`,
      namespace,
      body,
    });
    return path;
  },
  read: (id, known, client) => readMount(`sys/mounts`, id, known, client),
  remove: async (id, known, client) => {
    await client.send({ method: "DELETE", path: `sys/mounts/${id}`, namespace: namespaceOf(known) });
  },
};

const authBackend: VaultResource = {
  required: ["type"],
  autonamed: false,
  replacedBy: ["path", "type", "local", "namespace"],
  computed: ["accessor"],
  defaults: {},
  derive: (inputs) => ({ path: inputs["path"] ?? inputs["type"] ?? "" }),
  write: async (inputs, client, olds) => {
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
    await client.send(olds === undefined ? enabled : tuned);
    return path;
  },
  read: (id, known, client) => readMount(`sys/auth`, id, known, client),
  remove: async (id, known, client) => {
    await client.send({ method: "DELETE", path: `sys/auth/${id}`, namespace: namespaceOf(known) });
  },
};

/** The resource types that the stand-in knows. */
export const vaultResources: ReadonlyMap<string, VaultResource> = new Map([
  ["vault:kv/secretV2:SecretV2", secretV2],
  ["vault:index/policy:Policy", policy],
  ["vault:kubernetes/authBackendRole:AuthBackendRole", kubernetesRole],
  ["vault:kubernetes/authBackendConfig:AuthBackendConfig", kubernetesConfig],
  ["vault:index/mount:Mount", mount],
  ["vault:index/authBackend:AuthBackend", authBackend],
]);

/** Marks what is secret by nature. */
export function markVaultSecrets(properties: Properties): Properties {
  const marked = { ...properties };
  for (const key of ["dataJson", "dataJsonWo", "data", "tokenReviewerJwt", "tokenReviewerJwtWo"]) {
    const value = unwrap(marked[key]);
    if (value !== undefined) marked[key] = secret(value);
  }
  return marked;
}

async function readMount(list: string, id: string, known: Properties, client: VaultClient) {
  const mounts = await client.send({ method: "GET", path: list, namespace: namespaceOf(known) });
  const found = mounts[`${id}/`];
  if (!isPlainObject(found)) return undefined;
  const told = fromBody(found, mountFields, known);
  const config = isPlainObject(found["config"]) ? found["config"] : {};
  const inputs: Properties = { ...known, path: known["path"] ?? id, ...onlyKnown(told, { type: "", ...known }) };
  return {
    inputs,
    computed: {
      accessor: found["accessor"] ?? "",
      path: id,
      ...(list === "sys/mounts" && {
        sealWrap: found["seal_wrap"] ?? false,
        defaultLeaseTtlSeconds: config["default_lease_ttl"] ?? 0,
        maxLeaseTtlSeconds: config["max_lease_ttl"] ?? 0,
      }),
    },
  };
}

function tuning(inputs: Properties) {
  return toBody(inputs, [
    { property: "defaultLeaseTtlSeconds", field: "default_lease_ttl" },
    { property: "maxLeaseTtlSeconds", field: "max_lease_ttl" },
    ...fields("allowedResponseHeaders", "listingVisibility", "passthroughRequestHeaders", "pluginVersion"),
  ]);
}

function keepIdentity(known: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(known).filter(([key]) => keys.includes(key)));
}

function onlyKnown(told: Properties, known: Properties): Properties {
  return Object.fromEntries(Object.entries(told).filter(([key]) => known[key] !== undefined));
}

/** Lists that are sets to Vault keep the order in which the program gave them. */
function withSetOrder(inputs: Properties, known: Properties): Properties {
  const ordered = Object.entries(inputs).map(([key, value]): [string, Value] => {
    const given = known[key];
    return [key, given !== undefined && sortedText(given) === sortedText(value) ? given : value];
  });
  return Object.fromEntries(ordered);
}

function sortedText(value: Value): string {
  const given = plain(value);
  return JSON.stringify(Array.isArray(given) ? given.map(String).sort() : given);
}
