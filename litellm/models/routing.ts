import type { Models } from "../../config/models.ts";
import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { type Problem, hintOf, joinPath } from "../../config/problems.ts";
import type { Routing } from "../../config/routing.ts";
import { deploymentId } from "./catalogue.ts";
import { providerNamed } from "./providers.ts";

/** LiteLLM's `router_settings`: the strategy, and of `routing` what says something. */
export function routerSettings({ gateway, routing }: Pick<PlatformConfig, "gateway" | "routing">) {
  const said = Object.entries(routing).filter(([, value]) => !isEmpty(value));
  // No redis_* here: the router then borrows the client of coordination_redis, whose keys carry the namespace.
  return { routing_strategy: gateway.routingStrategy, ...(Object.fromEntries(said) as Partial<Routing>) };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

/** The names that a request may use, and so a fallback or an alias. */
class Names {
  readonly #exact: ReadonlySet<string>;
  readonly #ids: ReadonlySet<string>;
  readonly #patterns: readonly RegExp[];

  constructor({ list, podIdentity }: Models, further: readonly string[]) {
    const names = list.map(({ model_name: name }) => name);
    this.#exact = new Set([...names, ...further]);
    this.#ids = new Set(list.map((model) => deploymentId(model, podIdentity)));
    this.#patterns = [...new Set(names.filter((name) => name.includes("*")))].map(patternOf);
  }

  has(name: string): boolean {
    return this.#exact.has(name) || this.#ids.has(name) || this.#patterns.some((pattern) => pattern.test(name));
  }

  problem(path: string, name: string): Problem[] {
    if (this.has(name)) return [];
    const message = `is no model, must be a name in models.list${hintOf(name, [...this.#exact])}`;
    return [{ path, message }];
  }
}

/** `openai/*` as LiteLLM takes it: any text in place of the star. */
function patternOf(name: string): RegExp {
  const parts = name.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`);
}

const fallbackKinds = ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"] as const;

/** Fallbacks, aliases, groups and policies that name models which exist. */
export const checkRouting: Check = ({ models, routing }) => {
  if (models === undefined || routing === undefined || models.list.length === 0) return [];
  const aliases = Object.keys(routing.model_group_alias);
  const groups = routing.routing_groups.map(({ group_name: name }) => name);
  const models_ = new Names(models, groups);
  const names = new Names(models, [...groups, ...aliases]);
  return [
    ...fallbackKinds.flatMap((kind) => fallbackProblems(kind, routing[kind], names)),
    ...routing.default_fallbacks.flatMap((name, index) => names.problem(`routing.default_fallbacks[${index}]`, name)),
    ...aliasProblems(routing, models, models_),
    ...groupProblems(routing, models, models_),
    ...(["model_group_retry_policy", "model_group_affinity_config"] as const).flatMap((field) =>
      Object.keys(routing[field] ?? {}).flatMap((name) => names.problem(joinPath("routing", field, name), name)),
    ),
    ...Object.keys(routing.provider_budget_config ?? {}).flatMap((prefix) =>
      providerNamed(prefix) === undefined
        ? [{ path: joinPath("routing", "provider_budget_config", prefix), message: "must be a provider's prefix" }]
        : [],
    ),
  ];
};

function fallbackProblems(kind: (typeof fallbackKinds)[number], list: Routing["fallbacks"], names: Names): Problem[] {
  const first = new Map<string, number>();
  return list.flatMap((entry, index) => {
    const path = `routing.${kind}[${index}]`;
    const sources = Object.keys(entry);
    if (sources.length !== 1)
      return [{ path, message: `must have one model with its fallbacks, has ${sources.length}: write an entry each` }];
    return Object.entries(entry).flatMap(([source, targets]) => {
      const earlier = first.get(source);
      if (earlier === undefined) first.set(source, index);
      const here = joinPath("routing", kind, index, source);
      return [
        ...(earlier === undefined
          ? []
          : [{ path: here, message: `is there twice, must be written once: see routing.${kind}[${earlier}]` }]),
        // "*" stands for every model.
        ...(source === "*" ? [] : names.problem(here, source)),
        ...targets.flatMap((target, place) => {
          const name = typeof target === "string" ? target : target.model;
          return name === source
            ? [{ path: `${here}[${place}]`, message: "must be another model than the one that failed" }]
            : names.problem(`${here}[${place}]`, name);
        }),
      ];
    });
  });
}

function aliasProblems({ model_group_alias: aliases }: Routing, { list }: Models, models: Names): Problem[] {
  const taken = new Set(list.map(({ model_name: name }) => name));
  return Object.entries(aliases).flatMap(([alias, entry]) => {
    const path = joinPath("routing", "model_group_alias", alias);
    const target = typeof entry === "string" ? entry : entry.model;
    const shadowed = { path, message: "is a model's own name, must be another: the alias would hide the model" };
    return [...(taken.has(alias) ? [shadowed] : []), ...models.problem(path, target)];
  });
}

function groupProblems({ routing_groups: groups }: Routing, { list }: Models, models: Names): Problem[] {
  const taken = new Set(list.map(({ model_name: name }) => name));
  return groups.flatMap((group, index) => {
    const path = `routing.routing_groups[${index}]`;
    const problems = group.models.flatMap((name, place) => models.problem(`${path}.models[${place}]`, name));
    if (taken.has(group.group_name))
      problems.push({ path: `${path}.group_name`, message: "is a model's own name, must be another" });
    const priorities = Object.keys(group.model_priorities ?? {});
    if (group.routing_strategy === "priority" && group.models.some((name) => !priorities.includes(name)))
      problems.push({ path: `${path}.model_priorities`, message: "must give every model of the group a number" });
    if (group.routing_strategy !== "priority" && priorities.length > 0)
      problems.push({
        path: `${path}.model_priorities`,
        message: "has no effect. Remove it, or set routing_strategy: priority.",
      });
    return problems;
  });
}
