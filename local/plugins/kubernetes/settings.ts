/** The configuration of a Kubernetes provider, as far as the stand-in knows it. */
import { delimiter } from "node:path";
import type { ConnectionSettings } from "./connection.ts";
import type { MutableData } from "./replace-rules.ts";

/** What a provider resource, or `kubernetes:` in a stack's configuration, says. */
export interface KubernetesSettings extends ConnectionSettings {
  readonly namespace: string | undefined;
  readonly upsertExistingObjects: boolean;
  readonly enablePatchForce: boolean;
  readonly mutable: MutableData;
}

/** Reads the settings, with the environment variables of the genuine plugin as defaults. */
export function readSettings(config: ReadonlyMap<string, string>, environment: NodeJS.ProcessEnv): KubernetesSettings {
  const flag = (key: string, variable: string, standard: boolean) => {
    const value = config.get(key) ?? environment[variable];
    return value === undefined || value === "" ? standard : value === "true";
  };
  if (!flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true)) {
    throw new Error("stand-in plugin kubernetes needs enableServerSideApply; install the genuine plugin to go without");
  }
  const renderTo = config.get("renderYamlToDirectory");
  if (renderTo !== undefined && renderTo !== "") {
    throw new Error("stand-in plugin kubernetes does not know renderYamlToDirectory; install the genuine plugin");
  }
  return {
    kubeconfig: config.get("kubeconfig") ?? kubeconfigIn(environment),
    context: nonEmpty(config.get("context")),
    cluster: nonEmpty(config.get("cluster")),
    namespace: nonEmpty(config.get("namespace")),
    upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
    enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
    mutable: {
      secrets: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
      configMaps: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false),
    },
  };
}

/** The file that KUBECONFIG names; a list of several is left to the loader of the default files. */
function kubeconfigIn(environment: NodeJS.ProcessEnv): string | undefined {
  const files = environment["KUBECONFIG"] ?? "";
  return files.includes(delimiter) ? undefined : nonEmpty(files);
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
