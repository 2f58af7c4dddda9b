import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.ts";
import { type Credentials, HttpError, type Method, request } from "./http.ts";
import { Ports, Processes, type ProcessSpec } from "./processes.ts";

/** How to reach a running control plane. */
export interface ControlPlane {
  /** File of a cluster administrator, with a client certificate. */
  readonly kubeconfig: string;
  /** URL of the Kubernetes API server. */
  readonly apiServer: string;
  /** URL of Vault. */
  readonly vaultAddress: string;
  /** JSON with `root_token` and `unseal_key`. */
  readonly vaultInitFile: string;
  /** Begin of a kubectl command line; it wants `KUBECONFIG` or `--kubeconfig`. */
  readonly kubectl: readonly string[];
  /** Begin of a helm command line. */
  readonly helm: readonly string[];
}

/** What {@link startControlPlane} needs. */
export interface ControlPlaneOptions {
  /** Data, keys, logs and records of the processes; nothing is kept elsewhere. */
  readonly stateDirectory: string;
  readonly binaries: Binaries;
  /** YAML files, each with one CustomResourceDefinition. */
  readonly crds: readonly string[];
  /** YAML files with KWOK's stages. */
  readonly stages: readonly string[];
  readonly report: (line: string) => void;
}

/** Seconds that a server may take to become ready: generous, for a machine that is busy with something else. */
const TIMEOUT_SECONDS = 120;
const FIELD_MANAGER = "litellm-platform-local";
const NODE = "local-node";
/** Where a cluster administrator would put what Vault needs to check service account tokens. */
const REVIEWER = { namespace: "kube-system", name: "vault-token-reviewer" };

