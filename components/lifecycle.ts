import type { PlatformConfig } from "../config/platform.ts";

/**
 * Options of what must outlive mistakes: keys, Vault secrets, database and namespace. They are not inherited by
 * children, so each such resource is given them.
 */
export interface Lifecycle {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export function lifecycleOf(config: PlatformConfig): Lifecycle {
  return { protect: config.protect, retainOnDelete: config.retain };
}
