import { globSync } from "node:fs";
import { join } from "node:path";
import { type Preparation, preparation } from "../preparation.ts";
import { ensurePythonEnvironment } from "./python-environment.ts";

/** An installed LiteLLM. */
export interface LiteLLMEnvironment {
  /** The virtual environment. */
  readonly directory: string;
  readonly python: string;
  /** The `litellm` command. */
  readonly litellm: string;
  readonly sitePackages: string;
  /** LiteLLM's migrations, one directory each. */
  readonly migrationsDirectory: string;
}

/** Installs LiteLLM as `requirements.txt` pins it, once per version of that file. */
export async function ensureLiteLLM(to: Preparation = preparation()): Promise<LiteLLMEnvironment> {
  const directory = await ensurePythonEnvironment(to, {
    name: "litellm",
    title: "install LiteLLM",
    requirementsFile: join(import.meta.dirname, "..", "requirements.txt"),
  });
  const [sitePackages] = globSync(join(directory, "lib", "python3.*", "site-packages"));
  if (sitePackages === undefined) throw new Error(`${directory} is no virtual environment: remove it and start again`);
  return {
    directory,
    python: join(directory, "bin", "python"),
    litellm: join(directory, "bin", "litellm"),
    sitePackages,
    migrationsDirectory: join(sitePackages, "litellm_proxy_extras", "migrations"),
  };
}
