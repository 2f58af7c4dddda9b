import { ApiException, type V1ConfigMap, type V1Deployment } from "@kubernetes/client-node";
import { Cluster } from "../cluster.ts";
import type { ObjectData } from "./container-environment.ts";

/** Reads what the gateway is started from, through the API. */
export class ClusterObjects {
  readonly #cluster: Cluster;
  readonly #namespace: string;

  constructor(kubeconfigFile: string, namespace: string) {
    this.#cluster = new Cluster(kubeconfigFile);
    this.#namespace = namespace;
  }

  async deployment(name: string): Promise<V1Deployment> {
    const found = await orAbsent(this.#cluster.read<V1Deployment>("apps/v1", "Deployment", this.#namespace, name));
    if (found === undefined)
      throw new Error(`there is no Deployment ${this.#namespace}/${name}: deploy the stack first`);
    return found;
  }

  /** Secrets by name, decoded; one that does not exist is left out. */
  secrets(names: readonly string[]): Promise<ObjectData> {
    return collect(names, (name) => orAbsent(this.#cluster.secret(this.#namespace, name)));
  }

  /** ConfigMaps by name; one that does not exist is left out. */
  configMaps(names: readonly string[]): Promise<ObjectData> {
    return collect(names, async (name) => {
      const configMap = await orAbsent(this.#cluster.read<V1ConfigMap>("v1", "ConfigMap", this.#namespace, name));
      return configMap === undefined ? undefined : (configMap.data ?? {});
    });
  }
}

async function collect(
  names: readonly string[],
  read: (name: string) => Promise<Readonly<Record<string, string>> | undefined>,
): Promise<ObjectData> {
  const found = await Promise.all([...new Set(names)].map(async (name) => [name, await read(name)] as const));
  return Object.fromEntries(
    found.filter((entry): entry is [string, Readonly<Record<string, string>>] => entry[1] !== undefined),
  );
}

async function orAbsent<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
