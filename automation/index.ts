import { relative, resolve } from "node:path";
import { automation } from "@pulumi/pulumi";
import { deploy } from "../program/deploy.ts";
import { configMap } from "./config-values.ts";
import { separateEngineConnections } from "./engine-connections.ts";
import { projectName } from "./project.ts";
import { setSecretConfig } from "./secret-config.ts";

export { projectName } from "./project.ts";
export * from "./provider-keys.ts";

export interface GatewayStackOptions {
  /** Name of the stack, for example `dev`. */
  readonly stack: string;
  /**
   * Configuration by full key, as in a `Pulumi.<stack>.yaml`: `litellm-platform:gateway`, `kubernetes:context`. Keys
   * that the stack has and this lacks are removed. What holds a secret by its name, such as `vault:token`, is encrypted
   * there, and so is every value that is written as `{ value, secret: true }`.
   */
  readonly config: Readonly<Record<string, unknown>>;
  /** Directory that `models.file` and the directory of a chart are relative to; the plugins run in it. */
  readonly projectDirectory: string;
  /** Directory in which Pulumi keeps the stack's settings file. */
  readonly workDirectory: string;
  /**
   * Variables besides those of this process, which they replace, for the engine, its plugins and the program: for example
   * `PULUMI_BACKEND_URL`, `VAULT_TOKEN`, `KUBECONFIG`. Default: none.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /** The Pulumi CLI to use. Default: the one on the PATH. */
  readonly pulumiCommand?: automation.PulumiCommand;
}

/**
 * The stack that `pulumi up` deploys, for another program to preview, deploy, refresh or destroy. The program runs in
 * this process.
 *
 * @throws automation.CommandError when the engine refuses; its message holds what `pulumi up` would print
 */
export async function gatewayStack(options: GatewayStackOptions): Promise<automation.Stack> {
  separateEngineConnections();
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    {
      stackName: options.stack,
      projectName,
      program: () => deploy(options.projectDirectory, { ...process.env, ...options.environment }),
    },
    {
      workDir: options.workDirectory,
      projectSettings: { name: projectName, runtime: "nodejs", main: mainOf(options) },
      ...(options.environment === undefined ? {} : { envVars: { ...options.environment } }),
      ...(options.pulumiCommand === undefined ? {} : { pulumiCommand: options.pulumiCommand }),
    },
  );
  await configure(stack, options.config);
  return stack;
}

/** The project's directory as Pulumi finds it. Relative paths mean the same to the plugins as to the program. */
function mainOf({ projectDirectory, workDirectory }: GatewayStackOptions): string {
  return relative(resolve(workDirectory), resolve(projectDirectory)) || ".";
}

/** Makes the stack's configuration exactly this one. */
export async function configure(stack: automation.Stack, config: Readonly<Record<string, unknown>>): Promise<void> {
  const stale = Object.keys(await stack.getAllConfig()).filter((key) => !Object.hasOwn(config, key));
  if (stale.length > 0) await stack.removeAllConfig(stale);
  const entries = Object.entries(configMap(config));
  await stack.setAllConfig(Object.fromEntries(entries.filter(([, { secret }]) => secret !== true)));
  // One at a time: each rewrites the file.
  for (const [key, { value, secret }] of entries) if (secret === true) await setSecretConfig(stack, key, value);
}
