/** JSON texts, compared by what they say and not by how it is written. */
import type { Plain } from "../values.ts";

/** The value of a text; `undefined` when it is no JSON. */
export function parseJson(text: string): Plain | undefined {
  try {
    return JSON.parse(text) as Plain;
  } catch {
    // Whoever takes the text has checked it before; a text that is no JSON only counts as different here.
    return undefined;
  }
}

/** Whether two values are the same whatever the order of keys. */
export function sameJson(left: Plain | undefined, right: Plain | undefined): boolean {
  return sortedJson(left) === sortedJson(right);
}

function sortedJson(value: Plain | undefined): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    const isObject = typeof member === "object" && member !== null && !Array.isArray(member);
    return isObject
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member;
  });
}
