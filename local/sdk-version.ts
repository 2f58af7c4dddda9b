import { createRequire } from "node:module";

/** Version of the npm SDK of a plugin, and so of the plugin. */
export function sdkVersion(name: string): string {
  const version = installedVersion(name);
  if (version === undefined) throw new Error(`the npm package @pulumi/${name} is not installed`);
  return version;
}

/** The same, or nothing where the SDK is not installed. */
export function installedVersion(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require(`@pulumi/${name}/package.json`) as { version: string };
    return manifest.version.replace(/^v/, "");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
