import { AppsV1Api, ApiException, CoreV1Api, KubeConfig, type V1Deployment } from "@kubernetes/client-node";
import type { ObjectData } from "./container-environment.ts";

/** Reads what the gateway is started from, through the API. */
export class ClusterObjects {
  readonly #core: CoreV1Api;
  readonly #apps: AppsV1Api;
  readonly #namespace: string;

  constructor(kubeconfigFile: string, namespace: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfigFile);
    this.#core = config.makeApiClient(CoreV1Api);
    this.#apps = config.makeApiClient(AppsV1Api);
    this.#namespace = namespace;
  }

  async deployment(name: string): Promise<V1Deployment> {
    const found = await orAbsent(this.#apps.readNamespacedDeployment({ name, namespace: this.#namespace }));
    if (found === undefined)
      throw new Error(`there is no Deployment ${this.#namespace}/${name}: deploy the stack first`);
    return found;
  }

  /** Secrets by name, decoded; one that does not exist is left out. */
  secrets(names: readonly string[]): Promise<ObjectData> {
    return collect(names, async (name) => {
      const secret = await orAbsent(this.#core.readNamespacedSecret({ name, namespace: this.#namespace }));
      if (secret === undefined) return undefined;
      const entries = Object.entries(secret.data ?? {});
      return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
    });
  }

  /** ConfigMaps by name; one that does not exist is left out. */
  configMaps(names: readonly string[]): Promise<ObjectData> {
    return collect(names, async (name) => {
      const configMap = await orAbsent(this.#core.readNamespacedConfigMap({ name, namespace: this.#namespace }));
      return configMap === undefined ? undefined : (configMap.data ?? {});
    });
  }
}

async function collect(
  names: readonly string[],
  read: (name: string) => Promise<Record<string, string> | undefined>,
): Promise<ObjectData> {
  const found = await Promise.all([...new Set(names)].map(async (name) => [name, await read(name)] as const));
  return Object.fromEntries(found.filter((entry): entry is [string, Record<string, string>] => entry[1] !== undefined));
}

async function orAbsent<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
