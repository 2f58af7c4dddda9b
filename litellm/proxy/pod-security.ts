import type { PlatformConfig } from "../../config/platform.ts";

type Security = PlatformConfig["gateway"]["security"];

/** User and group of the proxy's processes; the image takes any, and `restricted` refuses root. */
const user = 65532;

/** Security context of the pods of the proxy and of its migration. */
export function podSecurityContext(security: Security) {
  const seccompProfile = { type: "RuntimeDefault" };
  if (security.runAsRoot) return { seccompProfile };
  const id = security.user ?? user;
  return { runAsNonRoot: true, runAsUser: id, runAsGroup: id, fsGroup: id, seccompProfile };
}

/** Security context of their containers. */
export function containerSecurityContext(security: Security) {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: !security.writableRoot,
    capabilities: { drop: ["ALL"] },
  };
}
