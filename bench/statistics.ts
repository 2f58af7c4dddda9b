/** The value below which a part of all values lies; of an even number's middle the lower one. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;
}

/** A figure that was taken several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: quantile(values, 0), max: quantile(values, 1) };
}

/** The ratios of what was measured in the same round: what slows a whole round down cancels out. */
export function pairedRatios(figures: readonly number[], others: readonly number[]): Spread {
  if (figures.length !== others.length) throw new Error(`${figures.length} figures are not ${others.length} others`);
  return spreadOf(figures.map((figure, round) => figure / (others[round] ?? NaN)));
}

/**
 * Whether ratios differ from 1 by more than chance: all of them lie on one side of 1 and of every ratio of the control,
 * which compares a thing with its like.
 */
export function differs(ratios: Spread, control: Spread): boolean {
  return ratios.min > Math.max(1, control.max) || ratios.max < Math.min(1, control.min);
}

/** The list, beginning one place further on in each round: nobody is always first. */
export function rotated<Item>(list: readonly Item[], round: number): Item[] {
  const start = round % Math.max(1, list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
