/** The arguments and values that a release's inputs mean to the Helm CLI. */
import { readFile } from "node:fs/promises";
import { isPlainObject, isProperties, optionalText, plain, unwrap } from "../values.ts";
import type { Plain, Properties, Value } from "../values.ts";
import type { ReleaseName } from "./helm-state.ts";

/** Words that only one of Helm's two commands knows. */
const onlyOf: Readonly<Record<string, "install" | "upgrade">> = {
  cleanupOnFail: "upgrade",
  createNamespace: "install",
  maxHistory: "upgrade",
  resetValues: "upgrade",
  reuseValues: "upgrade",
};
const switches: Readonly<Record<string, string>> = {
  atomic: "--atomic",
  cleanupOnFail: "--cleanup-on-fail",
  createNamespace: "--create-namespace",
  dependencyUpdate: "--dependency-update",
  devel: "--devel",
  disableOpenapiValidation: "--disable-openapi-validation",
  disableWebhooks: "--no-hooks",
  forceUpdate: "--force",
  renderSubchartNotes: "--render-subchart-notes",
  resetValues: "--reset-values",
  reuseValues: "--reuse-values",
  skipCrds: "--skip-crds",
  takeOwnership: "--take-ownership",
  verify: "--verify",
};
const options: Readonly<Record<string, string>> = {
  description: "--description",
  keyring: "--keyring",
  maxHistory: "--history-max",
  postrender: "--post-renderer",
};
const ignored = ["recreatePods", "lint", "replace", "disableCRDHooks"];

/** Arguments of the run that installs a release or upgrades it. */
export function installArguments(
  verb: "install" | "upgrade",
  inputs: Properties,
  { name, namespace }: ReleaseName,
  chart: readonly string[],
): string[] {
  refuseIgnored(inputs);
  const args = [verb, name, ...chart, "--namespace", namespace, "--timeout", releaseTimeout(inputs)];
  const isKnown = (key: string) => (onlyOf[key] ?? verb) === verb;
  for (const [key, flag] of Object.entries(switches)) if (isKnown(key) && isOn(inputs, key)) args.push(flag);
  for (const [key, flag] of Object.entries(options).filter(([key]) => isKnown(key))) {
    const value = unwrap(inputs[key]);
    if ((typeof value === "string" && value !== "") || typeof value === "number") args.push(flag, String(value));
  }
  if (!isOn(inputs, "skipAwait")) args.push("--wait");
  if (!isOn(inputs, "skipAwait") && isOn(inputs, "waitForJobs")) args.push("--wait-for-jobs");
  return args;
}

/** How long Helm may wait. */
export function releaseTimeout(inputs: Properties): string {
  const seconds = unwrap(inputs["timeout"]);
  return `${typeof seconds === "number" && seconds > 0 ? seconds : 300}s`;
}

/** The values of a release, each a text of its own: first its files, then what the program gives. */
export async function valuesOf(inputs: Properties): Promise<string[]> {
  const files = unwrap(inputs["valueYamlFiles"]);
  const texts = await Promise.all(Array.isArray(files) ? files.map((file: Value) => assetText(file)) : []);
  const values = plain(inputs["values"] ?? null);
  if (!isPlainObject(values)) return texts;
  // By a null a chart's default is taken away, where the program says that it means one.
  return [...texts, JSON.stringify(isOn(inputs, "allowNullValues") ? values : withoutNulls(values))];
}

function withoutNulls(value: Plain): Plain {
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]));
}

async function assetText(asset: Value): Promise<string> {
  const members = unwrap(asset);
  if (!isProperties(members)) throw new Error("valueYamlFiles: not an asset");
  const text = optionalText(members, "text");
  if (text !== undefined) return text;
  const path = optionalText(members, "path");
  if (path !== undefined) return readFile(path, "utf8");
  throw new Error("stand-in plugin kubernetes knows only text and file assets in valueYamlFiles");
}

function refuseIgnored(inputs: Properties): void {
  for (const key of ignored) {
    if (isOn(inputs, key)) {
      throw new Error(`stand-in plugin kubernetes does not know ${key} of a Helm release; install the genuine plugin`);
    }
  }
}

function isOn(inputs: Properties, key: string): boolean {
  return unwrap(inputs[key]) === true;
}
