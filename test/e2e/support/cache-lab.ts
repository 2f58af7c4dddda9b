import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlatformConfig } from "../../../config/platform.ts";
import { caDirectory, caFiles } from "../../../litellm/data/cache.ts";
import { plainEnvironment } from "../../../litellm/proxy/environment.ts";
import { namesOf } from "../../../litellm/shared/names.ts";
import { proxyConfig, yamlForPython } from "../../../litellm/proxy/config.ts";
import { type ClusterAddress, localConfig, localEnvironment } from "../../../local/cluster-addresses.ts";
import { Ports, Processes } from "../../../local/processes.ts";
import { findRedis } from "../../../local/services/binaries.ts";
import { litellmProcess } from "../../../local/services/litellm-process.ts";
import { ensureLiteLLM } from "../../../local/services/litellm.ts";
import { type ModelBackend, startModelBackend } from "../../../local/services/model-backend.ts";
import { type Login, localAclFile } from "../../../local/services/redis.ts";
import { RespClient, RespError } from "../../../local/services/resp.ts";
import { mustRun } from "../../../local/services/run.ts";

export const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A password of the form that the program makes. */
export const newPassword = () => randomBytes(20).toString("hex");

/** Sees and may do everything; the proxies do not have it. */
export const inspector: Login = { username: "inspector", password: newPassword() };

const host = "127.0.0.1";

export interface Proxy {
  readonly url: string;
  readonly masterKey: string;
  readonly log: string;
}

export interface RedisServer {
  readonly host: string;
  readonly port: number;
}

/** Redis servers and LiteLLM proxies as processes, from configurations as the program renders them. */
export class CacheLab {
  readonly directory = mkdtempSync(join(tmpdir(), "cache-"));
  readonly processes = new Processes(this.directory);
  readonly ports = Ports.of(this.directory);
  readonly #modelKey = newPassword();
  #backend: ModelBackend | undefined;

  async stop(): Promise<void> {
    await this.processes.stopAll();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Starts a Redis with an ACL file, to which the inspector is added. */
  async redis(name: string, aclFile: string, more: readonly string[] = [], tls?: Certificate): Promise<RedisServer> {
    const command = findRedis();
    if (command === undefined) throw new Error("redis-server is not installed");
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const acl = join(directory, "users.acl");
    writeFileSync(acl, localAclFile(aclFile, inspector), { mode: 0o600 });
    const port = await this.ports.get(name, this.processes.isRunning(name));
    const listen =
      tls === undefined
        ? ["--port", String(port)]
        : [
            ...["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no"],
            ...["--tls-cert-file", tls.file, "--tls-key-file", tls.key, "--tls-ca-cert-file", tls.file],
          ];
    await this.processes.start({
      name,
      command,
      args: [...["--bind", host, ...listen, "--aclfile", acl, "--dir", directory], ...["--save", "", ...more]],
      env: { LANG: "C.UTF-8" },
      cwd: directory,
      ready: async () => (tls === undefined ? answers(port) : await listens(port)),
      timeoutSeconds: 30,
    });
    return { host, port };
  }

  /** Starts a Sentinel that watches a primary. */
  async sentinel(name: string, lines: readonly string[]): Promise<RedisServer> {
    const command = findRedis();
    if (command === undefined) throw new Error("redis-server is not installed");
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const port = await this.ports.get(name);
    const file = join(directory, "sentinel.conf");
    writeFileSync(file, [`bind ${host}`, `port ${port}`, `dir ${directory}`, ...lines, ""].join("\n"), { mode: 0o600 });
    await this.processes.start({
      name,
      command,
      args: [file, "--sentinel"],
      env: { LANG: "C.UTF-8" },
      cwd: directory,
      ready: () => answers(port),
      timeoutSeconds: 30,
    });
    return { host, port };
  }

  /** A certificate for loopback that signs itself. */
  async certificate(): Promise<Certificate> {
    const [file, key] = [join(this.directory, "server.crt"), join(this.directory, "server.key")];
    await mustRun("making a certificate", "openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=localhost", "-addext", `subjectAltName=DNS:localhost,IP:${host}`, "-keyout", key, "-out", file],
    ]);
    chmodSync(key, 0o600);
    return { file, key };
  }

  /**
   * Starts a proxy with the configuration and the environment that its pod would have. `further` adds what is a test's
   * own, and no setting of the cache.
   */
  async proxy(
    name: string,
    config: PlatformConfig,
    options: {
      /** Variables that Secrets would provide. */
      readonly secrets: Readonly<Record<string, string>>;
      readonly addresses?: readonly ClusterAddress[];
      readonly further?: { readonly settings: object; readonly files: Readonly<Record<string, string>> };
    },
  ): Promise<Proxy> {
    const venv = await ensureLiteLLM();
    this.#backend ??= await startModelBackend({
      processes: this.processes,
      ports: this.ports,
      stateDirectory: this.directory,
      apiKey: this.#modelKey,
      report: () => undefined,
    });
    const model = { service: "model-backend", namespace: "models", port: 8080 };
    const addresses = [
      ...(options.addresses ?? []),
      { ...model, localHost: this.#backend.host, localPort: this.#backend.port },
    ];
    const directory = join(this.directory, name);
    mkdirSync(join(directory, "ca"), { recursive: true, mode: 0o700 });
    for (const [file, content] of Object.entries({ ...options.further?.files }))
      writeFileSync(join(directory, file), content);
    for (const [file, content] of Object.entries(caFiles(config.cache)))
      writeFileSync(join(directory, "ca", file), content);
    const rendered = proxyConfig(config);
    const settings = {
      ...rendered,
      general_settings: { ...rendered.general_settings, ...options.further?.settings },
    };
    writeFileSync(join(directory, "config.yaml"), localConfig(yamlForPython(settings), addresses), { mode: 0o600 });
    const port = await this.ports.get(name, this.processes.isRunning(name));
    const masterKey = `sk-${newPassword()}`;
    const plain = localEnvironment(plainEnvironment(config, namesOf(config)), addresses);
    const env = {
      ...Object.fromEntries(
        Object.entries(plain).map(([key, value]) => [key, value.replace(caDirectory, join(directory, "ca"))]),
      ),
      ...options.secrets,
      ...{ MODEL_BACKEND_API_KEY: this.#modelKey, PROXY_MASTER_KEY: masterKey, LITELLM_LOG: "INFO" },
    };
    await this.processes.start(litellmProcess({ name, venv, port, directory, env }));
    return { url: `http://${host}:${port}`, masterKey, log: this.processes.logFile(name) };
  }
}

export interface Certificate {
  readonly file: string;
  readonly key: string;
}

/** Runs something with a connection that sees all of a Redis. */
export async function inspect<Result>(
  server: RedisServer,
  use: (redis: RespClient) => Promise<Result>,
  login: Login = inspector,
): Promise<Result> {
  const redis = await RespClient.open(server.host, server.port, login);
  try {
    return await use(redis);
  } finally {
    redis.close();
  }
}

/** Whether a server answers; being asked to log in is an answer. */
async function answers(port: number): Promise<boolean> {
  const redis = await RespClient.open(host, port);
  try {
    await redis.command("PING");
    return true;
  } catch (error) {
    return error instanceof RespError && error.message.startsWith("NOAUTH");
  } finally {
    redis.close();
  }
}

async function listens(port: number): Promise<boolean> {
  const redis = await RespClient.open(host, port);
  redis.close();
  return true;
}
