import assert from "node:assert/strict";
import { modelList } from "../../../litellm/models/catalogue.ts";
import { problemsOf, validConfig } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

const params = "models.list[0].litellm_params";
const p = (name: string) => `models.list.0.litellm_params.${name}`;
const further = (...names: string[]) => ({ "models.furtherParams": names });

describe("a parameter that the configuration does not know", () => {
  it("is let through where it is named, of a deployment and of all, with any value", () => {
    const { models } = validConfig(
      having({
        ...further("top_a", "newThing2"),
        [p("top_a")]: { nested: [1, null] },
        "models.defaults": { newThing2: "x" },
      }),
    );
    const [deployment] = modelList(models);
    assert.partialDeepStrictEqual(deployment?.litellm_params, { top_a: { nested: [1, null] }, newThing2: "x" });
  });

  it("is refused where it is not, with the way to have it, and besides what else is wrong", () => {
    const known = /^\d+ keys are known, see docs\/settings\.md; models\.furtherParams lets others through$/;
    const problems = problemsOf(
      having({ ...further("top_a"), [p("top_b")]: 1, [p("rmp")]: 1, [p("rpm")]: 0, "models.defaults": { top_ab: 1 } }),
    );
    const starts = [
      `${params}.rpm: must be at least 1`,
      // What is named is meant as well.
      `${params}.top_b: unknown key, did you mean top_p? `,
      `${params}.rmp: unknown key, did you mean rpm? `,
      "models.defaults.top_ab: unknown key, did you mean top_a? ",
    ];
    assert.deepEqual(
      problems.map((problem, index) => problem.slice(0, starts[index]?.length)),
      starts,
    );
    for (const [index, problem] of problems.entries())
      if (index > 0) assert.match(problem.slice(starts[index]?.length), known);
  });

  it("may hold a secret as little as others", () => {
    const reference = "os.environ/TOP_A_TOKEN";
    const secret = "looks like a secret, must be os.environ/NAME (the program puts NAME there from Vault)";
    const given = (value: unknown) => having({ ...further("top_token"), [p("top_token")]: value });
    assert.deepEqual(problemsOf(given("x")), [`${params}.top_token: ${secret}`]);
    assert.deepEqual(problemsOf(given(reference)), []);
    assert.deepEqual(problemsOf(having({ ...further("top_a"), [p("top_a")]: { token: "x" } })), [
      `${params}.top_a.token: ${secret}`,
    ]);
    assert.deepEqual(problemsOf(having({ ...further("top_a"), [p("top_a")]: "sk-abcdefghijkl" })), [
      `${params}.top_a: ${secret}`,
    ]);
  });

  it("is named by a name that is none of ours", () => {
    const known = "must not be set: the parameter is known, see docs/settings.md";
    const form = "must be a parameter's name: letters, digits and '_'";
    assert.deepEqual(problemsOf(having(further("rpm", "model", "base_url", "top-a", "", "__proto__", "top_a"))), [
      `models.furtherParams[0]: ${known}`,
      `models.furtherParams[1]: ${known}`,
      `models.furtherParams[2]: ${known}`,
      `models.furtherParams[3]: ${form}`,
      `models.furtherParams[4]: ${form}`,
      `models.furtherParams[5]: ${form}`,
    ]);
    assert.deepEqual(problemsOf(having({ "models.furtherParams": "top_a" })), [
      "models.furtherParams: must be a list, is a string",
    ]);
  });

  it("is told of in lists of parameters only", () => {
    const [problem = ""] = problemsOf(having({ "models.mcpServers": { defaults: { url: "https://x", ulr: 1 } } }));
    assert.match(problem, /^models\.mcpServers\.defaults\.ulr: unknown key, did you mean url\?/);
    assert.doesNotMatch(problem, /furtherParams/);
  });
});