/**
 * Starts the control plane, or what of it does not run, and returns when all of it serves.
 * `Processes.stopAll()` of the same state directory stops it; its objects and secrets are kept for the next start.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  return new Starter(options).start();
}

/** A server of the control plane, less what all of them share. */
type Server = Pick<ProcessSpec, "name" | "ready"> & {
  /** Begin of the command line. */
  readonly program: readonly string[];
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  readonly arguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

class Starter {
  readonly #options: ControlPlaneOptions;
  readonly #processes: Processes;
  readonly #ports: Ports;
  readonly #certificates: string;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#processes = new Processes(options.stateDirectory);
    this.#ports = new Ports(join(options.stateDirectory, "ports.json"));
    this.#certificates = join(options.stateDirectory, "certificates");
  }

  async start(): Promise<ControlPlane> {
    const { stateDirectory, binaries } = this.#options;
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    await this.#makeCertificates();
    const [apiServer, vaultAddress] = await Promise.all([this.#startApiServer(), this.#startVault()]);
    const kubeconfig = this.#kubeconfig("admin", apiServer);
    const api = new Api(apiServer, this.#credentials("admin"));
    await Promise.all([
      this.#startController("kube-controller-manager", apiServer, {
        "root-ca-file": this.#certificate("ca.crt"),
        "service-account-private-key-file": this.#certificate("service-account.key"),
        "use-service-account-credentials": true,
      }),
      this.#startController("kube-scheduler", apiServer, {}),
      this.#setUpVault(api, apiServer, vaultAddress),
      this.#applyCrds(api).then(() =>
        Promise.all([this.#startExternalSecrets(apiServer), this.#startNode(api, apiServer)]),
      ),
    ]);
    this.#options.report(`control plane ready: Kubernetes at ${apiServer}, Vault at ${vaultAddress}`);
    return {
      kubeconfig,
      apiServer,
      vaultAddress,
      vaultInitFile: this.#vaultInitFile(),
      kubectl: [binaries.controlPlane, "kubectl"],
      helm: [binaries.helm],
    };
  }

  /** Once: later starts must trust what earlier ones signed. */
  async #makeCertificates(): Promise<void> {
    if (existsSync(this.#certificates)) return;
    const unfinished = `${this.#certificates}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    await promisify(execFile)(this.#options.binaries.controlPlane, ["certs", unfinished]);
    renameSync(unfinished, this.#certificates);
  }

  #certificate(file: string): string {
    return join(this.#certificates, file);
  }

  #credentials(client: string): Credentials {
    return {
      ca: readFileSync(this.#certificate("ca.crt")),
      cert: readFileSync(this.#certificate(`${client}.crt`)),
      key: readFileSync(this.#certificate(`${client}.key`)),
    };
  }

  #vaultInitFile(): string {
    return join(this.#options.stateDirectory, "vault-init.json");
  }

  async #port(name: string, purpose = ""): Promise<number> {
    return this.#ports.get(`${name}${purpose}`, this.#processes.isRunning(name));
  }

  async #run(server: Server): Promise<void> {
    const { stateDirectory, report } = this.#options;
    const [command, ...programArguments] = server.program;
    if (command === undefined) throw new Error(`${server.name} has no program`);
    const flags = Object.entries(server.flags).map(([flag, value]) => `--${flag}=${value}`);
    const began = Date.now();
    const outcome = await this.#processes.start({
      name: server.name,
      command,
      args: [...programArguments, ...flags, ...(server.arguments ?? [])],
      // Of their own, so that nothing in the user's home or environment changes what the servers do.
      env: { PATH: process.env["PATH"] ?? "", HOME: stateDirectory, ...server.env },
      cwd: stateDirectory,
      ready: server.ready,
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    report(
      outcome === "started"
        ? `${server.name} ready after ${((Date.now() - began) / 1000).toFixed(1)} s`
        : `${server.name} runs already`,
    );
  }

  async #startApiServer(): Promise<string> {
    const program = this.#options.binaries.controlPlane;
    const etcd = await this.#startEtcd();
    const port = await this.#port("kube-apiserver");
    const url = `https://127.0.0.1:${port}`;
    const credentials = this.#credentials("admin");
    await this.#run({
      name: "kube-apiserver",
      program: [program, "kube-apiserver"],
      flags: {
        "etcd-servers": etcd,
        "etcd-cafile": this.#certificate("ca.crt"),
        "etcd-certfile": this.#certificate("etcd-client.crt"),
        "etcd-keyfile": this.#certificate("etcd-client.key"),
        "bind-address": "127.0.0.1",
        "secure-port": port,
        "advertise-address": "127.0.0.1",
        // A loopback address is refused as an endpoint of the Service `kubernetes`, and no pod could reach it.
        "endpoint-reconciler-type": "none",
        "tls-cert-file": this.#certificate("server.crt"),
        "tls-private-key-file": this.#certificate("server.key"),
        "client-ca-file": this.#certificate("ca.crt"),
        "anonymous-auth": false,
        // The controllers keep asking for this and fill their logs with it. No certificate of that name is issued.
        "requestheader-client-ca-file": this.#certificate("ca.crt"),
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
        "service-account-key-file": this.#certificate("service-account.pub"),
        "service-account-signing-key-file": this.#certificate("service-account.key"),
        "service-cluster-ip-range": "10.96.0.0/16",
        profiling: false,
      },
      ready: () => isReady(`${url}/readyz`, credentials),
    });
    return url;
  }

  async #startEtcd(): Promise<string> {
    const url = `https://127.0.0.1:${await this.#port("etcd")}`;
    const peer = `https://127.0.0.1:${await this.#port("etcd", "-peer")}`;
    const credentials = this.#credentials("etcd-client");
    const tls = (prefix: string): Record<string, string | boolean> => ({
      [`${prefix}cert-file`]: this.#certificate("server.crt"),
      [`${prefix}key-file`]: this.#certificate("server.key"),
      [`${prefix}trusted-ca-file`]: this.#certificate("ca.crt"),
      [`${prefix}client-cert-auth`]: true,
    });
    await this.#run({
      name: "etcd",
      program: [this.#options.binaries.controlPlane, "etcd"],
      flags: {
        name: "local",
        "data-dir": join(this.#options.stateDirectory, "etcd"),
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": `local=${peer}`,
        ...tls(""),
        ...tls("peer-"),
        // Its data outlives its process, though not a crash of the machine: enough for trying, and much quicker.
        "unsafe-no-fsync": true,
        "log-level": "warn",
      },
      ready: () => isReady(`${url}/health`, credentials),
    });
    return url;
  }

  async #startVault(): Promise<string> {
    const listen = `127.0.0.1:${await this.#port("vault")}`;
    await this.#run({
      name: "vault",
      program: [this.#options.binaries.vault],
      flags: { listen, data: join(this.#options.stateDirectory, "vault"), init: this.#vaultInitFile() },
      ready: () => isReady(`http://${listen}/v1/sys/health`),
    });
    return `http://${listen}`;
  }

  /** Starts kube-controller-manager or kube-scheduler. */
  async #startController(name: string, apiServer: string, flags: Server["flags"]): Promise<void> {
    const kubeconfig = this.#kubeconfig(name, apiServer);
    const port = await this.#port(name);
    const { ca } = this.#credentials(name);
    await this.#run({
      name,
      program: [this.#options.binaries.controlPlane, name],
      flags: {
        kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": "127.0.0.1",
        "secure-port": port,
        "tls-cert-file": this.#certificate("server.crt"),
        "tls-private-key-file": this.#certificate("server.key"),
        // There is one of each.
        "leader-elect": false,
        // The defaults are meant for many nodes sharing one API server, and make a burst of objects slow.
        "kube-api-qps": 200,
        "kube-api-burst": 400,
        profiling: false,
        ...flags,
      },
      ready: () => isReady(`https://127.0.0.1:${port}/healthz`, { ca }),
    });
  }

  async #startExternalSecrets(apiServer: string): Promise<void> {
    const metrics = `127.0.0.1:${await this.#port("external-secrets")}`;
    await this.#run({
      name: "external-secrets",
      program: this.#options.binaries.externalSecrets,
      flags: {
        "metrics-addr": metrics,
        concurrent: 4,
        // Only namespaced stores and ExternalSecrets are used.
        "enable-cluster-store-reconciler": false,
        "enable-cluster-external-secret-reconciler": false,
        "enable-cluster-push-secret-reconciler": false,
        "enable-push-secret-reconciler": false,
      },
      env: { KUBECONFIG: this.#kubeconfig("external-secrets", apiServer) },
      ready: () => isReady(`http://${metrics}/metrics`),
    });
  }

  /** Starts KWOK, which plays the part of the nodes, and creates one node for it. */
  async #startNode(api: Api, apiServer: string): Promise<void> {
    await api.apply("/api/v1/nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: NODE,
        annotations: { "kwok.x-k8s.io/node": "fake" },
        labels: { "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
      },
    });
    const port = await this.#port("kwok");
    await this.#run({
      name: "kwok",
      program: [this.#options.binaries.controlPlane, "kwok"],
      flags: {
        kubeconfig: this.#kubeconfig("kwok", apiServer),
        "manage-all-nodes": true,
        "server-address": `127.0.0.1:${port}`,
        "node-ip": "127.0.0.1",
        "node-port": port,
        "node-lease-duration-seconds": 40,
      },
      arguments: this.#options.stages.map((file) => `--config=${file}`),
      ready: () => isReady(`http://127.0.0.1:${port}/healthz`),
    });
    await until(`node ${NODE} is Ready`, async () => {
      const node = (await api.get(`/api/v1/nodes/${NODE}`)) as { status?: { conditions?: Condition[] } } | undefined;
      return hasCondition(node, "Ready");
    });
  }

  /** Creates the custom resource definitions unless the cluster has exactly these already. */
  async #applyCrds(api: Api): Promise<void> {
    const { crds, report } = this.#options;
    const texts = crds.map((file) => ({ file, text: readFileSync(file, "utf8") }));
    const hash = createHash("sha256");
    for (const { text } of texts) hash.update(text);
    const applied = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "litellm-platform-crds", namespace: "kube-system" },
      data: { hash: hash.digest("hex") },
    };
    const configMaps = "/api/v1/namespaces/kube-system/configmaps";
    const known = (await api.get(`${configMaps}/${applied.metadata.name}`)) as typeof applied | undefined;
    if (known?.data.hash === applied.data.hash) return;
    const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const names = texts.map(({ file, text }) => nameOf(file, text));
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
    // Published a moment later; KWOK ends when it does not find the schema of what its stages are about.
    await until("the custom resources' schemas are published", async () => {
      const { paths } = (await api.get("/openapi/v3")) as { paths: Record<string, unknown> };
      const groups = new Set(Object.keys(paths).map((path) => path.split("/")[1]));
      return names.every((name) => groups.has(name.slice(name.indexOf(".") + 1)));
    });
    await api.apply(configMaps, applied);
    report(`${names.length} custom resource definitions established`);
  }

  /** What a cluster's administrators would have set up in Vault: KV version 2 and Kubernetes auth for this cluster. */
  async #setUpVault(api: Api, apiServer: string, vaultAddress: string): Promise<void> {
    const { root_token: token } = JSON.parse(readFileSync(this.#vaultInitFile(), "utf8")) as { root_token: string };
    const vault = async (method: Method, path: string, body?: object): Promise<unknown> =>
      JSON.parse(
        (await request(method, `${vaultAddress}/v1/${path}`, { headers: { "x-vault-token": token }, body })) || "{}",
      );

    const { data: mounts } = (await vault("GET", "sys/mounts")) as { data: object };
    if (!("secret/" in mounts)) await vault("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
    const { data: methods } = (await vault("GET", "sys/auth")) as { data: object };
    if (!("kubernetes/" in methods)) await vault("POST", "sys/auth/kubernetes", { type: "kubernetes" });
    await vault("POST", "auth/kubernetes/config", {
      kubernetes_host: apiServer,
      kubernetes_ca_cert: readFileSync(this.#certificate("ca.crt"), "utf8"),
      token_reviewer_jwt: await reviewerToken(api),
      disable_local_ca_jwt: true,
    });
    // A new KV version 2 mount refuses requests until it has set itself up.
    await until("Vault's KV mount is ready", () =>
      vault("GET", "secret/config").then(
        () => true,
        () => false,
      ),
    );
  }

  /** Writes the kubeconfig of one of the clients and returns its path. */
  #kubeconfig(client: string, apiServer: string): string {
    const base64 = (file: string): string => readFileSync(this.#certificate(file)).toString("base64");
    const name = "litellm-platform-local";
    const directory = join(this.#options.stateDirectory, "kubeconfig");
    const file = join(directory, `${client}.json`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // JSON is YAML.
    const text = JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server: apiServer, "certificate-authority-data": base64("ca.crt") } }],
      users: [
        {
          name: client,
          user: { "client-certificate-data": base64(`${client}.crt`), "client-key-data": base64(`${client}.key`) },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: client } }],
      "current-context": name,
    });
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    return file;
  }
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

