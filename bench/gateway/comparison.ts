import { type Spread, pairedRatios } from "../statistics.ts";

/** What one round tells of one target: milliseconds, requests a second, seconds of CPU a request. */
export interface Figures {
  readonly p50: number;
  readonly p95: number;
  readonly firstPiece: number;
  readonly throughput: number;
  readonly cpu: number;
}

export type Round = Readonly<Record<string, Figures>>;

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
