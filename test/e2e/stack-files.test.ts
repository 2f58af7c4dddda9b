import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { rawConfig } from "../../program/configuration.ts";
import { stackFileSchema } from "../../config/reference/json-schema.ts";
import { ensureBinaries } from "../../local/binaries.ts";
import { projectDirectory } from "../../local/paths.ts";
import { codeBlocks } from "../support/pages.ts";
import { problemsOf, rawStackConfig, smallest } from "../support/configs.ts";

const minute = 60_000;

/** The genuine CLI checks a stack file against the `config:` block of `Pulumi.yaml` before it runs any program. */
describe("Pulumi.yaml", function () {
  this.timeout(2 * minute);

  const schema = z.fromJSONSchema(stackFileSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  let directory: string;
  let pulumiCommand: pulumi.automation.PulumiCommand;
  before("build the CLI", async function () {
    this.timeout(60 * minute);
    const { pulumiRoot } = await ensureBinaries();
    pulumiCommand = await pulumi.automation.PulumiCommand.get({ root: pulumiRoot });
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "litellm-platform-"));
    await mkdir(join(directory, "backend"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** What the program is given as configuration, when the CLI lets the stack file pass. */
  async function configurationOf(stackName: string): Promise<Record<string, unknown>> {
    const committed = parse(
      await readFile(join(projectDirectory, "Pulumi.yaml"), "utf8"),
    ) as pulumi.automation.ProjectSettings;
    // The program is the one below and not index.ts.
    const projectSettings = { ...committed, main: "." };
    let given: Record<string, unknown> = {};
    const program = () => {
      given = rawConfig(pulumi.runtime.allConfig(), projectSettings.name);
      return Promise.resolve({});
    };
    const stack = await pulumi.automation.LocalWorkspace.createOrSelectStack(
      { stackName, projectName: projectSettings.name, program },
      {
        workDir: directory,
        projectSettings,
        pulumiCommand,
        envVars: {
          PULUMI_BACKEND_URL: `file://${join(directory, "backend")}`,
          PULUMI_CONFIG_PASSPHRASE: "of a test",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    await stack.preview();
    return given;
  }

  async function writeStackFile(stack: string, parts: Record<string, unknown>): Promise<void> {
    const config = Object.fromEntries(
      Object.entries(parts).map(([name, value]) => [`litellm-platform:${name}`, value]),
    );
    await writeFile(join(directory, `Pulumi.${stack}.yaml`), stringify({ config }));
  }

  for (const stack of ["dev", "prod"] as const) {
    it(`lets the committed file of ${stack} pass, and the program gets what it says`, async () => {
      await copyFile(join(projectDirectory, `Pulumi.${stack}.yaml`), join(directory, `Pulumi.${stack}.yaml`));
      const given = await configurationOf(stack);
      const written = rawStackConfig(stack);
      for (const [part, value] of Object.entries(written)) assert.deepEqual(given[part], value, part);
      assert.deepEqual(problemsOf(given, stack), []);
    });

    it(`writes the file of ${stack} anew when it makes the stack, within the schema that editors check it by`, async () => {
      const file = join(directory, `Pulumi.${stack}.yaml`);
      const committed = await readFile(join(projectDirectory, `Pulumi.${stack}.yaml`), "utf8");
      const retain = committed.includes("litellm-platform:retain") ? "" : "\n  litellm-platform:retain: true\n";
      await writeFile(file, `${committed}${retain}`);
      await configurationOf(stack);
      const rewritten = await readFile(file, "utf8");
      assert.match(rewritten, /^ {2}litellm-platform:retain: "true"$/m);
      // Comments stay.
      for (const comment of committed.match(/^ *#.*$/gm) ?? []) assert.ok(rewritten.includes(comment.trim()), comment);
      assert.deepEqual(schema.safeParse(parse(rewritten)).error?.issues, undefined);
    });
  }

  it("lets the smallest file pass", async () => {
    await writeStackFile("small", smallest());
    assert.deepEqual(problemsOf(await configurationOf("small"), "small"), []);
  });

  it("gives the program a date that is not in quotes in another form, which the program refuses", async () => {
    const model = "{ model_name: gpt, litellm_params: { model: azure/gpt, api_base: https://x.openai.azure.com";
    const lines = (quote: string) => [
      "config:",
      "  litellm-platform:profile: development",
      "  litellm-platform:vault: { address: https://vault.example.com }",
      "  litellm-platform:gateway: { host: litellm.example.com }",
      `  litellm-platform:models: { list: [${model}, api_version: ${quote}2024-10-21${quote} } }] }`,
      "  litellm-platform:database:",
      "    backup: { mode: none, reason: a test keeps nothing }",
      "    recovery:",
      "      serverName: lost",
      "      store: { bucket: backups }",
      `      target: { kind: time, time: ${quote}2026-11-21T04:05:06+02:00${quote} }`,
    ];
    await writeFile(join(directory, "Pulumi.dates.yaml"), lines("").join("\n"));
    const message = "must be a string, was read as a date: write it in quotes";
    assert.deepEqual(problemsOf(await configurationOf("dates"), "dates"), [
      `database.recovery.target.time: ${message}`,
      `models.list[0].litellm_params.api_version: ${message}`,
    ]);
    await writeFile(join(directory, "Pulumi.quoted.yaml"), lines('"').join("\n"));
    assert.deepEqual(problemsOf(await configurationOf("quoted"), "quoted"), []);
  });

  it("can read a state in files again after the documented remedy for an empty attributes file", async () => {
    await writeStackFile("small", smallest());
    await configurationOf("small");
    const backend = join(directory, "backend");
    const attributes = join(backend, ".pulumi", "stacks", "litellm-platform", "small.json.attrs");
    const command = "rm <backend>/.pulumi/stacks/litellm-platform/<stack>.json.attrs";
    assert.ok(codeBlocks("docs/operate.md", "sh").includes(`${command}\n`));
    assert.equal(command.slice(3).replace("<backend>", backend).replace("<stack>", "small"), attributes);
    await writeFile(attributes, "");
    await assert.rejects(configurationOf("small"), /EOF/);
    await rm(attributes);
    await configurationOf("small");
  });

  it("refuses a file that lacks what has no default", async () => {
    const rest = Object.entries(smallest()).filter(([part]) => part !== "gateway");
    await writeStackFile("broken", Object.fromEntries(rest));
    await assert.rejects(configurationOf("broken"), /missing.*gateway/s);
  });
});
