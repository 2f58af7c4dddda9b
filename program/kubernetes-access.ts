import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import type { CoreV1Api } from "@kubernetes/client-node";

/** Where the way to the cluster is looked up; the Kubernetes plugin reads the same, in the same order. */
export interface KubernetesSources {
  /** Configuration by full key, of which `kubernetes:...` is the plugin's. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Environment variables that the plugin sees. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The API of the stack's cluster.
 *
 * @throws Error when no kubeconfig is found or it cannot be read
 */
export async function clusterApi({ settings, environment }: KubernetesSources): Promise<CoreV1Api> {
  // Loaded when it is needed, since it takes half a second.
  const { CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const given = settings["kubernetes:kubeconfig"] ?? "";
  const [file, ...more] = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((path) => existsSync(path));
  if (given !== "" && existsSync(given)) config.loadFromFile(given);
  else if (given !== "") config.loadFromString(given);
  else if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  for (const further of given === "" ? more : []) {
    const one = new KubeConfig();
    one.loadFromFile(further);
    config.mergeConfig(one, true);
  }
  const context = settings["kubernetes:context"] ?? "";
  if (context !== "") config.setCurrentContext(context);
  return config.makeApiClient(CoreV1Api);
}
