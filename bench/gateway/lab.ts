import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aclFile } from "../../litellm/data/acl.ts";
import { yamlForPython } from "../../litellm/proxy/config.ts";
import { ensureS3Server } from "../../local/binaries.ts";
import { litellmProcess } from "../../local/services/litellm-process.ts";
import { type LiteLLMEnvironment, ensureLiteLLM } from "../../local/services/litellm.ts";
import { startS3 } from "../../local/services/s3.ts";
import { CacheLab, newPassword, sha256 } from "../../test/e2e/support/cache-lab.ts";
import { type Contender, type Surroundings, cacheUser } from "./contenders.ts";
import type { Target } from "./load.ts";
import { upstreamProgram } from "./upstream.ts";

const host = "127.0.0.1";

/** A contender that runs. */
export interface Running extends Target {
  readonly name: string;
  readonly pid: number;
  /** Times the requests of a run that it gets: what is fast takes more of them to be timed. */
  readonly scale: number;
}

/** The upstream and proxies, each a process of its own with a cache of its own. */
export class BenchLab {
  readonly #lab = new CacheLab();
  readonly #report: (line: string) => void;
  #stopped = false;

  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#lab.stop();
  }

  async upstream(): Promise<Running> {
    const { processes, ports } = this.#lab;
    const port = await ports.get("upstream");
    const url = `http://${host}:${port}`;
    await this.#start({
      name: "upstream",
      command: process.execPath,
      args: [upstreamProgram],
      env: { PORT: String(port) },
      ready: async () => (await fetch(url)).ok,
      timeoutSeconds: 30,
    });
    return { name: "upstream", url, key: "a-key", pid: processes.pid("upstream"), scale: 10 };
  }

  /** Starts proxies, two at a time. */
  async proxies(contenders: readonly Contender[], upstream: string): Promise<Running[]> {
    const venv = await ensureLiteLLM();
    const bucket = await this.#bucket();
    const prepared: (() => Promise<Running>)[] = [];
    for (const [index, contender] of contenders.entries()) {
      const name = `proxy-${index}`;
      const redis = await this.#redis(`redis-${index}`);
      const port = await this.#lab.ports.get(name);
      const around = { upstream: `${upstream}/v1`, masterKey: `sk-${newPassword()}`, redis, bucket };
      prepared.push(() => this.#proxy(contender, { name, port, venv, around }));
    }
    const running: Running[] = [];
    const next = prepared.entries();
    const starter = async () => {
      for (const [index, start] of next) running[index] = await start();
    };
    await Promise.all([starter(), starter()]);
    return running;
  }

  async #proxy(
    contender: Contender,
    { name, port, venv, around }: { name: string; port: number; venv: LiteLLMEnvironment; around: Surroundings },
  ): Promise<Running> {
    const directory = join(this.#lab.directory, name);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { settings, environment } = contender.render(around);
    writeFileSync(join(directory, "config.yaml"), yamlForPython(settings), { mode: 0o600 });
    await this.#start(litellmProcess({ name, venv, port, directory, env: environment }));
    this.#report(`started: ${contender.name}`);
    const url = `http://${host}:${port}`;
    return { name: contender.name, url, key: around.masterKey, pid: this.#lab.processes.pid(name), scale: 1 };
  }

  /** A Redis with the ACL file that the program makes; who connects without a name is let in as well, if with the password. */
  async #redis(name: string): Promise<Surroundings["redis"]> {
    const password = newPassword();
    const passwordHash = sha256(password);
    const { username, keyPrefix } = cacheUser();
    const acl = aclFile({ username, keyPrefix, passwordHash, defaultPasswordHash: passwordHash });
    const server = await this.#lab.redis(name, acl);
    return { ...server, password };
  }

  async #bucket(): Promise<Surroundings["bucket"]> {
    const root = { accessKeyId: "root", secretAccessKey: newPassword() };
    const name = "responses";
    const { processes, ports, directory } = this.#lab;
    const program = await ensureS3Server();
    const options = { processes, ports, stateDirectory: directory, report: () => undefined };
    const { url } = await startS3({ ...options, program, root, buckets: [name] });
    return { name, url, ...root };
  }

  async #start(spec: Parameters<CacheLab["processes"]["start"]>[0]): Promise<void> {
    if (this.#stopped) throw new Error("was stopped");
    await this.#lab.processes.start(spec);
  }
}

/** Seconds of CPU that a process and its threads have used. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // In ticks, of which Linux tells programs 100 a second on every machine.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
