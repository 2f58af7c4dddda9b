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
  /** Between these two lies the median of endlessly many, in 19 of 20 cases; with fewer than 6 values, in fewer. */
  readonly low: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted.at(index) ?? NaN;
  const outside = outsideInterval(sorted.length);
  return {
    median: quantile(values, 0.5),
    min: at(0),
    max: at(-1),
    low: at(outside),
    high: at(-1 - outside),
  };
}

/**
 * How many of the smallest and of the largest values may be left out so that the true median is between the others in
 * 95 of 100 cases. Each value is below it as often as above, whatever else is known of them.
 */
function outsideInterval(count: number): number {
  let [below, probability] = [0, 0.5 ** count];
  for (let sum = probability; ; sum += probability) {
    if (2 * sum > 0.05) return Math.max(0, below - 1);
    below += 1;
    probability *= (count - below + 1) / below;
  }
}

/** The ratios of what was measured in the same round: what slows a whole round down cancels out. */
export function pairedRatios(figures: readonly number[], others: readonly number[]): Spread {
  if (figures.length !== others.length) throw new Error(`${figures.length} figures are not ${others.length} others`);
  return spreadOf(figures.map((figure, round) => figure / (others[round] ?? NaN)));
}

/**
 * Whether ratios differ from 1 by more than chance: their median surely lies on one side of 1 and of where the control's
 * may lie, which compares a thing with its like.
 */
export function differs(ratios: Spread, control: Spread): boolean {
  return ratios.low > Math.max(1, control.high) || ratios.high < Math.min(1, control.low);
}

/** The list, beginning one place further on in each round: nobody is always first. */
export function rotated<Item>(list: readonly Item[], round: number): Item[] {
  const start = round % Math.max(1, list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
