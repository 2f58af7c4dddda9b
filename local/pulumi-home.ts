import { constants, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { pulumiVersion } from "./pulumi-downloads.ts";

/** Puts programs that were built here where `npx pulumi` keeps a CLI, with its language hosts beside it. */
export function addPulumi(home: string, programs: readonly string[]): void {
  put(join(home, "versions", pulumiVersion.slice(1), "bin"), programs);
}

/** Puts a resource plugin that was built here where the engine looks for one of this version. */
export function addPlugin(home: string, plugin: { name: string; version: string; program: string }): void {
  put(join(home, "plugins", `resource-${plugin.name}-v${plugin.version}`), [plugin.program]);
}

/** Copies, since the CLI looks for its language host beside its real path. */
function put(directory: string, programs: readonly string[]): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const program of programs) copyFileSync(program, join(directory, basename(program)), constants.COPYFILE_FICLONE);
}
