import type { z } from "zod";

interface Field {
  readonly least: number;
  readonly most: number;
  /** Names that values may have, the least one's first. */
  readonly names?: readonly string[];
}

const fields = {
  seconds: { least: 0, most: 59 },
  minutes: { least: 0, most: 59 },
  hours: { least: 0, most: 23 },
  days: { least: 1, most: 31 },
  months: { least: 1, most: 12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ") },
  weekdays: { least: 0, most: 6, names: "SUN MON TUE WED THU FRI SAT".split(" ") },
} satisfies Readonly<Record<string, Field>>;

type FieldName = keyof typeof fields;

/** A check of cron lines with these fields: what the schedulers of CloudNativePG and Dragonfly both understand. */
export function cronFields(names: readonly FieldName[]) {
  return (line: string, context: z.RefinementCtx): void => {
    const texts = line.split(/\s+/);
    for (const [index, name] of names.entries()) {
      const field: Field = fields[name];
      if ((texts[index] ?? "").split(",").every((part) => isPart(part, field))) continue;
      const [first, last] = [field.names?.[0], field.names?.at(-1)];
      const words = first === undefined ? "" : ` or ${first} to ${last}`;
      context.addIssue({
        code: "custom",
        message: `must have as ${name} *, or ${field.least} to ${field.most}${words}: values, ranges and steps such as 1-5 or */2, with commas between`,
      });
    }
  };
}

/** `*`, a value or a range, with or without a step. A day may be `?`, which means `*`. */
function isPart(text: string, field: Field): boolean {
  const [, every, from = "", to = from, step = "1"] = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(text) ?? [];
  if (Number(step) < 1) return false;
  if (every !== undefined) return every === "*" || field === fields.days || field === fields.weekdays;
  const [low, high] = [valueOf(from, field), valueOf(to, field)];
  return field.least <= low && low <= high && high <= field.most;
}

function valueOf(text: string, { least, names = [] }: Field): number {
  const place = names.indexOf(text.toUpperCase());
  if (place >= 0) return least + place;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
