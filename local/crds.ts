import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { goAdvice } from "./go-build.ts";
import { moduleDirectory, pinnedVersion } from "./go-tool.ts";
import { type Preparation, preparation } from "./preparation.ts";
import type { Step } from "./steps/steps.ts";

/** Files of a Go module: `files` are patterns below the module's directory. */
interface ModuleFiles {
  readonly module: string;
  /** Our module under `go/` that pins it. */
  readonly ours: string;
  readonly files: readonly string[];
}

/** The custom resource definitions that the platform's components use, from the modules of those who own them. */
const CRD_MODULES: readonly ModuleFiles[] = [
  {
    module: "github.com/cloudnative-pg/cloudnative-pg",
    ours: "cloudnative-pg",
    files: ["config/crd/bases/*.yaml"],
  },
  {
    module: "github.com/cloudnative-pg/plugin-barman-cloud",
    ours: "crds",
    files: ["config/crd/bases/*.yaml"],
  },
  {
    module: "github.com/external-secrets/external-secrets",
    ours: "controlplane",
    // Of the generators only the one kind that the operator insists on.
    files: ["config/crds/bases/external-secrets.io_*.yaml", "config/crds/bases/*_generatorstates.yaml"],
  },
  {
    module: "sigs.k8s.io/gateway-api",
    ours: "crds",
    files: ["config/crd/standard/gateway.networking.k8s.io_*.yaml"],
  },
  {
    module: "github.com/kedacore/keda/v2",
    ours: "crds",
    files: ["config/crd/bases/keda.sh_scaledobjects.yaml"],
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    ours: "crds",
    // The others describe Prometheus servers, which the platform does not run; they are large.
    files: ["podmonitors", "prometheusrules", "servicemonitors"].map(
      (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
    ),
  },
];

/** KWOK's own rules for nodes and pods. */
const STAGE_MODULES: readonly ModuleFiles[] = [
  {
    module: "sigs.k8s.io/kwok",
    ours: "controlplane",
    files: ["node/fast", "node/heartbeat", "pod/fast"].map((set) => `kustomize/stage/${set}/*.yaml`),
  },
];

/** The files with the custom resource definitions; downloaded once, then found in the cache. */
export async function crdFiles(to: Preparation = preparation()): Promise<string[]> {
  const ours = yamlFiles(join(import.meta.dirname, "crds"));
  return [...(await copied("crds", CRD_MODULES, to)), ...ours];
}

/** The files with KWOK's stages: its own for nodes and pods, then ours for custom resources. */
export async function kwokStageFiles(to: Preparation = preparation()): Promise<string[]> {
  const ours = yamlFiles(join(import.meta.dirname, "stages"));
  return [...(await copied("stages", STAGE_MODULES, to)), ...ours];
}

async function copied(kind: string, modules: readonly ModuleFiles[], to: Preparation): Promise<string[]> {
  const pinned = modules.map((source) => ({ ...source, version: pinnedVersion(source.ours, source.module) }));
  const hash = createHash("sha256").update(JSON.stringify(pinned)).digest("hex").slice(0, 12);
  const directory = join(to.cacheDirectory, `${kind}-${hash}`);
  if (!existsSync(directory))
    await to.steps.run(`copy ${kind} out of Go modules`, (step) => copy(step, modules, directory), goAdvice);
  return yamlFiles(directory);
}

async function copy(step: Step, modules: readonly ModuleFiles[], directory: string): Promise<void> {
  const unfinished = `${directory}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  for (const { module, ours, files } of modules) {
    step.progress(module);
    const source = await moduleDirectory(step.run, ours, module);
    for (const pattern of files) copyMatching(source, pattern, unfinished);
  }
  renameSync(unfinished, directory);
}

/** Copies files that define something; next to them lie kustomizations and, for the Gateway API, an admission policy. */
function copyMatching(source: string, pattern: string, target: string): void {
  const found = globSync(join(source, pattern)).filter((file) =>
    /^kind: (CustomResourceDefinition|Stage)$/m.test(readFileSync(file, "utf8")),
  );
  if (found.length === 0) throw new Error(`${pattern} matches no file of ${source}`);
  for (const file of found) cpSync(file, join(target, basename(file)));
}

function yamlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(directory, name));
}
