import { Agent } from "node:http";
import { quantile, rotated } from "../statistics.ts";
import type { Figures, Round } from "./comparison.ts";
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
const warmUp = 16;

/** Loads one target after another, in each round in another order. A first round is for warming up, and not told. */
export async function measure(
  targets: readonly Running[],
  sizes: Sizes,
  report: (line: string) => void,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round <= sizes.rounds; round += 1) {
    const figures: Record<string, Figures> = {};
    for (const target of rotated(targets, round)) figures[target.name] = await figuresOf(target, sizes);
    if (round > 0) rounds.push(figures);
    report(`round ${round} of ${sizes.rounds}`);
  }
  return rounds;
}

async function figuresOf(target: Running, sizes: Sizes): Promise<Figures> {
  const [single, streams, crowd] = [sizes.single, sizes.streams, sizes.crowd].map((size) => size * target.scale) as [
    number,
    number,
    number,
  ];
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  try {
    await load(target, agent, { requests: warmUp, concurrency });
    const before = cpuSeconds(target.pid);
    const times = await load(target, agent, { requests: single, concurrency: 1 });
    const firsts = await load(target, agent, { requests: streams, concurrency: 1, stream: true });
    const begin = performance.now();
    await load(target, agent, { requests: crowd, concurrency });
    const seconds = (performance.now() - begin) / 1000;
    return {
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      firstPiece: quantile(firsts, 0.5),
      throughput: crowd / seconds,
      cpu: (cpuSeconds(target.pid) - before) / (single + streams + crowd),
    };
  } finally {
    agent.destroy();
  }
}
