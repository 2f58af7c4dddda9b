import assert from "node:assert/strict";
import { problemsOf } from "./configs.ts";
import { having } from "./change.ts";

/** A configuration that is refused. */
export interface Refusal {
  readonly title: string;
  /** Settings at dotted paths. */
  readonly change: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly string[];
}

/** A test of each, and one of how they are told. */
export function areRefused(cases: readonly Refusal[]): void {
  for (const { title, change, expected } of cases) {
    it(title, () => {
      assert.deepEqual(problemsOf(having(change)), expected);
    });
  }

  it("is told in our words throughout", () => {
    for (const line of cases.flatMap(({ change }) => problemsOf(having(change)))) assertOurWords(line);
  });
}

/** A problem is told without a library's words and without a secret's value, and with what is allowed. */
export function assertOurWords(line: string): void {
  assert.doesNotMatch(line, /Invalid|expected|received|Too (big|small)|undefined|\[object|at \/|hunter2/, line);
  assert.match(line, /[Mm]ust |Remove it|unknown (key|provider|to LiteLLM)/, line);
}
