/** Maps kinds to paths by the API server's own discovery. */
import type { Connection } from "./connection.ts";
import { objects, parseId, text } from "./objects.ts";
import type { PlainObject } from "../values.ts";

/** Where the objects of a kind live. */
export interface ResourcePath {
  readonly namespaced: boolean;
  /** Path of the collection, for the objects of one namespace when they are namespaced. */
  collection(namespace: string): string;
  /** Path of one object, by its id. */
  object(id: string): string;
}

/** Finds paths by kind, and remembers what it found. */
export class Discovery {
  readonly #connection: Connection;
  readonly #found = new Map<string, ResourcePath>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `undefined` when the server does not serve that kind, or not yet. */
  async find(apiVersion: string, kind: string): Promise<ResourcePath | undefined> {
    const key = `${apiVersion} ${kind}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const list = await this.#connection.find(base);
    const resource = objects(list, "resources").find(
      (candidate) => text(candidate, "kind") === kind && !text(candidate, "name").includes("/"),
    );
    if (resource === undefined) return undefined;
    const path = resourcePath(base, text(resource, "name"), resource["namespaced"] === true);
    this.#found.set(key, path);
    return path;
  }

  /** {@link find} for the kind of an object. */
  findFor(object: PlainObject): Promise<ResourcePath | undefined> {
    return this.find(text(object, "apiVersion"), text(object, "kind"));
  }
}

function resourcePath(base: string, plural: string, namespaced: boolean): ResourcePath {
  const collection = (namespace: string) =>
    namespaced ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`;
  return {
    namespaced,
    collection,
    object: (id) => {
      const { namespace, name } = parseId(id);
      return `${collection(namespace === "" ? "default" : namespace)}/${name}`;
    },
  };
}
