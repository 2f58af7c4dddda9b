import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The repository's root. */
export const projectDirectory = resolve(import.meta.dirname, "..");

/** State of the control plane that `npm start` runs: data, logs, kubeconfig and the Pulumi file backend. */
export const localDirectory = join(projectDirectory, ".local");

/**
 * Where built binaries, custom resource definitions and the Python environment are kept, keyed by version, so that
 * they are shared by clones and survive `local:down`. `LITELLM_PLATFORM_CACHE` moves it.
 */
export function cacheDirectory(): string {
  return (
    process.env["LITELLM_PLATFORM_CACHE"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "litellm-platform")
  );
}
