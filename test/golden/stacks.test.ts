import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rawStackConfig, stackConfig, validConfig } from "../support/configs.ts";
import { recordPlatform } from "../support/platform.ts";
import { readable } from "../support/recorder.ts";

/** Every resource of a stack as it is registered; a change of a stack is a diff of its file. `npm run golden` renews. */
describe("golden dumps", () => {
  for (const stack of ["dev", "prod"] as const) {
    it(`the ${stack} stack registers what its dump says`, async () => {
      const registered = await recordPlatform(stackConfig(stack));
      compare(stack, registered.map(readable).sort(byTypeAndName));
    });
  }

  for (const layout of ["single", "separate"] as const) {
    it(`the prod stack on chart litellm as ${layout} differs from the other by what its dump says`, async () => {
      const raw = rawStackConfig("prod");
      const gateway = raw["gateway"] as object;
      const image = { tag: "v1.108.17", entrypoint: "dispatcher" };
      const chosen = { ...gateway, image, chart: { kind: "litellm", layout } };
      const other = await recordPlatform(stackConfig("prod"));
      const registered = await recordPlatform(validConfig({ ...raw, gateway: chosen }, "prod"));
      const texts = new Set(other.map((entry) => JSON.stringify(readable(entry))));
      const different = registered.map(readable).filter((entry) => !texts.has(JSON.stringify(entry)));
      compare(`prod-litellm-${layout}`, different.sort(byTypeAndName));
    });
  }
});

function compare(name: string, dump: unknown): void {
  const text = `${JSON.stringify(sorted(dump), null, 2)}\n`;
  const file = join(import.meta.dirname, `${name}.json`);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

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
