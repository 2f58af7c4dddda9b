import { type VaultClient, VaultError } from "./client.ts";
import { engineDescription } from "../secrets/paths.ts";

/** Whether Vault has, at the client's mount, what the component `secretsEngine` makes. */
export async function hasOwnEngine(client: VaultClient): Promise<boolean> {
  try {
    const path = `sys/internal/ui/mounts/${client.mount}`;
    const body = await client.request("GET", { path, capability: "read", mayBeMissing: true });
    const { data } = (body ?? {}) as {
      data?: { path?: string; type?: string; description?: string; options?: { version?: string } | null };
    };
    return (
      data?.path === `${client.mount}/` &&
      data.type === "kv" &&
      data.options?.version === "2" &&
      data.description === engineDescription
    );
  } catch (error) {
    // So Vault answers also where there is no mount.
    if (error instanceof VaultError && error.status === 403) return false;
    throw error;
  }
}
