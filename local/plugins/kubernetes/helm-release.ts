/** Helm releases (`kubernetes:helm.sh/v3:Release`), through the Helm CLI. */
import { diffProperties } from "../diff.ts";
import { messageOf } from "../errors.ts";
import { autoname } from "../naming.ts";
import { InitFailed, unsupported } from "../plugin.ts";
import type * as plugin from "../plugin.ts";
import { redact } from "../redact.ts";
import { containsUnknown, omit, optionalText, secret, unknown, unwrap } from "../values.ts";
import type { Properties, Value } from "../values.ts";
import { chartReference, locateChart } from "./helm-chart.ts";
import type { ChartOverride } from "./helm-chart.ts";
import { installArguments, releaseTimeout, valuesOf } from "./helm-arguments.ts";
import type { HelmCli } from "./helm-cli.ts";
import { findRelease } from "./helm-state.ts";
import type { LiveRelease, ReleaseName } from "./helm-state.ts";
import { parseId } from "./objects.ts";

/** The type that is a Helm release and no object of the API server. */
export const releaseType = "kubernetes:helm.sh/v3:Release";

/** What all releases of one provider share. */
export interface ReleaseSettings {
  readonly helm: HelmCli;
  /** For releases that name none. */
  readonly namespace: string;
  readonly override: ChartOverride;
}

/** A provider of Helm releases. */
export function helmReleases(settings: ReleaseSettings): plugin.Provider {
  const { helm, namespace, override } = settings;
  return {
    check: (request) => check(request, helm, namespace, override),
    diff: ({ oldInputs, news }) => {
      const rule = ([first]: readonly (string | number)[]) => first === "name" || first === "namespace";
      return Promise.resolve({ details: diffProperties(oldInputs, news, rule), deleteBeforeReplace: false });
    },
    create: (request) => create(request, settings),
    update: async (request) => {
      if (request.preview) return previewOutputs(request.inputs);
      return install("upgrade", request, helm, override);
    },
    read: (request) => read(request, helm),
    delete: (request) => uninstall(request, helm),
    invoke: (token) => Promise.reject(unsupported("kubernetes", token)),
  };
}

async function check(
  request: plugin.CheckRequest,
  helm: HelmCli,
  namespace: string,
  override: ChartOverride,
): Promise<plugin.CheckResult> {
  const given = omit(request.news, ["resourceNames", "manifest", "checksum"]);
  const inputs: Record<string, Value> = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  inputs["name"] ??= request.olds["name"] ?? autoname(request, ".name");
  inputs["namespace"] ??= namespace;
  if (unwrap(inputs["skipAwait"]) !== true) inputs["timeout"] ??= 300;
  if (containsUnknown(inputs)) return { inputs, failures: [] };
  try {
    const chart = await locateChart(chartReference(inputs), helm, override);
    inputs["version"] = chart.version;
    if (chart.checksum !== undefined) inputs["checksum"] = chart.checksum;
    return { inputs, failures: [] };
  } catch (error) {
    const reason = `${messageOf(error)}; check the chart name and repository configuration`;
    return { inputs, failures: [{ property: "chart", reason }] };
  }
}

async function create(request: plugin.CreateRequest, settings: ReleaseSettings): Promise<plugin.Created> {
  const { helm, override } = settings;
  if (request.preview) return { id: "", outputs: previewOutputs(request.inputs) };
  const id = idOf(releaseName(request.inputs));
  return { id, outputs: await install("install", request, helm, override) };
}

async function install(
  verb: "install" | "upgrade",
  request: plugin.CreateRequest,
  helm: HelmCli,
  override: ChartOverride,
): Promise<Properties> {
  const { inputs, signal } = request;
  const name = releaseName(inputs);
  const chart = await locateChart(chartReference(inputs), helm, override);
  const args = installArguments(verb, inputs, name, chart.args);
  const result = await helm.run(args, { values: await valuesOf(inputs), signal });
  const live = await findRelease(name, helm);
  if (result.ok && live !== undefined) return releaseOutputs(inputs, live);
  const message = redact(`Helm release ${idOf(name)} failed: ${result.complaint}`, inputs);
  // A release that failed stays in the state, so that the next update repairs it.
  if (live === undefined || result.complaint.includes("cannot re-use a name")) throw new Error(message);
  throw new InitFailed(message, { id: idOf(name), outputs: releaseOutputs(inputs, live) });
}

async function read(request: plugin.ReadRequest, helm: HelmCli): Promise<plugin.ReadResult | undefined> {
  const name = parseId(request.id);
  const live = await findRelease(name, helm);
  if (live === undefined) return undefined;
  const imported = Object.keys(request.inputs).length === 0;
  const { chart, version } = live;
  const inputs = imported ? { ...name, chart, version } : request.inputs;
  return { id: request.id, inputs, outputs: releaseOutputs(inputs, live) };
}

async function uninstall({ id, outputs, signal }: plugin.DeleteRequest, helm: HelmCli): Promise<void> {
  const { namespace, name } = parseId(id);
  const args = ["uninstall", name, "--namespace", namespace];
  const waits = unwrap(outputs["atomic"]) === true || unwrap(outputs["skipAwait"]) !== true;
  if (waits) args.push("--wait", "--timeout", releaseTimeout(outputs));
  const { ok, complaint } = await helm.run(args, { signal });
  if (!ok && !complaint.includes("not found")) throw new Error(`Helm release ${id} was not deleted: ${complaint}`);
}

function previewOutputs(inputs: Properties): Properties {
  return { ...inputs, __inputs: secret(inputs), status: unknown, resourceNames: unknown };
}

function releaseOutputs(inputs: Properties, live: LiveRelease): Properties {
  const { name, namespace, revision, status, chart, version, appVersion } = live;
  return {
    ...inputs,
    // The inputs may hold secrets anywhere in their values.
    __inputs: secret(inputs),
    version,
    status: { name, namespace, revision, status, chart, version, appVersion },
    resourceNames: live.resourceNames,
  };
}

function releaseName(inputs: Properties): ReleaseName {
  return { name: optionalText(inputs, "name") ?? "", namespace: optionalText(inputs, "namespace") ?? "default" };
}

function idOf({ namespace, name }: ReleaseName): string {
  return `${namespace}/${name}`;
}
