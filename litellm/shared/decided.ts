import { type Problem, pathBelow } from "../../config/problems.ts";
import { isMapping } from "../../config/mapping.ts";
import { valueAt } from "./merge.ts";

/**
 * Paths of `values` that others decide. Also a mapping above one that is not a mapping any more, since it would take
 * what is below it away.
 */
export function decidedElsewhere(
  values: Readonly<Record<string, unknown>>,
  prefix: string,
  elsewhere: Readonly<Record<string, string>>,
): Problem[] {
  const seen = new Set<string>();
  return Object.entries(elsewhere).flatMap(([path, by]): Problem[] => {
    const segments = path.split(".");
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const here = segments.slice(0, depth);
      const value = valueAt(values, here);
      if (value === undefined) return [];
      const where = pathBelow(prefix, ...here);
      if (depth === segments.length) return [{ path: where, message: `is set by ${by}. Remove it.` }];
      if (isMapping(value)) continue;
      if (seen.has(where)) return [];
      seen.add(where);
      return [{ path: where, message: "holds settings of the program, must be a mapping" }];
    }
    return [];
  });
}
