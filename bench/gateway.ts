import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { variants } from "./gateway/ablation.ts";
import { type Contender, others, ours } from "./gateway/contenders.ts";
import { BenchLab } from "./gateway/lab.ts";
import {
  type Comparison,
  type Round,
  type Sizes,
  compare,
  comparedFigures,
  measure,
  requestsEach,
} from "./gateway/rounds.ts";
import { differs } from "./statistics.ts";

/**
 * A real LiteLLM under our configuration against the same under others: throughput and added latency, as ratios of what
 * was measured in the same round, with the upstream alone as the floor.
 */

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, ablation: { type: "boolean" }, json: { type: "boolean" } },
});

const sizes: Sizes =
  options.quick === true
    ? { rounds: 3, single: 30, streams: 15, crowd: 120 }
    : { rounds: 9, single: 60, streams: 30, crowd: 240 };

/** Ours again: how far it is from itself is what chance makes. */
const control: Contender = { ...ours, name: "ours, a second time" };

const compared: readonly Contender[] = [control, ...(options.ablation === true ? variants : others)];

const progress = (line: string) => {
  console.error(line);
};

async function run(lab: BenchLab): Promise<{ floor: string; rounds: Round[] }> {
  const upstream = await lab.upstream();
  const proxies = await lab.proxies([ours, ...compared], upstream.url);
  const rounds = await measure([upstream, ...proxies], sizes, progress);
  const answered = Number(await (await fetch(upstream.url)).text());
  const sent = requestsEach(sizes) * (proxies.length + 1);
  if (answered !== sent)
    throw new Error(`the upstream answered ${answered} of ${sent} requests: a cache or a retry did`);
  return { floor: upstream.name, rounds };
}

const headings: Readonly<Record<keyof Comparison, string>> = {
  throughput: "throughput",
  p50: "added p50",
  p95: "added p95",
  firstPiece: "added to first piece",
  cpu: "CPU a request",
};

function print(floor: string, rounds: readonly Round[]): void {
  const chance = compare(rounds, ours.name, control.name, floor);
  const width = 20;
  const line = (name: string, cells: readonly string[]) => {
    console.log(name.padEnd(38), ...cells.map((cell) => cell.padStart(width)));
  };
  const row = (name: string, comparison: Comparison, told: boolean) => {
    line(
      name,
      comparedFigures.map((figure) => {
        const { median, min, max } = comparison[figure];
        const mark = told && differs(comparison[figure], chance[figure]) ? "*" : " ";
        return `${median.toFixed(2)} (${min.toFixed(2)}..${max.toFixed(2)})${mark}`;
      }),
    );
  };
  console.log("Ours over ..., as median (smallest..largest) of the rounds' ratios; * is more than chance");
  line(
    "",
    comparedFigures.map((figure) => `${headings[figure]} `),
  );
  row("the upstream alone, times as a whole", compare(rounds, ours.name, floor), false);
  for (const { name } of compared) row(name, compare(rounds, ours.name, name, floor), name !== control.name);
  console.log(`${rounds.length} rounds, one worker each, ${availableParallelism()} cores, no database`);
}

const lab = new BenchLab(progress);
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      reject(new Error(`ended by ${signal}`));
    });
});
try {
  const { floor, rounds } = await Promise.race([run(lab), interrupted]);
  if (options.json === true) {
    const comparisons = compared.map(({ name }) => ({ name, ours: compare(rounds, ours.name, name, floor) }));
    console.log(JSON.stringify({ sizes, floor: compare(rounds, ours.name, floor), comparisons, rounds }, undefined, 2));
  } else print(floor, rounds);
} finally {
  await lab.stop();
}
// A run that was interrupted may still wait for something.
process.exit();
