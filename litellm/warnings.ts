import type { PlatformConfig } from "../config/platform.ts";

/** What is allowed and yet less safe than it could be: said at every preview and `up`, as `path: why`. */
export function warningsOf({ gateway, namespace }: PlatformConfig): string[] {
  const { security } = gateway;
  const warnings: readonly (readonly [boolean, string])[] = [
    [
      namespace.podSecurity !== "restricted",
      `namespace.podSecurity: ${namespace.podSecurity} lets pods of the namespace run as root; everything here runs under restricted`,
    ],
    [
      security.runAsRoot,
      "gateway.security.runAsRoot: the proxy may run as root; the official image runs as any user, so this is for images of your own only",
    ],
    [
      security.writableRoot,
      "gateway.security.writableRoot: who breaks into the proxy can change its program; it writes to /tmp and /.cache only",
    ],
    [
      gateway.logLevel === "DEBUG",
      "gateway.logLevel: DEBUG writes requests, and providers' keys with them, to the log",
    ],
    [
      gateway.storeModelsInDatabase,
      "gateway.storeModelsInDatabase: what people change in the dashboard wins over this configuration, and up neither shows nor undoes it",
    ],
  ];
  return warnings.flatMap(([applies, text]) => (applies ? [text] : []));
}
