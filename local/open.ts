import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type Deployment, openDeployment } from "./deployment.ts";
import { type LocalKeycloak, openKeycloak } from "./keycloak-realm.ts";
import { ensureBackendKey } from "./runtime.ts";
import type { Tools } from "./tools.ts";
import { VaultAdmin, rootToken } from "./vault-admin.ts";

/** A running control plane, ready for a stack to be deployed on it. */
export interface Local {
  readonly controlPlane: ControlPlane;
  readonly vault: VaultAdmin;
  /** The model server's key, which is in Vault. */
  readonly backendKey: string;
  readonly keycloak: LocalKeycloak;
  readonly deployment: Deployment;
}

/** Starts what does not run yet, puts the model server's key into Vault, and opens the engine. */
export async function openLocal(options: {
  readonly tools: Tools;
  readonly stateDirectory: string;
  readonly report: (line: string) => void;
  /** A plugin for Kubernetes that was built here. Default: the stand-in, where none can be downloaded. */
  readonly kubernetesPlugin?: string | undefined;
  /** Makes the token for Vault of whoever deploys. Default: it is the administrator's. */
  readonly deployer?: ((vault: VaultAdmin) => Promise<string>) | undefined;
}): Promise<Local> {
  const { tools, stateDirectory, report } = options;
  // Side by side: Keycloak takes about as long as the rest.
  const [controlPlane, keycloak] = await Promise.all([
    startControlPlane({ ...tools, stateDirectory, report }),
    openKeycloak({ distribution: tools.keycloak, stateDirectory, report }),
  ]);
  const vault = new VaultAdmin(controlPlane.vaultAddress, rootToken(controlPlane.vaultInitFile));
  const backendKey = await ensureBackendKey(vault);
  const vaultToken = await options.deployer?.(vault);
  const deployment = await openDeployment({ ...options, controlPlane, keycloak, vaultToken });
  return { controlPlane, vault, backendKey, keycloak, deployment };
}
