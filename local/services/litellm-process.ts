import { join } from "node:path";
import type { ProcessSpec } from "../processes.ts";
import type { LiteLLMEnvironment } from "./litellm.ts";

const host = "127.0.0.1";

export interface LiteLLMProcessOptions {
  readonly name: string;
  readonly venv: LiteLLMEnvironment;
  readonly port: number;
  /** Where its `config.yaml` is, and where it runs and writes. */
  readonly directory: string;
  /** Its variables, but for those of `litellmEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
}

/** A proxy with a directory of its own, on a port of loopback. */
export function litellmProcess({ name, venv, port, directory, env }: LiteLLMProcessOptions): ProcessSpec {
  return {
    name,
    args: ["--config", join(directory, "config.yaml")],
    env: { ...env, ...litellmEnvironment(directory), HOST: host, PORT: String(port) },
    cwd: directory,
    ...litellmServer(venv, port),
  };
}

/** What keeps LiteLLM from waiting for a network that is not there, and from writing outside of a directory. */
export function litellmEnvironment(directory: string): Record<string, string> {
  return {
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    AWS_EC2_METADATA_DISABLED: "true",
    LANG: "C.UTF-8",
    PATH: "/usr/bin:/bin",
    HOME: directory,
    TMPDIR: directory,
    XDG_CACHE_HOME: directory,
    LITELLM_UI_PATH: join(directory, "ui"),
    LITELLM_ASSETS_PATH: directory,
  };
}

/** The program of every proxy, and how one is known to serve. */
export function litellmServer(
  venv: LiteLLMEnvironment,
  port: number,
): Pick<ProcessSpec, "command" | "ready" | "timeoutSeconds"> {
  const url = `http://${host}:${port}/health/readiness`;
  return {
    command: venv.litellm,
    ready: async () => (await fetch(url, { signal: AbortSignal.timeout(10_000) })).ok,
    // A start takes 10 s of a processor, and several start at once.
    timeoutSeconds: 600,
  };
}
