import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { until } from "../../local/api-server.ts";
import { projectDirectory } from "../../local/paths.ts";
import { Processes } from "../../local/processes.ts";
import { type DeployedOutputs } from "../../local/runtime.ts";
import { callerEnvironment, run } from "../../local/services/run.ts";
import { type StackSettings, changed } from "../../local/stack-settings.ts";
import { killedOnce } from "./support/killed.ts";
import { LocalPlatform, testDirectory } from "./support/local-platform.ts";
import { assertNowhere, secretValues } from "./support/secret-search.ts";

const minute = 60_000;

/** What a command printed, and the resources that it changed: `created kubernetes:core/v1:Namespace litellm-namespace`. */
interface Printed {
  readonly code: number;
  readonly output: string;
  readonly changes: readonly string[];
}

/**
 * The first of the three uses, as people do it: `npx pulumi` in the project's directory, with the genuine CLI and the
 * genuine language host. Told in order: each test begins where the last one ended.
 */
describe("pulumi on the command line", function () {
  this.timeout(10 * minute);
  this.bail(true);

  const project = join(testDirectory, "project");
  let platform: LocalPlatform;
  let shell: string;
  /** Everything that was printed. */
  let printed = "";

  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true, genuineKubernetes: true });
    shell = await platform.commandLine();
    copyProject(project);
    configure(platform.settings);
  });
  after(() => platform.stop());

  /** Writes the stack's settings as a person edits them, and keeps what the CLI has added. */
  function configure(settings: StackSettings): void {
    const file = join(project, "Pulumi.dev.yaml");
    const salt = /^encryptionsalt: .*$/m.exec(readFileSync(file, "utf8"))?.[0] ?? "";
    writeFileSync(file, `${stringify({ config: settings })}${salt}\n`);
  }

  function start(words: readonly string[]): { command: string; args: string[]; env: Record<string, string> } {
    const own = Object.entries(callerEnvironment()).filter(
      ([name]) => !/^(PULUMI|VAULT|KEYCLOAK|KUBECONFIG)/.test(name),
    );
    // The stack's own file, in place of the one that `npm start` writes.
    const script = `. '${shell}' && unset PULUMI_OPTION_CONFIG_FILE && exec npx pulumi "$@"`;
    return { command: "sh", args: ["-c", script, "sh", ...words], env: Object.fromEntries(own) };
  }

  async function pulumi(...words: readonly string[]): Promise<Printed> {
    const { command, args, env } = start([...words, "--color", "never"]);
    const { code, stdout, stderr } = await run(command, args, { cwd: project, env, timeoutSeconds: 540 });
    const output = stdout + stderr;
    printed += output;
    const lines = output.matchAll(/^\s+[+~-]+\s+(\S+:\S+) (\S+) (created|updated|replaced|deleted) \(/gm);
    return { code, output, changes: [...lines].map(([, type, name, what]) => `${what} ${type} ${name}`).sort() };
  }

  async function succeed(...words: readonly string[]): Promise<Printed> {
    const result = await pulumi(...words);
    assert.equal(result.code, 0, result.output);
    return result;
  }

  const up = (...words: readonly string[]) => succeed("up", "--yes", "--skip-preview", ...words);

  async function outputs(): Promise<DeployedOutputs> {
    const { code, stdout, stderr } = await run("sh", start(["stack", "output", "--json", "--show-secrets"]).args, {
      cwd: project,
      env: start([]).env,
    });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as DeployedOutputs;
  }

  async function salt(): Promise<string> {
    return (
      (await platform.vault.read("secret", "litellm/dev/keys/salt"))?.["key"] ?? assert.fail("there is no salt key")
    );
  }

  it("makes a stack", async () => {
    await succeed("stack", "init", "dev");
    assert.match((await succeed("stack", "ls")).output, /^dev/m);
  });

  it("ends a wrong configuration before anything is registered, without a stack trace", async () => {
    configure(changed(platform.settings, "litellm-platform:gateway", (gateway) => ({ ...gateway, hst: "x" })));
    const { code, output } = await pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /gateway\.hst: unknown key, did you mean host\?/);
    assert.doesNotMatch(output, /\n\s+at .*\.ts:\d+/);
    assert.deepEqual(await platform.names("namespace/litellm-dev"), []);
    configure(platform.settings);
  });

  it("previews and changes nothing", async () => {
    const { output } = await succeed("preview");
    assert.match(output, /\+ \d+ to create/);
    assert.deepEqual(await platform.names("namespace/litellm-dev"), []);
  });

  it("stands the stack up, and a second time changes nothing", async () => {
    const { changes } = await up();
    assert.ok(changes.includes("created kubernetes:helm.sh/v3:Release litellm-gateway"), changes.join("\n"));
    assert.deepEqual((await up("--expect-no-changes")).changes, []);
  });

  it("gives outputs, with secrets only on demand", async () => {
    const { output } = await succeed("stack", "output");
    assert.match(output, /^\s*masterKey\s+\[secret\]$/m);
    assert.match((await outputs()).masterKey, /^sk-/);
  });

  it("changes for a model its ConfigMap and the release, and nothing else", async () => {
    configure(withModel("another"));
    const { changes } = await up();
    assert.deepEqual(changes, [
      "replaced kubernetes:core/v1:ConfigMap litellm-gateway-config",
      "updated kubernetes:helm.sh/v3:Release litellm-gateway",
    ]);
    configure(platform.settings);
    await up();
  });

  it("rotates the master key and leaves the salt key alone", async () => {
    const [before, kept] = [(await outputs()).masterKey, await salt()];
    await succeed("config", "set", "--path", "litellm-platform:keys.master.version", "2");
    await up();
    const after = await outputs();
    assert.notEqual(after.masterKey, before);
    assert.equal(after.masterKeySecret.name, "litellm-keys-v2-1");
    assert.equal(await salt(), kept);
  });

  it("finds no drift", async () => {
    await succeed("refresh", "--yes", "--skip-preview");
    assert.deepEqual((await up("--expect-no-changes")).changes, []);
  });

  it("refuses to destroy a protected stack, as a whole", async () => {
    await succeed("config", "set", "litellm-platform:protect", "true");
    await up();
    const pods = await platform.names("pod");
    const { code, output } = await pulumi("destroy", "--yes");
    assert.notEqual(code, 0);
    assert.match(output, /protected/);
    assert.deepEqual(await platform.names("pod"), pods);
    await succeed("config", "set", "litellm-platform:protect", "false");
    await up();
  });

  it("leaves no secret in clear in state, history, objects, logs, arguments or what it prints", async () => {
    const exported = (await succeed("stack", "export")).output;
    assert.match(exported, /"ciphertext"/);
    await assertNowhere(await secretValues(platform, await outputs()), { platform, printed });
  });

  it("destroys, keeps the keys, and takes them over again", async () => {
    const kept = await salt();
    await succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await platform.names("deployment"), []);
    await up();
    assert.equal(await salt(), kept);
    assert.equal((await platform.cluster.secret("litellm-dev", "litellm-keys-v2-1"))["LITELLM_SALT_KEY"], kept);
  });

  it("converges with the same keys after an up was killed at three places", async () => {
    const kept = await salt();
    await succeed("destroy", "--yes", "--skip-preview");
    for (const kind of ["secretstore", "dragonfly", "job"]) {
      await killedUp(async () => (await platform.names(kind)).length > 0);
      await succeed("cancel", "--yes");
    }
    await up();
    assert.equal(await salt(), kept);
    assert.deepEqual((await up("--expect-no-changes")).changes, []);
  });

  it("rotates the database's password, and a second time changes nothing", async () => {
    await succeed("config", "set", "--path", "litellm-platform:database.password.version", "2");
    const { changes } = await up();
    assert.deepEqual(changes, [
      // It logs in with the new password before the release does.
      "replaced kubernetes:batch/v1:Job litellm-gateway-migration",
      "replaced kubernetes:external-secrets.io/v1:ExternalSecret litellm-database-login",
      "replaced random:index:RandomPassword litellm-database-password",
      "updated kubernetes:external-secrets.io/v1:ExternalSecret litellm-database-owner",
      "updated kubernetes:helm.sh/v3:Release litellm-gateway",
      "updated vault:kv:SecretV2 litellm-database-vault",
    ]);
    const { password } = await platform.cluster.secret("litellm-dev", "litellm-db-login-v2");
    assert.equal(password, (await platform.vault.read("secret", "litellm/dev/database"))?.["password"]);
    assert.equal(password, (await platform.cluster.secret("litellm-dev", "litellm-db-owner"))["password"]);
    assert.deepEqual((await up("--expect-no-changes")).changes, []);
  });

  it("waits for a new password's Secret before pods roll onto it", async () => {
    const operator = new Processes(testDirectory).pid("external-secrets");
    process.kill(operator, "SIGSTOP");
    await succeed("config", "set", "--path", "litellm-platform:database.password.version", "3");
    const rotation = up();
    try {
      await until("there is a Secret for it", async () =>
        (await platform.names("externalsecret")).some((name) => name.endsWith("/litellm-db-login-v3")),
      );
      assert.equal(await Promise.race([rotation.then(() => "done"), sleep(10_000).then(() => "waiting")]), "waiting");
      assert.match(await usedSecrets(), /litellm-db-login-v2/);
    } finally {
      process.kill(operator, "SIGCONT");
    }
    await rotation;
    assert.match(await usedSecrets(), /litellm-db-login-v3/);
  });

  describe("an up that was killed while Helm was at work", () => {
    it("is followed by one that takes the release over, with the same keys, if it was installing", async () => {
      const kept = await salt();
      await succeed("destroy", "--yes", "--skip-preview");
      await killedUp(() => isHelmAt("pending-install"));
      await succeed("cancel", "--yes");
      assert.match((await up()).output, /is there and not in the state \(pending-install\): taken over/);
      assert.equal(await salt(), kept);
      assert.deepEqual((await up("--expect-no-changes")).changes, []);
    });

    it("is followed by one that finishes the change, if it was upgrading", async () => {
      configure(withModel("another", rotated()));
      await killedUp(() => isHelmAt("pending-upgrade"));
      await succeed("cancel", "--yes");
      assert.match((await up()).output, /was left pending-upgrade: revision \d+ is taken off Helm's records/);
      assert.deepEqual((await outputs()).models.includes("another"), true);
      assert.deepEqual((await up("--expect-no-changes")).changes, []);
    });

    it("is followed by one that waits for plugins which have outlived their engine", async () => {
      const kwok = new Processes(testDirectory).pid("kwok");
      configure(withModel("a third", rotated()));
      try {
        await killedUp(async () => {
          const isTime = await isHelmAt("pending-upgrade");
          // Pods are ready no sooner than this goes on, and Helm waits for them.
          if (isTime) process.kill(kwok, "SIGSTOP");
          return isTime;
        }, "alone");
        await succeed("cancel", "--yes");
        const next = up();
        await sleep(20_000);
        assert.ok(await isHelmAt("pending-upgrade"));
        process.kill(kwok, "SIGCONT");
        const { output } = await next;
        assert.match(output, /waiting for the Kubernetes plugin of an up that was killed \(process \d+\) to finish/);
        assert.doesNotMatch(output, /taken off Helm's records/);
      } finally {
        process.kill(kwok, "SIGCONT");
      }
      assert.deepEqual((await up("--expect-no-changes")).changes, []);
    });
  });

  describe("a stack that has lost its state", () => {
    it("takes everything over, with the same keys", async () => {
      const kept = await salt();
      await loseState();
      assert.match((await up()).output, /is there and not in the state \(deployed\): taken over/);
      assert.equal(await salt(), kept);
      assert.deepEqual((await up("--expect-no-changes")).changes, []);
    });

    it("is told the command, where the configuration has lost something too", async () => {
      const annotated = changed(rotated(), "litellm-platform:gateway", (gateway) => ({
        ...gateway,
        podAnnotations: { "example.com/team": "ai" },
      }));
      configure(annotated);
      await up();
      await loseState();
      configure(rotated());
      const { code, output } = await pulumi("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0);
      assert.match(output, /no values\.podAnnotations\.example\.com\/team any more/);
      const command = /pulumi (import .* --yes); then up again/.exec(output)?.[1];
      assert.ok(command !== undefined, output);
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = ""]) => quoted ?? plain);
      await succeed(...words);
      await up();
      assert.doesNotMatch(
        await platform.kubectl("get", "deployment", "litellm", "-n", "litellm-dev", "-o", "yaml"),
        /example\.com\/team/,
      );
      assert.deepEqual((await up("--expect-no-changes")).changes, []);
    });
  });

  /** Whether Helm says this of the release's newest revision. */
  async function isHelmAt(status: string): Promise<boolean> {
    const words = ["secret", "-n", "litellm-dev", "-l", `owner=helm,name=litellm,status=${status}`, "-o", "name"];
    return (await platform.kubectl("get", ...words)) !== "";
  }

  /** The Deployment, which names the Secrets that its pods read. */
  function usedSecrets(): Promise<string> {
    return platform.kubectl("get", "deployment", "litellm", "-n", "litellm-dev", "-o", "yaml");
  }

  /** The settings with the versions to which the tests have raised what is rotated. */
  function rotated(): StackSettings {
    const keys = changed(platform.settings, "litellm-platform:keys", () => ({ master: { version: 2 } }));
    return changed(keys, "litellm-platform:database", (database) => ({ ...database, password: { version: 3 } }));
  }

  function withModel(name: string, settings: StackSettings = platform.settings): StackSettings {
    return changed(settings, "litellm-platform:models", (models) => ({
      ...models,
      list: [...(models["list"] as object[]), { ...(models["list"] as object[])[0], model_name: name }],
    }));
  }

  async function loseState(): Promise<void> {
    await succeed("stack", "rm", "dev", "--force", "--yes", "--preserve-config");
    await succeed("stack", "init", "dev");
  }

  /** An `up` that is killed once something is there. */
  function killedUp(isTime: () => Promise<boolean>, whole?: "with its plugins" | "alone"): Promise<void> {
    return killedOnce({ ...start(["up", "--yes", "--skip-preview"]), cwd: project }, isTime, whole);
  }
});

/** A copy of the project as a person has it, whose stack files may be edited. */
function copyProject(target: string): void {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: projectDirectory,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter((name) => name !== "" && !/^(test|bench)\//.test(name))) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(projectDirectory, file), join(target, file));
  }
  symlinkSync(join(projectDirectory, "node_modules"), join(target, "node_modules"));
}
