import { type KubernetesObject, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";

/** Reads objects from the API server, of any kind. */
export class Cluster {
  readonly #api: KubernetesObjectApi;

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.#api = KubernetesObjectApi.makeApiClient(config);
  }

  /** One object; `Type` says which of its fields the caller relies on. */
  async read<Type extends object>(apiVersion: string, kind: string, namespace: string, name: string) {
    const object = await this.#api.read({ apiVersion, kind, metadata: { namespace, name } });
    return object as KubernetesObject & Type;
  }

  /** Values of a Secret, decoded. */
  async secret(namespace: string, name: string): Promise<Readonly<Record<string, string>>> {
    const { data = {} } = await this.read<{ data?: Record<string, string> }>("v1", "Secret", namespace, name);
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
    );
  }
}
