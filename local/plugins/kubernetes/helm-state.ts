/** What Helm knows about a release. */
import { parseAllDocuments } from "yaml";
import { isPlainObject } from "../values.ts";
import type { Plain, PlainObject } from "../values.ts";
import type { HelmCli } from "./helm-cli.ts";
import { amount, objectId, text } from "./objects.ts";

export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** A release as it is in the cluster. */
export interface LiveRelease extends ReleaseName {
  readonly revision: number;
  readonly status: string;
  readonly chart: string;
  readonly version: string;
  readonly appVersion: string;
  /** `namespace/name` of its objects, by `Kind.group/apiVersion`. */
  readonly resourceNames: Readonly<Record<string, readonly string[]>>;
}

/** `undefined` when there is no such release. */
export async function findRelease(name: ReleaseName, helm: HelmCli): Promise<LiveRelease | undefined> {
  const found = await helm.run(["get", "metadata", ...scope(name), "--output", "json"]);
  if (!found.ok && found.complaint.includes("not found")) return undefined;
  if (!found.ok) throw new Error(`Helm release ${name.namespace}/${name.name} cannot be read: ${found.complaint}`);
  const metadata = JSON.parse(found.stdout) as Plain;
  const manifest = await helm.run(["get", "manifest", ...scope(name)]);
  return {
    ...name,
    revision: amount(metadata, "revision") ?? 0,
    status: text(metadata, "status"),
    chart: text(metadata, "chart"),
    version: text(metadata, "version"),
    appVersion: text(metadata, "appVersion"),
    resourceNames: resourceNames(manifest.stdout),
  };
}

/** Groups the objects of a manifest as the genuine plugin does. */
export function resourceNames(manifest: string): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  for (const document of parseAllDocuments(manifest)) {
    const object = (document as { toJS(): Plain }).toJS();
    if (!isPlainObject(object) || text(object, "kind") === "") continue;
    (names[groupKey(object)] ??= []).push(objectId(object));
  }
  for (const list of Object.values(names)) list.sort();
  return names;
}

function groupKey(object: PlainObject): string {
  const apiVersion = text(object, "apiVersion");
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0] ?? ""}` : "";
  return `${text(object, "kind")}${group}/${apiVersion}`;
}

function scope({ name, namespace }: ReleaseName): string[] {
  return [name, "--namespace", namespace];
}
