import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { type Api, type Condition, hasCondition, until } from "./api-server.ts";
import { VaultAdmin, rootToken } from "./vault-admin.ts";

/** Where a cluster administrator would put what Vault needs to check service account tokens. */
const REVIEWER = { namespace: "kube-system", name: "vault-token-reviewer" };

/** Creates the custom resource definitions unless the cluster has exactly these already. */
export async function applyCrds(api: Api, crds: readonly string[], report: (line: string) => void): Promise<void> {
  const texts = crds.map((file) => ({ file, text: readFileSync(file, "utf8") }));
  const hash = createHash("sha256");
  for (const { text } of texts) hash.update(text);
  const applied = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "litellm-platform-crds", namespace: "kube-system" },
    data: { hash: hash.digest("hex") },
  };
  const names = texts.map(({ file, text }) => nameOf(file, text));
  const configMaps = "/api/v1/namespaces/kube-system/configmaps";
  const known = (await api.get(`${configMaps}/${applied.metadata.name}`)) as typeof applied | undefined;
  if (known?.data.hash !== applied.data.hash) {
    await establish(api, texts, names);
    await api.apply(configMaps, applied);
    report(`${names.length} custom resource definitions established`);
  }
  // Published a moment later, at every start; KWOK ends when it does not find the schema of what its stages are about.
  await until("the custom resources' schemas are published", async () => {
    const { paths } = (await api.get("/openapi/v3")) as { paths: Record<string, unknown> };
    const groups = new Set(Object.keys(paths).map((path) => path.split("/")[1]));
    return names.every((name) => groups.has(name.slice(name.indexOf(".") + 1)));
  });
}

/** Creates the definitions and waits until the API server serves their kinds. */
async function establish(
  api: Api,
  texts: readonly { readonly text: string }[],
  names: readonly string[],
): Promise<void> {
  const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await Promise.all(texts.map(({ text }, index) => api.applyYaml(`${collection}/${names[index]}`, text)));
  await until("the custom resource definitions are established", async () => {
    const { items } = (await api.get(collection)) as {
      items: { metadata: { name: string }; status?: { conditions?: Condition[] } }[];
    };
    const established = new Set(
      items.filter((crd) => hasCondition(crd, "Established")).map((crd) => crd.metadata.name),
    );
    return names.every((name) => established.has(name));
  });
}

/** What a cluster's administrators would have set up in Vault: KV version 2 and Kubernetes auth for this cluster. */
export async function setUpVault(
  api: Api,
  settings: {
    readonly apiServer: string;
    /** The API server's CA, as PEM. */
    readonly ca: string;
    readonly vaultAddress: string;
    readonly vaultInitFile: string;
  },
): Promise<void> {
  const vault = new VaultAdmin(settings.vaultAddress, rootToken(settings.vaultInitFile));
  const { data: mounts } = (await vault.call("GET", "sys/mounts")) as { data: object };
  if (!("secret/" in mounts)) await vault.call("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
  const { data: methods } = (await vault.call("GET", "sys/auth")) as { data: object };
  if (!("kubernetes/" in methods)) await vault.call("POST", "sys/auth/kubernetes", { type: "kubernetes" });
  await vault.call("POST", "auth/kubernetes/config", {
    kubernetes_host: settings.apiServer,
    kubernetes_ca_cert: settings.ca,
    token_reviewer_jwt: await reviewerToken(api),
    disable_local_ca_jwt: true,
  });
  // A new KV version 2 mount refuses requests until it has set itself up.
  await until("Vault's KV mount is ready", () =>
    vault.call("GET", "secret/config").then(
      () => true,
      () => false,
    ),
  );
}

/** A long-lived token of the service account that may ask the API server whether other tokens are valid. */
async function reviewerToken(api: Api): Promise<string> {
  const { namespace, name } = REVIEWER;
  const metadata = { name, namespace };
  const collection = `/api/v1/namespaces/${namespace}`;
  await api.apply(`${collection}/serviceaccounts`, { apiVersion: "v1", kind: "ServiceAccount", metadata });
  await api.apply("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  await api.apply(`${collection}/secrets`, {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/service-account-token",
    metadata: { ...metadata, annotations: { "kubernetes.io/service-account.name": name } },
  });
  let token: string | undefined;
  await until(`the token of service account ${name} is issued`, async () => {
    const secret = (await api.get(`${collection}/secrets/${name}`)) as { data?: { token?: string } } | undefined;
    token = secret?.data?.token;
    return token !== undefined;
  });
  return Buffer.from(token ?? "", "base64").toString("utf8");
}

/** The name of the only object in a YAML file, without the cost of parsing megabytes of schema. */
function nameOf(file: string, text: string): string {
  const metadata = text.match(/^metadata:\n((?: .*\n)+)/m)?.[1];
  const name = metadata?.match(/^ {2}name: ['"]?([\w.-]+)/m)?.[1];
  if (name === undefined) throw new Error(`${basename(file)} names no object`);
  return name;
}
