/** Where a release's chart comes from, and which version of it that is. */
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { optionalText, isProperties, isPlainObject, unwrap } from "../values.ts";
import type { Plain, Properties } from "../values.ts";
import type { HelmCli } from "./helm-cli.ts";
import { text } from "./objects.ts";

/** A chart as a program asks for it. */
export interface ChartReference {
  readonly chart: string;
  /** A version or a range. */
  readonly version: string | undefined;
  /** Address of a chart repository. */
  readonly repo: string | undefined;
}

/** Gives the local directory or archive to take instead of a chart; `undefined` to take the chart itself. */
export type ChartOverride = (reference: ChartReference) => string | undefined;

/** A chart that can be installed. */
export interface Chart {
  /** Arguments that name it to the Helm CLI. */
  readonly args: readonly string[];
  /** Its exact version. */
  readonly version: string;
  /** Hash of its contents when they are on this machine and so can change under one version. */
  readonly checksum: string | undefined;
}

/** Reads the reference out of a release's inputs. */
export function chartReference(inputs: Properties): ChartReference {
  const repository = unwrap(inputs["repositoryOpts"]);
  const options = isProperties(repository) ? repository : {};
  for (const key of ["username", "password", "caFile", "certFile", "keyFile"]) {
    if (optionalText(options, key) !== undefined) {
      throw new Error(`stand-in plugin kubernetes does not know repositoryOpts.${key}; install the genuine plugin`);
    }
  }
  return {
    chart: optionalText(inputs, "chart") ?? "",
    version: optionalText(inputs, "version"),
    repo: optionalText(options, "repo"),
  };
}

/** Finds the chart; asks the Helm CLI unless it is on this machine. */
export async function locateChart(reference: ChartReference, helm: HelmCli, override: ChartOverride): Promise<Chart> {
  const instead = override(reference);
  const path = instead ?? (reference.repo === undefined && existsSync(reference.chart) ? reference.chart : undefined);
  if (path !== undefined) return localChart(path, helm);
  const args = [reference.chart];
  if (reference.repo !== undefined) args.push("--repo", reference.repo);
  if (reference.version !== undefined) args.push("--version", reference.version);
  const metadata = await showChart(args, helm);
  return { args, version: text(metadata, "version"), checksum: undefined };
}

async function localChart(path: string, helm: HelmCli): Promise<Chart> {
  const isDirectory = statSync(path).isDirectory();
  const metadata = isDirectory
    ? (parse(await readFile(join(path, "Chart.yaml"), "utf8")) as Plain)
    : await showChart([path], helm);
  return { args: [path], version: text(metadata, "version"), checksum: await checksum(path, isDirectory) };
}

async function showChart(args: readonly string[], helm: HelmCli): Promise<Plain> {
  const { ok, stdout, complaint } = await helm.run(["show", "chart", ...args]);
  if (!ok) throw new Error(complaint);
  const metadata = parse(stdout) as Plain;
  return isPlainObject(metadata) ? metadata : {};
}

async function checksum(path: string, isDirectory: boolean): Promise<string> {
  const hash = createHash("sha256");
  for (const file of isDirectory ? await filesUnder(path) : [path]) {
    hash.update(`${relative(path, file)}\0`).update(await readFile(file));
  }
  return hash.digest("hex");
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
