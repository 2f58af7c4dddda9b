import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exampleNames } from "../support/examples.ts";

describe("the worked examples", () => {
  for (const name of exampleNames)
    it(`${name} is served by a real LiteLLM in a file of its own`, () => {
      const text = readFileSync(join(import.meta.dirname, `models-${name}.test.ts`), "utf8");
      assert.ok(text.includes(`serveExample("${name}"`), `models-${name}.test.ts does not serve it`);
    });
});
