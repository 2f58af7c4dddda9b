import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { projectDirectory } from "../local/paths.ts";
import { callerEnvironment, mustRun } from "../local/services/run.ts";
import { LocalPlatform, testDirectory } from "../test/e2e/support/local-platform.ts";
import { pairedRatios, rotated, spreadOf } from "./statistics.ts";
import { type TimedLine, readSteps, timeByPart } from "./up/steps.ts";

/**
 * How long `pulumi up` takes on the local control plane: without changes, as a ratio of an empty program's, and from
 * nothing, as a ratio of `kubectl apply` of the same Kubernetes objects. Each with what the time is made of.
 */

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "10" } } });

/** What runs in each round. Each program does what the one before it does, and more. */
const contenders = ["CLI alone", "empty", "loaded", "ours"] as const;
type Contender = (typeof contenders)[number];

/** A command of the Pulumi CLI that ran to its end. */
interface Run {
  readonly seconds: number;
  /** Seconds of processor time of the command and of the processes that it waited for. */
  readonly cpu: number;
  readonly lines: readonly TimedLine[];
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

class UpBench {
  readonly #platform: LocalPlatform;
  /** File that leads a shell to the control plane. */
  readonly #shell: string;

  constructor(platform: LocalPlatform, shell: string) {
    this.#platform = platform;
    this.#shell = shell;
  }

  /** Makes the stacks of the other programs. */
  async prepare(): Promise<void> {
    const entry = readFileSync(join(projectDirectory, "index.ts"), "utf8");
    writeProject("empty", "export default {};\n");
    writeProject("loaded", entry.replace("./", `${projectDirectory}/`).replace(/^export .*$/m, "export default {};"));
    for (const program of ["empty", "loaded"] as const) {
      await this.#pulumi(program, "stack", "init", "dev");
      await this.up(program);
    }
  }

  up(program: Contender): Promise<Run> {
    return this.#pulumi(program, "up", "--yes");
  }

  /** The same command as in {@link contenders}, once. */
  async measure(contender: Contender): Promise<Run> {
    return contender === "CLI alone" ? this.#pulumi("empty", "version") : this.up(contender);
  }

  /** `kubectl apply` of the Kubernetes objects that are deployed, in a namespace that does not exist. */
  async apply(): Promise<{ readonly seconds: number; readonly objects: number }> {
    const file = join(testDirectory, "objects.json");
    const items = (await this.#deployedObjects()).map(({ metadata, ...rest }) => {
      const place = rest.kind === "Namespace" ? { name: otherNamespace } : { namespace: otherNamespace };
      return { ...rest, metadata: { ...metadata, ...place } };
    });
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const begin = performance.now();
    await this.#platform.kubectl("apply", "--server-side", "-f", file);
    const seconds = (performance.now() - begin) / 1000;
    await this.#platform.kubectl("delete", "namespace", otherNamespace, "--wait=false");
    return { seconds, objects: items.length };
  }

