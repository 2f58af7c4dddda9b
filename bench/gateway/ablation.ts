import { type Contender, type Model, type Rendered, type Settings, catalogue, ours } from "./contenders.ts";
import { loadedModel } from "./load.ts";

type Section = "litellm_settings" | "router_settings" | "general_settings";

/** Ours with one thing changed. */
function changed(name: string, change: (rendered: Rendered, upstream: string) => Rendered): Contender {
  return { ...ours, name, render: (around) => change(ours.render(around), around.upstream) };
}

function without(name: string, section: Section, ...keys: readonly string[]): Contender {
  return changed(name, (rendered) => removed(rendered, section, keys));
}

function removed({ settings, environment }: Rendered, section: Section, keys: readonly string[]): Rendered {
  return { settings: { ...settings, [section]: lacking(settings[section] as Settings, keys) }, environment };
}

/** What is not there cannot be left out: the variant would measure ours against itself. */
function lacking<Value>(map: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> {
  for (const key of keys) if (!(key in map)) throw new Error(`ours has no ${key}: drop this variant`);
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}

function added(name: string, section: Section, more: Settings): Contender {
  return changed(name, ({ settings, environment }) => ({
    settings: { ...settings, [section]: { ...(settings[section] as Settings), ...more } },
    environment,
  }));
}

function withoutVariable(name: string, variable: string): Contender {
  return changed(name, ({ settings, environment }) => ({ settings, environment: lacking(environment, [variable]) }));
}

/** The model that is loaded, with other parameters. */
function withParams(settings: Settings, change: (params: Settings) => Settings): Settings {
  const list = settings["model_list"] as Model[];
  const model_list = list.map((model) =>
    model.model_name === loadedModel ? { ...model, litellm_params: change(model.litellm_params) } : model,
  );
  return { ...settings, model_list };
}

/** Settings of ours that a request may feel, each left out or turned, and further options. */
export const variants: readonly Contender[] = [
  without("json_logs left out", "litellm_settings", "json_logs"),
  changed("log level INFO", ({ settings, environment }) => ({
    settings,
    environment: { ...environment, LITELLM_LOG: "INFO" },
  })),
  withoutVariable("LITELLM_MODE left out", "LITELLM_MODE"),
  without("response cache off", "litellm_settings", "cache", "cache_params"),
  without("coordination_redis left out", "general_settings", "coordination_redis"),
  without("enable_redis_auth_cache left out", "litellm_settings", "enable_redis_auth_cache"),
  changed("no Redis at all", (rendered) => {
    const { settings, environment } = removed(
      removed(rendered, "litellm_settings", ["cache", "cache_params", "enable_redis_auth_cache"]),
      "general_settings",
      ["coordination_redis", "use_redis_transaction_buffer"],
    );
    const variables = ["REDIS_HOST", "REDIS_PORT", "REDIS_USERNAME", "REDIS_PASSWORD"];
    return { settings, environment: lacking(environment, variables) };
  }),
  without("disable_hf_tokenizer_download left out", "litellm_settings", "disable_hf_tokenizer_download"),
  without("request_timeout left out", "litellm_settings", "request_timeout"),
  without("retries left out", "litellm_settings", "num_retries"),
  without("routing_strategy left out", "router_settings", "routing_strategy"),
  changed("the model's rpm left out", ({ settings, environment }) => ({
    settings: withParams(settings, (params) => lacking(params, ["rpm"])),
    environment,
  })),
  changed("500 models in place of four", ({ settings, environment }, upstream) => ({
    settings: {
      ...settings,
      model_list: [...(settings["model_list"] as unknown[]), ...catalogue(upstream, 497).slice(1)],
    },
    environment,
  })),
  added("metrics on", "litellm_settings", { callbacks: ["prometheus"] }),
  changed("rpm and tpm enforced", ({ settings, environment }) => {
    // More than the load, which would be refused.
    const roomy = withParams(settings, (params) => ({ ...params, rpm: 1_000_000 }));
    const router_settings = {
      ...(settings["router_settings"] as Settings),
      optional_pre_call_checks: ["enforce_model_rate_limits"],
    };
    return { settings: { ...roomy, router_settings }, environment };
  }),
  changed("response cache for all", ({ settings, environment }) => {
    const own = settings["litellm_settings"] as Settings & { cache_params: Settings };
    const cache_params = { ...own.cache_params, mode: "default_on" };
    return { settings: { ...settings, litellm_settings: { ...own, cache_params } }, environment };
  }),
];
