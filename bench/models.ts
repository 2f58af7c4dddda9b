import { having } from "../test/support/change.ts";
import { problemsOf, validConfig } from "../test/support/configs.ts";
import { requiredVariables } from "../litellm/models/providers.ts";
import { proxyConfigYaml } from "../litellm/proxy/config.ts";
import { spreadOf } from "./statistics.ts";

/**
 * What it takes to evaluate and render large catalogues: time as the median of several runs, and memory held by the
 * result. Growth is told as the ratio of twice the size to the size: 2 is linear, 4 is quadratic.
 */

type Catalogue = readonly object[];

function distinct(count: number): Catalogue {
  return Array.from({ length: count }, (_, index) => ({
    model_name: `model-${index}`,
    litellm_params: {
      model: `openai/model-${index}`,
      rpm: 500,
      timeout: 60,
      api_key: `os.environ/TEAM_${index % 50}_API_KEY`,
    },
    model_info: { mode: "chat", access_groups: [`group-${index % 20}`] },
  }));
}

function deployments(count: number): Catalogue {
  return Array.from({ length: count }, (_, index) => ({
    model_name: "shared",
    litellm_params: {
      model: "azure/gpt-4.1",
      api_base: `https://region-${index}.openai.azure.com`,
      api_version: "2025-01-01-preview",
      weight: 1 + (index % 3),
    },
    model_info: { mode: "chat" },
  }));
}

/** Every third model falls back to the next, so that names are looked up as well. */
function configuration(list: Catalogue) {
  const names = [...new Set(list.map((model) => (model as { model_name: string }).model_name))];
  const fallbacks = names
    .slice(0, -1)
    .flatMap((name, index) => (index % 3 === 0 ? [{ [name]: [names[index + 1]] }] : []));
  return { ...having({ "models.list": list }), routing: { fallbacks } };
}

interface Measurement {
  readonly milliseconds: number;
  readonly spread: number;
  readonly kilobytes: number;
  readonly bytes: number;
}

function evaluate(raw: Record<string, unknown>) {
  const config = validConfig(raw);
  return { config, yaml: proxyConfigYaml(config), required: requiredVariables(config.models) };
}

function measure(list: Catalogue, rounds = 9): Measurement {
  const raw = configuration(list);
  const problems = problemsOf(raw);
  if (problems.length > 0) throw new Error(problems.slice(0, 3).join("\n"));
  for (let round = 0; round < 3; round += 1) evaluate(raw);
  const times = Array.from({ length: rounds }, () => {
    const begin = performance.now();
    evaluate(raw);
    return performance.now() - begin;
  });
  const before = heap();
  const kept = Array.from({ length: copies }, () => evaluate(structuredClone(raw)));
  const kilobytes = (heap() - before) / 1024 / copies;
  const { median, min, max } = spreadOf(times);
  return { milliseconds: median, spread: max / min, kilobytes, bytes: Buffer.byteLength(kept[0]?.yaml ?? "") };
}

/** Results held at a time while memory is measured; one would drown in what the engine keeps for itself. */
const copies = 10;

/** Bytes in use once what nobody holds is gone. */
function heap(): number {
  if (globalThis.gc === undefined) throw new Error("must be started with --expose-gc: npm run bench:models");
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

for (const [title, make, sizes] of [
  ["models, each of a name of its own", distinct, [125, 250, 500, 1000, 2000]],
  ["deployments of one name", deployments, [62, 125, 250, 500, 1000]],
] as const) {
  console.log(`\n${title}`);
  console.log("count   ms (median)  slowest/fastest  ms vs half  KiB held  KiB vs half  bytes of config");
  let half: Measurement | undefined;
  for (const count of sizes) {
    const now = measure(make(count));
    const ratio = (value: number, earlier: number | undefined) =>
      (earlier === undefined ? "-" : (value / earlier).toFixed(2)).padStart(10);
    console.log(
      String(count).padStart(5),
      now.milliseconds.toFixed(1).padStart(12),
      now.spread.toFixed(2).padStart(16),
      ratio(now.milliseconds, half?.milliseconds).padStart(11),
      now.kilobytes.toFixed(0).padStart(9),
      ratio(now.kilobytes, half?.kilobytes).padStart(12),
      String(now.bytes).padStart(16),
    );
    half = now;
  }
}
