/** Lists in which order means nothing. */
import { plain } from "./values.ts";
import type { Properties, Value } from "./values.ts";

/** Whether two values are the same when the order of lists counts for nothing. */
export function sameSet(left: Value, right: Value): boolean {
  return sortedText(left) === sortedText(right);
}

/** The values with every list in the order in which `given` has it, when both have the same items. */
export function inGivenOrder(values: Properties, given: Properties): Properties {
  const ordered = Object.entries(values).map(([key, value]): [string, Value] => {
    const other = given[key];
    return [key, other !== undefined && sameSet(other, value) ? other : value];
  });
  return Object.fromEntries(ordered);
}

function sortedText(value: Value): string {
  const given = plain(value);
  return JSON.stringify(Array.isArray(given) ? [...new Set(given.map(String))].sort() : given);
}
