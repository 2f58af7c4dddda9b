import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { automation } from "@pulumi/pulumi";
import { parse } from "yaml";
import { configure, gatewayStack } from "../../automation/index.ts";
import { ensureBinaries } from "../../local/binaries.ts";
import { projectDirectory } from "../../local/paths.ts";
import { smallest } from "../support/configs.ts";
import { type FakeVault, fakeVault, subkeys } from "../support/fake-vault.ts";

const minute = 60_000;

/** The genuine CLI with plugins that only say where they were started: what a program of another project hands over. */
describe("a stack of another program", function () {
  this.timeout(2 * minute);

  let directory: string;
  let vault: FakeVault;
  let cli: string;
  let pulumiCommand: automation.PulumiCommand;
  before("build the CLI", async function () {
    this.timeout(60 * minute);
    const { pulumiRoot } = await ensureBinaries();
    cli = join(pulumiRoot, "bin", "pulumi");
  });
  beforeEach(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), "litellm-platform-")));
    for (const name of ["backend", "work", "project", "bin"]) await mkdir(join(directory, name));
    // The genuine CLI, whose arguments are written down.
    await script(
      join(directory, "bin", "pulumi"),
      `echo "$@" >> '${join(directory, "arguments")}'\nexec '${cli}' "$@"`,
    );
    pulumiCommand = await automation.PulumiCommand.get({ root: directory });
    vault = await fakeVault({ "/v1/secret/subkeys/litellm/one/providers/openai": subkeys(1, { api_key: null }) });
  });
  afterEach(async () => {
    await vault.close();
    await rm(directory, { recursive: true });
  });

  const own = Object.fromEntries(
    Object.entries(smallest()).map(([part, value]) => [`litellm-platform:${part}`, value]),
  );

  function stack(
    name: string,
    config: Readonly<Record<string, unknown>>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<automation.Stack> {
    return gatewayStack({
      stack: name,
      config: { ...own, ...config },
      projectDirectory: join(directory, "project"),
      workDirectory: join(directory, "work"),
      environment: {
        PULUMI_BACKEND_URL: `file://${join(directory, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "of a test",
        PULUMI_HOME: join(directory, "home"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        VAULT_ADDR: vault.address,
        ...environment,
      },
      pulumiCommand,
    });
  }

  async function script(file: string, lines: string): Promise<void> {
    await writeFile(file, `#!/bin/sh\n${lines}\n`);
    await chmod(file, 0o755);
  }

  const tokens = () => [...new Set(vault.requests.map(({ headers }) => headers["x-vault-token"]))];
  const stackFile = () => readFile(join(directory, "work", "Pulumi.one.yaml"), "utf8");

  it("looks into Vault as the plugins do: with the variables that it is given, each stack with its own", async () => {
    const stacks = [
      await stack("one", {}, { VAULT_TOKEN: "of-one" }),
      await stack("two", {}, { VAULT_TOKEN: "of-two" }),
    ];
    for (const one of stacks) await assert.rejects(one.preview());
    assert.deepEqual(tokens(), ["of-one", "of-two"]);
  });

  it("has no secret in clear text in its file or in an argument, and the program has it", async () => {
    const values = ["of-the-config", "of-the-client", "of-the-login", "of the caller\nto its last character\n"];
    const [token, clientSecret, password, given] = values;
    const config = {
      "vault:token": token,
      "vault:authLoginUserpass": { username: "deployer", password },
      "keycloak:clientSecret": clientSecret,
      "keycloak:clientId": "deployer",
      "kubernetes:context": { value: given, secret: true },
    };
    const made = await stack("one", config);
    const text = await stackFile();
    const places = [text, await readFile(join(directory, "arguments"), "utf8")];
    for (const place of places)
      for (const value of values) assert.ok(!place.includes(value.split("\n", 1)[0] ?? ""), value);
    const { config: written } = parse(text) as { config: Record<string, unknown> };
    assert.equal(written["keycloak:clientId"], "deployer");
    assert.equal(written["litellm-platform:gateway"], JSON.stringify(own["litellm-platform:gateway"]));
    assert.deepEqual(await made.getConfig("kubernetes:context"), { value: given, secret: true });
    await assert.rejects(made.preview());
    assert.deepEqual(tokens(), [token]);

    await configure(made, own);
    assert.deepEqual(Object.keys(await made.getAllConfig()).sort(), Object.keys(own).sort());
  });

  it("has plugins that find a chart where the program has checked it", async () => {
    const chart = join(directory, "project", "chart");
    await mkdir(chart);
    await writeFile(join(chart, "Chart.yaml"), "name: litellm-helm\n");
    const started = join(directory, "started");
    const { dependencies } = JSON.parse(await readFile(join(projectDirectory, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const name of ["kubernetes", "random", "vault"]) {
      const place = join(directory, "home", "plugins", `resource-${name}-v${dependencies[`@pulumi/${name}`]}`);
      await mkdir(place, { recursive: true });
      await script(join(place, `pulumi-resource-${name}`), `pwd >> '${started}'\nexit 1`);
    }
    const gateway = { ...(own["litellm-platform:gateway"] as object), chart: { source: "./chart" } };
    const made = await stack("one", { "litellm-platform:gateway": gateway, "vault:token": "of-the-config" });
    await assert.rejects(made.preview(), (error: Error) => {
      assert.doesNotMatch(error.message, /chart\.source/);
      return true;
    });
    const directories = new Set((await readFile(started, "utf8")).trim().split("\n"));
    assert.deepEqual([...directories], [join(directory, "project")]);
  });
});
