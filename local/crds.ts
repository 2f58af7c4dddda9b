import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { moduleDirectory, pinnedVersion } from "./go-tool.ts";

/** Files of a Go module: `files` are patterns below the module's directory. */
interface ModuleFiles {
  readonly module: string;
  readonly version: string;
  readonly files: readonly string[];
}

/** The custom resource definitions that the platform's components use, from the modules of those who own them. */
const CRD_MODULES: readonly ModuleFiles[] = [
  {
    module: "github.com/cloudnative-pg/cloudnative-pg",
    version: pinnedVersion("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg"),
    files: ["config/crd/bases/*.yaml"],
  },
  {
    module: "github.com/cloudnative-pg/plugin-barman-cloud",
    version: "v0.15.0",
    files: ["config/crd/bases/*.yaml"],
  },
  {
    module: "github.com/external-secrets/external-secrets",
    version: pinnedVersion("controlplane", "github.com/external-secrets/external-secrets"),
    // Of the generators only the one kind that the operator insists on.
    files: ["config/crds/bases/external-secrets.io_*.yaml", "config/crds/bases/*_generatorstates.yaml"],
  },
  {
    module: "sigs.k8s.io/gateway-api",
    version: "v1.6.0",
    files: ["config/crd/standard/gateway.networking.k8s.io_*.yaml"],
  },
  {
    module: "github.com/kedacore/keda/v2",
    version: "v2.21.0",
    files: ["config/crd/bases/keda.sh_scaledobjects.yaml"],
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.85.0",
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
    version: pinnedVersion("controlplane", "sigs.k8s.io/kwok"),
    files: ["node/fast", "node/heartbeat", "pod/fast"].map((set) => `kustomize/stage/${set}/*.yaml`),
  },
];

interface Options {
  cacheDirectory: string;
  report: (line: string) => void;
}

/** The files with the custom resource definitions; downloaded once, then found in the cache. */
export async function crdFiles(options: Options): Promise<string[]> {
  const ours = yamlFiles(join(import.meta.dirname, "crds"));
  return [...(await copied("crds", CRD_MODULES, options)), ...ours];
}

/** The files with KWOK's stages: its own for nodes and pods, then ours for custom resources. */
export async function kwokStageFiles(options: Options): Promise<string[]> {
  const ours = yamlFiles(join(import.meta.dirname, "stages"));
  return [...(await copied("stages", STAGE_MODULES, options)), ...ours];
}

async function copied(kind: string, modules: readonly ModuleFiles[], options: Options): Promise<string[]> {
  const hash = createHash("sha256").update(JSON.stringify(modules)).digest("hex").slice(0, 12);
  const directory = join(options.cacheDirectory, `${kind}-${hash}`);
  if (!existsSync(directory)) {
    options.report(`fetching ${kind} from ${modules.length} Go module${modules.length === 1 ? "" : "s"} ...`);
    const unfinished = `${directory}.${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    for (const { module, version, files } of modules) {
      const source = await moduleDirectory(module, version);
      for (const pattern of files) copyMatching(source, pattern, unfinished);
    }
    renameSync(unfinished, directory);
  }
  return yamlFiles(directory);
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
