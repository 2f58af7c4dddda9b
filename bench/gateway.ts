import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { variants } from "./gateway/ablation.ts";
import { type Comparison, type Round, compare, comparedFigures } from "./gateway/comparison.ts";
import { type Contender, others, ours } from "./gateway/contenders.ts";
import { BenchLab } from "./gateway/lab.ts";
import { requestsSent } from "./gateway/load.ts";
import { type Sizes, measure } from "./gateway/rounds.ts";
import { differs } from "./statistics.ts";

/**
 * A real LiteLLM under our configuration against the same under others: throughput and added latency, as ratios of what
 * was measured in the same round, with the upstream alone as the floor.
 */

const { values: options } = parseArgs({
  options: {
    /** Fewer and smaller rounds, to try it out. */
    quick: { type: "boolean" },
    /** Ours against ours with one setting changed, in place of others. */
    ablation: { type: "boolean" },
    /** Only those whose names contain one of these. */
    only: { type: "string", multiple: true },
    json: { type: "boolean" },
  },
});

const sizes: Sizes =
  options.quick === true
    ? { rounds: 6, single: 20, streams: 10, crowd: 60 }
    : { rounds: 30, single: 20, streams: 10, crowd: 60 };

/** Ours again: how far it is from itself is what chance makes. */
const control: Contender = { ...ours, name: "ours, a second time" };

const { only = [""] } = options;
const chosen = (options.ablation === true ? variants : others).filter(({ name }) =>
  only.some((part) => name.includes(part)),
);
const compared: readonly Contender[] = [control, ...chosen];

const progress = (line: string) => {
  console.error(line);
};

async function run(lab: BenchLab): Promise<{ floor: string; rounds: Round[] }> {
  const upstream = await lab.upstream();
  const proxies = await lab.proxies([ours, ...compared], upstream.url);
  const rounds = await measure([upstream, ...proxies], sizes, progress);
  const answered = Number(await (await fetch(upstream.url)).text());
  const sent = requestsSent();
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
        const { median, low, high } = comparison[figure];
        const mark = told && differs(comparison[figure], chance[figure]) ? "*" : " ";
        return `${short(median)} (${short(low)}..${short(high)})${mark}`;
      }),
    );
  };
  console.log("Ours over ..., as the rounds' median ratio (where it lies in 19 of 20 runs); * is more than chance");
  line(
    "",
    comparedFigures.map((figure) => `${headings[figure]} `),
  );
  row("the upstream alone, times as a whole", compare(rounds, ours.name, floor), false);
  for (const { name } of compared) row(name, compare(rounds, ours.name, name, floor), name !== control.name);
  console.log(`${rounds.length} rounds, one worker each, ${availableParallelism()} cores, no database`);
}

/** Two decimals, and at least two digits that say something. */
function short(ratio: number): string {
  if (ratio >= 100) return ratio.toFixed(0);
  return ratio.toFixed(ratio < 0.1 ? 4 : 2);
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
