import assert from "node:assert/strict";
import { z } from "zod";
import { defaultsOf, keysAt } from "../../../config/parse.ts";
import { problemsFromIssues } from "../../../config/problems.ts";

const part = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("own"),
    replicas: z.int(),
    nested: z.strictObject({ size: z.string() }).optional(),
  }),
  z.strictObject({ mode: z.literal("theirs"), host: z.string() }),
]);

function problems(value: unknown): string[] {
  const result = part.safeParse(value, { reportInput: true });
  if (result.success) return [];
  return problemsFromIssues("part", result.error.issues, (path) => keysAt(part, path, value)).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe("a part that is one of several modes", () => {
  it("names the modes there are when it says none of them", () => {
    assert.deepEqual(problems({ mode: "thiers" }), ["part.mode: must be one of own, theirs"]);
    assert.deepEqual(problems({}), ["part.mode: is missing, must be one of own, theirs"]);
    assert.deepEqual(problems("own"), ["part: must be a mapping, is a string"]);
  });

  it("knows the keys of its mode only", () => {
    assert.deepEqual(problems({ mode: "theirs", host: "h", hots: "h" }), [
      "part.hots: unknown key, did you mean host? Known keys: host, mode",
    ]);
    assert.deepEqual(problems({ mode: "own", replicas: 1, nested: { size: "1", sizes: 2 } }), [
      "part.nested.sizes: unknown key, did you mean size? Known keys: size",
    ]);
  });

  it("is given a kind of stack's defaults of the mode that it asks for, and those that all modes share", () => {
    const defaults = { mode: "own", modes: { own: { replicas: 2 } }, tls: "on" };
    const own = { mode: "own", replicas: 2, tls: "on" };
    assert.deepEqual(defaultsOf(defaults, undefined), own);
    assert.deepEqual(defaultsOf(defaults, { replicas: 3 }), own);
    assert.deepEqual(defaultsOf(defaults, { mode: "own" }), own);
    assert.deepEqual(defaultsOf(defaults, { mode: "theirs", host: "h" }), { mode: "own", tls: "on" });
  });

  it("takes the defaults whole where it has no modes", () => {
    assert.deepEqual(defaultsOf({ replicas: 2 }, { mode: "other" }), { replicas: 2 });
    assert.equal(defaultsOf(true, undefined), true);
  });
});