/** The few requests to the API server that setting up needs. */
class Api {
  readonly #server: string;
  readonly #credentials: Credentials;

  constructor(server: string, credentials: Credentials) {
    this.#server = server;
    this.#credentials = credentials;
  }

  /** An object, or undefined if there is none. */
  async get(path: string): Promise<unknown> {
    try {
      return JSON.parse(await request("GET", `${this.#server}${path}`, { credentials: this.#credentials }));
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply of an object of the collection at `path`. */
  async apply(path: string, object: KubernetesObject): Promise<void> {
    await this.applyYaml(`${path}/${object.metadata.name}`, JSON.stringify(object));
  }

  /** Server-side apply of the object at `path`. */
  async applyYaml(path: string, text: string): Promise<void> {
    await request("PATCH", `${this.#server}${path}?fieldManager=${FIELD_MANAGER}&force=true`, {
      credentials: this.#credentials,
      headers: { "content-type": "application/apply-patch+yaml" },
      body: text,
    });
  }
}

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function hasCondition(object: { status?: { conditions?: readonly Condition[] } } | undefined, type: string): boolean {
  return object?.status?.conditions?.some((each) => each.type === type && each.status === "True") ?? false;
}

async function isReady(url: string, credentials?: Partial<Credentials>): Promise<boolean> {
  await request("GET", url, credentials === undefined ? {} : { credentials });
  return true;
}

/** The name of the only object in a YAML file, without the cost of parsing megabytes of schema. */
function nameOf(file: string, text: string): string {
  const metadata = text.match(/^metadata:\n((?: .*\n)+)/m)?.[1];
  const name = metadata?.match(/^ {2}name: ['"]?([\w.-]+)/m)?.[1];
  if (name === undefined) throw new Error(`${basename(file)} names no object`);
  return name;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_SECONDS * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${TIMEOUT_SECONDS} s in vain until ${what}.`);
    await sleep(150);
  }
}
