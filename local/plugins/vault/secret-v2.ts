/** `vault:kv/secretV2:SecretV2`: KV version 2. */
import { setTimeout as sleep } from "node:timers/promises";
import { isPlainObject, omit, plain, secret, textOf, unwrap } from "../values.ts";
import type { Plain, PlainObject, Properties, Value } from "../values.ts";
import { bag, namespaceOf, VaultError } from "./client.ts";
import type { VaultClient } from "./client.ts";
import type { LiveResource } from "../resource-table.ts";
import { parseJson, sameJson } from "./json.ts";
import { trimPath } from "./resource.ts";
import type { VaultResource } from "./resource.ts";

/** A secret in a KV version 2 engine; its id is `<mount>/data/<name>`. */
export const secretV2: VaultResource = {
  required: ["mount", "name"],
  autonamed: ["name"],
  replacedBy: ["mount", "name", "namespace"],
  computed: ["path", "metadata", "data"],
  defaults: { deleteAllVersions: false, disableRead: false },
  validate: (inputs) => {
    const text = unwrap(inputs["dataJson"]);
    if (typeof text !== "string" || isPlainObject(parseJson(text))) return [];
    return [{ property: "dataJson", reason: "must be the JSON text of an object" }];
  },
  write: async (inputs, client, previous) => {
    const { mount, name } = place(inputs);
    const namespace = namespaceOf(inputs);
    if (previous === undefined || mustWriteData(previous.inputs, inputs)) {
      const body = { data: parseJson(dataText(inputs)) ?? {}, options: writeOptions(inputs) };
      await whenReady(() => client.send({ method: "POST", path: `${mount}/data/${name}`, namespace, body }));
    }
    const metadata = customMetadata(inputs);
    if (metadata !== undefined) {
      await client.send({ method: "POST", path: `${mount}/metadata/${name}`, namespace, body: metadata });
    }
    return `${mount}/data/${name}`;
  },
  read,
  remove: async (id, known, client) => {
    const namespace = namespaceOf(known);
    const path = unwrap(known["deleteAllVersions"]) === true ? id.replace("/data/", "/metadata/") : id;
    await client.send({ method: "DELETE", path, namespace });
  },
};

async function read(id: string, known: Properties, client: VaultClient): Promise<LiveResource | undefined> {
  const [mount = "", name = ""] = id.split("/data/");
  const identity: Properties = {
    ...omit(known, ["dataJson"]),
    mount: textOf(known["mount"]) || mount,
    name: textOf(known["name"]) || name,
  };
  if (unwrap(known["disableRead"]) === true) return { inputs: known, computed: { path: id } };
  const found = await client.find(id, namespaceOf(known));
  if (found === undefined) return undefined;
  const live = asObject(found["data"]);
  const given = unwrap(known["dataJson"]);
  // The order of keys and the spaces of the text that was given are no drift.
  const same = typeof given === "string" && sameJson(parseJson(given), live);
  return {
    inputs: {
      ...identity,
      ...(known["dataJsonWo"] === undefined && { dataJson: secret(same ? given : JSON.stringify(live)) }),
    },
    computed: { path: id, data: secret(flatten(live)), metadata: flatten(found["metadata"]) },
  };
}

const readySeconds = 30;

/** A new mount refuses requests until it has set itself up. */
async function whenReady<Result>(act: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + readySeconds * 1000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const unready =
        error instanceof VaultError && error.message.includes("Upgrading from non-versioned to versioned");
      if (!unready || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}

function place(properties: Properties): { mount: string; name: string } {
  return { mount: trimPath(textOf(properties["mount"])), name: trimPath(textOf(properties["name"])) };
}

function dataText(inputs: Properties): string {
  return textOf(inputs["dataJson"]) || textOf(inputs["dataJsonWo"]) || "{}";
}

/** Every write makes a new version, so nothing is written that is there already. */
function mustWriteData(olds: Properties, news: Properties): boolean {
  const writeOnly = textOf(news["dataJsonWo"]) !== "";
  if (writeOnly) return unwrap(olds["dataJsonWoVersion"]) !== unwrap(news["dataJsonWoVersion"]);
  return !sameJson(parseJson(dataText(olds)), parseJson(dataText(news)));
}

function writeOptions(inputs: Properties): PlainObject {
  const options = asObject(plain(inputs["options"] ?? {}));
  const cas = unwrap(inputs["cas"]);
  return typeof cas === "number" ? { ...options, cas } : options;
}

function customMetadata(inputs: Properties): PlainObject | undefined {
  const given = bag(unwrap(inputs["customMetadata"]));
  if (Object.keys(given).length === 0) return undefined;
  const names = {
    casRequired: "cas_required",
    data: "custom_metadata",
    deleteVersionAfter: "delete_version_after",
    maxVersions: "max_versions",
  };
  const body: PlainObject = {};
  for (const [property, field] of Object.entries(names)) {
    const value: Value | undefined = given[property];
    const member = value === undefined ? undefined : plain(value);
    if (member === undefined || member === null) continue;
    // A duration, which the genuine plugin takes in seconds.
    body[field] = field === "delete_version_after" && typeof member === "number" ? `${member}s` : member;
  }
  return body;
}

/** Every member as text: numbers and the like as JSON. */
function flatten(value: Plain | undefined): PlainObject {
  const entries = Object.entries(asObject(value)).filter(([, member]) => member !== null);
  return Object.fromEntries(
    entries.map(([key, member]) => [key, typeof member === "string" ? member : JSON.stringify(member)]),
  );
}

function asObject(value: Plain | undefined): PlainObject {
  return isPlainObject(value) ? value : {};
}
