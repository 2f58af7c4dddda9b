import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withModelsFile } from "../../../config/load.ts";
import { type Refusal, areRefused } from "../../support/refusals.ts";

const cases: readonly Refusal[] = [
  {
    title: "a file of another kind",
    change: { "models.file": 7 },
    expected: ["models.file: must be a string, is a number: write it in quotes"],
  },
  { title: "a file without name", change: { "models.file": "" }, expected: ["models.file: must not be empty"] },
  {
    title: "a file that is not there",
    change: { "models.file": "no-such-models.yaml" },
    expected: ["models.file: no-such-models.yaml does not exist, must be a YAML list of models"],
  },
  {
    title: "a directory as file",
    change: { "models.file": "config" },
    expected: ["models.file: config cannot be read (EISDIR), must be a YAML list of models"],
  },
  {
    title: "a file with another kind of content",
    change: { "models.file": "Pulumi.yaml" },
    expected: ["models.file: Pulumi.yaml must be a YAML list of models"],
  },
];

describe("bad input of the models file", () => {
  areRefused(cases);
});

describe("the models file", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "litellm-platform-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const load = (text: string, list?: unknown) => {
    writeFileSync(join(directory, "models.yaml"), text);
    return withModelsFile({ models: { file: "models.yaml", ...(list === undefined ? {} : { list }) } }, directory);
  };

  it("is appended to the list", () => {
    const { raw, problems } = load("- model_name: b\n", [{ model_name: "a" }]);
    assert.deepEqual(problems, []);
    assert.deepEqual(raw["models"], { file: "models.yaml", list: [{ model_name: "a" }, { model_name: "b" }] });
  });

  it("is the whole list where there is no other", () => {
    assert.deepEqual(load("[]").raw["models"], { file: "models.yaml", list: [] });
  });

  it("leaves a list that is none to the schema", () => {
    assert.deepEqual(load("[]", "gpt").raw["models"], { file: "models.yaml", list: "gpt" });
  });

  const broken: Readonly<Record<string, string>> = {
    "an unclosed quote": '- model_name: "sk-hunter2\n',
    "a token in the wrong place": "- [a] sk-hunter2\n",
    "an unknown alias": "- *sk-hunter2\n",
    "a list in a mapping": "a: - sk-hunter2\n",
    "a reserved character": "- @sk-hunter2\n",
  };
  for (const [title, text] of Object.entries(broken)) {
    it(`with ${title} is refused without quoting it`, () => {
      const { problems } = load(text);
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.path, "models.file");
      assert.match(problems[0].message, /^models\.yaml is no YAML \(.+\), must be a YAML list of models$/);
      assert.doesNotMatch(problems[0].message, /hunter2/);
    });
  }

  it("that is empty or a mapping is refused", () => {
    for (const text of ["", "a: 1\n"])
      assert.deepEqual(load(text).problems, [
        { path: "models.file", message: "models.yaml must be a YAML list of models" },
      ]);
  });
});
