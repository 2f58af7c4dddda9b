import type { PlatformConfig } from "../config/platform.ts";

/**
 * Options of what must outlive mistakes: keys, Vault secrets, database and namespace. They are not inherited by
 * children, so each such resource is given them.
 */
export interface Lifecycle {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

/**
 * Annotation of the objects that a destroyed stack leaves behind. It lets a later `up` take their fields over from the
 * field manager that the plugin had made up for the earlier one; without it the API server reports a conflict.
 */
export const adoptable = { "pulumi.com/patchForce": "true" } as const;

export function lifecycleOf(config: PlatformConfig): Lifecycle {
  return { protect: config.protect, retainOnDelete: config.retain };
}
