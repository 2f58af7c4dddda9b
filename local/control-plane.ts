import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.ts";
import { Api, type Condition, TIMEOUT_SECONDS, hasCondition, until } from "./api-server.ts";
import { applyCrds, setUpVault } from "./cluster-setup.ts";
import { type Credentials, request } from "./http.ts";
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

const NODE = "local-node";

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
    this.#ports = Ports.of(options.stateDirectory);
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
      setUpVault(api, {
        apiServer,
        ca: readFileSync(this.#certificate("ca.crt"), "utf8"),
        vaultAddress,
        vaultInitFile: this.#vaultInitFile(),
      }),
      applyCrds(api, this.#options.crds, this.#options.report).then(() =>
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

async function isReady(url: string, credentials?: Partial<Credentials>): Promise<boolean> {
  await request("GET", url, credentials === undefined ? {} : { credentials });
  return true;
}
