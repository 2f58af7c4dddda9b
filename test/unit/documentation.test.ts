import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { problemsOf, projectDirectory, smallest } from "../support/configs.ts";
import { codeBlocks, page, pageNames } from "../support/pages.ts";
import { type Raw, certificate, withValue } from "../support/change.ts";

const prefix = "litellm-platform:";

/** What the pages leave to the reader, and something that fits. */
const placeholders: readonly (readonly [string, string])[] = [
  ["<a release with the dispatcher>", "v1.108.17"],
  ["sha256:...", `sha256:${"0a".repeat(32)}`],
  ["-----BEGIN CERTIFICATE-----\n    ...\n", certificate.trim().replaceAll("\n", "\n    ") + "\n"],
];

const named = (...names: readonly string[]) =>
  names.map((name) => ({ model_name: name, litellm_params: { model: `openai/${name}` } }));

/** What a fragment is part of, or presumes; by some words of it. */
const around: Readonly<
  Record<string, { readonly part?: string; readonly beside?: Readonly<Record<string, unknown>> }>
> = {
  "metricsServer: {}": { part: "gateway", beside: { "gateway.replicas": { min: 2, max: 4 } } },
  "credential_name: azure-us-east": { part: "models" },
  "default_fallbacks: [gpt-4o-mini]": {
    beside: { "models.list": named("production-gpt4", "claude", "gpt-4o-mini", "long-context") },
  },
  "# everything else as it was": {
    beside: {
      "database.backup": { mode: "objectStore", store: { endpoint: "https://s3.example.com", bucket: "backups" } },
    },
  },
};

/** Blocks that are no configuration of a stack. */
const others: Readonly<Record<string, string>> = {
  "passwordSecret: { name: litellm-litellm-prod }": "it is of the Cluster of somebody else",
};

const blocksOf = (language: string) =>
  pageNames.flatMap((name) => codeBlocks(name, language).map((text) => ({ page: name, text })));

const blocks = blocksOf("ya?ml");

/** Configurations in TypeScript; an object of nothing but values is a mapping of YAML. */
const samples = blocksOf("ts").flatMap(({ page: name, text }) =>
  [...text.matchAll(/^( *)config: (\{\n[^]*?^\1\}),$/gm)].map(([, , object = ""]) => ({ page: name, text: object })),
);

function matching<Value>(table: Readonly<Record<string, Value>>, text: string): Value | undefined {
  return Object.entries(table).find(([words]) => text.includes(words))?.[1];
}

/** The parts that a block writes down. */
function partsOf(text: string): Raw {
  const filled = placeholders.reduce((result, [placeholder, value]) => result.replace(placeholder, value), text);
  const content = parse(filled) as Raw;
  const part = matching(around, text)?.part;
  if (part !== undefined) return { [part]: content };
  return Object.fromEntries(
    Object.entries(content).map(([key, value]) => [key.startsWith(prefix) ? key.slice(prefix.length) : key, value]),
  );
}

/** A whole stack as it is; a fragment laid over the smallest configuration and what it presumes. */
function stackOf(text: string): Raw {
  const parts = partsOf(text);
  if ("profile" in parts) return parts;
  const base = Object.entries(matching(around, text)?.beside ?? {}).reduce(
    (raw, [path, value]) => withValue(raw, path, value),
    smallest(),
  );
  return Object.entries(parts).reduce<Raw>(
    (raw, [part, value]) => ({ ...raw, [part]: { ...(raw[part] as Raw | undefined), ...(value as Raw) } }),
    base,
  );
}

describe("the documentation", () => {
  for (const { page: name, text } of blocks.filter(({ text }) => matching(others, text) === undefined))
    it(`${name}: ${text.split("\n")[0] ?? ""} can be deployed as it is written`, () => {
      assert.deepEqual(problemsOf(stackOf(text)), []);
    });

  for (const { page: name, text } of samples)
    it(`${name}: a program's configuration can be deployed as it is written`, () => {
      assert.deepEqual(problemsOf(partsOf(text)), []);
    });

  it("has a sample of a program", () => {
    assert.equal(samples.length, 1);
  });

  it("names what a production stack must say besides what has no default", () => {
    const problems = problemsOf({ ...smallest(), profile: "production" });
    assert.deepEqual(
      problems.map((problem) => problem.split(":")[0]),
      ["database.backup"],
    );
    assert.match(page("docs/configure.md"), /Four things have no default[^]{0,100}In production,\s`database\.backup`/);
  });

  it("has LiteLLM told by every request with a body what that is", () => {
    const requests = blocksOf("sh").flatMap(({ text }) => text.match(/^curl (.*\\\n)*.*$/gm) ?? []);
    const withBody = requests.filter((request) => request.includes(" -d "));
    assert.ok(withBody.length > 1);
    for (const request of withBody) assert.ok(request.includes('-H "Content-Type: application/json"'), request);
  });

  it("has whole stacks and fragments, and each that is treated apart once", () => {
    const whole = blocks.filter(({ text }) => text.includes(`${prefix}profile`));
    assert.ok(whole.length > 0 && blocks.length - whole.length > 10);
    for (const words of [...Object.keys(around), ...Object.keys(others), ...placeholders.map(([first]) => first)])
      assert.equal(blocks.filter(({ text }) => text.includes(words)).length, 1, words);
  });

  it("says how a command gets the Node that the program needs, and is right", async () => {
    // As in a person's shell, and not as npm has set this process up.
    const path = (process.env["PATH"] ?? "")
      .split(delimiter)
      .filter((directory) => !directory.includes("node_modules"));
    const { stdout } = await promisify(execFile)("npx", ["node", "--version"], {
      cwd: projectDirectory,
      env: { HOME: process.env["HOME"], PATH: path.join(delimiter) },
    });
    assert.match(stdout, /^v24\./);
  });
});
