/** The table of Vault's resources: policies, the roles of the Kubernetes auth method, and those of other files. */
import { inGivenOrder } from "../sets.ts";
import { textOf } from "../values.ts";
import type { Plain, Properties } from "../values.ts";
import { appRole, appRoleSecretId } from "./approle.ts";
import { namespaceOf } from "./client.ts";
import { authBackend, mount } from "./mounts.ts";
import { fields, fromBody, keepIdentity, onlyKnown, toBody, trimPath } from "./resource.ts";
import type { Field, VaultResource } from "./resource.ts";
import { secretV2 } from "./secret-v2.ts";

const policy: VaultResource = {
  required: ["policy"],
  autonamed: ["name"],
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
  autonamed: [],
  replacedBy: ["backend", "roleName", "namespace"],
  computed: ["aliasNameSource"],
  defaults: { backend: "kubernetes" },
  write: async (inputs, client, previous) => {
    const path = `auth/${trimPath(textOf(inputs["backend"]))}/role/${textOf(inputs["roleName"])}`;
    // What was set and no longer is must be emptied: Vault keeps what a request does not name.
    const emptied = Object.fromEntries(
      roleFields.filter(({ property }) => previous?.inputs[property] !== undefined).map(({ field }) => [field, null]),
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
    return { inputs: inGivenOrder(inputs, known), computed: { aliasNameSource: told["aliasNameSource"] ?? "" } };
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
  autonamed: [],
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

/** The resource types that the stand-in knows. */
export const vaultResources: ReadonlyMap<string, VaultResource> = new Map([
  ["vault:kv/secretV2:SecretV2", secretV2],
  ["vault:index/policy:Policy", policy],
  ["vault:kubernetes/authBackendRole:AuthBackendRole", kubernetesRole],
  ["vault:kubernetes/authBackendConfig:AuthBackendConfig", kubernetesConfig],
  ["vault:index/mount:Mount", mount],
  ["vault:index/authBackend:AuthBackend", authBackend],
  ["vault:appRole/authBackendRole:AuthBackendRole", appRole],
  ["vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId", appRoleSecretId],
]);
