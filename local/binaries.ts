import { dirname, join } from "node:path";
import { type Part, ensureBuilt, isBuilt, linkerFlags, resultDirectory } from "./go-build.ts";
import { type ChangedModule, changedModules } from "./go-sources.ts";
import { pinnedVersion } from "./go-tool.ts";
import { type Preparation, preparation } from "./preparation.ts";
import { downloadedPulumi, installedPulumi, pulumiVersion } from "./pulumi-downloads.ts";
import { sdkVersion } from "./sdk-version.ts";

/** The programs of the local control plane. */
export interface Binaries {
  /** Every server and kubectl in one program; the first argument chooses. See `go/controlplane/main.go`. */
  readonly controlPlane: string;
  readonly helm: string;
  readonly vault: string;
  /** Directory with `bin/pulumi`. */
  readonly pulumiRoot: string;
  /** Whether the CLI was built here. A genuine one has its language hosts beside it. */
  readonly pulumiIsBuilt: boolean;
  /** Begin of the command line that runs the External Secrets Operator. */
  readonly externalSecrets: readonly string[];
}

const pulumiModule = "github.com/pulumi/pulumi/pkg/v3";

/** External Secrets with two of its providers, see `go/external-secrets/`. */
const externalSecrets: ChangedModule = {
  module: "github.com/external-secrets/external-secrets",
  ours: "external-secrets",
  needed: ["apis", "cmd", "pkg"],
  // They set up admission webhooks, which do not run here, through an interface that the controller-runtime that goes
  // with this Kubernetes version no longer has.
  leftOut: [
    "apis/externalsecrets/v1/externalsecret_webhook.go",
    "apis/externalsecrets/v1/secretstore_webhook.go",
    "apis/externalsecrets/v1beta1/externalsecret_webhook.go",
    "apis/externalsecrets/v1beta1/secretstore_webhook.go",
    "cmd/controller/webhook.go",
    "pkg/provider/vault/iamauth/*",
  ],
};

/** Kubernetes less a kubelet, which its garbage collection of Pods imports for one question, and a helper of tests. */
const kubernetes: ChangedModule = {
  module: "k8s.io/kubernetes",
  ours: "kubernetes",
  needed: ["cmd", "pkg", "plugin", "third_party"],
  leftOut: ["pkg/kubelet/eviction/*.go", "pkg/scheduler/backend/queue/testing.go"],
};

/** The API server's library less a helper of tests, which with the one above imports a fake of every client. */
const apiServer: ChangedModule = {
  module: "k8s.io/apiserver",
  needed: ["pkg", "plugin"],
  leftOut: ["pkg/admission/plugin/policy/generic/policy_test_context.go"],
};

/** The Pulumi CLI for a state in files and secrets with a passphrase, see `go/pulumi-cli/`. */
const pulumiCli: ChangedModule = {
  module: pulumiModule,
  ours: "pulumi-cli",
  needed: ["*"],
  leftOut: ["cmd/pulumi/cloud/!(resolve).go", "cmd/pulumi/neo/**", "operations/operations_*.go", "testing"],
};

/** What its states are kept with: files alone, see `go/gocloud/`. */
const gocloud: ChangedModule = {
  module: "gocloud.dev",
  ours: "gocloud",
  needed: ["blob", "gcerrors", "internal"],
  leftOut: ["blob/azureblob/*", "blob/gcsblob/*", "blob/s3blob/*"],
};

/** The language host, with a way through for what is newer than it, see `go/pulumi-sdk/`. */
const pulumiSdk: ChangedModule = {
  module: "github.com/pulumi/pulumi/sdk/v3",
  ours: "pulumi-sdk",
  needed: ["go", "nodejs", "proto", "python"],
  leftOut: [],
};

/** The plugin for Kubernetes less its components, see `go/pulumi-kubernetes/`. */
const pulumiKubernetes: ChangedModule = {
  module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
  ours: "pulumi-kubernetes",
  needed: ["pkg", "cmd/pulumi-resource-kubernetes"],
  leftOut: [
    "cmd/pulumi-resource-kubernetes/{generate,main}.go",
    "pkg/gen/{_go-templates,dotnet-templates,java-templates,nodejs-templates,python-templates}/**",
    "pkg/helm/!(upstream).go",
    "pkg/provider/{helm,kustomize,yaml}/**",
    "pkg/provider/provider_construct.go",
  ],
};

const controlPlanePart: Part = {
  name: "controlplane",
  title: "the Kubernetes control plane",
  packages: [".", "helm.sh/helm/v3/cmd/helm"],
  linkerFlags: linkerFlags({
    ...kubernetesVersion("k8s.io/component-base/version"),
    ...kubernetesVersion("k8s.io/client-go/pkg/version"),
    "helm.sh/helm/v3/internal/version.version": pinnedVersion("controlplane", "helm.sh/helm/v3"),
  }),
  directory: (hash) => join("bin", `controlplane-${hash}`),
  programs: ["controlplane", "helm"],
  ...changedModules("controlplane", [externalSecrets, kubernetes, apiServer]),
};

const vaultPart: Part = {
  name: "vault",
  title: "Vault",
  packages: ["."],
  linkerFlags: linkerFlags({}),
  // Without generated code for every kind of slice and map, which serves raft alone and takes 6 s to compile.
  tags: ["notfastpath"],
  directory: (hash) => join("bin", `vault-${hash}`),
  programs: ["vault"],
};

