import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackConfig } from "../support/configs.ts";
import { recordPlatform } from "../support/platform.ts";
import { readable } from "../support/recorder.ts";

/** Every resource of a stack as it is registered; a change of a stack is a diff of its file. `npm run golden` renews. */
describe("golden dumps", () => {
  for (const stack of ["dev", "prod"] as const) {
    it(`the ${stack} stack registers what its dump says`, async () => {
      const registered = await recordPlatform(stackConfig(stack));
      const text = `${JSON.stringify(sorted(registered.map(readable).sort(byTypeAndName)), null, 2)}\n`;
      const file = join(import.meta.dirname, `${stack}.json`);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
      assert.equal(text, readFileSync(file, "utf8"));
    });
  }
});

function byTypeAndName(a: unknown, b: unknown): number {
  const key = (entry: unknown) => {
    const { type, name } = entry as { type: string; name: string };
    return `${type} ${name}`;
  };
  return key(a) < key(b) ? -1 : 1;
}

/** Keys in order at every depth, so that a dump does not depend on the order in which code names them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}
