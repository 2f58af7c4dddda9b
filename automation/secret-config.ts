import { execFile } from "node:child_process";
import type { automation } from "@pulumi/pulumi";

/**
 * Sets a secret of a stack's configuration through the CLI's input. Pulumi's own `setConfig` makes it an argument, which
 * everyone on the machine can read, and which its errors repeat.
 *
 * @throws Error with what the CLI says, without the value
 */
export async function setSecretConfig({ name, workspace }: automation.Stack, key: string, value: string) {
  const words = ["config", "set", "--secret", "--stack", name, "--non-interactive", "--", key];
  const home = workspace.pulumiHome === undefined ? {} : { PULUMI_HOME: workspace.pulumiHome };
  const options = { cwd: workspace.workDir, env: { ...process.env, ...home, ...workspace.envVars } };
  await new Promise<void>((resolve, reject) => {
    const child = execFile(workspace.pulumiCommand.command, words, options, (error, _, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${key} cannot be set: ${stderr.trim() || error.message}`));
    });
    // One that ends before it has read says why by itself.
    child.stdin?.on("error", () => undefined);
    // The CLI takes one line break away.
    child.stdin?.end(`${value}\n`);
  });
}