const s3Part: Part = {
  name: "s3",
  title: "an S3 server (Versity's gateway)",
  packages: ["github.com/versity/versitygw/cmd/versitygw"],
  linkerFlags: linkerFlags({}),
  directory: (hash) => join("bin", `s3-${hash}`),
  programs: ["versitygw"],
};

const databaseWebhooksPart: Part = {
  name: "cloudnative-pg",
  title: "CloudNativePG's admission webhooks",
  packages: ["."],
  linkerFlags: linkerFlags({}),
  directory: (hash) => join("bin", `cloudnative-pg-${hash}`),
  programs: ["local-webhooks"],
};

const pulumiPart: Part = {
  name: "pulumi",
  title: `the Pulumi CLI ${pulumiVersion}`,
  packages: [`${pulumiModule}/cmd/pulumi`],
  linkerFlags: linkerFlags({ "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumiVersion }),
  directory: (hash) => join(`pulumi-${pulumiVersion.slice(1)}-${hash}`, "bin"),
  programs: ["pulumi"],
  ...changedModules("pulumi", [pulumiCli, gocloud]),
};

const languageHostPart: Part = {
  name: "language-host",
  title: "Pulumi's language host for Node",
  packages: [`${pulumiSdk.module}/nodejs/cmd/pulumi-language-nodejs`],
  linkerFlags: linkerFlags({}),
  directory: (hash) => join("bin", `language-host-${hash}`),
  programs: ["pulumi-language-nodejs"],
  ...changedModules("language-host", [pulumiSdk]),
};

/** The newest one that a Go module has, 4.25.0. It says the version of the SDK, which wants no older one. */
const kubernetesPluginPart: Part = {
  name: "kubernetes-plugin",
  title: "Pulumi's plugin for Kubernetes",
  packages: [`${pulumiKubernetes.module}/cmd/pulumi-resource-kubernetes`],
  linkerFlags: linkerFlags({ [`${pulumiKubernetes.module}/pkg/version.Version`]: sdkVersion("kubernetes") }),
  directory: (hash) => join("bin", `kubernetes-plugin-${hash}`),
  programs: ["pulumi-resource-kubernetes"],
  ...changedModules("kubernetes-plugin", [pulumiKubernetes]),
};

/** Every program that is built from Go modules. */
export const goParts: readonly Part[] = [
  ...[controlPlanePart, vaultPart, pulumiPart, languageHostPart, kubernetesPluginPart],
  ...[s3Part, databaseWebhooksPart],
];

/** Builds what is not in the cache yet. */
export async function ensureBinaries(to: Preparation = preparation()): Promise<Binaries> {
  const genuine = await genuinePulumi(to);
  await ensureBuilt([controlPlanePart, vaultPart, ...(genuine === undefined ? [pulumiPart] : [])], to);
  const directory = (part: Part): string => resultDirectory(part, to.cacheDirectory);
  const controlPlane = join(directory(controlPlanePart), "controlplane");
  return {
    controlPlane,
    helm: join(directory(controlPlanePart), "helm"),
    vault: join(directory(vaultPart), "vault"),
    pulumiRoot: genuine ?? dirname(directory(pulumiPart)),
    pulumiIsBuilt: genuine === undefined,
    externalSecrets: [controlPlane, "external-secrets"],
  };
}

/** The root of a genuine CLI, which wins over one that is built here. It is downloaded unless one was built before. */
async function genuinePulumi(to: Preparation): Promise<string | undefined> {
  const installed = await installedPulumi();
  if (installed !== undefined || isBuilt(pulumiPart, to.cacheDirectory)) return installed;
  return downloadedPulumi(to.steps);
}

/** Builds Pulumi's language host for Node, which only a CLI that was built here needs, and only on the command line. */
export async function ensureLanguageHost(to: Preparation = preparation()): Promise<string> {
  await ensureBuilt([languageHostPart], to);
  return join(resultDirectory(languageHostPart, to.cacheDirectory), "pulumi-language-nodejs");
}

/** Builds Pulumi's plugin for Kubernetes, which only some tests need. */
export async function ensureKubernetesPlugin(to: Preparation = preparation()): Promise<string> {
  await ensureBuilt([kubernetesPluginPart], to);
  return join(resultDirectory(kubernetesPluginPart, to.cacheDirectory), "pulumi-resource-kubernetes");
}

/** Builds the S3 server, which only some tests need. */
export async function ensureS3Server(to: Preparation = preparation()): Promise<string> {
  await ensureBuilt([s3Part], to);
  return join(resultDirectory(s3Part, to.cacheDirectory), "versitygw");
}

/** Builds CloudNativePG's admission webhooks, which only some tests need. */
export async function ensureDatabaseWebhooks(to: Preparation = preparation()): Promise<string> {
  await ensureBuilt([databaseWebhooksPart], to);
  return join(resultDirectory(databaseWebhooksPart, to.cacheDirectory), "local-webhooks");
}

function kubernetesVersion(versionPackage: string): Record<string, string> {
  const version = pinnedVersion("controlplane", "k8s.io/kubernetes");
  const [major = "", minor = ""] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${versionPackage}.${name}`, value]));
}
