import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { DeployedOutputs } from "../../../local/runtime.ts";
import { type LocalPlatform, testDirectory } from "./local-platform.ts";

/** The values of every secret of the stack, by what they are. */
export async function secretValues(
  platform: LocalPlatform,
  outputs: DeployedOutputs,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map([
    ["master key", outputs.masterKey],
    ["provider key", platform.backendKey],
  ]);
  for (const path of ["keys/salt", "keys/ui", "database", "cache", "identity"]) {
    const stored = await platform.vault.read("secret", `litellm/dev/${path}`);
    assert.ok(stored !== undefined, path);
    for (const [name, value] of Object.entries(stored)) {
      if (!["username", "version"].includes(name)) values.set(`${path} ${name}`, value);
    }
  }
  assert.equal(values.size, 8);
  for (const [name, value] of values) assert.ok(value.length >= 16, name);
  return values;
}

/** Requires that no value can be read anywhere but in the Secrets and Vault. */
export async function assertNowhere(
  values: ReadonlyMap<string, string>,
  places: { readonly platform: LocalPlatform; readonly printed: string },
): Promise<void> {
  const texts = new Map([
    ["what the engine printed", places.printed],
    ["the objects", await objects(places.platform)],
    ["Helm's release", await helmRelease(places.platform)],
    ["arguments of processes", argumentsOfAll()],
  ]);
  for (const file of filesBelow(join(testDirectory, "log"))) texts.set(`log ${file}`, readFileSync(file, "utf8"));
  // The engine's backend with state, history and checkpoints: what `pulumi stack export` prints, and more.
  const states = filesBelow(join(testDirectory, "pulumi", "backend"));
  assert.ok(states.some((file) => file.endsWith("dev.json")));
  for (const file of states) texts.set(`state ${file}`, readFileSync(file, "utf8"));
  for (const [place, text] of texts) {
    assert.ok(text.length > 0 || /^(log|state) /.test(place), `${place} is empty`);
    for (const [name, value] of values) {
      for (const form of [value, Buffer.from(value).toString("base64").replace(/=+$/, "")]) {
        assert.ok(!text.includes(form), `${place} holds the ${name}`);
      }
    }
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** All objects of the stack's namespace, of every kind, except Secrets. */
async function objects(platform: LocalPlatform): Promise<string> {
  const kinds = (await platform.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name"))
    .split("\n")
    .filter((kind) => kind !== "" && kind !== "secrets");
  return platform.kubectl("get", kinds.join(","), "-n", "litellm-dev", "-o", "yaml");
}

/** Helm's own record of values and manifests, which it keeps packed in a Secret. */
async function helmRelease(platform: LocalPlatform): Promise<string> {
  const names = (await platform.names("secret")).filter((name) => name.includes("sh.helm.release"));
  const records = await Promise.all(
    names.map(async (name) => {
      const { release = "" } = await platform.cluster.secret("litellm-dev", name.slice("secret/".length));
      return gunzipSync(Buffer.from(release, "base64")).toString("utf8");
    }),
  );
  return records.join("\n");
}

function argumentsOfAll(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(join("/proc", pid, "cmdline"), "utf8");
      } catch {
        // It ended while we looked.
        return "";
      }
    })
    .join("\n");
}
