import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlatformConfig } from "../../../config/platform.ts";
import { mergeOver } from "../../../litellm/shared/merge.ts";
import { requiredVariables } from "../../../litellm/models/providers.ts";
import { proxyConfig, yamlForPython } from "../../../litellm/proxy/config.ts";
import { Ports, Processes } from "../../../local/processes.ts";
import { litellmEnvironment, litellmProcess } from "../../../local/services/litellm-process.ts";
import type { LiteLLMEnvironment } from "../../../local/services/litellm.ts";

type Settings = Record<string, unknown>;
type Params = Record<string, string | undefined>;

/** Where providers without an address in the configuration are led, behind the upstream's name. */
const versions: Readonly<Record<string, string>> = {
  openai: "/v1",
  mistral: "/v1",
  groq: "/openai/v1",
  openrouter: "/v1",
  cohere_chat: "/v2/chat",
};

/** The rendered configuration for a proxy of its own: every provider is the upstream, and there is neither cache nor database. */
export function standaloneConfig(config: PlatformConfig, upstream: string, sessions = upstream): Settings {
  const rendered = structuredClone(proxyConfig(config)) as unknown as {
    model_list: { litellm_params: Params; model_info?: { mode?: string } }[];
    credential_list?: { credential_name: string; credential_values: Params }[];
    litellm_settings: Settings;
    general_settings: Settings;
  };
  const addressed = new Set<string>();
  const credentials = rendered.credential_list ?? [];
  for (const { credential_name: name, credential_values: values } of credentials) {
    if (values["api_base"] === undefined) continue;
    values["api_base"] = redirected(values["api_base"], upstream);
    addressed.add(name);
  }
  for (const { litellm_params: params, model_info: info } of rendered.model_list) {
    const prefix = params["model"]?.split("/", 1)[0] ?? "";
    if (params["api_base"] !== undefined) params["api_base"] = redirected(params["api_base"], upstream);
    else if (prefix === "bedrock") {
      params["aws_bedrock_runtime_endpoint"] = `${upstream}/${prefix}`;
      if (params["aws_role_name"] !== undefined) params["aws_sts_endpoint"] = `${upstream}/sts`;
    } else if (prefix === "vertex_ai") {
      // LiteLLM would leave project, location and model out behind an address with a path.
      params["api_base"] = upstream;
    } else if (!addressed.has(params["litellm_credential_name"] ?? ""))
      params["api_base"] = `${upstream}/${prefix}${versions[prefix] ?? ""}`;
    const credential = credentials.find(({ credential_name: name }) => name === params["litellm_credential_name"]);
    if (info?.mode !== "realtime" || credential === undefined) continue;
    const name = `${credential.credential_name}-for-${info.mode}`;
    params["litellm_credential_name"] = name;
    if (credentials.some((known) => known.credential_name === name)) continue;
    const address = credential.credential_values["api_base"]?.replace(upstream, sessions);
    const values = { ...credential.credential_values, api_base: address };
    credentials.push({ ...credential, credential_name: name, credential_values: values });
  }
  for (const name of ["cache", "cache_params", "enable_redis_auth_cache"])
    Reflect.deleteProperty(rendered.litellm_settings, name);
  for (const name of ["coordination_redis", "use_redis_transaction_buffer"])
    Reflect.deleteProperty(rendered.general_settings, name);
  return rendered;
}

function redirected(address: string, upstream: string): string {
  const { host, pathname } = new URL(address);
  return `${upstream}/${host.replace(":", "-")}${pathname === "/" ? "" : pathname}`;
}

/** The value that stands in for a key: which one it was can be told from what an upstream got. */
export function keyOf(variable: string): string {
  return `key-of-${variable}`;
}

/** What a test puts beside the rendered configuration. */
export interface Additions {
  /** Values of variables for which a stand-in would not do. */
  readonly values?: Readonly<Record<string, string>>;
  /** Where realtime sessions are held, in place of the upstream. */
  readonly sessions?: string;
  /** Laid over the configuration. */
  readonly overlay?: Settings;
  /** A file of `python/` that the overlay refers to. */
  readonly module?: string;
}

export interface StandaloneProxy {
  readonly url: string;
  readonly masterKey: string;
  readonly stop: () => Promise<void>;
}

/** The environment of a LiteLLM: its variables with stand-in values and nothing of the caller's. */
export function standaloneEnvironment(config: PlatformConfig, masterKey: string, home: string): Record<string, string> {
  return { ...standIns(config, masterKey), ...litellmEnvironment(home) };
}

function standIns(config: PlatformConfig, masterKey: string): Record<string, string> {
  const keys = requiredVariables(config.models).map(({ variable }) => [variable, keyOf(variable)] as const);
  return {
    ...Object.fromEntries(keys),
    PROXY_MASTER_KEY: masterKey,
    LITELLM_MODE: "PRODUCTION",
    LITELLM_LOG: "ERROR",
  };
}

/** Starts LiteLLM from the rendered configuration, as a process of its own. */
export async function startStandalone(
  venv: LiteLLMEnvironment,
  config: PlatformConfig,
  upstream: string,
  { values = {}, overlay = {}, module, sessions }: Additions = {},
): Promise<StandaloneProxy> {
  const directory = mkdtempSync(join(tmpdir(), "litellm-models-"));
  const settings = mergeOver(standaloneConfig(config, upstream, sessions), overlay);
  writeFileSync(join(directory, "config.yaml"), yamlForPython(settings));
  if (module !== undefined) copyFileSync(join(import.meta.dirname, "python", module), join(directory, module));
  const masterKey = `sk-${randomBytes(24).toString("hex")}`;
  const processes = new Processes(directory);
  const port = await Ports.of(directory).get("proxy", false);
  const stop = async () => {
    await processes.stop("proxy");
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const env = { ...standIns(config, masterKey), ...values };
    await processes.start(litellmProcess({ name: "proxy", venv, port, directory, env }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, masterKey, stop };
}