  /** As the program and the chart have written them; namespaces first. */
  async #deployedObjects(): Promise<KubernetesObject[]> {
    const { lines } = await this.#pulumi("ours", "stack", "export");
    const state = JSON.parse(lines.map(({ line }) => line).join("\n")) as {
      deployment: { resources: { type: string; inputs?: KubernetesObject }[] };
    };
    const own = state.deployment.resources
      .filter(({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm"))
      .flatMap(({ inputs }) => inputs ?? []);
    const namespace = own.find(({ kind }) => kind === "Namespace")?.metadata.name ?? "";
    const { helm, kubeconfig } = this.#platform.controlPlane;
    const [command, ...words] = [...helm, "get", "manifest", "litellm", "--namespace", namespace];
    const env = { ...callerEnvironment(), KUBECONFIG: kubeconfig };
    const manifest = await mustRun("helm get manifest", command, words, { env });
    const charts = parseAllDocuments(manifest).map((document) => document.toJS() as KubernetesObject | null);
    return [...own, ...charts.filter((object) => object !== null)];
  }

  async #pulumi(program: Contender, ...words: readonly string[]): Promise<Run> {
    const env = Object.fromEntries(
      Object.entries(callerEnvironment()).filter(([name]) => !/^(PULUMI|VAULT|KEYCLOAK|KUBECONFIG|NODE_)/.test(name)),
    );
    // The file of settings is that of our stack.
    const settings = program === "ours" ? "" : "unset PULUMI_OPTION_CONFIG_FILE && ";
    const script = `. '${this.#shell}' && ${settings}exec npx pulumi "$@"`;
    const lines: TimedLine[] = [];
    let cpu = NaN;
    const begin = performance.now();
    const elapsed = () => (performance.now() - begin) / 1000;
    await mustRun(`pulumi ${words.join(" ")} (${program})`, "sh", ["-c", script, "sh", ...words, "--color", "never"], {
      cwd: program === "ours" ? projectDirectory : directoryOf(program),
      env,
      timeoutSeconds: 540,
      onLine: (line) => lines.push({ line, at: elapsed() }),
      onCpu: (seconds) => (cpu = seconds),
    });
    return { seconds: elapsed(), cpu, lines };
  }
}

const otherNamespace = "bench-apply";

function directoryOf(program: Contender): string {
  return join(testDirectory, "bench", program);
}

/** A project with the language host, options and packages of ours. */
function writeProject(program: Contender, entry: string): void {
  const directory = directoryOf(program);
  mkdirSync(directory, { recursive: true });
  const { runtime, main } = parse(readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8")) as {
    runtime: unknown;
    main: string;
  };
  writeFileSync(join(directory, "Pulumi.yaml"), JSON.stringify({ name: program, runtime, main }));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module", main }));
  writeFileSync(join(directory, main), entry);
  symlinkSync(join(projectDirectory, "node_modules"), join(directory, "node_modules"));
}

const one = (value: number) => value.toFixed(1);

function printParts(parts: readonly (readonly [name: string, seconds: number])[]): void {
  const whole = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  for (const [name, seconds] of parts)
    console.log(
      `  ${name.padEnd(44)}${one(seconds).padStart(6)} s ${((100 * seconds) / whole).toFixed(0).padStart(4)} %`,
    );
}

function printFirst({ seconds, lines }: Run, applied: Awaited<ReturnType<UpBench["apply"]>>): void {
  console.log(
    `\nup from nothing over kubectl apply of its ${applied.objects} Kubernetes objects, once: ` +
      `${one(seconds / applied.seconds)} (${one(seconds)} s against ${one(applied.seconds)} s)`,
  );
  const steps = readSteps(lines);
  const updating = lines.find(({ line }) => line.startsWith("@ updating"))?.at ?? NaN;
  const first = Math.min(...steps.map(({ begin }) => begin));
  const last = Math.max(...steps.map(({ end }) => end));
  printParts([
    ["preview", updating],
    ["update, until the first resource", first - updating],
    ...[...timeByPart(steps)].sort(([, a], [, b]) => b - a),
    ["end", seconds - last],
  ]);
}

function printUnchanged(runs: Readonly<Record<Contender, readonly Run[]>>): void {
  const ratios = (contender: Contender, figure: "seconds" | "cpu") => {
    const [ours, floor] = [runs[contender], runs.empty].map((list) => list.map((run) => run[figure]));
    const { median, low, high } = pairedRatios(ours ?? [], floor ?? []);
    return `${median.toFixed(2)} (${low.toFixed(2)}..${high.toFixed(2)})`;
  };
  const median = (contender: Contender) => spreadOf(runs[contender].map(({ seconds }) => seconds)).median;
  console.log(
    "\nup without changes over an empty program's: the rounds' median ratio (where it lies in 19 of 20 runs)",
  );
  console.log(`  time ${ratios("ours", "seconds")}, CPU ${ratios("ours", "cpu")}`);
  console.log(`  loaded, with nothing registered: time ${ratios("loaded", "seconds")}, CPU ${ratios("loaded", "cpu")}`);
  printParts([
    ["start of the CLI", median("CLI alone")],
    ["preview and update of an empty program", median("empty") - median("CLI alone")],
    ["loading the program, twice", median("loaded") - median("empty")],
    ["look-ups, registration and plugins, twice", median("ours") - median("loaded")],
  ]);
}

const platform = await LocalPlatform.start({ fresh: true, genuineKubernetes: true });
try {
  // Makes the stack first, whose settings then stand in a file for the command line.
  await platform.stack();
  const bench = new UpBench(platform, await platform.commandLine());
  await bench.prepare();
  const first = await bench.up("ours");
  const applied = await bench.apply();
  const runs: Record<Contender, Run[]> = { "CLI alone": [], empty: [], loaded: [], ours: [] };
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const contender of rotated(contenders, round)) runs[contender].push(await bench.measure(contender));
    console.error(
      `round ${round + 1}: ${contenders.map((name) => `${name} ${one(runs[name].at(-1)?.seconds ?? NaN)} s`).join(", ")}`,
    );
  }
  printUnchanged(runs);
  printFirst(first, applied);
  console.log(`\n${runs.ours.length} rounds, ${availableParallelism()} cores`);
} finally {
  await platform.stop();
}
