import { type Spread, pairedRatios, quantile, rotated } from "../statistics.ts";
import { type Running, cpuSeconds } from "./lab.ts";
import { load } from "./load.ts";

/** Sizes of a run. Everything is bounded by requests, nothing by time. */
export interface Sizes {
  readonly rounds: number;
  /** Requests one after another. */
  readonly single: number;
  /** Streams one after another. */
  readonly streams: number;
  /** Requests several at a time. */
  readonly crowd: number;
}

/** Requests under way at a time where throughput is measured. */
const concurrency = 16;
const warmUp = 24;

/** What one round tells of one target: milliseconds, requests a second, seconds of CPU a request. */
export interface Figures {
  readonly p50: number;
  readonly p95: number;
  readonly firstPiece: number;
  readonly throughput: number;
  readonly cpu: number;
}

export type Round = Readonly<Record<string, Figures>>;

/** Loads one target after another, in each round in another order. */
export async function measure(
  targets: readonly Running[],
  sizes: Sizes,
  report: (line: string) => void,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < sizes.rounds; round += 1) {
    const figures: Record<string, Figures> = {};
    for (const target of rotated(targets, round)) figures[target.name] = await figuresOf(target, sizes);
    rounds.push(figures);
    report(`round ${round + 1} of ${sizes.rounds}`);
  }
  return rounds;
}

/** Requests of one target in all rounds. */
export function requestsEach({ rounds, single, streams, crowd }: Sizes): number {
  return rounds * (warmUp + single + streams + crowd);
}

async function figuresOf(target: Running, { single, streams, crowd }: Sizes): Promise<Figures> {
  await load(target, { requests: warmUp, concurrency });
  const times = await load(target, { requests: single, concurrency: 1 });
  const firsts = await load(target, { requests: streams, concurrency: 1, stream: true });
  const [begin, cpu] = [performance.now(), cpuSeconds(target.pid)];
  await load(target, { requests: crowd, concurrency });
  const seconds = (performance.now() - begin) / 1000;
  return {
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    firstPiece: quantile(firsts, 0.5),
    throughput: crowd / seconds,
    cpu: (cpuSeconds(target.pid) - cpu) / crowd,
  };
}

export const comparedFigures = ["throughput", "p50", "p95", "firstPiece", "cpu"] as const;
export type Comparison = Readonly<Record<(typeof comparedFigures)[number], Spread>>;

/** One contender over another, round by round; of times, only what each adds to the floor's. */
export function compare(rounds: readonly Round[], name: string, other: string, floor?: string): Comparison {
  const of = (who: string, figure: keyof Figures) => rounds.map((round) => found(round, who)[figure]);
  const added = (who: string, figure: keyof Figures) =>
    rounds.map((round) => found(round, who)[figure] - (floor === undefined ? 0 : found(round, floor)[figure]));
  const times = (figure: keyof Figures) => pairedRatios(added(name, figure), added(other, figure));
  return {
    throughput: pairedRatios(of(name, "throughput"), of(other, "throughput")),
    p50: times("p50"),
    p95: times("p95"),
    firstPiece: times("firstPiece"),
    cpu: pairedRatios(of(name, "cpu"), of(other, "cpu")),
  };
}

function found(round: Round, name: string): Figures {
  const figures = round[name];
  if (figures === undefined) throw new Error(`${name} was not measured`);
  return figures;
}
